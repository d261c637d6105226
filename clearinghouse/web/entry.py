"""The way in and out: sign-in in two steps, joining by invitation, staying signed in, signing out."""

from hashlib import sha256

import segno
from flask import Response, jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from markupsafe import Markup

from clearinghouse.access.permissions import Openness
from clearinghouse.casework import invitations, sessions
from clearinghouse.casework.demo.people import PASSWORD, DemoSignIn, demo_sign_ins
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.sessions import START_AGAIN
from clearinghouse.web.current import Carrier, actor, load_carrier, signed_in, world
from clearinghouse.web.fields import Line, Secret
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages, same_origin_path
from clearinghouse.web.rendering import home_path, page

entry = Pages("entry", __name__)

SIGNED_OUT = Message("You are signed out.")
_WAITING = "waiting"
_JOINING = "joining"
_DEMO_EMAIL = "demo"
_CODE_LOOKS = {"inputmode": "numeric", "autocomplete": "one-time-code", "classes": "govuk-input--width-10"}


class SignInForm(Form):
    """The first step."""

    email = Line(
        "Email address",
        missing="Enter your email address",
        longest=254,
        looks={"type": "email", "autocomplete": "username"},
    )
    password = Secret(
        "Password", missing="Enter your password", longest=1000, looks={"autocomplete": "current-password"}
    )


class CodeForm(Form):
    """The second step."""

    code = Line(
        "Code",
        missing="Enter the code",
        hint="The six digits that your authenticator app shows, or one of your recovery codes",
        longest=40,
        looks=_CODE_LOOKS,
    )


class PasswordForm(Form):
    """The first step of joining."""

    password = Secret(
        "Choose a password",
        missing="Enter a password",
        hint="At least 12 characters. Three or four unrelated words are easy to remember and hard to guess.",
        longest=1000,
        looks={"autocomplete": "new-password"},
    )
    again = Secret(
        "Type the password again",
        missing="Type the password again",
        longest=1000,
        looks={"autocomplete": "new-password"},
    )


class EnrolForm(Form):
    """The second step of joining."""

    code = Line(
        "Code that the app shows", missing="Enter the code that the app shows", longest=40, looks=_CODE_LOOKS
    )


@entry.get("/sign-in", needs=Openness.PUBLIC)
def sign_in() -> ResponseReturnValue:
    """Ask for email address and password; a demo offers its people."""
    if signed_in():
        return redirect(_destination())
    return page("entry/sign_in.html", form=SignInForm(), demo_people=_demo_people())


@entry.post("/sign-in", needs=Openness.PUBLIC)
def give_password() -> ResponseReturnValue:
    """Check the password and go on to the code."""
    form = SignInForm()
    if form.validate():
        try:
            return _ask_for_code(str(form.email.data), str(form.password.data))
        except Refused as refusal:
            form.refuse(form.email, refusal.reasons[0])
    return page("entry/sign_in.html", 422, form=form, demo_people=_demo_people())


@entry.post("/sign-in/demo", needs=Openness.PUBLIC)
def choose_demo_person() -> ResponseReturnValue:
    """Give a demo person's password for a newcomer, who goes on to the code with the code filled in."""
    email = request.form.get("email", "")
    if email not in {person.email for person in _demo_people()}:
        raise NotFound
    response = _ask_for_code(email, PASSWORD)
    session[_DEMO_EMAIL] = email
    return response


@entry.get("/sign-in/code", needs=Openness.PUBLIC)
def ask_code() -> ResponseReturnValue:
    """Ask for the code of the second factor."""
    if not sessions.is_waiting(world(), str(session.get(_WAITING, ""))):
        return redirect(url_for("entry.sign_in", next=_next()))
    form = CodeForm()
    chosen = [person for person in _demo_people() if person.email == session.get(_DEMO_EMAIL)]
    if chosen:
        form.code.data = chosen[0].code
    return page("entry/code.html", form=form, demo_person=chosen[0] if chosen else None)


@entry.post("/sign-in/code", needs=Openness.PUBLIC)
def give_code() -> ResponseReturnValue:
    """Check the code and begin the session."""
    form = CodeForm()
    if form.validate():
        try:
            token = sessions.give_code(world(), str(session.get(_WAITING, "")), str(form.code.data))
        except Refused as refusal:
            if refusal.reasons[0] == START_AGAIN:
                fresh = SignInForm(formdata=None)
                fresh.refuse(fresh.email, START_AGAIN)
                return page("entry/sign_in.html", 422, form=fresh, demo_people=_demo_people())
            form.refuse(form.code, refusal.reasons[0])
        else:
            _carry(token)
            return redirect(_destination())
    return page("entry/code.html", 422, form=form, demo_person=None)


