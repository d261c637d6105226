"""The way in and out: sign-in in two steps, joining by invitation, staying signed in, signing out."""

import secrets
from hashlib import sha256

from flask import Response, jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from clearinghouse.access.permissions import Openness
from clearinghouse.casework.demo.people import PASSWORD, DemoSignIn, demo_sign_ins
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.people import invitations
from clearinghouse.casework.sign_in import sessions
from clearinghouse.casework.sign_in.own_sessions import note_origin
from clearinghouse.casework.sign_in.sessions import START_AGAIN
from clearinghouse.web.current import Carrier, actor, load_carrier, signed_in, world
from clearinghouse.web.fields import Line, Secret
from clearinghouse.web.forms import Form
from clearinghouse.web.headers import cleared
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages, same_origin_path
from clearinghouse.web.passkeys import qr_code
from clearinghouse.web.proving import CODE_LOOKS
from clearinghouse.web.rendering import home_path, page

entry = Pages("entry", __name__)

SIGNED_OUT = Message("You are signed out.")
_WAITING = "waiting"
_JOINING = "joining"
_BROWSER = "browser"
BY_PROVIDER = "by-provider"
_DEMO_EMAIL = "demo"


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
        looks=CODE_LOOKS,
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


class ResetPasswordForm(PasswordForm):
    """The same after a reset, with the code that an administrator tells the person."""

    spoken = Line(
        "Code that you were told",
        missing="Enter the code that you were told",
        hint="Twelve letters. The administrator who proposed the reset tells them to you by voice",
        longest=40,
        looks={"autocomplete": "off", "spellcheck": False, "classes": "govuk-input--width-20"},
    )


class EnrolForm(Form):
    """The second step of joining."""

    code = Line(
        "Code that the app shows", missing="Enter the code that the app shows", longest=40, looks=CODE_LOOKS
    )


@entry.get("/sign-in", needs=Openness.PUBLIC)
def sign_in() -> ResponseReturnValue:
    """Ask for email address and password; a demo offers its people."""
    if signed_in():
        return redirect(destination())
    return _sign_in_page(SignInForm(), 200)


@entry.post("/sign-in", needs=Openness.PUBLIC)
def give_password() -> ResponseReturnValue:
    """Check the password and go on to the code."""
    form = SignInForm()
    if form.validate():
        try:
            return _ask_for_code(str(form.email.data), str(form.password.data))
        except Refused as refusal:
            form.refuse(form.email, refusal.reasons[0])
    return _sign_in_page(form, 422)


@entry.post("/sign-in/passkey/ask", needs=Openness.PUBLIC)
def ask_passkey() -> Response:
    """What this browser's devices are asked, by whoever it may be."""
    session[_BROWSER] = secrets.token_urlsafe(32)
    return _json(sessions.ask_for_passkey(world(), session[_BROWSER], request.remote_addr or ""))


@entry.post("/sign-in/passkey", needs=Openness.PUBLIC)
def give_passkey() -> ResponseReturnValue:
    """Check the passkey and begin the session."""
    browser, answer = str(session.get(_BROWSER, "")), request.form.get("passkey", "")
    try:
        token = sessions.give_passkey(world(), browser, answer, request.remote_addr or "")
    except Refused as refusal:
        return _sign_in_page(SignInForm(formdata=None), 422, refusal.reasons[0])
    carry(token)
    return redirect(destination())


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
                return sign_in_again(START_AGAIN)
            form.refuse(form.code, refusal.reasons[0])
        else:
            carry(token)
            return redirect(destination())
    return page("entry/code.html", 422, form=form, demo_person=None)


@entry.post("/sign-in/code/passkey/ask", needs=Openness.PUBLIC)
def ask_second_passkey() -> Response:
    """What this browser's devices are asked in place of the code."""
    return _json(sessions.ask_for_second_passkey(world(), str(session.get(_WAITING, ""))))


@entry.post("/sign-in/code/passkey", needs=Openness.PUBLIC)
def give_second_passkey() -> ResponseReturnValue:
    """Check the passkey in place of the code and begin the session."""
    waiting, answer = str(session.get(_WAITING, "")), request.form.get("passkey", "")
    try:
        token = sessions.give_second_passkey(world(), waiting, answer)
    except Refused as refusal:
        if refusal.reasons[0] == START_AGAIN:
            return sign_in_again(START_AGAIN)
        problem = refusal.reasons[0]
        return page(
            "entry/code.html", 422, form=CodeForm(formdata=None), demo_person=None, passkey_problem=problem
        )
    carry(token)
    return redirect(destination())


@entry.get("/join/<token>", needs=Openness.PUBLIC)
def join(token: str) -> ResponseReturnValue:
    """Welcome an invited person and ask for their password."""
    person = invitations.joining(world(), token)
    if _chose_password(token, person):
        return redirect(url_for("entry.enrol", token=token))
    return page("entry/join.html", form=_password_form(person), person=person)


@entry.post("/join/<token>", needs=Openness.PUBLIC)
def choose_password(token: str) -> ResponseReturnValue:
    """Keep the password and go on to the second factor."""
    person = invitations.joining(world(), token)
    form = _password_form(person)
    if form.validate():
        if form.password.data != form.again.data:
            form.refuse(form.again, "The two passwords are not the same")
        else:
            try:
                spoken = form.spoken.text if isinstance(form, ResetPasswordForm) else ""
                secret = invitations.choose_password(world(), token, str(form.password.data), spoken)
                session[_JOINING] = _mark(token, secret)
                return redirect(url_for("entry.enrol", token=token))
            except Invalid as invalid:
                form.refuse_all(invalid)
    return page("entry/join.html", 422, form=form, person=person)


