"""A person's own account: their roles, their links to authorities, and where they are signed in."""

from uuid import UUID

from flask import jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from clearinghouse.access.permissions import Openness
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.links import LinkKind, authorities_to_link, declare_link, links_of
from clearinghouse.casework.openings.views import open_cases
from clearinghouse.casework.own_sight import what_i_can_see
from clearinghouse.casework.people.resets import reset_against_me, told_of_resets, withdraw_reset
from clearinghouse.casework.sign_in import sessions
from clearinghouse.casework.sign_in.own_password import change_password
from clearinghouse.casework.sign_in.own_sessions import end_session, own_sessions
from clearinghouse.casework.sign_in.passkeys import has_refused_passkey
from clearinghouse.web.current import actor, signed_in, world, world_for
from clearinghouse.web.entry import SIGNED_OUT
from clearinghouse.web.fields import Secret
from clearinghouse.web.forms import Form
from clearinghouse.web.headers import cleared
from clearinghouse.web.keeping import is_choice, keep_typed_into, kept_posts, path_of
from clearinghouse.web.links import LinkForm
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages, may_open, same_origin_path
from clearinghouse.web.rendering import page

account = Pages("account", __name__, navigation="Your account")

DECLARED = Message("The link is declared. It holds from now on.")
FORGOTTEN = Message("It is forgotten.")
ENDED = Message("That session has ended.")
CHANGED = Message("Your password is changed, and your other sessions have ended.")
NOT_ASKED_FOR = Message(
    "The reset is withdrawn, and nothing was changed. Ring an administrator: somebody asked in your name."
)


class ChangeForm(Form):
    """The password, and the one to take its place."""

    current = Secret(
        "Your password now",
        missing="Enter your password",
        longest=1000,
        looks={"autocomplete": "current-password"},
    )
    password = Secret(
        "New password",
        missing="Enter a new password",
        hint="At least 12 characters. Three or four unrelated words are easy to remember and hard to guess.",
        longest=1000,
        looks={"autocomplete": "new-password"},
    )
    again = Secret(
        "Type the new password again",
        missing="Type the new password again",
        longest=1000,
        looks={"autocomplete": "new-password"},
    )


@account.get("/account", needs=Openness.SIGNED_IN)
def index() -> ResponseReturnValue:
    """Who the person is here, and where they are signed in."""
    return page(
        "account/index.html",
        account=signed_in(),
        sessions=own_sessions(world(), actor(), request.remote_addr or ""),
        against=reset_against_me(world(), actor()),
        told=told_of_resets(world(), actor()),
        has_refused_passkey=has_refused_passkey(world(), actor()),
    )


@account.post("/account/resets/<uuid:reset_id>/withdraw", needs=Openness.SIGNED_IN)
def did_not_ask(reset_id: UUID) -> ResponseReturnValue:
    """Say that one did not ask for a reset that an administrator has proposed."""
    withdraw_reset(world_for(Form().key()), actor(), reset_id)
    tell(NOT_ASKED_FOR)
    return redirect(url_for("account.index"))


@account.get("/account/sight", needs=Openness.SIGNED_IN)
def sight() -> ResponseReturnValue:
    """What the person can see and why."""
    opened = open_cases(world(), actor()) if may_open("break_glass.index") else ()
    return page("account/sight.html", seen=what_i_can_see(world(), actor()), opened=opened)


@account.get("/account/links", needs=Openness.SIGNED_IN)
def links() -> ResponseReturnValue:
    """The authorities that keep the person away from cases."""
    return _links_page(_link_form(), 200)


@account.post("/account/links", needs=Openness.SIGNED_IN)
def declare() -> ResponseReturnValue:
    """Declare one more link of one's own."""
    form, me = _link_form(), actor().person
    if form.validate():
        try:
            declare_link(
                world_for(form.key()),
                actor(),
                me,
                form.authority_id(),
                LinkKind(form.kind.data),
                form.ended_on.data,
            )
        except Invalid as invalid:
            form.refuse_all(invalid)
        else:
            tell(DECLARED)
            return redirect(url_for("account.links"))
    return _links_page(form, 422)


