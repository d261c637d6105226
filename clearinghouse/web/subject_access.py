"""Requests by people who ask what is held about them: the list, taking one in, its days and its end."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Region
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.subject_access.redacting import lines_of
from clearinghouse.casework.subject_access.requests import (
    NewRequest,
    RequestEnd,
    end_request,
    extend,
    identify,
    open_request,
)
from clearinghouse.casework.subject_access.views import (
    RequestPage,
    places_to_ask,
    request_page,
    requests_and_parts,
)
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, keep, kept_form
from clearinghouse.web.fields import Choice, Choices, DateParts, Line, Option, Pick, Text, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

subject_access = Pages("subject_access", __name__, navigation="Subject access")

OPENED = Message("The request is taken in. Each part now waits for somebody to prepare it.")
IDENTIFIED = Message("What shows who they are is recorded.")
EXTENDED = Message("The request is extended. Tell the person, and why, before the first month is over.")
ENDED = Message("The request has ended. What was found for it is destroyed.")
LENGTH = 4000
NEW = "subject-request"


class RequestForm(Form):
    """Who asks, how they may be called, and where is looked."""

    name = Line("Who asks?", missing="Enter the name of whoever asks", hint="Their whole name")
    other_names = Text(
        "Other ways in which our records may call them",
        rows=4,
        longest=1000,
        hint="One a line: a surname alone finds most. Initials, a former name, an e-mail address, or a post that only "
        "they hold, such as Leader of Ormsgate",
    )
    contact = Line(
        "How do we reach them?", missing="Enter how we reach them", hint="An address or telephone number"
    )
    asked_on = DateParts(
        "When did they ask?",
        subject="The day on which they asked",
        missing="Enter the day on which they asked",
    )
    asked = Text("What did they ask for, in their words?", rows=4, longest=LENGTH, hint="Optional")
    identity = Text(
        "What shows who they are?",
        rows=3,
        longest=1000,
        hint="For example, a passport that you saw. Leave it empty if you do not know yet: you can record it later, "
        "and nothing goes out before",
    )
    identified_on = DateParts("When did they show it?", subject="The day on which they showed it")
    authority = Pick(
        "Which council do they belong to?",
        prompt="None, or not known",
        hint="If you select one, leads who are linked to it do not learn of the request",
    )
    regions = Choices(
        "Where do we look?",
        missing="Select where we look",
        hint="Tick each region where something may be held. Its leads learn who asks",
    )

    def offer(self) -> None:
        """Set what can be chosen; the person's own regions are ticked at first."""
        own, places = places_to_ask(world(), actor())
        self.authority.offer(Option(str(each.id), each.name) for each in places)
        self.regions.offer(Option(region.value, region.value) for region in Region)
        if self.regions.data is None and len(own) < len(Region):
            self.regions.data = [region.value for region in own]

    def given(self) -> NewRequest:
        """What was typed."""
        return NewRequest(
            name=self.name.text,
            contact=self.contact.text,
            asked_on=self.asked_on.day,
            regions=tuple(Region(each) for each in self.regions.data or ()),
            asked=self.asked.text,
            other_names=lines_of(self.other_names.text),
            identity=self.identity.text,
            identified_on=self.identified_on.data,
            authority_id=UUID(str(self.authority.data)) if self.authority.data else None,
        )


class IdentityForm(Form):
    """What shows who the person is."""

    identity = Text(
        "What shows who they are?",
        rows=4,
        longest=1000,
        missing="Enter what shows who they are",
        hint="For example, a passport that you saw, or a call back to a number that we knew before",
    )
    on = DateParts("When?", subject="The day", missing="Enter the day")


class ExtendForm(Form):
    """Why a request needs two months more."""

    reason = Text(
        "Why does it need two months more?",
        rows=5,
        longest=LENGTH,
        missing="Enter why it needs more time",
        hint="The law allows it once, where a request is complex. The person must be told why within the first month",
    )


class EndForm(Form):
    """Why a request ends without an answer."""

    how = Choice("How does it end?", options=options_of(RequestEnd), missing="Select how it ends")
    reason = Text("Why?", rows=5, longest=LENGTH, missing="Enter why it ends")


