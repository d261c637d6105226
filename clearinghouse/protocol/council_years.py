"""Council years, which run from 1 April to 31 March, and how the days that a team asks of a peer fall in them."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from clearinghouse.protocol.working_days import is_working_day


def council_year(day: date) -> int:
    """The year in which the council year of this day began."""
    return day.year if day >= date(day.year, 4, 1) else day.year - 1


def first_day_of(year: int) -> date:
    """The day on which a council year begins."""
    return date(year, 4, 1)


def days_by_year(first: date, last: date, days: int, holidays: Collection[date]) -> Mapping[int, int]:
    """How many of a team's days count in each council year (ours): by the working days of its window in each.

    What cannot be parted evenly counts in the earlier year, which is the one that has begun. Where the window has no
    working day, its calendar days are counted instead.
    """
    window = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    counted = [day for day in window if is_working_day(day, holidays)] or window
    years = sorted({council_year(day) for day in counted})
    left, found = days, dict[int, int]()
    for number, year in enumerate(years):
        share = sum(council_year(day) >= year for day in counted)
        mine = sum(council_year(day) == year for day in counted)
        is_last = number == len(years) - 1
        found[year] = left if is_last else -(-left * mine // share)
        left -= found[year]
    return {year: each for year, each in found.items() if each}
