"""The pages of cases: the list, the case itself and what is done to it as a whole; and the tabs of every case page."""

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.headers import CaseHeader
from clearinghouse.web.pages import Pages, needs_of

cases = Pages("cases", __name__, navigation="Cases")

_TABS = (
    ("overview", "Overview", ""),
    ("conversations", "Conversations", "/conversations"),
    ("team", "Team", "/team"),
    ("meetings", "Meetings", "/meetings"),
    ("access", "Access", "/access"),
)


@cases.app_template_global()
def case_tabs(case: CaseHeader, current: str) -> list[tuple[str, str, bool]]:
    """The tabs that the person may open on this case: words, address, and whether it is the one shown."""
    return [(words, link, key == current) for key, words, rest in _TABS if (link := case_link(case, rest))]


@cases.app_template_global()
def case_link(case: CaseHeader, rest: str) -> str:
    """The address of a page about the case, such as "/offer"; "" where there is none or the person may not open it."""
    path = f"/cases/{case.id}{rest}"
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return ""
    try:
        endpoint, _ = adapter.match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return ""
    needs = needs_of(endpoint)
    return path if not isinstance(needs, Permission) or needs in case.permissions else ""
