"""Improvement plans as tables: when one may be agreed, what is overdue, what its state suggests, its next review."""

from datetime import date, timedelta

import pytest

from clearinghouse.protocol.plans import (
    ActionFacts,
    ActionState,
    PlanSuggestion,
    Sign,
    Tally,
    Trend,
    is_late,
    may_agree_plan,
    suggest_progress,
    tally,
    usual_review,
)
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import Standing

TODAY = date(2026, 6, 1)
DAY = timedelta(days=1)
SINCE = TODAY - 30 * DAY
WAITS, MOVES, DONE, DROPPED = ActionState


@pytest.mark.parametrize("standing", list(Standing))
def test_a_plan_is_agreed_on_a_case_that_is_triaged_and_open(standing: Standing) -> None:
    """What was agreed could not be recorded, or a plan would run on a case that nobody works on."""
    missing = {Standing.LOGGED: (Missing.NOT_TRIAGED,), Standing.CLOSED: (Missing.CASE_CLOSED,)}
    assert may_agree_plan(standing).missing == missing.get(standing, ())


@pytest.mark.parametrize(
    ("state", "due_in", "late"),
    [
        (WAITS, -1, True),
        (MOVES, -1, True),
        (MOVES, 0, False),
        (WAITS, 1, False),
        (DONE, -1, False),
        (DROPPED, -1, False),
    ],
)
def test_an_action_is_overdue_on_the_day_after_its_date(state: ActionState, due_in: int, late: bool) -> None:
    """A missed target would look like any other, or one that is met would be chased."""
    assert is_late(ActionFacts(TODAY + due_in * DAY, state), TODAY) is late


def test_dropped_actions_are_counted_apart() -> None:
    """A plan would look better for each action that was given up."""
    actions = [ActionFacts(TODAY - DAY, state) for state in (WAITS, MOVES, DONE, DROPPED)]
    assert tally(actions, TODAY) == Tally(actions=3, done=1, overdue=2, dropped=1)


AHEAD, BEHIND = TODAY + DAY, TODAY - DAY
AFTER, BEFORE = SINCE + DAY, SINCE


@pytest.mark.parametrize(
    ("actions", "trend", "signs"),
    [
        ((), Trend.SLIPPING, (Sign.NO_ACTION,)),
        ((ActionFacts(AHEAD, WAITS),), Trend.ON_TRACK, (Sign.NONE_OVERDUE,)),
        ((ActionFacts(TODAY, WAITS),), Trend.ON_TRACK, (Sign.NONE_OVERDUE,)),
        (
            (ActionFacts(BEHIND, DONE), ActionFacts(BEHIND, DROPPED)),
            Trend.ON_TRACK,
            (Sign.ALL_FINISHED,),
        ),
        ((ActionFacts(BEHIND, WAITS),), Trend.STALLED, (Sign.OVERDUE, Sign.NOTHING_MOVED)),
        (
            (ActionFacts(BEHIND, WAITS), ActionFacts(AHEAD, MOVES, moved_on=BEFORE)),
            Trend.STALLED,
            (Sign.OVERDUE, Sign.NOTHING_MOVED),
        ),
        (
            (ActionFacts(BEHIND, WAITS), ActionFacts(AHEAD, MOVES, moved_on=AFTER)),
            Trend.SLIPPING,
            (Sign.OVERDUE,),
        ),
        ((ActionFacts(AHEAD, WAITS, postponed_on=AFTER),), Trend.SLIPPING, (Sign.POSTPONED,)),
        ((ActionFacts(AHEAD, WAITS, postponed_on=BEFORE),), Trend.ON_TRACK, (Sign.NONE_OVERDUE,)),
        (
            (ActionFacts(AHEAD, DONE), ActionFacts(AHEAD, DROPPED, dropped_on=AFTER)),
            Trend.SLIPPING,
            (Sign.DROPPED,),
        ),
        (
            (ActionFacts(BEHIND, WAITS, postponed_on=AFTER),),
            Trend.STALLED,
            (Sign.OVERDUE, Sign.NOTHING_MOVED, Sign.POSTPONED),
        ),
    ],
)
def test_what_a_plan_suggests_and_why(
    actions: tuple[ActionFacts, ...], trend: Trend, signs: tuple[Sign, ...]
) -> None:
    """A reviewer would be told that a stalled plan is on track, or not why."""
    assert suggest_progress(actions, SINCE, TODAY) == PlanSuggestion(trend, signs)


@pytest.mark.parametrize(("days_ago", "trend"), [(27, Trend.SLIPPING), (28, Trend.STALLED)])
def test_a_plan_that_moved_in_the_last_four_weeks_is_not_stalled(days_ago: int, trend: Trend) -> None:
    """A plan reviewed yesterday would be called stalled today."""
    actions = (ActionFacts(BEHIND, WAITS), ActionFacts(AHEAD, MOVES, moved_on=TODAY - days_ago * DAY))
    assert suggest_progress(actions, TODAY - DAY, TODAY).trend is trend


HOLIDAY = date(2026, 7, 13)


@pytest.mark.parametrize(
    ("actions", "review"),
    [
        ((), date(2026, 8, 25)),  # sixty working days, one of them a holiday
        ((ActionFacts(date(2026, 12, 1), WAITS),), date(2026, 8, 25)),
        ((ActionFacts(date(2026, 7, 9), WAITS),), date(2026, 7, 10)),
        ((ActionFacts(date(2026, 7, 10), WAITS),), date(2026, 7, 14)),  # a Friday, then the holiday
        ((ActionFacts(date(2026, 7, 11), WAITS),), date(2026, 7, 15)),  # a Saturday moves to Tuesday first
        ((ActionFacts(TODAY, MOVES),), date(2026, 6, 29)),  # not within twenty working days
        ((ActionFacts(date(2026, 7, 9), DONE),), date(2026, 8, 25)),
        ((ActionFacts(BEHIND, WAITS), ActionFacts(date(2026, 7, 9), WAITS)), date(2026, 6, 29)),
    ],
)
def test_the_usual_review_follows_the_first_date_of_the_plan(
    actions: tuple[ActionFacts, ...], review: date
) -> None:
    """A target would be missed in silence until a review that comes months later (§22)."""
    assert usual_review(actions, TODAY, {HOLIDAY}) == review
