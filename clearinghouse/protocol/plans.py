"""Improvement plans: when one may be agreed, how its actions stand, and what that suggests to whoever reviews it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from clearinghouse.protocol.duties import TO_FOLLOW_UP, TO_REVIEW, is_overdue
from clearinghouse.protocol.verdict import ALLOWED, Missing, Verdict, blocked
from clearinghouse.protocol.vocabulary import Standing, Worded
from clearinghouse.protocol.working_days import add_working_days, next_working_day


class ActionState(Worded):
    """How far an action of a plan has come."""

    NOT_STARTED = "not_started", "Not started"
    UNDER_WAY = "under_way", "Under way"
    DONE = "done", "Done"
    DROPPED = "dropped", "Dropped"


FINISHED = frozenset({ActionState.DONE, ActionState.DROPPED})
"""States of an action that asks nothing more of anybody."""

LATELY = timedelta(weeks=4)
"""So long at least a plan is looked back on before it is called stalled."""

BEFORE_SUPPORT = frozenset({Standing.TRIAGED, Standing.IN_DIALOGUE, Standing.OFFER_ACCEPTED})
"""Standings in which an agreed plan is the beginning of support (§19, §22)."""


class Trend(Worded):
    """What the state of a plan suggests to whoever reviews it."""

    ON_TRACK = "on_track", "On track"
    SLIPPING = "slipping", "Slipping"
    STALLED = "stalled", "Stalled"


class Sign(Worded):
    """Why a plan seems to stand as it does."""

    NO_ACTION = "no_action", "The plan names no action yet."
    ALL_FINISHED = "all_finished", "Every action is done or dropped."
    NONE_OVERDUE = "none_overdue", "No action is past its date."
    OVERDUE = "overdue", "An action is past its date and not done."
    NOTHING_MOVED = (
        "nothing_moved",
        "No action has moved on since the last review, nor in the last four weeks.",
    )
    POSTPONED = "postponed", "The date of an action was moved later since the last review."
    DROPPED = "dropped", "An action was dropped since the last review."


@dataclass(frozen=True)
class ActionFacts:
    """One action of a plan: its date and state, and when it last moved on, was postponed or was dropped."""

    due_on: date
    state: ActionState
    moved_on: date | None = None
    postponed_on: date | None = None
    dropped_on: date | None = None


@dataclass(frozen=True)
class Tally:
    """How many actions a plan has, without those dropped, and how they stand."""

    actions: int
    done: int
    overdue: int
    dropped: int


@dataclass(frozen=True)
class PlanSuggestion:
    """What the plan suggests, with every sign of it. The judgement stays with the reviewer (§16)."""

    trend: Trend
    signs: tuple[Sign, ...]


def may_agree_plan(standing: Standing) -> Verdict:
    """A plan is agreed, and kept, on any case that is triaged and open (§22).

    What an authority agreed with the RIEP is a fact: no offer needs to have come before it.
    """
    if standing is Standing.LOGGED:
        return blocked(Missing.NOT_TRIAGED)
    return blocked(Missing.CASE_CLOSED) if standing is Standing.CLOSED else ALLOWED


def is_late(action: ActionFacts, today: date) -> bool:
    """An action is overdue on the day after its date, unless it is done or dropped (§22)."""
    return action.state not in FINISHED and is_overdue(action.due_on, today)


def tally(actions: Collection[ActionFacts], today: date) -> Tally:
    """How many actions there are, are done, are overdue; those that were dropped are counted apart (§22)."""
    states = [action.state for action in actions]
    dropped = states.count(ActionState.DROPPED)
    return Tally(
        actions=len(states) - dropped,
        done=states.count(ActionState.DONE),
        overdue=sum(is_late(action, today) for action in actions),
        dropped=dropped,
    )


def suggest_progress(actions: Collection[ActionFacts], since: date, today: date) -> PlanSuggestion:
    """What the plan suggests to whoever reviews it, never decided for them (§16, §22: targets are monitored).

    `since` is the last review, or the agreement. Stalled: an action is overdue and none has moved on since, nor in
    the last four weeks. Slipping: an action is overdue, was postponed or was dropped since, or there is none.
    On track: anything else.
    """
    if not actions:
        return PlanSuggestion(Trend.SLIPPING, (Sign.NO_ACTION,))
    overdue = any(is_late(action, today) for action in actions)
    lately = min(since, today - LATELY)
    found = {
        Sign.OVERDUE: overdue,
        Sign.NOTHING_MOVED: overdue and not any(_after(action.moved_on, lately) for action in actions),
        Sign.POSTPONED: any(_after(action.postponed_on, since) for action in actions),
        Sign.DROPPED: any(_after(action.dropped_on, since) for action in actions),
    }
    signs = tuple(sign for sign, there in found.items() if there)
    if not signs:
        finished = all(action.state in FINISHED for action in actions)
        return PlanSuggestion(Trend.ON_TRACK, (Sign.ALL_FINISHED if finished else Sign.NONE_OVERDUE,))
    return PlanSuggestion(Trend.STALLED if Sign.NOTHING_MOVED in signs else Trend.SLIPPING, signs)


def usual_review(actions: Collection[ActionFacts], today: date, holidays: Collection[date]) -> date:
    """When a plan is next reviewed, unless somebody chooses a date (§22: a mechanism to ensure that targets are met).

    Within sixty working days; sooner where an action falls due sooner, on the working day after its date, but not
    within twenty working days of today. Where one is overdue, in twenty.
    """
    waiting = [action.due_on for action in actions if action.state not in FINISHED]
    latest = add_working_days(today, TO_REVIEW, holidays)
    if not waiting:
        return latest
    after_first = add_working_days(next_working_day(min(waiting), holidays), 1, holidays)
    return min(latest, max(after_first, add_working_days(today, TO_FOLLOW_UP, holidays)))


def _after(day: date | None, since: date) -> bool:
    return day is not None and day > since
