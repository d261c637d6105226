"""Meetings as somebody would record them."""

from datetime import date

from clearinghouse.casework.meetings.recording import LikelyAction, NewAttendee, NewIssue, NewMeeting
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Body,
    Capacity,
    EscalationAction,
    KnownAnswer,
    MeetingKind,
    Outcome,
)

MET_ON = date(2026, 11, 23)
LATER = date(2027, 2, 1)
RED_FLAG = LikelyAction(Body.AUDIT_COMMISSION, EscalationAction.RED_FLAG, "Thresholds are not understood.")


def issue(satisfied: bool, agrees: KnownAnswer, outcome: Outcome, **more: object) -> NewIssue:
    """An issue with all that its outcome needs, unless told otherwise."""
    given = {
        "plan_or_person": "The safeguarding plan",
        "due_on": None if outcome is Outcome.C else LATER,
        "action": RED_FLAG if outcome is Outcome.C else None,
        **more,
    }
    return NewIssue("Safeguarding thresholds", satisfied, agrees, outcome, **given)  # type: ignore[arg-type]  # as given


ISSUE_A = issue(True, KnownAnswer.NOT_KNOWN, Outcome.A)
ISSUE_B = issue(False, KnownAnswer.YES, Outcome.B)
ISSUE_C = issue(False, KnownAnswer.NO, Outcome.C)


def joint_meeting(
    *issues: NewIssue, authority: Attendance = Attendance.ATTENDED, held_on: date = MET_ON
) -> NewMeeting:
    """A joint local meeting with the Audit Commission, to which the authority came or did not."""
    attendees = (
        NewAttendee(Body.AUTHORITY, authority, Capacity.CHIEF_EXECUTIVE, "R. Hale", "The plan will do."),
        NewAttendee(
            Body.AUDIT_COMMISSION, Attendance.ATTENDED, None, "P. Iyer", "It will not.", dissents=True
        ),
    )
    return NewMeeting(held_on, attendees, issues)


def pre_intervention_meeting(*, feasible: bool | None, without: Body | None = None) -> NewMeeting:
    """A pre-intervention meeting to which everybody came, except whoever was not asked."""
    bodies = (Body.DEPARTMENT, Body.IDEA, Body.RIEP, Body.GOVERNMENT_OFFICE, Body.AUTHORITY)
    attendees = tuple(
        NewAttendee(body, Attendance.ATTENDED, Capacity.LEADER if body is Body.AUTHORITY else None)
        for body in bodies
        if body is not without
    )
    kind = MeetingKind.PRE_INTERVENTION
    return NewMeeting(MET_ON, attendees, kind=kind, sector_led_feasible=feasible)
