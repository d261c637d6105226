"""What verification says of each thing that was done to ledger, log and values: once, by its name, in which words."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.log import keep_log, signed_tree
from clearinghouse.casework.retention.tombstones import destroy_keys, record_destroyed
from clearinghouse.casework.verification import FromOutside, verify
from clearinghouse.casework.world import World
from clearinghouse.records import chain_verification
from clearinghouse.records.cases import Source
from clearinghouse.records.chain_verification import WHOLE, WalkStretch, rows_of, stretches
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.forms import Draft
from clearinghouse.records.ledger import LedgerEvent
from clearinghouse.records.sealed import Compartment
from clearinghouse.vault.digests import digest
from clearinghouse.vault.leaves import event_hash
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.forged_events import append_unsealed
from tests.factories.people import person
from tests.worlds import Clock, settings_for

STREAM, OTHER = UUID(int=7), UUID(int=8)
AT = "2026-11-23T09:30:00.000000+00:00"
Faults = list[tuple[str, str]]


@dataclass(frozen=True)
class Kept:
    """An installation with two streams of three events and of one, which are logged and signed."""

    world: World
    database: Path
    before: Path

    def change(self, statement: str, *values: object) -> None:
        """Change the database as somebody with the file would."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            assert connection.execute(statement, values).rowcount > 0

    def one(self, statement: str, *values: object) -> object:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(statement, values).fetchone()[0]

    def put_back(self) -> None:
        """As it was."""
        with (
            closing(sqlite3.connect(self.before)) as before,
            closing(sqlite3.connect(self.database)) as database,
        ):
            before.backup(database)

    def write_last(self, change: Callable[[bytes], bytes]) -> None:
        """Change the bytes of the first stream's last event, and what was kept of their hash."""
        body = self.one("SELECT body FROM ledger_events WHERE stream_id = ? AND seq = 3", str(STREAM))
        assert isinstance(body, bytes)
        hashed = event_hash(change(body))
        self.change(
            "UPDATE ledger_events SET body = ?, hash = ? WHERE stream_id = ? AND seq = 3",
            change(body),
            hashed,
            str(STREAM),
        )
        self.change("UPDATE ledger_heads SET hash = ? WHERE stream_id = ?", hashed, str(STREAM))

    def named(self, seq: int) -> str:
        """An event of the first stream, as an operator finds it."""
        event = self.one("SELECT id FROM ledger_events WHERE stream_id = ? AND seq = ?", str(STREAM), seq)
        return f"case:opened of {AT}, number {seq} of case {STREAM} ({event})"

    def said(self, outside: FromOutside | None = None) -> Faults:
        report = verify(self.world, outside) if outside else verify(self.world)
        return [(fault.where, fault.words) for fault in report.faults]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, made_on_sqlite: Path) -> Iterator[Kept]:
    home = tmp_path_factory.mktemp("faults") / "home"
    shutil.copytree(made_on_sqlite, home)
    world = open_installation(settings_for(home), Clock())
    for stream in (STREAM, STREAM, STREAM, OTHER):
        with world.unit_of_work(OPERATOR) as work:
            work.record(Event.CASE_OPENED, Stream.CASE, stream)
    keep_log(world)
    database = Path(str(world.database.engine.url.database))
    kept = Kept(world, database, home.parent / "before")
    with closing(sqlite3.connect(database)) as now, closing(sqlite3.connect(kept.before)) as before:
        now.backup(before)
    yield kept
    world.database.close()


@pytest.fixture
def kept(whole: Kept) -> Iterator[Kept]:
    """The same for each test, which may do anything to it."""
    yield whole
    whole.put_back()


EVENT = f"WHERE stream_id = '{STREAM}' AND seq = "
NOT_ITS_HASH = "its stored bytes do not have the hash that was kept with them"
TAKEN_OUT = "number {} of the stream should stand here: events were taken out or put in"
NOT_ITS_END = "is not what was kept as the end of its stream: events were taken off, or it was altered"
NOT_TOLD = "what it says does not open, or is not what was hashed: "
NOT_ITS_LEAF = "is not the leaf of what it stands for"
NOT_THE_END = "does not end as was kept of it"
NOT_ITS_END_THERE = "does not end in the log as was kept of it"
REWRITTEN = "was signed for another root than the log has: its history was rewritten"
SHORTER = "covers 6 leaves that were signed, and the log has 5"
OWN, SIGNED_AT = "the signer's own record", "the checkpoint of 6 leaves"
GONE = "stands for event {}, which is not there any more"


