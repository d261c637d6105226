"""The key that a recipient made, to which what goes to them is encrypted; only they give it, and take it back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.staff import active_actor
from clearinghouse.casework.world import Work, World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.packs import Pack, PackKey, PackState
from clearinghouse.records.people import User
from clearinghouse.vault.envelopes import EnvelopeBroken, RecipientKey

_ON_THE_WAY = (PackState.PREPARED, PackState.APPROVED, PackState.READY)


@dataclass(frozen=True)
class GivenKey:
    """A recipient's key as people compare it, and since when they have it here."""

    fingerprint: str
    given_at: datetime


def key_of(world: World, actor: Actor) -> GivenKey | None:
    """The regulator's own key, if they gave one. Raises NotFound for everybody else."""
    _require(actor)
    with world.reading(actor) as work:
        row = current_key(work, actor.person)
        return given_key(row) if row else None


def give_key(world: World, actor: Actor, text: str) -> None:
    """Encrypt what goes to this regulator to their key from now on, in place of a former one.

    A session alone is not enough: the door asks who sits there before it calls this. What is on its way must be
    prepared and approved anew, by officers who see the new fingerprint, and the regulator is told by mail.

    Raises Invalid beside the field, NotFound for everybody but regulators.
    """
    _require(actor)
    try:
        key = RecipientKey.read(text)
    except EnvelopeBroken as error:
        raise Invalid({"key": str(error)}) from error
    _change(world, actor, key)


def take_key_back(world: World, actor: Actor) -> None:
    """Encrypt nothing to this regulator any more; asked and told as where a key is given. Raises as give_key does."""
    _require(actor)
    _change(world, actor, None)


def current_key(work: Work, person: UUID) -> PackKey | None:
    """The key of a person that has not ended."""
    query = select(PackKey).where(PackKey.user_id == person, PackKey.ended_at.is_(None))
    return work.session.scalars(query.order_by(PackKey.id.desc()).limit(1)).first()


def key_to(work: Work, key_id: UUID | None) -> RecipientKey | None:
    """The key that a pack is encrypted to. Raises EnvelopeBroken where what is kept of it is none."""
    return RecipientKey(work.session.get_one(PackKey, key_id).public) if key_id else None


def given_key(row: PackKey) -> GivenKey:
    """The key as people compare it."""
    return GivenKey(RecipientKey(row.public).fingerprint, row.given_at)


def _change(world: World, actor: Actor, key: RecipientKey | None) -> None:
    with world.unit_of_work(actor) as work:
        # Held, so that two tabs leave one key behind.
        held = select(User).where(User.id == actor.person).with_for_update(key_share=True)
        user = work.session.scalars(held).one()
        if active_actor(work, user.id) is None:
            raise NotFound
        former = current_key(work, user.id)
        if former is not None:
            former.ended_at = work.now
            work.record(Event.PACK_KEY_ENDED, Stream.USER, user.id, key=former.id)
        if key is not None:
            row = work.add(PackKey(user_id=user.id, public=key.public, given_at=work.now, ended_at=None))
            work.session.flush()
            work.record(Event.PACK_KEY_GIVEN, Stream.USER, user.id, key=row.id, fingerprint=key.number)
        if key is not None or former is not None:
            _tell(work, user.id)


def _tell(work: Work, person: UUID) -> None:
    """The regulator, in case it was not they; and whoever prepared what must now be prepared anew."""
    enqueue(work, person, LetterKind.PACK_KEY)
    waiting = select(Pack.prepared_by).where(Pack.recipient_id == person, Pack.state.in_(_ON_THE_WAY))
    for officer in work.session.scalars(waiting.distinct()):
        enqueue(work, officer, LetterKind.PACK_WAITS)


def _require(actor: Actor) -> None:
    if not may_enter(actor, Permission.PACK_COLLECT):
        raise NotFound
