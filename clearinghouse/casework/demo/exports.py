"""The demo's pack for a regulator: prepared by Miriam, and waiting for Owen to look at it."""

from datetime import timedelta

from clearinghouse.casework.demo.people import demo_actor
from clearinghouse.casework.demo.stage import Stage
from clearinghouse.casework.packs.preparing import PackScope, prepare_pack
from clearinghouse.casework.packs.scope import PackSubject, purpose_of
from clearinghouse.protocol.vocabulary import Body

_COLLECTED_WITHIN = timedelta(days=60)


def prepare_for_dele(stage: Stage) -> None:
    """Every case that was escalated to the Audit Commission, for its man."""
    world = stage.world_at(0, "09:39")
    miriam, dele = (demo_actor(world, name) for name in ("Miriam Stone", "Dele Ajayi"))
    prepare_pack(
        world,
        miriam,
        PackScope(
            body=Body.AUDIT_COMMISSION,
            recipient_id=dele.person,
            purpose=purpose_of("escalation"),
            expires_on=world.today + _COLLECTED_WITHIN,
            subjects=frozenset(PackSubject),
        ),
    )
