"""Peers and teams as the rules look at them, read in a few queries whatever their number; nothing sealed is opened."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy import Select, select

from clearinghouse.access.decision import CaseScope, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Region
from clearinghouse.casework.authorities import authority_facts
from clearinghouse.casework.peers.days import in_two_years
from clearinghouse.casework.world import Work
from clearinghouse.protocol.conflicts import Conflict, Rule
from clearinghouse.protocol.matching import TeamRequest
from clearinghouse.protocol.peers import (
    Affiliation,
    AuthorityFacts,
    Deployment,
    PeerFacts,
    Period,
    reviews_made_by,
)
from clearinghouse.protocol.vocabulary import Route
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority, CaseRegion
from clearinghouse.records.peers import (
    Peer,
    PeerAbsence,
    PeerAffiliation,
    PeerInterest,
    Team,
    TeamMember,
    WarningAccepted,
)

_T = TypeVar("_T")
_Query: TypeAlias = "Select[*tuple[Any, ...]]"
_IN_ONE_QUERY = 500


@dataclass(frozen=True)
class Served:
    """One peer's part in a team that was assigned. `until` is the day its work ended, None while it runs."""

    team_id: UUID
    case_id: UUID
    peer_id: UUID
    authority_id: UUID
    first: date
    last: date
    until: date | None
    leads: bool


@dataclass(frozen=True)
class HiddenCouncils:
    """The names of councils where teams served of which the actor may not know; `walled` are those behind a wall."""

    names: frozenset[str]
    walled: frozenset[str]


@dataclass(frozen=True)
class TeamGround:
    """A team with everything the rules need to look at it today."""

    request: TeamRequest
    authority: AuthorityFacts
    register: Mapping[UUID, AuthorityFacts]
    members: tuple[PeerFacts, ...]
    accepted: Mapping[UUID, frozenset[tuple[Rule, UUID | None]]]


def peer_facts(work: Work, ids: Collection[UUID] | None = None) -> dict[UUID, PeerFacts]:
    """The peers of these ids, or all of them, with where they belong, when they are away and where they served."""
    if ids is not None and len(ids) > _IN_ONE_QUERY:
        return {key: facts for key, facts in peer_facts(work).items() if key in ids}
    types = type_names(work)
    belongs = _grouped(work, _affiliations(), ids, lambda row: Affiliation(*row[1:]))
    away = _grouped(
        work,
        select(PeerAbsence.peer_id, PeerAbsence.first, PeerAbsence.last),
        ids,
        lambda row: Period(row.first, row.last),
    )
    interests = _grouped(
        work, select(PeerInterest.peer_id, PeerInterest.authority_id), ids, lambda row: row.authority_id
    )
    deployed = _deployments(served_by(work))
    used = in_two_years(work, ids)
    columns = [column for column in Peer.__table__.c if column.name != "contact_sealed"]
    query = _only(select(*columns), Peer.id, ids)
    return {
        row.id: PeerFacts(
            id=row.id,
            name=row.name,
            kind=row.kind,
            role=row.role,
            seniority=row.seniority,
            political_group=row.political_group,
            affiliations=tuple(belongs.get(row.id, ())),
            interests=frozenset(interests.get(row.id, ())),
            themes=frozenset(row.themes),
            services=frozenset(row.services),
            authority_types=frozenset(types.get(code, code) for code in row.authority_types),
            regions=frozenset(row.regions),
            accredited_from=row.accredited_from,
            accredited_until=row.accredited_until,
            suspended=row.suspended,
            days_offered=row.days_offered,
            days_used=used.get(row.id, (0, 0))[0],
            days_booked_next=used.get(row.id, (0, 0))[1],
            unavailable=tuple(away.get(row.id, ())),
            deployments=deployed.get(row.id, ()),
            led_reviews=row.led_reviews,
        )
        for row in work.session.execute(query)
    }


def type_names(work: Work) -> dict[str, str]:
    """The names of the register's types of authority, by code."""
    rows = work.session.execute(select(Authority.type, Authority.type_name).distinct())
    return {row.type: row.type_name for row in rows}


