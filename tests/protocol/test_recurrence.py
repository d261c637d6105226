"""Follow-ups that come again: counted from the first day, on working days, never drifting (P7)."""

from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from clearinghouse.protocol.recurrence import Occurrence, Rhythm, Series, day_in_series, next_in_series
from clearinghouse.protocol.working_days import is_working_day

ENGLAND = frozenset(holidays.country_holidays("GB", subdiv="ENG", years=range(2025, 2036)))
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("first_on", "rhythm", "days"),
    [
        (date(2026, 10, 19), Rhythm.WEEK, [(10, 26), (11, 2), (11, 9)]),  # over the end of summer time
        (date(2027, 3, 15), Rhythm.FORTNIGHT, [(3, 29), (4, 12), (4, 26)]),  # over its beginning, and Easter
        (date(2026, 12, 31), Rhythm.MONTH, [(1, 31), (2, 28), (3, 31), (4, 30), (5, 31)]),
        (date(2028, 1, 30), Rhythm.MONTH, [(2, 29), (3, 30)]),  # a leap year
        (date(2026, 11, 30), Rhythm.QUARTER, [(2, 28), (5, 30), (8, 30), (11, 30)]),
    ],
)
def test_days_are_counted_from_the_first_and_not_from_the_one_before(
    first_on: date, rhythm: Rhythm, days: list[tuple[int, int]]
) -> None:
    """Monthly on the 31st would become monthly on the 28th for ever after its first February."""
    series = Series(first_on, rhythm)
    found = [day_in_series(series, number) for number in range(1, len(days) + 1)]
    assert [(day.month, day.day) for day in found] == days
    assert day_in_series(series, 0) == first_on


@pytest.mark.parametrize(
    ("series", "after", "today", "following"),
    [
        # The 31st of January 2027 is a Sunday; the next is asked for on the 28th of February, a Sunday too.
        (
            Series(date(2026, 12, 31), Rhythm.MONTH),
            date(2026, 12, 31),
            date(2026, 12, 31),
            (date(2027, 1, 31), date(2027, 2, 1)),
        ),
        (
            Series(date(2026, 12, 31), Rhythm.MONTH),
            date(2027, 1, 31),
            date(2027, 2, 1),
            (date(2027, 2, 28), date(2027, 3, 1)),
        ),
        # Good Friday 26 March and Easter Monday 29 March 2027 move it to Tuesday, and the one after stays a Friday.
        (
            Series(date(2027, 3, 19), Rhythm.WEEK),
            date(2027, 3, 19),
            date(2027, 3, 19),
            (date(2027, 3, 26), date(2027, 3, 30)),
        ),
        (
            Series(date(2027, 3, 19), Rhythm.WEEK),
            date(2027, 3, 26),
            date(2027, 3, 30),
            (date(2027, 4, 2), date(2027, 4, 2)),
        ),
        # The Sunday on which the clocks go back, and the one on which they go forward.
        (
            Series(date(2026, 9, 25), Rhythm.MONTH),
            date(2026, 9, 25),
            date(2026, 9, 25),
            (date(2026, 10, 25), date(2026, 10, 26)),
        ),
        (
            Series(date(2027, 2, 28), Rhythm.MONTH),
            date(2027, 2, 28),
            date(2027, 3, 1),
            (date(2027, 3, 28), date(2027, 3, 30)),
        ),
        # Done early: the same one is not asked for twice.
        (
            Series(date(2026, 11, 23), Rhythm.WEEK),
            date(2026, 11, 30),
            date(2026, 11, 24),
            (date(2026, 12, 7), date(2026, 12, 7)),
        ),
        # Done three weeks late: those that were missed are not asked for.
        (
            Series(date(2026, 11, 23), Rhythm.WEEK),
            date(2026, 11, 23),
            date(2026, 12, 15),
            (date(2026, 12, 21), date(2026, 12, 21)),
        ),
        # The last day is still in it, and nothing comes after.
        (
            Series(date(2026, 11, 23), Rhythm.FORTNIGHT, date(2026, 12, 7)),
            date(2026, 11, 23),
            date(2026, 11, 23),
            (date(2026, 12, 7), date(2026, 12, 7)),
        ),
        (
            Series(date(2026, 11, 23), Rhythm.FORTNIGHT, date(2026, 12, 7)),
            date(2026, 12, 7),
            date(2026, 12, 7),
            None,
        ),
    ],
)
def test_what_follows_when_one_is_done(
    series: Series, after: date, today: date, following: tuple[date, date] | None
) -> None:
    assert next_in_series(series, after, today, ENGLAND) == (Occurrence(*following) if following else None)


@given(
    first_on=some.dates(date(2026, 1, 1), date(2027, 12, 31)),
    rhythm=some.sampled_from(Rhythm),
    late=some.lists(some.integers(-3, 40), min_size=1, max_size=20),
)
@settings(deadline=None)  # mutants are tried without tests/conftest.py, which says so for all
def test_a_series_never_drifts_and_never_falls_on_a_day_off(
    first_on: date, rhythm: Rhythm, late: list[int]
) -> None:
    """However late or early each one is done, every one is a day of the calendar's own series, in order, once."""
    series = Series(first_on, rhythm)
    own = {day_in_series(series, number) for number in range(400)}
    after, today = first_on, first_on
    for days in late:
        today = max(today, after + days * DAY)
        found = next_in_series(series, after, today, ENGLAND)
        assert found is not None
        assert found.asked_on in own
        assert found.asked_on > after
        assert found.due_on > today
        assert is_working_day(found.due_on, ENGLAND)
        assert not any(
            is_working_day(found.asked_on + n * DAY, ENGLAND)
            for n in range((found.due_on - found.asked_on).days)
        )
        after = found.asked_on
