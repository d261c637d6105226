"""Keeping the Merkle log: appending what happened, signing checkpoints, and handing out proofs of what stands in it."""

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.roles import CLOCK, OPERATOR
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.world import Work, World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.ledger import LedgerEvent
from clearinghouse.records.log import (
    LogCheckpoint,
    LogLeaf,
    append_new_events,
    forget_log,
    hold_tree,
    last_checkpoint,
    leaves_from,
    logged_after,
    split_hashes,
    unlogged,
    unsigned_before,
)
from clearinghouse.vault.errors import LogForked
from clearinghouse.vault.log_key import LogKey, create_log_key, put_aside, read_log_key
from clearinghouse.vault.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    subtrees_of,
)
from clearinghouse.vault.notes import Checkpoint, NoteBroken, read_checkpoint, read_note, sign, verified


@dataclass(frozen=True)
class Logged:
    """What a round did: how many events it appended, and the size that it signed, None where it signed nothing."""

    events: int = 0
    signed: int | None = None


@dataclass(frozen=True)
class SignedTree:
    """The newest checkpoint as it was given out, the log's public key, and how many events came after it."""

    note: str
    size: int
    key: str
    after: int


@dataclass(frozen=True)
class EventProof:
    """What shows that an event stands in the log of a checkpoint: its leaf's position and the way to the root."""

    event_id: UUID
    event_hash: bytes
    position: int
    path: tuple[bytes, ...]
    checkpoint: str

    @property
    def text(self) -> str:
        """The proof in the form of C2SP tlog-proof, version 1; its extra data is the event's hash."""
        extra = base64.b64encode(self.event_hash).decode()
        first = f"c2sp.org/tlog-proof@v1\nextra {extra}\nindex {self.position}\n"
        return first + _lines(self.path) + "\n" + self.checkpoint


@dataclass(frozen=True)
class GrowthProof:
    """What shows that the newest checkpoint's log begins with that of an earlier size."""

    earlier: int
    path: tuple[bytes, ...]
    checkpoint: str

    @property
    def text(self) -> str:
        """What a witness is asked to cosign, in the form of C2SP tlog-witness, add-checkpoint."""
        return f"old {self.earlier}\n" + _lines(self.path) + "\n" + self.checkpoint


def keep_log(world: World, signed_before: timedelta = timedelta(0)) -> Logged:
    """Append what happened since the last round, and sign a checkpoint where there is something new.

    `signed_before` is how old the last checkpoint must be for another one to be signed.

    What was appended is kept before it is signed, and what is about to be signed is on the signer's own disk before
    the checkpoint is in the database: whatever stops it half way, the next round goes on. A process without the log's
    key does neither. Raises LogForked where the database holds another history than the one that was signed.
    """
    key = log_key_of(world)
    if key is None:
        return Logged()
    events, broken = 0, set[str]()
    while True:
        with world.unit_of_work(CLOCK) as work:
            appended = append_new_events(work.session)
        if appended is None:
            break
        events += appended.events
        broken.update(appended.broken)
        if not appended.events:
            break
    signed = _sign(world, key, signed_before)
    if broken:
        raise LogForked(
            "streams that do not go on from what the log holds of them: " + ", ".join(sorted(broken))
        )
    return Logged(events, signed)


def log_key_of(world: World) -> LogKey | None:
    """The log's key, None for a process that may not read it. Raises KeysError where it is there and is none."""
    return read_log_key(world.log_key_file) if os.access(world.log_key_file, os.R_OK) else None


def begin_new_log(world: World) -> tuple[str, Path]:
    """Put the log and its key aside and begin another, as after a restore from a backup that is older than the log.

    The events stay as they are and are all logged again, under another name and key; former checkpoints prove nothing
    of the new log. Returns its public key, and where the former key stands. Raises KeysError where that is not here.
    """
    former = read_log_key(world.log_key_file)
    name, _, number = former.signer.name.partition("#")
    following, signed = int(number or 1) + 1, former.last_signed()
    with world.unit_of_work(OPERATOR) as work:
        forget_log(work.session)
        work.record(
            Event.LOG_BEGUN,
            Stream.INSTALLATION,
            world.vault.installation,
            number=following,
            former_size=signed.size if signed else 0,
        )
    # Whatever stops it before this, the former key signs nothing of the new log, and the command can be run again.
    aside = put_aside(former)
    return create_log_key(world.log_key_file, f"{name}#{following}").verifier.text, aside


