"""How long things are kept, and what stands against destroying them, as truth tables."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from clearinghouse.protocol.retention import (
    USUAL_MONTHS,
    DestructionFacts,
    Keeps,
    Kept,
    RetentionError,
    RetentionSettings,
    destroyed_with,
    may_confirm,
    may_propose,
    months_after,
    parse_retention,
)

TODAY = date(2026, 11, 23)
DUE = DestructionFacts(held=False, closed=True, due_on=TODAY)


@pytest.mark.parametrize(
    ("changed", "against"),
    [
        ({}, ()),
        ({"held": True}, (Keeps.HELD,)),
        ({"closed": False}, (Keeps.NOT_CLOSED,)),
        ({"due_on": TODAY + timedelta(days=1)}, (Keeps.NOT_DUE,)),
        ({"due_on": TODAY - timedelta(days=1)}, ()),
        ({"owed": 1}, (Keeps.OWED,)),
        ({"pack_waits": True}, (Keeps.PACK_WAITS,)),
        ({"held": True, "closed": False, "owed": 2}, (Keeps.HELD, Keeps.NOT_CLOSED, Keeps.OWED)),
        ({"closed": False, "owed": 2, "at_request": True, "due_on": date.max}, ()),
        ({"held": True, "at_request": True}, (Keeps.HELD,)),
    ],
)
def test_what_stands_against_a_proposal(changed: dict[str, object], against: tuple[Keeps, ...]) -> None:
    facts = replace(DUE, **changed)  # type: ignore[arg-type]  # as the table says
    assert may_propose(facts, TODAY) == against
    proposed = replace(facts, proposed_by="one")
    assert may_confirm(proposed, "another", TODAY) == against, "the second looks at all that the first did"


@pytest.mark.parametrize(
    ("proposed_by", "confirmed_by", "changed", "against"),
    [
        (None, "one", False, (Keeps.NOT_PROPOSED,)),
        ("one", "one", False, (Keeps.SAME_PERSON,)),
        ("one", "another", False, ()),
        ("one", "another", True, (Keeps.CHANGED,)),
        ("one", "one", True, (Keeps.SAME_PERSON, Keeps.CHANGED)),
    ],
)
def test_it_takes_a_second_person_and_nothing_recorded_since(
    proposed_by: str | None, confirmed_by: str, changed: bool, against: tuple[Keeps, ...]
) -> None:
    facts = replace(DUE, proposed_by=proposed_by, changed_since=changed)
    assert may_confirm(facts, confirmed_by, TODAY) == against


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 23), 1, date(2026, 12, 23)),
        (date(2026, 11, 23), 2, date(2027, 1, 23)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
        (date(2026, 11, 23), -12, date(2025, 11, 23)),
    ],
)
def test_months_end_on_the_same_day_or_the_last_of_the_month(day: date, months: int, later: date) -> None:
    assert months_after(day, months) == later


def test_with_the_history_all_of_the_case_goes() -> None:
    assert destroyed_with([Kept.HISTORY]) == tuple(Kept)
    assert destroyed_with([Kept.CONCERN, Kept.SOURCE]) == (Kept.SOURCE, Kept.CONCERN)


def test_settings_are_read_and_what_is_left_out_is_usual() -> None:
    read = parse_retention({"source": {"months": 6}})
    assert (read.months[Kept.SOURCE], read.months[Kept.CONCERN]) == (6, USUAL_MONTHS[Kept.CONCERN])
    assert read.until(Kept.SOURCE, date(2026, 1, 31)) == date(2026, 7, 31)
    assert RetentionSettings().months == USUAL_MONTHS


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"sources": {"months": 6}}, "unknown table [sources]"),
        ({"source": {"years": 6}}, "[source] must have one entry, months"),
        ({"source": 6}, "[source] must have one entry, months"),
        ({"source": {"months": 0}}, "whole number from 1 to 1200"),
        ({"source": {"months": True}}, "whole number"),
        ({"source": {"months": "6"}}, "whole number"),
        ({"history": {"months": 71}}, "[history] months must be 72 or more"),
        ({"concern": {"months": 145}}, "[history] months must be 145 or more"),
    ],
)
def test_settings_that_make_no_sense_are_refused(data: dict[str, object], words: str) -> None:
    with pytest.raises(RetentionError, match=words.replace("[", r"\[")):
        parse_retention(data)


def test_the_shortest_and_the_longest_period_are_taken() -> None:
    read = parse_retention({"source": {"months": 1}, "history": {"months": 1200}})
    assert (read.months[Kept.SOURCE], read.months[Kept.HISTORY]) == (1, 1200)


def test_each_problem_of_the_settings_stands_on_a_line_of_its_own() -> None:
    with pytest.raises(RetentionError) as refused:
        parse_retention({"sources": {}, "source": 6})
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == ["retention", "retention"]
