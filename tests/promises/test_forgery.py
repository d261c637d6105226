"""The short form of P9; `scripts/promises` runs the full one, on PostgreSQL too."""

from pathlib import Path

from tests.promises.forgery import every_change_is_guarded


def test_every_change_is_guarded_on_sqlite(filled_on_sqlite: Path) -> None:
    """A page from elsewhere would act in the name of whoever looks at it."""
    print(every_change_is_guarded(None, filled_on_sqlite, whole=False))
