"""Who stands in for a lead between two dates, and who was warned that their account will be shut for want of use."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.access.roles import Region
from clearinghouse.records.base import Row


class Deputy(Row):
    """Who hears in a lead's place of what stays undone, for one of the lead's regions (None: the country).

    It gives no right: whoever is named must hold the role for the region already. `until` is the last day.
    """

    __tablename__ = "deputies"

    lead_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    deputy_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    region: Mapped[Region | None]
    starts_on: Mapped[date]
    until: Mapped[date]
    named_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class IdleWarning(Row):
    """That somebody was told so many days before their account is shut; once for each time that they stay away."""

    __tablename__ = "idle_warnings"
    __table_args__ = (UniqueConstraint("user_id", "last_seen_on", "days_before"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    last_seen_on: Mapped[date]
    days_before: Mapped[int]
    warned_at: Mapped[datetime]
