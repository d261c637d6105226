"""The eight illustrative examples of paragraph 28, each played from the telephone call to where the document lands it.

Every story opens with the sentences of the document that it proves, and compares the help that the program names with
the help that the document lists.
"""

from collections.abc import Callable
from datetime import date

import pytest

from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.dialogue.brokerage import (
    NewAsk,
    NewTalk,
    ask_political_lead,
    brokerage_page,
    record_talk,
)
from clearinghouse.casework.dialogue.conversations import conversations_page
from clearinghouse.casework.dialogue.riep import NewAgreement, NewHandover, hand_to_riep, record_way_forward
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.escalation.risk import (
    NewRiskReferral,
    confirm_risk_referral,
    refer_at_once,
    review_risk_referral,
)
from clearinghouse.casework.plans.tab import plan_tab
from clearinghouse.casework.teams.choosing import (
    TeamNeeds,
    add_to_team,
    choose_leader,
    propose_team,
)
from clearinghouse.casework.triage import RoutePreview
from clearinghouse.protocol.brokerage import BrokerageOutcome, BrokeredWith
from clearinghouse.protocol.dialogue import DialogueState
from clearinghouse.protocol.ladder import Progress, Rung, Turn
from clearinghouse.protocol.peer_words import Service
from clearinghouse.protocol.triage import TriageFacts
from clearinghouse.protocol.vocabulary import (
    Body,
    Capacity,
    DutyKind,
    FamilyFirst,
    KnownAnswer,
    Nature,
    OfferAnswer,
    Route,
    Scenario,
    Standing,
)
from tests.factories.authorities import authority
from tests.factories.peers import peer
from tests.factories.people import person
from tests.factories.plans import planned
from tests.factories.teams import send_team
from tests.scenarios.stage import CLEAR, WEEK, Stage, offers_what_is_quoted

YES, NO = KnownAnswer.YES, KnownAnswer.NO
Begin = Callable[..., Stage]

CONFIDENTIAL_DISCUSSION = (
    "A confidential discussion with the leading members in the authority and the chief executive to agree how the "
    "issues can be addressed"
)
"""The document: "the next step would be likely to be a confidential discussion with the leading members in the
authority and the chief executive to agree how the issues can be addressed"."""


def reasons(preview: RoutePreview) -> set[str]:
    """The rules behind a suggestion."""
    return {each.rule_id for each in preview.suggestion.reasons}


def test_1_a_strong_authority_became_aware_of_weaknesses_in_a_service(begin: Begin) -> None:
    """ "A has a strong track record on improvement and community leadership but became aware of weaknesses in aspects
    of children's services that could potentially result in, most importantly, unsafe practice, and also damage to the
    reputation of the authority." Peers support it directly; nobody asks it to a confidential discussion first.
    """
    story = begin(
        nature=Nature.SERVICE,
        service="Children's services",
        text="Our own audit found thresholds that are not understood.",
        how_known="The director rang",
    )
    assert set(story.owed()) == {DutyKind.TRIAGE}
    preview = story.triage(
        TriageFacts(
            Nature.SERVICE,
            Scenario.SERVICE_WEAKNESS,
            service="Children's services",
            acknowledged=YES,
            willing=YES,
            **CLEAR,
        )
    )
    assert preview.suggestion.route is Route.PEER_SUPPORT
    assert offers_what_is_quoted(
        preview.help,
        "Peer review (corporate or service), inter-authority exchange, RIEP, sector specialists",
        "Specialist private sector provision, voluntary sector",
    )
    assert set(story.owed()) == {DutyKind.MAKE_OFFER}
    assert story.here() is Rung.OFFER

    story.offer("A service peer review, with sector specialists.")
    assert (story.here(), story.turn()) == (Rung.ANSWER, Turn.AUTHORITY)
    story.answer(OfferAnswer.ACCEPTED)
    assert set(story.owed()) == {DutyKind.ASSIGN_TEAM}

    _send_a_team(story)
    assert (story.standing(), story.here()) == (Standing.SUPPORTED, Rung.SUPPORT)
    story.weeks_later(8)
    story.review(progress=True)
    assert story.standing() is Standing.UNDER_REVIEW
    story.close()
    assert (story.standing(), story.owed(), story.turn()) == (Standing.CLOSED, {}, Turn.NOBODY)


