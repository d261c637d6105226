"""The pages of reviews before destruction: what one person sees and may do, and what it takes a second one for."""

import re
from uuid import UUID

import pytest
from flask import Flask

from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.closing import close_case
from clearinghouse.casework.retention.due import find_due
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import ClosingOutcome
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.people import person
from tests.web.visitors import Visitor, signed_in
from tests.worlds import Clock


@pytest.fixture
def case_id(sqlite_world: World, clock: Clock) -> UUID:
    """A case that was closed more than a year ago."""
    lead = person(sqlite_world, Role.LEAD)
    case_id = triaged_case(sqlite_world, lead, authority(sqlite_world))
    close_case(sqlite_world, lead, case_id, None, ClosingOutcome.IMPROVED, "All is well.")
    clock.pass_days(367)
    assert find_due(sqlite_world) == 1
    return case_id


def a_lead(site: Flask, world: World, region: Region = Region.NORTH_EAST) -> Visitor:
    return signed_in(site, world, person(world, Role.LEAD, region))


def action(page: str, words: str) -> tuple[str, dict[str, str]]:
    """Where a button of a page posts to, and its hidden fields."""
    for form in re.findall(r"<form.*?</form>", page, re.DOTALL):
        if words in form:
            target = re.search(r'action="([^"]*)"', form)
            assert target
            return target[1], dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    pytest.fail(f"no button says {words!r}")


def press(visitor: Visitor, page: str, words: str, **more: str) -> str:
    where, fields = action(page, words)
    return visitor.post(where, {**fields, **more}, follow_redirects=True).text


def test_one_proposes_and_another_confirms_what_both_have_seen(
    site: Flask, sqlite_world: World, case_id: UUID
) -> None:
    one, other = a_lead(site, sqlite_world), a_lead(site, sqlite_world)
    assert str(case_id) in one.get("/retention").text
    assert "Reviews before destruction (1)" in one.get("/agenda").text
    page = one.get(f"/cases/{case_id}/retention").text
    assert "Jo Bright" not in page
    shown = press(one, page, "Propose to destroy it")
    assert "a second person must confirm it" in shown
    assert "Look once more and confirm" not in shown
    asked = press(other, other.get(f"/cases/{case_id}/retention").text, "Look once more and confirm")
    assert "This cannot be undone" in asked
    done = press(other, asked, "Destroy it", step="confirm")
    assert "It is destroyed. Nobody can read it again." in done
    assert "confirmed by" in other.get(f"/cases/{case_id}").text


def test_whoever_proposed_it_is_refused_though_they_know_the_address(
    site: Flask, sqlite_world: World, case_id: UUID
) -> None:
    one = a_lead(site, sqlite_world)
    page = press(one, one.get(f"/cases/{case_id}/retention").text, "Propose to destroy it")
    where, fields = action(page, "Take my proposal back")
    answer = one.post(where.replace("/stop", "/confirm"), {**fields, "step": "confirm"})
    assert (answer.status_code, "a second person" in answer.text) == (422, True)


def test_what_somebody_changed_meanwhile_is_looked_at_again(
    site: Flask, sqlite_world: World, case_id: UUID
) -> None:
    one, other = a_lead(site, sqlite_world), a_lead(site, sqlite_world)
    before = one.get(f"/cases/{case_id}/retention").text
    reason = {"reason": "A claim was announced."}
    form = f"/cases/{case_id}/retention/hold"
    _, fields = action(other.get(form).text, "Put it on hold")
    assert "on legal hold" in other.post(form, {**fields, **reason}, follow_redirects=True).text
    where, fields = action(before, "Propose to destroy it")
    assert one.post(where, fields).status_code == 409
    held = one.get(f"/cases/{case_id}").text
    assert "Legal hold" in held
    assert reason["reason"] not in held


def test_a_lead_of_another_region_finds_nothing(site: Flask, sqlite_world: World, case_id: UUID) -> None:
    stranger = a_lead(site, sqlite_world, Region.LONDON)
    assert str(case_id) not in stranger.get("/retention").text
    assert stranger.get(f"/cases/{case_id}/retention").status_code == 404
