"""Verification of the Merkle log: every leaf against its event, every map of ends, and every checkpoint."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from clearinghouse.records.log import (
    LogCheckpoint,
    LogStream,
    LogTree,
    unlogged,
)
from clearinghouse.records.raw import Raw, as_stored, native_rows, shown, uuid_of
from clearinghouse.records.verification import Fault
from clearinghouse.vault.heads import Head, HeadsMap
from clearinghouse.vault.leaves import event_leaf, heads_leaf
from clearinghouse.vault.merkle import Frontier
from clearinghouse.vault.notes import Checkpoint, NoteBroken, Verifier, read_checkpoint, read_note, verified

_IN_ORDER = (
    "SELECT l.position, l.event_id, l.hash, e.stream_id, e.seq, e.hash FROM log_leaves l"
    " LEFT JOIN ledger_events e ON l.event_id = e.id ORDER BY l.position"
)


@dataclass(frozen=True)
class LogReport:
    """What was looked at, the size of the last signed checkpoint, and how many events came `after` it."""

    leaves: int
    checkpoints: int
    signed: int
    after: int
    faults: tuple[Fault, ...]


def verify_log(
    session: Session,
    trusted: Collection[Verifier],
    given: Collection[str] = (),
    recorded: Collection[tuple[str, Checkpoint]] = (),
    printed: Collection[tuple[int, str]] = (),
    last_signed: Checkpoint | None = None,
) -> LogReport:
    """Walk the log of the state that the session sees, against its events and against every checkpoint.

    `trusted` are the log's keys: without one, no checkpoint is looked at. `given` are checkpoints from outside, as
    they were mailed; `recorded` is what third parties cosigned or stamped, each with its name; `last_signed` what the
    signer knows by itself, the checkpoint of which must be kept; `printed` are roots in hexadecimal, or their
    beginnings, with the sizes of their trees. Whatever was done to a row is a fault in the report, never an exception.
    """
    walk = _Walk()
    signed, faults = _checkpoints(session, trusted) if trusted else ([], [])
    outside, found = _given(given, trusted)
    if last_signed is not None:
        recorded = [*recorded, ("the signer's own record", last_signed)]
        if last_signed.size > max((said.size for _, said in signed), default=0):
            faults.append(
                Fault(f"the checkpoint of {last_signed.size:,} leaves", "was signed, and is not kept here")
            )
    claims: dict[int, list[tuple[str, Checkpoint]]] = {}
    for where, said in (*signed, *outside, *recorded):
        claims.setdefault(said.size, []).append((where, said))
    on_paper = {size: digits.lower() for size, digits in printed}
    _meet(walk, claims, on_paper)
    for leaf in _leaves(session):
        walk.look_at(leaf)
        _meet(walk, claims, on_paper)
    for where, said in (each for claim in claims.values() for each in claim):
        words = f"covers {said.size:,} leaves that were signed, and the log has {walk.tree.size:,}"
        faults.append(Fault(where, words))
    for size in on_paper:
        faults.append(
            Fault(f"the printed root of {size:,} leaves", f"is of more than the log's {walk.tree.size:,}")
        )
    walk.end(session)
    last = max((said.size for _, said in signed), default=0)
    after = walk.events_after(last) + unlogged(session)
    faults = [*walk.faults, *faults, *found]
    return LogReport(walk.tree.size, len(signed) + len(outside) + len(printed), last, after, tuple(faults))


def _meet(walk: "_Walk", claims: dict[int, list[tuple[str, Checkpoint]]], on_paper: dict[int, str]) -> None:
    """The checkpoints of the size that the walk has reached."""
    digits = on_paper.pop(walk.tree.size, None)
    if digits is not None and not walk.tree.root().hex().startswith(digits):
        walk.faults.append(
            Fault(
                f"the printed root of {walk.tree.size:,} leaves",
                "is another than the log has: it was rewritten",
            )
        )
    for where, said in claims.pop(walk.tree.size, ()):
        if said.root != walk.tree.root():
            walk.faults.append(
                Fault(where, "was signed for another root than the log has: its history was rewritten")
            )


@dataclass
class _Walk:
    """The walk along the leaves: the tree and the streams' ends so far, and what was found."""

    tree: Frontier = field(default_factory=Frontier)
    ends: HeadsMap = field(default_factory=HeadsMap)
    known: dict[str, Head] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    events: list[int] = field(default_factory=list)

    def look_at(self, leaf: tuple[Raw, ...]) -> None:
        """One leaf against its event, or against the ends of all streams."""
        position, event_id, stored, *event = leaf
        if position != self.tree.size:
            self._fault(self._where, "is not there")
        right = self._heads() if event_id is None else self._event(event_id, *event)
        if right is not None and stored != right:
            self._fault(self._where, "is not the leaf of what it stands for")
        self.tree.append(stored if isinstance(stored, bytes) else b"")

    def end(self, session: Session) -> None:
        """What was kept of the log's end, against the end that was found."""
        trees = list(as_stored(session, LogTree, "size", "roots")) or [(0, b"")]
        if trees != [(self.tree.size, b"".join(self.tree.roots))]:
            self._fault("the log", "does not end as was kept of it")
        streams = {str(row[0]): row[1:] for row in as_stored(session, LogStream, "stream_id", "seq", "hash")}
        found = {stream: (head.seq, head.hash) for stream, head in self.known.items()}
        for stream in sorted(streams.keys() | found.keys()):
            if streams.get(stream) != found.get(stream):
                self._fault(f"stream {shown(stream)}", "does not end in the log as was kept of it")

    def events_after(self, size: int) -> int:
        """How many events stand in the log behind this size."""
        return sum(position >= size for position in self.events)

    def _heads(self) -> bytes:
        return heads_leaf(len(self.ends), self.ends.root())

    @property
    def _where(self) -> str:
        return f"leaf {self.tree.size} of the log"

    def _event(self, event_id: Raw, stream: Raw, seq: Raw, hashed: Raw) -> bytes | None:
        known = self.known.get(stream) if isinstance(stream, str) else None
        key = known.stream if known else uuid_of(stream)
        if (
            not isinstance(stream, str)
            or key is None
            or not isinstance(seq, int)
            or not isinstance(hashed, bytes)
        ):
            self._fault(self._where, f"stands for event {shown(event_id)}, which is not there any more")
            return None
        if seq != (known.seq if known else 0) + 1:
            self._fault(
                self._where, f"stands for number {seq} of stream {shown(stream)}, which is not its next"
            )
        self.known[stream] = Head(key, seq, hashed)
        self.ends.set(self.known[stream])
        self.events.append(self.tree.size)
        return event_leaf(hashed)

    def _fault(self, where: str, words: str) -> None:
        self.faults.append(Fault(where, words))


