"""Improvement plans: what was agreed, the actions with their dates and states, and the progress that was recorded."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.protocol.plans import ActionState
from clearinghouse.records.base import Row
from clearinghouse.records.sealed import Compartment, Sealed


class Plan(Row):
    """The improvement plan of a case. What it says stands in its terms, of which the latest hold."""

    __tablename__ = "plans"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), unique=True)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]


class PlanTerms(Row):
    """What a plan said from then on; an amendment adds terms, and the earlier ones stay."""

    __tablename__ = "plan_terms"

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    agreed_on: Mapped[date]
    riep_funded: Mapped[bool]
    pounds: Mapped[int | None]
    set_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    set_at: Mapped[datetime]
    agreed_with_sealed: Mapped[bytes | None]
    agreed_with = Sealed(Compartment.PLANS, subject="case_id")
    outcomes_sealed: Mapped[bytes | None]
    outcomes = Sealed(Compartment.PLANS, subject="case_id")
    reason_sealed: Mapped[bytes | None]
    reason = Sealed(Compartment.PLANS, subject="case_id")


class PlanAction(Row):
    """One action of a plan: its date and state as they are now. What it says stands in its latest terms."""

    __tablename__ = "plan_actions"

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    due_on: Mapped[date]
    state: Mapped[ActionState]
    made_at: Mapped[datetime]


class PlanActionTerms(Row):
    """What an action said from then on, its date among it; a change adds terms, and the earlier ones stay."""

    __tablename__ = "plan_action_terms"

    action_id: Mapped[UUID] = mapped_column(ForeignKey("plan_actions.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    due_on: Mapped[date]
    set_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    set_at: Mapped[datetime]
    what_sealed: Mapped[bytes | None]
    what = Sealed(Compartment.PLANS, subject="case_id")
    owner_sealed: Mapped[bytes | None]
    owner = Sealed(Compartment.PLANS, subject="case_id")
    measure_sealed: Mapped[bytes | None]
    measure = Sealed(Compartment.PLANS, subject="case_id")
    target_sealed: Mapped[bytes | None]
    target = Sealed(Compartment.PLANS, subject="case_id")
    reason_sealed: Mapped[bytes | None]
    reason = Sealed(Compartment.PLANS, subject="case_id")


class PlanProgress(Row):
    """How far an action had come when somebody said so, by itself or in a review of the plan."""

    __tablename__ = "plan_progress"

    action_id: Mapped[UUID] = mapped_column(ForeignKey("plan_actions.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    review_id: Mapped[UUID | None] = mapped_column(ForeignKey("reviews.id"), index=True)
    state: Mapped[ActionState]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    note_sealed: Mapped[bytes | None]
    note = Sealed(Compartment.PLANS, subject="case_id")
