"""Triage: what a lead's decision leaves on the case, suggested or departed from, the first time and again."""

from datetime import date

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.cases import case_page
from clearinghouse.casework.concerns import what_follows
from clearinghouse.casework.drafts import read_draft, save_draft
from clearinghouse.casework.duties.followups import schedule_followup
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.headers import CaseHeader, case_header
from clearinghouse.casework.triage import draft_of_triage, open_triage, suggest_route, triage_case
from clearinghouse.casework.world import World
from clearinghouse.protocol.duties import FIRST_DUTY_ON_ROUTE
from clearinghouse.protocol.triage import TriageFacts
from clearinghouse.protocol.vocabulary import (
    Capacity,
    DutyKind,
    KnownAnswer,
    Nature,
    Route,
    Scenario,
    Standing,
)
from clearinghouse.records import ledger
from clearinghouse.records.cases import Case, Triage
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.people import person
from tests.worlds import Clock

YES, NO = KnownAnswer.YES, KnownAnswer.NO
NOT_ACKNOWLEDGED = TriageFacts(
    Nature.SERVICE,
    Scenario.SERVICE_WEAKNESS,
    service="Children's services",
    acknowledged=NO,
    risk_of_harm=NO,
    legal_duty_to_refer=NO,
    who_knows=frozenset({Capacity.CHIEF_EXECUTIVE}),
)
WILLING = TriageFacts(
    Nature.CORPORATE,
    Scenario.FINANCES_AND_CULTURE,
    acknowledged=YES,
    willing=YES,
    risk_of_harm=NO,
    legal_duty_to_refer=NO,
)
AT_RISK = TriageFacts(Nature.SERVICE, Scenario.SERVICE_WEAKNESS, risk_of_harm=YES)


@pytest.fixture
def lead(sqlite_world: World) -> Actor:
    return person(sqlite_world, Role.LEAD)


@pytest.fixture
def case(sqlite_world: World, lead: Actor) -> CaseHeader:
    logged = logged_case(sqlite_world, person(sqlite_world, Role.ASSOCIATE), authority(sqlite_world))
    return case_header(sqlite_world, lead, logged.case_id)


def owed(world: World, actor: Actor, case: CaseHeader) -> dict[DutyKind, date]:
    with world.reading(actor) as work:
        rows = work.session.scalars(select(Duty).where(Duty.case_id == case.id, Duty.state == DutyState.OPEN))
        return {row.kind: row.due_on for row in rows}


def test_a_triaged_case_keeps_its_facts_sealed_and_owes_the_first_duty_of_its_route(world: World) -> None:
    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    logged = logged_case(world, associate, authority(world), text="Thresholds are not understood.")
    sheet = open_triage(world, lead, logged.case_id)
    assert [said.text for said in sheet.concerns] == ["Thresholds are not understood."]
    assert (sheet.nature, sheet.last) == (Nature.SERVICE, None)
    assert what_follows(world, associate, logged.case_id).triage_by == date(2026, 11, 25)
    preview = suggest_route(world, lead, logged.case_id, NOT_ACKNOWLEDGED)
    assert preview.suggestion.route is Route.CONFIDENTIAL_DIALOGUE
    assert "RIEP" in preview.help.local_government
    save_draft(world, lead, draft_of_triage(logged.case_id), {"nature": ["service"]})
    decided = triage_case(
        world, lead, logged.case_id, sheet.case.version, NOT_ACKNOWLEDGED, Route.CONFIDENTIAL_DIALOGUE
    )
    assert decided.suggested is decided.decided
    header = case_header(world, lead, logged.case_id)
    assert (header.standing, header.route) == (Standing.TRIAGED, Route.CONFIDENTIAL_DIALOGUE)
    first = preview.first_duties[Route.CONFIDENTIAL_DIALOGUE]
    assert owed(world, lead, header) == {DutyKind.FIRST_CONTACT: first.due_on}
    assert header.due_on == first.due_on == date(2026, 11, 26)
    assert open_triage(world, lead, logged.case_id).last == NOT_ACKNOWLEDGED
    assert read_draft(world, lead, draft_of_triage(logged.case_id)) is None
    assert what_follows(world, associate, logged.case_id).triage_by is None
    with world.reading(lead) as work:
        entries = ledger.entries(work.session, logged.case_id)
        facts = [entry.facts for entry in entries if entry.type is Event.CASE_TRIAGED]
        assert len(facts) == 1
        assert (facts[0]["suggested"], facts[0]["decided"]) == (
            "confidential_dialogue",
            "confidential_dialogue",
        )


