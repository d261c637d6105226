"""Accreditation, days offered and days away, as truth tables with until when and in which words."""

from datetime import date, timedelta
from typing import Any

import pytest

from clearinghouse.protocol.conflicts import Effect, Rule, check, is_blocked
from clearinghouse.protocol.peers import (
    PeerKind,
    Period,
)
from tests.protocol.peer_facts import (
    MIDTHORPE,
    REGISTER,
    TODAY,
    WINDOW,
    found,
    peer,
    said,
)

NEVER: dict[str, Any] = {"accredited_from": None, "accredited_until": None}


@pytest.mark.parametrize(
    ("facts", "rule", "words", "until"),
    [
        ({"accredited_until": date(2025, 6, 20)}, None, None, None),
        (
            {"accredited_until": date(2025, 6, 19)},
            Rule.NOT_ACCREDITED,
            "Accreditation lapses on 19 June 2025, before the work would end.",
            None,
        ),
        (
            {"accredited_until": date(2025, 5, 31)},
            Rule.NOT_ACCREDITED,
            "Accreditation lapsed on 31 May 2025, before the work would end.",
            None,
        ),
        (
            {"accredited_until": TODAY},
            Rule.NOT_ACCREDITED,
            "Accreditation lapses on 2 June 2025, before the work would end.",
            None,
        ),
        ({"accredited_until": None}, None, None, None),
        ({"accredited_from": date(2025, 6, 16)}, None, None, None),
        (
            {"accredited_from": date(2025, 6, 17)},
            Rule.NOT_ACCREDITED,
            "Accredited only from 17 June 2025.",
            date(2025, 6, 16),
        ),
        (NEVER, Rule.NOT_ACCREDITED, "Has no accreditation on record.", None),
        (NEVER | {"kind": PeerKind.SPECIALIST}, None, None, None),
        ({"suspended": True}, Rule.SUSPENDED, "Accreditation is suspended.", None),
        ({"days_used": 5}, None, None, None),
        (
            {"days_used": 6},
            Rule.DAYS_USED_UP,
            "Has 4 of the 10 days offered this year left; 5 are asked.",
            date(2026, 3, 31),
        ),
        (
            {"days_used": 9},
            Rule.DAYS_USED_UP,
            "Has 1 of the 10 days offered this year left; 5 are asked.",
            date(2026, 3, 31),
        ),
        (
            {"days_offered": 5, "days_used": 1},
            Rule.DAYS_USED_UP,
            "Has 4 of the 5 days offered this year left; 5 are asked.",
            date(2026, 3, 31),
        ),
        (
            {"days_used": 10},
            Rule.DAYS_USED_UP,
            "Has used all of the 10 days offered this year; 5 are asked.",
            date(2026, 3, 31),
        ),
        (
            {"days_offered": 4},
            Rule.DAYS_USED_UP,
            "Has 4 of the 4 days offered this year left; 5 are asked.",
            None,
        ),
        (
            {"unavailable": (Period(date(2025, 6, 18), date(2025, 6, 30)),)},
            Rule.UNAVAILABLE,
            "Unavailable from 18 June 2025 to 30 June 2025.",
            date(2025, 6, 30),
        ),
        ({"unavailable": (Period(date(2025, 6, 21), date(2025, 6, 30)),)}, None, None, None),
    ],
)
def test_accreditation_days_and_availability(
    facts: dict[str, Any], rule: Rule | None, words: str | None, until: date | None
) -> None:
    """Wrong if somebody who cannot come is offered, or the screen cannot say until when."""
    conflicts = found(peer(**facts))
    assert said(conflicts) == ([] if rule is None else [(rule, words, until)])
    assert all(conflict.effect is Effect.BLOCKED for conflict in conflicts)


@pytest.mark.parametrize(
    ("today", "until"),
    [
        (date(2026, 1, 15), date(2026, 3, 31)),
        (date(2026, 3, 31), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2027, 3, 31)),
    ],
)
def test_the_council_year_ends_on_the_last_of_march(today: date, until: date) -> None:
    """Wrong if a coordinator is told to come back a year too late, or on a day that changes nothing."""
    window = Period(today, today + timedelta(days=6))
    (conflict,) = check(peer(days_used=10), REGISTER[MIDTHORPE], window, 5, today, register=REGISTER)
    assert (conflict.rule, conflict.until) == (Rule.DAYS_USED_UP, until)


