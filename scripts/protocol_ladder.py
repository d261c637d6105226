"""The section of docs/protocol.md about the ladder: where a case stands on the way of family first."""

from collections.abc import Mapping
from dataclasses import replace

from protocol_case import DAY, OFFERS, TALKS, TODAY
from protocol_markdown import grid, prose, rule, table, yes

from clearinghouse.protocol import ladder
from clearinghouse.protocol.facts import (
    PRE_INTERVENTION_PARTIES,
    CaseFacts,
    JointLocalMeetingFacts,
    PreInterventionFacts,
    ReviewFacts,
)
from clearinghouse.protocol.vocabulary import DutyKind, Outcome, Route, Standing

TALKED = CaseFacts(conversations=TALKS["one held"])
REFUSED = replace(TALKED, offers=OFFERS["declined"])
HELPED = replace(TALKED, offers=OFFERS["accepted"])
REVIEWED = tuple(ReviewFacts(f"review {ago}", TODAY - ago * DAY, adequate_progress=False) for ago in (5, 3))
FAILED = replace(HELPED, reviews=REVIEWED)

ASKED_TO_MEET = CaseFacts(department_contemplates_action=True)

CASES: Mapping[str, tuple[Standing, CaseFacts]] = {
    "logged": (Standing.LOGGED, CaseFacts()),
    "triaged": (Standing.TRIAGED, CaseFacts()),
    "dialogue held": (Standing.IN_DIALOGUE, TALKED),
    "offer waits for its answer": (
        Standing.OFFER_MADE,
        replace(TALKED, offers=OFFERS["waiting, on its answer-by date"]),
    ),
    "offer withdrawn": (Standing.TRIAGED, replace(TALKED, offers=OFFERS["withdrawn"])),
    "offer declined": (Standing.OFFER_DECLINED, REFUSED),
    "offer declined, outcome C": (
        Standing.OFFER_DECLINED,
        replace(REFUSED, joint_local_meetings=(JointLocalMeetingFacts("meeting", TODAY - DAY, Outcome.C),)),
    ),
    "offer accepted": (Standing.OFFER_ACCEPTED, HELPED),
    "offer accepted without a dialogue": (Standing.OFFER_ACCEPTED, CaseFacts(offers=OFFERS["accepted"])),
    "two reviews without progress": (Standing.UNDER_REVIEW, FAILED),
    "and a meeting that considered it": (
        Standing.UNDER_REVIEW,
        replace(FAILED, joint_local_meetings=(JointLocalMeetingFacts("meeting", TODAY - DAY, Outcome.A),)),
    ),
    "a department contemplates action": (Standing.TRIAGED, ASKED_TO_MEET),
    **{
        f"the pre-intervention meeting found it {words}": (
            Standing.TRIAGED,
            replace(
                ASKED_TO_MEET,
                pre_intervention_meetings=(
                    PreInterventionFacts(
                        "meeting", TODAY - DAY, PRE_INTERVENTION_PARTIES, frozenset(), feasible
                    ),
                ),
            ),
        )
        for words, feasible in {"not feasible": False, "feasible": True}.items()
    },
    "closed while the offer waited": (
        Standing.CLOSED,
        replace(TALKED, offers=OFFERS["waiting, on its answer-by date"]),
    ),
}


def _progress(at: tuple[Standing, CaseFacts], rung: ladder.Rung) -> str:
    standing, case = at
    states = ladder.ladder(standing, case, TODAY).rungs
    found = next(state.progress for state in states if state.rung is rung)
    return f"**{found.words}**" if found is ladder.Progress.NOW else found.words.lower()


def _turns() -> str:
    turns = (
        (label, ladder.ladder(standing, case, TODAY).turn.words) for label, (standing, case) in CASES.items()
    )
    return table(("case", "turn"), turns)


def _first_rung(route: Route) -> str:
    here = ladder.ladder(Standing.TRIAGED, CaseFacts(), TODAY, route=route).here
    return here.words if here else "none"


def ladder_section() -> str:
    """Where cases stand, whose turn it is, and which rung comes first on each route."""
    supplies = {
        kind.words: kind
        for kind in (
            DutyKind.FIRST_CONTACT,
            DutyKind.MAKE_OFFER,
            DutyKind.ANSWER_TO_OFFER,
            DutyKind.REVIEW,
            DutyKind.JOINT_LOCAL_MEETING,
        )
    }
    return "\n".join(
        (
            "## Ladder: where a case stands on the way of family first\n",
            rule(ladder.ladder),
            prose("What the picture on a case's page shows."),
            grid("case", CASES, {rung.words: rung for rung in ladder.Rung}, _progress),
            _turns(),
            "The first rung after triage:\n",
            table(("route", "first rung"), ((route.words, _first_rung(route)) for route in Route)),
            rule(ladder.can_be_supplied),
            grid(
                "form",
                supplies,
                {standing.words: standing for standing in Standing},
                lambda kind, standing: yes(ladder.can_be_supplied(kind, standing)),
            ),
        )
    )
