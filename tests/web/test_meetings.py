"""The meetings tab and the page that records a meeting: nothing typed is lost, a contradiction is said beside it."""

import re
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.drafts import save_draft
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.meetings.recording import record_meeting
from clearinghouse.casework.meetings.tab import meetings_tab
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Body, Outcome, Standing
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.meetings import ISSUE_A, joint_meeting, pre_intervention_meeting
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
    assert "Review-canary" in lead.get(f"/cases/{case_id}/plan").text


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


CORRECTION = {
    **TYPED,
    "reason": "Why-canary",
    "issues_0_locality_agrees": "yes",
    "issues_0_outcome": "b",
    "issues_0_person": "Person-canary",
    "issues_0_taken_up_on": ["1", "2", "2027"],
    "issues_0_for_round_table": "Round-table-canary",
}


def recorded(world: World, lead: Visitor, case_id: UUID) -> UUID:
    """A meeting that was recorded on the page; gives its id."""
    assert lead.actor
    lead.post(f"/cases/{case_id}/meetings/new", TYPED)
    return meetings_tab(world, lead.actor, case_id).meetings[0].id


def test_a_correction_begins_as_the_meeting_stands_and_takes_its_place(
    sqlite_world: World, lead: Visitor, case_id: UUID
) -> None:
    """A whole meeting would be typed again to mend a word, or its first entry be lost."""
    path = f"/cases/{case_id}/meetings/{recorded(sqlite_world, lead, case_id)}/correct"
    begins = lead.get(path).text
    assert all(canary in begins for canary in CANARIES)
    assert "23" in begins
    answer = lead.post(path, CORRECTION)
    assert (answer.status_code, answer.location) == (303, f"/cases/{case_id}/meetings")
    tab = lead.get(f"/cases/{case_id}/meetings").text
    for said in ("Why-canary", "Person-canary", "Round-table-canary", "Corrected since", "Title-canary"):
        assert said in tab, said
    assert "Its meeting was corrected" in tab
    again = lead.post(path, CORRECTION)
    assert again.status_code == 422
    assert "corrected already" in again.text
    assert "Why-canary" in again.text


def test_a_correction_that_is_refused_keeps_what_was_typed(
    sqlite_world: World, lead: Visitor, case_id: UUID
) -> None:
    """The reason and the mended words would be typed again because of one answer."""
    path = f"/cases/{case_id}/meetings/{recorded(sqlite_world, lead, case_id)}/correct"
    answer = lead.post(path, {**CORRECTION, "issues_0_outcome": "a"})
    assert answer.status_code == 422
    assert "this is outcome B" in answer.text
    assert "Why-canary" in answer.text
    assert lead.post(path, {**CORRECTION, "reason": ""}).text.count("Enter why the meeting is corrected") == 2
    assert "Person-canary" in lead.get(path).text, "what was refused is there again"


def test_a_note_of_old_is_not_lost_in_a_draft_or_a_correction(
    sqlite_world: World, lead: Visitor, case_id: UUID
) -> None:
    """What somebody typed before notes had passages would be gone."""
    assert lead.actor
    save_draft(sqlite_world, lead.actor, f"meeting:{case_id}", {"note": ["Old-note-canary"]})
    assert "Old-note-canary" in lead.get(f"/cases/{case_id}/meetings/new").text
    old = replace(joint_meeting(ISSUE_A), note="Old-note-canary")
    met = record_meeting(sqlite_world, lead.actor, case_id, None, old)
    assert "Old-note-canary" in lead.get(f"/cases/{case_id}/meetings").text
    assert "Old-note-canary" in lead.get(f"/cases/{case_id}/meetings/{met.meeting_id}/correct").text


def test_a_passage_that_somebody_may_be_told_says_whether_it_comes_from_the_source(
    lead: Visitor, case_id: UUID
) -> None:
    """A passage would be released, and then held back for want of an answer that nobody asked for."""
    typed = {**TYPED, "passages_0_audiences": ["riep"]}
    answer = lead.post(f"/cases/{case_id}/meetings/new", typed)
    assert answer.text.count("Select whether it comes from the source") == 2
    assert "Passage-canary" in answer.text
    free = {**typed, "passages_0_consents": "not_from_source"}
    assert lead.post(f"/cases/{case_id}/meetings/new", free).status_code == 303
    assert "May be told: the RIEP. Nothing in it comes from the source." in " ".join(
        lead.get(f"/cases/{case_id}/meetings").text.split()
    )


