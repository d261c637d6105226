"""That two administrators set somebody's password and second factor anew, and who was told of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.records.base import Row


class ResetReason(StrEnum):
    """Why somebody's password and second factor are to be set anew."""

    LOST_DEVICE = "lost_device"
    FORGOTTEN_PASSWORD = "forgotten_password"  # a reason, not a password
    IN_OTHER_HANDS = "in_other_hands"

    @property
    def words(self) -> str:
        """The reason as screens name it."""
        return {
            "lost_device": "They cannot give the second factor any more, and have no recovery code",
            "forgotten_password": "They have forgotten their password",
            "in_other_hands": "Somebody else may have their password, their phone or their codes",
        }[self.value]


class Heard(StrEnum):
    """How the second administrator heard the person."""

    IN_PERSON = "in_person"
    BY_VIDEO = "by_video"
    BY_TELEPHONE = "by_telephone"

    @property
    def words(self) -> str:
        """The way as screens name it."""
        return {
            "in_person": "In person",
            "by_video": "By video, and I know their face",
            "by_telephone": "By telephone, on a number that was known before, and I know their voice",
        }[self.value]


class FactorReset(Row):
    """A reset that one administrator proposed; it is done once another has confirmed it, and nothing before that.

    `invitation_id` is the one-time link by which the person sets both factors anew.
    """

    __tablename__ = "factor_resets"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    reason: Mapped[ResetReason]
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    heard: Mapped[Heard | None]
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    invitation_id: Mapped[UUID | None] = mapped_column(ForeignKey("invitations.id"), index=True)
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]


class ResetNotice(Row):
    """That somebody was told of a reset."""

    __tablename__ = "reset_notices"
    __table_args__ = (UniqueConstraint("user_id", "reset_id"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    reset_id: Mapped[UUID] = mapped_column(ForeignKey("factor_resets.id"))
