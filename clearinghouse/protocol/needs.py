"""What a request needs of a whole team, who of the peers meets which need, and what each need would cost to give up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from clearinghouse.protocol.matching import TeamRequest
from clearinghouse.protocol.peer_words import Seniority, Service, Theme
from clearinghouse.protocol.peers import AuthorityFacts, PeerFacts, PeerKind, ties

MOST_FURTHER_MEMBERS = 3


class NeedKind(StrEnum):
    """What a need is about, in the order in which needs are told; the value is how an address spells it."""

    COUNCILLORS = "councillors"
    OFFICERS = "officers"
    SPECIALISTS = "specialists"
    THEME = "theme"
    SERVICE = "service"
    POST = "post"
    COUNCIL = "council"
    LEAD = "lead"
    POLITICAL_BALANCE = "political_balance"
    MORE_MEMBERS = "more_members"
    FEWER_MEMBERS = "fewer_members"


# What giving up one need, or one place of it, costs: the least total is the nearest relaxation (ours).
RELAXING_COSTS = {
    NeedKind.POST: 2,
    NeedKind.MORE_MEMBERS: 3,
    NeedKind.COUNCIL: 4,
    NeedKind.THEME: 5,
    NeedKind.COUNCILLORS: 5,
    NeedKind.OFFICERS: 5,
    NeedKind.SPECIALISTS: 5,
    NeedKind.SERVICE: 6,
    NeedKind.FEWER_MEMBERS: 6,
    NeedKind.POLITICAL_BALANCE: 7,
    NeedKind.LEAD: 8,
}

_KINDS = {
    NeedKind.COUNCILLORS: PeerKind.COUNCILLOR,
    NeedKind.OFFICERS: PeerKind.OFFICER,
    NeedKind.SPECIALISTS: PeerKind.SPECIALIST,
}


@dataclass(frozen=True, slots=True)
class Need:
    """That at least so many members meet something: `what` is the theme, service or post, or a council's id."""

    kind: NeedKind
    what: str = ""
    least: int = 1

    @property
    def cost(self) -> int:
        """What giving up one of it costs."""
        return RELAXING_COSTS[self.kind]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One thing to ask less of: for kinds and members how many, else the need that is given up."""

    kind: NeedKind
    what: str = ""
    by: int = 1

    @property
    def cost(self) -> int:
        """What it costs: the nearest relaxation has the least total."""
        return RELAXING_COSTS[self.kind] * self.by

    @property
    def token(self) -> str:
        """How a form spells it."""
        return f"{self.kind.value}:{self.what or self.by}"


def relaxation_from(token: str) -> Relaxation:
    """What a form's token means. Raises ValueError where it means nothing."""
    kind, _, rest = token.partition(":")
    found = NeedKind(kind)
    if found in _NAMING:
        return Relaxation(found, rest)
    by = int(rest) if rest.isascii() and rest.isdigit() and len(rest) < 3 else 0
    if by < 1:
        raise ValueError("a relaxation is of at least one")
    return Relaxation(found, by=by)


_NAMING = frozenset({NeedKind.THEME, NeedKind.SERVICE, NeedKind.POST, NeedKind.COUNCIL})


def needs_of(request: TeamRequest) -> tuple[Need, ...]:
    """Every need that members meet by what they are, in a fixed order (004 appendix 2, Midthorpe; design 6).

    So many councillors, officers and specialists; somebody who knows each theme and service asked for; somebody
    of each post; somebody from each council asked for by name; somebody who has led a review. How many members
    there are and whether their groups are balanced hangs on all together, and is not among these.
    """
    return (
        *(Need(need, least=request.wanted(kind)) for need, kind in _KINDS.items() if request.wanted(kind)),
        *(Need(NeedKind.THEME, each) for each in sorted(request.themes)),
        *(Need(NeedKind.SERVICE, each) for each in sorted(request.services)),
        *(Need(NeedKind.POST, each) for each in sorted(request.seniorities)),
        *(Need(NeedKind.COUNCIL, str(each)) for each in sorted(request.named)),
        *((Need(NeedKind.LEAD),) if request.lead else ()),
    )


def met_by(
    peer: PeerFacts, needs: Sequence[Need], first: date, register: Mapping[UUID, AuthorityFacts]
) -> int:
    """Which of the needs the peer meets on the first day of the work: bit 0 for the first of them, and so on.

    A peer comes from a council where they belong on that day, or to which they passed when theirs was abolished.
    """
    from_councils = (
        {str(place) for tie in ties(peer, register) if tie.holds_on(first) for place in tie.places}
        if any(need.kind is NeedKind.COUNCIL for need in needs)
        else set()
    )
    found = 0
    for bit, need in enumerate(needs):
        if _meets(peer, need, from_councils):
            found |= 1 << bit
    return found


def _meets(peer: PeerFacts, need: Need, from_councils: set[str]) -> bool:
    kind, what = need.kind, need.what
    if kind is NeedKind.THEME:
        return what in peer.themes
    if kind is NeedKind.SERVICE:
        return what in peer.services
    if kind is NeedKind.POST:
        return what == peer.seniority
    if kind is NeedKind.COUNCIL:
        return what in from_councils
    if kind is NeedKind.LEAD:
        return peer.led_reviews > 0
    return peer.kind is _KINDS[kind]