@pytest.mark.parametrize(
    ("statement", "faults"),
    [
        (
            f"UPDATE ledger_events SET body = CAST(replace(body, 'T09:30', 'T09:31') AS BLOB) {EVENT} 2",
            [
                (2, NOT_ITS_HASH),
                (2, f"its column at says {AT}, but {AT.replace('T09:30', 'T09:31')} was hashed"),
            ],
        ),
        (
            f"UPDATE ledger_events SET body = x'5b5d' {EVENT} 2",
            [(2, NOT_ITS_HASH), (2, "its stored bytes are not an event")],
        ),
        (
            f"UPDATE ledger_events SET hash = zeroblob(32) {EVENT} 2",
            [(2, NOT_ITS_HASH), ("leaf 1 of the log", NOT_ITS_LEAF)],
        ),
        (
            f"UPDATE ledger_events SET actor = 'clock' {EVENT} 2",
            [(2, "its column actor says clock, but operator was hashed")],
        ),
        (
            f"UPDATE ledger_events SET type = 'case:closed' {EVENT} 2",
            [(2, "its column type says case:closed, but case:opened was hashed")],
        ),
        (f"UPDATE ledger_events SET disclosed = NULL {EVENT} 2", [(2, NOT_TOLD + "it is not there")]),
        (
            f"UPDATE ledger_events SET disclosed = (SELECT disclosed FROM ledger_events {EVENT} 1) {EVENT} 2",
            [(2, NOT_TOLD + "the value was altered or moved")],
        ),
        (
            f"DELETE FROM data_keys WHERE compartment = 'ledger' AND subject_id = '{STREAM.hex}'",
            [(number, NOT_TOLD + "its key is not there") for number in (1, 2, 3)],
        ),
        (f"DELETE FROM ledger_heads WHERE stream_id = '{STREAM}'", [(3, NOT_ITS_END)]),
        (f"UPDATE ledger_heads SET seq = 4 WHERE stream_id = '{STREAM}'", [(3, NOT_ITS_END)]),
        (
            "UPDATE log_leaves SET hash = zeroblob(32) WHERE position = 1",
            [
                ("leaf 1 of the log", NOT_ITS_LEAF),
                (SIGNED_AT, REWRITTEN),
                (OWN, REWRITTEN),
                ("the log", NOT_THE_END),
            ],
        ),
        (
            "DELETE FROM log_leaves WHERE position = 1",
            [
                ("leaf 1 of the log", "is not there"),
                (
                    "leaf 1 of the log",
                    f"stands for number 3 of stream {STREAM}, which is not its next",
                ),
                *((f"leaf {number} of the log", "is not there") for number in (2, 3, 4)),
                ("the log", NOT_THE_END),
                (SIGNED_AT, SHORTER),
                (OWN, SHORTER),
            ],
        ),
        (
            "DELETE FROM log_leaves WHERE position = 5",
            [("the log", NOT_THE_END), (SIGNED_AT, SHORTER), (OWN, SHORTER)],
        ),
        (
            f"DELETE FROM log_streams WHERE stream_id = '{STREAM}'",
            [(f"stream {STREAM}", NOT_ITS_END_THERE)],
        ),
        (
            f"UPDATE log_streams SET seq = 2 WHERE stream_id = '{STREAM}'",
            [(f"stream {STREAM}", NOT_ITS_END_THERE)],
        ),
        ("UPDATE log_tree SET size = size + 1", [("the log", NOT_THE_END)]),
        ("DELETE FROM log_tree", [("the log", NOT_THE_END)]),
        ("DELETE FROM log_checkpoints", [(SIGNED_AT, "was signed, and is not kept here")]),
        (
            "UPDATE log_checkpoints SET size = 7",
            [("the checkpoint of 7 leaves", "was signed for 6 leaves")],
        ),
        (
            "UPDATE log_checkpoints SET note = 'text'",
            [(SIGNED_AT, "this is not a signed note"), (SIGNED_AT, "was signed, and is not kept here")],
        ),
    ],
)
def test_what_was_done_is_said_once_by_its_name(
    kept: Kept, statement: str, faults: list[tuple[int | str, str]]
) -> None:
    """An operator who is told nothing of where, or of three things where one was done, looks in the wrong place."""
    expected = [(kept.named(where) if isinstance(where, int) else where, words) for where, words in faults]
    kept.change(statement)
    assert kept.said() == expected


