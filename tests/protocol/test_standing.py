"""The standings of a case as a table: which step may follow, and what it leads to."""

import pytest

from clearinghouse.protocol.standing import FACTS, after, may_step, steps_from
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import Standing, Step

ST = Standing
TO_SUPPORT = {
    Step.MAKE_OFFER: ST.OFFER_MADE,
    Step.ASSIGN_TEAM: ST.SUPPORTED,
    Step.START_SUPPORT: ST.SUPPORTED,
    Step.REVIEW: ST.UNDER_REVIEW,
    Step.CLOSE: ST.CLOSED,
}
AFTER_NO = {
    Step.MAKE_OFFER: ST.OFFER_MADE,
    Step.REVIEW: ST.UNDER_REVIEW,
    Step.CLOSE: ST.CLOSED,
    Step.JOIN: ST.CLOSED,
}
ANSWERS = {Step.ACCEPT: ST.OFFER_ACCEPTED, Step.DECLINE: ST.OFFER_DECLINED}

MOVES = {
    ST.LOGGED: {Step.TRIAGE: ST.TRIAGED, Step.JOIN: ST.CLOSED},
    ST.TRIAGED: {**TO_SUPPORT, Step.JOIN: ST.CLOSED, Step.RECORD_DIALOGUE: ST.IN_DIALOGUE},
    ST.IN_DIALOGUE: {**TO_SUPPORT, Step.JOIN: ST.CLOSED},
    ST.OFFER_MADE: {**ANSWERS, Step.LAPSE: ST.OFFER_LAPSED, Step.WITHDRAW: ST.TRIAGED},
    ST.OFFER_ACCEPTED: TO_SUPPORT,
    ST.OFFER_DECLINED: AFTER_NO,
    ST.OFFER_LAPSED: {**AFTER_NO, **ANSWERS},
    ST.SUPPORTED: TO_SUPPORT,
    ST.UNDER_REVIEW: TO_SUPPORT,
    ST.CLOSED: {Step.REOPEN: ST.TRIAGED},
}


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("step", Step)
def test_every_standing_with_every_step(standing: Standing, step: Step) -> None:
    """A standing would be reached by an unlisted step, a fact refused, or a listed step be impossible."""
    stays = step in FACTS or (step is Step.RETRIAGE and standing not in {ST.LOGGED, ST.CLOSED})
    expected = MOVES[standing].get(step, standing if stays else None)
    assert may_step(standing, step).allowed == (expected is not None)
    if expected is None:
        with pytest.raises(ValueError, match=str(may_step(standing, step).missing[0])):
            after(standing, step)
    else:
        assert after(standing, step) is expected


@pytest.mark.parametrize(
    ("standing", "step", "reason"),
    [
        (ST.CLOSED, Step.MAKE_OFFER, Missing.CASE_CLOSED),
        (ST.CLOSED, Step.TRIAGE, Missing.CASE_CLOSED),
        (ST.LOGGED, Step.REOPEN, Missing.CASE_NOT_CLOSED),
        (ST.LOGGED, Step.CLOSE, Missing.NOT_TRIAGED),
        (ST.SUPPORTED, Step.TRIAGE, Missing.ALREADY_TRIAGED),
        (ST.OFFER_MADE, Step.CLOSE, Missing.OFFER_OPEN),
        (ST.OFFER_MADE, Step.JOIN, Missing.OFFER_OPEN),
        (ST.SUPPORTED, Step.JOIN, Missing.HELP_RUNNING),
        (ST.OFFER_MADE, Step.ASSIGN_TEAM, Missing.OFFER_OPEN),
        (ST.OFFER_DECLINED, Step.ASSIGN_TEAM, Missing.OFFER_NOT_ACCEPTED),
        (ST.OFFER_LAPSED, Step.START_SUPPORT, Missing.OFFER_NOT_ACCEPTED),
        (ST.TRIAGED, Step.ACCEPT, Missing.NO_OPEN_OFFER),
    ],
)
def test_a_refused_step_says_why(standing: Standing, step: Step, reason: Missing) -> None:
    """Somebody would be told the wrong thing to do first."""
    assert may_step(standing, step).missing == (reason,)


def test_the_steps_offered_are_those_that_may_follow() -> None:
    """A screen would offer a step that is then refused, or hide one that is open."""
    assert steps_from(ST.LOGGED) == (
        Step.TRIAGE, Step.RECORD_DIALOGUE, Step.RECORD_MEETING, Step.RECORD_ESCALATION, Step.JOIN,
    )  # fmt: skip
