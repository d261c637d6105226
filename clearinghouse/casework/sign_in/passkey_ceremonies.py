"""What passes between a browser and us about passkeys: a question that is good once, and what its answer proves."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

from clearinghouse.access.roles import STRANGER
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.sign_in.questions import Ceremony, ask, take
from clearinghouse.casework.world import Work, World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.passkeys import Passkey
from clearinghouse.records.people import User, UserState
from clearinghouse.vault.errors import SealBroken
from clearinghouse.vault.passkeys import (
    MadePasskey,
    PasskeyBroken,
    PasskeyPlace,
    new_challenge,
    passkey_place,
    prove,
    read_answer,
    read_made,
    to_make,
    to_prove,
)

MOST = 10
"""How many passkeys one person has: more than anybody carries."""

_NOT_MADE = "The passkey could not be added. Try again"


@dataclass(frozen=True)
class Proof:
    """An answer that proves a passkey; its counter is yet to be looked at."""

    passkey: UUID
    person: UUID
    sign_count: int


def place_of(world: World) -> PasskeyPlace:
    """Where passkeys are good. Raises NotFound where this installation's address is none for them."""
    place = passkey_place(world.base_url)
    if place is None:
        raise NotFound
    return place


def ask_to_prove(world: World, ceremony: Ceremony, holder: str) -> str:
    """A new question, as JSON for the browser, in place of one that waited.

    `holder` is a token that only this browser has. Raises NotFound where passkeys are good for nothing here.
    """
    return to_prove(place_of(world), ask(world, ceremony, holder))


def ask_to_make(world: World, ceremony: Ceremony, holder: str, person: UUID) -> str:
    """The question, as JSON for the browser, to make this person a passkey on a device that has none of theirs."""
    place = place_of(world)
    with world.reading(STRANGER) as work:
        user = work.session.get_one(User, person)
        email, name = user.email, user.name
        held = [row.credential for row in passkeys_of(work, person)]
    return to_make(place, ask(world, ceremony, holder), person.bytes, email, name, held)


def made(world: World, ceremony: Ceremony, holder: str, text: str) -> MadePasskey:
    """The passkey that the browser has made; the question is used up. Raises Invalid for anything else."""
    place, challenge = place_of(world), take(world, ceremony, holder)
    if challenge is None:
        raise Invalid({"name": _NOT_MADE})
    try:
        return read_made(place, challenge, text)
    except PasskeyBroken as error:
        raise Invalid({"name": _NOT_MADE}) from error


def keep(work: Work, user: User, new: MadePasskey, name: str) -> None:
    """Keep a new passkey, and say so. Raises Invalid for one that is here already, and for one too many."""
    known = work.session.scalars(select(Passkey.id).where(Passkey.credential == new.credential)).first()
    if known is not None:
        raise Invalid({"name": _NOT_MADE})
    if len(passkeys_of(work, user.id)) >= MOST:
        raise Invalid({"name": f"You have {MOST} passkeys. Remove one first"})
    row = work.add(
        Passkey(
            user_id=user.id,
            credential=new.credential,
            sign_count=new.sign_count,
            made_at=work.now,
        )
    )
    row.key, row.name = b64encode(new.public_key).decode(), name
    work.session.flush()
    work.record(Event.PASSKEY_ADDED, Stream.USER, user.id, passkey=row.id)


def proved(world: World, ceremony: Ceremony, holder: str, text: str) -> Proof | None:
    """What an answer proves; None for nothing, after the same work. The question is used up either way."""
    place, challenge = place_of(world), take(world, ceremony, holder)
    try:
        answer = read_answer(text)
    except PasskeyBroken:
        return None
    passkey, person, key = _known(world, answer.credential)
    try:
        count = prove(place, challenge or new_challenge(), answer, key, person.bytes if person else None)
    except PasskeyBroken:
        return None
    return Proof(passkey, person, count) if passkey and person else None


def use(work: Work, proof: Proof, person: UUID | None = None) -> User | None:
    """Whose passkey it is, and that it was used; None where it opens nothing, or is not that person's.

    One whose counter went back may have been copied: it opens nothing from now on, and its owner is told.
    """
    if person is not None and person != proof.person:
        return None
    alive = (Passkey.id == proof.passkey, Passkey.removed_at.is_(None), Passkey.refused_at.is_(None))
    found = work.session.execute(
        select(Passkey, User)
        .join(User, User.id == Passkey.user_id)
        .where(*alive, User.state == UserState.ACTIVE)
        .with_for_update(of=Passkey)
    ).one_or_none()
    if found is None:
        return None
    user = found[1]
    # A device that does not count says nought each time.
    counts = Passkey.sign_count < proof.sign_count if proof.sign_count else Passkey.sign_count == 0
    used = update(Passkey).where(*alive, counts).values(sign_count=proof.sign_count, used_at=work.now)
    used = used.returning(Passkey.id).execution_options(synchronize_session=False)
    if work.session.execute(used).first() is None:
        refused = update(Passkey).where(*alive).values(refused_at=work.now)
        work.session.execute(refused.execution_options(synchronize_session=False))
        work.record(Event.PASSKEY_REFUSED, Stream.USER, user.id, passkey=proof.passkey)
        enqueue(work, user.id, LetterKind.SIGN_IN_CHANGED)
        return None
    work.record(Event.PASSKEY_USED, Stream.USER, user.id, passkey=proof.passkey)
    return user


def passkeys_of(work: Work, person: UUID) -> Sequence[Passkey]:
    """A person's passkeys that were not removed, the oldest first."""
    query = select(Passkey).where(Passkey.user_id == person, Passkey.removed_at.is_(None))
    return work.session.scalars(query.order_by(Passkey.made_at, Passkey.id)).all()


def remove_all(work: Work, person: UUID) -> None:
    """Remove every passkey of a person whose factors are set anew."""
    for row in passkeys_of(work, person):
        row.removed_at = work.now
        work.record(Event.PASSKEY_REMOVED, Stream.USER, person, passkey=row.id)


def _known(world: World, credential: bytes) -> tuple[UUID | None, UUID | None, bytes | None]:
    """A passkey, its owner and its public key; none of them where it is unknown, or was put in past the program."""
    with world.reading(STRANGER) as work:
        row = work.session.scalars(select(Passkey).where(Passkey.credential == credential)).one_or_none()
        if row is None:
            return None, None, None
        try:
            return row.id, row.user_id, b64decode(row.key)
        except (SealBroken, ValueError):
            return None, None, None
