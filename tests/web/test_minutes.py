"""The screens of minutes: what is previewed is what is issued, in both its forms, and nobody else finds any of it."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid4

import pytest

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.meetings.minutes import minute_parties
from clearinghouse.casework.meetings.recording import correct_meeting, record_meeting
from clearinghouse.casework.meetings.tab import meetings_tab
from clearinghouse.casework.world import World
from clearinghouse.protocol.minutes import MinuteParty
from tests.casework.test_minutes import MEETING, WITHHELD, talk
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.web.visitors import Visitor

SignIn = Callable[..., Visitor]

BOTH = [("party", "authority"), ("to", "leader"), ("to", "chief_executive")]
CANARY = re.compile(r"canary-[a-z_-]+")


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


@pytest.fixture
def meeting_id(sqlite_world: World, lead: Visitor, case_id: UUID) -> UUID:
    assert lead.actor
    return record_meeting(sqlite_world, lead.actor, case_id, None, MEETING).meeting_id


def chosen(lead: Visitor, case_id: UUID, meeting_id: UUID, party: str, *to: str) -> str:
    """The address of the preview that the page of parties leads to."""
    answer = lead.post(f"/cases/{case_id}/meetings/{meeting_id}/minutes", {"party": party, "to": list(to)})
    assert answer.status_code == 303, answer.text
    return answer.location


def test_a_minute_is_chosen_previewed_issued_and_read_again_in_both_forms(
    lead: Visitor, case_id: UUID, meeting_id: UUID
) -> None:
    """The main line on the screens: what is issued would not be what was looked at."""
    tab = lead.get(f"/cases/{case_id}/meetings").text
    assert f"/cases/{case_id}/meetings/{meeting_id}/minutes" in tab
    path = chosen(lead, case_id, meeting_id, "authority", "leader", "chief_executive")
    assert parse_qsl(urlsplit(path).query) == BOTH
    before = lead.get(path).text
    assert set(CANARY.findall(before)) == {
        "canary-for-meeting",
        "canary-position-leader",
        "canary-position-chief",
    }
    assert "Passage 3: for the RIEP" in before
    answer = lead.post(path)
    assert answer.status_code == 303
    sheet, text = lead.get(answer.location), lead.get(f"{answer.location}.txt")
    assert set(CANARY.findall(sheet.text)) == set(CANARY.findall(text.text)) == set(CANARY.findall(before))
    assert "Passage" not in sheet.text + text.text, "a minute does not say that anything is left out"
    assert text.mimetype == "text/plain"
    assert "attachment" in text.headers["Content-Disposition"]
    assert "Midthorpe" not in text.headers["Content-Disposition"]
    assert answer.location in lead.get(f"/cases/{case_id}/meetings").text


def test_a_minute_for_the_council_says_who_there_gets_it(
    lead: Visitor, case_id: UUID, meeting_id: UUID
) -> None:
    """A minute would go to a council at large, to be read by whoever opens its post."""
    path = f"/cases/{case_id}/meetings/{meeting_id}/minutes"
    answer = lead.post(path, {"party": "authority"})
    assert (answer.status_code, answer.text.count("Select who of the council gets the minute")) == (422, 2)
    assert lead.post(path, {}).status_code == 422


def test_a_conversation_is_offered_unpicked_and_added_when_it_is_picked(
    sqlite_world: World, lead: Visitor, case_id: UUID, meeting_id: UUID
) -> None:
    """A confidence would be in the minute because nobody took it out."""
    assert lead.actor
    talk(sqlite_world, lead.actor, case_id)
    path = chosen(lead, case_id, meeting_id, "authority", "leader")
    page = lead.get(path).text
    assert "canary-talk-leader" in page
    assert "canary-talk-riep" not in page
    assert "canary-talk-no" not in page
    found = re.search(r'name="picked" type="checkbox" value="([0-9a-f-]+)"([^>]*)', page)
    assert found
    assert "checked" not in found[2]
    looked = lead.post(path, {"picked": found[1], "look": "yes"})
    assert looked.status_code == 200
    assert looked.text.count("canary-talk-leader") == 2, "in the minute, and beside its tick"
    sheet = lead.get(lead.post(path, {"picked": found[1]}).location).text
    assert "canary-talk-leader" in sheet
    assert lead.post(path, {"picked": str(uuid4())}).status_code == 422


@pytest.mark.parametrize("query", ["", "party=x", "party=authority&to=x", "party=other:x", "party=riep:"])
def test_an_address_that_names_no_party_leads_to_the_page_of_parties(
    lead: Visitor, case_id: UUID, meeting_id: UUID, query: str
) -> None:
    """An address typed by hand would break the page."""
    answer = lead.get(f"/cases/{case_id}/meetings/{meeting_id}/minute?{query}")
    assert answer.status_code == (200 if query == "party=riep:" else 303)


def test_what_no_party_may_be_told_is_in_no_minute_in_no_form(
    sqlite_world: World, lead: Visitor, case_id: UUID, meeting_id: UUID
) -> None:
    """The canary: a passage for nobody, or without the source's consent, would leave the house by some door."""
    assert lead.actor
    talk(sqlite_world, lead.actor, case_id)
    parties = minute_parties(sqlite_world, lead.actor, case_id, meeting_id).parties
    seen = 0
    for each in parties:
        key = f"{each.party.value}:{each.attendee_id}" if each.attendee_id else each.party.value
        for to in (["leader"], ["chief_executive"], ["leader", "chief_executive"]):
            path = chosen(lead, case_id, meeting_id, key, *to)
            page = lead.get(path).text
            picks = re.findall(r'name="picked" type="checkbox" value="([0-9a-f-]+)"', page)
            issued = lead.post(path, {"picked": picks})
            assert issued.status_code == 303
            for form in (page, lead.get(issued.location).text, lead.get(f"{issued.location}.txt").text):
                assert not [passage.text for passage in WITHHELD if passage.text in form], key
                assert "canary-talk-no-consent" not in form
                assert "Jo Bright" not in form
                seen += 1
            if each.party is not MinuteParty.AUTHORITY:
                break
    assert seen == 3 * (len(parties) + 2)


