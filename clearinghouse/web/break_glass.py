"""Break-glass: the page that interrupts before a case of another region is opened, and its review by a lead there."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.openings import break_glass as verbs
from clearinghouse.casework.openings.views import case_openings, open_cases
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, signed_in, world, world_for
from clearinghouse.web.drafts import forget, kept_form
from clearinghouse.web.fields import Choice, Line, Option, Text, Tick
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

break_glass = Pages("break_glass", __name__)

OPENED = Message("The case is open to you for four hours. Its owner and the leads of its region are told.")
CLOSED = Message("The case is closed to you again.")
ENDED = Message("It is ended. They cannot open the case any more.")
REVIEWED = Message("Your review is recorded.")

_LENGTH = 5000
_FINDINGS = (
    Option("justified", "It was justified"),
    Option("not_justified", "It was not justified", "If the case is still open to them, that ends now"),
)


class BreakGlassForm(Form):
    """Which case, and why."""

    reference = Line(
        "Reference of the case",
        missing="Enter the reference of the case",
        hint="As it was given to you, for example CH-2B7-KQ4",
        looks={"classes": "govuk-input--width-10", "autocomplete": "off"},
    )
    reason = Text(
        "Why must you open it?",
        longest=_LENGTH,
        rows=5,
        missing="Enter why you must open it",
        hint="Sealed. The lead who reviews this reads it",
    )
    understood = Tick(
        "I understand who is told, and that what I open is recorded",
        missing="Confirm that you understand who is told",
    )


class ReviewForm(Form):
    """What a lead of the region found."""

    justified = Choice(
        "Was it right to open the case?", options=_FINDINGS, missing="Select whether it was justified"
    )
    finding = Text(
        "What did you find?", longest=_LENGTH, rows=5, missing="Enter what you found", hint="Sealed"
    )


@break_glass.route("/break-glass", methods=["GET", "POST"], needs=Permission.BREAKGLASS_OPEN, fresh=True)
def index() -> ResponseReturnValue:
    """What it means, who is told, and the form; above it the way back to what is open already."""
    form, person = BreakGlassForm(), signed_in()
    if person is None:
        raise NotFound
    if request.method == "POST" and form.is_posted_and_valid():
        try:
            case_id = verbs.break_glass(
                world_for(form.key()), actor(), person.session, form.reference.text, form.reason.text
            )
        except Invalid as invalid:
            form.refuse_all(invalid)
        else:
            tell(OPENED)
            return redirect(url_for("cases.show", case_id=case_id), 303)
    return page(
        "break_glass/index.html",
        422 if form.errors else 200,
        form=form,
        open_now=open_cases(world(), actor()),
    )


@break_glass.post("/break-glass/<uuid:opening_id>/close", needs=Permission.BREAKGLASS_OPEN)
def close(opening_id: UUID) -> ResponseReturnValue:
    """Let go of a case before its time."""
    verbs.close_again(world_for(Form().key()), actor(), opening_id)
    tell(CLOSED)
    return redirect(url_for("break_glass.index"), 303)


@break_glass.get("/cases/<uuid:case_id>/break-glass", needs=Permission.BREAKGLASS_REVIEW)
def show(case_id: UUID) -> Response:
    """Who opened the case by break-glass, why, and what the reviews found."""
    found = case_openings(world(), actor(), case_id)
    return page("break_glass/show.html", case=found.case, found=found)


@break_glass.route(
    "/cases/<uuid:case_id>/break-glass/<uuid:opening_id>",
    methods=["GET", "POST"],
    needs=Permission.BREAKGLASS_REVIEW,
)
def review(case_id: UUID, opening_id: UUID) -> ResponseReturnValue:
    """Review one opening."""
    found, name = case_openings(world(), actor(), case_id), f"break-glass:{opening_id}"
    opening = next((each for each in found.openings if each.id == opening_id), None)
    if opening is None:
        raise NotFound
    template, form = "break_glass/review.html", kept_form(ReviewForm, name)
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page(template, form, found.case, name, opening=opening)
    try:
        verbs.review_break_glass(
            world_for(form.key()),
            actor(),
            case_id,
            form.read_version(),
            opening_id,
            justified=form.justified.data == "justified",
            finding=form.finding.text,
        )
    except Refused as refused:
        return case_form_page(template, form, found.case, name, refused.reasons, opening=opening)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return case_form_page(template, form, found.case, name, opening=opening)
    forget(name)
    tell(REVIEWED)
    return redirect(url_for("break_glass.show", case_id=case_id), 303)


@break_glass.post(
    "/cases/<uuid:case_id>/break-glass/<uuid:opening_id>/end", needs=Permission.BREAKGLASS_REVIEW
)
def end(case_id: UUID, opening_id: UUID) -> ResponseReturnValue:
    """End it at once."""
    form = Form()
    verbs.end_break_glass(world_for(form.key()), actor(), case_id, form.read_version(), opening_id)
    tell(ENDED)
    return redirect(url_for("break_glass.show", case_id=case_id), 303)
