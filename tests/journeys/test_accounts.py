"""The way in, from invitation to a confirmed role, and the warning before time runs out, in a browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from clearinghouse.access.roles import Role
from clearinghouse.casework.mail.letters import send_letters
from clearinghouse.casework.sign_in.second_factors import STEP, code_at
from clearinghouse.casework.world import World
from tests.factories.authorities import authority
from tests.factories.people import person
from tests.journeys.site import Site, served
from tests.journeys.visitor import Visitor
from tests.worlds import Clock

pytestmark = [pytest.mark.browser, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture
def small_site(sqlite_world: World, clock: Clock, tmp_path: Path) -> Iterator[Site]:
    """The site without a register; what is looked at here does not depend on the database."""
    with served(sqlite_world, clock, tmp_path / "home") as running:
        yield running


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_invitation_to_a_confirmed_role(
    small_site: Site, browser: Browser, axe_script: str, scripts: bool
) -> None:
    """A newcomer must get in by the link in their mail, and read nothing before a second administrator agreed."""
    world = small_site.world
    authority(world)
    inviter, confirmer = (person(world, Role.ADMINISTRATOR, None) for _ in range(2))
    first = Visitor(browser, small_site, scripts=scripts, axe=axe_script).sign_in(inviter)
    first.go("/people").press("Invite somebody") if scripts else first.go("/people/invite")
    first.press("Invite").sees("There is a problem", "Enter their full name", "Select a role")
    first.fill("Full name", "Ola Brand").fill("Email address", "ola@council.example")
    first.page.get_by_label("Lead", exact=True).check()
    first.page.get_by_label("Region", exact=True).select_option("London")
    first.press("Invite")
    first.sees("The invitation is on its way by mail.", "Waiting for a second administrator")

    send_letters(world)
    mail = small_site.mailbox.mails[-1]
    link = re.search(r"/join/[\w-]+", mail.get_payload(decode=True).decode())  # type: ignore[union-attr]  # not multipart
    assert link, "the mail carries no link"
    newcomer = Visitor(browser, small_site, scripts=scripts, axe=axe_script).go(link[0])
    newcomer.fill("Choose a password", "copper lantern meadow")
    newcomer.fill("Type the password again", "copper lantern meadow").press("Continue")
    secret = newcomer.page.locator(".app-secret").inner_text()
    newcomer.fill("Code that the app shows", code_at(secret, int(world.now().timestamp()) // STEP))
    newcomer.press("Finish").sees("Your recovery codes")
    newcomer.go("/account").sees("You hold no role yet")

    second = Visitor(browser, small_site, scripts=scripts, axe=axe_script).sign_in(confirmer)
    second.go("/people").sees("Confirm only if you have spoken to Ola Brand").press("Confirm")
    second.sees("The role is confirmed.", "Lead, London")
    assert newcomer.status("/account")[0] == 302, "sessions from before a change of role must be over"

    small_site.clock.pass_days(1 / 1440)
    newcomer.page.goto("/sign-in?next=/account")
    newcomer.fill("Email address", "ola@council.example").fill("Password", "copper lantern meadow")
    newcomer.press("Continue").fill("Code", code_at(secret, int(world.now().timestamp()) // STEP))
    newcomer.press("Sign in").sees("Lead, London")
    newcomer.go("/account/links").choose("Authority", "Midthorpe (Unitary authority)").choose(
        "link", "Family"
    )
    newcomer.press("Declare").sees("It holds from now on", "No end")
    newcomer.press("Sign out").sees("You are signed out")
    for visitor in (first, second, newcomer):
        visitor.leave()


def test_a_lead_who_lost_their_phone_comes_back_by_two_administrators(
    small_site: Site, browser: Browser, axe_script: str
) -> None:
    """The link from one, the code from the other, and everybody who leads knows; each page for any eye and screen."""
    world = small_site.world
    lead, other = (person(world, Role.LEAD, name=name) for name in ("Lou Marsh", "Ira Combe"))
    asks, hears = (person(world, Role.ADMINISTRATOR, None) for _ in range(2))
    first = Visitor(browser, small_site, axe=axe_script).sign_in(asks).go(f"/people/{lead.id}")
    first.follow("What Lou Marsh can see").sees("administrators learn nothing of cases")
    first.go(f"/people/{lead.id}").press("Propose a reset").press("Propose the reset").sees("Select why")
    first.choose("Why?", "They cannot give the second factor").press("Propose the reset")
    second = Visitor(browser, small_site, axe=axe_script).sign_in(hears).go("/people")
    second.press("Go on to confirm").press("Confirm the reset").sees("Select how you heard them")
    second.choose("How did you hear them?", "In person").press("Confirm the reset")
    link = second.page.locator(".app-secret").inner_text()
    second.go("/grants").sees("What counts as use").leave()
    code = first.go(f"/people/{lead.id}").page.locator(".app-secret").inner_text()
    back = Visitor(browser, small_site, axe=axe_script).go("/join/" + link.rpartition("/")[2])
    back.fill("Code that you were told", code).fill("Choose a password", "copper lantern meadow")
    back.fill("Type the password again", "copper lantern meadow").press("Continue")
    secret = back.page.locator(".app-secret").inner_text()
    back.fill("Code that the app shows", code_at(secret, int(world.now().timestamp()) // STEP)).press(
        "Finish"
    )
    back.go("/account").sees("Your password and second factor were reset", "This one")
    back.go("/account/sight").sees("Lead, North East").go("/account/sign-in/password").leave()
    told = Visitor(browser, small_site, axe=axe_script).sign_in(other).go("/account")
    told.sees("Lou Marsh’s password and second factor were reset").leave()
    first.leave()


def test_time_runs_out_with_a_warning(small_site: Site, browser: Browser, axe_script: str) -> None:
    """Two minutes before the end a person can stay, by keyboard alone; otherwise the page is not left open."""
    visitor = Visitor(browser, small_site, axe=axe_script)
    visitor.page.clock.install()
    visitor.sign_in(person(small_site.world, Role.ASSOCIATE)).go("/account")
    visitor.page.clock.run_for(12 * 60_000)
    expect(visitor.page.locator("dialog")).to_be_hidden()
    small_site.clock.pass_days(13.1 / 1440)
    visitor.page.clock.run_for(61 * 1000)
    dialog = visitor.page.get_by_role("dialog", name="You’re about to be signed out")
    expect(dialog).to_be_visible()
    expect(visitor.page.get_by_role("button", name="Stay signed in")).to_be_focused()
    expect(dialog.get_by_role("status").nth(1)).to_have_text("We will sign you out in 2 minutes.")
    visitor.check()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("dialog")).to_be_hidden()
    small_site.clock.pass_days(0.1)
    visitor.page.clock.run_for(15 * 60_000 + 2000)
    visitor.page.wait_for_url("**/sign-in?next=%2Faccount")
    visitor.leave()


def test_what_is_being_typed_when_time_runs_out_is_kept(
    small_site: Site, browser: Browser, axe_script: str
) -> None:
    """Nobody sits there any more: keeping must neither lose a word nor keep the session open for a thief."""
    authority(small_site.world)
    associate = person(small_site.world, Role.ASSOCIATE)
    visitor = Visitor(browser, small_site, axe=axe_script)
    visitor.page.clock.install()
    visitor.sign_in(associate).go("/account/links")
    visitor.page.get_by_label("Day", exact=True).fill("27")
    small_site.clock.pass_days(13.1 / 1440)
    visitor.page.clock.run_for(13 * 60_000 + 2000)
    expect(visitor.page.get_by_text("What you typed is kept for you.")).to_be_visible()
    small_site.clock.pass_days(2 / 1440)
    visitor.page.clock.run_for(2 * 60_000 + 2000)
    visitor.page.wait_for_url("**/sign-in?next=%2Faccount%2Fkept")
    assert visitor.status("/account")[0] == 302
    visitor.sign_in_again().go("/account/kept").sees("You were signed out before it was carried out")
    assert visitor.page.locator("[name=ended_on]").first.input_value() == "27"
    visitor.leave()


def test_what_was_sent_too_late_is_given_back(small_site: Site, browser: Browser, axe_script: str) -> None:
    """Somebody called away for an hour finds what they sent afterwards, and sends it again."""
    authority(small_site.world)
    associate = person(small_site.world, Role.ASSOCIATE)
    visitor = Visitor(browser, small_site, axe=axe_script).sign_in(associate).go("/account/links")
    visitor.choose("Authority", "Midthorpe (Unitary authority)").choose("link", "Family")
    small_site.clock.pass_days(1 / 24)
    visitor.press("Declare").sees("Sign in")
    visitor.sign_in(associate).go("/account/kept").sees("What you typed is kept", "not shown here")
    visitor.press("Send it again").sees("It holds from now on", "Midthorpe")
    visitor.go("/account/kept").sees("Nothing waits for you here")
    visitor.leave()


def test_a_wide_page_is_readable_at_320_pixels(small_site: Site, browser: Browser, axe_script: str) -> None:
    """Help, privacy, accessibility and "not found" belong to everybody, on any screen."""
    visitor = Visitor(browser, small_site, axe=axe_script)
    for path in ("/help", "/privacy", "/accessibility", "/sign-in"):
        visitor.go(path)
    visitor.page.goto("/nothing")
    visitor.check()
    visitor.leave()
