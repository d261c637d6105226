"""The ladder of a case: where it stands, whose turn it is, what shows each rung, and what opens the next gate."""

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
from clearinghouse.protocol.ladder import How, Ladder, Progress, Rung, Seen, Turn, can_be_supplied, ladder
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import Capacity, DutyKind, Gate, OfferAnswer, Outcome, Route, Standing

TODAY = date(2026, 6, 1)
ACCEPTED, DECLINED, LAPSED, WITHDRAWN = OfferAnswer
CHIEF = frozenset({Capacity.CHIEF_EXECUTIVE})


def talk(day: int, *, held: bool = True) -> ConversationFacts:
    return ConversationFacts(f"talk {day}", date(2026, 2, day), held=held, capacities=CHIEF)


def offer(answer: OfferAnswer | None) -> tuple[OfferFacts, ...]:
    answered = (date(2026, 4, 20), "answered") if answer else (None, None)
    return (OfferFacts("offered", date(2026, 4, 13), TODAY, answer, *answered),)


def joint(outcome: Outcome, day: date = date(2026, 5, 11)) -> tuple[JointLocalMeetingFacts, ...]:
    return (JointLocalMeetingFacts("met", day, outcome),)


def before_intervention(feasible: bool | None) -> tuple[PreInterventionFacts, ...]:
    found = PreInterventionFacts("met", date(2026, 5, 11), PRE_INTERVENTION_PARTIES, frozenset(), feasible)
    return (found,)


def review(day: int, *, progress: bool) -> ReviewFacts:
    return ReviewFacts(f"review {day}", date(2026, 5, day), progress)


NOTHING = CaseFacts()
TALKED = CaseFacts(conversations=(talk(2),))
ASKED = replace(TALKED, offers=offer(None))
REFUSED = replace(TALKED, offers=offer(DECLINED))
HELPED = replace(TALKED, offers=offer(ACCEPTED))
FAILED = CaseFacts(offers=offer(ACCEPTED), reviews=(review(4, progress=False), review(8, progress=False)))
CONTEMPLATED = CaseFacts(department_contemplates_action=True)
AT_RISK = CaseFacts(risk=RiskFacts(people_at_risk_now=True))

AGAIN = (JointLocalMeetingFacts("met again", date(2026, 5, 20), Outcome.B),)
TODAY_NOT_FEASIBLE = (PreInterventionFacts("met today", TODAY, PRE_INTERVENTION_PARTIES, frozenset(), False),)

SIGNS = {
    Progress.DONE: "D",
    Progress.NOW: "N",
    Progress.LATER: ".",
    Progress.NOT_NEEDED: "-",
    Progress.NOT_REACHED: "x",
}
T, F, NOBODY = Turn.AUTHORITY, Turn.FAMILY, Turn.NOBODY
REFERRED = Seen(How.REFERRED, TODAY, ("referred",))


def picture(found: Ladder) -> str:
    """The seven rungs as a row of signs: done, now, later, not needed, not reached."""
    return "".join(SIGNS[state.progress] for state in found.rungs)


