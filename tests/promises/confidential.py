"""P2: no administrator, log, mail or backup shows a typed word, by marking every text that is sealed and searching."""

import base64
import logging
import re
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from clearinghouse.access.decision import may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import OPERATOR, Actor, Role
from clearinghouse.casework.demo.filling import fill
from clearinghouse.casework.staff import actor_of
from clearinghouse.casework.world import World
from clearinghouse.jobs.ticking import run_clock
from clearinghouse.records.base import Row
from clearinghouse.records.people import User
from clearinghouse.records.sealed import Compartment, Sealed
from clearinghouse.web.site import build_site
from tests.migrations.beyond_the_demo import go_on
from tests.notices.conftest import Mailbox, free_port
from tests.promises.databases import Installed, installed
from tests.servers import PostgreSQL
from tests.web.visitors import Visitor, signed_in
from tests.worlds import settings_for

# What roles may read of typed words; whoever is not named here may read more than this promise is about.
READS: Mapping[Role, frozenset[Compartment]] = {
    Role.ADMINISTRATOR: frozenset(),
    Role.COORDINATOR: frozenset({Compartment.PEERS}),
    Role.AUDIT_OFFICER: frozenset({Compartment.PACKS}),
    Role.REGULATOR: frozenset({Compartment.PACKS}),
}
# A mail brings an invitation's link, which is sealed while it waits, to an address that may be sealed too: a peer's, or
# that of one of a council's staff. Only what has no space in it may stand there; words of a sentence are marked.
INVITATIONS = frozenset({Compartment.ACCOUNT, Compartment.PEERS})
_MARK = b"zqxmarkedzqx"
_MARKED = re.compile(rb"zqxmarkedzqx(\d\d)(\d{6})z", re.IGNORECASE)
_COMPARTMENTS = tuple(Compartment)
_LINK = re.compile(r'(?:href|action|src)="(/[^"#]*)')
_LEFT_OUT = ("/static/", "/sign-out")


@dataclass
class Marks:
    """The marks set so far: how many in each column, and the words that could not be marked, as they are."""

    number: Iterator[int] = field(default_factory=count)
    columns: Counter[str] = field(default_factory=Counter)
    bare: dict[bytes, Compartment] = field(default_factory=dict)

    @contextmanager
    def in_every_sealed_text(self) -> Iterator[None]:
        """Let every text that is sealed end with a mark of its own; what has a form, such as JSON, is kept as it is."""
        put: Callable[[Sealed, Row, str], None] = Sealed.__set__

        def marked(sealed: Sealed, row: Row, text: str) -> None:
            if text:
                text = self._marked(sealed, text)
                self.columns[f"{row.__tablename__}.{sealed.column}"] += 1
            put(sealed, row, text)

        Sealed.__set__ = marked  # type: ignore[method-assign]  # every text passes here
        try:
            yield
        finally:
            Sealed.__set__ = put  # type: ignore[method-assign]  # as it was

    def _marked(self, sealed: Sealed, text: str) -> str:
        if text[0] in "[{" or sealed.compartment is Compartment.ACCOUNT or " " not in text:
            if len(text) >= 20:
                self.bare[text.encode()] = sealed.compartment
            return text
        where = _COMPARTMENTS.index(sealed.compartment)
        return f"{text} {_MARK.decode()}{where:02}{next(self.number):06}z"


class Words:
    """Looks for the marks in bytes, in the ways in which a program writes text."""

    def __init__(self, marks: Marks) -> None:
        mark = _MARK
        # The inner bytes of each alignment in base64 are the same whatever stands around.
        aligned = [base64.b64encode(b"\0" * skip + mark)[4:12] for skip in range(3)]
        self._forms = (
            mark,
            mark.hex().encode(),
            *(mark.decode().encode(kind) for kind in ("utf-16-le", "utf-16-be")),
        )
        self._forms += tuple(aligned)
        self._bare = marks.bare
        self.searched = 0

    def found(self, content: bytes, allowed: frozenset[Compartment] = frozenset()) -> list[bytes]:
        """What of the marks stands there, in any form; of the words without a mark, those that may not."""
        self.searched += len(content)
        folded = content.lower()
        bare = [text for text, where in self._bare.items() if where not in allowed and text in content]
        return [*bare, *(form for form in self._forms if form in content or form in folded)]

    def among(self, content: bytes, allowed: frozenset[Compartment]) -> list[str]:
        """The compartments whose words stand on a page, but for those that may."""
        self.searched += len(content)
        marks = {_COMPARTMENTS[int(mark[1])] for mark in _MARKED.finditer(content)}
        bare = {where for text, where in self._bare.items() if text in content}
        return sorted((marks | bare) - allowed)


def no_typed_word_is_shown(server: PostgreSQL | None, of_each_route: int) -> str:
    """Fill an installation with marked words, let everybody look around, and search what it left behind."""
    began = time.monotonic()
    marks, box, log = Marks(), Mailbox(), _Kept()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    logging.getLogger().addHandler(log)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        more = {"CLEARINGHOUSE_DEMO": "1", "CLEARINGHOUSE_SMTP_URL": f"smtp://127.0.0.1:{port}"}
        with installed(server, **more) as place:
            with marks.in_every_sealed_text():
                fill(place.world)
                go_on(place.world)
                run_clock(place.world, once=True)
            words = Words(marks)
            pages = _looked_at(place, of_each_route, words, more)
            assert box.mails, "no mail was sent"
            _is_clean(words, "a mail", box.mails, INVITATIONS)
            _is_clean(words, "the log", [line.encode() for line in log.lines])
            _is_clean(words, "the disk", stored(place, server))
    finally:
        logging.getLogger().removeHandler(log)
        logging.getLogger().setLevel(level)
        controller.stop()
    return (
        f"{sum(marks.columns.values()):,} texts in {len(marks.columns)} sealed columns,"
        f" none in {words.searched:,} bytes of disk, backup, log and {len(box.mails)} mails,"
        f" nor on {pages:,} pages of who may not read it;"
        f" {time.monotonic() - began:.0f} s"
    )


