"""How long things are kept: the list of what is due, a case's page about it, legal holds, and a source who asks."""

from collections.abc import Callable
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Region
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.retention.holds import ask_to_lift, keep_hold, lift_hold, place_hold
from clearinghouse.casework.retention.reviewing import (
    ask_source_destroyed,
    confirm_destruction,
    keep_longer,
    propose_destruction,
    stop_destruction,
)
from clearinghouse.casework.retention.views import (
    case_retention,
    retention_list,
    review_header,
    source_to_destroy,
)
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, kept_form
from clearinghouse.web.fields import DateParts, Text
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages, may_open
from clearinghouse.web.rendering import page

retention = Pages("retention", __name__)

PROPOSED = Message("You proposed to destroy it. A second person must now look at it, and confirm or stop it.")
DESTROYED = Message("It is destroyed. Nobody can read it again.")
BEING_DESTROYED = Message(
    "It is destroyed, and nobody can read it. Its last traces leave the database’s files within minutes."
)
STOPPED = Message("Nothing is destroyed.")
KEPT = Message("It is kept until the date you gave. Then it is reviewed again.")
HELD = Message("The case is on legal hold. Nothing of it can be destroyed.")
LIFT_ASKED = Message("You proposed to lift the hold. It stays until a second person agrees.")
LIFTED = Message("The hold is lifted.")
STAYS = Message("The hold stays.")

_LENGTH = 5000
_HINT = "Only those who decide on this read it. Do not repeat what the case is about"


class KeepForm(Form):
    """Until when something is kept, and why."""

    until = DateParts(
        "Until when is it kept?",
        subject="The date until which it is kept",
        missing="Enter the date until which it is kept",
        hint="Within 10 years. For example, 27 3 2029",
    )
    reason = Text(
        "Why is it still needed?", longest=_LENGTH, rows=4, missing="Enter why it is still needed", hint=_HINT
    )


class HoldForm(Form):
    """Why a case is put on hold."""

    reason = Text(
        "Why must it be kept?", longest=_LENGTH, rows=4, missing="Enter why it must be kept", hint=_HINT
    )


class LiftForm(Form):
    """Why a hold is not needed any more."""

    reason = Text(
        "Why is the hold not needed any more?",
        longest=_LENGTH,
        rows=4,
        missing="Enter why the hold is not needed any more",
        hint=_HINT,
    )


class SourceForm(Form):
    """Why who raised a concern is destroyed before its time."""

    reason = Text(
        "Why?",
        longest=_LENGTH,
        rows=4,
        missing="Enter why",
        hint="For example, the source has withdrawn. Whoever confirms it reads this: do not write who it is",
    )


@retention.get("/retention", needs=Permission.RECORD_DESTROY)
def index() -> Response:
    """What is due to be destroyed, waits for a second person, or is on hold."""
    asked = request.args.get("region")
    region = Region(asked) if asked in set(Region) else None
    return page("retention/index.html", found=retention_list(world(), actor(), region), region=region)


@retention.get("/cases/<uuid:case_id>/retention", needs=Permission.RECORD_DESTROY)
def show(case_id: UUID) -> Response:
    """What is kept of the case, until when, and what waits for whom."""
    found = case_retention(world(), actor(), case_id)
    return page("retention/show.html", case=found.case, found=found)


@retention.post("/cases/<uuid:case_id>/retention/<uuid:review_id>/propose", needs=Permission.RECORD_DESTROY)
def propose(case_id: UUID, review_id: UUID) -> ResponseReturnValue:
    """Propose to destroy what is due."""
    form = Form()
    propose_destruction(world_for(form.key()), actor(), case_id, form.read_version(), review_id)
    return _shown(case_id, PROPOSED)


@retention.post(
    "/cases/<uuid:case_id>/retention/<uuid:review_id>/confirm", needs=Permission.RECORD_DESTROY, fresh=True
)
def confirm(case_id: UUID, review_id: UUID) -> ResponseReturnValue:
    """Destroy it for good, once that is asked a second time."""
    form = Form()
    if request.form.get("step") != "confirm":
        found = case_retention(world(), actor(), case_id)
        review = next((each for each in found.open if each.id == review_id and each.proposed_by), None)
        if review is None:
            raise NotFound
        return page("retention/confirm.html", case=found.case, review=review, form=form)
    done = confirm_destruction(world_for(form.key()), actor(), case_id, form.read_version(), review_id)
    return _shown(case_id, DESTROYED if done else BEING_DESTROYED)


@retention.post("/cases/<uuid:case_id>/retention/<uuid:review_id>/stop", needs=Permission.RECORD_DESTROY)
def stop(case_id: UUID, review_id: UUID) -> ResponseReturnValue:
    """Send it back, or take one's own proposal back."""
    form = Form()
    stop_destruction(world_for(form.key()), actor(), case_id, form.read_version(), review_id)
    return _shown(case_id, STOPPED)


