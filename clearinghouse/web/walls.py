"""Lifting a wall for one person and one case: asked for on the case, decided by a second lead, ended by any."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.lifting import Length
from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.openings.liftings import (
    NewLifting,
    answer_lifting,
    ask_lifting,
    end_lifting,
)
from clearinghouse.casework.openings.views import (
    case_liftings,
    lifting_form,
    lifting_request,
    waiting_liftings,
)
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, kept_form
from clearinghouse.web.fields import Choice, Option, Pick, Text, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages, may_open
from clearinghouse.web.rendering import page

walls = Pages("walls", __name__)

ASKED = Message("You asked for the wall to be lifted. It stands until a second lead agrees.")
LIFTED = Message(
    "The wall is lifted for this person and this case. They and the leads of the region are told."
)
REFUSED = Message("The wall stays. Nobody can ask for the same again within a week.")
ENDED = Message("It is ended. What the person had on the case was handed over.")

_LENGTH = 5000
_ANSWERS = (
    Option("agree", "I agree", "The wall is lifted at once, for this case alone"),
    Option("refuse", "I refuse", "The wall stays, and nobody asks for the same within a week"),
)


class LiftingForm(Form):
    """For whom, for how long, and why."""

    person = Pick(
        "For whom?",
        missing="Select for whom the wall is lifted",
        hint="Everybody whose role reaches this case. The list does not say who is linked to the council",
    )
    length = Choice(
        "For how long?",
        options=options_of(Length),
        missing="Select for how long",
        hint="From the moment at which the second lead agrees",
    )
    reason = Text(
        "Why must this person see this case?",
        longest=_LENGTH,
        rows=5,
        missing="Enter why this person must see this case",
        hint="Sealed. The second lead decides on this: say what the link is, and why nobody else will do",
    )


class AnswerForm(Form):
    """What the second lead decides."""

    decision = Choice("What do you decide?", options=_ANSWERS, missing="Select whether you agree or refuse")
    words = Text("Say why", longest=_LENGTH, rows=4, hint="Sealed. Needed where you refuse it")


@walls.get("/walls", needs=Permission.WALL_CONFIRM)
def index() -> Response:
    """What waits for a second lead, of any region."""
    return page("walls/index.html", waiting=waiting_liftings(world(), actor()))


@walls.route("/walls/<uuid:lifting_id>", methods=["GET", "POST"], needs=Permission.WALL_CONFIRM, fresh=True)
def answer(lifting_id: UUID) -> ResponseReturnValue:
    """Decide on one lifting; nothing else of its case is shown."""
    shown, form = lifting_request(world(), actor(), lifting_id), AnswerForm()
    if request.method == "GET" or not form.is_posted_and_valid():
        return page("walls/answer.html", 422 if form.errors else 200, form=form, shown=shown)
    agrees = form.decision.data == "agree"
    try:
        answer_lifting(world_for(form.key()), actor(), lifting_id, agrees, form.words.text)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return page("walls/answer.html", 422, form=form, shown=shown)
    except Refused as refused:
        return page("walls/answer.html", 422, form=form, shown=shown, reasons=refused.reasons)
    tell(LIFTED if agrees else REFUSED)
    return redirect(url_for("walls.index"), 303)


@walls.get("/cases/<uuid:case_id>/walls", needs=Permission.WALL_LIFT)
def show(case_id: UUID) -> Response:
    """Every lifting on the case."""
    found = case_liftings(world(), actor(), case_id)
    return page("walls/show.html", case=found.case, found=found)


@walls.route(
    "/cases/<uuid:case_id>/walls/new", methods=["GET", "POST"], needs=Permission.WALL_LIFT, fresh=True
)
def ask(case_id: UUID) -> ResponseReturnValue:
    """Ask that a wall is lifted."""
    found, name = lifting_form(world(), actor(), case_id), f"lifting:{case_id}"
    form = kept_form(LiftingForm, name)
    form.person.offer(Option(str(each.id), each.name) for each in found.people)
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page("walls/new.html", form, found.case, name)
    given = NewLifting(UUID(form.person.data), Length(form.length.data), form.reason.text)
    try:
        ask_lifting(world_for(form.key()), actor(), case_id, form.read_version(), given)
    except Refused as refused:
        return case_form_page("walls/new.html", form, found.case, name, refused.reasons)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return case_form_page("walls/new.html", form, found.case, name)
    forget(name)
    tell(ASKED)
    return redirect(url_for("walls.show", case_id=case_id), 303)


@walls.post("/cases/<uuid:case_id>/walls/<uuid:lifting_id>/end", needs=Permission.WALL_LIFT)
def end(case_id: UUID, lifting_id: UUID) -> ResponseReturnValue:
    """End a lifting at once, or take back what still waits."""
    form = Form()
    end_lifting(world_for(form.key()), actor(), case_id, form.read_version(), lifting_id)
    tell(ENDED)
    return redirect(url_for("walls.show", case_id=case_id), 303)


@walls.app_template_global()
def waiting_walls() -> int:
    """How many liftings wait for whoever is signed in, as the second lead."""
    return len(waiting_liftings(world(), actor())) if may_open("walls.index") else 0
