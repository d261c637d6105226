"""Who can see a case, asked of the policy itself for everybody who might, and who has opened it."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from clearinghouse.access.decision import REFUSED, CaseScope, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.policy import POLICY, Reach
from clearinghouse.access.roles import Actor, Grant, Region, Role
from clearinghouse.casework.opened import opened_to
from clearinghouse.casework.staff import active_actor, in_force, leads_of
from clearinghouse.casework.walls import lifting_waits, with_lineage
from clearinghouse.casework.world import Work
from clearinghouse.records import ledger
from clearinghouse.records.events import Event
from clearinghouse.records.meetings import Escalation
from clearinghouse.records.openings import WallLifting
from clearinghouse.records.people import AuthorityLink, RoleGrant, User, UserState
from clearinghouse.records.sealed import Compartment

SHOWN_OPENINGS = 50


@dataclass(frozen=True)
class Reader:
    """Somebody who can read the case, by which right, and whether they may learn who raised it."""

    id: UUID
    name: str
    right: str
    may_know_source: bool


@dataclass(frozen=True)
class HeaderReaders:
    """How many people of one role can see the case's header and no more."""

    role: Role
    people: int


@dataclass(frozen=True)
class Sight:
    """Everybody who can see a case. Those who are walled off are left out, without a word.

    `second_leads` are the leads elsewhere to whom that part of it is shown which waits for a second one to decide.
    """

    readers: tuple[Reader, ...]
    header_only: tuple[HeaderReaders, ...]
    second_leads: int = 0

    @property
    def everybody(self) -> frozenset[UUID]:
        """The keys of all who can read the case."""
        return frozenset(reader.id for reader in self.readers)


@dataclass(frozen=True)
class Opening:
    """That somebody opened a compartment of the case, when, and as what; no role for a second view of a referral.

    `in_search` where they were shown parts of it among what a search found, `by_break_glass` where that was their
    right. Which compartment is not known any more once what the history says was destroyed.
    """

    by: str
    at: datetime
    compartment: Compartment | None
    role: Role | None
    in_search: bool = False
    by_break_glass: bool = False


def who_can_see(work: Work, scope: CaseScope) -> Sight:
    """Everybody who can see a case of this scope today, those who are on it first."""
    readers, others = list[Reader](), Counter[Role]()
    for person in people_who_might(work, scope):
        decision = may(person, Permission.CASE_READ, scope)
        if decision.allowed:
            source = may(person, Permission.SOURCE_READ, scope).allowed
            readers.append(
                Reader(person.person, person.name, _capacity(person, scope, decision.right), source)
            )
        elif may(person, Permission.CASE_HEADER, scope).allowed:
            others[_header_role(person, scope)] += 1
    readers.sort(key=lambda reader: (not scope.is_on_case(reader.id), reader.name))
    return Sight(tuple(readers), tuple(HeaderReaders(role, others[role]) for role in Role if others[role]))


def who_can_see_now(work: Work, case_id: UUID, scope: CaseScope) -> Sight:
    """Everybody who can see this case today: those too to whom it is open by break-glass, and those to whom it shows no
    more than what waits for a second lead.
    """
    seen = who_can_see(work, scope)
    seen = replace(seen, readers=(*seen.readers, *_by_break_glass(work, case_id, scope, seen.everybody)))
    if not _waits_for_second(work, case_id):
        return seen
    leads = {lead.id for lead in leads_of(work, tuple(Region), scope.authorities)}
    return replace(seen, second_leads=len(leads - seen.everybody))


