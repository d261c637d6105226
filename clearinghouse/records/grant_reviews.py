"""Whether roles are still needed: what reviewers said of each, and the last day on which one was used on a case."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.access.roles import Role
from clearinghouse.records.base import Base, Row


class GrantReview(Row):
    """That a reviewer said of a role that it is needed still, or not any more; `next_on` is when it is asked again."""

    __tablename__ = "grant_reviews"

    grant_id: Mapped[UUID] = mapped_column(ForeignKey("role_grants.id"), index=True)
    reviewed_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    reviewed_at: Mapped[datetime]
    needed: Mapped[bool]
    next_on: Mapped[date]


class RoleUse(Base):
    """The last day on which a person opened or changed a case by this role."""

    __tablename__ = "role_uses"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(primary_key=True)
    used_on: Mapped[date]