def test_2_audit_work_identifies_concerns_about_finances_and_culture(begin: Begin) -> None:
    """ "Work by the Audit Commission identifies concerns about the finances and culture in an authority." The auditor
    knows and may act at any time; the authority has a plan, which is reviewed until it can carry on by itself.
    """
    story = begin(
        nature=Nature.CORPORATE,
        text="The audit letter doubts the reserves and how decisions are made.",
        how_known="The audit letter",
    )
    preview = story.triage(
        TriageFacts(
            Nature.CORPORATE,
            Scenario.FINANCES_AND_CULTURE,
            acknowledged=YES,
            willing=YES,
            known_to_regulator=YES,
            **CLEAR,
        )
    )
    assert preview.suggestion.route is Route.PEER_SUPPORT
    assert "regulator_knows" in reasons(preview)
    assert offers_what_is_quoted(
        preview.help,
        "Peer review (corporate or service), inter-authority exchange, RIEP, sector specialists",
        "Specialist private sector provision, voluntary sector",
    )
    story.offer("A finance peer review, and an exchange with a council that came through the same.")
    story.answer(OfferAnswer.ACCEPTED)
    planned(story.world, story.lead, story.case_id, story.today + 4 * WEEK)
    assert story.standing() is Standing.SUPPORTED
    story.weeks_later(10)
    story.review(progress=True)
    assert story.here() is Rung.SUPPORT
    story.close()
    assert story.standing() is Standing.CLOSED


def test_3_problems_with_a_chief_officer_require_an_external_reality_check(begin: Begin) -> None:
    """ "Problems with a chief officer requires an external reality check." Other chief executives of the region give
    it, and the RIEP brings them in.
    """
    story = begin(
        nature=Nature.CHIEF_OFFICER,
        text="The director's reports cannot be relied on, the deputies say.",
        how_known="A deputy rang",
    )
    preview = story.triage(
        TriageFacts(
            Nature.CHIEF_OFFICER, Scenario.CHIEF_OFFICER_PROBLEM, acknowledged=YES, willing=YES, **CLEAR
        )
    )
    assert preview.suggestion.route is Route.RIEP_FACILITATED
    assert offers_what_is_quoted(
        preview.help,
        "Other chief executives in the region/sub-region, RIEP, IDeA regional associate or member peer, regional LGA",
        "District Audit, standards board, political parties, CIPFA",
    )
    assert set(story.owed()) == {DutyKind.HAND_TO_RIEP}

    by = story.today + 2 * WEEK
    hand_to_riep(story.world, story.lead, story.case_id, None, NewHandover(by, officer=story.riep_officer.id))
    assert story.owed() == {DutyKind.AGREE_WAY_FORWARD: by}
    story.weeks_later(1)
    agreed = NewAgreement(
        agreed_on=story.today,
        way_forward="An external reality check of the directorate.",
        next_on=story.today + 6 * WEEK,
        agreed_with="The chief executive",
        support="Two chief executives of the region spend four days with it.",
    )
    record_way_forward(story.world, story.riep_officer, story.case_id, None, agreed)
    assert story.standing() is Standing.SUPPORTED
    assert story.owed() == {DutyKind.REVIEW: story.today + 6 * WEEK}
    story.weeks_later(6)
    story.review(progress=True)
    story.close()
    assert story.standing() is Standing.CLOSED


def test_4_a_serious_adverse_incident_support_to_handle_a_crisis(begin: Begin) -> None:
    """ "Serious adverse incident support to handle a crisis." Mutual support comes on the next working day, before
    anybody holds a discussion about it, and whether or not the authority is known to acknowledge it.
    """
    story = begin(
        nature=Nature.SERVICE,
        service="Adult social care",
        text="A resident has died in a home of the council. Everybody is asking.",
        how_known="The chief executive rang",
    )
    preview = story.triage(
        TriageFacts(Nature.SERVICE, Scenario.SERIOUS_ADVERSE_INCIDENT, serious_adverse_incident=YES, **CLEAR)
    )
    assert preview.suggestion.route is Route.PEER_SUPPORT
    assert {"serious_incident", "crisis"} <= reasons(preview)
    assert offers_what_is_quoted(
        preview.help, "Mutual support, political peers, RIEP, IDeA regional associate, LGA"
    )
    assert story.owed() == {DutyKind.MAKE_OFFER: date(2026, 11, 24)}
    story.offer("Mutual support from a neighbour, and political peers beside the leader.")
    story.answer(OfferAnswer.ACCEPTED)
    assert story.standing() is Standing.OFFER_ACCEPTED
    assert set(story.owed()) == {DutyKind.ASSIGN_TEAM}


