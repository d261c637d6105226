"""Lifting a wall for one person and one case: asked for by a lead of its region, decided by a second lead."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import CaseScope
from clearinghouse.access.lifting import (
    Length,
    LiftingFacts,
    LiftProblem,
    has_lapsed,
    may_answer,
    may_ask,
)
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.admission import case_to_change, record_change, scope_of
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.openings.ending import end_lifting_now, tell_leads
from clearinghouse.casework.staff import active_actor, leads_of
from clearinghouse.casework.walls import lifting_waits
from clearinghouse.casework.world import Work, World
from clearinghouse.records.events import Event
from clearinghouse.records.openings import LiftedAuthority, WallLifting

_BESIDE_PERSON = frozenset({LiftProblem.OWN, LiftProblem.NO_ROLE, LiftProblem.NO_WALL})


@dataclass(frozen=True)
class NewLifting:
    """For whom a wall is to be lifted, for how long, and why."""

    person_id: UUID
    length: Length
    reason: str


def ask_lifting(world: World, actor: Actor, case_id: UUID, version: int | None, given: NewLifting) -> UUID:
    """Ask that the wall between a person and this case is lifted for a time (design 4); a second lead decides.

    Raises Invalid beside the field, Refused for a lead who is linked themselves, while one waits, and for a week after
    a refusal; NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.WALL_LIFT, seen=version)
        asker, person = _as_now(work, actor.person), active_actor(work, given.person_id)
        problem = may_ask(
            asker,
            person,
            scope_of(work, case),
            waits=_waits(work, case.id, given.person_id),
            refused_at=_refused_at(work, case.id, given.person_id),
            now=work.now,
        )
        if problem in _BESIDE_PERSON:
            raise Invalid({"person": problem.words})
        if problem is not None:
            raise Refused(problem.words)
        if not given.reason:
            raise Invalid({"reason": "Enter why the wall must be lifted."})
        row = work.add(
            WallLifting(
                case_id=case.id,
                user_id=given.person_id,
                length=given.length,
                asked_by=actor.person,
                asked_at=work.now,
            )
        )
        row.reason = given.reason
        record_change(
            work, case, Event.WALL_LIFT_ASKED, lifting=row.id, person=given.person_id, length=given.length
        )
        for lead in _who_could_answer(work, scope_of(work, case), {actor.person, given.person_id}):
            enqueue(work, lead, LetterKind.WALL_WAITS)
        tell_leads(work, case, but={given.person_id})
        return row.id


def answer_lifting(world: World, actor: Actor, lifting_id: UUID, agrees: bool, words: str) -> None:
    """A second lead, of any region, agrees or refuses; the wall is lifted from that moment for the length asked for.

    Only for the authorities that the case names now: one that it comes to name later stays walled off. The person and
    the leads of the region are told by mail. Raises Refused where they may not decide, Invalid beside the field,
    NotFound for absent, walled and decided alike.
    """
    with world.unit_of_work(actor) as work:
        row = waiting_lifting(work, lifting_id)
        case = case_to_change(work, row.case_id, Permission.WALL_CONFIRM)
        work.session.refresh(row)
        scope = scope_of(work, case)
        problem = may_answer(_as_now(work, actor.person), facts_of(work, row), scope, work.now)
        if problem is not None:
            raise Refused(problem.words)
        if not agrees and not words:
            raise Invalid({"words": "Say why you refuse it."})
        row.granted, row.answered_by, row.answered_at, row.answer = agrees, actor.person, work.now, words
        said = {"lifting": row.id, "person": row.user_id, "asked_by": row.asked_by}
        if not agrees:
            record_change(work, case, Event.WALL_LIFT_REFUSED, **said)
            tell_leads(work, case, but={row.user_id})
            return
        row.until = work.now + row.length.time
        for authority_id in scope.authorities:
            work.session.add(LiftedAuthority(lifting_id=row.id, authority_id=authority_id))
        record_change(work, case, Event.WALL_LIFTED, length=row.length, **said)
        enqueue(work, row.user_id, LetterKind.OPENED_FOR_A_TIME, case.id)
        tell_leads(work, case, but={row.user_id})


def end_lifting(world: World, actor: Actor, case_id: UUID, version: int | None, lifting_id: UUID) -> None:
    """End a lifting before its time, or take back what still waits; any lead of the region may.

    What the person owned and owed on the case is handed over. Raises Refused where it is over, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.WALL_LIFT, seen=version)
        row = work.session.get(WallLifting, lifting_id, populate_existing=True)
        if row is None or row.case_id != case.id:
            raise NotFound
        lapsed = row.granted is None and has_lapsed(row.asked_at, work.now)
        over = row.until is not None and row.until <= work.now
        if row.ended_at is not None or row.granted is False or lapsed or over:
            raise Refused("This is over already.")
        end_lifting_now(work, case, row)


def waiting_lifting(work: Work, lifting_id: UUID) -> WallLifting:
    """A request that still waits for a second lead. Raises NotFound."""
    row = work.session.get(WallLifting, lifting_id)
    if row is None or is_over(work, row):
        raise NotFound
    return row


def is_over(work: Work, row: WallLifting) -> bool:
    """Whether a request was answered, taken back or has lapsed."""
    return row.granted is not None or row.ended_at is not None or has_lapsed(row.asked_at, work.now)


def facts_of(work: Work, row: WallLifting) -> LiftingFacts:
    """What was asked, with both people as they are today."""
    return LiftingFacts(
        person=active_actor(work, row.user_id),
        asked_by=active_actor(work, row.asked_by),
        asked_at=row.asked_at,
        over=is_over(work, row),
    )


def _as_now(work: Work, person: UUID) -> Actor:
    """Whoever acts, as their roles and links are at this moment. Raises NotFound for who has none any more."""
    actor = active_actor(work, person)
    if actor is None:
        raise NotFound
    return actor


def _waits(work: Work, case_id: UUID, person_id: UUID) -> bool:
    mine = (WallLifting.case_id == case_id, WallLifting.user_id == person_id)
    query = select(WallLifting.id).where(*mine, *lifting_waits(work.now))
    return work.session.scalars(query.limit(1)).first() is not None


def _refused_at(work: Work, case_id: UUID, person_id: UUID) -> datetime | None:
    mine = (WallLifting.case_id == case_id, WallLifting.user_id == person_id, WallLifting.granted.is_(False))
    query = select(WallLifting.answered_at).where(*mine).order_by(WallLifting.answered_at.desc())
    return work.session.scalars(query.limit(1)).first()


def _who_could_answer(work: Work, scope: CaseScope, but: Collection[UUID]) -> tuple[UUID, ...]:
    """The other leads of the region and of the country; where there are none, those of all regions."""
    near = {lead.id for lead in leads_of(work, scope.regions, scope.authorities)} - set(but)
    everywhere = {lead.id for lead in leads_of(work, tuple(Region), scope.authorities)} - set(but)
    return tuple(sorted(near or everywhere))
