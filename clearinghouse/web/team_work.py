"""The work of a case's peer team: what it is, who manages it, its visits, outputs and contact, and what it found."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.headers import CaseHeader
from clearinghouse.casework.teams.contact import record_contact
from clearinghouse.casework.teams.outputs import deliver_output
from clearinghouse.casework.teams.packages import Doer, choose_package, name_manager
from clearinghouse.casework.teams.visits import add_findings, cancel_visit, hold_visit, move_visit, plan_visit
from clearinghouse.casework.teams.work_page import (
    findings_page,
    output_sheet,
    team_sheet,
    visit_sheet,
    work_page,
)
from clearinghouse.casework.world import World
from clearinghouse.protocol.team_work import OutputKind, Package, WhyChanged
from clearinghouse.web.case_forms import case_form_page
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, kept_form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import day_words, page
from clearinghouse.web.team_work_forms import (
    CancelForm,
    MoveForm,
    PackageForm,
    WorkForm,
    contact_form,
    contact_of,
    doer_of,
    finding_of,
    found_form,
    held_form,
    held_visit_of,
    manager_form,
    output_form,
    visit_form,
    visit_of,
)

team_work = Pages("team_work", __name__)

PACKAGE = Message("What kind of support the team gives is recorded.")
MANAGER = Message("The project manager is recorded.")
PLANNED = Message("It is planned. Its date is in the agenda.")
MOVED = Message("It is moved. Its date in the agenda moved along.")
CANCELLED = Message("It is cancelled.")
HELD = Message("It is recorded that it took place. What it brings is now owed.")
FOUND = Message("What was found is added.")
DELIVERED = Message("It is recorded.")
CONTACT = Message("The contact is recorded.")

_TEAM = "/cases/<uuid:case_id>/team/<uuid:team_id>"
_VISIT = "/cases/<uuid:case_id>/team/visits/<uuid:visit_id>"
_BOTH = ["GET", "POST"]
_PLAN, _WRITE = Permission.VISIT_SCHEDULE, Permission.VISIT_RECORD


@team_work.get("/cases/<uuid:case_id>/team/work", needs=_PLAN)
def index(case_id: UUID) -> Response:
    """The teams at work: dates, people and outputs, without a word that was typed."""
    shown = work_page(world(), actor(), case_id)
    return page("team_work/index.html", case=shown.case, tab="team", shown=shown)


@team_work.get("/cases/<uuid:case_id>/team/findings", needs=Permission.CASE_READ)
def findings(case_id: UUID) -> Response:
    """The same with what visits were for and found, for those who read the case."""
    shown = findings_page(world(), actor(), case_id)
    return page("team_work/findings.html", case=shown.case, tab="team", shown=shown)


@team_work.route(f"{_TEAM}/package", methods=_BOTH, needs=_PLAN)
def package(case_id: UUID, team_id: UUID) -> ResponseReturnValue:
    """Say what kind of support the team gives."""
    sheet, name = team_sheet(world(), actor(), case_id, team_id), f"team-package:{team_id}"
    form = kept_form(PackageForm, name)

    def do(to: World) -> None:
        choose_package(to, actor(), case_id, form.read_version(), team_id, Package(form.package.data))

    rows = [("Now", sheet.team.package.words)]
    shown = {"heading": "What kind of support the team gives", "button": "Record it", "rows": rows}
    return _carried_out(form, sheet.case, name, do, **shown) or _done(PACKAGE, case_id)


@team_work.route(f"{_TEAM}/manager", methods=_BOTH, needs=_PLAN)
def manager(case_id: UUID, team_id: UUID) -> ResponseReturnValue:
    """Name the project manager."""
    sheet, name = team_sheet(world(), actor(), case_id, team_id), f"team-manager:{team_id}"
    form = kept_form(manager_form(sheet.doers), name)

    def do(to: World) -> None:
        chosen = doer_of(form["manager"].data) or Doer()
        name_manager(to, actor(), case_id, form.read_version(), team_id, chosen)

    rows = [("Now", sheet.team.manager or "Nobody is named yet")]
    shown = {"heading": "Name the project manager", "button": "Name them", "rows": rows}
    return _carried_out(form, sheet.case, name, do, **shown) or _done(MANAGER, case_id)


@team_work.route(f"{_TEAM}/visits/new", methods=_BOTH, needs=_PLAN)
def plan(case_id: UUID, team_id: UUID) -> ResponseReturnValue:
    """Plan a visit, or whatever else the team's package consists of."""
    sheet, name = team_sheet(world(), actor(), case_id, team_id), f"team-visit:{team_id}"
    form = kept_form(visit_form(sheet, writes=_WRITE in sheet.case.permissions), name)

    def do(to: World) -> None:
        plan_visit(to, actor(), case_id, form.read_version(), team_id, visit_of(form, sheet))

    kinds = tuple(sheet.team.shape.visits)
    heading = f"Plan {_article(kinds[0].words)}" if len(kinds) == 1 else "Plan a meeting or workshop"
    rows = [("Package", sheet.team.package.words)]
    shown = {"heading": heading, "button": "Plan it", "rows": rows}
    return _carried_out(form, sheet.case, name, do, **shown) or _done(PLANNED, case_id)


