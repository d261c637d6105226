"""The append-only ledger: each event hashed with the one before it in its stream, in the change's own transaction."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from clearinghouse.records.base import Base, new_id
from clearinghouse.records.events import Event, Stream
from clearinghouse.vault.digests import digest

Fact: TypeAlias = "bool | int | UUID | date | StrEnum | tuple[Fact, ...] | None"

_FORMAT = 1
_DOMAIN = b"clearinghouse/event/v1\0"
NOTHING_BEFORE = bytes(32)


class LedgerEvent(Base):
    """One event. `body` is what is hashed; the other columns repeat parts of it, and are checked against it."""

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
    hash: Mapped[bytes]


class LedgerHead(Base):
    """The last event of a stream: what the next one is chained to, and the row that writers of a stream queue on."""

    __tablename__ = "ledger_heads"

    stream_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[bytes]


@dataclass(frozen=True)
class Entry:
    """An event as it is read back."""

    id: UUID
    type: Event
    at: datetime
    actor: str
    facts: Mapping[str, object]


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
    head = _head(session, str(stream_id))
    event_id, instant = new_id(), at.astimezone(UTC).isoformat(timespec="microseconds")
    body = _encode(
        {
            "v": _FORMAT,
            "id": str(event_id),
            "stream": stream.value,
            "stream_id": str(stream_id),
            "seq": head.seq + 1,
            "prev": head.hash.hex(),
            "type": event.value,
            "at": instant,
            "actor": actor,
            "facts": {name: _plain(fact) for name, fact in facts.items()},
            "seals": dict(seals),
        }
    )
    head.seq, head.hash = head.seq + 1, event_hash(body)
    session.add(
        LedgerEvent(
            id=str(event_id),
            stream=stream.value,
            stream_id=str(stream_id),
            seq=head.seq,
            type=event.value,
            at=instant,
            actor=actor,
            body=body,
            hash=head.hash,
        )
    )
    session.flush()
    return event_id


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
            json.loads(row.body)["facts"],
        )
        for row in session.scalars(query)
    ]


def event_hash(body: bytes) -> bytes:
    """The hash that the next event of the stream carries."""
    return digest(_DOMAIN + body)


def _head(session: Session, stream_id: str) -> LedgerHead:
    find = select(LedgerHead).where(LedgerHead.stream_id == stream_id).with_for_update()
    head = session.scalars(find).one_or_none()
    if head is None:
        dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
        values = {"stream_id": stream_id, "seq": 0, "hash": NOTHING_BEFORE}
        session.execute(dialect.insert(LedgerHead).values(values).on_conflict_do_nothing())
        head = session.scalars(find).one()
    return head


def _encode(content: dict[str, object]) -> bytes:
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
