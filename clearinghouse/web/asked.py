"""The peer's own page, outside sign-in: a link and a code open it; there a peer answers and declares."""

from flask import Response, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Openness
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.peers.interests import LONGEST_INTEREST
from clearinghouse.casework.teams.answering import Answer, Declared
from clearinghouse.casework.teams.feedback import LONGEST_WORDS, Feedback
from clearinghouse.casework.teams.own_page import (
    OwnPage,
    answer_own,
    check_link,
    declare_own,
    give_own_feedback,
    leave_own_page,
    open_own_page,
    own_days,
    own_page,
)
from clearinghouse.protocol.invitations import DeclineReason, InterestKind, InvitationState, Rating
from clearinghouse.web.current import world
from clearinghouse.web.fields import Choice, Line, Option, Text, options_of, whole_number
from clearinghouse.web.forms import Form
from clearinghouse.web.headers import cleared
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

asked = Pages("asked", __name__)

ANSWERED = Message("Thank you. Your answer is recorded.")
DECLARED = Message("Thank you. What you declared is recorded, and those who asked you are told.")
SAID = Message("Thank you. What you said is recorded.")
LEFT = Message("The page is closed on this device.")
NOTHING = "none"
_VISIT = "peer"
_YES_NO = (Option("yes", "Yes"), Option("no", "No"))
_SAY = "Say what it is in a sentence or two. It is kept sealed"


class CodeForm(Form):
    """The code that goes with the link."""

    code = Line(
        "Code that you were told",
        missing="Enter the code that you were told",
        hint="Twelve letters, told by telephone or in a letter. Hyphens and spaces do not matter",
        longest=40,
        looks={"autocomplete": "off", "spellcheck": False, "classes": "govuk-input--width-20"},
    )


class _InterestForm(Form):
    """What a peer has to do with the council."""

    words = Text(
        "What is it?", rows=4, longest=LONGEST_INTEREST, hint=f"Only where there is something. {_SAY}"
    )

    @property
    def declared(self) -> Declared:
        """What was declared, once the form was found valid."""
        chosen = self["interest"].data
        kind = None if chosen == NOTHING else InterestKind(chosen)
        return Declared(kind, self.words.text if kind else "")


class AcceptForm(_InterestForm):
    """Yes, with a declaration of interests."""

    interest = Choice(
        "Do you have anything to do with this council?",
        options=(Option(NOTHING, "No, none of these"), *options_of(InterestKind)),
        missing="Select whether you have anything to do with the council",
    )


class DeclareForm(_InterestForm):
    """An interest that has come up since."""

    interest = Choice(
        "What has come up?", options=options_of(InterestKind), missing="Select what has come up"
    )
    words = Text("What is it?", rows=4, longest=LONGEST_INTEREST, hint=_SAY)


class DeclineForm(Form):
    """No, with a reason if the peer gives one."""

    reason = Choice("Why not? (optional)", options=options_of(DeclineReason))


class OwnFeedbackForm(Form):
    """How the work was for the peer."""

    rating = Choice("How did the work go?", options=options_of(Rating), missing="Select how it went")
    again = Choice("Would you serve again?", options=_YES_NO, missing="Select whether you would serve again")
    days = Line(
        "How many days did it take you? (optional)",
        check=whole_number(3, 3),
        looks={"classes": "govuk-input--width-3", "inputmode": "numeric"},
    )
    words = Text(
        "What should we know for the next time? (optional)",
        rows=5,
        longest=LONGEST_WORDS,
        hint="It is kept sealed. Those who look after this council’s case can read it",
    )

    @property
    def feedback(self) -> Feedback:
        """What was said, once the form was found valid."""
        days = int(self.days.text) if self.days.text else None
        return Feedback(Rating(self.rating.data), self.again.data == "yes", self.words.text, days)


@asked.get("/peer", needs=Openness.PUBLIC)
def index() -> Response:
    """What is asked of the peer, or what they answered; without an open visit, how to get there."""
    found = _found()
    return page("asked/index.html", own=found) if found else _shut()


@asked.get("/peer/<token>", needs=Openness.PUBLIC)
def link(token: str) -> Response:
    """Ask for the code. Opening the link changes nothing: programs that look through mail open it too."""
    check_link(world(), token)
    return page("asked/code.html", form=CodeForm(formdata=None))


