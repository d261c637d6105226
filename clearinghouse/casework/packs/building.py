"""The clock's part: making the packs that were approved, each by one clock, and ending those that are overdue."""

import base64
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import IO
from uuid import UUID

from sqlalchemy import or_, select, update

from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.anchors.cosigning import ask_witnesses
from clearinghouse.casework.log import keep_log, log_key_of
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.packs.preparing import LIVE, cases_of, end_approval, end_pack, unfit
from clearinghouse.casework.packs.recipient_keys import key_to
from clearinghouse.casework.packs.writing import NotCovered, write_pack
from clearinghouse.casework.world import Work, World
from clearinghouse.records.database import shared_instant
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.log import LogStream
from clearinghouse.records.packs import Pack, PackPart, PackState
from clearinghouse.vault.envelopes import envelope
from clearinghouse.vault.errors import LogForked
from clearinghouse.vault.log_key import LogKey

LEASE = timedelta(minutes=5)
_PART = 256 * 1024
_IN_MEMORY = 8 * 1024 * 1024


@dataclass(frozen=True)
class _Claim:
    pack_id: UUID
    lease: int


def build_packs(world: World) -> int:
    """Make every approved pack that no other clock is making, and end those that are over. Returns how many were made.

    A process without the log's key makes none.
    """
    end_overdue_packs(world)
    key, made = log_key_of(world), 0
    if key is None:
        return 0
    while (claim := _claim(world)) is not None:
        # What the pack shows, its approval too, must stand under a checkpoint.
        keep_log(world)
        _have_cosigned(world)
        try:
            made += _build(world, key, claim)
        except NotCovered:
            _let_go(world, claim)
            break
    return made


def _have_cosigned(world: World) -> None:
    """A pack carries the cosignatures that its checkpoint has; witnesses who are silent or refuse hold none up."""
    with suppress(
        LogForked
    ):  # the clock's own step says so, and what the pack then lacks is for its reader to judge
        ask_witnesses(world, at_once=True)


def end_overdue_packs(world: World) -> int:
    """End the packs whose last day has passed. Returns how many."""
    ended = 0
    with world.unit_of_work(CLOCK) as work:
        over = select(Pack).where(Pack.state.in_(LIVE), Pack.expires_on < work.today).order_by(Pack.id)
        for pack in work.session.scalars(over.with_for_update(skip_locked=True)).all():
            end_pack(work, pack, PackState.EXPIRED)
            work.record(Event.PACK_EXPIRED, Stream.PACK, pack.id, collected=pack.collected)
            ended += 1
    return ended


def _claim(world: World) -> _Claim | None:
    """Take one pack for a while. One whose people or date no longer fit loses its approval instead."""
    with world.unit_of_work(CLOCK) as work:
        now = shared_instant(work.session)
        free = or_(Pack.lease_until.is_(None), Pack.lease_until < now)
        query = select(Pack).where(Pack.state == PackState.APPROVED, free).order_by(Pack.approved_at, Pack.id)
        for pack in work.session.scalars(query.with_for_update(skip_locked=True)).all():
            if unfit(work, pack):
                end_approval(work, pack)
                work.record(Event.PACK_APPROVAL_ENDED, Stream.PACK, pack.id, version=pack.version)
                continue
            pack.lease, pack.lease_until = pack.lease + 1, now + LEASE
            pack.events, pack.built = _how_many(work, pack), 0
            return _Claim(pack.id, pack.lease)
    return None


def _how_many(work: Work, pack: Pack) -> int:
    cases = [str(case.id) for case, _ in cases_of(work, pack)]
    return sum(work.session.scalars(select(LogStream.seq).where(LogStream.stream_id.in_(cases))))


def _build(world: World, key: LogKey, claim: _Claim) -> bool:
    """Write the pack beside the database, then keep it, if the claim still holds."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        with world.reading(CLOCK) as work:
            pack = work.session.get_one(Pack, claim.pack_id)
            events = write_pack(work, pack, key, file, lambda done: _say(world, claim, done))
        with world.unit_of_work(CLOCK) as work:
            return _keep(work, claim, file, events)


def _say(world: World, claim: _Claim, done: int) -> None:
    """How far it is; the lease goes on from here."""
    with world.unit_of_work(CLOCK) as work:
        until = shared_instant(work.session) + LEASE
        held = (Pack.id == claim.pack_id, Pack.lease == claim.lease, Pack.state == PackState.APPROVED)
        work.session.execute(update(Pack).where(*held).values(built=done, lease_until=until))


def _keep(work: Work, claim: _Claim, file: IO[bytes], events: int) -> bool:
    query = select(Pack).where(Pack.id == claim.pack_id).with_for_update()
    pack = work.session.scalars(query.execution_options(populate_existing=True)).one()
    if pack.lease != claim.lease or pack.state is not PackState.APPROVED or unfit(work, pack):
        return False  # it was changed, revoked or taken over meanwhile: nothing of this may leave
    hashed, size = sha256(), 0
    for number, content in enumerate(_as_it_leaves(work, pack, file)):
        hashed.update(content)
        size += len(content)
        part = work.add(PackPart(pack_id=pack.id, number=number))
        part.content = base64.b64encode(content).decode("ascii")
        work.session.flush()
        work.session.expunge(part)
    pack.state, pack.built_at, pack.digest, pack.size = PackState.READY, work.now, hashed.digest(), size
    pack.events = pack.built = events
    pack.lease_until = None
    digest = int.from_bytes(hashed.digest(), "big")
    work.record(Event.PACK_BUILT, Stream.PACK, pack.id, version=pack.version, events=events, digest=digest)
    enqueue(work, pack.recipient_id, LetterKind.PACK_WAITS)
    for officer in (pack.prepared_by, pack.approved_by):
        if officer:
            enqueue(work, officer, LetterKind.PACK_READY)
    return True


def _as_it_leaves(work: Work, pack: Pack, file: IO[bytes]) -> Iterator[bytes]:
    """The file in stretches, encrypted to the recipient's key where the pack was approved for one."""
    file.seek(0)
    key = key_to(work, pack.key_id)
    return iter(lambda: file.read(_PART), b"") if key is None else envelope(file, key)


def _let_go(world: World, claim: _Claim) -> None:
    with world.unit_of_work(CLOCK) as work:
        held = (Pack.id == claim.pack_id, Pack.lease == claim.lease)
        work.session.execute(update(Pack).where(*held).values(lease_until=None))
