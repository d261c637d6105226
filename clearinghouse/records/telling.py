"""What was told to whom: letters of an offer, who in an authority was told of an escalation, and what a source was."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.protocol.telling import ToldHow
from clearinghouse.protocol.vocabulary import Capacity
from clearinghouse.records.base import Row
from clearinghouse.records.sealed import Compartment, Sealed


class OfferLetter(Row):
    """One letter of an offer as it was issued, to whom in which capacity; the offer's own words stand in the offer."""

    __tablename__ = "offer_letters"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    capacity: Mapped[Capacity]
    issued_on: Mapped[date]
    issued_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    issued_at: Mapped[datetime]
    event_id: Mapped[UUID | None]
    addressee_sealed: Mapped[bytes | None]
    addressee = Sealed(Compartment.CONVERSATIONS, subject="case_id")
    reply_to_sealed: Mapped[bytes | None]
    reply_to = Sealed(Compartment.CONVERSATIONS, subject="case_id")


class AuthorityTelling(Row):
    """Who in the authority was told of an escalation, and when; a later entry beside what the escalation says."""

    __tablename__ = "authority_tellings"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    escalation_id: Mapped[UUID] = mapped_column(ForeignKey("escalations.id"), index=True)
    told_on: Mapped[date]
    capacity: Mapped[Capacity]
    how: Mapped[ToldHow]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    event_id: Mapped[UUID | None]
    name_sealed: Mapped[bytes | None]
    name = Sealed(Compartment.MEETINGS, subject="case_id")
    note_sealed: Mapped[bytes | None]
    note = Sealed(Compartment.MEETINGS, subject="case_id")


class SourceTelling(Row):
    """One time that a source was told what happened, or was tried to be: a list of `Saying` values, how and when.

    The note lies under the source's own key, and is destroyed with it.
    """

    __tablename__ = "source_tellings"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"), index=True)
    told_on: Mapped[date]
    how: Mapped[ToldHow]
    done: Mapped[bool]
    sayings: Mapped[list[str]] = mapped_column(JSON)
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    event_id: Mapped[UUID | None]
    note_sealed: Mapped[bytes | None]
    note = Sealed(Compartment.SOURCE, subject="source_id")
