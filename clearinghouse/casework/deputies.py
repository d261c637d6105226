"""Deputies: who hears in a lead's place, between two dates, of what stays undone in the lead's region (004 §19)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.policy import POLICY
from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.staff import Colleague, in_force, name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.deputies import CoverFacts, may_deputise, stands_in
from clearinghouse.records.absence import Deputy
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import RoleGrant, User, UserState

LONGEST = timedelta(days=365)


@dataclass(frozen=True)
class Cover:
    """That somebody stands in for a lead from a day up to and including another. `region` is None for the country.

    `holds` is whether it does anything: not where the one is no lead of that region any more, or the other has left.
    """

    id: UUID
    lead: Colleague
    deputy: Colleague
    region: Region | None
    starts_on: date
    until: date
    holds: bool


@dataclass(frozen=True)
class Covers:
    """A lead's page: the regions they lead, who could stand in for each, who does, and whom they stand in for."""

    regions: tuple[Region | None, ...]
    candidates: tuple[tuple[Region | None, tuple[Colleague, ...]], ...]
    mine: tuple[Cover, ...]
    for_others: tuple[Cover, ...]


def deputies_page(world: World, actor: Actor) -> Covers:
    """Who covers whom, as far as it concerns the lead. Raises NotFound for anybody else."""
    with world.reading(actor) as work:
        regions = _led_by(actor)
        return Covers(
            regions=regions,
            candidates=tuple((region, _candidates(work, region)) for region in regions),
            mine=_covers(work, Deputy.lead_id == actor.id),
            for_others=_covers(work, Deputy.deputy_id == actor.id),
        )


def name_deputy(
    world: World, actor: Actor, region: Region | None, deputy_id: UUID, starts_on: date, until: date
) -> None:
    """Name who hears in the lead's place, for a region that the lead holds, from a day up to another.

    The deputy must be a lead of that region, or of the country, already: being named gives no right (ours). Raises
    Invalid beside `region`, `deputy`, `starts_on` or `until`, NotFound for anybody but a lead.
    """
    with world.unit_of_work(actor) as work:
        if region not in _led_by(actor):
            raise Invalid({"region": "Choose one of the regions listed"})
        if deputy_id not in {each.id for each in _candidates(work, region)}:
            raise Invalid({"deputy": "Choose one of the leads listed for that region"})
        _check_dates(work, starts_on, until)
        mine = (Deputy.lead_id == actor.person, _of_region(region), *_not_over(work))
        meanwhile = select(Deputy.id).where(*mine, Deputy.starts_on <= until, Deputy.until >= starts_on)
        if work.session.scalars(meanwhile.limit(1)).first() is not None:
            raise Invalid({"starts_on": "You have a deputy on some of these days. End that first"})
        row = work.add(
            Deputy(
                lead_id=actor.person,
                deputy_id=deputy_id,
                region=region,
                starts_on=starts_on,
                until=until,
                named_at=work.now,
            )
        )
        work.record(
            Event.DEPUTY_NAMED,
            Stream.USER,
            actor.person,
            cover=row.id,
            deputy=deputy_id,
            region=region,
            starts_on=starts_on,
            until=until,
        )


def end_deputy(world: World, actor: Actor, cover_id: UUID) -> None:
    """End a cover at once, as the lead or as the deputy. Raises NotFound for anybody else, and where it ended."""
    with world.unit_of_work(actor) as work:
        held = select(Deputy).where(Deputy.id == cover_id, *_not_over(work)).with_for_update()
        row = work.session.scalars(held).one_or_none()
        if row is None or actor.person not in (row.lead_id, row.deputy_id):
            raise NotFound
        row.ended_at = work.now
        work.record(Event.DEPUTY_ENDED, Stream.USER, row.lead_id, cover=row.id, deputy=row.deputy_id)


def deputies_of(work: Work, leads: Collection[UUID], region: Region | None) -> tuple[UUID, ...]:
    """Who stands in today for any of these leads of the region, and is still a lead who reaches it themselves."""
    rows = work.session.scalars(
        select(Deputy)
        .where(Deputy.lead_id.in_(leads), _of_region(region), *_not_over(work))
        .order_by(Deputy.id)
    ).all()
    led = _led_today(work)
    found = (row.deputy_id for row in rows if stands_in(_facts(row), led.get(row.deputy_id, ()), work.today))
    return tuple(dict.fromkeys(found))


def _led_by(actor: Actor) -> tuple[Region | None, ...]:
    """The regions for which the person may name a deputy. Raises NotFound for somebody with none."""
    naming = POLICY[Permission.DEPUTY_NAME]
    regions = dict.fromkeys(grant.region for grant in actor.grants if grant.role in naming)
    if not regions:
        raise NotFound
    return tuple(regions)


def _candidates(work: Work, region: Region | None) -> tuple[Colleague, ...]:
    led = _led_today(work)
    fit = [person for person, regions in led.items() if may_deputise(region, regions)]
    rows = work.session.execute(
        select(User.id, User.name).where(User.id.in_(fit)).order_by(User.name, User.id)
    )
    return tuple(Colleague(row.id, row.name) for row in rows if row.id != work.actor.id)


def _led_today(work: Work) -> dict[UUID, set[Region | None]]:
    """What everybody who is a lead today leads."""
    query = (
        select(RoleGrant.user_id, RoleGrant.region)
        .join(User, User.id == RoleGrant.user_id)
        .where(User.state == UserState.ACTIVE, RoleGrant.role == Role.LEAD, in_force(work.today))
    )
    led: dict[UUID, set[Region | None]] = {}
    for row in work.session.execute(query):
        led.setdefault(row.user_id, set()).add(row.region)
    return led


def _facts(row: Deputy) -> CoverFacts:
    return CoverFacts(row.region, row.starts_on, row.until, ended=row.ended_at is not None)


def _of_region(region: Region | None) -> ColumnElement[bool]:
    return Deputy.region.is_(None) if region is None else Deputy.region == region


def _not_over(work: Work) -> tuple[ColumnElement[bool], ...]:
    return Deputy.ended_at.is_(None), Deputy.until >= work.today


def _covers(work: Work, whose: ColumnElement[bool]) -> tuple[Cover, ...]:
    rows = work.session.scalars(
        select(Deputy).where(whose, *_not_over(work)).order_by(Deputy.starts_on, Deputy.id)
    ).all()
    led = _led_today(work)
    return tuple(
        Cover(
            id=row.id,
            lead=Colleague(row.lead_id, name_of(work, row.lead_id)),
            deputy=Colleague(row.deputy_id, name_of(work, row.deputy_id)),
            region=row.region,
            starts_on=row.starts_on,
            until=row.until,
            holds=row.region in led.get(row.lead_id, ())
            and may_deputise(row.region, led.get(row.deputy_id, ())),
        )
        for row in rows
    )


def _check_dates(work: Work, starts_on: date, until: date) -> None:
    if starts_on < work.today:
        raise Invalid({"starts_on": "The first day must be today or in the future"})
    if until < starts_on:
        raise Invalid({"until": "The last day must not be before the first day"})
    if until - starts_on > LONGEST:
        raise Invalid({"until": "A deputy can be named for a year at most"})
