"""The Merkle log over all streams: every event a leaf, in batches that end with a leaf for the map of streams' ends."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row, String, Text, delete, func, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from clearinghouse.records.anchors import forget_anchors
from clearinghouse.records.base import Base
from clearinghouse.records.ledger import LedgerEvent, LedgerHead, follows
from clearinghouse.vault.heads import Head, HeadsMap
from clearinghouse.vault.leaves import NOTHING_BEFORE, event_leaf, heads_leaf
from clearinghouse.vault.merkle import Frontier

_THE_TREE = 1
_HASH_BYTES = 32
_AT_ONCE = 2_000


class LogLeaf(Base):
    """One leaf of the log. `event_id` is None for a leaf that commits to the map of streams' ends."""

    __tablename__ = "log_leaves"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[str | None] = mapped_column(String(36), unique=True)
    hash: Mapped[bytes]


class LogStream(Base):
    """How much of a stream stands in the log: its last event there, by number and hash."""

    __tablename__ = "log_streams"

    stream_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[bytes]


class LogTree(Base):
    """The log's tree as it stands: its size and the roots of its complete subtrees. Who appends holds its one row."""

    __tablename__ = "log_tree"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int]
    roots: Mapped[bytes]


class LogCheckpoint(Base):
    """A checkpoint of the log that was signed: the note as it was given out."""

    __tablename__ = "log_checkpoints"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    note: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime]


@dataclass(frozen=True)
class Appended:
    """What a round added: how many events, and the streams whose events do not follow what the log holds of them."""

    events: int
    broken: tuple[str, ...]


@dataclass(frozen=True)
class StoredLeaf:
    """A leaf of the log as it is read back, with the event that it stands for."""

    position: int
    event_id: str | None
    hash: bytes


def append_new_events(session: Session, most: int = 10_000) -> Appended | None:
    """Add the events that the log does not hold yet, stream by stream, and then a leaf for the ends of all streams.

    A stream whose next event does not follow the last one that the log holds is left out and named. None where
    another process is appending.
    """
    tree = _the_tree(session)
    if tree is None:
        return None
    frontier = frontier_of(tree)
    broken: list[str] = []
    heads: list[Head] = []
    leaves: list[dict[str, Any]] = []
    for stream, events in groupby(_new_events(session, most), key=lambda row: row.stream_id):
        head, new, whole = _followed(stream, list(events))
        broken += [] if whole else [stream]
        for event_id, event_hash in new:
            leaves.append(_leaf(frontier, event_leaf(event_hash), event_id))
        heads += [head] if new else []
    if leaves:
        _keep_heads(session, heads)
        ends = map_of_ends(session)
        leaves.append(_leaf(frontier, heads_leaf(len(ends), ends.root()), None))
        session.execute(insert(LogLeaf), leaves)
        tree.size, tree.roots = frontier.size, b"".join(frontier.roots)
    return Appended(len(leaves) - bool(leaves), tuple(broken))


def frontier_of(tree: LogTree) -> Frontier:
    """The tree to append to. Raises ValueError where what was kept of it is not one."""
    return Frontier(tree.size, split_hashes(tree.roots))


def split_hashes(joined: bytes) -> list[bytes]:
    """The hashes that were stored one behind the other."""
    return [joined[start : start + _HASH_BYTES] for start in range(0, len(joined), _HASH_BYTES)]


def hold_tree(session: Session) -> LogTree | None:
    """The log's tree, held until the work ends. None where another process holds it, or nothing was appended yet."""
    return session.scalars(select(LogTree).with_for_update(skip_locked=True)).one_or_none()


def leaves_from(session: Session, start: int, end: int | None = None) -> Iterator[StoredLeaf]:
    """The leaves from a position on, in their order, up to and without another."""
    query = select(LogLeaf.position, LogLeaf.event_id, LogLeaf.hash).where(LogLeaf.position >= start)
    if end is not None:
        query = query.where(LogLeaf.position < end)
    ordered = query.order_by(LogLeaf.position).execution_options(yield_per=_AT_ONCE)
    for row in session.execute(ordered):
        yield StoredLeaf(row.position, row.event_id, row.hash)


def map_of_ends(session: Session) -> HeadsMap:
    """The map of the ends of all streams, as the log holds them."""
    ends = HeadsMap()
    query = select(LogStream.stream_id, LogStream.seq, LogStream.hash)
    for row in session.execute(query.execution_options(yield_per=_AT_ONCE)):
        ends.set(Head(UUID(row.stream_id), row.seq, row.hash))
    return ends


