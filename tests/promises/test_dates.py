"""The short form of P7; `scripts/promises` runs the full one."""

import pytest

from tests.promises.dates import dates_survive
from tests.servers import PostgreSQL


def test_dates_survive_on_sqlite() -> None:
    """A follow-up falls on Boxing Day, or is overdue an hour before its day has ended."""
    print(dates_survive(None, dates=30, seed=7))


@pytest.mark.postgresql
def test_dates_survive_on_postgresql(postgresql: PostgreSQL) -> None:
    """The same, where instants are stored with their zone."""
    print(dates_survive(postgresql, dates=30, seed=7))
