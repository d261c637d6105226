"""Correcting an authority: sight of the case moves with it, and nobody who lost sight is left owing anything."""

import pytest
from sqlalchemy import select

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.cases import case_list, case_page
from clearinghouse.casework.correction import Swap, correct_authority, preview_correction
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.listing import CaseFilter
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records import ledger
from clearinghouse.records.base import new_id
from clearinghouse.records.cases import Case, CaseMember, Correction
from clearinghouse.records.duties import Duty
from clearinghouse.records.events import Event
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person


def test_a_correction_to_another_region_moves_sight_owner_and_duties(world: World) -> None:
    wrong, right = authority(world), authority(world, "Oxtown Council", Region.SOUTH_WEST)
    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    colleague = person(world, Role.ASSOCIATE)
    heir = person(world, Role.LEAD, Region.SOUTH_WEST)
    case = logged_case(world, associate, wrong)
    add_to_case(world, lead, case.case_id, None, colleague.person, Membership.TEAM)

    preview = preview_correction(world, lead, case.case_id, Swap(wrong, right))
    assert (preview.gaining, preview.new_owner, preview.actor_loses) == ((heir.name,), heir.name, True)
    assert set(preview.losing) == {associate.name, colleague.name, lead.name}

    done = correct_authority(
        world, lead, case.case_id, None, Swap(wrong, right), "Two councils of like name."
    )
    assert not done.still_visible
    for gone in (associate, colleague, lead):
        assert case_list(world, gone, CaseFilter()).rows == ()
        with pytest.raises(NotFound):
            case_page(world, gone, case.case_id)
    header = case_header(world, heir, case.case_id)
    assert (header.lead_authority.id, header.regions, header.owner_id) == (
        right,
        (Region.SOUTH_WEST,),
        heir.id,
    )
    assert [row.id for row in case_list(world, heir, CaseFilter()).rows] == [case.case_id]
    with world.reading(heir) as work:
        assert set(work.session.scalars(select(Duty.owner_id))) == {heir.id}
        members = work.session.execute(select(CaseMember.user_id, CaseMember.membership)).all()
        assert [tuple(row) for row in members] == [(heir.id, Membership.OWNER)]
        assert work.session.scalars(select(Correction)).one().reason == "Two councils of like name."
        entry = ledger.entries(work.session, case.case_id, Event.CASE_CORRECTED)[0]
        assert (entry.facts["wrong"], entry.facts["right"]) == (str(wrong), str(right))
        assert set(entry.facts["left"]) == {str(associate.id), str(colleague.id)}  # type: ignore[call-overload]  # a list, as it was written


def test_within_a_region_only_those_whom_the_new_wall_stops_lose_sight(world: World) -> None:
    """What a walled-off lead owed passes to another lead, for only a lead may triage."""
    wrong, right = authority(world), authority(world, "Oxtown Council")
    walled = person(world, Role.LEAD, name="Ann Walled", walled_from=right)
    associate, free = person(world, Role.ASSOCIATE), person(world, Role.LEAD, name="Zoe Free")
    case = logged_case(world, associate, wrong)
    preview = preview_correction(world, free, case.case_id, Swap(wrong, right))
    assert (preview.losing, preview.gaining, preview.new_owner) == ((walled.name,), (), None)
    assert correct_authority(world, free, case.case_id, None, Swap(wrong, right), "Misheard.").still_visible
    with pytest.raises(NotFound):
        case_page(world, walled, case.case_id)
    with world.reading(free) as work:
        owed = work.session.scalars(select(Duty)).one()
        assert (owed.kind, owed.owner_id) == (DutyKind.TRIAGE, free.id)
        assert work.session.get_one(Case, case.case_id).owner_id == associate.id


def test_whom_the_old_wall_stopped_sees_the_case_after_the_correction(sqlite_world: World) -> None:
    wrong, right = authority(sqlite_world), authority(sqlite_world, "Oxtown Council")
    walled, lead = person(sqlite_world, Role.LEAD, walled_from=wrong), person(sqlite_world, Role.LEAD)
    case = logged_case(sqlite_world, person(sqlite_world, Role.ASSOCIATE), wrong)
    correct_authority(sqlite_world, lead, case.case_id, None, Swap(wrong, right), "Misheard.")
    assert case_page(sqlite_world, walled, case.case_id).reading is not None


def test_a_case_that_nobody_could_own_is_not_corrected(sqlite_world: World) -> None:
    wrong, right = authority(sqlite_world), authority(sqlite_world, "Oxtown Council", Region.SOUTH_WEST)
    associate, lead = person(sqlite_world, Role.ASSOCIATE), person(sqlite_world, Role.LEAD)
    person(sqlite_world, Role.LEAD, Region.SOUTH_WEST, walled_from=right)
    case = logged_case(sqlite_world, associate, wrong)
    with pytest.raises(Refused, match="no lead of South West is free"):
        correct_authority(sqlite_world, lead, case.case_id, None, Swap(wrong, right), "Misheard.")
    assert case_header(sqlite_world, associate, case.case_id).lead_authority.id == wrong


def test_what_cannot_be_swapped_is_said_at_its_field(sqlite_world: World) -> None:
    wrong, right = authority(sqlite_world), authority(sqlite_world, "Oxtown Council")
    lead = person(sqlite_world, Role.LEAD)
    case = logged_case(sqlite_world, person(sqlite_world, Role.ASSOCIATE), wrong)
    for swap, field in (
        (Swap(right, wrong), "wrong"),
        (Swap(wrong, wrong), "right"),
        (Swap(wrong, new_id()), "right"),
        (Swap(wrong, authority(sqlite_world, "Elsewhere", None)), "right"),
    ):
        with pytest.raises(Invalid) as refused:
            preview_correction(sqlite_world, lead, case.case_id, swap)
        assert list(refused.value.problems) == [field]
    with pytest.raises(Stale):
        correct_authority(sqlite_world, lead, case.case_id, 99, Swap(wrong, right), "Misheard.")


def test_only_a_lead_of_its_region_corrects_a_case(sqlite_world: World) -> None:
    wrong, right = authority(sqlite_world), authority(sqlite_world, "Oxtown Council")
    associate = person(sqlite_world, Role.ASSOCIATE)
    case = logged_case(sqlite_world, associate, wrong)
    others = [
        person(sqlite_world, role, None)
        for role in (Role.COORDINATOR, Role.AUDIT_OFFICER, Role.ADMINISTRATOR)
    ]
    for other in (associate, person(sqlite_world, Role.LEAD, Region.LONDON), *others):
        with pytest.raises(NotFound):
            correct_authority(sqlite_world, other, case.case_id, None, Swap(wrong, right), "Misheard.")
