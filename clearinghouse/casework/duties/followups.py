"""Duties that people set, do and move by hand: follow-ups, and what is handed over without a page of its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import CaseScope, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import (
    case_to_change,
    case_to_open,
    case_to_read,
    open_duties,
    record_change,
    scope_of,
)
from clearinghouse.casework.duties.series import (
    Repeat,
    Repeating,
    begin_series,
    repeating,
    set_next,
    shift_series,
)
from clearinghouse.casework.duties.setting import end_duty, set_duty
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.mail.letters import LetterKind, enqueue, link_to, may_hear
from clearinghouse.casework.sight import people_who_might
from clearinghouse.casework.staff import Colleague, name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.notices.calendar import CalendarEntry, calendar_file
from clearinghouse.protocol.duties import is_overdue
from clearinghouse.protocol.team_work import TEAM_DUTIES
from clearinghouse.protocol.vocabulary import DutyKind, Standing
from clearinghouse.protocol.working_days import next_working_day
from clearinghouse.records import ledger
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty, DutyMove, DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.sealed import Compartment

DONE_BY_HAND = (
    DutyKind.FOLLOW_UP,
    DutyKind.TELL_AUTHORITY,
    DutyKind.ROUND_TABLE,
)
"""Duties that are done by saying so; every other kind is done by recording what it asks for.

To tell the authority of an escalation is one of the others (see is_done_by_hand).
"""

FIXED = (
    DutyKind.ANSWER_TO_OFFER,
    DutyKind.REFER_AT_ONCE,
    DutyKind.CONFIRM_RISK_REFERRAL,
    DutyKind.REVIEW_RISK_REFERRAL,
    DutyKind.REVIEW_RETENTION,
    DutyKind.CONFIRM_DESTRUCTION,
    DutyKind.REVIEW_BREAK_GLASS,
    *TEAM_DUTIES,
)
"""Duties whose date nobody moves: the offer names it, people at risk do not wait, it is moved by keeping
longer, it looks at what one of us did, or it moves with the visit that it is about.
"""

FURTHEST = timedelta(days=5 * 365)
_CLOSED = "The case is closed. Reopen it first."
_ENDED = "This has been done already."


@dataclass(frozen=True)
class Scheduled:
    """A duty and its date. `moved` where the date that was asked for is no working day."""

    duty_id: UUID
    due_on: date
    moved: bool


@dataclass(frozen=True)
class Move:
    """One move of a duty to another date."""

    from_on: date
    to_on: date
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class DutyHeader:
    """A duty to be done or moved. `is_last` where nothing else is planned on an open case."""

    case: CaseHeader
    id: UUID
    kind: DutyKind
    due_on: date
    is_last: bool
    repeating: Repeating | None


@dataclass(frozen=True)
class Raised:
    """That the clock raised a duty to somebody, on which day, and at which rung: overdue, or for the lead's deputy."""

    to: tuple[str, ...]
    at: datetime
    to_deputy: bool


@dataclass(frozen=True)
class DutyPage:
    """Everything about one duty. `asked_on` is the date it moved from because nobody works then, else None.

    `raised` is to whom the clock has raised it while it is late, for the date that it has now.
    """

    case: CaseHeader
    id: UUID
    kind: DutyKind
    due_on: date
    asked_on: date | None
    owner: str
    note: str
    outcome: str
    is_open: bool
    subject_id: UUID | None
    mine: bool
    is_overdue: bool
    ended_at: datetime | None
    moves: tuple[Move, ...]
    repeating: Repeating | None
    raised: tuple[Raised, ...]
    may_finish: bool
    may_move: bool
    may_end_series: bool


