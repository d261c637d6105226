"""Our own referral: its three gates as tables, the way that waits for nobody, and the family-first finding."""

from dataclasses import replace
from datetime import date

import pytest

from clearinghouse.protocol.facts import (
    PRE_INTERVENTION_PARTIES,
    CaseFacts,
    ConversationFacts,
    JointLocalMeetingFacts,
    OfferFacts,
    PreInterventionFacts,
    ReviewFacts,
    RiskFacts,
)
from clearinghouse.protocol.finding import Finding, WhyNot, family_first
from clearinghouse.protocol.referral import (
    FailingSupport,
    GateCheck,
    failed_support,
    failing_support,
    may_confirm_risk_referral,
    may_refer,
    may_refer_at_once,
)
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import (
    Body,
    Capacity,
    DutyKind,
    FamilyFirst,
    Gate,
    OfferAnswer,
    Outcome,
)

M = Missing
TODAY = date(2026, 6, 1)
MADE, BY, ANSWERED, MET = date(2026, 3, 2), date(2026, 3, 16), date(2026, 3, 10), date(2026, 5, 11)


def talk(event: str, day: int, *, held: bool) -> ConversationFacts:
    return ConversationFacts(event, date(2026, 2, day), held, frozenset({Capacity.LEADER}))


def offer(answer: OfferAnswer | None, answer_by: date = BY) -> tuple[OfferFacts, ...]:
    return (OfferFacts("offered", MADE, answer_by, answer, ANSWERED, "answered" if answer else None),)


HELD = (talk("talked", 2, held=True),)
ATTEMPTED_TWICE = (talk("tried-1", 2, held=False), talk("tried-2", 3, held=False))
ATTEMPTED_ONCE = (talk("tried-1", 2, held=False),)
OPEN = offer(None, answer_by=TODAY)
PAST_ITS_DATE = offer(None)
ACCEPTED, DECLINED, LAPSED, WITHDRAWN = (offer(answer) for answer in OfferAnswer)
OUTCOME_A, OUTCOME_B, OUTCOME_C = ((JointLocalMeetingFacts("met", MET, outcome),) for outcome in Outcome)
MET_TODAY = (JointLocalMeetingFacts("met", TODAY, Outcome.C),)
STILL_TO_COME = (JointLocalMeetingFacts("met", date(2026, 6, 2), Outcome.C),)


@pytest.mark.parametrize(
    ("offers", "talks", "meetings", "missing"),
    [
        (DECLINED, HELD, OUTCOME_C, ()),
        (LAPSED, ATTEMPTED_TWICE, OUTCOME_C, ()),
        (PAST_ITS_DATE, HELD, OUTCOME_C, ()),
        (OPEN, HELD, OUTCOME_C, (M.OFFER_NOT_ANSWERED,)),
        (WITHDRAWN, HELD, OUTCOME_C, (M.OFFER_WITHDRAWN,)),
        ((), HELD, OUTCOME_C, (M.OFFER_NOT_MADE,)),
        (DECLINED, ATTEMPTED_ONCE, OUTCOME_C, (M.DIALOGUE,)),
        (DECLINED, HELD, (), (M.OUTCOME_C,)),
        (DECLINED, HELD, OUTCOME_A, (M.OUTCOME_C,)),
        (DECLINED, HELD, OUTCOME_B, (M.OUTCOME_C,)),
        (DECLINED, HELD, MET_TODAY, ()),
        (DECLINED, HELD, STILL_TO_COME, (M.OUTCOME_C,)),
        ((), (), (), (M.OFFER_NOT_MADE, M.DIALOGUE, M.OUTCOME_C)),
    ],
)
def test_gate_of_the_joint_local_meeting(
    offers: tuple[OfferFacts, ...],
    talks: tuple[ConversationFacts, ...],
    meetings: tuple[JointLocalMeetingFacts, ...],
    missing: tuple[Missing, ...],
) -> None:
    """The family would refer a council before it had its first shot, or not be told what it still owes."""
    verdict = may_refer(CaseFacts(offers=offers, conversations=talks, joint_local_meetings=meetings), TODAY)
    assert (verdict.gate, verdict.missing) == (Gate.JOINT_LOCAL_MEETING, missing)


