"""Calendar entries: a day and a case's reference, for calendars that other people can see into."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from icalendar import Calendar, Event

_READ_AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class CalendarEntry:
    """What a calendar may know of a duty: its day, the case's reference and where to read more after signing in."""

    id: UUID
    reference: str
    due_on: date
    made_at: datetime
    link: str


@dataclass(frozen=True)
class FeedEntry:
    """What a person's own feed may know of a duty: the same, and what kind of duty it is."""

    id: UUID
    reference: str
    words: str
    due_on: date
    link: str


def calendar_file(entry: CalendarEntry) -> bytes:
    """The entry as an iCalendar file of one whole day, which does not make its owner look busy."""
    calendar = _calendar()
    calendar.add_component(_day(entry.id, entry.reference, entry.due_on, entry.made_at, entry.link))
    return bytes(calendar.to_ical())


def days_file(key: UUID, first: date, last: date, stamp: datetime) -> bytes:
    """A peer's days as one entry of whole days that names neither council nor case, and makes nobody look busy."""
    calendar = _calendar()
    entry = Event()
    entry.add("uid", f"{key}@clearinghouse")
    entry.add("dtstamp", stamp)
    entry.add("dtstart", first)
    entry.add("dtend", last + timedelta(days=1))
    entry.add("summary", "Peer work")
    entry.add("class", "PRIVATE")
    entry.add("transp", "TRANSPARENT")
    calendar.add_component(entry)
    return bytes(calendar.to_ical())


def feed_file(entries: Iterable[FeedEntry]) -> bytes:
    """The entries as one iCalendar file, which a calendar program is asked to read again every hour."""
    calendar = _calendar()
    calendar.add("x-wr-calname", "Clearinghouse")
    calendar.add("refresh-interval", _READ_AGAIN_AFTER, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", _READ_AGAIN_AFTER)
    for entry in entries:
        # The stamp says nothing about when anything was done: it is the day itself.
        stamp = datetime.combine(entry.due_on, time(), UTC)
        words = f"{entry.words}, {entry.reference}"
        calendar.add_component(_day(entry.id, words, entry.due_on, stamp, entry.link))
    return bytes(calendar.to_ical())


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Clearinghouse//Duties//EN")
    calendar.add("version", "2.0")
    return calendar


def _day(key: UUID, summary: str, day: date, stamp: datetime, link: str) -> Event:
    event = Event()
    event.add("uid", f"{key}@clearinghouse")
    event.add("dtstamp", stamp)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", summary)
    event.add("url", link)
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    return event
