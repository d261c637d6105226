"""What leads do to a case as a whole: correct its authority, change who is on it, close it and open it again."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from clearinghouse.access.decision import Membership
from clearinghouse.access.permissions import Permission
from clearinghouse.casework.assignment import (
    Candidate,
    Staffing,
    add_to_case,
    change_owner,
    staffing,
    take_off_case,
)
from clearinghouse.casework.authorities import find_authorities
from clearinghouse.casework.closing import Learning, close_case, closing_sheet, reopen_case
from clearinghouse.casework.correction import Swap, correct_authority, preview_correction
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.headers import CaseHeader, case_header
from clearinghouse.protocol.standing import may_step
from clearinghouse.protocol.vocabulary import ClosingOutcome, Step
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, kept_form
from clearinghouse.web.fields import Choice, Line, Option, Pick, Text, Tick, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

case_changes = Pages("case_changes", __name__)

CORRECTED = Message("The authority is corrected. Who can see the case was worked out anew.")
CORRECTED_AWAY = Message(
    "The authority is corrected. You can no longer see that case, so it has left your list."
)
OWNER_CHANGED = Message("The case has a new owner.")
PUT_ON_CASE = Message("They are on the case now.")
CUSTODIAN_NAMED = Message("They are a custodian of the sources now.")
TAKEN_OFF_CASE = Message("They are no longer on the case in that capacity.")
CLOSED = Message("The case is closed.")
REOPENED = Message("The case is open again. Its triage is owed.")

_REASON_LENGTH = 5000
_FOUND_AT_MOST = 20


class CorrectionForm(Form):
    """Which authority is wrong, which is right and why; `words` look the right one up."""

    wrong = Choice("Which authority is wrong?", missing="Select the authority that is wrong")
    words = Line("Find the right authority", hint="Part of its name or its code")
    right = Choice("Which authority is right?")
    reason = Text(
        "Why is it corrected?",
        longest=_REASON_LENGTH,
        rows=4,
        missing="Enter why the authority is corrected",
        hint="How the mistake came about. Only those who can read the case see this",
    )


class OwnerForm(Form):
    """The new owner, and whether the former one stays."""

    owner = Pick("New owner", missing="Select the new owner")
    keep = Tick("The former owner stays on the case")


class TeamForm(Form):
    """Somebody who joins the case."""

    team = Pick("Who joins the case?", missing="Select who joins the case")


class CustodianForm(Form):
    """Somebody who may learn who raised the concerns."""

    custodian = Pick(
        "Who becomes a custodian of the sources?",
        missing="Select who becomes a custodian",
        hint="They will be able to learn who raised the concerns of this case",
    )


class PlaceForm(Form):
    """Somebody's place on the case, which ends."""

    person = HiddenField()
    membership = HiddenField()


class ClosingForm(Form):
    """What the case came to, why it closes, and what others may learn of it."""

    outcome = Choice(
        "What did it come to?",
        options=options_of(each for each in ClosingOutcome if each is not ClosingOutcome.CARRIED_ON),
        missing="Select what it came to",
    )
    reason = Text(
        "Why is the case closed?", longest=_REASON_LENGTH, rows=5, missing="Enter why the case is closed"
    )
    learning = Text(
        "What was learned?",
        longest=_REASON_LENGTH,
        rows=5,
        missing="Enter what was learned, even if it is little",
        hint="About the help that was given, and about how it was given. Only those who can read the case see this",
    )
    share = Choice(
        "May the region's round table learn from it, as good practice?",
        options=(Option("yes", "Yes"), Option("no", "No")),
        missing="Select whether the round table may learn from it",
    )
    good_practice = Text(
        "What others may learn",
        longest=_REASON_LENGTH,
        rows=4,
        hint="In words that name nobody: not the authority, not whoever raised the concern. It is shared under the "
        "nature of the case, without its reference",
    )

    def learned(self) -> Learning:
        """What was learned, as it was filled in."""
        return Learning(self.learning.text, self.good_practice.text, self.share.data == "yes")


class ReopeningForm(Form):
    """Why a case is opened again."""

    reason = Text(
        "Why is it opened again?", longest=_REASON_LENGTH, rows=5, missing="Enter why it is opened again"
    )