def meeting_before_intervention(
    *declined: str, absent: str = "", feasible: bool | None = False, event: str = "pre"
) -> PreInterventionFacts:
    attended = PRE_INTERVENTION_PARTIES - {absent, *declined}
    return PreInterventionFacts(event, MET, attended, frozenset(declined), feasible)


@pytest.mark.parametrize(
    ("meetings", "missing"),
    [
        ((), (M.PRE_INTERVENTION_MEETING,)),
        ((meeting_before_intervention(),), ()),
        ((meeting_before_intervention("leading_members", Body.DEPARTMENT),), ()),
        ((meeting_before_intervention(absent="leading_members"),), (M.PARTIES_NOT_ASKED,)),
        ((meeting_before_intervention(absent=Body.RIEP),), (M.PARTIES_NOT_ASKED,)),
        ((meeting_before_intervention(feasible=None),), (M.SECTOR_LED_APPROACH_OPEN,)),
        (
            (meeting_before_intervention(event="1"), meeting_before_intervention(feasible=None, event="2")),
            (M.SECTOR_LED_APPROACH_OPEN,),
        ),
    ],
)
def test_gate_of_the_pre_intervention_meeting(
    meetings: tuple[PreInterventionFacts, ...], missing: tuple[Missing, ...]
) -> None:
    """A notice would follow without the authority's leading members having been asked (§26)."""
    case = CaseFacts(department_contemplates_action=True, pre_intervention_meetings=meetings)
    verdict = may_refer(case, TODAY)
    assert (verdict.gate, verdict.missing) == (Gate.PRE_INTERVENTION_MEETING, missing)


@pytest.mark.parametrize("contemplated", [True, False])
def test_a_sector_led_approach_found_feasible_leads_away_from_the_second_gate(contemplated: bool) -> None:
    """The family would be told to meet the department again, where the offer that was found feasible is due (§26)."""
    feasible = (
        meeting_before_intervention(event="1"),
        meeting_before_intervention(feasible=True, event="2"),
    )
    case = CaseFacts(department_contemplates_action=contemplated, pre_intervention_meetings=feasible)
    verdict = may_refer(case, TODAY)
    assert verdict.gate is Gate.JOINT_LOCAL_MEETING
    assert M.OFFER_NOT_MADE in verdict.missing


def review(event: str, day: int, *, adequate: bool) -> ReviewFacts:
    return ReviewFacts(event, date(2026, 4, day), adequate)


BAD_1, BAD_2 = (review(f"review-{day}", day, adequate=False) for day in (1, 20))
BEFORE_ACCEPTANCE = ReviewFacts("early", date(2026, 3, 9), adequate_progress=False)
ON_ACCEPTANCE = ReviewFacts("first", ANSWERED, adequate_progress=False)
MET_SAME_DAY = (JointLocalMeetingFacts("met", date(2026, 4, 20), Outcome.A),)
MET_EARLY = (JointLocalMeetingFacts("met", date(2026, 4, 19), Outcome.A),)


