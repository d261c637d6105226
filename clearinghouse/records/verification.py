"""Verification of the whole ledger and of every sealed value: what is stored against what was hashed and sealed."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Dialect, Executable, Row, and_, select
from sqlalchemy.orm import Session

from clearinghouse.records.document_verification import document_faults
from clearinghouse.records.events import Event
from clearinghouse.records.keyring import DataKeyRow, seal_name
from clearinghouse.records.ledger import (
    LedgerEvent,
    LedgerHead,
    Told,
    place_of,
    read_told,
    told_by_first_format,
)
from clearinghouse.records.raw import Raw, raw, shown, table_of, uuid_of, value_of
from clearinghouse.records.sealed import Compartment, Sealed
from clearinghouse.records.search_verification import search_faults
from clearinghouse.records.tables import SealedColumn, inventory
from clearinghouse.vault.digests import digest
from clearinghouse.vault.disclosures import digests_of
from clearinghouse.vault.errors import KeysError, SealBroken
from clearinghouse.vault.leaves import NOTHING_BEFORE, event_hash
from clearinghouse.vault.sealing import DataKey, Place, Vault, WrappedKey, key_of

_AT_ONCE = 500
_REPEATED = ("id", "stream", "stream_id", "seq", "type", "at", "actor")
_IN_BODY = {1: _REPEATED, 2: tuple(name for name in _REPEATED if name != "actor")}
_PARTS = {
    1: frozenset({*_REPEATED, "v", "prev", "facts", "seals"}),
    2: frozenset({*_IN_BODY[2], "v", "prev", "_sd"}),
}
_EVENT_COLUMNS = (*_REPEATED, "body", "disclosed", "hash")
NOT_TOLD = (SealBroken, KeysError, ValueError, KeyError, TypeError, AttributeError)
"""What is raised where what an event says does not open, or is not what was hashed."""

_KEY_COLUMNS = ("id", "epoch", "wrapped", "commitment")


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was written: which event or value, and what is wrong with it."""

    where: str
    words: str


@dataclass(frozen=True)
class VerificationReport:
    """What was looked at, how much of it was `destroyed` and has its tombstone, and every fault that was found."""

    events: int
    streams: int
    sealed_values: int
    destroyed: int
    faults: tuple[Fault, ...]


def verify_records(session: Session, vault: Vault, tombstones: Collection[UUID] = ()) -> VerificationReport:
    """Walk every event and every sealed value of the state that the session sees.

    Holds a bounded number of rows at a time. Whatever was done to a row is a fault in the report, never an exception.
    A value whose key is gone is a fault, unless the key is one of `tombstones`.
    """
    with closing(_Seals()) as seals:
        chains = _Chains(seals, Disclosed(session, vault, tombstones))
        for row in events_of(session):
            chains.look_at(row)
        chains.end_stream()
        faults = chains.faults + [
            Fault(f"the end of stream {shown(row[0])}", "is kept, but the stream has no event any more")
            for row in _heads_withoutevents_of(session)
        ]
        values, gone, unsound = 0, _Gone(tombstones), set[UUID | None]()
        for column in inventory():
            for value in _sealed_values(session, column):
                values += 1
                if gone.names(value.sealed):
                    of_value = [*value.faults_of_destroyed(seals, known=not chains.destroyed)]
                else:
                    of_value = [*value.faults(vault, seals)]
                faults += of_value
                unsound |= {uuid_of(value.row)} if of_value else set()
        for count, found in document_faults(session, vault, seals.meet, gone.names):
            values += count
            faults += [Fault(*each) for each in found]
        faults += seals.unmet()
        unsound |= {uuid_of(row) for row in seals.unmet_rows()}
        faults += [Fault(*each) for each in search_faults(session, vault, unsound, _Gone(tombstones).names)]
    return VerificationReport(
        chains.events, chains.streams, values, chains.destroyed + gone.met, tuple(faults)
    )


@dataclass
class _Gone:
    """The keys that were destroyed, and how many values were `met` that name one of them."""

    tombstones: Collection[UUID]
    met: int = 0

    def names(self, sealed: Raw) -> bool:
        """Whether the value names a key that was destroyed."""
        try:
            found = isinstance(sealed, bytes) and key_of(sealed) in self.tombstones
        except SealBroken:
            return False
        self.met += found
        return found


