"""What people were in the middle of: drafts kept sealed on the server, and posts already carried out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.records.base import Base, Row
from clearinghouse.records.sealed import Compartment, Sealed


class Draft(Row):
    """What a person typed into one form and has not submitted: bookkeeping, sealed, known to them alone."""

    __tablename__ = "drafts"
    __table_args__ = (Index("uq_drafts_user_id_form", "user_id", "form", unique=True),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    form: Mapped[str] = mapped_column(String(120))
    saved_at: Mapped[datetime]
    answers_sealed: Mapped[bytes | None]
    answers = Sealed(Compartment.DRAFTS, subject="user_id", ledgered=False)


class Post(Base):
    """A post that was carried out, so that its repeat after a lost answer does nothing twice."""

    __tablename__ = "posts"

    key: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    done_at: Mapped[datetime]
    location: Mapped[str | None] = mapped_column(String(300))
