"""The family-first ladder of one case: where it stands, whose turn it is, and what opens the next gate."""

from dataclasses import dataclass
from datetime import date

from clearinghouse.protocol.dialogue import dialogue
from clearinghouse.protocol.facts import CaseFacts
from clearinghouse.protocol.offers import is_lapsed, offer_that_counts
from clearinghouse.protocol.referral import may_refer
from clearinghouse.protocol.verdict import Verdict
from clearinghouse.protocol.vocabulary import OfferAnswer, Standing, Worded


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


@dataclass(frozen=True)
class Ladder:
    """The rungs climbed, the rung where the case stands, whose turn it is, and what a referral still misses.

    `here` is None where every rung is climbed.
    """

    climbed: tuple[Rung, ...]
    here: Rung | None
    turn: Turn
    referral: Verdict


def ladder(standing: Standing, case: CaseFacts, today: date, *, referred: bool = False) -> Ladder:
    """Where a case stands on the way of family first (§16, §22): the lowest rung not yet climbed.

    The support rung is there only for an authority that accepted; it is climbed when a referral is open. `referred`
    says that we have made one, which people at risk let happen before the lower rungs. It is the authority's turn
    only while an offer waits for its answer.
    """
    offer = offer_that_counts(case.offers)
    counting = offer is not None and offer.answer is not OfferAnswer.WITHDRAWN
    accepted = offer is not None and offer.answer is OfferAnswer.ACCEPTED
    open_offer = offer is not None and offer.answer is None and not is_lapsed(offer.answer_by, today)
    referral = may_refer(case, today)
    done = {
        Rung.TRIAGE: standing is not Standing.LOGGED,
        Rung.DIALOGUE: dialogue(case.conversations, case.about, today).done,
        Rung.OFFER: counting,
        Rung.ANSWER: counting and not open_offer,
        Rung.SUPPORT: referral.allowed,
        Rung.MEETING: referral.allowed,
        Rung.REFERRAL: referred,
    }
    shown = [rung for rung in Rung if rung is not Rung.SUPPORT or accepted]
    here = next((rung for rung in shown if not done[rung]), None)
    turn = Turn.AUTHORITY if open_offer else Turn.FAMILY
    return Ladder(
        climbed=tuple(rung for rung in shown if done[rung]),
        here=here,
        turn=Turn.NOBODY if standing is Standing.CLOSED else turn,
        referral=referral,
    )
