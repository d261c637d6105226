"""The page on which a council's staff answer by a link alone: no sign-in, and nothing kept but the answers."""

from typing import Any, cast

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Openness
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.questionnaires.answering import LONGEST_ANSWER, AnswerSheet, answer, answer_sheet
from clearinghouse.protocol.questionnaires import Asked, QuestionKind
from clearinghouse.web.current import world
from clearinghouse.web.fields import Choice, Option, Text
from clearinghouse.web.forms import Form
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

questionnaire_answers = Pages("questionnaire_answers", __name__)


@questionnaire_answers.get("/questionnaire/<token>", needs=Openness.PUBLIC)
def show(token: str) -> Response:
    """The questions."""
    try:
        sheet = answer_sheet(world(), token, request.remote_addr or "")
    except NotFound:
        return _gone()
    return _sheet(sheet, answer_form(sheet))


@questionnaire_answers.post("/questionnaire/<token>", needs=Openness.PUBLIC)
def send(token: str) -> ResponseReturnValue:
    """Take the answers, once."""
    address = request.remote_addr or ""
    try:
        sheet = answer_sheet(world(), token, address)
    except NotFound:
        return _gone()
    form = answer_form(sheet)
    if not form.is_posted_and_valid():
        return _sheet(sheet, form)
    given = {number: _given(form, number) for number in range(1, len(sheet.questions) + 1)}
    try:
        answer(world(), token, given, address)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _sheet(sheet, form)
    except NotFound:
        return _gone()
    return redirect(url_for("questionnaire_answers.thanks"), 303)


@questionnaire_answers.get("/questionnaire", needs=Openness.PUBLIC)
def thanks() -> Response:
    """Where a sent questionnaire leads: an address that says nothing of which it was."""
    return page("questionnaires/thanks.html")


def answer_form(sheet: AnswerSheet, *, posted: bool = True) -> Form:
    """The form of these questions, `q1` the first; empty where it is only looked at."""
    fields = {
        f"q{number}": _field(number, question) for number, question in enumerate(sheet.questions, start=1)
    }
    made = cast(type[Form], type("AnswerForm", (Form,), fields))
    return made() if posted else made(formdata=None)


def _field(number: int, question: Asked) -> Any:
    label = f"{number}. {question.words}{'' if question.required else ' (optional)'}"
    if question.kind is QuestionKind.TEXT:
        missing = f"Enter an answer to question {number}" if question.required else ""
        return Text(label, rows=4, longest=LONGEST_ANSWER, missing=missing)
    options = [Option(str(place), words) for place, words in enumerate(question.answers, start=1)]
    return Choice(
        label, options=options, missing=f"Select an answer to question {number}" if question.required else ""
    )


def _given(form: Form, number: int) -> str:
    return str(getattr(form, f"q{number}").data or "")


def _sheet(sheet: AnswerSheet, form: Form) -> Response:
    return page("questionnaires/answer.html", 422 if form.errors else 200, sheet=sheet, form=form)


def _gone() -> Response:
    """One page for every link that leads nowhere, to the byte: wrong, used, or closed."""
    return page("questionnaires/gone.html", 404)
