"""Verification of the streams' chains: every event against its hash, its columns, what it says and the one before."""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from clearinghouse.records.disclosed_verification import NOT_TOLD, Disclosed
from clearinghouse.records.events import Event
from clearinghouse.records.ledger import LedgerEvent, LedgerHead
from clearinghouse.records.raw import Raw, native_rows, shown
from clearinghouse.records.side_by_side import Helpers
from clearinghouse.vault.disclosures import digests_of
from clearinghouse.vault.leaves import NOTHING_BEFORE, event_hash
from clearinghouse.vault.sealing import Vault

_REPEATED = ("id", "stream", "stream_id", "seq", "type", "at", "actor")
_IN_BODY = tuple(name for name in _REPEATED if name != "actor")
"""Who acted is compared with what the event says; that is in its body in the first format alone."""
_PARTS = {
    1: frozenset({*_REPEATED, "v", "prev", "facts", "seals"}),
    2: frozenset({*_IN_BODY, "v", "prev", "_sd"}),
}
_EVENT_COLUMNS = (*_REPEATED, "body", "disclosed", "hash")
_ROW = (*_EVENT_COLUMNS, "head_seq", "head_hash")
_EVENTS, _HEADS = LedgerEvent.__tablename__, LedgerHead.__tablename__
_IN_ORDER = (
    f"SELECT {', '.join(f'e.{name}' for name in _EVENT_COLUMNS)}, h.seq, h.hash FROM {_EVENTS} e"  # noqa: S608  # names
    f" LEFT JOIN {_HEADS} h ON e.stream_id = h.stream_id{{}} ORDER BY e.stream_id, e.seq"
)
_DIGESTS = re.compile(rb'\{"_sd":\["[A-Za-z0-9_-]{43}"(?:,"[A-Za-z0-9_-]{43}")*')
_IN_A_STRETCH = 20_000


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was written: which event or value, and what is wrong with it."""

    where: str
    words: str


@dataclass(frozen=True)
class Stretch:
    """The streams whose keys come after one key, and not after another; None where there is no such end."""

    after: str | None = None
    upto: str | None = None


WHOLE = Stretch()
"""All streams."""


class Seals:
    """The last digest that the ledger carries of each sealed value; on disk where there are many."""

    def __init__(self) -> None:
        self._store = sqlite3.connect("")  # a private temporary file, gone when closed
        self._store.execute(
            "CREATE TABLE seal (name TEXT PRIMARY KEY, at TEXT, digest TEXT, event TEXT, met INTEGER DEFAULT 0)"
        )

    def close(self) -> None:
        """Take it away."""
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
class Chains:
    """The walk along the streams: what the next event must follow, and what was found so far.

    Where nothing is `disclosed`, what events say is not opened, and what they sealed is not remembered.
    """

    seals: "Seals | _Carried"
    disclosed: "Disclosed | None"
    faults: list[Fault] = field(default_factory=list)
    events: int = 0
    streams: int = 0
    destroyed: int = 0
    _stream: Raw = None
    _head: tuple[Raw, Raw] = (None, None)
    _seq: int = 0
    _format: int = 0
    _opens: bool = False
    _hashes: tuple[Raw, ...] = ()
    _before: str | tuple[Raw, ...] = ""

    def look_along(self, rows: Iterable[tuple[Raw, ...]]) -> None:
        """Every event of whole streams, in their order."""
        for row in rows:
            self.look_at(row)
        self.end_stream()

    def look_at(self, row: tuple[Raw, ...]) -> None:
        """The next event."""
        if row[2] != self._stream or not self.streams:
            self.end_stream()
            self._begin_stream(row)
        self.events += 1
        if not self._passes(row):
            self._look_closely(dict(zip(_ROW, row, strict=True)))

    def _passes(self, row: tuple[Any, ...]) -> bool:
        """Whether nothing is wrong with an event of the present format; otherwise nothing is said or remembered yet.

        Its bytes must end as its columns, and the hash of the event before it, are spelled, and begin with the digests
        of what it says: then no byte of them is left to look at.
        """
        id_, stream, stream_id, seq, type_, at, actor, body, sealed, hashed, _, _ = row
        before = self._hashes[0]
        if type(seq) is not int or seq != self._seq + 1 or before != self._hashes[-1]:
            return False
        if not (isinstance(body, bytes) and isinstance(sealed, bytes) and isinstance(before, bytes)):
            return False
        tail = (
            f'],"at":"{at}","id":"{id_}","prev":"{before.hex()}","seq":{seq},"stream":"{stream}",'
            f'"stream_id":"{stream_id}","type":"{type_}","v":2}}'
        )
        try:
            if not body.endswith(tail.encode("ascii")) or event_hash(body) != hashed:
                return False
            if self.disclosed is None:
                if not _DIGESTS.fullmatch(body, 0, len(body) - len(tail)):
                    return False
                self._follow(seq, hashed, row)
                return True
            told = self.disclosed.opened(UUID(str(stream_id)), UUID(str(id_)), sealed)
            if told is None or told.actor != actor:
                return False
            digests = '","'.join(digests_of(told.disclosures.values()))
        except NOT_TOLD:
            return False
        if body[: -len(tail)] != f'{{"_sd":["{digests}"'.encode("ascii"):
            return False
        self._follow(seq, hashed, row)
        if told.seals:
            where = self._last
            for name, seal in told.seals.items():
                self.seals.remember(name, _rank(2, at), str(seal), where)
        return True

    def _follow(self, seq: int, hashed: Raw, row: tuple[Raw, ...]) -> None:
        """What the next event must follow, after one of the present format that is as it should be."""
        self._seq, self._format, self._opens = seq, 2, True
        self._hashes, self._before = (hashed,), row

    def _look_closely(self, row: dict[str, Raw]) -> None:
        """One event: its bytes against its hash, its columns against its bytes, and its place in the chain."""
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
        self._hashes, self._before = (row["hash"], event_hash(body)), where

    @property
    def _last(self) -> str:
        """The event before, by its name."""
        return (
            self._before
            if isinstance(self._before, str)
            else _name(dict(zip(_ROW, self._before, strict=True)))
        )

    def end_stream(self) -> None:
        """The stream's last event against what was kept of it."""
        if self.streams and (self._head[0] != self._seq or self._head[1] != self._hashes[0]):
            self._fault(
                self._last,
                "is not what was kept as the end of its stream: events were taken off, or it was altered",
            )

    def _begin_stream(self, row: tuple[Raw, ...]) -> None:
        self.streams += 1
        self._stream, self._head = row[2], (row[10], row[11])
        self._seq, self._format, self._opens = 0, 0, False
        self._hashes, self._before = (NOTHING_BEFORE,), ""

    def _compare(self, where: str, content: dict[str, Any], row: dict[str, Raw]) -> None:
        for name in _IN_BODY:
            if type(content[name]) is not type(row[name]) or content[name] != row[name]:
                self._fault(
                    where, f"its column {name} says {shown(row[name])}, but {shown(content[name])} was hashed"
                )
        if content["prev"] not in [known.hex() for known in self._hashes if isinstance(known, bytes)]:
            self._fault(
                where,
                f"does not follow {self._last or 'the beginning of its stream'}: one of the two was altered",
            )
        if content["v"] < self._format:
            self._fault(where, "is not sealed, and events before it are: it was put in")
        self._format = max(self._format, content["v"])
        if self.disclosed is None:
            return
        try:
            told = self.disclosed.of(content, row)
        except NOT_TOLD as error:
            self._fault(where, f"what it says does not open, or is not what was hashed: {shown(str(error))}")
            return
        if told is None:
            self.destroyed += 1
            if self._opens:
                self._fault(where, "names a key that was destroyed before it: it was put in")
            return
        self._opens = self._opens or content["v"] > 1
        if told.actor != row["actor"]:
            self._fault(
                where, f"its column actor says {shown(row['actor'])}, but {shown(told.actor)} was hashed"
            )
        for name, seal in told.seals.items():
            self.seals.remember(name, _rank(content["v"], content["at"]), str(seal), where)

    def _fault(self, where: str, words: str) -> None:
        self.faults.append(Fault(where, words))