def _leaves(session: Session) -> Iterator[tuple[Raw, ...]]:
    """Every leaf in its order, with what it stands for beside it."""
    return native_rows(session, _IN_ORDER, {})


def _checkpoints(
    session: Session, trusted: Collection[Verifier]
) -> tuple[list[tuple[str, Checkpoint]], list[Fault]]:
    """The checkpoints that the database keeps, each with its name, and those that are none."""
    good, faults = [], []
    for size, note in as_stored(session, LogCheckpoint, "size", "note"):
        where = f"the checkpoint of {shown(size)} leaves"
        try:
            said = _signed(str(note), trusted)
        except NoteBroken as error:
            faults.append(Fault(where, str(error)))
            continue
        if said.size != size:
            faults.append(Fault(where, f"was signed for {said.size:,} leaves"))
        good.append((where, said))
    return good, faults


def _given(
    notes: Collection[str], trusted: Collection[Verifier]
) -> tuple[list[tuple[str, Checkpoint]], list[Fault]]:
    good, faults = [], []
    for number, text in enumerate(notes, 1):
        where = f"checkpoint {number} that was given"
        try:
            good.append((where, _signed(text, trusted)))
        except NoteBroken as error:
            faults.append(Fault(where, str(error)))
    return good, faults


def _signed(text: str, trusted: Collection[Verifier]) -> Checkpoint:
    note = read_note(text)
    by = verified(note, trusted)
    said = read_checkpoint(note)
    if said.origin not in {each.by.name for each in by}:
        raise NoteBroken(f"it is a checkpoint of another log, {shown(said.origin)}")
    return said
