"""A peer of the register: their page, absences, suspension and declared interests."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.authorities import authority_facts
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.peers.accreditation import is_owed
from clearinghouse.casework.peers.facts import Served, peer_facts, served_by, unseen_teams
from clearinghouse.casework.peers.interests import LONGEST_INTEREST, is_sayable, keep_interest
from clearinghouse.casework.peers.listing import is_accredited
from clearinghouse.casework.peers.ratings import Rated, ratings_of
from clearinghouse.casework.peers.rechecking import recheck
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.council_years import council_year, first_day_of
from clearinghouse.protocol.peer_words import Course, Level, Seniority, Service, Theme
from clearinghouse.protocol.peers import PeerFacts
from clearinghouse.records.authorities import Authority
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.peers import (
    Peer,
    PeerAbsence,
    PeerGroup,
    PeerInterest,
    PeerTraining,
)


@dataclass(frozen=True)
class ServedOn:
    """A team that a peer served on, on a case that the reader may know of, and how their part was rated."""

    authority: str
    first: date
    last: date
    leads: bool
    ratings: tuple[Rated, ...] = ()


@dataclass(frozen=True)
class Training:
    """What a peer has learnt or done to grow into the work."""

    course: Course
    taken_on: date


@dataclass(frozen=True)
class FormerGroup:
    """A political group to which a councillor belonged before."""

    name: str
    since: date | None
    until: date


@dataclass(frozen=True)
class Interest:
    """An interest that a peer declared."""

    authority: str
    words: str
    declared_at: datetime


@dataclass(frozen=True)
class Confidential:
    """What only those who keep the register see of a peer."""

    contact: str = field(repr=False)
    interests: tuple[Interest, ...] = field(repr=False)


@dataclass(frozen=True)
class PeerOffer:
    """What a peer offers and by whom they are accredited, for the forms of those who keep the register."""

    name: str
    accredited_by: str
    level: Level | None
    days_offered: int
    regions: tuple[str, ...]


@dataclass(frozen=True)
class PeerPage:
    """A peer as the register has them. `sealed` is None for those who do not keep the register.

    `year_began` is the first day of the council year whose days are shown; `is_owed` says that the end of the
    accreditation is near, and that nobody has said yet what becomes of it.
    """

    id: UUID
    code: str
    facts: PeerFacts
    seniority: Seniority | None
    themes: tuple[Theme, ...]
    services: tuple[Service, ...]
    organisation: str | None
    accredited_by: str | None
    is_accredited: bool
    level: Level | None
    is_owed: bool
    year_began: date
    group_since: date | None
    former_groups: tuple[FormerGroup, ...]
    training: tuple[Training, ...]
    served: tuple[ServedOn, ...]
    sealed: Confidential | None


def peer_page(world: World, actor: Actor, peer_id: UUID) -> PeerPage:
    """A peer; contact and interests are opened for those who keep the register, and that is in the ledger.

    Teams on cases that the reader may not know of are left out. Raises NotFound.
    """
    _check(actor, Permission.PEER_READ)
    opens = may_enter(actor, Permission.PEER_MANAGE)
    with world.unit_of_work(actor) if opens else world.reading(actor) as work:
        row = _peer(work, peer_id)
        facts = peer_facts(work, {peer_id})[peer_id]
        served = served_by(work, peer_id)
        unseen = unseen_teams(work, served)
        return PeerPage(
            id=row.id,
            code=row.code,
            facts=facts,
            seniority=Seniority(row.seniority) if row.seniority else None,
            themes=tuple(Theme(each) for each in row.themes),
            services=tuple(Service(each) for each in row.services),
            organisation=row.organisation,
            accredited_by=row.accredited_by,
            is_accredited=is_accredited(work, row),
            level=row.accreditation_level,
            is_owed=is_owed(work, row.id),
            year_began=first_day_of(council_year(work.today)),
            group_since=row.political_group_since,
            former_groups=_former_groups(work, row.id),
            training=_training(work, row.id),
            served=_served(work, [each for each in served if each.team_id not in unseen], peer_id),
            sealed=_opened(work, row) if opens else None,
        )


def peer_name(world: World, actor: Actor, peer_id: UUID) -> str:
    """The peer's name, for the forms of those who keep the register; opens nothing. Raises NotFound."""
    _check(actor, Permission.PEER_MANAGE)
    with world.reading(actor) as work:
        return _peer(work, peer_id).name


def peer_offer(world: World, actor: Actor, peer_id: UUID) -> PeerOffer:
    """What the forms that change a peer begin with; opens nothing that is sealed. Raises NotFound."""
    _check(actor, Permission.PEER_MANAGE)
    with world.reading(actor) as work:
        row = _peer(work, peer_id)
        return PeerOffer(
            row.name, row.accredited_by or "", row.accreditation_level, row.days_offered, tuple(row.regions)
        )


