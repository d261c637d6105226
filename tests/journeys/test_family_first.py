"""The family goes first, as those who see to it go through the screens: each in a browser of their own.

What a screen is not the point of is made by casework; what is typed on a screen is looked for everywhere else.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser

from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.clock import tick
from clearinghouse.casework.dialogue.offers import answer_offer
from clearinghouse.casework.verification import verify
from clearinghouse.protocol.vocabulary import OfferAnswer, Route
from clearinghouse.records.authorities import Authority, AuthorityLineage
from clearinghouse.records.cases import Case
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.people import person
from tests.factories.routes import REACHABLE, reroute
from tests.journeys.site import Site
from tests.journeys.test_main_job import canary
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.allow_hosts(["127.0.0.1"])]

HERE = Region.NORTH_EAST
LISTS = (
    "/cases?show=all",
    "/cases.csv",
    "/agenda",
    "/agenda?whose=region",
    "/brokerage",
    "/region",
    "/region/round-tables",
    "/convergence",
    "/replaced",
)
TABS = ("", "/conversations", "/plan", "/meetings", "/brokerage", "/way-forward", "/succession", "/access")


@dataclass(frozen=True)
class Town:
    """Who works in the region, and the councils that they work with."""

    site: Site
    lee: Visitor
    ada: Visitor
    pia: Visitor
    lead: Actor
    associate: Actor
    midthorpe: UUID
    harrowfell: UUID

    @property
    def today(self) -> date:
        """Today."""
        return self.site.world.today

    def reference(self, case_id: str) -> str:
        """A case's reference."""
        with self.site.world.reading(OPERATOR) as work:
            return work.session.get_one(Case, UUID(case_id)).reference

    def later(self) -> None:
        """The next day, on which everybody signs in again when they are needed."""
        self.site.clock.pass_days(1)


def ask_a_political_lead(town: Town) -> None:
    """Triage leads to brokerage; the political lead works from a page of her own and sees nothing of the concern."""
    lee, pia = town.lee, town.pia
    logged = logged_case(town.site.world, town.associate, town.harrowfell, text=canary("political"))
    case_id = str(logged.case_id)
    lee.go(f"/cases/{case_id}/triage").follow("What it is about")
    lee.choose("What kind of difficulty", "Political").set("scenario", "problematic_political_leadership")
    lee.press("Save and continue")
    for question in ("Is anybody at risk", "Is there a legal duty", "Was there a serious"):
        lee.choose(question, "No")
    lee.press("Save and continue").choose("Does the authority acknowledge", "Yes")
    lee.choose("Is it willing", "Not known").choose("Can it deal with this", "No")
    lee.choose("Does it assert", "No").choose("Who in the authority knows", "Nobody").press(
        "Save and continue"
    )
    for question in ("Does a regulator or department know", "Does a regulator or department contemplate"):
        lee.choose(question, "No")
    lee.choose("Is it critical", "No").press("Save and continue")
    lee.sees("Suggested: Political brokerage").set("decided", Route.POLITICAL_BROKERAGE.value)
    lee.press("Record the decision").go(f"/cases/{case_id}/brokerage").follow("Ask a political lead")
    lee.choose("Who is asked to broker", "Pia Grant").fill("What is asked of them", canary("asked"))
    lee.date("By when", town.today + timedelta(days=7)).press("Ask them").sees(canary("asked"))

    pia.go("/brokerage").sees("Asked of you").follow("Harrowfell Council").sees(canary("asked"))
    assert canary("political") not in pia.text()
    pia.follow("Record a talk").choose("Did the talk take place", "Yes").date("When was it", town.today)
    pia.choose("With whom", "LGA Labour group").fill("Their names", canary("politicians"))
    pia.choose("What did it come to", "The talks go on").fill("What was said", canary("brokered"))
    pia.date("When is the next talk", town.today + timedelta(days=10)).press("Record the talk")
    pia.sees(canary("politicians"), canary("brokered"))
    assert pia.status(f"/cases/{case_id}/conversations")[0] == 404
    lee.go(f"/cases/{case_id}/brokerage").sees(canary("brokered"))


