"""The pages of escalations, of our referral behind its gate, and of the referral that waits for nobody."""

from collections.abc import Callable
from uuid import UUID

import pytest

from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.meetings.recording import record_meeting
from clearinghouse.casework.meetings.tab import meetings_tab
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import EscalationAction
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.meetings import pre_intervention_meeting
from tests.web.visitors import Visitor

SignIn = Callable[..., Visitor]

TODAY = ["23", "11", "2026"]
ESCALATION = {
    "body": "audit_commission",
    "action": "red_flag",
    "on": TODAY,
    "reason": "Reason-canary",
    "agreed_by": "Agreed-canary",
    "authority_told": "Told-canary",
    "follow_up_on": ["14", "12", "2026"],
}
AT_ONCE = {
    "body": "department",
    "recipient": "Recipient-canary",
    "on": TODAY,
    "reason": "Reason-canary",
    "why_not_family_first": "Waiting-canary",
    "people_at_risk": "y",
}


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


def open_the_gate(world: World, lead: Visitor, case_id: UUID) -> None:
    assert lead.actor
    record_meeting(world, lead.actor, case_id, None, pre_intervention_meeting(feasible=False))


def test_an_escalation_is_recorded_then_corrected(sqlite_world: World, lead: Visitor, case_id: UUID) -> None:
    """A fact could not be recorded on a screen, or its correction begin from nothing."""
    assert lead.actor
    path = f"/cases/{case_id}/escalation/new"
    refused = lead.post(path, {**ESCALATION, "body": ""})
    assert refused.status_code == 422
    assert all(text in refused.text for text in ("Reason-canary", "Agreed-canary", "Told-canary"))
    assert "Reason-canary" in lead.get(path).text
    assert lead.post(path, ESCALATION).status_code == 303
    assert "Reason-canary" not in lead.get(path).text
    (entry,) = meetings_tab(sqlite_world, lead.actor, case_id).escalations
    correct = f"/cases/{case_id}/escalation/{entry.id}/correct"
    assert "Reason-canary" in lead.get(correct).text
    assert lead.post(correct, {**ESCALATION, "action": "further_audit"}).status_code == 303
    tab = lead.get(f"/cases/{case_id}/meetings").text
    assert "Correction: Further audit" in tab
    assert "Corrected since" in tab


def test_a_referral_behind_a_shut_gate_says_what_is_missing_and_can_owe_it(
    lead: Visitor, case_id: UUID
) -> None:
    """A lead would meet a shut gate without a way to open it."""
    page = lead.get(f"/cases/{case_id}/refer").text
    assert "The sector offer has not been made." in page
    assert 'name="recipient"' not in page
    forced = lead.post(f"/cases/{case_id}/refer", {**ESCALATION, "recipient": "M. Osei", "step": "confirm"})
    assert forced.status_code == 422
    assert "No joint local meeting has ended in outcome C." in forced.text
    assert lead.post(f"/cases/{case_id}/refer/owe").status_code == 303
    assert "Hold the joint local meeting" in lead.get(f"/cases/{case_id}").text


def test_a_referral_through_its_gate_is_confirmed_before_it_is_made(
    sqlite_world: World, lead: Visitor, case_id: UUID
) -> None:
    """A referral that cannot be deleted would be made by one slip, or "Change it" lose what was typed."""
    assert lead.actor
    open_the_gate(sqlite_world, lead, case_id)
    path, typed = f"/cases/{case_id}/refer", {**ESCALATION, "recipient": "Recipient-canary"}
    confirmation = lead.post(path, typed)
    assert "cannot be deleted" in confirmation.text
    assert meetings_tab(sqlite_world, lead.actor, case_id).escalations == ()
    changed = lead.post(path, {**typed, "step": "change"})
    assert all(text in changed.text for text in ("Recipient-canary", "Reason-canary", "Told-canary"))
    assert lead.post(path, {**typed, "step": "confirm"}).status_code == 303
    (entry,) = meetings_tab(sqlite_world, lead.actor, case_id).escalations
    assert (entry.ours, entry.recipient, entry.action) == (
        True,
        "Recipient-canary",
        EscalationAction.RED_FLAG,
    )


def test_a_referral_at_once_is_confirmed_by_a_lead_who_sees_nothing_else(
    signed_in_as: SignIn, lead: Visitor, case_id: UUID, council: UUID
) -> None:
    """The second lead could not decide, or would see the rest of the case, or the same lead could decide alone."""
    path = f"/cases/{case_id}/risk/refer"
    untold = lead.post(path, {name: text for name, text in AT_ONCE.items() if name != "people_at_risk"})
    assert untold.status_code == 422
    assert "Waiting-canary" in untold.text
    assert lead.post(path, AT_ONCE).status_code == 303
    second, walled = signed_in_as(Role.LEAD, Region.LONDON), signed_in_as(Role.LEAD, walled_from=council)
    forwarded = second.get(f"/cases/{case_id}/risk").location
    assert forwarded
    shown = second.get(forwarded).text
    assert all(text in shown for text in ("Recipient-canary", "Reason-canary", "Waiting-canary"))
    for tab in ("", "/meetings", "/conversations", "/risk/refer"):
        assert second.get(f"/cases/{case_id}{tab}").status_code == 404
        assert walled.get(f"/cases/{case_id}{tab}").status_code == 404
    assert walled.get(forwarded).status_code == 404
    assert walled.get(f"/cases/{case_id}/risk").status_code == 404
    assert lead.get(f"/cases/{case_id}/risk").location == forwarded
    assert "a different lead confirms" in lead.get(forwarded).text
    assert lead.post(forwarded, {"decision": "confirmed"}).status_code == 422
    unsaid = second.post(forwarded, {"decision": "questioned", "view": ""})
    assert unsaid.status_code == 422
    assert second.post(forwarded, {"decision": "questioned", "view": "View-canary"}).status_code == 303
    assert second.get(forwarded).status_code == 404
    assert "View-canary" in lead.get(f"/cases/{case_id}/meetings").text


def test_a_referral_at_once_is_reviewed(sqlite_world: World, lead: Visitor, case_id: UUID) -> None:
    """The review within ten days could not be recorded on a screen."""
    assert lead.actor
    lead.post(f"/cases/{case_id}/risk/refer", AT_ONCE)
    (entry,) = meetings_tab(sqlite_world, lead.actor, case_id).escalations
    path = f"/cases/{case_id}/risk/{entry.id}/review"
    assert "Reason-canary" in lead.get(path).text
    assert lead.post(path, {"held_on": TODAY, "note": ""}).status_code == 422
    assert lead.post(path, {"held_on": TODAY, "note": "Review-canary"}).status_code == 303
    assert "Review-canary" in lead.get(f"/cases/{case_id}/meetings").text


@pytest.mark.parametrize("path", ["escalation/new", "refer", "risk/refer", "risk"])
def test_the_curious_the_walled_and_the_administrator_find_nothing(
    signed_in_as: SignIn, council: UUID, case_id: UUID, path: str
) -> None:
    """A page would open, or answer differently, to somebody who may not know of the case."""
    outsiders = (
        signed_in_as(Role.LEAD, Region.SOUTH_WEST),
        signed_in_as(Role.LEAD, walled_from=council),
        signed_in_as(Role.ADMINISTRATOR, None),
        signed_in_as(Role.COORDINATOR, None),
    )
    for visitor in outsiders:
        assert visitor.get(f"/cases/{case_id}/{path}").status_code == 404
        if path != "risk":
            assert visitor.post(f"/cases/{case_id}/{path}", {**ESCALATION, **AT_ONCE}).status_code == 404