def served_by(work: Work, peer_id: UUID | None = None) -> list[Served]:
    """Who served on which assigned team, of one peer or of all, the latest first."""
    query = (
        select(
            Team.id,
            Team.case_id,
            TeamMember.peer_id,
            Team.authority_id,
            Team.first,
            Team.last,
            Team.ended_on,
            TeamMember.leads,
        )
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(Team.assigned_at.is_not(None))
        .order_by(Team.first.desc(), Team.id, TeamMember.peer_id)
    )
    rows = work.session.execute(_only(query, TeamMember.peer_id, None if peer_id is None else [peer_id]))
    return [
        Served(
            row.id,
            row.case_id,
            row.peer_id,
            row.authority_id,
            row.first,
            row.last,
            row.ended_on or (row.last if row.last < work.today else None),
            row.leads,
        )
        for row in rows
    ]


def unseen_teams(work: Work, served: Iterable[Served]) -> frozenset[UUID]:
    """The teams of these of which the actor may not know: of cases hidden from them, or sent to where they are linked.

    A case's authority may have been corrected since its team was sent.
    """
    rows = list(served)
    hidden = _unseen_cases(work, {each.case_id for each in rows})
    walled = work.actor.walled
    return frozenset(each.team_id for each in rows if each.case_id in hidden or each.authority_id in walled)


def _unseen_cases(work: Work, cases: Collection[UUID]) -> frozenset[UUID]:
    """Those of these cases whose very existence the actor may not know of."""
    regions = _sets(work, select(CaseRegion.case_id, CaseRegion.region).where(CaseRegion.case_id.in_(cases)))
    named = _sets(
        work,
        select(CaseAuthority.case_id, CaseAuthority.authority_id).where(CaseAuthority.case_id.in_(cases)),
    )
    brokered = set(
        work.session.scalars(
            select(Case.id).where(Case.id.in_(cases), Case.route == Route.POLITICAL_BROKERAGE)
        )
    )
    return frozenset(
        case
        for case in cases
        if not may(
            work.actor,
            Permission.CASE_HEADER,
            CaseScope(
                regions=frozenset(Region(region) for region in regions.get(case, ())),
                authorities=frozenset(named.get(case, ())),
                brokered=case in brokered,
            ),
        ).allowed
    )


def team_ground(
    work: Work, team: Team, request: TeamRequest, pool: Mapping[UUID, PeerFacts] | None = None
) -> TeamGround:
    """The team with today's facts; `pool` are peers that were read already, and must then hold its members.

    The council's own reviews elsewhere are found among all who ever served.
    """
    member_ids = list(
        work.session.scalars(
            select(TeamMember.peer_id)
            .where(TeamMember.team_id == team.id)
            .order_by(TeamMember.added_at, TeamMember.id)
        )
    )
    if pool is None:
        pool = peer_facts(work, {*member_ids, *(served.peer_id for served in served_by(work))})
    register = authority_facts(work)
    authority = register[team.authority_id]
    return TeamGround(
        request=request,
        authority=replace(authority, reviews_made=reviews_made_by(authority, pool.values(), register)),
        register=register,
        members=tuple(pool[each] for each in member_ids),
        accepted=_accepted(work, team.id),
    )


def said(conflict: Conflict, hidden: HiddenCouncils) -> str:
    """A conflict in words, without naming a council whose review the actor may not know of.

    Behind a wall not even the rule is said: where a peer belongs is in the register, and the two together name it.
    """
    without_names = _WITHOUT_NAMES.get(conflict.rule)
    if without_names is None or not any(name in conflict.words for name in hidden.names):
        return conflict.words
    tells = conflict.rule is not Rule.WORKED_TOGETHER
    return _WALLED if tells and any(name in conflict.words for name in hidden.walled) else without_names


def is_told(conflict: Conflict, hidden: HiddenCouncils) -> bool:
    """Whether the actor is told which rule it is; where not, it is neither named to them nor theirs to accept."""
    return said(conflict, hidden) != _WALLED


