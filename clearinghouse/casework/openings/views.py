"""What screens show of liftings and break-glass: to leads of the region, to a second lead, and to whoever opened."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import and_, select

from clearinghouse.access.decision import CaseScope, may
from clearinghouse.access.lifting import ANSWERED_WITHIN, Length, has_lapsed, may_answer, would_see
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import (
    Admitted,
    case_to_open,
    case_to_read,
    scope_at_the_door,
    scopes_of,
)
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.opened import is_open
from clearinghouse.casework.openings.liftings import facts_of, waiting_lifting
from clearinghouse.casework.sight import people_who_might
from clearinghouse.casework.staff import Colleague, active_actor, name_of
from clearinghouse.casework.walls import lifting_waits, outside_walls
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.vocabulary import Nature, Standing
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.openings import BreakGlass, WallLifting
from clearinghouse.records.sealed import Compartment


class LiftingState(StrEnum):
    """How a lifting stands."""

    WAITS = "waits"
    HOLDS = "holds"
    OVER = "over"
    ENDED = "ended"
    REFUSED = "refused"
    LAPSED = "lapsed"
    TAKEN_BACK = "taken back"

    @property
    def words(self) -> str:
        """The state as screens name it."""
        return {
            "waits": "Waits for a second lead",
            "holds": "Lifted",
            "over": "Over",
            "ended": "Ended early",
            "refused": "Refused",
            "lapsed": "Lapsed without an answer",
            "taken back": "Taken back",
        }[self.value]


@dataclass(frozen=True)
class LiftingView:
    """One lifting, for the leads of the case's region. `answer` and what follows it are empty until there is one."""

    id: UUID
    person: str
    length: Length
    state: LiftingState
    asked_by: str
    asked_at: datetime
    reason: str
    answered_by: str
    answered_at: datetime | None
    answer: str
    until: datetime | None
    ended_by: str
    ended_at: datetime | None

    @property
    def may_be_ended(self) -> bool:
        """Whether there is still something to end or to take back."""
        return self.state in (LiftingState.WAITS, LiftingState.HOLDS)


@dataclass(frozen=True)
class CaseLiftings:
    """Every lifting on one case, the latest first, and for whom one may be asked: whoever's role reaches the case."""

    case: CaseHeader
    liftings: tuple[LiftingView, ...]
    people: tuple[Colleague, ...]


@dataclass(frozen=True)
class WaitingLifting:
    """A request that waits for a second lead: what their list shows."""

    id: UUID
    reference: str
    authority: str
    person: str
    asked_by: str
    asked_at: datetime


@dataclass(frozen=True)
class LiftingRequest:
    """A request as the second lead sees it: of the case no more than the decision needs.

    `refused_before` are earlier refusals of the same, each with who refused and when. `against` says why the one who
    looks may not decide; it is empty where they may.
    """

    id: UUID
    reference: str
    authority: str
    others: tuple[str, ...]
    nature: Nature
    standing: Standing
    person: str
    roles: str
    length: Length
    reason: str
    asked_by: str
    asked_at: datetime
    lapses_at: datetime
    refused_before: tuple[tuple[str, datetime], ...]
    against: str


@dataclass(frozen=True)
class OpeningView:
    """One opening by break-glass, for the leads of the case's region. `justified` is None until it was reviewed."""

    id: UUID
    person: str
    is_mine: bool
    opened_at: datetime
    until: datetime
    is_open: bool
    reason: str
    ended_by: str
    ended_at: datetime | None
    reviewed_by: str
    reviewed_at: datetime | None
    justified: bool | None
    finding: str


@dataclass(frozen=True)
class CaseOpenings:
    """Every opening of one case by break-glass, the latest first."""

    case: CaseHeader
    openings: tuple[OpeningView, ...]


@dataclass(frozen=True)
class OpenCase:
    """A case that is open to the actor by break-glass now: the way back to it."""

    id: UUID
    case_id: UUID
    reference: str
    until: datetime


