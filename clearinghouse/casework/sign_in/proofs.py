"""Proving once more who sits there, before the gravest acts: by a code or a passkey, for this one session."""

from sqlalchemy import select

from clearinghouse.access.roles import Actor
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.sign_in.passkey_ceremonies import ask_to_prove, proved, use
from clearinghouse.casework.sign_in.questions import Ceremony
from clearinghouse.casework.sign_in.second_factors import use_code
from clearinghouse.casework.sign_in.sessions import CODE_LIMIT, WRONG_CODE, WRONG_PASSKEY
from clearinghouse.casework.sign_in.throttles import count_attempt, forget_attempts
from clearinghouse.casework.world import Work, World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import User, UserState, WebSession
from clearinghouse.vault.digests import token_digest


def prove_by_code(world: World, actor: Actor, token: str, code: str) -> None:
    """Mark the session as proved by a code, which is used up.

    Raises Refused where it is wrong, TooMany after too many, NotFound where the session is not open.
    """
    _count(world, actor)
    with world.unit_of_work(actor) as work:
        row, user = _held(work, token)
        if use_code(work, user, code):
            return _prove(work, row, user)
        work.record(Event.PROOF_FAILED, Stream.USER, user.id)
    raise Refused(WRONG_CODE)


def ask_for_proof(world: World, token: str) -> str:
    """What the browser is asked, as JSON, to prove a passkey for this session."""
    return ask_to_prove(world, Ceremony.PROOF, token)


def prove_by_passkey(world: World, actor: Actor, token: str, answer: str) -> None:
    """Mark the session as proved by one of the person's own passkeys. Raises as prove_by_code does."""
    _count(world, actor)
    proof = proved(world, Ceremony.PROOF, token, answer)
    with world.unit_of_work(actor) as work:
        row, user = _held(work, token)
        if proof is not None and use(work, proof, user.id) is not None:
            return _prove(work, row, user)
        work.record(Event.PROOF_FAILED, Stream.USER, user.id)
    raise Refused(WRONG_PASSKEY)


def _count(world: World, actor: Actor) -> None:
    count_attempt(world, (f"code:{actor.person}", CODE_LIMIT))


def _held(work: Work, token: str) -> tuple[WebSession, User]:
    live = (WebSession.token_hash == token_digest(token), WebSession.user_id == work.actor.person)
    found = work.session.execute(
        select(WebSession, User)
        .join(User, User.id == WebSession.user_id)
        .where(*live, WebSession.complete.is_(True), WebSession.ended_at.is_(None))
        .where(User.state == UserState.ACTIVE)
        .with_for_update(of=WebSession)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def _prove(work: Work, row: WebSession, user: User) -> None:
    row.proved_at = work.now
    forget_attempts(work.world, work.session, f"code:{user.id}")
    work.record(Event.USER_PROVED, Stream.USER, user.id)
