"""Minutes of meetings: choosing a party, looking at what its minute holds, issuing it, and the sheet to hand over."""

from urllib.parse import urlencode
from uuid import UUID

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.meetings.minutes import (
    MinuteAsked,
    MinuteParties,
    issue_minute,
    issued_minute,
    minute_parties,
    preview_minute,
)
from clearinghouse.protocol.minutes import MinuteParty
from clearinghouse.protocol.vocabulary import Capacity
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import Choice, Choices, Option, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import day_words, page

minutes = Pages("minutes", __name__)

ISSUED = Message("The minute is issued. Print it, or save it as text, for those it is for.")

_MEETING = "/cases/<uuid:case_id>/meetings/<uuid:meeting_id>"


class PartyForm(Form):
    """For whom a minute is made; of the council, for whom there."""

    party = Choice("For whom is the minute?", missing="Select for whom the minute is")
    to = Choices(
        "Who of the council gets it?",
        hint="For a minute for the council. It holds only what all of them may be told",
    )


class IssueForm(Form):
    """Which passages of conversations the minute takes in; none unless somebody picks them."""

    picked = Choices(
        "Add from the conversations",
        hint="Only passages that everybody this minute goes to may be told, and to which the source agrees",
    )


@minutes.route(f"{_MEETING}/minutes", methods=["GET", "POST"], needs=Permission.MEETING_RECORD)
def choose(case_id: UUID, meeting_id: UUID) -> ResponseReturnValue:
    """Choose for whom a minute of a meeting is made."""
    found = minute_parties(world(), actor(), case_id, meeting_id)
    form = PartyForm()
    form.party.offer(_party_options(found))
    form.to.offer(options_of(found.capacities))
    if request.method == "POST" and form.is_posted_and_valid():
        if form.party.data != MinuteParty.AUTHORITY or form.to.data:
            asked = [("party", form.party.data)]
            if form.party.data == MinuteParty.AUTHORITY:
                asked += [("to", each) for each in form.to.data or ()]
            where = url_for("minutes.preview", case_id=case_id, meeting_id=meeting_id)
            return redirect(f"{where}?{urlencode(asked)}", 303)
        form.refuse(form.to, "Select who of the council gets the minute")
    status = 422 if form.errors else 200
    return page("minutes/choose.html", status, form=form, case=found.case, found=found)


@minutes.route(f"{_MEETING}/minute", methods=["GET", "POST"], needs=Permission.MEETING_RECORD)
def preview(case_id: UUID, meeting_id: UUID) -> ResponseReturnValue:
    """The minute as it would be issued, with what is left out of it; the post issues it."""
    asked, form = _asked(), IssueForm()
    if asked is None:
        minute_parties(world(), actor(), case_id, meeting_id)  # the absent is absent before all else
        return redirect(url_for("minutes.choose", case_id=case_id, meeting_id=meeting_id), 303)
    shown = preview_minute(world(), actor(), case_id, meeting_id, asked)
    form.picked.offer(Option(str(each.id), each.text, day_words(each.held_on)) for each in shown.pickable)
    reasons: tuple[str, ...] = ()
    if request.method == "POST" and "look" not in request.form and form.is_posted_and_valid():
        try:
            minute_id = issue_minute(
                world_for(form.key()), actor(), case_id, form.read_version(), meeting_id, asked
            )
        except Refused as refused:
            reasons = refused.reasons
        else:
            tell(ISSUED)
            return redirect(url_for("minutes.show", case_id=case_id, minute_id=minute_id), 303)
    if not form.version.data:
        form.version.data = str(shown.parties.case.version)
    status = 422 if form.errors or reasons else 200
    return page(
        "minutes/preview.html",
        status,
        form=form,
        case=shown.parties.case,
        shown=shown,
        reasons=reasons,
        meeting_id=meeting_id,
    )


@minutes.get("/cases/<uuid:case_id>/minutes/<uuid:minute_id>", needs=Permission.CASE_READ)
def show(case_id: UUID, minute_id: UUID) -> Response:
    """A minute as it was issued, as a sheet to print."""
    shown = issued_minute(world(), actor(), case_id, minute_id)
    return page("minutes/sheet.html", case=shown.case, shown=shown)


@minutes.get("/cases/<uuid:case_id>/minutes/<uuid:minute_id>.txt", needs=Permission.CASE_READ)
def text(case_id: UUID, minute_id: UUID) -> Response:
    """The same words as a file of plain text."""
    shown = issued_minute(world(), actor(), case_id, minute_id)
    response = make_response(shown.plain)
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    name = f"minute-{shown.case.reference}-{shown.held_on}.txt"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _party_options(found: MinuteParties) -> list[Option]:
    return [
        Option(
            f"{each.party.value}:{each.attendee_id}" if each.attendee_id else each.party.value,
            f"{each.party.words}, {each.name}" if each.name else each.party.words,
        )
        for each in found.parties
    ]


def _asked() -> MinuteAsked | None:
    """The minute that the address asks for, with what the form picks; None where it names no party."""
    party, _, attendee = request.args.get("party", "").partition(":")
    try:
        return MinuteAsked(
            MinuteParty(party),
            frozenset(Capacity(each) for each in request.args.getlist("to")),
            UUID(attendee) if attendee else None,
            frozenset(UUID(each) for each in request.form.getlist("picked")),
        )
    except ValueError:
        return None
