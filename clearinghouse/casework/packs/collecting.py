"""The regulator's side: what waits for them, collecting it, and confirming what arrived."""

import base64
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.packs.checking import SEALED
from clearinghouse.casework.packs.preparing import end_pack, unfit
from clearinghouse.casework.packs.recipient_keys import key_to
from clearinghouse.casework.staff import active_actor
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.vocabulary import Body
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.packs import Pack, PackPart, PackPurpose, PackState

_DIGEST_SIGNS = 64


@dataclass(frozen=True)
class AddressedPack:
    """A pack as its recipient sees it; `may_collect` while it is ready. No digest: theirs comes from their own file.

    `key` is the fingerprint of the key that it is encrypted to; empty where it is not encrypted.
    """

    id: UUID
    reference: str
    body: Body
    purpose: PackPurpose
    state: PackState
    expires_on: date
    size: int
    collected: int
    may_collect: bool
    key: str


@dataclass(frozen=True)
class Download:
    """A file on its way out, in chunks."""

    name: str
    kind: str
    size: int
    chunks: Iterator[bytes]


def packs_for(world: World, actor: Actor) -> tuple[AddressedPack, ...]:
    """What was approved and made for this person, the newest first, also where it has ended.

    Raises NotFound for everybody but regulators.
    """
    _require(actor)
    with world.reading(actor) as work:
        made = (PackState.READY, PackState.CONFIRMED, PackState.EXPIRED, PackState.REVOKED)
        theirs = (Pack.recipient_id == actor.person, Pack.state.in_(made), Pack.built_at.is_not(None))
        query = select(Pack).where(*theirs)
        found = work.session.scalars(query.order_by(Pack.built_at.desc(), Pack.id.desc())).all()
        return tuple(_addressed(work, pack) for pack in found)


def addressed_pack(world: World, actor: Actor, pack_id: UUID) -> AddressedPack:
    """One of them. Raises NotFound."""
    found = [pack for pack in packs_for(world, actor) if pack.id == pack_id]
    if not found:
        raise NotFound
    return found[0]


def collect_pack(world: World, actor: Actor, pack_id: UUID) -> Download:
    """Hand the pack out to the one person it is for; that it was collected is in the ledger before a byte leaves.

    Raises NotFound for everybody else, and once it is confirmed, expired or revoked.
    """
    with world.unit_of_work(actor) as work:
        pack = _ready(work, pack_id)
        pack.collected += 1
        work.record(Event.PACK_COLLECTED, Stream.PACK, pack.id, times=pack.collected, digest=_number(pack))
        name, kind = f"{pack.reference}.zip", "application/zip"
        if pack.key_id:
            name, kind = name + SEALED, "application/octet-stream"
        return Download(name, kind, pack.size, _chunks(world, actor, pack.id))


def confirm_pack(world: World, actor: Actor, pack_id: UUID, digest: str) -> None:
    """Say what arrived: where its SHA-256 is the pack's, the pack is done and is kept here no longer.

    Raises Invalid where it is another, NotFound as collect_pack does.
    """
    typed = "".join(digest.split()).lower()
    with world.unit_of_work(actor) as work:
        pack = _ready(work, pack_id)
        if not hmac.compare_digest(typed.encode(), (pack.digest or b"").hex().encode()):
            words = "The digest has 64 signs, 0 to 9 and a to f."
            if len(typed) == _DIGEST_SIGNS:
                which = ", the one that ends in .sealed" if pack.key_id else ""
                words = (
                    f"This is not the digest of the pack. It is that of the file as you collected it{which}. If it "
                    "still is another, collect the pack again."
                )
            raise Invalid({"digest": words})
        if not pack.collected:
            raise Invalid({"digest": "Collect the pack first."})
        end_pack(work, pack, PackState.CONFIRMED)
        work.record(Event.PACK_CONFIRMED, Stream.PACK, pack.id, digest=_number(pack))


def _ready(work: Work, pack_id: UUID) -> Pack:
    """The pack, held. Raises NotFound where it is not ready for the acting person."""
    _require(work.actor)
    recipient = active_actor(work, work.actor.person)
    query = select(Pack).where(Pack.id == pack_id).with_for_update().execution_options(populate_existing=True)
    pack = work.session.scalars(query).one_or_none()
    if pack is None or recipient is None or pack.recipient_id != recipient.person:
        raise NotFound
    if pack.state is not PackState.READY or unfit(work, pack):
        raise NotFound
    return pack


def _chunks(world: World, actor: Actor, pack_id: UUID) -> Iterator[bytes]:
    """Part by part, each read by itself, so that a slow line holds nothing."""
    number = 0
    while True:
        with world.reading(actor) as work:
            query = select(PackPart).where(PackPart.pack_id == pack_id, PackPart.number == number)
            part = work.session.scalars(query).one_or_none()
            content = base64.b64decode(part.content) if part else b""
        if not content:
            return
        yield content
        number += 1


def _addressed(work: Work, pack: Pack) -> AddressedPack:
    key = key_to(work, pack.key_id)
    return AddressedPack(
        id=pack.id,
        reference=pack.reference,
        body=pack.body,
        purpose=pack.purpose,
        state=pack.state,
        expires_on=pack.expires_on,
        size=pack.size,
        collected=pack.collected,
        may_collect=pack.state is PackState.READY and not unfit(work, pack),
        key=key.fingerprint if key else "",
    )


def _number(pack: Pack) -> int:
    """The digest as the ledger carries it: a number."""
    return int.from_bytes(pack.digest or b"", "big")


def _require(actor: Actor) -> None:
    if not may_enter(actor, Permission.PACK_COLLECT):
        raise NotFound
