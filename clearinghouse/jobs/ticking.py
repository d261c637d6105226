"""The process that makes the clock tick: APScheduler says when, and nothing else; what is due stands in rows."""

import logging
import os
import signal
import socket
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Event, current_thread, main_thread
from traceback import extract_tb

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from clearinghouse.casework.clock import TickReport, tick
from clearinghouse.casework.upkeep.health import beat
from clearinghouse.casework.world import World

EVERY_SECONDS = 15
ROUNDS_TO_A_THOROUGH_ONE = 40
_log = logging.getLogger(__name__)


def run_clock(
    world: World, *, once: bool = False, every_seconds: float = EVERY_SECONDS, stop: Event | None = None
) -> bool:
    """Tick every so many seconds until SIGTERM, Ctrl+C or `stop`, or `once`; a round under way is finished first.

    Every so often a round is a thorough one (see tick). Returns whether the last round was whole; also False, at once,
    where the thread that ticks has died, so that whatever watches over the process starts it anew.
    """
    whole, rounds = [False], count()

    def round_() -> None:
        whole[0] = do_round(world, _clock_name(), thorough=next(rounds) % ROUNDS_TO_A_THOROUGH_ONE == 0)

    if once:
        round_()
        return whole[0]
    stop = stop or Event()
    if current_thread() is main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    # The scheduler's own log repeats the errors of jobs with their messages.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(1)})
    scheduler.add_job(
        round_,
        "interval",
        seconds=every_seconds,
        next_run_time=datetime.now(UTC),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    scheduler.start()
    ticker = scheduler._thread  # noqa: SLF001  # it has no other name, and its death would be silent
    while not stop.wait(min(every_seconds, EVERY_SECONDS)):
        if not ticker.is_alive():
            _log.error("the thread that ticks has died")
            return False
    scheduler.shutdown(wait=True)
    return whole[0]


def do_round(world: World, clock: str, *, thorough: bool = True) -> bool:
    """One round, and the beat that it was whole. An error is logged by its kind and place, never its words."""
    try:
        report = tick(world, thorough=thorough)
        for failure in report.failures:
            _log.error("the step %s of the clock broke: %s", failure.step, _place(failure.error))
        if not report.failures:
            beat(world, clock)
    except Exception as error:  # the next round must come
        _log.error("a round of the clock broke: %s", _place(error))
        return False
    _tell(report)
    return not report.failures


def _tell(report: TickReport) -> None:
    letters = report.letters
    counts = (
        report.reminded,
        report.overdue,
        report.deputy,
        report.lapsed,
        report.left,
        report.mended,
        letters.sent,
        letters.put_off,
    )
    if any(counts):
        _log.info(
            "reminded %d, overdue %d, raised to deputies %d, lapsed %d, roles and accounts ended %d, "
            "cases mended %d, letters sent %d, put off %d",
            *counts,
        )


def _place(error: BaseException) -> str:
    frames = reversed(extract_tb(error.__traceback__)[-8:])
    return f"{type(error).__name__} at " + " < ".join(
        f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames
    )


def _clock_name() -> str:
    return f"{socket.gethostname()[:100]}:{os.getpid()}"
