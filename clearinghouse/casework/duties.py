"""Setting and finishing what somebody must do next on a case."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.admission import record_change
from clearinghouse.casework.letters import LetterKind, enqueue
from clearinghouse.casework.world import Work
from clearinghouse.protocol.duties import NextDuty
from clearinghouse.protocol.duties import due_on as day_for
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.protocol.working_days import next_working_day
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event


def set_duty(
    work: Work,
    case: Case,
    kind: DutyKind,
    due_on: date,
    *,
    owner_id: UUID | None = None,
    note: str = "",
    subject_id: UUID | None = None,
) -> Duty:
    """Owe something on the case by a date that somebody chose, which moves to the next working day.

    Whoever owns the case owes it, unless another is named; who has not set it themselves gets a letter.
    Record the event of the change itself first.
    """
    return _add(
        work,
        case,
        kind,
        next_working_day(due_on, work.holidays),
        asked_on=due_on,
        owner_id=owner_id,
        note=note,
        subject_id=subject_id,
    )


def owe(
    work: Work, case: Case, duty: NextDuty, *, owner_id: UUID | None = None, subject_id: UUID | None = None
) -> Duty:
    """Owe what the protocol says follows, within its working days from today."""
    return _add(
        work,
        case,
        duty.kind,
        day_for(duty, work.today, work.holidays),
        owner_id=owner_id,
        subject_id=subject_id,
    )


def finish_duties(work: Work, case: Case, *kinds: DutyKind, subject_id: UUID | None = None) -> None:
    """Mark the open duties of these kinds as done, only those about one subject where it is named."""
    query = select(Duty).where(Duty.case_id == case.id, Duty.state == DutyState.OPEN, Duty.kind.in_(kinds))
    if subject_id is not None:
        query = query.where(Duty.subject_id == subject_id)
    for duty in work.session.scalars(query).all():
        end_duty(work, case, duty, DutyState.DONE)


def end_duty(work: Work, case: Case, duty: Duty, state: DutyState) -> None:
    """End one open duty, as done or as replaced by another."""
    duty.state, duty.ended_at = state, work.now
    record_change(work, case, Event.DUTY_DONE, duty=duty.id, kind=duty.kind, state=state)


def _add(
    work: Work,
    case: Case,
    kind: DutyKind,
    due_on: date,
    *,
    owner_id: UUID | None,
    subject_id: UUID | None,
    asked_on: date | None = None,
    note: str = "",
) -> Duty:
    duty = work.add(
        Duty(
            case_id=case.id,
            kind=kind,
            due_on=due_on,
            asked_on=None if asked_on == due_on else asked_on,
            owner_id=owner_id or case.owner_id,
            state=DutyState.OPEN,
            made_at=work.now,
            subject_id=subject_id,
        )
    )
    duty.note = note
    record_change(work, case, Event.DUTY_SET, duty=duty.id, kind=kind, due_on=due_on, owner=duty.owner_id)
    # What the clock sets, it has a letter of its own for.
    if work.actor.id and duty.owner_id != work.actor.id:
        enqueue(work, duty.owner_id, LetterKind.ASSIGNED, case.id)
    return duty
