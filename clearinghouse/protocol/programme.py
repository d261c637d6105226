"""A whole team as an integer programme: who could be in it, what holds it to what is asked, and what is maximised."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from clearinghouse.protocol.matching import Candidate
from clearinghouse.protocol.needs import MOST_FURTHER_MEMBERS, Need, NeedKind, Relaxation

# All in points of the score that `rank` gives a peer, 0 to 100 (ours; docs/decisions says why these).
WARNING_POINTS = 15
ONE_GROUP_POINTS = 15
LOAD_POINTS = 20

_TIES = 256


@dataclass(frozen=True, slots=True)
class Entrant:
    """A peer who may be chosen, as the programme sees them.

    `meets` has a bit for each need met; `group` is a councillor's political group, folded, and None for others. `worth`
    are the points that choosing them brings whoever else is chosen.
    """

    candidate: Candidate
    meets: int
    group: str | None
    worth: int

    @property
    def id(self) -> UUID:
        """The peer's key."""
        return self.candidate.peer.id

    @property
    def tie(self) -> int:
        """What decides between teams of equal points: something of the key, so that no order of input can."""
        return self.id.int % _TIES


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a team. `ruling` is the council's ruling group, folded; `pinned` are in the team in any case."""

    needs: tuple[Need, ...]
    members: int
    political_balance: bool = False
    ruling: str | None = None
    pinned: frozenset[UUID] = frozenset()


