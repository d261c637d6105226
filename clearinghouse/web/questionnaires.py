"""A case's questionnaires: how they stand, building one, sending and closing it, and what was answered."""

from uuid import UUID

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.questionnaires.building import build_questionnaire, drop_questionnaire
from clearinghouse.casework.questionnaires.closing import close_questionnaire, look_at_answers
from clearinghouse.casework.questionnaires.pages import (
    preview_page,
    questionnaire_page,
    questionnaires_page,
)
from clearinghouse.casework.questionnaires.results import counts_file, results_page
from clearinghouse.casework.questionnaires.sending import (
    MOST_LINKS,
    Sending,
    SentTo,
    remind,
    send_questionnaire,
)
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import Choice, DateParts, Line, Option, Text, whole_number
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.passkeys import qr_code
from clearinghouse.web.questionnaire_answers import answer_form
from clearinghouse.web.rendering import page

questionnaires = Pages("questionnaires", __name__)

BUILT = Message("The questionnaire is there as a draft. Look it over, then send it.")
SENT = Message("The questionnaire is sent. The mails go out in the next minutes.")
REMINDED = Message("Whoever has not answered is reminded. Who that is, nobody is told.")
DROPPED = Message("The draft is given up.")
CLOSED = Message("The questionnaire is closed.")
LOOKED_AT = Message("The answers are marked as looked at.")
LONGEST_LIST = 200_000
OWN = "own"
_SHORT = {"classes": "govuk-input--width-3", "inputmode": "numeric"}


class BuildForm(Form):
    """What a questionnaire begins from."""

    ready = Choice("What should it begin from?", missing="Select what to begin from")


class SendForm(Form):
    """To whom it goes, and until when."""

    addresses = Text(
        "Email addresses of people to ask (optional)",
        rows=6,
        longest=LONGEST_LIST,
        hint="One a line. Each gets a mail with a link and nothing else. An address is deleted once it has answered. "
        "Name nobody who has answered before: they could answer twice",
    )
    links = Line(
        "How many links do you need to hand out? (optional)",
        hint=f"At most {MOST_LINKS}. They are shown once, to print or to copy, and the council passes them on",
        check=whole_number(4, 40),
        looks=_SHORT,
    )
    closes_on = DateParts(
        "Last day to answer", subject="The last day to answer", missing="Enter the last day to answer"
    )

    def sending(self) -> Sending:
        """What was asked for, once the form was found valid."""
        addresses = tuple(line.strip() for line in self.addresses.text.split("\n") if line.strip())
        return Sending(self.closes_on.day, addresses, int(self.links.text or 0))


@questionnaires.get("/cases/<uuid:case_id>/questionnaires", needs=Permission.QUESTIONNAIRE_SEND)
def index(case_id: UUID) -> Response:
    """How they stand."""
    return _index(case_id)


@questionnaires.route(
    "/cases/<uuid:case_id>/questionnaires/new", methods=["GET", "POST"], needs=Permission.QUESTIONNAIRE_SEND
)
def new(case_id: UUID) -> ResponseReturnValue:
    """Begin one."""
    shown, form = questionnaires_page(world(), actor(), case_id), BuildForm()
    may_write = Permission.QUESTIONNAIRE_WRITE in shown.case.permissions
    ready = [Option(each.key, each.title, each.about) for each in world().questionnaires]
    own = [Option(OWN, "Nothing: write the questions yourself")] if may_write else []
    form.ready.offer([*ready, *own])
    form.version.data = form.version.data or str(shown.case.version)
    reasons: tuple[str, ...] = ()
    if form.is_posted_and_valid():
        chosen = "" if form.ready.data == OWN else str(form.ready.data)
        try:
            made = build_questionnaire(world_for(form.key()), actor(), case_id, form.read_version(), chosen)
        except Invalid as invalid:
            form.refuse_all(invalid)
        except Refused as refused:
            reasons = refused.reasons
        else:
            tell(BUILT)
            if may_write:
                return redirect(
                    url_for("questionnaire_questions.draft", case_id=case_id, questionnaire_id=made), 303
                )
            return redirect(url_for("questionnaires.index", case_id=case_id), 303)
    return page(
        "questionnaires/new.html",
        422 if form.errors or reasons else 200,
        case=shown.case,
        form=form,
        reasons=reasons,
        ready=world().questionnaires,
    )


@questionnaires.get(
    "/cases/<uuid:case_id>/questionnaires/<uuid:questionnaire_id>/preview", needs=Permission.CASE_READ
)
def preview(case_id: UUID, questionnaire_id: UUID) -> Response:
    """As whoever answers sees it."""
    shown = preview_page(world(), actor(), case_id, questionnaire_id)
    form = answer_form(shown.sheet, posted=False)
    return page("questionnaires/preview.html", case=shown.case, shown=shown, sheet=shown.sheet, form=form)