def test_a_lead_departs_from_the_suggestion_only_by_saying_why(
    sqlite_world: World, lead: Actor, case: CaseHeader
) -> None:
    with pytest.raises(Invalid) as refused:
        triage_case(sqlite_world, lead, case.id, case.version, WILLING, Route.RIEP_FACILITATED, "  ")
    assert list(refused.value.problems) == ["rationale"]
    triage_case(
        sqlite_world, lead, case.id, case.version, WILLING, Route.RIEP_FACILITATED, "The RIEP knows them."
    )
    with sqlite_world.reading(lead) as work:
        row = work.session.scalars(select(Triage)).one()
        assert (row.suggested, row.decided) == (Route.PEER_SUPPORT, Route.RIEP_FACILITATED)
        assert row.rationale == "The RIEP knows them."


def test_triaged_again_the_earlier_first_duty_gives_way_to_the_new_one(
    sqlite_world: World, lead: Actor, case: CaseHeader
) -> None:
    triage_case(sqlite_world, lead, case.id, case.version, NOT_ACKNOWLEDGED, Route.CONFIDENTIAL_DIALOGUE)
    again = case_header(sqlite_world, lead, case.id)
    with pytest.raises(Stale):
        triage_case(sqlite_world, lead, case.id, case.version, WILLING, Route.PEER_SUPPORT)
    triage_case(sqlite_world, lead, case.id, again.version, WILLING, Route.PEER_SUPPORT)
    assert list(owed(sqlite_world, lead, case)) == [DutyKind.MAKE_OFFER]
    with sqlite_world.reading(lead) as work:
        states = {row.kind: (row.state, row.owner_id) for row in work.session.scalars(select(Duty))}
    assert states[DutyKind.TRIAGE][0] is DutyState.DONE
    assert states[DutyKind.FIRST_CONTACT] == (DutyState.REPLACED, case.owner_id)
    # An associate may not make an offer, so the lead owes it.
    assert states[DutyKind.MAKE_OFFER][1] == lead.id


def test_triaged_again_a_follow_up_that_somebody_set_stays(world: World, clock: Clock) -> None:
    """A follow-up would vanish with its note, because the route before had one of its own."""
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world), Route.AUTHORITY_LED)
    clock.pass_days(1)
    schedule_followup(world, lead, case_id, None, date(2026, 12, 9), "Ring the leader before the budget.")
    clock.pass_days(1)
    triage_case(world, lead, case_id, None, WILLING, Route.PEER_SUPPORT)
    duties = case_page(world, lead, case_id).duties
    assert [(duty.kind, duty.note) for duty in duties] == [
        (DutyKind.MAKE_OFFER, ""),
        (DutyKind.FOLLOW_UP, "Ring the leader before the budget."),
    ]
    clock.pass_days(1)
    triage_case(world, lead, case_id, None, NOT_ACKNOWLEDGED, Route.CONFIDENTIAL_DIALOGUE)
    kinds = [duty.kind for duty in case_page(world, lead, case_id).duties]
    assert kinds == [DutyKind.FIRST_CONTACT, DutyKind.FOLLOW_UP]


def test_from_every_route_the_case_comes_to_the_first_duty_of_the_next_and_no_other(
    sqlite_world: World, clock: Clock
) -> None:
    """A duty of the route before would hang on, or the new route have none."""
    lead = person(sqlite_world, Role.LEAD)
    case_id = triaged_case(sqlite_world, lead, authority(sqlite_world))
    for decided in (*Route, *reversed(Route)):
        clock.pass_days(0.01)
        triage_case(sqlite_world, lead, case_id, None, NOT_ACKNOWLEDGED, decided, "Why.")
        kinds = [duty.kind for duty in case_page(sqlite_world, lead, case_id).duties]
        assert kinds == [FIRST_DUTY_ON_ROUTE[decided].kind]


