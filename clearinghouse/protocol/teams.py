"""Which whole team to field: the best, others nearly as good, and where there is none, what to ask less of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from uuid import UUID

from clearinghouse.protocol.conflicts import (
    Conflict,
    Effect,
    Ground,
    Rule,
    beside,
    conflicts_on,
    days_left,
    worked_together,
)
from clearinghouse.protocol.matching import Candidate, Point, TeamBalance, TeamRequest, balance
from clearinghouse.protocol.needs import (
    MOST_FURTHER_MEMBERS,
    Relaxation,
    met_by,
    missing_words,
    needs_of,
)
from clearinghouse.protocol.peers import PeerFacts, PeerKind
from clearinghouse.protocol.programme import (
    LOAD_POINTS,
    ONE_GROUP_POINTS,
    WARNING_POINTS,
    Entrant,
    Known,
    Optimiser,
    Pair,
    Question,
    elastic_programme,
    team_programme,
    worth_keeping,
)

ALTERNATIVES = 2
DIFFERING_MEMBERS = 2
_HANGS_ON_THE_TEAM = frozenset({Rule.WORKED_TOGETHER, Rule.SAME_GROUP})
_WITHOUT_GROUP = "no group"
_SEVERAL = 2
_MOST_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Load:
    """Days used, of those that peers offer, in the council year of the work."""

    used: int
    offered: int

    @property
    def share(self) -> int:
        """Used of a hundred days offered, rounded."""
        return round(100 * self.used / self.offered) if self.offered else 0


@dataclass(frozen=True, slots=True)
class SolvedTeam:
    """A whole team: its members as ranked, with the warnings beside each other, and what its points are made of.

    The points sum to `total`, by which teams are compared. `load` counts the days asked for among the used. `leader` is
    who has led most reviews, None where nobody has. `proven` is False where a better team could not be ruled out.
    """

    members: tuple[Candidate, ...]
    points: tuple[Point, ...]
    balance: TeamBalance
    load: Load
    leader: UUID | None
    proven: bool = True

    @property
    def total(self) -> int:
        """The sum of the points."""
        return sum(point.points for point in self.points)

    @property
    def ids(self) -> frozenset[UUID]:
        """Its members' keys."""
        return frozenset(member.peer.id for member in self.members)


@dataclass(frozen=True, slots=True)
class Solved:
    """The teams, the best first; where there is none, `nearest` is the least to ask less of, empty where nothing helps.

    `choosable` counts who may be chosen, `pool` is how much of their days is used without this work, `kept_out` how
    many of the others each rule keeps out.
    """

    teams: tuple[SolvedTeam, ...]
    nearest: tuple[Relaxation, ...]
    choosable: int
    pool: Load
    kept_out: tuple[tuple[Rule, int], ...]


def best_teams(
    ranked: Sequence[Candidate],
    request: TeamRequest,
    ground: Ground,
    optimise: Optimiser,
    *,
    pinned: Collection[UUID] = (),
    excluded: Collection[UUID] = (),
    alternatives: int = ALTERNATIVES,
    largest: int | None = None,
) -> Solved:
    """The best team for a request and some that differ from it, out of all who are ranked (design 6, matching).

    Hard needs are met exactly; the points are the greatest there can be, as `optimise` proves; each alternative is the
    best of those that differ from every earlier team by two members, or by one where one place is free. The same peers
    give the same teams in whatever order they come. Where no team meets every need, nothing is put together: the
    relaxation of least cost is named instead, of up to `largest` members. Nobody who is blocked or excluded is in a
    team; the pinned are in each, unless they are blocked. `ranked` must have been ranked with nobody chosen.
    """
    question = _question(request, ranked, ground, frozenset(pinned) - frozenset(excluded))
    entrants = entrants_of(ranked, request, ground, frozenset(excluded))
    solving = _Solving(request, ground, question, entrants, optimise)
    teams = []
    for _ in range(1 + alternatives):
        found = solving.next_team()
        if found is None:
            break
        teams.append(found)
    nearest: tuple[Relaxation, ...] = ()
    if not teams:
        nearest = _nearest(question, entrants, optimise, request.smallest, largest)
    kept_out = Counter(
        rule
        for candidate in ranked
        if candidate.is_blocked
        for rule in {found.rule for found in candidate.conflicts if found.effect is Effect.BLOCKED}
    )
    told = sorted(kept_out.items(), key=lambda each: (-each[1], each[0]))
    pool = load_of((entrant.candidate.peer for entrant in entrants), ground)
    return Solved(tuple(teams), nearest, len(entrants), pool, tuple(told))


