"""Closing a questionnaire, by hand or by the clock on its date, and what the clock does with it while it is open."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select, update

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import CLOCK, Actor
from clearinghouse.casework.admission import case_to_change, open_duties, record_change
from clearinghouse.casework.duties.setting import end_duty, finish_duties, set_duty
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.questionnaires.keeping import pool_in, questionnaire_of, to_keep
from clearinghouse.casework.questionnaires.sending import NOT_OPEN, owe_a_look
from clearinghouse.casework.questionnaires.standing import half_over_on, open_round
from clearinghouse.casework.still_owed import owe_a_next_step
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.questionnaires import at_closing, is_open_on, is_poor
from clearinghouse.protocol.vocabulary import DutyKind, Standing
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.questionnaires import Questionnaire, QuestionnaireLink, QuestionnaireRound
from clearinghouse.records.sealed import Gone

ADDRESSES_KEPT = timedelta(days=184)
"""So long after a closing the addresses of those who have not answered are kept, to ask them again after a visit."""

_AT_ONCE = 100


def close_questionnaire(
    world: World, actor: Actor, case_id: UUID, version: int | None, questionnaire_id: UUID
) -> None:
    """Close it before its date; a look at the answers is owed at once. Raises Refused, NotFound, Stale."""
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.QUESTIONNAIRE_SEND, seen=version)
        row = questionnaire_of(work, case.id, questionnaire_id, hold=True)
        current = open_round(work, row)
        if current is None:
            raise Refused(NOT_OPEN)
        _close(work, case, row, current)
        if case.standing is not Standing.CLOSED:
            owe_a_look(work, case, row, work.today + timedelta(days=1))


def look_at_answers(
    world: World, actor: Actor, case_id: UUID, version: int | None, questionnaire_id: UUID
) -> None:
    """Say that the answers were looked at: what was owed about them is done. Raises NotFound, Stale."""
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.QUESTIONNAIRE_WRITE, seen=version)
        row = questionnaire_of(work, case.id, questionnaire_id)
        finish_duties(work, case, DutyKind.QUESTIONNAIRE_ANSWERS, subject_id=row.id)
        owe_a_next_step(work, case)


def close_due(world: World) -> int:
    """Close what has passed its date, or whose case is closed. Returns how many."""
    with world.reading(CLOCK) as work:
        over = or_(QuestionnaireRound.closes_on < work.today, Case.standing == Standing.CLOSED)
        query = select(QuestionnaireRound.case_id, QuestionnaireRound.questionnaire_id).join(
            Case, Case.id == QuestionnaireRound.case_id
        )
        due = work.session.execute(
            query.where(QuestionnaireRound.closed_at.is_(None), over).limit(_AT_ONCE)
        ).all()
    return sum(_close_one(world, row.case_id, row.questionnaire_id) for row in due)


def chase_half_time(world: World) -> int:
    """Owe a reminder where few have answered by half-time, once each time that it is open. Returns how many."""
    with world.reading(CLOCK) as work:
        waiting = select(QuestionnaireRound).where(
            QuestionnaireRound.closed_at.is_(None),
            QuestionnaireRound.chased_on.is_(None),
            QuestionnaireRound.closes_on >= work.today,
        )
        due = [
            (row.case_id, row.questionnaire_id)
            for row in work.session.scalars(waiting)
            if _wants_chasing(work, row)
        ]
    return sum(_chase(world, case_id, questionnaire_id) for case_id, questionnaire_id in due)


def forget_addresses(world: World) -> None:
    """Take away addresses that nobody needs: half a year after the last closing, or once the case is closed."""
    with world.reading(CLOCK) as work:
        unneeded = select(QuestionnaireLink.questionnaire_id).where(*_is_unneeded(work))
        found = work.session.scalars(unneeded.distinct().limit(_AT_ONCE)).all()
    if not found:
        return
    with world.unit_of_work(CLOCK) as work:
        # One that was opened again meanwhile needs them.
        work.session.execute(
            update(QuestionnaireLink)
            .where(QuestionnaireLink.questionnaire_id.in_(found), *_is_unneeded(work))
            .values(address_sealed=None)
            .execution_options(synchronize_session=False)
        )


def _close_one(world: World, case_id: UUID, questionnaire_id: UUID) -> bool:
    with world.unit_of_work(CLOCK) as work:
        case = case_to_change(work, case_id, Permission.QUESTIONNAIRE_SEND)
        row = questionnaire_of(work, case.id, questionnaire_id, hold=True)
        current = open_round(work, row)
        # Another clock, or somebody who gave it more time, may have come first.
        if current is None or (
            is_open_on(current.closes_on, work.today) and case.standing is not Standing.CLOSED
        ):
            return False
        _close(work, case, row, current)
        return True


def _close(work: Work, case: Case, row: Questionnaire, current: QuestionnaireRound) -> None:
    if not isinstance(row.title, Gone):
        shown, waiting = at_closing(pool_in(row.results), pool_in(row.waiting))
        if not waiting.people and row.waiting_sealed is not None:
            row.results, row.waiting_sealed = to_keep(shown), None
            row.shown_people = shown.people
    current.closed_at = work.now
    record_change(
        work,
        case,
        Event.QUESTIONNAIRE_CLOSED,
        questionnaire=row.id,
        round=current.number,
        asked=current.asked,
        answered=current.answered,
        shown=row.shown_people,
    )
    for duty in open_duties(work, case):
        if duty.kind is DutyKind.QUESTIONNAIRE_REMINDER and duty.subject_id == row.id:
            end_duty(work, case, duty, DutyState.REPLACED)
    owe_a_next_step(work, case)


def _wants_chasing(work: Work, row: QuestionnaireRound) -> bool:
    in_time = half_over_on(row) <= work.today <= row.closes_on
    return in_time and row.reminded_on is None and is_poor(row.answered, row.asked)


def _chase(world: World, case_id: UUID, questionnaire_id: UUID) -> bool:
    with world.unit_of_work(CLOCK) as work:
        case = case_to_change(work, case_id, Permission.QUESTIONNAIRE_SEND)
        row = questionnaire_of(work, case.id, questionnaire_id, hold=True)
        current = open_round(work, row)
        if current is None or current.chased_on or not _wants_chasing(work, current):
            return False
        if case.standing is Standing.CLOSED:
            return False
        current.chased_on = work.today
        record_change(
            work,
            case,
            Event.QUESTIONNAIRE_CHASED,
            questionnaire=row.id,
            round=current.number,
            asked=current.asked,
            answered=current.answered,
        )
        set_duty(
            work,
            case,
            DutyKind.QUESTIONNAIRE_REMINDER,
            work.today + timedelta(days=1),
            owner_id=current.sent_by,
            subject_id=row.id,
        )
        return True


def _is_unneeded(work: Work) -> tuple[ColumnElement[bool], ...]:
    still = exists().where(
        QuestionnaireRound.questionnaire_id == QuestionnaireLink.questionnaire_id,
        or_(QuestionnaireRound.closed_at.is_(None), QuestionnaireRound.closed_at > work.now - ADDRESSES_KEPT),
    )
    shut = exists().where(Case.id == QuestionnaireLink.case_id, Case.standing == Standing.CLOSED)
    return QuestionnaireLink.address_sealed.is_not(None), or_(~still, shut)
