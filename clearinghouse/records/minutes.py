"""The minutes of meetings as they were issued, each to one party."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.protocol.minutes import MinuteParty
from clearinghouse.records.base import Row
from clearinghouse.records.sealed import Compartment, Sealed


class Minute(Row):
    """A minute as it was issued, never changed. `recipients` are the capacities to whom a council's minute goes.

    `attendee_id` is set where the party is one of several bodies of its kind; `replaces_id` names the minute that the
    same party had before.
    """

    __tablename__ = "minutes"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"), index=True)
    party: Mapped[MinuteParty]
    attendee_id: Mapped[UUID | None] = mapped_column(ForeignKey("meeting_attendees.id"))
    recipients: Mapped[list[str]] = mapped_column(JSON)
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("minutes.id"))
    issued_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    issued_at: Mapped[datetime]
    event_id: Mapped[UUID | None]
    content_sealed: Mapped[bytes | None]
    content = Sealed(Compartment.MEETINGS, subject="case_id")
