"""The clock's watch over regional actions: reminded of and raised once each, exactly like the duties of cases."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import InstrumentedAttribute

from clearinghouse.access.roles import CLOCK, Region
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.regional_reach import may_hear_of_action, scope_of_action
from clearinghouse.casework.staff import active_actor, leads_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import ChasedWith, chased_with
from clearinghouse.protocol.working_days import add_working_days
from clearinghouse.records.duties import DutyState
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.regional import RegionalAction

BATCH = 200


def remind_of_actions(world: World) -> int:
    """Tell the owners of what is due today or on the next working day, once. Gives how many there were."""
    total = 0
    while (done := _remind_batch(world)) is not None:
        total += done
    return total


def raise_overdue_actions(world: World) -> int:
    """Tell owners and the region's leads of what was not done by its day (004 §19), once. Gives how many there were."""
    total = 0
    while (done := _overdue_batch(world)) is not None:
        total += done
    return total


def _remind_batch(world: World) -> int | None:
    with world.unit_of_work(CLOCK) as work:
        until = add_working_days(work.today, 1, work.holidays)
        due = (RegionalAction.due_on >= work.today, RegionalAction.due_on <= until)
        return _raise(work, RegionalAction.reminded_at, due, Event.ACTION_REMINDED, LetterKind.REMINDER)


def _overdue_batch(world: World) -> int | None:
    with world.unit_of_work(CLOCK) as work:
        due = (RegionalAction.due_on < work.today,)
        return _raise(work, RegionalAction.overdue_at, due, Event.ACTION_OVERDUE, LetterKind.OVERDUE)


def _raise(
    work: Work,
    raised_at: InstrumentedAttribute[object],
    due: Iterable[ColumnElement[bool]],
    event: Event,
    letter: LetterKind,
) -> int | None:
    """Claim up to BATCH actions, and tell and write down each; None where there was none that nobody else holds."""
    free = (RegionalAction.state == DutyState.OPEN, raised_at.is_(None), *due)
    found = work.session.scalars(
        select(RegionalAction.id)
        .where(*free)
        .order_by(RegionalAction.due_on, RegionalAction.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    if not found:
        return None
    # One that was found may have been raised or done before it was held: ask again.
    claim = (
        update(RegionalAction)
        .where(RegionalAction.id.in_(found), *free)
        .values({raised_at: work.now})
        .returning(RegionalAction)
    )
    claimed = work.session.scalars(claim, execution_options={"synchronize_session": False}).all()
    for row in sorted(claimed, key=lambda row: (row.due_on, row.id)):
        told = _told(work, row)
        work.record(
            event, Stream.ROUND_TABLE, row.round_table_id, action=row.id, due_on=row.due_on, told=told
        )
        for person in told:
            enqueue(work, person, letter, action_id=row.id)
    return len(claimed)


def _told(work: Work, row: RegionalAction) -> tuple[UUID, ...]:
    """The owner until it is overdue, then the region's leads too (§19); leads at once where the owner may not hear."""
    told = _who_may_hear(work, (row.owner_id,), row)
    if chased_with(row.due_on, work.today, work.holidays) is not ChasedWith.OWNER or not told:
        about = scope_of_action(work, row).authorities
        leads = [lead.id for lead in leads_of(work, (row.region,), about)]
        if not leads:
            leads = [lead.id for lead in leads_of(work, tuple(Region), about)]
        told = tuple(dict.fromkeys((*told, *_who_may_hear(work, leads, row))))
    return told


def _who_may_hear(work: Work, people: Iterable[UUID], row: RegionalAction) -> tuple[UUID, ...]:
    known = ((each, active_actor(work, each)) for each in people)
    return tuple(each for each, person in known if person and may_hear_of_action(work, person, row))
