"""Putting a whole team together at once: the best and others near it, what to ask less of, and taking one of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import Admitted, case_to_change, case_to_read
from clearinghouse.casework.authorities import authority_facts
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.peers.facts import HiddenCouncils, hidden_councils, peer_facts, said, team_ground
from clearinghouse.casework.teams.choosing import (
    LARGEST_TEAM,
    ask_of_team,
    check_needs,
    give_the_lead,
    needs_of,
    open_team,
    proposed_team,
    put_in_team,
    request_of,
    take_out_of_team,
)
from clearinghouse.casework.teams.optimum import optimum
from clearinghouse.casework.teams.pages import (
    CandidateView,
    TeamView,
    candidate_view,
    descriptions,
    proposed_view,
)
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.conflicts import Effect, Ground, Rule, survey
from clearinghouse.protocol.invitations import InvitationState
from clearinghouse.protocol.matching import Candidate, Point, TeamBalance, TeamRequest, rank
from clearinghouse.protocol.needs import Relaxation, brought_by, relaxation_from, relaxation_words, relaxed
from clearinghouse.protocol.needs import needs_of as needs_asked
from clearinghouse.protocol.peer_words import Service, Theme
from clearinghouse.protocol.peers import PeerFacts
from clearinghouse.protocol.teams import Solved, SolvedTeam, best_teams
from clearinghouse.records import ledger
from clearinghouse.records.events import Event
from clearinghouse.records.peer_invitations import PeerInvitation
from clearinghouse.records.peers import Team, TeamMember

MOST_WISHES = 200
ASKED_OTHERWISE = "What is asked of the team has changed meanwhile. Look at what can be asked less of now."
NOBODY = "Choose at least one peer."


@dataclass(frozen=True)
class Wish:
    """Somebody whom the coordinator keeps or leaves out. `reasons` say why somebody to be kept cannot be."""

    id: UUID
    name: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class SolvedTeamView:
    """A whole team: its members, best match first, and what its points are made of.

    `new` are the members who are not in the team now, `going` the names of those who are and would be taken out,
    `leader` the key of the one who would lead.
    """

    members: tuple[CandidateView, ...]
    points: tuple[Point, ...]
    total: int
    balance: TeamBalance
    knows: tuple[str, ...]
    load: int
    leader: UUID | None
    leader_name: str
    new: frozenset[UUID]
    going: tuple[str, ...]
    proven: bool

    @property
    def ids(self) -> tuple[UUID, ...]:
        """Its members' keys, in the order shown."""
        return tuple(member.id for member in self.members)


@dataclass(frozen=True)
class AskLess:
    """The nearest thing to ask less of: tokens for a form, each in words, and the best team that could then go."""

    tokens: tuple[str, ...]
    words: tuple[str, ...]
    team: SolvedTeamView | None


@dataclass(frozen=True)
class SolvedTeams:
    """What came of putting a team together: teams, the best first, or what to ask less of.

    `load` is how much of a hundred days offered all who can be chosen have used. `kept_out` says of each rule how many
    peers it keeps out. `kept` and `left_out` are whom the coordinator wants in and out, `cannot_be_kept` who of the
    former is blocked.
    """

    case: CaseHeader
    team: TeamView
    teams: tuple[SolvedTeamView, ...]
    ask_less: AskLess | None
    choosable: int
    load: int
    kept_out: tuple[tuple[int, str], ...]
    kept: tuple[Wish, ...]
    left_out: tuple[Wish, ...]
    cannot_be_kept: tuple[Wish, ...]


def solve_team(
    world: World,
    actor: Actor,
    case_id: UUID,
    team_id: UUID,
    pinned: Collection[UUID] | None = None,
    excluded: Collection[UUID] | None = None,
) -> SolvedTeams:
    """The best whole teams for what is asked, or what to ask less of (design 6, matching). It changes nothing.

    `pinned` are in every team and `excluded` in none. Unless it is said otherwise, the members so far stay in it, and
    whoever was taken out of this team, said no or did not answer is left out: what a replacement asks for. Raises
    NotFound for absent and forbidden alike, and for a team that is assigned.
    """
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.PEER_MATCH)
        team = proposed_team(work, case_id)
        if team is None or team.id != team_id:
            raise NotFound
        return _Solve(work, admitted, team, pinned, excluded).page()


