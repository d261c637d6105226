"""Follow-ups: setting one, seeing, doing and moving a duty, and its day for a calendar."""

from uuid import UUID

from flask import Response, make_response, redirect, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.duties.followups import (
    DONE_BY_HAND,
    DutyHeader,
    complete_duty,
    duty_calendar,
    duty_header,
    duty_page,
    move_duty,
    schedule_followup,
    who_may_owe,
)
from clearinghouse.casework.duties.series import Repeat, end_series
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.headers import CaseHeader, case_header
from clearinghouse.protocol.recurrence import Rhythm
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import DateParts, Option, Pick, Text, Tick, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

followups = Pages("followups", __name__)

SCHEDULED = Message("The follow-up is in the agenda.")
SCHEDULED_ELSEWHEN = Message("The follow-up is in the agenda, moved to the next working day.")
DONE = Message("Marked as done.")
DONE_AND_NEXT = Message("Marked as done, and the next follow-up is in the agenda.")
REPEATS_ENDED = Message("It does not repeat any more. This one stays.")
MOVED = Message("The date is moved.")
MOVED_ELSEWHEN = Message("The date is moved, to the next working day.")

_NOTE_LENGTH = 5000
_ONCE = "once"
_MOVES_BY_ITSELF = "A weekend or bank holiday moves to the next working day. For example, 27 3 2027"


class FollowUpForm(Form):
    """What is to be done, by when and by whom."""

    kind = Pick(
        "What must be done?",
        options=options_of(DONE_BY_HAND),
        missing="Select what must be done",
        default=DutyKind.FOLLOW_UP.value,
    )
    due_on = DateParts(
        "By when?", subject="The date", missing="Enter the date of the follow-up", hint=_MOVES_BY_ITSELF
    )
    owner = Pick("Who does it?", missing="Select who does it")
    repeats = Pick(
        "How often does it come again?",
        options=(Option(_ONCE, "Only once"), *options_of(Rhythm)),
        default=_ONCE,
        hint="The next one is set when one is done, counted from the first date",
    )
    until = DateParts(
        "Until when does it repeat?",
        subject="The last date",
        hint="Leave empty if it has no end, or comes only once. For example, 27 3 2027",
    )
    note = Text(
        "What is it about?",
        longest=_NOTE_LENGTH,
        rows=5,
        hint="Only people who can read this case see it. Calendars and mail never carry it",
    )

    def repeat(self) -> Repeat | None:
        """How it repeats; None where it comes only once."""
        chosen = str(self.repeats.data or _ONCE)
        return None if chosen == _ONCE else Repeat(Rhythm(chosen), self.until.data)


class DoneForm(Form):
    """What came of it, and what comes next."""

    note = Text("What came of it?", longest=_NOTE_LENGTH, rows=5, missing="Enter what came of it")
    next_on = DateParts("When is the next follow-up?", subject="The date", hint=_MOVES_BY_ITSELF)


class MoveForm(Form):
    """To when, and why."""

    to = DateParts("To which date?", subject="The date", missing="Enter the new date", hint=_MOVES_BY_ITSELF)
    reason = Text("Why is it moved?", longest=_NOTE_LENGTH, rows=4, missing="Enter why it is moved")
    with_series = Tick("Move the ones after it too", hint="They are then counted from the new date")


@followups.route(
    "/cases/<uuid:case_id>/follow-ups/new", methods=["GET", "POST"], needs=Permission.FOLLOWUP_SCHEDULE
)
def new(case_id: UUID) -> ResponseReturnValue:
    """Set a follow-up."""
    case, form = case_header(world(), actor(), case_id, Permission.FOLLOWUP_SCHEDULE), FollowUpForm()
    form.owner.offer(Option(str(each.id), each.name) for each in who_may_owe(world(), actor(), case_id))
    if not form.is_posted_and_valid():
        form.owner.data = form.owner.data or str(case.owner_id)
        return _shown("followups/new.html", form, case)
    try:
        done = schedule_followup(
            world_for(form.key()),
            actor(),
            case_id,
            form.read_version(),
            form.due_on.day,
            form.note.text,
            DutyKind(form.kind.data),
            UUID(form.owner.data),
            form.repeat(),
        )
    except (Invalid, Refused) as problem:
        return _refused("followups/new.html", form, problem, case)
    tell(SCHEDULED_ELSEWHEN if done.moved else SCHEDULED)
    return _to(case_id, done.duty_id)


