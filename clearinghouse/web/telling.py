"""Telling the source what happened, by whoever may know the source; and recording who in the authority was told."""

from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.dialogue.telling import (
    NewAuthorityTelling,
    NewSourceTelling,
    authority_sheet,
    record_contact_wish,
    tell_authority,
    tell_source,
    telling_sheet,
)
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.protocol.telling import Saying, ToldHow
from clearinghouse.protocol.vocabulary import Capacity
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, kept_form
from clearinghouse.web.fields import Choice, Choices, DateParts, Line, Option, Text, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages

telling = Pages("telling", __name__)

TOLD = Message("What the source was told is recorded.")
TRIED = Message("Your attempt is recorded, and the next one is in your agenda.")
MAY_BE_CONTACTED = Message("The source may be contacted. That is recorded.")
MAY_NOT_BE_CONTACTED = Message("The source is not contacted any more. That is recorded.")
AUTHORITY_TOLD = Message("Who in the authority was told is recorded.")

_LENGTH = 5000
_DONE = (Option("told", "Yes"), Option("attempted", "No, I tried and did not reach them"))
_WORKING_DAY = "A date on a weekend or bank holiday moves to the next working day. For example, 27 3 2027"


class SourceTellingForm(Form):
    """What a source was told, when and how; or when the next try is."""

    done = Choice("Did you reach the source?", options=_DONE, missing="Select whether you reached the source")
    told_on = DateParts("When was it?", subject="The date", missing="Enter the date")
    how = Choice("How?", options=options_of(ToldHow), missing="Select how you told them, or tried to")
    sayings = Choices(
        "What did you tell them?",
        hint="These are all the things that may be said now. Select all that you said",
    )
    note = Text(
        "Anything to note? (optional)",
        longest=_LENGTH,
        rows=4,
        hint="Sealed with the source: only those who may know the source can read it",
    )
    again_on = DateParts(
        "If you did not reach them, when will you try again?",
        subject="The date of the next try",
        hint=_WORKING_DAY,
    )


class ContactForm(Form):
    """Whether a source may be contacted again."""

    contact = Choice(
        "May we contact them again?",
        options=(Option("yes", "Yes, to tell them what happened"), Option("no", "No")),
        missing="Select whether we may contact them again",
    )


class AuthorityTellingForm(Form):
    """Who in the authority was told of an escalation."""

    told_on = DateParts("When were they told?", subject="The date", missing="Enter the date")
    capacity = Choice(
        "Who in the authority was told?",
        missing="Select who was told",
        hint="Never anyone the concern is about: a stand-in is told instead",
    )
    name = Line("Their name (optional)", hint="Sealed")
    how = Choice("How?", options=options_of(ToldHow), missing="Select how they were told")
    note = Text("What did they say? (optional)", longest=_LENGTH, rows=4, hint="Sealed")


@telling.route(
    "/cases/<uuid:case_id>/source/<uuid:concern_id>/tell",
    methods=["GET", "POST"],
    needs=Permission.SOURCE_READ,
)
def source(case_id: UUID, concern_id: UUID) -> ResponseReturnValue:
    """Record what the source of a concern was told."""
    template, name = "telling/source.html", f"source-told:{concern_id}"
    sheet = telling_sheet(world(), actor(), case_id, concern_id)
    form = kept_form(SourceTellingForm, name)
    form.sayings.offer(options_of(sheet.may_be_said))
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page(
            template, form, sheet.case, name, sheet=sheet, contact=_contact(sheet.case.version)
        )
    given = NewSourceTelling(
        told_on=form.told_on.day,
        how=ToldHow(form.how.data),
        done=form.done.data == "told",
        sayings=frozenset(Saying(each) for each in form.sayings.data or ()),
        note=form.note.text,
        again_on=form.again_on.data,
    )
    try:
        tell_source(world_for(form.key()), actor(), case_id, form.read_version(), concern_id, given)
    except (Invalid, Refused) as problem:
        reasons = problem.reasons if isinstance(problem, Refused) else ()
        if isinstance(problem, Invalid):
            form.refuse_all(problem)
        contact = _contact(sheet.case.version)
        return case_form_page(template, form, sheet.case, name, reasons, sheet=sheet, contact=contact)
    forget(name)
    tell(TOLD if given.done else TRIED)
    return redirect(url_for("cases.show", case_id=case_id), 303)


@telling.post("/cases/<uuid:case_id>/source/<uuid:concern_id>/contact", needs=Permission.SOURCE_READ)
def contact(case_id: UUID, concern_id: UUID) -> ResponseReturnValue:
    """Record whether the source may be contacted again."""
    sheet, form = telling_sheet(world(), actor(), case_id, concern_id), ContactForm()
    if not form.is_posted_and_valid():
        name, telling_form = f"source-told:{concern_id}", SourceTellingForm(formdata=None)
        telling_form.sayings.offer(options_of(sheet.may_be_said))
        telling_form.version.data = str(sheet.case.version)
        shown = case_form_page(
            "telling/source.html", telling_form, sheet.case, name, sheet=sheet, contact=form
        )
        shown.status_code = 422
        return shown
    may = form.contact.data == "yes"
    record_contact_wish(
        world_for(form.key()), actor(), case_id, form.read_version(), concern_id, may_be_contacted=may
    )
    tell(MAY_BE_CONTACTED if may else MAY_NOT_BE_CONTACTED)
    return redirect(url_for("telling.source", case_id=case_id, concern_id=concern_id), 303)


@telling.route(
    "/cases/<uuid:case_id>/escalation/<uuid:escalation_id>/told",
    methods=["GET", "POST"],
    needs=Permission.FOLLOWUP_SCHEDULE,
)
def authority(case_id: UUID, escalation_id: UUID) -> ResponseReturnValue:
    """Record who in the authority was told of an escalation."""
    template, name = "telling/authority.html", f"authority-told:{escalation_id}"
    sheet = authority_sheet(world(), actor(), case_id, escalation_id)
    form = kept_form(AuthorityTellingForm, name)
    form.capacity.offer(options_of(sheet.may_be_told))
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page(template, form, sheet.case, name, sheet=sheet)
    given = NewAuthorityTelling(
        told_on=form.told_on.day,
        capacity=Capacity(form.capacity.data),
        how=ToldHow(form.how.data),
        name=form.name.text,
        note=form.note.text,
    )
    try:
        tell_authority(world_for(form.key()), actor(), case_id, form.read_version(), escalation_id, given)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return case_form_page(template, form, sheet.case, name, sheet=sheet)
    forget(name)
    tell(AUTHORITY_TOLD)
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _contact(version: int) -> ContactForm:
    form = ContactForm(formdata=None)
    form.version.data = str(version)
    return form
