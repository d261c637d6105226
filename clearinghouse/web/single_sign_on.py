"""Single sign-on in the browser: to the provider and back, out of it, and the account that one is there."""

import hmac
import secrets

from flask import Response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clearinghouse.access.permissions import Openness
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.sign_in import single_sign_on as sso
from clearinghouse.web.current import actor, signed_in, world, world_for
from clearinghouse.web.entry import BY_PROVIDER, carry, destination, sign_in_again, wait_for_second_step
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages, same_origin_path
from clearinghouse.web.rendering import page

single_sign_on = Pages("single_sign_on", __name__)

UNBOUND = Message("The link is ended, and so are your other sessions.")
_STATE = "provider-state"
_NEXT = "provider-next"


@single_sign_on.get("/sign-in/provider", needs=Openness.PUBLIC)
def go() -> ResponseReturnValue:
    """Send the browser to the provider, with a state that only this browser has."""
    if signed_in():
        return redirect(destination())
    if _is_from_elsewhere():
        # A page from elsewhere must not begin a session: who is signed in at the provider would have done nothing.
        return redirect(url_for("entry.sign_in"))
    state = secrets.token_urlsafe(32)
    try:
        address = sso.begin(world(), state, request.remote_addr or "")
    except Refused as refusal:
        return sign_in_again(refusal.reasons[0])
    session[_STATE] = state
    session[_NEXT] = same_origin_path(request.args.get("next"))
    return redirect(address)


@single_sign_on.get("/sign-in/provider/return", needs=Openness.PUBLIC)
def come_back() -> ResponseReturnValue:
    """Take the provider's answer, once, in the browser that asked."""
    sso.provider_of(world())
    state, next_ = str(session.pop(_STATE, "")), session.pop(_NEXT, None)
    given, code = request.args.get("state", ""), request.args.get("code", "")
    if not state or not code or not hmac.compare_digest(state.encode(), given.encode()):
        return sign_in_again(sso.NOT_COMPLETED)
    try:
        signed_on = sso.finish(world(), state, code, request.remote_addr or "")
    except Refused as refusal:
        return sign_in_again(refusal.reasons[0])
    if not signed_on.complete:
        session[BY_PROVIDER] = True
        return wait_for_second_step(signed_on.token, next_)
    carry(signed_on.token)
    session[BY_PROVIDER] = True
    return redirect(destination(next_))


@single_sign_on.get("/signed-out", needs=Openness.PUBLIC)
def signed_out() -> Response:
    """Say that the provider's own session goes on, and where to end it."""
    return page("entry/signed_out.html", provider=sso.provider_of(world()))


@single_sign_on.get("/sign-in/provider/out", needs=Openness.PUBLIC)
def sign_out_there() -> ResponseReturnValue:
    """Send the browser to the provider to be signed out there too."""
    if _is_from_elsewhere():
        # What a network may ask of the provider is counted, and no page from elsewhere uses it up.
        return redirect(url_for("entry.sign_in"))
    return redirect(sso.sign_out_there(world(), request.remote_addr or "") or url_for("entry.sign_in"))


@single_sign_on.post("/account/sign-in/provider/end", needs=Openness.SIGNED_IN, fresh=True)
def unbind() -> ResponseReturnValue:
    """End the link between one's account and the one at the provider."""
    sso.unbind_myself(world_for(Form().key()), actor(), current_user.get_id())
    tell(UNBOUND)
    return redirect(url_for("passkeys.index"), 303)


def _is_from_elsewhere() -> bool:
    """Whether the browser says that another site's page has led or sent it here."""
    return request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
