"""Signals as a lead could check them: which warn, which count, what recurs, who is worst."""

from datetime import date, timedelta

import pytest

from clearinghouse.protocol.signals import (
    RECURS_IN,
    SCALES,
    SOFT,
    Direction,
    Recurrence,
    SignalFacts,
    SignalKind,
    SignalTheme,
    counts,
    fits,
    latest,
    recurring,
    warns,
    worry,
)

BETTER, SAME, WORSE = Direction
STARS, DISTRICT, CAA, FLAG = (
    SignalKind.CPA_STARS,
    SignalKind.CPA_CATEGORY,
    SignalKind.CAA_ORGANISATION,
    SignalKind.CAA_FLAG,
)
TRAVEL, USE, AREA, INSPECTION = (
    SignalKind.DIRECTION_OF_TRAVEL,
    SignalKind.USE_OF_RESOURCES,
    SignalKind.AREA_AGREEMENT,
    SignalKind.INSPECTION,
)
AUDIT, TALK = SignalKind.AUDIT, SignalKind.TALK
CHILDREN, WASTE = SignalTheme.CHILDREN, SignalTheme.WASTE
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
YEAR_AGO = TODAY - 365 * DAY


def facts(at: str, kind: SignalKind = AUDIT, theme: SignalTheme = CHILDREN, **more: object) -> SignalFacts:
    given = {"id": "1", "observed_on": TODAY - DAY, "direction": WORSE, **more}
    return SignalFacts(authority=at, kind=kind, theme=theme, **given)  # type: ignore[arg-type]  # as given


@pytest.mark.parametrize(
    ("kind", "value", "direction", "warning"),
    [
        (STARS, 0, None, True),
        (STARS, 1, SAME, True),
        (STARS, 1, BETTER, True),
        (STARS, 2, SAME, False),
        (STARS, 4, WORSE, True),
        (DISTRICT, 2, None, True),
        (DISTRICT, 3, None, False),
        (CAA, 1, None, True),
        (CAA, 2, None, False),
        (FLAG, 0, None, True),
        (FLAG, 1, None, False),
        (TRAVEL, 1, None, True),
        (TRAVEL, 2, None, False),
        (USE, 1, None, True),
        (USE, 2, None, False),
        (AREA, 1, None, True),
        (AREA, 2, None, False),
        (INSPECTION, 1, None, True),
        (INSPECTION, 2, None, False),
        (AUDIT, None, WORSE, True),
        (AUDIT, None, SAME, False),
        (TALK, None, BETTER, False),
    ],
)
def test_what_warns(kind: SignalKind, value: int | None, direction: Direction | None, warning: bool) -> None:
    """A red flag would pass as a green one, or the early stage of decline unseen."""
    assert warns(kind, value, direction) is warning


@pytest.mark.parametrize(
    ("kind", "value", "fit"),
    [
        (STARS, 0, True),
        (STARS, 4, True),
        (STARS, 5, False),
        (STARS, -1, False),
        (STARS, None, False),
        (USE, 0, False),
        (USE, 4, True),
        (AUDIT, None, True),
        (AUDIT, 1, False),
    ],
)
def test_which_value_fits(kind: SignalKind, value: int | None, fit: bool) -> None:
    assert fits(kind, value) is fit


def test_the_closed_lists_are_those_of_the_documents() -> None:
    assert {SignalKind.TALK, SignalKind.POLITICAL_INTELLIGENCE} == SOFT
    assert not SOFT & SCALES.keys()
    for scale in SCALES.values():
        assert scale.warns_to in scale.values
        assert [scale.words_of(value) for value in scale.values] == list(scale.words)
        assert scale.most == scale.values[-1]
    assert SCALES[STARS].words_of(0) == "0 stars"


@pytest.mark.parametrize(
    ("observed_on", "direction", "counted"),
    [
        (TODAY, WORSE, True),
        (YEAR_AGO, WORSE, True),
        (YEAR_AGO - DAY, WORSE, False),
        (TODAY + DAY, WORSE, False),
        (TODAY, SAME, False),
    ],
)
def test_a_signal_counts_for_a_year(observed_on: date, direction: Direction, counted: bool) -> None:
    assert counts(facts("A", observed_on=observed_on, direction=direction), TODAY) is counted


def test_only_the_latest_of_a_kind_and_theme_counts() -> None:
    """A council that has mended what was wrong would stay the worst for a year."""
    before = facts("A", id="9", observed_on=TODAY - 30 * DAY)
    after = facts("A", id="2", direction=BETTER)
    again = facts("A", id="3", direction=SAME)
    assert latest([again, after, before]) == (again,)
    assert len(latest([before, facts("A", USE, value=2), facts("A", theme=WASTE)])) == 3
    assert recurring([before, after, facts("B"), facts("C")], TODAY) == ()


@pytest.mark.parametrize(
    ("places", "recurs"), [("AB", False), ("ABC", True), ("AABB", False), ("ABCD", True)]
)
def test_a_theme_recurs_in_three_authorities(places: str, recurs: bool) -> None:
    """Two councils are no pattern; one council twice is one council (§22)."""
    assert RECURS_IN == 3
    given = [facts(at, (AUDIT, INSPECTION)[number % 2], value=None) for number, at in enumerate(places)]
    found = recurring(given, TODAY)
    assert bool(found) is recurs
    assert all(each.authorities == frozenset(places) for each in found)


def test_themes_are_not_mixed_and_the_most_widespread_comes_first() -> None:
    given = [facts(at, theme=CHILDREN) for at in "ABC"] + [facts(at, theme=WASTE) for at in "ABCD"]
    assert [each.theme for each in recurring(given, TODAY)] == [WASTE, CHILDREN]
    mixed = [facts("A"), facts("B"), facts("C", theme=WASTE)]
    assert recurring(mixed, TODAY) == ()


def test_talk_does_not_count_at_the_round_table() -> None:
    """What was said in confidence would be put before regulators as a pattern."""
    given = [facts("A"), facts("B"), facts("C", TALK)]
    assert len(recurring(given, TODAY)) == 1
    assert recurring(given, TODAY, soft=False) == ()
    assert recurring([*given, facts("D")], TODAY, soft=False) == (Recurrence(CHILDREN, frozenset("ABD")),)


@pytest.mark.parametrize(
    ("decided", "again"), [(TODAY - 2 * DAY, True), (TODAY - DAY, False), (TODAY, False)]
)
def test_a_decided_theme_comes_again_with_what_is_observed_later(decided: date, again: bool) -> None:
    found = recurring([facts(at) for at in "ABC"], TODAY, decided={CHILDREN: decided})
    assert bool(found) is again
    assert recurring([facts(at) for at in "ABC"], TODAY, decided={WASTE: TODAY})


@pytest.mark.parametrize(
    ("signals", "expected"),
    [
        ([], (0, 0)),
        ([facts("A")], (1, 1)),
        ([facts("A"), facts("A", theme=WASTE, direction=BETTER)], (1, 0)),
        ([facts("A", USE, value=1, direction=SAME)], (1, 0)),
        ([facts("A", observed_on=YEAR_AGO - DAY)], (0, 0)),
        ([facts("A", observed_on=YEAR_AGO)], (1, 1)),
        ([facts("A", observed_on=TODAY)], (1, 1)),
        ([facts("A", observed_on=TODAY + DAY)], (0, 0)),
        ([facts("A"), facts("A", USE, value=4, direction=WORSE)], (2, 2)),
    ],
)
def test_the_worst_is_who_has_most_warnings_then_who_fell_most(
    signals: list[SignalFacts], expected: tuple[int, int]
) -> None:
    assert worry(signals, TODAY) == expected
