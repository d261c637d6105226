"""The main job, as an associate, a lead and a coordinator do it, each in a browser of their own."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from clearinghouse.access.roles import Actor, Region, Role
from tests.factories.people import person
from tests.journeys.site import Site
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.allow_hosts(["127.0.0.1"])]

COUNCIL = "Cumberland Council"
HERE = Region.NORTH_WEST


def canary(place: str) -> str:
    """Words that stand nowhere else, to be typed in one place and looked for everywhere."""
    return f"canary-{place}-8f3a"


def log_a_concern(associate: Visitor) -> str:
    associate.go("/cases").follow("Log a concern").press("Start")
    associate.fill("Name of the authority", "Cumberland").press("Search")
    associate.page.get_by_label(COUNCIL).check()
    associate.press("Continue").follow("Continue")
    associate.choose("What kind of difficulty", "A service").fill("Which service", canary("service"))
    associate.press("Continue")
    associate.choose("Is anybody at risk", "Not that I know of").press("Continue")
    associate.fill("What was said", f"Thresholds are not understood. {canary('said')}").press("Continue")
    associate.fill("How did you learn of it", f"A telephone call. {canary('how')}")
    associate.date("When did you learn of it", associate.site.world.today).press("Continue")
    associate.fill("Name", canary("name")).fill("Position", canary("position"))
    associate.fill("How to reach them", canary("contact")).press("Continue")
    associate.sees("Who will see it", "You cannot delete a concern after you log it.", "Lee Marsh")
    associate.press("Log concern").sees("Concern logged", "Lee Marsh triages it by")
    associate.follow("Open the case")
    return associate.case_id()


def triage_it(lead: Visitor, case_id: str) -> None:
    lead.go("/agenda").sees("Triage the concern")
    lead.go(f"/cases/{case_id}").follow("Triage")
    lead.follow("What it is about")
    lead.choose("Which of these comes nearest", "A strong authority became aware").press("Save and continue")
    for question in ("Is anybody at risk", "Is there a legal duty", "Was there a serious"):
        lead.choose(question, "No")
    lead.press("Save and continue")
    lead.choose("Does the authority acknowledge", "Yes").choose("Is it willing", "Not known")
    lead.choose("Can it deal with this", "No").choose("Does it assert", "No")
    lead.choose("Who in the authority knows", "Nobody").press("Save and continue")
    for question in ("Does a regulator or department know", "Does a regulator or department contemplate"):
        lead.choose(question, "No")
    lead.choose("Is it critical", "Not known").press("Save and continue")
    lead.sees("Suggested:", "Peer review (corporate or service)")
    lead.choose("route", "Confidential dialogue").press("Record the decision")
    lead.sees("There is a problem")  # departing from the suggestion needs its reason
    lead.fill("Why", f"They trust us. {canary('rationale')}").press("Record the decision")
    lead.sees("Confidential dialogue")


def talk_in_confidence(associate: Visitor, case_id: str) -> None:
    associate.go(f"/cases/{case_id}").follow("Record a conversation")
    associate.choose("Did the conversation take place", "Yes")
    associate.date("When was it", associate.site.world.today).choose(
        "Who in the authority", "Chief executive"
    )
    associate.fill("Their names", canary("with"))
    associate.fill("What was said", canary("passage"))
    associate.press("Add another passage")
    associate.fill("What was said, passage 2", canary("second-passage"))
    associate.choose("Who may be told this", "The RIEP").press("Record the conversation")
    associate.sees("The conversation is recorded.", canary("passage"), canary("second-passage"), "the RIEP")


def offer_help(lead: Visitor, case_id: str) -> None:
    answer_by = lead.site.world.today + timedelta(days=8)
    lead.go(f"/cases/{case_id}/conversations").follow("Make an offer")
    lead.fill("What does the sector offer", canary("terms")).press("Make the offer")
    lead.sees("Enter the date by which the authority answers", canary("terms"))
    lead.date("By when should the authority answer", answer_by).press("Make the offer")
    lead.sees("Waiting for the answer")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_the_whole_job(site: Site, browser: Browser, axe_script: str, scripts: bool) -> None:
    lead = person(site.world, Role.LEAD, HERE, "Lee Marsh")
    associate = person(site.world, Role.ASSOCIATE, HERE, "Ada Okafor")

    def at_browser(actor: Actor) -> Visitor:
        return Visitor(browser, site, scripts=scripts, axe=axe_script).sign_in(actor)

    ada, lee = at_browser(associate), at_browser(lead)
    case_id = log_a_concern(ada)
    triage_it(lee, case_id)
    talk_in_confidence(ada, case_id)
    offer_help(lee, case_id)
    for visitor in (ada, lee):
        visitor.leave()
