"""Signing in and out, and whom a session's token stands for at this moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clearinghouse.access.idleness import SESSION_IDLE
from clearinghouse.access.roles import STRANGER, Actor
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.sign_in.email_addresses import normalised
from clearinghouse.casework.sign_in.passkey_ceremonies import ask_to_prove, proved, use
from clearinghouse.casework.sign_in.provider_subjects import bind_waiting
from clearinghouse.casework.sign_in.questions import Ceremony
from clearinghouse.casework.sign_in.second_factors import use_code
from clearinghouse.casework.sign_in.throttles import count_attempt, forget_attempts
from clearinghouse.casework.staff import actor_of
from clearinghouse.casework.world import Work, World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import User, UserState, WebSession
from clearinghouse.vault.digests import new_token, token_digest
from clearinghouse.vault.passwords import password_matches

IDLE = SESSION_IDLE
ABSOLUTE = timedelta(hours=8)
CODE_WITHIN = timedelta(minutes=5)
PERSON_LIMIT = 10
ADDRESS_LIMIT = 60
CODE_LIMIT = 10
FRESH = timedelta(minutes=10)
"""How long a proof of who sits there is good for the gravest acts."""

WRONG_PASSWORD = "The email address or the password is wrong"
WRONG_CODE = "The code is wrong, or it has been used already"
WRONG_PASSKEY = "That passkey does not sign you in here"
START_AGAIN = "You took more than five minutes. Enter your email address and password again"

# A page need not be written down as use more often than this.
_TOUCH = timedelta(seconds=30)


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in by one session, and how many seconds it will last without another click.

    `is_fresh` is whether they have proved who they are in the last minutes, as the gravest acts ask.
    """

    actor: Actor
    email: str
    session: UUID
    idle_seconds: int
    seconds_left: int
    is_fresh: bool = False


def who(world: World, token: str, *, used: bool = True) -> SignedIn | None:
    """Whoever this token signs in now; None where its session is unknown, idle or ended, or the person suspended.

    Being asked is a use that keeps the session, unless `used` is false.
    """
    now = world.now()
    with world.reading(STRANGER) as work:
        found = _live(work, token, complete=True)
        if found is None:
            return None
        row, user = found
        is_worn = used and row.used_at + _TOUCH <= now
        left = min((now if is_worn else row.used_at) + IDLE, row.expires_at) - now
        actor, email, session = actor_of(work, user), user.email, row.id
        is_fresh = row.proved_at is not None and row.proved_at + FRESH > now
    if is_worn:
        _touch(world, session, actor.id, now)
    return SignedIn(actor, email, session, int(IDLE.total_seconds()), int(left.total_seconds()), is_fresh)


def whose_was(world: World, token: str) -> Actor | None:
    """Whose session this was, where it ran out by itself within the last day; None where it was ended or is unknown.

    Good for keeping what they typed and for nothing else: the answer holds no role.
    """
    with world.reading(STRANGER) as work:
        found = work.session.execute(
            select(User.id, User.name)
            .join(WebSession, WebSession.user_id == User.id)
            .where(WebSession.token_hash == token_digest(token), WebSession.complete.is_(True))
            .where(WebSession.ended_at.is_(None), WebSession.used_at > work.now - timedelta(days=1))
            .where(User.state == UserState.ACTIVE)
        ).one_or_none()
        return Actor(found.id, found.name) if found else None


def give_password(world: World, email: str, password: str, address: str) -> str:
    """The first step of signing in: returns the token of a session that still waits for its code.

    Unknown people, wrong passwords, the invited and the suspended get the same answer after the same work.
    Raises Refused with that answer, TooMany after too many attempts by person or by network address.
    """
    email = normalised(email)
    count_attempt(world, (f"person:{email}", PERSON_LIMIT), (f"address:{network_of(address)}", ADDRESS_LIMIT))
    with world.reading(STRANGER) as work:
        known = work.session.execute(
            select(User.id, User.password_hash, User.state).where(User.email == email)
        ).first()
    matches = password_matches(known.password_hash if known else None, password)
    with world.unit_of_work(STRANGER) as work:
        if known is not None and matches and known.state is UserState.ACTIVE:
            forget_attempts(world, work.session, f"person:{email}")
            return begin_waiting(work, known.id)[0]
        record_failure(work, known.id if known else None)
    raise Refused(WRONG_PASSWORD)


