"""The pages of a search: the words stand in no address, what was typed is inert, and the search goes on by links."""

from collections.abc import Callable

import pytest
from flask import Flask

from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.search.looking import Patience
from clearinghouse.casework.world import World
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.people import person
from tests.web.visitors import Visitor, signed_in

SignedInAs = Callable[..., Visitor]
ODD = (
    "a.*(b+)+$",
    "' OR 1=1 --",
    "%_\\",
    "zebra\0corn",
    "\u202ezebra",
    "<script>alert(1)</script>",
    "x" * 5000,
)


def found(visitor: Visitor, words: str, **more: object) -> str:
    """The page that a search leads to."""
    answer = visitor.post("/search", {"words": words, **more})
    assert answer.status_code == 303, answer.text
    page = visitor.get(answer.location)
    assert page.status_code == 200
    return page.text


def test_the_words_stand_in_no_address_and_are_kept_by_no_browser(site: Flask, sqlite_world: World) -> None:
    """An address is in logs, in the browser's history and on the screen of whoever looks over a shoulder."""
    visitor = signed_in(site, sqlite_world, person(sqlite_world, Role.LEAD))
    answer = visitor.post("/search", {"words": "zebracorn"})
    assert answer.status_code == 303
    assert "zebracorn" not in answer.location
    page = visitor.get(answer.location)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert 'autocomplete="off"' in page.text
    assert 'spellcheck="false"' in page.text
    assert "Nothing found" in page.text
    assert visitor.get("/search?words=zebracorn").text.count("zebracorn") == 0


def test_a_hit_is_marked_and_what_was_typed_is_inert(site: Flask, sqlite_world: World) -> None:
    lead = person(sqlite_world, Role.LEAD)
    logged_case(
        sqlite_world, lead, authority(sqlite_world), text="<img src=x onerror=alert(1)> zebracorn & co"
    )
    page = found(signed_in(site, sqlite_world, lead), "zebra")
    assert '<mark class="app-found">zebra</mark>corn &amp; co' in page
    assert "<img" not in page
    assert "1 case found" in page


def test_a_filter_is_kept_and_narrows(site: Flask, sqlite_world: World) -> None:
    lead = person(sqlite_world, Role.LEAD)
    triaged_case(sqlite_world, lead, authority(sqlite_world))
    visitor = signed_in(site, sqlite_world, lead)
    page = found(visitor, "thresholds", kinds="conversations", region="North East", mine="y")
    assert "Nothing found" in page
    assert "take out what narrows it down" in page
    assert "1 case found" in found(visitor, "thresholds", kinds="concern", region="North East", mine="y")


def test_problems_are_said_beside_their_fields(signed_in_as: SignedInAs) -> None:
    visitor = signed_in_as(Role.LEAD)
    for fields, problem in (
        ({"words": ""}, "Enter what to look for"),
        ({"words": "a"}, "Enter a word of at least 2 letters or digits"),
        ({"words": "ab", "logged_from": ["31", "2", "2026"]}, "The first day must be a real date"),
        (
            {"words": "ab", "logged_from": ["3", "2", "2026"], "logged_to": ["2", "2", "2026"]},
            "The last day must not be before the first",
        ),
        ({"words": "ab", "kinds": "everything"}, "Select one of the answers on this page"),
    ):
        answer = visitor.post("/search", fields)
        assert answer.status_code == 422
        assert problem in answer.text


@pytest.mark.parametrize("words", ODD)
def test_odd_words_find_nothing_and_break_nothing(signed_in_as: SignedInAs, words: str) -> None:
    answer = signed_in_as(Role.LEAD).post("/search", {"words": words})
    assert answer.status_code in (303, 422)
    assert "<script>alert" not in answer.text


def test_it_is_there_for_whoever_sees_cases_and_for_nobody_else(signed_in_as: SignedInAs) -> None:
    """Who sees no case at all would search for whether there is one."""
    for role in Role:
        visitor = signed_in_as(role, None)
        answers = {visitor.get("/search").status_code, visitor.post("/search", {"words": "ab"}).status_code}
        hidden = role in (Role.ADMINISTRATOR, Role.REGULATOR)
        assert answers == ({404} if hidden else {200, 303})
        assert ('href="/search"' in visitor.get("/account").text) is not hidden


def test_somebody_elses_search_is_not_there(site: Flask, sqlite_world: World) -> None:
    lead, other = (signed_in(site, sqlite_world, person(sqlite_world, Role.LEAD)) for _ in range(2))
    location = lead.post("/search", {"words": "zebracorn"}).location
    assert other.get(location).status_code == 404


def test_a_long_search_says_how_far_it_came_and_leads_on(
    site: Flask, sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead, council = person(sqlite_world, Role.LEAD), authority(sqlite_world)
    for _ in range(2):
        triaged_case(sqlite_world, lead, council)
    monkeypatch.setattr(Patience, "is_out", True)
    visitor = signed_in(site, sqlite_world, lead)
    location = visitor.post("/search", {"words": "thresholds"}).location
    page = visitor.get(location).text
    assert "Looked through 1 of 2 cases" in page
    assert "1 case found so far" in page
    following = page.split('href="/search/')[1].split('"')[0]
    assert "Looked through 2 of 2 cases" in visitor.get(f"/search/{following}").text
    for odd in ("x", "..", "0.0.0", f"{'9' * 40}.1.1"):
        assert visitor.get(f"{location}?after={odd}").status_code == 200


def test_a_walled_lead_and_a_coordinator_see_no_sign_of_what_they_may_not_read(
    site: Flask, sqlite_world: World
) -> None:
    """A count, a snippet or how far the search came would say that there is something."""
    world, council = sqlite_world, authority(sqlite_world, "Hiddenham Council")
    logger = person(world, Role.LEAD)
    logged_case(world, logger, council, text="The zebracorn is overdue.", source_name="Wren Yellowhammer")
    for who in (
        person(world, Role.LEAD, walled_from=council),
        person(world, Role.LEAD, Region.LONDON),
        person(world, Role.COORDINATOR, None),
        person(world, Role.AUDIT_OFFICER, None),
        person(world, Role.ASSOCIATE),
        person(world, Role.POLITICAL_LEAD, None),
    ):
        visitor = signed_in(site, world, who)
        assert "Nothing found" in found(visitor, "zebracorn overdue")
        page = found(visitor, "zebracorn overdue hiddenham")
        assert "Nothing found" in page
        assert "Looked through" not in page
