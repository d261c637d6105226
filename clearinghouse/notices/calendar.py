"""Calendar entries: a day and a case's reference, for calendars that other people can see into."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from icalendar import Calendar, Event


@dataclass(frozen=True)
class CalendarEntry:
    """What a calendar may know of a duty: its day, the case's reference and where to read more after signing in."""

    id: UUID
    reference: str
    due_on: date
    made_at: datetime
    link: str


def calendar_file(entry: CalendarEntry) -> bytes:
    """The entry as an iCalendar file of one whole day, which does not make its owner look busy."""
    event = Event()
    event.add("uid", f"{entry.id}@clearinghouse")
    event.add("dtstamp", entry.made_at)
    event.add("dtstart", entry.due_on)
    event.add("dtend", entry.due_on + timedelta(days=1))
    event.add("summary", entry.reference)
    event.add("url", entry.link)
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    calendar = Calendar()
    calendar.add("prodid", "-//Clearinghouse//Duties//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
