"""Sealing: a value against raw AESGCM, a list with sealed columns against plain ones, and a page against "hello"."""

import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Mapped

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.dialogue.conversations import NewConversation, NewPassage, record_conversation
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Audience, Capacity, KnownAnswer
from clearinghouse.records.base import Row, new_id
from clearinghouse.records.keyring import keyring_of
from clearinghouse.records.sealed import Compartment, Sealed
from clearinghouse.vault.sealing import Place
from clearinghouse.web.site import build_site
from tests.bench.measuring import Figure, at_most, side_by_side
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.people import person
from tests.servers import PostgreSQL
from tests.web.visitors import signed_in
from tests.worlds import Clock, make_world, settings_for

ROWS = 50
VALUE_BYTES = 300
VALUES = 20_000
REPEATS = 40
MOST_OF_PLAIN = 1.25
MOST_OF_HELLO = 6
_WORDS = ("What was said in confidence, at some length. " * 10)[:VALUE_BYTES]


class BenchSealed(Row):
    """A row with four sealed texts."""

    __tablename__ = "bench_sealed"

    subject_id: Mapped[UUID]
    title: Mapped[str]
    first_sealed: Mapped[bytes | None]
    first = Sealed(Compartment.CONVERSATIONS, subject="subject_id", ledgered=False)
    second_sealed: Mapped[bytes | None]
    second = Sealed(Compartment.CONVERSATIONS, subject="subject_id", ledgered=False)
    third_sealed: Mapped[bytes | None]
    third = Sealed(Compartment.CONVERSATIONS, subject="subject_id", ledgered=False)
    fourth_sealed: Mapped[bytes | None]
    fourth = Sealed(Compartment.CONVERSATIONS, subject="subject_id", ledgered=False)


class BenchPlain(Row):
    """The same row in plain text."""

    __tablename__ = "bench_plain"

    subject_id: Mapped[UUID]
    title: Mapped[str]
    first: Mapped[str]
    second: Mapped[str]
    third: Mapped[str]
    fourth: Mapped[str]


def measure(_server: PostgreSQL) -> Iterator[Figure]:
    """The ratios, in CPU seconds of one process, on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        world = make_world(home, None, Clock())
        yield from _one_value(world)
        yield from _lists(world)
        yield from _page(world, home)
        world.database.close()


def _one_value(world: World) -> Iterator[Figure]:
    subject, plain = uuid4(), _WORDS.encode()
    key = world.vault.data_key(world.vault.new_key(uuid4(), subject, "conversations"))
    place = Place("passages", "text_sealed", "conversations", subject, uuid4())
    raw, bound, nonce = AESGCM(os.urandom(32)), os.urandom(160), os.urandom(12)
    sealed, secret = key.seal(plain, place), raw.encrypt(nonce, plain, bound)
    for what, ours, theirs in (
        ("seal", lambda: key.seal(plain, place), lambda: raw.encrypt(os.urandom(12), plain, bound)),
        ("open", lambda: key.open(sealed, place), lambda: raw.decrypt(nonce, secret, bound)),
    ):
        mine, other = side_by_side(partial(_often, ours), partial(_often, theirs))
        yield Figure(
            f"{what} {VALUE_BYTES} B, against {other / VALUES * 1e6:.1f} µs of raw AESGCM",
            f"{mine / VALUES * 1e6:.1f} µs, {mine / other:.1f} ×",
        )


def _often(do: Callable[[], object]) -> None:
    for _ in range(VALUES):
        do()


def _lists(world: World) -> Iterator[Figure]:
    for table in (BenchSealed, BenchPlain):
        table.__table__.create(world.database.engine)  # type: ignore[attr-defined]  # a mapped class's table
    one, many = uuid4(), [uuid4() for _ in range(ROWS)]
    with world.unit_of_work(OPERATOR) as work:
        for title, subjects in (("one", [one] * ROWS), ("many", many)):
            for subject in subjects:
                sealed = work.add(BenchSealed(id=new_id(), subject_id=subject, title=title))
                plain = work.add(BenchPlain(id=new_id(), subject_id=subject, title=title))
                for name in ("first", "second", "third", "fourth"):
                    setattr(sealed, name, _WORDS)
                    setattr(plain, name, _WORDS)
    for title, what in (("one", "one case's"), ("many", f"{ROWS} cases'")):
        mine, other = side_by_side(
            partial(_listed, world, BenchSealed, title), partial(_listed, world, BenchPlain, title)
        )
        words, met = at_most(mine / other, MOST_OF_PLAIN)
        yield Figure(
            f"{ROWS} rows of four sealed values, {what}, against {other / REPEATS * 1e3:.2f} ms of plain ones",
            f"{mine / REPEATS * 1e3:.2f} ms, {mine / other:.2f} ×",
            words,
            met,
        )


def _listed(world: World, table: type[BenchSealed] | type[BenchPlain], title: str) -> None:
    for _ in range(REPEATS):
        with world.reading(OPERATOR) as work:
            rows = work.session.scalars(select(table).where(table.title == title).order_by(table.id)).all()
            if table is BenchSealed:
                keyring_of(work.session).hold({row.subject_id for row in rows}, Compartment.CONVERSATIONS)
            said = [(row.title, row.first, row.second, row.third, row.fourth) for row in rows]
            assert len(said) == ROWS


def _page(world: World, home: Path) -> Iterator[Figure]:
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world))
    for number in range(ROWS):
        passage = NewPassage(f"{number} {_WORDS}", frozenset({Audience.MEETING}), KnownAnswer.YES)
        talk = NewConversation(
            held_on=world.today - timedelta(days=1),
            held=True,
            capacities=frozenset({Capacity.LEADER}),
            with_whom="Councillor Somebody",
            passages=(passage, passage, passage),
        )
        record_conversation(world, lead, case_id, None, talk)
    site = build_site(world, settings_for(home))
    hello = Flask("hello")
    hello.add_url_rule("/", view_func=lambda: "hello")
    visitor, stranger = signed_in(site, world, lead), hello.test_client()
    path = f"/cases/{case_id}/conversations"
    shown = visitor.get(path)
    assert shown.status_code == 200
    assert all(f"{number} {_WORDS[:40]}" in shown.text for number in range(ROWS))
    mine, other = side_by_side(
        lambda: [visitor.get(path) for _ in range(10)], lambda: [stranger.get("/") for _ in range(200)]
    )
    mine, other = mine / 10, other / 200
    words, met = at_most(mine / other, MOST_OF_HELLO)
    yield Figure(
        f'a page of {ROWS} conversations with four sealed values, against {other * 1e3:.2f} ms of "hello"',
        f"{mine * 1e3:.1f} ms, {mine / other:.0f} ×",
        words,
        met,
    )
