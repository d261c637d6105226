"""The short form of P3; `scripts/promises` runs the full one."""

from collections import Counter
from random import Random

from clearinghouse.casework.log import keep_log
from clearinghouse.casework.world import World
from tests.promises.tampering import Tally, tamper
from tests.records.test_verification import live

MOST = 4_000


def test_tampering_is_detected(world: World) -> None:
    """An insider with the database could otherwise rewrite what was said, and nobody would ever know."""
    live(world)
    keep_log(world)
    tally = Tally(Counter())
    tamper(world, tally, Random(20260), MOST)
    assert tally.found.total() >= 5_000, tally.found
