"""Planning round tables, and reading them: the list of a region's, and the agenda that the program makes for one."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.duties.followups import people_to_ask
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.regional.actions import who_may_act
from clearinghouse.casework.regional.item_words import Person, ShownItem, record_told, words_of
from clearinghouse.casework.regional.items import Item, items_of, items_waiting, seen
from clearinghouse.casework.regional_reach import may_in, regions_for, scope_in
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.round_table import ItemKind, Party, Planning, next_by, planning
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.regional import RegionalAction, RoundTable, RoundTableItem, RoundTableState

FURTHEST = timedelta(days=2 * 365)


@dataclass(frozen=True)
class ListedRoundTable:
    """A round table in the list of its region. `waits` where its day has passed and nothing is recorded."""

    id: UUID
    on: date
    is_held: bool
    waits: bool


@dataclass(frozen=True)
class RegionsRoundTables:
    """How a region stands with its round tables (004 §21, §22). `by` is when the next one falls."""

    region: Region
    regions: tuple[Region, ...]
    a_year: int
    planning: Planning
    by: date
    tables: tuple[ListedRoundTable, ...]


@dataclass(frozen=True)
class RoundTablePage:
    """A round table with its agenda: as it stands today while it is to come, as it was frozen once it was held.

    `parties` is who normally comes, or who came. `undecided` where items wait for somebody who can see them.
    """

    id: UUID
    region: Region
    on: date
    is_held: bool
    recorded_by: str
    version: int
    parties: tuple[Party, ...]
    items: tuple[ShownItem, ...]
    note: str
    has_next: bool
    undecided: bool


def round_tables_of(world: World, actor: Actor, region: Region | None) -> RegionsRoundTables:
    """The region's round tables, the latest first; by default of the person's first region. Raises NotFound."""
    regions = regions_for(actor, Permission.ROUND_TABLE_MANAGE)
    region = region or next(iter(regions), None)
    if region is None or region not in regions:
        raise NotFound
    with world.reading(actor) as work:
        query = select(RoundTable).where(RoundTable.region == region)
        rows = work.session.scalars(query.order_by(RoundTable.planned_on.desc(), RoundTable.id)).all()
        held = max((row.held_on for row in rows if row.held_on), default=None)
        planned = [row.planned_on for row in rows if row.state is RoundTableState.PLANNED]
        a_year = world.regions.of(region.value).a_year
        return RegionsRoundTables(
            region=region,
            regions=regions,
            a_year=a_year,
            planning=planning(a_year, held, planned, work.today),
            by=next_by(a_year, held, work.today),
            tables=tuple(
                ListedRoundTable(
                    row.id,
                    row.held_on or row.planned_on,
                    row.state is RoundTableState.HELD,
                    row.state is RoundTableState.PLANNED and row.planned_on < work.today,
                )
                for row in rows
            ),
        )


def plan_round_table(world: World, actor: Actor, region: Region, on: date) -> UUID:
    """Plan a round table of the region for a day. Raises Invalid beside `on`, NotFound. Returns its id."""
    with world.unit_of_work(actor) as work:
        if not may_in(actor, Permission.ROUND_TABLE_MANAGE, region):
            raise NotFound
        return plan(work, region, on, "on").id


def move_round_table(world: World, actor: Actor, table_id: UUID, version: int | None, to: date) -> None:
    """Move a round table that is to come to another day.

    Raises Invalid beside `to`, Refused where it was held, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        table = table_to_change(work, table_id, version)
        if table.state is not RoundTableState.PLANNED:
            raise Refused("This round table has been held.")
        _check_day(work, table.region, to, "to")
        work.record(Event.ROUND_TABLE_MOVED, Stream.ROUND_TABLE, table.id, from_on=table.planned_on, to_on=to)
        table.planned_on, table.version = to, table.version + 1


def round_table_page(
    world: World, actor: Actor, table_id: UUID, *, with_people: bool = False
) -> RoundTablePage:
    """A round table as its agenda stands for this person; that it was opened is recorded. Raises NotFound.

    `with_people` adds to each item who can be given what is decided of it.
    """
    with world.unit_of_work(actor) as work:
        table = table_to_read(work, table_id)
        held = table.state is RoundTableState.HELD
        frozen = items_of(work, table) if held else {}
        waiting = items_waiting(work, table.region)
        items = seen(work, table.region, frozen.values() if held else waiting)
        shown = [_shown(work, item, with_people=with_people, region=table.region) for item in items]
        whole = {item.key for item in items if not item.authorities & actor.walled}
        if held:
            rows = {row.key: row for row in _rows(work, table)}
            still = {item.key for item in waiting}
            shown = [_decided(work, each, rows[each.key], still, whole) for each in shown]
        usual = world.regions.of(table.region.value).parties
        page = RoundTablePage(
            id=table.id,
            region=table.region,
            on=table.held_on or table.planned_on,
            is_held=held,
            recorded_by=name_of(work, table.recorded_by) if table.recorded_by else "",
            version=table.version,
            parties=tuple(Party(each) for each in table.parties) if held else usual,
            items=tuple(shown),
            # What was noted beside the items may be about any of them.
            note=table.note if held and len(whole) == len(frozen) else "",
            has_next=bool(others_planned(work, table)),
            undecided=held and any(each.waits for each in shown),
        )
        record_told(work, table, items)
        return page