def case_liftings(world: World, actor: Actor, case_id: UUID) -> CaseLiftings:
    """The liftings on a case, with their reasons; that they were read is in the ledger. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        admitted = _open_for(work, case_id, Permission.WALL_LIFT)
        rows = work.session.scalars(
            select(WallLifting).where(WallLifting.case_id == case_id).order_by(WallLifting.id.desc())
        ).all()
        return CaseLiftings(
            header_of(work, admitted),
            tuple(_lifting(work, row) for row in rows),
            people_to_lift_for(work, admitted.scope),
        )


def lifting_form(world: World, actor: Actor, case_id: UUID) -> CaseLiftings:
    """The case's header and for whom a lifting may be asked; nothing that is sealed. Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.WALL_LIFT)
        return CaseLiftings(header_of(work, admitted), (), people_to_lift_for(work, admitted.scope))


def people_to_lift_for(work: Work, scope: CaseScope) -> tuple[Colleague, ...]:
    """Everybody but the actor whose role reaches the case, walled off or not: the list says of nobody that they are."""
    return tuple(
        Colleague(person.person, person.name)
        for person in people_who_might(work, scope)
        if person.id != work.actor.id and would_see(person, scope)
    )


def waiting_liftings(world: World, actor: Actor) -> tuple[WaitingLifting, ...]:
    """What waits for this lead as the second one, of any region, the longest waiting first; none behind a wall."""
    with world.reading(actor) as work:
        rows = work.session.execute(
            select(WallLifting, Case.reference, Case.route, Authority.name)
            .join(Case, Case.id == WallLifting.case_id)
            .join(CaseAuthority, and_(CaseAuthority.case_id == Case.id, CaseAuthority.is_lead))
            .join(Authority, Authority.id == CaseAuthority.authority_id)
            .where(*lifting_waits(work.now), *outside_walls(work, actor, Case.id))
            .order_by(WallLifting.asked_at, WallLifting.id)
        ).all()
        scopes = scopes_of(work, {row.case_id: route for row, _, route, _ in rows}) if rows else {}
        return tuple(
            WaitingLifting(
                row.id,
                reference,
                authority,
                name_of(work, row.user_id),
                name_of(work, row.asked_by),
                row.asked_at,
            )
            for row, reference, _, authority in rows
            if may(actor, Permission.WALL_CONFIRM, scopes[row.case_id]).allowed
            and may_answer(actor, facts_of(work, row), scopes[row.case_id], work.now) is None
        )


def lifting_request(world: World, actor: Actor, lifting_id: UUID) -> LiftingRequest:
    """One request, for a second lead to decide on; that it was opened is in the ledger.

    Raises NotFound for absent, walled and decided alike.
    """
    with world.unit_of_work(actor) as work:
        row = waiting_lifting(work, lifting_id)
        admitted = case_to_read(work, row.case_id, Permission.WALL_CONFIRM)
        work.record(
            Event.CASE_OPENED, Stream.CASE, row.case_id, compartment=Compartment.CONCERN, lifting=row.id
        )
        header, person = header_of(work, admitted), active_actor(work, row.user_id)
        problem = may_answer(actor, facts_of(work, row), admitted.scope, work.now)
        grants = person.grants if person else ()
        return LiftingRequest(
            id=row.id,
            reference=header.reference,
            authority=header.lead_authority.name,
            others=tuple(each.name for each in (*header.other_authorities, *header.former_authorities)),
            nature=header.nature,
            standing=header.standing,
            person=name_of(work, row.user_id),
            roles="; ".join(grant.words for grant in grants),
            length=row.length,
            reason=row.reason,
            asked_by=name_of(work, row.asked_by),
            asked_at=row.asked_at,
            lapses_at=row.asked_at + ANSWERED_WITHIN,
            refused_before=_refusals(work, row),
            against=problem.words if problem else "",
        )


