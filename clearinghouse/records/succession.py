"""What leads said when a council that a case names was replaced: followed, or not yet, and why."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.records.base import Row
from clearinghouse.records.sealed import Compartment, Sealed


class SuccessionAnswer(Row):
    """One answer about one abolished authority of a case. `ask_again_on` is None where the case followed."""

    __tablename__ = "succession_answers"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"))
    answered_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime]
    ask_again_on: Mapped[date | None]
    reason_sealed: Mapped[bytes | None]
    reason = Sealed(Compartment.CONCERN, subject="case_id")
