"""Lifting a wall and break-glass on the screen: what is typed is kept, and who is refused learns nothing by it."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.cases import case_page
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.openings.break_glass import NOTHING
from clearinghouse.casework.openings.views import case_liftings, case_openings
from clearinghouse.casework.world import World
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import again, person
from tests.web.form_fillers import FormFiller, words_of
from tests.web.visitors import Visitor, signed_in
from tests.worlds import Clock

CANARY = "canary-opening-2077"
WHY = {"reason": f"Somebody is in danger tonight. {CANARY}", "understood": "y"}
SignIn = Callable[..., Visitor]


class Town:
    """A council's case with its lead; a lead far away; one far away and one near who are linked to the council."""

    def __init__(self, world: World) -> None:
        council = authority(world)
        self.lead = person(world, Role.LEAD, name="Ravi Singh")
        self.case_id = logged_case(world, self.lead, council).case_id
        self.reference = case_header(world, self.lead, self.case_id).reference
        self.far = person(world, Role.LEAD, Region.LONDON, name="Lena Far")
        self.walled = person(world, Role.LEAD, Region.LONDON, name="Wanda Wall", walled_from=council)
        self.walled_here = person(world, Role.LEAD, name="Walter Wall", walled_from=council)
        self.associate = person(world, Role.ASSOCIATE, name="Ada Okafor", walled_from=council)


@pytest.fixture
def town(sqlite_world: World) -> Town:
    return Town(sqlite_world)


def bare(page: str, reference: str = "no reference") -> str:
    """A page without what is new in each, and what was typed."""
    return re.sub(r'(value|nonce|content)="[^"]*"', "", page.replace(reference, "REFERENCE"))


def test_two_leads_lift_a_wall_and_a_third_ends_it(site: Flask, sqlite_world: World, town: Town) -> None:
    """Nobody could do on the screen what the rules allow."""
    world, path = sqlite_world, f"/cases/{town.case_id}"
    ravi = FormFiller(site, world, town.lead)
    assert "Walls lifted for this case" in ravi.get(path).text
    assert "No wall was ever lifted" in words_of(ravi.get(f"{path}/walls").text)
    ravi.get(f"{path}/walls/new")
    assert {"Ada Okafor", "Walter Wall"} <= set(re.findall(r">([A-Z]\w+ \w+)</option>", ravi.page))
    assert "Ravi Singh" not in re.findall(r">([A-Z]\w+ \w+)</option>", ravi.page)
    wrong = ravi.post(ravi.path, person=str(town.associate.id), reason=CANARY)
    assert wrong.status_code == 422
    assert "Select for how long" in wrong.text
    assert CANARY in wrong.text
    assert CANARY in ravi.get(f"{path}/walls/new").text
    ravi.post(ravi.path, person=str(town.associate.id), length="three_days", reason=f"Why. {CANARY}")
    assert "You asked for the wall to be lifted" in ravi.page
    assert CANARY not in ravi.get(f"{path}/walls/new").text
    ada = signed_in(site, world, town.associate)
    assert ada.get(path).status_code == 404
    lena = FormFiller(site, world, town.far)
    lena.get("/agenda")
    assert "A second lead is asked whether a wall is lifted (1)" in words_of(lena.page)
    lena.get("/walls")
    link = re.search(r'href="(/walls/[^"]+)"', lena.page)
    assert link
    lena.get(link[1])
    assert f"Why. {CANARY}" in lena.page
    assert path not in lena.page
    refused = lena.post(lena.path, decision="refuse")
    assert refused.status_code == 422
    assert "Say why you refuse it" in refused.text
    lena.post(lena.path, decision="agree")
    assert "The wall is lifted for this person" in lena.page
    assert lena.client.get(link[1]).status_code == 404
    shown = ada.get(path).text
    assert "It is open to you until 26 November 2026 at 9:30am" in words_of(shown)
    assert "Thresholds" not in shown
    third = FormFiller(site, world, person(world, Role.LEAD))
    end = re.search(r'action="([^"]+/end)"', third.get(f"{path}/walls").text)
    assert end
    third.post(end[1])
    assert ada.get(path).status_code == 404


