"""Which peers fit a request and why, what a team still lacks, and whether it may go into the field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from clearinghouse.protocol.conflicts import (
    Conflict,
    Effect,
    Ground,
    Rule,
    check,
    conflicts_on,
    days_left,
    is_blocked,
    survey,
)
from clearinghouse.protocol.peers import (
    AuthorityFacts,
    PeerFacts,
    PeerKind,
    Period,
    reviews_made_by,
    ties,
)

SMALLEST_TEAM = 3

PLACE_POINTS = 15
THEME_POINTS = 20
SERVICE_POINTS = 15
SENIORITY_POINTS = 10
TYPE_POINTS = 5
NAMED_POINTS = 10
EXPERIENCE_POINTS = 10
LOAD_POINTS = 10
TRAVEL_POINTS = 5

POINTS_A_REVIEW = 2
POINTS_A_REVIEW_LED = 3


@dataclass(frozen=True, slots=True)
class TeamRequest:
    """What a council needs of a team; no narrative.

    `days` are days of work asked of each peer within the window. `named` are councils it wants peers from. `smallest`
    is the least that a team of the kind has: three, and one for mentoring and exchange.
    Raises ValueError for a team of fewer than those, for a number below nought, or for no day at all.
    """

    authority: UUID
    window: Period
    days: int
    councillors: int = 0
    officers: int = 0
    specialists: int = 0
    themes: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    seniorities: frozenset[str] = frozenset()
    authority_type: str | None = None
    named: frozenset[UUID] = frozenset()
    lead: bool = False
    political_balance: bool = False
    size: int = SMALLEST_TEAM
    smallest: int = SMALLEST_TEAM

    def __post_init__(self) -> None:
        if self.size < self.smallest:
            raise ValueError("a team has at least three members")
        if self.days < 1:
            raise ValueError("a request asks for at least one day")
        if min(self.councillors, self.officers, self.specialists) < 0:
            raise ValueError("a team cannot have fewer than none of a kind")

    def wanted(self, kind: PeerKind) -> int:
        """How many of a kind are asked for."""
        return {
            PeerKind.COUNCILLOR: self.councillors,
            PeerKind.OFFICER: self.officers,
            PeerKind.SPECIALIST: self.specialists,
        }[kind]

    @property
    def members(self) -> int:
        """How many members the team needs: its size, or more where the kinds add up to more."""
        return max(self.size, self.councillors + self.officers + self.specialists)


@dataclass(frozen=True, slots=True)
class Point:
    """Some points of a score and the reason for them, nought included."""

    words: str
    points: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A peer as ranked: the score, 0 to 100, is the sum of its points."""

    peer: PeerFacts
    score: int
    points: tuple[Point, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def is_blocked(self) -> bool:
        """Whether the peer is shown only with the reason and cannot be chosen."""
        return is_blocked(self.conflicts)


@dataclass(frozen=True, slots=True)
class TeamBalance:
    """What a team has of what was asked. `groups` are the councillors' groups with their numbers, by name."""

    councillors: int
    officers: int
    specialists: int
    groups: tuple[tuple[str, int], ...]
    is_politically_balanced: bool
    themes_covered: frozenset[str]
    themes_missing: frozenset[str]
    services_covered: frozenset[str]
    services_missing: frozenset[str]
    has_lead: bool
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A peer in a team, with the conflicts beside the others and the warnings that a lead has accepted."""

    peer: PeerFacts
    conflicts: tuple[Conflict, ...] = ()
    accepted: frozenset[tuple[Rule, UUID | None]] = frozenset()


class Shortfall(StrEnum):
    """Why a team may not go into the field yet."""

    TOO_FEW_MEMBERS = "too_few_members"
    BLOCKED_MEMBER = "blocked_member"
    WARNING_NOT_ACCEPTED = "warning_not_accepted"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason why a team may not go into the field yet, and the member whom it concerns."""

    shortfall: Shortfall
    words: str
    peer: UUID | None = None


@dataclass(frozen=True, slots=True)
class Fielding:
    """Whether a team may go into the field: allowed when nothing is missing."""

    missing: tuple[Obstacle, ...] = ()

    @property
    def allowed(self) -> bool:
        """True when nothing is missing."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What scoring asks for: what the team still lacks, or all that was asked where it lacks nothing."""

    request: TeamRequest
    ground: Ground
    places: Mapping[PeerKind, int]
    themes: frozenset[str]
    services: frozenset[str]
    seniorities: frozenset[str]


def rank(
    peers: Iterable[PeerFacts],
    request: TeamRequest,
    authority: AuthorityFacts,
    *,
    register: Mapping[UUID, AuthorityFacts],
    today: date,
    chosen: Sequence[PeerFacts] = (),
) -> list[Candidate]:
    """Every peer not yet chosen, best first, each point of the score explained (design 6, matching).

    Those who may be chosen come first, by score, then name, then id; the blocked follow in the same order
    with their reasons. What the chosen already bring counts as found. Reviews that the council's own people
    made are found among `peers`. Raises ValueError where the request is for another authority.
    """
    if request.authority != authority.id:
        raise ValueError("the request is for another authority")
    pool = tuple(peers)
    made = authority.reviews_made | reviews_made_by(authority, pool, register)
    ground = survey(
        replace(authority, reviews_made=made),
        request.window,
        request.days,
        today,
        register=register,
        team=chosen,
    )
    wanted = _still_wanted(request, ground, chosen)
    taken = {member.id for member in chosen}
    ranked = [_candidate(peer, wanted) for peer in pool if peer.id not in taken]
    ranked.sort(
        key=lambda found: (found.is_blocked, -found.score, found.peer.name.casefold(), found.peer.id.int)
    )
    return ranked


def balance(team: Sequence[PeerFacts], request: TeamRequest) -> TeamBalance:
    """What a team has of what was asked, and in words what it lacks.

    Politically balanced means that its councillors come from at least two groups, or that it has none. A lead
    is somebody who has led a review before.
    """
    kinds = Counter(member.kind for member in team)
    groups = Counter(
        member.political_group or "No group" for member in team if member.kind is PeerKind.COUNCILLOR
    )
    themes = frozenset[str]().union(*(member.themes for member in team))
    services = frozenset[str]().union(*(member.services for member in team))
    found = TeamBalance(
        councillors=kinds[PeerKind.COUNCILLOR],
        officers=kinds[PeerKind.OFFICER],
        specialists=kinds[PeerKind.SPECIALIST],
        groups=tuple(sorted(groups.items())),
        is_politically_balanced=len({group.strip().casefold() for group in groups}) != 1,
        themes_covered=request.themes & themes,
        themes_missing=request.themes - themes,
        services_covered=request.services & services,
        services_missing=request.services - services,
        has_lead=any(member.led_reviews > 0 for member in team),
        missing=(),
    )
    return replace(found, missing=tuple(_lacks(found, kinds, request)))


def members_of(
    team: Sequence[PeerFacts],
    request: TeamRequest,
    authority: AuthorityFacts,
    *,
    register: Mapping[UUID, AuthorityFacts],
    today: date,
    accepted: Mapping[UUID, frozenset[tuple[Rule, UUID | None]]],
) -> tuple[Member, ...]:
    """Each of a team with their conflicts beside the others; `accepted` holds accepted warnings by peer."""
    return tuple(
        Member(
            peer,
            check(peer, authority, request.window, request.days, today, register=register, team=team),
            accepted.get(peer.id, frozenset()),
        )
        for peer in team
    )


def may_field(team: Sequence[Member], smallest: int | None = None) -> Fielding:
    """A team may go into the field with three members, nobody blocked and every warning accepted (design 6).

    For mentoring and exchange one member is enough.

    What else was asked and is missing, `balance` says; the coordinator may field the team without it.
    """
    missing = []
    count = len({member.peer.id for member in team})
    least = SMALLEST_TEAM if smallest is None else smallest
    if count < least:
        words = f"The team has {count} of at least {least} member{'s' if least > 1 else ''}."
        missing.append(Obstacle(Shortfall.TOO_FEW_MEMBERS, words))
    for member in team:
        for conflict in member.conflicts:
            words = f"{member.peer.name}: {conflict.words}"
            if conflict.effect is Effect.BLOCKED:
                missing.append(Obstacle(Shortfall.BLOCKED_MEMBER, words, member.peer.id))
            elif conflict.key not in member.accepted:
                missing.append(Obstacle(Shortfall.WARNING_NOT_ACCEPTED, words, member.peer.id))
    return Fielding(tuple(missing))


def _still_wanted(request: TeamRequest, ground: Ground, chosen: Sequence[PeerFacts]) -> _Wanted:
    have = balance(chosen, request)
    kinds = Counter(member.kind for member in chosen)
    held = {member.seniority for member in chosen}
    return _Wanted(
        request=request,
        ground=ground,
        places={kind: max(0, request.wanted(kind) - kinds[kind]) for kind in PeerKind},
        themes=have.themes_missing or request.themes,
        services=have.services_missing or request.services,
        seniorities=(request.seniorities - held) or request.seniorities,
    )


def _candidate(peer: PeerFacts, wanted: _Wanted) -> Candidate:
    request, ground = wanted.request, wanted.ground
    points = (
        _place(peer.kind, wanted.places[peer.kind]),
        _knowledge(peer.themes & wanted.themes, len(wanted.themes), THEME_POINTS, "theme"),
        _knowledge(peer.services & wanted.services, len(wanted.services), SERVICE_POINTS, "service"),
        _seniority(peer.seniority, wanted.seniorities),
        _authority_type(request.authority_type, request.authority_type in peer.authority_types),
        _named(_comes_from(peer, wanted), bool(request.named)),
        _experience(len(peer.deployments), peer.led_reviews),
        _load(max(0, days_left(peer, ground)), peer.days_offered),
        _travel(ground.authority.region, ground.authority.region in peer.regions),
    )
    score = sum([point.points for point in points])
    return Candidate(peer, score, points, conflicts_on(peer, ground))


# Thousands of peers share few points, so each is worded once.
_worded_once = lru_cache(maxsize=4096)


@_worded_once
def _place(kind: PeerKind, places: int) -> Point:
    if places:
        return Point(f"The team still needs {_count(places, kind.value)}.", PLACE_POINTS)
    return Point(f"The team needs no further {kind.value}.", 0)


@_worded_once
def _knowledge(met: frozenset[str], asked: int, most: int, noun: str) -> Point:
    if not asked:
        return Point(f"No {noun} was asked for.", most)
    which = f": {_listed(met)}" if met else ""
    words = f"Knows {len(met)} of {_count(asked, noun)} asked for{which}."
    return Point(words, (2 * most * len(met) + asked) // (2 * asked))


@_worded_once
def _seniority(held: str, asked: frozenset[str]) -> Point:
    if not asked:
        return Point("No seniority was asked for.", SENIORITY_POINTS)
    spoken = _spoken(held) or "none on record"
    if held in asked:
        return Point(f"Of the seniority asked for: {spoken}.", SENIORITY_POINTS)
    return Point(f"Not of the seniority asked for: {spoken}.", 0)


@_worded_once
def _authority_type(asked: str | None, known: bool) -> Point:
    if asked is None:
        return Point("No type of council was asked for.", TYPE_POINTS)
    if known:
        return Point(f"Knows this type of council: {_spoken(asked)}.", TYPE_POINTS)
    return Point(f"Does not know this type of council: {_spoken(asked)}.", 0)


@_worded_once
def _named(council: str | None, asked: bool) -> Point:
    if not asked:
        return Point("No council was asked for by name.", NAMED_POINTS)
    if council is None:
        return Point("Comes from none of the councils asked for by name.", 0)
    return Point(f"Comes from a council asked for by name: {council}.", NAMED_POINTS)


def _comes_from(peer: PeerFacts, wanted: _Wanted) -> str | None:
    named, first = wanted.request.named, wanted.ground.window.first
    for tie in ties(peer, wanted.ground.register) if named else ():
        if tie.holds_on(first) and not named.isdisjoint(tie.places):
            return tie.name
    return None


@_worded_once
def _experience(served: int, led: int) -> Point:
    if not served and not led:
        return Point("Has served on no review yet.", 0)
    points = min(EXPERIENCE_POINTS, POINTS_A_REVIEW * served + POINTS_A_REVIEW_LED * led)
    return Point(f"Has served on {_count(served, 'review')} and led {led}.", points)


@_worded_once
def _load(left: int, offered: int) -> Point:
    if offered <= 0:
        return Point("Has offered no days this year.", 0)
    points = min(LOAD_POINTS, LOAD_POINTS * left // offered)
    return Point(f"Has {left} of {_count(offered, 'day')} offered left.", points)


@_worded_once
def _travel(region: str, willing: bool) -> Point:
    if willing:
        return Point(f"Willing to travel to {region}.", TRAVEL_POINTS)
    return Point(f"Has not said that they travel to {region}.", 0)


def _lacks(found: TeamBalance, kinds: Mapping[PeerKind, int], request: TeamRequest) -> Iterable[str]:
    total = found.councillors + found.officers + found.specialists
    if total < request.members:
        yield f"{_count(request.members - total, 'more member')} in all."
    for kind in PeerKind:
        short = request.wanted(kind) - kinds[kind]
        if short > 0:
            yield f"{_count(short, f'more {kind.value}')}."
    if found.themes_missing:
        yield f"Nobody knows {_listed(found.themes_missing)}."
    if found.services_missing:
        yield f"Nobody knows the services of {_listed(found.services_missing)}."
    if request.lead and not found.has_lead:
        yield "Nobody has led a review before."
    if request.political_balance and not found.is_politically_balanced:
        yield "All councillors are of one political group."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _spoken(term: str) -> str:
    return term.replace("_", " ")


def _listed(terms: Collection[str]) -> str:
    return ", ".join(sorted(map(_spoken, terms)))
