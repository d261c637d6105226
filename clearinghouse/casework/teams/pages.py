"""What the pages about a case's peer team show: the team with its balance and obstacles, and the ranked candidates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import Admitted, case_to_open, case_to_read
from clearinghouse.casework.authorities import authority_facts
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.peers.facts import (
    HiddenCouncils,
    TeamGround,
    hidden_councils,
    is_told,
    peer_facts,
    said,
    team_ground,
    warned,
)
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.teams.assigning import obstacles_to
from clearinghouse.casework.teams.choosing import (
    TeamNeeds,
    needs_of,
    proposed_team,
    request_of,
)
from clearinghouse.casework.teams.life import TeamLife, team_life
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.conflicts import Conflict, Effect, Rule
from clearinghouse.protocol.matching import Candidate, Point, TeamBalance, balance, members_of, rank
from clearinghouse.protocol.needs import missing_words
from clearinghouse.protocol.peer_words import Service, Theme
from clearinghouse.protocol.peers import PeerFacts, PeerKind
from clearinghouse.records.peer_invitations import PeerFeedback
from clearinghouse.records.peers import Peer, Team, TeamMember, WarningAccepted
from clearinghouse.records.sealed import Compartment

SHOWN = 25
REASONS = 2
NO_TEAM = "Say first what is asked of the team."


@dataclass(frozen=True)
class Acceptance:
    """That a lead accepted a warning; `reason` is None for those who may not read it."""

    by: str
    at: datetime
    reason: str | None


@dataclass(frozen=True)
class WarningView:
    """One warning about a member: `rule` and `about` name it, `accepted` is None while it waits for a lead.

    `rule` is None where the reader may not be told which it is.
    """

    rule: Rule | None
    about: UUID | None
    words: str
    accepted: Acceptance | None


@dataclass(frozen=True)
class MemberView:
    """A member of a team. `description` is what they do and where."""

    id: UUID
    name: str
    description: str
    kind: PeerKind
    leads: bool
    blocks: tuple[str, ...] = ()
    warnings: tuple[WarningView, ...] = ()


@dataclass(frozen=True)
class TeamView:
    """A team. `balance`, `knows` and `obstacles` are of one that is being put together; an assigned one has none.

    `knows` are the themes and services asked for that the members bring.
    """

    id: UUID
    needs: TeamNeeds
    named: tuple[str, ...]
    members: tuple[MemberView, ...]
    assigned_at: datetime | None = None
    assigned_by: str = ""
    balance: TeamBalance | None = None
    knows: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()


@dataclass(frozen=True)
class TeamPage:
    """The team tab: the team being put together, None where none is, and those that were assigned, latest first.

    `lives` say by team how far everybody has come who was asked.
    """

    case: CaseHeader
    proposed: TeamView | None
    assigned: tuple[TeamView, ...]
    lives: Mapping[UUID, TeamLife]


@dataclass(frozen=True)
class CandidateView:
    """A peer as ranked for the team: place in the ranking, score out of 100 and each point of it.

    `reasons` are the words of the points that count most, of those that were asked for.
    """

    place: int
    id: UUID
    name: str
    description: str
    kind: PeerKind
    score: int
    points: tuple[Point, ...]
    reasons: tuple[str, ...]
    blocks: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class MatchPage:
    """Who may be chosen, the best first, and who is blocked; `blocked_page` counts from 1."""

    case: CaseHeader
    team: TeamView
    candidates: tuple[CandidateView, ...]
    selectable: int
    blocked: tuple[CandidateView, ...]
    blocked_count: int
    blocked_page: int
    blocked_pages: int


def team_page(world: World, actor: Actor, case_id: UUID) -> TeamPage:
    """The case's peer teams, for those who may see the case and read the register of peers; never narrative.

    The reasons for which warnings were accepted are opened only for those who may read the case, and that is in the
    ledger. Raises NotFound for absent and forbidden alike.
    """
    with world.reading(actor) as work:
        admitted = _admit(work, case_id)
        header = header_of(work, admitted)
        has_words = any(
            work.session.scalar(select(table.id).where(table.case_id == case_id).limit(1)) is not None
            for table in (WarningAccepted, PeerFeedback)
        )
        if not has_words or Permission.CASE_READ not in header.permissions:
            return _team_page(work, admitted, header, opened=False)
    with world.unit_of_work(actor) as work:
        return _team_page(work, case_to_open(work, case_id, Compartment.PEERS), header, opened=True)


def match_page(
    world: World, actor: Actor, case_id: UUID, words: str = "", blocked_page: int = 1
) -> MatchPage:
    """Every peer ranked for the team that is being put together (design 6, matching).

    The first 25 who may be chosen and in whose name `words` occur, and 25 blocked ones a page. Raises Refused where
    nothing is asked of a team yet, NotFound.
    """
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.PEER_MATCH)
        team = proposed_team(work, case_id)
        if team is None:
            raise Refused(NO_TEAM)
        pool = peer_facts(work)
        ground = team_ground(work, team, request_of(work, team), pool)
        ranked = rank(
            pool.values(),
            ground.request,
            authority_facts(work)[team.authority_id],
            register=ground.register,
            today=work.today,
            chosen=ground.members,
        )
        found = [
            each for each in enumerate(ranked, start=1) if words.casefold() in each[1].peer.name.casefold()
        ]
        free = [each for each in found if not each[1].is_blocked]
        blocked = [each for each in found if each[1].is_blocked]
        pages = max(1, -(-len(blocked) // SHOWN))
        page = min(max(1, blocked_page), pages)
        shown = free[:SHOWN], blocked[(page - 1) * SHOWN : page * SHOWN]
        describe = descriptions(work, [each.peer for part in shown for _, each in part])
        hidden = hidden_councils(work)
        return MatchPage(
            case=header_of(work, admitted),
            team=proposed_view(work, admitted, team, ground, opened=False),
            candidates=tuple(candidate_view(place, each, describe, hidden) for place, each in shown[0]),
            selectable=len(free),
            blocked=tuple(candidate_view(place, each, describe, hidden) for place, each in shown[1]),
            blocked_count=len(blocked),
            blocked_page=page,
            blocked_pages=pages,
        )


def warning_page(
    world: World, actor: Actor, case_id: UUID, team_id: UUID, peer_id: UUID, rule: Rule, about: UUID | None
) -> tuple[CaseHeader, MemberView, WarningView]:
    """One warning that waits for a lead, with whom it is about. Raises NotFound where there is none."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.PEER_WARNING_ACCEPT)
        team = proposed_team(work, case_id)
        if team is None or team.id != team_id:
            raise NotFound
        shown = proposed_view(
            work, admitted, team, team_ground(work, team, request_of(work, team)), opened=False
        )
        for member in shown.members:
            for warning in member.warnings:
                if (member.id, warning.rule, warning.about) == (peer_id, rule, about):
                    return header_of(work, admitted), member, warning
        raise NotFound


