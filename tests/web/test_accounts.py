"""How people look after accounts on the site: resets by two, one's own sessions and password, roles under review."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from clearinghouse.access.roles import Role
from clearinghouse.casework.people.resets import ResetReason, propose_reset, resets_of
from clearinghouse.casework.world import World
from tests.factories.accounts import PASSWORD, can_sign_in, code_now
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.web.form_fillers import FormFiller
from tests.web.visitors import Visitor, signed_in
from tests.worlds import Clock

SignIn = Callable[..., Visitor]
GOOD = {"password": "copper lantern meadow", "again": "copper lantern meadow"}


def test_a_reset_by_two_from_the_first_click_to_the_way_back(
    site: Flask, sqlite_world: World, stranger: Visitor
) -> None:
    """What one administrator sees the other does not, and the person needs both."""
    lead = person(sqlite_world, Role.LEAD, name="Lou Marsh")
    asks, hears = (
        FormFiller(site, sqlite_world, person(sqlite_world, Role.ADMINISTRATOR, None)) for _ in range(2)
    )
    path = f"/people/{lead.id}"
    asks.get(f"{path}/reset")
    assert asks.post(f"{path}/reset").status_code == 422
    asks.post(f"{path}/reset", reason="lost_device")
    assert "It waits for another administrator" in asks.page
    assert "Go on to confirm" not in asks.page
    confirm = re.search(r"/people/resets/[0-9a-f-]{36}", hears.get(path).text)
    assert confirm
    assert asks.get(confirm[0]).status_code == 422
    assert "Iris" not in hears.get(confirm[0]).text
    assert hears.post(confirm[0]).status_code == 422
    shown = hears.post(confirm[0], heard="by_telephone").text
    link = re.search(r"/join/[\w-]+", shown)
    assert link
    code = re.search(r'app-secret">([a-z-]{14})<', asks.get(path).text)
    assert code
    assert code[1] not in hears.get(path).text
    assert link[0] not in asks.page
    assert stranger.post(link[0], GOOD).status_code == 422
    assert stranger.post(link[0], {**GOOD, "spoken": "bbbb-bbbb-bbbb"}).status_code == 422
    assert stranger.post(link[0], {**GOOD, "spoken": code[1]}).location == f"{link[0]}/code"


def test_only_the_person_says_that_they_did_not_ask(sqlite_world: World, signed_in_as: SignIn) -> None:
    """Any colleague could otherwise keep somebody locked out."""
    admin, lead = person(sqlite_world, Role.ADMINISTRATOR, None), signed_in_as(Role.LEAD)
    assert lead.actor
    propose_reset(sqlite_world, admin, lead.actor.person, ResetReason.LOST_DEVICE)
    waiting = resets_of(sqlite_world, admin, lead.actor.person)[0]
    path = f"/account/resets/{waiting.id}/withdraw"
    assert signed_in_as(Role.LEAD).post(path).status_code == 404
    assert "I did not ask for this" in lead.get("/account").text
    assert lead.post(path).location == "/account"
    assert "I did not ask for this" not in lead.get("/account").text


@pytest.mark.parametrize("act", ["reset", "confirm a reset", "propose a role"])
def test_the_gravest_acts_on_accounts_ask_who_sits_there(
    sqlite_world: World, signed_in_as: SignIn, clock: Clock, act: str
) -> None:
    """An administrator's browser that was left open must not make a reader, or let one in."""
    lead, other = person(sqlite_world, Role.LEAD), person(sqlite_world, Role.ADMINISTRATOR, None)
    propose_reset(sqlite_world, other, lead.person, ResetReason.LOST_DEVICE)
    waiting = resets_of(sqlite_world, other, lead.person)[0]
    path, answers = {
        "reset": (f"/people/{lead.id}/reset", {"reason": "lost_device"}),
        "confirm a reset": (f"/people/resets/{waiting.id}", {"heard": "in_person"}),
        "propose a role": (f"/people/{lead.id}/roles/new", {"role": "associate", "region": "London"}),
    }[act]
    admin = signed_in_as(Role.ADMINISTRATOR, None)
    token = admin.csrf_token()
    clock.pass_days(11 / 1440)
    answer = admin.post(path, {**answers, "csrf_token": token})
    assert (answer.status_code, "proof_code" in answer.text) == (403, True)
    assert resets_of(sqlite_world, other, lead.person)[0].state == "waiting"