class _Seals:
    """The last digest that the ledger carries of each sealed value; on disk where there are many."""

    def __init__(self) -> None:
        self._store = sqlite3.connect("")  # a private temporary file, gone when closed
        self._store.execute(
            "CREATE TABLE seal (name TEXT PRIMARY KEY, at TEXT, digest TEXT, event TEXT, met INTEGER DEFAULT 0)"
        )

    def close(self) -> None:
        self._store.close()

    def remember(self, name: str, at: str, seal: str, event: str) -> None:
        """Keep the seal where it is the latest; events of one stream come in their order."""
        self._store.execute(
            "INSERT INTO seal (name, at, digest, event) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO UPDATE"
            " SET at = ?2, digest = ?3, event = ?4 WHERE ?2 >= at",
            tuple(part.encode("utf-8", "backslashreplace").decode() for part in (name, at, seal, event)),
        )

    def meet(self, name: str) -> tuple[str, str] | None:
        """The digest and the event of a value that is there; None where the ledger knows no such value."""
        found = self._store.execute(
            "UPDATE seal SET met = 1 WHERE name = ? RETURNING digest, event", (name,)
        ).fetchone()
        return (found[0], found[1]) if found else None

    def unmet(self) -> Iterator[Fault]:
        """Every value that the ledger knows and that is not there."""
        for name, event in self._store.execute("SELECT name, event FROM seal WHERE met = 0 ORDER BY name"):
            yield Fault(event, f"sealed {shown(name)}, which is not there any more")

    def unmet_rows(self) -> Iterator[str]:
        """The rows that those values stood in."""
        for (name,) in self._store.execute("SELECT name FROM seal WHERE met = 0"):
            yield (*name.split("/"), "")[1]


@dataclass
class _Chains:
    """The walk along the streams: what the next event must follow, and what was found so far."""

    seals: _Seals
    disclosed: "Disclosed"
    faults: list[Fault] = field(default_factory=list)
    events: int = 0
    streams: int = 0
    destroyed: int = 0
    _stream: Raw = None
    _head: tuple[Raw, Raw] = (None, None)
    _seq: int = 0
    _hashes: tuple[Raw, ...] = ()
    _last: str = ""

    def look_at(self, row: dict[str, Raw]) -> None:
        """One event: its bytes against its hash, its columns against its bytes, and its place in the chain."""
        if row["stream_id"] != self._stream or not self.streams:
            self.end_stream()
            self._begin_stream(row)
        self.events += 1
        stored = row["body"]
        body = stored if isinstance(stored, bytes) else b""
        fits = event_hash(body) == row["hash"]
        content = parse(body)
        where = _name(content if fits and content else row)
        if not fits:
            self._fault(where, "its stored bytes do not have the hash that was kept with them")
        if content is None:
            self._fault(where, "its stored bytes are not an event")
        else:
            self._compare(where, content, row)
        seq = content["seq"] if content and fits else row["seq"]
        if seq != self._seq + 1:
            self._fault(
                where,
                f"number {self._seq + 1} of the stream should stand here: events were taken out or put in",
            )
        self._seq = seq if isinstance(seq, int) else self._seq + 1
        self._hashes, self._last = (row["hash"], event_hash(body)), where

    def end_stream(self) -> None:
        """The stream's last event against what was kept of it."""
        if self.streams and (self._head[0] != self._seq or self._head[1] != self._hashes[0]):
            self._fault(
                self._last,
                "is not what was kept as the end of its stream: events were taken off, or it was altered",
            )

    def _begin_stream(self, row: dict[str, Raw]) -> None:
        self.streams += 1
        self._stream, self._head = row["stream_id"], (row["head_seq"], row["head_hash"])
        self._seq, self._hashes, self._last = 0, (NOTHING_BEFORE,), ""

    def _compare(self, where: str, content: dict[str, Any], row: dict[str, Raw]) -> None:
        for name in _IN_BODY[content["v"]]:
            if type(content[name]) is not type(row[name]) or content[name] != row[name]:
                self._fault(
                    where, f"its column {name} says {shown(row[name])}, but {shown(content[name])} was hashed"
                )
        if content["prev"] not in [known.hex() for known in self._hashes if isinstance(known, bytes)]:
            self._fault(
                where,
                f"does not follow {self._last or 'the beginning of its stream'}: one of the two was altered",
            )
        try:
            told = self.disclosed.of(content, row)
        except NOT_TOLD as error:
            self._fault(where, f"what it says does not open, or is not what was hashed: {shown(str(error))}")
            return
        if told is None:
            self.destroyed += 1
            return
        if told.actor != row["actor"]:
            self._fault(
                where, f"its column actor says {shown(row['actor'])}, but {shown(told.actor)} was hashed"
            )
        for name, seal in told.seals.items():
            self.seals.remember(name, str(content["at"]), str(seal), where)

    def _fault(self, where: str, words: str) -> None:
        self.faults.append(Fault(where, words))


