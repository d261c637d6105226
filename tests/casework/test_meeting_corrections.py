"""Correcting a meeting: the later entry counts, the first stays, and what followed follows it."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.escalation.ladder import case_ladder
from clearinghouse.casework.facts import case_facts
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.meetings.minutes import MinuteAsked, issue_minute, issued_minute, preview_minute
from clearinghouse.casework.meetings.recording import correct_meeting, record_meeting
from clearinghouse.casework.meetings.tab import meetings_tab
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.protocol.minutes import MinuteParty
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Body,
    Capacity,
    DutyKind,
    EscalationAction,
    KnownAnswer,
    Outcome,
    Route,
)
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty, DutyState
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.meetings import (
    ISSUE_A,
    ISSUE_B,
    ISSUE_C,
    LATER,
    RED_FLAG,
    joint_meeting,
    pre_intervention_meeting,
)
from tests.factories.people import person
from tests.worlds import Clock

WHY = "The minutes of the Government Office say otherwise."
SOONER = date(2027, 1, 11)


def begun(world: World, route: Route = Route.JOINT_LOCAL_MEETING) -> tuple[Actor, UUID]:
    """A lead and a case that is on its way to a meeting."""
    lead = person(world, Role.LEAD)
    return lead, triaged_case(world, lead, authority(world), route)


def owed(world: World, actor: Actor, case_id: UUID) -> list[tuple[DutyKind, date]]:
    with world.reading(actor) as work:
        query = select(Duty).where(Duty.case_id == case_id, Duty.state == DutyState.OPEN)
        return sorted((duty.kind, duty.due_on) for duty in work.session.scalars(query))


def outcomes_that_count(world: World, actor: Actor, case_id: UUID) -> list[Outcome]:
    with world.reading(actor) as work:
        facts = case_facts(work, work.session.get_one(Case, case_id))
        return [each.outcome for each in facts.joint_local_meetings]


def test_a_correction_takes_the_place_of_what_it_corrects(world: World) -> None:
    """The main line on both databases: a wrong outcome C would stay on a council's record, with a red flag on it."""
    lead, case_id = begun(world)
    first = record_meeting(world, lead, case_id, None, joint_meeting(ISSUE_C)).meeting_id
    assert case_header(world, lead, case_id).escalated
    right = joint_meeting(ISSUE_A)
    later = correct_meeting(world, lead, case_id, None, first, right, WHY).meeting_id
    assert outcomes_that_count(world, lead, case_id) == [Outcome.A]
    assert not case_header(world, lead, case_id).escalated
    tab = meetings_tab(world, lead, case_id)
    assert [(each.id, each.is_corrected, each.corrects_id) for each in tab.meetings] == [
        (later, False, first),
        (first, True, None),
    ]
    assert tab.meetings[0].correction_reason == WHY
    with world.reading(lead) as work:
        case = work.session.get_one(Case, case_id)
        assert case_ladder(work, case, case_facts(work, case)).escalations == ()
    (entry,) = tab.escalations
    assert (entry.is_taken_back, entry.is_corrected, bool(entry.missing)) == (True, False, True)
    kinds = [kind for kind, _ in owed(world, lead, case_id)]
    assert (DutyKind.REVIEW, LATER) in owed(world, lead, case_id)
    assert kinds.count(DutyKind.FOLLOW_UP) == 0, "the follow-up of an escalation that there was not"
    assert verify(world).faults == ()


def test_what_is_owed_moves_with_the_correction(sqlite_world: World) -> None:
    """The review would stay on the wrong day, or be owed twice."""
    world = sqlite_world
    lead, case_id = begun(world)
    first = record_meeting(world, lead, case_id, None, joint_meeting(ISSUE_A, ISSUE_B)).meeting_id
    right = joint_meeting(replace(ISSUE_A, due_on=SOONER), replace(ISSUE_B, title="Homelessness"))
    correct_meeting(world, lead, case_id, None, first, right, WHY)
    assert owed(world, lead, case_id) == [
        (DutyKind.HAND_TO_RIEP, LATER),
        (DutyKind.REVIEW, SOONER),
        (DutyKind.ROUND_TABLE, LATER),
    ]


def test_what_was_done_already_is_not_owed_again(sqlite_world: World, clock: Clock) -> None:
    """Mending a name would bring back a review that was held."""
    world = sqlite_world
    lead, case_id = begun(world)
    first = record_meeting(world, lead, case_id, None, joint_meeting(ISSUE_A)).meeting_id
    clock.pass_days(80)
    again = replace(ISSUE_A, due_on=date(2027, 5, 4))
    record_meeting(world, lead, case_id, None, joint_meeting(again, held_on=LATER))
    before = owed(world, lead, case_id)
    correct_meeting(world, lead, case_id, None, first, joint_meeting(ISSUE_A), WHY)
    assert owed(world, lead, case_id) == before


