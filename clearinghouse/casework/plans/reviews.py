"""Reviewing the support on a case: how far each action of its plan has come, and whether progress was adequate."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, open_duties, record_change
from clearinghouse.casework.duties.setting import end_duty, owe
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.facts import case_facts
from clearinghouse.casework.plans.keeping import (
    Progress,
    book_review,
    check_review_date,
    keep_progress,
    open_plan,
    why_not,
)
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import duties_owed
from clearinghouse.protocol.referral import failing_support
from clearinghouse.protocol.standing import after, may_step
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
    progress: Collection[Progress] = (),
    next_on: date | None = None,
) -> UUID:
    """Record a review of the support, and book the next (004 §15g, §19, §22); returns the review's id.

    `progress` says how far each action of the plan has come. Where two reviews in a row find that accepted support
    has failed, the joint local meeting that considers it is owed; an adequate review takes that back.
    Raises Refused where the case's standing does not allow it, Invalid beside the field, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.MEETING_RECORD, seen=version)
        verdict = may_step(case.standing, Step.REVIEW)
        if not verdict.allowed:
            raise Refused(*(each.words for each in verdict.missing))
        _check(work, held_on, progress, next_on)
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
        work.session.flush()
        if progress:
            open_plan(work, case)
        for each in progress:
            keep_progress(work, case, each, row.id)
        case.standing = after(case.standing, Step.REVIEW)
        row.event_id = record_change(
            work,
            case,
            Event.PROGRESS_REVIEWED,
            review=row.id,
            held_on=held_on,
            adequate_progress=adequate_progress,
            actions=tuple(each.action_id for each in progress),
            states=tuple(each.state for each in progress),
        )
        work.session.flush()
        _finish_reviews(work, case, held_on)
        book_review(work, case, next_on)
        _consider_failure(work, case, row)
        return row.id


def field_of(action_id: UUID, part: str) -> str:
    """The name of a field of the review's form about one action, at which a problem with it is said."""
    return f"action_{action_id.hex}_{part}"


def _check(work: Work, held_on: date, progress: Collection[Progress], next_on: date | None) -> None:
    if held_on > work.today:
        raise Invalid({"held_on": "The day of the review cannot be in the future."})
    problems = {
        field_of(each.action_id, "note"): words for each in progress if (words := why_not(each)) != ""
    }
    if problems:
        raise Invalid(problems)
    check_review_date(work, next_on, "next_on")


def _finish_reviews(work: Work, case: Case, held_on: date) -> None:
    """End the reviews owed, except those that a meeting has booked for a later day."""
    for duty in open_duties(work, case):
        if duty.kind is DutyKind.REVIEW and (duty.subject_id is None or duty.due_on <= held_on):
            end_duty(work, case, duty, DutyState.DONE)


def _consider_failure(work: Work, case: Case, review: Review) -> None:
    """Owe the meeting that considers failing support; where support no longer fails, it is not owed for that."""
    found = failing_support(case_facts(work, case), work.today)
    meetings = [duty for duty in open_duties(work, case) if duty.kind is DutyKind.JOINT_LOCAL_MEETING]
    if found is None:
        for duty in meetings:
            if duty.subject_id and work.session.get(Review, duty.subject_id):
                end_duty(work, case, duty, DutyState.REPLACED)
    elif not found.is_considered and not meetings:
        for owed in duties_owed([DutyKind.JOINT_LOCAL_MEETING]):
            owe(work, case, owed, subject_id=review.id)
