"""The sector offer: when one may be made and answered, when it lapses, and which one counts."""

from collections.abc import Collection
from datetime import date

from clearinghouse.protocol.facts import OfferFacts
from clearinghouse.protocol.standing import may_step
from clearinghouse.protocol.verdict import ALLOWED, Missing, Verdict, all_of, blocked
from clearinghouse.protocol.vocabulary import OfferAnswer, Standing, Step


def may_offer(standing: Standing, offers: Collection[OfferFacts], answer_by: date, today: date) -> Verdict:
    """An offer is made to a triaged, open case, one at a time, with a date ahead by which to answer (§16, §26)."""
    waiting = blocked(Missing.OFFER_OPEN) if any(offer.answer is None for offer in offers) else ALLOWED
    dated = ALLOWED if answer_by > today else blocked(Missing.ANSWER_BY_NOT_AHEAD)
    return all_of(may_step(standing, Step.MAKE_OFFER), waiting, dated)


def may_answer(offer: OfferFacts, answered_on: date, today: date) -> Verdict:
    """The authority's acceptance or refusal is recorded once, by the day on which it was given (§15e).

    The answer-by date itself is still in time. An answer given in time may be recorded later, even where the clock
    has let the offer lapse meanwhile; an answer given too late needs a new offer, so that the silence stays on record.
    """
    if offer.answer not in {None, OfferAnswer.LAPSED}:
        return blocked(Missing.OFFER_ALREADY_ANSWERED)
    if answered_on > today:
        return blocked(Missing.ANSWER_IN_FUTURE)
    if answered_on < offer.made_on:
        return blocked(Missing.ANSWER_BEFORE_OFFER)
    if answered_on > offer.answer_by:
        return blocked(Missing.ANSWER_TOO_LATE)
    return ALLOWED


def may_withdraw(offer: OfferFacts) -> Verdict:
    """The family takes back an offer only while it waits for its answer; a withdrawn offer opens no gate."""
    return ALLOWED if offer.answer is None else blocked(Missing.OFFER_ALREADY_ANSWERED)


def may_lapse(offer: OfferFacts, today: date) -> Verdict:
    """The clock lets an unanswered offer lapse once its answer-by date has passed: silence is a fact."""
    if offer.answer is not None:
        return blocked(Missing.OFFER_ALREADY_ANSWERED)
    return ALLOWED if is_lapsed(offer.answer_by, today) else blocked(Missing.ANSWER_BY_NOT_PASSED)


def is_lapsed(answer_by: date, today: date) -> bool:
    """Whether silence has become an answer: on the day after the answer-by date."""
    return today > answer_by


def offer_that_counts(offers: Collection[OfferFacts]) -> OfferFacts | None:
    """The latest offer that was not withdrawn; where all were withdrawn, the latest; None where none was made."""
    latest_first = sorted(offers, key=lambda offer: (offer.made_on, offer.event), reverse=True)
    standing = [offer for offer in latest_first if offer.answer is not OfferAnswer.WITHDRAWN]
    return next(iter(standing or latest_first), None)


def refused_or_silent(offers: Collection[OfferFacts], today: date) -> Verdict:
    """Whether the authority declined the offer that counts, or let it lapse (§16, §22).

    An offer past its date counts as lapsed even before the clock has said so.
    """
    offer = offer_that_counts(offers)
    if offer is None:
        return blocked(Missing.OFFER_NOT_MADE)
    match offer.answer:
        case OfferAnswer.DECLINED | OfferAnswer.LAPSED:
            return ALLOWED
        case OfferAnswer.ACCEPTED:
            return blocked(Missing.OFFER_ACCEPTED)
        case OfferAnswer.WITHDRAWN:
            return blocked(Missing.OFFER_WITHDRAWN)
        case None:
            return ALLOWED if is_lapsed(offer.answer_by, today) else blocked(Missing.OFFER_NOT_ANSWERED)
