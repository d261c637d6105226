"""The ladder of a case: where it stands and whose turn it is."""

from datetime import date

import pytest

from clearinghouse.protocol.facts import CaseFacts, ConversationFacts, JointLocalMeetingFacts, OfferFacts
from clearinghouse.protocol.ladder import Rung, Turn, ladder
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import Capacity, Gate, OfferAnswer, Outcome, Standing

TODAY = date(2026, 6, 1)
TALK = (ConversationFacts("talked", date(2026, 2, 2), held=True, capacities=frozenset({Capacity.LEADER})),)
MET = (JointLocalMeetingFacts("met", date(2026, 5, 11), Outcome.C),)


def offered(answer: OfferAnswer | None) -> CaseFacts:
    return CaseFacts(
        conversations=TALK,
        offers=(OfferFacts("offered", date(2026, 5, 20), TODAY, answer, None, None),),
        joint_local_meetings=MET,
    )


@pytest.mark.parametrize(
    ("standing", "case", "here", "turn"),
    [
        (Standing.LOGGED, CaseFacts(), Rung.TRIAGE, Turn.FAMILY),
        (Standing.TRIAGED, CaseFacts(), Rung.DIALOGUE, Turn.FAMILY),
        (Standing.IN_DIALOGUE, CaseFacts(conversations=TALK), Rung.OFFER, Turn.FAMILY),
        (Standing.OFFER_MADE, offered(None), Rung.ANSWER, Turn.AUTHORITY),
        (Standing.TRIAGED, offered(OfferAnswer.WITHDRAWN), Rung.OFFER, Turn.FAMILY),
        (Standing.OFFER_ACCEPTED, offered(OfferAnswer.ACCEPTED), Rung.SUPPORT, Turn.FAMILY),
        (Standing.OFFER_DECLINED, CaseFacts(conversations=TALK, offers=offered(OfferAnswer.DECLINED).offers),
         Rung.MEETING, Turn.FAMILY),
        (Standing.OFFER_DECLINED, offered(OfferAnswer.DECLINED), Rung.REFERRAL, Turn.FAMILY),
        (Standing.CLOSED, offered(OfferAnswer.DECLINED), Rung.REFERRAL, Turn.NOBODY),
    ],
)  # fmt: skip
def test_where_a_case_stands_on_the_ladder(
    standing: Standing, case: CaseFacts, here: Rung, turn: Turn
) -> None:
    """The case page would point at the wrong rung, or wait for the wrong party."""
    found = ladder(standing, case, TODAY)
    assert (found.here, found.turn) == (here, turn)
    assert (Rung.SUPPORT in (*found.climbed, found.here)) == (standing is Standing.OFFER_ACCEPTED)


@pytest.mark.parametrize(
    ("case", "here"),
    [
        (offered(OfferAnswer.DECLINED), None),
        (CaseFacts(), Rung.DIALOGUE),
        (CaseFacts(conversations=TALK), Rung.OFFER),
    ],
)
def test_a_referral_that_was_made_is_climbed(case: CaseFacts, here: Rung | None) -> None:
    """The page would show as still to do what was done, or take what an urgent referral passed over for done."""
    found = ladder(Standing.OFFER_DECLINED, case, TODAY, referred=True)
    assert Rung.REFERRAL in found.climbed
    assert found.here is here
    assert here not in found.climbed


def test_what_is_climbed_and_what_opens_the_gate() -> None:
    """The picture would show a rung as done that is not, or not say what a referral still misses."""
    found = ladder(Standing.OFFER_MADE, offered(None), TODAY)
    assert found.climbed == (Rung.TRIAGE, Rung.DIALOGUE, Rung.OFFER)
    assert found.referral.missing == (Missing.OFFER_NOT_ANSWERED,)
    helped = ladder(Standing.OFFER_ACCEPTED, offered(OfferAnswer.ACCEPTED), TODAY)
    assert helped.climbed == (Rung.TRIAGE, Rung.DIALOGUE, Rung.OFFER, Rung.ANSWER)
    assert helped.referral.gate is Gate.FAILED_SUPPORT
    silent = ladder(Standing.OFFER_MADE, offered(None), date(2026, 6, 2))
    assert (silent.here, silent.turn) == (Rung.REFERRAL, Turn.FAMILY)