def take_team(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    team_id: UUID,
    peers: Sequence[UUID],
    leader: UUID | None = None,
) -> None:
    """Make these peers the team, each checked for conflicts as one chosen by hand, and all of them or nobody.

    Members who are not among them are taken out. `leader` leads it where nobody of them leads it yet. Raises Refused
    with every reason, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.PEER_MATCH, seen=version)
        team = open_team(work, case, team_id)
        wanted = tuple(dict.fromkeys(peers))
        if not wanted:
            raise Refused(NOBODY)
        if len(wanted) > LARGEST_TEAM:
            raise Refused(f"A team has at most {LARGEST_TEAM} members.")
        now = _members(work, team)
        for each in now.keys() - set(wanted):
            take_out_of_team(work, case, team, each)
        work.session.flush()
        reasons: list[str] = []
        for each in wanted:
            if each not in now:
                try:
                    put_in_team(work, case, team, each)
                except Refused as refused:
                    reasons += refused.reasons
        if reasons:
            raise Refused(*reasons)
        if leader in wanted and not any(leads for each, leads in now.items() if each in wanted):
            work.session.flush()
            give_the_lead(work, case, team, leader)


def ask_less(
    world: World, actor: Actor, case_id: UUID, version: int | None, team_id: UUID, tokens: Sequence[str]
) -> None:
    """Ask less of the team, as `solve_team` named it. Raises Refused where that is not asked now, NotFound, Stale."""
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.PEER_MATCH, seen=version)
        team = open_team(work, case, team_id)
        try:
            relaxations = [relaxation_from(token) for token in tokens]
            needs = relaxed(needs_of(team), request_of(work, team).members, relaxations)
        except ValueError:
            raise Refused(ASKED_OTHERWISE) from None
        if not relaxations:
            raise Refused(ASKED_OTHERWISE)
        check_needs(work, needs)
        ask_of_team(work, case, team, needs)


class _Solve:
    """One look at whole teams: the facts it rests on, read once, and what is shown of them."""

    def __init__(
        self,
        work: Work,
        admitted: Admitted,
        team: Team,
        pinned: Collection[UUID] | None,
        excluded: Collection[UUID] | None,
    ) -> None:
        self.work = work
        self.admitted = admitted
        self.team = team
        self.pool = peer_facts(work)
        self.here = team_ground(work, team, request_of(work, team), self.pool)
        self.now = _members(work, team)
        self.hidden = hidden_councils(work)
        self.excluded = _whole(left_out_before(work, team) if excluded is None else excluded, self.pool)
        self.pinned = _whole(self.now if pinned is None else pinned, self.pool) - self.excluded

    def page(self) -> SolvedTeams:
        """The teams with everything that is shown about them."""
        ranked, solved = self._solved(self.here.request, alternatives=True)
        cannot = tuple(
            Wish(each.peer.id, each.peer.name, _blocks(each, self.hidden))
            for each in ranked
            if each.peer.id in self.pinned and each.is_blocked
        )
        gone = {wish.id for wish in cannot}
        return SolvedTeams(
            case=header_of(self.work, self.admitted),
            team=proposed_view(self.work, self.admitted, self.team, self.here, opened=False),
            teams=self._views(ranked, solved.teams),
            ask_less=None if solved.teams else self._ask_less(solved.nearest),
            choosable=solved.choosable,
            load=solved.pool.share,
            kept_out=tuple((number, _KEPT_OUT[rule]) for rule, number in solved.kept_out),
            kept=self._wishes(self.pinned - gone),
            left_out=self._wishes(self.excluded),
            cannot_be_kept=cannot,
        )

    def _solved(self, request: TeamRequest, *, alternatives: bool) -> tuple[list[Candidate], Solved]:
        ranked, ground = self._ranked(request)
        solved = best_teams(
            ranked,
            request,
            ground,
            optimum,
            pinned=self.pinned,
            excluded=self.excluded,
            largest=LARGEST_TEAM,
            **({} if alternatives else {"alternatives": 0}),
        )
        return ranked, solved

    def _ranked(self, request: TeamRequest) -> tuple[list[Candidate], Ground]:
        register, today = self.here.register, self.work.today
        authority = self.here.authority
        ranked = rank(
            self.pool.values(),
            request,
            authority_facts(self.work)[authority.id],
            register=register,
            today=today,
        )
        return ranked, survey(authority, request.window, request.days, today, register=register)

    def _ask_less(self, nearest: Sequence[Relaxation]) -> AskLess | None:
        if not nearest:
            return None
        request = self.here.request
        ranked, solved = self._solved(relaxed(request, request.members, nearest), alternatives=False)
        teams = self._views(ranked, solved.teams)
        return AskLess(
            tuple(each.token for each in nearest),
            tuple(relaxation_words(each, request, self.here.register) for each in nearest),
            teams[0] if teams else None,
        )

    def _views(self, ranked: Sequence[Candidate], teams: Sequence[SolvedTeam]) -> tuple[SolvedTeamView, ...]:
        places = {each.peer.id: place for place, each in enumerate(ranked, start=1)}
        describe = descriptions(self.work, [member.peer for team in teams for member in team.members])
        return tuple(
            SolvedTeamView(
                members=tuple(
                    self._member(places[member.peer.id], member, describe) for member in team.members
                ),
                points=team.points,
                total=team.total,
                balance=team.balance,
                knows=_knows(team.balance),
                load=team.load.share,
                leader=team.leader,
                leader_name=next(
                    (each.peer.name for each in team.members if each.peer.id == team.leader), ""
                ),
                new=team.ids - self.now.keys(),
                going=tuple(sorted(self.pool[each].name for each in self.now.keys() - team.ids)),
                proven=team.proven,
            )
            for team in teams
        )

    def _member(self, place: int, member: Candidate, describe: Mapping[UUID, str]) -> CandidateView:
        """A member as ranked; the reasons are what of all that is asked they bring to the team, where they do."""
        request, register = self.here.request, self.here.register
        brought = brought_by(member.peer, needs_asked(request), request.window.first, register)
        view = candidate_view(place, member, describe, self.hidden)
        if not brought:
            return replace(view, reasons=tuple(point.words for point in member.points[-3:] if point.points))
        return replace(view, reasons=(f"Of what is asked: {', '.join(brought)}.",))

    def _wishes(self, ids: Iterable[UUID]) -> tuple[Wish, ...]:
        found = (Wish(each, self.pool[each].name) for each in ids)
        return tuple(sorted(found, key=lambda wish: (wish.name.casefold(), wish.id)))


def left_out_before(work: Work, team: Team) -> frozenset[UUID]:
    """Who was taken out of the team, said no, did not answer or could not serve, and is not in it now."""
    removed = {
        UUID(str(entry.facts["peer"]))
        for entry in ledger.entries(work.session, team.case_id, Event.TEAM_MEMBER_REMOVED)
        if entry.facts.get("team") == str(team.id)
    }
    ended = select(PeerInvitation.peer_id).where(
        PeerInvitation.team_id == team.id, PeerInvitation.state.in_(_SAID_NO)
    )
    return frozenset(removed.union(work.session.scalars(ended))) - _members(work, team).keys()


_SAID_NO = (
    InvitationState.DECLINED,
    InvitationState.NO_ANSWER,
    InvitationState.CONFLICTED,
    InvitationState.WITHDRAWN,
)
_KEPT_OUT = {
    Rule.BELONGS: "Of the council or one tied to it, now or within four years",
    Rule.DECLARED_INTEREST: "With a declared interest in the council",
    Rule.NOT_ACCREDITED: "Not accredited for all of these days",
    Rule.SUSPENDED: "Suspended",
    Rule.DAYS_USED_UP: "With too few days left this year",
    Rule.UNAVAILABLE: "Away",
}


def _members(work: Work, team: Team) -> dict[UUID, bool]:
    """Who is in the team now, and whether they lead it."""
    rows = work.session.execute(
        select(TeamMember.peer_id, TeamMember.leads).where(TeamMember.team_id == team.id)
    )
    return {row.peer_id: row.leads for row in rows}


def _whole(ids: Collection[UUID], pool: Mapping[UUID, PeerFacts]) -> frozenset[UUID]:
    """Those of the keys that are a peer's, and no more than anybody could mean."""
    return frozenset(sorted(each for each in ids if each in pool)[:MOST_WISHES])


def _blocks(candidate: Candidate, hidden: HiddenCouncils) -> tuple[str, ...]:
    return tuple(said(found, hidden) for found in candidate.conflicts if found.effect is Effect.BLOCKED)


def _knows(found: TeamBalance) -> tuple[str, ...]:
    return (
        *(theme.words for theme in Theme if theme in found.themes_covered),
        *(service.words for service in Service if service in found.services_covered),
    )
