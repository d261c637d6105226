"""Conversations with an authority, passage by passage, and the sector offers made to it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.protocol.vocabulary import Capacity, KnownAnswer, OfferAnswer
from clearinghouse.records.base import Base, Row
from clearinghouse.records.sealed import Compartment, Sealed


class Conversation(Row):
    """A talk that was held, or attempted in vain, with somebody of the authority."""

    __tablename__ = "conversations"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    held_on: Mapped[date]
    held: Mapped[bool]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    event_id: Mapped[UUID | None]
    with_whom_sealed: Mapped[bytes | None]
    with_whom = Sealed(Compartment.CONVERSATIONS, subject="case_id")


class ConversationCapacity(Base):
    """In what capacity somebody of the authority took part, or was asked to."""

    __tablename__ = "conversation_capacities"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    capacity: Mapped[Capacity] = mapped_column(primary_key=True)


class Passage(Row):
    """One passage of a conversation's note, with who may be told it: a list of `Audience` values."""

    __tablename__ = "passages"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    position: Mapped[int]
    audiences: Mapped[list[str]] = mapped_column(JSON)
    source_consents: Mapped[KnownAnswer]
    text_sealed: Mapped[bytes | None]
    text = Sealed(Compartment.CONVERSATIONS, subject="case_id")


class Offer(Row):
    """A sector offer with the date by which the authority answers; `answer` is None while it waits."""

    __tablename__ = "offers"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    made_on: Mapped[date]
    answer_by: Mapped[date]
    answer: Mapped[OfferAnswer | None]
    answered_on: Mapped[date | None]
    made_event_id: Mapped[UUID | None]
    answer_event_id: Mapped[UUID | None]
    starts_by: Mapped[date | None]
    terms_sealed: Mapped[bytes | None]
    terms = Sealed(Compartment.CONVERSATIONS, subject="case_id")
    from_whom_sealed: Mapped[bytes | None]
    from_whom = Sealed(Compartment.CONVERSATIONS, subject="case_id")
    cost_sealed: Mapped[bytes | None]
    cost = Sealed(Compartment.CONVERSATIONS, subject="case_id")
    answer_note_sealed: Mapped[bytes | None]
    answer_note = Sealed(Compartment.CONVERSATIONS, subject="case_id")
