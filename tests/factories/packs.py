"""Packs for regulators: prepared, approved and built, about whatever cases a world holds."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from clearinghouse.access.roles import Actor
from clearinghouse.casework.packs.building import build_packs
from clearinghouse.casework.packs.collecting import collect_pack
from clearinghouse.casework.packs.preparing import PackScope, approve_pack, prepare_pack
from clearinghouse.casework.packs.scope import PackSubject
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Body
from clearinghouse.records.packs import PackPurpose


def scope(
    world: World,
    recipient: Actor,
    *references: str,
    subjects: Collection[PackSubject] = tuple(PackSubject),
    body: Body = Body.AUDIT_COMMISSION,
) -> PackScope:
    """What a pack may disclose: of the named cases, or of all that were escalated to the body."""
    return PackScope(
        body=body,
        recipient_id=recipient.person,
        purpose=PackPurpose.ESCALATION,
        expires_on=world.today + timedelta(days=30),
        subjects=frozenset(subjects),
        references=references,
    )


def built_pack(world: World, preparer: Actor, approver: Actor, given: PackScope) -> UUID:
    """A pack that is ready to be collected."""
    pack_id = prepare_pack(world, preparer, given)
    approve_pack(world, approver, pack_id, 1)
    assert build_packs(world) == 1
    return pack_id


def collected(world: World, recipient: Actor, pack_id: UUID) -> bytes:
    """The bytes of the pack, as the recipient gets them."""
    return b"".join(collect_pack(world, recipient, pack_id).chunks)
