"""The way in for a new person, and the way back for a locked-out administrator: a one-time link, then both factors."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from clearinghouse.access.roles import OPERATOR, STRANGER, Actor, ActorKind, Grant, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.people.accounts import check_grants, propose
from clearinghouse.casework.sign_in.email_addresses import email_problem, normalised
from clearinghouse.casework.sign_in.passkey_ceremonies import ask_to_make, keep, made, remove_all
from clearinghouse.casework.sign_in.password_rules import password_problem
from clearinghouse.casework.sign_in.provider_subjects import unbind
from clearinghouse.casework.sign_in.questions import Ceremony
from clearinghouse.casework.sign_in.second_factors import (
    leave_app_out,
    make_recovery_codes,
    new_secret,
    provisioning_uri,
    use_code,
    void_factors,
)
from clearinghouse.casework.sign_in.sessions import WRONG_CODE, begin_session, end_sessions
from clearinghouse.casework.sign_in.spoken_codes import WRONG_SPOKEN, is_spoken_code, reset_by
from clearinghouse.casework.sign_in.throttles import count_attempt
from clearinghouse.casework.staff import actor_of, name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import Invitation, RoleGrant, User, UserState
from clearinghouse.records.resets import FactorReset
from clearinghouse.vault.digests import new_token, token_digest
from clearinghouse.vault.passwords import hash_password

GOOD_FOR = timedelta(days=7)
FIRST_PASSKEY = "The one you joined with"
_JOIN_LIMIT = 10
_PATH = "/join/"


@dataclass(frozen=True)
class Invited:
    """A link that lets one person set their password and second factor, once, until it expires."""

    email: str
    name: str
    link: str
    expires_at: datetime


@dataclass(frozen=True)
class Joining:
    """Whoever opened an invitation; the secret is empty until they have chosen a password.

    Where it sets their factors anew, `reset_id` names the reset, and `told_by` who tells them its code.
    """

    name: str
    email: str
    secret: str
    uri: str
    reset_id: UUID | None = None
    told_by: str = ""


@dataclass(frozen=True)
class Joined:
    """Somebody who is in: the token of their session, and the recovery codes that are shown this once."""

    token: str
    recovery_codes: tuple[str, ...]


def invite(world: World, actor: Actor, email: str, name: str, grants: Iterable[Grant]) -> Invited:
    """Invite a person with the roles they are to hold; the link is returned, and goes to them by mail.

    Roles wait for a second administrator; what the operator on the host grants counts at once, so that link goes by no
    mail.
    Raises Invalid for a bad or used address, a missing name, or roles that do not go together; NotFound where
    the actor may not invite.
    """
    wanted = tuple(dict.fromkeys(grants))
    email, name = normalised(email), " ".join(name.split())
    with world.unit_of_work(actor) as work:
        _check_inviter(actor)
        problems = {"email": email_problem(email), "name": None if name else "Enter their name"}
        known = work.session.scalars(select(User.id).where(User.email == email)).first()
        if known and not problems["email"]:
            problems["email"] = "Somebody with this email address is here already"
        problems["grants"] = check_grants(wanted)
        _raise_problems(problems)
        user = work.add(_new_user(work, email, name))
        work.session.flush()
        work.record(Event.USER_INVITED, Stream.USER, user.id)
        for grant in wanted:
            propose(work, user, grant)
        return _send(work, user)


def invite_again(world: World, actor: Actor, email: str) -> Invited:
    """A fresh link for somebody who has not joined yet; the earlier one is void.

    Raises NotFound where there is no such person, Refused once they are in, and for anybody but the operator where
    their roles hold already.
    """
    with world.unit_of_work(actor) as work:
        _check_inviter(actor)
        user = _by_email(work, email)
        if user.state is not UserState.INVITED:
            raise Refused("They have joined already.")
        if actor.kind is not ActorKind.OPERATOR and _is_no_newcomer(work, user):
            # Their roles are confirmed: whoever got this link would hold them without a second administrator.
            raise Refused(
                "Their roles hold already, so no administrator renews their link alone. Propose a reset, or ask the"
                " operator to let them back in from the host."
            )
        work.record(Event.USER_INVITED, Stream.USER, user.id, again=True)
        return _send(work, user)


def recover(world: World, actor: Actor, email: str) -> Invited:
    """Let a locked-out administrator back in, by the operator on the host: both factors are set anew.

    All their sessions end; every administrator sees it on the page of people; the link goes by no mail. Raises
    NotFound where there is no such person, Refused where they are no administrator.
    """
    with world.unit_of_work(actor) as work:
        if actor.kind is not ActorKind.OPERATOR:
            raise NotFound
        user = _by_email(work, email)
        if not actor_of(work, user).has(Role.ADMINISTRATOR):
            raise Refused(
                "Only an administrator can be let back in from the host; others ask their administrators."
            )
        void_factors(work, user)
        user.state = UserState.INVITED
        end_sessions(work.session, user.id, work.now)
        work.record(Event.USER_RECOVERED, Stream.USER, user.id)
        return _send(work, user)


def joining(world: World, token: str) -> Joining:
    """Whom a link invites. Raises NotFound where it is unknown, used, replaced or expired."""
    with world.reading(STRANGER) as work:
        invitation, user = _invited(work, token)
        secret = user.totp if user.password_hash else ""
        uri = provisioning_uri(secret, user.email) if secret else ""
        reset = reset_by(work, invitation)
        told_by = name_of(work, reset.proposed_by) if reset else ""
        return Joining(user.name, user.email, secret, uri, reset.id if reset else None, told_by)


def choose_password(world: World, token: str, password: str, spoken: str = "") -> str:
    """Set the password of an invited person and make the secret of their second factor, which is returned.

    A reset's link asks for the code too that an administrator has `spoken` to the person. Raises NotFound where the
    link is not good, Invalid where that code is wrong or the password not good enough, TooMany after too many codes.
    """
    person = joining(world, token)
    if person.reset_id and not is_spoken_code(world, person.reset_id, spoken):
        raise Invalid({"spoken": WRONG_SPOKEN})
    problem = password_problem(password, person.name, person.email)
    if problem:
        raise Invalid({"password": problem})
    stored, secret = hash_password(password), new_secret()
    with world.unit_of_work(STRANGER) as work:
        user = _invited(work, token)[1]
        user.password_hash, user.totp, user.totp_last_step = stored, secret, 0
        work.record(Event.FACTOR_ENROLLED, Stream.USER, user.id)
        remove_all(work, user.id)
        unbind(work, user.id)
    return secret


def join(world: World, token: str, code: str) -> Joined:
    """Prove the second factor, which uses the link up and signs the person in.

    Raises NotFound where the link is not good, Refused where the code is wrong, TooMany after too many codes.
    """
    count_attempt(world, (f"join:{token}", _JOIN_LIMIT))
    with world.unit_of_work(STRANGER) as work:
        invitation, user = _invited(work, token)
        if (
            not user.password_hash
            or not code.strip().replace(" ", "").isdigit()
            or not use_code(work, user, code)
        ):
            raise Refused(WRONG_CODE)
        return _let_in(work, invitation, user)


def ask_for_first_passkey(world: World, token: str) -> str:
    """What the browser is asked, as JSON, to make the passkey that is this person's second factor.

    Raises NotFound where the link is not good, or they have chosen no password yet.
    """
    with world.reading(STRANGER) as work:
        user = _invited(work, token)[1]
        person = user.id if user.password_hash else None
    if person is None:
        raise NotFound
    return ask_to_make(world, Ceremony.JOINING, token, person)


def join_with_passkey(world: World, token: str, answer: str) -> Joined:
    """Join with a passkey in place of an app, whose secret is worth nothing from then on.

    Raises NotFound where the link is not good, Invalid where the answer is not, TooMany after too many.
    """
    count_attempt(world, (f"join:{token}", _JOIN_LIMIT))
    new = made(world, Ceremony.JOINING, token, answer)
    with world.unit_of_work(STRANGER) as work:
        invitation, user = _invited(work, token)
        if not user.password_hash:
            raise NotFound
        keep(work, user, new, FIRST_PASSKEY)
        leave_app_out(user)
        return _let_in(work, invitation, user)


def _let_in(work: Work, invitation: Invitation, user: User) -> Joined:
    invitation.used_at, user.state = work.now, UserState.ACTIVE
    codes = make_recovery_codes(work, user)
    work.record(Event.USER_JOINED, Stream.USER, user.id)
    return Joined(begin_session(work, user), codes)


def make_person(
    world: World, email: str, name: str, grants: Iterable[Grant], password_hash: str, secret: str
) -> None:
    """A person of the demo, who is in from the start with a known password and second factor.

    The password comes hashed, since the demo's people share one. Raises Refused on anything but a demo's database.
    """
    if not world.demo:
        raise Refused("Only a demo makes people without an invitation.")
    with world.unit_of_work(OPERATOR) as work:
        user = work.add(_new_user(work, normalised(email), name))
        user.state, user.password_hash = UserState.ACTIVE, password_hash
        work.session.flush()
        user.totp = secret
        work.record(Event.USER_JOINED, Stream.USER, user.id)
        for grant in grants:
            propose(work, user, grant)


def _check_inviter(actor: Actor) -> None:
    if actor.kind is not ActorKind.OPERATOR and not actor.has(Role.ADMINISTRATOR):
        raise NotFound


def _new_user(work: Work, email: str, name: str) -> User:
    return User(
        email=email,
        name=name,
        state=UserState.INVITED,
        made_at=work.now,
        password_hash=None,
        last_seen_on=None,
    )


def _by_email(work: Work, email: str) -> User:
    user = work.session.scalars(
        select(User).where(User.email == normalised(email)).with_for_update()
    ).one_or_none()
    if user is None:
        raise NotFound
    return user


def make_link(work: Work, user: User, good_for: timedelta = GOOD_FOR) -> tuple[Invitation, Invited]:
    """A one-time link for a person; every earlier one of theirs is void."""
    token, expires = new_token(), work.now + good_for
    earlier = (Invitation.user_id == user.id, Invitation.used_at.is_(None))
    work.session.execute(update(Invitation).where(*earlier).values(used_at=work.now))
    row = work.add(
        Invitation(
            user_id=user.id,
            token_hash=token_digest(token),
            made_at=work.now,
            expires_at=expires,
            used_at=None,
        )
    )
    work.session.flush()
    return row, Invited(user.email, user.name, f"{work.world.base_url}{_PATH}{token}", expires)


def _send(work: Work, user: User) -> Invited:
    invited = make_link(work, user)[1]
    if not actor_of(work, user).grants:
        # Where roles hold already, whoever read the mail first would hold them: that link goes from hand to hand.
        enqueue(work, user.id, LetterKind.INVITATION, token=invited.link.rpartition(_PATH)[2])
    return invited


def _is_no_newcomer(work: Work, user: User) -> bool:
    """Whether roles of theirs are confirmed, also ones that begin later, or they joined once and were reset."""
    confirmed = (
        RoleGrant.user_id == user.id,
        RoleGrant.confirmed_at.is_not(None),
        RoleGrant.ended_at.is_(None),
    )
    reset = (FactorReset.user_id == user.id, FactorReset.confirmed_at.is_not(None))
    return any(
        work.session.scalars(query.limit(1)).first() is not None
        for query in (select(RoleGrant.id).where(*confirmed), select(FactorReset.id).where(*reset))
    )


def _invited(work: Work, token: str) -> tuple[Invitation, User]:
    good = (
        Invitation.token_hash == token_digest(token),
        Invitation.used_at.is_(None),
        Invitation.expires_at > work.now,
    )
    query = (
        select(Invitation, User)
        .join(User, User.id == Invitation.user_id)
        .where(*good, User.state == UserState.INVITED)
    )
    found = work.session.execute(query.with_for_update()).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def _raise_problems(problems: dict[str, str | None]) -> None:
    found = {name: problem for name, problem in problems.items() if problem}
    if found:
        raise Invalid(found)