@pytest.mark.parametrize(
    ("standing", "case", "rungs", "turn"),
    [
        # triage, dialogue, offer, answer, support, meeting, referral
        (Standing.LOGGED, NOTHING, "N......", F),
        (Standing.TRIAGED, NOTHING, "DN.....", F),
        (Standing.TRIAGED, CaseFacts(conversations=(talk(2, held=False),)), "DN.....", F),
        (Standing.TRIAGED, CaseFacts(conversations=(talk(2, held=False), talk(3, held=False))), "DDN....", F),
        (Standing.IN_DIALOGUE, TALKED, "DDN....", F),
        (Standing.TRIAGED, replace(TALKED, offers=offer(WITHDRAWN)), "DDN....", F),
        (Standing.OFFER_MADE, ASKED, "DDDN...", T),
        (Standing.OFFER_MADE, replace(ASKED, joint_local_meetings=joint(Outcome.C)), "DDDN.D.", T),
        (Standing.OFFER_DECLINED, REFUSED, "DDDD-N.", F),
        (Standing.OFFER_LAPSED, replace(TALKED, offers=offer(LAPSED)), "DDDD-N.", F),
        (Standing.OFFER_DECLINED, replace(REFUSED, joint_local_meetings=joint(Outcome.B)), "DDDD-N.", F),
        (Standing.OFFER_DECLINED, replace(REFUSED, joint_local_meetings=joint(Outcome.C)), "DDDD-DN", F),
        (Standing.OFFER_DECLINED, replace(REFUSED, conversations=()), "DNDD...", F),
        (Standing.OFFER_ACCEPTED, HELPED, "DDDDN..", F),
        (Standing.SUPPORTED, CaseFacts(offers=offer(ACCEPTED)), "D-DDN..", F),
        (Standing.UNDER_REVIEW, replace(HELPED, reviews=(review(4, progress=True),)), "DDDDN..", F),
        (Standing.UNDER_REVIEW, FAILED, "D-DDDN.", F),
        (Standing.UNDER_REVIEW, replace(FAILED, joint_local_meetings=joint(Outcome.A, date(2026, 5, 6))), "D-DDDN.", F),
        (Standing.TRIAGED, CONTEMPLATED, "D----N.", F),
        (Standing.TRIAGED, CaseFacts(pre_intervention_meetings=before_intervention(None)), "D----N.", F),
        (Standing.TRIAGED, CaseFacts(pre_intervention_meetings=before_intervention(False)), "D----DN", F),
        (Standing.TRIAGED, CaseFacts(pre_intervention_meetings=before_intervention(True)), "DN.....", F),
        (Standing.CLOSED, ASKED, "DDDxxxx", NOBODY),
        (Standing.CLOSED, replace(REFUSED, joint_local_meetings=joint(Outcome.C)), "DDDDxDx", NOBODY),
    ],
)  # fmt: skip
def test_where_a_case_stands_on_the_ladder(
    standing: Standing, case: CaseFacts, rungs: str, turn: Turn
) -> None:
    """The case page would point at the wrong rung, call needed what is not, or wait for the wrong party."""
    found = ladder(standing, case, TODAY)
    assert (picture(found), found.turn) == (rungs, turn)


def test_a_failed_support_that_was_considered_leads_to_the_referral() -> None:
    """The page would send a case to a meeting that has been held."""
    found = ladder(Standing.UNDER_REVIEW, replace(FAILED, joint_local_meetings=joint(Outcome.A)), TODAY)
    assert picture(found) == "D-DDDDN"
    assert found.rungs[5].seen == Seen(How.FAILURE_CONSIDERED, date(2026, 5, 11), ("met",))


@pytest.mark.parametrize(
    ("route", "case", "rungs"),
    [
        (Route.CONFIDENTIAL_DIALOGUE, NOTHING, "DN....."),
        (Route.JOINT_LOCAL_MEETING, NOTHING, "DN....."),
        (Route.PEER_SUPPORT, NOTHING, "D.N...."),
        (Route.RIEP_FACILITATED, NOTHING, "D.N...."),
        (Route.AUTHORITY_LED, NOTHING, "D.N...."),
        (Route.PEER_SUPPORT, CaseFacts(offers=offer(None)), "D.DN..."),
        (Route.PEER_SUPPORT, CaseFacts(offers=offer(DECLINED)), "DNDD..."),
        (Route.PEER_SUPPORT, CONTEMPLATED, "D----N."),
    ],
)
def test_an_authority_that_knows_is_offered_help_before_it_is_talked_to(
    route: Route, case: CaseFacts, rungs: str
) -> None:
    """The picture would ask for a confidential dialogue with a council that has asked for help itself (§28)."""
    assert picture(ladder(Standing.TRIAGED, case, TODAY, route=route)) == rungs


