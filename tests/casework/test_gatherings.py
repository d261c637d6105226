"""One meeting about several cases: each has its own part, and none knows of another."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.meetings.gatherings import cases_by_reference, cases_nearby
from clearinghouse.casework.meetings.minutes import MinuteAsked, preview_minute
from clearinghouse.casework.meetings.recording import NewMeeting, NewMeetingPassage, record_gathering
from clearinghouse.casework.meetings.tab import meetings_tab
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.protocol.minutes import MinuteParty
from clearinghouse.protocol.vocabulary import Audience, Outcome, SourceConsent
from clearinghouse.records import ledger
from clearinghouse.records.events import Event
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.meetings import ISSUE_A, ISSUE_B, ISSUE_C, joint_meeting
from tests.factories.people import person


def part(words: str, *issues: object) -> NewMeeting:
    """A case's part of a meeting, with a passage that everybody there heard."""
    passage = NewMeetingPassage(words, frozenset({Audience.MEETING}), SourceConsent.NOT_FROM_SOURCE)
    return replace(joint_meeting(*issues), passages=(passage,))  # type: ignore[arg-type]  # issues


def two_cases(world: World) -> tuple[Actor, UUID, UUID]:
    """A lead and two cases, of two councils."""
    lead = person(world, Role.LEAD)
    return (
        lead,
        triaged_case(world, lead, authority(world)),
        triaged_case(world, lead, authority(world, "Oxtown Council")),
    )


def test_one_recording_counts_for_each_case_and_each_shows_its_own_part(world: World) -> None:
    """The main line on both databases: a council would read of another's case, or its own meeting not count."""
    lead, one, two = two_cases(world)
    parts = {one: part("canary-one", ISSUE_A, ISSUE_B), two: part("canary-two", ISSUE_C)}
    record_gathering(world, lead, one, None, parts)
    (here,), (there,) = (meetings_tab(world, lead, each).meetings for each in (one, two))
    assert [issue.outcome for issue in here.issues] == [Outcome.A, Outcome.B]
    assert [issue.outcome for issue in there.issues] == [Outcome.C]
    assert "canary-two" not in str(here)
    assert "canary-one" not in str(there)
    assert [case_header(world, lead, each).escalated for each in (one, two)] == [False, True]
    minute = preview_minute(world, lead, one, here.id, MinuteAsked(MinuteParty.EVERYBODY))
    assert "canary-one" in str(minute.text)
    assert "canary-two" not in str(minute.text)
    assert case_header(world, lead, two).reference not in str(minute.text)
    assert verify(world).faults == ()
    with world.reading(lead) as work:
        events = [ledger.entries(work.session, each, Event.MEETING_RECORDED)[0].facts for each in (one, two)]
    shared = [set(map(str, each.values())) for each in events]
    told_apart = {value for value in shared[0] & shared[1] if len(value) == len(str(uuid4()))}
    assert not told_apart, "a key that both ledgers carry would betray the other case"


def test_the_other_case_is_named_only_to_who_may_know_of_it(sqlite_world: World) -> None:
    """Somebody walled off from the second council would learn that there is a case about it."""
    world = sqlite_world
    oxtown = authority(world, "Oxtown Council")
    lead = person(world, Role.LEAD)
    one = triaged_case(world, lead, authority(world))
    two = triaged_case(world, lead, oxtown)
    record_gathering(world, lead, one, None, {one: part("a", ISSUE_A), two: part("b", ISSUE_A)})
    (seen,) = meetings_tab(world, lead, one).meetings
    assert seen.also_about == ((two, case_header(world, lead, two).reference),)
    walled = person(world, Role.LEAD, walled_from=oxtown)
    (seen,) = meetings_tab(world, walled, one).meetings
    assert seen.also_about == ()


def test_a_case_that_the_lead_may_not_change_is_as_absent_as_one_that_does_not_exist(
    sqlite_world: World,
) -> None:
    """A lead could find out whether there is a case about a council from which they are walled off."""
    world = sqlite_world
    lead, one, two = two_cases(world)
    oxtown = authority(world, "Oxtown Borough Council")
    hidden = triaged_case(world, lead, oxtown)
    elsewhere = person(world, Role.LEAD, Region.SOUTH_WEST)
    walled = person(world, Role.LEAD, walled_from=oxtown)
    officer = person(world, Role.RIEP_OFFICER)
    add_to_case(world, lead, one, None, officer.person, Membership.TEAM)
    reference = case_header(world, lead, hidden).reference
    absent = "CH-BBB-BBB"
    for found in (
        cases_by_reference(world, walled, one, (reference, absent)),
        cases_by_reference(world, lead, one, (absent, "", "CH", case_header(world, lead, one).reference)),
    ):
        assert set(found) == {None}
    assert [each and each.id for each in cases_by_reference(world, lead, one, (reference,))] == [hidden]
    spoken = reference.removeprefix("CH-").replace("-", " ").lower()
    assert [each and each.id for each in cases_by_reference(world, lead, one, (spoken,))] == [hidden]
    for outsider in (elsewhere, officer):
        with pytest.raises(NotFound):
            cases_by_reference(world, outsider, one, (reference,))
        with pytest.raises(NotFound):
            cases_nearby(world, outsider, one)
    for barred in (hidden, uuid4()):
        with pytest.raises(NotFound):
            record_gathering(world, walled, one, None, {one: part("a", ISSUE_A), barred: part("b", ISSUE_A)})
    assert meetings_tab(world, lead, one).meetings == (), "one that is refused is refused as a whole"
    assert two


def test_cases_nearby_are_the_same_council_s_open_ones(sqlite_world: World) -> None:
    """A lead would have to know by heart which cases there are."""
    world = sqlite_world
    council = authority(world)
    lead = person(world, Role.LEAD)
    one, two = (triaged_case(world, lead, council) for _ in range(2))
    triaged_case(world, lead, authority(world, "Oxtown Council"))
    assert [each.id for each in cases_nearby(world, lead, one)] == [two]


def test_what_is_wrong_with_the_other_case_stands_under_its_name(sqlite_world: World) -> None:
    """The words would stand beside another case's issue, where they are not true."""
    lead, one, two = two_cases(sqlite_world)
    wrong = replace(ISSUE_A, outcome=Outcome.C)
    parts = {one: part("a", ISSUE_A), two: part("b", wrong)}
    with pytest.raises(Invalid) as refusal:
        record_gathering(sqlite_world, lead, one, None, parts)
    assert list(refusal.value.problems) == [f"{two}/issues_0_outcome"]
