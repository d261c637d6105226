"""Round tables of the North East: planned, looked at and held."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.regional.deciding import (
    HeldRoundTable,
    NewDecision,
)
from clearinghouse.casework.regional.item_words import ShownItem
from clearinghouse.casework.regional.round_tables import (
    plan_round_table,
    round_table_page,
)
from clearinghouse.casework.world import World
from clearinghouse.protocol.round_table import Decision, Party

NORTH_EAST = Region.NORTH_EAST
ON = date(2026, 12, 1)
NEXT = date(2027, 6, 1)
DUE = date(2026, 12, 14)


def planned(world: World, actor: Actor, on: date = ON) -> UUID:
    """Plan one; gives its id."""
    return plan_round_table(world, actor, NORTH_EAST, on)


def agenda(world: World, actor: Actor, table: UUID) -> tuple[ShownItem, ...]:
    """What stands on its agenda for this person."""
    return round_table_page(world, actor, table).items


def held(decisions: Mapping[str, NewDecision], next_on: date | None = None) -> HeldRoundTable:
    """It was held, with these decisions."""
    return HeldRoundTable(date(2026, 11, 23), (Party.RIEP,), decisions, "All were there.", next_on)


def taken_up(by: Actor, due: date = DUE) -> NewDecision:
    """Somebody takes it up by a day."""
    return NewDecision(Decision.TAKEN_UP, "Visit and learn.", by.id, due)
