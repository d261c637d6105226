"""The family-first finding: what every escalation says about the sector's first shot, and the events it rests on."""

from dataclasses import dataclass, replace
from datetime import date

from clearinghouse.protocol.dialogue import dialogue
from clearinghouse.protocol.facts import CaseFacts, EventId, OfferFacts, events_in_order
from clearinghouse.protocol.offers import is_lapsed, refused_or_silent
from clearinghouse.protocol.referral import joint_local_meeting, may_refer_at_once, nearest_gate
from clearinghouse.protocol.verdict import Missing, Verdict
from clearinghouse.protocol.vocabulary import DutyKind, FamilyFirst, Gate, OfferAnswer, Worded


class WhyNot(Worded):
    """Why family first was not given."""

    PEOPLE_AT_RISK = "people_at_risk", "People were at risk, so nobody waited"
    LEGAL_DUTY = "legal_duty", "The law required a referral"
    NOT_COMPLETE = "not_complete", "The escalation came before the family's first shot was complete"


@dataclass(frozen=True)
class Finding:
    """What an escalation says about family first; never blank.

    `gate` is the gate that was met or, where none was, the nearest (for a refusal, the joint local meeting);
    `missing` is what that gate still lacked.
    `events` are the ledger events that it rests on. `why_not` is set when it was not given.
    """

    result: FamilyFirst
    gate: Gate
    missing: tuple[Missing, ...]
    events: tuple[EventId, ...]
    why_not: WhyNot | None = None

    def __post_init__(self) -> None:
        given = self.result is FamilyFirst.GIVEN
        if given == bool(self.missing):
            raise ValueError("a finding names what was missing, unless family first was given")
        if (self.result is FamilyFirst.NOT_GIVEN) != (self.why_not is not None):
            raise ValueError("a finding says why family first was not given, and only then")
        if self.result is not FamilyFirst.NOT_GIVEN and not self.events:
            raise ValueError("a finding that family first was given or refused rests on events")

    @property
    def owed(self) -> tuple[DutyKind, ...]:
        """The duties that the family still owes, each once."""
        return Verdict(self.missing).owed


def family_first(case: CaseFacts, today: date) -> Finding:
    """What the record says about family first on the day of an escalation, ours or theirs (§9, §15g, §16, §22).

    Given: one of the gates of a referral is met. Refused: no gate is met, yet the family did its part (the dialogue
    held or attempted twice) and the authority declined the offer or let it lapse. Not given: anything less, with
    what was missing and why. What came after that day counts for nothing, whenever it was recorded.
    """
    case = replace(case, offers=_offers_by(case.offers, today))
    nearest = nearest_gate(case, today)
    if nearest.met:
        return Finding(FamilyFirst.GIVEN, nearest.gate, (), nearest.events)
    talk = dialogue(case.conversations, case.about, today)
    if talk.done and refused_or_silent(case.offers, today).allowed:
        refused = joint_local_meeting(case, today)
        return Finding(FamilyFirst.REFUSED, refused.gate, refused.missing, refused.events)
    events = nearest.events
    if may_refer_at_once(case.risk).allowed:
        events = events_in_order((case.risk.event, *events))
    return Finding(FamilyFirst.NOT_GIVEN, nearest.gate, nearest.missing, events, _why_not(case))


def _offers_by(offers: tuple[OfferFacts, ...], day: date) -> tuple[OfferFacts, ...]:
    return tuple(_answered_by(offer, day) for offer in offers if offer.made_on <= day)


def _answered_by(offer: OfferFacts, day: date) -> OfferFacts:
    """The offer as it stood on the day: an answer given later was no answer yet, nor was silence up to its date."""
    if offer.answer is OfferAnswer.LAPSED:
        came = is_lapsed(offer.answer_by, day)
    else:
        came = offer.answered_on is None or offer.answered_on <= day
    if came:
        return offer
    return replace(offer, answer=None, answered_on=None, answer_event=None)


def _why_not(case: CaseFacts) -> WhyNot:
    if case.risk.people_at_risk_now:
        return WhyNot.PEOPLE_AT_RISK
    if case.risk.legal_duty_to_refer:
        return WhyNot.LEGAL_DUTY
    return WhyNot.NOT_COMPLETE
