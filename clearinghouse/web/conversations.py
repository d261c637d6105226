"""Conversations with an authority: the tab that shows them, and the form that records one passage by passage."""

from collections.abc import Container
from typing import Any
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.dialogue.conversations import (
    NewConversation,
    NewPassage,
    conversations_page,
    record_conversation,
)
from clearinghouse.casework.drafts import read_draft
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.headers import CaseHeader, case_header
from clearinghouse.protocol.vocabulary import Audience, Capacity, KnownAnswer
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import filled, forget, keep
from clearinghouse.web.fields import Choice, Choices, DateParts, Line, Option, Text, options_of
from clearinghouse.web.file_fields import WHAT_CAME, Files
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

conversations = Pages("conversations", __name__)

RECORDED = Message("The conversation is recorded.")

_MOST_PASSAGES = 12
_PASSAGE_LENGTH = 5000
_HELD = (Option("held", "Yes, we talked"), Option("attempted", "No, I tried and did not reach them"))


class ConversationForm(Form):
    """A conversation; its passages are added by `form_with`, so that a page can ask for any number."""

    held = Choice("Did the conversation take place?", options=_HELD, missing="Select whether you talked")
    held_on = DateParts(
        "When was it?", subject="The date of the conversation", missing="Enter the date of the conversation"
    )
    capacities = Choices(
        "Who in the authority was it with?",
        options=options_of(Capacity),
        missing="Select who in the authority it was with",
        hint="Select all that apply",
    )
    with_whom = Line("Their names", hint="Sealed with the conversation. Leave it empty if you need not say")

    files = Files("Files (optional)", hint=WHAT_CAME)

    def passages(self) -> list[tuple[Any, Any, Any]]:
        """The three fields of each passage, in order."""
        return [
            (getattr(self, f"text_{n}"), getattr(self, f"audiences_{n}"), getattr(self, f"consents_{n}"))
            for n in range(_MOST_PASSAGES)
            if hasattr(self, f"text_{n}")
        ]

    def conversation(self) -> NewConversation:
        """The conversation as it was filled in."""
        return NewConversation(
            held_on=self.held_on.day,
            held=self.held.data == "held",
            capacities=frozenset(Capacity(each) for each in self.capacities.data or ()),
            with_whom=self.with_whom.text,
            passages=tuple(
                NewPassage(
                    text.text,
                    frozenset(Audience(each) for each in audiences.data or (Audience.NOBODY,)),
                    KnownAnswer(consents.data or KnownAnswer.NOT_KNOWN),
                )
                for text, audiences, consents in self.passages()
            ),
        )


@conversations.get("/cases/<uuid:case_id>/conversations", needs=Permission.CASE_READ)
def index(case_id: UUID) -> Response:
    """The tab: every conversation and every offer."""
    shown = conversations_page(world(), actor(), case_id)
    return page("conversations/index.html", case=shown.case, shown=shown, tab="conversations")


@conversations.route(
    "/cases/<uuid:case_id>/conversations/new",
    methods=["GET", "POST"],
    needs=Permission.CONVERSATION_RECORD,
    files=True,
)
def new(case_id: UUID) -> ResponseReturnValue:
    """Record a conversation; "Add another passage" shows the same form with room for one more."""
    case = case_header(world(), actor(), case_id, Permission.CONVERSATION_RECORD)
    name = f"conversation:{case_id}"
    form = _form(name)
    if request.method == "GET":
        return _shown(form, case)
    if "more" in request.form or not form.is_posted_and_valid():
        keep(name)
        return _shown(form, case, 200 if "more" in request.form else 422)
    try:
        given, files = form.conversation(), form.files.documents
        record_conversation(world_for(form.key()), actor(), case_id, form.read_version(), given, files)
    except Invalid as invalid:
        keep(name)
        form.refuse_all(invalid, passages=form.passages()[0][0])
        return _shown(form, case, 422)
    forget(name)
    tell(RECORDED)
    return redirect(url_for("conversations.index", case_id=case_id), 303)


def form_with(count: int) -> type[ConversationForm]:
    """The form with so many passages."""
    fields: dict[str, object] = {}
    for n in range(count):
        what = "What was said" if count == 1 else f"What was said, passage {n + 1}"
        fields[f"text_{n}"] = Text(what, longest=_PASSAGE_LENGTH, rows=6)
        fields[f"audiences_{n}"] = Choices(
            "Who may be told this?",
            options=options_of(each for each in Audience if each is not Audience.NOBODY),
            hint="Nobody, unless you select them",
        )
        fields[f"consents_{n}"] = Choice(
            "Does the source consent to this being told?", options=options_of(KnownAnswer)
        )
    return type("ConversationFormWithPassages", (ConversationForm,), fields)


def _form(name: str) -> ConversationForm:
    """The form with as many passages as were typed, and one more where that was asked for."""
    if request.method == "POST":
        return form_with(min(_MOST_PASSAGES, _count(request.form) + ("more" in request.form)))()
    draft = read_draft(world(), actor(), name)
    return filled(form_with(_count(draft.answers if draft else ())), draft.answers if draft else {})


def _count(answers: Container[str]) -> int:
    there = sum(f"text_{n}" in answers for n in range(_MOST_PASSAGES))
    return max(1, there)


def _shown(form: ConversationForm, case: CaseHeader, status: int = 200) -> Response:
    if not form.version.data:
        form.version.data = str(case.version)
    if request.method == "POST":
        form.ask_files_again()
    room = len(form.passages()) < _MOST_PASSAGES
    return page(
        "conversations/new.html",
        status,
        form=form,
        case=case,
        room=room,
        draft_url=url_for("drafts.save", form=f"conversation:{case.id}"),
    )
