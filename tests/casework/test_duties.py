"""Who is given a duty: nobody is told to do what they may not do."""

from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.decision import Membership, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import CLOCK, Actor, Region, Role
from clearinghouse.casework.admission import scope_of
from clearinghouse.casework.assignment import change_owner, take_off_case
from clearinghouse.casework.duties.setting import NEEDED_FOR, owe
from clearinghouse.casework.staff import actor_of
from clearinghouse.casework.world import World
from clearinghouse.protocol.duties import NextDuty
from clearinghouse.protocol.vocabulary import DutyKind, Route
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.people import User, UserState
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.people import person


def owe_now(world: World, actor: Actor, case_id: UUID, kind: DutyKind) -> tuple[UUID, bool]:
    """Owe something; gives who owes it, and whether they may do it."""
    with world.unit_of_work(actor) as work:
        case = work.session.get_one(Case, case_id)
        owner = owe(work, case, NextDuty(kind, 5)).owner_id
        held = actor_of(work, work.session.get_one(User, owner))
        return owner, may(held, NEEDED_FOR[kind], scope_of(work, case)).allowed


@pytest.mark.parametrize("kind", list(DutyKind))
def test_whoever_owes_a_duty_may_do_it_whether_a_person_or_the_clock_sets_it(
    sqlite_world: World, kind: DutyKind
) -> None:
    """An associate would be chased for an offer that only a lead can make, and find no page for it."""
    council = authority(sqlite_world)
    person(sqlite_world, Role.LEAD, name="Ann Walled", walled_from=council)
    person(sqlite_world, Role.LEAD, Region.LONDON, name="Ann Elsewhere")
    associate = person(sqlite_world, Role.ASSOCIATE)
    first, acting = (person(sqlite_world, Role.LEAD, name=name) for name in ("Bea First", "Zoe Acting"))
    coordinator = person(sqlite_world, Role.COORDINATOR, None)
    case_id = logged_case(sqlite_world, associate, council).case_id
    got = [owe_now(sqlite_world, actor, case_id, kind) for actor in (associate, acting, CLOCK)]
    assert all(able for _, able in got)
    owners = [owner for owner, _ in got]
    if NEEDED_FOR[kind] is Permission.TEAM_ASSIGN:
        assert owners == [coordinator.id] * 3
    else:
        assert owners in ([associate.id] * 3, [first.id, acting.id, first.id])


def test_where_nobody_may_do_it_the_owner_keeps_it(sqlite_world: World) -> None:
    """The duty would be nobody's."""
    associate = person(sqlite_world, Role.ASSOCIATE)
    case_id = logged_case(sqlite_world, associate, authority(sqlite_world)).case_id
    assert owe_now(sqlite_world, associate, case_id, DutyKind.MAKE_OFFER) == (associate.id, False)


def test_whoever_has_left_is_given_nothing(sqlite_world: World) -> None:
    """What a case needs would wait for somebody who cannot sign in."""
    associate, lead = person(sqlite_world, Role.ASSOCIATE), person(sqlite_world, Role.LEAD)
    case_id = logged_case(sqlite_world, associate, authority(sqlite_world)).case_id
    with sqlite_world.unit_of_work(lead) as work:
        work.session.get_one(User, associate.id).state = UserState.SUSPENDED
    assert owe_now(sqlite_world, lead, case_id, DutyKind.FOLLOW_UP)[0] == lead.id


def test_a_new_owner_takes_over_only_what_they_may_do(world: World) -> None:
    """A case handed to an associate would hand them the offer too."""
    lead, other = person(world, Role.LEAD, name="Zoe Lead"), person(world, Role.LEAD, name="Ann Lead")
    associate = person(world, Role.ASSOCIATE)
    case_id = triaged_case(world, lead, authority(world), Route.PEER_SUPPORT)
    owe_now(world, lead, case_id, DutyKind.FOLLOW_UP)
    change_owner(world, other, case_id, None, associate.person, keep=True)
    take_off_case(world, other, case_id, None, lead.person, Membership.TEAM)
    with world.reading(other) as work:
        owed = {
            duty.kind: duty.owner_id
            for duty in work.session.scalars(select(Duty).where(Duty.state == DutyState.OPEN))
        }
    assert owed == {DutyKind.MAKE_OFFER: other.id, DutyKind.FOLLOW_UP: associate.id}
