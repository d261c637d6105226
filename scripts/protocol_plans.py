"""The section of docs/protocol.md about improvement plans and their reviews."""

from collections.abc import Mapping

from protocol_case import DAY, TODAY, words
from protocol_markdown import grid, rule, table

from clearinghouse.protocol import plans
from clearinghouse.protocol.plans import ActionFacts, ActionState
from clearinghouse.protocol.vocabulary import Standing
from clearinghouse.protocol.working_days import working_days_between

SINCE = TODAY - 30 * DAY
AFTER = TODAY - DAY
DATES: Mapping[str, int] = {"due yesterday": -1, "due today": 0, "due tomorrow": 1}


def _late(state: ActionState, due_in: int) -> str:
    return "**overdue**" if plans.is_late(ActionFacts(TODAY + due_in * DAY, state), TODAY) else "–"


def _suggested(name: str, actions: tuple[ActionFacts, ...]) -> tuple[str, str]:
    since = AFTER if name.endswith("yesterday") else SINCE
    found = plans.suggest_progress(actions, since, TODAY)
    return f"**{found.trend.words}**", " ".join(sign.words for sign in found.signs)


def _suggestions() -> str:
    late, ahead = TODAY - DAY, TODAY + DAY
    waits, moves, done, dropped = ActionState
    plans_of: Mapping[str, tuple[ActionFacts, ...]] = {
        "no action": (),
        "one ahead of its date": (ActionFacts(ahead, waits),),
        "one done late, one dropped before the last review": (
            ActionFacts(late, done),
            ActionFacts(late, dropped),
        ),
        "one overdue": (ActionFacts(late, waits),),
        "one overdue, another moved on before the last review": (
            ActionFacts(late, waits),
            ActionFacts(ahead, moves, moved_on=SINCE),
        ),
        "one overdue, another moved on since": (
            ActionFacts(late, waits),
            ActionFacts(ahead, moves, moved_on=AFTER),
        ),
        "the same, and the last review was yesterday": (
            ActionFacts(late, waits),
            ActionFacts(ahead, moves, moved_on=TODAY - 2 * DAY),
        ),
        "one postponed since": (ActionFacts(ahead, waits, postponed_on=AFTER),),
        "one overdue and postponed since": (ActionFacts(late, waits, postponed_on=AFTER),),
        "one done, one dropped since": (
            ActionFacts(ahead, done),
            ActionFacts(ahead, dropped, dropped_on=AFTER),
        ),
    }
    return table(
        ("the plan has", "suggests", "because"),
        ((name, *_suggested(name, actions)) for name, actions in plans_of.items()),
    )


def _reviews() -> str:
    def within(*due_in: int) -> int:
        actions = tuple(ActionFacts(TODAY + days * DAY, ActionState.NOT_STARTED) for days in due_in)
        return working_days_between(TODAY, plans.usual_review(actions, TODAY, ()), ())

    rows = {
        "no action": within(),
        "one overdue": within(-1),
        "one due today": within(0),
        "one due in 30 days": within(30),
        "one due in 60 days": within(60),
        "one due in 200 days": within(200),
    }
    return table(("the plan has", "usual review within working days"), rows.items())


def plans_section() -> str:
    """When a plan is agreed, what is overdue, what it suggests and when it is reviewed."""
    states = {state.words: state for state in ActionState}
    return "\n".join(
        (
            "## Improvement plans and their reviews\n",
            rule(plans.may_agree_plan),
            table(
                ("standing", "a plan may be agreed", "begins support"),
                (
                    (
                        standing.words,
                        words(plans.may_agree_plan(standing)),
                        "yes" if standing in plans.BEFORE_SUPPORT else "no",
                    )
                    for standing in Standing
                ),
            ),
            rule(plans.is_late),
            grid("action", states, DATES, _late),
            rule(plans.tally),
            rule(plans.suggest_progress),
            _suggestions(),
            rule(plans.usual_review),
            _reviews(),
        )
    )
