"""The short form of P6; `scripts/promises` runs the full one."""

import pytest

from tests.promises.edits import no_edit_is_lost
from tests.servers import PostgreSQL


def test_no_edit_is_lost_on_sqlite() -> None:
    """Somebody is told that it was kept, and it is not; or somebody else's words are written over."""
    print(no_edit_is_lost(None, by_verb=2, by_form=2))


@pytest.mark.postgresql
def test_no_edit_is_lost_on_postgresql(postgresql: PostgreSQL) -> None:
    """The same, where nobody queues for the whole database."""
    print(no_edit_is_lost(postgresql, by_verb=2, by_form=2))
