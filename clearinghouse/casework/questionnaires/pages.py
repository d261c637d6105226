"""What the pages about a case's questionnaires show: counts and dates to who sends them, words to who reads it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_open, case_to_read
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.questionnaires.answering import AnswerSheet, sheet_of
from clearinghouse.casework.questionnaires.keeping import (
    as_asked,
    asked_in_all,
    open_links,
    questionnaire_of,
    questions_of,
    rounds_of,
)
from clearinghouse.casework.questionnaires.standing import half_over_on
from clearinghouse.casework.world import LONDON, Work, World
from clearinghouse.protocol.questionnaires import Asked, is_poor
from clearinghouse.protocol.vocabulary import Worded
from clearinghouse.records.peers import Team
from clearinghouse.records.questionnaires import Questionnaire, QuestionnaireRound
from clearinghouse.records.sealed import Compartment


class State(Worded):
    """How far a questionnaire has come."""

    DRAFT = "draft", "Draft"
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


@dataclass(frozen=True)
class Return:
    """How many of those who were asked answered."""

    answered: int
    asked: int

    @property
    def percent(self) -> int:
        """Rounded down, so that only a whole return reads as a hundred."""
        return self.answered * 100 // self.asked if self.asked else 0


@dataclass(frozen=True)
class RoundView:
    """One time at which it was open; `asked` are those who had not answered before. `closed_on` is None while open."""

    number: int
    sent_on: date
    closes_on: date
    closed_on: date | None
    reminded_on: date | None
    returned: Return


@dataclass(frozen=True)
class QuestionnaireView:
    """How one stands, without a word of it. `number` counts the case's; `shown_people` whose answers are shown.

    `next_step` says what is to be done now; `is_late` where few have answered by half-time.
    """

    id: UUID
    number: int
    made_on: date
    state: State
    questions: int
    typed: bool
    rounds: tuple[RoundView, ...]
    returned: Return
    mailed_open: int
    shown_people: int
    is_late: bool
    next_step: str


@dataclass(frozen=True)
class QuestionnairesPage:
    """The case's questionnaires, the latest first. `may_build` where it has a team and is open."""

    case: CaseHeader
    questionnaires: tuple[QuestionnaireView, ...]
    has_team: bool


@dataclass(frozen=True)
class DraftQuestion:
    """One question of a draft, with its key."""

    id: UUID
    asked: Asked


@dataclass(frozen=True)
class DraftPage:
    """A draft, to be worded."""

    case: CaseHeader
    questionnaire: QuestionnaireView
    title: str
    intro: str
    questions: tuple[DraftQuestion, ...]


@dataclass(frozen=True)
class PreviewPage:
    """A questionnaire as whoever answers sees it."""

    case: CaseHeader
    questionnaire: QuestionnaireView
    sheet: AnswerSheet


def questionnaires_page(world: World, actor: Actor, case_id: UUID) -> QuestionnairesPage:
    """How the case's questionnaires stand, for who may send them: dates and counts, never a word. Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.QUESTIONNAIRE_SEND)
        header = header_of(work, admitted)
        return QuestionnairesPage(header, questionnaires_of(work, case_id), _has_team(work, case_id))


def questionnaire_page(
    world: World, actor: Actor, case_id: UUID, questionnaire_id: UUID
) -> tuple[CaseHeader, QuestionnaireView]:
    """How one of them stands. Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.QUESTIONNAIRE_SEND)
        return header_of(work, admitted), _one(work, case_id, questionnaire_id)


def draft_page(world: World, actor: Actor, case_id: UUID, questionnaire_id: UUID) -> DraftPage:
    """A questionnaire opened to be worded; that it was opened is in the ledger. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        case_to_read(work, case_id, Permission.QUESTIONNAIRE_WRITE)
        row = questionnaire_of(work, case_id, questionnaire_id)
        admitted = case_to_open(work, case_id, Compartment.PEERS)
        questions = tuple(DraftQuestion(each.id, as_asked(each)) for each in questions_of(work, row))
        shown = _one(work, case_id, questionnaire_id)
        return DraftPage(header_of(work, admitted), shown, row.title, row.intro, questions)


def preview_page(world: World, actor: Actor, case_id: UUID, questionnaire_id: UUID) -> PreviewPage:
    """A questionnaire as it is answered, for who may read the case; opened in the ledger. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        admitted = case_to_open(work, case_id, Compartment.PEERS)
        row = questionnaire_of(work, case_id, questionnaire_id)
        return PreviewPage(
            header_of(work, admitted), _one(work, case_id, questionnaire_id), sheet_of(work, row)
        )


def questionnaires_of(work: Work, case_id: UUID) -> tuple[QuestionnaireView, ...]:
    """How each questionnaire of the case stands, the latest first."""
    case_rows = select(Questionnaire).where(
        Questionnaire.case_id == case_id, Questionnaire.dropped_at.is_(None)
    )
    rows = work.session.scalars(case_rows.order_by(Questionnaire.made_at, Questionnaire.id)).all()
    return tuple(_view(work, row, number) for number, row in enumerate(rows, start=1))[::-1]


def _one(work: Work, case_id: UUID, questionnaire_id: UUID) -> QuestionnaireView:
    found = next((each for each in questionnaires_of(work, case_id) if each.id == questionnaire_id), None)
    if found is None:
        raise NotFound
    return found


def _view(work: Work, row: Questionnaire, number: int) -> QuestionnaireView:
    rounds = rounds_of(work, row)
    is_open = bool(rounds) and rounds[-1].closed_at is None
    state = (State.OPEN if is_open else State.CLOSED) if rounds else State.DRAFT
    returned = Return(sum(each.answered for each in rounds), asked_in_all(work, row))
    late = state is State.OPEN and _is_late(work, rounds[-1])
    return QuestionnaireView(
        id=row.id,
        number=number,
        made_on=row.made_at.astimezone(LONDON).date(),
        state=state,
        questions=len(questions_of(work, row)),
        typed=row.typed,
        rounds=tuple(_round(each) for each in rounds),
        returned=returned,
        mailed_open=len(open_links(work, row, mailed=True)),
        shown_people=row.shown_people,
        is_late=late,
        next_step=_next_step(state, returned, row.shown_people, late=late),
    )


def _round(row: QuestionnaireRound) -> RoundView:
    return RoundView(
        number=row.number,
        sent_on=row.sent_at.astimezone(LONDON).date(),
        closes_on=row.closes_on,
        closed_on=row.closed_at.astimezone(LONDON).date() if row.closed_at else None,
        reminded_on=row.reminded_on,
        returned=Return(row.answered, row.asked),
    )


def _is_late(work: Work, row: QuestionnaireRound) -> bool:
    return work.today >= half_over_on(row) and is_poor(row.answered, row.asked)


def _next_step(state: State, returned: Return, shown: int, *, late: bool) -> str:
    if state is State.DRAFT:
        return "Look it over, then send it to the council’s staff."
    if state is State.OPEN:
        if returned.answered == returned.asked:
            return "Everybody has answered: close it, and look at the answers."
        return (
            "Few have answered by half-time: remind them, or ask the council to."
            if late
            else "Wait for answers. They are shown once it is closed."
        )
    if shown == 0:
        return "Fewer than five have answered, so nothing is shown. Open it again, for example after a visit."
    if is_poor(returned.answered, returned.asked):
        return "Its answers can be looked at. Few came: open it again, for example after a visit."
    return "Its answers can be looked at."


def _has_team(work: Work, case_id: UUID) -> bool:
    return work.session.scalars(select(Team.id).where(Team.case_id == case_id).limit(1)).first() is not None
