"""Improvement plans as somebody would agree them."""

from datetime import date
from uuid import UUID

from clearinghouse.access.roles import Actor
from clearinghouse.casework.plans.keeping import NewAction, Terms, add_action, agree_plan
from clearinghouse.casework.world import World

AGREED = date(2026, 11, 23)
SOON, LATER = date(2026, 12, 7), date(2027, 2, 1)
TERMS = Terms(AGREED, "Robin Hale, chief executive", "Thresholds are the same in every team.", True, 25_000)


def an_action(due_on: date = SOON, **more: str) -> NewAction:
    """An action with all that it needs."""
    said = {
        "what": "One threshold document for all teams",
        "owner": "Dana Price",
        "measure": "Cases audited against it",
        "target": "95 in 100",
        **more,
    }
    return NewAction(due_on=due_on, **said)


def planned(world: World, lead: Actor, case_id: UUID, *due_on: date) -> tuple[UUID, ...]:
    """A case's plan with an action for each of these dates; gives the ids of the actions."""
    agree_plan(world, lead, case_id, None, TERMS)
    return tuple(add_action(world, lead, case_id, None, an_action(day)) for day in due_on)
