"""Keeping a meeting with its attendees, issues and passages, and the event that says so."""

from uuid import UUID

from clearinghouse.casework.admission import record_change
from clearinghouse.casework.meetings.checks import Positions
from clearinghouse.casework.meetings.entries import NewIssue, NewMeeting
from clearinghouse.casework.world import Work
from clearinghouse.protocol.standing import after
from clearinghouse.protocol.vocabulary import Step
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.meetings import Meeting, MeetingAttendee, MeetingIssue, MeetingPassage


def keep_meeting(
    work: Work,
    case: Case,
    given: NewMeeting,
    positions: Positions,
    *,
    gathering_id: UUID | None = None,
    corrects: Meeting | None = None,
    reason: str = "",
) -> tuple[Meeting, list[MeetingIssue]]:
    """Keep a meeting, or the entry that corrects one, with its event. The caller admits, checks, owes what follows."""
    row = work.add(
        Meeting(
            case_id=case.id,
            kind=given.kind,
            held_on=given.held_on,
            sector_led_feasible=given.sector_led_feasible,
            recorded_by=work.actor.person,
            recorded_at=work.now,
            gathering_id=gathering_id,
            corrects_id=corrects.id if corrects else None,
        )
    )
    row.correction_reason, row.note = reason, given.note
    work.session.flush()
    _keep_attendees(work, row, given)
    _keep_passages(work, row, given)
    issues = [
        _keep_issue(work, row, issue, agrees) for issue, agrees in zip(given.issues, positions, strict=True)
    ]
    case.standing = after(case.standing, Step.RECORD_MEETING)
    row.event_id = _record(work, case, row, issues, given)
    work.session.flush()
    return row, issues


def _record(work: Work, case: Case, row: Meeting, issues: list[MeetingIssue], given: NewMeeting) -> UUID:
    return record_change(
        work,
        case,
        Event.MEETING_CORRECTED if row.corrects_id else Event.MEETING_RECORDED,
        meeting=row.id,
        corrects=row.corrects_id,
        kind=row.kind,
        held_on=row.held_on,
        issues=tuple(issue.id for issue in issues),
        outcomes=tuple(issue.outcome for issue in issues),
        sector_led_feasible=row.sector_led_feasible,
        attendees=tuple((each.body, each.capacity, each.attendance) for each in given.attendees),
    )


def _keep_attendees(work: Work, row: Meeting, given: NewMeeting) -> None:
    for each in given.attendees:
        attendee = work.add(
            MeetingAttendee(
                meeting_id=row.id,
                case_id=row.case_id,
                body=each.body,
                capacity=each.capacity,
                attendance=each.attendance,
                dissents=each.dissents,
            )
        )
        attendee.name, attendee.position = each.name, each.position


def _keep_passages(work: Work, row: Meeting, given: NewMeeting) -> None:
    for position, each in enumerate(passage for passage in given.passages if passage.text):
        passage = work.add(
            MeetingPassage(
                meeting_id=row.id,
                case_id=row.case_id,
                position=position,
                audiences=sorted(each.audiences),
                source_consents=each.source_consents,
            )
        )
        passage.text = each.text


def _keep_issue(work: Work, meeting: Meeting, given: NewIssue, agrees: bool | None) -> MeetingIssue:
    row = work.add(
        MeetingIssue(
            meeting_id=meeting.id,
            case_id=meeting.case_id,
            regulators_satisfied=given.regulators_satisfied,
            locality_agrees=agrees,
            outcome=given.outcome,
            due_on=given.due_on,
        )
    )
    row.title, row.plan_or_person = given.title, given.plan_or_person
    row.for_round_table = given.for_round_table
    return row
