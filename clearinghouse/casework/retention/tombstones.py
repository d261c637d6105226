"""Destroying keys for good: tombstones in the ledger and outside the database, and no byte left in its files."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.world import Work, World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.installation import Installation
from clearinghouse.records.keyring import EMPTY, DataKeyRow, Tombstone, destroy_key
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.tombstone_verification import destroyed_keys
from clearinghouse.vault.tombstones import (
    Stone,
    keep_tombstones,
    may_keep,
    read_tombstones,
)

CONTINUES = frozenset({Compartment.LEDGER, Compartment.DRAFTS, Compartment.ACCOUNT})
"""What goes on after its key was destroyed, under another: a stream's next events, a person's next drafts."""

_NOT_OUTSIDE = "The tombstones cannot be kept outside the database just now. Tell whoever runs the service."
_AT_ONCE = 200


def require_tombstone_file(world: World) -> None:
    """Raises Refused where tombstones cannot be written outside the database: a backup would bring all of it back."""
    if not may_keep(world.tombstone_file):
        raise Refused(_NOT_OUTSIDE)


def destroy_keys(
    work: Work,
    subject: UUID,
    compartments: Collection[Compartment],
    *,
    review_id: UUID | None,
    continues: bool = False,
) -> tuple[UUID, ...]:
    """Destroy the keys of these compartments of one subject. Record it by record_destroyed, in the same work.

    Where it `continues`, or the compartment always does, another key is made for what comes after. Returns their ids.
    """
    destroyed = (
        destroy_key(
            work.session,
            subject,
            each,
            at=work.now,
            review_id=review_id,
            renewed=continues or each in CONTINUES,
        )
        for each in sorted(compartments)
    )
    return tuple(key for key in destroyed if key is not None)


def record_destroyed(
    work: Work, subject: UUID, keys: Collection[UUID], *, review_id: UUID | None = None, again: bool = False
) -> None:
    """Write the tombstones into the ledger, in the installation's own stream, whose key is never destroyed."""
    work.record(
        Event.KEYS_DESTROYED,
        Stream.INSTALLATION,
        work.world.vault.installation,
        subject=subject,
        keys=tuple(keys),
        review=review_id,
        again=again,
    )


def make_it_real(world: World) -> bool:
    """Write the tombstones outside the database too, and take the keys' bytes out of its files. Whether all is done.

    Where somebody still reads an older state, it is not; the clock does it again in each of its rounds.
    """
    keep_outside(world)
    with world.reading(OPERATOR) as work:
        waiting = select(Tombstone.id).where(Tombstone.scrubbed_at.is_(None)).limit(1)
        if work.session.scalars(waiting).first() is None:
            return True
        before: datetime = work.session.execute(
            select(Tombstone.destroyed_at).order_by(Tombstone.destroyed_at.desc()).limit(1)
        ).scalar_one()
    if not world.database.scrub(DataKeyRow.__tablename__, Tombstone.__tablename__):
        return False
    with world.unit_of_work(OPERATOR) as work:
        done = (Tombstone.scrubbed_at.is_(None), Tombstone.destroyed_at <= before)
        work.session.execute(update(Tombstone).where(*done).values(scrubbed_at=work.now))
    return True


@dataclass(frozen=True)
class TombstoneHealth:
    """How many keys were destroyed, how many tombstones the file lacks, and how many keys are in the files still."""

    stones: int
    lacking: int
    waiting: int
    may_keep: bool


def tombstone_health(world: World) -> TombstoneHealth:
    """How the tombstones stand. Where nothing was ever destroyed, no file is made for it."""
    outside = {stone.key_id for stone in read_tombstones(world.tombstone_file, world.web_secret)}
    with world.reading(OPERATOR) as work:
        rows = work.session.execute(select(Tombstone.id, Tombstone.scrubbed_at)).all()
    return TombstoneHealth(
        stones=len(rows),
        lacking=sum(row.id not in outside for row in rows),
        waiting=sum(row.scrubbed_at is None for row in rows),
        may_keep=not rows or may_keep(world.tombstone_file),
    )


