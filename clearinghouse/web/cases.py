"""The pages of cases: the list, the case itself, who can see it and who raised it; and the tabs of every case page."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from flask import Response, current_app, make_response, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Region
from clearinghouse.casework.cases import CasePage, OwedDuty, case_access, case_list, case_page, export_cases
from clearinghouse.casework.documents.showing import source_documents
from clearinghouse.casework.duties.setting import NEEDED_FOR
from clearinghouse.casework.escalation.ladder import CaseLadder
from clearinghouse.casework.headers import CaseHeader
from clearinghouse.casework.listing import CaseFilter, Place, Scope
from clearinghouse.casework.source import open_source
from clearinghouse.protocol.ladder import Rung
from clearinghouse.protocol.vocabulary import DutyKind, Nature, Route, Standing
from clearinghouse.web.current import actor, world
from clearinghouse.web.fields import LINE_LENGTH, clean, has_unkeepable
from clearinghouse.web.pages import Pages, needs_of
from clearinghouse.web.paging import asked_mark, filter_asked, list_links
from clearinghouse.web.rendering import page

cases = Pages("cases", __name__, navigation="Cases")

_E = TypeVar("_E", Nature, Region, Standing)

_TABS = (
    ("overview", "Overview", ""),
    ("conversations", "Conversations", "/conversations"),
    ("team", "Team", "/team"),
    ("team", "Team", "/team/work"),
    ("team", "Team", "/team/findings"),
    ("questionnaires", "Questionnaires", "/questionnaires"),
    ("plan", "Plan", "/plan"),
    ("meetings", "Meetings", "/meetings"),
    ("documents", "Documents", "/documents"),
    ("way_forward", "Way forward", "/way-forward"),
    ("brokerage", "Brokerage", "/brokerage"),
    ("access", "Access", "/access"),
)
"""A tab's key, its words and its page; of several with one key, the first that the person may open."""

_BY_HAND = "/duties/{duty}/done"
_WHERE: Mapping[DutyKind, tuple[str, str]] = {
    DutyKind.TRIAGE: ("Triage the concern", "/triage"),
    DutyKind.FIRST_CONTACT: ("Record a conversation", "/conversations/new"),
    DutyKind.MAKE_OFFER: ("Make the sector offer", "/offer"),
    DutyKind.ANSWER_TO_OFFER: ("Record the answer", "/offer/answer"),
    DutyKind.ASSIGN_TEAM: ("Find a peer team", "/team"),
    DutyKind.CONFIRM_PEER: ("Confirm the peers who accepted", "/team"),
    DutyKind.REPLACE_PEER: ("Fill the open place", "/team"),
    DutyKind.PEER_CONFLICT: ("Look at the conflict", "/team"),
    DutyKind.TEAM_FEEDBACK: ("Record the council’s feedback", "/team"),
    DutyKind.TEAM_VISIT: ("Record the visit", "/team/visits/{subject}/held"),
    DutyKind.TEAM_CONTACT: ("Record a contact", "/team/{subject}/contacts/new"),
    DutyKind.TEAM_REPORT: ("Record the report", "/team/outputs/{subject}"),
    DutyKind.TEAM_ACTION_PLAN: ("Record the action plan", "/team/outputs/{subject}"),
    DutyKind.TEAM_PROGRESS_REVIEW: ("Record the progress review", "/team/outputs/{subject}"),
    DutyKind.JOINT_LOCAL_MEETING: ("Record the meeting", "/meetings/new"),
    DutyKind.PRE_INTERVENTION_MEETING: ("Record the meeting", "/meetings/pre-intervention"),
    DutyKind.REFER_AT_ONCE: ("Refer at once", "/risk/refer"),
    DutyKind.CONFIRM_RISK_REFERRAL: ("Confirm or question the referral", "/risk"),
    DutyKind.REVIEW_RISK_REFERRAL: ("Review the referral", "/risk/{subject}/review"),
    DutyKind.REVIEW: ("Record the review", "/reviews/new"),
    DutyKind.FOLLOW_UP: ("Mark the follow-up as done", _BY_HAND),
    DutyKind.HAND_TO_RIEP: ("Hand the case to the RIEP", "/riep"),
    DutyKind.AGREE_WAY_FORWARD: ("Record what was agreed", "/riep/agreed"),
    DutyKind.ROUND_TABLE: ("Mark as put to the round table", _BY_HAND),
    DutyKind.POLITICAL_BROKERAGE: ("Record a talk with politicians", "/brokerage/talk"),
    DutyKind.ADVOCACY: ("Record how the family stands", "/advocacy/new"),
    DutyKind.TELL_AUTHORITY: ("Record that the authority was told", "/escalation/{subject}/told"),
    DutyKind.TELL_SOURCE: ("Tell the source what happened", "/source/{subject}/tell"),
    DutyKind.CONFIRM_SUCCESSION: ("Confirm which council it names now", "/succession"),
    DutyKind.REVIEW_RETENTION: ("Review what is due to be destroyed", "/retention"),
    DutyKind.CONFIRM_DESTRUCTION: ("Confirm or stop the destruction", "/retention"),
    DutyKind.REVIEW_BREAK_GLASS: ("Review why it was opened", "/break-glass/{subject}"),
    DutyKind.QUESTIONNAIRE_REMINDER: ("Remind those who have not answered", "/questionnaires"),
    DutyKind.QUESTIONNAIRE_ANSWERS: ("Look at the answers", "/questionnaires/{subject}/results"),
}
"""Where each kind of duty is done: the words of its button, which say what is done, and the page."""

