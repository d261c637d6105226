"""Recording a joint local meeting issue by issue, or a pre-intervention meeting, with what each brings about."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, record_change
from clearinghouse.casework.duties import finish_duties, owe, set_duty
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.escalations import Escalated, Kind, NewEscalation, keep_escalation
from clearinghouse.casework.still_owed import owe_a_next_step, owe_after_escalation
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import AFTER_OUTCOME, TO_MEET, NextDuty
from clearinghouse.protocol.meetings import IssueDetails, judge_issue, locality_agrees
from clearinghouse.protocol.standing import after
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Body,
    Capacity,
    DutyKind,
    EscalationAction,
    KnownAnswer,
    MeetingKind,
    Outcome,
    Step,
)
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.meetings import Meeting, MeetingAttendee, MeetingIssue


@dataclass(frozen=True)
class NewAttendee:
    """A body that was asked to the meeting, in whose person and capacity; `position` is what it said."""

    body: Body
    attendance: Attendance
    capacity: Capacity | None = None
    name: str = ""
    position: str = ""
    dissents: bool = False


@dataclass(frozen=True)
class LikelyAction:
    """What outcome C is likely to bring: the body that is not satisfied, what it will do, and why."""

    body: Body
    action: EscalationAction
    reason: str


@dataclass(frozen=True)
class NewIssue:
    """One issue and its one outcome. `plan_or_person` is the plan's name for A, who agreed for B.

    `due_on` is the next joint local meeting for A, and for B the day by which it is taken up; `action` is for C.
    """

    title: str
    regulators_satisfied: bool
    locality_agrees: KnownAnswer
    outcome: Outcome
    plan_or_person: str = ""
    due_on: date | None = None
    action: LikelyAction | None = None


@dataclass(frozen=True)
class NewMeeting:
    """A meeting as it was held. `sector_led_feasible` is what a pre-intervention meeting found, None where nothing yet.

    A joint local meeting to which the locality did not come may have come to no issue at all.
    """

    held_on: date
    attendees: tuple[NewAttendee, ...]
    issues: tuple[NewIssue, ...] = ()
    kind: MeetingKind = MeetingKind.JOINT_LOCAL
    sector_led_feasible: bool | None = None
    note: str = ""


@dataclass(frozen=True)
class Met:
    """The meeting that was recorded, and the escalations that its issues came to."""

    meeting_id: UUID
    escalations: tuple[Escalated, ...]


_AT_THE_FIELD = {
    Missing.LOCALITY_NOT_ASKED: "locality_agrees",
    Missing.PLAN_NOT_NAMED: "plan",
    Missing.REVIEW_DATE: "review_on",
    Missing.PERSON_NOT_NAMED: "person",
    Missing.DATE_NOT_GIVEN: "taken_up_on",
}
_DATED_BY = {Outcome.A: "review_on", Outcome.B: "taken_up_on"}


def record_meeting(
    world: World, actor: Actor, case_id: UUID, version: int | None, meeting: NewMeeting
) -> Met:
    """Record a meeting (004 §22, §26): facts are never refused, only an outcome that contradicts them.

    Outcome A books its review, B hands the issue to the RIEP and the round table by its date, C records the
    escalation with its finding and owes what the family has not done. Raises Invalid beside the field, its names
    like `issues_0_outcome`; NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.MEETING_RECORD, seen=version)
        positions = _check(work, case, meeting)
        row = _keep(work, case, meeting)
        issues = [
            _keep_issue(work, row, given, agrees)
            for given, agrees in zip(meeting.issues, positions, strict=True)
        ]
        case.standing = after(case.standing, Step.RECORD_MEETING)
        row.event_id = record_change(
            work,
            case,
            Event.MEETING_RECORDED,
            meeting=row.id,
            kind=row.kind,
            held_on=row.held_on,
            issues=tuple(issue.id for issue in issues),
            outcomes=tuple(issue.outcome for issue in issues),
            sector_led_feasible=row.sector_led_feasible,
        )
        work.session.flush()
        return Met(row.id, _go_on(work, case, row, issues, meeting))


def _check(work: Work, case: Case, meeting: NewMeeting) -> list[bool | None]:
    """Whether the locality agrees, issue by issue. Raises Invalid with everything that is wrong."""
    problems: dict[str, str] = {}
    if meeting.held_on > work.today:
        problems["held_on"] = "The day of the meeting cannot be in the future."
    if not meeting.attendees:
        problems["attendees_0_attendance"] = "Say who came, or was asked and did not come."
    joint = meeting.kind is MeetingKind.JOINT_LOCAL
    if joint and not meeting.issues and _locality_at(meeting) is not Attendance.MISSED:
        problems["issues_0_title"] = "Enter at least one issue that the meeting came to."
    positions = [_position(work, case, meeting, issue) for issue in meeting.issues]
    for number, (issue, agrees) in enumerate(zip(meeting.issues, positions, strict=True)):
        found = _judge(issue, agrees, meeting.held_on)
        problems |= {f"issues_{number}_{field}": words for field, words in found.items()}
    if problems:
        raise Invalid(problems)
    return positions


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