@questionnaires.route(
    "/cases/<uuid:case_id>/questionnaires/<uuid:questionnaire_id>/send",
    methods=["GET", "POST"],
    needs=Permission.QUESTIONNAIRE_SEND,
)
def send(case_id: UUID, questionnaire_id: UUID) -> ResponseReturnValue:
    """Send it: for the first time, to more people, or again."""
    case, found = questionnaire_page(world(), actor(), case_id, questionnaire_id)
    form = SendForm()
    form.version.data = form.version.data or str(case.version)
    reasons: tuple[str, ...] = ()
    if request.method == "GET":
        if found.rounds and found.rounds[-1].closed_on is None:
            day = found.rounds[-1].closes_on
            form.closes_on.raw_data = [str(day.day), str(day.month), str(day.year)]
    elif form.is_posted_and_valid():
        try:
            sent = send_questionnaire(
                world_for(form.key()),
                actor(),
                case_id,
                form.read_version(),
                questionnaire_id,
                form.sending(),
            )
        except Invalid as invalid:
            form.refuse_all(invalid)
        except Refused as refused:
            reasons = refused.reasons
        else:
            if sent.links:
                return _links(case_id, questionnaire_id, sent)
            tell(SENT)
            return redirect(url_for("questionnaires.index", case_id=case_id), 303)
    status = 422 if form.errors or reasons else 200
    mails = world().mail is not None
    return page(
        "questionnaires/send.html", status, case=case, found=found, form=form, reasons=reasons, mails=mails
    )


@questionnaires.post(
    "/cases/<uuid:case_id>/questionnaires/<uuid:questionnaire_id>/remind",
    needs=Permission.QUESTIONNAIRE_SEND,
)
def remind_(case_id: UUID, questionnaire_id: UUID) -> ResponseReturnValue:
    """Write once more to whoever has not answered."""
    form = Form()
    try:
        remind(world_for(form.key()), actor(), case_id, form.read_version(), questionnaire_id)
    except Refused as refused:
        return _index(case_id, refused.reasons)
    tell(REMINDED)
    return redirect(url_for("questionnaires.index", case_id=case_id), 303)


@questionnaires.post(
    "/cases/<uuid:case_id>/questionnaires/<uuid:questionnaire_id>/close",
    needs=Permission.QUESTIONNAIRE_SEND,
)
def close(case_id: UUID, questionnaire_id: UUID) -> ResponseReturnValue:
    """Close it before its date."""
    form = Form()
    try:
        close_questionnaire(world_for(form.key()), actor(), case_id, form.read_version(), questionnaire_id)
    except Refused as refused:
        return _index(case_id, refused.reasons)
    tell(CLOSED)
    return redirect(url_for("questionnaires.index", case_id=case_id), 303)


@questionnaires.post(
    "/cases/<uuid:case_id>/questionnaires/<uuid:questionnaire_id>/drop",
    needs=Permission.QUESTIONNAIRE_SEND,
)
def drop(case_id: UUID, questionnaire_id: UUID) -> ResponseReturnValue:
    """Give a draft up."""
    form = Form()
    try:
        drop_questionnaire(world_for(form.key()), actor(), case_id, form.read_version(), questionnaire_id)
    except Refused as refused:
        return _index(case_id, refused.reasons)
    tell(DROPPED)
    return redirect(url_for("questionnaires.index", case_id=case_id), 303)


@questionnaires.get(
    "/cases/<uuid:case_id>/questionnaires/<uuid:questionnaire_id>/results", needs=Permission.CASE_READ
)
def results(case_id: UUID, questionnaire_id: UUID) -> Response:
    """What was answered, all together."""
    found = results_page(world(), actor(), case_id, questionnaire_id)
    return page("questionnaires/results.html", case=found.case, found=found)


@questionnaires.get(
    "/cases/<uuid:case_id>/questionnaires/<uuid:questionnaire_id>/counts.csv", needs=Permission.CASE_READ
)
def counts(case_id: UUID, questionnaire_id: UUID) -> Response:
    """The counts, to be opened in a spreadsheet; nothing that people wrote."""
    response = make_response(counts_file(world(), actor(), case_id, questionnaire_id))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="questionnaire-{world().today}.csv"'
    return response


@questionnaires.post(
    "/cases/<uuid:case_id>/questionnaires/<uuid:questionnaire_id>/looked-at",
    needs=Permission.QUESTIONNAIRE_WRITE,
)
def looked_at(case_id: UUID, questionnaire_id: UUID) -> ResponseReturnValue:
    """Say that the answers were looked at."""
    form = Form()
    look_at_answers(world_for(form.key()), actor(), case_id, form.read_version(), questionnaire_id)
    tell(LOOKED_AT)
    return redirect(
        url_for("questionnaires.results", case_id=case_id, questionnaire_id=questionnaire_id), 303
    )


def _index(case_id: UUID, reasons: tuple[str, ...] = ()) -> Response:
    shown = questionnaires_page(world(), actor(), case_id)
    return page(
        "questionnaires/index.html",
        422 if reasons else 200,
        case=shown.case,
        tab="questionnaires",
        shown=shown,
        reasons=reasons,
    )


def _links(case_id: UUID, questionnaire_id: UUID, sent: SentTo) -> Response:
    """The links to hand out, on the one page that shows them: to print, each with its picture, and to copy."""
    case, found = questionnaire_page(world(), actor(), case_id, questionnaire_id)
    slips = [(link, qr_code(link)) for link in sent.links]
    return page(
        "questionnaires/links.html",
        case=case,
        found=found,
        mailed=sent.mailed,
        slips=slips,
        closes_on=found.rounds[-1].closes_on,
        back_href=url_for("questionnaires.index", case_id=case_id),
        back_words="Back to the questionnaires",
    )
