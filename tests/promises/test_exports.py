"""The short form of P12; `scripts/promises` runs the full one."""

import pytest

from tests.promises.exports import exports_need_two
from tests.servers import PostgreSQL


def test_exports_need_two_on_sqlite() -> None:
    """One officer alone, or in time with another's click, would send a case's history out."""
    print(exports_need_two(None, steps=30, rounds=1, seed=20260))


@pytest.mark.postgresql
def test_exports_need_two_on_postgresql(postgresql: PostgreSQL) -> None:
    """The same, where nobody queues for the whole database."""
    print(exports_need_two(postgresql, steps=30, rounds=1, seed=20261))
