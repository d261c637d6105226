"""Escalations and our own referral: what the record says about family first, and that no gate is passed by."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.dialogue.conversations import NewConversation, NewPassage, record_conversation
from clearinghouse.casework.dialogue.offers import NewOffer, answer_offer, make_offer
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.escalation.recording import NewEscalation, correct_escalation, record_escalation
from clearinghouse.casework.escalation.referrals import owe_missing_steps, refer, referral_gates
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.meetings.recording import record_meeting
from clearinghouse.casework.meetings.tab import EscalationView, escalation_page, meetings_tab
from clearinghouse.casework.plans.reviews import record_review
from clearinghouse.casework.world import World
from clearinghouse.protocol.finding import WhyNot
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import (
    Body,
    Capacity,
    DutyKind,
    EscalationAction,
    FamilyFirst,
    Gate,
    OfferAnswer,
    Standing,
)
from clearinghouse.records import ledger
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.meetings import ISSUE_B, ISSUE_C, joint_meeting, pre_intervention_meeting
from tests.factories.people import person
from tests.worlds import Clock

TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)
FOLLOW_UP_ON = date(2026, 12, 14)
RED_FLAG = NewEscalation(
    body=Body.AUDIT_COMMISSION,
    action=EscalationAction.RED_FLAG,
    on=TODAY,
    reason="The inspectors found unsafe practice.",
    agreed_by="P. Iyer",
    authority_told="R. Hale",
    authority_told_on=TODAY,
    follow_up_on=FOLLOW_UP_ON,
    recipient="M. Osei",
)


def begun(world: World) -> tuple[Actor, UUID]:
    lead = person(world, Role.LEAD)
    return lead, triaged_case(world, lead, authority(world))


def talk_and_offer(world: World, lead: Actor, case_id: UUID, answer: OfferAnswer) -> None:
    """The family does its part: the dialogue held, the offer made and answered."""
    passages = (NewPassage("They do not see it."),)
    talk = NewConversation(TODAY, True, frozenset({Capacity.CHIEF_EXECUTIVE}), "R. Hale", passages)
    record_conversation(world, lead, case_id, None, talk)
    make_offer(world, lead, case_id, None, NewOffer("A peer review.", FOLLOW_UP_ON))
    answer_offer(world, lead, case_id, None, answer, TODAY, "")


def owed(world: World, lead: Actor, case_id: UUID) -> dict[DutyKind, date]:
    with world.reading(lead) as work:
        query = select(Duty).where(Duty.case_id == case_id, Duty.state == DutyState.OPEN)
        return {duty.kind: duty.due_on for duty in work.session.scalars(query)}


def shown(world: World, lead: Actor, case_id: UUID) -> EscalationView:
    return meetings_tab(world, lead, case_id).escalations[0]


def test_an_escalation_without_an_offer_is_recorded_and_says_what_was_missing(world: World) -> None:
    """Government's act would wait for us, or the record claim a first shot that the family never gave."""
    lead, case_id = begun(world)
    made = record_escalation(world, lead, case_id, None, RED_FLAG)
    missing = (Missing.OFFER_NOT_MADE, Missing.DIALOGUE, Missing.OUTCOME_C)
    assert (made.finding.result, made.finding.missing) == (FamilyFirst.NOT_GIVEN, missing)
    entry = shown(world, lead, case_id)
    assert (entry.finding, entry.missing, entry.why_not) == (
        FamilyFirst.NOT_GIVEN,
        missing,
        WhyNot.NOT_COMPLETE,
    )
    assert (entry.reason, entry.agreed_by, entry.authority_told) == (RED_FLAG.reason, "P. Iyer", "R. Hale")
    due = owed(world, lead, case_id)
    assert due[DutyKind.FOLLOW_UP] == FOLLOW_UP_ON
    assert {DutyKind.MAKE_OFFER, DutyKind.FIRST_CONTACT, DutyKind.JOINT_LOCAL_MEETING} <= set(due)
    header = case_header(world, lead, case_id)
    assert (header.escalated, header.standing) == (True, Standing.TRIAGED)