def _admit(work: Work, case_id: UUID) -> Admitted:
    """Both permissions: to see this case, and to read the register, which for a lead reaches all England."""
    admitted = case_to_read(work, case_id, Permission.CASE_HEADER)
    case_to_read(work, case_id, Permission.PEER_READ)
    return admitted


def _team_page(work: Work, admitted: Admitted, header: CaseHeader, *, opened: bool) -> TeamPage:
    case_id = admitted.case.id
    team = proposed_team(work, case_id)
    proposed = None
    if team is not None:
        ground = team_ground(work, team, request_of(work, team))
        proposed = proposed_view(work, admitted, team, ground, opened=opened)
    rows = work.session.scalars(
        select(Team)
        .where(Team.case_id == case_id, Team.assigned_at.is_not(None))
        .order_by(Team.assigned_at.desc(), Team.id)
    ).all()
    assigned = tuple(_assigned(work, row, opened=opened) for row in rows)
    lives = {each.id: team_life(work, each, opened=opened) for each in (*([team] if team else []), *rows)}
    return TeamPage(header, proposed, assigned, lives)


def proposed_view(
    work: Work, admitted: Admitted, team: Team, ground: TeamGround, *, opened: bool
) -> TeamView:
    """The team that is being put together; `opened` where the reasons of accepted warnings may be read."""
    describe = descriptions(work, ground.members)
    leaders = _leaders(work, team)
    acceptances = _acceptances(work, team, opened=opened)
    hidden = hidden_councils(work)
    found = balance(ground.members, ground.request)
    also = missing_words(ground.members, ground.request, ground.register)
    found = replace(found, missing=(*found.missing, *also))
    members = members_of(
        ground.members,
        ground.request,
        ground.authority,
        register=ground.register,
        today=work.today,
        accepted=ground.accepted,
    )
    return TeamView(
        id=team.id,
        needs=needs_of(team),
        named=_named(work, team),
        members=tuple(
            MemberView(
                member.peer.id,
                member.peer.name,
                describe[member.peer.id],
                member.peer.kind,
                leads=member.peer.id in leaders,
                blocks=_words(member.conflicts, Effect.BLOCKED, hidden),
                warnings=tuple(
                    _warning(conflict, hidden, acceptances.get((member.peer.id, *conflict.key)))
                    for conflict in member.conflicts
                    if conflict.effect is Effect.WARNING
                ),
            )
            for member in members
        ),
        balance=found,
        knows=(
            *(theme.words for theme in Theme if theme in found.themes_covered),
            *(service.words for service in Service if service in found.services_covered),
        ),
        obstacles=obstacles_to(work, admitted.case, team, ground),
    )