def test_4_where_people_are_at_risk_nobody_waits_and_mutual_support_still_follows(begin: Begin) -> None:
    """The same crisis with people at risk now: whoever holds the concern refers at once (ours, not in the document).

    A second lead sees it within a working day and a review follows within ten; the support of the sector goes on.
    """
    story = begin(
        nature=Nature.SERVICE,
        service="Adult social care",
        text="Two residents have died, and nobody has moved the others.",
        how_known="A nurse rang",
        people_at_risk=True,
    )
    assert story.reading().ladder.ladder.nobody_waits
    made = refer_at_once(
        story.world,
        story.associate,
        story.case_id,
        None,
        NewRiskReferral(
            Body.DEPARTMENT,
            "M. Osei, duty inspector",
            story.today,
            "Residents are in danger tonight.",
            "No discussion could come in time.",
        ),
    )
    assert made.finding.result is FamilyFirst.NOT_GIVEN
    assert not story.reading().ladder.ladder.nobody_waits
    assert {
        DutyKind.TRIAGE: date(2026, 11, 25),
        DutyKind.CONFIRM_RISK_REFERRAL: date(2026, 11, 24),
        DutyKind.REVIEW_RISK_REFERRAL: date(2026, 12, 7),
    }.items() <= story.owed().items()
    preview = story.triage(
        TriageFacts(
            Nature.SERVICE,
            Scenario.SERIOUS_ADVERSE_INCIDENT,
            serious_adverse_incident=YES,
            risk_of_harm=YES,
            legal_duty_to_refer=NO,
        )
    )
    assert preview.suggestion.route is Route.IMMEDIATE_REFERRAL
    assert Route.PEER_SUPPORT in preview.suggestion.also
    confirm_risk_referral(story.world, story.lead, made.escalation_id, True, "Right to do.")
    review_risk_referral(
        story.world, story.lead, story.case_id, None, made.escalation_id, story.today, "All are safe."
    )
    story.offer("Mutual support from a neighbour.")
    story.answer(OfferAnswer.ACCEPTED)
    rungs = {state.rung: state.progress for state in story.reading().ladder.ladder.rungs}
    assert (rungs[Rung.REFERRAL], rungs[Rung.SUPPORT]) == (Progress.DONE, Progress.NOW)


def test_5_problematic_political_leadership(begin: Begin) -> None:
    """ "Problematic political leadership." The LGA talks to the politicians; what it asks of its political lead is all
    that they read, and what they agree on is followed up by the one who holds the case.
    """
    story = begin(
        nature=Nature.POLITICAL,
        text="The group cannot keep a leader, and no decision holds.",
        how_known="A group leader rang",
    )
    broker = person(story.world, Role.POLITICAL_LEAD, Region.NORTH_EAST, "Grace Whitlock")
    preview = story.triage(
        TriageFacts(
            Nature.POLITICAL,
            Scenario.PROBLEMATIC_POLITICAL_LEADERSHIP,
            acknowledged=YES,
            willing=YES,
            **CLEAR,
        )
    )
    assert preview.suggestion.route is Route.POLITICAL_BROKERAGE
    assert offers_what_is_quoted(
        preview.help,
        "LGA improvement board members, regional associates, IDeA member peers",
        "Regional and national political parties, standards board, Audit Commission ethical governance work",
    )
    assert set(story.owed()) == {DutyKind.POLITICAL_BROKERAGE}

    by = story.today + WEEK
    asked = NewAsk(broker.id, "Talk to the group about who leads until May.", by)
    ask_political_lead(story.world, story.lead, story.case_id, None, asked)
    assert story.owed() == {DutyKind.POLITICAL_BROKERAGE: by}
    found = brokerage_page(story.world, broker, story.case_id).ask
    assert found is not None
    assert found.asked == "Talk to the group about who leads until May."

    story.weeks_later(1)
    talked_with = frozenset({BrokeredWith.IMPROVEMENT_BOARD, BrokeredWith.GROUP_LEADERS})
    talked = NewTalk(
        story.today, True, talked_with, story.today + WEEK, BrokerageOutcome.GOES_ON, note="They meet again."
    )
    record_talk(story.world, broker, story.case_id, None, talked)
    assert story.owed() == {DutyKind.POLITICAL_BROKERAGE: story.today + WEEK}
    story.weeks_later(1)
    ended = NewTalk(
        story.today,
        True,
        talked_with,
        story.today + 4 * WEEK,
        BrokerageOutcome.AGREED,
        note="They agreed who leads.",
    )
    record_talk(story.world, broker, story.case_id, None, ended)
    assert story.owed() == {DutyKind.FOLLOW_UP: story.today + 4 * WEEK}


