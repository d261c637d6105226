"""What a person can see and why: their roles by the policy table, their walls, and, for themselves, their cases."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import Membership, may, permissions_of
from clearinghouse.access.permissions import Permission
from clearinghouse.access.policy import POLICY, Reach
from clearinghouse.access.roles import Actor, Grant
from clearinghouse.casework.admission import scopes_of
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.people.accounts import check_administrator
from clearinghouse.casework.staff import actor_of, in_force, name_of
from clearinghouse.casework.walls import lifting_holds, with_lineage
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.vocabulary import Standing
from clearinghouse.records.absence import Deputy
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority, CaseMember
from clearinghouse.records.openings import WallLifting
from clearinghouse.records.people import AuthorityLink, LinkKind, RoleGrant, User

MOST_CASES = 200
_YOU = {"they": "you", "they_are": "you are", "them": "you"}
_THEY = {"they": "they", "they_are": "they are", "them": "them"}


@dataclass(frozen=True)
class Carried:
    """What a role carries as far as this: the words of how far, and of each permission."""

    how_far: str
    permissions: tuple[Permission, ...]


@dataclass(frozen=True)
class HeldRole:
    """One role that is held today, since when and until when, and what it carries."""

    grant: Grant
    since: date
    until: date | None
    carries: tuple[Carried, ...]


@dataclass(frozen=True)
class Wall:
    """An authority that one is walled off from, with those before and after it, why, and until when."""

    authority: str
    lineage: tuple[str, ...]
    kind: LinkKind
    until: date | None
    declared_by: str


@dataclass(frozen=True)
class OnCase:
    """A case that one is on, in which capacities; only what its header shows."""

    id: UUID
    reference: str
    authority: str
    capacities: tuple[str, ...]
    is_closed: bool


@dataclass(frozen=True)
class Lifted:
    """A case for which one's wall is lifted, until when."""

    id: UUID
    reference: str
    until: datetime


@dataclass(frozen=True)
class Covered:
    """That a deputy hears in somebody's place, for a region or the country, up to a day."""

    lead: str
    deputy: str
    where: str
    until: date


@dataclass(frozen=True)
class Seen:
    """What a person can see and why. `unseen` says in sentences what is not there for them.

    What is of cases is for themselves alone, and empty for an administrator who looks: not even a number.
    """

    person: str
    roles: tuple[HeldRole, ...]
    missing: tuple[Permission, ...]
    unseen: tuple[str, ...]
    walls: tuple[Wall, ...]
    covers: tuple[Covered, ...]
    cases: tuple[OnCase, ...] = ()
    more_cases: bool = False
    lifted: tuple[Lifted, ...] = ()


def what_i_can_see(world: World, actor: Actor) -> Seen:
    """One's own sight. Nothing on it is more than a list of cases shows: opening one is another matter."""
    with world.reading(actor) as work:
        cases = _cases_of(work)
        return _seen(
            work, actor, cases=cases[:MOST_CASES], more=len(cases) > MOST_CASES, lifted=_lifted(work)
        )


def what_they_can_see(world: World, actor: Actor, user_id: UUID) -> Seen:
    """Somebody's roles and walls, for an administrator, without anything of cases. Raises NotFound for all others."""
    with world.reading(actor) as work:
        check_administrator(actor)
        user = work.session.get(User, user_id)
        if user is None:
            raise NotFound
        return _seen(work, actor_of(work, user))


def _seen(
    work: Work,
    person: Actor,
    *,
    cases: tuple[OnCase, ...] = (),
    more: bool = False,
    lifted: tuple[Lifted, ...] = (),
) -> Seen:
    held = permissions_of(person.grants)
    words = _YOU if person.id == work.actor.id else _THEY
    return Seen(
        person.name,
        _roles(work, person.person, words),
        tuple(permission for permission in POLICY if permission not in held),
        tuple(sentence.format(**words) for sentence in _unseen(person)),
        _walls(work, person.person),
        _covers(work, person.person),
        cases,
        more,
        lifted,
    )


def _roles(work: Work, user_id: UUID, words: Mapping[str, str]) -> tuple[HeldRole, ...]:
    rows = work.session.scalars(
        select(RoleGrant).where(RoleGrant.user_id == user_id, in_force(work.today)).order_by(RoleGrant.id)
    ).all()
    return tuple(
        HeldRole(grant := Grant(row.role, row.region), row.starts_on, row.ends_on, _carries(grant, words))
        for row in rows
    )


def _carries(grant: Grant, words: Mapping[str, str]) -> tuple[Carried, ...]:
    """What the policy table says of the role, how far by how far, the widest first."""
    reaches = (Reach.ALL, Reach.REGION, *(reach for reach in Reach if reach not in (Reach.ALL, Reach.REGION)))
    found = (
        (reach, tuple(each for each, row in POLICY.items() if row.get(grant.role) is reach))
        for reach in reaches
    )
    return tuple(
        Carried(_how_far(reach, grant).format(**words), permissions)
        for reach, permissions in found
        if permissions
    )


def _how_far(reach: Reach, grant: Grant) -> str:
    """How far, as a sentence begins that goes on with a list; `{they}` is whoever holds the role."""
    where = f"the {grant.region} region" if grant.region else "every region"
    words = {
        Reach.ALL: "Everywhere",
        Reach.REGION: f"In {where}",
        Reach.ON_CASE: f"In {where}, on the cases that {{they_are}} on",
        Reach.BROKERED: f"In {where}, on cases in political brokerage",
        Reach.BROKERED_ON_CASE: f"In {where}, on cases in political brokerage that {{they_are}} on",
        Reach.OWN_CONCERN: f"In {where}, on concerns that {{they}} logged or whose custodian {{they_are}}",
        Reach.CUSTODIAN: f"In {where}, where {{they_are}} named as custodian",
        Reach.ADDRESSED: "What is addressed to {them}",
    }
    return words.get(reach, reach.value.capitalize())


