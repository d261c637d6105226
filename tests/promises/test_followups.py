"""The short form of P5; `scripts/promises` runs the full one."""

import pytest

from tests.promises.followups import followups_fire_once
from tests.servers import PostgreSQL


def test_follow_ups_fire_once_on_sqlite() -> None:
    """Somebody hears twice of what they owe, or never."""
    print(followups_fire_once(None, cases=40, kills=4, seed=5, batch=10))


@pytest.mark.postgresql
def test_follow_ups_fire_once_on_postgresql(postgresql: PostgreSQL) -> None:
    """The same, where two clocks can work at once."""
    print(followups_fire_once(postgresql, cases=40, kills=4, seed=5, batch=10))
