"""Improvement plans: agreeing and amending one, its actions, and the progress of each; nothing of it is lost."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, open_duties, record_change
from clearinghouse.casework.duties.setting import end_duty, owe, set_duty
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.plans.card import action_facts, plan_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import NEXT_AFTER
from clearinghouse.protocol.plans import BEFORE_SUPPORT, ActionState, may_agree_plan, usual_review
from clearinghouse.protocol.standing import after
from clearinghouse.protocol.vocabulary import DutyKind, Step
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.plans import Plan, PlanAction, PlanActionTerms, PlanProgress, PlanTerms

FURTHEST = timedelta(days=5 * 366)
_LARGEST = 1_000_000_000
_NO_PLAN = "No improvement plan is agreed on this case yet."


@dataclass(frozen=True)
class Terms:
    """What a plan says as a whole: with whom it was agreed and when, what the RIEP pays, what is to come of it."""

    agreed_on: date
    agreed_with: str
    outcomes: str
    riep_funded: bool
    pounds: int | None = None


@dataclass(frozen=True)
class NewAction:
    """An action of a plan. `owner` is a name in the authority."""

    what: str
    owner: str
    measure: str
    target: str
    due_on: date


@dataclass(frozen=True)
class Progress:
    """How far an action has come, and what is to be said of it."""

    action_id: UUID
    state: ActionState
    note: str = ""


def agree_plan(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    terms: Terms,
    review_on: date | None = None,
    *,
    without_team: bool = False,
) -> UUID:
    """Keep the plan that was agreed with the authority, and book its review (004 §22); returns the plan's id.

    On a case that waits for support this begins it. `without_team` says that no peer team is sent beside the plan.
    Raises Invalid beside the field, Refused where there is a plan or the standing allows none, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.OFFER_MAKE, seen=version)
        _check_open(case)
        if plan_of(work, case.id) is not None:
            raise Refused("The case has its improvement plan already: change that one.")
        _check_terms(work, terms, review_on)
        plan = work.add(Plan(case_id=case.id, made_by=actor.person, made_at=work.now))
        work.session.flush()
        begins = case.standing in BEFORE_SUPPORT
        if begins:
            case.standing = after(case.standing, Step.START_SUPPORT)
        _keep_terms(work, case, plan, terms, "", Event.PLAN_AGREED)
        if begins:
            owe(work, case, NEXT_AFTER[Step.START_SUPPORT])
        if without_team:
            _end(work, case, DutyKind.ASSIGN_TEAM)
        book_review(work, case, review_on)
        return plan.id


def amend_plan(
    world: World, actor: Actor, case_id: UUID, version: int | None, terms: Terms, reason: str
) -> None:
    """Change what the plan says as a whole, and say why; what it said before stays on record.

    Raises Invalid beside the field, Refused where there is none or the case is closed, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.OFFER_MAKE, seen=version)
        plan = open_plan(work, case)
        _check_terms(work, terms, None)
        _keep_terms(work, case, plan, terms, reason, Event.PLAN_AMENDED)


def add_action(world: World, actor: Actor, case_id: UUID, version: int | None, given: NewAction) -> UUID:
    """Add an action to the plan (004 §22: specific outcomes and measures); returns its id.

    Raises Invalid beside the field, Refused where there is no plan or the case is closed, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.OFFER_MAKE, seen=version)
        plan = open_plan(work, case)
        if given.due_on < work.today:
            raise Invalid({"due_on": "The date of a new action must be today or in the future."})
        _check_date(work, given.due_on)
        action = work.add(
            PlanAction(
                plan_id=plan.id,
                case_id=case.id,
                due_on=given.due_on,
                state=ActionState.NOT_STARTED,
                made_at=work.now,
            )
        )
        work.session.flush()
        _keep_action(work, case, action, given, "", Event.PLAN_ACTION_ADDED)
        return action.id


def change_action(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    action_id: UUID,
    given: NewAction,
    reason: str,
) -> None:
    """Change what an action says or its date, and say why; the date before stays on record, as with duties.

    Raises Invalid beside the field, Refused where the case is closed, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.OFFER_MAKE, seen=version)
        open_plan(work, case)
        action = action_to_change(work, case, action_id)
        if given.due_on != action.due_on:
            _check_date(work, given.due_on)
        _keep_action(work, case, action, given, reason, Event.PLAN_ACTION_CHANGED)


def record_progress(
    world: World, actor: Actor, case_id: UUID, version: int | None, progress: Progress
) -> None:
    """Record how far an action has come, by whoever works on the case (004 §22).

    Raises Invalid where a dropped action has no reason, Refused where the case is closed, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.PLAN_KEEP, seen=version)
        open_plan(work, case)
        if problem := why_not(progress):
            raise Invalid({"note": problem})
        keep_progress(work, case, progress)
        record_change(
            work, case, Event.PLAN_PROGRESS_RECORDED, action=progress.action_id, state=progress.state
        )