@pytest.mark.parametrize(
    ("case", "rungs"),
    [
        (replace(REFUSED, joint_local_meetings=joint(Outcome.C)), "DDDD-DD"),
        (AT_RISK, "DN....D"),
        (replace(AT_RISK, conversations=(talk(2),)), "DDN...D"),
    ],
)
def test_a_referral_that_was_made_is_climbed(case: CaseFacts, rungs: str) -> None:
    """The page would show as still to do what was done, or take what an urgent referral passed over for done."""
    found = ladder(Standing.OFFER_DECLINED, case, TODAY, referred=REFERRED)
    assert picture(found) == rungs
    assert found.rungs[-1].seen == REFERRED


@pytest.mark.parametrize(
    ("standing", "risk", "referred", "nobody_waits"),
    [
        (Standing.LOGGED, RiskFacts(people_at_risk_now=True), None, True),
        (Standing.SUPPORTED, RiskFacts(legal_duty_to_refer=True), None, True),
        (Standing.LOGGED, RiskFacts(people_at_risk_now=True), REFERRED, False),
        (Standing.CLOSED, RiskFacts(people_at_risk_now=True), None, False),
        (Standing.LOGGED, RiskFacts(), None, False),
    ],
)
def test_people_at_risk_wait_for_no_rung(
    standing: Standing, risk: RiskFacts, referred: Seen | None, nobody_waits: bool
) -> None:
    """Somebody would climb rung by rung while people come to harm, or be told to refer what was referred."""
    found = ladder(standing, CaseFacts(risk=risk), TODAY, referred=referred)
    assert found.nobody_waits is nobody_waits


