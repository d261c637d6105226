"""The clock's process: it ticks, says that it lives, ends when told, and logs nothing that anybody typed."""

import logging
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import update

from clearinghouse.access.roles import CLOCK
from clearinghouse.casework import clock as clock_verbs
from clearinghouse.casework.upkeep.health import LATE_AFTER, clock_health
from clearinghouse.casework.upkeep.readiness import unready
from clearinghouse.casework.world import World
from clearinghouse.jobs.ticking import do_round, run_clock
from clearinghouse.records.database import shared_instant
from clearinghouse.records.duties import ClockBeat

_PROGRAM = """
import sys
from pathlib import Path
from clearinghouse.casework.installation import open_installation
from clearinghouse.jobs.ticking import run_clock
from tests.worlds import settings_for
run_clock(open_installation(settings_for(Path(sys.argv[1]))), every_seconds=0.1)
print("ended", flush=True)
"""


def test_a_clock_beats_and_one_that_stopped_is_late(world: World) -> None:
    assert clock_health(world).late
    assert unready(world) == (), "where none has ever run, pages are served all the same"
    assert run_clock(world, once=True)
    health = clock_health(world)
    assert health.last_beat is not None
    assert not health.late
    assert unready(world) == ()
    with world.unit_of_work(CLOCK) as work:
        long_ago = shared_instant(work.session) - LATE_AFTER - timedelta(seconds=1)
        work.session.execute(update(ClockBeat).values(beat_at=long_ago))
    assert clock_health(world).late
    assert unready(world) == ("clock",)


def test_a_clock_whose_thread_has_died_ends_instead_of_standing_there(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process would live on for ever and raise nothing; nobody would start it anew."""
    monkeypatch.setattr(BackgroundScheduler, "_main_loop", lambda _: None)
    assert not run_clock(sqlite_world, every_seconds=0.05, stop=Event())


def test_a_broken_round_is_logged_without_a_word_of_its_error_and_does_not_beat(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: World) -> int:
        raise ValueError("CANARY")

    monkeypatch.setattr(clock_verbs, "lapse_offers", broken)
    with caplog.at_level(logging.DEBUG):
        assert not do_round(sqlite_world, "here:1")
    assert "ValueError at " in caplog.text
    assert "CANARY" not in caplog.text
    assert clock_health(sqlite_world).last_beat is None


def test_a_clock_ticks_on_until_it_is_stopped(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[int] = []

    def fails_first(_: World) -> int:
        rounds.append(1)
        if len(rounds) == 1:
            raise OSError("CANARY")
        return 0

    monkeypatch.setattr(clock_verbs, "lapse_offers", fails_first)
    stop = Event()
    thread = Thread(target=run_clock, args=(sqlite_world,), kwargs={"every_seconds": 0.05, "stop": stop})
    thread.start()
    until = monotonic() + 10
    while len(rounds) < 3 and monotonic() < until:
        sleep(0.02)
    stop.set()
    thread.join(10)
    assert len(rounds) >= 3
    assert not thread.is_alive()


def test_sigterm_ends_the_process_cleanly(sqlite_world: World, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(tmp_path / "home")],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
    )
    until = monotonic() + 20
    while clock_health(sqlite_world).late and monotonic() < until:
        sleep(0.1)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, b"ended\n")
