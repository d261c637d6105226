"""What holds the log from outside: time stamps and cosignatures of checkpoints, and checkpoints that were mailed."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, String, Text, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from clearinghouse.records.base import Base, Row


class LogTimestamp(Base):
    """What a time-stamping authority answered about the checkpoint of this size: RFC 3161, as it came."""

    __tablename__ = "log_timestamps"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    answer: Mapped[bytes]
    stamped_at: Mapped[datetime]


class LogCosignature(Base):
    """A witness's signature line under the checkpoint of this size; `witness` is its public key as one line."""

    __tablename__ = "log_cosignatures"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    witness: Mapped[str] = mapped_column(String(400), primary_key=True)
    line: Mapped[str] = mapped_column(Text)
    cosigned_at: Mapped[datetime]


class CallEnd(StrEnum):
    """How somebody outside answered when they were asked last."""

    ANSWERED = "answered"
    SILENT = "silent"
    REFUSED = "refused"
    OTHER_HISTORY = "other_history"


class OutsideCall(Base):
    """When a witness or the authority is asked next, by one clock alone, and how they answered last."""

    __tablename__ = "outside_calls"

    name: Mapped[str] = mapped_column(String(400), primary_key=True)
    due_at: Mapped[datetime]
    tries: Mapped[int]
    outcome: Mapped[CallEnd | None]
    answered_at: Mapped[datetime | None]


class CheckpointLetter(Row):
    """A checkpoint that waits to be mailed to an address outside, or was; one a day for each address."""

    __tablename__ = "checkpoint_letters"
    __table_args__ = (
        UniqueConstraint("address", "written_on"),
        Index("ix_checkpoint_letters_sent_at_due_at", "sent_at", "due_at"),
    )

    address: Mapped[str] = mapped_column(String(320))
    written_on: Mapped[date]
    size: Mapped[int]
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]


def newest_stamp(session: Session) -> LogTimestamp | None:
    """The time stamp of the largest checkpoint that has one."""
    return session.scalars(select(LogTimestamp).order_by(LogTimestamp.size.desc()).limit(1)).one_or_none()


def newest_cosignature(session: Session, witness: str) -> LogCosignature | None:
    """What the witness cosigned last, by their public key."""
    mine = select(LogCosignature).where(LogCosignature.witness == witness)
    return session.scalars(mine.order_by(LogCosignature.size.desc()).limit(1)).one_or_none()


def forget_anchors(session: Session) -> None:
    """Take away what was said of a log that is taken away; letters that were sent stay."""
    for table in (LogTimestamp, LogCosignature, OutsideCall):
        session.execute(delete(table))
