"""Single sign-on: who somebody is at a provider outside, once they have shown that it is they."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.records.base import Base


class ProviderSubject(Base):
    """Who a person is at a provider of single sign-on; digests, from which nobody reads what they are called there."""

    __tablename__ = "provider_subjects"
    __table_args__ = (UniqueConstraint("user_id", "issuer"),)

    subject: Mapped[bytes] = mapped_column(primary_key=True)
    issuer: Mapped[bytes]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    bound_at: Mapped[datetime]


class ProviderWait(Base):
    """Who the provider says it was in a session that waits for its second step; bound once that is taken."""

    __tablename__ = "provider_waits"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("web_sessions.id"), primary_key=True)
    subject: Mapped[bytes]
    issuer: Mapped[bytes]
