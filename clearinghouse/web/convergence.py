"""Concerns that may belong together: the list that only their leads see, and the page on which one of them decides."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.convergence.answers import (
    ConvergencePage,
    convergence_page,
    convergences,
    dismiss_convergence,
    how_many_wait,
)
from clearinghouse.casework.convergence.joining import Joining, join_cases, preview_join
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import Choice, Option, Text, Tick
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages, may_open
from clearinghouse.web.rendering import page

convergence = Pages("convergence", __name__)

JOINED = Message("The two cases are carried on as one.")
DISMISSED = Message("You said that they are not the same. You are asked again only if a third case arrives.")

_REASON_LENGTH = 5000


class JoinForm(Form):
    """Which case goes on, who comes along, and why they belong together."""

    kept = Choice("Which case goes on?", missing="Select which case goes on")
    bring = Tick(
        "Put those who are on the other case on this one too",
        hint="They will read all that this case holds. Otherwise they keep what they logged, and no more",
    )
    reason = Text(
        "Why do they belong together?",
        longest=_REASON_LENGTH,
        rows=4,
        missing="Enter why they belong together",
        hint="Only those who can read the case that goes on see this",
    )


class DismissForm(Form):
    """Why they are not the same."""

    why_not = Text(
        "Why are they not the same?",
        longest=_REASON_LENGTH,
        rows=3,
        missing="Enter why they are not the same",
        hint="Only the leads who are asked see this",
    )


@convergence.get("/convergence", needs=Permission.CASE_JOIN)
def index() -> Response:
    """What waits for this lead, and for nobody else."""
    return page("convergence/index.html", waiting=convergences(world(), actor()))


@convergence.get("/convergence/<uuid:convergence_id>", needs=Permission.CASE_JOIN)
def show(convergence_id: UUID) -> Response:
    """The two cases side by side, and what may be done."""
    return _page(convergence_page(world(), actor(), convergence_id))


@convergence.post("/convergence/<uuid:convergence_id>", needs=Permission.CASE_JOIN)
def join(convergence_id: UUID) -> ResponseReturnValue:
    """See what joining would bring, then confirm."""
    step, form = request.form.get("step", ""), JoinForm()
    if step == "confirm":
        return _confirm(convergence_id, form)
    found = convergence_page(world(), actor(), convergence_id)
    _offer(form, found)
    if step == "change" or not form.is_posted_and_valid():
        return _page(found, join_form=form, status=200 if step == "change" else 422)
    try:
        preview = preview_join(world(), actor(), convergence_id, _joining(form))
    except Refused as refused:
        return _page(found, join_form=form, reasons=refused.reasons)
    if preview.refused:
        return _page(found, join_form=form, reasons=preview.refused)
    return page("convergence/preview.html", found=found.converging, form=form, preview=preview)


@convergence.post("/convergence/<uuid:convergence_id>/dismiss", needs=Permission.CASE_JOIN)
def dismiss(convergence_id: UUID) -> ResponseReturnValue:
    """Say that they are not the same."""
    form = DismissForm()
    if not form.is_posted_and_valid():
        return _page(convergence_page(world(), actor(), convergence_id), dismiss_form=form)
    dismiss_convergence(world_for(form.key()), actor(), convergence_id, str(form.why_not.data))
    tell(DISMISSED)
    return redirect(url_for("convergence.index"), 303)


@convergence.app_template_global()
def waiting_convergences() -> int:
    """How many pairs wait for whoever is signed in: 0 for all but the leads whom they concern."""
    return how_many_wait(world(), actor()) if may_open("convergence.index") else 0


def _confirm(convergence_id: UUID, form: JoinForm) -> ResponseReturnValue:
    """Asked first of casework, which also knows what another lead did meanwhile."""
    form.kept.offer([Option(str(form.kept.data), "")])
    if not form.is_posted_and_valid():
        return _page(convergence_page(world(), actor(), convergence_id), join_form=form)
    kept = join_cases(
        world_for(form.key()),
        actor(),
        convergence_id,
        form.read_version(),
        _joining(form),
        str(form.reason.data),
    )
    tell(JOINED)
    return redirect(url_for("cases.show", case_id=kept), 303)


def _joining(form: JoinForm) -> Joining:
    try:
        return Joining(UUID(str(form.kept.data)), bring=bool(form.bring.data))
    except ValueError:
        raise Invalid({"kept": "Select which case goes on"}) from None


def _offer(form: JoinForm, found: ConvergencePage) -> None:
    sides = (found.converging.first, found.converging.second)
    form.kept.offer(
        Option(
            str(each.header.id),
            f"{each.header.reference}, {each.header.lead_authority.name}",
            each.header.standing.words,
        )
        for each in sides
    )
    if not form.version.data:
        form.version.data = str(found.version)


def _page(
    found: ConvergencePage,
    *,
    join_form: JoinForm | None = None,
    dismiss_form: DismissForm | None = None,
    reasons: tuple[str, ...] = (),
    status: int | None = None,
) -> Response:
    """Both forms; the one that was sent keeps what was typed, and its problems head the page."""
    posted = join_form or dismiss_form
    joining = join_form or JoinForm(formdata=None)
    _offer(joining, found)
    shown = {"form": posted} if posted else {}
    return page(
        "convergence/show.html",
        status or (422 if posted else 200),
        found=found.converging,
        dismissals=found.dismissals,
        join_form=joining,
        dismiss_form=dismiss_form or DismissForm(formdata=None),
        reasons=reasons,
        **shown,
    )