def people_who_might(work: Work, scope: CaseScope) -> tuple[Actor, ...]:
    """Every active person with a role that could reach a case of these regions, as access knows them today.

    Their wall is drawn round this case's authorities alone, which is all that a decision about it looks at.
    """
    everywhere = [role for role, reach in POLICY[Permission.CASE_HEADER].items() if reach is Reach.ALL]
    scopes = _with_onward(scope)
    regions = frozenset(region for each in scopes for region in each.regions)
    near = or_(RoleGrant.region.is_(None), RoleGrant.region.in_(regions), RoleGrant.role.in_(everywhere))
    rows = work.session.execute(
        select(User.id, User.name, RoleGrant.role, RoleGrant.region)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(User.state == UserState.ACTIVE, in_force(work.today), near)
        .order_by(User.name, User.id, RoleGrant.id)
    ).all()
    grants: dict[UUID, list[Grant]] = {}
    for row in rows:
        grants.setdefault(row.id, []).append(Grant(row.role, row.region))
    # The case that this one was joined into may name more: who is walled off from that alone still sees this one.
    walls = [(scope.authorities, _linked_to(work, scope.authorities))]
    walls += [
        (each.authorities - scope.authorities, _linked_to(work, each.authorities)) for each in scopes[1:]
    ]
    names = {row.id: row.name for row in rows}
    return tuple(
        Actor(
            person,
            names[person],
            grants=tuple(held),
            walled=frozenset(
                each for authorities, linked in walls if person in linked for each in authorities
            ),
        )
        for person, held in grants.items()
    )


def who_has_opened(work: Work, case_id: UUID, limit: int = SHOWN_OPENINGS) -> tuple[Opening, ...]:
    """The latest openings of the case's compartments, the last first."""
    entries = ledger.entries(work.session, case_id, Event.CASE_OPENED, Event.SOURCE_OPENED, limit=limit)
    names = names_of(work, {entry.actor for entry in entries})
    return tuple(
        Opening(
            names[entry.actor],
            entry.at,
            Compartment(str(said)) if (said := entry.facts.get("compartment")) else None,
            Role(str(role)) if (role := entry.facts.get("role")) else None,
            "search" in entry.facts,
            entry.facts.get("reach") == Reach.BREAK_GLASS,
        )
        for entry in entries
    )


def names_of(work: Work, actors: Collection[str]) -> dict[str, str]:
    """The names of those whom the ledger calls by a key, and of the clock and the operator."""
    names = {actor: f"The {actor}" for actor in actors}
    people = [UUID(actor) for actor in actors if len(actor) == len(str(UUID(int=0)))]
    for person in work.session.execute(select(User.id, User.name).where(User.id.in_(people))):
        names[str(person.id)] = person.name
    return names


def _by_break_glass(work: Work, case_id: UUID, scope: CaseScope, known: Collection[UUID]) -> Iterator[Reader]:
    opened = opened_to(work, case_id)
    door = replace(scope, opened=frozenset(opened))
    for person_id in opened.keys() - set(known):
        person = active_actor(work, person_id)
        decision = may(person, Permission.CASE_READ, door) if person else REFUSED
        if person is not None and decision.allowed:
            yield Reader(person_id, person.name, decision.right, may_know_source=False)


def _waits_for_second(work: Work, case_id: UUID) -> bool:
    """Whether a referral, or the lifting of a wall, waits for a second lead."""
    referral = select(Escalation.id).where(
        Escalation.case_id == case_id,
        Escalation.at_once.is_(True),
        Escalation.corrects_id.is_(None),
        Escalation.confirmed_by.is_(None),
    )
    lifting = select(WallLifting.id).where(WallLifting.case_id == case_id, *lifting_waits(work.now))
    return any(work.session.scalars(query.limit(1)).first() is not None for query in (referral, lifting))


def _with_onward(scope: CaseScope) -> tuple[CaseScope, ...]:
    return (scope,) if scope.carried_on_in is None else (scope, *_with_onward(scope.carried_on_in))


def _linked_to(work: Work, authorities: Collection[UUID]) -> frozenset[UUID]:
    holds = or_(AuthorityLink.until.is_(None), AuthorityLink.until >= work.today)
    near = with_lineage(work.session, authorities)
    return frozenset(
        work.session.scalars(select(AuthorityLink.user_id).where(AuthorityLink.authority_id.in_(near), holds))
    )


def _capacity(person: Actor, scope: CaseScope, right: str) -> str:
    """Owner before all else: somebody may read by their role and be on the case as well."""
    capacities = sorted(capacity.words for member, capacity in scope.members if member == person.id)
    return right if not capacities or right.startswith(capacities[0]) else f"{capacities[0]}; {right}"


def _header_role(person: Actor, scope: CaseScope) -> Role:
    alone = (
        grant.role
        for grant in person.grants
        if may(Actor(person.id, person.name, grants=(grant,)), Permission.CASE_HEADER, scope).allowed
    )
    return next(alone)