@dataclass(frozen=True)
class Walked:
    """What a walk along a stretch of streams found: its counts, its faults, and the seals that its events carry."""

    events: int
    streams: int
    destroyed: int
    faults: tuple[Fault, ...]
    seals: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True)
class WalkStretch:
    """A walk along a stretch of streams that another process can do."""

    stretch: Stretch
    tombstones: frozenset[UUID]
    opening: bool

    def __call__(self, session: Session, vault: Vault) -> Walked:
        """Walk it."""
        seals = _Carried()
        chains = Chains(seals, Disclosed(session, vault, self.tombstones) if self.opening else None)
        chains.look_along(rows_of(session, self.stretch))
        return Walked(
            chains.events, chains.streams, chains.destroyed, tuple(chains.faults), tuple(seals.kept)
        )


class _Carried:
    """Seals on their way to the process that compares them."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str, str, str]] = []

    def remember(self, name: str, at: str, seal: str, event: str) -> None:
        self.kept.append((name, at, seal, event))


def walk(
    session: Session, vault: Vault, seals: Seals, tombstones: frozenset[UUID], helpers: Helpers | None
) -> Chains:
    """Walk along every stream, with the helpers where there are any."""
    chains = Chains(seals, Disclosed(session, vault, tombstones))
    if helpers is None:
        chains.look_along(rows_of(session))
        return chains
    given = [helpers.give(WalkStretch(each, tombstones, opening=True)) for each in stretches(session)]
    for number in given:
        walked: Walked = helpers.what_came_of(number)
        chains.events += walked.events
        chains.streams += walked.streams
        chains.destroyed += walked.destroyed
        chains.faults += walked.faults
        for seal in walked.seals:
            seals.remember(*seal)
    return chains


def stretches(session: Session) -> list[Stretch]:
    """All streams, in stretches of about as many events each."""
    ends, held = list[str](), 0
    for stream, seq in native_rows(session, f"SELECT stream_id, seq FROM {_HEADS} ORDER BY stream_id", {}):  # noqa: S608
        held += seq if isinstance(seq, int) else 0
        if held >= _IN_A_STRETCH and isinstance(stream, str):
            ends.append(stream)
            held = 0
    return [Stretch(after, upto) for after, upto in pairwise([None, *ends, None])]


def rows_of(session: Session, stretch: Stretch = WHOLE) -> Iterator[tuple[Raw, ...]]:
    """Every event of a stretch of streams, in the order of the streams, with the stream's end beside each."""
    wanted, values = "", dict[str, str]()
    if stretch.after is not None:
        wanted, values["after"] = " WHERE e.stream_id > {after}", stretch.after
    if stretch.upto is not None:
        # A stream without a key, which somebody left on SQLite, stands before all others.
        last = (
            "(e.stream_id <= {upto} OR e.stream_id IS NULL)"
            if stretch.after is None
            else "e.stream_id <= {upto}"
        )
        wanted, values["upto"] = f"{wanted} AND {last}" if wanted else f" WHERE {last}", stretch.upto
    return native_rows(session, _IN_ORDER.format(wanted), values)


def events_of(session: Session, stream: UUID, type_: Event) -> Iterator[dict[str, Raw]]:
    """Every event of one type in one stream, in their order."""
    mine = " WHERE e.stream_id = {stream} AND e.type = {type}"
    for row in native_rows(session, _IN_ORDER.format(mine), {"stream": str(stream), "type": type_.value}):
        yield dict(zip(_ROW, row, strict=True))


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


def _rank(form: int, at: object) -> str:
    """How late a seal is. One that stands unsealed, which anybody could have put in, comes before all others."""
    return f"{form} {at}"


def _name(event: dict[str, Any]) -> str:
    """An event as an operator finds it: what it was, when, and where it stands."""
    type_, at, seq = shown(event["type"]), shown(event["at"]), shown(event["seq"])
    stream = f"{shown(event['stream'])} {shown(event['stream_id'])}"
    return f"{type_} of {at}, number {seq} of {stream} ({shown(event['id'])})"