@pytest.mark.parametrize(
    ("away", "blocked"),
    [
        ([(9, 13)], False),  # one week of a fortnight: five weekdays stay free
        ([(9, 13), (16, 16)], True),  # four stay free
        ([(9, 13), (10, 12)], False),  # the same days named twice are lost once
        ([(14, 15)], False),  # a weekend
    ],
)
def test_a_window_wider_than_the_days_asked_bears_some_absence(
    away: list[tuple[int, int]], blocked: bool
) -> None:
    """Wrong if a week away in a longer window blocks, or too few free weekdays do not."""
    periods = tuple(Period(date(2025, 6, first), date(2025, 6, last)) for first, last in away)
    window = Period(date(2025, 6, 9), date(2025, 6, 20))
    assert is_blocked(found(peer(unavailable=periods), window=window)) is blocked


@pytest.mark.parametrize(
    ("away", "words"),
    [
        ([(16, 17), (18, 19)], "from 16 June 2025 to 19 June 2025"),
        ([(16, 18), (18, 19)], "from 16 June 2025 to 19 June 2025"),
        ([(16, 19), (17, 18)], "from 16 June 2025 to 19 June 2025"),
        ([(19, 20), (16, 17)], "from 16 June 2025 to 17 June 2025 and from 19 June 2025 to 20 June 2025"),
    ],
)
def test_times_away_that_meet_are_said_as_one(away: list[tuple[int, int]], words: str) -> None:
    """Wrong if a coordinator reads of free days between two absences where there are none, or the other way round."""
    periods = tuple(Period(date(2025, 6, first), date(2025, 6, last)) for first, last in away)
    (conflict,) = found(peer(unavailable=periods))
    assert conflict.words == f"Unavailable {words}."


@pytest.mark.parametrize(
    ("first", "last", "both"),
    [(9, 15, False), (9, 16, True), (16, 20, True), (20, 30, True), (21, 30, False)],
)
def test_periods_overlap_where_a_day_is_in_both(first: int, last: int, both: bool) -> None:
    """Wrong if the first or the last day of an absence is not counted."""
    other = Period(date(2025, 6, first), date(2025, 6, last))
    assert (WINDOW.overlaps(other), other.overlaps(WINDOW)) == (both, both)


def test_days_used_this_council_year_do_not_count_in_the_next() -> None:
    """Wrong if days used before 31 March block work after it."""
    next_year = Period(date(2026, 4, 13), date(2026, 4, 17))
    assert found(peer(days_offered=5, days_used=5), window=next_year) == ()
    last_day = Period(date(2026, 3, 31), date(2026, 4, 10))
    assert [conflict.rule for conflict in found(peer(days_used=10), window=last_day)] == [Rule.DAYS_USED_UP]


FROM_WEDNESDAY = Period(date(2025, 6, 11), date(2025, 6, 14))  # to Saturday: three weekdays
TWENTY_WEEKS = Period(date(2025, 6, 2), date(2025, 10, 19))  # a hundred weekdays


@pytest.mark.parametrize(
    ("window", "away", "days", "blocked"),
    [
        (FROM_WEDNESDAY, [(12, 12)], 2, False),
        (FROM_WEDNESDAY, [(12, 12)], 3, True),
        (FROM_WEDNESDAY, [(11, 11), (13, 13)], 1, False),
        (FROM_WEDNESDAY, [(11, 11), (13, 13)], 2, True),
        (TWENTY_WEEKS, [(9, 15)], 95, False),
        (TWENTY_WEEKS, [(9, 15)], 96, True),
    ],
)
def test_only_mondays_to_fridays_of_the_window_count(
    window: Period, away: list[tuple[int, int]], days: int, blocked: bool
) -> None:
    """Wrong if a Saturday, or a day outside the window, is taken for a day of work."""
    periods = tuple(Period(date(2025, 6, first), date(2025, 6, last)) for first, last in away)
    who = peer(days_offered=100, unavailable=periods)
    assert is_blocked(found(who, window=window, days=days)) is blocked
