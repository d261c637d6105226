"""Single sign-on: a provider's word in place of the password, and never in place of a role."""

import logging
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from clearinghouse.access.roles import STRANGER, Actor
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.sign_in.email_addresses import normalised
from clearinghouse.casework.sign_in.provider_subjects import bound_to, is_bound, unbind, wait_to_bind
from clearinghouse.casework.sign_in.questions import Ceremony, ask, take
from clearinghouse.casework.sign_in.sessions import (
    ADDRESS_LIMIT,
    begin_session,
    begin_waiting,
    end_other_sessions,
    network_of,
    record_failure,
)
from clearinghouse.casework.sign_in.throttles import count_attempt
from clearinghouse.casework.world import Work, World
from clearinghouse.notices.outside import NoAnswer
from clearinghouse.notices.provider import (
    ProviderSettings,
    find_places,
    keys_of,
    redeem,
    told_about,
    way_in,
    way_out,
)
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import User, UserState
from clearinghouse.vault.digests import keyed_digest
from clearinghouse.vault.id_tokens import IdTokenBroken, code_challenge, read_id_token

RETURN_PATH = "/sign-in/provider/return"
NOT_COMPLETED = "That sign-in could not be completed. Try again, or enter your email address and password"
NOBODY = "Nobody could be signed in with that account. Enter your email address and password, or ask an administrator"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SignedOn:
    """The token of a session: complete where the provider's word counts as both factors, otherwise waiting."""

    token: str
    complete: bool


def provider_of(world: World) -> ProviderSettings:
    """The provider. Raises NotFound where there is none."""
    if world.provider is None:
        raise NotFound
    return world.provider


def begin(world: World, state: str, address: str) -> str:
    """Where to send the browser, which keeps `state`. Raises Refused where the provider does not answer."""
    provider = provider_of(world)
    count_attempt(world, (f"asked:{network_of(address)}", ADDRESS_LIMIT))
    verifier, nonce = _secrets_of(ask(world, Ceremony.PROVIDER, state))
    try:
        places = find_places(provider)
    except NoAnswer as error:
        raise _failed(error) from error
    return way_in(
        provider,
        places,
        world.base_url + RETURN_PATH,
        state=state,
        nonce=nonce,
        challenge=code_challenge(verifier),
    )


def finish(world: World, state: str, code: str, address: str) -> SignedOn:
    """Take the provider's word for who somebody is; their own second step is asked next.

    By an account's own binding, or for the first time by an address that the provider has verified: the binding is
    kept once their second step was taken, and until then the provider's word counts as one factor whatever it holds.
    Raises Refused, in the same words whether nobody is known, they are suspended or somebody else is bound to them.
    """
    provider = provider_of(world)
    count_attempt(world, (f"address:{network_of(address)}", ADDRESS_LIMIT))
    question = take(world, Ceremony.PROVIDER, state)
    if question is None:
        raise Refused(NOT_COMPLETED)
    try:
        claims = _claims(world, provider, question, code)
    except (NoAnswer, IdTokenBroken) as error:
        with world.unit_of_work(STRANGER) as work:
            record_failure(work, None)
        raise _failed(error) from error
    issuer = keyed_digest(world.web_secret, f"provider:{provider.issuer}")
    subject = keyed_digest(world.web_secret, f"provider-subject:{provider.issuer}\n{claims['sub']}")
    with world.unit_of_work(STRANGER) as work:
        known = bound_to(work, subject)
        user = work.session.get(User, known) if known else _by_email(work, claims, issuer)
        if user is not None and user.state is UserState.ACTIVE:
            strong = known is not None and _is_strong(provider, claims)
            work.record(Event.PROVIDER_VOUCHED, Stream.USER, user.id, bound=known is not None, both=strong)
            if strong:
                return SignedOn(begin_session(work, user, proved=False), complete=True)
            token, session_id = begin_waiting(work, user.id)
            if known is None:
                wait_to_bind(work, session_id, subject, issuer)
            return SignedOn(token, complete=False)
        record_failure(work, user.id if user else None)
    raise Refused(NOBODY)


def sign_out_there(world: World, address: str) -> str:
    """Where somebody is signed out at the provider too; "" where it has no place for that, or does not answer."""
    provider = provider_of(world)
    count_attempt(world, (f"asked:{network_of(address)}", ADDRESS_LIMIT))
    try:
        return way_out(provider, find_places(provider), f"{world.base_url}/sign-in")
    except NoAnswer:
        return ""


def unbind_myself(world: World, actor: Actor, token: str) -> None:
    """Bind one's own account to nobody any more, and end one's other sessions. Raises NotFound where it was not."""
    with world.unit_of_work(actor) as work:
        if not unbind(work, actor.person):
            raise NotFound
        end_other_sessions(work, actor.person, token)
        enqueue(work, actor.person, LetterKind.SIGN_IN_CHANGED)


def _claims(world: World, provider: ProviderSettings, question: bytes, code: str) -> dict[str, Any]:
    verifier, nonce = _secrets_of(question)
    places = find_places(provider)
    tokens = redeem(provider, places, world.base_url + RETURN_PATH, code=code, verifier=verifier)
    access_token = str(tokens.get("access_token", ""))
    claims = read_id_token(
        tokens.get("id_token"),
        keys_of(places),
        issuer=provider.issuer,
        client_id=provider.client_id,
        nonce=nonce,
        access_token=access_token,
        now=int(world.now().timestamp()),
    )
    if "email" not in claims and access_token:
        more = told_about(places, access_token)
        if more.get("sub") == claims["sub"]:
            claims |= {name: more[name] for name in ("email", "email_verified") if name in more}
    return claims


def _secrets_of(question: bytes) -> tuple[str, str]:
    """The verifier and the nonce: each half of the question, and neither leads to the other."""
    return urlsafe_b64encode(question[:32]).decode().rstrip("="), question[32:].hex()


def _by_email(work: Work, claims: dict[str, Any], issuer: bytes) -> User | None:
    """Whose address the provider has verified, where nobody there is bound to them yet."""
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        return None
    # Past ASCII no case is folded: the Kelvin sign is a k in lower case, and somebody else's address at the provider.
    address = normalised(email) if email.isascii() else email
    user = work.session.scalars(select(User).where(User.email == address)).one_or_none()
    return None if user is None or is_bound(work, user.id, issuer) else user


def _is_strong(provider: ProviderSettings, claims: dict[str, Any]) -> bool:
    kind, _, value = provider.second_factor.partition(":")
    said = claims.get(kind) if kind in ("acr", "amr") else None
    return bool(value) and (value in said if isinstance(said, list) else value == said)


def _failed(error: Exception) -> Refused:
    """What went wrong is for the log; nothing that the provider said of anybody is in it."""
    _log.error("single sign-on: %s: %s", type(error).__name__, error)
    return Refused(NOT_COMPLETED)
