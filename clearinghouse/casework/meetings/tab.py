"""What the meetings tab of a case shows: meetings, and escalations with their findings."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_open
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.meetings.views import MeetingView, meeting_view, meeting_views
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.word_owed import ToldSince, told_since
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.finding import WhyNot
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import Body, EscalationAction, FamilyFirst, Gate
from clearinghouse.records import ledger
from clearinghouse.records.meetings import Escalation, Meeting, MeetingIssue, uncorrected
from clearinghouse.records.sealed import Compartment


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

    `is_taken_back` where the meeting whose issue it came of was corrected, and came to no escalation.
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
    told_since: tuple[ToldSince, ...]
    why_not_family_first: str
    second_view: SecondView | None
    reviewed_on: date | None
    review_note: str
    corrects_id: UUID | None
    is_corrected: bool
    is_taken_back: bool

    @property
    def waits_for_review(self) -> bool:
        """Whether its review is still to come."""
        return self.at_once and self.corrects_id is None and self.reviewed_on is None


@dataclass(frozen=True)
class MeetingsTab:
    """Everything on the tab, the latest first."""

    case: CaseHeader
    meetings: tuple[MeetingView, ...]
    escalations: tuple[EscalationView, ...]


@dataclass(frozen=True)
class MeetingPage:
    """One meeting and the case that it is about, to correct it."""

    case: CaseHeader
    meeting: MeetingView


@dataclass(frozen=True)
class EscalationPage:
    """One escalation and the case that it is about, to correct or to review it."""

    case: CaseHeader
    escalation: EscalationView


def meetings_tab(world: World, actor: Actor, case_id: UUID) -> MeetingsTab:
    """The case's meetings and escalations; that they were opened is in the ledger. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        admitted = case_to_open(work, case_id, Compartment.MEETINGS)
        return MeetingsTab(
            case=header_of(work, admitted),
            meetings=meeting_views(work, case_id),
            escalations=_escalations(work, case_id),
        )


def meeting_page(world: World, actor: Actor, case_id: UUID, meeting_id: UUID) -> MeetingPage:
    """One meeting, for somebody who may record the case's meetings; opened in the ledger. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        admitted = case_to_open(work, case_id, Compartment.MEETINGS)
        header = header_of(work, admitted)
        row = work.session.get(Meeting, meeting_id)
        if row is None or row.case_id != case_id or Permission.MEETING_RECORD not in header.permissions:
            raise NotFound
        return MeetingPage(header, meeting_view(work, row))


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
    current = (
        select(MeetingIssue.id).join(Meeting, Meeting.id == MeetingIssue.meeting_id).where(uncorrected())
    )
    issues = set(work.session.scalars(current.where(Meeting.case_id == case_id)))
    return tuple(
        _escalation(work, row, happened, row.id in corrected, row.issue_id not in {None, *issues})
        for row in rows
    )


def _escalation(
    work: Work, row: Escalation, happened: dict[str, Evidence], is_corrected: bool, of_the_past: bool
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
        told_since=told_since(work, row),
        why_not_family_first=row.why_not_family_first,
        second_view=_second_view(work, row),
        reviewed_on=row.reviewed_on,
        review_note=row.review_note,
        corrects_id=row.corrects_id,
        is_corrected=is_corrected,
        is_taken_back=of_the_past and not is_corrected,
    )


def _second_view(work: Work, row: Escalation) -> SecondView | None:
    if row.confirmed_by is None or row.confirmed_at is None:
        return None
    return SecondView(
        name_of(work, row.confirmed_by), row.confirmed_at, bool(row.questioned), row.second_view
    )
