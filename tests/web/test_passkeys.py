"""Passkeys in the browser's words: questions and answers travel by forms, and the cookie holds no challenge."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from clearinghouse.access.roles import Grant, Region, Role
from clearinghouse.casework.people.invitations import invite
from clearinghouse.casework.sign_in.passkeys import sign_in_view
from clearinghouse.casework.sign_in.second_factors import STEP, code_at, new_secret
from clearinghouse.casework.world import World
from clearinghouse.web.site import build_site
from tests.factories.accounts import PASSWORD, can_sign_in
from tests.factories.passkeys import Device
from tests.factories.people import person
from tests.web.visitors import Visitor, signed_in
from tests.worlds import Clock, settings_for

SignIn = Callable[..., Visitor]


def made_by(visitor: Visitor, name: str = "Telephone") -> Device:
    """Add a passkey as the page and its script do."""
    device = Device()
    answer = device.make(visitor.post("/account/sign-in/passkeys/ask").text)
    done = visitor.post("/account/sign-in/passkeys/new", {"name": name, "passkey": answer})
    assert done.location == "/account/sign-in", done.text
    return device


def test_a_passkey_is_added_used_and_removed(
    sqlite_world: World, signed_in_as: SignIn, stranger: Visitor
) -> None:
    """The whole way, by what the pages post."""
    lead = signed_in_as(Role.LEAD)
    assert lead.actor
    can_sign_in(sqlite_world, lead.actor)
    assert 'data-passkey="make"' in lead.get("/account/sign-in/passkeys/new").text
    assert "Enter a name" in lead.post("/account/sign-in/passkeys/new", {"passkey": "{}"}).text
    assert (
        "could not be added"
        in lead.post("/account/sign-in/passkeys/new", {"name": "A", "passkey": "{}"}).text
    )
    device = made_by(lead)
    page = lead.get("/account/sign-in").text
    assert "Telephone" in page
    assert "Not used yet" in page
    wrong = stranger.post("/sign-in/passkey?next=/account", {"passkey": device.prove('{"challenge": "AA"}')})
    assert (wrong.status_code, "does not sign you in here" in wrong.text) == (422, True)
    question = stranger.post("/sign-in/passkey/ask")
    assert question.mimetype == "application/json"
    entered = stranger.post("/sign-in/passkey?next=/account", {"passkey": device.prove(question.text)})
    assert entered.location == "/account"
    assert lead.actor.name in stranger.get("/account").text
    (line,) = sign_in_view(sqlite_world, lead.actor).passkeys
    assert lead.post(f"/account/sign-in/passkeys/{line.id}/remove").location == "/account/sign-in"
    assert "Telephone" not in lead.get("/account/sign-in").text
    assert stranger.get("/account").location.startswith("/sign-in")
    question = stranger.post("/sign-in/passkey/ask")
    assert stranger.post("/sign-in/passkey", {"passkey": device.prove(question.text)}).status_code == 422


def test_whoever_has_a_passkey_that_may_be_copied_is_told_on_their_account(
    signed_in_as: SignIn, stranger: Visitor
) -> None:
    """Mail may be switched off: their own page must say it, until the passkey is gone."""
    lead = signed_in_as(Role.LEAD)
    device, words = made_by(lead), "may have been copied, and signs nobody in any more"
    assert words not in lead.get("/account").text
    device.counter = 7
    for counter in (7, 1):
        device.counter = counter
        question = stranger.post("/sign-in/passkey/ask").text
        answer = stranger.post("/sign-in/passkey", {"passkey": device.prove(question)})
        assert answer.status_code == (302 if counter == 7 else 422)
        stranger = Visitor(stranger.site)
    assert words in lead.get("/account").text
    page = lead.get("/account/sign-in").text
    assert "Refused" in page
    remove = re.search(r"/account/sign-in/passkeys/[0-9a-f-]{36}/remove", page)
    assert remove
    lead.post(remove[0])
    assert words not in lead.get("/account").text


def test_a_passkey_stands_in_for_the_code(
    sqlite_world: World, signed_in_as: SignIn, stranger: Visitor
) -> None:
    lead = signed_in_as(Role.LEAD)
    assert lead.actor
    email, device = can_sign_in(sqlite_world, lead.actor), made_by(lead)
    assert stranger.post("/sign-in/code/passkey/ask").status_code == 422
    to_code = stranger.post("/sign-in", {"email": email, "password": PASSWORD}).location
    assert "Use a passkey" in stranger.get(to_code).text
    wrong = stranger.post("/sign-in/code/passkey", {"passkey": "{}"})
    assert (wrong.status_code, "does not sign you in here" in wrong.text) == (422, True)
    question = stranger.post("/sign-in/code/passkey/ask").text
    answer = {"passkey": device.prove(question)}
    assert stranger.post("/sign-in/code/passkey", answer).status_code == 302
    assert lead.actor.name in stranger.get("/account").text


def test_joining_with_a_passkey_takes_the_browser_that_chose_the_password(
    site: Flask, sqlite_world: World, stranger: Visitor
) -> None:
    """Whoever else reads the link would add a passkey of their own to an account that is about to be."""
    admin = person(sqlite_world, Role.ADMINISTRATOR, None)
    invited = invite(sqlite_world, admin, "ola@council.example", "Ola", [Grant(Role.LEAD, Region.LONDON)])
    path = invited.link.removeprefix(sqlite_world.base_url)
    chosen = {"password": "copper lantern meadow", "again": "copper lantern meadow"}
    assert "Make a passkey" in stranger.get(stranger.post(path, chosen).location).text
    thief, device = Visitor(site), Device()
    assert thief.post(f"{path}/passkey/ask").status_code == 404
    answer = device.make(stranger.post(f"{path}/passkey/ask").text)
    assert thief.post(f"{path}/passkey", {"passkey": answer}).status_code == 404
    assert "could not be added" in stranger.post(f"{path}/passkey", {"passkey": "{}"}).text
    answer = device.make(stranger.post(f"{path}/passkey/ask").text)
    assert "Your recovery codes" in stranger.post(f"{path}/passkey", {"passkey": answer}).text
    page = stranger.get("/account/sign-in").text
    assert "The one you joined with" in page
    assert "Set up an app" in page


def test_a_new_app_counts_once_it_has_shown_a_code(
    sqlite_world: World, signed_in_as: SignIn, clock: Clock
) -> None:
    """A QR code that was never scanned would take the place of an app that works."""
    lead = signed_in_as(Role.LEAD)
    assert lead.actor
    can_sign_in(sqlite_world, lead.actor)
    assert lead.post("/account/sign-in/app", {"code": "000000"}).location == "/account/sign-in"
    assert lead.get("/account/sign-in/app").location == "/account/sign-in"
    page = lead.get(lead.post("/account/sign-in/app/new").location).text
    secret = page.split('app-secret">')[1].split("<")[0]
    step = int(sqlite_world.now().timestamp()) // STEP
    wrong = lead.post("/account/sign-in/app", {"code": code_at(new_secret(), step)})
    assert (wrong.status_code, secret in wrong.text) == (422, True)
    assert lead.post("/account/sign-in/app", {"code": code_at(secret, step)}).location == "/account/sign-in"
    clock.pass_days(11 / 1440)
    where = lead.get("/account/sign-in/passkeys/new").location
    assert lead.post(where, {"proof_code": code_at(secret, step + 22)}).status_code == 303


def test_new_codes_are_shown_once(signed_in_as: SignIn) -> None:
    lead = signed_in_as(Role.LEAD)
    assert "Your recovery codes" in lead.post("/account/sign-in/codes").text
    assert "10 recovery codes left" in lead.get("/account/sign-in").text


@pytest.mark.parametrize("path", ["/sign-in", "/account/sign-in"])
def test_nothing_is_offered_where_browsers_make_no_passkeys(
    sqlite_world: World, tmp_path: Path, path: str
) -> None:
    """A button that cannot work is a dead end, and the page says why there is none."""
    site = build_site(replace(sqlite_world, base_url="http://192.0.2.7"), settings_for(tmp_path / "home"))
    site.testing = True
    visitor = (
        signed_in(site, sqlite_world, person(sqlite_world, Role.LEAD)) if "account" in path else Visitor(site)
    )
    page = visitor.get(path).text
    assert "data-passkey" not in page
    assert ("Passkeys do not work at this installation’s address" in page) == ("account" in path)
    assert visitor.post("/sign-in/passkey/ask").status_code == 404
