"""The family-first ladder of one case: where it stands, whose turn it is, and what opens the next gate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from clearinghouse.protocol.dialogue import DialogueState, dialogue
from clearinghouse.protocol.facts import CaseFacts, EventId, OfferFacts, events_in_order
from clearinghouse.protocol.offers import is_lapsed, offer_that_counts
from clearinghouse.protocol.referral import GATES, GateCheck, failed_support, may_refer_at_once, nearest_gate
from clearinghouse.protocol.standing import may_step
from clearinghouse.protocol.verdict import Missing, Verdict
from clearinghouse.protocol.vocabulary import (
    DutyKind,
    Gate,
    OfferAnswer,
    Outcome,
    Route,
    Standing,
    Step,
    Worded,
)


class Rung(Worded):
    """The rungs from the family's first word to our referral, lowest first (§16, §22, §23)."""

    TRIAGE = "triage", "Triage"
    DIALOGUE = "dialogue", "Confidential dialogue"
    OFFER = "offer", "Sector offer"
    ANSWER = "answer", "The authority's answer"
    SUPPORT = "support", "Support and its reviews"
    MEETING = "meeting", "Joint local or pre-intervention meeting"
    REFERRAL = "referral", "Referral"


class Turn(Worded):
    """Whose turn it is."""

    FAMILY = "family", "The family's turn"
    AUTHORITY = "authority", "The authority's turn"
    NOBODY = "nobody", "Nobody's turn: the case is closed"


class Progress(Worded):
    """How far one rung has come."""

    DONE = "done", "Completed"
    NOW = "now", "Now"
    LATER = "later", "Not yet"
    NOT_NEEDED = "not_needed", "Not needed"
    NOT_REACHED = "not_reached", "Not reached"


class How(Worded):
    """What was seen at a rung; words that end in "on" or "by" are followed by the day."""

    TRIAGED = "triaged", "Triaged on"
    HELD = "held", "Held on"
    ATTEMPTED_ENOUGH = "attempted_enough", "Attempted on two different days, the last time on"
    ATTEMPTED_ONCE = "attempted_once", "Attempted on one day only, on"
    BEFORE_A_REFERRAL = "before_a_referral", "The authority knows of it: needed only before a referral"
    MADE = "made", "Made on"
    WITHDRAWN = "withdrawn", "Withdrawn on"
    WAITING = "waiting", "An answer is due by"
    ACCEPTED = "accepted", "Accepted on"
    DECLINED = "declined", "Declined on"
    LAPSED = "lapsed", "Lapsed: no answer came by"
    IF_ACCEPTED = "if_accepted", "Only if the authority accepts the offer"
    TWO_FAILED = "two_failed", "The two latest reviews found no adequate progress, the last on"
    ONE_FAILED = "one_failed", "No adequate progress at the last review, on"
    PROGRESS = "progress", "Adequate progress at the last review, on"
    OUTCOME_A = "outcome_a", "Strong local plans in place (outcome A), found on"
    OUTCOME_B = "outcome_b", "Referred to the round table or the RIEP (outcome B) on"
    OUTCOME_C = "outcome_c", "Not satisfied and not agreed (outcome C) on"
    FAILURE_CONSIDERED = "failure_considered", "The failed support was considered on"
    NOT_FEASIBLE = "not_feasible", "A sector-led approach was found not feasible on"
    FEASIBLE = "feasible", "A sector-led approach was found feasible on"
    NOT_CONCLUDED = "not_concluded", "The pre-intervention meeting came to no conclusion on"
    REFERRED = "referred", "Referred on"
    REFERRED_AT_ONCE = "referred_at_once", "Referred at once, because nobody waits, on"


@dataclass(frozen=True)
class Seen:
    """What was seen at a rung, on which day, and the ledger events that show it."""

    how: How
    on: date | None = None
    events: tuple[EventId, ...] = ()


@dataclass(frozen=True)
class RungState:
    """One rung: how far it has come, and what was seen there so far, which may fall short of climbing it."""

    rung: Rung
    progress: Progress
    seen: Seen | None


@dataclass(frozen=True)
class Ladder:
    """The rungs, the rung where the case stands, whose turn it is, and the gates of a referral with what each misses.

    `here` is None where every rung is climbed. `nobody_waits` where people are at risk now, or the law requires it,
    and no referral has been made. `referral` names the nearest gate and what it misses.
    """

    rungs: tuple[RungState, ...]
    here: Rung | None
    turn: Turn
    nobody_waits: bool
    gates: tuple[GateCheck, ...]
    referral: Verdict

    @property
    def climbed(self) -> tuple[Rung, ...]:
        """The rungs that are climbed, lowest first."""
        return tuple(state.rung for state in self.rungs if state.progress is Progress.DONE)