@asked.post("/peer/<token>", needs=Openness.PUBLIC)
def give_code(token: str) -> ResponseReturnValue:
    """Check the code and open the page on this device."""
    check_link(world(), token)
    form = CodeForm()
    if form.validate():
        try:
            session[_VISIT] = open_own_page(world(), token, form.code.text, request.remote_addr or "")
            return redirect(url_for("asked.index"), 303)
        except Invalid as invalid:
            form.refuse_all(invalid)
            form.code.data = ""
    return page("asked/code.html", 422, form=form)


@asked.route("/peer/accept", methods=["GET", "POST"], needs=Openness.PUBLIC)
def accept() -> ResponseReturnValue:
    """Say yes, with a declaration of interests."""
    found = _found()
    if found is None or found.state is not InvitationState.ASKED:
        return _back()
    form = AcceptForm()
    if form.is_posted_and_valid():
        try:
            answer_own(world(), _visit(), Answer(accepts=True, declared=form.declared))
            return _done(ANSWERED)
        except Invalid as invalid:
            form.refuse_all(invalid)
        except Refused as refused:
            return _refused("asked/accept.html", form, found, refused)
    return _shown("asked/accept.html", form, found)


@asked.route("/peer/decline", methods=["GET", "POST"], needs=Openness.PUBLIC)
def decline() -> ResponseReturnValue:
    """Say no."""
    found = _found()
    if found is None or found.state is not InvitationState.ASKED:
        return _back()
    form = DeclineForm()
    if form.is_posted_and_valid():
        reason = DeclineReason(form.reason.data) if form.reason.data else None
        try:
            answer_own(world(), _visit(), Answer(accepts=False, reason=reason))
            return _done(ANSWERED)
        except Refused as refused:
            return _refused("asked/decline.html", form, found, refused)
    return _shown("asked/decline.html", form, found)


@asked.route("/peer/declare", methods=["GET", "POST"], needs=Openness.PUBLIC)
def declare() -> ResponseReturnValue:
    """Declare an interest that has come up since the yes."""
    found = _found()
    if found is None or not found.may_declare:
        return _back()
    form = DeclareForm()
    if form.is_posted_and_valid():
        try:
            declare_own(world(), _visit(), form.declared)
            return _done(DECLARED)
        except Invalid as invalid:
            form.refuse_all(invalid)
        except Refused as refused:
            return _refused("asked/declare.html", form, found, refused)
    return _shown("asked/declare.html", form, found)


@asked.route("/peer/feedback", methods=["GET", "POST"], needs=Openness.PUBLIC)
def feedback() -> ResponseReturnValue:
    """Say how the work was, once the days are over."""
    found = _found()
    if found is None or not found.asks_feedback:
        return _back()
    form = OwnFeedbackForm()
    if form.is_posted_and_valid():
        try:
            give_own_feedback(world(), _visit(), form.feedback)
            return _done(SAID)
        except Invalid as invalid:
            form.refuse_all(invalid)
        except Refused as refused:
            return _refused("asked/feedback.html", form, found, refused)
    return _shown("asked/feedback.html", form, found)


@asked.get("/peer/days.ics", needs=Openness.PUBLIC)
def days() -> ResponseReturnValue:
    """The days for the peer's own calendar."""
    found = _found()
    if found is None or not found.may_declare:
        return _back()
    response = make_response(own_days(world(), _visit()))
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="days.ics"'
    return response


@asked.post("/peer/leave", needs=Openness.PUBLIC)
def leave() -> ResponseReturnValue:
    """Shut the page on this device."""
    visit = str(session.pop(_VISIT, ""))
    if visit:
        leave_own_page(world(), visit)
    tell(LEFT)
    return cleared(redirect(url_for("asked.index"), 303))


def _visit() -> str:
    return str(session.get(_VISIT, ""))


def _found() -> OwnPage | None:
    """What the open visit shows; None where there is none, or it is over."""
    visit = _visit()
    try:
        return own_page(world(), visit) if visit else None
    except NotFound:
        return None


def _shut() -> Response:
    return page("asked/shut.html")


def _back() -> ResponseReturnValue:
    return redirect(url_for("asked.index"), 303)


def _done(message: Message) -> ResponseReturnValue:
    tell(message)
    return _back()


def _shown(template: str, form: Form, found: OwnPage) -> Response:
    return page(template, 422 if form.errors else 200, form=form, own=found, reasons=())


def _refused(template: str, form: Form, found: OwnPage, refused: Refused) -> Response:
    return page(template, 422, form=form, own=found, reasons=refused.reasons)
