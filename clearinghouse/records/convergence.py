"""Concerns that may belong together, what leads said of them, and which case was joined into which."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.records.base import Base, Row
from clearinghouse.records.sealed import Compartment, Sealed


class ConvergenceState(StrEnum):
    """Whether a lead has still to look at two cases that may belong together."""

    WAITING = "waiting"
    JOINED = "joined"
    DISMISSED = "dismissed"


class Convergence(Row):
    """Two cases that the rule finds alike; the first is the one that was logged first.

    Nothing of it stands on the cases themselves: only the leads whom it concerns may learn of it.
    """

    __tablename__ = "convergences"
    __table_args__ = (
        UniqueConstraint("first_id", "second_id"),
        Index("ix_convergences_state_found_at", "state", "found_at"),
    )

    first_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    second_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    state: Mapped[ConvergenceState]
    same_nature: Mapped[bool]
    same_service: Mapped[bool]
    found_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]


class ConvergenceAnswer(Row):
    """What one lead said of two such cases. `case_id` is the first case, under whose key the reason is sealed."""

    __tablename__ = "convergence_answers"

    convergence_id: Mapped[UUID] = mapped_column(ForeignKey("convergences.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    answered_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime]
    joined: Mapped[bool]
    reason_sealed: Mapped[bytes | None]
    reason = Sealed(Compartment.CONCERN, subject="case_id")


class CaseJoin(Row):
    """That a case is carried on in another, until `ended_at`, when it was opened again. Its own rows stay its own."""

    __tablename__ = "case_joins"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    joined_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    joined_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    joined_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason_sealed: Mapped[bytes | None]
    reason = Sealed(Compartment.CONCERN, subject="case_id")


class ConvergenceLook(Base):
    """When all open cases were last looked over, by the name of the look; bookkeeping, and the lock of who looks."""

    __tablename__ = "convergence_looks"

    look: Mapped[str] = mapped_column(String(40), primary_key=True)
    looked_at: Mapped[datetime]