Pair: TypeAlias = "tuple[UUID, UUID]"


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier rounds found: the warnings between two peers, and teams to differ from by so many members."""

    pairs: Mapping[Pair, int] = field(default_factory=dict)
    teams: tuple[tuple[frozenset[UUID], int], ...] = ()

    @property
    def involved(self) -> frozenset[UUID]:
        """Everybody of whom something was found."""
        among = (each for pair in self.pairs for each in pair)
        return frozenset(among).union(*(team for team, _ in self.teams))


@dataclass(frozen=True, slots=True)
class Row:
    """That a weighted sum of variables, by their places, is at least `least` and at most `most`."""

    terms: tuple[tuple[int, int], ...]
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """Whole numbers to find, each between `lowest` and `highest`, that keep every row and make the gains greatest.

    `unit` is what one point is worth among the gains; what is less decides between equals.
    """

    gains: tuple[int, ...]
    lowest: tuple[int, ...]
    highest: tuple[int, ...]
    rows: tuple[Row, ...]
    unit: int = 1

    def gain(self, values: Sequence[int]) -> int:
        """What these values gain."""
        return sum(gain * value for gain, value in zip(self.gains, values, strict=True))

    def admits(self, values: Sequence[int]) -> bool:
        """Whether these values keep every bound and every row."""
        if not all(
            low <= value <= high for low, value, high in zip(self.lowest, values, self.highest, strict=True)
        ):
            return False
        return all(
            (row.least is None or row.least <= total) and (row.most is None or total <= row.most)
            for row in self.rows
            for total in (sum(weight * values[place] for place, weight in row.terms),)
        )


Optimiser: TypeAlias = Callable[[Programme], "tuple[int, ...] | None"]
"""Finds values that gain the most, proven, or None where no values keep every row."""


def worth_keeping(
    entrants: Iterable[Entrant], question: Question, known: Known, members: int
) -> list[Entrant]:
    """Those of the entrants who may be in a best team of so many members, by key; usually a few hundred.

    Left out is only whom enough others could replace in any team without loss: others of the same political group (or
    like them none) who meet all the same needs, are worth at least as much, and of whom nothing is known that a team
    could lose by. Where there are as many of these as the team has free places, one of them is not in it already, and
    putting them in their place keeps every row and gains no less.
    """
    free = members - len(question.pinned)
    always = known.involved | question.pinned
    kept = [entrant for entrant in entrants if entrant.id in always]
    ranked = sorted(
        (entrant for entrant in entrants if entrant.id not in always),
        key=lambda entrant: (-entrant.worth, -entrant.tie, entrant.id.int),
    )
    counts: dict[str | None, dict[int, int]] = {}
    full: set[tuple[str | None, int]] = set()
    for entrant in ranked:
        group, meets = entrant.group, entrant.meets
        if (group, meets) in full:
            continue
        of_group = counts.setdefault(group, {})
        if sum(number for mask, number in of_group.items() if mask & meets == meets) >= free:
            full.add((group, meets))
            continue
        of_group[meets] = of_group.get(meets, 0) + 1
        kept.append(entrant)
    return sorted(kept, key=lambda entrant: entrant.id.int)


def team_programme(entrants: Sequence[Entrant], question: Question, known: Known) -> Programme:
    """The programme of a best team: a variable for each entrant in their order, then those that count what is lost.

    Hard, as rows: the number of members, every need, political balance where it is asked for. Maximised: what the
    members are worth, less the warnings that hang on who else is in the team, less several councillors who are all of
    one political group.
    """
    made = _Making(entrants, question)
    members = question.members
    made.row([(place, 1) for place in made.places], least=members, most=members)
    for bit, need in enumerate(question.needs):
        made.row(made.meeting(bit), least=need.least)
    one_group = made.variable(0 if question.political_balance else 1, -ONE_GROUP_POINTS)
    asks_councillors = any(need.kind is NeedKind.COUNCILLORS for need in question.needs)
    if question.political_balance:
        made.balance(one_group, at_least_one=asks_councillors)
    else:
        made.balance(one_group, at_least_one=False, alone=1)
    _price_the_ruling_group(made, question)
    for (one, other), warnings in sorted(known.pairs.items()):
        if one in made.place_of and other in made.place_of:
            both = made.variable(1, -WARNING_POINTS * warnings)
            made.row([(made.place_of[one], 1), (made.place_of[other], 1), (both, -1)], most=1)
    for team, differing in known.teams:
        terms = [(made.place_of[each], 1) for each in sorted(team)]
        made.row(terms, most=len(team) - differing)
    return made.programme()


def elastic_programme(
    entrants: Sequence[Entrant], question: Question, fewest: int, most: int
) -> tuple[Programme, tuple[tuple[int, Relaxation], ...]]:
    """The programme of the nearest thing to ask less of: each need may be given up, and the least total cost is found.

    Gives with it the place of each relaxation's variable. What a team gains otherwise plays no part.
    """
    made = _Making(entrants, question, worth=False)
    slacks: list[tuple[int, Relaxation]] = []

    def give(kind: NeedKind, what: str, highest: int) -> int:
        relaxation = Relaxation(kind, what)
        # Between relaxations of the same total, the need told first is given up.
        place = made.variable(highest, -relaxation.cost, tie=len(question.needs) + 3 - len(slacks))
        slacks.append((place, relaxation))
        return place

    for bit, need in enumerate(question.needs):
        slack = give(need.kind, need.what, need.least)
        made.row([*made.meeting(bit), (slack, 1)], least=need.least)
    members = question.members
    more = give(NeedKind.MORE_MEMBERS, "", max(0, most - members))
    fewer = give(NeedKind.FEWER_MEMBERS, "", max(0, members - fewest))
    everybody = [(place, 1) for place in made.places]
    made.row([*everybody, (more, -1), (fewer, 1)], least=members, most=members)
    if question.political_balance:
        made.balance(give(NeedKind.POLITICAL_BALANCE, "", 1), at_least_one=False)
    return made.programme(), tuple(slacks)


def _price_the_ruling_group(made: _Making, question: Question) -> None:
    """A councillor of the ruling group is warned of while no councillor of another group is in the team."""
    if question.ruling is None:
        return
    ruling, balancing = [], []
    for place, entrant in enumerate(made.entrants):
        if entrant.group == question.ruling:
            ruling.append((place, 1))
        elif entrant.group is not None and entrant.candidate.peer.political_group is not None:
            balancing.append((place, -made.most))
    if ruling:
        warned = made.variable(made.most, -WARNING_POINTS)
        made.row([*ruling, *balancing, (warned, -1)], most=0)


class _Making:
    """A programme as it is put together: entrants' variables first, then further ones."""

    def __init__(self, entrants: Sequence[Entrant], question: Question, *, worth: bool = True) -> None:
        self.entrants = entrants
        self.most = max(question.members + MOST_FURTHER_MEMBERS, len(question.pinned))
        self.unit = _TIES * self.most
        self.places = range(len(entrants))
        self.place_of = {entrant.id: place for place, entrant in enumerate(entrants)}
        self._gains = [entrant.worth * self.unit + entrant.tie if worth else 0 for entrant in entrants]
        self._lowest = [int(entrant.id in question.pinned) for entrant in entrants]
        self._highest = [1] * len(entrants)
        self._rows: list[Row] = []

    def variable(self, highest: int, points: int, tie: int = 0) -> int:
        """A further variable from nought up, and its place."""
        self._gains.append(points * self.unit + tie)
        self._lowest.append(0)
        self._highest.append(highest)
        return len(self._gains) - 1

    def row(
        self, terms: Collection[tuple[int, int]], least: int | None = None, most: int | None = None
    ) -> None:
        """One row more."""
        self._rows.append(Row(tuple(terms), least, most))

    def meeting(self, bit: int) -> list[tuple[int, int]]:
        """The entrants who meet a need."""
        return [(place, 1) for place, entrant in enumerate(self.entrants) if entrant.meets >> bit & 1]

    def balance(self, given_up: int, *, at_least_one: bool, alone: int = 0) -> None:
        """Where there are more than `alone` councillors of one group there is one of another, or that is given up."""
        groups = {entrant.group for entrant in self.entrants if entrant.group is not None}
        for group in sorted(groups):
            others = [
                place
                for place, entrant in enumerate(self.entrants)
                if entrant.group is not None and entrant.group != group
            ]
            if at_least_one:
                self.row([*((place, 1) for place in others), (given_up, 1)], least=1)
                continue
            own = [place for place, entrant in enumerate(self.entrants) if entrant.group == group]
            weighed = [(place, self.most) for place in (*others, given_up)]
            self.row([*weighed, *((place, -1) for place in own)], least=-alone)

    def programme(self) -> Programme:
        """What was put together."""
        return Programme(
            tuple(self._gains), tuple(self._lowest), tuple(self._highest), tuple(self._rows), self.unit
        )
