"""How a person signs in, as they look after it themselves: their passkeys, their app and their recovery codes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.roles import Actor
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.sign_in.passkey_ceremonies import (
    ask_to_make,
    keep,
    made,
    passkeys_of,
)
from clearinghouse.casework.sign_in.provider_subjects import is_bound
from clearinghouse.casework.sign_in.questions import Ceremony
from clearinghouse.casework.sign_in.second_factors import (
    app_is_on,
    codes_left,
    make_recovery_codes,
    new_secret,
    provisioning_uri,
    set_up_app,
)
from clearinghouse.casework.sign_in.sessions import CODE_LIMIT, WRONG_CODE, end_other_sessions
from clearinghouse.casework.sign_in.throttles import count_attempt, forget_attempts
from clearinghouse.casework.world import Work, World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.passkeys import Passkey
from clearinghouse.records.people import User, UserState
from clearinghouse.vault.passkeys import passkey_place

LONGEST_NAME = 60
LAST_WAY_IN = "This is your only second step. Add another passkey or set up an authenticator app first."


@dataclass(frozen=True)
class PasskeyLine:
    """A passkey in its owner's list. `refused_at` is set where its counter went back."""

    id: UUID
    name: str
    made_at: datetime
    used_at: datetime | None
    refused_at: datetime | None


@dataclass(frozen=True)
class SignInView:
    """How a person signs in. `place` is the address at which passkeys work, empty where they do nowhere.

    `provider` is what people call the provider that the account is bound to, empty where it is to none.
    """

    passkeys: tuple[PasskeyLine, ...]
    has_app: bool
    codes_left: int
    place: str
    provider: str


@dataclass(frozen=True)
class NewApp:
    """The secret of an authenticator app that is being set up."""

    secret: str
    uri: str


def passkeys_work_at(world: World) -> str:
    """The address, as browsers show it, at which passkeys of this installation are good; "" where they are nowhere."""
    place = passkey_place(world.base_url)
    return place.origin if place else ""


def sign_in_view(world: World, actor: Actor) -> SignInView:
    """The person's own passkeys, the oldest first, and what else they sign in with."""
    with world.reading(actor) as work:
        user = work.session.get_one(User, actor.person)
        rows = passkeys_of(work, user.id)
        lines = tuple(PasskeyLine(row.id, row.name, row.made_at, row.used_at, row.refused_at) for row in rows)
        bound = world.provider is not None and is_bound(work, user.id)
        provider = world.provider.name if bound and world.provider else ""
        return SignInView(lines, app_is_on(user), codes_left(work, user), passkeys_work_at(world), provider)


def has_refused_passkey(world: World, actor: Actor) -> bool:
    """Whether one of the person's passkeys was shut because it may have been copied, and waits to be removed."""
    with world.reading(actor) as work:
        return any(row.refused_at for row in passkeys_of(work, actor.person))


def ask_for_new_passkey(world: World, actor: Actor, token: str) -> str:
    """What the browser is asked, as JSON, to make one more passkey. `token` is the session's."""
    return ask_to_make(world, Ceremony.ADDING, token, actor.person)


def add_passkey(world: World, actor: Actor, token: str, name: str, answer: str) -> None:
    """Keep the passkey that the browser has made, under the name that its owner gives it.

    Raises Invalid where the answer is not one to this session's question, or the name is missing.
    """
    if not name or len(name) > LONGEST_NAME:
        raise Invalid({"name": f"Enter a name of at most {LONGEST_NAME} characters"})
    new = made(world, Ceremony.ADDING, token, answer)
    with world.unit_of_work(actor) as work:
        user = myself(work)
        keep(work, user, new, name)
        enqueue(work, user.id, LetterKind.SIGN_IN_CHANGED)


def remove_passkey(world: World, actor: Actor, token: str, passkey_id: UUID) -> None:
    """Remove one of one's own, and end one's other sessions.

    Raises NotFound for anybody else's, Refused for the last second step.
    """
    with world.unit_of_work(actor) as work:
        user = myself(work)
        row = work.session.get(Passkey, passkey_id)
        if row is None or row.user_id != user.id or row.removed_at is not None:
            raise NotFound
        others = [
            other for other in passkeys_of(work, user.id) if other.id != row.id and not other.refused_at
        ]
        # One that was shut opens nothing already.
        if not row.refused_at and not others and not app_is_on(user):
            raise Refused(LAST_WAY_IN)
        row.removed_at = work.now
        end_other_sessions(work, user.id, token)
        work.record(Event.PASSKEY_REMOVED, Stream.USER, user.id, passkey=row.id)
        enqueue(work, user.id, LetterKind.SIGN_IN_CHANGED)


def new_app(world: World, actor: Actor, secret: str = "") -> NewApp:
    """A secret for a new authenticator app, or the one that waits for its first code."""
    with world.reading(actor) as work:
        email = work.session.get_one(User, actor.person).email
    secret = secret or new_secret()
    return NewApp(secret, provisioning_uri(secret, email))


def change_app(world: World, actor: Actor, token: str, secret: str, code: str) -> None:
    """Put the new app in the place of the one before, once it shows the right code; other sessions end.

    Raises Invalid beside the code, TooMany after too many.
    """
    count_attempt(world, (f"code:{actor.person}", CODE_LIMIT))
    with world.unit_of_work(actor) as work:
        user = myself(work)
        if not set_up_app(work, user, secret, code):
            raise Invalid({"code": WRONG_CODE})
        forget_attempts(world, work.session, f"code:{user.id}")
        end_other_sessions(work, user.id, token)
        work.record(Event.FACTOR_ENROLLED, Stream.USER, user.id)
        enqueue(work, user.id, LetterKind.SIGN_IN_CHANGED)


def renew_recovery_codes(world: World, actor: Actor) -> tuple[str, ...]:
    """Ten new codes in place of all earlier ones; this is the only time that they can be read."""
    with world.unit_of_work(actor) as work:
        user = myself(work)
        codes = make_recovery_codes(work, user)
        work.record(Event.RECOVERY_CODES_MADE, Stream.USER, user.id)
        enqueue(work, user.id, LetterKind.SIGN_IN_CHANGED)
        return codes


def myself(work: Work) -> User:
    """Whoever acts, held, so that two tabs do not remove the last two passkeys at once. NotFound once shut out."""
    held = select(User).where(User.id == work.actor.person, User.state == UserState.ACTIVE)
    user = work.session.scalars(
        held.with_for_update(key_share=True).execution_options(populate_existing=True)
    ).one_or_none()
    if user is None:
        raise NotFound
    return user