@pytest.mark.parametrize(
    ("case", "rung", "seen"),
    [
        (TALKED, Rung.DIALOGUE, Seen(How.HELD, date(2026, 2, 2), ("talk 2",))),
        (CaseFacts(conversations=(talk(2, held=False),)), Rung.DIALOGUE,
         Seen(How.ATTEMPTED_ONCE, date(2026, 2, 2), ("talk 2",))),
        (CaseFacts(conversations=(talk(2, held=False), talk(9, held=False))), Rung.DIALOGUE,
         Seen(How.ATTEMPTED_ENOUGH, date(2026, 2, 9), ("talk 2", "talk 9"))),
        (CaseFacts(conversations=(talk(2), talk(9))), Rung.DIALOGUE,
         Seen(How.HELD, date(2026, 2, 2), ("talk 2", "talk 9"))),
        (NOTHING, Rung.DIALOGUE, None),
        (ASKED, Rung.OFFER, Seen(How.MADE, date(2026, 4, 13), ("offered",))),
        (CaseFacts(offers=offer(WITHDRAWN)), Rung.OFFER,
         Seen(How.WITHDRAWN, date(2026, 4, 20), ("offered", "answered"))),
        (ASKED, Rung.ANSWER, Seen(How.WAITING, TODAY)),
        (REFUSED, Rung.ANSWER, Seen(How.DECLINED, date(2026, 4, 20), ("answered",))),
        (CaseFacts(offers=offer(LAPSED)), Rung.ANSWER, Seen(How.LAPSED, TODAY, ("answered",))),
        (NOTHING, Rung.SUPPORT, Seen(How.IF_ACCEPTED)),
        (REFUSED, Rung.SUPPORT, None),
        (HELPED, Rung.SUPPORT, None),
        (replace(HELPED, reviews=(review(4, progress=True),)), Rung.SUPPORT,
         Seen(How.PROGRESS, date(2026, 5, 4), ("review 4",))),
        (replace(HELPED, reviews=(review(4, progress=False),)), Rung.SUPPORT,
         Seen(How.ONE_FAILED, date(2026, 5, 4), ("review 4",))),
        (FAILED, Rung.SUPPORT, Seen(How.TWO_FAILED, date(2026, 5, 8), ("review 4", "review 8"))),
        (replace(FAILED, reviews=(review(2, progress=True), *FAILED.reviews)), Rung.SUPPORT,
         Seen(How.TWO_FAILED, date(2026, 5, 8), ("review 4", "review 8"))),
        (replace(HELPED, reviews=(review(4, progress=False), review(8, progress=True))), Rung.SUPPORT,
         Seen(How.PROGRESS, date(2026, 5, 8), ("review 8",))),
        # before the acceptance, on its day, and today
        (replace(HELPED, reviews=(ReviewFacts("early", date(2026, 4, 19), True),)), Rung.SUPPORT, None),
        (replace(HELPED, reviews=(ReviewFacts("first", date(2026, 4, 20), True),)), Rung.SUPPORT,
         Seen(How.PROGRESS, date(2026, 4, 20), ("first",))),
        (replace(HELPED, reviews=(ReviewFacts("today", TODAY, True),)), Rung.SUPPORT,
         Seen(How.PROGRESS, TODAY, ("today",))),
        (CaseFacts(joint_local_meetings=joint(Outcome.A)), Rung.MEETING,
         Seen(How.OUTCOME_A, date(2026, 5, 11), ("met",))),
        (CaseFacts(pre_intervention_meetings=before_intervention(True)), Rung.MEETING,
         Seen(How.FEASIBLE, date(2026, 5, 11), ("met",))),
        (replace(REFUSED, joint_local_meetings=joint(Outcome.C)), Rung.MEETING,
         Seen(How.OUTCOME_C, date(2026, 5, 11), ("met",))),
        (CaseFacts(joint_local_meetings=joint(Outcome.B, TODAY)), Rung.MEETING,
         Seen(How.OUTCOME_B, TODAY, ("met",))),
        (CaseFacts(joint_local_meetings=joint(Outcome.B, date(2026, 6, 2))), Rung.MEETING, None),
        # of several meetings the last, but what counts for the gate comes first
        (CaseFacts(joint_local_meetings=joint(Outcome.A) + AGAIN), Rung.MEETING,
         Seen(How.OUTCOME_B, date(2026, 5, 20), ("met again",))),
        (CaseFacts(joint_local_meetings=AGAIN + joint(Outcome.A)), Rung.MEETING,
         Seen(How.OUTCOME_B, date(2026, 5, 20), ("met again",))),
        (CaseFacts(joint_local_meetings=joint(Outcome.C) + AGAIN), Rung.MEETING,
         Seen(How.OUTCOME_C, date(2026, 5, 11), ("met",))),
        (CaseFacts(pre_intervention_meetings=before_intervention(True) + TODAY_NOT_FEASIBLE), Rung.MEETING,
         Seen(How.NOT_FEASIBLE, TODAY, ("met today",))),
        (CaseFacts(pre_intervention_meetings=TODAY_NOT_FEASIBLE + before_intervention(True)), Rung.MEETING,
         Seen(How.NOT_FEASIBLE, TODAY, ("met today",))),
        (NOTHING, Rung.MEETING, None),
        (NOTHING, Rung.REFERRAL, None),
    ],
)  # fmt: skip
def test_what_shows_a_rung(case: CaseFacts, rung: Rung, seen: Seen | None) -> None:
    """A rung would carry another day than its event, or claim an event that is none."""
    found = {state.rung: state.seen for state in ladder(Standing.TRIAGED, case, TODAY).rungs}
    assert found[rung] == seen


@pytest.mark.parametrize(
    ("case", "referred", "here"),
    [
        (NOTHING, None, Rung.DIALOGUE),
        (ASKED, None, Rung.ANSWER),
        (CONTEMPLATED, None, Rung.MEETING),
        (replace(REFUSED, joint_local_meetings=joint(Outcome.C)), None, Rung.REFERRAL),
        (replace(REFUSED, joint_local_meetings=joint(Outcome.C)), REFERRED, None),
    ],
)
def test_the_rung_where_the_case_stands_is_named(
    case: CaseFacts, referred: Seen | None, here: Rung | None
) -> None:
    """A list of cases would say of each that every rung is climbed, or of a referred one that it still waits."""
    assert ladder(Standing.TRIAGED, case, TODAY, referred=referred).here is here


