"""What the rules know of peers and councils: facts, how councils are related, where a peer belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import hypot, pi, sqrt
from uuid import UUID

from clearinghouse.protocol.vocabulary import Worded

NEIGHBOUR_FACTOR = 1.3
METRES_IN_A_KILOMETRE = 1000


class PeerKind(Worded):
    """What a peer is: an elected member, an officer, or a specialist from outside local government."""

    COUNCILLOR = "councillor", "Councillor"
    OFFICER = "officer", "Officer"
    SPECIALIST = "specialist", "Specialist"


class Kinship(StrEnum):
    """How a council is related to the one that asks for peers."""

    ITSELF = "itself"
    PREDECESSOR = "predecessor"
    SUCCESSOR = "successor"
    COUNTY = "county"
    DISTRICT = "district"
    FORMER_COUNTY = "former_county"
    FORMER_DISTRICT = "former_district"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from first to last, both included. Raises ValueError where the last is before the first."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a period cannot end before it begins")

    def overlaps(self, other: Period) -> bool:
        """Whether any day is in both."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class Review:
    """A council that was reviewed, and the day the review ended."""

    authority: UUID
    ended: date


@dataclass(frozen=True, slots=True)
class AuthorityFacts:
    """A council as the register has it.

    Lineage is transitive in both directions. `x` and `y` are metres on the national grid. `reviews_made` are
    reviews of other councils on which this council's own people served (see `reviews_made_by`).
    """

    id: UUID
    name: str
    type: str
    region: str
    county: UUID | None = None
    districts: frozenset[UUID] = frozenset()
    predecessors: frozenset[UUID] = frozenset()
    successors: frozenset[UUID] = frozenset()
    start: date | None = None
    end: date | None = None
    x: float | None = None
    y: float | None = None
    area_km2: float | None = None
    ruling_group: str | None = None
    ruling_group_since: date | None = None
    reviews_made: frozenset[Review] = frozenset()

    @property
    def lineage(self) -> frozenset[UUID]:
        """The council itself with all it replaced and all that replaced it."""
        return self.predecessors | self.successors | {self.id}


