"""Answering by link, without signing in: what is asked, and keeping an answer so that nobody can say whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from secrets import randbelow
from uuid import UUID

from sqlalchemy import Select, select

from clearinghouse.access.roles import STRANGER
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.questionnaires.keeping import as_asked, pool_in, questions_of, to_keep
from clearinghouse.casework.questionnaires.standing import is_open, open_round
from clearinghouse.casework.sign_in.sessions import network_of
from clearinghouse.casework.sign_in.throttles import count_attempt
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.questionnaires import Asked, Pool, QuestionKind
from clearinghouse.records.questionnaires import Questionnaire, QuestionnaireLink
from clearinghouse.records.sealed import Gone
from clearinghouse.vault.digests import token_digest

LONGEST_ANSWER = 2000
WRONG_LIMIT = 30
NOTHING = "Answer at least one question"


@dataclass(frozen=True)
class AnswerSheet:
    """What somebody who answers is shown, and nothing of the case; questions are counted from 1."""

    title: str
    intro: str
    closes_on: date | None
    questions: tuple[Asked, ...]


def answer_sheet(world: World, token: str, address: str) -> AnswerSheet:
    """What a link asks. `address` is the network's.

    Raises NotFound for a link that is wrong, used or closed, all alike; TooMany after too many of those.
    """
    with world.reading(STRANGER) as work:
        found = _asked_by(work, token)
        sheet = sheet_of(work, found) if found and is_open(work, found) else None
    if sheet is None or isinstance(sheet.title, Gone):
        count_attempt(world, (f"wrong questionnaire:{network_of(address)}", WRONG_LIMIT))
        raise NotFound
    return sheet


def sheet_of(work: Work, row: Questionnaire) -> AnswerSheet:
    """The questionnaire as it is answered."""
    current = open_round(work, row)
    questions = tuple(as_asked(question) for question in questions_of(work, row))
    return AnswerSheet(row.title, row.intro, current.closes_on if current else None, questions)


def answer(world: World, token: str, answers: Mapping[int, str], address: str) -> None:
    """Keep the answers of one link, which is used up by it: one transaction, and no event that would say when.

    `answers` gives, by the number of a question, the number of the chosen answer or the words; what is not there is not
    answered. Raises Invalid at `q1`, `q2`…, NotFound and TooMany as answer_sheet does.
    """
    answer_sheet(world, token, address)
    with world.unit_of_work(STRANGER) as work:
        found = _asked_by(work, token)
        if found is None:
            raise NotFound
        # The questionnaire first, as whoever sends or closes it does; the link is looked at once nobody else holds it.
        row = work.session.get_one(Questionnaire, found.id, with_for_update=True, populate_existing=True)
        held = _unused(token).with_for_update().execution_options(populate_existing=True)
        link, current = work.session.scalars(held).one_or_none(), open_round(work, row)
        if link is None or current is None or not is_open(work, row):
            raise NotFound
        questions = questions_of(work, row)
        asked = {str(each.id): as_asked(each) for each in questions}
        row.waiting = to_keep(_mixed(pool_in(row.waiting).with_(_sorted(asked, answers))))
        link.used, link.address_sealed = True, None
        current.answered += 1


def _sorted(asked: Mapping[str, Asked], answers: Mapping[int, str]) -> Pool:
    """One person's answers, checked. Raises Invalid."""
    problems, counts, words = dict[str, str](), dict[str, tuple[int, ...]](), dict[str, tuple[str, ...]]()
    for number, (key, question) in enumerate(asked.items(), start=1):
        given = answers.get(number, "")
        if not given:
            if question.required:
                problems[f"q{number}"] = f"Answer question {number}"
        elif question.kind is QuestionKind.TEXT:
            words[key] = (given,)
            if len(given) > LONGEST_ANSWER:
                problems[f"q{number}"] = f"The answer must be {LONGEST_ANSWER:,} characters or fewer"
        else:
            places = [str(place) for place in range(1, len(question.answers) + 1)]
            counts[key] = tuple(int(place == given) for place in places)
            if given not in places:
                problems[f"q{number}"] = "Select one of the answers on this page"
    if not problems and not counts and not words:
        problems["q1"] = NOTHING
    if problems:
        raise Invalid(problems)
    return Pool(1, counts, words)


def _mixed(pool: Pool) -> Pool:
    """The latest words put anywhere among the others: places tell nothing of whose they are, or when they came."""
    words = {}
    for key, texts in pool.words.items():
        *before, last = texts
        before.insert(randbelow(len(before) + 1), last)
        words[key] = tuple(before)
    return Pool(pool.people, pool.counts, words)


def _asked_by(work: Work, token: str) -> Questionnaire | None:
    asked: UUID | None = work.session.scalars(
        _unused(token).with_only_columns(QuestionnaireLink.questionnaire_id)
    ).one_or_none()
    return work.session.get_one(Questionnaire, asked) if asked else None


def _unused(token: str) -> Select[QuestionnaireLink]:
    return select(QuestionnaireLink).where(
        QuestionnaireLink.token_hash == token_digest(token), QuestionnaireLink.used.is_(False)
    )
