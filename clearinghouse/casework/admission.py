"""The way to a case: who may see or change it, decided in one place, and what a change leaves behind on it."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

from clearinghouse.access.decision import CaseScope, Decision, may
from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import InvariantBroken, NotFound, Stale
from clearinghouse.casework.world import Work
from clearinghouse.protocol.invariants import DutyFacts, has_next
from clearinghouse.protocol.vocabulary import Route
from clearinghouse.records.cases import NEVER, Case, CaseAuthority, CaseMember, CaseRegion, Concern
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.ledger import Fact
from clearinghouse.records.people import User
from clearinghouse.records.sealed import Compartment


@dataclass(frozen=True)
class Admitted:
    """A case that the actor may see, with the right by which they may."""

    case: Case
    scope: CaseScope
    decision: Decision


def case_to_read(work: Work, case_id: UUID, needs: Permission) -> Admitted:
    """The case, for somebody who may do `needs` with it. Raises NotFound for absent and forbidden alike."""
    return _admit(work, work.session.get(Case, case_id), needs)


def case_to_change(work: Work, case_id: UUID, needs: Permission, seen: int | None = None) -> Case:
    """The case, held until the work ends. `seen` is the version that the person looked at.

    Raises NotFound for absent and forbidden alike, Stale where somebody changed it after it was seen.
    """
    query = select(Case).where(Case.id == case_id).with_for_update().execution_options(populate_existing=True)
    case = _admit(work, work.session.scalars(query).one_or_none(), needs).case
    if seen is not None and seen != case.version:
        changed_by = work.session.get(User, case.updated_by) if case.updated_by else None
        raise Stale(changed_by.name if changed_by else "The clock", case.updated_at)
    return case


def case_to_open(work: Work, case_id: UUID, compartment: Compartment) -> Admitted:
    """The case, to show what one of its compartments holds; that it was opened, and by which right, is in the ledger.

    Raises NotFound for absent and forbidden alike.
    """
    needs = Permission.SOURCE_READ if compartment is Compartment.SOURCE else Permission.CASE_READ
    admitted = case_to_read(work, case_id, needs)
    event = Event.SOURCE_OPENED if compartment is Compartment.SOURCE else Event.CASE_OPENED
    right = admitted.decision
    work.record(event, Stream.CASE, case_id, compartment=compartment, role=right.role, reach=right.reach)
    return admitted


def permissions_on(work: Work, scope: CaseScope) -> frozenset[Permission]:
    """Everything that the actor may do with this case: what its pages offer."""
    return frozenset(each for each in Permission if may(work.actor, each, scope).allowed)


def record_change(work: Work, case: Case, event: Event, **facts: Fact) -> UUID:
    """Write the event of a change to the case, count its version up, and check at the end that it has its next duty."""
    case.version += 1
    case.updated_at, case.updated_by = work.now, work.actor.id
    work.before_keeping(("case", case.id), lambda: _settle(work, case))
    return work.record(event, Stream.CASE, case.id, **facts)


def scope_of(work: Work, case: Case) -> CaseScope:
    """What access needs to know about the case."""
    session = work.session
    members = session.execute(
        select(CaseMember.user_id, CaseMember.membership).where(CaseMember.case_id == case.id)
    )
    return CaseScope(
        regions=frozenset(session.scalars(select(CaseRegion.region).where(CaseRegion.case_id == case.id))),
        authorities=frozenset(
            session.scalars(select(CaseAuthority.authority_id).where(CaseAuthority.case_id == case.id))
        ),
        members=frozenset((row.user_id, row.membership) for row in members),
        loggers=frozenset(session.scalars(select(Concern.logged_by).where(Concern.case_id == case.id))),
        brokered=case.route is Route.POLITICAL_BROKERAGE,
    )


def open_duties(work: Work, case: Case) -> Collection[Duty]:
    """What is owed on the case, the earliest first."""
    owed = (Duty.case_id == case.id, Duty.state == DutyState.OPEN)
    return work.session.scalars(select(Duty).where(*owed).order_by(Duty.due_on, Duty.id)).all()


def _admit(work: Work, case: Case | None, needs: Permission) -> Admitted:
    if case is None:
        raise NotFound
    scope = scope_of(work, case)
    decision = may(work.actor, needs, scope)
    if not decision.allowed:
        raise NotFound
    return Admitted(case, scope, decision)


def _settle(work: Work, case: Case) -> None:
    """Nothing falls between stools (004 §19): an open case has an owner and a next dated duty."""
    work.session.flush()
    owed = open_duties(work, case)
    facts = [DutyFacts(duty.kind, duty.due_on, str(duty.owner_id)) for duty in owed]
    verdict = has_next(case.standing, str(case.owner_id), facts)
    if not verdict.allowed:
        raise InvariantBroken(" ".join(reason.words for reason in verdict.missing))
    case.due_on = min((duty.due_on for duty in owed), default=NEVER)
    for copies in (CaseRegion, CaseMember):
        work.session.execute(update(copies).where(copies.case_id == case.id).values(due_on=case.due_on))