@dataclass(frozen=True, slots=True)
class Affiliation:
    """Where a peer belongs or belonged; `until` is the last day, and None where no leaving is recorded."""

    authority: UUID
    authority_name: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """A review the peer served on; `ended` is None while it runs. `team` holds the other peers on it."""

    authority: UUID
    ended: date | None
    role: str = ""
    team: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class PeerFacts:
    """A peer as the register has them.

    Days are those offered and used in the council year of today; `days_booked_next` are counted on in the next one.
    """

    id: UUID
    name: str
    kind: PeerKind
    role: str = ""
    seniority: str = ""
    political_group: str | None = None
    affiliations: tuple[Affiliation, ...] = ()
    interests: frozenset[UUID] = frozenset()
    themes: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    authority_types: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    accredited_from: date | None = None
    accredited_until: date | None = None
    suspended: bool = False
    days_offered: int = 0
    days_used: int = 0
    days_booked_next: int = 0
    unavailable: tuple[Period, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    led_reviews: int = 0


@dataclass(frozen=True, slots=True)
class Tie:
    """Where an affiliation leads: the council named and, where it was abolished meanwhile, its heirs."""

    authority: UUID
    name: str
    since: date | None
    until: date | None
    heirs: frozenset[UUID] = frozenset()

    @property
    def places(self) -> tuple[UUID, ...]:
        """The council named, then its heirs in a fixed order."""
        return (self.authority, *sorted(self.heirs)) if self.heirs else (self.authority,)

    def holds_on(self, day: date) -> bool:
        """Whether the peer belonged on that day; a missing date bounds nothing."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def meets(self, other: Tie) -> bool:
        """Whether both were there at one time."""
        return (self.until is None or other.since is None or other.since <= self.until) and (
            other.until is None or self.since is None or self.since <= other.until
        )


def kin_of(authority: AuthorityFacts, register: Mapping[UUID, AuthorityFacts]) -> dict[UUID, Kinship]:
    """The councils whose people may not serve here: itself, its lineage, its county, its districts.

    County and districts count with what they replaced, and the county with what replaced it.
    """
    kin: dict[UUID, Kinship] = {}
    for district in authority.districts:
        if district in register:
            kin.update(dict.fromkeys(register[district].predecessors, Kinship.FORMER_DISTRICT))
    county = register.get(authority.county) if authority.county is not None else None
    if county is not None:
        kin.update(dict.fromkeys(county.predecessors | county.successors, Kinship.FORMER_COUNTY))
    kin.update(dict.fromkeys(authority.districts, Kinship.DISTRICT))
    if authority.county is not None:
        kin[authority.county] = Kinship.COUNTY
    kin.update(dict.fromkeys(authority.successors, Kinship.SUCCESSOR))
    kin.update(dict.fromkeys(authority.predecessors, Kinship.PREDECESSOR))
    kin[authority.id] = Kinship.ITSELF
    return kin


def are_neighbours(one: AuthorityFacts, other: AuthorityFacts) -> bool:
    """Whether two councils are near: their distance is at most 1.3 times the sum of their radii.

    A council's radius is that of a circle of its area (design 6). False where the register lacks a coordinate
    or an area of either.
    """
    if one.x is None or one.y is None or other.x is None or other.y is None:
        return False
    if one.area_km2 is None or other.area_km2 is None:
        return False
    distance = hypot(one.x - other.x, one.y - other.y) / METRES_IN_A_KILOMETRE
    return distance <= NEIGHBOUR_FACTOR * (sqrt(one.area_km2 / pi) + sqrt(other.area_km2 / pi))


_NO_HEIRS: frozenset[UUID] = frozenset()


def ties(peer: PeerFacts, register: Mapping[UUID, AuthorityFacts]) -> tuple[Tie, ...]:
    """Where the peer's affiliations lead.

    Who belonged to a council when it was abolished belongs to its successors until recorded as having left:
    by a last day on that affiliation, or by an affiliation of their own with a successor, which then says
    where they went; the old one counts as left with the council's last day.
    """
    found = []
    for held in peer.affiliations:
        council = register.get(held.authority)
        until, heirs = held.until, _NO_HEIRS
        if council is not None and council.end is not None and (until is None or until > council.end):
            if _went_to_a_successor(peer, council):
                until = last_day_of(council, register)
            else:
                heirs = council.successors
        found.append(Tie(held.authority, held.authority_name, held.since, until, heirs))
    return tuple(found)


def last_day_of(council: AuthorityFacts, register: Mapping[UUID, AuthorityFacts]) -> date | None:
    """The last day of an abolished council, None while it stands.

    The register gives as end sometimes the last day and sometimes the day on which the successor began.
    """
    if council.end is None:
        return None
    heirs = (register[heir] for heir in council.successors if heir in register)
    succeeded_that_day = any(heir.start == council.end for heir in heirs)
    return council.end - timedelta(days=1) if succeeded_that_day else council.end


def reviews_made_by(
    authority: AuthorityFacts, peers: Iterable[PeerFacts], register: Mapping[UUID, AuthorityFacts]
) -> frozenset[Review]:
    """The reviews elsewhere on which people of this council or its lineage served while belonging to it."""
    lineage = authority.lineage
    made = set()
    for peer in peers:
        if not peer.deployments or not any(held.authority in lineage for held in peer.affiliations):
            continue
        ours = [tie for tie in ties(peer, register) if tie.authority in lineage]
        for served in peer.deployments:
            if served.ended is not None and any(tie.holds_on(served.ended) for tie in ours):
                made.add(Review(served.authority, served.ended))
    return frozenset(made)


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes 28 February where that year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def same_group(one: str | None, other: str | None) -> bool:
    """Whether two political groups are one, however they are typed; no group is not a group."""
    if one is None or other is None:
        return False
    return one.strip().casefold() == other.strip().casefold()


def _went_to_a_successor(peer: PeerFacts, council: AuthorityFacts) -> bool:
    return any(
        held.authority in council.successors
        and (held.until is None or council.end is None or held.until >= council.end)
        for held in peer.affiliations
    )