def signed_tree(world: World) -> SignedTree | None:
    """The newest checkpoint, None before the first. Raises KeysError where the log's key cannot be read."""
    key = read_log_key(world.log_key_file)
    with world.reading(OPERATOR) as work:
        last = last_checkpoint(work.session)
        if last is None:
            return None
        return SignedTree(last.note, last.size, key.verifier.text, unlogged(work.session))


def has_unsigned(world: World, before: datetime) -> bool:
    """Whether something that happened before this instant stands in no signed checkpoint."""
    with world.reading(OPERATOR) as work:
        last = last_checkpoint(work.session)
        return unsigned_before(work.session, last.size if last else 0, before)


def unsigned_events(world: World) -> int:
    """How many events stand in no signed checkpoint."""
    with world.reading(OPERATOR) as work:
        last = last_checkpoint(work.session)
        return unlogged(work.session) + logged_after(work.session, last.size if last else 0)


def prove_event(world: World, event_id: UUID) -> EventProof:
    """The proof that an event stands in the log of the newest checkpoint. Raises NotFound where it does not yet."""
    with world.reading(OPERATOR) as work:
        last = last_checkpoint(work.session)
        leaf = work.session.scalars(select(LogLeaf).where(LogLeaf.event_id == str(event_id))).one_or_none()
        event = work.session.get(LedgerEvent, str(event_id))
        if last is None or leaf is None or event is None or leaf.position >= last.size:
            raise NotFound
        subtree = subtrees_of(_hashes(work, last.size))
        path = inclusion_proof(subtree, leaf.position, last.size)
        return EventProof(event_id, event.hash, leaf.position, tuple(path), last.note)


def prove_growth(world: World, earlier: int) -> GrowthProof:
    """What shows that the newest log begins with that of an earlier size. Raises NotFound where none is as large."""
    with world.reading(OPERATOR) as work:
        last = last_checkpoint(work.session)
        if last is None or not 0 <= earlier <= last.size:
            raise NotFound
        if earlier in {0, last.size}:
            return GrowthProof(earlier, (), last.note)
        path = consistency_proof(subtrees_of(_hashes(work, last.size)), earlier, last.size)
        return GrowthProof(earlier, tuple(path), last.note)


def _lines(path: Sequence[bytes]) -> str:
    return "".join(base64.b64encode(each).decode() + "\n" for each in path)


def _sign(world: World, key: LogKey, signed_before: timedelta) -> int | None:
    with world.unit_of_work(CLOCK) as work:
        tree = hold_tree(work.session)
        last = last_checkpoint(work.session)
        # A clock that was set back puts nothing off: what was signed in its future is no reason to wait.
        early = last and timedelta(0) <= work.now - last.signed_at < signed_before
        if tree is None or early or (last and last.size == tree.size):
            return None
        signed = _as_signed(work, key, last)
        if signed.size > tree.size:
            raise LogForked(f"the log was signed at {signed.size} leaves, and the database holds {tree.size}")
        for leaf in leaves_from(work.session, signed.size, tree.size):
            if leaf.position != signed.size:
                raise LogForked(f"leaf {signed.size} of the log is not there")
            signed.append(leaf.hash)
        if signed.roots != split_hashes(tree.roots):
            raise LogForked("the database holds another history than the one that was signed")
        key.remember(signed)
        note = sign(Checkpoint(key.signer.name, signed.size, signed.root()).text, key.signer)
        work.session.add(LogCheckpoint(size=signed.size, note=str(note), signed_at=work.now))
        return signed.size


def _as_signed(work: Work, key: LogKey, last: LogCheckpoint | None) -> Frontier:
    """The tree as the key signed it last, from the signer's own record.

    Where that record is lost, from the database, as far as the last checkpoint proves it.
    """
    kept = key.last_signed()
    if kept is not None:
        return kept
    tree = Frontier()
    if last is None:
        return tree
    try:
        note = read_note(last.note)
        verified(note, [key.verifier])
        said = read_checkpoint(note)
    except NoteBroken as error:
        raise LogForked("the last checkpoint was not signed by this log's key") from error
    for leaf in leaves_from(work.session, 0, said.size):
        tree.append(leaf.hash)
    if (tree.size, tree.root()) != (said.size, said.root):
        raise LogForked("the database holds another history than the one that was signed")
    return tree


def _hashes(work: Work, size: int) -> Sequence[bytes]:
    return [leaf.hash for leaf in leaves_from(work.session, 0, size)]
