"""Two concerns that may belong together, and what their leads are told of them."""

from uuid import UUID

from clearinghouse.access.roles import OPERATOR, Actor
from clearinghouse.casework.convergence.answers import Converging, convergences
from clearinghouse.casework.convergence.finding import find_convergences
from clearinghouse.casework.world import World
from clearinghouse.records import ledger
from clearinghouse.records.events import Event
from tests.factories.authorities import authority
from tests.factories.cases import logged_case

REASON = "Both are about who decides on thresholds."


def two_cases(world: World, first: Actor, second: Actor, council: UUID | None = None) -> tuple[UUID, UUID]:
    """Two concerns of one nature about one council, and the clock's look at them."""
    council = council or authority(world)
    ids = tuple(
        logged_case(world, who, council, text=f"What {who.name} heard.").case_id for who in (first, second)
    )
    find_convergences(world)
    return ids[0], ids[1]


def the_only(world: World, lead: Actor) -> Converging:
    """The one pair that a lead is told of."""
    (found,) = convergences(world, lead)
    return found


def events_of(world: World, case_id: UUID) -> list[Event]:
    """What happened to a case, in its order."""
    with world.reading(OPERATOR) as work:
        return [entry.type for entry in ledger.entries(work.session, case_id)]
