"""Minutes that a correction has made wrong: who still holds one, and that new ones are owed."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.duties.setting import end_duty, finish_duties, set_duty
from clearinghouse.casework.world import Work
from clearinghouse.protocol.duties import TO_HAND_OVER
from clearinghouse.protocol.minutes import ONE_OF_ITS_KIND, MinuteParty
from clearinghouse.protocol.vocabulary import Capacity, DutyKind
from clearinghouse.protocol.working_days import add_working_days
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.meetings import Meeting, MeetingAttendee
from clearinghouse.records.minutes import Minute

_NOTE = "The meeting of {day} was corrected after minutes of it were issued: issue them anew."


@dataclass(frozen=True)
class Outdated:
    """A party that still holds a minute of an entry that was corrected; of a council, who of it does."""

    minute_id: UUID
    party: MinuteParty
    attendee_id: UUID | None
    recipients: frozenset[Capacity]


def owe_new_minutes(work: Work, case: Case, before: Meeting, later: Meeting) -> None:
    """Owe the minutes of a corrected meeting anew, where any were issued of what it corrects."""
    owed = (Duty.subject_id == before.id, Duty.kind == DutyKind.FOLLOW_UP, Duty.state == DutyState.OPEN)
    for duty in work.session.scalars(select(Duty).where(*owed)).all():
        end_duty(work, case, duty, DutyState.REPLACED)
    if outdated_minutes(work, later):
        day = f"{later.held_on.day} {later.held_on:%B %Y}"
        due_on = add_working_days(work.today, TO_HAND_OVER, work.holidays)
        note = _NOTE.format(day=day)
        set_duty(work, case, DutyKind.FOLLOW_UP, due_on, note=note, subject_id=later.id)


def finish_if_replaced(work: Work, case: Case, meeting: Meeting) -> None:
    """Nothing more is owed once everybody who held an outdated minute has a new one."""
    work.session.flush()
    if not outdated_minutes(work, meeting):
        finish_duties(work, case, DutyKind.FOLLOW_UP, subject_id=meeting.id)


def outdated_minutes(work: Work, meeting: Meeting) -> tuple[Outdated, ...]:
    """The minutes of earlier entries of this meeting that nothing has replaced, for each of those who hold one."""
    minutes = minutes_of(work, meeting)
    found = []
    for minute in minutes:
        if minute.meeting_id == meeting.id:
            continue
        newer = [each for each in minutes if minute.id in _replaced_by(each, minutes)]
        held = frozenset(Capacity(each) for each in minute.recipients)
        renewed = frozenset(Capacity(name) for each in newer for name in each.recipients)
        if (held - renewed) if held else not newer:
            found.append(Outdated(minute.id, minute.party, minute.attendee_id, held - renewed))
    return tuple(found)


def minutes_of(work: Work, meeting: Meeting) -> list[Minute]:
    """Every minute that was issued of a meeting, of its earlier entries too, the earliest first."""
    entries, row = [meeting.id], meeting
    while row.corrects_id is not None:
        row = work.session.get_one(Meeting, row.corrects_id)
        entries.append(row.id)
    query = select(Minute).where(Minute.meeting_id.in_(entries)).order_by(Minute.issued_at, Minute.id)
    return list(work.session.scalars(query))


def replaced_minute(
    work: Work,
    meeting: Meeting,
    party: MinuteParty,
    attendee: MeetingAttendee | None,
    recipients: frozenset[Capacity],
) -> Minute | None:
    """The latest minute that all those had to whom the new one goes: one that only others had stays unsaid."""
    for minute in reversed(minutes_of(work, meeting)):
        held = frozenset(Capacity(each) for each in minute.recipients)
        if minute.party is party and recipients <= held and _same_body(work, minute, attendee):
            return minute
    return None


def _same_body(work: Work, minute: Minute, attendee: MeetingAttendee | None) -> bool:
    """Whether one of several bodies of a kind is the one that had the minute: a correction has rows of its own."""
    if minute.party in ONE_OF_ITS_KIND or attendee is None or minute.attendee_id == attendee.id:
        return True
    had = work.session.get_one(MeetingAttendee, minute.attendee_id)
    return had.name == attendee.name or (_alone(work, had) and _alone(work, attendee))


def _alone(work: Work, attendee: MeetingAttendee) -> bool:
    alike = select(MeetingAttendee.id).where(
        MeetingAttendee.meeting_id == attendee.meeting_id, MeetingAttendee.body == attendee.body
    )
    return len(work.session.scalars(alike).all()) == 1


def _replaced_by(minute: Minute, minutes: list[Minute]) -> frozenset[UUID]:
    """Everything that a minute replaces, at any remove."""
    by_id = {each.id: each for each in minutes}
    found, at = set[UUID](), minute.replaces_id
    while at is not None and at not in found:
        found.add(at)
        at = by_id[at].replaces_id if at in by_id else None
    return frozenset(found)