def test_who_may_not_decide_finds_nothing(site: Flask, sqlite_world: World, town: Town) -> None:
    """Who is linked would learn that the case is there, by an address or by how a list differs."""
    ravi = FormFiller(site, sqlite_world, town.lead)
    walled = signed_in(site, sqlite_world, town.walled)
    before = bare(walled.get("/walls").text)
    ravi.get(f"/cases/{town.case_id}/walls/new")
    ravi.post(ravi.path, person=str(town.walled_here.id), length="one_week", reason=CANARY)
    lifting = case_liftings(sqlite_world, town.lead, town.case_id).liftings[0].id
    assert bare(walled.get("/walls").text) == before
    for visitor in (walled, signed_in(site, sqlite_world, town.walled_here)):
        absent = visitor.get(f"/walls/{uuid4()}")
        found = visitor.get(f"/walls/{lifting}")
        assert (found.status_code, found.data) == (404, absent.data)
        posted = visitor.post(f"/walls/{lifting}", {"decision": "agree"})
        assert posted.status_code == 404
    own = ravi.get(f"/walls/{lifting}").text
    assert "A different lead decides" in own
    assert 'name="decision"' not in own


def test_a_stale_form_is_told_who_changed_the_case_and_keeps_the_reason(
    site: Flask, sqlite_world: World, town: Town
) -> None:
    ravi = FormFiller(site, sqlite_world, town.lead)
    ravi.get(f"/cases/{town.case_id}/walls/new")
    other = person(sqlite_world, Role.LEAD, name="Wendy Aldous")
    colleague = person(sqlite_world, Role.ASSOCIATE).person
    add_to_case(sqlite_world, other, town.case_id, None, colleague, Membership.TEAM)
    stale = ravi.post(ravi.path, person=str(town.associate.id), length="one_day", reason=CANARY)
    assert stale.status_code == 409
    assert "Wendy Aldous changed it" in stale.text
    assert CANARY in stale.text
    assert not case_liftings(sqlite_world, town.lead, town.case_id).liftings


def test_break_glass_answers_absent_and_walled_with_the_same_page(
    site: Flask, sqlite_world: World, town: Town
) -> None:
    """A lead who is kept from a case would learn by trying that it is there."""
    for actor in (town.walled, town.walled_here, town.far):
        visitor = FormFiller(site, sqlite_world, actor)
        visitor.get("/break-glass")
        answers = set[tuple[int, str]]()
        tried = ["CH-BBB-BBB", "CH-ZZZ-999", *([town.reference] if actor is not town.far else [])]
        for reference in tried:
            answer = visitor.post("/break-glass", reference=reference, **WHY)
            assert NOTHING in words_of(answer.text)
            answers.add((answer.status_code, bare(answer.text, reference)))
        assert len(answers) == 1
        assert CANARY in visitor.page


