"""The append-only ledger: each event hashed with the one before it in its stream, in the change's own transaction."""

import json
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cached_property, partial
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from clearinghouse.records.base import Base, new_id
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.keyring import keyring_of
from clearinghouse.records.sealed import Compartment
from clearinghouse.vault.disclosures import digests_of, disclosures
from clearinghouse.vault.leaves import NOTHING_BEFORE, event_hash
from clearinghouse.vault.sealing import Place

Fact: TypeAlias = "bool | int | UUID | date | StrEnum | tuple[Fact, ...] | None"

_FORMAT = 2
_SEED_BYTES = 32
_ACTOR, _SEALS = "actor", "seals"


class LedgerEvent(Base):
    """One event. `body` is what is hashed; the other columns repeat parts of it, and are checked against it.

    Of who acted, the facts, and the digests of what was sealed, the body holds salted digests alone. `disclosed` says
    them, sealed under a key of the stream; None in events of the first format, whose bodies hold them.
    """

    __tablename__ = "ledger_events"
    __table_args__ = (
        UniqueConstraint("stream_id", "seq"),
        Index("ix_ledger_events_stream_id_type", "stream_id", "type"),
    )

    # Plain text, so that verification can read whatever a tamperer left without a converter's error.
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    stream: Mapped[str] = mapped_column(String(20))
    stream_id: Mapped[str] = mapped_column(String(36))
    seq: Mapped[int]
    type: Mapped[str] = mapped_column(String(60))
    at: Mapped[str] = mapped_column(String(40))
    actor: Mapped[str] = mapped_column(String(50))
    body: Mapped[bytes]
    disclosed: Mapped[bytes | None]
    hash: Mapped[bytes]


class LedgerHead(Base):
    """The last event of a stream: what the next one is chained to, and the row that writers of a stream queue on."""

    __tablename__ = "ledger_heads"

    stream_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[bytes]


_EVENTS = Base.metadata.tables[LedgerEvent.__tablename__]
_HEADS = Base.metadata.tables[LedgerHead.__tablename__]
_INSERT = insert(_EVENTS)
_HELD_HEADS = (
    select(_HEADS)
    .where(_HEADS.c.stream_id.in_(bindparam("streams", expanding=True)))
    .order_by(_HEADS.c.stream_id)
    .with_for_update()
)
_MOVE = (
    update(_HEADS)
    .where(_HEADS.c.stream_id == bindparam("key"))
    .values(seq=bindparam("to"), hash=bindparam("with"))
)


@dataclass(frozen=True)
class Told:
    """What an event says beyond its type and instant. Where its stream's key was destroyed, nothing any more."""

    seed: bytes
    actor: str | None
    facts: Mapping[str, object]
    seals: Mapping[str, str]

    @property
    def values(self) -> dict[str, object]:
        """Everything that can be disclosed one by one, by its name."""
        return {**self.facts, _ACTOR: self.actor, _SEALS: dict(self.seals)}

    @property
    def disclosures(self) -> dict[str, str]:
        """What shows each value, by its name (RFC 9901)."""
        return disclosures(self.seed, self.values)


@dataclass(frozen=True)
class Entry:
    """An event as it is read back, within the work that read it. What it says is opened when it is asked for.

    Where it is not `sealed`, as in the first format, whoever can write to the database may have put it there.
    """

    id: UUID
    type: Event
    at: datetime
    actor: str
    sealed: bool
    _opened: Callable[[], Told] = field(repr=False, compare=False)

    @cached_property
    def facts(self) -> Mapping[str, object]:
        """What it says; nothing where the stream's key was destroyed."""
        return self._opened().facts


def append(
    session: Session,
    event: Event,
    stream: Stream,
    stream_id: UUID,
    *,
    actor: str,
    at: datetime,
    facts: Mapping[str, Fact],
    seals: Mapping[str, str],
) -> UUID:
    """Chain one event to its stream. Facts are values of closed lists, keys, dates and numbers, never free text.

    Raises TypeError for a fact of any other kind.
    """
    (event_id,) = _append(session, event, stream, [(stream_id, _told(actor, facts, seals))], at)
    return event_id


def append_many(
    session: Session,
    event: Event,
    stream: Stream,
    happened: Sequence[tuple[UUID, Mapping[str, Fact]]],
    *,
    actor: str,
    at: datetime,
) -> None:
    """Chain events of one type to many streams in few statements: for what happens to very many at once.

    Each of `happened` is a stream and the event's facts. Raises TypeError for a fact that is none.
    """
    said = [(stream_id, _told(actor, facts, {})) for stream_id, facts in happened]
    if said:
        _append(session, event, stream, said, at)


def _append(
    session: Session, event: Event, stream: Stream, happened: Sequence[tuple[UUID, Told]], at: datetime
) -> list[UUID]:
    session.flush()
    # The streams first: whoever destroys what their events say waits, and no key that was read is gone when it seals.
    heads = _heads(session, {str(stream_id) for stream_id, _ in happened})
    keyring_of(session).hold({stream_id for stream_id, _ in happened}, Compartment.LEDGER, make=True)
    rows = []
    for stream_id, told in happened:
        key = str(stream_id)
        row = _chained(session, event, stream, key, *heads[key], at, told)
        heads[key] = row["seq"], row["hash"]
        rows.append(row)
    session.execute(_INSERT, rows)
    session.execute(
        _MOVE, [{"key": key, "to": seq, "with": chained} for key, (seq, chained) in heads.items()]
    )
    return [UUID(row["id"]) for row in rows]