@pytest.mark.parametrize(
    ("reviews", "meetings", "missing"),
    [
        ((BAD_1, BAD_2), OUTCOME_A, ()),
        ((BAD_2, BAD_1), OUTCOME_C, ()),
        ((ON_ACCEPTANCE, BAD_1), OUTCOME_C, ()),
        ((BAD_1, BAD_2), MET_SAME_DAY, ()),
        ((BAD_1, BAD_2), (), (M.MEETING_ON_FAILED_SUPPORT,)),
        ((BAD_1, BAD_2), MET_EARLY, (M.MEETING_ON_FAILED_SUPPORT,)),
        ((BAD_1,), OUTCOME_C, (M.REVIEWS_WITHOUT_PROGRESS, M.MEETING_ON_FAILED_SUPPORT)),
        ((), OUTCOME_C, (M.REVIEWS_WITHOUT_PROGRESS, M.MEETING_ON_FAILED_SUPPORT)),
        (
            (BAD_1, replace(BAD_1, event="again")),
            OUTCOME_C,
            (M.REVIEWS_WITHOUT_PROGRESS, M.MEETING_ON_FAILED_SUPPORT),
        ),
        ((BAD_1, BAD_2, replace(BAD_2, event="review-20-again")), OUTCOME_C, ()),
        ((BAD_1, replace(BAD_2, event="review-19", adequate_progress=True), BAD_2), OUTCOME_C, ()),
        (
            (BAD_1, BAD_2, replace(BAD_2, event="review-21", adequate_progress=True)),
            OUTCOME_C,
            (M.REVIEWS_WITHOUT_PROGRESS, M.MEETING_ON_FAILED_SUPPORT),
        ),
        (
            (BEFORE_ACCEPTANCE, BAD_1),
            OUTCOME_C,
            (M.REVIEWS_WITHOUT_PROGRESS, M.MEETING_ON_FAILED_SUPPORT),
        ),
        (
            (BAD_1, BAD_2, review("better", 25, adequate=True)),
            OUTCOME_C,
            (M.REVIEWS_WITHOUT_PROGRESS, M.MEETING_ON_FAILED_SUPPORT),
        ),
    ],
)
def test_gate_of_failed_support(
    reviews: tuple[ReviewFacts, ...],
    meetings: tuple[JointLocalMeetingFacts, ...],
    missing: tuple[Missing, ...],
) -> None:
    """Support would be called failed after one bad review, or while it recovers, or with no meeting on it (§15g)."""
    case = CaseFacts(offers=ACCEPTED, conversations=HELD, reviews=reviews, joint_local_meetings=meetings)
    verdict = may_refer(case, TODAY)
    assert (verdict.gate, verdict.missing) == (Gate.FAILED_SUPPORT, missing)


def test_the_nearest_gate_is_one_that_the_case_leads_to() -> None:
    """A lead would be sent to a meeting with a department that contemplates nothing, because it looks the shortest."""
    assert may_refer(CaseFacts(), TODAY).gate is Gate.JOINT_LOCAL_MEETING
    assert (
        may_refer(CaseFacts(department_contemplates_action=True), TODAY).gate is Gate.PRE_INTERVENTION_MEETING
    )


@pytest.mark.parametrize("offers", [(), OPEN, DECLINED, LAPSED, WITHDRAWN])
def test_support_that_was_not_accepted_leads_to_no_gate(offers: tuple[OfferFacts, ...]) -> None:
    """A case would be said to be on the way of failed support that has had none."""
    missing = (M.SUPPORT_NOT_ACCEPTED, M.REVIEWS_WITHOUT_PROGRESS, M.MEETING_ON_FAILED_SUPPORT)
    case = CaseFacts(offers=offers, reviews=(BAD_1, BAD_2), joint_local_meetings=OUTCOME_C)
    assert failed_support(case, TODAY) == GateCheck(Gate.FAILED_SUPPORT, missing, (), relevant=False)


def test_each_thing_that_a_gate_misses_has_a_duty_that_supplies_it() -> None:
    """A blocked referral would not say what the family does next."""
    cases = (
        CaseFacts(),
        CaseFacts(offers=OPEN),
        CaseFacts(offers=WITHDRAWN),
        CaseFacts(offers=ACCEPTED),
        CaseFacts(pre_intervention_meetings=(meeting_before_intervention(absent="riep", feasible=None),)),
    )
    for case in cases:
        verdict = may_refer(case, TODAY)
        assert verdict.missing
        assert all(reason.supplied_by for reason in verdict.missing)
    assert may_refer(CaseFacts(), TODAY).owed == (
        DutyKind.MAKE_OFFER,
        DutyKind.FIRST_CONTACT,
        DutyKind.JOINT_LOCAL_MEETING,
    )


