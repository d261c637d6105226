"""Sending a team whose members are confirmed, and what keeps it from being sent."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, record_change
from clearinghouse.casework.duties.setting import finish_duties, owe
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.peers.days import use_days
from clearinghouse.casework.peers.facts import HiddenCouncils, TeamGround, hidden_councils, said, team_ground
from clearinghouse.casework.peers.invitations import latest_invitations, settle_duties
from clearinghouse.casework.peers.rechecking import recheck
from clearinghouse.casework.teams.choosing import (
    AUTHORITY_CORRECTED,
    lead_authority,
    members_in,
    open_team,
    request_of,
)
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.conflicts import Conflict, Effect
from clearinghouse.protocol.duties import first_duty_after
from clearinghouse.protocol.invitations import InvitationState
from clearinghouse.protocol.matching import Member, may_field, members_of
from clearinghouse.protocol.peers import PeerFacts
from clearinghouse.protocol.standing import after, may_step
from clearinghouse.protocol.vocabulary import DutyKind, Step
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.peers import Peer, Team

NO_LEADER = "Choose who leads the team."
DAYS_PASSED = "The days asked for have passed: change what is asked of the team."


def assign_team(world: World, actor: Actor, case_id: UUID, version: int | None, team_id: UUID) -> None:
    """Send the team, its conflicts checked again with today's facts; a follow-up is then owed (design 6, 004 §19).

    Raises Refused with every obstacle in words, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.TEAM_ASSIGN, seen=version)
        team = open_team(work, case, team_id)
        members = [member.peer_id for member in members_in(work, team)]
        # Two teams may want the same peer's last days at once: the second waits here, and then sees them used.
        # Whoever only names them, in another team, does not wait: each would hold what the other wants.
        held = select(Peer.id).where(Peer.id.in_(members)).order_by(Peer.id)
        work.session.execute(held.with_for_update(key_share=True))
        obstacles = obstacles_to(work, case, team, team_ground(work, team, request_of(work, team)))
        if obstacles:
            raise Refused(*obstacles)
        team.assigned_by, team.assigned_at = actor.person, work.now
        use_days(work, team, members)
        case.standing = after(case.standing, Step.ASSIGN_TEAM)
        record_change(
            work,
            case,
            Event.TEAM_ASSIGNED,
            team=team.id,
            peers=tuple(members),
            first=team.first,
            last=team.last,
            days=team.days,
        )
        finish_duties(work, case, DutyKind.ASSIGN_TEAM)
        following = first_duty_after(Step.ASSIGN_TEAM)
        if following:
            owe(work, case, following, subject_id=team.id)
        settle_duties(work, case, team)
    # Their days are used now: another team that asked them may have to do without.
    recheck(world, members)


def obstacles_to(work: Work, case: Case, team: Team, ground: TeamGround) -> tuple[str, ...]:
    """Everything that keeps the team from being assigned today, in words."""
    members = members_of(
        ground.members,
        ground.request,
        ground.authority,
        register=ground.register,
        today=work.today,
        accepted=ground.accepted,
    )
    hidden = hidden_councils(work)
    spoken = tuple(_spoken(member, hidden) for member in members)
    fielding = may_field(spoken, ground.request.smallest)
    words = [obstacle.words for obstacle in fielding.missing]
    if ground.members and not any(member.leads for member in members_in(work, team)):
        words.append(NO_LEADER)
    if team.last < work.today:
        words.append(DAYS_PASSED)
    if team.authority_id != lead_authority(work, case.id):
        words.append(AUTHORITY_CORRECTED)
    words += not_confirmed(work, team, [member.peer for member in members])
    words += [missing.words for missing in may_step(case.standing, Step.ASSIGN_TEAM).missing]
    return tuple(dict.fromkeys(words))


def not_confirmed(work: Work, team: Team, members: Sequence[PeerFacts]) -> Iterator[str]:
    """Who of the members is not confirmed yet, in a sentence for each reason."""
    found = latest_invitations(work, team.id)
    for states, words in _NOT_CONFIRMED:
        names = [
            member.name
            for member in members
            if (found[member.id].state if member.id in found else None) in states
        ]
        if names:
            yield f"{words}: {', '.join(names)}."


_NOT_CONFIRMED: tuple[tuple[frozenset[InvitationState | None], str], ...] = (
    (frozenset({None, InvitationState.WITHDRAWN, InvitationState.DECLINED}), "Not asked yet"),
    (frozenset({InvitationState.ASKED}), "Asked, and no answer yet"),
    (frozenset({InvitationState.NO_ANSWER}), "No answer by its date"),
    (frozenset({InvitationState.CONFLICTED}), "Cannot serve"),
    (frozenset({InvitationState.ACCEPTED}), "Accepted, and not confirmed yet"),
)


def _spoken(member: Member, hidden: HiddenCouncils) -> Member:
    """The member with conflicts in words that this actor may read."""
    spoken = (replace(found, words=_for_a_lead(said(found, hidden), found)) for found in member.conflicts)
    return replace(member, conflicts=tuple(spoken))


def _for_a_lead(words: str, conflict: Conflict) -> str:
    return f"{words} A lead must accept this." if conflict.effect is Effect.WARNING else words
