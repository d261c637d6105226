"""The page between: the gravest acts ask who sits there, whoever posts from wherever, and go on with what was typed."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Grant, Region, Role
from clearinghouse.casework.people.accounts import confirm_grant, propose_grant
from clearinghouse.casework.sign_in.sessions import CODE_LIMIT, FRESH
from clearinghouse.casework.world import World
from clearinghouse.records.people import RoleGrant
from clearinghouse.web.pages import ASKING_PROOF
from tests.factories.accounts import can_sign_in, code_now
from tests.factories.passkeys import with_passkey
from tests.factories.people import person
from tests.web.form_fillers import hidden_fields
from tests.web.visitors import Visitor, signed_in
from tests.worlds import Clock

SignIn = Callable[..., Visitor]

GRAVEST = {
    "account.change",
    "account.password",
    "break_glass.index",
    "collecting.give",
    "collecting.take_back",
    "escalations.correct",
    "escalations.new",
    "escalations.refer_page",
    "exports.approve",
    "passkeys.add",
    "passkeys.app",
    "passkeys.begin_app",
    "passkeys.ask",
    "passkeys.change_app",
    "passkeys.new",
    "passkeys.remove",
    "passkeys.renew_codes",
    "people.confirm_reset",
    "people.confirm_role",
    "people.propose_reset",
    "people.propose_role",
    "retention.agree",
    "retention.confirm",
    "risk.confirm",
    "single_sign_on.unbind",
    "subject_parts.approve",
    "walls.answer",
    "walls.ask",
}
"""What asks who sits there. A page that leaves this list is open to whoever finds a browser signed in."""


@pytest.fixture
def administrator(signed_in_as: SignIn, sqlite_world: World, clock: Clock) -> Visitor:
    """An administrator who signed in some minutes ago."""
    visitor = signed_in_as(Role.ADMINISTRATOR, None)
    assert visitor.actor
    can_sign_in(sqlite_world, visitor.actor)
    clock.instant += FRESH
    return visitor


@pytest.fixture
def act(sqlite_world: World) -> str:
    """Where a role that waits is confirmed."""
    newcomer = person(sqlite_world, Role.ASSOCIATE)
    proposer = person(sqlite_world, Role.ADMINISTRATOR, None)
    propose_grant(sqlite_world, proposer, newcomer.person, Grant(Role.LEAD, Region.LONDON))
    with sqlite_world.reading(OPERATOR) as work:
        grant = work.session.scalars(select(RoleGrant.id).where(RoleGrant.confirmed_at.is_(None))).one()
    return f"/people/roles/{grant}/confirm"


def is_confirmed(world: World) -> bool:
    with world.reading(OPERATOR) as work:
        return not work.session.scalars(select(RoleGrant.id).where(RoleGrant.confirmed_at.is_(None))).all()


def test_each_of_the_gravest_acts_asks(site: Flask) -> None:
    """One that lost its declaration would be done by whoever finds a browser open."""
    assert site.extensions[ASKING_PROOF] >= GRAVEST


def test_a_direct_post_is_asked_too_and_goes_on_with_the_code(
    sqlite_world: World, administrator: Visitor, act: str
) -> None:
    """The question must stand before the act, not before the page that leads to it."""
    asked = administrator.post(act, {"note": "as agreed"})
    assert (asked.status_code, "Confirm that it is you" in asked.text) == (403, True)
    assert not is_confirmed(sqlite_world)
    fields = hidden_fields(asked.text)
    assert 'name="note" value="as agreed"' in asked.text
    for wrong in ("", "000000"):
        again = administrator.post(act, {**fields, "note": "as agreed", "proof_code": wrong})
        assert again.status_code == 422
        assert 'name="note" value="as agreed"' in again.text
    assert not is_confirmed(sqlite_world)
    assert "as agreed" in administrator.get("/account/kept").text
    assert f'name="kept" value="kept:{act}"' in asked.text
    done = administrator.post(act, {**fields, "kept": f"kept:{act}", "proof_code": code_now(sqlite_world)})
    assert done.status_code == 302
    assert is_confirmed(sqlite_world)
    assert "as agreed" not in administrator.get("/account/kept").text


def test_a_passkey_is_a_proof_too(
    sqlite_world: World, administrator: Visitor, act: str, clock: Clock
) -> None:
    assert administrator.actor
    with administrator.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    device = with_passkey(sqlite_world, administrator.actor, token)
    administrator.post(act)
    question = administrator.post("/account/prove/passkey").text
    answer = device.prove(question)
    assert administrator.post(act, {"proof_passkey": answer}).status_code == 302
    assert is_confirmed(sqlite_world)
    clock.instant += FRESH
    assert administrator.post(f"/people/{uuid4()}/reset", {"proof_passkey": answer}).status_code == 422


def test_what_was_typed_is_kept_meanwhile(sqlite_world: World, administrator: Visitor) -> None:
    """Somebody without their telephone at hand closes the page: their words wait for them alone."""
    path = f"/people/{uuid4()}/reset"
    asked = administrator.post(path, {"note": "typed with care"})
    assert "typed with care" in administrator.get("/account/kept").text
    assert f'name="kept" value="kept:{path}"' in asked.text
    for secret in ("password", "again", "current", "public_key"):
        asked = administrator.post(path, {secret: "in confidence"})
        assert "in confidence" not in asked.text
        assert "in confidence" not in administrator.get("/account/kept").text


def test_another_sessions_proof_is_worth_nothing(
    site: Flask, sqlite_world: World, administrator: Visitor, act: str
) -> None:
    """Somebody who signs in elsewhere does not open the browser that they left behind."""
    assert administrator.actor
    elsewhere = signed_in(site, sqlite_world, administrator.actor)
    assert administrator.post(act).status_code == 403
    assert elsewhere.post(act).status_code == 302


def test_a_proof_from_before_a_change_of_role_is_gone(
    site: Flask, sqlite_world: World, signed_in_as: SignIn, act: str
) -> None:
    """Sessions end with a role, and their proof with them: a new role never begins proved."""
    fresh = signed_in_as(Role.ADMINISTRATOR, None)
    proposer, confirmer = (person(sqlite_world, Role.ADMINISTRATOR, None) for _ in range(2))
    assert fresh.actor
    with sqlite_world.reading(OPERATOR) as work:
        before = set(work.session.scalars(select(RoleGrant.id)))
    lead = person(sqlite_world, Role.ASSOCIATE)
    visitor = signed_in(site, sqlite_world, lead)
    propose_grant(sqlite_world, proposer, lead.person, Grant(Role.LEAD, Region.LONDON))
    with sqlite_world.reading(OPERATOR) as work:
        made = work.session.scalars(
            select(RoleGrant.id).where(RoleGrant.user_id == lead.id, RoleGrant.confirmed_at.is_(None))
        ).one()
    assert made not in before
    confirm_grant(sqlite_world, confirmer, made)
    assert visitor.get("/account/sign-in/app").location.startswith("/sign-in?")
    assert visitor.post("/account/sign-in/codes").location.startswith("/sign-in")


def test_a_forged_post_is_not_passed_on(administrator: Visitor, act: str) -> None:
    """The page between carries a token: without asking for one first it would lend it to another site's post."""
    answer = administrator.client.post(act, data={"note": "forged"})
    assert (answer.status_code, "forged" in answer.text.replace("Forged", "")) == (400, True)
    assert "Confirm that it is you" not in answer.text


