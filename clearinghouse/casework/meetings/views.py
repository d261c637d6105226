"""A meeting as it is read on its case: who was asked, what each issue came to, its passages and its minutes."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import may
from clearinghouse.access.permissions import Permission
from clearinghouse.casework.admission import scope_of
from clearinghouse.casework.escalation.standing import latest_escalation
from clearinghouse.casework.meetings.minute_words import addressee
from clearinghouse.casework.meetings.minutes_owed import outdated_minutes
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.world import Work
from clearinghouse.protocol.meetings import party_of, still_to_ask
from clearinghouse.protocol.minutes import MinuteFor
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Audience,
    Body,
    Capacity,
    EscalationAction,
    MeetingKind,
    Outcome,
    SourceConsent,
)
from clearinghouse.records.cases import Case
from clearinghouse.records.meetings import Meeting, MeetingAttendee, MeetingIssue, MeetingPassage
from clearinghouse.records.minutes import Minute


@dataclass(frozen=True)
class AttendeeView:
    """A body that was asked to a meeting, as it is read."""

    body: Body
    capacity: Capacity | None
    attendance: Attendance
    name: str
    position: str
    dissents: bool


@dataclass(frozen=True)
class ActionView:
    """What an issue's escalation is likely to bring, as it was last recorded."""

    body: Body
    action: EscalationAction
    reason: str


@dataclass(frozen=True)
class IssueView:
    """An issue and what it came to, as it is read."""

    title: str
    regulators_satisfied: bool
    locality_agrees: bool | None
    outcome: Outcome
    plan_or_person: str
    due_on: date | None
    for_round_table: str
    action: ActionView | None


@dataclass(frozen=True)
class MeetingPassageView:
    """A passage of a meeting's note, with who may be told it."""

    text: str
    audiences: tuple[Audience, ...]
    source_consents: SourceConsent


@dataclass(frozen=True)
class MinuteView:
    """That a minute was issued: to whom, by whom and when. `is_outdated` where those who have it need a new one."""

    id: UUID
    addressed_to: str
    issued_by: str
    issued_at: datetime
    is_outdated: bool


@dataclass(frozen=True)
class MeetingView:
    """A meeting as it is read.

    `note` is that of a meeting recorded before notes had passages. `also_about` are the references of the other cases
    about which it was held, of those that the reader may know of. `still_to_ask` is for a pre-intervention meeting.
    """

    id: UUID
    kind: MeetingKind
    held_on: date
    sector_led_feasible: bool | None
    note: str
    recorded_by: str
    recorded_at: datetime
    attendees: tuple[AttendeeView, ...]
    issues: tuple[IssueView, ...]
    passages: tuple[MeetingPassageView, ...]
    minutes: tuple[MinuteView, ...]
    also_about: tuple[tuple[UUID, str], ...]
    still_to_ask: tuple[str, ...]
    corrects_id: UUID | None
    correction_reason: str
    is_corrected: bool


def meeting_views(work: Work, case_id: UUID) -> tuple[MeetingView, ...]:
    """The case's meetings, the latest first; an entry that was corrected stands behind the one that corrects it."""
    rows = work.session.scalars(
        select(Meeting).where(Meeting.case_id == case_id).order_by(Meeting.held_on.desc(), Meeting.id.desc())
    ).all()
    by_id = {row.id: row for row in rows}
    corrected = {row.corrects_id for row in rows}
    in_order = []
    for row in rows:
        if row.id not in corrected:
            at: Meeting | None = row
            while at is not None:
                in_order.append(at)
                at = by_id[at.corrects_id] if at.corrects_id else None
    return tuple(_view(work, row, row.id in corrected) for row in in_order)


def meeting_view(work: Work, row: Meeting) -> MeetingView:
    """One meeting. The caller admits."""
    later = select(Meeting.id).where(Meeting.corrects_id == row.id)
    return _view(work, row, work.session.scalars(later).first() is not None)


