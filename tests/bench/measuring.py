"""How speed and memory are measured: medians of several rounds in one run, ours and its measure in turns."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from tests.servers import PostgreSQL

Work: TypeAlias = Callable[[], object]
ROUNDS = 5


@dataclass(frozen=True)
class Figure:
    """One row of the table: what was measured, what came out, what was wanted, and whether it is.

    `met` is None for a figure that has no goal and stands beside another to explain it.
    """

    what: str
    reached: str
    goal: str = ""
    met: bool | None = None


Subject: TypeAlias = Callable[[PostgreSQL], Iterator[Figure]]


def seconds(work: Work, rounds: int = ROUNDS, *, cpu: bool = True) -> float:
    """The median of the rounds, in seconds of this process's CPU, or of the clock on the wall."""
    return statistics.median(_once(work, cpu) for _ in range(rounds))


def side_by_side(ours: Work, other: Work, rounds: int = ROUNDS, *, cpu: bool = True) -> tuple[float, float]:
    """The medians of both, in seconds, in turns, so that noise falls on both. Each is tried once before."""
    ours(), other()
    both = [(_once(ours, cpu), _once(other, cpu)) for _ in range(rounds)]
    return statistics.median(mine for mine, _ in both), statistics.median(theirs for _, theirs in both)


def at_most(ratio: float, most: float) -> tuple[str, bool]:
    """The goal of a ratio in words, and whether it is met."""
    return f"≤ {most:g}", ratio <= most


def at_least(ratio: float, least: float) -> tuple[str, bool]:
    """The goal of a ratio or a rate in words, and whether it is met."""
    return f"≥ {least:,g}", ratio >= least


def _once(work: Work, cpu: bool) -> float:
    gc.collect()
    clock = time.process_time if cpu else time.perf_counter
    began = clock()
    work()
    return clock() - began
