"""Advocacy: recording how the family stands with an authority, and how that ended."""

from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.escalation.advocacy import (
    NewAdvocacy,
    advocacy_sheet,
    end_advocacy,
    stand_with_authority,
)
from clearinghouse.casework.headers import case_header
from clearinghouse.protocol.advocacy import AdvocacyEnd, PeerReview
from clearinghouse.protocol.vocabulary import Body, Capacity
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, kept_form
from clearinghouse.web.fields import Choice, DateParts, Line, Text, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages

advocacy = Pages("advocacy", __name__)

AGREED = Message("How the family stands with the authority is recorded.")
ENDED = Message("The advocacy has ended, and why is recorded.")

AGAINST = (Body.AUDIT_COMMISSION, Body.GOVERNMENT_OFFICE, Body.DEPARTMENT, Body.OTHER)
"""The regulators and departments with whom an authority may differ about its priorities."""

_LENGTH = 5000
_WORKING_DAY = "A date on a weekend or bank holiday moves to the next working day. For example, 27 3 2027"


class AdvocacyForm(Form):
    """Against whom, for what, in which words, and as agreed with whom."""

    body = Choice(
        "With whom does the authority differ?", options=options_of(AGAINST), missing="Select the body"
    )
    which_body = Line(
        "Which regulator or department is it, exactly?", missing="Enter which regulator or department it is"
    )
    priority = Text(
        "Which local priority does the authority assert?",
        longest=_LENGTH,
        rows=4,
        missing="Enter the priority that the authority asserts",
        hint="Sealed",
    )
    position = Text(
        "What is the family’s position?",
        longest=_LENGTH,
        rows=5,
        missing="Enter the family’s position",
        hint="Sealed",
    )
    peer_review = Choice(
        "Does a peer review look into the reasons for the conflict?",
        options=options_of(PeerReview),
        missing="Select whether a peer review looks into it",
    )
    agreed_on = DateParts(
        "When was this agreed with the authority?", subject="The date", missing="Enter when it was agreed"
    )
    agreed_with = Choice(
        "Who in the authority agreed?",
        missing="Select who in the authority agreed",
        hint="Never anyone the concern is about",
    )
    agreed_by = Line(
        "By whom was it agreed?", missing="Enter by whom it was agreed", hint="Names on both sides. Sealed"
    )
    next_on = DateParts(
        "When will you follow it up?",
        subject="The date of the follow-up",
        missing="Enter when you will follow it up",
        hint=_WORKING_DAY,
    )


class AdvocacyEndForm(Form):
    """How and why an advocacy ends."""

    end = Choice("How did it end?", options=options_of(AdvocacyEnd), missing="Select how it ended")
    reason = Text("Why?", longest=_LENGTH, rows=5, missing="Enter why it ended", hint="Sealed")


@advocacy.route(
    "/cases/<uuid:case_id>/advocacy/new", methods=["GET", "POST"], needs=Permission.ADVOCACY_RECORD
)
def new(case_id: UUID) -> ResponseReturnValue:
    """Record how the family stands with the authority."""
    template, name = "advocacy/new.html", f"advocacy:{case_id}"
    sheet, form = advocacy_sheet(world(), actor(), case_id), kept_form(AdvocacyForm, name)
    form.agreed_with.offer(options_of(sheet.may_agree))
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page(template, form, sheet.case, name)
    given = NewAdvocacy(
        body=Body(form.body.data),
        which_body=form.which_body.text,
        priority=form.priority.text,
        position=form.position.text,
        peer_review=PeerReview(form.peer_review.data),
        agreed_on=form.agreed_on.day,
        agreed_with=Capacity(form.agreed_with.data),
        agreed_by=form.agreed_by.text,
        next_on=form.next_on.day,
    )
    try:
        stand_with_authority(world_for(form.key()), actor(), case_id, form.read_version(), given)
    except (Invalid, Refused) as problem:
        if isinstance(problem, Refused):
            return case_form_page(template, form, sheet.case, name, problem.reasons)
        form.refuse_all(problem)
        return case_form_page(template, form, sheet.case, name)
    forget(name)
    tell(AGREED)
    return _to_the_tab(case_id)


@advocacy.route(
    "/cases/<uuid:case_id>/advocacy/<uuid:advocacy_id>/end",
    methods=["GET", "POST"],
    needs=Permission.ADVOCACY_RECORD,
)
def end(case_id: UUID, advocacy_id: UUID) -> ResponseReturnValue:
    """End an advocacy with a reason."""
    template, name = "advocacy/end.html", f"advocacy-end:{advocacy_id}"
    case = case_header(world(), actor(), case_id, Permission.ADVOCACY_RECORD)
    form = kept_form(AdvocacyEndForm, name)
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page(template, form, case, name)
    how, why = AdvocacyEnd(form.end.data), form.reason.text
    try:
        end_advocacy(world_for(form.key()), actor(), case_id, form.read_version(), advocacy_id, how, why)
    except Refused as refused:
        return case_form_page(template, form, case, name, refused.reasons)
    forget(name)
    tell(ENDED)
    return _to_the_tab(case_id)


def _to_the_tab(case_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("way_forward.index", case_id=case_id, _anchor="advocacy"), 303)
