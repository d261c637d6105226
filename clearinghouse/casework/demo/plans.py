"""How the demo's people agree, keep and review an improvement plan, and the story of one that fails."""

from collections.abc import Callable

from clearinghouse.casework.demo.acts import facts, logs, offers, records_answer, said, talks, triages
from clearinghouse.casework.demo.stage import Moment, Step, Story
from clearinghouse.casework.plans.keeping import (
    NewAction,
    Progress,
    Terms,
    add_action,
    agree_plan,
    record_progress,
)
from clearinghouse.casework.plans.reviews import record_review
from clearinghouse.casework.plans.tab import plan_tab
from clearinghouse.protocol.plans import ActionState
from clearinghouse.protocol.vocabulary import (
    Audience,
    Capacity,
    KnownAnswer,
    Nature,
    OfferAnswer,
    Route,
    Scenario,
)

_ADA, _BEN, _RAVI = "Ada Okafor", "Ben Carver", "Ravi Singh"
_YES = KnownAnswer.YES

Act = Callable[[Moment], None]
Said = tuple[str, str, str, str, int]
"""An action: what, who, measure, target, and by when, in working days before the stage's last day."""


def agrees_plan(agreed_with: str, outcomes: str, pounds: int | None, *actions: Said) -> Act:
    """Records the plan that was agreed that day, without a peer team, and its actions."""

    def act(moment: Moment) -> None:
        world, actor, case_id = moment.world, moment.actor, moment.case_id
        terms = Terms(world.today, agreed_with, outcomes, pounds is not None, pounds)
        agree_plan(world, actor, case_id, None, terms, without_team=True)
        for what, owner, measure, target, due in actions:
            add_action(world, actor, case_id, None, NewAction(what, owner, measure, target, moment.day(due)))

    return act


def records_plan_progress(number: int, state: ActionState, note: str) -> Act:
    """Records how far one action has come, counted from the first."""

    def act(moment: Moment) -> None:
        world, actor, case_id = moment.world, moment.actor, moment.case_id
        action = plan_tab(world, actor, case_id).actions[number]
        record_progress(world, actor, case_id, None, Progress(action.id, state, note))

    return act


def reviews_plan(adequate: bool, note: str, *found: tuple[ActionState, str]) -> Act:
    """Records a review of the plan, saying of each of its actions in turn what was found."""

    def act(moment: Moment) -> None:
        world, actor, case_id = moment.world, moment.actor, moment.case_id
        actions = plan_tab(world, actor, case_id).actions
        progress = [Progress(action.id, *each) for action, each in zip(actions, found, strict=True)]
        record_review(world, actor, case_id, None, world.today, adequate, note, progress)

    return act


FAILING = Story(
    "failing",
    "Aldersyke District Council",
    (
        Step(
            50,
            "10:15",
            _BEN,
            logs(
                Nature.SERVICE,
                "Bins are missed in the same streets every week and the crews' rounds have not been redrawn since "
                "the depot moved. Complaints are closed unread.",
                "A telephone call",
                "",
                "",
                service="Waste and recycling",
            ),
        ),
        Step(
            49,
            "09:30",
            _RAVI,
            triages(
                facts(
                    Nature.SERVICE,
                    Scenario.SERVICE_WEAKNESS,
                    "Waste and recycling",
                    acknowledged=_YES,
                    willing=_YES,
                ),
                Route.PEER_SUPPORT,
            ),
        ),
        Step(
            47,
            "14:20",
            _BEN,
            talks(
                "Gerald Ormerod",
                {Capacity.CHIEF_EXECUTIVE},
                said("Knows the rounds are wrong. Has nobody who can redraw them.", Audience.RIEP),
            ),
        ),
        Step(
            45,
            "11:00",
            _RAVI,
            offers(
                "A plan with the RIEP: money for a round planner, and a review of complaints.", answer_by=35
            ),
        ),
        Step(41, "16:10", _RAVI, records_answer(OfferAnswer.ACCEPTED, "Accepted by the chief executive.")),
        Step(
            40,
            "10:00",
            _RAVI,
            agrees_plan(
                "Gerald Ormerod, chief executive",
                "Missed collections below fifty in a week, and every complaint answered.",
                60_000,
                (
                    "Redraw the rounds of both depots",
                    "Tessa Marling, head of environment",
                    "Missed collections in a week",
                    "Below 50",
                    22,
                ),
                (
                    "Answer every complaint, and count what they are about",
                    "Imran Sadler, customer services",
                    "Complaints answered within ten days",
                    "95 in 100",
                    8,
                ),
            ),
        ),
        Step(
            20,
            "15:30",
            _RAVI,
            reviews_plan(
                False,
                "The planner is paid for and has not been given the depots' figures.",
                (ActionState.NOT_STARTED, "No round redrawn."),
                (ActionState.UNDER_WAY, "Counting began last week."),
            ),
        ),
        Step(
            3,
            "11:40",
            _RAVI,
            reviews_plan(
                False,
                "Nothing has changed on the streets since the first review. The director will not meet the planner.",
                (ActionState.NOT_STARTED, "Still no round redrawn."),
                (ActionState.UNDER_WAY, "Four in ten answered in time."),
            ),
        ),
    ),
)

STORIES = (FAILING,)
"""The one whose accepted support fails, in the first region."""
