"""Confirming a member who accepted, once more with today's facts."""

from uuid import UUID

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, record_change
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.peers.invitations import raised_against, send_link, settle_duties
from clearinghouse.casework.peers.rechecking import against_member, ground_of
from clearinghouse.casework.teams.asking import facts_of, invitation_of, worded
from clearinghouse.casework.teams.choosing import open_team
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.invitations import InvitationState, may_confirm
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.peer_invitations import PeerLetterKind
from clearinghouse.records.peers import Peer, Team


def confirm_member(
    world: World, actor: Actor, case_id: UUID, version: int | None, team_id: UUID, peer_id: UUID
) -> None:
    """Count on a member who accepted; they hear so by mail, with their days behind a fresh link.

    Raises Refused with every reason where somebody has not accepted, or anything speaks against them today, NotFound,
    Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.TEAM_ASSIGN, seen=version)
        team = open_team(work, case, team_id)
        _confirm(work, case, team, peer_id)
        settle_duties(work, case, team)


def _confirm(work: Work, case: Case, team: Team, peer_id: UUID) -> None:
    invitation = invitation_of(work, team, peer_id)
    name = work.session.get_one(Peer, peer_id).name
    found = against_member(work, ground_of(work, team), peer_id)
    reasons = (
        *worded(work, name, found),
        *(f"{name}: {words}" for words in may_confirm(invitation.state, ()).reasons),
    )
    if reasons:
        raise Refused(*reasons)
    invitation.state = InvitationState.CONFIRMED
    invitation.confirmed_by, invitation.confirmed_at = work.actor.person, work.now
    for raised in raised_against(work, invitation):
        raised.ended_at = work.now
    mailed = send_link(work, invitation, PeerLetterKind.CONFIRMED, team.last)
    record_change(work, case, Event.TEAM_MEMBER_CONFIRMED, **facts_of(invitation), mailed=mailed)
