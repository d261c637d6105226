"""What of a council's staff's answers is ever shown, when a return is poor, and which questionnaires can be asked."""

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clearinghouse.protocol.questionnaires import (
    FEWEST_SHOWN,
    NOBODY,
    Asked,
    Pool,
    QuestionKind,
    ReadyMadeError,
    at_closing,
    half_time,
    is_open_on,
    is_poor,
    parse_ready_made,
    problems_with,
)

A_SCALE: Mapping[str, object] = {"kind": "scale", "words": "We know."}
WHOLE: Mapping[str, object] = {"title": "A", "about": "B", "intro": "C", "questions": [A_SCALE]}


@given(some.lists(some.integers(0, 12), max_size=12))
def test_between_two_looks_are_never_fewer_than_five(came: list[int]) -> None:
    """The difference between what is shown before and after a closing would be somebody's answer."""
    shown, waiting = NOBODY, NOBODY
    for people in came:
        before = shown.people
        shown, waiting = at_closing(shown, waiting.with_(Pool(people)))
        assert shown.people - before == 0 or shown.people - before >= FEWEST_SHOWN
        assert waiting.people < FEWEST_SHOWN
    assert shown.people + waiting.people == sum(came)


def test_pools_are_added_question_by_question() -> None:
    """An answer that is lost or counted twice makes the whole questionnaire worthless."""
    one = Pool(1, {"a": (1, 0), "b": (0, 1)}, {"c": ("One.",)})
    two = Pool(2, {"a": (1, 1)}, {"c": ("Two.",), "d": ("Three.",)})
    assert one.with_(two) == Pool(3, {"a": (2, 1), "b": (0, 1)}, {"c": ("One.", "Two."), "d": ("Three.",)})
    assert NOBODY.with_(one) == one


@pytest.mark.parametrize(
    ("answered", "asked", "poor"),
    [(0, 5, True), (1, 3, False), (6, 20, True), (7, 20, False), (20, 20, False), (0, 0, False)],
)
def test_a_return_is_poor_below_a_third(answered: int, asked: int, poor: bool) -> None:
    assert is_poor(answered, asked) is poor


@pytest.mark.parametrize(
    ("closes", "half"), [(date(2026, 12, 2), date(2026, 12, 2)), (date(2026, 12, 15), date(2026, 12, 8))]
)
def test_half_time(closes: date, half: date) -> None:
    assert half_time(date(2026, 12, 1), closes) == half


def test_the_last_day_counts() -> None:
    assert is_open_on(date(2026, 12, 1), date(2026, 12, 1))
    assert not is_open_on(date(2026, 12, 1), date(2026, 12, 2))


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        (Asked(QuestionKind.SCALE, "We know."), set()),
        (Asked(QuestionKind.SCALE, ""), {"words"}),
        (Asked(QuestionKind.TEXT, "x" * 501), {"words"}),
        (Asked(QuestionKind.CHOICE, "Where?", options=("Here", "There")), set()),
        (Asked(QuestionKind.CHOICE, "Where?", options=("Here",)), {"options"}),
        (Asked(QuestionKind.CHOICE, "Where?", options=("Here", "Here")), {"options"}),
        (Asked(QuestionKind.CHOICE, "Where?", options=("Here", "x" * 201)), {"options"}),
        (Asked(QuestionKind.CHOICE, "Where?", options=tuple("abcdefghijklm")), {"options"}),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(asked: Asked, fields: set[str]) -> None:
    assert set(problems_with(asked)) == fields


def test_the_answers_of_each_kind() -> None:
    counts = {kind: len(Asked(kind, "?", options=("a", "b", "c")).answers) for kind in QuestionKind}
    assert counts == {
        QuestionKind.SCALE: 5,
        QuestionKind.CHOICE: 3,
        QuestionKind.YES_NO: 2,
        QuestionKind.TEXT: 0,
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {**WHOLE, "more": 1},
        {**WHOLE, "title": " "},
        {**WHOLE, "questions": []},
        {**WHOLE, "questions": [A_SCALE] * 41},
        {**WHOLE, "questions": ["We know."]},
        {**WHOLE, "questions": [{**A_SCALE, "kind": "stars"}]},
        {**WHOLE, "questions": [{**A_SCALE, "colour": "red"}]},
        {**WHOLE, "questions": [{"kind": "choice", "words": "Where?", "options": "Here"}]},
        {**WHOLE, "questions": [{"kind": "choice", "words": "Where?", "options": [1, 2]}]},
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_name(wrong: Mapping[str, object]) -> None:
    """A set that half loads is one whose questions somebody misses only when it was sent."""
    with pytest.raises(ReadyMadeError, match="questionnaire mine"):
        parse_ready_made("mine", wrong)
    assert parse_ready_made("mine", WHOLE).questions[0].words == "We know."
