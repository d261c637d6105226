"""What authorities committed themselves to and did: recorded, withdrawn, read with their predecessors', and late."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.regional.picture import authorities_of, heirs_of
from clearinghouse.casework.regional.signals import EARLIEST, LONGEST, PlaceInRegion, authority_to_name
from clearinghouse.casework.regional_reach import may_in
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.commitments import (
    Commitment,
    CommitmentFacts,
    CommitmentKind,
    HowKept,
    how_kept,
)
from clearinghouse.records.authorities import Authority
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.regional import CommitmentKept


@dataclass(frozen=True)
class NewCommitment:
    """What an authority did, as somebody records it; `words` are sealed."""

    authority_id: UUID
    kind: CommitmentKind
    done_on: date
    words: str = ""


@dataclass(frozen=True)
class ShownCommitment:
    """One thing on record; `predecessor` is the name of the authority that did it, where this one replaced it."""

    id: UUID
    kind: CommitmentKind
    done_on: date
    predecessor: str = ""
    words: str = ""
    recorded_by: str = ""
    recorded_at: datetime | None = None
    why_withdrawn: str = ""
    may_withdraw: bool = False


@dataclass(frozen=True)
class CommitmentOnPage:
    """One commitment as a page shows it: how it stands, None for an authority that ended, and what is on record."""

    kind: CommitmentKind
    stands: Commitment | None
    own: tuple[ShownCommitment, ...]
    theirs: tuple[ShownCommitment, ...]


@dataclass(frozen=True)
class Commitments:
    """The commitments of one authority, in the order of the paragraph, and what was withdrawn."""

    each: tuple[CommitmentOnPage, ...]
    withdrawn: tuple[ShownCommitment, ...]
    may_record: bool


@dataclass(frozen=True)
class OverdueCommitment:
    """What an authority of a region should have done again by a day that has passed."""

    authority_id: UUID
    authority: str
    kind: CommitmentKind
    due_by: date


def authority_of_commitment(world: World, actor: Actor, authority_id: UUID) -> PlaceInRegion:
    """The authority about which the person may record what it did. Raises NotFound."""
    with world.reading(actor) as work:
        authority = authority_to_name(work, authority_id, Permission.SIGNAL_RECORD)
        return PlaceInRegion(authority.id, authority.name, authority.region)


def record_commitment(world: World, actor: Actor, given: NewCommitment) -> UUID:
    """Record that an authority signed, evaluated itself or was challenged by peers (004 §20). Returns its id.

    Raises Invalid beside `done_on` or `words`, NotFound for an authority out of reach.
    """
    with world.unit_of_work(actor) as work:
        authority = authority_to_name(work, given.authority_id, Permission.SIGNAL_RECORD)
        problems = _problems(work, authority, given)
        if problems:
            raise Invalid(problems)
        row = work.add(
            CommitmentKept(
                authority_id=authority.id,
                kind=given.kind,
                done_on=given.done_on,
                recorded_by=actor.person,
                recorded_at=work.now,
            )
        )
        row.words = given.words
        work.record(
            Event.COMMITMENT_RECORDED,
            Stream.AUTHORITY,
            authority.id,
            commitment=row.id,
            kind=row.kind,
            done_on=row.done_on,
        )
        return row.id


def withdraw_commitment(world: World, actor: Actor, commitment_id: UUID, reason: str) -> UUID:
    """Take back what was recorded wrongly: it counts no more, and stays on record with the reason.

    Returns the authority. Raises NotFound where the person may not withdraw it, Refused where it is withdrawn already.
    """
    with world.unit_of_work(actor) as work:
        row = work.session.get(CommitmentKept, commitment_id, with_for_update=True, populate_existing=True)
        if row is None or not _may_withdraw(work, row):
            raise NotFound
        if row.withdrawn_at is not None:
            raise Refused("This has been withdrawn already.")
        row.withdrawn_by, row.withdrawn_at = actor.person, work.now
        row.why_withdrawn = reason
        work.record(Event.COMMITMENT_WITHDRAWN, Stream.AUTHORITY, row.authority_id, commitment=row.id)
        return row.authority_id


def commitment_header(
    world: World, actor: Actor, commitment_id: UUID
) -> tuple[ShownCommitment, PlaceInRegion]:
    """What the person may withdraw, without its words, and its authority. Raises NotFound."""
    with world.reading(actor) as work:
        row = work.session.get(CommitmentKept, commitment_id)
        if row is None or row.withdrawn_at is not None or not _may_withdraw(work, row):
            raise NotFound
        authority = work.session.get_one(Authority, row.authority_id)
        return (
            ShownCommitment(row.id, row.kind, row.done_on),
            PlaceInRegion(authority.id, authority.name, authority.region),
        )


def commitments_of(world: World, actor: Actor, authority_id: UUID) -> Commitments:
    """How an authority keeps its commitments, with what the authorities that it replaced did; the latest first.

    Words are opened, and that is recorded. Nothing of a predecessor behind the person's wall is shown or counts. Raises
    NotFound for an authority out of reach.
    """
    with world.unit_of_work(actor) as work:
        authority = authority_to_name(work, authority_id, Permission.SIGNAL_READ)
        rows = [row for row, _ in _on_record(work, (authority_id,), withdrawn=True)]
        if any(row.words_sealed or row.why_withdrawn_sealed for row in rows):
            work.record(Event.COMMITMENTS_OPENED, Stream.AUTHORITY, authority_id)
        names = _names(work, {row.authority_id for row in rows} - {authority_id})
        standing = [row for row in rows if row.withdrawn_at is None]
        shown = [_shown(work, row, names) for row in standing]
        ended = authority.ended_on is not None and authority.ended_on < work.today
        return Commitments(
            each=tuple(
                CommitmentOnPage(
                    kind=kind,
                    stands=None if ended else _stands(authority, kind, standing, work.today),
                    own=tuple(each for each in shown if each.kind is kind and not each.predecessor),
                    theirs=tuple(each for each in shown if each.kind is kind and each.predecessor),
                )
                for kind in CommitmentKind
            ),
            withdrawn=tuple(_shown(work, row, names) for row in rows if row.withdrawn_at is not None),
            may_record=may_in(actor, Permission.SIGNAL_RECORD, authority.region, (authority_id,)),
        )


def overdue_commitments(world: World, actor: Actor, region: Region) -> tuple[OverdueCommitment, ...]:
    """What the region's authorities should have done again by now, the longest overdue first.

    Nothing behind the person's wall. Raises NotFound for a region out of reach.
    """
    if not may_in(actor, Permission.SIGNAL_READ, region):
        raise NotFound
    with world.reading(actor) as work:
        councils = authorities_of(work, region)
        known: dict[UUID, list[CommitmentKept]] = {}
        for row, heir in _on_record(work, councils):
            known.setdefault(heir, []).append(row)
        found = [
            OverdueCommitment(council, councils[council].name, kind, stands.due_by)
            for council, rows in known.items()
            for kind in CommitmentKind
            if (stands := _stands(councils[council], kind, rows, work.today)).due_by
            and stands.how is HowKept.OVERDUE
        ]
        return tuple(sorted(found, key=lambda each: (each.due_by, each.authority, each.kind)))


def _problems(work: Work, authority: Authority, given: NewCommitment) -> dict[str, str]:
    problems = {}
    if not EARLIEST <= given.done_on <= work.today:
        problems["done_on"] = "The day must be today or in the past, and not before 1990"
    elif authority.ended_on and given.done_on > authority.ended_on:
        problems["done_on"] = f"{authority.name} had ended by then: record it about what replaced it"
    if len(given.words) > LONGEST:
        problems["words"] = f"The words must be {LONGEST:,} characters or fewer"
    return problems


def _may_withdraw(work: Work, row: CommitmentKept) -> bool:
    """Whoever recorded it, and the region's leads and RIEP officers, as with signals; a wall comes first."""
    authority = work.session.get_one(Authority, row.authority_id)
    about = (row.authority_id,)
    if may_in(work.actor, Permission.SOFT_SIGNAL_READ, authority.region, about):
        return True
    own = row.recorded_by == work.actor.id
    return own and may_in(work.actor, Permission.SIGNAL_RECORD, authority.region, about)


