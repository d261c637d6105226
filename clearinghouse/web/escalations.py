"""Recording and correcting escalations, and our own referral through its gate, confirmed before it is made."""

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.drafts import read_draft
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.escalation.recording import NewEscalation, correct_escalation, record_escalation
from clearinghouse.casework.escalation.referrals import owe_missing_steps, refer, referral_gates
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.meetings.tab import escalation_page
from clearinghouse.protocol.vocabulary import Body, EscalationAction
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import filled, forget, kept_form
from clearinghouse.web.fields import Choice, DateParts, Line, Text, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.meeting_rows import ACTING_BODIES, LENGTH
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages

escalations = Pages("escalations", __name__)

RECORDED = Message("The escalation is recorded. What the family still owes is now a duty.")
CORRECTED = Message("The correction is recorded beside the first entry.")
REFERRED = Message("The referral is recorded.")
OWED = Message("What is missing is now owed on this case, with dates.")

_WORKING_DAY = "A date on a weekend or bank holiday moves to the next working day. For example, 27 3 2027"
_NOT_TYPED = frozenset({"csrf_token", "post_key", "version", "step", "proof_code", "proof_passkey"})


class CorrectionForm(Form):
    """What government or an inspectorate did; the same for the entry that corrects another."""

    body = Choice("Which body acts?", options=options_of(ACTING_BODIES), missing="Select the body that acts")
    action = Choice(
        "What does it do?", options=options_of(EscalationAction), missing="Select what the body does"
    )
    on = DateParts(
        "When did it decide?",
        subject="The date of the escalation",
        missing="Enter the date of the escalation",
    )
    reason = Text("Why?", longest=LENGTH, rows=5, missing="Enter why it was escalated", hint="Sealed")
    agreed_by = Line("Who agreed to it?", hint="Names and bodies. Sealed")
    authority_told = Line("Who in the authority was told?", hint="Leave it empty if nobody has been told yet")
    authority_told_on = DateParts(
        "When were they told?", subject="The date on which the authority was told", hint="Optional"
    )

    def escalation(self, **more: Any) -> NewEscalation:
        """What was filled in."""
        return NewEscalation(
            body=Body(self.body.data),
            action=EscalationAction(self.action.data),
            on=self.on.day,
            reason=self.reason.text,
            agreed_by=self.agreed_by.text,
            authority_told=self.authority_told.text,
            authority_told_on=self.authority_told_on.data,
            **more,
        )


class EscalationForm(CorrectionForm):
    """An escalation, and when it is followed up."""

    follow_up_on = DateParts(
        "When will you follow it up?",
        subject="The date of the follow-up",
        missing="Enter the date on which you will follow it up",
        hint=_WORKING_DAY,
    )


class ReferralForm(EscalationForm):
    """A referral of ours, to a named person."""

    body = Choice(
        "To which body?", options=options_of(ACTING_BODIES), missing="Select the body you refer it to"
    )
    recipient = Line(
        "To whom?", missing="Enter the name of the person you refer it to", hint="Name and position. Sealed"
    )
    action = Choice(
        "What is it asked to do?",
        options=options_of(EscalationAction),
        missing="Select what the body is asked to do",
    )
    on = DateParts(
        "When is it referred?", subject="The date of the referral", missing="Enter the date of the referral"
    )
    reason = Text(
        "Why?", longest=LENGTH, rows=5, missing="Enter why the authority is referred", hint="Sealed"
    )


@escalations.route(
    "/cases/<uuid:case_id>/escalation/new",
    methods=["GET", "POST"],
    needs=Permission.ESCALATION_RECORD,
    fresh=True,
)
def new(case_id: UUID) -> ResponseReturnValue:
    """Record what government or an inspectorate does."""
    case = case_header(world(), actor(), case_id, Permission.ESCALATION_RECORD)
    template, name = "escalations/new.html", f"escalation:{case_id}"
    form = kept_form(EscalationForm, name)
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page(template, form, case, name)
    given = form.escalation(follow_up_on=form.follow_up_on.day)
    try:
        record_escalation(world_for(form.key()), actor(), case_id, form.read_version(), given)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return case_form_page(template, form, case, name)
    forget(name)
    tell(RECORDED)
    return _to_the_entries(case_id)


@escalations.route(
    "/cases/<uuid:case_id>/escalation/<uuid:escalation_id>/correct",
    methods=["GET", "POST"],
    needs=Permission.ESCALATION_RECORD,
    fresh=True,
)
def correct(case_id: UUID, escalation_id: UUID) -> ResponseReturnValue:
    """Correct an entry by a later one."""
    needs = Permission.ESCALATION_RECORD
    found = escalation_page(world(), actor(), case_id, escalation_id, needs)
    entry = found.escalation
    template, name = "escalations/correct.html", f"correction:{escalation_id}"
    draft = read_draft(world(), actor(), name) if request.method == "GET" else None
    form = filled(CorrectionForm, draft.answers) if draft else CorrectionForm(data=vars(entry))
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page(template, form, found.case, name, entry=entry)
    given = form.escalation(
        recipient=entry.recipient, why_not_family_first=entry.why_not_family_first, follow_up_on=None
    )
    try:
        correct_escalation(world_for(form.key()), actor(), case_id, form.read_version(), escalation_id, given)
    except Refused as refused:
        return case_form_page(template, form, found.case, name, refused.reasons, entry=entry)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return case_form_page(template, form, found.case, name, entry=entry)
    forget(name)
    tell(CORRECTED)
    return _to_the_entries(case_id)


@escalations.route(
    "/cases/<uuid:case_id>/refer", methods=["GET", "POST"], needs=Permission.CASE_REFER, fresh=True
)
def refer_page(case_id: UUID) -> ResponseReturnValue:
    """Our own referral: where each gate stands, then the form, then what will be recorded, to be confirmed."""
    template, name = "escalations/refer.html", f"referral:{case_id}"
    gates, form = referral_gates(world(), actor(), case_id), kept_form(ReferralForm, name)
    step = request.form.get("step")
    if request.method == "GET" or step == "change" or not form.is_posted_and_valid():
        return case_form_page(template, form, gates.case, name, gates=gates)
    given = form.escalation(recipient=form.recipient.text, follow_up_on=form.follow_up_on.day)
    if step != "confirm":
        typed = [pair for pair in request.form.items(multi=True) if pair[0] not in _NOT_TYPED]
        return case_form_page("escalations/confirm.html", form, gates.case, name, given=given, typed=typed)
    try:
        refer(world_for(form.key()), actor(), case_id, form.read_version(), given)
    except Refused as refused:
        return case_form_page(template, form, gates.case, name, refused.reasons, gates=gates)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return case_form_page(template, form, gates.case, name, gates=gates)
    forget(name)
    tell(REFERRED)
    return _to_the_entries(case_id)


@escalations.post("/cases/<uuid:case_id>/refer/owe", needs=Permission.CASE_REFER)
def owe(case_id: UUID) -> ResponseReturnValue:
    """Turn what the nearest gate misses into duties."""
    form = Form()
    if form.is_posted_and_valid():
        owe_missing_steps(world_for(form.key()), actor(), case_id, form.read_version())
        tell(OWED)
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _to_the_entries(case_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("meetings.index", case_id=case_id, _anchor="escalations"), 303)
