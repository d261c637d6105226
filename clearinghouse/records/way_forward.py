"""What the routes beside the offer leave on record: political brokerage, what is agreed with the RIEP, and advocacy."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.protocol.advocacy import AdvocacyEnd, PeerReview
from clearinghouse.protocol.brokerage import BrokerageOutcome
from clearinghouse.protocol.vocabulary import Body, Capacity
from clearinghouse.records.base import Row
from clearinghouse.records.sealed import Compartment, Sealed


class BrokerageAsk(Row):
    """What a lead asks of one political lead, and by when; the latest of a case is the one that holds."""

    __tablename__ = "brokerage_asks"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    political_lead_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    by_on: Mapped[date]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    event_id: Mapped[UUID | None]
    asked_sealed: Mapped[bytes | None]
    asked = Sealed(Compartment.BROKERAGE, subject="case_id")


class BrokerageTalk(Row):
    """A talk with politicians, held or attempted: a list of `BrokeredWith` values, and what it came to."""

    __tablename__ = "brokerage_talks"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    held_on: Mapped[date]
    held: Mapped[bool]
    brokered_with: Mapped[list[str]] = mapped_column(JSON)
    outcome: Mapped[BrokerageOutcome | None]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    event_id: Mapped[UUID | None]
    names_sealed: Mapped[bytes | None]
    names = Sealed(Compartment.BROKERAGE, subject="case_id")
    note_sealed: Mapped[bytes | None]
    note = Sealed(Compartment.BROKERAGE, subject="case_id")


class RiepHandover(Row):
    """That the case was handed to the RIEP, to agree the way forward by a date.

    `officer_id` is None where the RIEP's officer does not use this service; their name is then in `outside`.
    """

    __tablename__ = "riep_handovers"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    agree_by: Mapped[date]
    handed_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    handed_at: Mapped[datetime]
    event_id: Mapped[UUID | None]
    outside_sealed: Mapped[bytes | None]
    outside = Sealed(Compartment.MEETINGS, subject="case_id")
    note_sealed: Mapped[bytes | None]
    note = Sealed(Compartment.MEETINGS, subject="case_id")


class RiepAgreement(Row):
    """What the RIEP, the authority and others agreed: the way forward, and the support where there is any."""

    __tablename__ = "riep_agreements"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    handover_id: Mapped[UUID | None] = mapped_column(ForeignKey("riep_handovers.id"))
    agreed_on: Mapped[date]
    support_begins: Mapped[bool]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    event_id: Mapped[UUID | None]
    agreed_with_sealed: Mapped[bytes | None]
    agreed_with = Sealed(Compartment.MEETINGS, subject="case_id")
    way_forward_sealed: Mapped[bytes | None]
    way_forward = Sealed(Compartment.MEETINGS, subject="case_id")
    support_sealed: Mapped[bytes | None]
    support = Sealed(Compartment.MEETINGS, subject="case_id")


class Advocacy(Row):
    """How the family stands with an authority against a regulator or department, as agreed with it on a day."""

    __tablename__ = "advocacies"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    body: Mapped[Body]
    peer_review: Mapped[PeerReview]
    agreed_on: Mapped[date]
    agreed_with: Mapped[Capacity]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    event_id: Mapped[UUID | None]
    which_body_sealed: Mapped[bytes | None]
    which_body = Sealed(Compartment.MEETINGS, subject="case_id")
    priority_sealed: Mapped[bytes | None]
    priority = Sealed(Compartment.MEETINGS, subject="case_id")
    position_sealed: Mapped[bytes | None]
    position = Sealed(Compartment.MEETINGS, subject="case_id")
    agreed_by_sealed: Mapped[bytes | None]
    agreed_by = Sealed(Compartment.MEETINGS, subject="case_id")


class AdvocacyEnding(Row):
    """How and why an advocacy ended."""

    __tablename__ = "advocacy_endings"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    advocacy_id: Mapped[UUID] = mapped_column(ForeignKey("advocacies.id"), unique=True)
    end: Mapped[AdvocacyEnd]
    ended_on: Mapped[date]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    event_id: Mapped[UUID | None]
    reason_sealed: Mapped[bytes | None]
    reason = Sealed(Compartment.MEETINGS, subject="case_id")
