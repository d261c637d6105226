"""Regional actions: what somebody does for the region by a day, because a round table decided it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import CaseScope, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.references import new_action_reference
from clearinghouse.casework.regional_reach import may_hear_of_action, scope_of_action, scopes_of_actions
from clearinghouse.casework.sight import people_who_might
from clearinghouse.casework.staff import active_actor, name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.working_days import next_working_day
from clearinghouse.records import ledger
from clearinghouse.records.duties import DutyState
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import User
from clearinghouse.records.regional import RegionalAction, RoundTable, RoundTableItem

MOST_SHOWN = 100
FURTHEST = timedelta(days=5 * 365)


@dataclass(frozen=True)
class ActionEntry:
    """One action in an agenda, without its words."""

    id: UUID
    reference: str
    region: Region
    due_on: date
    owner: str
    is_mine: bool
    is_overdue: bool


@dataclass(frozen=True)
class ActionMove:
    """One move of an action to another date."""

    from_on: date
    to_on: date
    by: str
    at: datetime


@dataclass(frozen=True)
class ActionPage:
    """Everything about one action. `may_change` where the person may finish and move it."""

    id: UUID
    reference: str
    region: Region
    round_table_on: date
    what: str
    owner: str
    due_on: date
    asked_on: date | None
    is_open: bool
    is_overdue: bool
    outcome: str
    ended_by: str
    ended_at: datetime | None
    moves: tuple[ActionMove, ...]
    may_change: bool


def set_action(
    work: Work, table: RoundTable, item: RoundTableItem, owner_id: UUID, due_on: date, what: str
) -> RegionalAction:
    """Owe an action by a date, which moves to the next working day; its owner gets a letter."""
    due = next_working_day(due_on, work.holidays)
    row = work.add(
        RegionalAction(
            reference=new_action_reference(work),
            region=table.region,
            round_table_id=table.id,
            item_id=item.id,
            owner_id=owner_id,
            due_on=due,
            asked_on=None if due == due_on else due_on,
            state=DutyState.OPEN,
            made_at=work.now,
        )
    )
    row.what = what
    work.record(
        Event.ACTION_SET,
        Stream.ROUND_TABLE,
        table.id,
        action=row.id,
        item=item.id,
        owner=owner_id,
        due_on=due,
    )
    if owner_id != work.actor.id:
        enqueue(work, owner_id, LetterKind.ASSIGNED, action_id=row.id)
    return row


def who_may_act(work: Work, scope: CaseScope) -> tuple[Actor, ...]:
    """Who can be given an action of this scope: whoever works in the region, with no wall between, by name."""
    return tuple(
        person
        for person in people_who_might(work, scope)
        if person.id and may(person, Permission.SIGNAL_READ, scope).allowed
    )


def actions_due(world: World, actor: Actor, *, of_region: bool = False) -> tuple[ActionEntry, ...]:
    """The open actions by date: the person's own, or for leads everybody's in their region; none behind a wall."""
    leads = [grant.region for grant in actor.grants if grant.role is Role.LEAD]
    whose = RegionalAction.owner_id == actor.id
    if of_region and leads and None not in leads:
        whose = RegionalAction.region.in_(leads)
    elif of_region and leads:
        whose = RegionalAction.region.is_not(None)
    with world.reading(actor) as work:
        query = select(RegionalAction).where(RegionalAction.state == DutyState.OPEN, whose)
        rows = work.session.scalars(
            query.order_by(RegionalAction.due_on, RegionalAction.id).limit(MOST_SHOWN)
        ).all()
        scopes = scopes_of_actions(work, rows)
        owners = select(User.id, User.name).where(User.id.in_({row.owner_id for row in rows}))
        names = {row.id: row.name for row in work.session.execute(owners)}
        return tuple(
            ActionEntry(
                row.id,
                row.reference,
                row.region,
                row.due_on,
                names[row.owner_id],
                row.owner_id == actor.id,
                row.due_on < work.today,
            )
            for row in rows
            if may(actor, Permission.SIGNAL_READ, scopes[row.id]).allowed
        )


def action_page(world: World, actor: Actor, action_id: UUID) -> ActionPage:
    """One action with its words; that it was opened is recorded. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        row = _action_to_read(work, action_id)
        table = work.session.get_one(RoundTable, row.round_table_id)
        work.record(Event.ROUND_TABLE_OPENED, Stream.ROUND_TABLE, table.id, action=row.id)
        return ActionPage(
            id=row.id,
            reference=row.reference,
            region=row.region,
            round_table_on=table.held_on or table.planned_on,
            what=row.what,
            owner=name_of(work, row.owner_id),
            due_on=row.due_on,
            asked_on=row.asked_on,
            is_open=row.state is DutyState.OPEN,
            is_overdue=row.state is DutyState.OPEN and row.due_on < work.today,
            outcome=row.outcome,
            ended_by=name_of(work, row.ended_by) if row.ended_by else "",
            ended_at=row.ended_at,
            moves=_moves(work, row),
            may_change=row.state is DutyState.OPEN and _may_change(work, row),
        )


