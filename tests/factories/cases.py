"""Cases at the beginning of their way; the verbs themselves take them further."""

from uuid import UUID

from clearinghouse.access.roles import Actor
from clearinghouse.casework.concerns import Logged, NewConcern, log_concern
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Nature


def logged_case(world: World, associate: Actor, authority_id: UUID, **more: object) -> Logged:
    """A concern logged by an associate."""
    given = {
        "nature": Nature.SERVICE,
        "text": "Thresholds in safeguarding are not understood.",
        "how_known": "A telephone call",
        "source_name": "Jo Bright",
        **more,
    }
    return log_concern(world, associate, NewConcern((authority_id,), **given))  # type: ignore[arg-type]  # as given
