"""Cases on one of the routes beside the offer, and what is owed on them."""

from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Actor
from clearinghouse.casework.triage import triage_case
from clearinghouse.casework.world import World
from clearinghouse.protocol.triage import TriageFacts
from clearinghouse.protocol.vocabulary import DutyKind, Nature, Route, Scenario
from clearinghouse.records.cases import Concern
from clearinghouse.records.duties import Duty, DutyState
from tests.factories.cases import logged_case

FACTS = TriageFacts(nature=Nature.SERVICE, scenario=Scenario.SERVICE_WEAKNESS)
REACHABLE = {"source_contact": "01234 567890", "source_may_be_contacted": True}


def routed_case(
    world: World, logger: Actor, lead: Actor, authority_id: UUID, route: Route, **more: object
) -> UUID:
    """A case that one logged and a lead routed; gives its id."""
    case_id = logged_case(world, logger, authority_id, **more).case_id
    reroute(world, lead, case_id, route)
    return case_id


def reroute(world: World, lead: Actor, case_id: UUID, route: Route, nature: Nature = Nature.SERVICE) -> None:
    """The lead triages the case, again or for the first time."""
    facts = TriageFacts(nature=nature, scenario=Scenario.SERVICE_WEAKNESS)
    triage_case(world, lead, case_id, None, facts, route, "The lead knows them.")


def owed(world: World, case_id: UUID) -> dict[DutyKind, Duty]:
    """What is owed on the case, by kind."""
    with world.reading(OPERATOR) as work:
        query = select(Duty).where(Duty.case_id == case_id, Duty.state == DutyState.OPEN)
        found = {duty.kind: duty for duty in work.session.scalars(query)}
        work.session.expunge_all()
        return found


def concern_of(world: World, case_id: UUID) -> UUID:
    """The case's concern."""
    with world.reading(OPERATOR) as work:
        return work.session.scalars(select(Concern.id).where(Concern.case_id == case_id)).one()