@case_changes.get("/cases/<uuid:case_id>/correct", needs=Permission.CASE_CORRECT)
@case_changes.post("/cases/<uuid:case_id>/correct", needs=Permission.CASE_CORRECT)
def correct(case_id: UUID) -> ResponseReturnValue:
    """Find the right authority, see who will gain and lose sight of the case, then confirm."""
    case = case_header(world(), actor(), case_id, Permission.CASE_CORRECT)
    form = CorrectionForm()
    named = (case.lead_authority, *case.other_authorities)
    form.wrong.offer(Option(str(each.id), each.name) for each in named)
    form.right.offer(_found(form, {each.id for each in named}))
    step = request.form.get("step", "")
    if request.method == "GET" or step == "find":
        _read_at(form, case)
        if step == "find" and not form.right.options:
            form.refuse(form.words, "No current authority of the register has these words in its name")
        return _correction_page(case, form, 422 if form.errors else 200)
    form.right.missing = "Find the right authority, then select it"
    if not form.is_posted_and_valid():
        return _correction_page(case, form, 422)
    swap = Swap(UUID(str(form.wrong.data)), UUID(str(form.right.data)))
    try:
        if step != "confirm":
            preview = preview_correction(world(), actor(), case_id, swap)
            return page("cases/correct_preview.html", case=case, form=form, preview=preview)
        done = correct_authority(
            world_for(form.key()), actor(), case_id, form.read_version(), swap, str(form.reason.data)
        )
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _correction_page(case, form, 422)
    except Refused as refused:
        return _correction_page(case, form, 422, refused.reasons)
    tell(CORRECTED if done.still_visible else CORRECTED_AWAY)
    return redirect(_case(case_id) if done.still_visible else url_for("cases.index"), 303)


@case_changes.get("/cases/<uuid:case_id>/people", needs=Permission.CASE_ASSIGN)
def people(case_id: UUID) -> Response:
    """Who is on the case, and the forms to change that."""
    return _people_page(staffing(world(), actor(), case_id))


@case_changes.post("/cases/<uuid:case_id>/people/owner", needs=Permission.CASE_ASSIGN)
def owner(case_id: UUID) -> ResponseReturnValue:
    """Hand the case to another owner."""
    found, form = staffing(world(), actor(), case_id), OwnerForm()
    form.owner.offer(_options(found.owners))
    if not form.is_posted_and_valid():
        return _people_page(found, owner_form=form)
    chosen, keep = UUID(str(form.owner.data)), bool(form.keep.data)
    try:
        change_owner(world_for(form.key()), actor(), case_id, form.read_version(), chosen, keep=keep)
    except Refused as refused:
        return _people_page(found, owner_form=form, reasons=refused.reasons)
    tell(OWNER_CHANGED)
    return redirect(_people(case_id), 303)


@case_changes.post("/cases/<uuid:case_id>/people/team", needs=Permission.CASE_ASSIGN)
def team(case_id: UUID) -> ResponseReturnValue:
    """Put somebody on the case."""
    found, form = staffing(world(), actor(), case_id), TeamForm()
    form.team.offer(_options(found.team))
    if not form.is_posted_and_valid():
        return _people_page(found, team_form=form)
    try:
        chosen = UUID(str(form.team.data))
        add_to_case(world_for(form.key()), actor(), case_id, form.read_version(), chosen, Membership.TEAM)
    except Refused as refused:
        return _people_page(found, team_form=form, reasons=refused.reasons)
    tell(PUT_ON_CASE)
    return redirect(_people(case_id), 303)


@case_changes.post("/cases/<uuid:case_id>/people/custodian", needs=Permission.CASE_ASSIGN)
def custodian(case_id: UUID) -> ResponseReturnValue:
    """Name a custodian of the case's sources."""
    found, form = staffing(world(), actor(), case_id), CustodianForm()
    form.custodian.offer(_options(found.custodians))
    if not form.is_posted_and_valid():
        return _people_page(found, custodian_form=form)
    try:
        chosen = UUID(str(form.custodian.data))
        add_to_case(
            world_for(form.key()), actor(), case_id, form.read_version(), chosen, Membership.CUSTODIAN
        )
    except Refused as refused:
        return _people_page(found, custodian_form=form, reasons=refused.reasons)
    tell(CUSTODIAN_NAMED)
    return redirect(_people(case_id), 303)


@case_changes.post("/cases/<uuid:case_id>/people/end", needs=Permission.CASE_ASSIGN)
def end(case_id: UUID) -> ResponseReturnValue:
    """End somebody's place on the case."""
    form = PlaceForm()
    try:
        person, membership = UUID(str(form.person.data)), Membership(str(form.membership.data))
    except ValueError:
        raise NotFound from None
    take_off_case(world_for(form.key()), actor(), case_id, form.read_version(), person, membership)
    tell(TAKEN_OFF_CASE)
    still = case_header(world(), actor(), case_id).permissions
    return redirect(_people(case_id) if Permission.CASE_ASSIGN in still else _case(case_id), 303)