_SHOWN_AT: Mapping[Rung, tuple[str, str]] = {
    Rung.TRIAGE: ("", "#triage"),
    Rung.DIALOGUE: ("/conversations", ""),
    Rung.OFFER: ("/conversations", ""),
    Rung.ANSWER: ("/conversations", ""),
    Rung.SUPPORT: ("/plan", ""),
    Rung.MEETING: ("/meetings", ""),
    Rung.REFERRAL: ("/meetings", ""),
}
"""The tab, and the place on it, that shows what was seen at a rung."""

_BY_ITS_OWNER = frozenset({DutyKind.CONFIRM_RISK_REFERRAL, DutyKind.TELL_SOURCE})
"""What is not offered to anybody in the place of whoever owes it: the second view of a referral, and a source."""

_TOLD_BY_HAND = ("Mark the authority as told", _BY_HAND)
_TO_BE_ASKED = ("Ask a political lead", "/brokerage/ask")


@cases.get("/cases", needs=Permission.CASE_HEADER)
def index() -> Response:
    """The list of cases, its filter in the address."""
    given, place = _filter(), _place()
    found = case_list(world(), actor(), given, place)
    return page(
        "cases/list.html",
        found=found,
        given=given,
        filtered=bool(filter_asked()),
        **list_links("cases", _mark(found.next), _mark(found.previous)),
        today=world().today,
        words={
            "standing": list(Standing),
            "nature": list(Nature),
            "region": list(Region),
            "show": list(Scope),
        },
        whole=place is None and found.next is None,
    )


@cases.get("/cases.csv", needs=Permission.CASE_HEADER)
def export() -> Response:
    """The headers of the current filter, to be opened in a spreadsheet."""
    response = make_response(export_cases(world(), actor(), _filter()))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="cases-{world().today}.csv"'
    return response


@cases.get("/cases/<uuid:case_id>", needs=Permission.CASE_HEADER)
def show(case_id: UUID) -> Response:
    """The case, as far as the person may see it, with the whole of its history where that is asked for."""
    found = case_page(world(), actor(), case_id, whole_history=request.args.get("history") == "all")
    return page("cases/overview.html", **_overview(found))


@cases.get("/cases/<uuid:case_id>/access", needs=Permission.CASE_READ)
def access(case_id: UUID) -> Response:
    """Who can see the case and who has opened it."""
    found = case_access(world(), actor(), case_id)
    return page(
        "cases/access.html", case=found.header, tab="access", sight=found.sight, openings=found.openings
    )


@cases.post("/cases/<uuid:case_id>/source/<uuid:concern_id>", needs=Permission.SOURCE_READ)
def show_source(case_id: UUID, concern_id: UUID) -> Response:
    """Who raised a concern: shown by a post, since that it was shown is recorded."""
    source = open_source(world(), actor(), case_id, concern_id)
    papers = source_documents(world(), actor(), case_id, concern_id)
    return page("cases/source.html", case=source.header, source=source, papers=papers)


@cases.app_template_global()
def case_tabs(case: CaseHeader, current: str) -> list[tuple[str, str, bool]]:
    """The tabs that the person may open on this case: words, address, and whether it is the one shown."""
    brokered = case.route is Route.POLITICAL_BROKERAGE
    found: dict[str, tuple[str, str, bool]] = {}
    for key, words, rest in _TABS:
        if (link := case_link(case, rest)) and (key != "brokerage" or brokered):
            found.setdefault(key, (words, link, key == current))
    return list(found.values())


