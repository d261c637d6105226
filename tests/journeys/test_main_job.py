"""The main job, as an associate, a lead and a coordinator do it, each in a browser of their own."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Region, Role
from clearinghouse.casework.clock import tick
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case
from tests.factories.people import person
from tests.journeys.site import Site
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.allow_hosts(["127.0.0.1"])]

COUNCIL = "Cumberland Council"
HERE = Region.NORTH_WEST
PEERS = Path(__file__).parents[1] / "data" / "journey_peers.csv"


def canary(place: str) -> str:
    """Words that stand nowhere else, to be typed in one place and looked for everywhere."""
    return f"canary-{place}-8f3a"


def authority_called(world: World, name: str) -> UUID:
    with world.reading(OPERATOR) as work:
        return work.session.scalars(select(Authority.id).where(Authority.name == name)).one()


def case_reference(site: Site, case_id: str) -> str:
    with site.world.reading(OPERATOR) as work:
        return work.session.get_one(Case, UUID(case_id)).reference


def case_paths(site: Site) -> list[str]:
    """Every address of a case that can be read, with CASE where its key stands."""
    rules = (rule for rule in site.rules if "case_id" in rule.arguments and "GET" in (rule.methods or ()))
    made_up = re.compile(r"<any\(([a-z]+)[^>]*>")
    return [
        re.sub(
            r"<uuid:[a-z_]+>|<rule>",
            str(uuid4()),
            made_up.sub(r"\1", rule.rule.replace("<uuid:case_id>", "CASE")),
        )
        for rule in rules
    ]


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
    associate.fill("How to reach them", canary("contact"))
    associate.choose("May we contact them again", "Yes").press("Continue")
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
    lead.fill("What help does the sector offer", canary("terms")).press("Make the offer")
    lead.sees("Enter the date by which the authority answers", canary("terms"))
    lead.date("By when should the authority answer", answer_by).press("Make the offer")
    lead.sees("Waiting for the answer")


def accept_after_a_lapse(lead: Visitor, case_id: str) -> None:
    lead.site.clock.pass_days(9)
    tick(lead.site.world)
    tick(lead.site.world)  # a second clock finds nothing left to do
    lead.sign_in_again().go(f"/cases/{case_id}/conversations").sees("Lapsed without an answer")
    lead.follow("Make an offer").fill("What help does the sector offer", canary("second-terms"))
    lead.date("By when should", lead.site.world.today + timedelta(days=7)).press("Make the offer")
    lead.follow("Record the answer").choose("What did the authority answer", "Accepted")
    lead.date("When did it answer", lead.site.world.today).fill("What did it say", canary("answer"))
    lead.press("Record the answer").sees("The answer is recorded.", canary("answer"))


def put_a_team_together(coordinator: Visitor, lead: Visitor, case_id: str) -> None:
    coordinator.go("/peers").follow("Import")
    coordinator.page.set_input_files("input[type=file]", PEERS)
    coordinator.press("Check the file").sees("6").press("Import 6 peers")
    coordinator.go(f"/cases/{case_id}")
    assert "canary" not in coordinator.text()
    coordinator.follow("Team").follow("Say what is asked of the team")
    today = coordinator.site.world.today
    coordinator.date("First day", today + timedelta(days=5)).date("Last day", today + timedelta(days=9))
    coordinator.fill("Days of work", "2").fill("Members in all", "3").press("Continue")
    coordinator.sees("Bea Blocked", "Allerdale Borough Council", "Cumberland Council replaced")
    for name in ("Una Neighbour", "Olu Officer", "Cy Councillor"):
        if "/match" not in coordinator.page.url:
            coordinator.follow("Choose a peer")
        coordinator.page.get_by_label(name).check()
        coordinator.press("Continue")
    coordinator.go(f"/cases/{case_id}/team").sees("A lead of the region must accept this.")
    lead.go(f"/cases/{case_id}/team").follow("Accept this warning")
    lead.fill("Why can this be accepted", canary("accepted")).press("Accept")
    coordinator.go(f"/cases/{case_id}/team").press("Make leader").sees("Not asked yet")
    ask_and_confirm(coordinator, case_id)
    coordinator.go(f"/cases/{case_id}/team").press("Assign the team").sees("Supported")
    assert "canary" not in coordinator.text()


def ask_and_confirm(coordinator: Visitor, case_id: str) -> None:
    """One answers on a page of their own, opened with the mail's link and the code; the others by telephone."""
    site = coordinator.site
    coordinator.go(f"/cases/{case_id}/team").follow("Ask the members").press("Check conflicts and ask")
    coordinator.sees("to answer by", "Asked, and no answer yet")
    coordinator.follow("Code and answer").sees("The code to tell them", "Una Neighbour")
    code = coordinator.page.locator(".app-code").inner_text()
    tick(site.world)
    (mail,) = (each for each in site.mailbox.mails if each["To"] == "una@peers.example")
    (path,) = re.findall(r"/peer/[\w-]{20,}", str(mail.get_payload()))
    assert COUNCIL not in mail.as_string()
    una = coordinator.beside()
    una.go(path).fill("Code that you were told", code).press("Continue")
    una.sees(COUNCIL, "2 days", "Carys Bowen").follow("Yes, I can")
    una.choose("Do you have anything to do", "No, none of these").press("Say yes and declare this")
    una.sees("You said yes")
    for word in (case_reference(site, case_id), "Olu", "canary"):
        assert word not in una.text()
    una.press("Close this page").sees("Open the link in your mail").leave()
    for _ in range(2):
        coordinator.go(f"/cases/{case_id}/team").follow("Code and answer")
        coordinator.follow("Write down what they said").choose("What did they say", "Yes")
        coordinator.choose("do they have anything to do", "No, none of these").press("Record the answer")
    for _ in range(3):
        coordinator.go(f"/cases/{case_id}/team").follow("Confirm").press("Confirm them")


