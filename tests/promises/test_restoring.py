"""The short form of P16; `scripts/promises` runs the full one."""

import pytest

from tests.promises.restoring import restored_or_refused
from tests.servers import PostgreSQL


def test_a_backup_is_restored_or_refused_on_sqlite() -> None:
    """The worst day comes, and what the documentation says gives nothing back, or opens with the wrong key."""
    print(restored_or_refused(None, whole=False))


@pytest.mark.postgresql
def test_a_backup_is_restored_or_refused_on_postgresql(postgresql: PostgreSQL) -> None:
    """The same by pg_dump and pg_restore."""
    print(restored_or_refused(postgresql, whole=False))