def last_checkpoint(session: Session) -> LogCheckpoint | None:
    """The newest checkpoint that was signed."""
    return session.scalars(select(LogCheckpoint).order_by(LogCheckpoint.size.desc()).limit(1)).one_or_none()


def unlogged(session: Session) -> int:
    """How many events no leaf stands for yet."""
    events: int = session.scalars(select(func.coalesce(func.sum(LedgerHead.seq), 0))).one()
    logged: int = session.scalars(select(func.coalesce(func.sum(LogStream.seq), 0))).one()
    return events - logged


def logged_after(session: Session, size: int) -> int:
    """How many events stand in the log behind its first `size` leaves."""
    behind = (LogLeaf.position >= size, LogLeaf.event_id.is_not(None))
    return session.scalars(select(func.count()).select_from(LogLeaf).where(*behind)).one()


def unsigned_before(session: Session, size: int, before: datetime) -> bool:
    """Whether an event of before this instant is no leaf, or none of the log's first `size`."""
    instant = before.astimezone(UTC).isoformat(timespec="microseconds")
    query = (
        select(LedgerEvent.id)
        .outerjoin(LogLeaf, LogLeaf.event_id == LedgerEvent.id)
        .where(LedgerEvent.at < instant, or_(LogLeaf.position.is_(None), LogLeaf.position >= size))
    )
    return session.scalars(query.limit(1)).first() is not None


def forget_log(session: Session) -> None:
    """Take the whole log away, with what others said of it, and leave the events that it was about."""
    for table in (LogLeaf, LogStream, LogTree, LogCheckpoint):
        session.execute(delete(table))
    forget_anchors(session)


def _the_tree(session: Session) -> LogTree | None:
    if session.get(LogTree, _THE_TREE) is None:
        dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
        values = {"id": _THE_TREE, "size": 0, "roots": b""}
        session.execute(dialect.insert(LogTree).values(values).on_conflict_do_nothing())
    return hold_tree(session)


def _new_events(session: Session, most: int) -> Sequence[Row[Any]]:
    """The events that the log does not hold, in their order stream by stream, with what it holds of each stream."""
    behind = (
        select(LedgerHead.stream_id, func.coalesce(LogStream.seq, 0).label("seq"), LogStream.hash)
        .outerjoin(LogStream, LogStream.stream_id == LedgerHead.stream_id)
        .where(or_(LogStream.seq.is_(None), LogStream.seq < LedgerHead.seq))
        .order_by(LedgerHead.stream_id)
        .limit(most)
        .subquery()
    )
    query = (
        select(
            LedgerEvent.stream_id,
            LedgerEvent.id,
            LedgerEvent.seq,
            LedgerEvent.body,
            LedgerEvent.hash,
            behind.c.seq.label("logged"),
            behind.c.hash.label("last"),
        )
        .join(behind, behind.c.stream_id == LedgerEvent.stream_id)
        .where(LedgerEvent.seq > behind.c.seq)
        .order_by(LedgerEvent.stream_id, LedgerEvent.seq)
        .limit(most)
    )
    return [*session.execute(query)]


def _followed(stream: str, events: Sequence[Row[Any]]) -> tuple[Head, list[tuple[str, bytes]], bool]:
    """The stream's new end, the events that lead to it, and whether all of them follow what the log holds."""
    seq, last = events[0].logged, events[0].last or NOTHING_BEFORE
    new: list[tuple[str, bytes]] = []
    for event in events:
        if event.seq != seq + 1 or not follows(event.body, event.hash, last):
            return Head(UUID(stream), seq, last), new, False
        seq, last = event.seq, event.hash
        new.append((event.id, event.hash))
    return Head(UUID(stream), seq, last), new, True


def _leaf(frontier: Frontier, leaf: bytes, event_id: str | None) -> dict[str, Any]:
    position = frontier.size
    frontier.append(leaf)
    return {"position": position, "event_id": event_id, "hash": leaf}


def _keep_heads(session: Session, heads: Iterable[Head]) -> None:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    put = dialect.insert(LogStream)
    put = put.on_conflict_do_update(
        index_elements=[LogStream.stream_id], set_={"seq": put.excluded.seq, "hash": put.excluded.hash}
    )
    values = [{"stream_id": str(head.stream), "seq": head.seq, "hash": head.hash} for head in heads]
    session.execute(put, values)