@entry.get("/join/<token>", needs=Openness.PUBLIC)
def join(token: str) -> ResponseReturnValue:
    """Welcome an invited person and ask for their password."""
    person = invitations.joining(world(), token)
    if person.secret and _chose_password(token):
        return redirect(url_for("entry.enrol", token=token))
    return page("entry/join.html", form=PasswordForm(), person=person)


@entry.post("/join/<token>", needs=Openness.PUBLIC)
def choose_password(token: str) -> ResponseReturnValue:
    """Keep the password and go on to the second factor."""
    form = PasswordForm()
    person = invitations.joining(world(), token)
    if form.validate():
        if form.password.data != form.again.data:
            form.refuse(form.again, "The two passwords are not the same")
        else:
            try:
                invitations.choose_password(world(), token, str(form.password.data))
                session[_JOINING] = _mark(token)
                return redirect(url_for("entry.enrol", token=token))
            except Invalid as invalid:
                form.refuse(form.password, invalid.problems["password"])
    return page("entry/join.html", 422, form=form, person=person)


@entry.get("/join/<token>/code", needs=Openness.PUBLIC)
def enrol(token: str) -> ResponseReturnValue:
    """Show the QR code and ask for the first code."""
    person = invitations.joining(world(), token)
    if not (person.secret and _chose_password(token)):
        return redirect(url_for("entry.join", token=token))
    return _enrol_page(EnrolForm(), person, 200)


@entry.post("/join/<token>/code", needs=Openness.PUBLIC)
def finish_joining(token: str) -> ResponseReturnValue:
    """Check the first code, sign the person in and show their recovery codes this once."""
    form = EnrolForm()
    person = invitations.joining(world(), token)
    if not (person.secret and _chose_password(token)):
        return redirect(url_for("entry.join", token=token))
    if form.validate():
        try:
            joined = invitations.join(world(), token, str(form.code.data))
        except Refused as refusal:
            form.refuse(form.code, refusal.reasons[0])
        else:
            _carry(joined.token)
            return page("entry/recovery_codes.html", codes=joined.recovery_codes)
    return _enrol_page(form, person, 422)


@entry.post("/session/extend", needs=Openness.SIGNED_IN)
def extend() -> Response:
    """Stay signed in: being asked is the use that keeps the session. Answers with the seconds that are left."""
    person = signed_in()
    return jsonify(seconds_left=person.seconds_left if person else 0)


@entry.get("/sign-out", needs=Openness.SIGNED_IN)
def sign_out_page() -> Response:
    """Ask, where the page before carried no token to do it at once."""
    return page("entry/sign_out.html")


@entry.post("/sign-out", needs=Openness.SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    """End the session, here and in the database."""
    sessions.sign_out(world(), actor(), current_user.get_id())
    logout_user()
    session.clear()
    tell(SIGNED_OUT)
    return redirect(url_for("entry.sign_in"))


def _ask_for_code(email: str, password: str) -> ResponseReturnValue:
    address = request.remote_addr or ""
    session[_WAITING] = sessions.give_password(world(), email, password, address)
    session.pop(_DEMO_EMAIL, None)
    return redirect(url_for("entry.ask_code", next=_next()))


def _carry(token: str) -> None:
    """Begin with an empty cookie, so that nothing from before sign-in lives on after it."""
    session.clear()
    carrier = load_carrier(token)
    if not isinstance(carrier, Carrier) or not login_user(carrier):
        raise LookupError("a session that has just begun is not there")


def _chose_password(token: str) -> bool:
    """Whether this browser chose the password: nobody else who has the link is shown the second factor's secret."""
    return bool(session.get(_JOINING) == _mark(token))


def _mark(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _demo_people() -> tuple[DemoSignIn, ...]:
    return demo_sign_ins(world()) if world().demo else ()


def _next() -> str | None:
    return same_origin_path(request.args.get("next"))


def _destination() -> str:
    return _next() or home_path()


def _enrol_page(form: EnrolForm, person: invitations.Joining, status: int) -> Response:
    picture = segno.make(person.uri, error="m").svg_inline(
        scale=4, svgclass=None, lineclass=None, title="QR code"
    )
    return page("entry/enrol.html", status, form=form, person=person, picture=Markup(picture))  # noqa: S704