class Disclosed:
    """What events say beyond their hashed bytes, opened with the key of their stream, one stream after the other."""

    def __init__(self, session: Session, vault: Vault, tombstones: Collection[UUID] = ()) -> None:
        self._session = session
        self._vault = vault
        self._tombstones = tombstones
        self._stream: UUID | None = None
        self._key: DataKey | None = None

    def of(self, content: dict[str, Any], row: dict[str, Raw]) -> Told | None:
        """What the event says, which is what was hashed; None where its key was destroyed.

        Raises one of NOT_TOLD where it is not.
        """
        if content["v"] == 1:
            return told_by_first_format(content)
        sealed, stream, event = row["disclosed"], uuid_of(row["stream_id"]), uuid_of(row["id"])
        if not isinstance(sealed, bytes) or stream is None or event is None:
            raise ValueError("it is not there")
        if key_of(sealed) in self._tombstones:
            return None
        if stream != self._stream:
            self._stream, self._key = stream, self._key_of(stream)
        if self._key is None:
            raise ValueError("its key is not there")
        told = read_told(self._key.open(sealed, place_of(stream, event)))
        if digests_of(told.disclosures.values()) != content["_sd"]:
            raise ValueError("its digests are others")
        return told

    def _key_of(self, stream: UUID) -> DataKey | None:
        keys, dialect = table_of(DataKeyRow), self._session.get_bind().dialect
        mine = (keys.c.subject_id == stream, keys.c.compartment == Compartment.LEDGER.value)
        query = select(*(raw(keys.c[name], dialect) for name in _KEY_COLUMNS)).where(*mine)
        found = self._session.execute(query).first()
        if found is None:
            return None
        stored = _stored_key(_values(_KEY_COLUMNS, found, dialect), stream, Compartment.LEDGER)
        return self._vault.data_key(stored) if stored else None


@dataclass(frozen=True)
class _SealedValue:
    """One sealed value as it lies in its row, with the key that its subject and compartment have."""

    column: SealedColumn
    row: Raw
    subject: Raw
    sealed: Raw
    key: dict[str, Raw]

    def faults(self, vault: Vault, seals: _Seals) -> Iterator[Fault]:
        """What is wrong with the value: its seal in the ledger, then whether it opens."""
        row = uuid_of(self.row)
        place = f"{self.column.name} of row {row or shown(self.row)}"
        name = seal_name(self.column.row.__tablename__, row, self.column.sealed.column) if row else ""
        seal = seals.meet(name) if self.column.sealed.ledgered else None
        where = f"{seal[1]}, which sealed {place}" if seal else place
        broken = self._broken(vault)
        sealed = self.sealed if isinstance(self.sealed, bytes) else b""
        if self.column.sealed.ledgered and seal is None:
            yield Fault(where, "no event of the ledger sealed this value")
        elif seal is not None and digest(sealed).hex() != seal[0]:
            yield Fault(where, "the value was altered" if broken else "an earlier value was put back")
        elif broken:
            yield Fault(where, broken)

    def faults_of_destroyed(self, seals: _Seals, *, known: bool) -> Iterator[Fault]:
        """What is wrong with a value that nobody can open any more: its seal alone can tell.

        Where what some events say was destroyed too, one of those may have sealed it: not `known`.
        """
        row = uuid_of(self.row)
        place = f"{self.column.name} of row {row or shown(self.row)}"
        name = seal_name(self.column.row.__tablename__, row, self.column.sealed.column) if row else ""
        seal = seals.meet(name) if self.column.sealed.ledgered else None
        if seal is None and self.column.sealed.ledgered and known:
            yield Fault(place, "no event of the ledger sealed this value")
        elif seal is not None and isinstance(self.sealed, bytes) and digest(self.sealed).hex() != seal[0]:
            yield Fault(
                f"{seal[1]}, which sealed {place}", "the value was altered, or an earlier one put back"
            )

    def _broken(self, vault: Vault) -> str | None:
        subject, row = uuid_of(self.subject), uuid_of(self.row)
        sealed = self.column.sealed
        stored = _stored_key(self.key, subject, sealed.compartment)
        if not isinstance(self.sealed, bytes):
            return "the value is not a sealed one"
        if stored is None or subject is None or row is None:
            return "the value's key is not there, or not a key"
        place = Place(self.column.row.__tablename__, sealed.column, sealed.compartment, subject, row)
        try:
            if key_of(self.sealed) != stored.id:
                return "the value names another key"
            vault.data_key(stored).open(self.sealed, place).decode()
        except (SealBroken, KeysError, UnicodeDecodeError, OverflowError) as error:
            return f"the value does not open: {error}"
        return None


