"""Whom the clock asks outside: each by one clock process at a time, and later and later after each silence."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.world import Work, World
from clearinghouse.records.anchors import CallEnd, OutsideCall

LEASE = timedelta(minutes=2)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True)
class LastCall:
    """How somebody outside answered when they were asked last, and when they last answered well."""

    outcome: CallEnd
    answered_at: datetime | None


def may_call(world: World, name: str, *, at_once: bool = False) -> bool:
    """Take the call, if it is due (or `at_once`) and no other clock has it in hand."""
    with world.unit_of_work(CLOCK) as work:
        call = _held(work, name)
        if call is None or (call.due_at > work.now and not at_once):
            return False
        call.due_at = work.now + LEASE
        return True


def is_due(work: Work, name: str) -> bool:
    """Whether the call is due, without taking it."""
    call = work.session.get(OutsideCall, name)
    return call is None or call.due_at <= work.now


def end_call(world: World, name: str, outcome: CallEnd, again_after: timedelta) -> None:
    """Keep how the call ended. Where it was not answered well, it is made again sooner, then later and later."""
    with world.unit_of_work(CLOCK) as work:
        call = work.session.get_one(OutsideCall, name)
        answered = outcome is CallEnd.ANSWERED
        wait = again_after if answered else min(FIRST_WAIT * 2 ** min(call.tries, 16), LONGEST_WAIT)
        call.tries = 0 if answered else call.tries + 1
        call.outcome, call.due_at = outcome, work.now + wait
        call.answered_at = work.now if answered else call.answered_at


def last_call(work: Work, name: str) -> LastCall | None:
    """How the last call ended; None where there was none yet."""
    call = work.session.get(OutsideCall, name)
    return LastCall(call.outcome, call.answered_at) if call and call.outcome else None


def _held(work: Work, name: str) -> OutsideCall | None:
    dialect = sqlite if work.session.get_bind().dialect.name == "sqlite" else postgresql
    values = {"name": name, "due_at": work.now, "tries": 0}
    work.session.execute(dialect.insert(OutsideCall).values(values).on_conflict_do_nothing())
    mine = select(OutsideCall).where(OutsideCall.name == name)
    return work.session.scalars(mine.with_for_update(skip_locked=True)).one_or_none()
