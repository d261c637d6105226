"""Joint local meetings and the other meetings of the protocol, what each issue came to, escalations and referrals."""

from datetime import date, datetime
from functools import cache
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, ForeignKey, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from clearinghouse.protocol.finding import WhyNot
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Body,
    Capacity,
    EscalationAction,
    FamilyFirst,
    Gate,
    MeetingKind,
    Outcome,
    SourceConsent,
)
from clearinghouse.records.base import Row
from clearinghouse.records.sealed import Compartment, Sealed


class Meeting(Row):
    """A meeting about a case. `sector_led_feasible` is what a pre-intervention meeting found.

    One that was held about several cases is a row of each, with one `gathering_id`. `corrects_id` names the earlier
    entry that it takes the place of. `note` is how meetings were noted before they had passages.
    """

    __tablename__ = "meetings"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[MeetingKind]
    held_on: Mapped[date]
    sector_led_feasible: Mapped[bool | None]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    event_id: Mapped[UUID | None]
    gathering_id: Mapped[UUID | None] = mapped_column(index=True)
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("meetings.id"), index=True)
    note_sealed: Mapped[bytes | None]
    note = Sealed(Compartment.MEETINGS, subject="case_id")
    correction_reason_sealed: Mapped[bytes | None]
    correction_reason = Sealed(Compartment.MEETINGS, subject="case_id")


@cache
def uncorrected() -> ColumnElement[bool]:
    """That no later entry takes the meeting's place: only such meetings count. Once in a query at most."""
    later = aliased(Meeting)
    return ~select(later.id).where(later.corrects_id == Meeting.id).correlate(Meeting).exists()


class MeetingPassage(Row):
    """One passage of a meeting's note, with who may be told it: a list of `Audience` values."""

    __tablename__ = "meeting_passages"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    position: Mapped[int]
    audiences: Mapped[list[str]] = mapped_column(JSON)
    source_consents: Mapped[SourceConsent]
    text_sealed: Mapped[bytes | None]
    text = Sealed(Compartment.MEETINGS, subject="case_id")


class MeetingAttendee(Row):
    """A body asked to a meeting, in whose person and capacity it came, and what position it took."""

    __tablename__ = "meeting_attendees"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    body: Mapped[Body]
    capacity: Mapped[Capacity | None]
    attendance: Mapped[Attendance]
    dissents: Mapped[bool]
    name_sealed: Mapped[bytes | None]
    name = Sealed(Compartment.MEETINGS, subject="case_id")
    position_sealed: Mapped[bytes | None]
    position = Sealed(Compartment.MEETINGS, subject="case_id")


class MeetingIssue(Row):
    """One issue at a joint local meeting and its one outcome (004 §22).

    `for_round_table` is all that a round table learns of an issue that is referred to it.
    """

    __tablename__ = "meeting_issues"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    regulators_satisfied: Mapped[bool]
    locality_agrees: Mapped[bool | None]
    outcome: Mapped[Outcome]
    due_on: Mapped[date | None]
    title_sealed: Mapped[bytes | None]
    title = Sealed(Compartment.MEETINGS, subject="case_id")
    plan_or_person_sealed: Mapped[bytes | None]
    plan_or_person = Sealed(Compartment.MEETINGS, subject="case_id")
    for_round_table_sealed: Mapped[bytes | None]
    for_round_table = Sealed(Compartment.MEETINGS, subject="case_id")


class Escalation(Row):
    """Government or inspectorate action, theirs or by our referral; its family-first finding is never edited.

    `missing` holds what the finding says was missing; `evidence` the ids of the ledger events it rests on. One made
    at once, because people were at risk, is confirmed or questioned by a second lead and later reviewed.
    """

    __tablename__ = "escalations"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    issue_id: Mapped[UUID | None] = mapped_column(ForeignKey("meeting_issues.id"))
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("escalations.id"))
    ours: Mapped[bool]
    at_once: Mapped[bool]
    body: Mapped[Body]
    action: Mapped[EscalationAction]
    on: Mapped[date]
    finding: Mapped[FamilyFirst]
    gate: Mapped[Gate | None]
    missing: Mapped[list[str]] = mapped_column(JSON)
    evidence: Mapped[list[str]] = mapped_column(JSON)
    why_not: Mapped[WhyNot | None]
    decided_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    event_id: Mapped[UUID | None]
    authority_told_on: Mapped[date | None]
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    questioned: Mapped[bool | None]
    reviewed_on: Mapped[date | None]
    reviewed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    recipient_sealed: Mapped[bytes | None]
    recipient = Sealed(Compartment.MEETINGS, subject="case_id")
    reason_sealed: Mapped[bytes | None]
    reason = Sealed(Compartment.MEETINGS, subject="case_id")
    agreed_by_sealed: Mapped[bytes | None]
    agreed_by = Sealed(Compartment.MEETINGS, subject="case_id")
    authority_told_sealed: Mapped[bytes | None]
    authority_told = Sealed(Compartment.MEETINGS, subject="case_id")
    why_not_family_first_sealed: Mapped[bytes | None]
    why_not_family_first = Sealed(Compartment.MEETINGS, subject="case_id")
    second_view_sealed: Mapped[bytes | None]
    second_view = Sealed(Compartment.MEETINGS, subject="case_id")
    review_note_sealed: Mapped[bytes | None]
    review_note = Sealed(Compartment.MEETINGS, subject="case_id")


class Review(Row):
    """One review of the support on a case: whether there was adequate progress."""

    __tablename__ = "reviews"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    held_on: Mapped[date]
    adequate_progress: Mapped[bool]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    event_id: Mapped[UUID | None]
    note_sealed: Mapped[bytes | None]
    note = Sealed(Compartment.MEETINGS, subject="case_id")