@cases.app_template_global()
def case_link(case: CaseHeader, rest: str, method: str = "GET") -> str:
    """The address of a page about the case, such as "/offer"; "" where there is none or the person may not open it."""
    path = f"/cases/{case.id}{rest}"
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return ""
    try:
        endpoint, _ = adapter.match(path, method=method)
    except (HTTPException, RequestRedirect):
        return ""
    needs = needs_of(endpoint)
    return path if not isinstance(needs, Permission) or needs in case.permissions else ""


def _overview(found: CasePage) -> dict[str, Any]:
    case = found.header
    duties = [(duty, *_doing(case, duty)) for duty in found.duties]
    return {
        "case": case,
        "tab": "overview",
        "duties": duties,
        "main": next(((words, link) for _, words, link in duties if link), ("", "")),
        "reading": found.reading,
        **(_on_the_ladder(case, found.reading.ladder) if found.reading else {}),
    }


def _on_the_ladder(case: CaseHeader, shown: CaseLadder) -> dict[str, Any]:
    """The links of the ladder: what shows a rung, what may be done there, and what supplies what is missing."""
    actions = {
        Rung.TRIAGE: _supplying(case, DutyKind.TRIAGE),
        Rung.REFERRAL: ("Refer to a regulator", case_link(case, "/refer")),
    }
    return {
        "proofs": {rung: case_link(case, rest) + anchor for rung, (rest, anchor) in _SHOWN_AT.items()},
        "rung_actions": {rung: action for rung, action in actions.items() if rung is shown.ladder.here},
        "missing": [
            (each.missing.words, *(_supplying(case, each.supplied_by) if each.supplied_by else ("", "")))
            for each in shown.missing
        ],
    }


def _supplying(case: CaseHeader, kind: DutyKind) -> tuple[str, str]:
    """The words and the address of the form that does what such a duty asks; two empty texts where one may not."""
    words, rest = _WHERE[kind]
    link = case_link(case, rest) if NEEDED_FOR[kind] in case.permissions else ""
    return (words, link) if link else ("", "")


def _doing(case: CaseHeader, duty: OwedDuty) -> tuple[str, str]:
    """The words and the address of where a duty is done; two empty texts where the person cannot do it."""
    return duty_action(case, duty.kind, duty.id, duty.subject_id, mine=duty.mine)


@cases.app_template_global()
def duty_action(
    case: CaseHeader, kind: DutyKind, duty_id: UUID, subject_id: UUID | None, *, mine: bool
) -> tuple[str, str]:
    """Where a duty is done: the words of its button and the address; two empty texts where the person cannot do it."""
    words, rest = _WHERE[kind]
    if kind is DutyKind.TELL_AUTHORITY and subject_id is None:
        words, rest = _TOLD_BY_HAND
    if kind is DutyKind.POLITICAL_BROKERAGE and not mine and case_link(case, _TO_BE_ASKED[1]):
        words, rest = _TO_BE_ASKED
    link = case_link(case, rest.format(duty=duty_id, subject=subject_id))
    theirs = NEEDED_FOR[kind] in case.permissions and (mine or kind not in _BY_ITS_OWNER)
    return (words, link) if link and theirs else ("", "")


def _filter() -> CaseFilter:
    """The filter of the address; what makes no sense there is left out."""
    asked = request.args
    words = clean(asked.get("words", ""))[:LINE_LENGTH]
    return CaseFilter(
        words="" if has_unkeepable(words) else words,
        standing=_member(Standing, "standing"),
        nature=_member(Nature, "nature"),
        region=_member(Region, "region"),
        scope=Scope(asked["show"]) if asked.get("show") in set(Scope) else Scope.OPEN,
        mine="mine" in asked,
        overdue="overdue" in asked,
        escalated="escalated" in asked,
        at_risk="at_risk" in asked,
    )


def _member(members: type[_E], name: str) -> _E | None:
    value = request.args.get(name)
    return members(value) if value in set(members) else None


def _mark(place: Place | None) -> str | None:
    return None if place is None else f"{place.due_on.isoformat()}.{place.case_id}"


def _place() -> Place | None:
    """Where the page begins; a mark that makes no sense begins at the beginning."""
    mark, backwards = asked_mark()
    day, _, key = mark.partition(".")
    try:
        return Place(date.fromisoformat(day), UUID(key), backwards)
    except ValueError:
        return None
