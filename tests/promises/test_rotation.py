"""The short form of the rotation under work; `scripts/promises` runs the full one."""

import pytest

from tests.promises.rotation import keys_rotate_under_work
from tests.servers import PostgreSQL


def test_keys_rotate_under_work_on_sqlite() -> None:
    """A value that stays under the old key is lost when that is taken away, or a request fails meanwhile."""
    print(keys_rotate_under_work(None, cases=50, writers=2, kills=2, seed=20260, batch=20))


@pytest.mark.postgresql
def test_keys_rotate_under_work_on_postgresql(postgresql: PostgreSQL) -> None:
    """The same, where nobody queues for the whole database."""
    print(keys_rotate_under_work(postgresql, cases=50, writers=2, kills=1, seed=20260, batch=20))
