"""Finding a name however it is written, blacking words out whole, and the days of the law."""

from datetime import date

import pytest

from clearinghouse.casework.subject_access.days import answer_due
from clearinghouse.casework.subject_access.redacting import MARK, absent, black_out, mentions, names_left

HOLIDAYS = frozenset({date(2026, 12, 25), date(2026, 12, 28)})


@pytest.mark.parametrize(
    ("text", "words", "left"),
    [
        ("Ann Smith came.", ["Ann Smith"], f"{MARK} came."),
        ("ANN  SMITH came; ann\nsmith left.", ["Ann Smith"], f"{MARK} came; {MARK} left."),
        ("Smith’s view, Smith's, Smiths.", ["smith"], f"{MARK} view, {MARK}, {MARK}."),
        ("Smith-Jones and Smithson.", ["Smith"], f"{MARK}-Jones and Smithson."),
        ("Zoë and Zoe\u0308 and ZOE.", ["Zoe"], f"{MARK} and {MARK} and {MARK}."),
        ("O’Neil met ONeil.", ["O'Neil"], f"{MARK} met {MARK}."),
        ("Ann Smith and Smith.", ["Smith", "Ann Smith"], f"{MARK} and {MARK}."),
        ("Annual planning.", ["Ann"], "Annual planning."),
        ("07700 900-123 is hers.", ["07700 900 123"], f"{MARK} is hers."),
        ("Nothing.", ["", "  ", "…"], "Nothing."),
    ],
)
def test_words_are_blacked_out_whole_however_they_are_written(text: str, words: list[str], left: str) -> None:
    """One spelling that is overlooked names somebody who must not be named."""
    assert black_out(text, words) == left


def test_no_length_shows_through() -> None:
    """A short bar is Tim, a long one is Bartholomew."""
    assert black_out("Tim knew.", ["Tim"]) == black_out("Bartholomew knew.", ["Bartholomew"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("said cllr OKELL’s deputy", True),
        ("Okéll", True),
        ("the Okell-Smith review", True),
        ("Okells", True),
        ("Rokell", False),
        ("", False),
    ],
)
def test_a_name_is_found_however_it_is_written(text: str, found: bool) -> None:
    """What is not found is not given, and the person is told that there is nothing."""
    assert mentions(text, ["Okell"]) is found


def test_a_mistyped_word_is_named_and_other_peoples_names_are_pointed_out() -> None:
    """Both are how a third person's name goes out unseen."""
    text = "Cllr Okell met Mary Able and Mr Quill. The Audit Commission knew."
    assert absent(text, ["Mary Able", "Quil"]) == ["Quil"]
    assert names_left(text, ["Okell"])[:2] == ("Mary Able", "Mr Quill")


@pytest.mark.parametrize(
    ("asked", "identified", "extended", "due"),
    [
        (date(2026, 11, 23), None, False, date(2026, 12, 23)),
        (
            date(2026, 11, 25),
            None,
            False,
            date(2026, 12, 29),
        ),  # Christmas, then a weekend, then its bank holiday
        (date(2027, 1, 31), None, False, date(2027, 3, 1)),  # the last day of February is a Sunday
        (date(2026, 11, 2), date(2026, 11, 23), False, date(2026, 12, 23)),
        (date(2026, 11, 23), date(2026, 11, 23), True, date(2027, 2, 23)),
        (date(2026, 12, 31), None, True, date(2027, 3, 31)),
    ],
)
def test_an_answer_is_due_a_month_after_they_showed_who_they_are(
    asked: date, identified: date | None, extended: bool, due: date
) -> None:
    """A day too late breaks the law (UK GDPR art. 12(3))."""
    assert answer_due(asked, identified, HOLIDAYS, extended=extended) == due
