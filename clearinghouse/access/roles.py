"""The roles that people hold, the regions they hold them in, and the person or process that acts."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What somebody is here to do (design: who uses it)."""

    ASSOCIATE = "associate"
    RIEP_OFFICER = "riep_officer"
    COORDINATOR = "coordinator"
    LEAD = "lead"
    POLITICAL_LEAD = "political_lead"
    AUDIT_OFFICER = "audit_officer"
    REGULATOR = "regulator"
    ADMINISTRATOR = "administrator"

    @property
    def words(self) -> str:
        """The role as screens name it."""
        return _ROLE_WORDS[self]


class Region(StrEnum):
    """The nine regions of England, each with its RIEP."""

    NORTH_EAST = "North East"
    NORTH_WEST = "North West"
    YORKSHIRE_AND_THE_HUMBER = "Yorkshire and The Humber"
    EAST_MIDLANDS = "East Midlands"
    WEST_MIDLANDS = "West Midlands"
    EAST_OF_ENGLAND = "East of England"
    LONDON = "London"
    SOUTH_EAST = "South East"
    SOUTH_WEST = "South West"


@dataclass(frozen=True)
class Grant:
    """One role held in one region, or nationally where the region is None."""

    role: Role
    region: Region | None = None

    def covers(self, regions: frozenset[Region]) -> bool:
        """Whether the grant reaches a case of these regions."""
        return self.region is None or self.region in regions

    @property
    def words(self) -> str:
        """The grant as screens name it: role and region."""
        return f"{self.role.words}, {self.region or 'national'}"


class ActorKind(StrEnum):
    """Who can act: a signed-in person, the clock, the operator on the host, a peer by their own link, or a stranger."""

    PERSON = "person"
    CLOCK = "clock"
    OPERATOR = "operator"
    PEER = "peer"
    STRANGER = "stranger"


@dataclass(frozen=True)
class Actor:
    """Whoever acts, with what access needs to know about them.

    `walled` holds the authorities that the person is linked to, lineage included.
    """

    id: UUID | None
    name: str
    kind: ActorKind = ActorKind.PERSON
    grants: tuple[Grant, ...] = ()
    walled: frozenset[UUID] = field(default_factory=frozenset)

    @property
    def person(self) -> UUID:
        """The acting person's key. Raises LookupError where the clock or the operator acts."""
        if self.id is None:
            raise LookupError("only a person can do this")
        return self.id

    def has(self, role: Role) -> bool:
        """Whether the person holds the role anywhere."""
        return any(grant.role is role for grant in self.grants)


CLOCK = Actor(id=None, name="The clock", kind=ActorKind.CLOCK)
OPERATOR = Actor(id=None, name="The operator", kind=ActorKind.OPERATOR)
PEER = Actor(id=None, name="A peer", kind=ActorKind.PEER)
STRANGER = Actor(id=None, name="Somebody not signed in", kind=ActorKind.STRANGER)

_ROLE_WORDS = {
    Role.ASSOCIATE: "Regional associate",
    Role.RIEP_OFFICER: "RIEP officer",
    Role.COORDINATOR: "Peer coordinator",
    Role.LEAD: "Lead",
    Role.POLITICAL_LEAD: "Political lead",
    Role.AUDIT_OFFICER: "Audit officer",
    Role.REGULATOR: "Regulator",
    Role.ADMINISTRATOR: "Administrator",
}
