"""Whether a team of each usual kind can be fielded in a month, and what is short where not; no case is looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from clearinghouse.protocol.conflicts import conflicts_on, is_blocked, survey
from clearinghouse.protocol.matching import Candidate, TeamRequest
from clearinghouse.protocol.needs import (
    MOST_FURTHER_MEMBERS,
    Need,
    NeedKind,
    Relaxation,
    met_by,
    needs_of,
    spoken,
)
from clearinghouse.protocol.peer_words import Seniority, Service, Theme
from clearinghouse.protocol.peers import AuthorityFacts, PeerFacts, PeerKind, Period
from clearinghouse.protocol.programme import (
    Entrant,
    Known,
    Optimiser,
    Question,
    elastic_programme,
    worth_keeping,
)
from clearinghouse.protocol.teams import group_of

NOWHERE = UUID(int=0)
SCARCE = 3


@dataclass(frozen=True, slots=True)
class TeamShape:
    """A usual kind of team: what it is called, why councils ask for it, and what such a team needs."""

    key: str
    words: str
    reason: str
    councillors: int
    officers: int
    specialists: int = 0
    themes: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    posts: frozenset[str] = frozenset()
    size: int = 4
    days: int = 4


# A corporate review every three to four years: 004 §20. Children's services as in Midthorpe, a panel as in Hull: 004
# appendix 2. The others are ours; so are all numbers.
SHAPES = (
    TeamShape(
        "corporate",
        "Corporate peer review",
        "A whole council asks to be looked at every three to four years.",
        councillors=2,
        officers=2,
        themes=frozenset({Theme.STRATEGIC_LEADERSHIP, Theme.GOVERNANCE, Theme.FINANCE}),
        posts=frozenset({Seniority.CHIEF_EXECUTIVE, Seniority.LEADER}),
        size=5,
    ),
    TeamShape(
        "children",
        "Children’s services",
        "Officers who know the service, a specialist from outside and a member peer.",
        councillors=1,
        officers=2,
        specialists=1,
        services=frozenset({Service.CHILDREN}),
    ),
    TeamShape(
        "adults",
        "Adult social care",
        "The other large service whose failing hurts people.",
        councillors=1,
        officers=2,
        services=frozenset({Service.ADULTS}),
    ),
    TeamShape(
        "finance",
        "Finance and value for money",
        "Poor use of resources is an early sign of a council in difficulty.",
        councillors=1,
        officers=2,
        themes=frozenset({Theme.FINANCE, Theme.VALUE_FOR_MONEY}),
        posts=frozenset({Seniority.SECTION_151_OFFICER}),
        size=3,
        days=3,
    ),
    TeamShape(
        "governance",
        "Governance and political leadership",
        "Leading members and officers who do not work together need peers of both.",
        councillors=2,
        officers=1,
        themes=frozenset({Theme.GOVERNANCE, Theme.STRATEGIC_LEADERSHIP}),
        posts=frozenset({Seniority.LEADER, Seniority.MONITORING_OFFICER}),
        size=4,
        days=3,
    ),
    TeamShape(
        "panel",
        "Standing panel",
        "Peers by service who come back for half days over months.",
        councillors=1,
        officers=3,
        services=frozenset({Service.CHILDREN, Service.ADULTS, Service.HOUSING}),
        size=5,
        days=2,
    ),
    TeamShape(
        "fire",
        "Fire and rescue",
        "Fire and rescue authorities are looked at by those who know the service.",
        councillors=1,
        officers=2,
        services=frozenset({Service.FIRE}),
        size=3,
    ),
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether a kind of team can be fielded, and what is `short` if not; `scarce` are needs that few could meet."""

    can: bool
    short: tuple[str, ...] = ()
    scarce: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Forecast:
    """The outlook for one place: every shape in order. `free` counts who can be asked there."""

    place: str
    free: int
    outlooks: tuple[Outlook, ...]

    @property
    def fielded(self) -> int:
        """How many kinds of team can be fielded."""
        return sum(outlook.can for outlook in self.outlooks)


def next_month(today: date) -> Period:
    """The first to the last day of the month after today's."""
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return Period(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))


