"""The meetings tab and the page that records a meeting: nothing typed is lost, a contradiction is said beside it."""

from collections.abc import Callable
from uuid import UUID

import pytest

from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.meetings_tab import meetings_tab
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Outcome, Standing
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.web.visitors import Visitor

SignIn = Callable[..., Visitor]

TYPED = {
    "held_on": ["23", "11", "2026"],
    "attendees_0_body": "authority",
    "attendees_0_attendance": "attended",
    "attendees_0_capacity": "chief_executive",
    "attendees_0_name": "Robin Hale-Canary",
    "attendees_0_position": "Position-canary",
    "attendees_1_body": "government_office",
    "attendees_1_attendance": "",
    "issues_0_title": "Title-canary",
    "issues_0_satisfied": "no",
    "issues_0_locality_agrees": "no",
    "issues_0_outcome": "c",
    "issues_0_body": "audit_commission",
    "issues_0_action": "red_flag",
    "issues_0_reason": "Reason-canary",
    "passages_0_text": "Passage-canary",
}
CANARIES = [text for name, text in TYPED.items() if "anary" in text]


@pytest.fixture
def lead(signed_in_as: SignIn) -> Visitor:
    return signed_in_as(Role.LEAD)


@pytest.fixture
def council(sqlite_world: World) -> UUID:
    return authority(sqlite_world)


@pytest.fixture
def case_id(sqlite_world: World, lead: Visitor, council: UUID) -> UUID:
    assert lead.actor
    return triaged_case(sqlite_world, lead.actor, council)


def test_a_meeting_is_recorded_and_read_again_on_the_tab(
    sqlite_world: World, lead: Visitor, case_id: UUID
) -> None:
    """What was typed would not arrive, or its finding not be shown in words."""
    page = lead.get(f"/cases/{case_id}/meetings/new")
    assert page.status_code == 200
    answer = lead.post(f"/cases/{case_id}/meetings/new", TYPED)
    assert (answer.status_code, answer.location) == (303, f"/cases/{case_id}/meetings")
    tab = lead.get(f"/cases/{case_id}/meetings").text
    assert all(canary in tab for canary in CANARIES)
    assert "Family first was not given." in tab
    assert "The sector offer has not been made." in tab


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"issues_0_outcome": "a"}, "The regulators are not satisfied and the locality does not agree"),
        ({"issues_0_reason": ""}, "Enter why it is not satisfied"),
        ({"held_on": ["31", "2", "2026"]}, "must be a real date"),
        ({"held_on": ["24", "11", "2026"]}, "cannot be in the future"),
        ({"attendees_0_attendance": ""}, "Select whether they came"),
        ({"issues_0_satisfied": ""}, "Select whether the regulators are satisfied"),
    ],
)
def test_a_refused_meeting_keeps_all_that_was_typed(
    lead: Visitor, case_id: UUID, change: dict[str, object], words: str
) -> None:
    """Somebody would type a whole meeting again because of one answer."""
    typed = {**TYPED, **change}
    answer = lead.post(f"/cases/{case_id}/meetings/new", typed)
    assert answer.status_code == 422
    assert answer.text.count(words) >= 2, "in the summary and at the field"
    kept = [canary for canary in CANARIES if canary in typed.values()]
    assert all(canary in answer.text for canary in kept)


def test_a_contradiction_in_the_second_issue_stands_at_the_second_issue(lead: Visitor, case_id: UUID) -> None:
    """The words would stand at another issue, where they are not true."""
    second = {
        name.replace("issues_0", "issues_2"): text
        for name, text in TYPED.items()
        if name.startswith("issues_0")
    }
    typed = {**TYPED, **second, "issues_1_title": "", "issues_2_outcome": "b"}
    answer = lead.post(f"/cases/{case_id}/meetings/new", typed)
    assert answer.status_code == 422
    assert 'href="#issues_2_person"' not in answer.text
    assert 'href="#issues_2_outcome' in answer.text


