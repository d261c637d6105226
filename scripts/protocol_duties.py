"""The sections of docs/protocol.md about deputies and about follow-ups that come again."""

from datetime import date

from protocol_case import DAY, TODAY
from protocol_markdown import grid, rule, table, yes

from clearinghouse.casework.calendar import bank_holidays
from clearinghouse.protocol import deputies, recurrence

_REGION = "North East"
_LED: dict[str, object] = {
    "that region": (_REGION,),
    "another region": ("London",),
    "the country": (None,),
    "nothing any more": (),
}
_PLAYED = (
    ("every month from Thursday 31 December 2026", recurrence.Rhythm.MONTH, date(2026, 12, 31), 4),
    ("every month from Friday 25 September 2026", recurrence.Rhythm.MONTH, date(2026, 9, 25), 3),
    ("every week from Friday 19 March 2027", recurrence.Rhythm.WEEK, date(2027, 3, 19), 3),
)


def deputies_section() -> str:
    """Who hears in a lead's place."""
    return "\n".join(
        (
            "## Deputies\n",
            rule(deputies.may_deputise),
            grid("the deputy leads", _LED, {"for a region": _REGION, "for the country": None}, _fit),
            rule(deputies.stands_in),
            _standing_in(),
        )
    )


def recurrence_section() -> str:
    """Follow-ups that come again, played over the end of a year, the ends of summer time and Easter."""
    closed, rows = bank_holidays(2026), []
    for name, rhythm, first_on, count in _PLAYED:
        series, after, today = recurrence.Series(first_on, rhythm), first_on, first_on
        for _ in range(count):
            found = recurrence.next_in_series(series, after, today, closed)
            if found is not None:
                rows.append((name, _day(found.asked_on), _day(found.due_on)))
                after, today = found.asked_on, found.due_on
    return "\n".join(
        (
            "## Follow-ups that come again\n",
            rule(recurrence.day_in_series),
            rule(recurrence.next_in_series),
            "Each done on the day on which it falls due:\n",
            table(("repeats", "the next day of the series", "falls due on"), rows),
        )
    )


def _fit(leads: tuple[str | None, ...], region: str | None) -> str:
    return yes(deputies.may_deputise(region, leads))


def _standing_in() -> str:
    cover = deputies.CoverFacts(_REGION, TODAY, TODAY + 4 * DAY)
    ended = deputies.CoverFacts(_REGION, TODAY, TODAY + 4 * DAY, ended=True)
    days = {"the day before": -1, "the first day": 0, "the last day": 4, "the day after": 5}
    rows = [
        (name, yes(deputies.stands_in(cover, (_REGION,), TODAY + offset * DAY)))
        for name, offset in days.items()
    ]
    rows += [
        ("the first day, but it was ended", yes(deputies.stands_in(ended, (_REGION,), TODAY))),
        ("the first day, but the deputy leads there no more", yes(deputies.stands_in(cover, (), TODAY))),
    ]
    return table(("today is", "the deputy hears"), rows)


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"
