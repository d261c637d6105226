"""The short form of P8; `scripts/promises` runs the full one, on PostgreSQL too."""

from pathlib import Path

from tests.promises.no_errors import site_never_breaks


def test_site_never_breaks_on_sqlite(filled_on_sqlite: Path) -> None:
    """Somebody's odd post would end in an internal error, and what they typed with it."""
    print(site_never_breaks(None, steps=80, first_seed=20260, examples=2, length=40, kept=filled_on_sqlite))
