"""Closing a case with what it came to, and opening it again."""

from uuid import UUID

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, open_duties, record_change, scope_of
from clearinghouse.casework.assignment import set_owner
from clearinghouse.casework.duties import end_duty, owe
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.sight import who_can_see
from clearinghouse.casework.world import World
from clearinghouse.protocol.duties import NEXT_AFTER
from clearinghouse.protocol.standing import after, may_step
from clearinghouse.protocol.vocabulary import ClosingOutcome, DutyKind, Step
from clearinghouse.records.cases import Closing
from clearinghouse.records.duties import DutyState
from clearinghouse.records.events import Event

_NOT_LEFT_OPEN = (DutyKind.REFER_AT_ONCE, DutyKind.CONFIRM_RISK_REFERRAL, DutyKind.REVIEW_RISK_REFERRAL)


def close_case(
    world: World, actor: Actor, case_id: UUID, version: int | None, outcome: ClosingOutcome, reason: str
) -> None:
    """Close the case; what was still owed on it ends undone, except what people at risk wait for (004 §19).

    Raises Refused where the standing does not allow it, an offer waits, or such a duty is open; NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.CASE_CLOSE, seen=version)
        verdict = may_step(case.standing, Step.CLOSE)
        if not verdict.allowed:
            raise Refused(*(missing.words for missing in verdict.missing))
        owed = open_duties(work, case)
        kept = [duty.kind.words for duty in owed if duty.kind in _NOT_LEFT_OPEN]
        if kept:
            raise Refused(*(f"This must be done before the case can be closed: {words}." for words in kept))
        row = work.add(Closing(case_id=case.id, made_by=actor.person, made_at=work.now, outcome=outcome))
        row.reason = reason
        case.standing = after(case.standing, Step.CLOSE)
        record_change(work, case, Event.CASE_CLOSED, closing=row.id, outcome=outcome)
        for duty in owed:
            end_duty(work, case, duty, DutyState.REPLACED)


def reopen_case(world: World, actor: Actor, case_id: UUID, version: int | None, reason: str) -> None:
    """Open a closed case again; whoever does so owes its triage, and owns it where the former owner no longer may.

    Raises Refused where it is not closed, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.CASE_CLOSE, seen=version)
        verdict = may_step(case.standing, Step.REOPEN)
        if not verdict.allowed:
            raise Refused(*(missing.words for missing in verdict.missing))
        row = work.add(Closing(case_id=case.id, made_by=actor.person, made_at=work.now, outcome=None))
        row.reason = reason
        case.standing = after(case.standing, Step.REOPEN)
        if case.owner_id not in who_can_see(work, scope_of(work, case)).everybody:
            set_owner(work, case, actor.person)
        record_change(work, case, Event.CASE_REOPENED, closing=row.id, owner=case.owner_id)
        owe(work, case, NEXT_AFTER[Step.REOPEN], owner_id=actor.person)
