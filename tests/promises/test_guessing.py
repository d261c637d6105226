"""The short form of P11, four openings in one process; `scripts/promises` runs the full one, on a real service."""

from tests.promises.guessing import guessing_fails


def test_guessing_fails_on_sqlite() -> None:
    """Four workers would let four times as many guesses through, and a code that somebody saw would sign them in."""
    print(guessing_fails(None, whole=False))