def _stored_key(key: dict[str, Raw], subject: UUID | None, compartment: Compartment) -> WrappedKey | None:
    """A data key as it lies in its row, None where that is not one."""
    key_id = uuid_of(key["id"])
    epoch, wrapped, commitment = key["epoch"], key["wrapped"], key["commitment"]
    if key_id is None or subject is None or not isinstance(epoch, int):
        return None
    if not isinstance(wrapped, bytes) or not isinstance(commitment, bytes):
        return None
    return WrappedKey(key_id, subject, compartment, epoch, wrapped, commitment)


def events_of(session: Session, type_: Event | None = None) -> Iterator[dict[str, Raw]]:
    """Every event, or those of one type, in the order of their streams, with the stream's head beside each."""
    dialect = session.get_bind().dialect
    events, heads = table_of(LedgerEvent), table_of(LedgerHead)
    columns = [raw(events.c[name], dialect) for name in _EVENT_COLUMNS]
    columns += [raw(heads.c.seq, dialect), raw(heads.c.hash, dialect)]
    query = (
        select(*columns)
        .select_from(events.outerjoin(heads, events.c.stream_id == heads.c.stream_id))
        .order_by(events.c.stream_id, events.c.seq)
    )
    if type_ is not None:
        query = query.where(events.c.type == type_.value)
    names = (*_EVENT_COLUMNS, "head_seq", "head_hash")
    for row in _rows(session, query):
        yield _values(names, row, dialect)


def _heads_withoutevents_of(session: Session) -> Iterator[Sequence[Raw]]:
    dialect = session.get_bind().dialect
    events, heads = table_of(LedgerEvent), table_of(LedgerHead)
    lone = ~select(events.c.id).where(events.c.stream_id == heads.c.stream_id).exists()
    for row in _rows(session, select(raw(heads.c.stream_id, dialect)).where(lone)):
        yield [value_of(row[0], dialect)]


def _sealed_values(session: Session, column: SealedColumn) -> Iterator[_SealedValue]:
    """Every value of one sealed column that is there, joined with its subject's key."""
    dialect = session.get_bind().dialect
    for row in _rows(session, _values_query(column.row, column.attribute, dialect)):
        found = [value_of(each, dialect) for each in row]
        yield _SealedValue(
            column, found[0], found[1], found[2], dict(zip(_KEY_COLUMNS, found[3:], strict=True))
        )


@cache
def _values_query(row: type[Any], attribute: str, dialect: Dialect) -> Executable:
    """Built once for each column: there are many, and building takes longer than asking a small installation."""
    sealed: Sealed = getattr(row, attribute)
    table, keys = table_of(row), table_of(DataKeyRow)
    subject, value = table.c[sealed.subject], table.c[sealed.column]
    own_key = and_(keys.c.subject_id == subject, keys.c.compartment == sealed.compartment.value)
    wanted: list[ColumnElement[Any]] = [table.c.id, subject, value, *(keys.c[name] for name in _KEY_COLUMNS)]
    return (
        select(*(raw(each, dialect) for each in wanted))
        .select_from(table.outerjoin(keys, own_key))
        .where(value.is_not(None))
    )


def _rows(session: Session, query: Executable) -> Iterator[Row[Any]]:
    yield from session.execute(query.execution_options(yield_per=_AT_ONCE))


def _values(names: Sequence[str], row: Row[Any], dialect: Dialect) -> dict[str, Raw]:
    return {name: value_of(each, dialect) for name, each in zip(names, row, strict=True)}


def parse(body: bytes) -> dict[str, Any] | None:
    """The content of an event, None where the bytes are no event."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or not isinstance(content.get("v"), int):
        return None
    if content.keys() != _PARTS.get(content["v"]) or not isinstance(content.get("seals", {}), dict):
        return None
    return content


def _name(event: dict[str, Any]) -> str:
    """An event as an operator finds it: what it was, when, and where it stands."""
    type_, at, seq = shown(event["type"]), shown(event["at"]), shown(event["seq"])
    stream = f"{shown(event['stream'])} {shown(event['stream_id'])}"
    return f"{type_} of {at}, number {seq} of {stream} ({shown(event['id'])})"