@case_changes.get("/cases/<uuid:case_id>/close", needs=Permission.CASE_CLOSE)
@case_changes.post("/cases/<uuid:case_id>/close", needs=Permission.CASE_CLOSE)
def close(case_id: UUID) -> ResponseReturnValue:
    """Close the case with what it came to and what was learned."""
    name, template = f"close:{case_id}", "cases/close.html"
    sheet, form = closing_sheet(world(), actor(), case_id), kept_form(ClosingForm, name)
    missing = may_step(sheet.case.standing, Step.CLOSE).missing
    if missing and request.method == "GET":
        return page("cases/not_yet.html", case=sheet.case, missing=missing)
    if not form.is_posted_and_valid():
        return case_form_page(template, form, sheet.case, name, sheet=sheet)
    try:
        outcome, reason = ClosingOutcome(str(form.outcome.data)), str(form.reason.data)
        seen, learned = form.read_version(), form.learned()
        close_case(world_for(form.key()), actor(), case_id, seen, outcome, reason, learned)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return case_form_page(template, form, sheet.case, name, sheet=sheet)
    except Refused as refused:
        return case_form_page(template, form, sheet.case, name, refused.reasons, sheet=sheet)
    forget(name)
    tell(CLOSED)
    return redirect(_case(case_id), 303)


@case_changes.get("/cases/<uuid:case_id>/reopen", needs=Permission.CASE_CLOSE)
@case_changes.post("/cases/<uuid:case_id>/reopen", needs=Permission.CASE_CLOSE)
def reopen(case_id: UUID) -> ResponseReturnValue:
    """Open a closed case again."""
    case, form = case_header(world(), actor(), case_id, Permission.CASE_CLOSE), ReopeningForm()
    if not form.is_posted_and_valid():
        return _form_page("cases/reopen.html", case, form)
    try:
        reopen_case(world_for(form.key()), actor(), case_id, form.read_version(), str(form.reason.data))
    except Refused as refused:
        return _form_page("cases/reopen.html", case, form, refused.reasons)
    tell(REOPENED)
    return redirect(_case(case_id), 303)


def _found(form: CorrectionForm, taken: set[UUID]) -> list[Option]:
    words = str(form.words.data or "")
    found = find_authorities(world(), actor(), words, _FOUND_AT_MOST) if words else ()
    return [
        Option(str(each.id), each.name, ", ".join(part for part in (each.type_name, each.region) if part))
        for each in found
        if each.id not in taken
    ]


def _correction_page(
    case: CaseHeader, form: CorrectionForm, status: int, reasons: tuple[str, ...] = ()
) -> Response:
    return page("cases/correct.html", status, case=case, form=form, reasons=reasons)


def _people_page(
    found: Staffing,
    *,
    owner_form: OwnerForm | None = None,
    team_form: TeamForm | None = None,
    custodian_form: CustodianForm | None = None,
    reasons: tuple[str, ...] = (),
) -> Response:
    """The three forms side by side; the one that was sent keeps what was chosen, and its problems head the page."""
    posted = owner_form or team_form or custodian_form
    forms: dict[str, Form] = {
        "owner_form": owner_form or OwnerForm(formdata=None),
        "team_form": team_form or TeamForm(formdata=None),
        "custodian_form": custodian_form or CustodianForm(formdata=None),
        "place_form": PlaceForm(formdata=None),
    }
    for form, name, people in (
        (forms["owner_form"], "owner", found.owners),
        (forms["team_form"], "team", found.team),
        (forms["custodian_form"], "custodian", found.custodians),
    ):
        form[name].offer(_options(people))
    for form in forms.values():
        if form is not posted:
            _read_at(form, found.header)
    shown = {"form": posted} if posted else {}
    return page(
        "cases/people.html",
        422 if posted else 200,
        case=found.header,
        found=found,
        reasons=reasons,
        **forms,
        **shown,
    )


def _form_page(template: str, case: CaseHeader, form: Form, reasons: tuple[str, ...] = ()) -> Response:
    """The form as it was sent, or fresh at the case's version."""
    if request.method == "GET":
        _read_at(form, case)
    return page(template, 200 if request.method == "GET" else 422, case=case, form=form, reasons=reasons)


def _read_at(form: Form, case: CaseHeader) -> None:
    form.version.data = str(case.version)


def _options(people: tuple[Candidate, ...]) -> list[Option]:
    return [Option(str(each.id), f"{each.name} ({each.roles})") for each in people]


def _case(case_id: UUID) -> str:
    return url_for("cases.show", case_id=case_id)


def _people(case_id: UUID) -> str:
    return url_for("case_changes.people", case_id=case_id)
