"""What an authority committed itself to: recording that it signed, evaluated itself or was challenged; withdrawing."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.regional.commitments import (
    NewCommitment,
    authority_of_commitment,
    commitment_header,
    record_commitment,
    withdraw_commitment,
)
from clearinghouse.casework.regional.signals import LONGEST, PlaceInRegion
from clearinghouse.protocol.commitments import CommitmentKind
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, keep, kept_form
from clearinghouse.web.fields import Choice, DateParts, Option, Text
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

commitments = Pages("commitments", __name__)

RECORDED = Message("The commitment is recorded.")
WITHDRAWN = Message("It is withdrawn. It stays on record with your reason.")

_DID = {
    CommitmentKind.STATEMENT: "It signed the mutuality statement",
    CommitmentKind.SELF_EVALUATION: "It evaluated itself",
    CommitmentKind.PEER_CHALLENGE: "Peers from outside challenged its corporate health",
}


class CommitmentForm(Form):
    """What an authority did, and when."""

    kind = Choice(
        "What did it do?",
        options=[Option(kind.value, words) for kind, words in _DID.items()],
        missing="Select what it did",
    )
    done_on = DateParts(
        "When?",
        subject="The date",
        missing="Enter the date",
        hint="When it was signed, or when the evaluation or challenge ended. For example, 27 3 2026",
    )
    words = Text(
        "In a few words (optional)",
        rows=4,
        longest=LONGEST,
        hint="Who signed it, who challenged, what came of it. Sealed: shown on the authority’s own page",
    )


class WithdrawalForm(Form):
    """Why something recorded is withdrawn."""

    reason = Text("Why is it withdrawn?", rows=3, longest=1000, missing="Enter why it is withdrawn")


@commitments.route(
    "/region/authorities/<uuid:authority_id>/commitments/new",
    methods=["GET", "POST"],
    needs=Permission.SIGNAL_RECORD,
)
def new(authority_id: UUID) -> ResponseReturnValue:
    """Record what an authority did."""
    place, name = authority_of_commitment(world(), actor(), authority_id), f"commitment:{authority_id}"
    form = kept_form(CommitmentForm, name)
    if request.method == "GET":
        if not form.kind.data and request.args.get("kind") in set(CommitmentKind):
            form.kind.data = request.args["kind"]
        return _asked(form, place, name)
    if not form.is_posted_and_valid():
        keep(name)
        return _asked(form, place, name)
    given = NewCommitment(authority_id, CommitmentKind(form.kind.data), form.done_on.day, form.words.text)
    try:
        record_commitment(world_for(form.key()), actor(), given)
    except Invalid as invalid:
        keep(name)
        form.refuse_all(invalid)
        return _asked(form, place, name)
    forget(name)
    tell(RECORDED)
    return _to_the_authority(authority_id)


@commitments.route(
    "/region/commitments/<uuid:commitment_id>/withdraw",
    methods=["GET", "POST"],
    needs=Permission.SIGNAL_RECORD,
)
def withdraw(commitment_id: UUID) -> ResponseReturnValue:
    """Withdraw what was recorded wrongly."""
    form = WithdrawalForm()
    if request.method == "POST" and form.is_posted_and_valid():
        about = withdraw_commitment(world_for(form.key()), actor(), commitment_id, form.reason.text)
        tell(WITHDRAWN)
        return _to_the_authority(about)
    kept, place = commitment_header(world(), actor(), commitment_id)
    status = 422 if form.errors else 200
    return page("regional/withdraw_commitment.html", status, form=form, kept=kept, place=place)


def _asked(form: CommitmentForm, place: PlaceInRegion, name: str) -> Response:
    status, draft = 422 if form.errors else 200, url_for("drafts.save", form=name)
    return page("regional/commitment.html", status, form=form, place=place, draft_url=draft)


def _to_the_authority(authority_id: UUID) -> ResponseReturnValue:
    address = url_for("regional.authority", authority_id=authority_id, _anchor="commitments")
    return redirect(address, 303)