def test_another_issue_is_asked_for_without_losing_or_keeping_anything(
    sqlite_world: World, lead: Visitor, case_id: UUID
) -> None:
    """Without script the button would record half a meeting, or forget it."""
    assert lead.actor
    answer = lead.post(f"/cases/{case_id}/meetings/new", {**TYPED, "more": "issues"})
    assert answer.status_code == 200
    assert 'name="issues_1_title"' in answer.text
    assert all(canary in answer.text for canary in CANARIES)
    assert meetings_tab(sqlite_world, lead.actor, case_id).meetings == ()
    more = {name.replace("issues_0", "issues_1"): text for name, text in TYPED.items() if "issues_0" in name}
    lead.post(f"/cases/{case_id}/meetings/new", {**TYPED, **more})
    (met,) = meetings_tab(sqlite_world, lead.actor, case_id).meetings
    assert [issue.outcome for issue in met.issues] == [Outcome.C, Outcome.C]


def test_a_pre_intervention_meeting_and_a_review_are_recorded(
    sqlite_world: World, lead: Visitor, case_id: UUID
) -> None:
    """The second gate's meeting, or the review, could not be recorded on a screen."""
    assert lead.actor
    path = f"/cases/{case_id}/meetings/pre-intervention"
    assert 'value="leading_member" selected' in lead.get(path).text
    answer = lead.post(path, {**TYPED, "feasible": "no"})
    assert answer.status_code == 303
    (met,) = meetings_tab(sqlite_world, lead.actor, case_id).meetings
    assert met.sector_led_feasible is False
    review = {"held_on": ["23", "11", "2026"], "progress": "inadequate", "note": "Review-canary"}
    assert lead.post(f"/cases/{case_id}/reviews/new", {**review, "progress": ""}).status_code == 422
    assert lead.post(f"/cases/{case_id}/reviews/new", review).status_code == 303
    assert case_header(sqlite_world, lead.actor, case_id).standing is Standing.UNDER_REVIEW
    assert "Review-canary" in lead.get(f"/cases/{case_id}/meetings").text


def test_what_was_refused_is_there_again_until_it_is_recorded(lead: Visitor, case_id: UUID) -> None:
    """Somebody who is called away would begin again, or find yesterday's meeting in today's form."""
    path = f"/cases/{case_id}/meetings/new"
    more = {name.replace("issues_0", "issues_1"): text for name, text in TYPED.items() if "issues_0" in name}
    lead.post(path, {**TYPED, **more, "held_on": ["", "", ""]})
    again = lead.get(path).text
    assert 'name="issues_1_title"' in again
    assert all(canary in again for canary in CANARIES)
    lead.post(path, {**TYPED, **more})
    assert "canary" not in lead.get(path).text


def test_a_meeting_recorded_over_a_change_is_refused(lead: Visitor, case_id: UUID) -> None:
    """Two leads would record over each other's change."""
    answer = lead.post(f"/cases/{case_id}/meetings/new", {**TYPED, "version": "1"})
    assert answer.status_code == 409
    assert "Reason-canary" in answer.text


@pytest.mark.parametrize("path", ["meetings", "meetings/new", "meetings/pre-intervention", "reviews/new"])
def test_the_curious_the_walled_and_the_administrator_find_nothing(
    signed_in_as: SignIn, council: UUID, case_id: UUID, path: str
) -> None:
    """A page would open, or answer differently, to somebody who may not know of the case."""
    outsiders = (
        signed_in_as(Role.LEAD, Region.SOUTH_WEST),
        signed_in_as(Role.LEAD, walled_from=council),
        signed_in_as(Role.ADMINISTRATOR, None),
        signed_in_as(Role.ASSOCIATE),
    )
    for visitor in outsiders:
        assert visitor.get(f"/cases/{case_id}/{path}").status_code == 404
        if path != "meetings":
            assert visitor.post(f"/cases/{case_id}/{path}", TYPED).status_code == 404
