"""Political brokerage: the political leads' own list, what is asked of them, and their talks with politicians."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.dialogue.brokerage import (
    NewAsk,
    NewTalk,
    ask_political_lead,
    brokerage_page,
    brokered_cases,
    political_leads,
    record_talk,
)
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.headers import case_header
from clearinghouse.protocol.brokerage import BrokerageOutcome, BrokeredWith
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, kept_form
from clearinghouse.web.fields import Choice, Choices, DateParts, Line, Option, Text, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

brokerage = Pages("brokerage", __name__, navigation="Brokerage")
brokering = Pages("brokering", __name__)
"""The pages of one case, which stand under it in the navigation."""

ASKED = Message("The political lead is asked. It is in their agenda.")
RECORDED = Message("The talk is recorded, and what comes next is in the agenda.")

_LENGTH = 5000
_HELD = (Option("held", "Yes, we talked"), Option("attempted", "No, I tried and did not reach them"))
_WORKING_DAY = "A date on a weekend or bank holiday moves to the next working day. For example, 27 3 2027"


class AskForm(Form):
    """Who is asked, what and by when."""

    political_lead = Choice("Who is asked to broker?", missing="Select who is asked to broker")
    asked = Text(
        "What is asked of them?",
        longest=_LENGTH,
        rows=6,
        missing="Enter what is asked of them",
        hint="These words are all that they read, unless you put them on the case. Leave out who raised the concern "
        "and what was said",
    )
    by_on = DateParts("By when?", subject="The date", missing="Enter the date", hint=_WORKING_DAY)


class TalkForm(Form):
    """A talk with politicians, what it came to, and what comes next."""

    held = Choice("Did the talk take place?", options=_HELD, missing="Select whether you talked")
    held_on = DateParts("When was it?", subject="The date of the talk", missing="Enter the date of the talk")
    brokered_with = Choices(
        "With whom, or through whom?",
        options=options_of(BrokeredWith),
        missing="Select with whom it was",
        hint="Select all that apply",
    )
    names = Line("Their names (optional)", hint="Sealed")
    outcome = Choice(
        "What did it come to?",
        options=options_of(BrokerageOutcome),
        hint="Leave it empty if you did not talk",
    )
    note = Text("What was said?", longest=_LENGTH, rows=6, hint="Sealed. Leave it empty if you did not talk")
    next_on = DateParts(
        "When is the next talk, or the follow-up?",
        subject="The next date",
        missing="Enter the next date",
        hint=_WORKING_DAY,
    )


@brokerage.get("/brokerage", needs=Permission.BROKERAGE_RECORD)
def index() -> Response:
    """The brokered cases that the person may see: headers alone."""
    return page("brokerage/index.html", rows=brokered_cases(world(), actor()), today=world().today)


@brokering.get("/cases/<uuid:case_id>/brokerage", needs=Permission.BROKERAGE_RECORD)
def show(case_id: UUID) -> Response:
    """What is asked on one case, and the talks."""
    shown = brokerage_page(world(), actor(), case_id)
    return page("brokerage/show.html", case=shown.case, shown=shown, tab="brokerage")


@brokering.route("/cases/<uuid:case_id>/brokerage/ask", methods=["GET", "POST"], needs=Permission.CASE_ROUTE)
def ask(case_id: UUID) -> ResponseReturnValue:
    """Ask a political lead to broker."""
    template, name = "brokerage/ask.html", f"brokerage-ask:{case_id}"
    case = case_header(world(), actor(), case_id, Permission.CASE_ROUTE)
    people, form = political_leads(world(), actor(), case_id), kept_form(AskForm, name)
    form.political_lead.offer(Option(str(each.id), each.name) for each in people)
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page(template, form, case, name, people=people)
    given = NewAsk(UUID(form.political_lead.data), form.asked.text, form.by_on.day)
    try:
        ask_political_lead(world_for(form.key()), actor(), case_id, form.read_version(), given)
    except (Invalid, Refused) as problem:
        if isinstance(problem, Refused):
            return case_form_page(template, form, case, name, problem.reasons, people=people)
        form.refuse_all(problem)
        return case_form_page(template, form, case, name, people=people)
    forget(name)
    tell(ASKED)
    return redirect(url_for("brokering.show", case_id=case_id), 303)


@brokering.route(
    "/cases/<uuid:case_id>/brokerage/talk", methods=["GET", "POST"], needs=Permission.BROKERAGE_RECORD
)
def talk(case_id: UUID) -> ResponseReturnValue:
    """Record a talk with politicians."""
    template, name = "brokerage/talk.html", f"brokerage-talk:{case_id}"
    case = case_header(world(), actor(), case_id, Permission.BROKERAGE_RECORD)
    form = kept_form(TalkForm, name)
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page(template, form, case, name)
    given = NewTalk(
        held_on=form.held_on.day,
        held=form.held.data == "held",
        brokered_with=frozenset(BrokeredWith(each) for each in form.brokered_with.data or ()),
        next_on=form.next_on.day,
        outcome=BrokerageOutcome(form.outcome.data) if form.outcome.data else None,
        names=form.names.text,
        note=form.note.text,
    )
    try:
        record_talk(world_for(form.key()), actor(), case_id, form.read_version(), given)
    except (Invalid, Refused) as problem:
        if isinstance(problem, Refused):
            return case_form_page(template, form, case, name, problem.reasons)
        form.refuse_all(problem)
        return case_form_page(template, form, case, name)
    forget(name)
    tell(RECORDED)
    return redirect(url_for("brokering.show", case_id=case_id), 303)