def follow_up(lead: Visitor, case_id: str) -> None:
    site = lead.site
    saturday = site.world.today + timedelta(days=10)
    lead.go(f"/cases/{case_id}").follow("Schedule a follow-up")
    lead.date("By when", saturday).fill("What is it about", canary("follow-up")).press("Schedule it")
    lead.sees("moved to the next working day", canary("follow-up"))
    before = len(site.mailbox.mails)
    site.clock.pass_days(9)
    tick(site.world)
    reminded = len(site.mailbox.mails)
    assert reminded > before, "nobody was reminded of the follow-up"
    tick(site.world)
    assert len(site.mailbox.mails) == reminded, "a reminder went out twice"
    site.clock.pass_days(4)
    tick(site.world)
    overdue = len(site.mailbox.mails)
    assert overdue > reminded, "nobody heard of the overdue follow-up"
    tick(site.world)
    assert len(site.mailbox.mails) == overdue, "an overdue duty was told of twice"
    lead.sign_in_again().go("/agenda?whose=region").sees("Overdue")


def review_twice_in_vain(lead: Visitor, case_id: str) -> None:
    for number in ("first", "second"):
        lead.go(f"/cases/{case_id}/reviews/new").date("When was the review", lead.site.world.today)
        lead.choose("progress", "No").fill("What was found", canary(f"{number}-review")).press(
            "Record the review"
        )
        lead.site.clock.pass_days(1)
        lead.sign_in_again()


def meet_and_escalate(lead: Visitor, case_id: str) -> None:
    lead.go(f"/cases/{case_id}/refer").sees("You cannot refer yet", "No joint local meeting has considered")
    lead.go(f"/cases/{case_id}/meetings/new").date("When was the meeting", lead.site.world.today)
    lead.set("issues_0_title", canary("issue")).set("issues_0_satisfied", "yes")
    lead.set("issues_0_locality_agrees", "no").set("issues_0_outcome", "c")
    lead.set("issues_0_body", "audit_commission").set("issues_0_action", "red_flag")
    lead.set("issues_0_reason", canary("not-satisfied"))
    for number, outcome in (("1", "a"), ("2", "b")):
        lead.press("Add another issue").set(f"issues_{number}_title", canary(f"issue-{number}"))
        lead.set(f"issues_{number}_satisfied", "yes").set(f"issues_{number}_outcome", outcome)
        lead.set(f"issues_{number}_locality_agrees", "no" if outcome == "a" else "yes")
    later = str(lead.site.world.today + timedelta(days=30))
    lead.set("issues_1_plan", canary("plan")).set("issues_1_review_on", later)
    lead.set("issues_2_person", canary("person")).set("issues_2_taken_up_on", later)
    lead.set("attendees_0_attendance", "attended").set("attendees_0_name", canary("attendee"))
    lead.set("attendees_0_position", canary("party")).set("passages_0_text", canary("meeting-note"))
    lead.press("Record the meeting").sees("There is a problem", "this is outcome A", canary("meeting-note"))
    lead.set("issues_0_satisfied", "no").press("Record the meeting")
    lead.sees("Family first was given", canary("issue"), canary("not-satisfied"), canary("party"))
    lead.sees(canary("plan"), canary("person"))
    lead.go(f"/cases/{case_id}").sees("Escalated")


def refer_through_the_gate(lead: Visitor, case_id: str) -> None:
    lead.go(f"/cases/{case_id}/refer").choose("To which body", "Audit Commission")
    lead.fill("To whom", canary("recipient")).choose("What is it asked to do", "Further inspection")
    lead.date("When is it referred", lead.site.world.today).fill("Why?", canary("referral"))
    lead.fill("Who agreed to it", canary("agreed")).fill("Who in the authority was told", canary("told"))
    lead.date("When were they told", lead.site.world.today)
    lead.date("When will you follow it up", lead.site.world.today + timedelta(days=20)).press("Continue")
    lead.sees("cannot be deleted", canary("recipient")).press("Record the referral")
    lead.sees("Referred to the Audit Commission", canary("recipient"))