def plan(work: Work, region: Region, on: date, field: str) -> RoundTable:
    """Write a round table that is to come. Raises Invalid beside the field."""
    _check_day(work, region, on, field)
    table = work.add(
        RoundTable(
            region=region,
            planned_on=on,
            state=RoundTableState.PLANNED,
            planned_by=work.actor.person,
            planned_at=work.now,
            parties=[],
        )
    )
    work.session.flush()
    work.record(Event.ROUND_TABLE_PLANNED, Stream.ROUND_TABLE, table.id, on=on)
    return table


def table_to_read(work: Work, table_id: UUID) -> RoundTable:
    """The round table, for somebody who runs those of its region. Raises NotFound."""
    table = work.session.get(RoundTable, table_id)
    if table is None or not may_in(work.actor, Permission.ROUND_TABLE_MANAGE, table.region):
        raise NotFound
    return table


def table_to_change(work: Work, table_id: UUID, seen_version: int | None) -> RoundTable:
    """The round table, held until the work ends. Raises NotFound, and Stale where somebody changed it meanwhile."""
    table = work.session.get(RoundTable, table_id, with_for_update=True, populate_existing=True)
    if table is None or not may_in(work.actor, Permission.ROUND_TABLE_MANAGE, table.region):
        raise NotFound
    if seen_version is not None and seen_version != table.version:
        raise Stale(
            name_of(work, table.recorded_by or table.planned_by), table.recorded_at or table.planned_at
        )
    return table


def others_planned(work: Work, table: RoundTable) -> list[date]:
    """The days of the region's other round tables to come, the next first."""
    query = select(RoundTable.planned_on).where(
        RoundTable.region == table.region,
        RoundTable.state == RoundTableState.PLANNED,
        RoundTable.id != table.id,
        RoundTable.planned_on >= work.today,
    )
    return list(work.session.scalars(query.order_by(RoundTable.planned_on)))


def who_may_take(work: Work, region: Region, item: Item) -> tuple[Person, ...]:
    """Who can be given what a decision asks: on a case whoever may do it, else whoever works in the region."""
    if item.kind is not ItemKind.REFERRAL or item.case_id is None:
        people = who_may_act(work, scope_in(region, item.authorities))
        return tuple(Person(each.person, each.name) for each in people)
    asked = people_to_ask(work, work.session.get_one(Case, item.case_id))
    return tuple(Person(each.id, each.name) for each in asked)


def _check_day(work: Work, region: Region, on: date, field: str) -> None:
    if not work.today <= on <= work.today + FURTHEST:
        raise Invalid({field: "The day must be today or later, within two years"})
    same = select(RoundTable.id).where(
        RoundTable.region == region,
        RoundTable.planned_on == on,
        RoundTable.state == RoundTableState.PLANNED,
    )
    if work.session.scalars(same).first():
        raise Invalid({field: "A round table of the region is planned for that day already"})


def _rows(work: Work, table: RoundTable) -> list[RoundTableItem]:
    query = select(RoundTableItem).where(RoundTableItem.round_table_id == table.id)
    return list(work.session.scalars(query.order_by(RoundTableItem.id)))


def _shown(work: Work, item: Item, *, with_people: bool, region: Region) -> ShownItem:
    leads_to_case = item.kind is ItemKind.REFERRAL
    return ShownItem(
        key=item.key,
        slug=item.slug,
        kind=item.kind,
        words=words_of(work, item),
        case_id=item.case_id if leads_to_case else None,
        people=who_may_take(work, region, item) if with_people else (),
    )


def _decided(
    work: Work, shown: ShownItem, row: RoundTableItem, still: Collection[str], whole: Collection[str]
) -> ShownItem:
    """The item with its decision, and what became of it: for whoever sees all that it is about, as its action is."""
    waits = row.decision is None and row.key in still
    shown = replace(shown, decision=row.decision, waits=waits)
    if row.key not in whole:
        return shown
    shown = replace(shown, decided_words=row.words)
    owed: Duty | RegionalAction | None = work.session.get(Duty, row.duty_id) if row.duty_id else None
    if owed is None:
        query = select(RegionalAction).where(RegionalAction.item_id == row.id)
        owed = work.session.scalars(query).first()
        shown = replace(shown, action_id=owed.id if owed else None)
    if owed is None:
        return shown
    return replace(
        shown,
        owner=name_of(work, owed.owner_id),
        due_on=owed.due_on,
        is_done=owed.state is not DutyState.OPEN,
    )
