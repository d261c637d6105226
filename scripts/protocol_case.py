"""The sections of docs/protocol.md about a case: from triage to the standing, the meetings and the offer."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

from protocol_markdown import Box, english, grid, prose, rule, table, where, yes

from clearinghouse.protocol import dialogue, duties, meetings, offers, standing, triage
from clearinghouse.protocol.facts import ConversationFacts, OfferFacts
from clearinghouse.protocol.verdict import Missing, Verdict
from clearinghouse.protocol.vocabulary import (
    Capacity,
    KnownAnswer,
    Nature,
    OfferAnswer,
    Outcome,
    Route,
    Scenario,
    Standing,
    Step,
    Worded,
)

TODAY = date(2025, 6, 30)
DAY = timedelta(days=1)

KNOWN = tuple(KnownAnswer)
TRIAGE_FACTS: Mapping[str, tuple[object, ...]] = {
    "nature": tuple(Nature),
    "scenario": tuple(Scenario),
    "acknowledged": KNOWN,
    "willing": KNOWN,
    "risk_of_harm": KNOWN,
    "serious_adverse_incident": KNOWN,
    "legal_duty_to_refer": KNOWN,
    "regulator_contemplating_action": KNOWN,
    "known_to_regulator": KNOWN,
    "who_knows": (None, frozenset[Capacity](), frozenset({Capacity.LEADER})),
    "critical_and_hard": KNOWN,
    "can_act_itself": KNOWN,
    "asserts_local_priority": KNOWN,
    "dialogue_tried": (False, True),
}

AGREES: Mapping[str, bool | None] = {"agrees": True, "does not agree": False, "not asked": None}
SATISFIED: Mapping[str, bool] = {"satisfied": True, "not satisfied": False}


def words(verdict: Verdict) -> str:
    """A verdict in the words that a screen shows."""
    return "yes" if verdict.allowed else "no: " + " ".join(reason.words for reason in verdict.missing)


def offer(answer: OfferAnswer | None, answer_by: date = TODAY - 5 * DAY) -> tuple[OfferFacts, ...]:
    """A case's one offer with this answer."""
    answered = TODAY - 6 * DAY if answer is not None else None
    return (OfferFacts("offer", TODAY - 20 * DAY, answer_by, answer, answered, answer and "answer"),)


OFFERS: Mapping[str, tuple[OfferFacts, ...]] = {
    "none made": (),
    "waiting, on its answer-by date": offer(None, TODAY),
    "unanswered, the day after": offer(None, TODAY - DAY),
    **{answer.words.lower(): offer(answer) for answer in OfferAnswer},
}


def talk(days_ago: int, held: bool, *capacities: Capacity) -> ConversationFacts:
    """A conversation, or an attempt at one, with the chief executive unless others are named."""
    with_whom = frozenset(capacities or (Capacity.CHIEF_EXECUTIVE,))
    return ConversationFacts(f"talk {days_ago}", TODAY - days_ago * DAY, held, with_whom)


TALKS: Mapping[str, tuple[ConversationFacts, ...]] = {
    "one held": (talk(3, True),),
    "attempts on two days": (talk(3, False), talk(2, False)),
    "two attempts on one day": (talk(3, False), replace(talk(3, False), event="again")),
    "one attempt": (talk(3, False),),
    "one held, but with another officer only": (talk(3, True, Capacity.OTHER_OFFICER),),
    "nothing": (),
}


def _fact(name: str, value: object) -> str:
    if name == "who_knows" and value is not None:
        return "somebody" if value else "nobody"
    if isinstance(value, Worded):
        return value.words.lower() if isinstance(value, KnownAnswer) else f"“{value.words}”"
    return yes(value) if isinstance(value, bool) else "not known"


def _in_words(box: Box) -> str:
    said = []
    for name, values in box.items():
        others = [value for value in TRIAGE_FACTS[name] if value not in values]
        listed = " or ".join(_fact(name, value) for value in values)
        if len(others) == 1 < len(values):
            listed = f"anything but {_fact(name, others[0])}"
        said.append(f"{name.replace('_', ' ')}: {listed}")
    return ", ".join(said) or "always"