def test_a_meeting_about_two_cases_is_recorded_on_one_page(
    sqlite_world: World, lead: Visitor, case_id: UUID
) -> None:
    """A second case would need a second recording, or read the first one's part."""
    assert lead.actor
    other = triaged_case(sqlite_world, lead.actor, authority(sqlite_world, "Oxtown Council"))
    reference = case_header(sqlite_world, lead.actor, other).reference
    path = f"/cases/{case_id}/meetings/new"
    assert 'name="cases_0_reference"' in lead.post(path, {**TYPED, "more": "cases"}).text
    typed: dict[str, object] = {**TYPED, "cases_0_reference": reference}
    taken_in = lead.post(path, {**typed, "more": "cases"})
    assert f'<option value="{other}"' in taken_in.text
    unassigned = lead.post(path, typed)
    assert unassigned.text.count("Select the case that the issue belongs to") == 2
    assert all(canary in unassigned.text for canary in CANARIES)
    second = {
        name.replace("issues_0", "issues_1"): f"{text} two" if "anary" in text else text
        for name, text in TYPED.items()
        if "issues_0" in name and isinstance(text, str)
    }
    typed |= second | {"issues_0_case": str(case_id), "issues_1_case": str(other)}
    typed |= {"attendees_0_case": str(case_id), "passages_0_case": str(case_id)}
    nobody_there = lead.post(path, typed)
    assert nobody_there.status_code == 422
    assert 'href="#cases_0_reference"' in nobody_there.text
    typed |= {"attendees_1_attendance": "attended", "attendees_1_case": "all"}
    assert lead.post(path, typed).status_code == 303
    here, there = (lead.get(f"/cases/{each}/meetings").text for each in (case_id, other))
    assert "Title-canary two" not in here
    assert "Title-canary two" in there
    assert not [
        canary for canary in ("Position-canary", "Robin Hale-Canary", "Passage-canary") if canary in there
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"attendees_0_case": "all"}, "Select the case whose authority it is"),
        (
            {"attendees_0_case": "all", "attendees_0_body": "lga"},
            "Select the case on which they took this position",
        ),
        ({"attendees_0_case": ""}, "Select the case for which they were asked"),
        ({"passages_0_case": ""}, "Select the case that it is about"),
        ({"cases_0_reference": "CH-BBB-BBB"}, "There is no other case with this reference"),
    ],
)
def test_no_row_is_shown_on_a_case_to_which_nobody_gave_it(
    sqlite_world: World, lead: Visitor, case_id: UUID, change: dict[str, str], words: str
) -> None:
    """One council's position would be read on another's case."""
    assert lead.actor
    other = triaged_case(sqlite_world, lead.actor, authority(sqlite_world, "Oxtown Council"))
    reference = case_header(sqlite_world, lead.actor, other).reference
    mine = dict.fromkeys(("issues_0_case", "attendees_0_case", "passages_0_case"), str(case_id))
    typed = {**TYPED, **mine, "cases_0_reference": reference, **change}
    answer = lead.post(f"/cases/{case_id}/meetings/new", typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert meetings_tab(sqlite_world, lead.actor, case_id).meetings == ()


def test_a_hidden_case_and_an_absent_one_get_the_same_answer(
    sqlite_world: World, signed_in_as: SignIn, lead: Visitor, case_id: UUID
) -> None:
    """A lead could try references until one of a council that is hidden from them answers differently."""
    assert lead.actor
    oxtown = authority(sqlite_world, "Oxtown Council")
    hidden = case_header(sqlite_world, lead.actor, triaged_case(sqlite_world, lead.actor, oxtown)).reference
    walled = signed_in_as(Role.LEAD, walled_from=oxtown)
    pages = []
    for reference in (hidden, "CH-BBB-BBB"):
        typed = {**TYPED, "cases_0_reference": reference, "more": "cases", "post_key": str(UUID(int=1))}
        page = walled.post(f"/cases/{case_id}/meetings/new", typed).text
        pages.append(
            re.sub(r'value="[^"]{60,}"|nonce="[^"]+"|content="[^"]{60,}"', "", page.replace(reference, ""))
        )
    assert "There is no other case with this reference" in pages[0]
    assert pages[0] == pages[1]


def test_who_is_still_to_be_asked_is_named_on_the_screens(
    sqlite_world: World, lead: Visitor, case_id: UUID
) -> None:
    """A lead would learn that the gate is shut, and not whom to ask."""
    assert lead.actor
    meeting = pre_intervention_meeting(feasible=False, without=Body.IDEA)
    record_meeting(sqlite_world, lead.actor, case_id, None, meeting)
    for page in ("meetings", "refer"):
        assert "Still to be asked:</strong> IDeA." in lead.get(f"/cases/{case_id}/{page}").text, page