def test_5_where_it_is_not_acknowledged_the_authority_is_talked_to_before_anybody_outside(
    begin: Begin,
) -> None:
    """Political leadership that acknowledges nothing: the confidential discussion comes before the brokerage (§23)."""
    story = begin(
        nature=Nature.POLITICAL, text="The group cannot keep a leader.", how_known="An officer rang"
    )
    facts = TriageFacts(Nature.POLITICAL, Scenario.PROBLEMATIC_POLITICAL_LEADERSHIP, acknowledged=NO, **CLEAR)
    first = story.triage(facts)
    assert first.suggestion.route is Route.CONFIDENTIAL_DIALOGUE
    assert Route.POLITICAL_BROKERAGE in first.suggestion.also
    story.talk(Capacity.LEADING_MEMBER, held=False)
    story.clock.pass_days(1)
    story.talk(Capacity.LEADING_MEMBER, held=False)
    assert story.triage(facts).suggestion.route is Route.POLITICAL_BROKERAGE


def test_6_leader_and_chief_executive_relationship_breakdown(begin: Begin) -> None:
    """ "Leader and chief executive relationship breakdown." The dialogue is never with the two whom it is about: the
    monitoring officer, a deputy or a group leader stands in, and IDeA political peers help.
    """
    story = begin(
        nature=Nature.LEADER_AND_CHIEF_EXECUTIVE,
        text="The leader and the chief executive no longer meet.",
        how_known="A councillor rang",
    )
    preview = story.triage(
        TriageFacts(Nature.LEADER_AND_CHIEF_EXECUTIVE, Scenario.LEADER_AND_CHIEF_EXECUTIVE_BREAKDOWN, **CLEAR)
    )
    assert preview.suggestion.route is Route.CONFIDENTIAL_DIALOGUE
    assert "stand_ins" in reasons(preview)
    assert offers_what_is_quoted(
        preview.help, "IDeA political peers and regional associates, regional employers"
    )
    page = conversations_page(story.world, story.associate, story.case_id)
    assert set(page.may_be_with) == {
        Capacity.LEADING_MEMBER,
        Capacity.MONITORING_OFFICER,
        Capacity.DEPUTY,
        Capacity.GROUP_LEADER,
    }

    for concerned in (Capacity.LEADER, Capacity.CHIEF_EXECUTIVE):
        story.talk(concerned, Capacity.MONITORING_OFFICER)
    page = conversations_page(story.world, story.associate, story.case_id)
    assert (len(page.conversations), page.dialogue.state) == (2, DialogueState.NOT_TRIED)
    assert DutyKind.FIRST_CONTACT in story.owed()
    assert story.here() is Rung.DIALOGUE

    story.talk(Capacity.MONITORING_OFFICER, Capacity.DEPUTY)
    page = conversations_page(story.world, story.associate, story.case_id)
    assert page.dialogue.state is DialogueState.HELD
    assert set(story.owed()) == {DutyKind.MAKE_OFFER}
    story.offer("Two IDeA political peers, and the regional employers' mediator.")
    story.answer(OfferAnswer.ACCEPTED)
    assert story.here() is Rung.SUPPORT


NOT_ACKNOWLEDGED = {
    "7_poor_relationships": (
        Nature.CORPORATE,
        Scenario.POOR_RELATIONSHIPS,
        "IDeA, RIEP",
        "",
    ),
    "8_a_partnership_missing_its_targets": (
        Nature.PARTNERSHIP,
        Scenario.PARTNERSHIP_MISSING_TARGETS,
        "IDeA",
        "Other public sector improvement bodies such as the Police Improvement Agency",
    ),
}


