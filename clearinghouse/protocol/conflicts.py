"""Why a peer may not serve at a council, or only if a lead accepts it: the rules about conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from clearinghouse.protocol.peers import (
    AuthorityFacts,
    Kinship,
    PeerFacts,
    PeerKind,
    Period,
    Tie,
    are_neighbours,
    kin_of,
    same_group,
    ties,
    years_after,
)

BELONGING_YEARS = 4
REVIEW_YEARS = 3
LAST_DAY_OF_THE_COUNCIL_YEAR = (3, 31)


class Effect(StrEnum):
    """What a conflict does: nobody can pass a block; a lead may accept a warning with a reason."""

    BLOCKED = "blocked"
    WARNING = "warning"


class Rule(StrEnum):
    """The rule that found the conflict."""

    BELONGS = "belongs"
    DECLARED_INTEREST = "declared_interest"
    NOT_ACCREDITED = "not_accredited"
    SUSPENDED = "suspended"
    DAYS_USED_UP = "days_used_up"
    UNAVAILABLE = "unavailable"
    NEIGHBOUR = "neighbour"
    SAME_GROUP = "same_group"
    REVIEWED_BEFORE = "reviewed_before"
    WORKED_TOGETHER = "worked_together"
    RECIPROCAL_REVIEW = "reciprocal_review"


@dataclass(frozen=True, slots=True)
class Conflict:
    """One reason against one peer at one council, in words a coordinator can read to the council.

    `until` is the last day on which it holds, None where only a change of facts ends it. `about` is the
    council or the peer it concerns, so that a warning accepted once is not taken for another.
    """

    rule: Rule
    effect: Effect
    words: str
    until: date | None = None
    about: UUID | None = None

    @property
    def key(self) -> tuple[Rule, UUID | None]:
        """What a lead accepts when accepting this warning."""
        return self.rule, self.about


@dataclass(frozen=True, slots=True)
class Ground:
    """What the rules need to know of one request, worked out once for any number of peers by `survey`."""

    authority: AuthorityFacts
    window: Period
    days: int
    today: date
    register: Mapping[UUID, AuthorityFacts]
    kin: Mapping[UUID, Kinship]
    neighbours: frozenset[UUID]
    weekdays: int
    year_end: date
    lineage: frozenset[UUID]
    reviewed_by_us: Mapping[UUID, date]
    team: Mapping[UUID, PeerFacts]
    colleagues: Mapping[UUID, tuple[tuple[PeerFacts, Tie], ...]]


def check(
    peer: PeerFacts,
    authority: AuthorityFacts,
    window: Period,
    days: int,
    today: date,
    *,
    register: Mapping[UUID, AuthorityFacts],
    team: Sequence[PeerFacts] = (),
) -> tuple[Conflict, ...]:
    """Every conflict of one peer for one council, blocks first (design 6, conflicts).

    Years are counted back from the first day of the window, for that is when the peer would be there. `days`
    is how many days of work are asked. `team` are the others in it; the peer's own entry is passed over.
    """
    return conflicts_on(peer, survey(authority, window, days, today, register=register, team=team))


def survey(
    authority: AuthorityFacts,
    window: Period,
    days: int,
    today: date,
    *,
    register: Mapping[UUID, AuthorityFacts],
    team: Sequence[PeerFacts] = (),
) -> Ground:
    """Work out once what `conflicts_on` then asks for each of many peers."""
    kin = kin_of(authority, register)
    return Ground(
        authority=authority,
        window=window,
        days=days,
        today=today,
        register=register,
        kin=kin,
        neighbours=frozenset(
            other.id
            for other in register.values()
            if other.id not in kin and other.end is None and are_neighbours(authority, other)
        ),
        weekdays=_weekdays(window, window),
        year_end=_year_end(today),
        lineage=authority.lineage,
        reviewed_by_us=_recent_reviews(authority, window.first, register),
        team={member.id: member for member in team},
        colleagues=_colleagues(team, register),
    )


def beside(ground: Ground, team: Sequence[PeerFacts]) -> Ground:
    """The same ground for those who would serve beside this team."""
    return replace(
        ground,
        team={member.id: member for member in team},
        colleagues=_colleagues(team, ground.register),
    )


def worked_together(peer: PeerFacts, ground: Ground) -> tuple[Conflict, ...]:
    """The warnings about a peer for having worked with members of the team on this ground, one for each member."""
    return tuple(_worked_together(peer, ties(peer, ground.register), ground))


def conflicts_on(peer: PeerFacts, ground: Ground) -> tuple[Conflict, ...]:
    """Every conflict of one peer on surveyed ground, blocks first; each rule says its own."""
    held = ties(peer, ground.register)
    found: list[Conflict] = []
    found.extend(_belonging(peer, held, ground))
    if peer.interests:
        found.extend(_declared_interest(peer, ground))
    found.extend(_accreditation(peer, ground))
    found.extend(_days(peer, ground))
    if peer.unavailable:
        found.extend(_availability(peer, ground))
    found.extend(_places(held, ground))
    if ground.authority.ruling_group is not None:
        found.extend(_political_group(peer, ground))
    if peer.deployments:
        found.extend(_reviewed_before(peer, ground))
    if ground.team:
        found.extend(_worked_together(peer, held, ground))
    return tuple(found)


def is_blocked(conflicts: Iterable[Conflict]) -> bool:
    """Whether any of these keeps the peer from being chosen at all."""
    return any(conflict.effect is Effect.BLOCKED for conflict in conflicts)


@lru_cache(maxsize=4096)
def in_words(day: date) -> str:
    """A date as it is read out: 31 March 2023."""
    return f"{day.day} {day:%B} {day.year}"


def days_left(peer: PeerFacts, ground: Ground) -> int:
    """Days the peer can still give in the council year in which the window begins: this one or the next."""
    is_later = ground.window.first > ground.year_end
    return peer.days_offered - (peer.days_booked_next if is_later else peer.days_used)


def _belonging(peer: PeerFacts, held: Sequence[Tie], ground: Ground) -> Iterator[Conflict]:
    """Blocked while belonging, and for four years after, to the council or to any of its kin."""
    for tie in held:
        place = tie.authority
        if place not in ground.kin:
            if ground.kin.keys().isdisjoint(tie.heirs):
                continue
            place = min(heir for heir in tie.heirs if heir in ground.kin)
        ends = None if tie.until is None else years_after(tie.until, BELONGING_YEARS)
        if ends is None or ground.window.first <= ends:
            words = _belonging_words(peer, tie, place, ground)
            yield Conflict(Rule.BELONGS, Effect.BLOCKED, words, ends, tie.authority)


_BELONGING_VERBS = {
    PeerKind.COUNCILLOR: "Councillor of",
    PeerKind.OFFICER: "Employed by",
    PeerKind.SPECIALIST: "Attached to",
}

_KINSHIP_WORDS = {
    Kinship.ITSELF: "",
    Kinship.PREDECESSOR: ", which {here} replaced",
    Kinship.SUCCESSOR: ", which replaced {here}",
    Kinship.COUNTY: ", the county council for {here}",
    Kinship.DISTRICT: ", a district in the area of {here}",
    Kinship.FORMER_COUNTY: ", of one line with the county council for {here}",
    Kinship.FORMER_DISTRICT: ", once a district in the area of {here}",
}


def _belonging_words(peer: PeerFacts, tie: Tie, place: UUID, ground: Ground) -> str:
    here = ground.authority.name
    verb = _BELONGING_VERBS[peer.kind]
    related = _KINSHIP_WORDS[ground.kin[place]].format(here=here)
    if tie.heirs and tie.until is None:
        mine = ground.authority.id
        heir = mine if mine in tie.heirs else min(tie.heirs & ground.kin.keys(), default=None)
        if heir is not None:
            name = ground.register[heir].name if heir in ground.register else here
            related = _KINSHIP_WORDS[ground.kin[heir]].format(here=here)
            return f"{verb} {tie.name} when {name} replaced it{related}, and not recorded as having left."
    started = f" from {in_words(tie.since)}" if tie.since is not None and tie.since > ground.today else ""
    ended = f" until {in_words(tie.until)}" if tie.until is not None else ""
    return f"{verb} {tie.name}{started}{ended}{related}."


def _declared_interest(peer: PeerFacts, ground: Ground) -> Iterator[Conflict]:
    """Blocked by an interest declared in the council or in its lineage; what it is stays sealed."""
    if not peer.interests.isdisjoint(ground.lineage):
        words = f"Has declared an interest in {ground.authority.name}."
        yield Conflict(Rule.DECLARED_INTEREST, Effect.BLOCKED, words, None, ground.authority.id)


def _accreditation(peer: PeerFacts, ground: Ground) -> Iterator[Conflict]:
    """Blocked unless accredited through the whole window, and while suspended.

    Accreditation is of councillor and officer peers (§23); a specialist from outside who never had one is
    not asked for it.
    """
    begins, ends = peer.accredited_from, peer.accredited_until
    if begins is None and ends is None and peer.kind is not PeerKind.SPECIALIST:
        yield Conflict(Rule.NOT_ACCREDITED, Effect.BLOCKED, "Has no accreditation on record.")
    if ends is not None and ends < ground.window.last:
        tense = "lapsed" if ends < ground.today else "lapses"
        words = f"Accreditation {tense} on {in_words(ends)}, before the work would end."
        yield Conflict(Rule.NOT_ACCREDITED, Effect.BLOCKED, words)
    if begins is not None and begins > ground.window.first:
        words = f"Accredited only from {in_words(begins)}."
        yield Conflict(Rule.NOT_ACCREDITED, Effect.BLOCKED, words, begins - timedelta(days=1))
    if peer.suspended:
        yield Conflict(Rule.SUSPENDED, Effect.BLOCKED, "Accreditation is suspended.")


def _days(peer: PeerFacts, ground: Ground) -> Iterator[Conflict]:
    """Blocked where fewer days are left than asked, until the council year ends if the next one would do."""
    left = days_left(peer, ground)
    if left >= ground.days:
        return
    if left <= 0:
        words = f"Has used all of the {peer.days_offered} days offered this year; {ground.days} are asked."
    else:
        words = f"Has {left} of the {peer.days_offered} days offered this year left; {ground.days} are asked."
    ends = ground.year_end if peer.days_offered >= ground.days else None
    yield Conflict(Rule.DAYS_USED_UP, Effect.BLOCKED, words, ends)


def _availability(peer: PeerFacts, ground: Ground) -> Iterator[Conflict]:
    """Blocked where too few weekdays of the window stay free for the days asked.

    Where the window has no more weekdays than that (dates rather than a window), a single day away blocks.
    """
    away = _merged(period for period in peer.unavailable if period.overlaps(ground.window))
    if not away:
        return
    lost = sum([_weekdays(period, ground.window) for period in away])
    if ground.weekdays - lost < min(ground.days, ground.weekdays):
        spoken = " and ".join(f"from {in_words(period.first)} to {in_words(period.last)}" for period in away)
        yield Conflict(Rule.UNAVAILABLE, Effect.BLOCKED, f"Unavailable {spoken}.", away[-1].last)


def _places(held: Sequence[Tie], ground: Ground) -> Iterator[Conflict]:
    """Warnings about where the peer belongs now: a neighbouring council, or one that our people reviewed."""
    seen = set()
    for tie in held:
        left = tie.until is not None and tie.until < ground.window.first
        if left or (tie.since is not None and tie.since > ground.window.last):
            continue
        for place in tie.places[1:] or tie.places:
            if place in seen:
                continue
            seen.add(place)
            if place not in ground.neighbours and place not in ground.reviewed_by_us:
                continue
            name = ground.register[place].name if place in ground.register else tie.name
            if place in ground.neighbours:
                words = f"Belongs to {name}, which neighbours {ground.authority.name}."
                yield Conflict(Rule.NEIGHBOUR, Effect.WARNING, words, None, place)
            ended = ground.reviewed_by_us.get(place)
            if ended is not None and place not in ground.kin:
                words = (
                    f"Belongs to {name}, which people of {ground.authority.name} reviewed"
                    f" until {in_words(ended)}."
                )
                ends = years_after(ended, REVIEW_YEARS)
                yield Conflict(Rule.RECIPROCAL_REVIEW, Effect.WARNING, words, ends, place)


def _political_group(peer: PeerFacts, ground: Ground) -> Iterator[Conflict]:
    """Warning for a councillor of the ruling group while no other group has a councillor in the team."""
    ruling = ground.authority.ruling_group
    if ruling is None or not _sits_with(peer, ruling):
        return
    if any(_balances(member, ruling) for member in ground.team.values() if member.id != peer.id):
        return
    since = ground.authority.ruling_group_since
    dated = f" since {in_words(since)}" if since is not None else ""
    words = (
        f"Belongs to the {ruling} group, which has led {ground.authority.name}{dated},"
        " and the team has no councillor of another group."
    )
    yield Conflict(Rule.SAME_GROUP, Effect.WARNING, words, None, ground.authority.id)


def _reviewed_before(peer: PeerFacts, ground: Ground) -> Iterator[Conflict]:
    """Warning for three years after the peer last served on a review of the council or of its lineage."""
    served = [deployment for deployment in peer.deployments if deployment.authority in ground.lineage]
    if not served:
        return
    latest = max(served, key=lambda deployment: deployment.ended or date.max)
    name = ground.authority.name
    if latest.authority != ground.authority.id and latest.authority in ground.register:
        kinship = _KINSHIP_WORDS[ground.kin[latest.authority]].format(here=name)
        name = f"{ground.register[latest.authority].name}{kinship}"
    if latest.ended is None:
        words, ends = f"Already serves on a review of {name}.", None
    else:
        ends = years_after(latest.ended, REVIEW_YEARS)
        words = f"Served until {in_words(latest.ended)} on a review of {name}."
    if ends is None or ground.window.first <= ends:
        yield Conflict(Rule.REVIEWED_BEFORE, Effect.WARNING, words, ends, ground.authority.id)


def _worked_together(peer: PeerFacts, held: Sequence[Tie], ground: Ground) -> Iterator[Conflict]:
    """Warning for having been at one council at one time with a member, or on one review in three years."""
    said: set[UUID] = set()
    for tie in held if ground.colleagues else ():
        for place in tie.places:
            for member, other in ground.colleagues.get(place, ()):
                if member.id != peer.id and member.id not in said and tie.meets(other):
                    said.add(member.id)
                    name = tie.name if place == tie.authority else ground.register[place].name
                    words = f"Belonged to {name} at the same time as {member.name}."
                    yield Conflict(Rule.WORKED_TOGETHER, Effect.WARNING, words, None, member.id)
    for served in peer.deployments:
        if served.team.isdisjoint(ground.team):
            continue
        for colleague in sorted((served.team & ground.team.keys()) - said - {peer.id}):
            ends = None if served.ended is None else years_after(served.ended, REVIEW_YEARS)
            if ends is None or ground.window.first <= ends:
                said.add(colleague)
                council = ground.register.get(served.authority)
                where = f" at {council.name}" if council is not None else ""
                words = f"Served on a review{where} with {ground.team[colleague].name}."
                yield Conflict(Rule.WORKED_TOGETHER, Effect.WARNING, words, ends, colleague)


def _colleagues(
    team: Sequence[PeerFacts], register: Mapping[UUID, AuthorityFacts]
) -> dict[UUID, tuple[tuple[PeerFacts, Tie], ...]]:
    """Who of the team is or was at each council, and when."""
    found: dict[UUID, tuple[tuple[PeerFacts, Tie], ...]] = {}
    for member in team:
        for tie in ties(member, register):
            for place in tie.places:
                found[place] = (*found.get(place, ()), (member, tie))
    return found


def _recent_reviews(
    authority: AuthorityFacts, first: date, register: Mapping[UUID, AuthorityFacts]
) -> dict[UUID, date]:
    """The councils, with what replaced them, that our people reviewed within three years, and when last."""
    latest: dict[UUID, date] = {}
    for review in authority.reviews_made:
        if first > years_after(review.ended, REVIEW_YEARS):
            continue
        heirs = register[review.authority].successors if review.authority in register else frozenset()
        for place in (review.authority, *heirs):
            latest[place] = max(review.ended, latest.get(place, review.ended))
    return latest


def _sits_with(peer: PeerFacts, group: str) -> bool:
    return peer.kind is PeerKind.COUNCILLOR and same_group(peer.political_group, group)


def _balances(member: PeerFacts, group: str) -> bool:
    of_a_group = member.kind is PeerKind.COUNCILLOR and member.political_group is not None
    return of_a_group and not same_group(member.political_group, group)


def _merged(periods: Iterable[Period]) -> list[Period]:
    merged: list[Period] = []
    for period in sorted(periods, key=lambda period: period.first):
        if merged and period.first <= merged[-1].last + timedelta(days=1):
            merged[-1] = Period(merged[-1].first, max(merged[-1].last, period.last))
        else:
            merged.append(period)
    return merged


def _weekdays(period: Period, window: Period) -> int:
    """Mondays to Fridays of the period that lie in the window."""
    first, last = max(period.first, window.first).toordinal(), min(period.last, window.last).toordinal()
    return _weekdays_up_to(last) - _weekdays_up_to(first - 1)


def _weekdays_up_to(ordinal: int) -> int:
    weeks, days = divmod(ordinal, 7)
    return 5 * weeks + min(days, 5)


def _year_end(today: date) -> date:
    ends = date(today.year, *LAST_DAY_OF_THE_COUNCIL_YEAR)
    return ends if today <= ends else ends.replace(year=ends.year + 1)
