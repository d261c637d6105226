"""P19: whoever is slow, or sends too much or what is hard to read, keeps nobody else waiting.

Before the service stands nginx, configured as docs/operations.md says, with other ports and a certificate of its own.
"""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event as EventOfProcesses
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from urllib.parse import urlencode
from uuid import uuid4

from flask import Flask

from clearinghouse.access.roles import Role
from clearinghouse.casework.sign_in.sessions import begin_session
from clearinghouse.casework.world import World, utc_now
from clearinghouse.records.people import User
from clearinghouse.web.site import build_site, static_path
from tests.factories.people import person
from tests.promises.databases import installed, processes
from tests.promises.serving import free_port, served
from tests.servers import PostgreSQL
from tests.web.form_fillers import hidden_fields
from tests.worlds import settings_for

WITHIN_SECONDS = 3.0
WORKERS = 2
_DOCUMENTED = Path(__file__).parents[2] / "docs" / "operations.md"
_HOST = "clearinghouse.example"
_MAKE_CERTIFICATE = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={_HOST}".split()
_GIGABYTE = 1024**3
_LONG = ("/help", f"{static_path()}/vendor/govuk-frontend/govuk-frontend.min.css")
MOST_SECONDS = 20.0
FEW = 4
LOOKED_INTO = (
    *(("/search", "words"), ("/subject-access/new", "other_names"), ("/concerns/new", "text")),
    *(("/region/signals/new", "value"), ("/account/links", "authority"), ("/sign-in", "email")),
)
CATASTROPHES = (
    "a" * 60_000 + "!",
    "a@" + "a." * 30_000,
    "1," * 30_000 + "x",
    '"' * 60_000,
    " " * 60_000 + "x",
    "(" * 30_000 + ")" * 30_000,
    "\n:" * 30_000,
    "<" * 60_000,
)


