"""Recording a round table: its agenda is frozen, and each decision becomes a duty, an action or a reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, record_change
from clearinghouse.casework.duties.setting import end_duty, set_duty
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.regional.actions import set_action
from clearinghouse.casework.regional.items import Item, items_of, items_waiting, round_table_duty, seen
from clearinghouse.casework.regional.round_tables import others_planned, plan, table_to_change, who_may_take
from clearinghouse.casework.still_owed import owe_a_next_step
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.round_table import Decision, ItemKind, Party, lacking
from clearinghouse.protocol.vocabulary import DutyKind, Standing
from clearinghouse.protocol.working_days import next_working_day
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty, DutyMove, DutyState
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.regional import (
    RoundTable,
    RoundTableItem,
    RoundTableItemAuthority,
    RoundTableState,
)

FURTHEST = timedelta(days=5 * 365)
DEFERRED = "Deferred by the regional round table."


@dataclass(frozen=True)
class NewDecision:
    """What was decided of one item; `what` is what will be done, or why nothing is needed."""

    decision: Decision
    what: str = ""
    owner_id: UUID | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class HeldRoundTable:
    """A round table as it was held. `decisions` has one for each item that its recorder sees, by the item's key.

    `next_on` is the day of the next one, needed where something is deferred and none is planned.
    """

    held_on: date
    parties: tuple[Party, ...]
    decisions: Mapping[str, NewDecision] = field(default_factory=dict)
    note: str = ""
    next_on: date | None = None


def record_round_table(
    world: World, actor: Actor, table_id: UUID, version: int | None, held: HeldRoundTable
) -> None:
    """Record what a round table decided (004 §22): nothing that stood on its agenda is lost.

    The whole agenda is frozen, what its recorder cannot see included: that waits undecided for somebody who can. Raises
    Invalid beside `held_on`, `parties`, `next_on` or the item's field (its slug and `_decision`, `_what`, `_owner`,
    `_due_on`), Refused where it was recorded already, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        table = table_to_change(work, table_id, version)
        if table.state is not RoundTableState.PLANNED:
            raise Refused("This round table has been recorded already.")
        waiting = items_waiting(work, table.region)
        visible = seen(work, table.region, waiting)
        problems = _problems(work, table, visible, held)
        if held.held_on > work.today:
            problems["held_on"] = "The day of the round table cannot be in the future"
        if not held.parties:
            problems["parties"] = "Select who came"
        if problems:
            raise Invalid(problems)
        rows = _freeze(work, table, waiting)
        table.state, table.held_on, table.version = RoundTableState.HELD, held.held_on, table.version + 1
        table.recorded_by, table.recorded_at = actor.person, work.now
        table.parties = [party.value for party in held.parties]
        table.note = held.note
        _carry_out(work, table, {item: rows[item.key] for item in visible}, held)


