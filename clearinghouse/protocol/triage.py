"""Triage: from what is known of a concern to a suggested route, with its reasons and its first duty."""

from collections.abc import Callable
from dataclasses import dataclass

from clearinghouse.protocol.dialogue import usually_about
from clearinghouse.protocol.duties import FIRST_DUTY_ON_ROUTE, URGENT
from clearinghouse.protocol.vocabulary import Capacity, DutyKind, KnownAnswer, Nature, Route, Scenario

YES, NO, NOT_KNOWN = KnownAnswer.YES, KnownAnswer.NO, KnownAnswer.NOT_KNOWN


@dataclass(frozen=True)
class TriageFacts:
    """What is asked at triage; every answer may stay "not known".

    `critical_and_hard`: critical, and proving difficult to solve locally (§22). `can_act_itself`: routine, and the
    authority is capable of dealing with it (§19). `asserts_local_priority`: it asserts a legitimate local priority
    against government or a regulator (§15f, §25). `dialogue_tried` comes from the case: the dialogue was held, or
    attempted on two different days.
    """

    nature: Nature
    scenario: Scenario
    service: str | None = None
    acknowledged: KnownAnswer = NOT_KNOWN
    willing: KnownAnswer = NOT_KNOWN
    risk_of_harm: KnownAnswer = NOT_KNOWN
    serious_adverse_incident: KnownAnswer = NOT_KNOWN
    legal_duty_to_refer: KnownAnswer = NOT_KNOWN
    regulator_contemplating_action: KnownAnswer = NOT_KNOWN
    known_to_regulator: KnownAnswer = NOT_KNOWN
    who_knows: frozenset[Capacity] | None = None
    critical_and_hard: KnownAnswer = NOT_KNOWN
    can_act_itself: KnownAnswer = NOT_KNOWN
    asserts_local_priority: KnownAnswer = NOT_KNOWN
    dialogue_tried: bool = False


@dataclass(frozen=True)
class Reason:
    """Why a route is suggested, or what to mind on it; `paragraph` is that of the framework, or "ours"."""

    rule_id: str
    paragraph: str
    words: str


@dataclass(frozen=True)
class Rule:
    """One row of the triage table: where it applies, this route is suggested for this reason."""

    reason: Reason
    route: Route
    applies: Callable[[TriageFacts], bool]


@dataclass(frozen=True)
class Caution:
    """Something to mind whatever the route; an urgent one brings the first duty forward to the next working day."""

    reason: Reason
    applies: Callable[[TriageFacts], bool]
    urgent: bool = False


@dataclass(frozen=True)
class Suggestion:
    """The suggested route; a lead decides, and may depart from it by saying why (§16).

    `reasons` opens with the rule that decided, then what to mind. `also` holds the other routes whose rules apply.
    """

    route: Route
    reasons: tuple[Reason, ...]
    first_duty: DutyKind
    within_working_days: int
    also: tuple[Route, ...] = ()


def _serious_incident(facts: TriageFacts) -> bool:
    return facts.serious_adverse_incident is YES or facts.scenario is Scenario.SERIOUS_ADVERSE_INCIDENT


def _political_and_intractable(facts: TriageFacts) -> bool:
    political = (
        facts.nature is Nature.POLITICAL or facts.scenario is Scenario.PROBLEMATIC_POLITICAL_LEADERSHIP
    )
    stuck = facts.critical_and_hard is YES or facts.willing is NO or facts.dialogue_tried
    return political and (stuck or facts.scenario is Scenario.PROBLEMATIC_POLITICAL_LEADERSHIP)


