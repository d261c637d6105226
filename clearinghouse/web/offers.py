"""The sector offer: making it, recording its answer, taking it back."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.headers import CaseHeader, case_header
from clearinghouse.casework.offers import NewOffer, answer_offer, make_offer, withdraw_offer
from clearinghouse.protocol.vocabulary import OfferAnswer
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, keep, kept_form
from clearinghouse.web.fields import Choice, DateParts, Text, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

offers = Pages("offers", __name__)

MADE = Message("The offer is made. Its answer is now owed.")
MADE_ON_A_WORKING_DAY = Message("The offer is made. Its answer date was moved to the next working day.")
ANSWERED = Message("The answer is recorded.")
WITHDRAWN = Message("The offer is withdrawn.")

_TERMS_LENGTH = 5000


class OfferForm(Form):
    """An offer and the day by which the authority answers."""

    terms = Text(
        "What does the sector offer?",
        longest=_TERMS_LENGTH,
        missing="Enter what the sector offers",
        hint="The help, who gives it, and what it asks of the authority",
    )
    answer_by = DateParts(
        "By when should the authority answer?",
        subject="The answer date",
        missing="Enter the date by which the authority answers",
        hint="A date on a weekend or bank holiday moves to the next working day. For example, 27 3 2027",
    )


class AnswerForm(Form):
    """What the authority said, when, in what words."""

    answer = Choice(
        "What did the authority answer?",
        options=options_of((OfferAnswer.ACCEPTED, OfferAnswer.DECLINED)),
        missing="Select what the authority answered",
    )
    answered_on = DateParts(
        "When did it answer?", subject="The date of the answer", missing="Enter the date of the answer"
    )
    note = Text("What did it say?", longest=_TERMS_LENGTH, rows=5)


class WithdrawForm(Form):
    """Why an offer is taken back."""

    note = Text(
        "Why is the offer withdrawn?",
        longest=_TERMS_LENGTH,
        rows=5,
        missing="Enter why the offer is withdrawn",
    )


@offers.route("/cases/<uuid:case_id>/offer", methods=["GET", "POST"], needs=Permission.OFFER_MAKE)
def new(case_id: UUID) -> ResponseReturnValue:
    """Make an offer."""
    name = f"offer:{case_id}"
    case, form = _case(case_id), kept_form(OfferForm, name)
    if request.method == "GET":
        return _shown("offers/new.html", form, case)
    if not form.is_posted_and_valid():
        keep(name)
        return _shown("offers/new.html", form, case)
    offer = NewOffer(form.terms.text, form.answer_by.day)
    try:
        made = make_offer(world_for(form.key()), actor(), case_id, form.read_version(), offer)
    except (Invalid, Refused) as problem:
        keep(name)
        return _refused("offers/new.html", form, case, problem)
    forget(name)
    tell(MADE if made.answer_by == offer.answer_by else MADE_ON_A_WORKING_DAY)
    return _to_the_offers(case_id)


@offers.route("/cases/<uuid:case_id>/offer/answer", methods=["GET", "POST"], needs=Permission.OFFER_MAKE)
def answer(case_id: UUID) -> ResponseReturnValue:
    """Record the authority's answer."""
    case, form = _case(case_id), AnswerForm()
    if request.method == "GET" or not form.is_posted_and_valid():
        return _shown("offers/answer.html", form, case)
    try:
        answer_offer(
            world_for(form.key()),
            actor(),
            case_id,
            form.read_version(),
            OfferAnswer(form.answer.data),
            form.answered_on.day,
            form.note.text,
        )
    except (Invalid, Refused) as problem:
        return _refused("offers/answer.html", form, case, problem)
    tell(ANSWERED)
    return _to_the_offers(case_id)


@offers.route("/cases/<uuid:case_id>/offer/withdraw", methods=["GET", "POST"], needs=Permission.OFFER_MAKE)
def withdraw(case_id: UUID) -> ResponseReturnValue:
    """Take back the offer that waits."""
    case, form = _case(case_id), WithdrawForm()
    if request.method == "GET" or not form.is_posted_and_valid():
        return _shown("offers/withdraw.html", form, case)
    try:
        withdraw_offer(world_for(form.key()), actor(), case_id, form.read_version(), form.note.text)
    except (Invalid, Refused) as problem:
        return _refused("offers/withdraw.html", form, case, problem)
    tell(WITHDRAWN)
    return _to_the_offers(case_id)


def _case(case_id: UUID) -> CaseHeader:
    return case_header(world(), actor(), case_id, Permission.OFFER_MAKE)


def _shown(template: str, form: Form, case: CaseHeader, reasons: tuple[str, ...] = ()) -> Response:
    if not form.version.data:
        form.version.data = str(case.version)
    refused = form.errors or reasons
    return page(
        template,
        422 if refused else 200,
        form=form,
        case=case,
        reasons=reasons,
        draft_url=url_for("drafts.save", form=f"offer:{case.id}"),
    )


def _refused(template: str, form: Form, case: CaseHeader, problem: Invalid | Refused) -> Response:
    if isinstance(problem, Refused):
        return _shown(template, form, case, problem.reasons)
    form.refuse_all(problem)
    return _shown(template, form, case)


def _to_the_offers(case_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("conversations.index", case_id=case_id, _anchor="offers"), 303)
