"""Teams at work, put together and sent by the verbs themselves."""

from datetime import timedelta
from uuid import UUID

from clearinghouse.access.roles import Actor
from clearinghouse.casework.teams.choosing import TeamNeeds, add_to_team, choose_leader, propose_team
from clearinghouse.casework.teams.visits import NewVisit, plan_visit
from clearinghouse.casework.world import World
from clearinghouse.protocol.team_work import SHAPES, Package, VisitKind
from tests.factories.authorities import authority
from tests.factories.peers import peer
from tests.factories.teams import send_team


def team_at_work(
    world: World, coordinator: Actor, case_id: UUID, package: Package = Package.EXCHANGE
) -> tuple[UUID, tuple[UUID, ...]]:
    """A team as small as its package allows, assigned to the case; gives its id and its members'."""
    size = SHAPES[package].smallest_team
    members = tuple(
        peer(world, f"Peer {number} of {package.words}", authority(world, f"Elsewhere {number} Council"))
        for number in range(size)
    )
    needs = TeamNeeds(world.today, world.today + timedelta(days=300), 2, size=size, package=package)
    team = propose_team(world, coordinator, case_id, None, needs)
    for each in members:
        add_to_team(world, coordinator, case_id, None, team, each)
    choose_leader(world, coordinator, case_id, None, team, members[0])
    send_team(world, coordinator, case_id, team)
    return team, members


def planned_visit(
    world: World,
    actor: Actor,
    case_id: UUID,
    team: UUID,
    days: int = 14,
    kind: VisitKind = VisitKind.EXCHANGE_VISIT,
) -> UUID:
    """A visit of one day, so many days ahead."""
    day = world.today + timedelta(days=days)
    return plan_visit(world, actor, case_id, None, team, NewVisit(kind, day, day))
