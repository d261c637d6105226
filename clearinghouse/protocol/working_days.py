"""Working days in England: duties fall on them; the caller brings the bank holidays."""

from collections.abc import Collection
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
SATURDAY = 5


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    """Monday to Friday, and not one of `holidays`."""
    return day.weekday() < SATURDAY and day not in holidays


def next_working_day(day: date, holidays: Collection[date]) -> date:
    """The day itself where it is a working day, otherwise the first working day after it."""
    while not is_working_day(day, holidays):
        day += ONE_DAY
    return day


def add_working_days(day: date, count: int, holidays: Collection[date]) -> date:
    """The working day that is `count` working days after `day`; with 0, the first on or after it.

    Counting starts on the day after `day`, whether or not `day` works: one working day after a Saturday is Monday.
    Raises ValueError for a negative count.
    """
    if count < 0:
        raise ValueError("a duty cannot fall before the day that brings it about")
    if count == 0:
        return next_working_day(day, holidays)
    for _ in range(count):
        day = next_working_day(day + ONE_DAY, holidays)
    return day


def working_days_between(start: date, end: date, holidays: Collection[date]) -> int:
    """How many working days come after `start`, up to and including `end`; 0 where `end` is not after `start`."""
    return sum(is_working_day(start + ONE_DAY * n, holidays) for n in range(1, (end - start).days + 1))
