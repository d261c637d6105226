"""Referrals that wait for nobody: made at once, seen by a different lead, reviewed."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.escalation.recording import NewEscalation, correct_escalation
from clearinghouse.casework.escalation.risk import (
    NewRiskReferral,
    confirm_risk_referral,
    refer_at_once,
    review_risk_referral,
    risk_referral,
    risk_referrals,
)
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.meetings.tab import meetings_tab
from clearinghouse.casework.world import World
from clearinghouse.protocol.finding import WhyNot
from clearinghouse.protocol.vocabulary import Body, DutyKind, EscalationAction, FamilyFirst
from clearinghouse.records import ledger
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person

TODAY = date(2026, 11, 23)
AT_ONCE = NewRiskReferral(
    body=Body.DEPARTMENT,
    recipient="M. Osei, duty inspector",
    on=TODAY,
    reason="Children are in danger tonight.",
    why_not_family_first="No conversation could come in time.",
    people_at_risk=True,
)


def begun(world: World) -> tuple[Actor, UUID, UUID]:
    """An associate with a case of theirs, and its council."""
    council = authority(world)
    owner = person(world, Role.ASSOCIATE)
    return owner, logged_case(world, owner, council).case_id, council


def owed(world: World, actor: Actor, case_id: UUID) -> set[tuple[DutyKind, UUID, date]]:
    with world.reading(actor) as work:
        query = select(Duty).where(Duty.case_id == case_id, Duty.state == DutyState.OPEN)
        return {(duty.kind, duty.owner_id, duty.due_on) for duty in work.session.scalars(query)}


def test_the_owner_refers_at_once_before_triage_and_two_duties_follow(world: World) -> None:
    """People at risk would wait for a lead, a triage or a gate."""
    owner, case_id, _ = begun(world)
    lead = person(world, Role.LEAD)
    made = refer_at_once(world, owner, case_id, None, AT_ONCE)
    assert (made.finding.result, made.finding.why_not) == (FamilyFirst.NOT_GIVEN, WhyNot.PEOPLE_AT_RISK)
    due = owed(world, owner, case_id)
    assert (DutyKind.CONFIRM_RISK_REFERRAL, lead.id, date(2026, 11, 24)) in due
    assert (DutyKind.REVIEW_RISK_REFERRAL, lead.id, date(2026, 12, 7)) in due
    assert case_header(world, owner, case_id).people_at_risk
    (entry,) = meetings_tab(world, owner, case_id).escalations
    assert (entry.at_once, entry.recipient) == (True, "M. Osei, duty inspector")
    assert entry.why_not_family_first == "No conversation could come in time."
    confirm_risk_referral(world, lead, made.escalation_id, True, "Right to do.")
    review_risk_referral(world, lead, case_id, None, made.escalation_id, TODAY, "All were safe.")
    (entry,) = meetings_tab(world, owner, case_id).escalations
    assert entry.second_view is not None
    assert (entry.second_view.questioned, entry.second_view.view) == (False, "Right to do.")
    assert (entry.reviewed_on, entry.review_note) == (TODAY, "All were safe.")
    kinds = {kind for kind, _, _ in owed(world, owner, case_id)}
    assert not kinds & {DutyKind.CONFIRM_RISK_REFERRAL, DutyKind.REVIEW_RISK_REFERRAL}
    assert kinds
    with world.reading(lead) as work:
        risky = (Event.RISK_REFERRAL_REVIEWED, Event.RISK_REFERRAL_CONFIRMED, Event.RISK_REFERRAL_MADE)
        assert [each.type for each in ledger.entries(work.session, case_id, *risky)] == list(risky)


def test_without_risk_or_a_legal_duty_nothing_is_referred_at_once(sqlite_world: World) -> None:
    """The way that waits for nobody would become the way round the gates."""
    owner, case_id, _ = begun(sqlite_world)
    with pytest.raises(Refused, match="Nobody is recorded as being at risk now"):
        refer_at_once(sqlite_world, owner, case_id, None, replace(AT_ONCE, people_at_risk=False))
    assert not case_header(sqlite_world, owner, case_id).people_at_risk


@pytest.mark.parametrize("field", ["recipient", "reason", "why_not_family_first"])
def test_it_says_to_whom_why_and_why_family_first_was_not_followed(sqlite_world: World, field: str) -> None:
    """A referral would pass the family by without a word."""
    owner, case_id, _ = begun(sqlite_world)
    with pytest.raises(Invalid) as refusal:
        refer_at_once(sqlite_world, owner, case_id, None, replace(AT_ONCE, **{field: ""}))
    assert list(refusal.value.problems) == [field]


def test_the_lead_who_referred_is_not_the_one_who_confirms(world: World) -> None:
    """One person would decide alone; and where a region has one lead, another region's sees that decision only."""
    council = authority(world)
    first = person(world, Role.LEAD)
    case_id = logged_case(world, first, council).case_id
    walled = person(world, Role.LEAD, Region.SOUTH_WEST, "A. Walled", walled_from=council)
    second = person(world, Role.LEAD, Region.SOUTH_WEST, "B. Free")
    made = refer_at_once(world, first, case_id, None, AT_ONCE)
    assert (DutyKind.CONFIRM_RISK_REFERRAL, second.id, date(2026, 11, 24)) in owed(world, first, case_id)
    assert risk_referrals(world, first) == ()
    assert not risk_referral(world, first, made.escalation_id).may_decide
    with pytest.raises(Refused, match="different lead"):
        confirm_risk_referral(world, first, made.escalation_id, True, "")
    assert [each.escalation_id for each in risk_referrals(world, second)] == [made.escalation_id]
    assert risk_referral(world, second, made.escalation_id).reason == "Children are in danger tonight."
    for reading in (case_header, meetings_tab):
        with pytest.raises(NotFound):
            reading(world, second, case_id)
    outsiders = (walled, person(world, Role.ASSOCIATE, Region.SOUTH_WEST), person(world, Role.ADMINISTRATOR))
    for outsider in outsiders:
        assert risk_referrals(world, outsider) == ()
        with pytest.raises(NotFound):
            risk_referral(world, outsider, made.escalation_id)
        with pytest.raises(NotFound):
            confirm_risk_referral(world, outsider, made.escalation_id, True, "")
    confirm_risk_referral(world, second, made.escalation_id, True, "")
    assert risk_referrals(world, second) == ()
    with pytest.raises(NotFound):
        risk_referral(world, second, made.escalation_id)
    with pytest.raises(Refused, match="already"):
        confirm_risk_referral(world, second, made.escalation_id, False, "Too late.")