@pytest.mark.parametrize(
    ("nature", "scenario", "local_government", "other"), NOT_ACKNOWLEDGED.values(), ids=NOT_ACKNOWLEDGED
)
def test_7_and_8_the_challenge_is_not_acknowledged(
    begin: Begin, nature: Nature, scenario: Scenario, local_government: str, other: str
) -> None:
    """ "When the issue has been raised with the IDeA and/or RIEP the next step would be likely to be a confidential
    discussion with the leading members in the authority and the chief executive to agree how the issues can be
    addressed." For the partnership "this may include working in partnership with other public sector improvement
    bodies such as the Police Improvement Agency".
    """
    story = begin(nature=nature, text="They say that nothing is wrong.", how_known="Two members rang")
    preview = story.triage(TriageFacts(nature, scenario, acknowledged=NO, **CLEAR))
    assert preview.suggestion.route is Route.CONFIDENTIAL_DIALOGUE
    assert not preview.help.acknowledged
    assert preview.help.next_step == CONFIDENTIAL_DISCUSSION
    assert list(preview.help.local_government) == local_government.split(", ")
    assert all(each.startswith(other) for each in preview.help.other)
    assert bool(preview.help.other) == bool(other)
    assert story.owed() == {DutyKind.FIRST_CONTACT: date(2026, 11, 26)}
    assert (story.here(), story.turn()) == (Rung.DIALOGUE, Turn.FAMILY)

    story.clock.pass_days(2)
    story.talk(Capacity.LEADING_MEMBER, Capacity.CHIEF_EXECUTIVE)
    assert story.standing() is Standing.IN_DIALOGUE
    assert set(story.owed()) == {DutyKind.MAKE_OFFER}

    story.offer("A peer review, and a mentor for the group leaders.")
    assert (story.standing(), story.turn()) == (Standing.OFFER_MADE, Turn.AUTHORITY)
    story.weeks_later(1)
    story.answer(OfferAnswer.ACCEPTED)
    planned(story.world, story.lead, story.case_id, story.today + 4 * WEEK)
    assert story.standing() is Standing.SUPPORTED
    tab = plan_tab(story.world, story.lead, story.case_id)
    assert len(tab.actions) == 1

    story.weeks_later(8)
    story.review(progress=True)
    assert story.standing() is Standing.UNDER_REVIEW
    assert DutyKind.REVIEW in story.owed()
    story.close()
    assert (story.standing(), story.owed()) == (Standing.CLOSED, {})


def test_7_silence_is_followed_by_a_meeting_and_never_forgotten(begin: Begin) -> None:
    """The same authority, which answers nothing at all: the offer lapses, and a joint local meeting is owed (§19)."""
    story = begin(nature=Nature.CORPORATE, text="They say that nothing is wrong.", how_known="A member rang")
    story.triage(TriageFacts(Nature.CORPORATE, Scenario.POOR_RELATIONSHIPS, acknowledged=NO, **CLEAR))
    story.talk(Capacity.LEADER)
    story.offer("A peer review.")
    story.weeks_later(3)
    assert story.here() is Rung.MEETING
    with pytest.raises(Invalid, match="make a new offer"):
        story.answer(OfferAnswer.ACCEPTED)
    story.let_the_clock_tick()
    assert story.standing() is Standing.OFFER_LAPSED
    assert set(story.owed()) == {DutyKind.JOINT_LOCAL_MEETING}


def _send_a_team(story: Stage) -> None:
    """A councillor, an officer and a specialist for children's services go to the authority."""
    world, coordinator = story.world, person(story.world, Role.COORDINATOR, None)
    elsewhere = authority(world, "Oxtown Council")
    leader = peer(
        world,
        "Dinah Oke",
        elsewhere,
        kind="councillor",
        role="Leader",
        seniority="leader",
        political_group="Green",
        led_reviews="2",
    )
    others = (
        peer(world, "Priya Natarajan", authority(world, "Calderwick Council"), services="children"),
        peer(world, "Sam Reed", kind="specialist", services="children"),
    )
    needs = TeamNeeds(
        date(2026, 12, 7),
        date(2026, 12, 18),
        4,
        councillors=1,
        officers=1,
        specialists=1,
        themes=frozenset(),
        services=frozenset({Service.CHILDREN}),
    )
    team = propose_team(world, coordinator, story.case_id, None, needs)
    for each in (leader, *others):
        add_to_team(world, coordinator, story.case_id, None, team, each)
    choose_leader(world, coordinator, story.case_id, None, team, leader)
    send_team(world, coordinator, story.case_id, team)