def test_after_a_declined_offer_and_outcome_c_we_may_refer(world: World) -> None:
    """The gate would stay shut for a family that did its part, or its evidence be lost."""
    lead, case_id = begun(world)
    talk_and_offer(world, lead, case_id, OfferAnswer.DECLINED)
    met = record_meeting(world, lead, case_id, None, joint_meeting(ISSUE_C))
    assert met.escalations[0].finding.result is FamilyFirst.GIVEN
    assert referral_gates(world, lead, case_id).verdict.allowed
    made = refer(world, lead, case_id, None, RED_FLAG)
    entry = shown(world, lead, case_id)
    assert (entry.ours, entry.gate, entry.recipient) == (True, Gate.JOINT_LOCAL_MEETING, "M. Osei")
    happened = {each.words for each in entry.evidence}
    assert happened == {"Conversation recorded", "Offer made", "Offer answered", "Meeting recorded"}
    with world.reading(lead) as work:
        (event,) = ledger.entries(work.session, case_id, Event.REFERRAL_MADE)
        assert event.facts["evidence"] == list(made.finding.events)
        assert event.facts["finding"] == "given"


def test_a_refused_offer_before_the_meeting_is_refused_not_given(sqlite_world: World) -> None:
    """A council that declined would be shown as never asked."""
    lead, case_id = begun(sqlite_world)
    talk_and_offer(sqlite_world, lead, case_id, OfferAnswer.DECLINED)
    made = record_escalation(sqlite_world, lead, case_id, None, RED_FLAG)
    assert (made.finding.result, made.finding.missing) == (FamilyFirst.REFUSED, (Missing.OUTCOME_C,))


def test_our_referral_is_refused_with_what_the_nearest_gate_misses(sqlite_world: World) -> None:
    """A council would be referred without its first shot, or the refusal teach nothing."""
    lead, case_id = begun(sqlite_world)
    record_meeting(sqlite_world, lead, case_id, None, joint_meeting(ISSUE_B))
    with pytest.raises(Refused) as refusal:
        refer(sqlite_world, lead, case_id, None, RED_FLAG)
    missing = (Missing.OFFER_NOT_MADE, Missing.DIALOGUE, Missing.OUTCOME_C)
    assert refusal.value.reasons == tuple(each.words for each in missing)
    first, *others = referral_gates(sqlite_world, lead, case_id).gates
    assert first.nearest
    assert not any(gate.nearest for gate in others)
    assert [step.missing for step in first.steps] == list(missing)
    owe_missing_steps(sqlite_world, lead, case_id, None)
    due = owed(sqlite_world, lead, case_id)
    assert {DutyKind.MAKE_OFFER, DutyKind.FIRST_CONTACT, DutyKind.JOINT_LOCAL_MEETING} <= set(due)


@pytest.mark.parametrize(
    ("feasible", "without", "opens"),
    [(False, None, True), (True, None, False), (None, None, False), (False, Body.RIEP, False)],
)
def test_the_gate_of_the_pre_intervention_meeting(
    sqlite_world: World, feasible: bool | None, without: Body | None, opens: bool
) -> None:
    """The second gate would open while a sector-led approach was feasible or somebody was not asked."""
    lead, case_id = begun(sqlite_world)
    meeting = pre_intervention_meeting(feasible=feasible, without=without)
    record_meeting(sqlite_world, lead, case_id, None, meeting)
    assert referral_gates(sqlite_world, lead, case_id).verdict.allowed is opens


