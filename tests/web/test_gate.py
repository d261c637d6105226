"""The gate: whatever declares nothing is denied, whoever may not enter learns nothing."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask

from clearinghouse.access.permissions import Openness, Permission
from clearinghouse.access.roles import Role
from clearinghouse.casework.errors import NotFound
from clearinghouse.web.pages import Pages, Undeclared, declare_needs, same_origin_path
from tests.web.visitors import Visitor

SignIn = Callable[..., Visitor]


def test_a_page_without_needs_fails_at_import() -> None:
    """A forgotten declaration would otherwise be found by whoever should not have entered."""
    pages = Pages("forgetful", __name__)
    with pytest.raises(Undeclared, match=r"forgetful: the page /secret must say needs="):
        pages.get("/secret")(lambda: "")
    with pytest.raises(Undeclared, match="/secret"):
        pages.route("/secret")(lambda: "")


def test_a_route_outside_pages_fails_the_build() -> None:
    """A route registered on the site itself would pass by every declaration."""
    site = Flask("careless")
    site.add_url_rule("/back-door", "back_door", lambda: "in")
    with pytest.raises(Undeclared, match="back_door"):
        declare_needs(site, ())


def test_the_gate_denies_what_declares_nothing(site: Flask, signed_in_as: SignIn) -> None:
    """A route that slipped in after the build is not served, to nobody."""
    lead = signed_in_as(Role.LEAD)
    site._got_first_request = False
    site.add_url_rule("/back-door", "back_door", lambda: "in")
    assert lead.get("/back-door").status_code == 404


def test_hidden_and_absent_are_one_page(site: Flask, signed_in_as: SignIn) -> None:
    """A byte of difference would tell that something is there."""
    lead = signed_in_as(Role.LEAD)
    absent = lead.get("/there/is/no/such/page")
    answers = [lead.get("/people"), lead.get(f"/people/{uuid4()}"), lead.get("/join/never-made")]
    assert absent.status_code == 404
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.data for answer in answers} == {absent.data}
    unstable = {"Content-Security-Policy", "Date"}
    expected = {name: value for name, value in absent.headers if name not in unstable}
    for answer in answers:
        assert {name: value for name, value in answer.headers if name not in unstable} == expected


def test_a_verb_that_finds_nothing_is_the_same_page(site: Flask, signed_in_as: SignIn) -> None:
    """NotFound from casework must not look different from the gate's answer."""
    pages = Pages("probe", __name__)

    @pages.get("/probe", needs=Openness.SIGNED_IN)
    def probe() -> str:
        raise NotFound

    site._got_first_request = False
    site.register_blueprint(pages)
    site.extensions["clearinghouse.needs"]["probe.probe"] = Openness.SIGNED_IN
    lead = signed_in_as(Role.LEAD)
    assert lead.get("/probe").data == lead.get("/nothing").data


def test_strangers_go_to_sign_in_and_back(stranger: Visitor) -> None:
    """The page that was asked for, with its filters, is where sign-in leads."""
    assert stranger.get("/people").location == "/sign-in?next=/people"
    assert stranger.get("/account?part=one").location == "/sign-in?next=/account?part%3Done"
    assert stranger.get("/").location == "/sign-in"


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\/evil.example",
        "javascript:x",
        "",
        None,
        "/a\r\nSet-Cookie: x",
        "/\tevil",
        "people",
        "///evil.example",
        "http:evil",
        "/[::1",
        "/\x00",
    ],
)
def test_next_never_leaves_the_site(text: str | None) -> None:
    """An open redirect would lend our name to somebody else's page."""
    path = same_origin_path(text)
    assert path is None or path.startswith("/[")


@pytest.mark.parametrize("path", ["/", "/cases?region=London&page=2", "/people/invite"])
def test_next_keeps_a_path_of_ours(path: str) -> None:
    """Filters and sub-pages survive sign-in."""
    assert same_origin_path(path) == path


@pytest.mark.parametrize("role", list(Role))
def test_navigation_shows_what_opens(role: Role, signed_in_as: SignIn) -> None:
    """A link that leads to "not found", or a page that nobody can find, would show here."""
    visitor = signed_in_as(role)
    page = visitor.get("/account").text
    assert (">People<" in page) == (role is Role.ADMINISTRATOR)
    assert visitor.get("/people").status_code == (200 if role is Role.ADMINISTRATOR else 404)
    assert visitor.get(visitor.get("/").location).status_code == 200


def test_every_endpoint_says_what_it_needs(site: Flask) -> None:
    """The registry that the matrix is generated from must be whole."""
    needs = site.extensions["clearinghouse.needs"]
    assert {rule.endpoint for rule in site.url_map.iter_rules()} == set(needs)
    assert all(isinstance(need, Permission | Openness) for need in needs.values())


@pytest.mark.parametrize(
    ("role", "home", "has_agenda"),
    [
        (Role.ASSOCIATE, "/cases", True),
        (Role.COORDINATOR, "/cases", True),
        (Role.LEAD, "/cases", True),
        (Role.POLITICAL_LEAD, "/cases", True),
        (Role.AUDIT_OFFICER, "/cases", False),
        (Role.REGULATOR, "/packs", False),
        (Role.ADMINISTRATOR, "/people", False),
    ],
)
def test_everybody_begins_where_their_work_is_and_only_who_can_owe_something_has_an_agenda(
    signed_in_as: SignIn, role: Role, home: str, has_agenda: bool
) -> None:
    """An administrator would land on an agenda that is empty for ever."""
    visitor = signed_in_as(role, None)
    assert visitor.get("/").location == home
    page = visitor.get("/account").text
    assert ('href="/agenda"' in page) is has_agenda
    assert ("Your role opens no case" in page) is (home == "/account")