def test_break_glass_interrupts_opens_shows_the_way_back_and_is_reviewed(
    site: Flask, sqlite_world: World, town: Town, clock: Clock
) -> None:
    world, path = sqlite_world, f"/cases/{town.case_id}"
    lena = FormFiller(site, world, town.far)
    assert "/break-glass" in lena.get("/cases").text
    lena.get("/break-glass")
    assert "every lead of its region are told at once" in words_of(lena.page)
    assert lena.post("/break-glass", reference=town.reference, reason=CANARY).status_code == 422
    assert lena.client.get(path).status_code == 404
    lena.post("/break-glass", reference=town.reference.lower(), **WHY)
    assert lena.path == path
    assert "Lead, London, by break-glass" in words_of(lena.page)
    assert "Thresholds" in lena.page
    assert "Show who raised it" not in lena.page
    for rest in ("/conversations", "/meetings", "/documents", "/plan", "/way-forward", "/access", "/team"):
        assert lena.client.get(path + rest).status_code == 200, rest
    for rest in (
        "/people",
        "/triage",
        "/close",
        "/conversations/new",
        "/retention",
        "/walls",
        "/break-glass",
    ):
        assert lena.client.get(path + rest).status_code == 404, rest
    assert town.reference not in lena.get("/cases?show=all").text
    assert town.reference in lena.get("/break-glass").text
    ravi = FormFiller(site, world, town.lead)
    assert "Lead, London, by break-glass" in words_of(ravi.get(f"{path}/access").text)
    assert "by break-glass, 23 November 2026" in words_of(ravi.page)
    opening = case_openings(world, town.lead, town.case_id).openings[0].id
    ravi.get(f"{path}/break-glass/{opening}")
    assert CANARY in ravi.page
    wrong = ravi.post(ravi.path, justified="not_justified")
    assert wrong.status_code == 422
    assert "Enter what you found" in wrong.text
    ravi.post(ravi.path, justified="not_justified", finding="Nobody was in danger.")
    assert "Nobody was in danger." in ravi.page
    assert lena.client.get(path).status_code == 404
    assert town.reference not in lena.get("/break-glass").text
    assert "by break-glass" in words_of(ravi.get(f"{path}/access").text)
    clock.pass_days(1)


def test_signing_out_ends_it(site: Flask, sqlite_world: World, town: Town) -> None:
    """Whoever sits down at another browser of theirs would still read it."""
    lena, other = FormFiller(site, sqlite_world, town.far), signed_in(site, sqlite_world, town.far)
    lena.get("/break-glass")
    lena.post("/break-glass", reference=town.reference, **WHY)
    assert lena.path == f"/cases/{town.case_id}"
    lena.post("/sign-out")
    assert other.get(f"/cases/{town.case_id}").status_code == 404


@pytest.mark.parametrize(
    ("role", "region"),
    [
        (Role.ASSOCIATE, Region.NORTH_EAST),
        (Role.RIEP_OFFICER, Region.NORTH_EAST),
        (Role.COORDINATOR, None),
        (Role.AUDIT_OFFICER, None),
    ],
)
def test_who_sees_the_header_alone_is_shown_exactly_that(
    site: Flask, sqlite_world: World, town: Town, role: Role, region: Region | None
) -> None:
    """A name, a note or a tab would tell somebody who may know no more than that there is a case."""
    visitor = signed_in(site, sqlite_world, person(sqlite_world, role, region))
    text = words_of(visitor.get(f"/cases/{town.case_id}").text.partition("<main")[2])
    assert "Ravi Singh" not in text
    for shown in (town.reference, "Nature", "Standing", "Triage the concern"):
        assert shown in text
    for hidden in (
        "Thresholds",
        "Jo Bright",
        "A telephone call",
        "Who has opened it",
        "Record a conversation",
    ):
        assert hidden not in text


def test_a_lifted_lead_reads_by_their_role_and_no_further(
    site: Flask, sqlite_world: World, town: Town
) -> None:
    ravi = FormFiller(site, sqlite_world, town.lead)
    ravi.get(f"/cases/{town.case_id}/walls/new")
    ravi.post(ravi.path, person=str(town.walled_here.id), length="one_day", reason="Why.")
    lifting = case_liftings(sqlite_world, town.lead, town.case_id).liftings[0].id
    lena = FormFiller(site, sqlite_world, town.far)
    lena.get(f"/walls/{lifting}")
    lena.post(lena.path, decision="agree")
    walter: Actor = again(sqlite_world, town.walled_here)
    assert case_page(sqlite_world, walter, town.case_id).reading is not None
    visitor = FormFiller(site, sqlite_world, walter)
    visitor.get(f"/cases/{town.case_id}/walls/new")
    asked = visitor.post(visitor.path, person=str(town.associate.id), length="one_day", reason="Me too.")
    assert asked.status_code == 422
    assert "You are linked to a council that this case names" in words_of(asked.text)
