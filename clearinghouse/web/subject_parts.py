"""A part of an answer: what was found, each passage marked, presented, approved by another, printed and handed over."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.subject_access.answer import MARKED, NOTHING, OPENING, RIGHTS, TITLE
from clearinghouse.casework.subject_access.approving import (
    HandedHow,
    approve_part,
    download_answer,
    hand_over,
    send_back,
)
from clearinghouse.casework.subject_access.preparing import Marked, mark_passage, present_part, take_part
from clearinghouse.casework.subject_access.redacting import lines_of
from clearinghouse.casework.subject_access.views import PartPage, Passage, part_page
from clearinghouse.casework.subject_access.working import Ground, Mark
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import Choice, DateParts, Text, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

subject_parts = Pages("subject_parts", __name__)

TAKEN = Message("You prepare this part. What follows is everything that was found.")
MARKED_NOW = Message("Your decision about the passage is kept.")
PRESENTED = Message("The part is ready. Somebody of equal right must now look at it and approve it.")
APPROVED = Message("You approved the part. Its answer can now be printed and handed over.")
SENT_BACK = Message("The part is sent back to whoever prepares it.")
HANDED = Message("It is recorded that the answer was handed over. Nobody can download it any more.")


class MarkForm(Form):
    """What becomes of one passage."""

    mark = Choice("What becomes of it?", options=options_of(Mark), missing="Select whether they are given it")
    black_out = Text(
        "Words to black out",
        rows=5,
        longest=2000,
        hint="Only if they are given it. One name or phrase a line; it is blacked out wherever it stands in this "
        "passage, whatever its capitals",
    )
    ground = Choice("Why is it held back?", options=options_of(Ground), hint="Only if it is held back")

    def fill(self, passage: Passage) -> None:
        """What was decided before."""
        kept = passage.kept
        self.mark.data, self.ground.data = kept.mark or "", kept.ground or ""
        self.black_out.data = "\n".join(kept.black_out)

    def given(self) -> Marked:
        """What was chosen; what belongs to the other choice is not kept."""
        mark = Mark(self.mark.data)
        if mark is Mark.INCLUDE:
            return Marked(mark, black_out=lines_of(self.black_out.text))
        return Marked(mark, Ground(self.ground.data) if self.ground.data else None)


class HandOverForm(Form):
    """How and when the person got their answer."""

    how = Choice("How did they get it?", options=options_of(HandedHow), missing="Select how they got it")
    on = DateParts("When?", subject="The day", missing="Enter the day")


@subject_parts.get("/subject-access/parts/<uuid:part_id>", needs=Permission.SUBJECT_ACCESS_PREPARE)
def show(part_id: UUID) -> Response:
    """What was found, what would go out, and what to do next."""
    found = part_page(world(), actor(), part_id)
    return page("subject_access/part.html", found=found, marks=Mark, nothing=NOTHING)


@subject_parts.post("/subject-access/parts/<uuid:part_id>/take", needs=Permission.SUBJECT_ACCESS_PREPARE)
def take(part_id: UUID) -> ResponseReturnValue:
    """Begin it, take it over, or look again."""
    form = Form()
    take_part(world_for(form.key()), actor(), part_id, form.read_version() or 0)
    return _shown(part_id, TAKEN)


@subject_parts.route(
    "/subject-access/parts/<uuid:part_id>/passages/<int:number>",
    methods=["GET", "POST"],
    needs=Permission.SUBJECT_ACCESS_PREPARE,
)
def passage(part_id: UUID, number: int) -> ResponseReturnValue:
    """Decide what becomes of one passage."""
    found, form = part_page(world(), actor(), part_id), MarkForm()
    if not found.prepares or number >= len(found.passages) or found.passages[number].text is None:
        raise NotFound
    if request.method == "GET":
        form.fill(found.passages[number])
    elif form.is_posted_and_valid():
        try:
            mark_passage(world_for(form.key()), actor(), part_id, form.read_version(), number, form.given())
        except Invalid as invalid:
            form.refuse_all(invalid)
        else:
            return _next(part_id, found, number)
    return _form_page("subject_access/passage.html", found, form, passage=found.passages[number])


@subject_parts.post("/subject-access/parts/<uuid:part_id>/present", needs=Permission.SUBJECT_ACCESS_PREPARE)
def present(part_id: UUID) -> ResponseReturnValue:
    """Say that it is ready for a second person."""
    form = Form()
    present_part(world_for(form.key()), actor(), part_id, form.read_version())
    return _shown(part_id, PRESENTED)


@subject_parts.post(
    "/subject-access/parts/<uuid:part_id>/approve", needs=Permission.SUBJECT_ACCESS_PREPARE, fresh=True
)
def approve(part_id: UUID) -> ResponseReturnValue:
    """Approve the version that was looked at."""
    form = Form()
    approve_part(world_for(form.key()), actor(), part_id, form.read_version() or 0)
    return _shown(part_id, APPROVED)


@subject_parts.post("/subject-access/parts/<uuid:part_id>/back", needs=Permission.SUBJECT_ACCESS_PREPARE)
def back(part_id: UUID) -> ResponseReturnValue:
    """Not agreed, or the approval taken back."""
    form = Form()
    send_back(world_for(form.key()), actor(), part_id, form.read_version())
    return _shown(part_id, SENT_BACK)


@subject_parts.post("/subject-access/parts/<uuid:part_id>/answer", needs=Permission.SUBJECT_ACCESS_PREPARE)
def answer(part_id: UUID) -> ResponseReturnValue:
    """The answer to print, or as plain text; each time is in the ledger, which is why it is asked for by a button."""
    made = download_answer(world(), actor(), part_id)
    if request.form.get("form") == "text":
        response = Response(made.text, mimetype="text/plain")
        response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
        return response
    return page(
        "subject_access/answer.html",
        made=made,
        part_id=part_id,
        title=TITLE,
        opening=OPENING,
        marked=MARKED,
        nothing=NOTHING,
        rights=RIGHTS,
    )


@subject_parts.route(
    "/subject-access/parts/<uuid:part_id>/handed-over",
    methods=["GET", "POST"],
    needs=Permission.SUBJECT_ACCESS_PREPARE,
)
def handed_over(part_id: UUID) -> ResponseReturnValue:
    """Record how the person got their answer."""
    found, form = part_page(world(), actor(), part_id), HandOverForm()
    if not found.may_download:
        raise NotFound
    if request.method == "POST" and form.is_posted_and_valid():
        how = HandedHow(form.how.data)
        try:
            hand_over(world_for(form.key()), actor(), part_id, form.read_version(), how, form.on.day)
        except Invalid as invalid:
            form.refuse_all(invalid)
        except Refused as refused:
            form.refuse(form.how, " ".join(refused.reasons))
        else:
            return _shown(part_id, HANDED)
    return _form_page("subject_access/handed_over.html", found, form)


def _form_page(template: str, found: PartPage, form: Form, **more: object) -> Response:
    if not form.version.data:
        form.version.data = str(found.version)
    return page(template, 422 if form.errors else 200, form=form, found=found, **more)


def _next(part_id: UUID, found: PartPage, number: int) -> ResponseReturnValue:
    """The next passage that nobody has decided about, so that none is forgotten; else the part."""
    tell(MARKED_NOW)
    for each in (*found.passages[number + 1 :], *found.passages[:number]):
        if each.kept.mark is None and each.text is not None:
            return redirect(url_for("subject_parts.passage", part_id=part_id, number=each.number), 303)
    return redirect(url_for("subject_parts.show", part_id=part_id), 303)


def _shown(part_id: UUID, message: Message) -> ResponseReturnValue:
    tell(message)
    return redirect(url_for("subject_parts.show", part_id=part_id), 303)
