"""Finding a case's questionnaire with its questions, times and links, and its pools of answers as they are kept."""

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.world import Work
from clearinghouse.protocol.questionnaires import NOBODY, Asked, Pool
from clearinghouse.records.questionnaires import (
    Questionnaire,
    QuestionnaireLink,
    QuestionnaireQuestion,
    QuestionnaireRound,
)
from clearinghouse.records.sealed import Gone


def questionnaire_of(
    work: Work, case_id: UUID, questionnaire_id: UUID, *, hold: bool = False
) -> Questionnaire:
    """One questionnaire of the case, held until the work ends if asked for. Raises NotFound."""
    query = select(Questionnaire).where(
        Questionnaire.id == questionnaire_id,
        Questionnaire.case_id == case_id,
        Questionnaire.dropped_at.is_(None),
    )
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = work.session.scalars(query).one_or_none()
    if row is None:
        raise NotFound
    return row


def questions_of(work: Work, row: Questionnaire) -> Sequence[QuestionnaireQuestion]:
    """Its questions in their order, without those that were taken out."""
    asked = (QuestionnaireQuestion.questionnaire_id == row.id, QuestionnaireQuestion.removed.is_(False))
    return work.session.scalars(
        select(QuestionnaireQuestion).where(*asked).order_by(QuestionnaireQuestion.position)
    ).all()


def as_asked(question: QuestionnaireQuestion) -> Asked:
    """The question opened."""
    options = tuple(question.options.split("\n")) if question.options_sealed else ()
    return Asked(question.kind, question.words, question.required, options)


def rounds_of(work: Work, row: Questionnaire) -> Sequence[QuestionnaireRound]:
    """The times at which it was sent, the first first."""
    query = select(QuestionnaireRound).where(QuestionnaireRound.questionnaire_id == row.id)
    return work.session.scalars(query.order_by(QuestionnaireRound.number)).all()


def open_links(work: Work, row: Questionnaire, *, mailed: bool = False) -> Sequence[QuestionnaireLink]:
    """The links that were not used, or of these the ones that went by mail."""
    unused = [QuestionnaireLink.questionnaire_id == row.id, QuestionnaireLink.used.is_(False)]
    if mailed:
        unused.append(QuestionnaireLink.address_sealed.is_not(None))
    return work.session.scalars(select(QuestionnaireLink).where(*unused)).all()


def asked_in_all(work: Work, row: Questionnaire) -> int:
    """To how many it was sent, all times together."""
    count = select(func.count()).select_from(QuestionnaireLink)
    return work.session.scalars(count.where(QuestionnaireLink.questionnaire_id == row.id)).one()


def pool_in(kept: str) -> Pool:
    """A pool as it was kept. Raises NotFound where what was kept is destroyed."""
    if isinstance(kept, Gone):
        raise NotFound
    if not kept:
        return NOBODY
    content = json.loads(kept)
    return Pool(
        content["people"],
        {each: tuple(numbers) for each, numbers in content["counts"].items()},
        {each: tuple(texts) for each, texts in content["words"].items()},
    )


def to_keep(pool: Pool) -> str:
    """A pool as it is kept: in lines, which a reader of somebody's own data can make out."""
    content = {"people": pool.people, "counts": dict(pool.counts), "words": dict(pool.words)}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)