def warned(rule: Rule, hidden: HiddenCouncils) -> str:
    """A warning that was accepted, in words that hold whatever has become of the facts since; it names nobody.

    Whoever is walled off a council where a team served is not told of any reason that lies in a review.
    """
    return _UNTOLD if hidden.walled and rule in _TELLS_OF_REVIEWS else _WARNED[rule]


def hidden_councils(work: Work) -> HiddenCouncils:
    """The councils where teams served of which the actor may not know."""
    served = served_by(work)
    unseen = unseen_teams(work, served)
    register = authority_facts(work)
    lines = (register[each.authority_id].lineage for each in served if each.team_id in unseen)
    found = frozenset(each for line in lines for each in line if each in register)
    return HiddenCouncils(
        frozenset(register[each].name for each in found),
        frozenset(register[each].name for each in found & work.actor.walled),
    )


_WITHOUT_NAMES = {
    Rule.WORKED_TOGETHER: "Has worked with a member of the team before.",
    Rule.RECIPROCAL_REVIEW: "Belongs to a council that people of this one reviewed in the last three years.",
    Rule.REVIEWED_BEFORE: "Served on a review of a council of the same line in the last three years.",
}
_WARNED = _WITHOUT_NAMES | {
    Rule.NEIGHBOUR: "Belongs to a council that neighbours this one.",
    Rule.SAME_GROUP: "Belongs to the council’s ruling group, in a team without a councillor of another group.",
}
_TELLS_OF_REVIEWS = frozenset({Rule.RECIPROCAL_REVIEW, Rule.REVIEWED_BEFORE})
_UNTOLD = "There is a reason against them here that you may not be told."
_WALLED = f"{_UNTOLD} A lead without your links must look at it."


def _affiliations() -> _Query:
    return (
        select(
            PeerAffiliation.peer_id,
            PeerAffiliation.authority_id,
            Authority.name,
            PeerAffiliation.since,
            PeerAffiliation.until,
        )
        .join(Authority, Authority.id == PeerAffiliation.authority_id)
        .order_by(PeerAffiliation.peer_id, PeerAffiliation.until.is_not(None), PeerAffiliation.id)
    )


def _deployments(served: Iterable[Served]) -> dict[UUID, tuple[Deployment, ...]]:
    teams: dict[UUID, set[UUID]] = {}
    rows = list(served)
    for row in rows:
        teams.setdefault(row.team_id, set()).add(row.peer_id)
    found: dict[UUID, tuple[Deployment, ...]] = {}
    for row in rows:
        role = "lead" if row.leads else ""
        others = frozenset(teams[row.team_id] - {row.peer_id})
        one = Deployment(row.authority_id, row.until, role, others)
        found[row.peer_id] = (*found.get(row.peer_id, ()), one)
    return found


def _accepted(work: Work, team_id: UUID) -> dict[UUID, frozenset[tuple[Rule, UUID | None]]]:
    found: dict[UUID, frozenset[tuple[Rule, UUID | None]]] = {}
    for row in work.session.execute(
        select(WarningAccepted.peer_id, WarningAccepted.rule, WarningAccepted.about).where(
            WarningAccepted.team_id == team_id, WarningAccepted.ended_at.is_(None)
        )
    ):
        key = (Rule(row.rule), UUID(row.about) if row.about else None)
        found[row.peer_id] = found.get(row.peer_id, frozenset()) | {key}
    return found


def _only(query: _Query, column: Any, ids: Collection[UUID] | None) -> _Query:
    return query if ids is None else query.where(column.in_(ids))


def _grouped(
    work: Work, query: _Query, ids: Collection[UUID] | None, read: Callable[[Any], _T]
) -> dict[UUID, list[_T]]:
    """What the query finds, by its first column, which is the peer's key."""
    found: dict[UUID, list[_T]] = {}
    for row in work.session.execute(_only(query, query.selected_columns[0], ids)):
        found.setdefault(row[0], []).append(read(row))
    return found


def _sets(work: Work, query: _Query) -> dict[UUID, set[Any]]:
    found: dict[UUID, set[Any]] = {}
    for key, value in work.session.execute(query):
        found.setdefault(key, set()).add(value)
    return found