def test_the_walled_the_curious_and_the_officer_find_no_minute(
    sqlite_world: World, signed_in_as: SignIn, lead: Visitor, council: UUID, case_id: UUID, meeting_id: UUID
) -> None:
    """A minute could be made or read by somebody who may not know of the case."""
    assert lead.actor
    made = lead.post(chosen(lead, case_id, meeting_id, "riep")).location
    officer = signed_in_as(Role.RIEP_OFFICER)
    assert officer.actor
    outsiders = (
        signed_in_as(Role.LEAD, Region.SOUTH_WEST),
        signed_in_as(Role.LEAD, walled_from=council),
        signed_in_as(Role.ADMINISTRATOR, None),
        signed_in_as(Role.ASSOCIATE),
        officer,
    )
    making = [f"/cases/{case_id}/meetings/{meeting_id}/{rest}" for rest in ("minutes", "minute?party=riep")]
    for visitor in outsiders:
        for path in (made, f"{made}.txt", *making, f"/cases/{case_id}/meetings/{meeting_id}/correct"):
            assert visitor.get(path).status_code == 404, path
        for path in making:
            assert visitor.post(path, {"party": "riep"}).status_code == 404
    add_to_case(sqlite_world, lead.actor, case_id, None, officer.actor.person, Membership.TEAM)
    assert officer.get(made).status_code == 200
    assert officer.get(making[1]).status_code == 404
    assert "Make a minute" not in officer.get(f"/cases/{case_id}/meetings").text


def test_no_minute_is_made_of_an_entry_that_was_corrected(
    sqlite_world: World, lead: Visitor, case_id: UUID, meeting_id: UUID
) -> None:
    """A party would be sent what is known to be wrong."""
    assert lead.actor
    path = chosen(lead, case_id, meeting_id, "riep")
    made = lead.post(path).location
    correct_meeting(sqlite_world, lead.actor, case_id, None, meeting_id, MEETING, "The date was wrong.")
    assert lead.get(path).status_code == 422
    assert lead.post(path).status_code == 422
    assert "To be issued anew" in lead.get(f"/cases/{case_id}/meetings").text
    assert lead.get(made).status_code == 200, "what was issued can still be seen"
    (latest, _) = meetings_tab(sqlite_world, lead.actor, case_id).meetings
    assert "replaces" in lead.get(lead.post(chosen(lead, case_id, latest.id, "riep")).location).text


def test_a_minute_that_may_not_go_there_says_why_and_offers_no_button(
    lead: Visitor, case_id: UUID, meeting_id: UUID
) -> None:
    """A lead would press a button that only then says no."""
    page = lead.get(f"/cases/{case_id}/meetings/{meeting_id}/minute?party=lga").text
    assert "A minute goes only to the parties of the meeting." in page
    assert "Issue the minute" not in page