def schedule_followup(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    due_on: date,
    note: str,
    kind: DutyKind = DutyKind.FOLLOW_UP,
    owner_id: UUID | None = None,
    repeat: Repeat | None = None,
) -> Scheduled:
    """Owe a follow-up, or another thing done by hand, by a date; it moves to the next working day (004 §19).

    The case's owner owes it unless another is named. With `repeat` the next one follows when it is done. Raises Invalid
    beside `due_on`, `kind`, `owner` or `until`, Refused for a closed case, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.FOLLOWUP_SCHEDULE, seen=version)
        _check_open(case)
        _check_date(work, due_on, "due_on")
        if kind not in DONE_BY_HAND:
            raise Invalid({"kind": "Choose one of the things listed"})
        if owner_id is not None and owner_id not in {each.id for each in people_to_ask(work, case)}:
            raise Invalid({"owner": "Choose one of the people listed"})
        if repeat is not None and repeat.until is not None:
            _check_date(work, repeat.until, "until")
        duty = set_duty(work, case, kind, due_on, owner_id=owner_id, note=note)
        if repeat is not None:
            begin_series(work, case, duty, due_on, repeat)
        return _scheduled(duty)


def who_may_owe(world: World, actor: Actor, case_id: UUID) -> tuple[Colleague, ...]:
    """Who can be given a follow-up on the case, by name. Raises NotFound."""
    with world.reading(actor) as work:
        return people_to_ask(work, case_to_read(work, case_id, Permission.FOLLOWUP_SCHEDULE).case)


def people_to_ask(
    work: Work, case: Case, needs: Permission = Permission.FOLLOWUP_SCHEDULE
) -> tuple[Colleague, ...]:
    """Who can be given a follow-up on the case, or something else that `needs` names, by name.

    To somebody who does not read the case, those on it who are neither its owner nor reach it otherwise are not named.
    """
    scope = scope_of(work, case)
    able = [each for each in people_who_might(work, scope) if may(each, needs, scope).allowed]
    if not may(work.actor, Permission.CASE_READ, scope).allowed:
        known = {case.owner_id, work.actor.id}
        bare = CaseScope(scope.regions, scope.authorities, brokered=scope.brokered)
        able = [each for each in able if each.id in known or may(each, needs, bare).allowed]
    return tuple(Colleague(each.person, each.name) for each in able)


def complete_duty(
    world: World,
    actor: Actor,
    case_id: UUID,
    duty_id: UUID,
    note: str,
    next_on: date | None = None,
    *,
    version: int | None = None,
) -> Scheduled | None:
    """Do a duty that is done by saying so, and set the date of the next follow-up, whose place is returned.

    One that repeats sets its next one by itself. An open case keeps a next duty (004 §19): for its last one `next_on`
    must be given. Raises Invalid beside `next_on`, Refused where the duty is done or has a page of its own, NotFound,
    Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.FOLLOWUP_SCHEDULE, seen=version)
        duty = _open_duty(work, case, duty_id)
        if not is_done_by_hand(duty.kind, duty.subject_id):
            raise Refused(f"This is done by recording it. {duty.kind.words} on its own page.")
        if next_on is not None:
            _check_open(case)
            _check_date(work, next_on, "next_on")
        elif _is_last(work, case, duty):
            raise Invalid({"next_on": "Enter the date of the next follow-up: an open case always has one"})
        duty.outcome = note
        end_duty(work, case, duty, DutyState.DONE)
        following = set_next(work, case, duty)
        if next_on is not None:
            following = set_duty(work, case, DutyKind.FOLLOW_UP, next_on)
        return _scheduled(following) if following else None


def move_duty(
    world: World,
    actor: Actor,
    case_id: UUID,
    duty_id: UUID,
    to: date,
    reason: str,
    *,
    version: int | None = None,
    with_series: bool = False,
) -> Scheduled:
    """Move a duty to another date and say why; the date before stays on record, and the clock begins anew.

    Of one that repeats, only this one is moved, unless `with_series`: then the repeats are counted from the new date.
    Raises Invalid beside `to`, Refused where the duty is done or its date is fixed, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.FOLLOWUP_SCHEDULE, seen=version)
        duty = _open_duty(work, case, duty_id)
        if duty.kind in FIXED:
            raise Refused("The date of this cannot be moved.")
        _check_date(work, to, "to")
        due_on = next_working_day(to, work.holidays)
        if due_on == duty.due_on:
            raise Invalid({"to": "Enter another date: it is due on that day already"})
        _keep_move(work, case, duty, due_on, reason)
        duty.due_on, duty.asked_on = due_on, None if due_on == to else to
        duty.reminded_at = duty.overdue_at = duty.deputy_told_at = None
        if with_series:
            shift_series(work, case, duty, to)
        if duty.owner_id != actor.id:
            enqueue(work, duty.owner_id, LetterKind.ASSIGNED, case.id)
        return _scheduled(duty)


def is_done_by_hand(kind: DutyKind, subject_id: UUID | None) -> bool:
    """Whether a duty is done by saying so; one to tell the authority of an escalation is recorded with it instead."""
    return kind in DONE_BY_HAND and not (kind is DutyKind.TELL_AUTHORITY and subject_id is not None)


def duty_header(world: World, actor: Actor, case_id: UUID, duty_id: UUID) -> DutyHeader:
    """A duty for whoever may do or move it, without what was written about it. Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.FOLLOWUP_SCHEDULE)
        duty = work.session.get(Duty, duty_id)
        if duty is None or duty.case_id != case_id:
            raise NotFound
        return DutyHeader(
            case=header_of(work, admitted),
            id=duty.id,
            kind=duty.kind,
            due_on=duty.due_on,
            is_last=duty.state is DutyState.OPEN and _is_last(work, admitted.case, duty),
            repeating=repeating(work, duty),
        )


