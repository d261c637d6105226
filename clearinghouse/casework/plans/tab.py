"""What the plan tab of a case shows: the plan, its actions with their history, and what its reviews found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import Admitted, case_to_open, case_to_read, open_duties
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.facts import case_facts
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.plans.card import (
    Failing,
    PlanCard,
    actions_of,
    failing,
    plan_card,
    plan_of,
)
from clearinghouse.casework.plans.keeping import NewAction, Terms
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.plans import FINISHED, ActionState
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.meetings import Review
from clearinghouse.records.plans import PlanAction, PlanActionTerms, PlanProgress, PlanTerms
from clearinghouse.records.sealed import Compartment


@dataclass(frozen=True)
class TermsView:
    """What the plan said from an instant on, and why it was changed then; `reason` is empty at its agreement."""

    terms: Terms
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class ActionTermsView:
    """What an action said from an instant on, and why it was changed then."""

    said: NewAction
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class ProgressView:
    """How far an action had come when somebody said so, in a review or by itself."""

    state: ActionState
    note: str
    by: str
    at: datetime
    in_review: bool


@dataclass(frozen=True)
class ActionView:
    """One action as it stands; `earlier` and `progress` begin with the latest."""

    id: UUID
    said: NewAction
    state: ActionState
    is_overdue: bool
    earlier: tuple[ActionTermsView, ...]
    progress: tuple[ProgressView, ...]

    @property
    def is_finished(self) -> bool:
        """Whether it asks nothing more of anybody."""
        return self.state in FINISHED


@dataclass(frozen=True)
class ReviewedAction:
    """What a review recorded of one action."""

    what: str
    state: ActionState
    note: str


@dataclass(frozen=True)
class PlanReview:
    """A review of the support, with what it recorded of each action."""

    held_on: date
    adequate_progress: bool
    note: str
    by: str
    actions: tuple[ReviewedAction, ...]


@dataclass(frozen=True)
class PlanTab:
    """Everything on the tab. `card` and `terms` are None where no plan is agreed; `team_owed` while a team is."""

    case: CaseHeader
    card: PlanCard | None
    terms: TermsView | None
    earlier: tuple[TermsView, ...]
    actions: tuple[ActionView, ...]
    reviews: tuple[PlanReview, ...]
    failing: Failing | None
    team_owed: bool


@dataclass(frozen=True)
class ActionPage:
    """One action with all of its history, and the case that it belongs to."""

    case: CaseHeader
    action: ActionView


def plan_tab(world: World, actor: Actor, case_id: UUID, needs: Permission = Permission.CASE_READ) -> PlanTab:
    """The case's plan, for somebody who may do `needs` with the case; that it was opened is in the ledger.

    Raises NotFound for absent and forbidden alike.
    """
    with world.unit_of_work(actor) as work:
        case_to_read(work, case_id, needs)
        return _tab(work, case_to_open(work, case_id, Compartment.PLANS))


def action_page(
    world: World, actor: Actor, case_id: UUID, action_id: UUID, needs: Permission = Permission.CASE_READ
) -> ActionPage:
    """One action of the case's plan, for somebody who may do `needs`; opened in the ledger. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        case_to_read(work, case_id, needs)
        admitted = case_to_open(work, case_id, Compartment.PLANS)
        action = work.session.get(PlanAction, action_id)
        if action is None or action.case_id != case_id:
            raise NotFound
        return ActionPage(header_of(work, admitted), _actions(work, [action])[0])


def _tab(work: Work, admitted: Admitted) -> PlanTab:
    case = admitted.case
    plan = plan_of(work, case.id)
    terms = _terms(work, plan.id) if plan else ()
    actions = _actions(work, actions_of(work, case.id))
    return PlanTab(
        case=header_of(work, admitted),
        card=plan_card(work, case),
        terms=terms[0] if terms else None,
        earlier=terms[1:],
        actions=actions,
        reviews=_reviews(work, case.id, {action.id: action.said.what for action in actions}),
        failing=failing(work, case, case_facts(work, case)),
        team_owed=any(duty.kind is DutyKind.ASSIGN_TEAM for duty in open_duties(work, case)),
    )


def _terms(work: Work, plan_id: UUID) -> tuple[TermsView, ...]:
    query = select(PlanTerms).where(PlanTerms.plan_id == plan_id).order_by(PlanTerms.id.desc())
    return tuple(
        TermsView(
            Terms(row.agreed_on, row.agreed_with, row.outcomes, row.riep_funded, row.pounds),
            row.reason,
            name_of(work, row.set_by),
            row.set_at,
        )
        for row in work.session.scalars(query).all()
    )


def _actions(work: Work, rows: Sequence[PlanAction]) -> tuple[ActionView, ...]:
    ids = [row.id for row in rows]
    terms: dict[UUID, list[ActionTermsView]] = {key: [] for key in ids}
    said = select(PlanActionTerms).where(PlanActionTerms.action_id.in_(ids))
    for each in work.session.scalars(said.order_by(PlanActionTerms.id.desc())).all():
        action = NewAction(each.what, each.owner, each.measure, each.target, each.due_on)
        view = ActionTermsView(action, each.reason, name_of(work, each.set_by), each.set_at)
        terms[each.action_id].append(view)
    progress: dict[UUID, list[ProgressView]] = {key: [] for key in ids}
    come = select(PlanProgress).where(PlanProgress.action_id.in_(ids))
    for row in work.session.scalars(come.order_by(PlanProgress.id.desc())).all():
        by = name_of(work, row.recorded_by)
        shown = ProgressView(row.state, row.note, by, row.recorded_at, in_review=row.review_id is not None)
        progress[row.action_id].append(shown)
    return tuple(
        ActionView(
            id=row.id,
            said=terms[row.id][0].said,
            state=row.state,
            is_overdue=row.state not in FINISHED and row.due_on < work.today,
            earlier=tuple(terms[row.id]),
            progress=tuple(progress[row.id]),
        )
        for row in rows
    )


def _reviews(work: Work, case_id: UUID, what: dict[UUID, str]) -> tuple[PlanReview, ...]:
    found: dict[UUID, list[ReviewedAction]] = {}
    come = select(PlanProgress).where(PlanProgress.case_id == case_id, PlanProgress.review_id.is_not(None))
    for row in work.session.scalars(come.order_by(PlanProgress.id)).all():
        if row.review_id:
            found.setdefault(row.review_id, []).append(
                ReviewedAction(what[row.action_id], row.state, row.note)
            )
    query = select(Review).where(Review.case_id == case_id)
    return tuple(
        PlanReview(
            held_on=row.held_on,
            adequate_progress=row.adequate_progress,
            note=row.note,
            by=name_of(work, row.recorded_by),
            actions=tuple(found.get(row.id, ())),
        )
        for row in work.session.scalars(query.order_by(Review.held_on.desc(), Review.id.desc())).all()
    )
