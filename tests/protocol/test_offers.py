"""The sector offer: one at a time, answered in time, lapsed by silence."""

from datetime import date

import pytest

from clearinghouse.protocol.facts import OfferFacts
from clearinghouse.protocol.offers import (
    is_lapsed,
    may_answer,
    may_lapse,
    may_offer,
    may_withdraw,
    offer_that_counts,
    refused_or_silent,
)
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import OfferAnswer, Standing

MADE, BEFORE, BY, LATE, LATER = (date(2026, 3, day) for day in (2, 9, 16, 17, 20))
ACCEPTED, DECLINED, LAPSED, WITHDRAWN = OfferAnswer


def offer(answer: OfferAnswer | None = None, event: str = "made", made_on: date = MADE) -> OfferFacts:
    return OfferFacts(event, made_on, BY, answer)


@pytest.mark.parametrize(
    ("standing", "earlier", "answer_by", "missing"),
    [
        (Standing.TRIAGED, [], BY, ()),
        (Standing.IN_DIALOGUE, [], BY, ()),
        (Standing.OFFER_DECLINED, [offer(DECLINED)], BY, ()),
        (Standing.TRIAGED, [], MADE, (Missing.ANSWER_BY_NOT_AHEAD,)),
        (Standing.LOGGED, [], BY, (Missing.NOT_TRIAGED,)),
        (Standing.CLOSED, [], MADE, (Missing.CASE_CLOSED, Missing.ANSWER_BY_NOT_AHEAD)),
        (Standing.OFFER_MADE, [offer()], BY, (Missing.OFFER_OPEN,)),
        (Standing.SUPPORTED, [offer()], BY, (Missing.OFFER_OPEN,)),
    ],
)
def test_when_an_offer_may_be_made(
    standing: Standing, earlier: list[OfferFacts], answer_by: date, missing: tuple[Missing, ...]
) -> None:
    """Two offers would wait at once, or one would have no day ahead on which to lapse."""
    assert may_offer(standing, earlier, answer_by, today=MADE).missing == missing


@pytest.mark.parametrize(
    ("answer_so_far", "answered_on", "missing"),
    [
        (None, MADE, ()),
        (None, BY, ()),
        (None, LATE, (Missing.ANSWER_TOO_LATE,)),
        (None, LATER, (Missing.ANSWER_IN_FUTURE,)),
        (None, date(2026, 3, 1), (Missing.ANSWER_BEFORE_OFFER,)),
        (LAPSED, BY, ()),
        (LAPSED, LATE, (Missing.ANSWER_TOO_LATE,)),
        (ACCEPTED, BEFORE, (Missing.OFFER_ALREADY_ANSWERED,)),
        (DECLINED, BEFORE, (Missing.OFFER_ALREADY_ANSWERED,)),
        (WITHDRAWN, BEFORE, (Missing.OFFER_ALREADY_ANSWERED,)),
    ],
)
def test_when_an_answer_may_be_recorded(
    answer_so_far: OfferAnswer | None, answered_on: date, missing: tuple[Missing, ...]
) -> None:
    """A late answer would hide a silence, or an answer given in time would be lost to a slow typist."""
    assert may_answer(offer(answer_so_far), answered_on, today=LATE).missing == missing


def test_silence_lapses_on_the_day_after_the_answer_by_date() -> None:
    """An authority would lose its last day, or silence would never end."""
    assert [is_lapsed(BY, day) for day in (BEFORE, BY, LATE)] == [False, False, True]
    assert may_lapse(offer(), BY).missing == (Missing.ANSWER_BY_NOT_PASSED,)
    assert may_lapse(offer(), LATE).allowed
    assert may_lapse(offer(DECLINED), LATE).missing == (Missing.OFFER_ALREADY_ANSWERED,)


def test_only_a_waiting_offer_is_withdrawn() -> None:
    """The family could take back an offer after a refusal, and say that none was refused."""
    assert may_withdraw(offer()).allowed
    assert may_withdraw(offer(DECLINED)).missing == (Missing.OFFER_ALREADY_ANSWERED,)


@pytest.mark.parametrize(
    ("offers", "missing"),
    [
        ([], (Missing.OFFER_NOT_MADE,)),
        ([offer(DECLINED)], ()),
        ([offer(LAPSED)], ()),
        ([offer()], (Missing.OFFER_NOT_ANSWERED,)),
        ([offer(ACCEPTED)], (Missing.OFFER_ACCEPTED,)),
        ([offer(WITHDRAWN)], (Missing.OFFER_WITHDRAWN,)),
        # the latest that was not withdrawn decides
        ([offer(event="2", made_on=BEFORE), offer(DECLINED, "1")], (Missing.OFFER_NOT_ANSWERED,)),
        ([offer(DECLINED, "1"), offer(WITHDRAWN, "2", BEFORE)], ()),
        ([offer(ACCEPTED, "2", BEFORE), offer(DECLINED, "1")], (Missing.OFFER_ACCEPTED,)),
    ],
)
def test_which_offers_count_as_refused(offers: list[OfferFacts], missing: tuple[Missing, ...]) -> None:
    """A referral would rest on an offer that was never answered, taken back, or overtaken by another."""
    assert refused_or_silent(offers, today=BY).missing == missing


def test_an_offer_past_its_date_counts_as_lapsed_before_the_clock_says_so() -> None:
    """A stopped clock would hold up a referral."""
    assert refused_or_silent([offer()], today=LATE).allowed


def test_the_latest_offer_counts() -> None:
    """The evidence would name the wrong offer."""
    first, second, taken_back = offer(DECLINED, "1"), offer(LAPSED, "2"), offer(WITHDRAWN, "3")
    assert offer_that_counts([second, taken_back, first]) == second
    assert offer_that_counts([taken_back]) == taken_back
    assert offer_that_counts([]) is None