@followups.get("/cases/<uuid:case_id>/duties/<uuid:duty_id>", needs=Permission.CASE_READ)
def show(case_id: UUID, duty_id: UUID) -> Response:
    """One duty."""
    duty = duty_page(world(), actor(), case_id, duty_id)
    return page("followups/show.html", duty=duty, case=duty.case, tab="overview")


@followups.route(
    "/cases/<uuid:case_id>/duties/<uuid:duty_id>/done",
    methods=["GET", "POST"],
    needs=Permission.FOLLOWUP_SCHEDULE,
)
def done(case_id: UUID, duty_id: UUID) -> ResponseReturnValue:
    """Mark a duty as done."""
    duty, form = duty_header(world(), actor(), case_id, duty_id), DoneForm()
    if not form.is_posted_and_valid():
        return _shown("followups/done.html", form, duty.case, duty)
    try:
        following = complete_duty(
            world_for(form.key()),
            actor(),
            case_id,
            duty_id,
            form.note.text,
            form.next_on.data,
            version=form.read_version(),
        )
    except (Invalid, Refused) as problem:
        return _refused("followups/done.html", form, problem, duty.case, duty)
    tell(DONE_AND_NEXT if following else DONE)
    return _to(case_id, following.duty_id if following else duty_id)


@followups.route(
    "/cases/<uuid:case_id>/duties/<uuid:duty_id>/move",
    methods=["GET", "POST"],
    needs=Permission.FOLLOWUP_SCHEDULE,
)
def move(case_id: UUID, duty_id: UUID) -> ResponseReturnValue:
    """Move a duty to another date."""
    duty, form = duty_header(world(), actor(), case_id, duty_id), MoveForm()
    if not form.is_posted_and_valid():
        return _shown("followups/move.html", form, duty.case, duty)
    try:
        moved = move_duty(
            world_for(form.key()),
            actor(),
            case_id,
            duty_id,
            form.to.day,
            form.reason.text,
            version=form.read_version(),
            with_series=bool(form.with_series.data),
        )
    except (Invalid, Refused) as problem:
        return _refused("followups/move.html", form, problem, duty.case, duty)
    tell(MOVED_ELSEWHEN if moved.moved else MOVED)
    return _to(case_id, duty_id)


@followups.route(
    "/cases/<uuid:case_id>/duties/<uuid:duty_id>/end-repeats",
    methods=["GET", "POST"],
    needs=Permission.FOLLOWUP_SCHEDULE,
)
def end_repeats(case_id: UUID, duty_id: UUID) -> ResponseReturnValue:
    """Let a follow-up come no more after this one."""
    duty, form = duty_header(world(), actor(), case_id, duty_id), Form()
    if not form.is_posted_and_valid():
        return _shown("followups/end_repeats.html", form, duty.case, duty)
    try:
        end_series(world_for(form.key()), actor(), case_id, duty_id, version=form.read_version())
    except Refused as problem:
        return _refused("followups/end_repeats.html", form, problem, duty.case, duty)
    tell(REPEATS_ENDED)
    return _to(case_id, duty_id)


@followups.get("/cases/<uuid:case_id>/duties/<uuid:duty_id>/calendar.ics", needs=Permission.CASE_HEADER)
def calendar(case_id: UUID, duty_id: UUID) -> Response:
    """The duty's day for a calendar: the reference, and nothing else of the case."""
    response = make_response(duty_calendar(world(), actor(), case_id, duty_id))
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="clearinghouse.ics"'
    return response


def _shown(
    template: str, form: Form, case: CaseHeader, duty: DutyHeader | None = None, reasons: tuple[str, ...] = ()
) -> Response:
    if not form.version.data:
        form.version.data = str(case.version)
    back = _address(case.id, duty.id) if duty else ""
    status = 422 if form.errors or reasons else 200
    return page(template, status, form=form, case=case, duty=duty, reasons=reasons, back_href=back)


def _refused(
    template: str, form: Form, problem: Invalid | Refused, case: CaseHeader, duty: DutyHeader | None = None
) -> Response:
    if isinstance(problem, Refused):
        return _shown(template, form, case, duty, problem.reasons)
    form.refuse_all(problem)
    return _shown(template, form, case, duty)


def _address(case_id: UUID, duty_id: UUID) -> str:
    return url_for("followups.show", case_id=case_id, duty_id=duty_id)


def _to(case_id: UUID, duty_id: UUID) -> ResponseReturnValue:
    return redirect(_address(case_id, duty_id), 303)
