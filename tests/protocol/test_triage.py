"""Triage as a table: facts on the left, the suggested route and its reason on the right."""

from dataclasses import replace

import pytest

from clearinghouse.protocol.duties import URGENT
from clearinghouse.protocol.triage import RULES, TriageFacts, suggest
from clearinghouse.protocol.vocabulary import DutyKind, KnownAnswer, Nature, Route, Scenario

YES, NO, NOT_KNOWN = KnownAnswer.YES, KnownAnswer.NO, KnownAnswer.NOT_KNOWN
S = Scenario

ACKNOWLEDGED = TriageFacts(
    nature=Nature.SERVICE,
    scenario=S.SERVICE_WEAKNESS,
    service="Children's services",
    acknowledged=YES,
    willing=YES,
    risk_of_harm=NO,
    legal_duty_to_refer=NO,
)


@pytest.mark.parametrize(
    ("changed", "route", "rule"),
    [
        # people at risk and the law wait for nobody, whatever else is true
        (
            {"risk_of_harm": YES, "regulator_contemplating_action": YES},
            Route.IMMEDIATE_REFERRAL,
            "people_at_risk",
        ),
        ({"legal_duty_to_refer": YES, "asserts_local_priority": YES}, Route.IMMEDIATE_REFERRAL, "legal_duty"),
        # then a department's clock, then the authority's own stand, then a crisis
        (
            {"regulator_contemplating_action": YES, "asserts_local_priority": YES, "acknowledged": NO},
            Route.PRE_INTERVENTION_MEETING,
            "intervention_contemplated",
        ),
        ({"asserts_local_priority": YES, "acknowledged": NO}, Route.ADVOCACY, "local_priority"),
        (
            {"serious_adverse_incident": YES, "acknowledged": NOT_KNOWN},
            Route.PEER_SUPPORT,
            "serious_incident",
        ),
        (
            {"serious_adverse_incident": YES, "willing": NO},
            Route.CONFIDENTIAL_DIALOGUE,
            "help_not_accepted",
        ),
        # nobody outside hears before the authority's own leading members were talked to
        ({"acknowledged": NO, "critical_and_hard": YES}, Route.CONFIDENTIAL_DIALOGUE, "not_acknowledged"),
        ({"acknowledged": NOT_KNOWN}, Route.CONFIDENTIAL_DIALOGUE, "not_acknowledged"),
        ({"acknowledged": NO, "nature": Nature.POLITICAL}, Route.CONFIDENTIAL_DIALOGUE, "not_acknowledged"),
        (
            {"acknowledged": NO, "nature": Nature.POLITICAL, "dialogue_tried": True},
            Route.POLITICAL_BROKERAGE,
            "political_cause",
        ),
        ({"nature": Nature.POLITICAL, "willing": NO}, Route.POLITICAL_BROKERAGE, "political_cause"),
        (
            {"nature": Nature.POLITICAL, "critical_and_hard": YES},
            Route.POLITICAL_BROKERAGE,
            "political_cause",
        ),
        ({"nature": Nature.POLITICAL}, Route.PEER_SUPPORT, "acknowledged_and_willing"),
        (
            {"acknowledged": NO, "critical_and_hard": YES, "dialogue_tried": True},
            Route.JOINT_LOCAL_MEETING,
            "critical_and_hard",
        ),
        ({"critical_and_hard": YES, "can_act_itself": YES}, Route.JOINT_LOCAL_MEETING, "critical_and_hard"),
        # what the authority, peers or the RIEP can do
        ({"can_act_itself": YES, "willing": NO}, Route.AUTHORITY_LED, "authority_acts"),
        ({"willing": NO}, Route.CONFIDENTIAL_DIALOGUE, "help_not_accepted"),
        ({"willing": NO, "dialogue_tried": True}, Route.RIEP_FACILITATED, "difficulty"),
        ({"nature": Nature.CHIEF_OFFICER}, Route.RIEP_FACILITATED, "chief_officer"),
        ({"nature": Nature.PARTNERSHIP}, Route.RIEP_FACILITATED, "partnership"),
        ({}, Route.PEER_SUPPORT, "acknowledged_and_willing"),
        ({"willing": NOT_KNOWN}, Route.RIEP_FACILITATED, "difficulty"),
        ({"acknowledged": NO, "dialogue_tried": True}, Route.RIEP_FACILITATED, "difficulty"),
    ],
)
def test_the_first_rule_that_applies_decides(changed: dict[str, object], route: Route, rule: str) -> None:
    """A concern would be sent to the wrong help, or for the wrong reason."""
    suggestion = suggest(replace(ACKNOWLEDGED, **changed))  # type: ignore[arg-type]  # as given
    assert (suggestion.route, suggestion.reasons[0].rule_id) == (route, rule)


