"""Signing in, joining and coming back in the browser's words: forms, redirects, cookies and what was typed."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from clearinghouse.access.roles import Grant, Region, Role
from clearinghouse.casework.demo.people import PEOPLE, make_demo_people
from clearinghouse.casework.drafts import my_drafts
from clearinghouse.casework.people.invitations import invite
from clearinghouse.casework.sign_in.own_sessions import own_sessions
from clearinghouse.casework.sign_in.second_factors import STEP, code_at
from clearinghouse.casework.world import World
from clearinghouse.web.site import build_site
from tests.factories.accounts import PASSWORD, can_sign_in, code_now
from tests.factories.authorities import authority
from tests.factories.people import person
from tests.web.visitors import Visitor
from tests.worlds import Clock, settings_for

SignIn = Callable[..., Visitor]


def give_password(visitor: Visitor, email: str, next_: str = "") -> str:
    """The first step; gives where it leads."""
    answer = visitor.post(f"/sign-in?next={next_}", {"email": email, "password": PASSWORD})
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def test_signing_in_leads_back_and_begins_a_new_cookie(
    sqlite_world: World, stranger: Visitor, clock: Clock
) -> None:
    """A cookie from before sign-in must not become a signed-in one."""
    lead = person(sqlite_world, Role.LEAD)
    before = stranger.get("/sign-in") and stranger.cookie()
    to_code = give_password(stranger, can_sign_in(sqlite_world, lead), "/account/links")
    assert to_code == "/sign-in/code?next=/account/links"
    answer = stranger.post(to_code, {"code": code_now(sqlite_world)})
    assert answer.location == "/account/links"
    assert stranger.get("/account/links").status_code == 200
    stranger.client.set_cookie("clearinghouse", before)
    assert stranger.get("/account/links").status_code == 302


def test_a_cookie_is_dead_after_sign_out(signed_in_as: SignIn) -> None:
    """Whoever copied the cookie must find it worthless."""
    visitor = signed_in_as(Role.LEAD)
    visitor.get("/account")
    copied = visitor.cookie()
    assert visitor.post("/sign-out").location == "/sign-in"
    assert "You are signed out" in visitor.get("/sign-in").text
    assert "You are signed out" not in visitor.get("/sign-in").text
    visitor.client.set_cookie("clearinghouse", copied)
    assert visitor.get("/account").status_code == 302


@pytest.mark.parametrize("way", ["/sign-out", "/account/sign-out-everywhere", "this session"])
def test_the_browser_is_asked_to_forget_what_it_was_shown(
    way: str, sqlite_world: World, signed_in_as: SignIn
) -> None:
    """Whoever sits down next would go back to a page, or find it in the browser's store."""
    visitor = signed_in_as(Role.LEAD)
    if way == "this session":
        assert visitor.actor
        (own,) = own_sessions(sqlite_world, visitor.actor, "127.0.0.1")
        way = f"/account/sessions/{own.id}/end"
    answer = visitor.post(way)
    assert (answer.location, answer.headers["Clear-Site-Data"]) == ("/sign-in", '"cache", "storage"')
    assert "Clear-Site-Data" not in visitor.get("/sign-in").headers


def test_wrong_answers_are_told_at_the_form(sqlite_world: World, stranger: Visitor) -> None:
    """A mistype is a message and another try, never a lost page."""
    email = can_sign_in(sqlite_world, person(sqlite_world, Role.LEAD))
    answer = stranger.post("/sign-in", {"email": email, "password": "not it"})
    assert (answer.status_code, "The email address or the password is wrong" in answer.text) == (422, True)
    assert "not it" not in answer.text
    give_password(stranger, email)
    answer = stranger.post("/sign-in/code", {"code": "000000"})
    assert (answer.status_code, "The code is wrong" in answer.text) == (422, True)


def test_the_code_page_needs_the_first_step(stranger: Visitor) -> None:
    """Nobody begins with the code."""
    assert stranger.get("/sign-in/code").location == "/sign-in"
    assert "Enter your email address and password again" in stranger.post("/sign-in/code", {"code": "1"}).text


def test_too_many_tries_are_a_plain_page(sqlite_world: World, stranger: Visitor) -> None:
    """The eleventh try within a quarter of an hour is told to wait."""
    answers = [
        stranger.post("/sign-in", {"email": "x@y.example", "password": "wrong"}).status_code
        for _ in range(11)
    ]
    assert answers == [422] * 10 + [429]