def _applies(what: triage.Rule | triage.Caution) -> str:
    return "; **or** ".join(_in_words(box) for box in where(what.applies, TRIAGE_FACTS))


def triage_section() -> str:
    """Routes and cautions, each with all the answers under which it applies."""
    rules = [
        (n, _applies(row), f"**{row.route.words}**", row.reason.paragraph, row.reason.words)
        for n, row in enumerate(triage.RULES, 1)
    ]
    cautions = [
        (_applies(row), row.reason.paragraph, row.reason.words, yes(row.urgent)) for row in triage.CAUTIONS
    ]
    return "\n".join(
        (
            "## Triage: which route is suggested\n",
            rule(triage.suggest),
            table(("", "applies where", "route", "paragraph", "because"), rules),
            f"Cautions. An urgent one brings the first duty forward, to {duties.URGENT} working day at the latest.\n",
            table(("applies where", "paragraph", "mind", "urgent"), cautions),
            prose(english(triage.TriageFacts)),
        )
    )


def _steps(refusals: dict[Missing, str]) -> str:
    def cell(step: Step, at: Standing) -> str:
        verdict = standing.may_step(at, step)
        if not verdict.allowed:
            return refusals.setdefault(verdict.missing[0], chr(ord("a") + len(refusals)))
        then = standing.after(at, step)
        return "stays" if then is at else f"**{then.words}**"

    rows = {step.words + (" (a fact)" if step in standing.FACTS else ""): step for step in Step}
    return grid("step", rows, {at.words: at for at in Standing}, cell)


def standing_section() -> str:
    """Every step at every standing."""
    refusals: dict[Missing, str] = {}
    steps = _steps(refusals)
    return "\n".join(
        (
            "## Standing: which step may follow\n",
            rule(standing.may_step),
            rule(standing.after),
            "Bold is the standing that the step leads to; a letter is why it is refused.\n",
            steps,
            table(("", "refused because"), ((letter, reason.words) for reason, letter in refusals.items())),
        )
    )


def dialogue_section() -> str:
    """With whom the dialogue counts, and how far it got."""
    both = {"leader and chief executive": {Capacity.LEADER, Capacity.CHIEF_EXECUTIVE}}
    about = {"nobody of these": set[Capacity](), **{who.words.lower(): {who} for who in Capacity}, **both}
    states = ((label, dialogue.dialogue(talks, (), TODAY)) for label, talks in TALKS.items())
    usual = [
        (
            nature.words,
            ", ".join(who.words for who in Capacity if who in dialogue.usually_about(nature)) or "nobody",
        )
        for nature in Nature
    ]
    return "\n".join(
        (
            "## Confidential dialogue\n",
            rule(dialogue.counts),
            rule(dialogue.may_be_with),
            grid(
                "the concern is about",
                about,
                {who.words: who for who in Capacity},
                lambda concerned, who: yes(dialogue.counts({who}, concerned).allowed),
            ),
            rule(dialogue.usually_about),
            table(("nature", "about"), usual),
            rule(dialogue.dialogue),
            table(
                ("recorded", "state", "the family did its part"),
                ((label, found.state.words, yes(found.done)) for label, found in states),
            ),
        )
    )


def _answer(state: OfferAnswer | None, when: timedelta) -> str:
    made = OfferFacts("offer", TODAY - 10 * DAY, TODAY - 5 * DAY, state)
    return words(offers.may_answer(made, TODAY + when, TODAY))