@pytest.mark.parametrize(
    ("taken", "faults"),
    [
        (
            1,
            [
                (2, "does not follow the beginning of its stream: one of the two was altered"),
                (2, TAKEN_OUT.format(1)),
                ("leaf 0 of the log", GONE),
                ("leaf 1 of the log", f"stands for number 2 of stream {STREAM}, which is not its next"),
            ],
        ),
        (
            2,
            [
                (3, "does not follow FIRST: one of the two was altered"),
                (3, TAKEN_OUT.format(2)),
                ("leaf 1 of the log", GONE),
                ("leaf 2 of the log", f"stands for number 3 of stream {STREAM}, which is not its next"),
            ],
        ),
        (
            3,
            [
                (2, NOT_ITS_END),
                ("leaf 2 of the log", GONE),
                ("leaf 5 of the log", NOT_ITS_LEAF),
                (f"stream {STREAM}", NOT_ITS_END_THERE),
            ],
        ),
    ],
)
def test_an_event_that_was_taken_out_is_said_by_those_beside_it(
    kept: Kept, taken: int, faults: list[tuple[int | str, str]]
) -> None:
    """It cannot be named any more but by the log; what stood before and behind it can."""
    event = kept.one(f"SELECT id FROM ledger_events {EVENT} {taken}")
    names = {number: kept.named(number) for number in (1, 2, 3)}
    kept.change(f"DELETE FROM ledger_events {EVENT} {taken}")
    assert kept.said() == [
        (
            names[where] if isinstance(where, int) else where,
            words.format(event).replace("FIRST", names[1]),
        )
        for where, words in faults
    ]


def test_a_number_that_is_missing_is_found_though_every_hash_was_made_to_fit(kept: Kept) -> None:
    """Whoever writes the database can hash anew; what they leave out leaves a gap in the numbers all the same."""
    first, second = (kept.one(f"SELECT hash FROM ledger_events {EVENT} {number}") for number in (1, 2))
    assert isinstance(first, bytes)
    assert isinstance(second, bytes)
    kept.change(f"DELETE FROM ledger_events {EVENT} 2")
    kept.write_last(lambda body: body.replace(second.hex().encode(), first.hex().encode()))
    assert [said for said in kept.said() if said[0] == kept.named(3)] == [
        (kept.named(3), TAKEN_OUT.format(2))
    ]


def test_digests_of_something_else_are_found_though_every_hash_was_made_to_fit(kept: Kept) -> None:
    """What a pack would disclose of it later could not be shown to be what was hashed."""
    kept.write_last(lambda body: body.replace(b'"_sd":["', b'"_sd":["' + b"A" * 43 + b'","'))
    assert (kept.named(3), NOT_TOLD + "its digests are others") in kept.said()


def test_a_stream_that_was_taken_away_is_said_by_its_end(kept: Kept) -> None:
    events = [str(kept.one(f"SELECT id FROM ledger_events {EVENT} {number}")) for number in (1, 2, 3)]
    kept.change(f"DELETE FROM ledger_events WHERE stream_id = '{STREAM}'")
    assert kept.said() == [
        (f"the end of stream {STREAM}", "is kept, but the stream has no event any more"),
        *((f"leaf {number} of the log", GONE.format(event)) for number, event in enumerate(events)),
        ("leaf 5 of the log", NOT_ITS_LEAF),
        (f"stream {STREAM}", NOT_ITS_END_THERE),
    ]


