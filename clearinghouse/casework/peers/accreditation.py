"""Accreditation of peers: renewing it, letting it lapse, and what coordinators owe as it nears its end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from clearinghouse.access.decision import may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import CLOCK, Actor, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.peers.rechecking import recheck
from clearinghouse.casework.staff import in_force
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import is_overdue
from clearinghouse.protocol.peer_words import Level
from clearinghouse.protocol.working_days import add_working_days
from clearinghouse.records.duties import Letter
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.peers import AccreditationDuty, Peer
from clearinghouse.records.people import RoleGrant, User, UserState

ENDING_WITHIN = timedelta(days=90)
REMINDED_BEFORE = 10
"""How many working days before the end coordinators are reminded."""

ONE_LETTER_IN = timedelta(hours=20)
BATCH = 200
SHOWN = 25
"""How many accreditations an agenda lists; the others come up as these are dealt with."""

LONGEST_NAME = 200


@dataclass(frozen=True)
class Renewal:
    """By whom a peer is accredited, from when until when, and for what."""

    by: str
    first: date
    until: date
    level: Level


@dataclass(frozen=True)
class AccreditationEntry:
    """An accreditation that nears its end, as the agenda of those who keep the register shows it."""

    peer_id: UUID
    code: str
    name: str
    until: date
    is_overdue: bool


@dataclass(frozen=True)
class AccreditationsDue:
    """The first of them to end, and how many more there are."""

    first: tuple[AccreditationEntry, ...] = ()
    further: int = 0


def renew_accreditation(world: World, actor: Actor, peer_id: UUID, given: Renewal) -> None:
    """Keep a peer's new accreditation, which ends what is owed about the old one.

    Raises Invalid beside the field, NotFound for those who do not keep the register.
    """
    with world.unit_of_work(actor) as work:
        peer = peer_to_change(work, peer_id)
        problems = {}
        if not given.by.strip() or len(given.by) > LONGEST_NAME:
            problems["by"] = "Enter who accredits the peer."
        if given.first > work.today:
            problems["first"] = "The first day must be today or earlier."
        if given.until <= max(given.first, work.today):
            problems["until"] = "The last day must be later than today, and than the first day."
        if problems:
            raise Invalid(problems)
        peer.accredited_by, peer.accreditation_level = given.by.strip(), given.level
        peer.accredited_from, peer.accredited_until = given.first, given.until
        _end(work, _open_duties(work, {peer.id}))
        work.record(
            Event.PEER_ACCREDITATION_RENEWED,
            Stream.PEER,
            peer.id,
            first=given.first,
            until=given.until,
            level=given.level,
        )
    recheck(world, {peer_id})


def let_accreditation_lapse(world: World, actor: Actor, peer_id: UUID) -> None:
    """Decide that a peer's accreditation is not renewed: it holds until its day, and nobody is reminded any more.

    Raises Refused where nothing is owed about it, NotFound.
    """
    with world.unit_of_work(actor) as work:
        peer = peer_to_change(work, peer_id)
        owed = _open_duties(work, {peer.id})
        if not owed:
            raise Refused("Nothing is owed about this accreditation.")
        _end(work, owed)
        work.record(Event.PEER_ACCREDITATION_TO_LAPSE, Stream.PEER, peer.id, until=owed[0].until)


def accreditations_due(world: World, actor: Actor) -> AccreditationsDue:
    """What is owed about accreditations, the first to end first; nothing for those who do not keep the register."""
    if not may_enter(actor, Permission.PEER_MANAGE):
        return AccreditationsDue()
    with world.reading(actor) as work:
        owed = AccreditationDuty.ended_at.is_(None)
        rows = work.session.execute(
            select(Peer.id, Peer.code, Peer.name, AccreditationDuty.until)
            .join(Peer, Peer.id == AccreditationDuty.peer_id)
            .where(owed)
            .order_by(AccreditationDuty.until, Peer.name, Peer.id)
            .limit(SHOWN)
        ).all()
        count = work.session.scalar(select(func.count()).select_from(AccreditationDuty).where(owed)) or 0
        first = tuple(
            AccreditationEntry(row.id, row.code, row.name, row.until, is_overdue(row.until, work.today))
            for row in rows
        )
        return AccreditationsDue(first, count - len(first))


def is_owed(work: Work, peer_id: UUID) -> bool:
    """Whether something is owed about the peer's accreditation."""
    return bool(_open_duties(work, {peer_id}))


def end_outdated(work: Work, peers: Collection[Peer]) -> None:
    """End what is owed about an end that these peers' accreditation does not have any more."""
    known = {peer.id: peer.accredited_until for peer in peers}
    _end(work, [duty for duty in _open_duties(work, known) if duty.until != known[duty.peer_id]])


