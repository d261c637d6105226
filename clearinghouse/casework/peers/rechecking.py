"""Looking again at peers who were asked onto a team when facts change; what has come up is raised at once."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import or_, select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.admission import case_to_change, record_change
from clearinghouse.casework.peers.facts import TeamGround, peer_facts, served_by, team_ground
from clearinghouse.casework.peers.invitations import (
    latest_invitations,
    raised_against,
    settle_duties,
    tell_of_conflict,
    withdraw_all,
)
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.conflicts import Conflict, check
from clearinghouse.protocol.invitations import UNSETTLED, against
from clearinghouse.protocol.matching import TeamRequest
from clearinghouse.protocol.peers import PeerFacts, Period
from clearinghouse.protocol.vocabulary import Standing
from clearinghouse.records.cases import Case, CaseAuthority
from clearinghouse.records.events import Event
from clearinghouse.records.peer_invitations import PeerConflictRaised, PeerInvitation
from clearinghouse.records.peers import Team, TeamMember

_Key = tuple[object, UUID | None]


def recheck(world: World, peers: Collection[UUID] | None = None) -> int:
    """Look at everybody who was asked onto a team that has not ended, or at these peers alone.

    What has come up since is raised to the coordinator and the leads at once, with a duty; what holds no more is
    closed. A case that was closed, or is about another council now, needs its peers no more. Returns how many teams
    changed. For verbs that change facts, once these are kept, and for every round of the clock.
    """
    with world.reading(CLOCK) as work:
        teams = _watched(work, peers)
        pool = _pool(work, teams) if teams else {}
        changed = [
            (team.case_id, team.id) for team in teams if _is_over(work, team) or _news(work, team, pool)
        ]
    for case_id, team_id in changed:
        with world.unit_of_work(CLOCK) as work:
            case = case_to_change(work, case_id, Permission.TEAM_ASSIGN)
            team = work.session.get_one(Team, team_id)
            if _is_over(work, team):
                withdraw_all(work, case, team)
                settle_duties(work, case, team)
            else:
                look_again(work, case, team)
    return len(changed)


def look_again(work: Work, case: Case, team: Team) -> None:
    """Raise what has come up about the team's members, for a verb that holds the case."""
    work.session.flush()
    for invitation, new, gone in _news(work, team):
        for each in gone:
            each.ended_at = work.now
        if gone:
            record_change(work, case, Event.TEAM_CONFLICT_ENDED, **_facts(invitation))
        if new:
            raise_conflicts(work, case, invitation, new)
    settle_duties(work, case, team)


def raise_conflicts(work: Work, case: Case, invitation: PeerInvitation, found: Collection[Conflict]) -> None:
    """Keep that these came up, and tell the coordinator and the leads."""
    for conflict in found:
        work.add(
            PeerConflictRaised(
                invitation_id=invitation.id, rule=conflict.rule, about=conflict.about, raised_at=work.now
            )
        )
    rules = tuple(sorted({conflict.rule for conflict in found}))
    record_change(work, case, Event.TEAM_CONFLICT_RAISED, **_facts(invitation), rules=rules)
    tell_of_conflict(work, case, invitation)


def ground_of(work: Work, team: Team, pool: Mapping[UUID, PeerFacts] | None = None) -> TeamGround:
    """The team as the rules about conflicts look at it today."""
    request = TeamRequest(team.authority_id, Period(team.first, team.last), team.days)
    return team_ground(work, team, request, pool)


def conflicts_of(work: Work, ground: TeamGround, peer: PeerFacts) -> tuple[Conflict, ...]:
    """Every conflict of one member beside the others, today."""
    return check(
        peer,
        ground.authority,
        ground.request.window,
        ground.request.days,
        work.today,
        register=ground.register,
        team=ground.members,
    )


def against_member(
    work: Work, ground: TeamGround, peer_id: UUID, *, sent: bool = False
) -> tuple[Conflict, ...]:
    """What keeps one member from being asked or confirmed; nothing for somebody who is no member."""
    for peer in ground.members:
        if peer.id == peer_id:
            accepted = ground.accepted.get(peer_id, frozenset())
            return against(conflicts_of(work, ground, peer), accepted, sent=sent)
    return ()


def _news(
    work: Work, team: Team, pool: Mapping[UUID, PeerFacts] | None = None
) -> list[tuple[PeerInvitation, list[Conflict], list[PeerConflictRaised]]]:
    """Each invitation about which something came up, or holds no more."""
    ground, found = ground_of(work, team, pool), latest_invitations(work, team.id)
    news = []
    for peer in ground.members:
        invitation = found.get(peer.id)
        if invitation is None or invitation.state not in UNSETTLED:
            continue
        raised = raised_against(work, invitation)
        now = against_member(work, ground, peer.id, sent=team.assigned_at is not None)
        held = {(each.rule, each.about) for each in raised}
        new = [conflict for conflict in now if conflict.key not in held]
        gone = [each for each in raised if (each.rule, each.about) not in {conflict.key for conflict in now}]
        if new or gone:
            news.append((invitation, new, gone))
    return news


def _watched(work: Work, peers: Collection[UUID] | None) -> list[Team]:
    """The teams with somebody who was asked, that are being made or whose days are not over."""
    asked = select(PeerInvitation.team_id).where(PeerInvitation.state.in_(UNSETTLED))
    query = select(Team).where(
        Team.id.in_(asked),
        Team.ended_on.is_(None),
        or_(Team.assigned_at.is_(None), Team.last >= work.today),
    )
    if peers is not None:
        with_them = select(TeamMember.team_id).where(TeamMember.peer_id.in_(peers))
        query = query.where(Team.id.in_(with_them))
    return list(work.session.scalars(query.order_by(Team.id)))


def _pool(work: Work, teams: Collection[Team]) -> dict[UUID, PeerFacts]:
    members = select(TeamMember.peer_id).where(TeamMember.team_id.in_([team.id for team in teams]))
    served = {each.peer_id for each in served_by(work)}
    return peer_facts(work, {*work.session.scalars(members), *served})


def _is_over(work: Work, team: Team) -> bool:
    """Whether a team that is being made is needed no more, and somebody still waits to hear so."""
    if team.assigned_at is not None:
        return False
    named = (CaseAuthority.case_id == team.case_id, CaseAuthority.is_lead)
    lead = work.session.scalar(select(CaseAuthority.authority_id).where(*named))
    case = work.session.get_one(Case, team.case_id)
    return case.standing is Standing.CLOSED or lead != team.authority_id


def _facts(invitation: PeerInvitation) -> dict[str, UUID]:
    return {"team": invitation.team_id, "peer": invitation.peer_id, "invitation": invitation.id}