def test_what_was_brought_along_is_held_against_the_log(kept: Kept) -> None:
    """A root on paper, whole or its beginning, in large letters or small; and checkpoints, each by its number."""
    found = signed_tree(kept.world)
    assert found is not None
    root = verify(kept.world)
    assert (root.log.leaves, root.log.checkpoints, root.log.signed, root.log.after) == (6, 1, 6, 0)
    for printed, faults in (
        ([(6, "ffff")], [("the printed root of 6 leaves", "is another than the log has: it was rewritten")]),
        ([(7, "ffff")], [("the printed root of 7 leaves", "is of more than the log's 6")]),
        ([(0, "E3B0C4")], []),
    ):
        assert kept.said(FromOutside(printed=printed)) == faults
    assert kept.said(FromOutside([found.note, "text"])) == [
        ("checkpoint 2 that was given", "this is not a signed note")
    ]


def test_events_of_the_first_format_stand_alone_and_never_behind_sealed_ones(kept: Kept) -> None:
    """What was written years ago is no fault; what somebody appends unsealed today is, each of them once."""
    first = UUID(int=9)
    with kept.world.database.writing() as session:
        for _ in range(2):
            append_unsealed(session, Event.CASE_OPENED, Stream.CASE, first, at=AT, facts={}, seals={})
    assert kept.said() == []
    assert verify(kept.world).log.after == 2
    kept.change("UPDATE ledger_events SET actor = 'clock' WHERE stream_id = ? AND seq = 2", str(first))
    event = kept.one("SELECT id FROM ledger_events WHERE stream_id = ? AND seq = 2", str(first))
    where = f"case:opened of {AT}, number 2 of case {first} ({event})"
    assert kept.said() == [(where, "its column actor says clock, but operator was hashed")]
    kept.put_back()
    with kept.world.database.writing() as session:
        for _ in range(2):
            append_unsealed(
                session, Event.CASE_OPENED, Stream.CASE, STREAM, at=AT, facts={}, seals={"a/b/c": "d"}
            )
    put_in = "is not sealed, and events before it are: it was put in"
    assert kept.said() == [
        (kept.named(4), put_in),
        (kept.named(5), put_in),
        (kept.named(5), "sealed a/b/c, which is not there any more"),
    ]


