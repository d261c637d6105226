"""The ladder on a case's page: where the case stands in words as well as in the picture, and links for who may."""

import re
from collections.abc import Callable
from html import unescape
from uuid import UUID

import pytest

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.closing import close_case
from clearinghouse.casework.escalation.risk import NewRiskReferral, refer_at_once
from clearinghouse.casework.triage import triage_case
from clearinghouse.casework.world import World
from clearinghouse.protocol.triage import TriageFacts
from clearinghouse.protocol.vocabulary import (
    Body,
    ClosingOutcome,
    KnownAnswer,
    Nature,
    Route,
    Scenario,
)
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.people import person
from tests.web.visitors import Visitor

SignIn = Callable[..., Visitor]
HEADING = "Where it stands: family first"


def me(visitor: Visitor) -> Actor:
    """Who the visitor is signed in as."""
    assert visitor.actor
    return visitor.actor


def ladder_of(visitor: Visitor, case_id: UUID) -> str:
    """The part of the page that is the ladder."""
    found = re.search(
        r'<section class="app-ladder".*?</section>', visitor.get(f"/cases/{case_id}").text, re.S
    )
    assert found, "the page shows no ladder"
    return found[0]


def words(markup: str) -> str:
    """What a reader hears: no tags, no runs of space."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


@pytest.fixture
def council(sqlite_world: World) -> UUID:
    """Midthorpe."""
    return authority(sqlite_world)


def test_where_the_case_stands_is_marked_once_in_the_list_and_said_in_words(
    signed_in_as: SignIn, sqlite_world: World, council: UUID
) -> None:
    """Somebody who does not see the picture, or no colours, would not know where the case stands."""
    lead = signed_in_as(Role.LEAD)
    case_id = triaged_case(sqlite_world, me(lead), council)
    shown = ladder_of(lead, case_id)
    assert shown.count("aria-current=") == 1
    here = re.search(r'<li[^>]*aria-current="step">(.*?)</li>', shown, re.S)
    assert here
    assert words(here[1]) == "2 Confidential dialogue Now"
    said = words(shown)
    assert "The case stands at step 2 of 7: confidential dialogue. The family's turn." in said
    assert "1 Triage Triaged on 23 November 2026. See it : triage Completed" in said
    assert "7 Referral The gate is shut. Not yet" in said
    assert shown.count("<svg") == 1
    assert 'role="img"' in shown


def test_what_the_nearest_gate_misses_leads_whoever_may_to_its_form(
    signed_in_as: SignIn, sqlite_world: World, council: UUID
) -> None:
    """A lead would look for the form; an associate would be led to one that is not there for them."""
    lead = signed_in_as(Role.LEAD)
    associate = signed_in_as(Role.ASSOCIATE)
    case_id = logged_case(sqlite_world, me(associate), council).case_id
    logged = ladder_of(lead, case_id)
    assert f'href="/cases/{case_id}/triage"' in logged
    assert f'href="/cases/{case_id}/offer"' not in logged, "no offer before the triage"
    facts = TriageFacts(Nature.SERVICE, Scenario.SERVICE_WEAKNESS, acknowledged=KnownAnswer.NO)
    triage_case(sqlite_world, me(lead), case_id, None, facts, Route.CONFIDENTIAL_DIALOGUE)
    assert f'href="/cases/{case_id}/offer"' in ladder_of(lead, case_id)
    for_the_associate = ladder_of(associate, case_id)
    assert f'href="/cases/{case_id}/offer"' not in for_the_associate
    assert f'href="/cases/{case_id}/conversations/new"' in for_the_associate
    assert "The sector offer has not been made." in words(for_the_associate)


def test_people_at_risk_wait_for_no_rung_and_the_page_says_so(
    signed_in_as: SignIn, sqlite_world: World, council: UUID
) -> None:
    """Whoever holds the concern would climb the ladder while people come to harm."""
    associate = signed_in_as(Role.ASSOCIATE)
    case_id = logged_case(sqlite_world, me(associate), council, people_at_risk=True).case_id
    assert "Nobody waits." in words(ladder_of(associate, case_id))
    assert f'href="/cases/{case_id}/risk/refer"' in ladder_of(associate, case_id)
    today = sqlite_world.today
    told = NewRiskReferral(
        Body.DEPARTMENT, "M. Osei", today, "They are in danger.", "No talk could come in time."
    )
    refer_at_once(sqlite_world, me(associate), case_id, None, told)
    said = words(ladder_of(associate, case_id))
    assert "Nobody waits." not in said
    assert "Referred at once, because nobody waits, on 23 November 2026." in said
    assert "Our referral to the government department, 23 November 2026. Family first was not given." in said


def test_a_closed_case_stands_nowhere_and_asks_nothing(
    signed_in_as: SignIn, sqlite_world: World, council: UUID
) -> None:
    """The page of a closed case would ask somebody to go on."""
    lead = signed_in_as(Role.LEAD)
    case_id = triaged_case(sqlite_world, me(lead), council)
    close_case(sqlite_world, me(lead), case_id, None, ClosingOutcome.UNFOUNDED, "There was nothing.")
    shown = ladder_of(lead, case_id)
    assert "aria-current" not in shown
    assert "Nobody's turn: the case is closed." in words(shown)
    assert "2 Confidential dialogue Not reached" in words(shown)
    assert "5 Support and its reviews Not reached" in words(shown)
    assert "/conversations/new" not in shown
    assert "one of three gates" not in words(shown)


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.AUDIT_OFFICER, Role.ASSOCIATE])
def test_who_sees_the_header_alone_sees_no_ladder(
    signed_in_as: SignIn, sqlite_world: World, council: UUID, role: Role
) -> None:
    """That a council was talked to, and when it refused, would be told to those who may not read the case."""
    lead = person(sqlite_world, Role.LEAD)
    case_id = triaged_case(sqlite_world, lead, council)
    region = Region.NORTH_EAST if role is Role.ASSOCIATE else None
    page = signed_in_as(role, region).get(f"/cases/{case_id}")
    assert page.status_code == 200
    assert HEADING not in page.text
    assert "Triaged on" not in page.text
