"""The words of a minute: what it says to its party, kept whole, and the same as plain text."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from clearinghouse.protocol.minutes import MinuteFor, MinuteParty, Present, may_hold_position
from clearinghouse.protocol.vocabulary import Attendance, Body, Capacity, MeetingKind, Outcome
from clearinghouse.records.meetings import Meeting, MeetingAttendee, MeetingIssue
from clearinghouse.records.sealed import Gone


@dataclass(frozen=True)
class Section:
    """A heading of a minute and what stands under it, paragraph by paragraph."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class MinuteText:
    """A minute as its party reads it."""

    title: str
    addressed_to: str
    sections: tuple[Section, ...]
    closing: tuple[str, ...]


@dataclass(frozen=True)
class Held:
    """The meeting of which a minute is made, with everything of it that a minute may draw on.

    `council` is what its authority is called; `passages` are the texts that the party may be told, and no others.
    """

    meeting: Meeting
    council: str
    attendees: Sequence[MeetingAttendee]
    issues: Sequence[MeetingIssue]
    passages: Sequence[str]


def minute_text(held: Held, minute: MinuteFor, addressed_to: str, closing: Iterable[str]) -> MinuteText:
    """The minute of a meeting for one party: nothing of other cases, of sources, or of findings."""
    meeting = held.meeting
    sections = (
        Section("Who attended", tuple(_attended(held))),
        Section("Issues", tuple(_issue(issue) for issue in held.issues)),
        Section("What the meeting found", tuple(_found(meeting))),
        Section("Your position", tuple(_positions(held, minute))),
        Section("Notes", tuple(held.passages)),
    )
    return MinuteText(
        title=f"Minute of the {meeting.kind.words.lower()} on {day_words(meeting.held_on)}",
        addressed_to=addressed_to,
        sections=tuple(section for section in sections if section.paragraphs),
        closing=tuple(closing),
    )


def stored(text: MinuteText) -> str:
    """A minute as the text that is sealed."""
    return json.dumps(asdict(text), ensure_ascii=False, sort_keys=True)


def restored(content: str) -> MinuteText:
    """A minute out of its stored text, word for word as it was issued; where that was destroyed, no more than that."""
    if isinstance(content, Gone):
        return MinuteText("Minute", "its party", (Section("This minute", (content,)),), ())
    given = json.loads(content)
    return MinuteText(
        given["title"],
        given["addressed_to"],
        tuple(Section(each["heading"], tuple(each["paragraphs"])) for each in given["sections"]),
        tuple(given["closing"]),
    )


def plain_text(text: MinuteText) -> str:
    """The minute as plain text, the same words in the same order."""
    parts = [text.title, f"For {text.addressed_to}"]
    parts += ["\n\n".join((each.heading.upper(), *each.paragraphs)) for each in text.sections]
    parts.append("\n".join(text.closing))
    return "\n\n".join(parts) + "\n"


def present(attendee: MeetingAttendee) -> Present:
    """An attendee, as the rules of minutes look at them."""
    return Present(attendee.body, attendee.attendance, attendee.capacity, str(attendee.id))


def addressee(minute: MinuteFor, council: str, name: str) -> str:
    """To whom a minute goes, in words."""
    if minute.party is MinuteParty.AUTHORITY:
        of_it = sorted(minute.recipients, key=list(Capacity).index)
        return f"{council}: {' and '.join(each.within for each in of_it)}"
    body = minute.party.body
    if body is None:
        return "everybody who attended"
    return f"{body.within}, {name}" if name else body.within


def day_words(day: date) -> str:
    """`20 November 2026`."""
    return f"{day.day} {day:%B %Y}"


def _attended(held: Held) -> Iterator[str]:
    for each in held.attendees:
        if each.attendance is Attendance.ATTENDED:
            who = held.council if each.body is Body.AUTHORITY else each.body.words
            capacity = f", {each.capacity.words[0].lower()}{each.capacity.words[1:]}" if each.capacity else ""
            yield f"{who}{capacity}{': ' + each.name if each.name else ''}"


def _issue(issue: MeetingIssue) -> str:
    said = [f"{issue.title}", f"Outcome: {issue.outcome.words}."]
    if issue.outcome is Outcome.A and issue.plan_or_person:
        said.append(f"Plan: {issue.plan_or_person}")
    if issue.outcome is Outcome.B and issue.plan_or_person:
        said.append(f"Agreed for the locality by: {issue.plan_or_person}")
    if issue.due_on and issue.outcome is not Outcome.C:
        what = "Reviewed at the joint local meeting on" if issue.outcome is Outcome.A else "Taken up by"
        said.append(f"{what} {day_words(issue.due_on)}.")
    return "\n".join(said)


def _found(meeting: Meeting) -> Iterator[str]:
    if meeting.kind is MeetingKind.PRE_INTERVENTION:
        yield {
            True: "A sector-led approach is feasible.",
            False: "A sector-led approach is not feasible.",
            None: "The meeting came to no conclusion on a sector-led approach.",
        }[meeting.sector_led_feasible]


def _positions(held: Held, minute: MinuteFor) -> Iterator[str]:
    """The party's own position and dissent; nobody else's."""
    everybody = [present(each) for each in held.attendees]
    for each, fact in zip(held.attendees, everybody, strict=True):
        if not may_hold_position(fact, minute, everybody) or not (each.position or each.dissents):
            continue
        who = each.name or (each.capacity.words if each.capacity else each.body.words)
        said = [f"{who}: {each.position}" if each.position else who]
        if each.dissents:
            said.append("Dissents from what the meeting concluded.")
        yield "\n".join(said)
