"""Meetings: the five rows of the outcomes, and what each outcome leaves owed."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.meetings.recording import NewIssue, record_meeting
from clearinghouse.casework.meetings.tab import meetings_tab
from clearinghouse.casework.plans.reviews import record_review
from clearinghouse.casework.plans.tab import plan_tab
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import (
    Attendance,
    DutyKind,
    KnownAnswer,
    Outcome,
    Route,
    Standing,
)
from clearinghouse.records import ledger
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.meetings import (
    ISSUE_A,
    ISSUE_B,
    ISSUE_C,
    LATER,
    MET_ON,
    issue,
    joint_meeting,
    pre_intervention_meeting,
)
from tests.factories.people import person
from tests.worlds import Clock

YES, NO, NOT_KNOWN = KnownAnswer.YES, KnownAnswer.NO, KnownAnswer.NOT_KNOWN
A, B, C = Outcome


def begun(world: World, route: Route = Route.JOINT_LOCAL_MEETING) -> tuple[Actor, UUID]:
    """A lead and a case that is on its way to a meeting."""
    lead = person(world, Role.LEAD)
    return lead, triaged_case(world, lead, authority(world), route)


def owed(world: World, actor: Actor, case_id: UUID) -> dict[DutyKind, date]:
    with world.reading(actor) as work:
        query = select(Duty).where(Duty.case_id == case_id, Duty.state == DutyState.OPEN)
        return {duty.kind: duty.due_on for duty in work.session.scalars(query)}


@pytest.mark.parametrize(
    ("satisfied", "agrees", "outcome", "words"),
    [
        (True, NO, B, "this is outcome A"),
        (True, NOT_KNOWN, C, "this is outcome A"),
        (True, YES, C, "this is outcome A or B"),
        (False, YES, A, "this is outcome B"),
        (False, YES, C, "this is outcome B"),
        (False, NO, A, "this is outcome C"),
        (False, NO, B, "this is outcome C"),
    ],
)
def test_an_outcome_that_contradicts_the_facts_is_refused_beside_it(
    sqlite_world: World, satisfied: bool, agrees: KnownAnswer, outcome: Outcome, words: str
) -> None:
    """A meeting's record would say the opposite of what its parties said, or the reason stand at the wrong field."""
    lead, case_id = begun(sqlite_world)
    with pytest.raises(Invalid) as refusal:
        record_meeting(
            sqlite_world, lead, case_id, None, joint_meeting(ISSUE_B, issue(satisfied, agrees, outcome))
        )
    assert list(refusal.value.problems) == ["issues_1_outcome"]
    assert words in refusal.value.problems["issues_1_outcome"]


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        (replace(ISSUE_A, plan_or_person="", due_on=None), ["plan", "review_on"]),
        (replace(ISSUE_B, plan_or_person="", due_on=None), ["person", "taken_up_on"]),
        (replace(ISSUE_A, due_on=MET_ON), ["review_on"]),
        (replace(ISSUE_C, action=None), ["body"]),
        (replace(ISSUE_C, locality_agrees=NOT_KNOWN), ["locality_agrees"]),
    ],
)
def test_an_outcome_needs_what_its_effect_needs(
    sqlite_world: World, given: NewIssue, fields: list[str]
) -> None:
    """A review without a date or a referral without a person would fall between stools."""
    lead, case_id = begun(sqlite_world)
    with pytest.raises(Invalid) as refusal:
        record_meeting(sqlite_world, lead, case_id, None, joint_meeting(given))
    assert list(refusal.value.problems) == [f"issues_0_{field}" for field in fields]


def test_each_outcome_leaves_its_own_duties(world: World) -> None:
    """The main line on both databases: three issues at one meeting, read again as they were recorded."""
    lead, case_id = begun(world)
    met = record_meeting(world, lead, case_id, None, joint_meeting(ISSUE_A, ISSUE_B, ISSUE_C))
    due = owed(world, lead, case_id)
    assert due.pop(DutyKind.FOLLOW_UP) == date(2026, 12, 21)
    dated = {DutyKind.REVIEW, DutyKind.HAND_TO_RIEP, DutyKind.ROUND_TABLE}
    assert {kind: due.pop(kind) for kind in dated} == dict.fromkeys(dated, LATER)
    assert set(due) == {DutyKind.MAKE_OFFER, DutyKind.FIRST_CONTACT}
    (escalated,) = met.escalations
    assert set(escalated.finding.owed) == set(due)
    tab = meetings_tab(world, lead, case_id)
    assert tab.case.escalated
    assert tab.case.standing is Standing.TRIAGED
    (shown,) = tab.meetings
    assert [each.outcome for each in shown.issues] == [A, B, C]
    assert [each.position for each in shown.attendees] == ["The plan will do.", "It will not."]
    assert [each.reason for each in tab.escalations] == ["Thresholds are not understood."]
    with world.reading(lead) as work:
        (entry,) = ledger.entries(work.session, case_id, Event.MEETING_RECORDED)
        assert entry.facts["outcomes"] == ["a", "b", "c"]


def test_a_meeting_twice_missed_counts_as_not_agreeing(sqlite_world: World, clock: Clock) -> None:
    """A locality could stay away for ever: the first time another meeting is owed, the second time it is outcome C."""
    lead, case_id = begun(sqlite_world)
    not_asked = replace(ISSUE_C, locality_agrees=NOT_KNOWN)
    stayed_away = joint_meeting(authority=Attendance.MISSED)
    with pytest.raises(Invalid, match="Say whether the locality agrees"):
        record_meeting(sqlite_world, lead, case_id, None, replace(stayed_away, issues=(not_asked,)))
    record_meeting(sqlite_world, lead, case_id, None, stayed_away)
    assert set(owed(sqlite_world, lead, case_id)) == {DutyKind.JOINT_LOCAL_MEETING}
    clock.pass_days(7)
    again = replace(stayed_away, issues=(not_asked,), held_on=date(2026, 11, 30))
    assert record_meeting(sqlite_world, lead, case_id, None, again).escalations
    assert DutyKind.JOINT_LOCAL_MEETING not in owed(sqlite_world, lead, case_id)