def stored(place: Installed, server: PostgreSQL | None) -> Iterator[bytes]:
    """Every byte that the installation keeps, a backup and the rest of what the database wrote among them."""
    for path in place.home.rglob("*"):
        if path.is_file():
            yield path.read_bytes()
    if server:
        yield from server.stored()
        return
    with tempfile.TemporaryDirectory() as folder:
        backup = Path(folder) / "backup.sqlite3"
        database = sqlite3.connect(str(place.world.database.engine.url.database))
        database.execute("VACUUM INTO ?", (str(backup),))
        yield "\n".join(database.iterdump()).encode()
        database.close()
        yield backup.read_bytes()


def _is_clean(
    words: Words,
    where: str,
    contents: Iterator[bytes] | list[bytes],
    allowed: frozenset[Compartment] = frozenset(),
) -> None:
    for content in contents:
        found = words.found(content, allowed)
        assert not found, f"{where} shows {found[:3]}"


def _looked_at(place: Installed, each: int, words: Words, more: Mapping[str, str]) -> int:
    """Whoever reads most finds the addresses; everybody who reads little or nothing asks for each of them."""
    world = place.world
    site = build_site(world, settings_for(place.home, place.address, **more))
    with world.reading(OPERATOR) as work:
        people = [actor_of(work, user) for user in work.session.scalars(select(User).order_by(User.name))]
    readers = [each for each in people if may_enter(each, Permission.CASE_TRIAGE)]
    shown: Counter[str] = Counter()
    addresses = addresses_reached(signed_in(site, world, readers[0]), each, shown)
    assert shown, "the marks are to be seen by those who may read them"
    pages = 0
    for who in people:
        reads = _reads(who)
        if reads is None:
            continue
        visitor = signed_in(site, world, who)
        for address in dict.fromkeys((*addresses, *addresses_reached(visitor, each))):
            answer = visitor.get(address)
            said = words.among(answer.data + str(answer.headers).encode(), reads)
            assert not said, f"{who.name} reads {said[:3]} on {address}"
            pages += 1
    pages += _broken(site, world, readers[0], words)
    return pages


def _reads(who: Actor) -> frozenset[Compartment] | None:
    roles = {grant.role for grant in who.grants}
    if not roles <= set(READS):
        return None
    return frozenset().union(*(READS[role] for role in roles))


def addresses_reached(
    visitor: Visitor, each: int, shown: Counter[str] | None = None, most: int | None = None
) -> list[str]:
    """What a visitor reaches from the first page by following links, at most so many addresses of each route."""
    waiting, known, taken = ["/"], {"/"}, Counter[str]()
    routes = visitor.site.url_map.bind("")
    for address in waiting:
        if most is not None and len(waiting) >= most:
            break
        answer = visitor.get(address)
        if shown is not None:
            shown.update(mark[1].decode() for mark in _MARKED.finditer(answer.data))
        for link in _links(answer):
            found = urlsplit(link.replace("&amp;", "&"))._replace(scheme="", netloc="", fragment="").geturl()
            if found in known or found.startswith(_LEFT_OUT):
                continue
            known.add(found)
            try:
                endpoint, _ = routes.match(urlsplit(found).path, "GET")
            except (HTTPException, RequestRedirect):
                continue
            taken[endpoint] += 1
            if taken[endpoint] <= each:
                waiting.append(found)
    return waiting


def _links(answer: TestResponse) -> list[str]:
    if answer.location:
        return [answer.location]
    return _LINK.findall(answer.text) if answer.mimetype == "text/html" else []


def _broken(site: Flask, world: World, reader: Actor, words: Words) -> int:
    """Pages that break while they hold a sealed word; what is said of it is in the log, which is searched later."""
    visitor = signed_in(site, world, reader)
    opened = Sealed.__get__

    def breaks(sealed: Sealed, row: Row | None, owner: type[Row]) -> object:
        text = opened(sealed, row, owner)  # type: ignore[arg-type]  # either way of it
        if row is not None and _MARK.decode() in str(text):
            raise RuntimeError(text)
        return text

    tried, site.testing = 0, False
    Sealed.__get__ = breaks  # type: ignore[method-assign, assignment]  # every text passes here
    try:
        for address in addresses_reached(visitor, 1):
            answer = visitor.get(address)
            assert not words.found(answer.data), f"the broken page {address} shows a typed word"
            tried += answer.status_code == 500
    finally:
        Sealed.__get__ = opened  # type: ignore[method-assign]  # as it was
    assert tried, "no page broke"
    return tried


class _Kept(logging.Handler):
    """Every line of every log, as it would be written, with the errors and where they came from."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line, unless the mail server said it, which is not ours."""
        if not record.name.startswith("mail."):
            self.lines.append(self.format(record))
