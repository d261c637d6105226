"""The plan tab of a case: the improvement plan, its actions and their progress, and the review of the support."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.drafts import Answers, read_draft
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.headers import CaseHeader, case_header
from clearinghouse.casework.plans.keeping import (
    Progress,
    add_action,
    agree_plan,
    amend_plan,
    change_action,
    record_progress,
)
from clearinghouse.casework.plans.reviews import record_review
from clearinghouse.casework.plans.tab import action_page, plan_tab
from clearinghouse.casework.world import World
from clearinghouse.protocol.plans import ActionState
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import filled, forget, kept_form
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.plan_forms import (
    ActionForm,
    AmendForm,
    ChangeActionForm,
    PlanForm,
    ProgressForm,
    answers_of_action,
    answers_of_terms,
    review_form_of,
)
from clearinghouse.web.rendering import page

plans = Pages("plans", __name__)

AGREED = Message("The plan is recorded, and its review is booked. Add its first action.")
AMENDED = Message("The plan is changed. What it said before stays on record.")
ADDED = Message("The action is added to the plan.")
CHANGED = Message("The action is changed. What it said before stays on record.")
PROGRESS_RECORDED = Message("The progress is recorded.")
REVIEWED = Message("The review is recorded, and the next one is booked.")

_F = TypeVar("_F", bound=Form)
_PLAN = "/cases/<uuid:case_id>/plan"
_ACTION = f"{_PLAN}/actions/<uuid:action_id>"
_BOTH = ["GET", "POST"]


@plans.get(_PLAN, needs=Permission.CASE_READ)
def index(case_id: UUID) -> Response:
    """The tab: the plan, its actions, its reviews."""
    shown = plan_tab(world(), actor(), case_id)
    return page("plans/index.html", case=shown.case, shown=shown, tab="plan")


@plans.route(f"{_PLAN}/new", methods=_BOTH, needs=Permission.OFFER_MAKE)
def new(case_id: UUID) -> ResponseReturnValue:
    """Record the plan that was agreed."""
    shown, name = plan_tab(world(), actor(), case_id, Permission.OFFER_MAKE), f"plan:{case_id}"
    form = kept_form(PlanForm, name)
    if not shown.team_owed:
        del form.without_team

    def do(to: World) -> None:
        without = shown.team_owed and bool(form.without_team.data)
        seen, terms, review_on = form.read_version(), form.terms(), form.review_on.data
        agree_plan(to, actor(), case_id, seen, terms, review_on, without_team=without)

    done = _carried_out(form, shown.case, name, "plans/new.html", do)
    return done or _to("plans.new_action", AGREED, case_id=case_id)


@plans.route(f"{_PLAN}/change", methods=_BOTH, needs=Permission.OFFER_MAKE)
def amend(case_id: UUID) -> ResponseReturnValue:
    """Change what the plan says as a whole."""
    shown, name = plan_tab(world(), actor(), case_id, Permission.OFFER_MAKE), f"plan-change:{case_id}"
    form = _form_or(AmendForm, name, answers_of_terms(shown.terms.terms) if shown.terms else {})

    def do(to: World) -> None:
        amend_plan(to, actor(), case_id, form.read_version(), form.terms(), form.reason.text)

    done = _carried_out(form, shown.case, name, "plans/amend.html", do)
    return done or _to("plans.index", AMENDED, case_id=case_id)


@plans.route(f"{_PLAN}/actions/new", methods=_BOTH, needs=Permission.OFFER_MAKE)
def new_action(case_id: UUID) -> ResponseReturnValue:
    """Add an action to the plan, and perhaps another after it."""
    name = f"plan-action:{case_id}"
    case = case_header(world(), actor(), case_id, Permission.OFFER_MAKE)
    form = kept_form(ActionForm, name)

    def do(to: World) -> None:
        add_action(to, actor(), case_id, form.read_version(), form.action())

    done = _carried_out(form, case, name, "plans/action.html", do, adding=True)
    return done or _to(
        "plans.new_action" if "more" in request.form else "plans.index", ADDED, case_id=case_id
    )


@plans.get(_ACTION, needs=Permission.CASE_READ)
def action(case_id: UUID, action_id: UUID) -> Response:
    """One action with all of its history."""
    shown = action_page(world(), actor(), case_id, action_id)
    return page("plans/show.html", case=shown.case, action=shown.action, tab="plan")


@plans.route(f"{_ACTION}/change", methods=_BOTH, needs=Permission.OFFER_MAKE)
def change(case_id: UUID, action_id: UUID) -> ResponseReturnValue:
    """Change what an action says, or its date."""
    shown = action_page(world(), actor(), case_id, action_id, Permission.OFFER_MAKE)
    name = f"plan-action-change:{action_id}"
    form = _form_or(ChangeActionForm, name, answers_of_action(shown.action.said))

    def do(to: World) -> None:
        seen, said = form.read_version(), form.action()
        change_action(to, actor(), case_id, seen, action_id, said, form.reason.text)

    done = _carried_out(form, shown.case, name, "plans/action.html", do, adding=False)
    return done or _to("plans.action", CHANGED, case_id=case_id, action_id=action_id)


@plans.route(f"{_ACTION}/progress", methods=_BOTH, needs=Permission.PLAN_KEEP)
def progress(case_id: UUID, action_id: UUID) -> ResponseReturnValue:
    """Record how far an action has come."""
    shown = action_page(world(), actor(), case_id, action_id, Permission.PLAN_KEEP)
    name = f"plan-progress:{action_id}"
    form = _form_or(ProgressForm, name, {"state": (shown.action.state.value,)})

    def do(to: World) -> None:
        come = Progress(action_id, ActionState(form.state.data), form.note.text)
        record_progress(to, actor(), case_id, form.read_version(), come)

    done = _carried_out(form, shown.case, name, "plans/progress.html", do, action=shown.action)
    return done or _to("plans.index", PROGRESS_RECORDED, case_id=case_id)


@plans.route("/cases/<uuid:case_id>/reviews/new", methods=_BOTH, needs=Permission.MEETING_RECORD)
def review(case_id: UUID) -> ResponseReturnValue:
    """Record a review of the support, action by action."""
    shown, name = plan_tab(world(), actor(), case_id, Permission.MEETING_RECORD), f"review:{case_id}"
    going_on = [each for each in shown.actions if not each.is_finished]
    form = kept_form(review_form_of(going_on), name)

    def do(to: World) -> None:
        record_review(
            to,
            actor(),
            case_id,
            form.read_version(),
            form.held_on.day,
            form.progress.data == "adequate",
            form.note.text,
            form.action_progress(going_on),
            form.next_on.data,
        )

    more = {"shown": shown, "rows": form.rows(going_on)}
    done = _carried_out(form, shown.case, name, "plans/review.html", do, **more)
    return done or _to("plans.index", REVIEWED, case_id=case_id)


def _form_or(form_class: type[_F], name: str, answers: Answers) -> _F:
    """The form as it was posted, as its author left it, or, where nothing is kept, with what holds now."""
    if request.method == "POST":
        return form_class()
    draft = read_draft(world(), actor(), name)
    return filled(form_class, draft.answers if draft else answers)


def _carried_out(
    form: Form, case: CaseHeader, name: str, template: str, do: Callable[[World], None], **more: object
) -> Response | None:
    """The form's page, where it was opened or something is wrong with it; None once what it asks for is done."""
    reasons: tuple[str, ...] = ()
    if request.method == "POST" and form.is_posted_and_valid():
        try:
            do(world_for(form.key()))
        except Invalid as invalid:
            form.refuse_all(invalid)
        except Refused as refused:
            reasons = refused.reasons
        else:
            forget(name)
            return None
    return case_form_page(template, form, case, name, reasons, **more)


def _to(endpoint: str, message: Message, **place: Any) -> ResponseReturnValue:
    tell(message)
    return redirect(url_for(endpoint, **place), 303)