def test_a_correction_ends_no_other_meeting_that_is_owed(sqlite_world: World) -> None:
    """Mending an old entry would strike out the meeting that has since come to be owed."""
    world = sqlite_world
    lead, case_id = begun(world)
    first = record_meeting(world, lead, case_id, None, joint_meeting(ISSUE_A)).meeting_id
    record_meeting(world, lead, case_id, None, joint_meeting(authority=Attendance.MISSED))
    assert DutyKind.JOINT_LOCAL_MEETING in dict(owed(world, lead, case_id))
    correct_meeting(world, lead, case_id, None, first, joint_meeting(ISSUE_A), WHY)
    assert DutyKind.JOINT_LOCAL_MEETING in dict(owed(world, lead, case_id))


def test_an_escalation_is_corrected_with_its_meeting_and_owes_nothing_twice(sqlite_world: World) -> None:
    """One escalation would stand there twice, or keep the wrong body."""
    world = sqlite_world
    lead, case_id = begun(world)
    first = record_meeting(world, lead, case_id, None, joint_meeting(ISSUE_C)).meeting_id
    before = owed(world, lead, case_id)
    right = replace(ISSUE_C, action=replace(RED_FLAG, action=EscalationAction.FURTHER_AUDIT))
    correct_meeting(world, lead, case_id, None, first, joint_meeting(right), WHY)
    later, earlier = meetings_tab(world, lead, case_id).escalations
    assert (later.action, later.corrects_id) == (EscalationAction.FURTHER_AUDIT, earlier.id)
    assert (earlier.action, earlier.is_corrected) == (EscalationAction.RED_FLAG, True)
    assert owed(world, lead, case_id) == before
    assert case_header(world, lead, case_id).escalated


def test_a_meeting_that_was_missed_in_error_does_not_count_twice(sqlite_world: World) -> None:
    """A locality would be held to have stayed away from a meeting twice that it missed once."""
    world = sqlite_world
    lead, case_id = begun(world)
    stayed_away = joint_meeting(authority=Attendance.MISSED)
    first = record_meeting(world, lead, case_id, None, stayed_away).meeting_id
    correct_meeting(world, lead, case_id, None, first, stayed_away, WHY)
    not_asked = replace(ISSUE_C, locality_agrees=KnownAnswer.NOT_KNOWN)
    corrected = replace(stayed_away, issues=(not_asked,))
    latest = meetings_tab(world, lead, case_id).meetings[0].id
    with pytest.raises(Invalid, match="Say whether the locality agrees"):
        correct_meeting(world, lead, case_id, None, latest, corrected, WHY)
    assert record_meeting(world, lead, case_id, None, corrected).escalations


def test_a_pre_intervention_meeting_is_corrected_too(sqlite_world: World) -> None:
    """The gate would stand open on what was found in error, or not say who is still to be asked."""
    world = sqlite_world
    lead, case_id = begun(world, Route.PRE_INTERVENTION_MEETING)
    wrong = pre_intervention_meeting(feasible=False)
    first = record_meeting(world, lead, case_id, None, wrong).meeting_id
    right = pre_intervention_meeting(feasible=None, without=Body.IDEA)
    correct_meeting(world, lead, case_id, None, first, right, WHY)
    later, earlier = meetings_tab(world, lead, case_id).meetings
    assert (later.still_to_ask, earlier.still_to_ask) == (("IDeA",), ())
    with world.reading(lead) as work:
        (fact,) = case_facts(work, work.session.get_one(Case, case_id)).pre_intervention_meetings
        assert fact.sector_led_feasible is None


@pytest.mark.parametrize(
    ("reason", "kind_differs", "words"), [("", False, "Enter why"), (WHY, True, "what kind of meeting")]
)
def test_a_correction_has_a_reason_and_keeps_the_kind(
    sqlite_world: World, reason: str, kind_differs: bool, words: str
) -> None:
    """Nobody could tell why a record was changed."""
    lead, case_id = begun(sqlite_world)
    first = record_meeting(sqlite_world, lead, case_id, None, joint_meeting(ISSUE_A)).meeting_id
    given = pre_intervention_meeting(feasible=True) if kind_differs else joint_meeting(ISSUE_A)
    with pytest.raises(Invalid, match=words) as refusal:
        correct_meeting(sqlite_world, lead, case_id, None, first, given, reason)
    assert list(refusal.value.problems) == ["reason"]