@pytest.mark.parametrize(
    ("at_risk", "legal_duty", "missing"),
    [
        (True, False, ()),
        (False, True, ()),
        (True, True, ()),
        (False, False, (M.NO_RISK_AND_NO_LEGAL_DUTY,)),
    ],
)
def test_people_at_risk_wait_for_nobody(
    at_risk: bool, legal_duty: bool, missing: tuple[Missing, ...]
) -> None:
    """Somebody at risk would wait for a meeting; or the way round the gates would be open to all."""
    assert may_refer_at_once(RiskFacts(at_risk, legal_duty)).missing == missing


def test_another_lead_confirms_a_referral_made_at_once() -> None:
    """Who went round the gates would approve it alone."""
    assert may_confirm_risk_referral({"ada", "cy"}, "bo").allowed
    for writer in ("ada", "cy"):
        assert may_confirm_risk_referral({"ada", "cy"}, writer).missing == (M.DIFFERENT_LEAD,)


AT_RISK = RiskFacts(people_at_risk_now=True, event="risk")
BY_LAW = RiskFacts(legal_duty_to_refer=True, event="law")
GIVEN, REFUSED, NOT_GIVEN = FamilyFirst
FULL = {"offers": DECLINED, "conversations": HELD, "joint_local_meetings": OUTCOME_C}


@pytest.mark.parametrize(
    ("facts", "finding"),
    [
        (FULL, Finding(GIVEN, Gate.JOINT_LOCAL_MEETING, (), ("talked", "offered", "answered", "met"))),
        (
            {**FULL, "risk": AT_RISK},
            Finding(GIVEN, Gate.JOINT_LOCAL_MEETING, (), ("talked", "offered", "answered", "met")),
        ),
        (
            {"pre_intervention_meetings": (meeting_before_intervention(),)},
            Finding(GIVEN, Gate.PRE_INTERVENTION_MEETING, (), ("pre",)),
        ),
        (
            {"offers": ACCEPTED, "reviews": (BAD_1, BAD_2), "joint_local_meetings": OUTCOME_C},
            Finding(GIVEN, Gate.FAILED_SUPPORT, (), ("offered", "answered", "review-1", "review-20", "met")),
        ),
        (
            {"offers": DECLINED, "conversations": HELD},
            Finding(REFUSED, Gate.JOINT_LOCAL_MEETING, (M.OUTCOME_C,), ("talked", "offered", "answered")),
        ),
        (
            {"offers": LAPSED, "conversations": ATTEMPTED_TWICE, "department_contemplates_action": True},
            Finding(
                REFUSED,
                Gate.JOINT_LOCAL_MEETING,
                (M.OUTCOME_C,),
                ("tried-1", "tried-2", "offered", "answered"),
            ),
        ),
        (
            {"offers": DECLINED, "joint_local_meetings": OUTCOME_C},
            Finding(
                NOT_GIVEN,
                Gate.JOINT_LOCAL_MEETING,
                (M.DIALOGUE,),
                ("offered", "answered", "met"),
                WhyNot.NOT_COMPLETE,
            ),
        ),
        (
            {"offers": OPEN, "conversations": HELD, "joint_local_meetings": OUTCOME_C},
            Finding(
                NOT_GIVEN,
                Gate.JOINT_LOCAL_MEETING,
                (M.OFFER_NOT_ANSWERED,),
                ("talked", "offered", "met"),
                WhyNot.NOT_COMPLETE,
            ),
        ),
        (
            {"risk": AT_RISK},
            Finding(
                NOT_GIVEN,
                Gate.JOINT_LOCAL_MEETING,
                (M.OFFER_NOT_MADE, M.DIALOGUE, M.OUTCOME_C),
                ("risk",),
                WhyNot.PEOPLE_AT_RISK,
            ),
        ),
        (
            {"risk": BY_LAW, "department_contemplates_action": True},
            Finding(
                NOT_GIVEN,
                Gate.PRE_INTERVENTION_MEETING,
                (M.PRE_INTERVENTION_MEETING,),
                ("law",),
                WhyNot.LEGAL_DUTY,
            ),
        ),
        (
            {},
            Finding(
                NOT_GIVEN,
                Gate.JOINT_LOCAL_MEETING,
                (M.OFFER_NOT_MADE, M.DIALOGUE, M.OUTCOME_C),
                (),
                WhyNot.NOT_COMPLETE,
            ),
        ),
    ],
)
def test_what_an_escalation_says_about_family_first(facts: dict[str, object], finding: Finding) -> None:
    """An escalation would claim a first shot that was not given, or hide one that was, or name the wrong evidence."""
    assert family_first(CaseFacts(**facts), TODAY) == finding  # type: ignore[arg-type]  # as given