def test_a_new_password_on_the_site(sqlite_world: World, signed_in_as: SignIn, clock: Clock) -> None:
    """What is wrong is told at its field, and no password comes back on a page."""
    lead = signed_in_as(Role.LEAD)
    assert lead.actor
    can_sign_in(sqlite_world, lead.actor)
    path = "/account/sign-in/password"
    wrong = lead.post(path, {"current": "not it at all", **GOOD})
    assert (wrong.status_code, "This is not your password" in wrong.text) == (422, True)
    assert "not it at all" not in wrong.text
    differs = lead.post(path, {"current": PASSWORD, **GOOD, "again": "copper lantern"})
    assert "not the same" in differs.text
    shown = re.search(r'name="post_key" value="([^"]+)"', wrong.text)
    assert shown
    mended = {"current": PASSWORD, "post_key": shown[1], **GOOD}
    assert lead.post(path, mended).location == "/account/sign-in", "the form was used up by a wrong password"
    assert lead.post(path, mended).location == "/account/sign-in", "a repeat leads to the same place"
    clock.pass_days(11 / 1440)
    assert lead.get(path).location.startswith("/account/prove"), "asked before anything is typed"


def test_one_session_is_ended_and_no_others(
    site: Flask, sqlite_world: World, signed_in_as: SignIn, stranger: Visitor
) -> None:
    """The list is one's own; what somebody else's address of a session would do is not there."""
    lead = person(sqlite_world, Role.LEAD)
    email = can_sign_in(sqlite_world, lead)
    stranger.post("/sign-in", {"email": email, "password": PASSWORD}, headers={"User-Agent": "Firefox/1"})
    stranger.post("/sign-in/code", {"code": code_now(sqlite_world)}, headers={"User-Agent": "Firefox/1"})
    mine = signed_in(site, sqlite_world, lead)
    page = mine.get("/account").text
    assert "Firefox on another system" in page
    end = re.search(r"/account/sessions/[0-9a-f-]{36}/end", page)
    assert end
    assert signed_in_as(Role.ADMINISTRATOR, None).post(end[0]).status_code == 404
    assert stranger.get("/account").status_code == 200
    assert mine.post(end[0]).location == "/account"
    assert stranger.get("/account").status_code == 302
    assert mine.get("/account").status_code == 200


def test_an_administrators_page_of_what_somebody_sees_is_the_same_with_cases_and_without(
    sqlite_world: World, signed_in_as: SignIn
) -> None:
    """To the letter, tokens aside: not even that there is one."""
    admin, associate = signed_in_as(Role.ADMINISTRATOR, None), person(sqlite_world, Role.ASSOCIATE)
    path = f"/people/{associate.id}/sight"

    def shown() -> str:
        return re.sub(r'(content|value)="[\w.-]{60,}"', "", admin.get(path).text)

    before = shown()
    logged_case(sqlite_world, associate, authority(sqlite_world))
    assert shown() == before
    assert "Regional associate" in before
    assert signed_in_as(Role.LEAD).get(path).status_code == 404


def test_roles_are_reviewed_on_the_site(sqlite_world: World, signed_in_as: SignIn, clock: Clock) -> None:
    """The filter stays in the address, the file has what the list has, and a reader of cases finds nothing there."""
    person(sqlite_world, Role.LEAD, name="=1+1 Ola")
    clock.pass_days(61)
    auditor = signed_in_as(Role.AUDIT_OFFICER, None)
    page = auditor.get("/grants?unused=1&role=lead&region=nowhere&grant_id=x&_external=1").text
    assert "=1+1 Ola" in page
    assert 'href="/people/' not in page
    review = re.search(r'action="(/grants/[0-9a-f-]{36}/review\?[^"]*)"', page)
    assert review
    done = auditor.post(review[1].replace("&amp;", "&"), {"answer": "not_needed"})
    assert done.location == "/grants?unused=1&role=lead&region=nowhere"
    assert auditor.post(review[1].partition("?")[0], {"answer": "perhaps"}).location == "/grants"
    file = auditor.get("/grants.csv?role=lead")
    assert file.mimetype == "text/csv"
    assert "'=1+1 Ola" in file.text
    admin = signed_in_as(Role.ADMINISTRATOR, None)
    assert "1 not used for 60 days" in admin.get("/people").text
    for path in ("/grants", "/grants.csv"):
        assert signed_in_as(Role.LEAD).get(path).status_code == 404