def open_plan(work: Work, case: Case) -> Plan:
    """The case's plan, to be changed. Raises Refused where there is none or the case is not open."""
    _check_open(case)
    plan = plan_of(work, case.id)
    if plan is None:
        raise Refused(_NO_PLAN)
    return plan


def action_to_change(work: Work, case: Case, action_id: UUID) -> PlanAction:
    """An action of the case's own plan. Raises NotFound."""
    action = work.session.get(PlanAction, action_id, populate_existing=True)
    if action is None or action.case_id != case.id:
        raise NotFound
    return action


def why_not(progress: Progress) -> str:
    """What is wrong with recording this, "" where nothing is."""
    if progress.state is ActionState.DROPPED and not progress.note.strip():
        return "Enter why the action is dropped."
    return ""


def keep_progress(work: Work, case: Case, progress: Progress, review_id: UUID | None = None) -> None:
    """Keep how far an action has come; the event is recorded by whoever calls this. Raises NotFound."""
    action = action_to_change(work, case, progress.action_id)
    action.state = progress.state
    row = work.add(
        PlanProgress(
            action_id=action.id,
            case_id=case.id,
            review_id=review_id,
            state=progress.state,
            recorded_by=work.actor.person,
            recorded_at=work.now,
        )
    )
    row.note = progress.note


def book_review(work: Work, case: Case, on: date | None) -> None:
    """Owe the next review of the support: on the day that was chosen, in place of the one that was owed; or else,
    where none is owed, on the usual day.

    A review that a meeting booked stays. Record the event of the change itself first.
    """
    owed = [each for each in open_duties(work, case) if each.kind is DutyKind.REVIEW and not each.subject_id]
    if on is None and owed:
        return
    for duty in owed:
        end_duty(work, case, duty, DutyState.REPLACED)
    usual = usual_review(action_facts(work, case.id), work.today, work.holidays)
    set_duty(work, case, DutyKind.REVIEW, on or usual)


def check_review_date(work: Work, on: date | None, field: str) -> None:
    """A day that was chosen for a review lies ahead, within five years. Raises Invalid."""
    if on is None:
        return
    if on <= work.today:
        raise Invalid({field: "The date of the next review must be in the future."})
    if on > work.today + FURTHEST:
        raise Invalid({field: "The date must be within five years."})


def _check_open(case: Case) -> None:
    verdict = may_agree_plan(case.standing)
    if not verdict.allowed:
        raise Refused(*(missing.words for missing in verdict.missing))


def _check_terms(work: Work, terms: Terms, review_on: date | None) -> None:
    if terms.agreed_on > work.today:
        raise Invalid({"agreed_on": "The day on which the plan was agreed cannot be in the future."})
    if terms.pounds is not None and not terms.riep_funded:
        words = "The amount is what the RIEP pays. Leave it out, or say that the RIEP funds the plan."
        raise Invalid({"pounds": words})
    if terms.pounds is not None and not 0 < terms.pounds <= _LARGEST:
        raise Invalid({"pounds": "Enter an amount in whole pounds, from 1 to 1,000,000,000."})
    check_review_date(work, review_on, "review_on")


def _check_date(work: Work, due_on: date) -> None:
    if due_on > work.today + FURTHEST:
        raise Invalid({"due_on": "The date must be within five years."})


def _keep_terms(work: Work, case: Case, plan: Plan, terms: Terms, reason: str, event: Event) -> None:
    row = work.add(
        PlanTerms(
            plan_id=plan.id,
            case_id=case.id,
            agreed_on=terms.agreed_on,
            riep_funded=terms.riep_funded,
            pounds=terms.pounds,
            set_by=work.actor.person,
            set_at=work.now,
        )
    )
    row.agreed_with, row.outcomes, row.reason = terms.agreed_with, terms.outcomes, reason
    record_change(
        work,
        case,
        event,
        plan=plan.id,
        agreed_on=terms.agreed_on,
        riep_funded=terms.riep_funded,
        pounds=terms.pounds,
    )


def _keep_action(
    work: Work, case: Case, action: PlanAction, given: NewAction, reason: str, event: Event
) -> None:
    from_on, action.due_on = action.due_on, given.due_on
    row = work.add(
        PlanActionTerms(
            action_id=action.id,
            case_id=case.id,
            due_on=given.due_on,
            set_by=work.actor.person,
            set_at=work.now,
        )
    )
    row.what, row.owner, row.measure, row.target = given.what, given.owner, given.measure, given.target
    row.reason = reason
    moved = {"from_on": from_on} if from_on != given.due_on else {}
    record_change(work, case, event, action=action.id, due_on=given.due_on, **moved)


def _end(work: Work, case: Case, kind: DutyKind) -> None:
    for duty in open_duties(work, case):
        if duty.kind is kind:
            end_duty(work, case, duty, DutyState.REPLACED)
