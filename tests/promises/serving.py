"""A real `clearinghouse serve` with several processes, and callers that bring a cookie and follow nothing."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

WITHIN_SECONDS = 90


@dataclass(frozen=True)
class Answer:
    """What came back: the status, where it leads, the cookie that it sets, and the page."""

    status: int
    location: str
    cookie: str
    text: str


@dataclass(frozen=True)
class Service:
    """A service that runs, by its port."""

    port: int

    def ask(self, method: str, path: str, cookie: str = "", data: Mapping[str, str] | None = None) -> Answer:
        """One request on a connection of its own, so that any process may take it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = urlencode(data) if data is not None else None
        headers = {"Cookie": f"clearinghouse={cookie}", "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            given = answer.getheader("Set-Cookie") or ""
            kept = given.partition("clearinghouse=")[2].partition(";")[0] if given else cookie
            return Answer(answer.status, answer.getheader("Location") or "", kept, text)
        finally:
            connection.close()


@contextmanager
def served(home: Path, address: str | None, workers: int, **more: str) -> Iterator[Service]:
    """The pages of an installation, served until the block ends; `more` are settings."""
    port = free_port()
    settings = {"CLEARINGHOUSE_HOME": str(home), "CLEARINGHOUSE_DATABASE_URL": address or "", **more}
    serve = ["-m", "clearinghouse", "serve", "--workers", str(workers), "--port", str(port)]
    log = home / "served.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *serve],
            env=os.environ | settings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        service = Service(port)
        _wait(service, process, log)
        yield service
    finally:
        process.terminate()
        process.wait(60)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(service: Service, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + WITHIN_SECONDS
    while True:
        try:
            service.ask("GET", "/healthz")  # any answer will do: it may be served under another name
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(log.read_text(errors="replace")) from None
            time.sleep(0.1)
        else:
            return
