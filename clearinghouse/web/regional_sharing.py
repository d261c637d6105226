"""What authorities have to give and what round tables asked for: offers of support, good practice, actions."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.regional.actions import (
    action_entry,
    action_page,
    finish_action,
    move_action,
)
from clearinghouse.casework.regional.sharing import NewSupportOffer, offer_support, record_practice
from clearinghouse.casework.regional.signals import authorities_to_record
from clearinghouse.protocol.round_table import Helpers
from clearinghouse.protocol.signals import SignalTheme
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, keep, kept_form
from clearinghouse.web.fields import Choice, DateParts, Line, Option, Pick, Text, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

sharing = Pages("sharing", __name__)

OFFERED = Message("The offer is recorded. It stands on the agenda of the next round table.")
PRACTISED = Message("The good practice is recorded. It stands on the agenda of the next round table.")
FINISHED = Message("The action is done.")
MOVED = Message("The action is moved.")
OFFER, PRACTICE = "support-offer", "good-practice"
LENGTH = 4000


class SharingForm(Form):
    """What the two forms share; each declares its fields in the order in which it asks."""

    authority: Pick


class OfferForm(SharingForm):
    """An authority makes officers or members available."""

    authority = Pick("Authority", missing="Select an authority", prompt="Select an authority")
    theme = Pick(
        "In what can it help?", options=options_of(SignalTheme), missing="Select in what it can help"
    )
    helpers = Choice(
        "Whom does it make available?", options=options_of(Helpers), missing="Select whom it makes available"
    )
    until = DateParts("Until when?", subject="The last day of the offer", missing="Enter until when")
    offered_by = Line(
        "Who offers it?", missing="Enter who offers it", hint="Name and post. The round table is not told"
    )
    words = Text(
        "What the round table may be told",
        rows=4,
        longest=LENGTH,
        hint="Optional. For example, how many days, and when",
    )


class PracticeForm(SharingForm):
    """Something that an authority does well."""

    authority = Pick("Authority", missing="Select an authority", prompt="Select an authority")
    theme = Pick("In what?", options=options_of(SignalTheme), missing="Select in what")
    words = Text(
        "What can others learn?",
        rows=6,
        longest=LENGTH,
        missing="Enter what others can learn",
        hint="The round table is told this, with the authority’s name",
    )


class FinishForm(Form):
    """What came of an action."""

    outcome = Text("What came of it?", rows=5, longest=LENGTH, missing="Enter what came of it")


class MoveForm(Form):
    """Another date for an action."""

    to = DateParts("By when now?", subject="The new date", missing="Enter the new date")


@sharing.route("/region/offers/new", methods=["GET", "POST"], needs=Permission.ROUND_TABLE_MANAGE)
def offer() -> ResponseReturnValue:
    """Record an offer of support."""
    form = kept_form(OfferForm, OFFER)
    _offer_places(form)
    if request.method == "GET" or not form.is_posted_and_valid():
        return _asked("regional/offer.html", form, OFFER)
    given = NewSupportOffer(
        authority_id=UUID(str(form.authority.data)),
        theme=SignalTheme(form.theme.data),
        helpers=Helpers(form.helpers.data),
        until=form.until.day,
        offered_by=form.offered_by.text,
        words=form.words.text,
    )
    try:
        offer_support(world_for(form.key()), actor(), given)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _asked("regional/offer.html", form, OFFER)
    forget(OFFER)
    tell(OFFERED)
    return redirect(url_for("round_tables.index"), 303)


@sharing.route("/region/practice/new", methods=["GET", "POST"], needs=Permission.ROUND_TABLE_MANAGE)
def practice() -> ResponseReturnValue:
    """Record good practice."""
    form = kept_form(PracticeForm, PRACTICE)
    _offer_places(form)
    if request.method == "GET" or not form.is_posted_and_valid():
        return _asked("regional/practice.html", form, PRACTICE)
    about, theme = UUID(str(form.authority.data)), SignalTheme(form.theme.data)
    record_practice(world_for(form.key()), actor(), about, theme, form.words.text)
    forget(PRACTICE)
    tell(PRACTISED)
    return redirect(url_for("round_tables.index"), 303)


@sharing.get("/region/actions/<uuid:action_id>", needs=Permission.SIGNAL_READ)
def action(action_id: UUID) -> Response:
    """One regional action."""
    return page("regional/action.html", action=action_page(world(), actor(), action_id))


@sharing.route(
    "/region/actions/<uuid:action_id>/finish", methods=["GET", "POST"], needs=Permission.SIGNAL_READ
)
def finish(action_id: UUID) -> ResponseReturnValue:
    """Say that an action is done, and what came of it."""
    name = f"action:{action_id}"
    form = kept_form(FinishForm, name)
    if request.method == "POST" and form.is_posted_and_valid():
        finish_action(world_for(form.key()), actor(), action_id, form.outcome.text)
        forget(name)
        tell(FINISHED)
        return redirect(url_for("sharing.action", action_id=action_id), 303)
    return _about_action("regional/finish_action.html", form, action_id, name)


@sharing.route("/region/actions/<uuid:action_id>/move", methods=["GET", "POST"], needs=Permission.SIGNAL_READ)
def move(action_id: UUID) -> ResponseReturnValue:
    """Move an action to another date."""
    form = MoveForm()
    if request.method == "POST" and form.is_posted_and_valid():
        try:
            move_action(world_for(form.key()), actor(), action_id, form.to.day)
        except Invalid as invalid:
            form.refuse_all(invalid)
        else:
            tell(MOVED)
            return redirect(url_for("sharing.action", action_id=action_id), 303)
    return _about_action("regional/move_action.html", form, action_id, "")


def _offer_places(form: SharingForm) -> None:
    places = authorities_to_record(world(), actor(), Permission.ROUND_TABLE_MANAGE)
    form.authority.offer(Option(str(each.id), each.name) for each in places)


def _asked(template: str, form: Form, name: str) -> Response:
    if request.method == "POST":
        keep(name)
    draft = url_for("drafts.save", form=name)
    return page(template, 422 if form.errors else 200, form=form, draft_url=draft)


def _about_action(template: str, form: Form, action_id: UUID, name: str) -> Response:
    entry = action_entry(world(), actor(), action_id)
    if request.method == "POST" and name:
        keep(name)
    draft = url_for("drafts.save", form=name) if name else ""
    return page(template, 422 if form.errors else 200, form=form, action=entry, draft_url=draft)