@subject_access.get("/subject-access", needs=Permission.SUBJECT_ACCESS_PREPARE)
def index() -> Response:
    """What waits for the person, and for leads every request of their region; no name stands in either."""
    requests, parts = requests_and_parts(world(), actor())
    return page("subject_access/index.html", requests=requests, parts=parts)


@subject_access.route("/subject-access/new", methods=["GET", "POST"], needs=Permission.SUBJECT_ACCESS_OPEN)
def new() -> ResponseReturnValue:
    """Take a request in."""
    form = kept_form(RequestForm, NEW)
    form.offer()
    if request.method == "GET" or not form.is_posted_and_valid():
        return _asked("subject_access/new.html", form, NEW)
    try:
        request_id = open_request(world_for(form.key()), actor(), form.given())
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _asked("subject_access/new.html", form, NEW)
    forget(NEW)
    return _shown(request_id, OPENED)


@subject_access.get("/subject-access/<uuid:request_id>", needs=Permission.SUBJECT_ACCESS_OPEN)
def show(request_id: UUID) -> Response:
    """Who asks, by when, and the parts of the answer."""
    return page("subject_access/show.html", found=request_page(world(), actor(), request_id))


@subject_access.route(
    "/subject-access/<uuid:request_id>/identity",
    methods=["GET", "POST"],
    needs=Permission.SUBJECT_ACCESS_OPEN,
)
def identity(request_id: UUID) -> ResponseReturnValue:
    """Record what shows who they are."""
    found, form = request_page(world(), actor(), request_id), IdentityForm()
    if request.method == "POST" and form.is_posted_and_valid():
        given = (form.identity.text, form.on.day)
        try:
            identify(world_for(form.key()), actor(), request_id, form.read_version(), *given)
        except Invalid as invalid:
            form.refuse_all(invalid)
        else:
            return _shown(request_id, IDENTIFIED)
    return _asked_of(found, form, "Record what shows who they are", "Record it")


@subject_access.route(
    "/subject-access/<uuid:request_id>/extend", methods=["GET", "POST"], needs=Permission.SUBJECT_ACCESS_OPEN
)
def more_time(request_id: UUID) -> ResponseReturnValue:
    """Take two months more."""
    found, form = request_page(world(), actor(), request_id), ExtendForm()
    if request.method == "POST" and form.is_posted_and_valid():
        try:
            extend(world_for(form.key()), actor(), request_id, form.read_version(), form.reason.text)
        except Refused as refused:
            form.refuse(form.reason, " ".join(refused.reasons))
        else:
            return _shown(request_id, EXTENDED)
    return _asked_of(found, form, "Take two months more", "Extend the request")


@subject_access.route(
    "/subject-access/<uuid:request_id>/end", methods=["GET", "POST"], needs=Permission.SUBJECT_ACCESS_OPEN
)
def end(request_id: UUID) -> ResponseReturnValue:
    """End it without an answer."""
    found, form = request_page(world(), actor(), request_id), EndForm()
    if request.method == "POST" and form.is_posted_and_valid():
        how = RequestEnd(form.how.data)
        try:
            end_request(
                world_for(form.key()), actor(), request_id, form.read_version(), how, form.reason.text
            )
        except Refused as refused:
            form.refuse(form.how, " ".join(refused.reasons))
        else:
            return _shown(request_id, ENDED)
    warning = (
        "Everything that was found and marked for it is destroyed, in every part. This cannot be undone."
    )
    return _asked_of(found, form, "End without an answer", "End the request", warning)


def _asked(template: str, form: Form, name: str) -> Response:
    if request.method == "POST":
        keep(name)
    return page(template, 422 if form.errors else 200, form=form, draft_url=url_for("drafts.save", form=name))


def _asked_of(found: RequestPage, form: Form, heading: str, button: str, warning: str = "") -> Response:
    if not form.version.data:
        form.version.data = str(found.version)
    status = 422 if form.errors else 200
    words = {"heading": heading, "button": button, "warning": warning}
    return page("subject_access/ask.html", status, form=form, found=found, **words)


def _shown(request_id: UUID, message: Message) -> ResponseReturnValue:
    tell(message)
    return redirect(url_for("subject_access.show", request_id=request_id), 303)
