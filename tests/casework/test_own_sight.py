"""What a person can see and why: true to the policy table, and no hint of what they may not see."""

import pytest

from clearinghouse.access.decision import permissions_of
from clearinghouse.access.policy import POLICY
from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.links import LinkKind, declare_link
from clearinghouse.casework.own_sight import what_i_can_see, what_they_can_see
from clearinghouse.casework.world import World
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import again, person


@pytest.mark.parametrize("role", Role)
def test_every_permission_is_named_once_held_or_missing(sqlite_world: World, role: Role) -> None:
    """A permission that the page leaves out is one that nobody knows they have."""
    somebody = person(sqlite_world, role)
    seen = what_i_can_see(sqlite_world, somebody)
    held = [each for of_role in seen.roles for carried in of_role.carries for each in carried.permissions]
    assert sorted((*held, *seen.missing)) == sorted(POLICY)
    assert set(held) == permissions_of(somebody.grants)


def test_one_reads_ones_own_cases_and_in_which_capacity(world: World) -> None:
    """Whoever is on a case finds it here, by its header alone, and nobody else's."""
    associate, other = person(world, Role.ASSOCIATE), person(world, Role.ASSOCIATE)
    person(world, Role.LEAD)
    mine = logged_case(world, associate, authority(world, "Midthorpe Council"))
    logged_case(world, other, authority(world, "Elsewhere Council"))
    (case,) = what_i_can_see(world, associate).cases
    assert (case.reference, case.authority, case.is_closed) == (mine.reference, "Midthorpe", False)
    assert case.capacities


def test_a_case_behind_the_wall_is_not_there(world: World) -> None:
    """Somebody who was on a case and was then walled off would otherwise read here that it goes on."""
    council = authority(world)
    associate = person(world, Role.ASSOCIATE)
    logged_case(world, associate, council)
    walled = person(world, Role.LEAD, walled_from=council)
    declare_link(world, associate, associate.person, council, LinkKind.FAMILY)
    for somebody in (again(world, associate), walled):
        seen = what_i_can_see(world, somebody)
        assert (seen.cases, seen.more_cases) == ((), False)
        assert len(seen.walls) == 1


def test_a_wall_names_its_lineage_and_who_declared_it(world: World) -> None:
    """Nobody understands why a council is gone that they never had to do with, unless they are told."""
    old = authority(world, "Oldham Vale Council")
    authority(world, "Vale Council", replaces=(old,))
    associate = person(world, Role.ASSOCIATE)
    declare_link(world, associate, associate.person, old, LinkKind.COUNCILLOR)
    (wall,) = what_i_can_see(world, again(world, associate)).walls
    assert (wall.authority, wall.lineage, wall.declared_by) == ("Oldham Vale", ("Vale",), associate.name)


def test_an_administrator_learns_nothing_of_cases(world: World) -> None:
    """Not even how many: the same page whether the person is on a case or on none."""
    admin, associate = person(world, Role.ADMINISTRATOR, None), person(world, Role.ASSOCIATE)
    before = what_they_can_see(world, admin, associate.person)
    logged_case(world, associate, authority(world))
    after = what_they_can_see(world, admin, associate.person)
    assert before == after
    assert (after.cases, after.lifted) == ((), ())


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_else_looks_at_what_somebody_can_see(world: World, role: Role) -> None:
    """Whose wall stands where is between them and the administrators."""
    subject = person(world, Role.LEAD)
    with pytest.raises(NotFound):
        what_they_can_see(world, person(world, role), subject.person)


@pytest.mark.parametrize(
    ("role", "region", "words"),
    [
        (Role.ASSOCIATE, Region.LONDON, "Cases of other regions"),
        (Role.LEAD, None, "Who raised a concern, unless another lead named you"),
        (Role.COORDINATOR, None, "Only headers are shown"),
        (Role.REGULATOR, None, "No case"),
        (Role.POLITICAL_LEAD, Region.LONDON, "not in political brokerage"),
    ],
)
def test_what_is_not_there_is_said(
    sqlite_world: World, role: Role, region: Region | None, words: str
) -> None:
    """What one does not know of one cannot ask for."""
    somebody: Actor = person(sqlite_world, role, region)
    assert words in " ".join(what_i_can_see(sqlite_world, somebody).unseen)