def _unseen(person: Actor) -> tuple[str, ...]:
    """What is not there for the person, as sentences that say why."""
    said = []
    header = [grant for grant in person.grants if grant.role in POLICY[Permission.CASE_HEADER]]
    reading = [grant for grant in person.grants if grant.role in POLICY[Permission.CASE_READ]]
    everywhere = [
        grant
        for grant in header
        if grant.region is None or POLICY[Permission.CASE_HEADER][grant.role] is Reach.ALL
    ]
    if not header:
        said.append("No case: none of the roles shows any. Each answers as if it were not there.")
    elif not everywhere:
        said.append("Cases of other regions. Each answers as if it were not there.")
    if header and not reading:
        said.append(
            "What is written in a case: concerns, conversations and meetings. Only headers are shown."
        )
    if any(POLICY[Permission.CASE_READ][grant.role] is Reach.ON_CASE for grant in reading):
        said.append("What is written in a case that somebody else works on, unless a lead adds {them} to it.")
    if any(POLICY[Permission.CASE_HEADER][grant.role] is Reach.BROKERED for grant in header):
        said.append("Cases that are not in political brokerage.")
    if reading:
        logs = any(POLICY[Permission.SOURCE_READ].get(grant.role) is Reach.OWN_CONCERN for grant in reading)
        unless = "{they} logged it or a lead" if logs else "another lead"
        said.append(f"Who raised a concern, unless {unless} named {{them}} as custodian.")
    if person.walled:
        said.append(
            "Whatever names an authority that {they_are} walled off from, whichever role {they} hold."
        )
    return tuple(said)


def _walls(work: Work, user_id: UUID) -> tuple[Wall, ...]:
    rows = work.session.execute(
        select(AuthorityLink, Authority.nice_name)
        .join(Authority, Authority.id == AuthorityLink.authority_id)
        .where(AuthorityLink.user_id == user_id)
        .order_by(Authority.nice_name, AuthorityLink.id)
    ).all()
    return tuple(
        Wall(name, _lineage(work, link.authority_id), link.kind, link.until, name_of(work, link.declared_by))
        for link, name in rows
        if link.until is None or link.until >= work.today
    )


def _lineage(work: Work, authority_id: UUID) -> tuple[str, ...]:
    others = with_lineage(work.session, (authority_id,)) - {authority_id}
    names = select(Authority.nice_name).where(Authority.id.in_(others)).order_by(Authority.nice_name)
    return tuple(work.session.scalars(names))


def _covers(work: Work, user_id: UUID) -> tuple[Covered, ...]:
    of_person = (Deputy.lead_id == user_id) | (Deputy.deputy_id == user_id)
    rows = work.session.scalars(
        select(Deputy)
        .where(of_person, Deputy.ended_at.is_(None), Deputy.until >= work.today)
        .order_by(Deputy.starts_on, Deputy.id)
    )
    return tuple(
        Covered(
            name_of(work, row.lead_id),
            name_of(work, row.deputy_id),
            row.region.value if row.region else "the country",
            row.until,
        )
        for row in rows
    )


def _cases_of(work: Work) -> tuple[OnCase, ...]:
    """The cases that the actor is on and may see the header of today, open ones first; one more than is shown."""
    rows = work.session.execute(
        select(Case, CaseMember.membership)
        .join(CaseMember, CaseMember.case_id == Case.id)
        .where(CaseMember.user_id == work.actor.person)
        .order_by(Case.standing == Standing.CLOSED, Case.reference)
        .limit(4 * MOST_CASES)
    ).all()
    cases = {case.id: case for case, _ in rows}
    capacities: dict[UUID, list[Membership]] = {}
    for case, membership in rows:
        capacities.setdefault(case.id, []).append(membership)
    scopes = scopes_of(work, {key: case.route for key, case in cases.items()})
    seen = [key for key in cases if may(work.actor, Permission.CASE_HEADER, scopes[key]).allowed]
    names = _lead_authorities(work, seen)
    found = tuple(
        OnCase(
            key,
            cases[key].reference,
            names[key],
            tuple(each.words for each in sorted(capacities[key])),
            cases[key].standing is Standing.CLOSED,
        )
        for key in seen
    )
    return found[: MOST_CASES + 1]


def _lead_authorities(work: Work, cases: Iterable[UUID]) -> dict[UUID, str]:
    query = (
        select(CaseAuthority.case_id, Authority.nice_name)
        .join(Authority, Authority.id == CaseAuthority.authority_id)
        .where(CaseAuthority.case_id.in_(tuple(cases)), CaseAuthority.is_lead.is_(True))
    )
    return {row.case_id: row.nice_name for row in work.session.execute(query)}


def _lifted(work: Work) -> tuple[Lifted, ...]:
    rows = work.session.execute(
        select(WallLifting, Case)
        .join(Case, Case.id == WallLifting.case_id)
        .where(WallLifting.user_id == work.actor.person, *lifting_holds(work.now))
        .order_by(WallLifting.until)
    ).all()
    scopes = scopes_of(work, {case.id: case.route for _, case in rows})
    return tuple(
        Lifted(case.id, case.reference, row.until)
        for row, case in rows
        if row.until and may(work.actor, Permission.CASE_HEADER, scopes[case.id]).allowed
    )