def talk_and_offer(town: Town) -> str:
    """A conversation in passages, then an offer that goes out as a letter with nothing of the concern in it."""
    lee, ada = town.lee, town.ada
    text = canary("concern")
    case_id = str(
        logged_case(town.site.world, town.associate, town.midthorpe, text=text, **REACHABLE).case_id
    )
    reroute(town.site.world, town.lead, UUID(case_id), Route.CONFIDENTIAL_DIALOGUE)
    ada.go(f"/cases/{case_id}").follow("Record a conversation").choose(
        "Did the conversation take place", "Yes"
    )
    ada.date("When was it", town.today).choose("Who in the authority", "Chief executive")
    ada.fill("What was said", canary("kept-to-us")).press("Add another passage")
    ada.fill("What was said, passage 2", canary("for-the-meeting"))
    second = ada.page.get_by_role("group", name="Who may be told this").nth(1)
    second.get_by_label("Chief executive").check()
    ada.page.get_by_role("group", name="source").nth(1).get_by_label("Yes").check()
    ada.press("Record the conversation").sees(canary("kept-to-us"), canary("for-the-meeting"))

    lee.go(f"/cases/{case_id}/offer").fill("What help does the sector offer", canary("terms"))
    lee.date("By when should the authority answer", town.today + timedelta(days=8)).press("Make the offer")
    lee.follow("letter").choose("To whom does the letter go", "Chief executive")
    lee.fill("Their name", canary("addressee")).press("Issue the letter")
    lee.sees(canary("terms"), canary("addressee"))
    assert text not in lee.text()
    return case_id


def a_plan_that_fails(town: Town, case_id: str) -> None:
    """Two reviews find no progress: the case says that support is failing, and the ladder what opens next."""
    lee, world = town.lee, town.site.world
    answer_offer(world, town.lead, UUID(case_id), None, OfferAnswer.ACCEPTED, world.today, "")
    lee.go(f"/cases/{case_id}/plan").follow("Record the plan")
    lee.date("When was the plan agreed", town.today).fill("Who agreed it", canary("agreed-with"))
    lee.fill("What is to come of it", canary("outcomes")).choose("Does the RIEP fund", "No")
    lee.page.get_by_label("No peer team is needed").check()
    lee.press("Record the plan").fill("What will be done", canary("action")).fill(
        "Who does it", canary("doer")
    )
    lee.fill("How is it measured", canary("measure")).fill("What is the target", canary("target"))
    lee.date("By when", town.today + timedelta(days=14)).press("Add the action").sees(canary("action"))
    for number in ("first", "second"):
        town.later()
        lee.sign_in_again().go(f"/cases/{case_id}/plan").follow("Record a review")
        lee.date("When was the review", town.today).choose("Was there adequate progress", "No")
        lee.fill("What was found, and why", canary(f"{number}-review")).press("Record the review")
    lee.sees("The support that was accepted is failing", canary("first-review"), canary("second-review"))
    lee.go(f"/cases/{case_id}").sees(
        "The support that was accepted is failing", "Where it stands: family first"
    )


def meet_over_two_cases(town: Town, case_id: str, other: str) -> None:
    """One meeting over two cases: each shows its own part, and each party's minute only what it may be told."""
    lee = town.lee
    lee.go(f"/cases/{case_id}/meetings/new").date("When was the meeting", town.today)
    lee.press("Add another case").set("cases_0_reference", town.reference(other))
    lee.press("Take these cases in").press("Add another issue").press("Add another issue")
    lee.press("Add another passage").press("Add another passage")
    soon = str(town.today + timedelta(days=30))
    of_mine = {"case": case_id, "locality_agrees": "no", "satisfied": "no", "outcome": "c"}
    of_mine |= {"body": "audit_commission", "action": "red_flag", "reason": canary("not-satisfied")}
    agreed = {"case": other, "satisfied": "no", "locality_agrees": "yes", "outcome": "b", "taken_up_on": soon}
    agreed |= {"person": canary("agreed-for"), "for_round_table": canary("for-round-table")}
    content = {"case": other, "satisfied": "yes", "locality_agrees": "yes", "outcome": "a"}
    content |= {"plan": canary("local-plan"), "review_on": soon}
    for number, issue in enumerate((of_mine, agreed, content)):
        lee.set(f"issues_{number}_title", canary(f"issue-{number}"))
        for name, value in issue.items():
            lee.set(f"issues_{number}_{name}", value)
    lee.press("Add another body")
    authorities = {"body": "authority", "attendance": "attended", "capacity": "chief_executive"}
    for row, case in ((0, case_id), (3, other)):
        for name, value in (authorities | {"case": case, "name": canary(f"came-{row}")}).items():
            lee.set(f"attendees_{row}_{name}", value)
    for name, value in {"case": "all", "attendance": "attended", "name": canary("auditor")}.items():
        lee.set(f"attendees_2_{name}", value)
    told = (("chief_executive", case_id), ("regulator", case_id), ("meeting", other))
    for number, (audience, case) in enumerate(told):
        lee.set(f"passages_{number}_case", case).set(f"passages_{number}_text", canary(f"to-{audience}"))
        lee.page.locator(f'[name="passages_{number}_audiences"][value="{audience}"]').check()
        lee.set(f"passages_{number}_consents", "not_from_source")
    lee.press("Record the meeting").sees(canary("issue-0"), canary("to-chief_executive"))
    assert canary("issue-1") not in lee.text(), "one case shows another's part of the meeting"
    lee.follow("Make a minute").choose("For whom is the minute", "The council")
    lee.choose("Who of the council gets it", "Chief executive").press("Continue")
    lee.sees("What is left out", canary("to-chief_executive")).press("Issue the minute")
    lee.sees(canary("to-chief_executive"))
    assert canary("to-regulator") not in lee.text()
    assert canary("kept-to-us") not in lee.text()
    lee.go(f"/cases/{other}/meetings").sees(canary("issue-1"), canary("issue-2"), canary("to-meeting"))
    assert canary("issue-0") not in lee.text()


