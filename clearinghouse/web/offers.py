"""The sector offer: making it, recording its answer, taking it back."""

from uuid import UUID

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.dialogue.offer_letters import NewLetter, issue_letter, letter_page, letter_sheet
from clearinghouse.casework.dialogue.offers import NewOffer, answer_offer, make_offer, withdraw_offer
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.headers import CaseHeader, case_header
from clearinghouse.notices.offer_letter import CONFIDENCE, OPENING, TITLE, address, day, letter_text, parts
from clearinghouse.protocol.vocabulary import Capacity, OfferAnswer
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, keep, kept_form
from clearinghouse.web.fields import Choice, DateParts, Line, Text, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

offers = Pages("offers", __name__)

MADE = Message("The offer is made. Its answer is now owed.")
MADE_ON_A_WORKING_DAY = Message("The offer is made. Its answer date was moved to the next working day.")
ANSWERED = Message("The answer is recorded.")
WITHDRAWN = Message("The offer is withdrawn.")
ISSUED = Message("The letter is issued, and on record. Print it, or download it.")

_TERMS_LENGTH = 5000


class OfferForm(Form):
    """An offer and the day by which the authority answers."""

    terms = Text(
        "What help does the sector offer?",
        longest=_TERMS_LENGTH,
        missing="Enter what the sector offers",
        hint="In words of your own: the authority reads them. Nothing of the concern, or of who raised it",
    )
    from_whom = Line(
        "Who gives it? (optional)", hint="For example, two finance peers from councils outside the region"
    )
    cost = Line(
        "What does it cost the authority? (optional)", hint="Money, time and people. For example, nothing"
    )
    starts_by = DateParts(
        "By when could it begin? (optional)",
        subject="The date on which it begins",
        hint="For example, 27 3 2027",
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


class LetterForm(Form):
    """To whom the letter of an offer goes, and how whoever issues it is reached."""

    capacity = Choice(
        "To whom does the letter go?",
        missing="Select to whom the letter goes",
        hint="Those with whom the dialogue may be held, never anyone the concern is about",
    )
    addressee = Line("Their name (optional)", hint="As it should stand above the letter")
    reply_to = Line(
        "How can they reach you? (optional)",
        hint="A telephone number or an address, for questions and the answer",
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
    offer = NewOffer(
        terms=form.terms.text,
        answer_by=form.answer_by.day,
        from_whom=form.from_whom.text,
        cost=form.cost.text,
        starts_by=form.starts_by.data,
    )
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


@offers.route(
    "/cases/<uuid:case_id>/offers/<uuid:offer_id>/letter",
    methods=["GET", "POST"],
    needs=Permission.OFFER_MAKE,
)
def letter(case_id: UUID, offer_id: UUID) -> ResponseReturnValue:
    """Issue the letter of an offer."""
    name = f"offer-letter:{offer_id}"
    sheet, form = letter_sheet(world(), actor(), case_id, offer_id), kept_form(LetterForm, name)
    form.capacity.offer(options_of(sheet.may_go_to))
    template = "offers/letter_form.html"
    if request.method == "GET" or not form.is_posted_and_valid():
        return case_form_page(template, form, sheet.case, name, sheet=sheet)
    given = NewLetter(Capacity(form.capacity.data), form.addressee.text, form.reply_to.text)
    try:
        letter_id = issue_letter(
            world_for(form.key()), actor(), case_id, form.read_version(), offer_id, given
        )
    except Refused as refused:
        return case_form_page(template, form, sheet.case, name, refused.reasons, sheet=sheet)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return case_form_page(template, form, sheet.case, name, sheet=sheet)
    forget(name)
    tell(ISSUED)
    return redirect(url_for("offers.sheet", case_id=case_id, letter_id=letter_id), 303)


@offers.get("/cases/<uuid:case_id>/letters/<uuid:letter_id>", needs=Permission.OFFER_MAKE)
def sheet(case_id: UUID, letter_id: UUID) -> Response:
    """The letter as a sheet to print."""
    found = letter_page(world(), actor(), case_id, letter_id)
    return page(
        "offers/letter.html",
        case=found.case,
        letter_id=letter_id,
        words=found.words,
        address=address(found.words),
        issued_on=day(found.words.issued_on),
        parts=parts(found.words),
        title=TITLE,
        opening=OPENING,
        confidence=CONFIDENCE,
        back_href=url_for("conversations.index", case_id=case_id, _anchor="offers"),
        back_words="Back to the offers",
    )


@offers.get("/cases/<uuid:case_id>/letters/<uuid:letter_id>/text", needs=Permission.OFFER_MAKE)
def text(case_id: UUID, letter_id: UUID) -> Response:
    """The letter as plain text."""
    found = letter_page(world(), actor(), case_id, letter_id)
    response = make_response(letter_text(found.words))
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    filename = f"offer-{found.words.reference}.txt"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


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
