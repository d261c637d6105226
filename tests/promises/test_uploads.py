"""The short form of P14; `scripts/promises` runs the full one."""

from tests.promises.uploads import uploads_are_inert


def test_uploads_are_inert() -> None:
    """A file runs on the desk of whoever opens it, fills a worker's memory, or lies plain on its disk."""
    print(uploads_are_inert(None, files=65, megabytes=7, seed=14))
