"""Documents on a case: the tab that lists them, adding and removing one, and handing one out as a file, never shown."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.documents.keeping import add_documents, remove_document
from clearinghouse.casework.documents.receiving import MEGABYTE
from clearinghouse.casework.documents.showing import (
    document_to_remove,
    documents_page,
    download_document,
    things_to_choose,
)
from clearinghouse.casework.documents.things import Thing
from clearinghouse.casework.errors import Invalid
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, kept_form
from clearinghouse.web.fields import Line, Option, Pick, Text
from clearinghouse.web.file_fields import Files
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

documents = Pages("documents", __name__)

ADDED = Message("The document is added.")
ADDED_TO_SOURCE = Message(
    "The document is added. It stands with who raised the concern, where only those who may know them see it."
)
REMOVED = Message("The document is removed.")
_KILOBYTE = 1024


class DocumentForm(Form):
    """Documents that are added, and what they came with."""

    came_with = Pick(
        "What did it come with?",
        missing="Select what it came with",
        hint="Whoever can read that can read the document too. If it shows who raised the concern, select that",
    )
    about = Line(
        "What is it? (optional)",
        hint="For example, the letter of the chief executive. It is sealed like the file and its name",
    )
    files = Files("Choose the files", missing="Choose a file")

    def chosen(self, things: tuple[Thing, ...]) -> Thing:
        """What was chosen among these."""
        return next(each for each in things if _value(each) == self.came_with.data)


class RemoveForm(Form):
    """Why a document is removed."""

    reason = Text(
        "Why is it removed?",
        longest=500,
        rows=3,
        missing="Enter why the document is removed",
        hint="For example, the wrong file. Everybody who can read the case sees this",
    )


@documents.get("/cases/<uuid:case_id>/documents", needs=Permission.CASE_READ)
def index(case_id: UUID) -> Response:
    """The tab: every document but those that say who a source is."""
    shown = documents_page(world(), actor(), case_id)
    return page("documents/index.html", case=shown.case, shown=shown, tab="documents")


@documents.route(
    "/cases/<uuid:case_id>/documents/new",
    methods=["GET", "POST"],
    needs=Permission.DOCUMENT_ADD,
    files=True,
)
def new(case_id: UUID) -> ResponseReturnValue:
    """Add documents; `with` in the address says what they came with."""
    case, things = things_to_choose(world(), actor(), case_id)
    name = f"document:{case_id}"
    form = kept_form(DocumentForm, name)
    form.came_with.offer(Option(_value(each), each.words) for each in things)
    if request.method == "GET":
        asked = request.args.get("with", "")
        if asked in {_value(each) for each in things}:
            form.came_with.data = asked
        return case_form_page("documents/new.html", form, case, name)
    if not form.is_posted_and_valid():
        return case_form_page("documents/new.html", form, case, name)
    thing = form.chosen(things)
    add_documents(world_for(form.key()), actor(), case_id, thing.came_with, thing.id, form.files.documents)
    forget(name)
    tell(ADDED_TO_SOURCE if thing.shows_source else ADDED)
    return redirect(url_for("documents.index", case_id=case_id), 303)


@documents.get("/cases/<uuid:case_id>/documents/<uuid:document_id>", needs=Permission.CASE_READ)
def download(case_id: UUID, document_id: UUID) -> Response:
    """Hand a document out, chunk by chunk, as a file of no kind that a browser would show."""
    found = download_document(world(), actor(), case_id, document_id)
    response = Response(found.chunks, mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = disposition(found.name)
    response.headers["Content-Length"] = str(found.size)
    return response


@documents.route(
    "/cases/<uuid:case_id>/documents/<uuid:document_id>/remove",
    methods=["GET", "POST"],
    needs=Permission.DOCUMENT_ADD,
)
def remove(case_id: UUID, document_id: UUID) -> ResponseReturnValue:
    """Remove a document that was added by mistake."""
    name = f"remove-document:{document_id}"
    form = kept_form(RemoveForm, name)
    if request.method == "GET" or not form.is_posted_and_valid():
        return _removal(form, case_id, document_id, name)
    try:
        remove_document(world_for(form.key()), actor(), case_id, document_id, form.reason.text)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _removal(form, case_id, document_id, name)
    forget(name)
    tell(REMOVED)
    return redirect(url_for("documents.index", case_id=case_id), 303)


@documents.app_template_filter()
def file_size(size: int) -> str:
    """`1 KB`, `312 KB`, `1.4 MB`."""
    if size < MEGABYTE:
        return f"{max(1, round(size / _KILOBYTE))} KB"
    return f"{size / MEGABYTE:.1f} MB"


def disposition(name: str) -> str:
    """The header that makes a file of an answer, under this name (RFC 6266): plain for old programs, and whole."""
    plain = "".join(
        sign if sign.isascii() and sign.isprintable() and sign not in '"\\%' else "_" for sign in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _removal(form: RemoveForm, case_id: UUID, document_id: UUID, name: str) -> Response:
    case, shown = document_to_remove(world(), actor(), case_id, document_id)
    more: dict[str, Any] = {"document": shown, "back_href": url_for("documents.index", case_id=case_id)}
    return case_form_page(
        "documents/remove.html", form, case, name, back_words="Back to the documents", **more
    )


def _value(thing: Thing) -> str:
    return f"{thing.came_with.value}:{thing.id}" if thing.id else thing.came_with.value
