"""Cases at the beginning of their way; the verbs themselves take them further."""

from uuid import UUID

from clearinghouse.access.roles import Actor
from clearinghouse.casework.concerns import Logged, NewConcern, log_concern
from clearinghouse.casework.world import World
from clearinghouse.protocol.triage import TriageFacts
from clearinghouse.protocol.vocabulary import Nature, Route, Scenario


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


def triaged_case(
    world: World, lead: Actor, authority_id: UUID, route: Route = Route.CONFIDENTIAL_DIALOGUE
) -> UUID:
    """A case that its lead logged and triaged; gives its id."""
    from clearinghouse.casework.triage import triage_case

    logged = logged_case(world, lead, authority_id)
    facts = TriageFacts(nature=Nature.SERVICE, scenario=Scenario.SERVICE_WEAKNESS)
    triage_case(world, lead, logged.case_id, None, facts, route, "The associate knows them.")
    return logged.case_id