def keep_outside(world: World) -> int:
    """Write every tombstone that the file lacks. Returns how many. Raises OSError where it cannot be written.

    Only those that the ledger vouches for: what the file says is destroyed again, whoever put it in the database.
    """
    known = {stone.key_id for stone in read_tombstones(world.tombstone_file, world.web_secret)}
    with world.reading(OPERATOR) as work:
        rows = work.session.scalars(select(Tombstone).order_by(Tombstone.destroyed_at, Tombstone.id))
        lacking = [_stone(row) for row in rows if row.id not in known]
        said = destroyed_keys(work.session, world.vault) if lacking else frozenset()
    lacking = [stone for stone in lacking if stone.key_id in said]
    if lacking:
        keep_tombstones(world.tombstone_file, world.web_secret, lacking)
    return len(lacking)


def keep_destroyed(world: World) -> int:
    """Destroy again what a restored backup has brought back, by the tombstones outside the database. Returns how many.

    Raises KeysError where the file is not this installation's.
    """
    stones = read_tombstones(world.tombstone_file, world.web_secret)
    if not stones:
        return 0
    with world.reading(OPERATOR) as work:
        known = set(work.session.scalars(select(Tombstone.id)))
    lacking = [stone for stone in stones if stone.key_id not in known]
    for start in range(0, len(lacking), _AT_ONCE):
        _replay(world, lacking[start : start + _AT_ONCE])
    if lacking:
        make_it_real(world)
    return len(lacking)


def settle_tombstones(world: World, *, thorough: bool) -> bool:
    """The clock's look: whether every tombstone stands outside too, and every destroyed key is out of the files."""
    with world.reading(OPERATOR) as work:
        waiting = select(Tombstone.id).where(Tombstone.scrubbed_at.is_(None)).limit(1)
        some = work.session.scalars(waiting).first() is not None
    return make_it_real(world) if some or thorough else True


def _replay(world: World, stones: Collection[Stone]) -> None:
    with world.unit_of_work(OPERATOR) as work:
        # Several processes may start at once: one of them does it.
        work.session.execute(select(Installation.id).with_for_update())
        for stone in stones:
            if work.session.get(Tombstone, stone.key_id) is None:
                _destroy_again(work, stone)
                record_destroyed(work, stone.subject, (stone.key_id,), again=True)


def _destroy_again(work: Work, stone: Stone) -> None:
    row = work.session.get(DataKeyRow, stone.key_id)
    if row is not None and row.wrapped:
        destroy_key(
            work.session, row.subject_id, row.compartment, at=stone.destroyed_at, renewed=stone.renewed
        )
        return
    # The backup is older than the key, or the key is empty and somebody took its tombstone away.
    work.session.add(
        Tombstone(
            id=stone.key_id,
            subject_id=stone.subject,
            compartment=stone.compartment,
            renewed=stone.renewed,
            destroyed_at=stone.destroyed_at,
        )
    )
    if row is None and not stone.renewed and not _has_key(work, stone):
        # Nothing that it sealed is there, and nothing comes.
        work.session.add(
            DataKeyRow(
                id=stone.key_id,
                subject_id=stone.subject,
                compartment=stone.compartment,
                epoch=0,
                wrapped=EMPTY,
                commitment=EMPTY,
                made_at=stone.destroyed_at,
            )
        )


def _has_key(work: Work, stone: Stone) -> bool:
    """Whether another key was made in its place, by a service that was run without the file."""
    mine = (DataKeyRow.subject_id == stone.subject, DataKeyRow.compartment == stone.compartment)
    return work.session.scalars(select(DataKeyRow.id).where(*mine)).first() is not None


def _stone(row: Tombstone) -> Stone:
    return Stone(row.id, row.subject_id, row.compartment, row.renewed, row.destroyed_at)