def offers_section() -> str:
    """Making, answering, withdrawing and lapsing."""
    states: Mapping[str, OfferAnswer | None] = {
        "waiting": None,
        **{answer.words.lower(): answer for answer in OfferAnswer},
    }
    days = {
        "before the offer": -11 * DAY,
        "on its answer-by date": -5 * DAY,
        "the day after": -4 * DAY,
        "in the future": DAY,
    }
    ends = [
        (
            label,
            words(offers.may_withdraw(offer(state)[0])),
            words(offers.may_lapse(offer(state, TODAY)[0], TODAY)),
            words(offers.may_lapse(offer(state, TODAY - DAY)[0], TODAY)),
        )
        for label, state in states.items()
    ]
    refused = ((label, words(offers.refused_or_silent(made, TODAY))) for label, made in OFFERS.items())
    asked = {"none waits": (), "one waits": offer(None, TODAY)}
    return "\n".join(
        (
            "## Sector offer\n",
            rule(offers.may_offer),
            "At a triaged case (for other standings see above):\n",
            grid(
                "other offers",
                asked,
                {"answer by tomorrow": TODAY + DAY, "answer by today": TODAY},
                lambda others, by: words(offers.may_offer(Standing.TRIAGED, others, by, TODAY)),
            ),
            rule(offers.may_answer),
            grid("the offer is", states, days, _answer),
            rule(offers.may_withdraw),
            rule(offers.may_lapse),
            table(
                (
                    "the offer is",
                    "may be withdrawn",
                    "may lapse on its answer-by date",
                    "may lapse the day after",
                ),
                ends,
            ),
            rule(offers.offer_that_counts),
            rule(offers.refused_or_silent),
            table(("the offer that counts", "declined or let lapse"), refused),
        )
    )


def _outcome(satisfied: bool, agrees: bool | None, outcome: Outcome) -> str:
    verdict = meetings.judge_issue(satisfied, agrees, outcome)
    if outcome not in meetings.outcome_for(satisfied, agrees).outcomes:
        return words(verdict)
    return "yes" if verdict.allowed else "yes, with: " + " ".join(reason.words for reason in verdict.missing)


def meetings_section() -> str:
    """The outcome that agrees with the facts, and what it brings."""
    rows = [
        (regulators, locality, *(_outcome(satisfied, agrees, outcome) for outcome in Outcome))
        for (regulators, satisfied), (locality, agrees) in product(SATISFIED.items(), AGREES.items())
    ]
    agreed = {agrees: label for label, agrees in AGREES.items()}
    missed = {"never": 0, "once": 1, "twice": 2}
    effects = (
        (outcome.words, "; ".join(kind.words for kind in kinds))
        for outcome, kinds in duties.AFTER_OUTCOME.items()
    )
    return "\n".join(
        (
            "## Joint local meeting\n",
            rule(meetings.outcome_for),
            rule(meetings.judge_issue),
            table(("regulators", "locality", *(outcome.words for outcome in Outcome)), rows),
            rule(meetings.locality_agrees),
            grid(
                "it said",
                {said.words: said for said in KnownAnswer},
                {f"missed the meeting {often}": count for often, count in missed.items()},
                lambda said, count: agreed[meetings.locality_agrees(said, count)],
            ),
            "What an outcome brings, A and B on the dates that the meeting named (§22):\n",
            table(("outcome", "duties"), effects),
        )
    )


def _within(duty: duties.NextDuty) -> str:
    return str(duty.within_working_days) if duty.within_working_days else "today"


def first_duties() -> str:
    """What each route and each step leaves behind."""
    routes = ((route.words, duties.FIRST_DUTY_ON_ROUTE[route]) for route in Route)
    after = {
        "Log the concern": duties.AFTER_LOGGING,
        **{step.words: duty for step, duty in duties.NEXT_AFTER.items()},
    }
    heads = ("duty", "within working days")
    return "\n".join(
        (
            rule(duties.first_duty_after),
            table(("route", *heads), ((name, duty.kind.words, _within(duty)) for name, duty in routes)),
            table(
                ("after", *heads), ((name, duty.kind.words, _within(duty)) for name, duty in after.items())
            ),
            "An offer's own answer-by date, where the lead set one, stands before the usual one.\n",
        )
    )


def supplied() -> str:
    """Each thing that may be missing, with the duty that supplies it."""
    rows = (
        (reason.words, reason.supplied_by.words, duties.DAYS_TO_SUPPLY[reason.supplied_by])
        for reason in Missing
        if reason.supplied_by is not None
    )
    return table(("missing", "the duty that supplies it", "within working days"), rows)