def _warning(conflict: Conflict, hidden: HiddenCouncils, accepted: Acceptance | None) -> WarningView:
    words = said(conflict, hidden)
    if not is_told(conflict, hidden):
        return WarningView(None, None, words, accepted)
    return WarningView(conflict.rule, conflict.about, words, accepted)


def _assigned(work: Work, team: Team, *, opened: bool) -> TeamView:
    ids = work.session.scalars(
        select(TeamMember.peer_id)
        .where(TeamMember.team_id == team.id)
        .order_by(TeamMember.leads.desc(), TeamMember.added_at, TeamMember.id)
    ).all()
    facts = peer_facts(work, set(ids))
    describe, leaders = descriptions(work, facts.values()), _leaders(work, team)
    acceptances, hidden = _acceptances(work, team, opened=opened), hidden_councils(work)
    return TeamView(
        id=team.id,
        needs=needs_of(team),
        named=_named(work, team),
        members=tuple(
            MemberView(
                each,
                facts[each].name,
                describe[each],
                facts[each].kind,
                leads=each in leaders,
                warnings=tuple(
                    WarningView(rule, about, warned(rule, hidden), accepted)
                    for (peer_id, rule, about), accepted in acceptances.items()
                    if peer_id == each
                ),
            )
            for each in ids
        ),
        assigned_at=team.assigned_at,
        assigned_by=name_of(work, team.assigned_by),
    )


def candidate_view(
    place: int, found: Candidate, describe: Mapping[UUID, str], hidden: HiddenCouncils
) -> CandidateView:
    """A ranked peer as pages show them."""
    asked = [point for point in found.points if point.points and not point.words.startswith("No ")]
    asked.sort(key=lambda point: -point.points)
    return CandidateView(
        place=place,
        id=found.peer.id,
        name=found.peer.name,
        description=describe[found.peer.id],
        kind=found.peer.kind,
        score=found.score,
        points=found.points,
        reasons=tuple(point.words for point in asked[:REASONS]),
        blocks=_words(found.conflicts, Effect.BLOCKED, hidden),
        warnings=_words(found.conflicts, Effect.WARNING, hidden),
    )


def _words(conflicts: tuple[Conflict, ...], effect: Effect, hidden: HiddenCouncils) -> tuple[str, ...]:
    return tuple(said(found, hidden) for found in conflicts if found.effect is effect)


def descriptions(work: Work, peers: Iterable[PeerFacts]) -> dict[UUID, str]:
    """What each does and where: `Section 151 officer, Calderwick Council`."""
    known = {peer.id: peer for peer in peers}
    query = select(Peer.id, Peer.organisation).where(Peer.id.in_(known))
    organisations = {row.id: row.organisation for row in work.session.execute(query)}
    return {key: describe(peer, organisations[key], work.today) for key, peer in known.items()}


def describe(peer: PeerFacts, organisation: str | None, today: date) -> str:
    """What a peer does and where they do it now."""
    now = [held.authority_name for held in peer.affiliations if held.until is None or held.until >= today]
    return ", ".join(part for part in (peer.role, organisation, *now) if part)


def _leaders(work: Work, team: Team) -> frozenset[UUID]:
    leads = (TeamMember.team_id == team.id, TeamMember.leads)
    return frozenset(work.session.scalars(select(TeamMember.peer_id).where(*leads)))


def _named(work: Work, team: Team) -> tuple[str, ...]:
    register = authority_facts(work)
    return tuple(sorted(register[each].name for each in needs_of(team).named))


def _acceptances(work: Work, team: Team, *, opened: bool) -> dict[tuple[UUID, Rule, UUID | None], Acceptance]:
    holding = (WarningAccepted.team_id == team.id, WarningAccepted.ended_at.is_(None))
    rows = work.session.scalars(select(WarningAccepted).where(*holding)).all()
    return {
        (row.peer_id, Rule(row.rule), UUID(row.about) if row.about else None): Acceptance(
            name_of(work, row.accepted_by), row.accepted_at, row.reason if opened else None
        )
        for row in rows
    }
