"""The council year begins on 1 April, and a team's days count in the year in which they fall."""

from datetime import date

import pytest

from clearinghouse.protocol.council_years import council_year, days_by_year, first_day_of

NEW_YEAR = frozenset({date(2027, 3, 26), date(2027, 3, 29)})


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 11, 23), 2026),
        (date(2027, 3, 31), 2026),
        (date(2027, 4, 1), 2027),
        (date(2027, 1, 1), 2026),
    ],
)
def test_a_council_year_is_called_by_the_year_in_which_it_begins(day: date, year: int) -> None:
    assert council_year(day) == year
    assert first_day_of(year) <= day < first_day_of(year + 1)


@pytest.mark.parametrize(
    ("first", "last", "days", "shares"),
    [
        (date(2026, 12, 7), date(2026, 12, 18), 4, {2026: 4}),
        # Three working days before 1 April and seven from then on.
        (date(2027, 3, 29), date(2027, 4, 9), 10, {2026: 3, 2027: 7}),
        (date(2027, 3, 29), date(2027, 4, 9), 5, {2026: 2, 2027: 3}),
        (date(2027, 3, 31), date(2027, 4, 9), 1, {2026: 1}),
        # Good Friday and Easter Monday are no days of work: the two that are left there count.
        (date(2027, 3, 26), date(2027, 4, 2), 4, {2026: 2, 2027: 2}),
        # A weekend on which somebody serves nonetheless.
        (date(2027, 4, 3), date(2027, 4, 4), 2, {2027: 2}),
        (date(2026, 6, 1), date(2028, 6, 1), 100, {2026: 42, 2027: 50, 2028: 8}),
    ],
)
def test_days_are_parted_by_working_days_and_none_is_lost(
    first: date, last: date, days: int, shares: dict[int, int]
) -> None:
    found = days_by_year(first, last, days, NEW_YEAR)
    assert sum(found.values()) == days
    assert found == shares
