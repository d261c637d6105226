"""Political brokerage: what a political lead sees, does and owes, and that it all ends with the route."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.assignment import add_to_case, change_owner
from clearinghouse.casework.cases import case_list, case_page
from clearinghouse.casework.dialogue.brokerage import (
    NewAsk,
    NewTalk,
    ask_political_lead,
    brokerage_page,
    brokered_cases,
    political_leads,
    record_talk,
)
from clearinghouse.casework.dialogue.way_forward import way_forward
from clearinghouse.casework.duties.agenda import agenda
from clearinghouse.casework.duties.followups import schedule_followup, who_may_owe
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.listing import CaseFilter
from clearinghouse.casework.world import World
from clearinghouse.protocol.brokerage import BrokerageOutcome, BrokeredWith
from clearinghouse.protocol.vocabulary import DutyKind, Route
from clearinghouse.records import ledger
from clearinghouse.records.events import Event
from clearinghouse.records.sealed import Compartment
from tests.factories.authorities import authority
from tests.factories.people import person
from tests.factories.routes import owed, reroute, routed_case

TODAY, LATER = date(2026, 11, 23), date(2026, 12, 1)
ASK = "canary-ask-7718: bring the two group leaders to one table"
NOTE = "canary-talk-9034: each would move if the other moved first"
TALK = NewTalk(
    TODAY,
    held=True,
    brokered_with=frozenset({BrokeredWith.GROUP_LEADERS}),
    next_on=LATER,
    outcome=BrokerageOutcome.GOES_ON,
    names="Cllr Vale",
    note=NOTE,
)


def brokered(world: World) -> tuple[Actor, Actor, UUID]:
    """A lead, a political lead and a case that the lead routed to brokerage."""
    political, lead = person(world, Role.POLITICAL_LEAD, name="Grace"), person(world, Role.LEAD)
    associate = person(world, Role.ASSOCIATE)
    case_id = routed_case(world, associate, lead, authority(world), Route.POLITICAL_BROKERAGE)
    return lead, political, case_id


def asked(world: World) -> tuple[Actor, Actor, UUID]:
    lead, political, case_id = brokered(world)
    ask_political_lead(world, lead, case_id, None, NewAsk(political.person, ASK, LATER))
    return lead, political, case_id


def test_the_political_lead_is_found_and_sees_the_header_alone(world: World) -> None:
    """Nobody would broker, or the political lead would read what was said in confidence."""
    lead, political, case_id = brokered(world)
    assert owed(world, case_id)[DutyKind.POLITICAL_BROKERAGE].owner_id == political.id
    assert [row.id for row in brokered_cases(world, political)] == [case_id]
    assert case_page(world, political, case_id).reading is None
    shown = brokerage_page(world, political, case_id)
    assert (shown.ask, shown.talks) == (None, ())
    assert [each.id for each in political_leads(world, lead, case_id)] == [political.id]


def test_only_what_is_asked_is_shown_and_only_to_whom_it_is_asked_of(world: World) -> None:
    _, political, case_id = asked(world)
    other = person(world, Role.POLITICAL_LEAD)
    shown = brokerage_page(world, political, case_id)
    assert shown.ask is not None
    assert shown.ask.asked == ASK
    assert "Thresholds" not in repr(shown)
    assert brokered_cases(world, political)[0].is_asked_of_me
    theirs = brokerage_page(world, other, case_id)
    assert theirs.ask is not None
    assert theirs.ask.asked is None
    assert ASK not in repr(theirs) + repr(brokered_cases(world, other))
    with pytest.raises(NotFound):
        way_forward(world, political, case_id)
    with world.reading(OPERATOR) as work:
        opened = ledger.entries(work.session, case_id, Event.CASE_OPENED)
        mine = [each for each in opened if each.facts["compartment"] == Compartment.BROKERAGE]
    assert [each.actor for each in mine] == [str(political.id)]


def test_a_new_ask_holds_instead_of_the_one_before(world: World) -> None:
    lead, political, case_id = asked(world)
    second = person(world, Role.POLITICAL_LEAD)
    ask_political_lead(world, lead, case_id, None, NewAsk(second.person, "Begin anew.", LATER))
    assert owed(world, case_id)[DutyKind.POLITICAL_BROKERAGE].owner_id == second.id
    shown = brokerage_page(world, political, case_id)
    assert shown.ask is not None
    assert (shown.ask.asked, shown.ask.of) == (None, second.name)


@pytest.mark.parametrize(
    ("outcome", "held", "follows"),
    [
        (BrokerageOutcome.GOES_ON, True, DutyKind.POLITICAL_BROKERAGE),
        (None, False, DutyKind.POLITICAL_BROKERAGE),
        (BrokerageOutcome.AGREED, True, DutyKind.FOLLOW_UP),
        (BrokerageOutcome.NOT_AGREED, True, DutyKind.FOLLOW_UP),
    ],
)
def test_a_talk_ends_what_was_owed_and_dates_what_comes_next(
    sqlite_world: World, outcome: BrokerageOutcome | None, held: bool, follows: DutyKind
) -> None:
    _, political, case_id = asked(sqlite_world)
    record_talk(sqlite_world, political, case_id, None, replace(TALK, held=held, outcome=outcome))
    after = owed(sqlite_world, case_id)
    assert set(after) == {follows}
    assert after[follows].due_on == LATER
    assert (after[follows].owner_id == political.id) == (follows is DutyKind.POLITICAL_BROKERAGE)


def test_talks_are_read_by_who_recorded_them_and_who_reads_the_case(world: World) -> None:
    lead, political, case_id = asked(world)
    other = person(world, Role.POLITICAL_LEAD)
    record_talk(world, political, case_id, None, TALK)
    assert brokerage_page(world, political, case_id).talks[0].note == NOTE
    assert brokerage_page(world, lead, case_id).talks[0].names == "Cllr Vale"
    assert brokerage_page(world, other, case_id).talks == ()
    found = way_forward(world, lead, case_id).brokerage
    assert found is not None
    assert found.talks[0].note == NOTE


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"held_on": LATER}, "held_on"),
        ({"brokered_with": frozenset()}, "brokered_with"),
        ({"outcome": None}, "outcome"),
        ({"note": ""}, "note"),
        ({"next_on": date(2026, 11, 20)}, "next_on"),
    ],
)
def test_what_is_missing_of_a_talk_is_said_beside_its_field(
    sqlite_world: World, change: dict[str, object], field: str
) -> None:
    _, political, case_id = brokered(sqlite_world)
    with pytest.raises(Invalid) as wrong:
        record_talk(sqlite_world, political, case_id, None, replace(TALK, **change))  # type: ignore[arg-type]  # as given
    assert list(wrong.value.problems) == [field]


def test_once_the_route_is_another_the_political_lead_sees_nothing_of_the_case(world: World) -> None:
    """Whoever was asked once would go on reading a case that is no longer theirs."""
    lead, political, case_id = asked(world)
    add_to_case(world, lead, case_id, None, political.person, Membership.TEAM)
    record_talk(world, political, case_id, None, TALK)
    assert case_page(world, political, case_id).reading is not None
    reroute(world, lead, case_id, Route.PEER_SUPPORT)
    for look in (
        lambda: case_header(world, political, case_id),
        lambda: case_page(world, political, case_id),
        lambda: brokerage_page(world, political, case_id),
        lambda: record_talk(world, political, case_id, None, TALK),
    ):
        with pytest.raises(NotFound):
            look()
    assert brokered_cases(world, political) == ()
    assert case_list(world, political, CaseFilter()).rows == ()
    assert agenda(world, political).days == ()
    after = owed(world, case_id)
    assert DutyKind.POLITICAL_BROKERAGE not in after
    assert political.id not in {duty.owner_id for duty in after.values()}
    with pytest.raises(Refused):
        record_talk(world, lead, case_id, None, TALK)
    found = way_forward(world, lead, case_id).brokerage
    assert found is not None
    assert found.talks[0].note == NOTE  # it stays for those who read the case


def test_a_political_lead_who_owns_the_case_loses_it_with_the_route(world: World) -> None:
    lead, political, case_id = brokered(world)
    change_owner(world, lead, case_id, None, political.person, keep=True)
    reroute(world, lead, case_id, Route.CONFIDENTIAL_DIALOGUE)
    assert case_header(world, lead, case_id).owner_id == lead.id
    with pytest.raises(NotFound):
        case_header(world, political, case_id)


def test_nobody_else_asks_lists_or_talks(world: World) -> None:
    lead, political, case_id = asked(world)
    council = case_header(world, lead, case_id).lead_authority.id
    walled = person(world, Role.POLITICAL_LEAD, walled_from=council)
    assert walled.id not in {each.id for each in political_leads(world, lead, case_id)}
    with pytest.raises(Invalid):
        ask_political_lead(world, lead, case_id, None, NewAsk(walled.person, "Talk.", LATER))
    outsiders = (
        walled,
        person(world, Role.POLITICAL_LEAD, Region.LONDON),
        person(world, Role.ADMINISTRATOR, None),
        person(world, Role.ASSOCIATE),
        person(world, Role.AUDIT_OFFICER, None),
        person(world, Role.LEAD, Region.LONDON),
    )
    for outsider in outsiders:
        assert brokered_cases(world, outsider) == ()
        with pytest.raises(NotFound):
            brokerage_page(world, outsider, case_id)
        with pytest.raises(NotFound):
            record_talk(world, outsider, case_id, None, TALK)
    with pytest.raises(NotFound):
        ask_political_lead(world, political, case_id, None, NewAsk(political.person, "Me.", LATER))


def test_a_political_lead_is_not_told_who_else_is_on_the_case(sqlite_world: World) -> None:
    """The names to choose from for a follow-up would say who knows the council, and who perhaps knows the source."""
    lead, broker, case_id = brokered(sqlite_world)
    on_case = person(sqlite_world, Role.ASSOCIATE)
    add_to_case(sqlite_world, lead, case_id, None, on_case.person, Membership.TEAM)
    assert on_case.id in {each.id for each in who_may_owe(sqlite_world, lead, case_id)}
    owner = case_header(sqlite_world, broker, case_id).owner_id
    assert {each.id for each in who_may_owe(sqlite_world, broker, case_id)} == {lead.id, broker.id, owner}
    with pytest.raises(Invalid):
        schedule_followup(
            sqlite_world, broker, case_id, None, date(2026, 12, 1), "Ring.", owner_id=on_case.person
        )