def _position(work: Work, case: Case, meeting: NewMeeting, issue: NewIssue) -> bool | None:
    """Whether the locality agrees (004 §22): declining the meeting, or missing two, counts as not agreeing."""
    here = _locality_at(meeting)
    said = issue.locality_agrees
    if said is KnownAnswer.NOT_KNOWN and here is Attendance.DECLINED:
        said = KnownAnswer.NO
    missed = _missed_before(work, case) + (here is Attendance.MISSED)
    return locality_agrees(said, missed if here is not Attendance.ATTENDED else 0)


def _locality_at(meeting: NewMeeting) -> Attendance | None:
    """Whether anybody of the authority came; None where the authority was not asked."""
    of_the_authority = {each.attendance for each in meeting.attendees if each.body is Body.AUTHORITY}
    return next((each for each in Attendance if each in of_the_authority), None)


def _missed_before(work: Work, case: Case) -> int:
    """How many joint local meetings the authority missed, nobody of it having come."""
    query = (
        select(Meeting.id, MeetingAttendee.attendance)
        .join(MeetingAttendee, MeetingAttendee.meeting_id == Meeting.id)
        .where(Meeting.case_id == case.id, Meeting.kind == MeetingKind.JOINT_LOCAL)
        .where(MeetingAttendee.body == Body.AUTHORITY)
    )
    came: dict[UUID, set[Attendance]] = {}
    for row in work.session.execute(query):
        came.setdefault(row.id, set()).add(row.attendance)
    return sum(attendances == {Attendance.MISSED} for attendances in came.values())


def _keep(work: Work, case: Case, meeting: NewMeeting) -> Meeting:
    row = work.add(
        Meeting(
            case_id=case.id,
            kind=meeting.kind,
            held_on=meeting.held_on,
            sector_led_feasible=meeting.sector_led_feasible,
            recorded_by=work.actor.person,
            recorded_at=work.now,
        )
    )
    row.note = meeting.note
    work.session.flush()
    for given in meeting.attendees:
        attendee = work.add(
            MeetingAttendee(
                meeting_id=row.id,
                case_id=case.id,
                body=given.body,
                capacity=given.capacity,
                attendance=given.attendance,
                dissents=given.dissents,
            )
        )
        attendee.name, attendee.position = given.name, given.position
    return row


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
    return row


def _go_on(
    work: Work, case: Case, row: Meeting, issues: list[MeetingIssue], meeting: NewMeeting
) -> tuple[Escalated, ...]:
    """What the meeting was called for is done; each issue brings its own duties."""
    if row.kind is MeetingKind.PRE_INTERVENTION:
        finish_duties(work, case, DutyKind.PRE_INTERVENTION_MEETING)
        owe_a_next_step(work, case)
        return ()
    finish_duties(work, case, DutyKind.JOINT_LOCAL_MEETING)
    if issues:
        _finish_booked_reviews(work, case, row)
    else:
        owe(work, case, NextDuty(DutyKind.JOINT_LOCAL_MEETING, TO_MEET))
    escalated = []
    for issue, given in zip(issues, meeting.issues, strict=True):
        if issue.outcome is Outcome.C and given.action:
            escalated.append(_escalate(work, case, issue, given.action, meeting.held_on))
        elif issue.due_on:
            for kind in AFTER_OUTCOME[issue.outcome]:
                set_duty(work, case, kind, issue.due_on, subject_id=issue.id)
    return tuple(escalated)


def _finish_booked_reviews(work: Work, case: Case, row: Meeting) -> None:
    """What an earlier meeting booked for the next joint local meeting is reviewed by it (004 §22, outcome A)."""
    earlier = (
        select(MeetingIssue.id)
        .join(Meeting, Meeting.id == MeetingIssue.meeting_id)
        .where(Meeting.case_id == case.id, Meeting.held_on < row.held_on)
    )
    for issue_id in work.session.scalars(earlier).all():
        finish_duties(work, case, DutyKind.REVIEW, subject_id=issue_id)


def _escalate(work: Work, case: Case, issue: MeetingIssue, likely: LikelyAction, held_on: date) -> Escalated:
    """Outcome C is recorded as it is; the finding says what the family has done (004 §22)."""
    entry = NewEscalation(likely.body, likely.action, held_on, likely.reason)
    made = keep_escalation(work, case, entry, Kind(issue_id=issue.id))
    owe_after_escalation(work, case, made.finding.owed, None, made.escalation_id)
    return made