def action_entry(world: World, actor: Actor, action_id: UUID) -> ActionEntry:
    """An open action that the person may finish or move, without its words. Raises NotFound."""
    with world.reading(actor) as work:
        row = _action_to_read(work, action_id)
        if row.state is not DutyState.OPEN or not _may_change(work, row):
            raise NotFound
        owner = name_of(work, row.owner_id)
        mine = row.owner_id == actor.id
        return ActionEntry(
            row.id, row.reference, row.region, row.due_on, owner, mine, row.due_on < work.today
        )


def is_action(world: World, actor: Actor, action_id: UUID) -> bool:
    """Whether there is such an action for this person: where a mail leads."""
    with world.reading(actor) as work:
        try:
            _action_to_read(work, action_id)
        except NotFound:
            return False
        return True


def finish_action(world: World, actor: Actor, action_id: UUID, outcome: str) -> None:
    """Record that an action is done, and what came of it. Raises Refused where it is done already, NotFound."""
    with world.unit_of_work(actor) as work:
        row = _action_to_change(work, action_id)
        row.state, row.ended_at, row.ended_by = DutyState.DONE, work.now, actor.person
        row.outcome = outcome
        work.record(Event.ACTION_DONE, Stream.ROUND_TABLE, row.round_table_id, action=row.id)


def move_action(world: World, actor: Actor, action_id: UUID, to: date) -> date:
    """Move an action to another date, or the next working day; the one before stays in the ledger.

    Raises Invalid beside `to`, Refused where it is done, NotFound. Returns the day on which it is due now.
    """
    with world.unit_of_work(actor) as work:
        row = _action_to_change(work, action_id)
        if not work.today <= to <= work.today + FURTHEST:
            raise Invalid({"to": "The date must be today or later, within five years"})
        due = next_working_day(to, work.holidays)
        if due == row.due_on:
            raise Invalid({"to": "Enter another date: it is due on that day already"})
        work.record(
            Event.ACTION_MOVED,
            Stream.ROUND_TABLE,
            row.round_table_id,
            action=row.id,
            from_on=row.due_on,
            to_on=due,
        )
        row.due_on, row.asked_on = due, None if due == to else to
        row.reminded_at = row.overdue_at = None
        if row.owner_id != actor.id:
            enqueue(work, row.owner_id, LetterKind.ASSIGNED, action_id=row.id)
        return due


def hand_over_actions(work: Work, person_id: UUID) -> None:
    """Pass on the open actions that the person may not do any more: to a lead of the region, else anybody who may.

    For whoever ends a role, suspends, or declares a link; call it once that is written.
    """
    owed = select(RegionalAction).where(
        RegionalAction.owner_id == person_id, RegionalAction.state == DutyState.OPEN
    )
    person = active_actor(work, person_id)
    for row in work.session.scalars(owed.order_by(RegionalAction.id).with_for_update()).all():
        if person is not None and may_hear_of_action(work, person, row):
            continue
        heirs = [each for each in who_may_act(work, scope_of_action(work, row)) if each.id != person_id]
        heirs.sort(key=lambda each: not each.has(Role.LEAD))
        if heirs:
            row.owner_id = heirs[0].person
            work.record(
                Event.ACTION_HANDED_ON,
                Stream.ROUND_TABLE,
                row.round_table_id,
                action=row.id,
                former=person_id,
                owner=row.owner_id,
            )
            enqueue(work, row.owner_id, LetterKind.ASSIGNED, action_id=row.id)


def hand_over_hidden_actions(work: Work) -> None:
    """Pass on every open action that a wall now hides from its owner, as where the register brought new lineage."""
    owed = select(RegionalAction.owner_id).where(RegionalAction.state == DutyState.OPEN).distinct()
    for person_id in work.session.scalars(owed.order_by(RegionalAction.owner_id)).all():
        hand_over_actions(work, person_id)


def _action_to_read(work: Work, action_id: UUID) -> RegionalAction:
    row = work.session.get(RegionalAction, action_id)
    if row is None or not may_hear_of_action(work, work.actor, row):
        raise NotFound
    if row.owner_id != work.actor.id and not _manages(work, row):
        raise NotFound
    return row


def _action_to_change(work: Work, action_id: UUID) -> RegionalAction:
    row = work.session.get(RegionalAction, action_id, with_for_update=True, populate_existing=True)
    if row is None or _action_to_read(work, action_id) is not row or not _may_change(work, row):
        raise NotFound
    if row.state is not DutyState.OPEN:
        raise Refused("This has been done already.")
    return row


def _may_change(work: Work, row: RegionalAction) -> bool:
    return row.owner_id == work.actor.id or _manages(work, row)


def _manages(work: Work, row: RegionalAction) -> bool:
    return may(work.actor, Permission.ROUND_TABLE_MANAGE, scope_of_action(work, row)).allowed


def _moves(work: Work, row: RegionalAction) -> tuple[ActionMove, ...]:
    found: Sequence[ledger.Entry] = ledger.entries(work.session, row.round_table_id, Event.ACTION_MOVED)
    return tuple(
        ActionMove(
            date.fromisoformat(str(each.facts["from_on"])),
            date.fromisoformat(str(each.facts["to_on"])),
            name_of(work, UUID(each.actor)),
            each.at,
        )
        for each in reversed(found)
        if each.facts["action"] == str(row.id)
    )
