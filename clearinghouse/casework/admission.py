"""The way to a case: who may see or change it, decided in one place, and what a change leaves behind on it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from clearinghouse.access.decision import CaseScope, Decision, Membership, may, may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import NotFound, Stale
from clearinghouse.casework.opened import opened_to
from clearinghouse.casework.role_uses import note_use
from clearinghouse.casework.walls import lifted_on
from clearinghouse.casework.world import Work
from clearinghouse.protocol.vocabulary import Route
from clearinghouse.records.cases import Case, CaseAuthority, CaseMember, CaseRegion, Concern
from clearinghouse.records.convergence import CaseJoin
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.ledger import Fact
from clearinghouse.records.people import User
from clearinghouse.records.sealed import Compartment

T = TypeVar("T")


@dataclass(frozen=True)
class Admitted:
    """A case that the actor may see, with the right by which they may."""

    case: Case
    scope: CaseScope
    decision: Decision


def case_to_read(work: Work, case_id: UUID, needs: Permission) -> Admitted:
    """The case, for somebody who may do `needs` with it. Raises NotFound for absent and forbidden alike."""
    # Its route alone until that is decided: to read a whole row takes long enough to tell that there is one.
    found = work.session.execute(select(Case.route).where(Case.id == case_id)).one_or_none()
    scope, decision = _decided(work, case_id, found.route if found else None, needs)
    # Nor is an absent one looked for again: who may see all cases but a walled one would be told by that.
    case = work.session.get(Case, case_id) if found else None
    if case is None:
        raise NotFound
    return Admitted(case, scope, decision)


def case_to_change(work: Work, case_id: UUID, needs: Permission, seen: int | None = None) -> Case:
    """The case, held until the work ends. `seen` is the version that the person looked at.

    Raises NotFound for absent and forbidden alike, Stale where somebody changed it after it was seen.
    """
    query = select(Case).where(Case.id == case_id).with_for_update().execution_options(populate_existing=True)
    case = work.session.scalars(query).one_or_none()
    _, decision = _decided(work, case_id, case.route if case else None, needs)
    if case is None:
        raise NotFound
    if seen is not None and seen != case.version:
        changed_by = work.session.get(User, case.updated_by) if case.updated_by else None
        raise Stale(changed_by.name if changed_by else "The clock or somebody outside", case.updated_at)
    note_use(work, decision.role)
    return case


def case_to_open(work: Work, case_id: UUID, compartment: Compartment) -> Admitted:
    """The case, to show what one of its compartments holds; that it was opened, and by which right, is in the ledger.

    Raises NotFound for absent and forbidden alike.
    """
    needs = Permission.SOURCE_READ if compartment is Compartment.SOURCE else Permission.CASE_READ
    admitted = case_to_read(work, case_id, needs)
    event = Event.SOURCE_OPENED if compartment is Compartment.SOURCE else Event.CASE_OPENED
    right = admitted.decision
    note_use(work, right.role)
    work.record(event, Stream.CASE, case_id, compartment=compartment, role=right.role, reach=right.reach)
    return admitted


def permissions_on(work: Work, scope: CaseScope) -> frozenset[Permission]:
    """Everything that the actor may do with this case: what its pages offer."""
    return frozenset(each for each in Permission if may(work.actor, each, scope).allowed)


def record_change(work: Work, case: Case, event: Event, **facts: Fact) -> UUID:
    """Write the event of a change to the case, count its version up, and check at the end that it has its next duty."""
    case.version += 1
    case.updated_at, case.updated_by = work.now, work.actor.id
    work.check_case(case.id)
    return work.record(event, Stream.CASE, case.id, **facts)


def scope_of(work: Work, case: Case) -> CaseScope:
    """What access needs to know about the case."""
    return scopes_of(work, {case.id: case.route})[case.id]


def scope_at_the_door(work: Work, case: Case) -> CaseScope:
    """The case's scope with those to whom it is open by break-glass: for one case that somebody comes to by its key.

    No list, count or search asks for it, so that what is open so stands in none.
    """
    return _at_the_door(work, case.id, case.route)


def scopes_of(work: Work, routes: Mapping[UUID, Route | None]) -> dict[UUID, CaseScope]:
    """What access needs to know about each of many cases, given by key and route, in few queries."""

    def of_each(one: InstrumentedAttribute[T], of: InstrumentedAttribute[UUID]) -> dict[UUID, set[T]]:
        found: dict[UUID, set[T]] = {case_id: set() for case_id in routes}
        for case_id, value in work.session.execute(select(of, one).where(of.in_(routes))):
            found[case_id].add(value)
        return found

    regions = of_each(CaseRegion.region, CaseRegion.case_id)
    authorities = of_each(CaseAuthority.authority_id, CaseAuthority.case_id)
    loggers = of_each(Concern.logged_by, Concern.case_id)
    members: dict[UUID, set[tuple[UUID, Membership]]] = {case_id: set() for case_id in routes}
    on_case = select(CaseMember.case_id, CaseMember.user_id, CaseMember.membership)
    for row in work.session.execute(on_case.where(CaseMember.case_id.in_(routes))):
        members[row.case_id].add((row.user_id, row.membership))
    onward = _carried_on_in(work, routes)
    lifted = lifted_on(work, routes)
    return {
        case_id: CaseScope(
            regions=frozenset(regions[case_id]),
            authorities=frozenset(authorities[case_id]),
            members=frozenset(members[case_id]),
            loggers=frozenset(loggers[case_id]),
            brokered=route is Route.POLITICAL_BROKERAGE,
            carried_on_in=onward.get(case_id),
            lifted=lifted.get(case_id, frozenset()),
        )
        for case_id, route in routes.items()
    }


def _carried_on_in(work: Work, cases: Collection[UUID]) -> Mapping[UUID, CaseScope]:
    """The scopes of the cases into which any of these were joined."""
    query = select(CaseJoin.joined_id, CaseJoin.case_id, Case.route).join(Case, Case.id == CaseJoin.case_id)
    joins = work.session.execute(
        query.where(CaseJoin.joined_id.in_(cases), CaseJoin.ended_at.is_(None))
    ).all()
    scopes = scopes_of(work, {row.case_id: row.route for row in joins}) if joins else {}
    return {row.joined_id: scopes[row.case_id] for row in joins}


def open_duties(work: Work, case: Case) -> Collection[Duty]:
    """What is owed on the case, the earliest first."""
    owed = (Duty.case_id == case.id, Duty.state == DutyState.OPEN)
    return work.session.scalars(select(Duty).where(*owed).order_by(Duty.due_on, Duty.id)).all()


def _at_the_door(work: Work, case_id: UUID, route: Route | None) -> CaseScope:
    scope, actor = scopes_of(work, {case_id: route})[case_id], work.actor
    if not may_enter(actor, Permission.BREAKGLASS_OPEN) or may(actor, Permission.CASE_READ, scope).allowed:
        return scope
    return replace(scope, opened=frozenset(opened_to(work, case_id)))


def _decided(work: Work, case_id: UUID, route: Route | None, needs: Permission) -> tuple[CaseScope, Decision]:
    """The scope of a case and by what right the actor may. Raises NotFound where they may not.

    Asks as much about a case that is not there: how long the answer takes would tell of one behind a wall.
    """
    scope = _at_the_door(work, case_id, route)
    decision = may(work.actor, needs, scope)
    if not decision.allowed:
        raise NotFound
    return scope, decision
