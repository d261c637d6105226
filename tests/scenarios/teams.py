"""How the stories put a peer team beside an authority, and send it."""

from uuid import UUID

from clearinghouse.access.roles import Actor
from clearinghouse.casework.teams.choosing import (
    TeamNeeds,
    add_to_team,
    choose_leader,
    propose_team,
)
from tests.factories.teams import send_team
from tests.scenarios.stage import Stage


def sent_team(story: Stage, coordinator: Actor, needs: TeamNeeds, *peers: UUID) -> UUID:
    """A team of these peers, the first of whom leads it, assigned to the story's case; gives its id."""
    team = propose_team(story.world, coordinator, story.case_id, None, needs)
    for each in peers:
        add_to_team(story.world, coordinator, story.case_id, None, team, each)
    choose_leader(story.world, coordinator, story.case_id, None, team, peers[0])
    send_team(story.world, coordinator, story.case_id, team)
    return team