def entrants_of(
    ranked: Iterable[Candidate], request: TeamRequest, ground: Ground, excluded: Collection[UUID] = ()
) -> list[Entrant]:
    """Everybody who may be chosen, with what choosing them is worth: score, less warnings of their own, less load."""
    needs = needs_of(request)
    return [
        Entrant(
            candidate,
            met_by(candidate.peer, needs, request.window.first, ground.register),
            group_of(candidate.peer),
            candidate.score
            - WARNING_POINTS * len(_own_warnings(candidate.conflicts))
            - _load_points(candidate.peer, ground),
        )
        for candidate in ranked
        if not candidate.is_blocked and candidate.peer.id not in excluded
    ]


def group_of(peer: PeerFacts) -> str | None:
    """A councillor's political group as groups are compared, one of their own for those of none; None for others."""
    if peer.kind is not PeerKind.COUNCILLOR:
        return None
    return (peer.political_group or _WITHOUT_GROUP).strip().casefold()


def load_of(peers: Iterable[PeerFacts], ground: Ground, days: int = 0) -> Load:
    """The days that these have offered and used in the council year of the work, with so many more of each."""
    offered = used = 0
    for peer in peers:
        offered += peer.days_offered
        used += peer.days_offered - days_left(peer, ground) + days
    return Load(used, offered)


def team_of(members: Iterable[Candidate], request: TeamRequest, ground: Ground) -> SolvedTeam:
    """A team of these, with the warnings beside each other and its points, worked out from nothing but its members."""
    chosen = sorted(members, key=lambda each: (-each.score, each.peer.name.casefold(), each.peer.id.int))
    peers = [each.peer for each in chosen]
    here = beside(ground, peers)
    together = tuple(replace(each, conflicts=conflicts_on(each.peer, here)) for each in chosen)
    found = balance(peers, request)
    found = replace(found, missing=(*found.missing, *missing_words(peers, request, ground.register)))
    warnings = sum(1 for each in together for conflict in each.conflicts if conflict.effect is Effect.WARNING)
    load = load_of(peers, ground, ground.days)
    led = max(peers, key=lambda peer: (peer.led_reviews, len(peer.deployments), -peer.id.int))
    return SolvedTeam(
        together,
        (
            Point("The members’ match scores together.", sum(each.score for each in together)),
            Point(_load_words(load), -sum(_load_points(peer, ground) for peer in peers)),
            Point(_warning_words(warnings), -WARNING_POINTS * warnings),
            _balance_point(found),
        ),
        found,
        load,
        led.id if led.led_reviews else None,
    )


class _Solving:
    """One request as it is solved team by team; what a round finds, the next one knows."""

    def __init__(
        self,
        request: TeamRequest,
        ground: Ground,
        question: Question,
        entrants: Sequence[Entrant],
        optimise: Optimiser,
    ) -> None:
        self.request = request
        self.ground = ground
        self.question = question
        self.entrants = entrants
        self.optimise = optimise
        self.known = Known()

    def next_team(self) -> SolvedTeam | None:
        """The best team that differs from those found before, None where there is no further one.

        Warnings between two members are priced once they are met: a team is best among all once none of its own is
        unpriced, since the programme without them promises at least as much as with them.
        """
        for round_number in count(1):
            kept = worth_keeping(self.entrants, self.question, self.known, self.question.members)
            values = self.optimise(team_programme(kept, self.question, self.known))
            if values is None:
                return None
            team = [entrant for entrant, value in zip(kept, values, strict=False) if value]
            unpriced = self._unpriced(team, kept)
            if not unpriced or round_number == _MOST_ROUNDS:
                return replace(self._found(team), proven=not unpriced)
            self.known = replace(self.known, pairs={**self.known.pairs, **unpriced})
        return None

    def _unpriced(self, team: Sequence[Entrant], kept: Sequence[Entrant]) -> dict[Pair, int]:
        """Nothing where every warning between two of the team is priced; else those between it and all who are kept."""
        found = warnings_between(team, kept, self.ground)
        chosen = {entrant.id for entrant in team}
        is_priced = all(pair in self.known.pairs for pair in found if chosen.issuperset(pair))
        return {} if is_priced else found

    def _found(self, team: Sequence[Entrant]) -> SolvedTeam:
        free = frozenset(entrant.id for entrant in team) - self.question.pinned
        # Where everybody is pinned there is no other team: a row that nobody can keep says so.
        cut = (free, min(DIFFERING_MEMBERS, len(free)) or 1)
        self.known = replace(self.known, teams=(*self.known.teams, cut))
        return team_of((entrant.candidate for entrant in team), self.request, self.ground)


