"""Follow-ups that come again: setting a rhythm, the next one when one is done, and ending it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, record_change
from clearinghouse.casework.duties.setting import set_duty
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.recurrence import Occurrence, Rhythm, Series, next_in_series
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty, DutySeries, DutyState
from clearinghouse.records.events import Event


@dataclass(frozen=True)
class Repeat:
    """How often a follow-up comes again, and the last day on which one may fall; None while it has no end."""

    rhythm: Rhythm
    until: date | None = None


@dataclass(frozen=True)
class Repeating:
    """That a duty is one of a series that goes on. `next_on` is the working day of the one after."""

    repeat: Repeat
    next_on: date | None


def begin_series(work: Work, case: Case, duty: Duty, asked_on: date, repeat: Repeat) -> None:
    """Let the duty come again, counted from the day that was asked for. Raises Invalid beside `until`."""
    if repeat.until is not None and repeat.until <= asked_on:
        raise Invalid({"until": "The last date must be after the first one"})
    series = work.add(
        DutySeries(
            case_id=case.id,
            kind=duty.kind,
            rhythm=repeat.rhythm,
            first_on=asked_on,
            until=repeat.until,
            set_by=work.actor.person,
            set_at=work.now,
        )
    )
    duty.series_id, duty.repeats_on = series.id, asked_on
    _record(work, case, duty, series)


def set_next(work: Work, case: Case, done: Duty) -> Duty | None:
    """Owe the next one of the series, as the rule sets it, where the duty that was done is of one that goes on.

    Whoever did the last one owes it, and its note is the same. None where nothing follows.
    """
    series = _going_on(work, done)
    following = _after(work, series, done) if series else None
    if series is None or following is None:
        return None
    duty = set_duty(work, case, done.kind, following.asked_on, owner_id=done.owner_id, note=done.note)
    duty.series_id, duty.repeats_on = series.id, following.asked_on
    return duty


def shift_series(work: Work, case: Case, duty: Duty, to: date) -> None:
    """Count the repeats anew from the day that a duty was moved to. Raises Invalid beside `to`."""
    series = _going_on(work, duty)
    if series is None:
        return
    if series.until is not None and to > series.until:
        raise Invalid({"to": "The repeats end before that date. Move this one alone"})
    series.first_on = duty.repeats_on = to
    _record(work, case, duty, series)


def end_series(
    world: World, actor: Actor, case_id: UUID, duty_id: UUID, *, version: int | None = None
) -> None:
    """Let a follow-up come no more; the one that is owed now stays, as the last.

    Raises Refused where it does not repeat, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.FOLLOWUP_SCHEDULE, seen=version)
        duty = work.session.get(Duty, duty_id, populate_existing=True)
        if duty is None or duty.case_id != case.id:
            raise NotFound
        series = _going_on(work, duty)
        if series is None:
            raise Refused("It does not repeat.")
        series.ended_at = work.now
        record_change(work, case, Event.DUTY_REPEAT_ENDED, duty=duty.id, kind=duty.kind, series=series.id)


def repeating(work: Work, duty: Duty) -> Repeating | None:
    """The series of a duty that is owed, where it goes on; None for a single one."""
    series = _going_on(work, duty) if duty.state is DutyState.OPEN else None
    if series is None:
        return None
    following = _after(work, series, duty)
    return Repeating(Repeat(series.rhythm, series.until), following.due_on if following else None)


def _going_on(work: Work, duty: Duty) -> DutySeries | None:
    series = work.session.get(DutySeries, duty.series_id) if duty.series_id else None
    return series if series is not None and series.ended_at is None else None


def _after(work: Work, series: DutySeries, duty: Duty) -> Occurrence | None:
    rule = Series(series.first_on, series.rhythm, series.until)
    return next_in_series(rule, duty.repeats_on or duty.due_on, work.today, work.holidays)


def _record(work: Work, case: Case, duty: Duty, series: DutySeries) -> None:
    record_change(
        work,
        case,
        Event.DUTY_REPEATED,
        duty=duty.id,
        kind=duty.kind,
        series=series.id,
        rhythm=series.rhythm,
        first_on=series.first_on,
        until=series.until,
    )
