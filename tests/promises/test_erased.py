"""The short form of P18; `scripts/promises` runs the full one."""

import pytest

from tests.promises.erased import erased_is_gone
from tests.servers import PostgreSQL


def test_erased_is_gone_on_sqlite() -> None:
    """Who raised a concern could be read again, out of the file, its log, or a backup that was put back."""
    print(erased_is_gone(None, cases=2))


@pytest.mark.postgresql
def test_erased_is_gone_on_postgresql(postgresql: PostgreSQL) -> None:
    """The same, where a deleted row stays in its page."""
    print(erased_is_gone(postgresql, cases=2))