def test_a_declined_meeting_counts_as_not_agreeing(sqlite_world: World) -> None:
    """Refusing to come would keep the outcome open."""
    lead, case_id = begun(sqlite_world)
    declined = joint_meeting(replace(ISSUE_C, locality_agrees=NOT_KNOWN), authority=Attendance.DECLINED)
    assert record_meeting(sqlite_world, lead, case_id, None, declined).escalations


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"held_on": date(2026, 11, 24)}, "held_on"),
        ({"issues": ()}, "issues_0_title"),
        ({"attendees": ()}, "attendees_0_attendance"),
    ],
)
def test_a_meeting_was_held_with_somebody_about_something(
    sqlite_world: World, change: dict[str, object], field: str
) -> None:
    """A meeting of the future, of nobody or about nothing would stand on record."""
    lead, case_id = begun(sqlite_world)
    with pytest.raises(Invalid) as refusal:
        record_meeting(sqlite_world, lead, case_id, None, replace(joint_meeting(ISSUE_A), **change))  # type: ignore[arg-type]  # as given
    assert list(refusal.value.problems) == [field]


def test_a_pre_intervention_meeting_leaves_a_next_duty(sqlite_world: World) -> None:
    """The meeting before an intervention would end the case's duties."""
    lead, case_id = begun(sqlite_world, Route.PRE_INTERVENTION_MEETING)
    record_meeting(sqlite_world, lead, case_id, None, pre_intervention_meeting(feasible=True))
    assert set(owed(sqlite_world, lead, case_id)) == {DutyKind.FOLLOW_UP}
    assert meetings_tab(sqlite_world, lead, case_id).meetings[0].sector_led_feasible is True


def reviews_owed(world: World, actor: Actor, case_id: UUID) -> set[date]:
    with world.reading(actor) as work:
        query = select(Duty.due_on).where(Duty.case_id == case_id, Duty.state == DutyState.OPEN)
        return set(work.session.scalars(query.where(Duty.kind == DutyKind.REVIEW)))


@pytest.mark.parametrize("by_meeting", [True, False])
def test_the_booked_review_is_done_by_the_next_meeting_or_on_its_day(
    sqlite_world: World, clock: Clock, by_meeting: bool
) -> None:
    """The review that outcome A books would be struck out before its day, or stay owed after it was held."""
    lead, case_id = begun(sqlite_world)
    record_meeting(sqlite_world, lead, case_id, None, joint_meeting(ISSUE_A))
    clock.pass_days((LATER - MET_ON).days)
    if by_meeting:
        again = joint_meeting(replace(ISSUE_A, due_on=date(2027, 5, 4)), held_on=LATER)
        record_meeting(sqlite_world, lead, case_id, None, again)
    else:
        record_review(sqlite_world, lead, case_id, None, LATER, True, "The plan holds.")
    assert LATER not in reviews_owed(sqlite_world, lead, case_id)
    assert len(reviews_owed(sqlite_world, lead, case_id)) == 1


def test_a_review_moves_the_case_and_books_the_next(world: World) -> None:
    """A case under review would lose its next date, or a review slip past triage."""
    lead, case_id = begun(world)
    record_meeting(world, lead, case_id, None, joint_meeting(ISSUE_A))
    record_review(world, lead, case_id, None, MET_ON, True, "The plan holds.")
    header = case_header(world, lead, case_id)
    assert header.standing is Standing.UNDER_REVIEW
    assert reviews_owed(world, lead, case_id) == {LATER, date(2027, 2, 18)}
    assert plan_tab(world, lead, case_id).reviews[0].note == "The plan holds."
    fresh = logged_case(world, lead, authority(world, "Oxtown Council")).case_id
    with pytest.raises(Refused, match="not been triaged"):
        record_review(world, lead, fresh, None, MET_ON, True, "")


def test_the_associate_the_curious_and_the_walled_record_and_read_nothing(sqlite_world: World) -> None:
    """A meeting could be recorded, or its positions read, by somebody who may not know of the case."""
    council = authority(sqlite_world)
    lead = person(sqlite_world, Role.LEAD)
    case_id = triaged_case(sqlite_world, lead, council, Route.JOINT_LOCAL_MEETING)
    outsiders = (
        person(sqlite_world, Role.ASSOCIATE),
        person(sqlite_world, Role.LEAD, Region.SOUTH_WEST),
        person(sqlite_world, Role.LEAD, walled_from=council),
        person(sqlite_world, Role.ADMINISTRATOR, None),
    )
    for outsider in outsiders:
        with pytest.raises(NotFound):
            record_meeting(sqlite_world, outsider, case_id, None, joint_meeting(ISSUE_A))
        with pytest.raises(NotFound):
            meetings_tab(sqlite_world, outsider, case_id)


def test_a_case_changed_meanwhile_is_not_written_over(sqlite_world: World) -> None:
    """Two leads recording the same meeting would not see each other."""
    lead, case_id = begun(sqlite_world)
    seen = case_header(sqlite_world, lead, case_id).version
    record_meeting(sqlite_world, lead, case_id, seen, joint_meeting(ISSUE_A))
    with pytest.raises(Stale):
        record_meeting(sqlite_world, lead, case_id, seen, joint_meeting(ISSUE_A))
