"""Searching: a form that is posted, so that what is looked for stands in no address, and the pages of what is found."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.decision import permissions_of
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.search.asking import LONGEST, Asked, TextKind
from clearinghouse.casework.search.searches import FoundCase, Mark, Place, make_search, search_page
from clearinghouse.protocol.vocabulary import Nature, Standing
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import Choices, DateParts, Line, Option, Pick, Tick, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

search = Pages("search", __name__, navigation="Search")

# Nothing that was typed here is offered again by the browser, or sent to a service that checks spelling.
_FORGOTTEN = {"autocomplete": "off", "spellcheck": False, "classes": "govuk-!-width-full"}

_SHOWN_AT: Mapping[str, str] = {
    "triages": "#triage",
    "duties": "/duties/{row}",
    "conversations": "/conversations",
    "documents": "/documents",
    "passages": "/conversations",
    "offers": "/conversations#offers",
    "meetings": "/meetings",
    "meeting_passages": "/meetings",
    "meeting_attendees": "/meetings",
    "meeting_issues": "/meetings",
    "minutes": "/minutes/{row}",
    "escalations": "/meetings#escalations",
    "authority_tellings": "/meetings#escalations",
    "reviews": "/plan#reviews",
    "riep_handovers": "/way-forward#riep",
    "riep_agreements": "/way-forward#riep",
    "advocacies": "/way-forward#advocacy",
    "advocacy_endings": "/way-forward#advocacy",
    "plan_terms": "/plan",
    "plan_action_terms": "/plan#actions",
    "plan_progress": "/plan#actions",
    "brokerage_asks": "/way-forward#brokerage",
    "brokerage_talks": "/way-forward#brokerage",
    "team_visits": "/team/findings",
    "team_findings": "/team/findings",
    "team_sessions": "/team/findings",
    "team_contacts": "/team/findings",
    "warnings_accepted": "/team",
}
"""Where on a case's pages a text stands, by its table; what is not named stands on the first."""


class SearchForm(Form):
    """What is looked for, and what it is narrowed to."""

    words = Line(
        "What are you looking for?",
        longest=LONGEST,
        missing="Enter what to look for",
        hint="Every word must be there. A word finds longer ones that begin with it: care finds carers. Put words in "
        "quotation marks to find them together",
        looks=_FORGOTTEN,
    )
    kinds = Choices("Where to look", hint="Leave all empty to look everywhere, but for who raised a concern")
    region = Pick("Region", options=tuple(Option(each, each) for each in Region), prompt="Any region")
    standing = Pick("Standing", options=options_of(Standing), prompt="Any standing")
    nature = Pick("Nature", options=options_of(Nature), prompt="Any nature")
    logged_from = DateParts("Case logged on or after", subject="The first day")
    logged_to = DateParts("Case logged on or before", subject="The last day")
    mine = Tick("Only cases that I am on")

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the words was filled in, or is wrong."""
        return any(
            field.errors or (field.data and field.data != "None") for field in self if field.name in _FILTERS
        )

    def asked(self) -> Asked:
        """What was filled in."""
        return Asked(
            words=self.words.text,
            kinds=frozenset(TextKind(each) for each in self.kinds.data or ()),
            region=Region(self.region.data) if self.region.data else None,
            standing=Standing(self.standing.data) if self.standing.data else None,
            nature=Nature(self.nature.data) if self.nature.data else None,
            logged_from=self.logged_from.data,
            logged_to=self.logged_to.data,
            mine=bool(self.mine.data),
        )


_FILTERS = frozenset({"kinds", "region", "standing", "nature", "logged_from", "logged_to", "mine"})


@search.get("/search", needs=Permission.CASE_HEADER)
def index() -> ResponseReturnValue:
    """The form."""
    return _page(_form(actor()))


@search.post("/search", needs=Permission.CASE_HEADER)
def make() -> ResponseReturnValue:
    """Make a search; what it finds has an address that says nothing of what was looked for."""
    form = _form(actor())
    if form.validate():
        try:
            made = make_search(world_for(form.key()), actor(), form.asked())
        except Invalid as invalid:
            form.refuse_all(invalid)
        else:
            return redirect(url_for("search.show", search_id=made), 303)
    return _page(form, 422)


@search.get("/search/<uuid:search_id>", needs=Permission.CASE_HEADER)
def show(search_id: UUID) -> ResponseReturnValue:
    """A page of what one's own search finds; the script goes on where the program stopped to let others in."""
    mark = _mark(request.args.get("after", ""))
    found = search_page(world(), actor(), search_id, mark)
    following = (
        url_for("search.show", search_id=search_id, after=_written(found.next))
        if found.next is not None
        else ""
    )
    return _page(_form(actor(), found.asked), found=found, next_href=following, first=mark is None)


@search.app_template_global()
def place_link(case: FoundCase, place: Place) -> str:
    """Where the found text stands."""
    rest = _SHOWN_AT.get(place.table, "").format(row=place.row)
    if place.kind is TextKind.BROKERAGE and not case.reads:
        rest = "/brokerage"
    return f"/cases/{case.id}{rest}"


def _form(person: Actor, asked: Asked | None = None) -> SearchForm:
    given: dict[str, Any] = {}
    if asked is not None:
        given = {
            "words": asked.words,
            "kinds": sorted(asked.kinds),
            "region": asked.region,
            "standing": asked.standing,
            "nature": asked.nature,
            "logged_from": asked.logged_from,
            "logged_to": asked.logged_to,
            "mine": asked.mine,
        }
    form = SearchForm(data=given)
    held = permissions_of(person.grants)
    form.kinds.offer(
        Option(kind, kind.words)
        for kind in TextKind
        if Permission.CASE_READ in held and _ASKS_FOR.get(kind, Permission.CASE_READ) in held
    )
    return form


_ASKS_FOR = {TextKind.SOURCE: Permission.SOURCE_READ, TextKind.TEAM: Permission.PEER_READ}


def _page(form: SearchForm, status: int = 200, **more: Any) -> ResponseReturnValue:
    return page("search/index.html", status, form=form, **more)


def _written(mark: Mark) -> str:
    return f"{mark.after}.{mark.looked_at}.{mark.found}"


def _mark(text: str) -> Mark | None:
    """Where the page begins; a mark that makes no sense begins at the beginning."""
    key, _, rest = text.partition(".")
    looked_at, _, found = rest.partition(".")
    if not all(each.isascii() and each.isdigit() and len(each) < 10 for each in (looked_at, found)):
        return None
    try:
        return Mark(UUID(key), int(looked_at), int(found))
    except ValueError:
        return None
