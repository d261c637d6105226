"""Referrals that wait for nobody: making one, a second lead's view of it, its review."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.escalation.risk import (
    NewRiskReferral,
    confirm_risk_referral,
    legal_duty_to_refer,
    refer_at_once,
    review_risk_referral,
    risk_referral,
    risk_referrals,
    waiting_referral,
)
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.meetings.tab import escalation_page
from clearinghouse.protocol.vocabulary import Body
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, kept_form
from clearinghouse.web.fields import Choice, DateParts, Line, Option, Text, Tick, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.meeting_rows import ACTING_BODIES, LENGTH
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

risk = Pages("risk", __name__)

REFERRED = Message("The referral is recorded. A second lead is asked to confirm or question it.")
ANSWERED = Message("Your view of the referral is recorded.")
REVIEWED = Message("The review of the referral is recorded.")

_VIEWS = (
    Option("confirmed", "I confirm it"),
    Option("questioned", "I question it", "The case’s owner and its lead follow this up at once"),
)


class RiskForm(Form):
    """To whom, why, and why family first is not followed."""

    body = Choice(
        "To which body?", options=options_of(ACTING_BODIES), missing="Select the body you refer it to"
    )
    recipient = Line("To whom?", missing="Enter to whom you refer it", hint="Name or duty desk. Sealed")
    on = DateParts(
        "When was it referred?", subject="The date of the referral", missing="Enter the date of the referral"
    )
    reason = Text(
        "Why at once?",
        longest=LENGTH,
        rows=5,
        missing="Enter why it is referred at once",
        hint="Sealed. The second lead reads this",
    )
    why_not_family_first = Text(
        "Why is family first not followed?",
        longest=LENGTH,
        rows=4,
        missing="Enter why family first is not followed",
        hint="What waiting for a conversation, an offer or a meeting would mean",
    )
    people_at_risk = Tick("People are at risk of harm now")


class SecondViewForm(Form):
    """What a second lead says."""

    decision = Choice(
        "What is your view of this referral?",
        options=_VIEWS,
        missing="Select whether you confirm or question it",
    )
    view = Text("Say why", longest=LENGTH, rows=4, hint="Needed where you question it")


class RiskReviewForm(Form):
    """The review of a referral that waited for nobody."""

    held_on = DateParts(
        "When was the review?", subject="The date of the review", missing="Enter the date of the review"
    )
    note = Text("What was found?", longest=LENGTH, rows=6, missing="Enter what was found")


@risk.route("/cases/<uuid:case_id>/risk/refer", methods=["GET", "POST"], needs=Permission.RISK_REFER)
def refer(case_id: UUID) -> ResponseReturnValue:
    """Refer at once."""
    case = case_header(world(), actor(), case_id, Permission.RISK_REFER)
    by_law = legal_duty_to_refer(world(), actor(), case_id)
    template, name = "escalations/risk.html", f"risk:{case_id}"
    form = kept_form(RiskForm, name)
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page(template, form, case, name, by_law=by_law)
    given = NewRiskReferral(
        body=Body(form.body.data),
        recipient=form.recipient.text,
        on=form.on.day,
        reason=form.reason.text,
        why_not_family_first=form.why_not_family_first.text,
        people_at_risk=form.people_at_risk.data,
    )
    try:
        refer_at_once(world_for(form.key()), actor(), case_id, form.read_version(), given)
    except Refused as refused:
        form.refuse(form.people_at_risk, refused.reasons[0])
        return case_form_page(template, form, case, name, by_law=by_law)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return case_form_page(template, form, case, name, by_law=by_law)
    forget(name)
    tell(REFERRED)
    if Permission.CASE_READ in case.permissions:
        return redirect(url_for("meetings.index", case_id=case_id, _anchor="escalations"), 303)
    return redirect(url_for("cases.show", case_id=case_id), 303)


@risk.get("/cases/<uuid:case_id>/risk", needs=Permission.RISK_CONFIRM)
def waiting(case_id: UUID) -> ResponseReturnValue:
    """Where the duty to confirm a referral leads: to the one that waits on this case."""
    found = waiting_referral(world(), actor(), case_id)
    return redirect(url_for("risk.confirm", escalation_id=found))


@risk.get("/risk-referrals", needs=Permission.RISK_CONFIRM)
def index() -> Response:
    """The referrals that wait for a second lead, of any region."""
    return page("escalations/waiting.html", waiting=risk_referrals(world(), actor()), today=world().today)


@risk.route(
    "/risk-referrals/<uuid:escalation_id>", methods=["GET", "POST"], needs=Permission.RISK_CONFIRM, fresh=True
)
def confirm(escalation_id: UUID) -> ResponseReturnValue:
    """Confirm or question one referral; nothing else of its case is shown."""
    shown, form = risk_referral(world(), actor(), escalation_id), SecondViewForm()
    if request.method == "GET" or not form.is_posted_and_valid():
        return page("escalations/second_view.html", 422 if form.errors else 200, form=form, shown=shown)
    confirmed = form.decision.data == "confirmed"
    try:
        confirm_risk_referral(world_for(form.key()), actor(), escalation_id, confirmed, form.view.text)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return page("escalations/second_view.html", 422, form=form, shown=shown)
    tell(ANSWERED)
    return redirect(url_for("risk.index"), 303)


@risk.route(
    "/cases/<uuid:case_id>/risk/<uuid:escalation_id>/review",
    methods=["GET", "POST"],
    needs=Permission.MEETING_RECORD,
)
def review(case_id: UUID, escalation_id: UUID) -> ResponseReturnValue:
    """Review a referral that waited for nobody."""
    found = escalation_page(world(), actor(), case_id, escalation_id, Permission.MEETING_RECORD)
    template, name = "escalations/risk_review.html", f"risk-review:{escalation_id}"
    form, entry = kept_form(RiskReviewForm, name), found.escalation
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page(template, form, found.case, name, entry=entry)
    seen = form.read_version()
    try:
        review_risk_referral(
            world_for(form.key()), actor(), case_id, seen, escalation_id, form.held_on.day, form.note.text
        )
    except Refused as refused:
        return case_form_page(template, form, found.case, name, refused.reasons, entry=entry)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return case_form_page(template, form, found.case, name, entry=entry)
    forget(name)
    tell(REVIEWED)
    return redirect(url_for("meetings.index", case_id=case_id, _anchor="escalations"), 303)