def give_code(world: World, waiting: str, code: str) -> str:
    """The second step: returns the token of a new, complete session; the code is used up.

    Raises Refused where the code is wrong or the first step is over, TooMany after too many codes.
    """
    person = _count_second_step(world, waiting)
    with world.unit_of_work(person) as work:
        found = _live(work, waiting, complete=False)
        if found is not None and use_code(work, found[1], code):
            return _complete(work, *found)
        record_failure(work, person.id)
    raise Refused(WRONG_CODE)


def ask_for_passkey(world: World, browser: str, address: str) -> str:
    """What the browser is asked, as JSON, to sign in with a passkey and nothing else. `browser` is a token of its own.

    Raises TooMany after too many by network address, NotFound where passkeys are good for nothing here.
    """
    count_attempt(world, (f"asked:{network_of(address)}", ADDRESS_LIMIT))
    return ask_to_prove(world, Ceremony.SIGN_IN, browser)


def give_passkey(world: World, browser: str, answer: str, address: str) -> str:
    """Sign in with a passkey alone, which is both factors at once: returns the token of a new, complete session.

    An unknown one, a removed one, and one of the invited and the suspended get the same answer after the same work.
    Raises Refused with that answer, TooMany after too many by network address.
    """
    count_attempt(world, (f"address:{network_of(address)}", ADDRESS_LIMIT))
    proof = proved(world, Ceremony.SIGN_IN, browser, answer)
    with world.unit_of_work(STRANGER) as work:
        user = use(work, proof) if proof else None
        if user is not None:
            return begin_session(work, user)
        record_failure(work, proof.person if proof else None)
    raise Refused(WRONG_PASSKEY)


def ask_for_second_passkey(world: World, waiting: str) -> str:
    """What the browser is asked, as JSON, in place of the code. Raises Refused where the first step is over."""
    if not is_waiting(world, waiting):
        raise Refused(START_AGAIN)
    return ask_to_prove(world, Ceremony.SECOND_STEP, waiting)


def give_second_passkey(world: World, waiting: str, answer: str) -> str:
    """The second step by a passkey of the same person: returns the token of a new, complete session.

    Raises as give_code does.
    """
    person = _count_second_step(world, waiting)
    proof = proved(world, Ceremony.SECOND_STEP, waiting, answer)
    with world.unit_of_work(person) as work:
        found = _live(work, waiting, complete=False)
        if found is not None and proof is not None and use(work, proof, person.id) is not None:
            return _complete(work, *found)
        record_failure(work, person.id)
    raise Refused(WRONG_PASSKEY)


def is_waiting(world: World, waiting: str) -> bool:
    """Whether the token has given its password within the last five minutes and waits for its code."""
    with world.reading(STRANGER) as work:
        return _live(work, waiting, complete=False) is not None


def sign_out(world: World, actor: Actor, token: str) -> None:
    """End the session; its token is worth nothing from the next request on, at every process."""
    with world.unit_of_work(actor) as work:
        row = work.session.scalars(
            select(WebSession).where(WebSession.token_hash == token_digest(token))
        ).one_or_none()
        if row is not None and row.ended_at is None:
            row.ended_at = work.now
            work.record(Event.SIGNED_OUT, Stream.USER, row.user_id)


def sign_out_everywhere(world: World, actor: Actor) -> None:
    """End all of the person's own sessions, this one too."""
    with world.unit_of_work(actor) as work:
        end_sessions(work.session, actor.person, work.now)
        work.record(Event.SIGNED_OUT, Stream.USER, actor.person, everywhere=True)


