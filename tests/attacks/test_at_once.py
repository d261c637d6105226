"""The same proof given to several processes at once, in the hope that two of them take it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.sign_in.sessions import begin_session
from clearinghouse.casework.world import World, utc_now
from clearinghouse.records.people import User, WebSession
from tests.factories.accounts import PASSWORD, can_sign_in, code_now
from tests.factories.passkeys import with_passkey
from tests.factories.people import person

pytestmark = [pytest.mark.slow, pytest.mark.allow_hosts(["127.0.0.1"])]
PROCESSES = 2
TIMES = 20
WITHIN_SECONDS = 60


@dataclass
class Browser:
    """A browser's cookie and token, sent with every post; nothing that an answer sets is kept unless asked for."""

    port: int
    cookie: str = ""
    token: str = ""

    def get(self, path: str) -> str:
        """Read a page, and keep the cookie and the token."""
        answer, body = self._ask("GET", path, {})
        self._keep(answer)
        found = re.search(r'name="csrf_token" value="([^"]+)"', body)
        self.token = found[1] if found else self.token
        return body

    def post(self, path: str, fields: dict[str, str], *, keep: bool = False) -> tuple[int, str]:
        """Send a form."""
        answer, body = self._ask("POST", path, {"csrf_token": self.token, **fields})
        if keep:
            self._keep(answer)
        return answer.status, body

    def _ask(self, method: str, path: str, fields: dict[str, str]) -> tuple[HTTPResponse, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=WITHIN_SECONDS)
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request(method, path, urlencode(fields) if fields else None, headers)
            answer = connection.getresponse()
            return answer, answer.read().decode()
        finally:
            connection.close()

    def _keep(self, answer: HTTPResponse) -> None:
        given = answer.getheader("Set-Cookie")
        self.cookie = given.partition(";")[0] if given else self.cookie


@contextmanager
def serving(world: World, home: Path, port: int) -> Iterator[None]:
    """`serve`, with several processes over the test's installation."""
    environ = os.environ | {
        "CLEARINGHOUSE_HOME": str(home),
        "CLEARINGHOUSE_DATABASE_URL": world.database.engine.url.render_as_string(hide_password=False),
    }
    command = f"-m clearinghouse serve --workers {PROCESSES} --port {port}"
    with (home / "served.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *command.split()],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        end = time.monotonic() + WITHIN_SECONDS
        while not _answers(port):
            assert time.monotonic() < end, (home / "served.log").read_text()
            time.sleep(0.1)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        Browser(port).get("/healthz")
    except OSError:
        return False
    return True


def entered(world: World) -> int:
    """How many complete sessions were begun."""
    with world.reading(OPERATOR) as work:
        return work.session.scalars(
            select(func.count()).select_from(WebSession).where(WebSession.complete.is_(True))
        ).one()


def test_a_code_and_a_passkeys_answer_given_twenty_times_at_once_sign_in_once_each(
    world: World, tmp_path: Path
) -> None:
    """A code seen over a shoulder, or an answer caught on its way, would open a second session beside its owner's."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    world = replace(world, now=utc_now, base_url=f"http://127.0.0.1:{port}")
    lead = person(world, Role.LEAD)
    email = can_sign_in(world, lead)
    with world.unit_of_work(lead) as work:
        token = begin_session(work, work.session.get_one(User, lead.id))
    device = with_passkey(world, lead, token, origin=f"http://localhost:{port}")
    before = entered(world)
    with serving(world, tmp_path / "home", port), ThreadPoolExecutor(TIMES) as pool:
        waiting = [Browser(port) for _ in range(PROCESSES)]
        for browser in waiting:
            browser.get("/sign-in")
            assert browser.post("/sign-in", {"email": email, "password": PASSWORD}, keep=True)[0] == 302
            browser.get("/sign-in/code")
        code = {"code": code_now(world)}
        each = waiting * (TIMES // PROCESSES)
        answers = list(pool.map(lambda browser: browser.post("/sign-in/code", code)[0], each))
        assert sorted(set(answers) - {302, 422, 429}) == []
        assert answers.count(302) == 1
        assert entered(world) == before + 1

        stranger = Browser(port)
        stranger.get("/sign-in")
        question = stranger.post("/sign-in/passkey/ask", {}, keep=True)[1]
        answer = {"passkey": device.prove(question)}
        answers = list(pool.map(lambda _: stranger.post("/sign-in/passkey", answer)[0], range(TIMES)))
        assert sorted(answers) == [302] + [422] * (TIMES - 1)
        assert entered(world) == before + 2