RULES: tuple[Rule, ...] = (
    Rule(
        Reason("people_at_risk", "ours", "People are at risk of harm now: this waits for nobody."),
        Route.IMMEDIATE_REFERRAL,
        lambda facts: facts.risk_of_harm is YES,
    ),
    Rule(
        Reason("legal_duty", "ours", "There is a legal duty to refer: this waits for nobody."),
        Route.IMMEDIATE_REFERRAL,
        lambda facts: facts.legal_duty_to_refer is YES,
    ),
    Rule(
        Reason(
            "intervention_contemplated",
            "§19, §26",
            "A regulator or department contemplates action: a meeting with the authority, its leading members, the "
            "RIEP and the IDeA comes first, to see whether a sector-led approach is feasible.",
        ),
        Route.PRE_INTERVENTION_MEETING,
        lambda facts: facts.regulator_contemplating_action is YES,
    ),
    Rule(
        Reason(
            "local_priority",
            "§15f, §25",
            "The authority asserts a legitimate local priority: the family may stand with it.",
        ),
        Route.ADVOCACY,
        lambda facts: facts.asserts_local_priority is YES,
    ),
    Rule(
        Reason(
            "serious_incident",
            "§28",
            "A serious adverse incident: mutual support and peers help to handle the crisis.",
        ),
        Route.PEER_SUPPORT,
        lambda facts: _serious_incident(facts) and facts.willing is not NO,
    ),
    Rule(
        Reason(
            "not_acknowledged",
            "§23, §28",
            "The authority is not known to acknowledge the difficulty: a confidential discussion with its leading "
            "members and the chief executive agrees how it can be addressed.",
        ),
        Route.CONFIDENTIAL_DIALOGUE,
        lambda facts: facts.acknowledged is not YES and not facts.dialogue_tried,
    ),
    Rule(
        Reason(
            "political_cause",
            "§19, §25",
            "The cause is political and otherwise intractable: LGA group leads talk to the politicians.",
        ),
        Route.POLITICAL_BROKERAGE,
        _political_and_intractable,
    ),
    Rule(
        Reason(
            "critical_and_hard",
            "§22",
            "It is critical and proves difficult to solve locally: a joint local meeting considers it.",
        ),
        Route.JOINT_LOCAL_MEETING,
        lambda facts: facts.critical_and_hard is YES,
    ),
    Rule(
        Reason(
            "authority_acts",
            "§19",
            "The authority acknowledges it and can deal with it as routine, with outside help if it wants.",
        ),
        Route.AUTHORITY_LED,
        lambda facts: facts.acknowledged is YES and facts.can_act_itself is YES,
    ),
    Rule(
        Reason(
            "help_not_accepted",
            "§15e, §23",
            "Support works only where the authority accepts it: a confidential discussion comes first.",
        ),
        Route.CONFIDENTIAL_DIALOGUE,
        lambda facts: facts.willing is NO and not facts.dialogue_tried,
    ),
    Rule(
        Reason(
            "chief_officer",
            "§28",
            "Problems with a chief officer need an external reality check: the RIEP brings in other chief executives.",
        ),
        Route.RIEP_FACILITATED,
        lambda facts: (
            facts.nature is Nature.CHIEF_OFFICER or facts.scenario is Scenario.CHIEF_OFFICER_PROBLEM
        ),
    ),
    Rule(
        Reason(
            "partnership",
            "§21, §28",
            "A partnership is in difficulty: the RIEP brings the partners together to agree the way forward.",
        ),
        Route.RIEP_FACILITATED,
        lambda facts: facts.nature is Nature.PARTNERSHIP,
    ),
    Rule(
        Reason(
            "acknowledged_and_willing",
            "§19, §23",
            "The authority acknowledges the difficulty and accepts help: peers support it directly.",
        ),
        Route.PEER_SUPPORT,
        lambda facts: facts.acknowledged is YES and facts.willing is YES,
    ),
    Rule(
        Reason(
            "difficulty",
            "§19, §21",
            "There is an actual or potential difficulty: the RIEP brings the authority and others together to agree "
            "the way forward and the support.",
        ),
        Route.RIEP_FACILITATED,
        lambda _: True,
    ),
)
"""The triage table in its order of precedence: the first rule that applies decides.

People at risk and the law come first, then a department's clock, then the authority's own stand. A crisis is helped
before it is discussed. Nobody outside hears of a concern (a brokerage, a joint local meeting) before the authority's
own leading members have been talked to, or tried; only then do the harder routes and the support itself follow.
"""

CAUTIONS: tuple[Caution, ...] = (
    Caution(
        Reason("risk_not_known", "ours", "Whether people are at risk now is not known: find out first."),
        lambda facts: facts.risk_of_harm is NOT_KNOWN,
        urgent=True,
    ),
    Caution(
        Reason(
            "legal_duty_not_known",
            "ours",
            "Whether there is a legal duty to refer is not known: find out first.",
        ),
        lambda facts: facts.legal_duty_to_refer is NOT_KNOWN,
        urgent=True,
    ),
    Caution(
        Reason("crisis", "§28", "A serious adverse incident: act on the next working day."),
        _serious_incident,
        urgent=True,
    ),
    Caution(
        Reason(
            "stand_ins",
            "§24, §28",
            "The concern is about those who would be talked to: the monitoring officer, a deputy or a group leader "
            "stands in.",
        ),
        lambda facts: bool(usually_about(facts.nature)),
    ),
    Caution(
        Reason(
            "nobody_knows",
            "§19, §23",
            "Nobody in the authority knows that the concern was raised: protect the source at first contact.",
        ),
        lambda facts: facts.who_knows is not None and not facts.who_knows,
    ),
    Caution(
        Reason(
            "regulator_knows",
            "§15d, §22",
            "A regulator knows of it, and may act at any time: what it does is a fact to record.",
        ),
        lambda facts: facts.known_to_regulator is YES,
    ),
)
"""What to mind beside the route; none of them changes it."""


def suggest(facts: TriageFacts) -> Suggestion:
    """The route that the framework suggests for a concern (§15 to §28), with its reasons and first duty.

    The first rule of `RULES` that applies decides; the cautions that apply follow it, and an urgent one brings the
    first duty forward.
    """
    applying = [rule for rule in RULES if rule.applies(facts)]
    cautions = [caution for caution in CAUTIONS if caution.applies(facts)]
    decided = applying[0]
    duty = FIRST_DUTY_ON_ROUTE[decided.route]
    urgent = any(caution.urgent for caution in cautions)
    within = min(duty.within_working_days, URGENT) if urgent else duty.within_working_days
    others = (rule.route for rule in applying[1:-1] if rule.route is not decided.route)
    return Suggestion(
        route=decided.route,
        reasons=(decided.reason, *(caution.reason for caution in cautions)),
        first_duty=duty.kind,
        within_working_days=within,
        also=tuple(dict.fromkeys(others)),
    )