def case_openings(world: World, actor: Actor, case_id: UUID) -> CaseOpenings:
    """Who opened the case by break-glass and why; that it was read is in the ledger. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        admitted = _open_for(work, case_id, Permission.BREAKGLASS_REVIEW)
        query = select(BreakGlass).where(BreakGlass.case_id == case_id).order_by(BreakGlass.id.desc())
        open_now = set(
            work.session.scalars(
                select(BreakGlass.id).where(BreakGlass.case_id == case_id, *is_open(work.now))
            )
        )
        rows = work.session.scalars(query).all()
        return CaseOpenings(
            header_of(work, admitted), tuple(_opening(work, row, row.id in open_now) for row in rows)
        )


def open_cases(world: World, actor: Actor) -> tuple[OpenCase, ...]:
    """The cases that are open to the actor by break-glass now, the one that closes first before the others."""
    with world.reading(actor) as work:
        rows = work.session.execute(
            select(BreakGlass, Case)
            .join(Case, Case.id == BreakGlass.case_id)
            .where(BreakGlass.user_id == actor.id, *is_open(work.now), *outside_walls(work, actor, Case.id))
            .order_by(BreakGlass.until)
        ).all()
        return tuple(
            OpenCase(row.id, case.id, case.reference, row.until)
            for row, case in rows
            if may(actor, Permission.CASE_READ, scope_at_the_door(work, case)).allowed
        )


def _open_for(work: Work, case_id: UUID, needs: Permission) -> Admitted:
    case_to_read(work, case_id, needs)
    return case_to_open(work, case_id, Compartment.CONCERN)


def _lifting(work: Work, row: WallLifting) -> LiftingView:
    return LiftingView(
        id=row.id,
        person=name_of(work, row.user_id),
        length=row.length,
        state=_state(work, row),
        asked_by=name_of(work, row.asked_by),
        asked_at=row.asked_at,
        reason=row.reason,
        answered_by=name_of(work, row.answered_by) if row.answered_by else "",
        answered_at=row.answered_at,
        answer=row.answer,
        until=row.until,
        ended_by=name_of(work, row.ended_by) if row.ended_by else "",
        ended_at=row.ended_at,
    )


def _state(work: Work, row: WallLifting) -> LiftingState:
    if row.granted is False:
        return LiftingState.REFUSED
    if row.granted is None:
        lapsed = LiftingState.LAPSED if has_lapsed(row.asked_at, work.now) else LiftingState.WAITS
        return LiftingState.TAKEN_BACK if row.ended_at else lapsed
    if row.until is not None and row.until <= (row.ended_at or work.now):
        return LiftingState.OVER
    return LiftingState.ENDED if row.ended_at else LiftingState.HOLDS


def _refusals(work: Work, row: WallLifting) -> tuple[tuple[str, datetime], ...]:
    mine = (WallLifting.case_id == row.case_id, WallLifting.user_id == row.user_id)
    query = select(WallLifting.answered_by, WallLifting.answered_at).where(
        *mine, WallLifting.granted.is_(False)
    )
    rows = work.session.execute(query.order_by(WallLifting.answered_at.desc())).all()
    return tuple((name_of(work, by), at) for by, at in rows if at)


def _opening(work: Work, row: BreakGlass, still: bool) -> OpeningView:
    return OpeningView(
        id=row.id,
        person=name_of(work, row.user_id),
        is_mine=row.user_id == work.actor.id,
        opened_at=row.opened_at,
        until=row.until,
        is_open=still,
        reason=row.reason,
        ended_by=name_of(work, row.ended_by) if row.ended_by else "",
        ended_at=row.ended_at,
        reviewed_by=name_of(work, row.reviewed_by) if row.reviewed_by else "",
        reviewed_at=row.reviewed_at,
        justified=row.justified,
        finding=row.finding,
    )
