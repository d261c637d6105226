"""Members of a team asked, saying yes by telephone and confirmed, as a coordinator does it; and teams sent so."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Actor
from clearinghouse.casework.teams.answering import Answer, Declared, record_answer
from clearinghouse.casework.teams.asking import ask_members
from clearinghouse.casework.teams.assigning import assign_team
from clearinghouse.casework.teams.confirming import confirm_member
from clearinghouse.casework.world import World
from clearinghouse.protocol.invitations import LIVE
from clearinghouse.records.peer_invitations import PeerInvitation
from clearinghouse.records.peers import TeamMember

YES = Answer(accepts=True, declared=Declared())


def ask_all(world: World, coordinator: Actor, case_id: UUID, team_id: UUID) -> tuple[UUID, ...]:
    """Ask every member who was not asked, for an answer today; gives them in the order in which they were chosen."""
    members = members_not_asked(world, team_id)
    if members:
        ask_members(world, coordinator, case_id, None, team_id, members, world.today)
    return members


def confirm_all(
    world: World, coordinator: Actor, case_id: UUID, team_id: UUID, members: Collection[UUID] | None = None
) -> None:
    """Ask every member who was not asked, write down that each said yes by telephone, and confirm them."""
    for peer in ask_all(world, coordinator, case_id, team_id) if members is None else members:
        record_answer(world, coordinator, case_id, None, team_id, peer, YES)
        confirm_member(world, coordinator, case_id, None, team_id, peer)


def send_team(world: World, coordinator: Actor, case_id: UUID, team_id: UUID) -> None:
    """Ask, confirm and send the team."""
    confirm_all(world, coordinator, case_id, team_id)
    assign_team(world, coordinator, case_id, None, team_id)


def members_not_asked(world: World, team_id: UUID) -> tuple[UUID, ...]:
    """The members who hold no invitation."""
    with world.reading(OPERATOR) as work:
        members = select(TeamMember.peer_id).where(TeamMember.team_id == team_id)
        asked = select(PeerInvitation.peer_id).where(
            PeerInvitation.team_id == team_id, PeerInvitation.state.in_(LIVE)
        )
        found = work.session.scalars(
            members.where(TeamMember.peer_id.not_in(asked)).order_by(TeamMember.added_at, TeamMember.id)
        )
        return tuple(found)
