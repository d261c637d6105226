"""What a region keeps beside its cases: signals, commitments, offers of support, good practice, round tables."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.access.roles import Region
from clearinghouse.protocol.commitments import CommitmentKind
from clearinghouse.protocol.round_table import Decision, Helpers, ItemKind
from clearinghouse.protocol.signals import Direction, SignalKind, SignalTheme
from clearinghouse.protocol.vocabulary import Body
from clearinghouse.records.base import Base, Row
from clearinghouse.records.duties import DutyState
from clearinghouse.records.sealed import Compartment, Sealed


class RoundTableState(StrEnum):
    """Whether a round table is still to come."""

    PLANNED = "planned"
    HELD = "held"


class Signal(Row):
    """An early-warning signal about an authority. One that was recorded wrongly is withdrawn, never deleted."""

    __tablename__ = "signals"
    __table_args__ = (Index("ix_signals_authority_id_observed_on", "authority_id", "observed_on"),)

    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"))
    kind: Mapped[SignalKind]
    theme: Mapped[SignalTheme]
    value: Mapped[int | None]
    direction: Mapped[Direction | None]
    observed_on: Mapped[date]
    source: Mapped[Body]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None]
    words_sealed: Mapped[bytes | None]
    words = Sealed(Compartment.REGIONAL, subject="authority_id")
    why_withdrawn_sealed: Mapped[bytes | None]
    why_withdrawn = Sealed(Compartment.REGIONAL, subject="authority_id")


class SupportOffer(Row):
    """An authority makes officers or members available for a theme, until a day (004 §19)."""

    __tablename__ = "support_offers"

    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"), index=True)
    theme: Mapped[SignalTheme]
    helpers: Mapped[Helpers]
    until: Mapped[date]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    offered_by_sealed: Mapped[bytes | None]
    offered_by = Sealed(Compartment.REGIONAL, subject="authority_id")
    words_sealed: Mapped[bytes | None]
    words = Sealed(Compartment.REGIONAL, subject="authority_id")


class GoodPractice(Row):
    """Something that an authority does well and others could learn from (004 §22)."""

    __tablename__ = "good_practices"

    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"), index=True)
    theme: Mapped[SignalTheme]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    words_sealed: Mapped[bytes | None]
    words = Sealed(Compartment.REGIONAL, subject="authority_id")


class CommitmentKept(Row):
    """That an authority did what it is asked to commit itself to (004 §20). One recorded wrongly is withdrawn."""

    __tablename__ = "commitments"
    __table_args__ = (Index("ix_commitments_authority_id_done_on", "authority_id", "done_on"),)

    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"))
    kind: Mapped[CommitmentKind]
    done_on: Mapped[date]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None]
    words_sealed: Mapped[bytes | None]
    words = Sealed(Compartment.REGIONAL, subject="authority_id")
    why_withdrawn_sealed: Mapped[bytes | None]
    why_withdrawn = Sealed(Compartment.REGIONAL, subject="authority_id")


class RoundTable(Row):
    """A regional round table, planned or held (004 §22). `parties` is a list of `Party` values: who came, once held."""

    __tablename__ = "round_tables"
    __table_args__ = (Index("ix_round_tables_region_planned_on", "region", "planned_on"),)

    region: Mapped[Region]
    planned_on: Mapped[date]
    state: Mapped[RoundTableState]
    planned_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    planned_at: Mapped[datetime]
    held_on: Mapped[date | None]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    parties: Mapped[list[str]] = mapped_column(JSON)
    note_sealed: Mapped[bytes | None]
    note = Sealed(Compartment.REGIONAL, subject="id")


class RoundTableItem(Row):
    """One item of the agenda as it was frozen when the round table was recorded, and what was decided of it.

    `key` names what the item is about; the same thing has the same key on the next agenda. No decision means that
    whoever recorded the others could not see it. `subject_id` is whose key seals the words: the case's or the table's.
    """

    __tablename__ = "round_table_items"
    __table_args__ = (
        Index("uq_round_table_items_round_table_id_key", "round_table_id", "key", unique=True),
        Index("ix_round_table_items_key", "key"),
    )

    round_table_id: Mapped[UUID] = mapped_column(ForeignKey("round_tables.id"))
    key: Mapped[str] = mapped_column(String(60))
    kind: Mapped[ItemKind]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    theme: Mapped[SignalTheme | None]
    decision: Mapped[Decision | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    duty_id: Mapped[UUID | None] = mapped_column(ForeignKey("duties.id"))
    subject_id: Mapped[UUID]
    words_sealed: Mapped[bytes | None]
    words = Sealed(Compartment.REGIONAL, subject="subject_id")


class RoundTableItemAuthority(Base):
    """An authority that an item is about: whoever is walled off from it does not see that it is."""

    __tablename__ = "round_table_item_authorities"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("round_table_items.id"), primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"), primary_key=True)


class RegionalAction(Row):
    """What somebody does for the region by a day because a round table decided it; the clock watches it like a duty."""

    __tablename__ = "regional_actions"
    __table_args__ = (
        Index("ix_regional_actions_state_due_on", "state", "due_on"),
        Index("ix_regional_actions_owner_id_state_due_on", "owner_id", "state", "due_on"),
    )

    reference: Mapped[str] = mapped_column(String(12), unique=True)
    region: Mapped[Region]
    round_table_id: Mapped[UUID] = mapped_column(ForeignKey("round_tables.id"), index=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("round_table_items.id"), index=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    due_on: Mapped[date]
    asked_on: Mapped[date | None]
    state: Mapped[DutyState]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    reminded_at: Mapped[datetime | None]
    overdue_at: Mapped[datetime | None]
    what_sealed: Mapped[bytes | None]
    what = Sealed(Compartment.REGIONAL, subject="round_table_id")
    outcome_sealed: Mapped[bytes | None]
    outcome = Sealed(Compartment.REGIONAL, subject="round_table_id")