def hold_a_round_table(town: Town, other: str) -> None:
    """What the meeting referred is on the agenda, in the words that it may be told; a decision becomes a duty."""
    lee = town.lee
    lee.go("/region").follow("Round tables").follow("Plan a round table")
    if lee.page.get_by_label("Region", exact=True).count():
        lee.choose("Region", HERE.value)
    lee.date("When is the round table", town.today + timedelta(days=1)).press("Plan")
    lee.sees(canary("for-round-table"))
    table = urlsplit(lee.page.url).path
    lee.go(f"{table}/print").sees(canary("for-round-table"))
    assert canary("agreed-for") not in lee.text(), "the paper tells more than the locality agreed to"
    town.later()
    lee.sign_in_again().go(table).follow("Record what was decided").date("When was it held", town.today)
    lee.choose("Who came", "RIEP")
    name = lee.page.locator('[name$="_decision"]').first.get_attribute("name") or ""
    item = name.removesuffix("_decision")
    lee.set(name, "taken_up").set(f"{item}_what", canary("decided"))
    lee.page.locator(f'[name="{item}_owner"]').select_option(label="Lee Marsh")
    lee.set(f"{item}_due_on", str(town.today + timedelta(days=20))).press("Record the round table")
    lee.sees("Taken up", canary("decided"), "Lee Marsh, by")


def tell_whom_it_concerns(town: Town, case_id: str) -> None:
    """The source hears no more than may be said; that the authority was told stands beside the escalation."""
    town.ada.sign_in_again().go(f"/cases/{case_id}").follow("Tell the source what happened")
    town.ada.choose("Did you reach the source", "Yes").date("When was it", town.today).choose(
        "How", "By telephone"
    )
    town.ada.choose("What did you tell them", "The authority has been talked to")
    town.ada.fill("Anything to note", canary("told-source")).press("Record it")
    town.ada.sees("What the source was told is recorded.")
    lee = town.lee
    lee.go(f"/cases/{case_id}/meetings").follow("Record that the authority was told")
    lee.date("When were they told", town.today).choose("Who in the authority was told", "Chief executive")
    lee.choose("How", "By letter").fill("What did they say", canary("authority-said")).press("Record it")
    lee.sees("Who in the authority was told is recorded.")


def go_away_for_a_week(town: Town, case_id: str) -> None:
    """Before leave: a deputy, a follow-up that comes again by itself, and a calendar that tells no council."""
    lee = town.lee
    lee.go("/account").follow("Deput").choose("Who is your deputy", "Mara Whitlock")
    lee.date("First day", town.today + timedelta(days=7)).date("Last day", town.today + timedelta(days=13))
    lee.press("Name").sees("Your deputy is named.", "Mara Whitlock")
    lee.go(f"/cases/{case_id}").follow("Schedule a follow-up").date("By when", town.today + timedelta(days=5))
    lee.choose("How often does it come again", "Every month").fill("What is it about", canary("monthly"))
    lee.press("Schedule it").sees(canary("monthly"), "very month")
    lee.go("/account").follow("Calendar feed").press("Make an address")
    found = re.search(r"/calendar/[\w-]+\.ics", lee.text())
    assert found, lee.text()
    status, feed = lee.status(found.group())
    assert (status, "BEGIN:VEVENT" in feed, "Midthorpe" in feed, "canary" in feed) == (
        200,
        True,
        False,
        False,
    )


def join_what_belongs_together(town: Town, case_id: str) -> None:
    """The same difficulty reported twice: the lead sees both, says why they are one, and the source stays sealed."""
    again = logged_case(
        town.site.world, town.associate, town.midthorpe, text=canary("again"), source_name="Kit"
    )
    tick(town.site.world)
    lee = town.lee
    lee.go("/agenda").follow("belong together")
    lee.page.locator("main a", has_text=town.reference(str(again.case_id))).first.click()
    lee.page.wait_for_load_state()
    lee.check()
    lee.set("kept", case_id).fill("Why do they belong together", canary("joined-because")).press("Continue")
    lee.press("Join").sees("The two cases are carried on as one.", canary("joined-because"), canary("again"))


