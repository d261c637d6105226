"""Follow-ups that come again: which day is next, counted from the first one, so that no weekend moves the rest."""

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from clearinghouse.protocol.vocabulary import Worded
from clearinghouse.protocol.working_days import next_working_day

_MONTHS_IN_A_YEAR = 12


class Rhythm(Worded):
    """How often a follow-up comes again (ours)."""

    WEEK = "week", "Every week"
    FORTNIGHT = "fortnight", "Every two weeks"
    MONTH = "month", "Every month"
    QUARTER = "quarter", "Every three months"


_WEEKS = {Rhythm.WEEK: 1, Rhythm.FORTNIGHT: 2}
_MONTHS = {Rhythm.MONTH: 1, Rhythm.QUARTER: 3}


@dataclass(frozen=True)
class Series:
    """A follow-up that repeats: the day it was first asked for, how often, and the last day on which one may fall."""

    first_on: date
    rhythm: Rhythm
    until: date | None = None


@dataclass(frozen=True)
class Occurrence:
    """One of a series: `asked_on` is its day by the calendar, `due_on` the working day on which it falls due."""

    asked_on: date
    due_on: date


def day_in_series(series: Series, number: int) -> date:
    """The day of one repeat of a series, by its number and the calendar alone (ours).

    It is counted from the first day, never from the one before: a month that has no 31st takes its last day, and the
    next month is on the 31st again. With 0 it is the first day itself.
    """
    if series.rhythm in _WEEKS:
        return series.first_on + timedelta(weeks=_WEEKS[series.rhythm] * number)
    months = series.first_on.month - 1 + _MONTHS[series.rhythm] * number
    year, month = series.first_on.year + months // _MONTHS_IN_A_YEAR, months % _MONTHS_IN_A_YEAR + 1
    return date(year, month, min(series.first_on.day, monthrange(year, month)[1]))


def next_in_series(series: Series, after: date, today: date, holidays: Collection[date]) -> Occurrence | None:
    """What follows the repeat of the day `after`, once that is done (§19, the rhythm ours).

    The next day of the series whose working day is still to come: a repeat done early is not asked for twice, and those
    missed meanwhile are not asked for at all. It falls due on that day, or on the first working day after it, and the
    one after it is not moved by that. None once the last day has passed.
    """
    number = 1
    while True:
        asked_on = day_in_series(series, number)
        if series.until is not None and asked_on > series.until:
            return None
        due_on = next_working_day(asked_on, holidays)
        if asked_on > after and due_on > today:
            return Occurrence(asked_on, due_on)
        number += 1