def _view(work: Work, row: Meeting, is_corrected: bool) -> MeetingView:
    attendees = work.session.scalars(
        select(MeetingAttendee).where(MeetingAttendee.meeting_id == row.id).order_by(MeetingAttendee.id)
    ).all()
    settled = {
        party_of(each.body, each.capacity) for each in attendees if each.attendance is not Attendance.MISSED
    }
    before_intervention = row.kind is MeetingKind.PRE_INTERVENTION
    return MeetingView(
        id=row.id,
        kind=row.kind,
        held_on=row.held_on,
        sector_led_feasible=row.sector_led_feasible,
        note=row.note,
        recorded_by=name_of(work, row.recorded_by),
        recorded_at=row.recorded_at,
        attendees=tuple(
            AttendeeView(each.body, each.capacity, each.attendance, each.name, each.position, each.dissents)
            for each in attendees
        ),
        issues=_issues(work, row),
        passages=_passages(work, row),
        minutes=_minutes(work, row, is_corrected),
        also_about=_also_about(work, row),
        still_to_ask=still_to_ask(settled) if before_intervention else (),
        corrects_id=row.corrects_id,
        correction_reason=row.correction_reason,
        is_corrected=is_corrected,
    )


def _issues(work: Work, row: Meeting) -> tuple[IssueView, ...]:
    query = select(MeetingIssue).where(MeetingIssue.meeting_id == row.id).order_by(MeetingIssue.id)
    return tuple(
        IssueView(
            each.title,
            each.regulators_satisfied,
            each.locality_agrees,
            each.outcome,
            each.plan_or_person,
            each.due_on,
            each.for_round_table,
            _action(work, each),
        )
        for each in work.session.scalars(query).all()
    )


def _action(work: Work, issue: MeetingIssue) -> ActionView | None:
    entry = latest_escalation(work, issue) if issue.outcome is Outcome.C else None
    return ActionView(entry.body, entry.action, entry.reason) if entry else None


def _passages(work: Work, row: Meeting) -> tuple[MeetingPassageView, ...]:
    query = select(MeetingPassage).where(MeetingPassage.meeting_id == row.id)
    return tuple(
        MeetingPassageView(each.text, tuple(Audience(name) for name in each.audiences), each.source_consents)
        for each in work.session.scalars(query.order_by(MeetingPassage.position))
    )


def _minutes(work: Work, row: Meeting, is_corrected: bool) -> tuple[MinuteView, ...]:
    """The minutes of this entry; under the latest entry, which of the earlier ones are still out stands beside them."""
    latest = row
    while is_corrected:
        later = work.session.scalars(select(Meeting).where(Meeting.corrects_id == latest.id)).first()
        if later is None:
            break
        latest = later
    outdated = {each.minute_id for each in outdated_minutes(work, latest)}
    query = select(Minute).where(Minute.meeting_id == row.id).order_by(Minute.issued_at, Minute.id)
    return tuple(
        MinuteView(
            each.id,
            _addressee(work, each),
            name_of(work, each.issued_by),
            each.issued_at,
            each.id in outdated,
        )
        for each in work.session.scalars(query).all()
    )


def _addressee(work: Work, minute: Minute) -> str:
    attendee = work.session.get(MeetingAttendee, minute.attendee_id) if minute.attendee_id else None
    capacities = frozenset(Capacity(each) for each in minute.recipients)
    return addressee(MinuteFor(minute.party, capacities), "the council", attendee.name if attendee else "")


def _also_about(work: Work, row: Meeting) -> tuple[tuple[UUID, str], ...]:
    """The other cases of the same meeting; those of which the reader may not know are not there."""
    if row.gathering_id is None:
        return ()
    others = (
        select(Case)
        .join(Meeting, Meeting.case_id == Case.id)
        .where(Meeting.gathering_id == row.gathering_id, Case.id != row.case_id)
        .order_by(Case.reference)
        .distinct()
    )
    return tuple(
        (case.id, case.reference)
        for case in work.session.scalars(others)
        if may(work.actor, Permission.CASE_HEADER, scope_of(work, case)).allowed
    )
