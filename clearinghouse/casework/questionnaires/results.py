"""What a council's staff answered, all together: for who may read the case, on a page and as a file of counts."""

from dataclasses import dataclass
from uuid import UUID

from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_open, open_duties
from clearinghouse.casework.csv_files import csv_file
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.questionnaires.keeping import as_asked, pool_in, questionnaire_of, questions_of
from clearinghouse.casework.questionnaires.pages import QuestionnaireView, questionnaires_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.questionnaires import Asked, Pool, QuestionKind, may_show
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.questionnaires import Questionnaire
from clearinghouse.records.sealed import Compartment, Gone

FEW = "Fewer than five answered"
_COLUMNS = ("number", "question", "answer", "count")


@dataclass(frozen=True)
class Counted:
    """How many chose one answer; `percent` is of those who answered the question."""

    words: str
    count: int
    percent: int


@dataclass(frozen=True)
class QuestionResult:
    """The answers to one question. Nothing but `is_hidden` is there where fewer than five answered it.

    `texts` are what people wrote, in no order, each by anybody of those whose answers are shown.
    """

    number: int
    words: str
    kind: QuestionKind
    is_hidden: bool
    answered: int = 0
    counts: tuple[Counted, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ResultsPage:
    """What came of a questionnaire, nothing once it is destroyed. `is_owed` where somebody still has to look at it."""

    case: CaseHeader
    questionnaire: QuestionnaireView
    title: str
    results: tuple[QuestionResult, ...]
    is_owed: bool


def results_page(world: World, actor: Actor, case_id: UUID, questionnaire_id: UUID) -> ResultsPage:
    """What was answered, all together and from five people on; that it was opened is in the ledger. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        admitted = case_to_open(work, case_id, Compartment.PEERS)
        row = questionnaire_of(work, case_id, questionnaire_id)
        duties = open_duties(work, admitted.case)
        return ResultsPage(
            case=header_of(work, admitted),
            questionnaire=next(each for each in questionnaires_of(work, case_id) if each.id == row.id),
            title=row.title,
            results=_results(work, row),
            is_owed=any(
                duty.kind is DutyKind.QUESTIONNAIRE_ANSWERS and duty.subject_id == row.id for duty in duties
            ),
        )


def counts_file(world: World, actor: Actor, case_id: UUID, questionnaire_id: UUID) -> str:
    """The counts as CSV, formulae made harmless, without what people wrote; the ledger says so. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        case_to_open(work, case_id, Compartment.PEERS)
        row = questionnaire_of(work, case_id, questionnaire_id)
        found = _results(work, row)
        work.record(Event.QUESTIONNAIRE_EXPORTED, Stream.CASE, case_id, questionnaire=row.id)
        return csv_file(_COLUMNS, [cells for result in found for cells in _cells(result)])


def _results(work: Work, row: Questionnaire) -> tuple[QuestionResult, ...]:
    if isinstance(row.results, Gone):
        return ()
    pool = pool_in(row.results)
    return tuple(
        _result(number, str(each.id), as_asked(each), pool)
        for number, each in enumerate(questions_of(work, row), start=1)
    )


def _result(number: int, key: str, asked: Asked, pool: Pool) -> QuestionResult:
    if asked.kind is QuestionKind.TEXT:
        texts = pool.words.get(key, ())
        hidden = not may_show(pool.people)
        return QuestionResult(
            number,
            asked.words,
            asked.kind,
            hidden,
            0 if hidden else len(texts),
            texts=() if hidden else texts,
        )
    counts = pool.counts.get(key, ())
    answered = sum(counts)
    if not may_show(answered):
        return QuestionResult(number, asked.words, asked.kind, is_hidden=True)
    shown = tuple(
        Counted(words, count, count * 100 // answered)
        for words, count in zip(asked.answers, counts, strict=True)
    )
    return QuestionResult(number, asked.words, asked.kind, False, answered, shown)


def _cells(result: QuestionResult) -> list[tuple[str, str, str, str]]:
    begun = (str(result.number), result.words)
    if result.is_hidden:
        return [(*begun, FEW, "")]
    if result.kind is QuestionKind.TEXT:
        return [(*begun, result.kind.words, str(result.answered))]
    return [(*begun, each.words, str(each.count)) for each in result.counts]
