"""Asking the members of a team: invitations with a date, their link and code, sending it again, taking it back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, record_change
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.peers.facts import hidden_councils, said
from clearinghouse.casework.peers.invitations import (
    end_invitation,
    latest_invitations,
    members_of,
    send_link,
    settle_duties,
    shut,
)
from clearinghouse.casework.peers.rechecking import against_member, ground_of
from clearinghouse.casework.sign_in.spoken_codes import code_for
from clearinghouse.casework.teams.choosing import AUTHORITY_CORRECTED, lead_authority, open_team
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.conflicts import Conflict, Effect
from clearinghouse.protocol.invitations import UNSETTLED, InvitationState, may_ask
from clearinghouse.protocol.standing import may_step
from clearinghouse.protocol.vocabulary import Step
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.peer_invitations import PeerInvitation, PeerLetterKind
from clearinghouse.records.peers import Peer, Team

NOBODY = "Choose whom to ask."
NOT_ASKED = "They have not been asked, or it is settled already."


@dataclass(frozen=True)
class Asked:
    """Who was asked, by name, and who of them has no email address and must be rung or written to."""

    names: tuple[str, ...]
    without_mail: tuple[str, ...]


def ask_members(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    team_id: UUID,
    peers: Collection[UUID],
    answer_by: date,
) -> Asked:
    """Invite these members, once conflicts are checked: nobody hears anything unless all of them may be (design 6).

    Each gets a mail with a reference and a link, and is told the code by telephone or letter. Raises Invalid beside the
    date, Refused with every reason, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.TEAM_ASSIGN, seen=version)
        team = open_team(work, case, team_id)
        if team.first >= work.today and not work.today <= answer_by <= team.first:
            raise Invalid({"answer_by": "The date must be between today and the first day of the work."})
        _check_may_ask(work, case, team, peers, answer_by)
        without = [each for each in peers if not _ask(work, case, team, each, answer_by)]
        settle_duties(work, case, team)
        return Asked(_names(work, peers), _names(work, without))


def send_again(
    world: World, actor: Actor, case_id: UUID, version: int | None, team_id: UUID, peer_id: UUID
) -> bool:
    """Mail a fresh link; the earlier one leads nowhere any more, and the code stays. Whether there is an address.

    Raises Refused where nothing is asked of the peer now, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.TEAM_ASSIGN, seen=version)
        team = team_of(work, case, team_id)
        invitation = invitation_of(work, team, peer_id)
        kinds = {
            InvitationState.ASKED: (PeerLetterKind.ASKED, invitation.answer_by),
            InvitationState.CONFIRMED: (PeerLetterKind.CONFIRMED, team.last),
        }
        if invitation.state not in kinds:
            raise Refused(NOT_ASKED)
        sent = send_link(work, invitation, *kinds[invitation.state])
        record_change(work, case, Event.TEAM_LINK_SENT, **facts_of(invitation), sent=sent)
        return sent


def withdraw_invitation(
    world: World, actor: Actor, case_id: UUID, version: int | None, team_id: UUID, peer_id: UUID
) -> None:
    """Take an invitation back; the peer stays on the team as somebody not asked, and hears that nothing more is asked.

    Raises Refused once the team is assigned or where there is nothing to take back, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.TEAM_ASSIGN, seen=version)
        team = open_team(work, case, team_id)
        invitation = invitation_of(work, team, peer_id)
        if invitation.state not in UNSETTLED:
            raise Refused(NOT_ASKED)
        end_invitation(work, case, invitation, InvitationState.WITHDRAWN, Event.TEAM_INVITATION_WITHDRAWN)
        settle_duties(work, case, team)


def team_of(work: Work, case: Case, team_id: UUID) -> Team:
    """A team of the case, being made or sent. Raises NotFound."""
    team = work.session.get(Team, team_id)
    if team is None or team.case_id != case.id:
        raise NotFound
    return team


def invitation_of(work: Work, team: Team, peer_id: UUID) -> PeerInvitation:
    """The latest invitation of a peer who is on the team. Raises NotFound."""
    found = latest_invitations(work, team.id).get(peer_id)
    if found is None or peer_id not in members_of(work, team):
        raise NotFound
    return found


def spoken_code_of(world: World, invitation_id: UUID) -> str:
    """The code that goes with every link of an invitation. It is kept nowhere."""
    return code_for(world, f"peer:{invitation_id}")


def facts_of(invitation: PeerInvitation) -> dict[str, UUID]:
    """What the events about an invitation name."""
    return {"team": invitation.team_id, "peer": invitation.peer_id, "invitation": invitation.id}


def worded(work: Work, name: str, found: Collection[Conflict]) -> tuple[str, ...]:
    """What speaks against a member, as this actor may read it."""
    hidden = hidden_councils(work)
    return tuple(
        f"{name}: {said(each, hidden)}{' A lead must accept this.' if each.effect is Effect.WARNING else ''}"
        for each in found
    )


def _check_may_ask(work: Work, case: Case, team: Team, peers: Collection[UUID], answer_by: date) -> None:
    if not peers:
        raise Refused(NOBODY)
    if not set(peers) <= members_of(work, team):
        raise NotFound
    reasons = [missing.words for missing in may_step(case.standing, Step.ASSIGN_TEAM).missing]
    if team.authority_id != lead_authority(work, case.id):
        reasons.append(AUTHORITY_CORRECTED)
    ground, found = ground_of(work, team), latest_invitations(work, team.id)
    for peer_id in peers:
        name = work.session.get_one(Peer, peer_id).name
        state = found[peer_id].state if peer_id in found else None
        reasons += worded(work, name, against_member(work, ground, peer_id))
        reasons += (
            f"{name}: {words}" for words in may_ask(state, team.first, answer_by, (), work.today).reasons
        )
    if reasons:
        raise Refused(*dict.fromkeys(reasons))


def _ask(work: Work, case: Case, team: Team, peer_id: UUID, answer_by: date) -> bool:
    earlier = latest_invitations(work, team.id).get(peer_id)
    if earlier is not None:
        shut(work, earlier)
    invitation = work.add(
        PeerInvitation(
            team_id=team.id,
            case_id=case.id,
            peer_id=peer_id,
            state=InvitationState.ASKED,
            asked_by=work.actor.person,
            asked_at=work.now,
            answer_by=answer_by,
        )
    )
    work.session.flush()
    mailed = send_link(work, invitation, PeerLetterKind.ASKED, answer_by)
    record_change(
        work, case, Event.TEAM_MEMBER_ASKED, **facts_of(invitation), answer_by=answer_by, mailed=mailed
    )
    return mailed


def _names(work: Work, peers: Collection[UUID]) -> tuple[str, ...]:
    return tuple(work.session.get_one(Peer, each).name for each in peers)
