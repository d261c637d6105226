"""A running site for journeys: served on loopback over a test's world, with a mail server beside it."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.message import Message
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from flask import Flask, Response, request
from werkzeug.routing import Rule
from werkzeug.serving import make_server

from clearinghouse.access.roles import Role
from clearinghouse.casework.world import World
from clearinghouse.notices.mail import MailSettings
from clearinghouse.web.current import signed_in
from clearinghouse.web.site import build_site
from tests.worlds import Clock, settings_for


class Mailbox(MessageHandler):
    """Keeps every mail that arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Message] = []

    def handle_message(self, message: Message) -> None:
        """One mail."""
        self.mails.append(message)


@dataclass(frozen=True)
class Answered:
    """One answer of the site to somebody signed in."""

    roles: frozenset[Role]
    path: str
    answer: bytes


@dataclass(frozen=True)
class Site:
    """Where the site is served, over which world, and what it mailed and logged."""

    address: str
    world: World
    clock: Clock
    mailbox: Mailbox
    log: Path
    rules: tuple[Rule, ...]
    answers: list[Answered]

    def sent_to(self, role: Role) -> list[tuple[str, bytes]]:
        """Everything that the site has sent to people of a role: each answer's path, with its headers and body."""
        return [(each.path, each.answer) for each in self.answers if role in each.roles]


def _keep_answers(pages: Flask) -> list[Answered]:
    """Listen to every answer but the program's own files, as it leaves the site."""
    kept: list[Answered] = []

    def keep(response: Response) -> Response:
        person = signed_in()
        if person is not None and request.endpoint != "static":
            roles = frozenset(grant.role for grant in person.actor.grants)
            kept.append(Answered(roles, request.path, str(response.headers).encode() + response.get_data()))
        return response

    pages.after_request(keep)
    return kept


@contextmanager
def served(world: World, clock: Clock, home: Path) -> Iterator[Site]:
    """Serve the world until the block ends."""
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free, socket.create_server(("127.0.0.1", 0)) as another:
        port, web_port = free.getsockname()[1], another.getsockname()[1]
    mail_server = Controller(mailbox, hostname="127.0.0.1", port=port)
    mail_server.start()
    mail = MailSettings(f"smtp://127.0.0.1:{port}", "clearinghouse@clearinghouse.example")
    world = replace(world, mail=mail, base_url=f"http://127.0.0.1:{web_port}")
    log = home / "site.log"
    handler = logging.FileHandler(log)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    pages = build_site(world, settings_for(home))
    answers = _keep_answers(pages)
    server = make_server("127.0.0.1", web_port, pages, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(
            f"http://127.0.0.1:{server.server_port}",
            world,
            clock,
            mailbox,
            log,
            tuple(pages.url_map.iter_rules()),
            answers,
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        mail_server.stop()
        root.removeHandler(handler)
        root.setLevel(level)
        handler.close()
