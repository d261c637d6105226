"""A passkey in a real browser: made, signed in with, asked for before a grave act, and removed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from clearinghouse.access.roles import Grant, Region, Role
from clearinghouse.casework.people.accounts import propose_grant
from clearinghouse.casework.people.invitations import invite
from clearinghouse.casework.sign_in.sessions import FRESH
from clearinghouse.casework.world import World
from tests.factories.people import person
from tests.journeys.site import Site, served
from tests.journeys.visitor import Visitor
from tests.worlds import Clock

pytestmark = [pytest.mark.browser, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture
def small_site(sqlite_world: World, clock: Clock, tmp_path: Path) -> Iterator[Site]:
    """The site under the name that passkeys are bound to; what is looked at here does not depend on the database."""
    with served(sqlite_world, clock, tmp_path / "home") as running:
        yield replace(running, address=running.address.replace("127.0.0.1", "localhost"))


def give_device(visitor: Visitor) -> None:
    """A device beside the browser, which keeps passkeys and looks at its owner."""
    devices = visitor.page.context.new_cdp_session(visitor.page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def ask_device(visitor: Visitor, button: str, then: str) -> None:
    """Press a button that asks the device, and wait for what comes of it."""
    visitor.page.get_by_role("button", name=button).click()
    expect(visitor.page.get_by_text(then).first).to_be_visible()


def test_a_passkey_from_making_to_removing(small_site: Site, browser: Browser, axe_script: str) -> None:
    """The script, the headers or a form would keep the device's answer from us."""
    world = small_site.world
    newcomer = person(world, Role.ASSOCIATE)
    proposer = person(world, Role.ADMINISTRATOR, None)
    propose_grant(world, proposer, newcomer.person, Grant(Role.LEAD, Region.LONDON))
    visitor = Visitor(browser, small_site).sign_in(person(world, Role.ADMINISTRATOR, None))
    give_device(visitor)
    visitor.go("/account/sign-in").sees("You have no passkey").follow("Add a passkey").check(axe_script)
    visitor.fill("Name of the passkey", "Office laptop")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_text("The passkey is added")).to_be_visible()
    visitor.check(axe_script)
    visitor.follow("Add a passkey").fill("Name of the passkey", "Twice")
    ask_device(visitor, "Make the passkey", "has a passkey of yours already")
    visitor.press("Sign out").check(axe_script)
    ask_device(visitor, "Sign in with a passkey", "Waiting for a second administrator")

    small_site.clock.instant += FRESH
    visitor.press("Confirm").sees("Confirm that it is you").check(axe_script)
    ask_device(visitor, "Use a passkey", "The role is confirmed")

    visitor.go("/account/sign-in").sees("Office laptop", "Last used on").press("Remove Office laptop")
    visitor.sees("The passkey is removed", "You have no passkey").press("Sign out")
    ask_device(visitor, "Sign in with a passkey", "does not sign you in here")
    visitor.leave()


def test_joining_with_a_passkey(small_site: Site, browser: Browser, axe_script: str) -> None:
    """A newcomer who has no app must get in all the same, and back in with nothing but the device."""
    admin = person(small_site.world, Role.ADMINISTRATOR, None)
    wanted = [Grant(Role.LEAD, Region.LONDON)]
    invited = invite(small_site.world, admin, "ola@council.example", "Ola Brand", wanted)
    visitor = Visitor(browser, small_site)
    give_device(visitor)
    visitor.go("/join/" + invited.link.rpartition("/")[2])
    visitor.fill("Choose a password", "copper lantern meadow")
    visitor.fill("Type the password again", "copper lantern meadow").press("Continue").check(axe_script)
    ask_device(visitor, "Make a passkey", "Your recovery codes")
    visitor.go("/account").press("Sign out")
    ask_device(visitor, "Sign in with a passkey", "Ola Brand")
    visitor.leave()