def test_guesses_are_counted_with_those_at_the_door(administrator: Visitor, act: str) -> None:
    """Somebody at an open browser tries no more codes here than at sign-in."""
    answers = [administrator.post(act, {"proof_code": "000000"}).status_code for _ in range(CODE_LIMIT + 1)]
    assert answers == [422] * CODE_LIMIT + [429]


def test_a_page_is_opened_once_it_is_proved(sqlite_world: World, administrator: Visitor) -> None:
    """What shows a secret asks before it shows it, and leads where it was asked for."""
    where = administrator.get("/account/sign-in/passkeys/new").location
    assert where == "/account/prove?next=/account/sign-in/passkeys/new"
    assert administrator.post(where, {"proof_code": "000000"}).status_code == 422
    there = administrator.post(where, {"proof_code": code_now(sqlite_world)}).location
    assert there == "/account/sign-in/passkeys/new"
    assert "Name of the passkey" in administrator.get(there).text
    evil = administrator.post("/account/prove?next=//evil.example/", {"proof_code": "x"})
    assert "evil.example/" not in re.findall(r'href="([^"]*)"', evil.text)


def test_what_may_not_be_done_is_not_there_even_to_be_proved(
    administrator: Visitor, signed_in_as: SignIn
) -> None:
    """A question would tell a colleague that there is something behind it."""
    colleague = signed_in_as(Role.ASSOCIATE)
    for visitor in (colleague, administrator):
        assert visitor.post(f"/cases/{uuid4()}/refer", {"why": "x"}).status_code == 404
