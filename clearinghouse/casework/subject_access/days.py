"""By when a request is answered, and for how long what was made is kept (UK GDPR art. 12(3))."""

from calendar import monthrange
from collections.abc import Collection
from datetime import date, timedelta

from clearinghouse.protocol.working_days import next_working_day

MONTHS = 1
EXTENDED_MONTHS = 3
REMINDED_BEFORE = timedelta(days=7)
APPROVAL_HOLDS = timedelta(days=30)
"""After so long an answer that nobody handed over must be looked at again: what is held has changed meanwhile."""
KEPT_AFTER_HANDING_OVER = timedelta(days=90)
"""For so long a handed over answer is kept, sealed, for a complaint; nobody can download it meanwhile."""
REQUEST_KEPT = timedelta(days=3 * 365)
"""For so long after its end it can be shown who asked, when, and what became of it."""


def answer_due(
    asked_on: date, identified_on: date | None, holidays: Collection[date], *, extended: bool
) -> date:
    """The day by which the person has their answer: one calendar month after they asked, three where it was extended.

    It runs from the day on which they showed who they are, where that was later. Where the month has no such day it is
    the month's last; a weekend or bank holiday moves it to the next working day.
    """
    start = max(asked_on, identified_on or asked_on)
    return next_working_day(_months_after(start, EXTENDED_MONTHS if extended else MONTHS), holidays)


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