@pytest.mark.parametrize(
    ("scenario", "nature", "acknowledged", "route"),
    [
        (S.SERVICE_WEAKNESS, Nature.SERVICE, YES, Route.PEER_SUPPORT),
        (S.FINANCES_AND_CULTURE, Nature.CORPORATE, YES, Route.PEER_SUPPORT),
        (S.CHIEF_OFFICER_PROBLEM, Nature.CHIEF_OFFICER, YES, Route.RIEP_FACILITATED),
        (S.SERIOUS_ADVERSE_INCIDENT, Nature.SERVICE, YES, Route.PEER_SUPPORT),
        (S.PROBLEMATIC_POLITICAL_LEADERSHIP, Nature.POLITICAL, YES, Route.POLITICAL_BROKERAGE),
        (S.LEADER_AND_CHIEF_EXECUTIVE_BREAKDOWN, Nature.LEADER_AND_CHIEF_EXECUTIVE, YES, Route.PEER_SUPPORT),
        (S.POOR_RELATIONSHIPS, Nature.POLITICAL, NO, Route.CONFIDENTIAL_DIALOGUE),
        (S.PARTNERSHIP_MISSING_TARGETS, Nature.PARTNERSHIP, NO, Route.CONFIDENTIAL_DIALOGUE),
    ],
)
def test_the_eight_scenarios_land_where_the_document_says(
    scenario: Scenario, nature: Nature, acknowledged: KnownAnswer, route: Route
) -> None:
    """One of the illustrative examples of §28 would be answered otherwise than the document answers it."""
    facts = replace(ACKNOWLEDGED, scenario=scenario, nature=nature, acknowledged=acknowledged)
    assert suggest(facts).route is route


@pytest.mark.parametrize(
    ("changed", "caution", "within"),
    [
        ({}, None, 5),
        ({"risk_of_harm": NOT_KNOWN}, "risk_not_known", URGENT),
        ({"legal_duty_to_refer": NOT_KNOWN}, "legal_duty_not_known", URGENT),
        ({"serious_adverse_incident": YES}, "crisis", URGENT),
        ({"nature": Nature.LEADER_AND_CHIEF_EXECUTIVE}, "stand_ins", 5),
        ({"who_knows": frozenset()}, "nobody_knows", 5),
        ({"known_to_regulator": YES}, "regulator_knows", 5),
    ],
)
def test_a_caution_is_told_and_an_urgent_one_brings_the_first_duty_forward(
    changed: dict[str, object], caution: str | None, within: int
) -> None:
    """Something to mind would not be said, or what is not known would be treated as harmless."""
    suggestion = suggest(replace(ACKNOWLEDGED, **changed))  # type: ignore[arg-type]  # as given
    assert [reason.rule_id for reason in suggestion.reasons[1:]] == ([caution] if caution else [])
    assert (suggestion.route, suggestion.first_duty) == (Route.PEER_SUPPORT, DutyKind.MAKE_OFFER)
    assert suggestion.within_working_days == within


def test_people_at_risk_are_referred_today_even_with_other_cautions() -> None:
    """A caution would put off a referral that waits for nobody."""
    suggestion = suggest(replace(ACKNOWLEDGED, risk_of_harm=YES, legal_duty_to_refer=NOT_KNOWN))
    assert (suggestion.first_duty, suggestion.within_working_days) == (DutyKind.REFER_AT_ONCE, 0)


def test_other_routes_that_apply_are_offered_beside_the_suggestion() -> None:
    """A lead who departs from the suggestion would not see where else the rules point."""
    facts = replace(ACKNOWLEDGED, regulator_contemplating_action=YES, asserts_local_priority=YES)
    assert suggest(facts).also == (Route.ADVOCACY, Route.PEER_SUPPORT)
    assert suggest(ACKNOWLEDGED).also == ()


def test_every_route_has_a_rule_that_cites_its_paragraph() -> None:
    """A route of the table could never be suggested, or a suggestion would not say where it comes from."""
    assert {rule.route for rule in RULES} == set(Route)
    assert all(rule.reason.paragraph.startswith("§") or rule.reason.paragraph == "ours" for rule in RULES)
    assert len({rule.reason.rule_id for rule in RULES}) == len(RULES)
