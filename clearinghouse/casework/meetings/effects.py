"""What a meeting leaves behind on its case: duties, escalations, and what its correction makes of them."""

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.admission import open_duties
from clearinghouse.casework.duties.setting import end_duty, finish_duties, owe, set_duty
from clearinghouse.casework.escalation.recording import Escalated, Kind, NewEscalation, keep_escalation
from clearinghouse.casework.escalation.standing import latest_escalation
from clearinghouse.casework.meetings.entries import LikelyAction, NewMeeting
from clearinghouse.casework.still_owed import owe_a_next_step, owe_after_escalation
from clearinghouse.casework.world import Work
from clearinghouse.protocol.duties import AFTER_OUTCOME, TO_MEET, NextDuty
from clearinghouse.protocol.vocabulary import DutyKind, MeetingKind, Outcome
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.meetings import Escalation, Meeting, MeetingIssue

Earlier = Mapping[UUID, MeetingIssue]
"""The issue that each issue of a correction was before, by the later one's id."""


def go_on(
    work: Work,
    case: Case,
    row: Meeting,
    issues: list[MeetingIssue],
    meeting: NewMeeting,
    earlier: Earlier | None = None,
) -> tuple[Escalated, ...]:
    """What the meeting was called for is done; each issue brings its own duties, unless they were done already.

    A correction ends no duty to meet: what is owed by now may be another meeting.
    """
    if row.kind is MeetingKind.PRE_INTERVENTION:
        if earlier is None:
            finish_duties(work, case, DutyKind.PRE_INTERVENTION_MEETING)
        owe_a_next_step(work, case)
        return ()
    if earlier is None:
        finish_duties(work, case, DutyKind.JOINT_LOCAL_MEETING)
    if issues:
        _finish_booked_reviews(work, case, row)
    elif not _owes_meeting(work, case):
        owe(work, case, NextDuty(DutyKind.JOINT_LOCAL_MEETING, TO_MEET))
    escalated = []
    for issue, given in zip(issues, meeting.issues, strict=True):
        was = (earlier or {}).get(issue.id)
        if issue.outcome is Outcome.C and given.action:
            escalated.append(_escalate(work, case, issue, given.action, meeting.held_on, was))
        elif issue.due_on:
            for kind in AFTER_OUTCOME[issue.outcome]:
                if not _was_done(work, kind, issue, was):
                    set_duty(work, case, kind, issue.due_on, subject_id=issue.id)
    return tuple(escalated)


def drop_what_followed(
    work: Work, case: Case, issues: Collection[MeetingIssue], kept: Collection[UUID]
) -> None:
    """End what is owed because of issues that a correction replaces; `kept` are those that stay escalated."""
    gone = {issue.id for issue in issues}
    gone |= _entries_of(work, gone - set(kept))
    for duty in open_duties(work, case):
        if duty.subject_id in gone:
            end_duty(work, case, duty, DutyState.REPLACED)


def _entries_of(work: Work, issues: Collection[UUID]) -> set[UUID]:
    """The escalations of these issues, and those that they correct at any remove: what is owed names the first."""
    entry = (Escalation.id, Escalation.corrects_id)
    found = select(*entry).where(Escalation.issue_id.in_(issues)).cte("entries", recursive=True)
    earlier = select(*entry).where(Escalation.id == found.c.corrects_id)
    return set(work.session.scalars(select(found.union(earlier).c.id)))


def _owes_meeting(work: Work, case: Case) -> bool:
    return any(duty.kind is DutyKind.JOINT_LOCAL_MEETING for duty in open_duties(work, case))


def _was_done(work: Work, kind: DutyKind, issue: MeetingIssue, was: MeetingIssue | None) -> bool:
    """Whether the earlier entry came to the same, and what that brought has been done since."""
    if was is None or was.outcome is not issue.outcome:
        return False
    done = select(Duty.id).where(Duty.subject_id == was.id, Duty.kind == kind, Duty.state == DutyState.DONE)
    return work.session.scalars(done.limit(1)).first() is not None


def _finish_booked_reviews(work: Work, case: Case, row: Meeting) -> None:
    """What an earlier meeting booked for the next joint local meeting is reviewed by it (004 §22, outcome A)."""
    earlier = (
        select(MeetingIssue.id)
        .join(Meeting, Meeting.id == MeetingIssue.meeting_id)
        .where(Meeting.case_id == case.id, Meeting.held_on < row.held_on)
    )
    for issue_id in work.session.scalars(earlier).all():
        finish_duties(work, case, DutyKind.REVIEW, subject_id=issue_id)


def _escalate(
    work: Work,
    case: Case,
    issue: MeetingIssue,
    likely: LikelyAction,
    held_on: date,
    was: MeetingIssue | None,
) -> Escalated:
    """Outcome C is recorded as it is; the finding says what the family has done (004 §22).

    Where the earlier entry of the meeting came to C as well, this corrects what it came to, and no more is owed.
    """
    entry = NewEscalation(likely.body, likely.action, held_on, likely.reason)
    before = latest_escalation(work, was) if was else None
    if before is not None:
        return keep_escalation(work, case, entry, Kind(issue_id=issue.id, corrects_id=before.id))
    made = keep_escalation(work, case, entry, Kind(issue_id=issue.id))
    owe_after_escalation(work, case, made.finding.owed, None, made.escalation_id)
    return made
