"""Handing a case to the RIEP, and recording the way forward that was agreed."""

from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.dialogue.riep import (
    NewAgreement,
    NewHandover,
    hand_to_riep,
    handover_sheet,
    record_way_forward,
)
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.headers import case_header
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, kept_form
from clearinghouse.web.fields import Choice, DateParts, Line, Option, Text
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages

riep = Pages("riep", __name__)

HANDED = Message("The case is handed to the RIEP. Agreeing the way forward is now owed.")
AGREED = Message("What was agreed is recorded, and the next date is in the agenda.")

_LENGTH = 5000
_OUTSIDE = "outside"
_WORKING_DAY = "A date on a weekend or bank holiday moves to the next working day. For example, 27 3 2027"


class HandoverForm(Form):
    """To whom of the RIEP, and by when."""

    officer = Choice("Who at the RIEP takes it up?", missing="Select who takes it up")
    outside = Line(
        "If they do not use this service, their name",
        hint="Sealed. The owner of the case then records what was agreed",
    )
    agree_by = DateParts(
        "By when is the way forward to be agreed?",
        subject="The date",
        missing="Enter the date by which the way forward is to be agreed",
        hint=_WORKING_DAY,
    )
    note = Text(
        "What should they know first? (optional)", longest=_LENGTH, rows=5, hint="Sealed with the case"
    )


class AgreementForm(Form):
    """What was agreed, and when it is looked at again."""

    agreed_on = DateParts(
        "When was it agreed?", subject="The date", missing="Enter the date of the agreement"
    )
    agreed_with = Line("With whom? (optional)", hint="Names and bodies. Sealed")
    way_forward = Text(
        "What is the way forward?", longest=_LENGTH, rows=6, missing="Enter the way forward", hint="Sealed"
    )
    support = Text(
        "Which support was agreed? (optional)",
        longest=_LENGTH,
        rows=4,
        hint="Sealed. Where you enter some, support begins, and its review is owed on the next date",
    )
    next_on = DateParts(
        "When is it looked at again?",
        subject="The next date",
        missing="Enter when it is looked at again",
        hint=_WORKING_DAY,
    )


@riep.route("/cases/<uuid:case_id>/riep", methods=["GET", "POST"], needs=Permission.CASE_ASSIGN)
def hand(case_id: UUID) -> ResponseReturnValue:
    """Hand the case to the RIEP."""
    template, name = "riep/hand.html", f"riep:{case_id}"
    sheet, form = handover_sheet(world(), actor(), case_id), kept_form(HandoverForm, name)
    officers = [Option(str(each.id), each.name) for each in sheet.officers]
    form.officer.offer([*officers, Option(_OUTSIDE, "Somebody who does not use this service")])
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page(template, form, sheet.case, name, sheet=sheet)
    given = NewHandover(
        agree_by=form.agree_by.day,
        officer=None if form.officer.data == _OUTSIDE else UUID(form.officer.data),
        outside=form.outside.text,
        note=form.note.text,
    )
    try:
        hand_to_riep(world_for(form.key()), actor(), case_id, form.read_version(), given)
    except (Invalid, Refused) as problem:
        if isinstance(problem, Refused):
            return case_form_page(template, form, sheet.case, name, problem.reasons, sheet=sheet)
        form.refuse_all(problem)
        return case_form_page(template, form, sheet.case, name, sheet=sheet)
    forget(name)
    tell(HANDED)
    return redirect(url_for("way_forward.index", case_id=case_id), 303)


@riep.route("/cases/<uuid:case_id>/riep/agreed", methods=["GET", "POST"], needs=Permission.FOLLOWUP_SCHEDULE)
def agreed(case_id: UUID) -> ResponseReturnValue:
    """Record the way forward that was agreed."""
    template, name = "riep/agreed.html", f"riep-agreed:{case_id}"
    case = case_header(world(), actor(), case_id, Permission.FOLLOWUP_SCHEDULE)
    form = kept_form(AgreementForm, name)
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page(template, form, case, name)
    given = NewAgreement(
        agreed_on=form.agreed_on.day,
        way_forward=form.way_forward.text,
        next_on=form.next_on.day,
        agreed_with=form.agreed_with.text,
        support=form.support.text,
    )
    try:
        record_way_forward(world_for(form.key()), actor(), case_id, form.read_version(), given)
    except (Invalid, Refused) as problem:
        if isinstance(problem, Refused):
            return case_form_page(template, form, case, name, problem.reasons)
        form.refuse_all(problem)
        return case_form_page(template, form, case, name)
    forget(name)
    tell(AGREED)
    return redirect(url_for("cases.show", case_id=case_id), 303)
