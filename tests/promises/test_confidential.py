"""The short form of P2; `scripts/promises` runs the full one, on PostgreSQL too."""

import pytest

from tests.promises.confidential import no_typed_word_is_shown


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_no_typed_word_is_shown_on_sqlite() -> None:
    """Somebody with the disk, a backup, the log or the mails, or who runs everything, would read a case."""
    print(no_typed_word_is_shown(None, of_each_route=1))
