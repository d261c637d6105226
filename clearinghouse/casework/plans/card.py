"""How the improvement plan of a case stands: the facts that its rules look at, and what the case's page says of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.admission import open_duties
from clearinghouse.casework.world import LONDON, Work
from clearinghouse.protocol.facts import CaseFacts
from clearinghouse.protocol.plans import (
    FINISHED,
    ActionFacts,
    ActionState,
    PlanSuggestion,
    Tally,
    suggest_progress,
    tally,
)
from clearinghouse.protocol.referral import failing_support
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.cases import Case
from clearinghouse.records.meetings import Review
from clearinghouse.records.plans import Plan, PlanAction, PlanActionTerms, PlanProgress, PlanTerms

_V = TypeVar("_V")
_ORDER = (ActionState.NOT_STARTED, ActionState.UNDER_WAY, ActionState.DONE)


@dataclass(frozen=True)
class PlanCard:
    """The plan at a glance, nothing typed in it. `due_before_review` counts actions whose date comes before it."""

    agreed_on: date
    tally: Tally
    suggestion: PlanSuggestion
    next_review_on: date | None
    due_before_review: int


@dataclass(frozen=True)
class Failing:
    """Accepted support that is failing: the days of the reviews that say so, and when a meeting is to consider it.

    `is_considered` is True where a joint local meeting has; the way to a referral is open then.
    """

    reviewed_on: tuple[date, ...]
    is_considered: bool
    meeting_due_on: date | None


def plan_card(work: Work, case: Case) -> PlanCard | None:
    """The card of the case's plan, None where none is agreed."""
    plan = plan_of(work, case.id)
    if plan is None:
        return None
    facts = action_facts(work, case.id)
    review_on = _next(work, case, DutyKind.REVIEW)
    return PlanCard(
        agreed_on=latest_terms(work, plan).agreed_on,
        tally=tally(facts, work.today),
        suggestion=suggestion_for(work, plan, facts),
        next_review_on=review_on,
        due_before_review=sum(
            action.state not in FINISHED and work.today <= action.due_on < review_on for action in facts
        )
        if review_on
        else 0,
    )


def failing(work: Work, case: Case, facts: CaseFacts) -> Failing | None:
    """Whether the support that the authority accepted is failing (004 §15g), None where it is not."""
    found = failing_support(facts, work.today)
    if found is None:
        return None
    due_on = None if found.is_considered else _next(work, case, DutyKind.JOINT_LOCAL_MEETING)
    return Failing(found.reviewed_on, found.is_considered, due_on)


def plan_of(work: Work, case_id: UUID) -> Plan | None:
    """The case's plan, if one is agreed."""
    return work.session.scalars(select(Plan).where(Plan.case_id == case_id)).one_or_none()


def latest_terms(work: Work, plan: Plan) -> PlanTerms:
    """What the plan says now."""
    query = select(PlanTerms).where(PlanTerms.plan_id == plan.id).order_by(PlanTerms.id.desc())
    return work.session.scalars(query.limit(1)).one()


def actions_of(work: Work, case_id: UUID) -> Sequence[PlanAction]:
    """The actions of the case's plan, in the order in which they were agreed."""
    query = select(PlanAction).where(PlanAction.case_id == case_id).order_by(PlanAction.id)
    return work.session.scalars(query).all()


def action_facts(work: Work, case_id: UUID) -> tuple[ActionFacts, ...]:
    """Every action of the plan, as the rules look at it."""
    states, dates = _states(work, case_id), _dates(work, case_id)
    return tuple(
        ActionFacts(
            due_on=action.due_on,
            state=action.state,
            moved_on=_last(states.get(action.id, ()), _moves_on),
            postponed_on=_last(dates.get(action.id, ()), lambda before, after: after > before),
            dropped_on=_last(states.get(action.id, ()), lambda _, after: after is ActionState.DROPPED),
        )
        for action in actions_of(work, case_id)
    )


def suggestion_for(work: Work, plan: Plan, facts: Sequence[ActionFacts]) -> PlanSuggestion:
    """What the plan suggests to whoever reviews it: seen from its last review, or its agreement if that is later."""
    query = select(Review.held_on).where(Review.case_id == plan.case_id, Review.held_on <= work.today)
    reviewed = work.session.scalars(query.order_by(Review.held_on.desc()).limit(1)).first()
    agreed_on = plan.made_at.astimezone(LONDON).date()
    return suggest_progress(facts, max(reviewed or agreed_on, agreed_on), work.today)


def _states(work: Work, case_id: UUID) -> dict[UUID, list[tuple[date, ActionState]]]:
    """Each action's states with their days, from its beginning on."""
    found = {
        action.id: [(action.made_at.astimezone(LONDON).date(), ActionState.NOT_STARTED)]
        for action in actions_of(work, case_id)
    }
    query = select(PlanProgress).where(PlanProgress.case_id == case_id).order_by(PlanProgress.id)
    for row in work.session.scalars(query):
        found[row.action_id].append((row.recorded_at.astimezone(LONDON).date(), row.state))
    return found


def _dates(work: Work, case_id: UUID) -> dict[UUID, list[tuple[date, date]]]:
    """Each action's dates, with the days on which they were set."""
    found: dict[UUID, list[tuple[date, date]]] = {}
    query = select(PlanActionTerms).where(PlanActionTerms.case_id == case_id).order_by(PlanActionTerms.id)
    for row in work.session.scalars(query):
        found.setdefault(row.action_id, []).append((row.set_at.astimezone(LONDON).date(), row.due_on))
    return found


def _last(entries: Sequence[tuple[date, _V]], counts: Callable[[_V, _V], bool]) -> date | None:
    """The day of the last entry that counts, seen from the one before it."""
    found = None
    for (_, before), (day, after) in pairwise(entries):
        if before != after and counts(before, after):
            found = day
    return found


def _moves_on(before: ActionState, after: ActionState) -> bool:
    if ActionState.DROPPED in (before, after):
        return False
    return _ORDER.index(after) > _ORDER.index(before)


def _next(work: Work, case: Case, kind: DutyKind) -> date | None:
    return next((duty.due_on for duty in open_duties(work, case) if duty.kind is kind), None)
