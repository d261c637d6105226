"""Building a questionnaire: from a ready-made one or from nothing, and changing its questions while it is a draft."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, permissions_on, record_change, scope_at_the_door
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.questionnaires.keeping import questionnaire_of, questions_of, rounds_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.questionnaires import (
    LONGEST_INTRO,
    LONGEST_TITLE,
    MOST_QUESTIONS,
    Asked,
    problems_with,
)
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import Standing
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.peers import Team
from clearinghouse.records.questionnaires import Questionnaire, QuestionnaireQuestion

SENT = "The questionnaire was sent: its questions cannot be changed any more. Build another one."
NO_TEAM = "Say first what is asked of a peer team: a questionnaire is a team's."


def build_questionnaire(
    world: World, actor: Actor, case_id: UUID, version: int | None, ready: str, team_id: UUID | None = None
) -> UUID:
    """Begin a questionnaire of the case's team, the latest unless one is named; returns its key.

    `ready` names one of `world.questionnaires`, whose words are copied; "" begins from nothing, which only those do who
    may write questions. Raises Invalid beside `ready`, Refused for a closed case or without a team, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.QUESTIONNAIRE_SEND, seen=version)
        _check_open(case)
        begun = next((each for each in world.questionnaires if each.key == ready), None)
        if begun is None and (ready or not _may_write(work, case)):
            raise Invalid({"ready": "Select what to begin from"})
        row = work.add(
            Questionnaire(
                case_id=case.id,
                team_id=_team(work, case, team_id).id,
                made_by=actor.person,
                made_at=work.now,
                typed=begun is None,
                shown_people=0,
            )
        )
        work.session.flush()
        questions = begun.questions if begun else ()
        if begun:
            row.title, row.intro = begun.title, begun.intro
        for position, question in enumerate(questions, start=1):
            _add(work, row, position, question)
        record_change(
            work,
            case,
            Event.QUESTIONNAIRE_MADE,
            questionnaire=row.id,
            team=row.team_id,
            questions=len(questions),
        )
        return row.id


def word_opening(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    questionnaire_id: UUID,
    title: str,
    intro: str,
) -> None:
    """Say what a draft is called and how it begins. Raises Invalid beside the field, Refused, NotFound, Stale."""
    problems = {}
    if not 0 < len(title) <= LONGEST_TITLE:
        problems["title"] = f"Enter a title of up to {LONGEST_TITLE} characters"
    if not 0 < len(intro) <= LONGEST_INTRO:
        problems["intro"] = f"Enter what people read first, in up to {LONGEST_INTRO:,} characters"
    if problems:
        raise Invalid(problems)
    with world.unit_of_work(actor) as work:
        case, row = _draft(work, case_id, version, questionnaire_id)
        row.title, row.intro = title, intro
        _changed(work, case, row)


def add_question(
    world: World, actor: Actor, case_id: UUID, version: int | None, questionnaire_id: UUID, question: Asked
) -> None:
    """Ask one more thing, at the end. Raises Invalid beside the field, Refused, NotFound, Stale."""
    with world.unit_of_work(actor) as work:
        case, row = _draft(work, case_id, version, questionnaire_id)
        before = questions_of(work, row)
        if len(before) >= MOST_QUESTIONS:
            raise Refused(f"A questionnaire has at most {MOST_QUESTIONS} questions.")
        _check(question)
        _add(work, row, len(before) + 1, question)
        _changed(work, case, row)


def change_question(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    questionnaire_id: UUID,
    question_id: UUID,
    question: Asked,
) -> None:
    """Ask it in other words, or in another way. Raises Invalid beside the field, Refused, NotFound, Stale."""
    with world.unit_of_work(actor) as work:
        case, row = _draft(work, case_id, version, questionnaire_id)
        before = _question(work, row, question_id)
        _check(question)
        # A sealed text is never emptied: the new question takes the place, and the old one is out.
        before.removed = True
        _add(work, row, before.position, question)
        _changed(work, case, row)