@account.post("/account/sign-out-everywhere", needs=Openness.SIGNED_IN)
def sign_out_everywhere() -> ResponseReturnValue:
    """End all of one's own sessions, this one too."""
    sessions.sign_out_everywhere(world(), actor())
    logout_user()
    session.clear()
    tell(SIGNED_OUT)
    return cleared(redirect(url_for("entry.sign_in")))


@account.post("/account/sessions/<uuid:session_id>/end", needs=Openness.SIGNED_IN)
def end_one(session_id: UUID) -> ResponseReturnValue:
    """End one of one's own sessions."""
    person = signed_in()
    end_session(world(), actor(), session_id)
    if person is not None and person.session == session_id:
        logout_user()
        session.clear()
        tell(SIGNED_OUT)
        return cleared(redirect(url_for("entry.sign_in")))
    tell(ENDED)
    return redirect(url_for("account.index"))


@account.get("/account/sign-in/password", needs=Openness.SIGNED_IN, fresh=True)
def password() -> ResponseReturnValue:
    """Ask for the password and for the new one, once the second factor is proved."""
    return page("account/password.html", form=ChangeForm(formdata=None))


@account.post("/account/sign-in/password", needs=Openness.SIGNED_IN, fresh=True)
def change() -> ResponseReturnValue:
    """Change one's own password; one's other sessions end."""
    form = ChangeForm()
    if form.validate():
        if form.password.data != form.again.data:
            form.refuse(form.again, "The two passwords are not the same")
        else:
            token = current_user.get_id()
            try:
                change_password(
                    world_for(form.key()), actor(), token, str(form.current.data), str(form.password.data)
                )
            except Invalid as invalid:
                form.refuse_all(invalid)
            else:
                tell(CHANGED)
                return redirect(url_for("passkeys.index"), 303)
    return page("account/password.html", 422, form=form)


@account.get("/account/kept", needs=Openness.SIGNED_IN)
def kept() -> ResponseReturnValue:
    """What the person sent after their session had run out, ready to be sent again."""
    posts = [(path_of(post), post) for post in kept_posts()]
    return page("account/kept.html", posts=posts, is_choice=is_choice)


@account.post("/account/kept/keep", needs=Openness.SIGNED_IN)
def keep_typed() -> ResponseReturnValue:
    """Keep what stands in a form while the session is about to end; answers with the name that it is kept by."""
    path = same_origin_path(request.args.get("path"))
    if path is None:
        return jsonify(kept=""), 422
    return jsonify(kept=keep_typed_into(path))


@account.post("/account/kept/forget", needs=Openness.SIGNED_IN)
def forget_kept() -> ResponseReturnValue:
    """Forget one of them; which one travels in the form, and is forgotten like one that was sent again."""
    tell(FORGOTTEN)
    return redirect(url_for("account.kept"))


@account.app_template_global()
def account_tabs(current: str) -> list[tuple[str, str, bool]]:
    """The parts of a person's account: words, address, and whether it is the one shown."""
    parts = [
        ("Your account", "account.index"),
        ("How you sign in", "passkeys.index"),
        ("What you can see", "account.sight"),
        ("Your links to authorities", "account.links"),
    ]
    if may_open("deputies.index"):
        parts.append(("Deputy", "deputies.index"))
    parts.append(("Calendar feed", "calendar.index"))
    return [(words, url_for(endpoint), words == current) for words, endpoint in parts]


def _link_form() -> LinkForm:
    form = LinkForm()
    form.offer(authorities_to_link(world(), actor()))
    return form


def _links_page(form: LinkForm, status: int) -> ResponseReturnValue:
    held = links_of(world(), actor(), actor().person)
    return page("account/links.html", status, form=form, links=held)