@retention.route(
    "/cases/<uuid:case_id>/retention/<uuid:review_id>/keep",
    methods=["GET", "POST"],
    needs=Permission.RECORD_DESTROY,
)
def keep(case_id: UUID, review_id: UUID) -> ResponseReturnValue:
    """Keep what is due until a later date."""
    form = kept_form(KeepForm, f"keep-longer:{review_id}")
    if request.method == "GET":
        review_header(world(), actor(), case_id, review_id)

    def carry_out() -> Message:
        keep_longer(
            world_for(form.key()),
            actor(),
            case_id,
            form.read_version(),
            review_id,
            form.until.day,
            form.reason.text,
        )
        return KEPT

    return _form_page(case_id, "retention/keep.html", form, f"keep-longer:{review_id}", carry_out)


@retention.route(
    "/cases/<uuid:case_id>/retention/hold", methods=["GET", "POST"], needs=Permission.RECORD_DESTROY
)
def hold(case_id: UUID) -> ResponseReturnValue:
    """Put the case on legal hold."""
    form = kept_form(HoldForm, f"hold:{case_id}")

    def carry_out() -> Message:
        place_hold(world_for(form.key()), actor(), case_id, form.read_version(), form.reason.text)
        return HELD

    return _form_page(case_id, "retention/hold.html", form, f"hold:{case_id}", carry_out)


@retention.route(
    "/cases/<uuid:case_id>/retention/lift", methods=["GET", "POST"], needs=Permission.RECORD_DESTROY
)
def lift(case_id: UUID) -> ResponseReturnValue:
    """Propose that the hold is lifted."""
    form = kept_form(LiftForm, f"lift-hold:{case_id}")

    def carry_out() -> Message:
        ask_to_lift(world_for(form.key()), actor(), case_id, form.read_version(), form.reason.text)
        return LIFT_ASKED

    return _form_page(case_id, "retention/lift.html", form, f"lift-hold:{case_id}", carry_out)


@retention.post("/cases/<uuid:case_id>/retention/lift/agree", needs=Permission.RECORD_DESTROY, fresh=True)
def agree(case_id: UUID) -> ResponseReturnValue:
    """Lift the hold, as the second person."""
    form = Form()
    lift_hold(world_for(form.key()), actor(), case_id, form.read_version())
    return _shown(case_id, LIFTED)


@retention.post("/cases/<uuid:case_id>/retention/lift/refuse", needs=Permission.RECORD_DESTROY)
def refuse(case_id: UUID) -> ResponseReturnValue:
    """Leave the hold as it is."""
    form = Form()
    keep_hold(world_for(form.key()), actor(), case_id, form.read_version())
    return _shown(case_id, STAYS)


@retention.route(
    "/cases/<uuid:case_id>/source/<uuid:concern_id>/destroy",
    methods=["GET", "POST"],
    needs=Permission.SOURCE_READ,
)
def source(case_id: UUID, concern_id: UUID) -> ResponseReturnValue:
    """Propose that who raised a concern is destroyed at their request."""
    name = f"destroy-source:{concern_id}"
    found, form = source_to_destroy(world(), actor(), case_id, concern_id), kept_form(SourceForm, name)
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page("retention/source.html", form, found.case, name, found=found)
    try:
        ask_source_destroyed(
            world_for(form.key()), actor(), case_id, form.read_version(), concern_id, form.reason.text
        )
    except Refused as refused:
        return case_form_page("retention/source.html", form, found.case, name, refused.reasons, found=found)
    forget(name)
    tell(PROPOSED)
    return redirect(url_for("cases.show", case_id=case_id), 303)


@retention.app_template_global()
def waiting_reviews() -> int:
    """How many cases wait for whoever is signed in, to review what is due or to be the second person."""
    if not may_open("retention.index"):
        return 0
    found = retention_list(world(), actor())
    return (
        len(found.due)
        + sum(each.mine_to_confirm for each in found.proposed)
        + sum(each.mine_to_lift for each in found.held)
    )


def _form_page(
    case_id: UUID, template: str, form: Form, name: str, carry_out: Callable[[], Message]
) -> ResponseReturnValue:
    case = case_header(world(), actor(), case_id, Permission.RECORD_DESTROY)
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page(template, form, case, name)
    try:
        done = carry_out()
    except Refused as refused:
        return case_form_page(template, form, case, name, refused.reasons)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return case_form_page(template, form, case, name)
    forget(name)
    return _shown(case_id, done)


def _shown(case_id: UUID, message: Message) -> ResponseReturnValue:
    tell(message)
    return redirect(url_for("retention.show", case_id=case_id), 303)