def peer_to_change(work: Work, peer_id: UUID) -> Peer:
    """The peer, held until the work ends. Raises NotFound, also for those who do not keep the register."""
    if not may_enter(work.actor, Permission.PEER_MANAGE):
        raise NotFound
    peer = work.session.get(Peer, peer_id, with_for_update=True, populate_existing=True)
    if peer is None:
        raise NotFound
    return peer


def watch_accreditations(world: World) -> int:
    """Owe, remind of and raise what nears its end, each once and to every coordinator; returns how many there were."""
    total = 0
    for step in (_owe_batch, _remind_batch, _overdue_batch):
        while (done := step(world)) is not None:
            total += done
    return total


def _owe_batch(world: World) -> int | None:
    with world.unit_of_work(CLOCK) as work:
        known = select(AccreditationDuty.id).where(
            AccreditationDuty.peer_id == Peer.id, AccreditationDuty.until == Peer.accredited_until
        )
        ending = Peer.accredited_until.between(work.today, work.today + ENDING_WITHIN)
        found = work.session.execute(
            select(Peer.id, Peer.accredited_until)
            .where(ending, ~known.exists())
            .order_by(Peer.accredited_until, Peer.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        if not found:
            return None
        held = [row.id for row in found]
        taken = select(AccreditationDuty.peer_id, AccreditationDuty.until).where(
            AccreditationDuty.peer_id.in_(held)
        )
        there = {(row.peer_id, row.until) for row in work.session.execute(taken)}
        new = [row for row in found if (row.id, row.accredited_until) not in there]
        # What was owed of an end that a file has moved since is not owed any more.
        _end(work, _open_duties(work, {row.id for row in new}))
        for row in new:
            work.add(AccreditationDuty(peer_id=row.id, until=row.accredited_until, made_at=work.now))
            work.record(Event.PEER_ACCREDITATION_DUE, Stream.PEER, row.id, until=row.accredited_until)
        _tell(work, len(new))
        return len(new)


def _remind_batch(world: World) -> int | None:
    with world.unit_of_work(CLOCK) as work:
        soon = add_working_days(work.today, REMINDED_BEFORE, work.holidays)
        due = (AccreditationDuty.until >= work.today, AccreditationDuty.until <= soon)
        return _raise(work, AccreditationDuty.reminded_at, due, Event.PEER_ACCREDITATION_REMINDED)


def _overdue_batch(world: World) -> int | None:
    with world.unit_of_work(CLOCK) as work:
        due = (AccreditationDuty.until < work.today,)
        return _raise(work, AccreditationDuty.overdue_at, due, Event.PEER_ACCREDITATION_OVERDUE)


def _raise(
    work: Work,
    raised_at: InstrumentedAttribute[object],
    due: Collection[ColumnElement[bool]],
    event: Event,
) -> int | None:
    """Claim up to BATCH, and tell and write down each; None where there was none that nobody else holds."""
    query = (
        select(AccreditationDuty)
        .where(AccreditationDuty.ended_at.is_(None), raised_at.is_(None), *due)
        .order_by(AccreditationDuty.until, AccreditationDuty.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    rows = work.session.scalars(query).all()
    if not rows:
        return None
    claimed = [row for row in rows if row.ended_at is None and getattr(row, raised_at.key) is None]
    for row in claimed:
        setattr(row, raised_at.key, work.now)
        work.record(event, Stream.PEER, row.peer_id, until=row.until)
    _tell(work, len(claimed))
    return len(claimed)


def _tell(work: Work, count: int) -> None:
    """One letter for each coordinator in a day at most, however many accreditations it is about."""
    if not count:
        return
    lately = Letter.kind == LetterKind.ACCREDITATION_ENDS, Letter.made_at > work.now - ONE_LETTER_IN
    told = set(work.session.scalars(select(Letter.user_id).where(*lately)))
    for person in coordinators(work):
        if person not in told:
            enqueue(work, person, LetterKind.ACCREDITATION_ENDS)


def coordinators(work: Work) -> Sequence[UUID]:
    """Everybody who keeps the register today; coordinators work nationally."""
    query = (
        select(User.id)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(User.state == UserState.ACTIVE, RoleGrant.role == Role.COORDINATOR, in_force(work.today))
    )
    return work.session.scalars(query.distinct().order_by(User.id)).all()


def _open_duties(work: Work, peers: Collection[UUID]) -> Sequence[AccreditationDuty]:
    query = select(AccreditationDuty).where(AccreditationDuty.ended_at.is_(None))
    if len(peers) <= BATCH:
        query = query.where(AccreditationDuty.peer_id.in_(peers))
    rows = work.session.scalars(query.order_by(AccreditationDuty.until, AccreditationDuty.id)).all()
    return [row for row in rows if row.peer_id in peers]


def _end(work: Work, owed: Sequence[AccreditationDuty]) -> None:
    for duty in owed:
        duty.ended_at, duty.ended_by = work.now, work.actor.id
