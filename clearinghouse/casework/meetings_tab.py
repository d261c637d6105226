"""What the meetings tab of a case shows: meetings, escalations with their findings, reviews."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_open
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.finding import WhyNot
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Body,
    Capacity,
    EscalationAction,
    FamilyFirst,
    Gate,
    MeetingKind,
    Outcome,
)
from clearinghouse.records import ledger
from clearinghouse.records.meetings import Escalation, Meeting, MeetingAttendee, MeetingIssue, Review
from clearinghouse.records.sealed import Compartment


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
class IssueView:
    """An issue and what it came to, as it is read."""

    title: str
    regulators_satisfied: bool
    locality_agrees: bool | None
    outcome: Outcome
    plan_or_person: str
    due_on: date | None


@dataclass(frozen=True)
class MeetingView:
    """A meeting as it is read."""

    id: UUID
    kind: MeetingKind
    held_on: date
    sector_led_feasible: bool | None
    note: str
    recorded_by: str
    recorded_at: datetime
    attendees: tuple[AttendeeView, ...]
    issues: tuple[IssueView, ...]


@dataclass(frozen=True)
class Evidence:
    """A ledger event on which a finding rests: what happened and when, never its content."""

    words: str
    at: datetime


@dataclass(frozen=True)
class SecondView:
    """What a second lead said of a referral that waited for nobody."""

    by: str
    at: datetime
    questioned: bool
    view: str


@dataclass(frozen=True)
class EscalationView:
    """An escalation with its finding, as it is read. `corrects_id` names the earlier entry that it corrects.

    `second_view` is None while a second lead has not decided, or need not.
    """

    id: UUID
    ours: bool
    at_once: bool
    body: Body
    action: EscalationAction
    on: date
    finding: FamilyFirst
    gate: Gate | None
    missing: tuple[Missing, ...]
    why_not: WhyNot | None
    evidence: tuple[Evidence, ...]
    recorded_by: str
    recorded_at: datetime
    recipient: str
    reason: str
    agreed_by: str
    authority_told: str
    authority_told_on: date | None
    why_not_family_first: str
    second_view: SecondView | None
    reviewed_on: date | None
    review_note: str
    corrects_id: UUID | None
    is_corrected: bool

    @property
    def waits_for_review(self) -> bool:
        """Whether its review is still to come."""
        return self.at_once and self.corrects_id is None and self.reviewed_on is None


@dataclass(frozen=True)
class ReviewView:
    """A review of the support, as it is read."""

    held_on: date
    adequate_progress: bool
    note: str
    recorded_by: str


@dataclass(frozen=True)
class MeetingsTab:
    """Everything on the tab, the latest first."""

    case: CaseHeader
    meetings: tuple[MeetingView, ...]
    escalations: tuple[EscalationView, ...]
    reviews: tuple[ReviewView, ...]


@dataclass(frozen=True)
class EscalationPage:
    """One escalation and the case that it is about, to correct or to review it."""

    case: CaseHeader
    escalation: EscalationView


def meetings_tab(world: World, actor: Actor, case_id: UUID) -> MeetingsTab:
    """The case's meetings, escalations and reviews; that they were opened is in the ledger. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        admitted = case_to_open(work, case_id, Compartment.MEETINGS)
        meetings = work.session.scalars(
            select(Meeting)
            .where(Meeting.case_id == case_id)
            .order_by(Meeting.held_on.desc(), Meeting.id.desc())
        ).all()
        reviews = work.session.scalars(
            select(Review).where(Review.case_id == case_id).order_by(Review.held_on.desc(), Review.id.desc())
        ).all()
        return MeetingsTab(
            case=header_of(work, admitted),
            meetings=tuple(_meeting(work, row) for row in meetings),
            escalations=_escalations(work, case_id),
            reviews=tuple(
                ReviewView(row.held_on, row.adequate_progress, row.note, name_of(work, row.recorded_by))
                for row in reviews
            ),
        )


def escalation_page(
    world: World, actor: Actor, case_id: UUID, escalation_id: UUID, needs: Permission
) -> EscalationPage:
    """One escalation, for somebody who may do `needs` with its case; opened in the ledger. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        admitted = case_to_open(work, case_id, Compartment.MEETINGS)
        header = header_of(work, admitted)
        found = next((each for each in _escalations(work, case_id) if each.id == escalation_id), None)
        if found is None or needs not in header.permissions:
            raise NotFound
        return EscalationPage(header, found)


def _meeting(work: Work, row: Meeting) -> MeetingView:
    attendees = work.session.scalars(
        select(MeetingAttendee).where(MeetingAttendee.meeting_id == row.id).order_by(MeetingAttendee.id)
    )
    issues = work.session.scalars(
        select(MeetingIssue).where(MeetingIssue.meeting_id == row.id).order_by(MeetingIssue.id)
    )
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
            for each in attendees.all()
        ),
        issues=tuple(
            IssueView(
                each.title,
                each.regulators_satisfied,
                each.locality_agrees,
                each.outcome,
                each.plan_or_person,
                each.due_on,
            )
            for each in issues.all()
        ),
    )


def _escalations(work: Work, case_id: UUID) -> tuple[EscalationView, ...]:
    rows = work.session.scalars(
        select(Escalation).where(Escalation.case_id == case_id).order_by(Escalation.id.desc())
    ).all()
    if not rows:
        return ()
    happened = {
        str(each.id): Evidence(each.type.words, each.at) for each in ledger.entries(work.session, case_id)
    }
    corrected = {row.corrects_id for row in rows}
    return tuple(_escalation(work, row, happened, row.id in corrected) for row in rows)


def _escalation(
    work: Work, row: Escalation, happened: dict[str, Evidence], is_corrected: bool
) -> EscalationView:
    return EscalationView(
        id=row.id,
        ours=row.ours,
        at_once=row.at_once,
        body=row.body,
        action=row.action,
        on=row.on,
        finding=row.finding,
        gate=row.gate,
        missing=tuple(Missing(each) for each in row.missing),
        why_not=row.why_not,
        evidence=tuple(happened[each] for each in row.evidence if each in happened),
        recorded_by=name_of(work, row.decided_by),
        recorded_at=row.recorded_at,
        recipient=row.recipient,
        reason=row.reason,
        agreed_by=row.agreed_by,
        authority_told=row.authority_told,
        authority_told_on=row.authority_told_on,
        why_not_family_first=row.why_not_family_first,
        second_view=_second_view(work, row),
        reviewed_on=row.reviewed_on,
        review_note=row.review_note,
        corrects_id=row.corrects_id,
        is_corrected=is_corrected,
    )


def _second_view(work: Work, row: Escalation) -> SecondView | None:
    if row.confirmed_by is None or row.confirmed_at is None:
        return None
    return SecondView(
        name_of(work, row.confirmed_by), row.confirmed_at, bool(row.questioned), row.second_view
    )