def forecast(
    peers: Iterable[PeerFacts],
    window: Period,
    today: date,
    places: Sequence[str],
    optimise: Optimiser,
    shapes: Sequence[TeamShape] = SHAPES,
) -> tuple[Forecast, ...]:
    """For all England, whose place is the empty one, and for each place: which teams can be fielded (design 6).

    Who is accredited, not suspended, has the days and is free for them counts; in a place, only who has said that they
    travel there. Conflicts with a council are not looked at, since none asks yet, so that one may still break a team
    found here. Each kind of team is looked at by itself: two at once may want the same peers.
    """
    pool = tuple(peers)
    everywhere = ("", *places)
    by_days = {days: _free(pool, window, days, today) for days in {shape.days for shape in shapes}}
    found: dict[str, list[Outlook]] = {place: [] for place in everywhere}
    for shape in shapes:
        supply = _Supply(_request(shape, window), by_days[shape.days], frozenset(everywhere))
        for place, outlooks in found.items():
            outlooks.append(supply.outlook(place, optimise))
    free = Counter(place for peer in by_days[min(by_days)] for place in ("", *peer.regions))
    return tuple(Forecast(place, free[place], tuple(outlooks)) for place, outlooks in found.items())


class _Supply:
    """Who could be asked for one kind of team, place by place; of those who are alike no more than a team can use."""

    def __init__(self, request: TeamRequest, free: Iterable[PeerFacts], places: frozenset[str]) -> None:
        self.request = request
        self.needs = needs_of(request)
        self.alike: dict[str, dict[tuple[str | None, int], list[Entrant]]] = {place: {} for place in places}
        self.counts: dict[str, Counter[int]] = {place: Counter() for place in places}
        for peer in sorted(free, key=lambda peer: peer.id.int):
            meets = met_by(peer, self.needs, request.window.first, {})
            entrant = Entrant(Candidate(peer, 0, (), ()), meets, group_of(peer), 0)
            for place in ("", *peer.regions):
                if place in places:
                    self.counts[place][meets] += 1
                    like = self.alike[place].setdefault((entrant.group, meets), [])
                    if len(like) < request.members + MOST_FURTHER_MEMBERS:
                        like.append(entrant)

    def outlook(self, place: str, optimise: Optimiser) -> Outlook:
        """Whether a team can be fielded there."""
        request = self.request
        entrants = [entrant for like in self.alike[place].values() for entrant in like]
        if not entrants:
            return Outlook(False, ("everybody: nobody can be asked",))
        question = Question(self.needs, request.members, request.political_balance)
        kept = worth_keeping(entrants, question, Known(), request.members + MOST_FURTHER_MEMBERS)
        programme, slacks = elastic_programme(kept, question, fewest=0, most=request.members)
        values = optimise(programme) or ()
        short = tuple(_short(replace(relaxation, by=values[at])) for at, relaxation in slacks if values[at])
        scarce = []
        for bit, need in enumerate(self.needs):
            number = sum(count for meets, count in self.counts[place].items() if meets >> bit & 1)
            if number < need.least + SCARCE:
                scarce.append((_who(need), number))
        return Outlook(not short, short, tuple(scarce))


def _request(shape: TeamShape, window: Period) -> TeamRequest:
    return TeamRequest(
        NOWHERE,
        window,
        shape.days,
        councillors=shape.councillors,
        officers=shape.officers,
        specialists=shape.specialists,
        themes=shape.themes,
        services=shape.services,
        seniorities=shape.posts,
        lead=True,
        political_balance=shape.councillors > 1,
        size=shape.size,
    )


def _free(pool: Iterable[PeerFacts], window: Period, days: int, today: date) -> list[PeerFacts]:
    ground = survey(AuthorityFacts(NOWHERE, "", "", ""), window, days, today, register={})
    return [peer for peer in pool if not is_blocked(conflicts_on(peer, ground))]


def _short(missing: Relaxation) -> str:
    """What is missing, as it stands in a list of what a team lacks."""
    kind, by = missing.kind, missing.by
    if kind in _NOUNS:
        return f"{by} {_NOUNS[kind]}{'' if by == 1 else 's'}"
    if kind is NeedKind.FEWER_MEMBERS:
        return f"{by} of the members"
    if kind is NeedKind.POLITICAL_BALANCE:
        return "a councillor of a second political group"
    if kind is NeedKind.LEAD:
        return "somebody who has led a review before"
    if kind is NeedKind.POST:
        return f"somebody in the post of {spoken(missing, {})}"
    return f"somebody who knows {spoken(missing, {})}"


def _who(need: Need) -> str:
    """Those who meet a need, in words."""
    if need.kind in _NOUNS:
        return f"{_NOUNS[need.kind]}s"
    if need.kind is NeedKind.LEAD:
        return "peers who have led a review"
    if need.kind is NeedKind.POST:
        return f"peers in the post of {spoken(need, {})}"
    return f"peers who know {spoken(need, {})}"


_NOUNS = {
    NeedKind.COUNCILLORS: PeerKind.COUNCILLOR.value,
    NeedKind.OFFICERS: PeerKind.OFFICER.value,
    NeedKind.SPECIALISTS: PeerKind.SPECIALIST.value,
}
