"""Where a questionnaire stands at this moment: whether it can be answered, and when half of its time is over."""

from datetime import date

from sqlalchemy import select

from clearinghouse.casework.world import LONDON, Work
from clearinghouse.protocol.questionnaires import half_time, is_open_on
from clearinghouse.protocol.vocabulary import Standing
from clearinghouse.records.cases import Case
from clearinghouse.records.questionnaires import Questionnaire, QuestionnaireRound


def open_round(work: Work, row: Questionnaire) -> QuestionnaireRound | None:
    """The time at which it is open and has not been closed, whether or not its date has passed."""
    query = select(QuestionnaireRound).where(
        QuestionnaireRound.questionnaire_id == row.id, QuestionnaireRound.closed_at.is_(None)
    )
    return work.session.scalars(query).one_or_none()


def is_open(work: Work, row: Questionnaire) -> bool:
    """Whether it can be answered: it is open, its date has not passed, and nor is the case closed."""
    current = open_round(work, row)
    if current is None or not is_open_on(current.closes_on, work.today):
        return False
    return work.session.get_one(Case, row.case_id).standing is not Standing.CLOSED


def half_over_on(row: QuestionnaireRound) -> date:
    """The day on which half of the time to answer is over."""
    return half_time(row.sent_at.astimezone(LONDON).date(), row.closes_on)