def test_joining_by_a_link(site: Flask, sqlite_world: World, stranger: Visitor) -> None:
    """Password, QR code, first code, ten recovery codes shown once, and in."""
    admin = person(sqlite_world, Role.ADMINISTRATOR, None)
    invited = invite(
        sqlite_world, admin, "ola@council.example", "Ola Brand", [Grant(Role.LEAD, Region.LONDON)]
    )
    path = invited.link.removeprefix(sqlite_world.base_url)
    assert "Welcome, Ola Brand" in stranger.get(path).text
    bad = stranger.post(path, {"password": "ola brand forever", "again": "ola brand forever"})
    assert (bad.status_code, "must not contain your name" in bad.text) == (422, True)
    differs = stranger.post(path, {"password": "copper lantern meadow", "again": "copper lantern"})
    assert "not the same" in differs.text
    good = {"password": "copper lantern meadow", "again": "copper lantern meadow"}
    page = stranger.get(stranger.post(path, good).location).text
    assert "<svg" in page
    assert "style=" not in page
    secret = re.search(r'app-secret">([A-Z2-7]{32})<', page)
    assert secret
    code = code_at(secret[1], int(sqlite_world.now().timestamp()) // STEP)
    done = stranger.post(f"{path}/code", {"code": code}).text
    assert len(set(re.findall(r"[2-9a-z]{4}(?:-[2-9a-z]{4}){3}", done))) == 10
    assert "You hold no role yet" in stranger.get("/account").text
    assert stranger.get(path).status_code == 404


def test_whoever_chose_a_password_before_its_person_did_sees_nothing_of_theirs(
    site: Flask, sqlite_world: World, stranger: Visitor
) -> None:
    """An administrator who tries the link first would be shown the second factor that its person sets up later."""
    admin = person(sqlite_world, Role.ADMINISTRATOR, None)
    invited = invite(sqlite_world, admin, "ola@council.example", "Ola", [Grant(Role.LEAD, Region.LONDON)])
    path, first = invited.link.removeprefix(sqlite_world.base_url), Visitor(site)
    for visitor, words in ((first, "another lantern meadow"), (stranger, "copper lantern meadow")):
        to_code = visitor.post(path, {"password": words, "again": words}).location
        assert "app-secret" in visitor.get(to_code).text
    assert first.get(f"{path}/code").location == path
    assert first.post(f"{path}/code", {"code": "000000"}).location == path
    assert first.post(f"{path}/passkey/ask").status_code == 404
    assert first.post(f"{path}/passkey", {"passkey": "{}"}).status_code == 404
    assert "app-secret" in stranger.get(f"{path}/code").text


def test_what_was_sent_after_the_session_ran_out_comes_back(
    sqlite_world: World, signed_in_as: SignIn, clock: Clock
) -> None:
    """Nothing typed is ever lost: it waits, sealed, for that person alone, and can be sent again."""
    council = authority(sqlite_world)
    visitor = signed_in_as(Role.LEAD)
    typed = {"authority": str(council), "kind": "family", "csrf_token": visitor.csrf_token()}
    clock.pass_days(0.1)
    answer = visitor.post("/account/links", typed)
    assert answer.location == "/sign-in?next=/account/kept"
    assert visitor.actor
    other = signed_in_as(Role.LEAD)
    assert str(council) not in other.get("/account/kept").text
    email = can_sign_in(sqlite_world, visitor.actor)
    visitor.post(give_password(visitor, email, "/account/kept"), {"code": code_now(sqlite_world)})
    page = visitor.get("/account/kept").text
    assert str(council) in page
    assert 'action="/account/links"' in page
    again = {key: value for key, value in typed.items() if key != "csrf_token"}
    sent = visitor.post("/account/links", {**again, "kept": "kept:/account/links"})
    assert sent.location == "/account/links"
    assert "Nothing waits for you here" in visitor.get("/account/kept").text


def test_a_forged_post_after_the_session_ran_out_is_kept_for_nobody(
    sqlite_world: World, signed_in_as: SignIn, clock: Clock
) -> None:
    """A page from elsewhere would lay out what somebody is to send in their own name."""
    visitor = signed_in_as(Role.LEAD)
    assert visitor.actor
    clock.pass_days(0.1)
    assert visitor.post("/account/links", {"kind": "family", "csrf_token": "forged"}).status_code == 400
    assert not my_drafts(sqlite_world, visitor.actor)


def test_a_page_that_nobody_sits_at_keeps_no_session_open(signed_in_as: SignIn, clock: Clock) -> None:
    """An open page asks how long is left and saves what was typed: a thief must not find it signed in for that."""
    visitor = signed_in_as(Role.LEAD)
    token, unattended = visitor.csrf_token(), {"X-Unattended": "1"}
    clock.pass_days(14 / 1440)
    assert visitor.get("/session/left", headers=unattended).json == {"seconds_left": 60}
    typed = {"words": "what I think", "password": "secret", "csrf_token": token}
    kept = visitor.post("/account/kept/keep?path=/account/links", typed, headers=unattended)
    assert kept.json == {"kept": "kept:/account/links"}
    assert visitor.post("/drafts/notes", typed, headers=unattended).status_code == 204
    clock.pass_days(1 / 1440)
    assert visitor.get("/session/left", headers=unattended).status_code == 302
    assert visitor.get("/account").status_code == 302


def test_what_was_kept_for_a_path_elsewhere_is_not(signed_in_as: SignIn) -> None:
    """A kept form posts where it says: that must be here."""
    visitor = signed_in_as(Role.LEAD)
    for path in ("https://elsewhere.example/", "//elsewhere.example", ""):
        assert visitor.post(f"/account/kept/keep?path={path}", {"words": "x"}).status_code == 422


def test_a_form_says_without_scripts_when_its_time_is_over(signed_in_as: SignIn) -> None:
    """Whoever has no script is warned by nothing else."""
    page = signed_in_as(Role.LEAD).get("/account/links").text
    assert "You are signed out at 9:45am unless" in page


def test_nothing_is_kept_after_signing_out(signed_in_as: SignIn) -> None:
    """A session that was ended on purpose keeps nothing for whoever sits down next."""
    visitor = signed_in_as(Role.LEAD)
    token, cookie = visitor.csrf_token(), visitor.cookie()
    visitor.post("/sign-out")
    visitor.client.set_cookie("clearinghouse", cookie)
    answer = visitor.client.post("/account/links", data={"kind": "family", "csrf_token": token})
    assert answer.location == "/sign-in"


def test_a_repeated_post_is_done_once(sqlite_world: World, signed_in_as: SignIn) -> None:
    """A lost answer and a second click must not declare twice."""
    council = authority(sqlite_world)
    visitor = signed_in_as(Role.LEAD)
    data = {"authority": str(council), "kind": "family", "post_key": "01a200d5-cb5a-7326-9299-76c0ea46cc6b"}
    assert [visitor.post("/account/links", data).location for _ in range(3)] == ["/account/links"] * 3
    assert visitor.get("/account/links").text.count("Declared by") == 1


@pytest.fixture
def demo(sqlite_world: World, tmp_path: Path) -> Visitor:
    """A stranger at a demo's sign-in page."""
    world = replace(sqlite_world, demo=True)
    make_demo_people(world)
    return Visitor(build_site(world, settings_for(tmp_path / "home")))


def test_a_demo_lets_a_newcomer_in(demo: Visitor) -> None:
    """Two clicks: a person, and the code that is already there; again at once, for the code is then the next one."""
    page = demo.get("/sign-in").text
    assert all(person.name in page and person.purpose[1:] in page for person in PEOPLE)
    for _ in range(2):
        answer = demo.post("/sign-in/demo", {"email": PEOPLE[0].email})
        assert answer.location == "/sign-in/code"
        code = re.search(r'value="(\d{6})"', demo.get("/sign-in/code").text)
        assert code
        assert demo.post("/sign-in/code", {"code": code[1]}).status_code == 302
        assert "Ada Okafor" in demo.get("/account").text
        assert ">Demo.<" in demo.get("/account").text
        demo.post("/sign-out")


def test_the_demo_door_is_shut_in_earnest(sqlite_world: World, stranger: Visitor) -> None:
    """Outside a demo no page offers anybody, and the demo's post is not there."""
    assert "Choose somebody" not in stranger.get("/sign-in").text
    assert stranger.post("/sign-in/demo", {"email": PEOPLE[0].email}).status_code == 404