RUNGS_TO: Mapping[Gate, frozenset[Rung]] = {
    Gate.JOINT_LOCAL_MEETING: frozenset({Rung.DIALOGUE, Rung.OFFER, Rung.ANSWER, Rung.MEETING}),
    Gate.PRE_INTERVENTION_MEETING: frozenset({Rung.MEETING}),
    Gate.FAILED_SUPPORT: frozenset({Rung.OFFER, Rung.ANSWER, Rung.SUPPORT, Rung.MEETING}),
}
"""The rungs that lead to each gate (§15g, §19, §22, §26); triage comes before all of them."""

AUTHORITY_KNOWS = frozenset({Route.AUTHORITY_LED, Route.RIEP_FACILITATED, Route.PEER_SUPPORT})
"""Routes of an authority that acknowledges its difficulty: the dialogue need not come before the offer (§28)."""

MEETING_MISSES = frozenset(
    {
        Missing.OUTCOME_C,
        Missing.PRE_INTERVENTION_MEETING,
        Missing.PARTIES_NOT_ASKED,
        Missing.SECTOR_LED_APPROACH_OPEN,
        Missing.MEETING_ON_FAILED_SUPPORT,
    }
)
"""What only a meeting supplies."""

_SUPPLIED_IN: Mapping[DutyKind, Step] = {
    DutyKind.MAKE_OFFER: Step.MAKE_OFFER,
    DutyKind.ANSWER_TO_OFFER: Step.ACCEPT,
    DutyKind.REVIEW: Step.REVIEW,
}


def ladder(
    standing: Standing,
    case: CaseFacts,
    today: date,
    *,
    triaged: Seen | None = None,
    referred: Seen | None = None,
    route: Route | None = None,
) -> Ladder:
    """Where a case stands on the way of family first (§16, §22): the lowest rung to climb to its nearest gate.

    What the nearest gate does not ask for is not needed: no support where none was accepted, no dialogue and no offer
    where a department contemplates action (§26). Where the authority knows of its difficulty (§28) the offer comes
    before the dialogue, which is needed only before a referral. `referred` says that we have made one, which people at
    risk let happen before the lower rungs. It is the authority's turn only while an offer waits for its answer.
    """
    offer = offer_that_counts(case.offers)
    nearest = nearest_gate(case, today)
    waits = offer is not None and offer.answer is None and not is_lapsed(offer.answer_by, today)
    done = _done(standing, case, today, nearest, referred=referred is not None)
    asked_for = Rung.DIALOGUE in RUNGS_TO[nearest.gate] and not nearest.met
    deferred = route in AUTHORITY_KNOWS and asked_for and not (done[Rung.ANSWER] or done[Rung.DIALOGUE])
    here = _here(done, nearest, deferred=deferred)
    closed = standing is Standing.CLOSED
    seen = _seen(case, nearest, today, deferred=deferred, closed=closed)
    turn = Turn.AUTHORITY if waits else Turn.FAMILY
    return Ladder(
        rungs=tuple(
            RungState(
                rung,
                Progress.NOT_REACHED if closed and not done[rung] else _progress(rung, done, here, deferred),
                {**seen, Rung.TRIAGE: triaged, Rung.REFERRAL: referred}[rung],
            )
            for rung in Rung
        ),
        here=here,
        turn=Turn.NOBODY if closed else turn,
        nobody_waits=may_refer_at_once(case.risk).allowed and referred is None and not closed,
        gates=tuple(gate(case, today) for gate in GATES),
        referral=Verdict(nearest.missing, nearest.gate),
    )


def can_be_supplied(kind: DutyKind, standing: Standing) -> bool:
    """Whether the standing lets somebody supply now what a gate misses (§19).

    Meetings and conversations are facts, and can always be recorded while the case is open.
    """
    step = _SUPPLIED_IN.get(kind)
    return standing is not Standing.CLOSED and (step is None or may_step(standing, step).allowed)


def _done(
    standing: Standing, case: CaseFacts, today: date, nearest: GateCheck, *, referred: bool
) -> Mapping[Rung, bool]:
    offer = offer_that_counts(case.offers)
    counting = offer is not None and offer.answer is not OfferAnswer.WITHDRAWN
    silent = offer is not None and offer.answer is None and not is_lapsed(offer.answer_by, today)
    support = failed_support(case, today).missing
    return {
        Rung.TRIAGE: standing is not Standing.LOGGED,
        Rung.DIALOGUE: dialogue(case.conversations, case.about, today).done,
        Rung.OFFER: counting,
        Rung.ANSWER: counting and not silent,
        Rung.SUPPORT: not {Missing.SUPPORT_NOT_ACCEPTED, Missing.REVIEWS_WITHOUT_PROGRESS} & set(support),
        Rung.MEETING: not MEETING_MISSES & set(nearest.missing),
        Rung.REFERRAL: referred,
    }


def _here(done: Mapping[Rung, bool], nearest: GateCheck, *, deferred: bool) -> Rung | None:
    if nearest.met:
        return None if done[Rung.REFERRAL] else Rung.REFERRAL
    to_climb = {Rung.TRIAGE, *RUNGS_TO[nearest.gate]} - ({Rung.DIALOGUE} if deferred else set())
    return next((rung for rung in Rung if rung in to_climb and not done[rung]), None)