def follow_a_replaced_council(town: Town) -> None:
    """The register says that a council was replaced: nothing moves until a lead has seen who gains and loses sight."""
    world, lee = town.site.world, town.lee
    old = authority(world, "Oldshire Council", HERE)
    new = authority(world, "Newshire Council", HERE)
    case_id = triaged_case(world, town.lead, old)
    with world.unit_of_work(OPERATOR) as work:
        work.session.get_one(Authority, old).ended_on = world.today - timedelta(days=1)
        work.session.add(AuthorityLineage(predecessor_id=old, successor_id=new))
    tick(world)
    lee.go("/agenda").follow("Councils that were replaced").follow("Oldshire Council").press("Continue")
    lee.sees("Check what changes").press("Let the case follow").sees(
        "Newshire Council", "Formerly Oldshire Council"
    )
    assert lee.case_id() == str(case_id)


def nobody_else_learns_of_it(town: Town, case_id: str, outsiders: tuple[Visitor, ...]) -> None:
    """The case's tabs answer an outsider as those of a case that never was; no list of theirs tells of it."""
    reference, absent = town.reference(case_id), str(uuid4())
    for outsider in outsiders:
        for tab in TABS:
            asked = outsider.status(f"/cases/{case_id}{tab}")
            assert asked == outsider.status(f"/cases/{absent}{tab}"), tab
            assert asked[0] == 404, tab
        for path in LISTS:
            assert reference not in outsider.status(path)[1], path


def nothing_typed_is_shown(outsiders: tuple[Visitor, ...]) -> None:
    """No word that was typed is on any list of somebody who is on none of these cases."""
    for outsider in outsiders:
        for path in LISTS:
            assert "canary" not in outsider.status(path)[1], path


def play(
    site: Site, browser: Browser, axe: str, stored: Callable[[], Iterator[bytes]], *, scripts: bool
) -> None:
    """The whole journey."""
    world = site.world
    midthorpe, harrowfell = authority(world, "Midthorpe Council"), authority(world, "Harrowfell Council")
    everybody = []

    def at_browser(actor: Actor) -> Visitor:
        visitor = Visitor(browser, site, scripts=scripts, axe=axe).sign_in(actor)
        everybody.append(visitor)
        return visitor

    lead, associate = (
        person(world, Role.LEAD, HERE, "Lee Marsh"),
        person(world, Role.ASSOCIATE, HERE, "Ada Okafor"),
    )
    person(world, Role.LEAD, HERE, "Mara Whitlock")
    political = person(world, Role.POLITICAL_LEAD, None, "Pia Grant")
    lee, ada, pia = at_browser(lead), at_browser(associate), at_browser(political)
    town = Town(site, lee, ada, pia, lead, associate, midthorpe, harrowfell)

    ask_a_political_lead(town)
    case_id = talk_and_offer(town)
    a_plan_that_fails(town, case_id)
    other = str(triaged_case(world, lead, harrowfell))
    meet_over_two_cases(town, case_id, other)
    hold_a_round_table(town, other)
    tell_whom_it_concerns(town, case_id)
    go_away_for_a_week(town, case_id)
    join_what_belongs_together(town, case_id)
    follow_a_replaced_council(town)

    wes = at_browser(person(world, Role.LEAD, HERE, "Wes Walled", walled_from=midthorpe))
    tom = at_browser(person(world, Role.ASSOCIATE, Region.SOUTH_WEST, "Tom Ellery"))
    iris = at_browser(person(world, Role.ADMINISTRATOR, None, "Iris Novak"))
    nobody_else_learns_of_it(town, case_id, (wes, tom, iris))
    nobody_else_learns_of_it(town, other, (tom, iris))
    nothing_typed_is_shown((wes, tom, iris))
    for visitor in everybody:
        visitor.leave()
    report = verify(world)
    assert not report.faults, report.faults
    for content in (*stored(), site.log.read_bytes(), *(mail.as_bytes() for mail in site.mailbox.mails)):
        assert b"canary" not in content


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_the_family_goes_first(
    quiet_site: Site, browser: Browser, axe_script: str, stored: Callable[[], Iterator[bytes]]
) -> None:
    """A step would be missing between two screens, or a word would reach somebody who may not read it."""
    play(quiet_site, browser, axe_script, stored, scripts=True)


@pytest.mark.postgresql
@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_the_family_goes_first_without_scripts(
    quiet_site: Site, browser: Browser, stored: Callable[[], Iterator[bytes]]
) -> None:
    """Somebody whose browser runs no script could not give the first shot, nor anybody on PostgreSQL."""
    play(quiet_site, browser, "", stored, scripts=False)