@entry.get("/join/<token>/code", needs=Openness.PUBLIC)
def enrol(token: str) -> ResponseReturnValue:
    """Show the QR code and ask for the first code."""
    person = invitations.joining(world(), token)
    if not _chose_password(token, person):
        return redirect(url_for("entry.join", token=token))
    return _enrol_page(EnrolForm(), person, 200, token)


@entry.post("/join/<token>/code", needs=Openness.PUBLIC)
def finish_joining(token: str) -> ResponseReturnValue:
    """Check the first code, sign the person in and show their recovery codes this once."""
    form = EnrolForm()
    person = invitations.joining(world(), token)
    if not _chose_password(token, person):
        return redirect(url_for("entry.join", token=token))
    if form.validate():
        try:
            joined = invitations.join(world(), token, str(form.code.data))
        except Refused as refusal:
            form.refuse(form.code, refusal.reasons[0])
        else:
            carry(joined.token)
            return page("entry/recovery_codes.html", codes=joined.recovery_codes)
    return _enrol_page(form, person, 422, token)


@entry.post("/join/<token>/passkey/ask", needs=Openness.PUBLIC)
def ask_first_passkey(token: str) -> Response:
    """What this browser's devices are asked, for the passkey of somebody who joins."""
    if not _chose_password(token, invitations.joining(world(), token)):
        raise NotFound
    return _json(invitations.ask_for_first_passkey(world(), token))


@entry.post("/join/<token>/passkey", needs=Openness.PUBLIC)
def join_with_passkey(token: str) -> ResponseReturnValue:
    """Keep the passkey, sign the person in and show their recovery codes this once."""
    person = invitations.joining(world(), token)
    if not _chose_password(token, person):
        raise NotFound
    try:
        joined = invitations.join_with_passkey(world(), token, request.form.get("passkey", ""))
    except Invalid as invalid:
        return _enrol_page(EnrolForm(formdata=None), person, 422, token, invalid.problems["name"])
    carry(joined.token)
    return page("entry/recovery_codes.html", codes=joined.recovery_codes)


@entry.post("/session/extend", needs=Openness.SIGNED_IN)
def extend() -> Response:
    """Stay signed in: being asked is the use that keeps the session. Answers with the seconds that are left."""
    person = signed_in()
    return jsonify(seconds_left=person.seconds_left if person else 0)


@entry.get("/session/left", needs=Openness.SIGNED_IN)
def time_left() -> Response:
    """How many seconds the session lasts without another click; pages ask it so that it is no use of the session."""
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
    by_provider = session.get(BY_PROVIDER) and world().provider
    logout_user()
    session.clear()
    if by_provider:
        return cleared(redirect(url_for("single_sign_on.signed_out")))
    tell(SIGNED_OUT)
    return cleared(redirect(url_for("entry.sign_in")))


def _ask_for_code(email: str, password: str) -> ResponseReturnValue:
    address = request.remote_addr or ""
    token = sessions.give_password(world(), email, password, address)
    session.pop(BY_PROVIDER, None)
    return wait_for_second_step(token, _next())


def carry(token: str) -> None:
    """Begin with an empty cookie, so that nothing from before sign-in lives on after it but who vouched for it."""
    by_provider = session.get(BY_PROVIDER)
    session.clear()
    if by_provider:
        session[BY_PROVIDER] = True
    carrier = load_carrier(token)
    if not isinstance(carrier, Carrier) or not login_user(carrier):
        raise LookupError("a session that has just begun is not there")
    note_origin(world(), token, request.user_agent.string, request.remote_addr or "")


def _chose_password(token: str, person: invitations.Joining) -> bool:
    """Whether this browser chose the password that holds now: nobody else who has the link is shown its second factor.

    Whoever chose one before that is asked anew: they would see, or join beside, what its person is setting up.
    """
    return bool(person.secret) and bool(session.get(_JOINING) == _mark(token, person.secret))


def _password_form(person: invitations.Joining) -> PasswordForm:
    return ResetPasswordForm() if person.reset_id else PasswordForm()


def _mark(token: str, secret: str) -> str:
    return sha256(f"{token}:{secret}".encode()).hexdigest()


def _demo_people() -> tuple[DemoSignIn, ...]:
    return demo_sign_ins(world()) if world().demo else ()


def _next() -> str | None:
    return same_origin_path(request.args.get("next"))


def destination(path: str | None = None) -> str:
    """Where to go once somebody is signed in."""
    return same_origin_path(path) or _next() or home_path()


def wait_for_second_step(token: str, path: str | None) -> ResponseReturnValue:
    """Go on to the second step of a session that waits for it."""
    session[_WAITING] = token
    session.pop(_DEMO_EMAIL, None)
    return redirect(url_for("entry.ask_code", next=path))


def sign_in_again(problem: str) -> Response:
    """The sign-in page, with what went wrong on another way in."""
    form = SignInForm(formdata=None)
    form.refuse(form.email, problem)
    return _sign_in_page(form, 422)


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json")


def _sign_in_page(form: SignInForm, status: int, passkey_problem: str = "") -> Response:
    return page(
        "entry/sign_in.html",
        status,
        form=form,
        demo_people=_demo_people(),
        passkey_problem=passkey_problem,
        provider=world().provider,
    )


def _enrol_page(
    form: EnrolForm, person: invitations.Joining, status: int, token: str, passkey_problem: str = ""
) -> Response:
    picture = qr_code(person.uri)
    return page(
        "entry/enrol.html",
        status,
        form=form,
        person=person,
        token=token,
        picture=picture,
        passkey_problem=passkey_problem,
    )
