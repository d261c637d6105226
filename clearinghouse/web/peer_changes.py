"""What changes about a peer over the years: accreditation, training, political group, days and regions offered."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Region
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.peers.accreditation import (
    LONGEST_NAME,
    Renewal,
    let_accreditation_lapse,
    renew_accreditation,
)
from clearinghouse.casework.peers.development import (
    LONGEST_GROUP,
    change_group,
    change_offer,
    record_training,
)
from clearinghouse.casework.peers.register import peer_offer
from clearinghouse.protocol.peer_words import Course, Level
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import Choice, Choices, DateParts, Line, Option, Pick, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

peer_changes = Pages("peer_changes", __name__)

RENEWED = Message("The accreditation is renewed.")
LAPSES = Message("The accreditation is not renewed. It holds until its last day.")
TRAINED = Message("The training is recorded.")
REGROUPED = Message("The political group is changed.")
OFFERED = Message("What the peer offers is changed.")


def _whole(text: str) -> str | None:
    return None if text.isascii() and text.isdigit() else "Enter a whole number, such as 12"


class RenewalForm(Form):
    """By whom a peer is accredited anew, from when until when, and for what."""

    by = Line("Accredited by", missing="Enter who accredits the peer", longest=LONGEST_NAME)
    first = DateParts("First day", subject="The first day", missing="Enter the first day")
    until = DateParts("Last day", subject="The last day", missing="Enter the last day")
    level = Choice(
        "Accredited as", missing="Select what the peer is accredited as", options=options_of(Level)
    )


class TrainingForm(Form):
    """What a peer has learnt or done, and when."""

    course = Pick("Training or development", missing="Select what it was", options=options_of(Course))
    taken_on = DateParts(
        "When", subject="The day", missing="Enter the day", hint="The last day of a longer course"
    )


class GroupForm(Form):
    """The political group to which a councillor belongs now."""

    group = Line("Political group", missing="Enter the political group", longest=LONGEST_GROUP)
    since = DateParts("Since when", subject="The first day", missing="Enter the first day in this group")


class OfferForm(Form):
    """How many days a year a peer offers, and where they are willing to go."""

    days = Line(
        "Days offered a year",
        missing="Enter how many days",
        hint="From 1 April to 31 March",
        longest=3,
        check=_whole,
        looks={"inputmode": "numeric", "classes": "govuk-input--width-3"},
    )
    regions = Choices("Willing to travel to", options=[Option(each.value, each.value) for each in Region])


@peer_changes.route(
    "/peers/<uuid:peer_id>/accreditation", methods=["GET", "POST"], needs=Permission.PEER_MANAGE
)
def renew(peer_id: UUID) -> ResponseReturnValue:
    """Renew a peer's accreditation."""
    form, known = RenewalForm(), peer_offer(world(), actor(), peer_id)
    if request.method == "GET":
        form.by.data, form.level.data = known.accredited_by, known.level.value if known.level else ""
    if request.method == "GET" or not form.is_posted_and_valid():
        return _asked("peers/renewal.html", form, peer_id, known.name)
    given = Renewal(form.by.text, form.first.day, form.until.day, Level(form.level.data))
    try:
        renew_accreditation(world_for(form.key()), actor(), peer_id, given)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _asked("peers/renewal.html", form, peer_id, known.name)
    return _done(RENEWED, peer_id)


@peer_changes.post("/peers/<uuid:peer_id>/accreditation/lapse", needs=Permission.PEER_MANAGE)
def lapse(peer_id: UUID) -> ResponseReturnValue:
    """Decide that a peer's accreditation is not renewed."""
    let_accreditation_lapse(world_for(Form().key()), actor(), peer_id)
    return _done(LAPSES, peer_id)


@peer_changes.route(
    "/peers/<uuid:peer_id>/training/new", methods=["GET", "POST"], needs=Permission.PEER_MANAGE
)
def training(peer_id: UUID) -> ResponseReturnValue:
    """Record what a peer has learnt or done."""
    form, known = TrainingForm(), peer_offer(world(), actor(), peer_id)
    if request.method == "GET" or not form.is_posted_and_valid():
        return _asked("peers/training.html", form, peer_id, known.name)
    try:
        record_training(
            world_for(form.key()), actor(), peer_id, Course(str(form.course.data)), form.taken_on.day
        )
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _asked("peers/training.html", form, peer_id, known.name)
    return _done(TRAINED, peer_id)


@peer_changes.route("/peers/<uuid:peer_id>/group", methods=["GET", "POST"], needs=Permission.PEER_MANAGE)
def group(peer_id: UUID) -> ResponseReturnValue:
    """Change a councillor's political group."""
    form, known = GroupForm(), peer_offer(world(), actor(), peer_id)
    if request.method == "GET" or not form.is_posted_and_valid():
        return _asked("peers/group.html", form, peer_id, known.name)
    try:
        change_group(world_for(form.key()), actor(), peer_id, form.group.text, form.since.day)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _asked("peers/group.html", form, peer_id, known.name)
    return _done(REGROUPED, peer_id)


@peer_changes.route("/peers/<uuid:peer_id>/offer", methods=["GET", "POST"], needs=Permission.PEER_MANAGE)
def offer(peer_id: UUID) -> ResponseReturnValue:
    """Change how many days a peer offers, and where they go."""
    form, known = OfferForm(), peer_offer(world(), actor(), peer_id)
    if request.method == "GET":
        form.days.data, form.regions.data = str(known.days_offered), list(known.regions)
    if request.method == "GET" or not form.is_posted_and_valid():
        return _asked("peers/offer.html", form, peer_id, known.name)
    regions = frozenset(Region(each) for each in form.regions.data or ())
    try:
        change_offer(world_for(form.key()), actor(), peer_id, int(form.days.text), regions)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _asked("peers/offer.html", form, peer_id, known.name)
    return _done(OFFERED, peer_id)


def _asked(template: str, form: Form, peer_id: UUID, name: str) -> Response:
    return page(template, 422 if form.errors else 200, form=form, peer_id=peer_id, name=name)


def _done(message: Message, peer_id: UUID) -> ResponseReturnValue:
    tell(message)
    return redirect(url_for("peers.show", peer_id=peer_id), 303)