@team_work.route(f"{_VISIT}/move", methods=_BOTH, needs=_PLAN)
def move(case_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """Move a visit to other days."""
    sheet, name = visit_sheet(world(), actor(), case_id, visit_id), f"team-visit-move:{visit_id}"
    form = kept_form(MoveForm, name)

    def do(to: World) -> None:
        first, why = form.first.day, WhyChanged(form.why.data)
        last = form.last.data or first
        move_visit(to, actor(), case_id, form.read_version(), visit_id, first, last, why)

    shown = {"heading": "Move it to other days", "button": "Move it", "rows": _when(sheet)}
    return _carried_out(form, sheet.case, name, do, **shown) or _done(MOVED, case_id)


@team_work.route(f"{_VISIT}/cancel", methods=_BOTH, needs=_PLAN)
def cancel(case_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """Cancel a visit."""
    sheet, name = visit_sheet(world(), actor(), case_id, visit_id), f"team-visit-cancel:{visit_id}"
    form = kept_form(CancelForm, name)

    def do(to: World) -> None:
        cancel_visit(to, actor(), case_id, form.read_version(), visit_id, WhyChanged(form.why.data))

    shown = {"heading": "Cancel it", "button": "Cancel it", "rows": _when(sheet)}
    return _carried_out(form, sheet.case, name, do, **shown) or _done(CANCELLED, case_id)


@team_work.route(f"{_VISIT}/held", methods=_BOTH, needs=_PLAN)
def held(case_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """Record that a visit took place."""
    sheet, name = visit_sheet(world(), actor(), case_id, visit_id), f"team-visit-held:{visit_id}"
    form = kept_form(held_form(sheet, writes=_WRITE in sheet.case.permissions), name)

    def do(to: World) -> None:
        hold_visit(to, actor(), case_id, form.read_version(), visit_id, held_visit_of(form, sheet))

    shown = {"heading": "Record that it took place", "button": "Record it", "rows": _when(sheet)}
    return _carried_out(form, sheet.case, name, do, **shown) or _done(HELD, case_id)


@team_work.route(f"{_VISIT}/found", methods=_BOTH, needs=_WRITE)
def found(case_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """Add to what was found."""
    sheet, name = visit_sheet(world(), actor(), case_id, visit_id, _WRITE), f"team-visit-found:{visit_id}"
    form = kept_form(found_form(sheet), name)

    def do(to: World) -> None:
        add_findings(to, actor(), case_id, form.read_version(), visit_id, (finding_of(form),))

    shown = {"heading": "Add to what was found", "button": "Add it", "rows": _when(sheet)}
    if done := _carried_out(form, sheet.case, name, do, **shown):
        return done
    tell(FOUND)
    return redirect(url_for("team_work.findings", case_id=case_id), 303)


@team_work.route("/cases/<uuid:case_id>/team/outputs/<uuid:output_id>", methods=_BOTH, needs=_PLAN)
def output(case_id: UUID, output_id: UUID) -> ResponseReturnValue:
    """Record that a report or an action plan was delivered, or a progress review held."""
    sheet, name = output_sheet(world(), actor(), case_id, output_id), f"team-output:{output_id}"
    form = kept_form(output_form(sheet), name)

    def do(to: World) -> None:
        on, plan_of_case = form["delivered_on"].day, "is_case_plan" in form and form["is_case_plan"].data
        deliver_output(
            to, actor(), case_id, form.read_version(), output_id, on, is_case_plan=bool(plan_of_case)
        )

    rows = [("What", sheet.output.kind.words), ("Due", day_words(sheet.output.due_on))]
    if sheet.output.of:
        rows.append(("Session", sheet.output.of))
    if sheet.plan_agreed_on:
        rows.append(("Improvement plan", f"Agreed on {day_words(sheet.plan_agreed_on)}"))
    heading = f"Record the {sheet.output.kind.words.lower()}"
    if sheet.output.kind is OutputKind.PROGRESS_REVIEW:
        form["delivered_on"].label.text = "On which day was it held?"
    shown = {"heading": heading, "button": "Record it", "rows": rows}
    return _carried_out(form, sheet.case, name, do, **shown) or _done(DELIVERED, case_id)


@team_work.route(f"{_TEAM}/contacts/new", methods=_BOTH, needs=_PLAN)
def contact(case_id: UUID, team_id: UUID) -> ResponseReturnValue:
    """Record a contact between visits."""
    sheet, name = team_sheet(world(), actor(), case_id, team_id), f"team-contact:{team_id}"
    form = kept_form(contact_form(sheet.doers, writes=_WRITE in sheet.case.permissions), name)

    def do(to: World) -> None:
        record_contact(to, actor(), case_id, form.read_version(), team_id, contact_of(form))

    shown = {"heading": "Record a contact between visits", "button": "Record it", "rows": []}
    return _carried_out(form, sheet.case, name, do, **shown) or _done(CONTACT, case_id)


def _carried_out(
    form: WorkForm, case: CaseHeader, name: str, do: Callable[[World], None], **shown: Any
) -> Response | None:
    """The form's page, where it was opened or something is wrong with it; None once what it asks for is done."""
    reasons: tuple[str, ...] = ()
    if request.method == "POST" and form.is_posted_and_valid():
        try:
            do(world_for(form.key()))
        except Invalid as invalid:
            known = {field.name for field in form.questions}
            form.refuse_all(
                invalid, **{each: form.questions[0] for each in invalid.problems if each not in known}
            )
        except Refused as refused:
            reasons = refused.reasons
        else:
            forget(name)
            return None
    return case_form_page("team_work/form.html", form, case, name, reasons, **shown)


def _when(sheet: Any) -> list[tuple[str, str]]:
    visit = sheet.visit
    days = day_words(visit.first)
    if visit.last != visit.first:
        days += f" to {day_words(visit.last)}"
    return [("What", visit.kind.words), ("When", days), ("State", visit.state.words)]


def _article(words: str) -> str:
    low = words[0].lower() + words[1:]
    return f"an {low}" if low[0] in "aeio" else f"a {low}"


def _done(message: Message, case_id: UUID) -> ResponseReturnValue:
    tell(message)
    return redirect(url_for("team_work.index", case_id=case_id), 303)
