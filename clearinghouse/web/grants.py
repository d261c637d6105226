"""The report of every role, for administrators and audit officers: its last use, and whether it is needed."""

from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.people.grant_review import (
    GrantFilter,
    GrantState,
    export_grants,
    grant_report,
    review_grant,
)
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import Choice, Option
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages, may_open
from clearinghouse.web.paging import filter_asked, list_links, page_of
from clearinghouse.web.rendering import page

grants = Pages("grants", __name__, navigation="Roles held")

NEEDED = Message("It is noted that the role is needed. It is asked again in half a year.")
NOT_NEEDED = Message(
    "It is noted that the role is not needed. Administrators are shown it until they end it."
)
_ADDRESS = ("role", "region", "state", "unused", "due", "after", "before")
_E = TypeVar("_E", Role, Region, GrantState)


class ReviewForm(Form):
    """Whether a role is needed."""

    answer = Choice("", options=(Option("needed", ""), Option("not_needed", "")), missing="Say which")


@grants.get("/grants", needs=Permission.GRANT_REVIEW)
def index() -> Response:
    """Every role that is held, or ended within the last year."""
    given = _filter()
    report = grant_report(world(), actor(), given)
    return page(
        "grants/index.html",
        report=report,
        given=given,
        filtered=bool(filter_asked()),
        words={"role": list(Role), "region": list(Region), "state": list(GrantState)},
        filter_words=_filter_words(),
        **list_links("grants", None, None) | page_of("grants", report.lines),
    )


@grants.get("/grants.csv", needs=Permission.GRANT_REVIEW)
def export() -> Response:
    """The same as a file, to be opened in a spreadsheet."""
    response = make_response(export_grants(world(), actor(), _filter()))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="roles-{world().today}.csv"'
    return response


@grants.post("/grants/<uuid:grant_id>/review", needs=Permission.GRANT_REVIEW)
def review(grant_id: UUID) -> ResponseReturnValue:
    """Say whether a role is needed, and go back to the same list."""
    form = ReviewForm()
    needed = form.answer.data == "needed"
    if form.validate():
        review_grant(world_for(form.key()), actor(), grant_id, needed=needed)
        tell(NEEDED if needed else NOT_NEEDED)
    return redirect(url_for("grants.index") + _filter_words(), 303)


@grants.app_template_global()
def roles_to_review() -> tuple[int, int]:
    """How many roles are due for review or said not to be needed, and how many nobody used for sixty days."""
    if not may_open("grants.index"):
        return 0, 0
    report = grant_report(world(), actor(), GrantFilter())
    return report.due, report.unused


def _filter() -> GrantFilter:
    """The filter of the address; what makes no sense there is left out."""
    return GrantFilter(
        role=_member(Role, "role"),
        region=_member(Region, "region"),
        state=_member(GrantState, "state"),
        unused="unused" in request.args,
        due="due" in request.args,
    )


def _filter_words() -> str:
    """The filter, and the page of the list, as they go on in an address."""
    words = urlencode({name: value for name, value in request.args.items() if value and name in _ADDRESS})
    return f"?{words}" if words else ""


def _member(members: type[_E], name: str) -> _E | None:
    value = request.args.get(name)
    return members(value) if value in set(members) else None