def test_a_stretch_of_streams_is_walked_as_the_whole_is(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process walks it: what it leaves out, or walks twice, nobody else would notice."""
    monkeypatch.setattr(chain_verification, "_IN_A_STRETCH", 3)
    kept.change(f"UPDATE ledger_events SET actor = 'clock' {EVENT} 2")
    with kept.world.reading(OPERATOR) as work:
        parts = [WalkStretch(each, frozenset(), opening=True) for each in stretches(work.session)]
        walked = [each(work.session, kept.world.vault) for each in parts]
        whole = verify(kept.world)
        assert (parts[0].stretch.after, parts[-1].stretch.upto) == (None, None)
        assert len(parts) > 1
        assert sum(each.events for each in walked) == whole.events
        assert sum(each.streams for each in walked) == whole.streams
        assert [fault for each in walked for fault in each.faults] == list(whole.faults)
        assert len(whole.faults) == 1
        streams = [row[2] for each in parts for row in rows_of(work.session, each.stretch)]
        assert streams == [row[2] for row in rows_of(work.session)]


def test_a_stretch_carries_its_seals(sqlite_world: World) -> None:
    """A value that was put back would not be found where its seal was lost on the way."""
    associate = person(sqlite_world, Role.ASSOCIATE)
    person(sqlite_world, Role.LEAD)
    logged_case(sqlite_world, associate, authority(sqlite_world))
    with sqlite_world.reading(OPERATOR) as work:
        source = work.session.scalars(select(Source)).one()
        walked = WalkStretch(WHOLE, frozenset(), opening=True)(work.session, sqlite_world.vault)
        (seal,) = (each for each in walked.seals if each[0] == f"sources/{source.id}/name_sealed")
        assert seal[1:3] == (f"2 {AT}", digest(source.name_sealed or b"").hex())
        assert seal[3].startswith("concern:logged of ")


@dataclass(frozen=True)
class Told:
    """A source whose name is sealed, and how verification names it."""

    world: World
    row: UUID
    place: str
    event: str

    def said(self) -> Faults:
        return [(fault.where, fault.words) for fault in verify(self.world).faults]

    def change(self, **columns: object) -> None:
        with self.world.database.writing() as session:
            session.execute(update(Source).where(Source.id == self.row).values(columns))


@pytest.fixture
def source(sqlite_world: World) -> Told:
    associate = person(sqlite_world, Role.ASSOCIATE)
    person(sqlite_world, Role.LEAD)
    case = logged_case(sqlite_world, associate, authority(sqlite_world)).case_id
    with sqlite_world.reading(OPERATOR) as work:
        row = work.session.scalars(select(Source.id)).one()
        event = work.session.scalars(select(LedgerEvent).where(LedgerEvent.type == "concern:logged")).one()
        name = f"concern:logged of {AT}, number {event.seq} of case {case} ({event.id})"
    return Told(sqlite_world, row, f"sources.name_sealed of row {row}", name)


def sealed_name(told: Told) -> bytes:
    with told.world.reading(OPERATOR) as work:
        return work.session.get_one(Source, told.row).name_sealed or b""


def test_what_was_done_to_a_value_is_said_by_the_event_that_sealed_it(source: Told) -> None:
    """Whoever looks for what was there before needs the event, the row and the column."""
    stored, sealed_by = sealed_name(source), f"{source.event}, which sealed {source.place}"
    for change in (stored[:-1] + bytes([stored[-1] ^ 1]), stored[:-1], b""):
        source.change(name_sealed=change)
        assert source.said() == [(sealed_by, "the value was altered")]
    source.change(name_sealed=None)
    missing = f"sealed sources/{source.row}/name_sealed, which is not there any more"
    assert source.said() == [(source.event, missing)]
    source.change(name_sealed=stored, contact_sealed=stored)
    beside = f"sources.contact_sealed of row {source.row}"
    assert source.said() == [(beside, "no event of the ledger sealed this value")]
    source.change(contact_sealed=None)
    assert source.said() == []
    with source.world.database.writing() as session:
        session.execute(text("DELETE FROM data_keys WHERE compartment = 'source'"))
    assert source.said()[0] == (sealed_by, "the value's key is not there, or not a key")


def test_what_was_done_to_a_destroyed_value_is_told_by_its_seal(source: Told) -> None:
    """Nobody can open it any more; that it is the one that was sealed can still be shown."""
    with source.world.unit_of_work(OPERATOR) as work:
        keys = destroy_keys(work, source.row, {Compartment.SOURCE}, review_id=None)
        record_destroyed(work, source.row, keys)
    assert source.said() == []
    assert verify(source.world).destroyed == 1
    stored = sealed_name(source)
    source.change(name_sealed=stored[:-1] + bytes([stored[-1] ^ 1]))
    altered = (
        f"{source.event}, which sealed {source.place}",
        "the value was altered, or an earlier one put back",
    )
    assert source.said() == [altered]
    source.change(name_sealed=stored, contact_sealed=stored)
    beside = f"sources.contact_sealed of row {source.row}"
    assert source.said() == [(beside, "no event of the ledger sealed this value")]


def test_what_was_done_to_a_value_that_no_event_seals_is_told_by_itself(sqlite_world: World) -> None:
    """A draft has no seal in the ledger: what is wrong with it is said as it is."""
    rows: list[tuple[UUID, bytes]] = []
    for _ in range(2):
        associate = person(sqlite_world, Role.ASSOCIATE)
        with sqlite_world.unit_of_work(associate) as work:
            draft = work.add(Draft(user_id=associate.id, form="concern", saved_at=work.now))
            draft.answers = "half a sentence"
            rows.append((draft.id, draft.answers_sealed or b""))
    (row, stored), (_, others) = rows
    place = f"drafts.answers_sealed of row {row}"
    for change, words in (
        (stored[:-1], "the value does not open: the value was altered or moved"),
        (b"\1\2" + stored[2:], "the value does not open: the value has an unknown version or suite"),
        (others, "the value names another key"),
        ("text", "the value is not a sealed one"),
    ):
        with sqlite_world.database.writing() as session:
            values = {"sealed": change, "row": row.hex}
            session.execute(text("UPDATE drafts SET answers_sealed = :sealed WHERE id = :row"), values)
        assert [(fault.where, fault.words) for fault in verify(sqlite_world).faults] == [(place, words)]
