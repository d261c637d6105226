"""Councils that were replaced: the list of cases that wait for a lead's word, and the page on which it is given."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.register.succession import (
    Following,
    SuccessionQuestion,
    confirm_succession,
    decline_succession,
    pending_successions,
    preview_succession,
    succession_question,
)
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import Choice, Choices, DateParts, Option, Text
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages, may_open
from clearinghouse.web.rendering import day_words, page

succession = Pages("succession", __name__)

FOLLOWED = Message("The case names its new council now, and can still be found by the old name.")
FOLLOWED_AWAY = Message(
    "The case names its new council now. You can no longer see it, so it has left your list."
)
NOT_YET = Message("The case stays under the old name. You are asked again on the day you gave.")

_REASON_LENGTH = 5000
_DECIDED = "Nothing is left to confirm: another lead has done so, or the register has changed meanwhile."


class FollowForm(Form):
    """Which of the successors the case names now, and which of them leads it."""

    council = Choice("Which council was replaced?", missing="Select the council")
    chosen = Choices("Which council does the case name now?", missing="Select at least one council")
    lead = Choice("Which of them is the lead authority?")


class NotYetForm(Form):
    """Why the case stays under the old name, and when to ask again."""

    why_not = Text(
        "Why not yet?",
        longest=_REASON_LENGTH,
        rows=3,
        missing="Enter why the case stays under the old name",
        hint="Only those who can read the case see this",
    )
    ask_again_on = DateParts(
        "When shall we ask again?",
        subject="The day to be asked again",
        missing="Enter when to be asked again",
    )


@succession.get("/replaced", needs=Permission.CASE_CORRECT)
def index() -> Response:
    """Open cases about councils that were replaced."""
    return page("succession/index.html", waiting=pending_successions(world(), actor()), today=world().today)


@succession.get("/cases/<uuid:case_id>/succession", needs=Permission.CASE_CORRECT)
def show(case_id: UUID) -> Response:
    """What is asked about this case."""
    return _page(succession_question(world(), actor(), case_id))


@succession.post("/cases/<uuid:case_id>/succession", needs=Permission.CASE_CORRECT)
def follow(case_id: UUID) -> ResponseReturnValue:
    """See what would change, then confirm."""
    asked, step = succession_question(world(), actor(), case_id), request.form.get("step", "")
    form = FollowForm()
    _offer(form, asked)
    if not asked.council_id:
        return _page(asked, follow_form=form, reasons=(_DECIDED,))
    if step != "change" and not form.is_posted_and_valid():
        return _page(asked, follow_form=form)
    if step == "change":
        return _page(asked, follow_form=form, status=200)
    following = Following(
        UUID(str(form.council.data)),
        tuple(UUID(each) for each in form.chosen.data or ()),
        UUID(str(form.lead.data)) if form.lead.data and len(form.chosen.data or ()) > 1 else None,
    )
    try:
        if step != "confirm":
            preview = preview_succession(world(), actor(), case_id, following)
            return page("succession/preview.html", case=asked.case, form=form, preview=preview)
        done = confirm_succession(world_for(form.key()), actor(), case_id, form.read_version(), following)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _page(asked, follow_form=form)
    except Refused as refused:
        return _page(asked, follow_form=form, reasons=refused.reasons)
    tell(FOLLOWED if done.still_visible else FOLLOWED_AWAY)
    there = url_for("cases.show", case_id=case_id) if done.still_visible else url_for("succession.index")
    return redirect(there, 303)


@succession.post("/cases/<uuid:case_id>/succession/not-yet", needs=Permission.CASE_CORRECT)
def not_yet(case_id: UUID) -> ResponseReturnValue:
    """Leave the case under the old name for now."""
    asked, form = succession_question(world(), actor(), case_id), NotYetForm()
    if not asked.council_id:
        return _page(asked, not_yet_form=form, reasons=(_DECIDED,))
    if not form.is_posted_and_valid():
        return _page(asked, not_yet_form=form)
    try:
        decline_succession(
            world_for(form.key()),
            actor(),
            case_id,
            form.read_version(),
            asked.council_id,
            str(form.why_not.data),
            form.ask_again_on.day,
        )
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _page(asked, not_yet_form=form)
    tell(NOT_YET)
    return redirect(url_for("succession.index"), 303)


@succession.app_template_global()
def waiting_successions() -> int:
    """How many cases wait for the word of whoever is signed in."""
    return len(pending_successions(world(), actor())) if may_open("succession.index") else 0


def _offer(form: FollowForm, asked: SuccessionQuestion) -> None:
    options = [
        Option(
            str(each.id),
            each.name,
            ", ".join(
                part for part in (each.region, f"since {day_words(each.since)}" if each.since else "") if part
            ),
        )
        for each in asked.successors
    ]
    form.council.offer([Option(str(asked.council_id), asked.council)] if asked.council_id else [])
    form.chosen.offer(options)
    form.lead.offer(options)
    if not form.version.data:
        form.version.data = str(asked.case.version)
    if form.council.data in ("", None, "None"):
        form.council.data = str(asked.council_id or "")
    if request.method == "GET" and len(options) == 1:
        form.chosen.data = [options[0].value]


def _page(
    asked: SuccessionQuestion,
    *,
    follow_form: FollowForm | None = None,
    not_yet_form: NotYetForm | None = None,
    reasons: tuple[str, ...] = (),
    status: int | None = None,
) -> Response:
    posted = follow_form or not_yet_form
    follow_shown = follow_form or FollowForm(formdata=None)
    _offer(follow_shown, asked)
    not_yet_shown = not_yet_form or NotYetForm(formdata=None)
    if not not_yet_shown.version.data:
        not_yet_shown.version.data = str(asked.case.version)
    shown = {"form": posted} if posted else {}
    return page(
        "succession/show.html",
        status or (422 if posted else 200),
        case=asked.case,
        asked=asked,
        follow_form=follow_shown,
        not_yet_form=not_yet_shown,
        reasons=reasons,
        **shown,
    )
