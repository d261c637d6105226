"""The meetings tab of a case, and the pages that record or correct a meeting."""

from typing import Any
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.drafts import read_draft
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.headers import CaseHeader, case_header
from clearinghouse.casework.meetings.gatherings import CaseChoice, cases_by_reference, cases_nearby
from clearinghouse.casework.meetings.recording import correct_meeting, record_gathering
from clearinghouse.casework.meetings.tab import meeting_page, meetings_tab
from clearinghouse.protocol.vocabulary import MeetingKind
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget
from clearinghouse.web.meeting_answers import kept_answers, recorded_answers
from clearinghouse.web.meeting_forms import MOST, correction_form, meeting_form, references_given
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

meetings = Pages("meetings", __name__)

RECORDED = Message("The meeting is recorded.")
RECORDED_ON_EACH = Message("The meeting is recorded on each of its cases.")
ESCALATED = Message(
    "The meeting is recorded. An issue is escalated: what the family still owes is now a duty."
)
CORRECTED = Message("The meeting is corrected. The later entry counts, and the first stays in the history.")

_TEMPLATES = {
    MeetingKind.JOINT_LOCAL: "meetings/joint_local.html",
    MeetingKind.PRE_INTERVENTION: "meetings/pre_intervention.html",
}


@meetings.get("/cases/<uuid:case_id>/meetings", needs=Permission.CASE_READ)
def index(case_id: UUID) -> Response:
    """The tab: meetings, and escalations with their findings."""
    shown = meetings_tab(world(), actor(), case_id)
    return page("meetings/index.html", case=shown.case, shown=shown, tab="meetings")


@meetings.route(
    "/cases/<uuid:case_id>/meetings/new",
    methods=["GET", "POST"],
    needs=Permission.MEETING_RECORD,
    files=True,
)
def new(case_id: UUID) -> ResponseReturnValue:
    """Record a joint local meeting, issue by issue, perhaps about several cases."""
    return _meeting_page(case_id, f"meeting:{case_id}", MeetingKind.JOINT_LOCAL)


@meetings.route(
    "/cases/<uuid:case_id>/meetings/pre-intervention",
    methods=["GET", "POST"],
    needs=Permission.MEETING_RECORD,
    files=True,
)
def pre_intervention(case_id: UUID) -> ResponseReturnValue:
    """Record a pre-intervention meeting."""
    return _meeting_page(case_id, f"pre-intervention:{case_id}", MeetingKind.PRE_INTERVENTION)


@meetings.route(
    "/cases/<uuid:case_id>/meetings/<uuid:meeting_id>/correct",
    methods=["GET", "POST"],
    needs=Permission.MEETING_RECORD,
)
def correct(case_id: UUID, meeting_id: UUID) -> ResponseReturnValue:
    """Correct a meeting by a later entry, which begins as the meeting stands recorded."""
    shown, name = meeting_page(world(), actor(), case_id, meeting_id), f"correct-meeting:{meeting_id}"
    draft = read_draft(world(), actor(), name) if request.method == "GET" else None
    answers = kept_answers(draft) if draft else recorded_answers(shown.meeting)
    form = correction_form(shown.meeting.kind, _choice(shown.case), answers)
    template = "meetings/correct.html"
    more: dict[str, Any] = {"most": MOST, "meeting": shown.meeting}
    if _is_only_shown() or not form.is_posted_and_valid():
        return case_form_page(template, form, shown.case, name, **more)
    given = form.parts(case_id)[case_id]
    seen, why = form.read_version(), form.correction_reason
    try:
        correct_meeting(world_for(form.key()), actor(), case_id, seen, meeting_id, given, why)
    except Refused as refused:
        return case_form_page(template, form, shown.case, name, refused.reasons, **more)
    except Invalid as invalid:
        form.refuse_all(Invalid(form.renumber(case_id, invalid.problems)))
        return case_form_page(template, form, shown.case, name, **more)
    forget(name)
    tell(CORRECTED)
    return redirect(url_for("meetings.index", case_id=case_id), 303)


def _meeting_page(case_id: UUID, name: str, kind: MeetingKind) -> ResponseReturnValue:
    """A meeting's page; "Add another…" shows the same form with room for one more, checking nothing yet."""
    case = case_header(world(), actor(), case_id, Permission.MEETING_RECORD)
    answers = kept_answers(read_draft(world(), actor(), name) if request.method == "GET" else None)
    others: tuple[CaseChoice | None, ...] = ()
    if kind is MeetingKind.JOINT_LOCAL:
        others = _each_once(cases_by_reference(world(), actor(), case_id, references_given(answers)))
    form = meeting_form(kind, _choice(case), others, answers)
    template = _TEMPLATES[kind]
    more: dict[str, Any] = {"most": MOST, "nearby": cases_nearby(world(), actor(), case_id)}
    if _is_only_shown() or not form.is_posted_and_valid():
        if request.form.get("more") == "cases":
            form.check_references()
        return case_form_page(template, form, case, name, **more)
    seen, parts, files = form.read_version(), form.parts(case_id), form.files.documents
    try:
        met = record_gathering(world_for(form.key()), actor(), case_id, seen, parts, files)
    except Invalid as invalid:
        form.refuse_all(Invalid(form.renumber(case_id, invalid.problems)))
        return case_form_page(template, form, case, name, **more)
    forget(name)
    escalated = any(each.escalations for each in met)
    tell(ESCALATED if escalated else RECORDED if len(met) == 1 else RECORDED_ON_EACH)
    return redirect(url_for("meetings.index", case_id=case_id), 303)


def _is_only_shown() -> bool:
    """Whether the page is read, or only asked for room for more."""
    return request.method == "GET" or "more" in request.form


def _each_once(others: tuple[CaseChoice | None, ...]) -> tuple[CaseChoice | None, ...]:
    """The cases found; one that was typed twice is found once."""
    return tuple(None if each in others[:number] else each for number, each in enumerate(others))


def _choice(case: CaseHeader) -> CaseChoice:
    return CaseChoice(case.id, case.reference, case.lead_authority.name)
