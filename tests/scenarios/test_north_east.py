"""The regional practice of paragraph 22: the North East's three outcomes, and the South West's funded plan.

Each story opens with the sentences of the document that it proves.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from clearinghouse.access.roles import Region
from clearinghouse.casework.dialogue.riep import NewHandover, hand_to_riep
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.escalation.recording import NewEscalation
from clearinghouse.casework.escalation.referrals import refer
from clearinghouse.casework.meetings.recording import (
    LikelyAction,
    NewAttendee,
    NewIssue,
    NewMeeting,
    record_meeting,
)
from clearinghouse.casework.meetings.tab import meetings_tab
from clearinghouse.casework.plans.keeping import NewAction, Progress, Terms, add_action, agree_plan
from clearinghouse.casework.plans.reviews import record_review
from clearinghouse.casework.plans.tab import plan_tab
from clearinghouse.casework.regional.deciding import HeldRoundTable, NewDecision, record_round_table
from clearinghouse.casework.regional.round_tables import plan_round_table, round_table_page
from clearinghouse.protocol.ladder import Progress as RungProgress
from clearinghouse.protocol.ladder import Rung
from clearinghouse.protocol.plans import ActionState
from clearinghouse.protocol.round_table import Decision, ItemKind, Party
from clearinghouse.protocol.triage import TriageFacts
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Body,
    Capacity,
    DutyKind,
    EscalationAction,
    FamilyFirst,
    Gate,
    KnownAnswer,
    Nature,
    OfferAnswer,
    Outcome,
    Route,
    Scenario,
    Standing,
)
from tests.scenarios.stage import CLEAR, WEEK, Stage

YES, NO, NOT_KNOWN = KnownAnswer.YES, KnownAnswer.NO, KnownAnswer.NOT_KNOWN
Begin = Callable[..., Stage]
FACTS = TriageFacts(
    Nature.SERVICE,
    Scenario.SERVICE_WEAKNESS,
    acknowledged=YES,
    critical_and_hard=YES,
    **CLEAR,
)


@pytest.fixture
def story(begin: Begin) -> Stage:
    """An issue "seen as critical", and "proving difficult to solve locally": a joint local meeting considers it."""
    story = begin(
        nature=Nature.SERVICE,
        service="Children's services",
        text="Attendance has fallen for three years.",
        how_known="The liaison meeting",
    )
    preview = story.triage(FACTS)
    assert preview.suggestion.route is Route.JOINT_LOCAL_MEETING
    assert set(story.owed()) == {DutyKind.JOINT_LOCAL_MEETING}
    return story


def meeting(story: Stage, *issues: NewIssue, position: str = "Our plan will do.") -> NewMeeting:
    """ "Joint local meetings between the local council/local strategic partnership, the Government Office for the
    North East (GONE) and the Audit Commission."
    """
    return NewMeeting(
        story.today,
        (
            NewAttendee(Body.AUTHORITY, Attendance.ATTENDED, Capacity.CHIEF_EXECUTIVE, "R. Hale", position),
            NewAttendee(Body.GOVERNMENT_OFFICE, Attendance.ATTENDED, None, "T. Lamb", "It is late."),
            NewAttendee(Body.AUDIT_COMMISSION, Attendance.ATTENDED, None, "P. Iyer", "It is not enough."),
        ),
        issues,
    )


def test_a_strong_local_plans_are_in_place_and_the_next_meeting_reviews_progress(story: Stage) -> None:
    """ "Strong local improvement plans are in place: the issue does not need regional/RIEP input. Progress will be
    reviewed at the next joint local meeting."
    """
    next_on = story.today + 8 * WEEK
    in_place = NewIssue(
        "School attendance",
        regulators_satisfied=True,
        locality_agrees=NOT_KNOWN,
        outcome=Outcome.A,
        plan_or_person="The attendance plan of September",
        due_on=next_on,
    )
    for lacking, field in (
        (replace(in_place, plan_or_person=""), "plan"),
        (replace(in_place, due_on=None), "review_on"),
    ):
        with pytest.raises(Invalid) as refused:
            record_meeting(story.world, story.lead, story.case_id, None, meeting(story, lacking))
        assert set(refused.value.problems) == {f"issues_0_{field}"}
    record_meeting(story.world, story.lead, story.case_id, None, meeting(story, in_place))
    assert story.owed() == {DutyKind.REVIEW: next_on}, "no regional input, and nothing but the review"
    (shown,) = meetings_tab(story.world, story.lead, story.case_id).meetings
    assert shown.issues[0].plan_or_person == "The attendance plan of September"

    assert story.weeks_later(8) == next_on
    again = replace(in_place, due_on=next_on + 8 * WEEK)
    record_meeting(story.world, story.lead, story.case_id, None, meeting(story, again))
    assert story.owed() == {DutyKind.REVIEW: next_on + 8 * WEEK}, "the meeting has done the review"
    story.review(progress=True)
    story.close()
    assert (story.standing(), story.owed()) == (Standing.CLOSED, {})


def test_b_the_issue_goes_to_the_round_table_and_the_riep_with_the_agreement_of_the_locality(
    story: Stage,
) -> None:
    """ "Issue to be referred to the regional round table/RIEP, with the agreement of the locality. This is likely
    where RIEP support is required or where the issue may be relevant in other localities."
    """
    taken_up_on = story.today + 6 * WEEK
    referred = NewIssue(
        "School attendance",
        regulators_satisfied=False,
        locality_agrees=YES,
        outcome=Outcome.B,
        plan_or_person="R. Hale",
        due_on=taken_up_on,
    )
    without = replace(referred, locality_agrees=NO)
    with pytest.raises(Invalid, match="outcome C"):
        record_meeting(story.world, story.lead, story.case_id, None, meeting(story, without))
    record_meeting(story.world, story.lead, story.case_id, None, meeting(story, referred))
    assert story.owed() == {DutyKind.HAND_TO_RIEP: taken_up_on, DutyKind.ROUND_TABLE: taken_up_on}

    table = plan_round_table(story.world, story.riep_officer, Region.NORTH_EAST, story.today + 4 * WEEK)
    (item,) = round_table_page(story.world, story.riep_officer, table).items
    assert (item.kind, item.is_done) == (ItemKind.REFERRAL, False)

    handover = NewHandover(story.today + 6 * WEEK, officer=story.riep_officer.id)
    hand_to_riep(story.world, story.lead, story.case_id, None, handover)
    story.weeks_later(4)
    by = story.today + 3 * WEEK
    decided = NewDecision(Decision.TAKEN_UP, "Two councils show how they did it.", story.riep_officer.id, by)
    held = HeldRoundTable(story.today, (Party.CHIEF_EXECUTIVES, Party.RIEP, Party.IDEA), {item.key: decided})
    record_round_table(story.world, story.riep_officer, table, None, held)
    assert story.owed() == {DutyKind.AGREE_WAY_FORWARD: handover.agree_by, DutyKind.FOLLOW_UP: by}
    (item,) = round_table_page(story.world, story.riep_officer, table).items
    assert item.decision is Decision.TAKEN_UP
    assert not story.reading().ladder.escalations


@pytest.mark.parametrize(
    ("body", "action"),
    [
        (Body.AUDIT_COMMISSION, EscalationAction.RED_FLAG),
        (Body.AUDIT_COMMISSION, EscalationAction.FURTHER_AUDIT),
        (Body.AUDIT_COMMISSION, EscalationAction.FURTHER_INSPECTION),
        (Body.GOVERNMENT_OFFICE, EscalationAction.IMPROVEMENT_NOTICE),
    ],
)
def test_c_not_satisfied_and_not_agreed_is_recorded_as_it_is(
    story: Stage, body: Body, action: EscalationAction
) -> None:
    """ "The Audit Commission/GONE is not satisfied that the issue is being adequately dealt with locally but the
    locality does not agree to seek support or refer to regional round table. In this situation further government or
    inspectorate action is likely to follow, such as a 'red flag' of the performance area, further audit or inspection
    work or an improvement notice."

    The family has offered nothing yet: the record says so, and what is owed becomes duties. Our own referral waits
    until the family has had its first shot (§16), and is then open by the first gate.
    """
    unresolved = NewIssue(
        "School attendance",
        regulators_satisfied=False,
        locality_agrees=NO,
        outcome=Outcome.C,
        action=LikelyAction(body, action, "Three years are enough."),
    )
    met = record_meeting(story.world, story.lead, story.case_id, None, meeting(story, unresolved))
    (escalated,) = met.escalations
    assert escalated.finding.result is FamilyFirst.NOT_GIVEN
    assert set(escalated.finding.missing) == {Missing.OFFER_NOT_MADE, Missing.DIALOGUE}
    assert {DutyKind.MAKE_OFFER, DutyKind.FIRST_CONTACT, DutyKind.FOLLOW_UP} <= set(story.owed())
    tab = meetings_tab(story.world, story.lead, story.case_id)
    assert tab.case.escalated
    assert [each.position for each in tab.meetings[0].attendees] == [
        "Our plan will do.",
        "It is late.",
        "It is not enough.",
    ]
    (seen,) = story.reading().ladder.escalations
    assert (seen.ours, seen.body, seen.action, seen.finding) == (False, body, action, FamilyFirst.NOT_GIVEN)

    ours = NewEscalation(
        Body.AUDIT_COMMISSION,
        EscalationAction.FURTHER_INSPECTION,
        story.today,
        "Nothing has changed.",
        recipient="P. Iyer",
    )
    with pytest.raises(Refused, match="The sector offer has not been made"):
        refer(story.world, story.lead, story.case_id, None, ours)

    story.clock.pass_days(1)
    story.talk(Capacity.LEADER, Capacity.CHIEF_EXECUTIVE)
    story.offer("A peer review of attendance.")
    with pytest.raises(Refused, match="has not answered the offer"):
        refer(story.world, story.lead, story.case_id, None, replace(ours, on=story.today))
    story.weeks_later(1)
    story.answer(OfferAnswer.DECLINED)
    assert story.here() is Rung.REFERRAL
    assert story.reading().ladder.ladder.referral.gate is Gate.JOINT_LOCAL_MEETING

    made = refer(story.world, story.lead, story.case_id, None, replace(ours, on=story.today))
    assert (made.finding.result, made.finding.gate) == (FamilyFirst.GIVEN, Gate.JOINT_LOCAL_MEETING)
    assert DutyKind.FOLLOW_UP in story.owed(), "an escalation is never a dead end"
    ladder = story.reading().ladder
    assert ladder.ladder.rungs[-1].progress is RungProgress.DONE
    assert [each.finding for each in ladder.escalations] == [FamilyFirst.NOT_GIVEN, FamilyFirst.GIVEN]


def test_c_cannot_be_said_where_the_locality_agrees_or_the_regulators_are_satisfied(story: Stage) -> None:
    """An escalation would stand on record that the meeting itself contradicts."""
    said = NewIssue(
        "School attendance",
        regulators_satisfied=False,
        locality_agrees=YES,
        outcome=Outcome.C,
        action=LikelyAction(Body.AUDIT_COMMISSION, EscalationAction.RED_FLAG, "Three years are enough."),
    )
    satisfied = replace(said, regulators_satisfied=True, locality_agrees=NO)
    for wrong, right in ((said, "outcome B"), (satisfied, "outcome A")):
        with pytest.raises(Invalid, match=right):
            record_meeting(story.world, story.lead, story.case_id, None, meeting(story, wrong))
    assert not meetings_tab(story.world, story.lead, story.case_id).case.escalated


def test_the_south_west_funds_a_plan_with_measures_and_monitors_it(story: Stage) -> None:
    """ "The South West RIEP (SWRIEP) agrees an improvement plan with each authority facing difficulties with specific
    outcomes and measures. It then funds a significant amount of that plan and puts in place a monitoring mechanism to
    ensure targets etc are met. In addition, it pays for mentoring, peer reviews and places on Leadership Academy".
    """
    story.talk(Capacity.CHIEF_EXECUTIVE)
    story.offer("A funded plan, a mentor and two places on the Leadership Academy.")
    story.answer(OfferAnswer.ACCEPTED)
    terms = Terms(
        story.today, "R. Hale, chief executive", "Attendance as good as in similar councils", True, 60_000
    )
    review_on = story.today + 8 * WEEK
    agree_plan(story.world, story.lead, story.case_id, None, terms, review_on)
    due = story.today + 6 * WEEK
    actions = [
        add_action(
            story.world, story.lead, story.case_id, None, NewAction(what, "D. Price", measure, target, due)
        )
        for what, measure, target in (
            ("Attendance officers in ten schools", "Half days missed", "Below 5 in 100"),
            ("A mentor for the portfolio holder", "Sessions held", "Six"),
        )
    ]
    tab = plan_tab(story.world, story.lead, story.case_id)
    assert tab.terms is not None
    assert (tab.terms.terms.riep_funded, tab.terms.terms.pounds) == (True, 60_000)
    assert [each.said.measure for each in tab.actions] == ["Half days missed", "Sessions held"]
    assert story.owed()[DutyKind.REVIEW] == review_on

    story.weeks_later(8)
    record_review(
        story.world,
        story.lead,
        story.case_id,
        None,
        story.today,
        True,
        "On its way.",
        progress=[Progress(action, ActionState.DONE) for action in actions],
    )
    tab = plan_tab(story.world, story.lead, story.case_id)
    assert tab.card is not None
    assert tab.card.tally.done == len(actions)
    assert story.standing() is Standing.UNDER_REVIEW
    assert DutyKind.REVIEW in story.owed(), "the monitoring goes on"


def test_the_south_west_where_targets_are_missed_twice_the_meeting_considers_it(story: Stage) -> None:
    """Support that does not work is not carried on for ever: two reviews and a meeting open the third gate (§15g)."""
    story.talk(Capacity.CHIEF_EXECUTIVE)
    story.offer("A funded plan.")
    story.answer(OfferAnswer.ACCEPTED)
    agree_plan(
        story.world,
        story.lead,
        story.case_id,
        None,
        Terms(story.today, "R. Hale, chief executive", "Attendance", True, 60_000),
        without_team=True,
    )
    for _ in range(2):
        story.weeks_later(6)
        story.review(progress=False)
    assert story.here() is Rung.MEETING
    assert DutyKind.JOINT_LOCAL_MEETING in story.owed()
    considered = NewIssue(
        "The plan that fails",
        regulators_satisfied=False,
        locality_agrees=YES,
        outcome=Outcome.B,
        plan_or_person="R. Hale",
        due_on=story.today + 6 * WEEK,
    )
    record_meeting(story.world, story.lead, story.case_id, None, meeting(story, considered))
    assert story.reading().ladder.ladder.referral.gate is Gate.FAILED_SUPPORT
    assert story.reading().ladder.ladder.referral.allowed