def test_support_that_failed_twice_owes_its_meeting_and_then_opens_the_gate(
    sqlite_world: World, clock: Clock
) -> None:
    """Failed support would end in reviews for ever, or skip the meeting that considers it."""
    lead, case_id = begun(sqlite_world)
    talk_and_offer(sqlite_world, lead, case_id, OfferAnswer.ACCEPTED)
    record_review(sqlite_world, lead, case_id, None, TODAY, False, "Nothing moved.")
    clock.pass_days(1)
    assert DutyKind.JOINT_LOCAL_MEETING not in owed(sqlite_world, lead, case_id)
    record_review(sqlite_world, lead, case_id, None, TOMORROW, False, "Still nothing.")
    assert DutyKind.JOINT_LOCAL_MEETING in owed(sqlite_world, lead, case_id)
    record_meeting(sqlite_world, lead, case_id, None, joint_meeting(ISSUE_C, held_on=TOMORROW))
    assert refer(sqlite_world, lead, case_id, None, RED_FLAG).finding.gate is Gate.FAILED_SUPPORT


def test_a_correction_is_a_later_entry_with_a_finding_of_its_own(sqlite_world: World) -> None:
    """An entry would be rewritten, corrected twice over, or owe everything again."""
    lead, case_id = begun(sqlite_world)
    first = record_escalation(sqlite_world, lead, case_id, None, RED_FLAG)
    due = owed(sqlite_world, lead, case_id)
    right = replace(RED_FLAG, action=EscalationAction.FURTHER_AUDIT, reason="It was an audit.")
    correct_escalation(sqlite_world, lead, case_id, None, first.escalation_id, right)
    later, earlier = meetings_tab(sqlite_world, lead, case_id).escalations
    assert (earlier.action, earlier.is_corrected) == (EscalationAction.RED_FLAG, True)
    assert (later.corrects_id, later.reason) == (earlier.id, "It was an audit.")
    assert owed(sqlite_world, lead, case_id) == due
    with pytest.raises(Refused, match="corrected already"):
        correct_escalation(sqlite_world, lead, case_id, None, first.escalation_id, right)
    other = triaged_case(sqlite_world, lead, authority(sqlite_world, "Oxtown Council"))
    with pytest.raises(NotFound):
        correct_escalation(sqlite_world, lead, other, None, first.escalation_id, right)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"on": TOMORROW}, "on"),
        ({"authority_told_on": TOMORROW}, "authority_told_on"),
        ({"follow_up_on": date(2026, 11, 22)}, "follow_up_on"),
    ],
)
def test_an_escalation_is_not_of_the_future_nor_its_follow_up_of_the_past(
    sqlite_world: World, change: dict[str, date], field: str
) -> None:
    """A mistyped year would stand on record for good."""
    lead, case_id = begun(sqlite_world)
    with pytest.raises(Invalid) as refusal:
        record_escalation(sqlite_world, lead, case_id, None, replace(RED_FLAG, **change))
    assert list(refusal.value.problems) == [field]


def test_only_a_lead_of_the_region_escalates_or_refers(sqlite_world: World) -> None:
    """The case's own associate, or a colleague elsewhere, would refer a council or read of it."""
    council = authority(sqlite_world)
    owner = person(sqlite_world, Role.ASSOCIATE)
    case_id = logged_case(sqlite_world, owner, council).case_id
    lead = person(sqlite_world, Role.LEAD)
    made = record_escalation(sqlite_world, lead, case_id, None, RED_FLAG)
    outsiders = (
        owner,
        person(sqlite_world, Role.LEAD, Region.SOUTH_WEST),
        person(sqlite_world, Role.LEAD, walled_from=council),
        person(sqlite_world, Role.ADMINISTRATOR, None),
    )
    for outsider in outsiders:
        for attempt in (record_escalation, refer):
            with pytest.raises(NotFound):
                attempt(sqlite_world, outsider, case_id, None, RED_FLAG)
        with pytest.raises(NotFound):
            referral_gates(sqlite_world, outsider, case_id)
        with pytest.raises(NotFound):
            escalation_page(sqlite_world, outsider, case_id, made.escalation_id, Permission.ESCALATION_RECORD)