def test_a_dialogue_that_can_wait_is_said_to_be_needed_before_a_referral() -> None:
    """Who helps a council that asked for it would not learn what a referral will need (§28)."""
    found = ladder(Standing.TRIAGED, NOTHING, TODAY, route=Route.PEER_SUPPORT)
    assert found.rungs[1].seen == Seen(How.BEFORE_A_REFERRAL)


def test_a_closed_case_has_nothing_ahead() -> None:
    """The page of a closed case would say under which condition it goes on."""
    found = ladder(Standing.CLOSED, NOTHING, TODAY, route=Route.PEER_SUPPORT)
    assert [state.seen for state in found.rungs] == [None] * len(Rung)


def test_silence_past_its_date_is_an_answer_before_the_clock_has_said_so() -> None:
    """The page would wait for an authority whose time has run out."""
    found = ladder(Standing.OFFER_MADE, ASKED, date(2026, 6, 2))
    assert (picture(found), found.turn) == ("DDDD-N.", Turn.FAMILY)
    assert found.rungs[3].seen == Seen(How.LAPSED, TODAY)


@pytest.mark.parametrize(
    ("case", "gate", "missing"),
    [
        (NOTHING, Gate.JOINT_LOCAL_MEETING, {Missing.OFFER_NOT_MADE, Missing.DIALOGUE, Missing.OUTCOME_C}),
        (ASKED, Gate.JOINT_LOCAL_MEETING, {Missing.OFFER_NOT_ANSWERED, Missing.OUTCOME_C}),
        (HELPED, Gate.FAILED_SUPPORT, {Missing.REVIEWS_WITHOUT_PROGRESS, Missing.MEETING_ON_FAILED_SUPPORT}),
        (CONTEMPLATED, Gate.PRE_INTERVENTION_MEETING, {Missing.PRE_INTERVENTION_MEETING}),
        (CaseFacts(pre_intervention_meetings=before_intervention(True)), Gate.JOINT_LOCAL_MEETING,
         {Missing.OFFER_NOT_MADE, Missing.DIALOGUE, Missing.OUTCOME_C}),
    ],
)  # fmt: skip
def test_what_opens_the_next_gate(case: CaseFacts, gate: Gate, missing: set[Missing]) -> None:
    """A lead would work towards a gate that is further than another, or not be told what it misses."""
    found = ladder(Standing.TRIAGED, case, TODAY)
    assert (found.referral.gate, set(found.referral.missing)) == (gate, missing)
    assert [check.gate for check in found.gates] == list(Gate)


@pytest.mark.parametrize(
    ("kind", "standing", "now"),
    [
        (DutyKind.MAKE_OFFER, Standing.LOGGED, False),
        (DutyKind.MAKE_OFFER, Standing.TRIAGED, True),
        (DutyKind.MAKE_OFFER, Standing.OFFER_MADE, False),
        (DutyKind.ANSWER_TO_OFFER, Standing.OFFER_MADE, True),
        (DutyKind.REVIEW, Standing.LOGGED, False),
        (DutyKind.REVIEW, Standing.SUPPORTED, True),
        (DutyKind.FIRST_CONTACT, Standing.LOGGED, True),
        (DutyKind.JOINT_LOCAL_MEETING, Standing.OFFER_MADE, True),
        (DutyKind.JOINT_LOCAL_MEETING, Standing.CLOSED, False),
    ],
)
def test_what_is_missing_can_be_supplied_where_the_standing_lets_it(
    kind: DutyKind, standing: Standing, now: bool
) -> None:
    """The page would lead to a form that refuses, or hide one that would take it."""
    assert can_be_supplied(kind, standing) is now