def _progress(rung: Rung, done: Mapping[Rung, bool], here: Rung | None, deferred: bool) -> Progress:
    if done[rung]:
        return Progress.DONE
    if rung is here:
        return Progress.NOW
    rungs = list(Rung)
    passed = here is None or rungs.index(rung) < rungs.index(here)
    return Progress.NOT_NEEDED if passed and not (deferred and rung is Rung.DIALOGUE) else Progress.LATER


def _seen(
    case: CaseFacts, nearest: GateCheck, today: date, *, deferred: bool, closed: bool
) -> Mapping[Rung, Seen | None]:
    """What was seen at the rungs of the family; on a closed case nothing that is only ahead of it."""
    offer = offer_that_counts(case.offers)
    found = {
        Rung.DIALOGUE: _dialogue_seen(case, today) or (Seen(How.BEFORE_A_REFERRAL) if deferred else None),
        Rung.OFFER: _offer_seen(offer),
        Rung.ANSWER: _answer_seen(offer, today),
        Rung.SUPPORT: _support_seen(case, offer, today),
        Rung.MEETING: _meeting_seen(case, nearest, today),
    }
    ahead = {How.BEFORE_A_REFERRAL, How.IF_ACCEPTED}
    return {rung: None if closed and seen and seen.how in ahead else seen for rung, seen in found.items()}


def _dialogue_seen(case: CaseFacts, today: date) -> Seen | None:
    found = dialogue(case.conversations, case.about, today)
    days = sorted(talk.on for talk in case.conversations if talk.event in found.events)
    if not days:
        return None
    held = found.state is DialogueState.HELD
    return Seen(How(found.state.value), days[0] if held else days[-1], found.events)


def _offer_seen(offer: OfferFacts | None) -> Seen | None:
    if offer is None:
        return None
    if offer.answer is OfferAnswer.WITHDRAWN:
        return Seen(How.WITHDRAWN, offer.answered_on, events_in_order((offer.event, offer.answer_event)))
    return Seen(How.MADE, offer.made_on, (offer.event,))


def _answer_seen(offer: OfferFacts | None, today: date) -> Seen | None:
    if offer is None or offer.answer is OfferAnswer.WITHDRAWN:
        return None
    events = events_in_order((offer.answer_event,))
    if offer.answer in {OfferAnswer.ACCEPTED, OfferAnswer.DECLINED}:
        return Seen(How(offer.answer.value), offer.answered_on, events)
    lapsed = offer.answer is OfferAnswer.LAPSED or is_lapsed(offer.answer_by, today)
    return Seen(How.LAPSED if lapsed else How.WAITING, offer.answer_by, events)


def _support_seen(case: CaseFacts, offer: OfferFacts | None, today: date) -> Seen | None:
    if offer is None or offer.answer is not OfferAnswer.ACCEPTED:
        answered = offer is not None and offer.answer in {OfferAnswer.DECLINED, OfferAnswer.LAPSED}
        return None if answered else Seen(How.IF_ACCEPTED)
    since = offer.answered_on or offer.made_on
    held = (review for review in case.reviews if since <= review.on <= today)
    latest = sorted(held, key=lambda review: (review.on, review.event))
    if not latest:
        return None
    failed = Missing.REVIEWS_WITHOUT_PROGRESS not in failed_support(case, today).missing
    how = How.PROGRESS if latest[-1].adequate_progress else How.ONE_FAILED
    events = tuple(review.event for review in latest[-2 if failed else -1 :])
    return Seen(How.TWO_FAILED if failed else how, latest[-1].on, events)


def _meeting_seen(case: CaseFacts, nearest: GateCheck, today: date) -> Seen | None:
    """The latest meeting, seen from the nearest gate: what it counts as there comes first."""
    joint = [meeting for meeting in case.joint_local_meetings if meeting.on <= today]
    if nearest.gate is not Gate.PRE_INTERVENTION_MEETING and joint:
        counting = [meeting for meeting in joint if meeting.event in nearest.events]
        latest = max(counting or joint, key=lambda meeting: (meeting.on, meeting.event))
        failed = nearest.gate is Gate.FAILED_SUPPORT and latest.event in nearest.events
        how = How.FAILURE_CONSIDERED if failed else _OUTCOMES[latest.outcome]
        return Seen(how, latest.on, (latest.event,))
    before = [meeting for meeting in case.pre_intervention_meetings if meeting.on <= today]
    if not before:
        return None
    last = max(before, key=lambda meeting: (meeting.on, meeting.event))
    return Seen(_FOUND[last.sector_led_feasible], last.on, (last.event,))


_OUTCOMES: Mapping[Outcome, How] = {
    Outcome.A: How.OUTCOME_A,
    Outcome.B: How.OUTCOME_B,
    Outcome.C: How.OUTCOME_C,
}
_FOUND: Mapping[bool | None, How] = {
    True: How.FEASIBLE,
    False: How.NOT_FEASIBLE,
    None: How.NOT_CONCLUDED,
}
