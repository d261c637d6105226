"""How a person signs in, on their account: their passkeys, their authenticator app and their recovery codes."""

from uuid import UUID

import segno
from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from clearinghouse.access.permissions import Openness
from clearinghouse.casework.drafts import read_draft, save_draft
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.sign_in import passkeys as own
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget
from clearinghouse.web.fields import Line
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.proving import CODE_LOOKS
from clearinghouse.web.rendering import page

passkeys = Pages("passkeys", __name__)

ADDED = Message("The passkey is added. You can sign in with it from now on.")
REMOVED = Message("The passkey is removed, and your other sessions have ended.")
APP_CHANGED = Message("The app is set up, and your other sessions have ended.")
_APP = "app-being-set-up"


class PasskeyForm(Form):
    """What the person calls the passkey."""

    name = Line(
        "Name of the passkey",
        missing="Enter a name for the passkey",
        hint="Something that you know it by, such as the phone or key that it is on",
        longest=own.LONGEST_NAME,
        looks={"autocomplete": "off"},
    )


class AppForm(Form):
    """The first code of a new app."""

    code = Line(
        "Code that the app shows", missing="Enter the code that the app shows", longest=40, looks=CODE_LOOKS
    )


@passkeys.get("/account/sign-in", needs=Openness.SIGNED_IN)
def index() -> Response:
    """Passkeys, app and recovery codes."""
    return page("account/sign_in.html", view=own.sign_in_view(world(), actor()), form=Form())


@passkeys.get("/account/sign-in/passkeys/new", needs=Openness.SIGNED_IN, fresh=True)
def new() -> Response:
    """Ask what the new passkey is to be called."""
    return _new_page(PasskeyForm(formdata=None), 200)


@passkeys.post("/account/sign-in/passkeys/ask", needs=Openness.SIGNED_IN, fresh=True)
def ask() -> Response:
    """What this browser's devices are asked."""
    options = own.ask_for_new_passkey(world(), actor(), current_user.get_id())
    return Response(options, mimetype="application/json")


@passkeys.post("/account/sign-in/passkeys/new", needs=Openness.SIGNED_IN, fresh=True)
def add() -> ResponseReturnValue:
    """Keep what the device has made."""
    form = PasskeyForm()
    if form.validate():
        try:
            answer = request.form.get("passkey", "")
            own.add_passkey(world_for(form.key()), actor(), current_user.get_id(), form.name.text, answer)
        except Invalid as invalid:
            form.refuse_all(invalid)
        else:
            tell(ADDED)
            return redirect(url_for("passkeys.index"), 303)
    return _new_page(form, 422)


@passkeys.post("/account/sign-in/passkeys/<uuid:passkey_id>/remove", needs=Openness.SIGNED_IN, fresh=True)
def remove(passkey_id: UUID) -> ResponseReturnValue:
    """Remove one of one's own."""
    own.remove_passkey(world_for(Form().key()), actor(), current_user.get_id(), passkey_id)
    tell(REMOVED)
    return redirect(url_for("passkeys.index"), 303)


@passkeys.post("/account/sign-in/app/new", needs=Openness.SIGNED_IN, fresh=True)
def begin_app() -> ResponseReturnValue:
    """Make the secret of a new app; it waits, sealed for this person alone, until the app has shown a code."""
    save_draft(world(), actor(), _APP, {"secret": (own.new_app(world(), actor()).secret,)})
    return redirect(url_for("passkeys.app"), 303)


@passkeys.get("/account/sign-in/app", needs=Openness.SIGNED_IN, fresh=True)
def app() -> ResponseReturnValue:
    """Show the QR code of the app that is being set up."""
    secret = _secret()
    if not secret:
        return redirect(url_for("passkeys.index"))
    return _app_page(AppForm(formdata=None), own.new_app(world(), actor(), secret), 200)


@passkeys.post("/account/sign-in/app", needs=Openness.SIGNED_IN, fresh=True)
def change_app() -> ResponseReturnValue:
    """Put the new app in the place of the one before."""
    form, secret = AppForm(), _secret()
    if not secret:
        return redirect(url_for("passkeys.index"), 303)
    if form.validate():
        try:
            own.change_app(world_for(form.key()), actor(), current_user.get_id(), secret, form.code.text)
        except Invalid as invalid:
            form.refuse_all(invalid)
        else:
            forget(_APP)
            tell(APP_CHANGED)
            return redirect(url_for("passkeys.index"), 303)
    return _app_page(form, own.new_app(world(), actor(), secret), 422)


@passkeys.post("/account/sign-in/codes", needs=Openness.SIGNED_IN, fresh=True)
def renew_codes() -> Response:
    """Ten new recovery codes, shown this once."""
    codes = own.renew_recovery_codes(world_for(Form().key()), actor())
    return page("entry/recovery_codes.html", codes=codes)


def qr_code(uri: str) -> Markup:
    """The picture that an authenticator app scans."""
    picture = segno.make(uri, error="m").svg_inline(scale=4, svgclass=None, lineclass=None, title="QR code")
    return Markup(picture)  # noqa: S704  # made here, of an address whose parts are quoted


def _secret() -> str:
    draft = read_draft(world(), actor(), _APP)
    return "".join(draft.answers.get("secret", ())) if draft else ""


def _new_page(form: PasskeyForm, status: int) -> Response:
    return page("account/new_passkey.html", status, form=form)


def _app_page(form: AppForm, shown: own.NewApp, status: int) -> Response:
    return page("account/app.html", status, form=form, app=shown, picture=qr_code(shown.uri))
