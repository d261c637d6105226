"""The four questions, in order: wall, role and scope, need to know, compartment; the first "no" ends it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from clearinghouse.access.permissions import Needs, Openness, Permission
from clearinghouse.access.policy import POLICY, Reach
from clearinghouse.access.roles import Actor, ActorKind, Grant, Region, Role


class Membership(StrEnum):
    """In what capacity somebody is on a case."""

    OWNER = "owner"
    TEAM = "team"
    CUSTODIAN = "custodian"

    @property
    def words(self) -> str:
        """The capacity as screens name it."""
        return {"owner": "Owner", "team": "On the case", "custodian": "Source custodian"}[self.value]


@dataclass(frozen=True)
class CaseScope:
    """What access needs to know about a case, and nothing else of it.

    `carried_on_in` is the case that it was joined into: whoever reads that one reads this one too, and changes nothing.
    `lifted` are the people, each with an authority, between whom the wall is lifted for this case today. `opened` are
    those to whom it is open by break-glass: filled at the door of one case, never for a list.
    """

    regions: frozenset[Region]
    authorities: frozenset[UUID]
    members: frozenset[tuple[UUID, Membership]] = field(default_factory=frozenset)
    loggers: frozenset[UUID] = field(default_factory=frozenset)
    brokered: bool = False
    carried_on_in: "CaseScope | None" = None
    lifted: frozenset[tuple[UUID, UUID]] = field(default_factory=frozenset)
    opened: frozenset[UUID] = field(default_factory=frozenset)

    def is_on_case(self, person: UUID | None) -> bool:
        """Whether the person is on the case in any capacity."""
        return any(member == person for member, _ in self.members)

    def is_custodian(self, person: UUID | None) -> bool:
        """Whether the person is a named custodian of the case's sources."""
        return (person, Membership.CUSTODIAN) in self.members


@dataclass(frozen=True)
class Decision:
    """The answer: allowed by which right, or not at all. A refusal has no reason, for it must teach nothing.

    `role` and `reach` are the right as the ledger keeps it; the clock has none.
    """

    allowed: bool
    right: str = ""
    role: Role | None = None
    reach: Reach | None = None


REFUSED = Decision(allowed=False)
_SEEN_THROUGH = frozenset({Permission.CASE_HEADER, Permission.CASE_READ})
"""What whoever reads a case may do with one that was joined into it; its source stays with its own people."""


def may_enter(actor: Actor, needs: Needs) -> bool:
    """Whether a page that declares this need opens at all to the person, before any case is looked at."""
    if isinstance(needs, Openness):
        return True
    return any(grant.role in POLICY[needs] for grant in actor.grants)


def may(actor: Actor, permission: Permission, case: CaseScope) -> Decision:
    """Whether the person may do this with this case: wall first, then role and region, then need to know."""
    if actor.kind is ActorKind.CLOCK:
        return Decision(allowed=True, right="the clock")
    if is_walled(actor, case):
        return REFUSED
    for grant in actor.grants:
        reach = POLICY[permission].get(grant.role)
        if reach is not None and _reaches(reach, grant, actor, case):
            return Decision(True, _right(reach, grant, actor, case), grant.role, reach)
    if case.carried_on_in is not None and permission in _SEEN_THROUGH:
        through = may(actor, Permission.CASE_READ, case.carried_on_in)
        if through.allowed:
            return through
    if actor.id in case.opened and permission in _SEEN_THROUGH and not is_linked(actor, case):
        return _by_break_glass(actor)
    return REFUSED


def is_linked(actor: Actor, case: CaseScope) -> bool:
    """Whether the person is linked to an authority that the case names, be the wall lifted or not."""
    return bool(actor.walled & case.authorities)


def is_walled(actor: Actor, case: CaseScope) -> bool:
    """Whether a wall stands between the person and the case that is not lifted for it."""
    return any((actor.id, authority) not in case.lifted for authority in actor.walled & case.authorities)


def grants_reaching(actor: Actor, permission: Permission) -> tuple[tuple[Grant, Reach], ...]:
    """The person's grants that carry the permission, with how far each reaches: what a list's query is built from."""
    table = POLICY[permission]
    return tuple((grant, table[grant.role]) for grant in actor.grants if grant.role in table)


def permissions_of(grants: Iterable[Grant]) -> frozenset[Permission]:
    """Everything that the grants carry, however far: what navigation is built from."""
    held = {grant.role for grant in grants}
    return frozenset(permission for permission, row in POLICY.items() if held & row.keys())


def _reaches(reach: Reach, grant: Grant, actor: Actor, case: CaseScope) -> bool:
    if reach is Reach.ALL:
        return True
    if reach is Reach.BREAK_GLASS:
        # What two leads lifted for somebody shows what their roles show: break-glass adds nothing to it.
        return not grant.covers(case.regions) and not is_linked(actor, case)
    if not grant.covers(case.regions):
        return False
    match reach:
        case Reach.REGION:
            return True
        case Reach.ON_CASE:
            return case.is_on_case(actor.id)
        case Reach.BROKERED:
            return case.brokered
        case Reach.BROKERED_ON_CASE:
            return case.brokered and case.is_on_case(actor.id)
        case Reach.OWN_CONCERN:
            return actor.id in case.loggers or case.is_custodian(actor.id)
        case Reach.CUSTODIAN:
            return case.is_custodian(actor.id)
        case Reach.ADDRESSED:
            return False  # reaches what is addressed to the person, and never a case


def _by_break_glass(actor: Actor) -> Decision:
    """The right of whoever has opened the case, for as long as they hold a role that may open any."""
    for grant, _ in grants_reaching(actor, Permission.BREAKGLASS_OPEN):
        return Decision(True, f"{grant.words}, by break-glass", grant.role, Reach.BREAK_GLASS)
    return REFUSED


def _right(reach: Reach, grant: Grant, actor: Actor, case: CaseScope) -> str:
    capacities = sorted(capacity.words for person, capacity in case.members if person == actor.id)
    needs_place = reach in (Reach.ON_CASE, Reach.BROKERED_ON_CASE)
    return f"{capacities[0]}, {grant.role.words.lower()}" if needs_place and capacities else grant.words
