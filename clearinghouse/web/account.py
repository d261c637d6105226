"""A person's own account: their roles, their links to authorities, and where they are signed in."""

from uuid import UUID

from flask import redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user

from clearinghouse.access.permissions import Openness
from clearinghouse.casework import sessions
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.links import LinkKind, authorities_to_link, declare_link, links_of
from clearinghouse.casework.resets import reset_against_me, told_of_resets, withdraw_reset
from clearinghouse.web.current import actor, signed_in, world, world_for
from clearinghouse.web.entry import SIGNED_OUT
from clearinghouse.web.forms import Form
from clearinghouse.web.keeping import is_choice, kept_posts, path_of
from clearinghouse.web.links import LinkForm
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages, may_open
from clearinghouse.web.rendering import page

account = Pages("account", __name__, navigation="Your account")

DECLARED = Message("The link is declared. It holds from now on.")
FORGOTTEN = Message("It is forgotten.")
NOT_ASKED_FOR = Message(
    "The reset is withdrawn. Nothing was changed. Ring an administrator: somebody asked in your name."
)


@account.get("/account", needs=Openness.SIGNED_IN)
def index() -> ResponseReturnValue:
    """Who the person is here, and where they are signed in."""
    return page(
        "account/index.html",
        account=signed_in(),
        sessions=sessions.sessions_of(world(), actor()),
        against=reset_against_me(world(), actor()),
        told=told_of_resets(world(), actor()),
    )


@account.post("/account/resets/<uuid:reset_id>/withdraw", needs=Openness.SIGNED_IN)
def did_not_ask(reset_id: UUID) -> ResponseReturnValue:
    """Say that one did not ask for a reset that an administrator has proposed."""
    withdraw_reset(world_for(Form().key()), actor(), reset_id)
    tell(NOT_ASKED_FOR)
    return redirect(url_for("account.index"))


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
    return redirect(url_for("entry.sign_in"))


@account.get("/account/kept", needs=Openness.SIGNED_IN)
def kept() -> ResponseReturnValue:
    """What the person sent after their session had run out, ready to be sent again."""
    posts = [(path_of(post), post) for post in kept_posts()]
    return page("account/kept.html", posts=posts, is_choice=is_choice)


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