def refer_at_once(associate: Visitor, second_lead: Visitor, case_id: str) -> None:
    associate.sign_in_again().go(f"/cases/{case_id}").follow("Refer at once")
    associate.choose("To which body", "Government department").fill("To whom", canary("duty-desk"))
    associate.date("When was it referred", associate.site.world.today).fill("Why at once", canary("at-once"))
    associate.fill("Why is family first not followed", canary("why-not"))
    associate.page.get_by_label("People are at risk of harm now").check()
    associate.press("Refer")
    if "cannot be deleted" in associate.text():
        associate.press("Record the referral")
    associate.go(f"/cases/{case_id}").sees("People at risk")
    second_lead.go("/agenda").follow("Referrals to confirm").follow("CH-").sees(canary("at-once"))
    second_lead.choose("What is your view", "I confirm it").fill("Say why", canary("view")).press(
        "Record your view"
    )
    assert second_lead.status(f"/cases/{case_id}")[0] == 404, "a second lead saw the case beside its decision"


def nobody_else_learns_of_it(site: Site, case_id: str, outsiders: tuple[Visitor, ...]) -> None:
    """Every address of the case answers each outsider just as one that never was."""
    reference = case_reference(site, case_id)
    absent = str(uuid4())
    for path in case_paths(site):
        for outsider in outsiders:
            asked = outsider.status(path.replace("CASE", case_id))
            assert asked == outsider.status(path.replace("CASE", absent)), path
            assert asked[0] == 404, path
    for outsider in outsiders:
        for path in (
            "/cases",
            f"/cases?words={reference}",
            "/cases.csv",
            "/agenda",
            "/agenda?whose=region",
            "/risk-referrals",
        ):
            body = outsider.status(path)[1].replace(f'value="{reference}"', "")
            assert reference not in body, path


def correct_the_council(lead: Visitor, walled: Visitor, case_id: str) -> None:
    lead.go(f"/cases/{case_id}").follow("Correct the authority")
    lead.fill("right", "Westmorland").press("Find")
    if lead.page.get_by_label(COUNCIL).count():
        lead.page.get_by_label(COUNCIL).first.check()
    lead.page.get_by_label("Westmorland and Furness Council").check()
    lead.fill("Why", canary("correction")).press("Continue")
    lead.sees("Will be able to read the case", "Wes Walled").press("Correct the authority")
    lead.go(f"/cases/{case_id}").sees("Westmorland and Furness Council")
    walled.go(f"/cases/{case_id}").sees("Westmorland and Furness Council")


def play(
    site: Site, browser: Browser, axe: str, stored: Callable[[], Iterator[bytes]], *, scripts: bool
) -> None:
    """The whole journey."""
    world = site.world
    allerdale = authority_called(world, "Allerdale Borough Council")

    def at_browser(role: Role, region: Region | None, name: str, **more: Any) -> Visitor:
        actor = person(world, role, region, name, **more)
        return Visitor(browser, site, scripts=scripts, axe=axe).sign_in(actor)

    lee = at_browser(Role.LEAD, HERE, "Lee Marsh")
    ada = at_browser(Role.ASSOCIATE, HERE, "Ada Okafor")
    case_id = log_a_concern(ada)
    triage_it(lee, case_id)
    talk_in_confidence(ada, case_id)
    offer_help(lee, case_id)
    accept_after_a_lapse(lee, case_id)
    carys = at_browser(Role.COORDINATOR, None, "Carys Bowen")
    put_a_team_together(carys, lee, case_id)
    follow_up(lee, case_id)
    review_twice_in_vain(lee, case_id)
    meet_and_escalate(lee, case_id)
    refer_through_the_gate(lee, case_id)
    wes = at_browser(Role.LEAD, HERE, "Wes Walled", walled_from=allerdale)
    tom = at_browser(Role.ASSOCIATE, Region.SOUTH_WEST, "Tom Ellery")
    iris = at_browser(Role.ADMINISTRATOR, None, "Iris Novak")
    helen = at_browser(Role.LEAD, Region.SOUTH_WEST, "Helen Moss")
    nobody_else_learns_of_it(site, case_id, (wes, tom, iris))
    refer_at_once(ada, helen, case_id)
    correct_the_council(lee, wes, case_id)
    for visitor in (ada, lee, carys, wes, tom, iris, helen):
        visitor.leave()
    sent = site.sent_to(Role.COORDINATOR)
    assert len(sent) > 40, "the coordinator's journey was not listened to"
    for path, answer in sent:
        assert b"canary" not in answer, f"a coordinator was sent what was typed, on {path}"

    report = verify(world)
    assert not report.faults, report.faults
    assert report.sealed_values > 40
    for content in (*stored(), site.log.read_bytes(), *(mail.as_bytes() for mail in site.mailbox.mails)):
        assert b"canary" not in content
    assert site.mailbox.mails


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_the_whole_job(
    site: Site, browser: Browser, axe_script: str, stored: Callable[[], Iterator[bytes]]
) -> None:
    """A step would be missing between two screens, or a word would lie open in the database, the log or a mail."""
    play(site, browser, axe_script, stored, scripts=True)


@pytest.mark.postgresql
@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_the_whole_job_without_scripts(
    site: Site, browser: Browser, stored: Callable[[], Iterator[bytes]]
) -> None:
    """Somebody whose browser runs no script could not do the job, nor anybody on PostgreSQL."""
    play(site, browser, "", stored, scripts=False)