def duty_page(world: World, actor: Actor, case_id: UUID, duty_id: UUID) -> DutyPage:
    """One duty of a case with what was written about it; that the case was opened is recorded. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        admitted = case_to_open(work, case_id, Compartment.CONCERN)
        duty = work.session.get(Duty, duty_id)
        if duty is None or duty.case_id != case_id:
            raise NotFound
        is_open, series = duty.state is DutyState.OPEN, repeating(work, duty)
        may_change = is_open and may(work.actor, Permission.FOLLOWUP_SCHEDULE, admitted.scope).allowed
        return DutyPage(
            case=header_of(work, admitted),
            id=duty.id,
            kind=duty.kind,
            due_on=duty.due_on,
            asked_on=duty.asked_on,
            owner=name_of(work, duty.owner_id),
            note=duty.note,
            outcome=duty.outcome,
            is_open=is_open,
            subject_id=duty.subject_id,
            mine=duty.owner_id == work.actor.id,
            is_overdue=is_open and is_overdue(duty.due_on, work.today),
            ended_at=duty.ended_at,
            moves=_moves(work, duty),
            repeating=series,
            raised=_raised(work, duty),
            may_finish=may_change and is_done_by_hand(duty.kind, duty.subject_id),
            may_move=may_change and duty.kind not in FIXED,
            may_end_series=may_change and series is not None,
        )


def duty_calendar(world: World, actor: Actor, case_id: UUID, duty_id: UUID) -> bytes:
    """The duty's day as a calendar file that carries the case's reference and nothing else of it. Raises NotFound."""
    with world.reading(actor) as work:
        case = work.session.get(Case, case_id)
        duty = work.session.get(Duty, duty_id)
        if case is None or duty is None or duty.case_id != case_id:
            raise NotFound
        if not may_hear(work, actor, case_id, scope_of(work, case)):
            raise NotFound
        link = f"{world.base_url}{link_to(case.id)}"
        return calendar_file(CalendarEntry(duty.id, case.reference, duty.due_on, duty.made_at, link))


def _open_duty(work: Work, case: Case, duty_id: UUID) -> Duty:
    duty = work.session.get(Duty, duty_id, populate_existing=True)
    if duty is None or duty.case_id != case.id:
        raise NotFound
    if duty.state is not DutyState.OPEN:
        raise Refused(_ENDED)
    return duty


def _is_last(work: Work, case: Case, duty: Duty) -> bool:
    """Whether nothing would be planned any more on an open case once this is done."""
    if case.standing is Standing.CLOSED or len(open_duties(work, case)) > 1:
        return False
    series = repeating(work, duty)
    return series is None or series.next_on is None


def _check_open(case: Case) -> None:
    if case.standing is Standing.CLOSED:
        raise Refused(_CLOSED)


def _check_date(work: Work, day: date, field: str) -> None:
    if day < work.today:
        raise Invalid({field: "The date must be today or in the future"})
    if day > work.today + FURTHEST:
        raise Invalid({field: "The date must be within five years"})


def _scheduled(duty: Duty) -> Scheduled:
    return Scheduled(duty.id, duty.due_on, moved=duty.asked_on is not None)


def _keep_move(work: Work, case: Case, duty: Duty, to: date, reason: str) -> None:
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
    move.reason = reason
    record_change(work, case, Event.DUTY_MOVED, duty=duty.id, kind=duty.kind, from_on=duty.due_on, to_on=to)


def _moves(work: Work, duty: Duty) -> tuple[Move, ...]:
    rows = work.session.scalars(select(DutyMove).where(DutyMove.duty_id == duty.id).order_by(DutyMove.id))
    return tuple(
        Move(row.from_on, row.to_on, name_of(work, row.moved_by), row.moved_at, row.reason)
        for row in rows.all()
    )


def _raised(work: Work, duty: Duty) -> tuple[Raised, ...]:
    """To whom the clock has raised the duty since it was due on the day that it is due on now."""
    if duty.overdue_at is None:
        return ()
    found = [
        entry
        for entry in ledger.entries(
            work.session, duty.case_id, Event.DUTY_OVERDUE, Event.DUTY_RAISED_TO_DEPUTY
        )
        if entry.facts.get("duty") == str(duty.id) and entry.at >= duty.overdue_at
    ]
    return tuple(
        Raised(
            to=tuple(name_of(work, UUID(str(person))) for person in _people(entry.facts["told"])),
            at=entry.at,
            to_deputy=entry.type is Event.DUTY_RAISED_TO_DEPUTY,
        )
        for entry in reversed(found)
    )


def _people(told: object) -> Iterable[object]:
    return told if isinstance(told, list) else ()