def warnings_between(team: Sequence[Entrant], others: Iterable[Entrant], ground: Ground) -> dict[Pair, int]:
    """How many warnings each two have for having worked together, of whom one is in the team."""
    members = {entrant.id: entrant.candidate.peer for entrant in team}
    served_with = {each for peer in members.values() for served in peer.deployments for each in served.team}
    here = beside(ground, tuple(members.values()))
    found: dict[Pair, int] = {}
    for other in others:
        peer = other.candidate.peer
        about = {warning.about for warning in worked_together(peer, here)}
        for each, member in members.items():
            if each == peer.id or not (each in about or peer.id in served_with):
                continue
            pair = (min(peer.id, each), max(peer.id, each))
            if pair not in found:
                found[pair] = _both_ways(peer, member, ground)
    return {pair: warnings for pair, warnings in found.items() if warnings}


def _both_ways(one: PeerFacts, other: PeerFacts, ground: Ground) -> int:
    return len(worked_together(one, beside(ground, (other,)))) + len(
        worked_together(other, beside(ground, (one,)))
    )


def _nearest(
    question: Question,
    entrants: Sequence[Entrant],
    optimise: Optimiser,
    smallest: int,
    largest: int | None,
) -> tuple[Relaxation, ...]:
    most = max(question.members + MOST_FURTHER_MEMBERS, len(question.pinned))
    if largest is not None:
        most = max(question.members, min(most, largest))
    kept = worth_keeping(entrants, question, Known(), most)
    fewest = min(question.members, max(smallest, len(question.pinned)))
    programme, slacks = elastic_programme(kept, question, fewest, most)
    values = optimise(programme)
    if values is None:
        return ()
    return tuple(replace(relaxation, by=values[place]) for place, relaxation in slacks if values[place])


def _question(
    request: TeamRequest, ranked: Iterable[Candidate], ground: Ground, pinned: frozenset[UUID]
) -> Question:
    ruling = ground.authority.ruling_group
    return Question(
        needs=needs_of(request),
        members=request.members,
        political_balance=request.political_balance,
        ruling=None if ruling is None else ruling.strip().casefold(),
        pinned=frozenset(each.peer.id for each in ranked if each.peer.id in pinned and not each.is_blocked),
    )


def _own_warnings(conflicts: Iterable[Conflict]) -> list[Conflict]:
    return [
        conflict
        for conflict in conflicts
        if conflict.effect is Effect.WARNING and conflict.rule not in _HANGS_ON_THE_TEAM
    ]


def _load_points(peer: PeerFacts, ground: Ground) -> int:
    """What a peer's load takes off: in proportion to the days offered that would be used once this work is done."""
    used = peer.days_offered - days_left(peer, ground) + ground.days
    return LOAD_POINTS * used // peer.days_offered if peer.days_offered > 0 else 0


def _load_words(load: Load) -> str:
    return (
        f"Load: with this work, the members will have used {load.used} of the {load.offered} days"
        f" that they offered, {load.share} in a hundred."
    )


def _warning_words(warnings: int) -> str:
    if not warnings:
        return "Nothing is warned of that a lead would have to accept."
    each = "1 warning" if warnings == 1 else f"{warnings} warnings"
    return f"{each} that a lead would have to accept."


def _balance_point(found: TeamBalance) -> Point:
    if found.councillors < _SEVERAL:
        return Point("Political balance: the team has no two councillors.", 0)
    if found.is_politically_balanced:
        return Point("Political balance: the councillors are of more than one group.", 0)
    return Point("Political balance: all councillors are of one group.", -ONE_GROUP_POINTS)
