"""The regional picture: what the latest signals say of each authority, the worst first, and which themes recur."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.regional.signals import ShownSignal, shown_signal
from clearinghouse.casework.regional_reach import may_in, regions_for
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.signals import (
    SCALES,
    SOFT,
    SignalFacts,
    SignalKind,
    SignalTheme,
    latest,
    recurring,
    worry,
)
from clearinghouse.records.authorities import Authority, AuthorityLineage
from clearinghouse.records.regional import Signal


@dataclass(frozen=True)
class PictureFilter:
    """What the picture is narrowed to."""

    kind: SignalKind | None = None
    theme: SignalTheme | None = None
    warnings_only: bool = False


@dataclass(frozen=True)
class AuthorityInPicture:
    """An authority with its latest signals, the warnings first; `warnings` counts those that count today."""

    id: UUID
    name: str
    type_name: str
    warnings: int
    fell: int
    signals: tuple[ShownSignal, ...]


@dataclass(frozen=True)
class RecurringTheme:
    """A theme that recurs in the region, with the names of the authorities in which it does."""

    theme: SignalTheme
    authorities: tuple[str, ...]


@dataclass(frozen=True)
class Travel:
    """One line of the table of star ratings by direction of travel (East Midlands strategy §14)."""

    stars: str
    by_travel: tuple[int, ...]


@dataclass(frozen=True)
class Picture:
    """The picture of one region. `quiet` names the authorities of which nothing is known that fits the filter."""

    region: Region
    regions: tuple[Region, ...]
    authorities: tuple[AuthorityInPicture, ...]
    quiet: tuple[tuple[UUID, str], ...]
    recurring: tuple[RecurringTheme, ...]
    travel: tuple[Travel, ...]
    shows_soft: bool
    may_record: bool
    may_manage: bool


TRAVEL_WORDS = SCALES[SignalKind.DIRECTION_OF_TRAVEL].words


def regional_picture(
    world: World, actor: Actor, region: Region | None, given: PictureFilter = PictureFilter()
) -> Picture:
    """The picture of a region, by default the person's first: patterns, and nothing of any case (004 §19, §22).

    Signals about what an authority replaced stand with the authority. Nothing behind the person's wall is in a list,
    a count or a pattern, nor talk for those who may not read it. Raises NotFound for a region out of reach.
    """
    regions = regions_for(actor, Permission.SIGNAL_READ)
    region = region or next(iter(regions), None)
    if region is None or region not in regions:
        raise NotFound
    with world.reading(actor) as work:
        soft = may_in(actor, Permission.SOFT_SIGNAL_READ, region)
        councils = authorities_of(work, region)
        known = signals_in(work, councils, soft=soft)
        facts = facts_of(known)
        shown = [_authority(councils[each], known[each], given, work.today) for each in known]
        seen = sorted(
            (each for each in shown if each.signals), key=lambda each: (-each.warnings, -each.fell, each.name)
        )
        there = {each.id for each in seen}
        return Picture(
            region=region,
            regions=regions,
            authorities=tuple(seen),
            quiet=tuple((each.id, each.name) for each in councils.values() if each.id not in there),
            recurring=tuple(
                RecurringTheme(each.theme, tuple(sorted(councils[UUID(at)].name for at in each.authorities)))
                for each in recurring(facts, work.today)
            ),
            travel=_travel(facts),
            shows_soft=soft,
            may_record=may_in(actor, Permission.SIGNAL_RECORD, region),
            may_manage=may_in(actor, Permission.ROUND_TABLE_MANAGE, region),
        )


def authorities_of(work: Work, region: Region, *, behind_walls: bool = False) -> Mapping[UUID, Authority]:
    """The region's current authorities by name, without those behind the actor's wall unless they are asked for."""
    query = select(Authority).where(
        Authority.region == region, or_(Authority.ended_on.is_(None), Authority.ended_on >= work.today)
    )
    rows = work.session.scalars(query.order_by(Authority.name, Authority.id))
    return {row.id: row for row in rows if behind_walls or row.id not in work.actor.walled}


def signals_in(
    work: Work, councils: Collection[UUID], *, soft: bool, behind_walls: bool = False
) -> Mapping[UUID, list[Signal]]:
    """The signals that stand about each of these authorities and about what it replaced, by authority."""
    heirs = heirs_of(work, councils)
    hidden = frozenset[UUID]() if behind_walls else work.actor.walled
    query = select(Signal).where(Signal.authority_id.in_(set(heirs) - hidden), Signal.withdrawn_at.is_(None))
    if not soft:
        query = query.where(Signal.kind.not_in(SOFT))
    found: dict[UUID, list[Signal]] = {each: [] for each in councils}
    for row in work.session.scalars(query.order_by(Signal.id)):
        for heir in heirs[row.authority_id]:
            found[heir].append(row)
    return found


def facts_of(known: Mapping[UUID, Iterable[Signal]]) -> tuple[SignalFacts, ...]:
    """The signals as the rules look at them, each under the authority that it counts for."""
    return tuple(
        SignalFacts(str(row.id), str(council), row.kind, row.theme, row.observed_on, row.value, row.direction)
        for council, rows in known.items()
        for row in rows
    )


def heirs_of(work: Work, councils: Collection[UUID]) -> Mapping[UUID, set[UUID]]:
    """Each authority that counts for one of these: itself, and what it replaced, however far back."""
    before: dict[UUID, set[UUID]] = {}
    pairs = select(AuthorityLineage.predecessor_id, AuthorityLineage.successor_id)
    for predecessor, successor in work.session.execute(pairs):
        before.setdefault(successor, set()).add(predecessor)
    heirs: dict[UUID, set[UUID]] = {}
    for council in councils:
        waiting, reached = [council], set[UUID]()
        while waiting:
            each = waiting.pop()
            if each not in reached:
                reached.add(each)
                waiting += before.get(each, ())
        for each in reached:
            heirs.setdefault(each, set()).add(council)
    return heirs


def _authority(
    council: Authority, rows: Collection[Signal], given: PictureFilter, today: date
) -> AuthorityInPicture:
    facts = facts_of({council.id: rows})
    last = {each.id for each in latest(facts)}
    warnings, fell = worry(facts, today)
    signals = [
        shown_signal(row)
        for row in rows
        if str(row.id) in last and given.kind in (None, row.kind) and given.theme in (None, row.theme)
    ]
    signals.sort(key=lambda each: (not each.is_warning, -each.observed_on.toordinal(), str(each.id)))
    return AuthorityInPicture(
        id=council.id,
        name=council.name,
        type_name=council.type_name,
        warnings=warnings,
        fell=fell,
        signals=tuple(each for each in signals if each.is_warning or not given.warnings_only),
    )


def _travel(facts: Collection[SignalFacts]) -> tuple[Travel, ...]:
    """How many authorities of each star rating travel in which direction; only those of which both are known."""
    whole = [each for each in latest(facts) if each.value is not None]
    stars = {each.authority: each.value for each in whole if each.kind is SignalKind.CPA_STARS}
    travel = {each.authority: each.value for each in whole if each.kind is SignalKind.DIRECTION_OF_TRAVEL}
    both = [(stars[each], travel[each]) for each in stars if each in travel]
    if not both:
        return ()
    rating, direction = SCALES[SignalKind.CPA_STARS], SCALES[SignalKind.DIRECTION_OF_TRAVEL]
    return tuple(
        Travel(rating.words_of(star), tuple(both.count((star, each)) for each in direction.values))
        for star in reversed(rating.values)
    )
