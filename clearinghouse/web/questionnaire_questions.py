"""Wording a questionnaire while it is a draft: title and opening, and its questions one by one."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.questionnaires.building import (
    add_question,
    change_question,
    move_question,
    remove_question,
    word_opening,
)
from clearinghouse.casework.questionnaires.pages import DraftPage, State, draft_page
from clearinghouse.protocol.questionnaires import (
    LONGEST_INTRO,
    LONGEST_OPTION,
    LONGEST_TITLE,
    LONGEST_WORDS,
    MOST_OPTIONS,
    Asked,
    QuestionKind,
)
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, kept_form
from clearinghouse.web.fields import Choice, Line, Text, Tick, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

questionnaire_questions = Pages("questionnaire_questions", __name__)

WORDED = Message("The title and the opening are kept.")
KEPT = Message("The question is kept.")
REMOVED = Message("The question is out.")


class OpeningForm(Form):
    """What people read before the questions."""

    title = Line("Title", longest=LONGEST_TITLE, missing="Enter a title")
    intro = Text(
        "What people read first",
        rows=6,
        longest=LONGEST_INTRO,
        missing="Enter what people read first",
        hint="Say who asks and what for. Say nothing of the concern: everybody who is asked reads it",
    )


class QuestionForm(Form):
    """One question."""

    words = Text("Question", rows=2, longest=LONGEST_WORDS, missing="Enter the question")
    kind = Choice(
        "How is it answered?", options=options_of(QuestionKind), missing="Select how it is answered"
    )
    options = Text(
        "The answers to choose from, if it is one of several",
        rows=5,
        longest=MOST_OPTIONS * (LONGEST_OPTION + 1),
        hint=f"One a line, two to {MOST_OPTIONS}",
    )
    required = Tick("It must be answered")

    def asked(self) -> Asked:
        """The question, once the form was found valid."""
        kind = QuestionKind(str(self.kind.data))
        lines = tuple(line.strip() for line in self.options.text.split("\n") if line.strip())
        options = lines if kind is QuestionKind.CHOICE else ()
        return Asked(kind, self.words.text, bool(self.required.data), options)

    def fill(self, asked: Asked) -> None:
        """Show the question as it is."""
        self.words.data, self.kind.data = asked.words, asked.kind.value
        self.options.data, self.required.data = "\n".join(asked.options), asked.required


@questionnaire_questions.get(
    "/cases/<uuid:case_id>/questionnaires/<uuid:questionnaire_id>/draft", needs=Permission.QUESTIONNAIRE_WRITE
)
def draft(case_id: UUID, questionnaire_id: UUID) -> ResponseReturnValue:
    """The draft with its questions."""
    return _draft(case_id, questionnaire_id)


@questionnaire_questions.route(
    "/cases/<uuid:case_id>/questionnaires/<uuid:questionnaire_id>/opening",
    methods=["GET", "POST"],
    needs=Permission.QUESTIONNAIRE_WRITE,
)
def opening(case_id: UUID, questionnaire_id: UUID) -> ResponseReturnValue:
    """Word the title and the opening."""
    name = f"questionnaire-opening:{questionnaire_id}"
    shown, form = draft_page(world(), actor(), case_id, questionnaire_id), kept_form(OpeningForm, name)
    reasons: tuple[str, ...] = ()
    if request.method == "GET" and not form.title.data:
        form.title.data, form.intro.data = shown.title, shown.intro
    if form.is_posted_and_valid():
        try:
            word_opening(
                world_for(form.key()),
                actor(),
                case_id,
                form.read_version(),
                questionnaire_id,
                form.title.text,
                form.intro.text,
            )
        except Invalid as invalid:
            form.refuse_all(invalid)
        except Refused as refused:
            reasons = refused.reasons
        else:
            return _done(WORDED, name, case_id, questionnaire_id)
    return case_form_page("questionnaires/opening.html", form, shown.case, name, reasons, shown=shown)


@questionnaire_questions.route(
    "/cases/<uuid:case_id>/questionnaires/<uuid:questionnaire_id>/questions/new",
    methods=["GET", "POST"],
    needs=Permission.QUESTIONNAIRE_WRITE,
)
def add(case_id: UUID, questionnaire_id: UUID) -> ResponseReturnValue:
    """Add a question."""
    name = f"questionnaire-question:{questionnaire_id}"
    shown, form = draft_page(world(), actor(), case_id, questionnaire_id), kept_form(QuestionForm, name)
    reasons: tuple[str, ...] = ()
    if form.is_posted_and_valid():
        try:
            add_question(
                world_for(form.key()), actor(), case_id, form.read_version(), questionnaire_id, form.asked()
            )
        except Invalid as invalid:
            form.refuse_all(invalid)
        except Refused as refused:
            reasons = refused.reasons
        else:
            return _done(KEPT, name, case_id, questionnaire_id)
    return case_form_page(
        "questionnaires/question.html", form, shown.case, name, reasons, shown=shown, is_new=True
    )


@questionnaire_questions.route(
    "/cases/<uuid:case_id>/questionnaires/<uuid:questionnaire_id>/questions/<uuid:question_id>",
    methods=["GET", "POST"],
    needs=Permission.QUESTIONNAIRE_WRITE,
)
def change(case_id: UUID, questionnaire_id: UUID, question_id: UUID) -> ResponseReturnValue:
    """Change a question."""
    name = f"questionnaire-question:{question_id}"
    shown, form = draft_page(world(), actor(), case_id, questionnaire_id), kept_form(QuestionForm, name)
    before = next((each.asked for each in shown.questions if each.id == question_id), None)
    if before is None:
        raise NotFound
    reasons: tuple[str, ...] = ()
    if request.method == "GET" and not form.words.data:
        form.fill(before)
    if form.is_posted_and_valid():
        try:
            change_question(
                world_for(form.key()),
                actor(),
                case_id,
                form.read_version(),
                questionnaire_id,
                question_id,
                form.asked(),
            )
        except Invalid as invalid:
            form.refuse_all(invalid)
        except Refused as refused:
            reasons = refused.reasons
        else:
            return _done(KEPT, name, case_id, questionnaire_id)
    return case_form_page(
        "questionnaires/question.html", form, shown.case, name, reasons, shown=shown, is_new=False
    )


@questionnaire_questions.post(
    "/cases/<uuid:case_id>/questionnaires/<uuid:questionnaire_id>/questions/<uuid:question_id>/move",
    needs=Permission.QUESTIONNAIRE_WRITE,
)
def move(case_id: UUID, questionnaire_id: UUID, question_id: UUID) -> ResponseReturnValue:
    """Move a question up or down."""
    form, up = Form(), request.form.get("direction") == "up"
    world_ = world_for(form.key())
    try:
        move_question(world_, actor(), case_id, form.read_version(), questionnaire_id, question_id, up=up)
    except Refused as refused:
        return _draft(case_id, questionnaire_id, refused.reasons)
    return redirect(_draft_path(case_id, questionnaire_id), 303)


@questionnaire_questions.post(
    "/cases/<uuid:case_id>/questionnaires/<uuid:questionnaire_id>/questions/<uuid:question_id>/remove",
    needs=Permission.QUESTIONNAIRE_WRITE,
)
def remove(case_id: UUID, questionnaire_id: UUID, question_id: UUID) -> ResponseReturnValue:
    """Take a question out."""
    form = Form()
    try:
        remove_question(
            world_for(form.key()), actor(), case_id, form.read_version(), questionnaire_id, question_id
        )
    except Refused as refused:
        return _draft(case_id, questionnaire_id, refused.reasons)
    tell(REMOVED)
    return redirect(_draft_path(case_id, questionnaire_id), 303)


def _draft(case_id: UUID, questionnaire_id: UUID, reasons: tuple[str, ...] = ()) -> Response:
    shown: DraftPage = draft_page(world(), actor(), case_id, questionnaire_id)
    is_draft = shown.questionnaire.state is State.DRAFT
    return page(
        "questionnaires/draft.html",
        422 if reasons else 200,
        case=shown.case,
        shown=shown,
        is_draft=is_draft,
        reasons=reasons,
    )


def _draft_path(case_id: UUID, questionnaire_id: UUID) -> str:
    return url_for("questionnaire_questions.draft", case_id=case_id, questionnaire_id=questionnaire_id)


def _done(message: Message, name: str, case_id: UUID, questionnaire_id: UUID) -> ResponseReturnValue:
    forget(name)
    tell(message)
    return redirect(_draft_path(case_id, questionnaire_id), 303)