def test_a_questioned_referral_is_followed_up_at_once_by_owner_and_lead(sqlite_world: World) -> None:
    """A second lead's doubt would reach nobody."""
    owner, case_id, _ = begun(sqlite_world)
    lead = person(sqlite_world, Role.LEAD)
    second = person(sqlite_world, Role.LEAD, Region.LONDON)
    made = refer_at_once(sqlite_world, owner, case_id, None, AT_ONCE)
    with pytest.raises(Invalid, match="what you question"):
        confirm_risk_referral(sqlite_world, second, made.escalation_id, False, "")
    confirm_risk_referral(sqlite_world, second, made.escalation_id, False, "Was the chief executive told?")
    due = owed(sqlite_world, owner, case_id)
    assert {(DutyKind.FOLLOW_UP, each.id, TODAY) for each in (owner, lead)} <= due
    assert not any(kind is DutyKind.CONFIRM_RISK_REFERRAL for kind, _, _ in due)


def test_a_review_is_recorded_once_between_the_referral_and_today(sqlite_world: World) -> None:
    """A review could be booked as done before it was held, or twice."""
    owner, case_id, _ = begun(sqlite_world)
    lead = person(sqlite_world, Role.LEAD)
    made = refer_at_once(sqlite_world, owner, case_id, None, AT_ONCE)
    for day in (date(2026, 11, 22), date(2026, 11, 24)):
        with pytest.raises(Invalid):
            review_risk_referral(sqlite_world, lead, case_id, None, made.escalation_id, day, "")
    review_risk_referral(sqlite_world, lead, case_id, None, made.escalation_id, TODAY, "")
    with pytest.raises(Refused, match="already"):
        review_risk_referral(sqlite_world, lead, case_id, None, made.escalation_id, TODAY, "")


def test_a_lead_who_corrected_the_referral_is_not_the_one_who_confirms(world: World) -> None:
    """Two who wrote it between them would be their own second view; each correction in the chain counts."""
    owner, case_id, _ = begun(world)
    first, second = (person(world, Role.LEAD, name=name) for name in ("A. First", "B. Second"))
    far = person(world, Role.LEAD, Region.LONDON)
    made = refer_at_once(world, owner, case_id, None, AT_ONCE)
    entry, holders = made.escalation_id, []
    for lead in (first, second):
        waiting = {(DutyKind.CONFIRM_RISK_REFERRAL, lead.id, date(2026, 11, 24))}
        assert waiting <= owed(world, owner, case_id)
        corrected = NewEscalation(
            Body.DEPARTMENT, EscalationAction.OTHER, TODAY, "Said better.", recipient="M. Osei"
        )
        entry = correct_escalation(world, lead, case_id, None, entry, corrected).escalation_id
        holders.append({who for kind, who, _ in owed(world, owner, case_id) if "confirm" in kind})
    assert holders == [{second.id}, {far.id}]
    for lead in (first, second):
        assert risk_referrals(world, lead) == ()
        assert not risk_referral(world, lead, made.escalation_id).may_decide
        with pytest.raises(Refused, match="different lead from those who wrote"):
            confirm_risk_referral(world, lead, made.escalation_id, True, "")
    assert [each.escalation_id for each in risk_referrals(world, far)] == [made.escalation_id]
    confirm_risk_referral(world, far, made.escalation_id, True, "")
