"""Answers to a questionnaire: each given once, by whoever holds a link, and nobody's from then on."""

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import literal_column, select

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.clock import tick
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.questionnaires.answering import answer, answer_sheet
from clearinghouse.casework.questionnaires.closing import ADDRESSES_KEPT, close_questionnaire
from clearinghouse.casework.questionnaires.links import PATH, link_for
from clearinghouse.casework.questionnaires.pages import questionnaires_page
from clearinghouse.casework.questionnaires.results import FEW, counts_file, results_page
from clearinghouse.casework.sign_in.throttles import TooMany
from clearinghouse.casework.world import World
from clearinghouse.records.questionnaires import Questionnaire, QuestionnaireLink, QuestionnaireRound
from clearinghouse.records.tables import METADATA
from tests.factories.questionnaires import CANARY, CLOSED_QUESTIONS, HERE, STAFF, Survey, dump, survey
from tests.worlds import Clock


@pytest.fixture
def asked(sqlite_world: World) -> Survey:
    """A survey on SQLite."""
    return survey(sqlite_world)


def test_a_link_answers_once_however_often_it_is_posted_at_once(world: World) -> None:
    """Whoever posts twenty times in one instant would outvote all the others."""
    asked = survey(world)
    one = asked.build()
    token, *_ = asked.hand_out(one)

    def post(_: int) -> bool:
        try:
            asked.answer(token)
        except (NotFound, TooMany):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(post, range(20))) == 1
    with world.reading(OPERATOR) as work:
        assert json.loads(work.session.get_one(Questionnaire, one).waiting)["people"] == 1
        assert work.session.scalars(select(QuestionnaireRound.answered)).one() == 1


def test_guessed_used_closed_and_other_links_are_all_the_same_nothing(asked: Survey, clock: Clock) -> None:
    """A different answer would tell a guesser what is there, and an employer who has answered."""
    one, two = asked.build(), asked.build("corporate")
    first, other = asked.hand_out(one), asked.hand_out(two)
    asked.answer(first[0])
    for token in ("", "x" * 43, first[0]):
        with pytest.raises(NotFound):
            answer_sheet(asked.world, token, HERE)
        with pytest.raises(NotFound):
            answer(asked.world, token, CLOSED_QUESTIONS, HERE)
    assert answer_sheet(asked.world, other[0], HERE).title.startswith("How our council works")
    clock.pass_days(15)  # its date has passed, and no clock has come by yet
    with pytest.raises(NotFound):
        asked.answer(first[1])
    with asked.world.reading(OPERATOR) as work:
        assert not work.session.get_one(Questionnaire, two).waiting


def test_an_answer_belongs_to_its_links_questionnaire_and_to_no_other(asked: Survey) -> None:
    """Answers to one could otherwise be put into another by its question's number."""
    one, two = asked.build(), asked.build("after")
    asked.hand_out(one)
    token = asked.hand_out(two)[0]
    with pytest.raises(Invalid):
        answer(asked.world, token, {2: "9"}, HERE)
    answer(asked.world, token, {1: "1", 2: "1", 3: "1", 4: "1", 5: "1", 9: CANARY}, HERE)
    with asked.world.reading(OPERATOR) as work:
        assert not work.session.get_one(Questionnaire, one).waiting
        assert CANARY not in work.session.get_one(Questionnaire, two).waiting


def test_guessing_is_throttled_and_a_good_link_is_not_counted(asked: Survey) -> None:
    """A row for each good link would say when it was used; a council's staff share one address."""
    tokens = asked.hand_out(asked.build(), links=8)
    for _ in range(40):
        answer_sheet(asked.world, tokens[0], HERE)
    with asked.world.reading(OPERATOR) as work:
        assert not work.session.execute(select(METADATA.tables["throttles"])).all()
    with pytest.raises(TooMany):  # noqa: PT012  # one after the other, until it is enough
        for _ in range(40):
            with pytest.raises(NotFound):
                answer_sheet(asked.world, "guess", HERE)
    asked.answer(tokens[0])


def test_fewer_than_five_are_never_shown_and_no_difference_between_two_looks_is_either(
    asked: Survey, clock: Clock
) -> None:
    """Who looks before and after one person answers would read that person's answer."""
    one = asked.build()
    tokens = asked.hand_out(one, links=20, days=3)
    asked.answer(*tokens[:6])
    before = results_page(asked.world, asked.lead, asked.case_id, one)
    assert all(each.is_hidden for each in before.results), "shown while it was open"
    close_questionnaire(asked.world, asked.coordinator, asked.case_id, None, one)
    shown = results_page(asked.world, asked.lead, asked.case_id, one).results
    assert shown[1].answered == 6
    asked.hand_out(one, links=0)
    asked.answer(*tokens[6:10], words=CANARY, q2="1")
    close_questionnaire(asked.world, asked.coordinator, asked.case_id, None, one)
    assert results_page(asked.world, asked.lead, asked.case_id, one).results == shown
    asked.hand_out(one, links=0)
    asked.answer(tokens[10])
    clock.pass_days(20)
    tick(asked.world)
    found = results_page(asked.world, asked.lead, asked.case_id, one).results
    assert found[1].answered == 11
    assert found[8].texts == (CANARY,) * 4