def begin_session(work: Work, user: User, *, proved: bool = True) -> str:
    """A new, complete session for somebody who has just given both factors. Returns its token.

    `proved` is whether one of them was ours, as the gravest acts ask.
    """
    user.last_seen_on = work.today
    work.record(Event.SIGNED_IN, Stream.USER, user.id)
    return _begin(work, user.id, complete=True, proved=proved)[0]


def begin_waiting(work: Work, user_id: UUID) -> tuple[str, UUID]:
    """A session that waits for its second step: its token and its key."""
    return _begin(work, user_id, complete=False)


def end_sessions(session: Session, user_id: UUID, now: datetime) -> None:
    """End every session of a person: after suspension, a reset, or a change of their roles."""
    live = (WebSession.user_id == user_id, WebSession.ended_at.is_(None))
    session.execute(update(WebSession).where(*live).values(ended_at=now))


def end_other_sessions(work: Work, user_id: UUID, token: str) -> None:
    """End every session of a person but this one: after they changed how they sign in."""
    live = (WebSession.user_id == user_id, WebSession.ended_at.is_(None))
    others = update(WebSession).where(*live, WebSession.token_hash != token_digest(token))
    work.session.execute(others.values(ended_at=work.now))


def _count_second_step(world: World, waiting: str) -> Actor:
    """Whoever waits for their second step, with one more try of it counted."""
    with world.reading(STRANGER) as work:
        found = _live(work, waiting, complete=False)
        person = Actor(found[1].id, found[1].name) if found else None
    if person is None:
        raise Refused(START_AGAIN)
    count_attempt(world, (f"code:{person.id}", CODE_LIMIT))
    return person


def _complete(work: Work, row: WebSession, user: User) -> str:
    """End the session that waited, whose second step was good, and begin a complete one. Returns its token."""
    row.ended_at = work.now
    forget_attempts(work.world, work.session, f"code:{user.id}")
    bind_waiting(work, row.id, user.id)
    return begin_session(work, user)


def _begin(work: Work, user_id: UUID, *, complete: bool, proved: bool = False) -> tuple[str, UUID]:
    token = new_token()
    row = work.add(
        WebSession(
            token_hash=token_digest(token),
            user_id=user_id,
            made_at=work.now,
            used_at=work.now,
            expires_at=work.now + (ABSOLUTE if complete else CODE_WITHIN),
            complete=complete,
            ended_at=None,
            proved_at=work.now if proved else None,
        )
    )
    return token, row.id


def _live(work: Work, token: str, *, complete: bool) -> tuple[WebSession, User] | None:
    found = work.session.execute(
        select(WebSession, User)
        .join(User, User.id == WebSession.user_id)
        .where(WebSession.token_hash == token_digest(token), WebSession.complete.is_(complete))
        .where(
            WebSession.ended_at.is_(None),
            WebSession.expires_at > work.now,
            WebSession.used_at > work.now - IDLE,
        )
        .where(User.state == UserState.ACTIVE)
    ).one_or_none()
    return (found[0], found[1]) if found else None


def _touch(world: World, session_id: UUID, user_id: UUID | None, now: datetime) -> None:
    live = (WebSession.id == session_id, WebSession.ended_at.is_(None))
    with world.database.writing() as session:
        session.execute(update(WebSession).where(*live).values(used_at=now))
        session.execute(update(User).where(User.id == user_id).values(last_seen_on=world.today))


def network_of(address: str) -> str:
    """Whoever has one IPv6 address commonly has all of its /64, and could try from each; IPv4 counts one by one."""
    try:
        there = IPv6Address(address)
        return str(there.ipv4_mapped or IPv6Network((there, 64), strict=False))
    except ValueError:
        return address


def record_failure(work: Work, person: UUID | None) -> None:
    """In the installation's stream, so that an unknown address takes as long as a known one."""
    work.record(Event.SIGN_IN_FAILED, Stream.INSTALLATION, work.world.vault.installation, person=person)
