"""P7: dates survive changes of the clocks, weekends and bank holidays, by an oracle that reckons in its own way."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from random import Random
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.roles import Role
from clearinghouse.casework.calendar import bank_holidays
from clearinghouse.casework.clock import tick
from clearinghouse.casework.duties.followups import schedule_followup
from clearinghouse.casework.world import World
from clearinghouse.protocol.recurrence import Rhythm, Series, next_in_series
from clearinghouse.protocol.working_days import add_working_days
from clearinghouse.records.duties import Duty
from clearinghouse.web.rendering import day_words, time_words, weekday_words
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.promises.databases import installed
from tests.servers import PostgreSQL
from tests.worlds import Clock

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
BEGINNING = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)
YEARS = range(2026, 2032)
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
CLOCK_CHANGES = (date(2026, 10, 25), date(2027, 3, 28))


@dataclass
class Tried:
    """How many things were compared with the oracle."""

    dates: int = 0
    comparisons: int = 0


def dates_survive(server: PostgreSQL | None, dates: int, seed: int) -> str:
    """So many dates around changes of the clocks and holidays; says what was reached, fails at the first wrong one."""
    began, dice, tried = time.monotonic(), Random(seed), Tried()
    with installed(server) as place:
        place.clock.instant = BEGINNING
        world, lead = place.world, person(place.world, Role.LEAD)
        case_id = logged_case(world, lead, authority(world)).case_id
        asked = islice((day for day in _dates(dice) if day >= place.world.today), dates)
        for day in asked:
            given = schedule_followup(world, lead, case_id, None, day, "")
            _same(given.due_on, next_working(day), f"what is asked for {day}", tried)
            _same(given.moved, given.due_on != day, f"whether {day} moved", tried)
            _try_instant(world, _instant(day, dice), tried)
            _try_counting(day, dice, tried)
            tried.dates += 1
        nights = _try_nights(world, place.clock, tried)
    assert tried.dates == dates
    return (
        f"{tried.dates:,} dates and {nights} midnights, {tried.comparisons:,} comparisons, none wrong;"
        f" {time.monotonic() - began:.0f} s"
    )


def _dates(dice: Random) -> Iterator[date]:
    """Days around what makes days odd; the two changes of the clocks that are promised come first."""
    odd = [*CLOCK_CHANGES, *(day for year in YEARS[:-1] for day in (*holidays(year), *_changes(year)))]
    for day in CLOCK_CHANGES:
        yield from (day + DAY * n for n in range(-3, 4))
    while True:
        yield dice.choice(odd) + DAY * dice.randrange(-5, 6)


def _instant(day: date, dice: Random) -> datetime:
    """An instant of the day or near it, often within the hours in which the clocks change."""
    hour = dice.choice([0, 1, 1, 2, 23, dice.randrange(24)])
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return start + timedelta(hours=hour, minutes=dice.choice([0, 59, 30]), seconds=dice.choice([0, 59]))


def _try_instant(world: World, instant: datetime, tried: Tried) -> None:
    there = instant + timedelta(hours=is_summer(instant))
    day, hour = there.date(), there.hour
    words = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    minutes = f":{there.minute:02}" if there.minute else ""
    clock = f"{hour - 12 if hour > 12 else hour or 12}{minutes}{'pm' if hour >= 12 else 'am'}"
    _same(replace(world, now=lambda: instant).today, day, f"the day at {instant}", tried)
    _same(day_words(instant), words, f"the words of {instant}", tried)
    _same(weekday_words(instant), f"{WEEKDAYS[weekday(day)]} {words}", f"the weekday of {instant}", tried)
    _same(time_words(instant), clock, f"the time of {instant}", tried)


def _try_counting(day: date, dice: Random, tried: Tried) -> None:
    count, known = dice.randrange(12), bank_holidays(day.year)
    _same(
        add_working_days(day, count, known), later(day, count), f"{count} working days on from {day}", tried
    )
    rhythm = dice.choice(list(Rhythm))
    after, today = day + DAY * dice.randrange(60), day + DAY * dice.randrange(60)
    found = next_in_series(Series(day, rhythm), after, today, known)
    assert found, "a series without an end has a next one"
    asked = next(each for each in _series(day, rhythm) if each > after and next_working(each) > today)
    _same((found.asked_on, found.due_on), (asked, next_working(asked)), f"{rhythm} from {day}", tried)


def _try_nights(world: World, clock: Clock, tried: Tried) -> int:
    """What is due on a day is not overdue in its last second in England, and is in the next."""
    with world.database.reading() as session:
        due: dict[date, set[UUID]] = {}
        for row in session.execute(select(Duty.id, Duty.due_on)):
            due.setdefault(row.due_on, set()).add(row.id)
    near = [day for day in sorted(due) if any(abs((day - each).days) <= 5 for each in CLOCK_CHANGES)]
    for day in near:
        midnight = _midnight_after(day)
        for instant, is_over in ((midnight - SECOND, False), (midnight, True)):
            clock.instant = instant
            assert tick(world).failures == ()
            with world.database.reading() as session:
                late = set(session.scalars(select(Duty.id).where(Duty.overdue_at.is_not(None))))
            _same(due[day] & late, due[day] if is_over else set(), f"what of {day} is overdue", tried)
    return len(near)


def _midnight_after(day: date) -> datetime:
    """The instant at which the next day begins in England."""
    utc = datetime(day.year, day.month, day.day, tzinfo=UTC) + DAY
    return utc - timedelta(hours=is_summer(utc - timedelta(hours=1)))


def _same(found: object, expected: object, what: str, tried: Tried) -> None:
    tried.comparisons += 1
    assert found == expected, f"{what}: {found}, where it ought to be {expected}"


# The oracle: from the Act of 1971, the computus and the Summer Time Order, with arithmetic on day numbers.


def weekday(day: date) -> int:
    """Monday is 0: from the number of days since a Monday."""
    return (day - date(1900, 1, 1)).days % 7


def easter(year: int) -> date:
    """Easter Sunday by the anonymous Gregorian computus."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    weekdays = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * weekdays) // 451
    month, day = divmod(h + weekdays - 7 * m + 114, 31)
    return date(year, month, day + 1)


