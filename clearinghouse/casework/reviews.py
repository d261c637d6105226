"""Reviewing the support on a case: whether there was adequate progress."""

from datetime import date
from uuid import UUID

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, open_duties, record_change
from clearinghouse.casework.duties import end_duty, owe
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.facts import case_facts
from clearinghouse.casework.still_owed import owe_what_is_missing
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import NEXT_AFTER
from clearinghouse.protocol.referral import failed_support
from clearinghouse.protocol.standing import after, may_step
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import DutyKind, Step
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.meetings import Review


def record_review(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    held_on: date,
    adequate_progress: bool,
    note: str,
) -> UUID:
    """Record a review of the support, and book the next (004 §15g, §19); returns the review's id.

    Where two in a row find that accepted support has failed, the joint local meeting that considers it is owed.
    Raises Refused where the case's standing does not allow it, Invalid beside the field, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.MEETING_RECORD, seen=version)
        verdict = may_step(case.standing, Step.REVIEW)
        if not verdict.allowed:
            raise Refused(*(each.words for each in verdict.missing))
        if held_on > work.today:
            raise Invalid({"held_on": "The day of the review cannot be in the future."})
        row = work.add(
            Review(
                case_id=case.id,
                held_on=held_on,
                adequate_progress=adequate_progress,
                recorded_by=actor.person,
                recorded_at=work.now,
            )
        )
        row.note = note
        case.standing = after(case.standing, Step.REVIEW)
        row.event_id = record_change(
            work,
            case,
            Event.PROGRESS_REVIEWED,
            review=row.id,
            held_on=held_on,
            adequate_progress=adequate_progress,
        )
        work.session.flush()
        _finish_reviews(work, case, held_on)
        owe(work, case, NEXT_AFTER[Step.REVIEW])
        gate = failed_support(case_facts(work, case), work.today)
        if gate.missing == (Missing.MEETING_ON_FAILED_SUPPORT,):
            owe_what_is_missing(work, case, (DutyKind.JOINT_LOCAL_MEETING,))
        return row.id


def _finish_reviews(work: Work, case: Case, held_on: date) -> None:
    """End the reviews owed, except those that a meeting has booked for a later day."""
    for duty in open_duties(work, case):
        if duty.kind is DutyKind.REVIEW and (duty.subject_id is None or duty.due_on <= held_on):
            end_duty(work, case, duty, DutyState.DONE)