def test_a_question_that_few_answered_shows_no_breakdown(asked: Survey) -> None:
    """Two answers to a question that others left out say what those two think."""
    one = asked.build()
    tokens = asked.hand_out(one)
    for number, token in enumerate(tokens):
        given = CLOSED_QUESTIONS if number < 2 else {k: v for k, v in CLOSED_QUESTIONS.items() if k != 8}
        answer(asked.world, token, given, HERE)
    close_questionnaire(asked.world, asked.coordinator, asked.case_id, None, one)
    page = results_page(asked.world, asked.lead, asked.case_id, one)
    assert page.results[7].is_hidden
    assert (page.results[7].answered, page.results[7].counts) == (0, ())
    file = counts_file(asked.world, asked.lead, asked.case_id, one)
    assert [line.endswith(f"{FEW},") for line in file.splitlines() if line.startswith("8,")] == [True]


def rows(world: World, *leave_out: str) -> dict[str, set[str]]:
    with world.database.engine.connect() as connection:
        return {
            table.name: {
                repr([(name, value) for name, value in row.items() if name not in leave_out])
                for row in connection.execute(select(table)).mappings()
            }
            for table in METADATA.sorted_tables
        }


def test_an_answer_leaves_no_time_no_event_and_no_row_of_its_own(world: World, clock: Clock) -> None:
    """An administrator with a copy of the database would join an answer to a link by when either was written."""
    asked = survey(world)
    one = asked.build()
    tokens = asked.hand_out(one)
    asked.answer(tokens[0], words="the first")
    before = rows(world)
    clock.pass_days(0.37)
    asked.answer(tokens[5], words=CANARY)
    after = rows(world)
    changed = {name for name in after if before[name] != after[name]}
    assert changed == {"questionnaires", "questionnaire_links", "questionnaire_rounds"}
    assert all(len(before[name]) == len(after[name]) for name in changed), "a row for an answer"
    instant = world.now()
    new = [line for name in changed for line in after[name] - before[name]]
    assert len(new) == 3
    assert not any(
        f"{instant:%H:%M:%S}" in line or repr(instant.replace(tzinfo=None))[:-1] in line for line in new
    )
    assert not any(CANARY in value for _, _, value in dump(world))


def test_neither_the_order_of_links_nor_of_words_says_whose_they_are(asked: Survey) -> None:
    """The list of addresses as it was typed beside the rows as they lie there would be the key to it."""
    one = asked.build()
    asked.mail(one, *(f"staff{number:03}@midthorpe.example" for number in range(60)))
    with asked.world.reading(OPERATOR) as work:
        as_they_lie = work.session.scalars(select(QuestionnaireLink).order_by(literal_column("rowid"))).all()
        assert [row.address for row in as_they_lie] != sorted(row.address for row in as_they_lie)
        assert {row.id.version for row in as_they_lie} == {4}
    two = asked.build()
    tokens = asked.hand_out(two, links=30)
    for number, token in enumerate(tokens):
        asked.answer(token, words=f"{number:03}")
    with asked.world.reading(OPERATOR) as work:
        pool = json.loads(work.session.get_one(Questionnaire, two).waiting)
    (texts,) = pool["words"].values()
    assert sorted(texts) == [f"{number:03}" for number in range(30)] != texts


def test_an_address_goes_with_the_answer_and_half_a_year_after_the_closing(
    asked: Survey, clock: Clock
) -> None:
    """Addresses that stay would say who answered, and be kept for nothing."""
    one = asked.build()
    assert asked.mail(one, *STAFF) == 8
    with asked.world.reading(OPERATOR) as work:
        links = work.session.scalars(select(QuestionnaireLink)).all()
        addresses = {row.id: row.address for row in links}
    assert set(addresses.values()) == set(STAFF)
    first = next(iter(addresses))
    asked.answer(_token_of(asked, first))
    with asked.world.reading(OPERATOR) as work:
        kept = {row.used: [] for row in work.session.scalars(select(QuestionnaireLink))}
        for row in work.session.scalars(select(QuestionnaireLink)):
            kept[row.used].append(row.address)
        assert kept[True] == [""]
        assert set(kept[False]) == set(STAFF) - {addresses[first]}
    clock.pass_days(15)
    tick(asked.world)
    assert questionnaires_page(asked.world, asked.lead, asked.case_id).questionnaires[0].mailed_open == 7
    clock.pass_days(ADDRESSES_KEPT.days + 1)
    tick(asked.world)
    assert questionnaires_page(asked.world, asked.lead, asked.case_id).questionnaires[0].mailed_open == 0


def _token_of(asked: Survey, link_id: UUID) -> str:
    return link_for(asked.world, link_id).rpartition(PATH)[2]
