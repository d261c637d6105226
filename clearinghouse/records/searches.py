"""What search keeps: the sealed texts that it reads, for which cases they are whole, and what was searched for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.records.base import Base, Row
from clearinghouse.records.sealed import Compartment, Sealed


class SearchText(Row):
    """The folded words of all values of a subject's compartment, sealed under that compartment's own key.

    The subject is the case or, of who raised a concern, the source: whoever destroys the key destroys this too.
    """

    __tablename__ = "search_texts"
    __table_args__ = (UniqueConstraint("subject_id", "compartment"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    subject_id: Mapped[UUID]
    compartment: Mapped[str] = mapped_column(String(40))
    folded: Mapped[bytes]


class SearchedCase(Base):
    """That the texts of a case hold all its values, in this folding. Of any other case the values are read."""

    __tablename__ = "searched_cases"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    folding: Mapped[str] = mapped_column(String(20))


class Search(Row):
    """One search: who made it and when. What was asked is sealed under that person's key."""

    __tablename__ = "searches"

    made_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    made_at: Mapped[datetime]
    asked_sealed: Mapped[bytes | None]
    asked = Sealed(Compartment.SEARCHES, subject="made_by")