def move_question(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    questionnaire_id: UUID,
    question_id: UUID,
    *,
    up: bool,
) -> None:
    """Let it change places with the one before or after it; at the end nothing happens. Raises as the others do."""
    with world.unit_of_work(actor) as work:
        case, row = _draft(work, case_id, version, questionnaire_id)
        questions = list(questions_of(work, row))
        place = questions.index(_question(work, row, question_id))
        other = place - 1 if up else place + 1
        if 0 <= other < len(questions):
            questions[place], questions[other] = questions[other], questions[place]
        _number(questions)
        _changed(work, case, row)


def remove_question(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    questionnaire_id: UUID,
    question_id: UUID,
) -> None:
    """Ask it no more. Raises Refused, NotFound, Stale."""
    with world.unit_of_work(actor) as work:
        case, row = _draft(work, case_id, version, questionnaire_id)
        _question(work, row, question_id).removed = True
        work.session.flush()
        _number(list(questions_of(work, row)))
        _changed(work, case, row)


def drop_questionnaire(
    world: World, actor: Actor, case_id: UUID, version: int | None, questionnaire_id: UUID
) -> None:
    """Give a draft up: it stands on no page any more. Raises Refused for one that was sent, NotFound, Stale."""
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.QUESTIONNAIRE_SEND, seen=version)
        row = questionnaire_of(work, case.id, questionnaire_id)
        if rounds_of(work, row):
            raise Refused("The questionnaire was sent. Close it instead.")
        row.dropped_at = work.now
        record_change(work, case, Event.QUESTIONNAIRE_DROPPED, questionnaire=row.id)


def _draft(
    work: Work, case_id: UUID, version: int | None, questionnaire_id: UUID
) -> tuple[Case, Questionnaire]:
    case = case_to_change(work, case_id, Permission.QUESTIONNAIRE_WRITE, seen=version)
    row = questionnaire_of(work, case.id, questionnaire_id)
    _check_open(case)
    if rounds_of(work, row):
        raise Refused(SENT)
    return case, row


def _changed(work: Work, case: Case, row: Questionnaire) -> None:
    row.typed = True
    work.session.flush()
    record_change(
        work,
        case,
        Event.QUESTIONNAIRE_CHANGED,
        questionnaire=row.id,
        questions=len(questions_of(work, row)),
    )


def _add(work: Work, row: Questionnaire, position: int, question: Asked) -> None:
    added = work.add(
        QuestionnaireQuestion(
            questionnaire_id=row.id,
            case_id=row.case_id,
            position=position,
            kind=question.kind,
            required=question.required,
            removed=False,
        )
    )
    added.words = question.words
    added.options = "\n".join(question.options)


def _number(questions: list[QuestionnaireQuestion]) -> None:
    for position, question in enumerate(questions, start=1):
        question.position = position


def _question(work: Work, row: Questionnaire, question_id: UUID) -> QuestionnaireQuestion:
    question = work.session.get(QuestionnaireQuestion, question_id)
    if question is None or question.questionnaire_id != row.id or question.removed:
        raise NotFound
    return question


def _check(question: Asked) -> None:
    if problems := problems_with(replace(question, words=question.words.strip())):
        raise Invalid(problems)


def _check_open(case: Case) -> None:
    if case.standing is Standing.CLOSED:
        raise Refused(Missing.CASE_CLOSED.words)


def _may_write(work: Work, case: Case) -> bool:
    return Permission.QUESTIONNAIRE_WRITE in permissions_on(work, scope_at_the_door(work, case))


def _team(work: Work, case: Case, team_id: UUID | None) -> Team:
    query = select(Team).where(Team.case_id == case.id)
    if team_id is not None:
        query = query.where(Team.id == team_id)
    team = work.session.scalars(query.order_by(Team.proposed_at.desc(), Team.id.desc()).limit(1)).first()
    if team is None and team_id is not None:
        raise NotFound
    if team is None:
        raise Refused(NO_TEAM)
    return team
