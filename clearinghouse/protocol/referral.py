"""Our own referral to a regulator or department: its three gates, and the way that waits for nobody."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from clearinghouse.protocol.dialogue import dialogue
from clearinghouse.protocol.facts import (
    PRE_INTERVENTION_PARTIES,
    CaseFacts,
    EventId,
    JointLocalMeetingFacts,
    OfferFacts,
    PreInterventionFacts,
    ReviewFacts,
    RiskFacts,
    events_in_order,
)
from clearinghouse.protocol.offers import offer_that_counts, refused_or_silent
from clearinghouse.protocol.verdict import ALLOWED, Missing, Verdict, all_of, blocked
from clearinghouse.protocol.vocabulary import Gate, OfferAnswer, Outcome

REVIEWS_THAT_FAIL = 2

Dated = TypeVar("Dated", JointLocalMeetingFacts, PreInterventionFacts, ReviewFacts)


@dataclass(frozen=True)
class GateCheck:
    """One gate seen from one case: what it still misses, and the events that it rests on so far.

    `relevant` is False where nothing on the case leads to this gate, so that it is never named as the nearest.
    """

    gate: Gate
    missing: tuple[Missing, ...]
    events: tuple[EventId, ...]
    relevant: bool

    @property
    def met(self) -> bool:
        """True when nothing is missing."""
        return not self.missing


@dataclass(frozen=True)
class FailingSupport:
    """Support that is failing: the days of the two reviews that say so, and whether a meeting has considered it."""

    reviewed_on: tuple[date, ...]
    is_considered: bool


def may_refer(case: CaseFacts, today: date) -> Verdict:
    """The family refers a council to a regulator or department only after it had the first shot (§16, §22, §26).

    Allowed by the first gate that is met; otherwise blocked with what is missing at the nearest gate.
    """
    nearest = nearest_gate(case, today)
    return Verdict(nearest.missing, nearest.gate)


def nearest_gate(case: CaseFacts, today: date) -> GateCheck:
    """The first gate that is met, otherwise the relevant gate that misses least, in the order of the gates."""
    checks = [gate(case, today) for gate in GATES]
    met = [check for check in checks if check.met]
    relevant = [check for check in checks if check.relevant]
    return met[0] if met else min(relevant or checks, key=lambda check: len(check.missing))


def joint_local_meeting(case: CaseFacts, today: date) -> GateCheck:
    """Gate 1 (§16, §22): outcome C, the offer declined or lapsed, and the dialogue held or attempted twice."""
    talk = dialogue(case.conversations, case.about, today)
    offer = offer_that_counts(case.offers)
    ended_in_c = [
        meeting for meeting in _until(case.joint_local_meetings, today) if meeting.outcome is Outcome.C
    ]
    verdict = all_of(
        refused_or_silent(case.offers, today),
        ALLOWED if talk.done else blocked(Missing.DIALOGUE),
        ALLOWED if ended_in_c else blocked(Missing.OUTCOME_C),
    )
    offered = (offer.event, offer.answer_event) if offer else ()
    events = events_in_order((*talk.events, *offered, *(meeting.event for meeting in ended_in_c)))
    accepted = offer is not None and offer.answer is OfferAnswer.ACCEPTED
    return GateCheck(Gate.JOINT_LOCAL_MEETING, verdict.missing, events, relevant=not accepted)


def pre_intervention_meeting(case: CaseFacts, today: date) -> GateCheck:
    """Gate 2 (§19, §26): everybody asked to the meeting, and a sector-led approach found not feasible.

    The department, IDeA, RIEP, Government Office and the authority's leading members each attended or declined.
    The latest meeting decides. One that found a sector-led approach feasible leads away from this gate.
    """
    held = _until(case.pre_intervention_meetings, today)
    if not held:
        missing = (Missing.PRE_INTERVENTION_MEETING,)
        return GateCheck(
            Gate.PRE_INTERVENTION_MEETING, missing, (), relevant=case.department_contemplates_action
        )
    latest = held[-1]
    relevant = latest.sector_led_feasible is not True
    asked = latest.attended | latest.declined
    verdict = all_of(
        ALLOWED if asked >= PRE_INTERVENTION_PARTIES else blocked(Missing.PARTIES_NOT_ASKED),
        ALLOWED if latest.sector_led_feasible is False else blocked(Missing.SECTOR_LED_APPROACH_OPEN),
    )
    return GateCheck(Gate.PRE_INTERVENTION_MEETING, verdict.missing, (latest.event,), relevant=relevant)


def failed_support(case: CaseFacts, today: date) -> GateCheck:
    """Gate 3 (§15g): accepted support has failed, by two reviews, and a joint local meeting has considered it.

    The reviews of the two latest days since the acceptance on which there was one found no adequate progress; of
    several on one day the last counts. The meeting came on the day of the second of them or later.
    """
    offer = offer_that_counts(case.offers)
    if offer is None or offer.answer is not OfferAnswer.ACCEPTED:
        missing = (
            Missing.SUPPORT_NOT_ACCEPTED,
            Missing.REVIEWS_WITHOUT_PROGRESS,
            Missing.MEETING_ON_FAILED_SUPPORT,
        )
        return GateCheck(Gate.FAILED_SUPPORT, missing, (), relevant=False)
    latest = _latest_reviews(case, offer, today)
    failed = _have_failed(latest)
    considered = [
        meeting
        for meeting in _until(case.joint_local_meetings, today)
        if failed and meeting.on >= latest[-1].on
    ]
    verdict = all_of(
        ALLOWED if failed else blocked(Missing.REVIEWS_WITHOUT_PROGRESS),
        ALLOWED if considered else blocked(Missing.MEETING_ON_FAILED_SUPPORT),
    )
    evidence = (*(review.event for review in latest), *(meeting.event for meeting in considered))
    events = events_in_order((offer.event, offer.answer_event, *evidence))
    return GateCheck(Gate.FAILED_SUPPORT, verdict.missing, events, relevant=True)


def failing_support(case: CaseFacts, today: date) -> FailingSupport | None:
    """Whether accepted support is failing (§15g): the reviews of the two latest days found no adequate progress.

    A joint local meeting considers it next; then the way to a referral is open. One adequate review undoes it.
    """
    gate = failed_support(case, today)
    offer = offer_that_counts(case.offers)
    if offer is None or not set(gate.missing) <= {Missing.MEETING_ON_FAILED_SUPPORT}:
        return None
    days = tuple(review.on for review in _latest_reviews(case, offer, today))
    return FailingSupport(days, is_considered=gate.met)


GATES: tuple[Callable[[CaseFacts, date], GateCheck], ...] = (
    joint_local_meeting,
    pre_intervention_meeting,
    failed_support,
)


def may_refer_at_once(risk: RiskFacts) -> Verdict:
    """People at risk now, or a legal duty to refer, wait for nobody (ours, not in the document).

    Whoever holds the concern refers at once; a second lead confirms or questions it, and a review follows.
    """
    if risk.people_at_risk_now or risk.legal_duty_to_refer:
        return ALLOWED
    return blocked(Missing.NO_RISK_AND_NO_LEGAL_DUTY)


def may_confirm_risk_referral(written_by: Collection[str], second_lead: str) -> Verdict:
    """The lead who confirms or questions a referral made at once is nobody who made or corrected it (ours)."""
    return blocked(Missing.DIFFERENT_LEAD) if second_lead in written_by else ALLOWED


def _latest_reviews(case: CaseFacts, offer: OfferFacts, today: date) -> list[ReviewFacts]:
    since = offer.answered_on or offer.made_on
    by_day = {review.on: review for review in _until(case.reviews, today) if review.on >= since}
    return list(by_day.values())[-REVIEWS_THAT_FAIL:]


def _have_failed(latest: list[ReviewFacts]) -> bool:
    return len(latest) == REVIEWS_THAT_FAIL and not any(review.adequate_progress for review in latest)


def _until(dated: tuple[Dated, ...], today: date) -> list[Dated]:
    return sorted((fact for fact in dated if fact.on <= today), key=lambda fact: (fact.on, fact.event))