def entries(session: Session, stream_id: UUID, *types: Event, limit: int | None = None) -> list[Entry]:
    """The events of a stream, the latest first, of the given types or of all."""
    query = (
        select(LedgerEvent)
        .where(LedgerEvent.stream_id == str(stream_id))
        .order_by(LedgerEvent.seq.desc())
        .limit(limit)
    )
    if types:
        query = query.where(LedgerEvent.type.in_([kind.value for kind in types]))
    return [
        Entry(
            UUID(row.id),
            Event(row.type),
            datetime.fromisoformat(row.at),
            row.actor,
            row.disclosed is not None,
            partial(told, session, row),
        )
        for row in session.scalars(query)
    ]


def actors_of(session: Session, stream_id: UUID) -> frozenset[str]:
    """Everybody who did anything in a stream, as its events name them."""
    query = select(LedgerEvent.actor).where(LedgerEvent.stream_id == str(stream_id)).distinct()
    return frozenset(session.scalars(query))


def hold_stream(session: Session, stream_id: UUID) -> None:
    """Let nobody write another event of the stream until the transaction ends."""
    _heads(session, {str(stream_id)})


def told(session: Session, event: LedgerEvent) -> Told:
    """What an event says. Raises SealBroken where what is kept of it is not as it was written."""
    if event.disclosed is None:
        return told_by_first_format(json.loads(event.body))
    return told_under_seal(session, UUID(event.stream_id), UUID(event.id), event.disclosed)


def told_under_seal(session: Session, stream_id: UUID, event_id: UUID, disclosed: bytes) -> Told:
    """What an event of the second format says. Raises SealBroken where what is kept of it is not as it was written."""
    keyring = keyring_of(session)
    if not keyring.has_key_of(disclosed):
        return Told(b"", None, {}, {})
    return read_told(keyring.open(place_of(stream_id, event_id), disclosed))


def told_by_first_format(content: Mapping[str, Any]) -> Told:
    """What the body of an event of the first format says."""
    return Told(b"", content["actor"], content["facts"], content["seals"])


def read_told(plain: bytes) -> Told:
    """What an event says, out of its opened bytes. Raises ValueError, KeyError or TypeError where they are none."""
    content = json.loads(plain)
    return Told(bytes.fromhex(content["seed"]), content["actor"], content["facts"], content["seals"])


def as_recorded(facts: Mapping[str, Fact]) -> dict[str, object]:
    """These facts as an event that is read back says them. Raises TypeError for a fact that is none."""
    return {name: _plain(fact) for name, fact in facts.items()}


def place_of(stream_id: UUID, event_id: UUID) -> Place:
    """Where what an event says is sealed to."""
    return Place(LedgerEvent.__tablename__, "disclosed", Compartment.LEDGER, stream_id, event_id)


def _told(actor: str, facts: Mapping[str, Fact], seals: Mapping[str, str]) -> Told:
    if facts.keys() & {_ACTOR, _SEALS}:
        raise TypeError("a fact has another name than what every event says")
    return Told(secrets.token_bytes(_SEED_BYTES), actor, as_recorded(facts), dict(seals))


def _chained(
    session: Session,
    event: Event,
    stream: Stream,
    stream_id: str,
    seq: int,
    before: bytes,
    at: datetime,
    told: Told,
) -> dict[str, Any]:
    """The row of the event that comes after the one numbered `seq`, whose hash is `before`."""
    event_id, instant = new_id(), at.astimezone(UTC).isoformat(timespec="microseconds")
    body = _encode(
        {
            "v": _FORMAT,
            "id": str(event_id),
            "stream": stream.value,
            "stream_id": stream_id,
            "seq": seq + 1,
            "prev": before.hex(),
            "type": event.value,
            "at": instant,
            "_sd": digests_of(told.disclosures.values()),
        }
    )
    said = {"seed": told.seed.hex(), "actor": told.actor, "facts": told.facts, "seals": told.seals}
    place = place_of(UUID(stream_id), event_id)
    return {
        "id": str(event_id),
        "stream": stream.value,
        "stream_id": stream_id,
        "seq": seq + 1,
        "type": event.value,
        "at": instant,
        "actor": told.actor,
        "body": body,
        "disclosed": keyring_of(session).seal(place, _encode(said), ledgered=False),
        "hash": event_hash(body),
    }


def follows(body: object, stored_hash: object, last: bytes) -> bool:
    """Whether an event's bytes have the hash kept with them, and name the event before it by its hash."""
    if not isinstance(body, bytes) or event_hash(body) != stored_hash:
        return False
    try:
        content = json.loads(body)
    except ValueError:
        return False
    return isinstance(content, dict) and content.get("prev") == last.hex()


def _heads(session: Session, streams: Collection[str]) -> dict[str, tuple[int, bytes]]:
    """The last event of each stream, held in the order of their keys: nobody waits for another in a circle."""
    heads = _found(session, streams)
    missing = sorted(set(streams) - heads.keys())
    if missing:
        _begin(session, missing)
        heads = _found(session, streams)
    return heads


def _found(session: Session, streams: Collection[str]) -> dict[str, tuple[int, bytes]]:
    rows = session.execute(_HELD_HEADS, {"streams": list(streams)})
    return {row.stream_id: (row.seq, row.hash) for row in rows}


def _begin(session: Session, streams: Sequence[str]) -> None:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    values = [{"stream_id": stream_id, "seq": 0, "hash": NOTHING_BEFORE} for stream_id in streams]
    session.execute(dialect.insert(_HEADS).on_conflict_do_nothing(), values)


def _encode(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _plain(fact: Fact) -> object:
    if fact is None or isinstance(fact, bool | int):
        return fact
    if isinstance(fact, StrEnum):
        return fact.value
    if isinstance(fact, UUID | date):
        return str(fact)
    if isinstance(fact, tuple):
        return [_plain(part) for part in fact]
    raise TypeError(f"a {type(fact).__name__} is not a fact that the ledger may carry")
