"""Verification finds every byte that somebody changed behind the program's back, and names the event."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import select, text

from clearinghouse.access.roles import OPERATOR, Actor, Role
from clearinghouse.casework.log import keep_log
from clearinghouse.casework.verification import Fault, verify
from clearinghouse.casework.world import World
from clearinghouse.records import chain_verification
from clearinghouse.records.base import new_id
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.forms import Draft
from clearinghouse.records.keyring import seal_name
from clearinghouse.records.ledger import LedgerEvent, told
from clearinghouse.records.people import User
from clearinghouse.records.tables import inventory
from clearinghouse.vault.digests import digest
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.forged_events import append_unsealed
from tests.factories.people import person

EVENT_COLUMNS = ("id", "stream", "stream_id", "seq", "type", "at", "actor", "body", "disclosed", "hash")


@dataclass(frozen=True)
class Lived:
    """An installation in which something happened: two cases, a second factor set twice, a draft."""

    world: World
    path: str
    associate: Actor
    old_secret: bytes

    def change(self, statement: str, *values: object) -> None:
        """Change the database as somebody with the file would."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            assert connection.execute(statement, values).rowcount == 1

    def select(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(statement, values).fetchall()

    def sealed_by(self) -> dict[str, str]:
        """The last event that sealed each value."""
        with self.world.reading(OPERATOR) as work:
            events = work.session.scalars(select(LedgerEvent).order_by(LedgerEvent.id)).all()
            return {name: row.id for row in events for name in told(work.session, row).seals}

    def faults(self) -> tuple[Fault, ...]:
        return verify(self.world).faults


def live(world: World) -> tuple[Actor, bytes]:
    """Let things happen; gives who acted and an earlier value of their sealed secret."""
    council, associate = authority(world), person(world, Role.ASSOCIATE)
    person(world, Role.LEAD)
    for name in ("Jo Bright", "Sam Ade"):
        logged_case(world, associate, council, source_name=name)
    secrets = []
    for secret in ("FIRSTSECRET", "SECONDSECRET"):
        with world.unit_of_work(associate) as work:
            user = work.session.get_one(User, associate.id)
            user.totp = secret
            work.record(Event.FACTOR_ENROLLED, Stream.USER, user.id)
            secrets.append(user.totp_sealed or b"")
    with world.unit_of_work(associate) as work:
        work.add(Draft(user_id=associate.id, form="concern", saved_at=work.now)).answers = "half a sentence"
    return associate, secrets[0]


@pytest.fixture
def lived(sqlite_world: World) -> Lived:
    associate, old_secret = live(sqlite_world)
    return Lived(sqlite_world, str(sqlite_world.database.engine.url.database), associate, old_secret)


def mutations(stored: bytes, *, is_text: bool) -> Iterator[bytes]:
    """The first, the middle and the last byte changed, staying text and not; then cut; then emptied."""
    for place in {0, len(stored) // 2, len(stored) - 1}:
        for bit in (0x01, 0x80):
            changed = bytearray(stored)
            changed[place] ^= bit
            yield bytes(changed)
    yield stored[:-1]
    if not is_text:
        yield b""


def test_an_untouched_installation_has_no_fault(world: World) -> None:
    live(world)
    report = verify(world)
    assert report.faults == ()
    assert (report.streams, report.events > 6, report.sealed_values > 8) == (4, True, True)


@pytest.mark.parametrize("column", EVENT_COLUMNS)
def test_any_changed_byte_of_an_event_is_found_and_the_event_named(lived: Lived, column: str) -> None:
    rows = lived.select(f"SELECT rowid, id, typeof({column}), CAST({column} AS BLOB) FROM ledger_events")
    assert len(rows) > 6
    for row, event, kind, stored in rows if column == "body" else rows[::4]:
        assert isinstance(stored, bytes)
        spelled = {"text": "CAST(? AS TEXT)", "blob": "?", "integer": "?"}[str(kind)]
        changes: list[object] = [*mutations(stored, is_text=kind == "text")]
        if kind == "integer":
            changes = [int(stored) + 1000, -1, 1.5, "one", b"\xff"]
        for change in changes:
            lived.change(f"UPDATE ledger_events SET {column} = {spelled} WHERE rowid = ?", change, row)
            assert str(event) in " ".join(fault.where for fault in lived.faults()), (event, change)
        original = int(stored) if kind == "integer" else stored
        lived.change(f"UPDATE ledger_events SET {column} = {spelled} WHERE rowid = ?", original, row)
    assert lived.faults() == ()


@pytest.mark.parametrize("kind", ["text", "real", "null"])
def test_an_event_of_the_wrong_kind_is_a_fault_and_no_traceback(lived: Lived, kind: str) -> None:
    (row, event), *_ = lived.select("SELECT rowid, id FROM ledger_events ORDER BY rowid DESC")
    value = {"text": "not bytes", "real": 1.5, "null": "null"}[kind]
    lived.change("UPDATE ledger_events SET body = ? WHERE rowid = ?", value, row)
    assert str(event) in " ".join(fault.where for fault in lived.faults())


@pytest.mark.parametrize("body", [b"[]", b"null", b"{}", b'{"seals": 1}', b"[" * 100_000, b"\xff\xfe"])
def test_bytes_that_are_no_event_are_a_fault(lived: Lived, body: bytes) -> None:
    (row, event), *_ = lived.select("SELECT rowid, id FROM ledger_events ORDER BY rowid DESC")
    lived.change("UPDATE ledger_events SET body = ? WHERE rowid = ?", body, row)
    assert str(event) in " ".join(fault.where for fault in lived.faults())


@pytest.mark.parametrize(
    ("column", "value"), [("seq", 99), ("hash", b"\0" * 32), ("hash", b""), ("stream_id", "x")]
)
def test_a_changed_end_of_a_stream_names_its_last_event(lived: Lived, column: str, value: object) -> None:
    for row, last in lived.select(
        "SELECT h.rowid, e.id FROM ledger_heads h JOIN ledger_events e ON e.stream_id = h.stream_id AND e.seq = h.seq"
    ):
        before = lived.select(f"SELECT {column} FROM ledger_heads WHERE rowid = ?", row)[0][0]
        lived.change(f"UPDATE ledger_heads SET {column} = ? WHERE rowid = ?", value, row)
        assert str(last) in " ".join(fault.where for fault in lived.faults())
        lived.change(f"UPDATE ledger_heads SET {column} = ? WHERE rowid = ?", before, row)


def test_any_changed_byte_of_a_sealed_value_is_found_and_the_event_that_sealed_it_named(lived: Lived) -> None:
    changed, sealed_by = 0, lived.sealed_by()
    for column in inventory():
        table, name = column.row.__tablename__, column.sealed.column
        for row, key, stored in lived.select(
            f"SELECT rowid, id, {name} FROM {table} WHERE {name} IS NOT NULL"
        ):
            assert isinstance(stored, bytes)
            seal = f"{table}/{UUID(str(key))}/{name}"
            expected = (
                sealed_by[seal] if column.sealed.ledgered else f"{table}.{name} of row {UUID(str(key))}"
            )
            for change in [*mutations(stored, is_text=False), "text", 7]:
                lived.change(f"UPDATE {table} SET {name} = ? WHERE rowid = ?", change, row)
                (fault,) = lived.faults()
                assert expected in fault.where
                changed += 1
            lived.change(f"UPDATE {table} SET {name} = ? WHERE rowid = ?", stored, row)
    assert changed > 80
    assert lived.faults() == ()


def test_two_rows_whose_sealed_values_were_swapped_are_both_found(lived: Lived) -> None:
    (one, first), (other, second) = lived.select("SELECT rowid, name_sealed FROM sources")
    lived.change("UPDATE sources SET name_sealed = ? WHERE rowid = ?", second, one)
    lived.change("UPDATE sources SET name_sealed = ? WHERE rowid = ?", first, other)
    assert [fault.words for fault in lived.faults()] == ["the value was altered"] * 2


def test_an_earlier_value_that_was_put_back_is_found(lived: Lived) -> None:
    """Wrong if a row could be rolled back: it opens, and only the ledger knows that it is not the last."""
    key = lived.associate.id
    assert key
    lived.change("UPDATE users SET totp_sealed = ? WHERE id = ?", lived.old_secret, key.hex)
    (fault,) = lived.faults()
    assert (fault.words, "user:factor-enrolled" in fault.where) == ("an earlier value was put back", True)


@pytest.mark.parametrize("in_their_stream", [True, False])
def test_an_unsealed_event_excuses_no_earlier_value(lived: Lived, in_their_stream: bool) -> None:
    """Wrong if whoever rolls a row back could append, in the first format, that the ledger sealed that value last."""
    key = lived.associate.id
    assert key
    lived.change("UPDATE users SET totp_sealed = ? WHERE id = ?", lived.old_secret, key.hex)
    with lived.world.database.writing() as session:
        append_unsealed(
            session,
            Event.FACTOR_ENROLLED,
            Stream.USER,
            key if in_their_stream else new_id(),
            at="2099-01-01T00:00:00.000000+00:00",
            facts={},
            seals={seal_name("users", key, "totp_sealed"): digest(lived.old_secret).hex()},
        )
    found = [fault.words for fault in lived.faults()]
    assert "an earlier value was put back" in found
    assert ("is not sealed, and events before it are: it was put in" in found) is in_their_stream


@pytest.mark.parametrize("emptied", [True, False])
def test_a_sealed_value_that_was_taken_away_is_found(lived: Lived, emptied: bool) -> None:
    (row,) = lived.select("SELECT min(rowid) FROM sources")[0]
    change = "UPDATE sources SET name_sealed = NULL" if emptied else "DELETE FROM sources"
    lived.change(f"{change} WHERE rowid = ?", row)
    assert all("concern:logged" in fault.where for fault in lived.faults())
    assert "not there any more" in lived.faults()[0].words


def test_a_value_that_no_event_sealed_is_found(lived: Lived) -> None:
    with lived.world.database.writing() as session:
        session.execute(text("UPDATE sources SET contact_sealed = name_sealed"))
    assert {fault.words for fault in lived.faults()} == {"no event of the ledger sealed this value"}


def test_an_event_that_was_taken_out_is_found_by_what_came_after_it(lived: Lived) -> None:
    for (row,) in lived.select("SELECT rowid FROM ledger_events"):
        kept = lived.select("SELECT * FROM ledger_events WHERE rowid = ?", row)[0]
        lived.change("DELETE FROM ledger_events WHERE rowid = ?", row)
        assert lived.faults()
        lived.change("INSERT INTO ledger_events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", *kept)
    assert lived.faults() == ()


@pytest.mark.parametrize("column", ["wrapped", "commitment", "epoch", "subject_id", "compartment", "id"])
def test_a_damaged_key_is_a_fault_of_every_value_under_it(lived: Lived, column: str) -> None:
    (row,) = lived.select("SELECT rowid FROM data_keys WHERE compartment = 'source'")[0]
    value = {"epoch": 9, "subject_id": new_id().hex, "id": new_id().hex}.get(column, b"\xff" * 10)
    lived.change(f"UPDATE data_keys SET {column} = ? WHERE rowid = ?", value, row)
    assert any("sources" in fault.where for fault in lived.faults())


@pytest.mark.parametrize("spelled", [str.upper, lambda key: " " + key[1:], lambda key: "{" + key + "}"])
def test_a_key_that_nothing_would_find_is_a_fault_though_it_reads_as_the_same(
    lived: Lived, spelled: Callable[[str], str]
) -> None:
    row, key = lived.select("SELECT rowid, id FROM data_keys WHERE compartment = 'source'")[0]
    lived.change("UPDATE data_keys SET id = ? WHERE rowid = ?", spelled(str(key)), row)
    assert any("sources" in fault.where for fault in lived.faults())


def test_a_changed_value_is_found_on_each_database(world: World) -> None:
    live(world)
    with world.database.writing() as session:
        session.execute(
            text(
                "UPDATE sources SET name_sealed = contact_sealed || name_sealed WHERE contact_sealed IS NULL"
            )
        )
        session.execute(text("UPDATE ledger_events SET actor = 'clock' WHERE type = 'concern:logged'"))
    found = [fault for fault in verify(world).faults if "concern:logged" in fault.where]
    assert sum("its column actor" in fault.words for fault in found) == 2
    assert sum("not there any more" in fault.words for fault in found) == 2


# The test's own threads do nothing meanwhile.
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_several_processes_find_what_one_finds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stretch of streams that none of them walked, or walked twice, would hide a change or make one up."""
    monkeypatch.setattr(chain_verification, "_IN_A_STRETCH", 3)
    live(world)
    keep_log(world)
    one = verify(world)
    assert verify(world, processes=3) == one
    assert one.faults == ()
    with world.database.writing() as session:
        session.execute(text("UPDATE ledger_events SET actor = 'clock' WHERE type = 'concern:logged'"))
        session.execute(text("DELETE FROM log_leaves WHERE position = 1"))
        session.execute(text("UPDATE sources SET contact_sealed = name_sealed"))
    one, many = verify(world), verify(world, processes=2)
    assert len(one.faults) > 4
    assert sorted(map(str, many.faults)) == sorted(map(str, one.faults))
