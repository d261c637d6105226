"""The sessions of a workshop or assist day, and the specialists who come for what each is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.authorities import authority_facts
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.peers.facts import hidden_councils, peer_facts, said, team_ground
from clearinghouse.casework.teams.choosing import request_of
from clearinghouse.casework.world import Work
from clearinghouse.protocol.conflicts import Effect, Rule, check
from clearinghouse.protocol.peers import PeerFacts, Period
from clearinghouse.protocol.team_work import AREAS
from clearinghouse.records.cases import Case
from clearinghouse.records.peers import Peer, Team, TeamMember
from clearinghouse.records.team_work import TeamSession, TeamSpecialist, TeamVisit


@dataclass(frozen=True)
class NewSession:
    """A session to be planned: its area, who comes for it as a specialist, and who presents it for the council."""

    area: str
    specialists: frozenset[UUID] = frozenset()
    presenter: str = ""


@dataclass(frozen=True)
class KeptSession:
    """A session as it is kept, with the specialists named for it."""

    row: TeamSession
    specialists: frozenset[UUID]


def specialists_for(work: Work, case_id: UUID) -> Mapping[UUID, PeerFacts]:
    """Who can come to a session as a specialist: whoever is in a team that was assigned to the case.

    Nobody else can be named, so that nobody comes whose conflicts were not checked, and who was not asked.
    """
    query = select(TeamMember.peer_id).join(Team, Team.id == TeamMember.team_id)
    found = work.session.scalars(query.where(Team.case_id == case_id, Team.assigned_at.is_not(None))).all()
    return peer_facts(work, set(found))


def check_sessions(
    work: Work,
    case: Case,
    team: Team,
    days: Period,
    sessions: Sequence[NewSession],
    field: str = "",
) -> None:
    """Specialists are of a team of the case, know the area by the register, and nothing keeps them from coming.

    Where `sessions` name no area, nothing is asked about what they know. Raises Invalid beside `field`, or beside
    `session_0_specialists` and so on where it is empty.
    """
    if not any(each.specialists for each in sessions):
        return
    known = specialists_for(work, case.id)
    problems: dict[str, str] = {}
    for number, session in enumerate(sessions):
        for peer_id in sorted(session.specialists):
            problem = _problem(work, team, days, session.area, known.get(peer_id))
            if problem:
                problems.setdefault(field or f"session_{number}_specialists", problem)
    if problems:
        raise Invalid(problems)


def keep_sessions(work: Work, visit: TeamVisit, sessions: Sequence[NewSession]) -> None:
    """Keep the sessions of a visit, in their order."""
    for position, given in enumerate(sessions):
        row = work.add(
            TeamSession(visit_id=visit.id, case_id=visit.case_id, position=position, area=given.area)
        )
        row.presenter = given.presenter
        work.session.flush()
        for peer_id in sorted(given.specialists):
            work.session.add(TeamSpecialist(session_id=row.id, peer_id=peer_id))


def sessions_of(work: Work, visit_id: UUID) -> tuple[KeptSession, ...]:
    """The sessions of a visit in their order, each with its specialists."""
    query = select(TeamSession).where(TeamSession.visit_id == visit_id).order_by(TeamSession.position)
    rows = work.session.scalars(query).all()
    named: dict[UUID, set[UUID]] = {row.id: set() for row in rows}
    come = select(TeamSpecialist).where(TeamSpecialist.session_id.in_(named))
    for each in work.session.scalars(come).all():
        named[each.session_id].add(each.peer_id)
    return tuple(KeptSession(row, frozenset(named[row.id])) for row in rows)


def names_of_peers(work: Work, ids: set[UUID]) -> Mapping[UUID, str]:
    """The names of these peers."""
    rows = work.session.execute(select(Peer.id, Peer.name).where(Peer.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _problem(work: Work, team: Team, days: Period, area: str, peer: PeerFacts | None) -> str:
    """Why somebody cannot come as a specialist, "" where nothing stands against it."""
    if peer is None:
        return "Choose somebody of the team."
    if area and area not in peer.services | peer.themes:
        return f"By the register, {peer.name} does not know about {AREAS[area].words.lower()}."
    ground = team_ground(work, team, request_of(work, team))
    council = authority_facts(work)[team.authority_id]
    length = (days.last - days.first).days + 1
    found = check(peer, council, days, length, work.today, register=ground.register)
    # The team's days of work were counted when it was assigned: these are among them.
    blocks = [each for each in found if each.effect is Effect.BLOCKED and each.rule is not Rule.DAYS_USED_UP]
    return f"{peer.name}: {said(blocks[0], hidden_councils(work))}" if blocks else ""
