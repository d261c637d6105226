"""The short form of P10, two sites in one process; `scripts/promises` runs the full one, on a real service."""

from tests.promises.ended import ended_is_dead


def test_ended_is_dead_on_sqlite() -> None:
    """Whoever copied the cookie would go on reading after its owner was shut out."""
    print(ended_is_dead(None, whole=False))
