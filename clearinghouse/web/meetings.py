"""The meetings tab of a case, and the pages that record a meeting."""

from collections.abc import Callable
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.drafts import SavedDraft, read_draft
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.headers import CaseHeader, case_header
from clearinghouse.casework.meetings import record_meeting
from clearinghouse.casework.meetings_tab import meetings_tab
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget
from clearinghouse.web.forms import Form
from clearinghouse.web.meeting_forms import (
    MOST_ATTENDEES,
    MOST_ISSUES,
    MeetingForm,
    joint_local_form,
    pre_intervention_form,
)
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

meetings = Pages("meetings", __name__)

RECORDED = Message("The meeting is recorded.")
ESCALATED = Message(
    "The meeting is recorded. An issue is escalated: what the family still owes is now a duty."
)


@meetings.get("/cases/<uuid:case_id>/meetings", needs=Permission.CASE_READ)
def index(case_id: UUID) -> Response:
    """The tab: meetings, escalations with their findings, reviews."""
    shown = meetings_tab(world(), actor(), case_id)
    return page("meetings/index.html", case=shown.case, shown=shown, tab="meetings")


@meetings.route(
    "/cases/<uuid:case_id>/meetings/new", methods=["GET", "POST"], needs=Permission.MEETING_RECORD
)
def new(case_id: UUID) -> ResponseReturnValue:
    """Record a joint local meeting, issue by issue."""
    name = f"meeting:{case_id}"
    return _meeting_page(case_id, name, joint_local_form, "meetings/joint_local.html")


@meetings.route(
    "/cases/<uuid:case_id>/meetings/pre-intervention",
    methods=["GET", "POST"],
    needs=Permission.MEETING_RECORD,
)
def pre_intervention(case_id: UUID) -> ResponseReturnValue:
    """Record a pre-intervention meeting."""
    name = f"pre-intervention:{case_id}"
    return _meeting_page(case_id, name, pre_intervention_form, "meetings/pre_intervention.html")


def _meeting_page(
    case_id: UUID, name: str, form_of: Callable[[SavedDraft | None], MeetingForm], template: str
) -> ResponseReturnValue:
    """A meeting's page; "Add another…" shows the same form with room for one more, checking nothing yet."""
    case = _case(case_id)
    form = form_of(read_draft(world(), actor(), name) if request.method == "GET" else None)
    if request.method == "GET" or "more" in request.form or not form.is_posted_and_valid():
        return _shown(template, form, case, name)
    try:
        met = record_meeting(world_for(form.key()), actor(), case_id, form.read_version(), form.meeting())
    except Invalid as invalid:
        form.refuse_all(Invalid(form.renumber(invalid.problems)))
        return _shown(template, form, case, name)
    forget(name)
    tell(ESCALATED if met.escalations else RECORDED)
    return redirect(url_for("meetings.index", case_id=case_id), 303)


def _case(case_id: UUID) -> CaseHeader:
    return case_header(world(), actor(), case_id, Permission.MEETING_RECORD)


def _shown(template: str, form: Form, case: CaseHeader, name: str, reasons: tuple[str, ...] = ()) -> Response:
    most = {"attendees": MOST_ATTENDEES, "issues": MOST_ISSUES}
    return case_form_page(template, form, case, name, reasons, most=most)
