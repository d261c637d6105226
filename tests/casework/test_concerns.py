"""Logging a concern: what it begins, and who may not."""

from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.admission import case_to_change
from clearinghouse.casework.concerns import NewConcern, log_concern, who_will_see
from clearinghouse.casework.duties.setting import finish_duties
from clearinghouse.casework.errors import AlreadyDone, Invalid, InvariantBroken
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import DutyKind, Nature
from clearinghouse.records import ledger
from clearinghouse.records.base import new_id
from clearinghouse.records.cases import Case, Concern
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person


def test_a_logged_concern_is_read_again_and_a_lead_owes_its_triage(world: World) -> None:
    council = authority(world)
    associate = person(world, Role.ASSOCIATE)
    lead = person(world, Role.LEAD)
    case = logged_case(world, associate, council, text="Thresholds are not understood.")
    with world.reading(associate) as work:
        assert work.session.scalars(select(Concern)).one().text == "Thresholds are not understood."
        duty = work.session.scalars(select(Duty)).one()
        assert (duty.kind, duty.owner_id) == (DutyKind.TRIAGE, lead.id)
        found = work.session.get(Case, case.case_id)
        assert found is not None
        assert found.due_on == duty.due_on
        events = [entry.type for entry in ledger.entries(work.session, case.case_id)]
        assert events == [Event.DUTY_SET, Event.CONCERN_LOGGED]


def test_a_walled_off_lead_is_neither_named_nor_given_the_duty(world: World) -> None:
    council = authority(world)
    associate = person(world, Role.ASSOCIATE)
    person(world, Role.LEAD, walled_from=council)
    free = person(world, Role.LEAD, region=None)
    assert [lead.id for lead in who_will_see(world, associate, [council]).leads] == [free.id]


@pytest.mark.parametrize(
    ("region", "walled", "words"),
    [
        (Region.SOUTH_WEST, False, "This authority is in North East"),
        (Region.NORTH_EAST, True, "You are linked to this authority"),
    ],
)
def test_an_associate_of_another_region_or_linked_to_the_council_logs_nothing(
    sqlite_world: World, region: Region, walled: bool, words: str
) -> None:
    council = authority(sqlite_world)
    associate = person(sqlite_world, Role.ASSOCIATE, region, walled_from=council if walled else None)
    with pytest.raises(Invalid, match=words):
        logged_case(sqlite_world, associate, council)


def test_the_same_post_twice_logs_one_concern(world: World) -> None:
    council = authority(world)
    associate = person(world, Role.ASSOCIATE)
    posted = world.for_post(new_id())
    concern = NewConcern((council,), Nature.SERVICE, "Once.", "A call")
    log_concern(posted, associate, concern)
    with pytest.raises(AlreadyDone):
        log_concern(posted, associate, concern)
    with world.reading(associate) as work:
        assert len(work.session.scalars(select(Concern)).all()) == 1


def test_nothing_is_kept_that_would_leave_an_open_case_without_its_next_duty(world: World) -> None:
    """Wrong if a verb could let a case fall between stools (004 §19)."""
    lead = person(world, Role.LEAD)
    case = logged_case(world, lead, authority(world))
    with pytest.raises(InvariantBroken, match="next duty"):
        finish_everything(world, lead, case.case_id)
    with world.reading(lead) as work:
        assert work.session.scalars(select(Duty)).one().state is DutyState.OPEN


def finish_everything(world: World, lead: Actor, case_id: UUID) -> None:
    with world.unit_of_work(lead) as work:
        finish_duties(work, case_to_change(work, case_id, Permission.CASE_TRIAGE), *DutyKind)