@dataclass(frozen=True)
class Front:
    """The web server in front, by its port, and the cookie of somebody who works meanwhile."""

    port: int
    cookie: str

    def connect(self, *, narrow: bool = False) -> ssl.SSLSocket:
        """A connection with TLS, over which nothing was said yet; a narrow one takes little at a time."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        line = socket.socket()
        if narrow:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        line.settimeout(30)
        line.connect(("127.0.0.1", self.port))
        return context.wrap_socket(line, server_hostname=_HOST)

    def ask(self, path: str, data: Mapping[str, str] | None = None) -> tuple[int, float, str]:
        """What a colleague at work meets: the status, after how many seconds, and the page."""
        began = time.monotonic()
        connection = http.client.HTTPConnection(_HOST)
        connection.sock = self.connect()
        headers = {"Cookie": f"__Host-clearinghouse={self.cookie}", "Host": _HOST}
        body = urlencode(data) if data else None
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if data else {}
        connection.request("POST" if data else "GET", path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer.status, time.monotonic() - began, text


def it_stays_up(server: PostgreSQL | None, clients: int, seconds: float) -> str:
    """So many of each kind of attacker for so many seconds each, while somebody goes on working."""
    began = time.monotonic()
    slowest: dict[str, float] = {}
    with installed(server) as place, ExitStack() as stack:
        world = place.opened(utc_now)
        stack.callback(world.database.close)
        more = {"CLEARINGHOUSE_BASE_URL": f"https://{_HOST}", "CLEARINGHOUSE_PROXIES": "1"}
        site = build_site(world, settings_for(place.home, place.address, **more))
        cookie = _cookie(site, world)
        service = stack.enter_context(served(place.home, place.address, WORKERS, **more))
        front = Front(stack.enter_context(nginx(service.port)), cookie)
        status = front.ask("/cases")[0]
        assert status == 200, f"a colleague is answered with {status}"
        for name in ATTACKS:
            slowest[name] = _under(front, name, clients, seconds)
    for name, took in slowest.items():
        assert took <= WITHIN_SECONDS, f"{name}: somebody else waited {took:.1f} s"
    found = ", ".join(f"{name} {took:.2f} s" for name, took in slowest.items())
    return (
        f"{clients} attackers of each kind behind nginx, {WORKERS} workers; the longest that anybody else waited:"
        f" {found}; {time.monotonic() - began:.0f} s"
    )


def _cookie(site: Flask, world: World) -> str:
    """The cookie of somebody who is signed in, which a browser would send by https alone."""
    lead = person(world, Role.LEAD)
    with world.unit_of_work(lead) as work:
        token = begin_session(work, work.session.get_one(User, lead.person))
    serializer = site.session_interface.get_signing_serializer(site)  # type: ignore[attr-defined]  # signed cookies
    assert serializer
    return str(serializer.dumps({"_user_id": token, "_fresh": True}))


def _under(front: Front, name: str, clients: int, seconds: float) -> float:
    """The longest that a colleague waits while all of them attack."""
    context = processes()
    over, wrong = context.Event(), context.SimpleQueue()
    # One text should do: many are a flood of plain requests.
    at_once = FEW if ATTACKS[name] is _catastrophe else clients
    attackers = context.Process(target=_attack, args=(front, name, at_once, over, wrong), daemon=True)
    attackers.start()
    time.sleep(min(5.0, seconds / 2))  # until they all are at it
    end, longest = time.monotonic() + seconds, 0.0
    while time.monotonic() < end:
        status, took, _ = front.ask("/cases")
        assert status == 200, f"a colleague is answered with {status}"
        longest = max(longest, took)
    over.set()
    attackers.join(60)
    assert attackers.exitcode == 0, f"{name}: the attackers ended by themselves"
    assert wrong.empty(), wrong.get()
    return longest


def _attack(front: Front, name: str, clients: int, told: EventOfProcesses, wrong: "SimpleQueue[str]") -> None:
    """So many attackers, in a process of their own.

    In earnest they sit at other machines; here they come last where the service and they want the same processor.
    """
    os.nice(19)
    over = Event()

    def keep_on() -> None:
        while not over.is_set():
            try:
                ATTACKS[name](front, over)
            except (OSError, http.client.HTTPException):
                continue  # whom the service turns away comes again
            except AssertionError as error:
                wrong.put(str(error))
                return

    threads = [Thread(target=keep_on, daemon=True) for _ in range(clients)]
    for each in threads:
        each.start()
    told.wait()
    over.set()
    for each in threads:
        each.join(40)


# Attackers


def _slow_header(front: Front, over: Event) -> None:
    with front.connect() as line:
        line.sendall(f"GET /sign-in HTTP/1.1\r\nHost: {_HOST}\r\n".encode())
        while not over.wait(1):
            line.sendall(b"X-A: b\r\n")


def _trickled(path: str) -> Callable[[Front, Event], None]:
    """A post whose body comes a byte a second."""

    def attack(front: Front, over: Event) -> None:
        with front.connect() as line:
            head = f"POST {path.replace('ANY', str(uuid4()))} HTTP/1.1\r\nHost: {_HOST}\r\n"
            kind = "Content-Type: application/x-www-form-urlencoded\r\n"
            line.sendall(f"{head}{kind}Content-Length: 100000\r\n\r\n".encode())
            while not over.wait(1):
                line.sendall(b"a")

    return attack


def _slow_reader(front: Front, over: Event) -> None:
    """The longest answers that a stranger can ask for, taken a byte a second through a narrow window."""
    with front.connect(narrow=True) as line:
        asks = "".join(f"GET {path} HTTP/1.1\r\nHost: {_HOST}\r\n\r\n" for path in _LONG * 10)
        line.sendall(asks.encode())
        while not over.wait(1):
            line.recv(1)


def _gigabyte(front: Front, over: Event) -> None:
    with front.connect() as line:
        head = (
            f"POST /sign-in HTTP/1.1\r\nHost: {_HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        )
        line.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        chunk, sent = b"100000\r\n" + b"a" * 0x100000 + b"\r\n", 0
        while sent < _GIGABYTE and not over.is_set():
            line.sendall(chunk)
            sent += 0x100000


def _catastrophe(front: Front, over: Event) -> None:
    """By somebody signed in, to whatever looks for something in what was typed."""
    token = str(hidden_fields(front.ask("/privacy")[2])["csrf_token"])
    for text in CATASTROPHES:
        for path, name in LOOKED_INTO:
            if not over.is_set():
                status, took, _ = front.ask(path, {name: text, "csrf_token": token})
                if status >= 500 or took > MOST_SECONDS:
                    raise AssertionError(f"{path} took {took:.1f} s over {text[:10]!r}: {status}")


ATTACKS: Mapping[str, Callable[[Front, Event], None]] = {
    "slow headers": _slow_header,
    "slow posts": _trickled("/sign-in"),
    "slow files by strangers": _trickled("/cases/ANY/documents/new"),
    "slow readers": _slow_reader,
    "a gigabyte": _gigabyte,
    "catastrophic patterns": _catastrophe,
}


# The web server


def documented() -> str:
    """The configuration that the operations page shows."""
    found = re.search(r"```nginx\n(.*?)```", _DOCUMENTED.read_text(encoding="utf-8"), re.DOTALL)
    assert found, "the operations page shows no configuration"
    return found[1]


@contextmanager
def nginx(behind: int) -> Iterator[int]:
    """nginx as the operations page says, in front of a port; gives its own."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise RuntimeError("nginx is missing; install it, such as with: apt-get install nginx-light")
    port = free_port()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="clearinghouse-nginx-")))
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        subprocess.run(
            [*_MAKE_CERTIFICATE, "-keyout", str(key), "-out", str(certificate)],
            check=True,
            capture_output=True,
        )
        shown = documented()
        for old, new in {
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "/etc/ssl/clearinghouse.pem": str(certificate),
            "/etc/ssl/clearinghouse.key": str(key),
            "/var/log/nginx/clearinghouse.log": str(folder / "access.log"),
            "http://127.0.0.1:8000": f"http://127.0.0.1:{behind}",
        }.items():
            assert old in shown, f"the documented configuration has no {old!r} any more"
            shown = shown.replace(old, new)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        places = "".join(f"{kind}_temp_path {folder / kind};\n" for kind in kinds)
        runner = "user root;\n" if os.geteuid() == 0 else ""
        config = folder / "nginx.conf"
        config.write_text(
            f"{runner}daemon off;\npid {folder / 'pid'};\nerror_log {folder / 'error.log'};\n"
            f"events {{ worker_connections 4096; }}\nhttp {{\n{places}{shown}\n}}\n",
            encoding="utf-8",
        )
        process = subprocess.Popen([program, "-c", str(config), "-e", str(folder / "error.log")])
        try:
            _wait(port, process, folder / "error.log")
            yield port
        finally:
            process.terminate()
            process.wait(30)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(log.read_text(errors="replace")) from None
            time.sleep(0.1)
        else:
            return
