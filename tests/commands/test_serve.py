"""`serve` as an operator runs it: several processes, the clock beside them, logs without anything asked or typed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from clearinghouse.app import main

pytestmark = [pytest.mark.slow, pytest.mark.allow_hosts(["127.0.0.1"])]
WITHIN_SECONDS = 40


@dataclass(frozen=True)
class Served:
    """A service that runs."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path


def until(happened: Callable[[], bool], log: Path) -> None:
    """Wait until something is so; fail with the log where it does not come."""
    end = time.monotonic() + WITHIN_SECONDS
    while not happened():
        if time.monotonic() > end:
            pytest.fail(log.read_text())
        time.sleep(0.1)


def status(address: str) -> int:
    """The status that an address answers with, 0 where nobody answers."""
    try:
        with urlopen(address, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Two processes and the clock, on a port of their own."""
    monkeypatch.setenv("CLEARINGHOUSE_HOME", str(tmp_path / "home"))
    assert main(["init"]) == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "clearinghouse",
                "serve",
                "--workers",
                "2",
                "--port",
                port,
                "--with-clock",
            ],
            env=os.environ | {"CLEARINGHOUSE_HOME": str(tmp_path / "home")},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: status(f"http://127.0.0.1:{port}/healthz") == 200, log)
        yield Served(process, f"http://127.0.0.1:{port}", log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def test_the_pages_and_the_clock_run_and_end_together_and_the_log_repeats_nothing(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    token = "k" * 43
    status(f"{served.address}/sign-in?next=/canary-in-a-query")
    status(f"{served.address}/join/{token}")
    until(lambda: main(["doctor"]) in (0, 1) and "ok       clock" in capsys.readouterr().out, served.log)
    clocks = children(served.process.pid)
    assert len(clocks) == 3, "two processes that serve, and the clock"
    assert main(["serve", "--port", served.address.rpartition(":")[2]]) == 1
    assert "cannot listen on" in capsys.readouterr().err
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(30) == 0
    assert [each for each in clocks if Path(f"/proc/{each}").exists()] == []
    said = served.log.read_text()
    assert f"Clearinghouse is at {served.address}" in said
    assert "GET /join/… " in said
    assert "canary" not in said
    assert token not in said
    assert "Traceback" not in said


def children(process: int) -> list[int]:
    """The processes that a process started."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(each) for each in listed]
