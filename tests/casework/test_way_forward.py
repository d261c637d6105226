"""Handing to the RIEP, what is agreed with it, and advocacy: who may, and what is owed after."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.cases import case_page
from clearinghouse.casework.dialogue.riep import (
    NewAgreement,
    NewHandover,
    hand_to_riep,
    handover_sheet,
    record_way_forward,
)
from clearinghouse.casework.dialogue.way_forward import way_forward
from clearinghouse.casework.duties.followups import complete_duty
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.escalation.advocacy import NewAdvocacy, end_advocacy, stand_with_authority
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.world import World
from clearinghouse.protocol.advocacy import AdvocacyEnd, PeerReview
from clearinghouse.protocol.vocabulary import Body, Capacity, DutyKind, Nature, Route, Standing
from tests.factories.authorities import authority
from tests.factories.people import person
from tests.factories.routes import owed, reroute, routed_case

TODAY, SOON, LATER = date(2026, 11, 23), date(2026, 12, 1), date(2027, 1, 12)
AGREED = NewAgreement(TODAY, "canary-way-4410: an independent chair", LATER, "R. Hale", "Ten mentor days")
STANDS = NewAdvocacy(
    body=Body.AUDIT_COMMISSION,
    which_body="The regional office",
    priority="canary-priority-8123: reserves before new targets",
    position="The family agrees.",
    peer_review=PeerReview.COMMISSIONED,
    agreed_on=TODAY,
    agreed_with=Capacity.LEADER,
    agreed_by="Cllr Vale and the chair of the board",
    next_on=SOON,
)


def on_route(world: World, route: Route) -> tuple[Actor, Actor, UUID]:
    """An associate, a lead and a case on the route."""
    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    return associate, lead, routed_case(world, associate, lead, authority(world), route)


def test_an_officer_of_the_riep_is_put_on_the_case_and_owes_the_agreement(world: World) -> None:
    """The case would be handed to somebody who cannot open it, or to nobody."""
    associate, lead, case_id = on_route(world, Route.RIEP_FACILITATED)
    officer = person(world, Role.RIEP_OFFICER, name="Noor")
    assert owed(world, case_id)[DutyKind.HAND_TO_RIEP].owner_id == lead.id
    assert case_page(world, officer, case_id).reading is None
    hand_to_riep(world, lead, case_id, None, NewHandover(SOON, officer.person, note="Read the audit first."))
    after = owed(world, case_id)
    assert set(after) == {DutyKind.AGREE_WAY_FORWARD}
    assert (after[DutyKind.AGREE_WAY_FORWARD].owner_id, after[DutyKind.AGREE_WAY_FORWARD].due_on) == (
        officer.id,
        SOON,
    )
    assert way_forward(world, officer, case_id).handovers[0].note == "Read the audit first."
    with pytest.raises(Refused):
        complete_duty(world, officer, case_id, after[DutyKind.AGREE_WAY_FORWARD].id, "Done.", SOON)
    record_way_forward(world, officer, case_id, None, AGREED)
    after = owed(world, case_id)
    assert set(after) == {DutyKind.REVIEW}
    assert after[DutyKind.REVIEW].due_on == LATER
    assert case_header(world, lead, case_id).standing is Standing.SUPPORTED
    shown = way_forward(world, associate, case_id).agreements[0]
    assert (shown.way_forward, shown.support_begins) == (AGREED.way_forward, True)


def test_without_support_the_agreement_is_followed_up(sqlite_world: World) -> None:
    associate, lead, case_id = on_route(sqlite_world, Route.RIEP_FACILITATED)
    hand_to_riep(sqlite_world, lead, case_id, None, NewHandover(SOON, outside="Una Hale, RIEP"))
    assert owed(sqlite_world, case_id)[DutyKind.AGREE_WAY_FORWARD].owner_id == associate.id
    assert way_forward(sqlite_world, lead, case_id).handovers[0].to == "Una Hale, RIEP"
    record_way_forward(sqlite_world, associate, case_id, None, replace(AGREED, support=""))
    assert set(owed(sqlite_world, case_id)) == {DutyKind.FOLLOW_UP}
    assert case_header(sqlite_world, lead, case_id).standing is Standing.TRIAGED


def test_a_case_goes_only_to_officers_of_its_region_who_are_not_walled_off(world: World) -> None:
    _, lead, case_id = on_route(world, Route.RIEP_FACILITATED)
    council = case_header(world, lead, case_id).lead_authority.id
    here = person(world, Role.RIEP_OFFICER)
    walled = person(world, Role.RIEP_OFFICER, walled_from=council)
    elsewhere = person(world, Role.RIEP_OFFICER, Region.LONDON)
    coordinator = person(world, Role.COORDINATOR, None)
    assert [each.id for each in handover_sheet(world, lead, case_id).officers] == [here.id]
    for wrong in (walled, elsewhere, coordinator, person(world, Role.ASSOCIATE)):
        with pytest.raises(Invalid):
            hand_to_riep(world, lead, case_id, None, NewHandover(SOON, wrong.person))
    with pytest.raises(Invalid):
        hand_to_riep(world, lead, case_id, None, NewHandover(SOON))
    with pytest.raises(Invalid):
        hand_to_riep(world, lead, case_id, None, NewHandover(date(2026, 11, 20), here.person))


def test_nobody_else_hands_over_or_agrees(world: World) -> None:
    associate, _, case_id = on_route(world, Route.RIEP_FACILITATED)
    officer = person(world, Role.RIEP_OFFICER)
    outsiders = (
        officer,
        person(world, Role.ASSOCIATE),
        person(world, Role.ADMINISTRATOR, None),
        person(world, Role.POLITICAL_LEAD),
        person(world, Role.LEAD, Region.LONDON),
    )
    for outsider in (associate, *outsiders):
        with pytest.raises(NotFound):
            hand_to_riep(world, outsider, case_id, None, NewHandover(SOON, officer.person))
    for outsider in outsiders:
        with pytest.raises(NotFound):
            record_way_forward(world, outsider, case_id, None, AGREED)
        with pytest.raises(NotFound):
            way_forward(world, outsider, case_id)


def test_the_family_stands_with_an_authority_until_it_ends_for_a_reason(world: World) -> None:
    associate, lead, case_id = on_route(world, Route.ADVOCACY)
    assert owed(world, case_id)[DutyKind.ADVOCACY].owner_id == lead.id
    advocacy = stand_with_authority(world, lead, case_id, None, STANDS)
    after = owed(world, case_id)
    assert (set(after), after[DutyKind.FOLLOW_UP].due_on) == ({DutyKind.FOLLOW_UP}, SOON)
    shown = way_forward(world, associate, case_id).advocacies[0]
    assert (shown.priority, shown.end) == (STANDS.priority, None)
    end_advocacy(world, lead, case_id, None, advocacy, AdvocacyEnd.SETTLED, "They agreed.")
    shown = way_forward(world, lead, case_id).advocacies[0]
    assert (shown.end, shown.end_reason) == (AdvocacyEnd.SETTLED, "They agreed.")
    assert owed(world, case_id)  # an open case keeps its next date
    with pytest.raises(Refused):
        end_advocacy(world, lead, case_id, None, advocacy, AdvocacyEnd.SETTLED, "Again.")
    with pytest.raises(NotFound):
        end_advocacy(world, lead, case_id, None, uuid4(), AdvocacyEnd.SETTLED, "Which?")


def test_advocacy_is_agreed_with_nobody_whom_the_concern_is_about(sqlite_world: World) -> None:
    _, lead, case_id = on_route(sqlite_world, Route.ADVOCACY)
    reroute(sqlite_world, lead, case_id, Route.ADVOCACY, Nature.LEADER_AND_CHIEF_EXECUTIVE)
    with pytest.raises(Invalid) as wrong:
        stand_with_authority(sqlite_world, lead, case_id, None, STANDS)
    assert list(wrong.value.problems) == ["agreed_with"]
    late = replace(STANDS, agreed_with=Capacity.DEPUTY, agreed_on=SOON, next_on=date(2026, 11, 1))
    with pytest.raises(Invalid) as wrong:
        stand_with_authority(sqlite_world, lead, case_id, None, late)
    assert set(wrong.value.problems) == {"agreed_on", "next_on"}


def test_only_leads_of_the_region_speak_for_the_family(sqlite_world: World) -> None:
    associate, _, case_id = on_route(sqlite_world, Route.ADVOCACY)
    for outsider in (
        associate,
        person(sqlite_world, Role.ADMINISTRATOR, None),
        person(sqlite_world, Role.LEAD, Region.LONDON),
        person(sqlite_world, Role.POLITICAL_LEAD),
    ):
        with pytest.raises(NotFound):
            stand_with_authority(sqlite_world, outsider, case_id, None, STANDS)
