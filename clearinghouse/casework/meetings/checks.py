"""What a meeting must have before it is recorded: facts are never refused, only what contradicts them."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.meetings.entries import NewIssue, NewMeeting
from clearinghouse.casework.world import Work
from clearinghouse.protocol.meetings import IssueDetails, judge_issue, locality_agrees
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import Attendance, Body, KnownAnswer, MeetingKind, Outcome
from clearinghouse.records.cases import Case
from clearinghouse.records.meetings import Meeting, MeetingAttendee, uncorrected

Positions = tuple[bool | None, ...]
"""Whether the locality agrees, issue by issue."""

_AT_THE_FIELD = {
    Missing.LOCALITY_NOT_ASKED: "locality_agrees",
    Missing.PLAN_NOT_NAMED: "plan",
    Missing.REVIEW_DATE: "review_on",
    Missing.PERSON_NOT_NAMED: "person",
    Missing.DATE_NOT_GIVEN: "taken_up_on",
}
_DATED_BY = {Outcome.A: "review_on", Outcome.B: "taken_up_on"}


def check_meeting(
    work: Work, case: Case, meeting: NewMeeting, corrects: Meeting | None = None
) -> tuple[Positions, dict[str, str]]:
    """Whether the locality agrees, issue by issue, and everything that is wrong, by the field beside which it stands.

    The names of fields are like `issues_0_outcome`. A meeting that is being corrected does not count beside itself.
    """
    problems: dict[str, str] = {}
    if meeting.held_on > work.today:
        problems["held_on"] = "The day of the meeting cannot be in the future."
    if not meeting.attendees:
        problems["attendees_0_attendance"] = "Say who came, or was asked and did not come."
    joint = meeting.kind is MeetingKind.JOINT_LOCAL
    if joint and not meeting.issues and _locality_at(meeting) is not Attendance.MISSED:
        problems["issues_0_title"] = "Enter at least one issue that the meeting came to."
    missed = _missed_before(work, case, corrects)
    positions = tuple(_position(meeting, issue, missed) for issue in meeting.issues)
    for number, (issue, agrees) in enumerate(zip(meeting.issues, positions, strict=True)):
        found = _judge(issue, agrees, meeting.held_on)
        problems |= {f"issues_{number}_{field}": words for field, words in found.items()}
    return positions, problems


def _judge(issue: NewIssue, agrees: bool | None, held_on: date) -> dict[str, str]:
    named, dated = bool(issue.plan_or_person), issue.due_on is not None
    details = IssueDetails(named, dated, named, dated)
    verdict = judge_issue(issue.regulators_satisfied, agrees, issue.outcome, details)
    found = {_AT_THE_FIELD.get(each, "outcome"): each.words for each in verdict.missing}
    if issue.due_on and issue.outcome in _DATED_BY and issue.due_on <= held_on:
        found.setdefault(_DATED_BY[issue.outcome], "This date must be after the meeting.")
    if issue.outcome is Outcome.C and not found and issue.action is None:
        found["body"] = "Say which body is not satisfied, and what is likely to follow."
    return found


def _position(meeting: NewMeeting, issue: NewIssue, missed_before: int) -> bool | None:
    """Whether the locality agrees (004 §22): declining the meeting, or missing two, counts as not agreeing."""
    here = _locality_at(meeting)
    said = issue.locality_agrees
    if said is KnownAnswer.NOT_KNOWN and here is Attendance.DECLINED:
        said = KnownAnswer.NO
    missed = missed_before + (here is Attendance.MISSED)
    return locality_agrees(said, missed if here is not Attendance.ATTENDED else 0)


def _locality_at(meeting: NewMeeting) -> Attendance | None:
    """Whether anybody of the authority came; None where the authority was not asked."""
    of_the_authority = {each.attendance for each in meeting.attendees if each.body is Body.AUTHORITY}
    return next((each for each in Attendance if each in of_the_authority), None)


def _missed_before(work: Work, case: Case, corrects: Meeting | None) -> int:
    """How many joint local meetings the authority missed, nobody of it having come."""
    query = (
        select(Meeting.id, MeetingAttendee.attendance)
        .join(MeetingAttendee, MeetingAttendee.meeting_id == Meeting.id)
        .where(Meeting.case_id == case.id, Meeting.kind == MeetingKind.JOINT_LOCAL, uncorrected())
        .where(MeetingAttendee.body == Body.AUTHORITY)
    )
    came: dict[UUID, set[Attendance]] = {}
    for row in work.session.execute(query):
        if corrects is None or row.id != corrects.id:
            came.setdefault(row.id, set()).add(row.attendance)
    return sum(attendances == {Attendance.MISSED} for attendances in came.values())
