"""What somebody must do next by a date, the mail and calendar that tell them, and the clock that watches over it."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.protocol.recurrence import Rhythm
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.base import Base, Row
from clearinghouse.records.sealed import Compartment, Sealed


class DutyState(StrEnum):
    """Whether a duty is still owed."""

    OPEN = "open"
    DONE = "done"
    REPLACED = "replaced"


class Duty(Row):
    """A dated duty on a case. `reminded_at`, `overdue_at` and `deputy_told_at` are when the clock raised it, once each.

    `subject_id` names what the duty is about, where it is about one thing (an offer, a referral, a meeting's issue).
    `asked_on` is the date that somebody chose, where it was no working day and the duty moved from it.
    `repeats_on` is the day of its series that it stands for, which a move of this one duty leaves alone.
    """

    __tablename__ = "duties"
    __table_args__ = (
        Index("ix_duties_case_id_state_due_on_id", "case_id", "state", "due_on", "id"),
        Index("ix_duties_state_due_on", "state", "due_on"),
        Index("ix_duties_owner_id_state_due_on", "owner_id", "state", "due_on"),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[DutyKind]
    due_on: Mapped[date]
    asked_on: Mapped[date | None]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    state: Mapped[DutyState]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    subject_id: Mapped[UUID | None]
    reminded_at: Mapped[datetime | None]
    overdue_at: Mapped[datetime | None]
    deputy_told_at: Mapped[datetime | None]
    series_id: Mapped[UUID | None]
    repeats_on: Mapped[date | None]
    note_sealed: Mapped[bytes | None]
    note = Sealed(Compartment.CONCERN, subject="case_id")
    outcome_sealed: Mapped[bytes | None]
    outcome = Sealed(Compartment.CONCERN, subject="case_id")


class DutySeries(Row):
    """A follow-up that comes again until a day, or until somebody ends it; one duty of it is open at a time.

    `first_on` is the day that the repeats are counted from.
    """

    __tablename__ = "duty_series"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[DutyKind]
    rhythm: Mapped[Rhythm]
    first_on: Mapped[date]
    until: Mapped[date | None]
    set_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    set_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class DutyMove(Row):
    """One move of a duty to another date, and why; what it was due on before is never lost."""

    __tablename__ = "duty_moves"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    duty_id: Mapped[UUID] = mapped_column(ForeignKey("duties.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date]
    moved_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    moved_at: Mapped[datetime]
    reason_sealed: Mapped[bytes | None]
    reason = Sealed(Compartment.CONCERN, subject="case_id")


class Letter(Row):
    """A mail that waits to be sent, or was: a kind, a person and a case's reference, never content.

    Claimed under a lease with a fencing number: who sends must still hold the number they claimed with. `dropped_at`
    is when it was found that nobody may get it any more.
    """

    __tablename__ = "letters"
    __table_args__ = (Index("ix_letters_sent_at_due_at", "sent_at", "due_at"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(40))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    action_id: Mapped[UUID | None] = mapped_column(ForeignKey("regional_actions.id"))
    token_sealed: Mapped[bytes | None]
    token = Sealed(Compartment.ACCOUNT, subject="user_id", ledgered=False)
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]


class CalendarFeed(Row):
    """A person's secret address from which a calendar program reads their duties; only the token's hash is kept."""

    __tablename__ = "calendar_feeds"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ClockBeat(Base):
    """When a clock process last finished a round, by its name."""

    __tablename__ = "clock_beats"

    clock: Mapped[str] = mapped_column(String(120), primary_key=True)
    beat_at: Mapped[datetime]