def decide_what_is_left(
    world: World, actor: Actor, table_id: UUID, version: int | None, held: HeldRoundTable
) -> None:
    """Record the decisions on items that whoever recorded the round table could not see.

    Only `decisions` and `next_on` are read. Raises Invalid beside the item's field, Refused where nothing is left,
    NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        table = table_to_change(work, table_id, version)
        frozen = items_of(work, table)
        rows = {key: work.session.get_one(RoundTableItem, key) for key in frozen}
        left = [frozen[key] for key, row in rows.items() if row.decision is None]
        # What a later round table took up, or what needs none any more, is not decided once more.
        still = {item.key for item in items_waiting(work, table.region)}
        visible = seen(work, table.region, (item for item in left if item.key in still))
        if not visible:
            raise Refused("Nothing is left to decide.")
        problems = _problems(work, table, visible, held)
        if problems:
            raise Invalid(problems)
        by_key = {row.key: row for row in rows.values()}
        table.version += 1
        _carry_out(work, table, {item: by_key[item.key] for item in visible}, held)


def _problems(work: Work, table: RoundTable, items: tuple[Item, ...], held: HeldRoundTable) -> dict[str, str]:
    problems: dict[str, str] = {}
    for item in items:
        given = held.decisions.get(item.key)
        if given is None:
            problems[f"{item.slug}_decision"] = "Select what was decided"
            continue
        lacks = lacking(
            given.decision, what=bool(given.what), owner=given.owner_id is not None, dated=bool(given.due_on)
        )
        problems |= {f"{item.slug}_{each.field}": each.words for each in lacks}
        if given.decision is Decision.TAKEN_UP and not lacks:
            problems |= _misfits(work, table, item, given)
    deferred = any(given.decision is Decision.DEFERRED for given in held.decisions.values())
    if deferred and held.next_on is None and not others_planned(work, table):
        problems["next_on"] = "Enter the day of the next round table: something is deferred to it"
    return problems


def _misfits(work: Work, table: RoundTable, item: Item, given: NewDecision) -> dict[str, str]:
    problems = {}
    if given.due_on and not work.today <= given.due_on <= work.today + FURTHEST:
        problems[f"{item.slug}_due_on"] = "The date must be today or later, within five years"
    if given.owner_id not in {person.id for person in who_may_take(work, table.region, item)}:
        problems[f"{item.slug}_owner"] = "Select one of the people listed"
    return problems


def _freeze(work: Work, table: RoundTable, items: tuple[Item, ...]) -> Mapping[str, RoundTableItem]:
    rows = {}
    for item in items:
        row = work.add(
            RoundTableItem(
                round_table_id=table.id,
                key=item.key,
                kind=item.kind,
                case_id=item.case_id,
                theme=item.theme,
                subject_id=item.case_id if item.kind is ItemKind.REFERRAL else table.id,
            )
        )
        rows[item.key] = row
    work.session.flush()
    for item in items:
        for authority in sorted(item.authorities):
            work.session.add(RoundTableItemAuthority(item_id=rows[item.key].id, authority_id=authority))
    work.session.flush()
    return rows


def _carry_out(
    work: Work, table: RoundTable, items: Mapping[Item, RoundTableItem], held: HeldRoundTable
) -> None:
    """Write the decisions with the event of the round table, then do what each asks."""
    if held.next_on is not None:
        plan(work, table.region, held.next_on, "next_on")
    later = others_planned(work, table)
    for item, row in items.items():
        given = held.decisions[item.key]
        row.decision, row.decided_by, row.decided_at = given.decision, work.actor.person, work.now
        row.words = given.what
    work.record(
        Event.ROUND_TABLE_RECORDED,
        Stream.ROUND_TABLE,
        table.id,
        held_on=table.held_on,
        items=tuple(row.id for row in items.values()),
        decisions=tuple(row.decision for row in items.values()),
    )
    # Cases are held in the order of their keys, so that two who record at once never wait in a circle.
    for item, row in sorted(items.items(), key=lambda pair: (str(pair[0].case_id or ""), pair[0].key)):
        given = held.decisions[item.key]
        if item.kind is ItemKind.REFERRAL and item.case_id is not None:
            _on_case(work, table, item, row, given, later[0] if later else None)
        elif given.decision is Decision.TAKEN_UP and given.owner_id and given.due_on:
            set_action(work, table, row, given.owner_id, given.due_on, given.what)


def _on_case(
    work: Work,
    table: RoundTable,
    item: Item,
    row: RoundTableItem,
    given: NewDecision,
    next_on: date | None,
) -> None:
    """What the decision does to the case: a duty, another date, or the end of waiting (004 §19, §22)."""
    case_id = item.case_id
    assert case_id is not None  # noqa: S101  # referrals are about a case
    case = case_to_change(work, case_id, Permission.ROUND_TABLE_MANAGE)
    if case.standing is Standing.CLOSED:
        # It stood on the agenda as an open one, before it was held here.
        raise Refused(f"{case.reference} was closed meanwhile. Look at the agenda again.")
    record_change(
        work,
        case,
        Event.ROUND_TABLE_DECIDED,
        round_table=table.id,
        item=row.id,
        held_on=table.held_on,
        decision=given.decision,
    )
    waiting = round_table_duty(work, item)
    if given.decision is Decision.DEFERRED:
        if waiting is not None and next_on is not None and waiting.due_on < next_on:
            _put_off(work, case, waiting, next_working_day(next_on, work.holidays))
        return
    if given.decision is Decision.TAKEN_UP and given.due_on:
        duty = set_duty(
            work, case, DutyKind.FOLLOW_UP, given.due_on, owner_id=given.owner_id, note=given.what
        )
        work.session.flush()
        row.duty_id = duty.id
    if waiting is not None:
        waiting.outcome = given.what
        end_duty(work, case, waiting, DutyState.DONE)
    work.session.flush()
    owe_a_next_step(work, case)


def _put_off(work: Work, case: Case, duty: Duty, to: date) -> None:
    move = work.add(
        DutyMove(
            case_id=case.id,
            duty_id=duty.id,
            from_on=duty.due_on,
            to_on=to,
            moved_by=work.actor.person,
            moved_at=work.now,
        )
    )
    move.reason = DEFERRED
    record_change(work, case, Event.DUTY_MOVED, duty=duty.id, kind=duty.kind, from_on=duty.due_on, to_on=to)
    duty.due_on, duty.asked_on = to, None
    duty.reminded_at = duty.overdue_at = duty.deputy_told_at = None