def holidays(year: int) -> set[date]:
    """The bank holidays of England, with the days that stand in for those on a weekend."""
    sunday = easter(year)
    new_year = date(year, 1, 1)
    while weekday(new_year) > 4:
        new_year += DAY
    last = {5: (27, 28), 6: (26, 27), 4: (25, 28)}.get(weekday(date(year, 12, 25)), (25, 26))
    return {
        new_year,
        sunday - 2 * DAY,
        sunday + DAY,
        _first_monday(date(year, 5, 1)),
        _first_monday(date(year, 5, 25)),
        _first_monday(date(year, 8, 25)),
        *(date(year, 12, day) for day in last),
    }


def is_summer(instant: datetime) -> bool:
    """Whether the clocks of England are an hour ahead: from 1 am UTC of March's last Sunday to that of October's."""
    begins, ends = (datetime(day.year, day.month, day.day, 1, tzinfo=UTC) for day in _changes(instant.year))
    return begins <= instant < ends


def next_working(day: date) -> date:
    """The day itself if people work on it, otherwise the first after it on which they do."""
    while weekday(day) > 4 or day in holidays(day.year):
        day += DAY
    return day


def later(day: date, count: int) -> date:
    """So many working days after the day; with none, the first on or after it."""
    for _ in range(count):
        day = next_working(day + DAY)
    return day if count else next_working(day)


def _series(first: date, rhythm: Rhythm) -> Iterator[date]:
    """Every day of a series after its first, found by looking at each day in turn."""
    day = first
    while True:
        day += DAY
        apart = (day.year - first.year) * 12 + day.month - first.month
        of_month = day.day == first.day or (day.day < first.day and (day + DAY).day == 1)
        match rhythm:
            case Rhythm.WEEK:
                comes = (day - first).days % 7 == 0
            case Rhythm.FORTNIGHT:
                comes = (day - first).days % 14 == 0
            case Rhythm.MONTH:
                comes = of_month and apart > 0
            case Rhythm.QUARTER:
                comes = of_month and apart > 0 and apart % 3 == 0
        if comes:
            yield day


def _changes(year: int) -> tuple[date, date]:
    return _last_sunday(date(year, 3, 31)), _last_sunday(date(year, 10, 31))


def _last_sunday(day: date) -> date:
    return day - DAY * ((weekday(day) + 1) % 7)


def _first_monday(day: date) -> date:
    return day + DAY * (-weekday(day) % 7)