def brought_by(
    peer: PeerFacts, needs: Sequence[Need], first: date, register: Mapping[UUID, AuthorityFacts]
) -> tuple[str, ...]:
    """What of the needs the peer meets, in words that go on a sentence about them; being of a kind is not told."""
    met = met_by(peer, needs, first, register)
    words = {
        NeedKind.THEME: "knows {}",
        NeedKind.SERVICE: "knows {}",
        NeedKind.POST: "holds the post of {}",
        NeedKind.COUNCIL: "comes from {}",
        NeedKind.LEAD: "has led a review before",
    }
    return tuple(
        words[need.kind].format(spoken(need, register))
        for bit, need in enumerate(needs)
        if met >> bit & 1 and need.kind in words
    )


def missing_words(
    team: Sequence[PeerFacts], request: TeamRequest, register: Mapping[UUID, AuthorityFacts]
) -> tuple[str, ...]:
    """The posts and the councils asked for by name that nobody of the team meets; the rest `balance` says."""
    needs = [need for need in needs_of(request) if need.kind in {NeedKind.POST, NeedKind.COUNCIL}]
    met = 0
    for peer in team:
        met |= met_by(peer, needs, request.window.first, register)
    return tuple(
        f"Nobody comes from {spoken(need, register)}."
        if need.kind is NeedKind.COUNCIL
        else f"Nobody holds the post of {spoken(need, register)}."
        for bit, need in enumerate(needs)
        if not met >> bit & 1
    )


def spoken(need: Need | Relaxation, register: Mapping[UUID, AuthorityFacts]) -> str:
    """What a need of a theme, service, post or council is about, in words within a sentence."""
    if need.kind is NeedKind.COUNCIL:
        council = register.get(UUID(need.what))
        return council.name if council is not None else "a council that is not in the register"
    for known in (Theme, Service, Seniority):
        if need.what in set(known):
            words = known(need.what).words
            return words[0].lower() + words[1:]
    return need.what.replace("_", " ")


def relaxation_words(
    relaxation: Relaxation, request: TeamRequest, register: Mapping[UUID, AuthorityFacts]
) -> str:
    """What to ask less of, as an instruction that a coordinator can read out to the council."""
    kind, by = relaxation.kind, relaxation.by
    if kind in _NAMING:
        what = spoken(relaxation, register)
        return {
            NeedKind.THEME: f"Do not ask for somebody who knows {what}.",
            NeedKind.SERVICE: f"Do not ask for somebody who knows the service: {what}.",
            NeedKind.POST: f"Do not ask for the post of {what}.",
            NeedKind.COUNCIL: f"Do not ask for somebody from {what}.",
        }[kind]
    if kind is NeedKind.LEAD:
        return "Do not ask for somebody who has led a review before."
    if kind is NeedKind.POLITICAL_BALANCE:
        return "Do not ask for councillors of more than one political group."
    if kind is NeedKind.MORE_MEMBERS:
        return f"Ask for {_count(by, 'more member')}: {request.members + by} in all."
    if kind is NeedKind.FEWER_MEMBERS:
        return f"Ask for {_count(by, 'member')} fewer: {request.members - by} in all."
    noun = _KINDS[kind].value
    places = "the place is" if by == 1 else "the places are"
    return f"Ask for {_count(by, noun)} fewer; {places} open to anybody."


Asked = TypeVar("Asked", bound=Any)


def relaxed(asked: Asked, members: int, relaxations: Iterable[Relaxation]) -> Asked:
    """What is asked, with less of it. `asked` is a request or anything with a request's fields; `members` its number.

    The number of members is then said outright, for fewer of a kind leaves a place open and takes none away. Raises
    ValueError where something is given up that is not asked for, or where too few would be left.
    """
    changes: dict[str, Any] = {}
    for relaxation in relaxations:
        kind, what, by = relaxation.kind, relaxation.what, relaxation.by
        if kind is NeedKind.MORE_MEMBERS:
            members += by
        elif kind is NeedKind.FEWER_MEMBERS:
            members -= by
        elif kind in _KINDS:
            changes[kind.value] = changes.get(kind.value, getattr(asked, kind.value)) - by
            if changes[kind.value] < 0:
                raise ValueError("so many of that kind are not asked for")
        elif kind in _NAMING:
            field = _FIELDS[kind]
            kept = changes.get(field, getattr(asked, field))
            left = frozenset(each for each in kept if str(each) != what)
            if len(left) == len(kept):
                raise ValueError("what is given up is not asked for")
            changes[field] = left
        else:
            if not changes.get(kind.value, getattr(asked, kind.value)):
                raise ValueError("what is given up is not asked for")
            changes[kind.value] = False
    if members < asked.smallest:
        raise ValueError("a team has no fewer members than its kind asks for")
    return replace(asked, size=members, **changes)


_FIELDS = {
    NeedKind.THEME: "themes",
    NeedKind.SERVICE: "services",
    NeedKind.POST: "seniorities",
    NeedKind.COUNCIL: "named",
}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