@pytest.mark.parametrize(
    ("offers", "day", "missing"),
    [
        (DECLINED, ANSWERED, None),
        (DECLINED, ANSWERED.replace(day=9), M.OFFER_NOT_ANSWERED),
        (LAPSED, BY.replace(day=17), None),
        (LAPSED, BY, M.OFFER_NOT_ANSWERED),
        (DECLINED, MADE, M.OFFER_NOT_ANSWERED),
        (DECLINED, MADE.replace(day=1), M.OFFER_NOT_MADE),
        (ACCEPTED, ANSWERED.replace(day=9), M.OFFER_NOT_ANSWERED),
    ],
)
def test_a_finding_is_as_of_the_day_of_the_escalation(
    offers: tuple[OfferFacts, ...], day: date, missing: Missing | None
) -> None:
    """An escalation recorded late would borrow an offer or an answer that came only after it."""
    finding = family_first(CaseFacts(conversations=HELD, offers=offers), day)
    assert finding.missing == ((M.OUTCOME_C,) if missing is None else (missing, M.OUTCOME_C))
    assert finding.result is (NOT_GIVEN if missing else REFUSED)
    assert ("offered" in finding.events) is (missing is not M.OFFER_NOT_MADE)
    assert ("answered" in finding.events) is (missing is None)


@pytest.mark.parametrize(
    ("result", "missing", "events", "why_not"),
    [
        (GIVEN, (M.DIALOGUE,), ("a",), None),
        (GIVEN, (), (), None),
        (GIVEN, (), ("a",), WhyNot.LEGAL_DUTY),
        (REFUSED, (), ("a",), None),
        (REFUSED, (M.OUTCOME_C,), (), None),
        (NOT_GIVEN, (), (), WhyNot.NOT_COMPLETE),
        (NOT_GIVEN, (M.DIALOGUE,), (), None),
    ],
)
def test_a_finding_is_never_blank(
    result: FamilyFirst, missing: tuple[Missing, ...], events: tuple[str, ...], why_not: WhyNot | None
) -> None:
    """An escalation could be recorded with a finding that says nothing, or two things at once."""
    with pytest.raises(ValueError, match=r"^a finding .*(given|then|events)$"):
        Finding(result, Gate.JOINT_LOCAL_MEETING, missing, events, why_not)


@pytest.mark.parametrize(
    ("offers", "reviews", "meetings", "failing"),
    [
        (ACCEPTED, (BAD_1, BAD_2), (), FailingSupport((BAD_1.on, BAD_2.on), is_considered=False)),
        (ACCEPTED, (BAD_1, BAD_2), MET_EARLY, FailingSupport((BAD_1.on, BAD_2.on), is_considered=False)),
        (ACCEPTED, (BAD_1, BAD_2), OUTCOME_B, FailingSupport((BAD_1.on, BAD_2.on), is_considered=True)),
        (ACCEPTED, (BAD_1,), OUTCOME_B, None),
        (ACCEPTED, (BAD_1, BAD_2, review("better", 25, adequate=True)), OUTCOME_B, None),
        (DECLINED, (BAD_1, BAD_2), OUTCOME_B, None),
        ((), (BAD_1, BAD_2), OUTCOME_B, None),
    ],
)
def test_when_accepted_support_is_said_to_be_failing(
    offers: tuple[OfferFacts, ...],
    reviews: tuple[ReviewFacts, ...],
    meetings: tuple[JointLocalMeetingFacts, ...],
    failing: FailingSupport | None,
) -> None:
    """A case would be said to fail that was never helped, or nobody be told that it does."""
    case = CaseFacts(offers=offers, reviews=reviews, joint_local_meetings=meetings)
    assert failing_support(case, TODAY) == failing