def record_absence(world: World, actor: Actor, peer_id: UUID, first: date, last: date) -> None:
    """Say that a peer cannot serve from one day to another. Raises Invalid beside the field, NotFound."""
    _check(actor, Permission.PEER_MANAGE)
    with world.unit_of_work(actor) as work:
        peer = _peer(work, peer_id)
        if last < first:
            raise Invalid({"last": "The last day must not be before the first."})
        if last < work.today:
            raise Invalid({"last": "The last day must be today or later."})
        work.add(PeerAbsence(peer_id=peer.id, first=first, last=last))
        work.record(Event.PEER_ABSENCE_RECORDED, Stream.PEER, peer.id, first=first, last=last)
    recheck(world, {peer_id})


def suspend_peer(world: World, actor: Actor, peer_id: UUID) -> None:
    """Suspend a peer's accreditation: from now on no team can be assigned with them. Raises Refused, NotFound."""
    _set_suspended(world, actor, peer_id, suspended=True)


def restore_peer(world: World, actor: Actor, peer_id: UUID) -> None:
    """End a suspension. Raises Refused where there is none, NotFound."""
    _set_suspended(world, actor, peer_id, suspended=False)


def declare_interest(world: World, actor: Actor, peer_id: UUID, authority_id: UUID, words: str) -> None:
    """Keep that a peer has an interest in an authority; what it is stays sealed, and nobody takes it back.

    Raises Invalid beside the field, NotFound.
    """
    _check(actor, Permission.PEER_MANAGE)
    with world.unit_of_work(actor) as work:
        peer = _peer(work, peer_id)
        if work.session.get(Authority, authority_id) is None:
            raise Invalid({"authority": "Select an authority"})
        if not is_sayable(words):
            raise Invalid({"words": f"Say what the interest is, in up to {LONGEST_INTEREST:,} characters."})
        keep_interest(work, peer.id, authority_id, words)
    recheck(world, {peer_id})


def _check(actor: Actor, needs: Permission) -> None:
    if not may_enter(actor, needs):
        raise NotFound


def _peer(work: Work, peer_id: UUID) -> Peer:
    peer = work.session.get(Peer, peer_id)
    if peer is None:
        raise NotFound
    return peer


def _set_suspended(world: World, actor: Actor, peer_id: UUID, *, suspended: bool) -> None:
    _check(actor, Permission.PEER_MANAGE)
    with world.unit_of_work(actor) as work:
        peer = _peer(work, peer_id)
        if peer.suspended is suspended:
            raise Refused("The peer is suspended already." if suspended else "The peer is not suspended.")
        peer.suspended = suspended
        work.record(Event.PEER_SUSPENDED if suspended else Event.PEER_RESTORED, Stream.PEER, peer.id)
    recheck(world, {peer_id})


def _opened(work: Work, peer: Peer) -> Confidential:
    work.record(Event.PEER_OPENED, Stream.PEER, peer.id)
    query = (
        select(PeerInterest, Authority.name)
        .join(Authority, Authority.id == PeerInterest.authority_id)
        .where(PeerInterest.peer_id == peer.id, PeerInterest.authority_id.not_in(work.actor.walled))
        .order_by(PeerInterest.declared_at.desc(), PeerInterest.id)
    )
    rows = work.session.execute(query).all()
    return Confidential(
        peer.contact, tuple(Interest(name, row.interest, row.declared_at) for row, name in rows)
    )


def _former_groups(work: Work, peer_id: UUID) -> tuple[FormerGroup, ...]:
    query = (
        select(PeerGroup).where(PeerGroup.peer_id == peer_id).order_by(PeerGroup.until.desc(), PeerGroup.id)
    )
    return tuple(FormerGroup(row.name, row.since, row.until) for row in work.session.scalars(query))


def _training(work: Work, peer_id: UUID) -> tuple[Training, ...]:
    query = select(PeerTraining).where(PeerTraining.peer_id == peer_id)
    rows = work.session.scalars(query.order_by(PeerTraining.taken_on.desc(), PeerTraining.id))
    return tuple(Training(row.course, row.taken_on) for row in rows)


def _served(work: Work, served: Iterable[Served], peer_id: UUID) -> tuple[ServedOn, ...]:
    register, ratings = authority_facts(work), ratings_of(work, peer_id)
    return tuple(
        ServedOn(
            register[one.authority_id].name, one.first, one.last, one.leads, ratings.get(one.team_id, ())
        )
        for one in served
    )
