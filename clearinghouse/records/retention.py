"""Reviews of what is due to be destroyed, and legal holds, which keep a case from it."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.records.base import Row
from clearinghouse.records.sealed import Compartment, Sealed


class ReviewState(StrEnum):
    """How far a review has come. `DUE` and `PROPOSED` are under way, the others are how it ended."""

    DUE = "due"
    PROPOSED = "proposed"
    KEPT = "kept"
    DESTROYED = "destroyed"
    WITHDRAWN = "withdrawn"


UNDER_WAY = (ReviewState.DUE, ReviewState.PROPOSED)


class RetentionReview(Row):
    """A look at what is due to be destroyed of a case: who proposed it, and how it ended.

    `kinds` is a list of `Kept` values; `source_id` is set where one source alone asked. `seen_version` is the version
    of the case that was proposed; `keep_until` is to when it is kept for longer, and `look_again_on` when the clock
    looks at the case again.
    """

    __tablename__ = "retention_reviews"
    __table_args__ = (Index("ix_retention_reviews_case_id_state", "case_id", "state"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey("sources.id"))
    kinds: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[ReviewState] = mapped_column(index=True)
    due_on: Mapped[date]
    opened_at: Mapped[datetime]
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime | None]
    seen_version: Mapped[int | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    keep_until: Mapped[date | None]
    look_again_on: Mapped[date | None]
    reason_sealed: Mapped[bytes | None]
    reason = Sealed(Compartment.RETENTION, subject="case_id")


class LegalHold(Row):
    """A hold on a case: nothing of it is destroyed until a second person has confirmed that it is lifted."""

    __tablename__ = "legal_holds"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    placed_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    placed_at: Mapped[datetime]
    lift_asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    lift_asked_at: Mapped[datetime | None]
    lifted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    lifted_at: Mapped[datetime | None]
    reason_sealed: Mapped[bytes | None]
    reason = Sealed(Compartment.RETENTION, subject="case_id")
    lift_reason_sealed: Mapped[bytes | None]
    lift_reason = Sealed(Compartment.RETENTION, subject="case_id")