def test_an_offer_that_awaits_its_answer_is_not_owed_a_second_time(
    sqlite_world: World, lead: Actor, case: CaseHeader
) -> None:
    triage_case(sqlite_world, lead, case.id, case.version, NOT_ACKNOWLEDGED, Route.CONFIDENTIAL_DIALOGUE)
    with sqlite_world.database.writing() as session:
        row = session.get_one(Case, case.id)
        row.standing = Standing.OFFER_MADE
        for duty in session.scalars(select(Duty).where(Duty.state == DutyState.OPEN)):
            duty.kind = DutyKind.ANSWER_TO_OFFER
    triage_case(sqlite_world, lead, case.id, None, WILLING, Route.PEER_SUPPORT)
    assert list(owed(sqlite_world, lead, case)) == [DutyKind.ANSWER_TO_OFFER]
    assert case_header(sqlite_world, lead, case.id).standing is Standing.OFFER_MADE


def test_people_at_risk_are_referred_today_and_a_departure_wins_no_time(
    sqlite_world: World, lead: Actor, case: CaseHeader
) -> None:
    today = sqlite_world.today
    preview = suggest_route(sqlite_world, lead, case.id, AT_RISK)
    assert preview.suggestion.route is Route.IMMEDIATE_REFERRAL
    assert preview.first_duties[Route.IMMEDIATE_REFERRAL].due_on == today
    assert preview.first_duties[Route.PEER_SUPPORT].due_on == date(2026, 11, 24)
    triage_case(sqlite_world, lead, case.id, case.version, AT_RISK, Route.IMMEDIATE_REFERRAL)
    assert owed(sqlite_world, lead, case) == {DutyKind.REFER_AT_ONCE: today}
    at_risk = case_header(sqlite_world, lead, case.id)
    assert at_risk.people_at_risk
    unknown = TriageFacts(Nature.SERVICE, Scenario.SERVICE_WEAKNESS)
    triage_case(sqlite_world, lead, case.id, at_risk.version, unknown, Route.CONFIDENTIAL_DIALOGUE)
    unknown_header = case_header(sqlite_world, lead, case.id)
    assert unknown_header.people_at_risk, "not knowing took the mark away"
    triage_case(
        sqlite_world, lead, case.id, unknown_header.version, NOT_ACKNOWLEDGED, Route.CONFIDENTIAL_DIALOGUE
    )
    assert not case_header(sqlite_world, lead, case.id).people_at_risk


def test_a_closed_case_is_not_triaged(sqlite_world: World, lead: Actor, case: CaseHeader) -> None:
    with sqlite_world.database.writing() as session:
        session.get_one(Case, case.id).standing = Standing.CLOSED
    with pytest.raises(Refused):
        open_triage(sqlite_world, lead, case.id)
    with pytest.raises(Refused):
        suggest_route(sqlite_world, lead, case.id, WILLING)
    with pytest.raises(Refused):
        triage_case(sqlite_world, lead, case.id, case.version, WILLING, Route.PEER_SUPPORT)


@pytest.mark.parametrize(
    ("role", "region", "walled"),
    [
        (Role.LEAD, Region.SOUTH_WEST, False),
        (Role.LEAD, Region.NORTH_EAST, True),
        (Role.ASSOCIATE, Region.NORTH_EAST, False),
        (Role.ADMINISTRATOR, None, False),
    ],
)
def test_nobody_but_a_lead_of_the_region_without_a_wall_triages(
    sqlite_world: World, case: CaseHeader, role: Role, region: Region | None, walled: bool
) -> None:
    other = person(sqlite_world, role, region, walled_from=case.lead_authority.id if walled else None)
    for attempt in (
        lambda: open_triage(sqlite_world, other, case.id),
        lambda: suggest_route(sqlite_world, other, case.id, WILLING),
        lambda: triage_case(sqlite_world, other, case.id, case.version, WILLING, Route.PEER_SUPPORT),
    ):
        with pytest.raises(NotFound):
            attempt()
