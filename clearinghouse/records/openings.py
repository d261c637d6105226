"""What opens one case, for a time, to somebody who could not see it otherwise: a wall that was lifted, break-glass."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.access.lifting import Length
from clearinghouse.records.base import Base, Row
from clearinghouse.records.sealed import Compartment, Sealed


class WallLifting(Row):
    """That a wall was asked to be lifted for one person and one case, and what became of it.

    `granted` is None until a second lead answers; `until` is set once they agree. `ended_at` is when it was ended, by
    `ended_by` or by the clock, which then hands over what the person had on the case.
    """

    __tablename__ = "wall_liftings"
    __table_args__ = (Index("ix_wall_liftings_user_id_until", "user_id", "until"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    length: Mapped[Length]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    reason_sealed: Mapped[bytes | None]
    reason = Sealed(Compartment.CONCERN, subject="case_id")
    granted: Mapped[bool | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    answer_sealed: Mapped[bytes | None]
    answer = Sealed(Compartment.CONCERN, subject="case_id")
    until: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]


class LiftedAuthority(Base):
    """An authority that the case named when the second lead agreed: what it comes to name later stays walled off."""

    __tablename__ = "lifted_authorities"

    lifting_id: Mapped[UUID] = mapped_column(ForeignKey("wall_liftings.id"), primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"), primary_key=True)


class BreakGlass(Row):
    """That a lead of another region opened the case, until when at most, and what the review of it found.

    It is open while the session lives in which it was opened.
    """

    __tablename__ = "break_glass"
    __table_args__ = (Index("ix_break_glass_user_id_until", "user_id", "until"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    session_id: Mapped[UUID] = mapped_column(ForeignKey("web_sessions.id"))
    opened_at: Mapped[datetime]
    until: Mapped[datetime]
    reason_sealed: Mapped[bytes | None]
    reason = Sealed(Compartment.CONCERN, subject="case_id")
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    reviewed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    reviewed_at: Mapped[datetime | None]
    justified: Mapped[bool | None]
    finding_sealed: Mapped[bytes | None]
    finding = Sealed(Compartment.CONCERN, subject="case_id")