def test_an_entry_is_corrected_once_and_only_by_who_may_record_it(sqlite_world: World) -> None:
    """Two corrections of one entry would both count; or somebody elsewhere rewrite the record."""
    world = sqlite_world
    council = authority(world)
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, council)
    first = record_meeting(world, lead, case_id, None, joint_meeting(ISSUE_A)).meeting_id
    for outsider in (
        person(world, Role.LEAD, walled_from=council),
        person(world, Role.LEAD, Region.SOUTH_WEST),
        person(world, Role.ASSOCIATE),
    ):
        with pytest.raises(NotFound):
            correct_meeting(world, outsider, case_id, None, first, joint_meeting(ISSUE_A), WHY)
    correct_meeting(world, lead, case_id, None, first, joint_meeting(ISSUE_B), WHY)
    with pytest.raises(Refused, match="corrected already"):
        correct_meeting(world, lead, case_id, None, first, joint_meeting(ISSUE_C), WHY)
    other = triaged_case(world, lead, council)
    with pytest.raises(NotFound):
        correct_meeting(world, lead, other, None, first, joint_meeting(ISSUE_A), WHY)


FOR_THE_CHIEF = MinuteAsked(MinuteParty.AUTHORITY, frozenset({Capacity.CHIEF_EXECUTIVE}))
FOR_AUDIT = MinuteAsked(MinuteParty.AUDIT_COMMISSION)


def test_minutes_of_a_corrected_meeting_are_owed_anew_until_each_party_has_its_own(
    sqlite_world: World,
) -> None:
    """A party would go on with a minute that is wrong, and nobody be reminded of it."""
    world = sqlite_world
    lead, case_id = begun(world)
    first = record_meeting(world, lead, case_id, None, joint_meeting(ISSUE_A)).meeting_id
    for asked in (FOR_THE_CHIEF, FOR_AUDIT):
        issue_minute(world, lead, case_id, None, first, asked)
    later = correct_meeting(world, lead, case_id, None, first, joint_meeting(ISSUE_B), WHY).meeting_id
    assert DutyKind.FOLLOW_UP in dict(owed(world, lead, case_id))
    with pytest.raises(Refused, match="was corrected"):
        preview_minute(world, lead, case_id, first, FOR_AUDIT)
    old = meetings_tab(world, lead, case_id).meetings[1].minutes
    assert [each.is_outdated for each in old] == [True, True]
    minute_id = issue_minute(world, lead, case_id, None, later, FOR_THE_CHIEF)
    assert "This minute replaces the one of" in issued_minute(world, lead, case_id, minute_id).plain
    assert DutyKind.FOLLOW_UP in dict(owed(world, lead, case_id)), (
        "the Audit Commission still has the old one"
    )
    issue_minute(world, lead, case_id, None, later, FOR_AUDIT)
    assert DutyKind.FOLLOW_UP not in dict(owed(world, lead, case_id))
    assert not [each for each in meetings_tab(world, lead, case_id).meetings[1].minutes if each.is_outdated]


def test_a_correction_without_minutes_owes_none(sqlite_world: World) -> None:
    """Everybody would be sent to write to nobody."""
    lead, case_id = begun(sqlite_world)
    first = record_meeting(sqlite_world, lead, case_id, None, joint_meeting(ISSUE_A)).meeting_id
    correct_meeting(sqlite_world, lead, case_id, None, first, joint_meeting(ISSUE_A), WHY)
    assert DutyKind.FOLLOW_UP not in dict(owed(sqlite_world, lead, case_id))


def test_nobody_is_told_of_an_escalation_that_was_taken_back_at_the_second_correction(
    sqlite_world: World,
) -> None:
    """A council that the meeting never escalated would be told that it was, by whoever still owes it."""
    lead, case_id = begun(sqlite_world)
    away = Attendance.DECLINED
    at_c = joint_meeting(ISSUE_C, authority=away)
    first = record_meeting(sqlite_world, lead, case_id, None, at_c).meeting_id
    second = correct_meeting(sqlite_world, lead, case_id, None, first, at_c, WHY).meeting_id
    assert DutyKind.TELL_AUTHORITY in dict(owed(sqlite_world, lead, case_id))
    at_a = joint_meeting(ISSUE_A, authority=away)
    correct_meeting(sqlite_world, lead, case_id, None, second, at_a, WHY)
    assert not {DutyKind.TELL_AUTHORITY, DutyKind.FOLLOW_UP} & dict(owed(sqlite_world, lead, case_id)).keys()