def _on_record(
    work: Work, councils: Collection[UUID], *, withdrawn: bool = False
) -> Iterable[tuple[CommitmentKept, UUID]]:
    """What these authorities and those that they replaced did, the latest first, each with who it counts for."""
    heirs = heirs_of(work, councils)
    query = select(CommitmentKept).where(CommitmentKept.authority_id.in_(set(heirs) - work.actor.walled))
    if not withdrawn:
        query = query.where(CommitmentKept.withdrawn_at.is_(None))
    rows = work.session.scalars(query.order_by(CommitmentKept.done_on.desc(), CommitmentKept.id.desc()))
    return [(row, heir) for row in rows for heir in heirs[row.authority_id]]


def _stands(
    authority: Authority, kind: CommitmentKind, rows: Iterable[CommitmentKept], today: date
) -> Commitment:
    facts = [
        CommitmentFacts(row.kind, row.done_on, by_predecessor=row.authority_id != authority.id)
        for row in rows
    ]
    return how_kept(kind, facts, today, authority.started_on)


def _names(work: Work, authorities: Collection[UUID]) -> Mapping[UUID, str]:
    query = select(Authority.id, Authority.name).where(Authority.id.in_(authorities))
    return {row.id: row.name for row in work.session.execute(query)}


def _shown(work: Work, row: CommitmentKept, names: Mapping[UUID, str]) -> ShownCommitment:
    return ShownCommitment(
        id=row.id,
        kind=row.kind,
        done_on=row.done_on,
        predecessor=names.get(row.authority_id, ""),
        words=row.words,
        recorded_by=name_of(work, row.recorded_by),
        recorded_at=row.recorded_at,
        why_withdrawn=row.why_withdrawn,
        may_withdraw=row.withdrawn_at is None and _may_withdraw(work, row),
    )
