"""People and their roles: two administrators for every role, links that only grow, and a way in that works once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Actor, Grant, Region, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.links import LinkKind, declare_link, links_of
from clearinghouse.casework.people import accounts, invitations
from clearinghouse.casework.sign_in.password_rules import password_problem
from clearinghouse.casework.sign_in.second_factors import STEP, code_at
from clearinghouse.casework.sign_in.sessions import who
from clearinghouse.casework.staff import actor_of
from clearinghouse.casework.world import World
from clearinghouse.records.base import new_id
from clearinghouse.records.people import User, UserState
from tests.factories.authorities import authority
from tests.factories.people import again, person
from tests.worlds import Clock

LEAD = Grant(Role.LEAD, Region.LONDON)
GOOD = "copper lantern meadow"


@pytest.fixture
def admin(world: World) -> Actor:
    """One administrator."""
    return person(world, Role.ADMINISTRATOR, None)


@pytest.fixture
def other(world: World) -> Actor:
    """Another."""
    return person(world, Role.ADMINISTRATOR, None)


def token_of(invited: invitations.Invited) -> str:
    """What stands in the link."""
    return invited.link.rpartition("/")[2]


def joins(world: World, invited: invitations.Invited) -> str:
    """The invited person sets both factors; gives the token of their session."""
    token = token_of(invited)
    invitations.choose_password(world, token, GOOD)
    code = code_at(invitations.joining(world, token).secret, int(world.now().timestamp()) // STEP)
    return invitations.join(world, token, code).token


def test_a_role_waits_for_another_administrator(world: World, admin: Actor, other: Actor) -> None:
    """One administrator alone must not be able to make a reader of cases."""
    session = joins(world, invitations.invite(world, admin, "Ola@council.example", "Ola Brand", [LEAD]))
    found = who(world, session)
    assert found
    assert found.actor.grants == ()
    waiting = accounts.people_view(world, admin).waiting
    assert [(view.person, view.grant, view.may_confirm) for view in waiting] == [("Ola Brand", LEAD, False)]
    with pytest.raises(Refused, match="You proposed it"):
        accounts.confirm_grant(world, admin, waiting[0].id)
    assert accounts.people_view(world, other).waiting[0].may_confirm
    accounts.confirm_grant(world, other, waiting[0].id)
    assert who(world, session) is None, "a change of role ends the sessions before it"
    assert again(world, found.actor).grants == (LEAD,)


def test_nobody_is_confirmed_before_they_joined(world: World, admin: Actor, other: Actor) -> None:
    """Whoever holds the link could otherwise become the reader."""
    invitations.invite(world, admin, "ola@council.example", "Ola Brand", [LEAD])
    waiting = accounts.people_view(world, other).waiting[0]
    with pytest.raises(Refused, match="not joined"):
        accounts.confirm_grant(world, other, waiting.id)


def test_nobody_gives_themselves_a_role(world: World, admin: Actor, other: Actor) -> None:
    """An administrator reads no case, and cannot become one who does, not even with another's help in one step."""
    with pytest.raises(Refused, match="yourself"):
        accounts.propose_grant(world, admin, admin.person, LEAD)
    with pytest.raises(Invalid, match="reads no case"):
        accounts.propose_grant(world, other, admin.person, LEAD)


def test_a_second_administrator_is_needed_for_administrators_too(
    world: World, admin: Actor, other: Actor
) -> None:
    """An accomplice made by one administrator would otherwise be the second one."""
    session = joins(
        world,
        invitations.invite(world, admin, "acc@council.example", "Abe Cole", [Grant(Role.ADMINISTRATOR)]),
    )
    found = who(world, session)
    assert found
    assert not found.actor.has(Role.ADMINISTRATOR)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_administrators_see_people(world: World, admin: Actor, role: Role) -> None:
    """For everybody else the pages of people are not there."""
    outsider = person(world, role)
    for attempt in (
        lambda: accounts.people_view(world, outsider),
        lambda: accounts.person_view(world, outsider, admin.person),
        lambda: accounts.propose_grant(world, outsider, admin.person, LEAD),
        lambda: accounts.suspend(world, outsider, admin.person),
        lambda: invitations.invite(world, outsider, "x@y.example", "X", [LEAD]),
        lambda: links_of(world, outsider, admin.person),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_two_administrators_always_remain(world: World, admin: Actor, other: Actor) -> None:
    """With one left nobody could confirm a role any more."""
    with pytest.raises(Refused, match="two administrators"):
        accounts.suspend(world, admin, other.person)
    grant = accounts.person_view(world, admin, other.person).grants[0]
    with pytest.raises(Refused, match="two administrators"):
        accounts.end_grant(world, admin, grant.id)


def test_a_role_holds_from_its_first_to_its_last_day(
    world: World, admin: Actor, other: Actor, clock: Clock
) -> None:
    """Leavers keep nothing, and nobody begins early."""
    officer = person(world, Role.ASSOCIATE)
    first, last = world.today + timedelta(days=2), world.today + timedelta(days=4)
    accounts.propose_grant(world, admin, officer.person, LEAD, first, last)
    accounts.confirm_grant(world, other, accounts.people_view(world, other).waiting[0].id)
    held = []
    for _ in range(7):
        held.append(LEAD in again(world, officer).grants)
        clock.pass_days(1)
    assert held == [False, False, True, True, True, False, False]


@pytest.mark.parametrize(
    ("grant", "problem"),
    [
        (Grant(Role.ASSOCIATE, Region.NORTH_EAST), "already"),
        (Grant(Role.ADMINISTRATOR), "reads no case"),
        (Grant(Role.COORDINATOR, Region.LONDON), "national"),
    ],
)
def test_roles_that_cannot_be_proposed(world: World, admin: Actor, grant: Grant, problem: str) -> None:
    """Doubled, mixed and misplaced roles are refused where they are typed."""
    officer = person(world, Role.ASSOCIATE)
    with pytest.raises(Invalid, match=problem):
        accounts.propose_grant(world, admin, officer.person, grant)


def test_suspended_and_back(world: World, admin: Actor) -> None:
    """The roles stay for the return."""
    officer = person(world, Role.ASSOCIATE)
    accounts.suspend(world, admin, officer.person)
    assert accounts.person_view(world, admin, officer.person).is_suspended
    accounts.reinstate(world, admin, officer.person)
    assert again(world, officer).grants == officer.grants


def test_a_link_works_once_and_for_seven_days(world: World, admin: Actor, clock: Clock) -> None:
    """An old mail must open nothing."""
    invited = invitations.invite(world, admin, "ola@council.example", "Ola Brand", [LEAD])
    fresh = invitations.invite_again(world, admin, "ola@council.example")
    with pytest.raises(NotFound):
        invitations.joining(world, token_of(invited))
    joins(world, fresh)
    with pytest.raises(NotFound):
        invitations.joining(world, token_of(fresh))
    late = invitations.invite(world, admin, "late@council.example", "Lee Late", [LEAD])
    clock.pass_days(7)
    with pytest.raises(NotFound):
        invitations.joining(world, token_of(late))


@pytest.mark.parametrize(
    ("email", "name", "field"),
    [
        ("", "Ola Brand", "email"),
        ("not an address", "Ola Brand", "email"),
        ("a@b", "Ola Brand", "email"),
        ("ola@council.example\n.evil", "Ola Brand", "email"),
        ("TAKEN@council.example", "Ola Brand", "email"),
        ("ola@council.example", "  ", "name"),
    ],
)
def test_invitations_that_are_refused(world: World, admin: Actor, email: str, name: str, field: str) -> None:
    """Each problem is told at the field that it is about."""
    invitations.invite(world, admin, "taken@council.example", "Tia Kent", [LEAD])
    with pytest.raises(Invalid) as refused:
        invitations.invite(world, admin, email, name, [LEAD])
    assert set(refused.value.problems) == {field}


def test_the_operator_makes_the_first_administrators_and_lets_them_back_in(world: World) -> None:
    """What is done on the host counts at once, ends what was before, and everybody sees it."""
    admin_role = [Grant(Role.ADMINISTRATOR)]
    first = joins(world, invitations.invite(world, OPERATOR, "ann@council.example", "Ann Field", admin_role))
    found = who(world, first)
    assert found
    assert found.actor.has(Role.ADMINISTRATOR)
    again_in = invitations.recover(world, OPERATOR, "ann@council.example")
    assert who(world, first) is None
    back = who(world, joins(world, again_in))
    assert back
    assert [recovery.name for recovery in accounts.people_view(world, back.actor).recoveries] == ["Ann Field"]


def test_recovery_is_for_administrators_from_the_host(world: World, admin: Actor, other: Actor) -> None:
    """Nobody takes over a reader, and no administrator another administrator."""
    email = accounts.person_view(world, admin, person(world, Role.LEAD).person).email
    with pytest.raises(Refused, match="Only an administrator"):
        invitations.recover(world, OPERATOR, email)
    with pytest.raises(NotFound):
        invitations.recover(world, admin, accounts.person_view(world, admin, other.person).email)


def test_no_administrator_renews_the_link_of_one_who_is_let_back_in(
    world: World, admin: Actor, other: Actor
) -> None:
    """With it one administrator would hold two administrators' accounts, and confirm their own proposals."""
    email = accounts.person_view(world, admin, other.person).email
    invitations.recover(world, OPERATOR, email)
    with pytest.raises(Refused, match="from the host"):
        invitations.invite_again(world, admin, email)
    assert invitations.invite_again(world, OPERATOR, email)


def test_a_link_walls_off_at_once_and_only_grows(world: World, admin: Actor) -> None:
    """Neither its subject nor an administrator can shorten what was declared, and the lineage follows."""
    old = authority(world, "Oldham Vale Council")
    new = authority(world, "Vale Council", replaces=(old,))
    officer = person(world, Role.ASSOCIATE)
    declare_link(world, officer, officer.person, old, LinkKind.COUNCILLOR)
    assert again(world, officer).walled == {old, new}
    declare_link(world, admin, officer.person, old, LinkKind.COUNCILLOR, ended_on=date(2010, 5, 6))
    assert again(world, officer).walled == {old, new}
    assert [(link.until, link.holds) for link in links_of(world, officer, officer.person)] == [
        (date(2014, 5, 6), False),
        (None, True),
    ]


def test_a_link_holds_four_years_after_its_end(world: World, clock: Clock) -> None:
    """An earlier employer stays behind the wall for four years to the day."""
    council = authority(world)
    officer = person(world, Role.ASSOCIATE)
    declare_link(world, officer, officer.person, council, LinkKind.EMPLOYED, ended_on=date(2022, 11, 23))
    assert again(world, officer).walled == {council}
    clock.pass_days(1)
    assert again(world, officer).walled == frozenset()


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * 129,
        "aaaaaaaaaaaaaa",
        "Password1234",
        "P@ssw0rd-P@ssw0rd",
        "Letmein Please",
        "sunshine-sunshine99",
        "liverpoolfc1892",
        "LiverpoolFC1892",
        "correcthorsebatterystaple",
        "ola.brand is it",
        "my brand of tea",
        "the clearing house",
    ],
)
def test_passwords_that_are_refused(password: str) -> None:
    """Short, endless, common, leaked elsewhere, or made of what everybody knows about the person."""
    assert password_problem(password, "Ola Brand", "ola.brand@council.example")


@pytest.mark.parametrize(
    "password", [GOOD, "tr0mbone & mustard", "ÅÄÖ åäö blåbär saft", "onlysmallletters", "seven plums, " * 9]
)
def test_passwords_that_are_good(password: str) -> None:
    """Unrelated words in any language are welcome, of any signs, and long ones too."""
    assert password_problem(password, "Ola Brand", "ola.brand@council.example") is None


@pytest.mark.parametrize("way", ["suspension", "role"])
def test_two_administrators_remain_though_two_take_away_at_once(world: World, way: str) -> None:
    """Each would count the other's administrator as still there, and one alone would be left."""
    four = [person(world, Role.ADMINISTRATOR, None) for _ in range(3)]
    grants = {each.id: accounts.person_view(world, each, each.person).grants[0].id for each in four}
    together = Barrier(3)

    def take_away(number: int) -> bool:
        acting, target = four[number], four[(number + 1) % 3]
        posting = world.for_post(new_id())
        together.wait()
        try:
            if way == "role":
                accounts.end_grant(posting, acting, grants[target.id])
            else:
                accounts.suspend(posting, acting, target.person)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(take_away, range(3))) == 1
    with world.reading(OPERATOR) as work:
        held = [
            actor_of(work, user)
            for user in work.session.scalars(select(User))
            if user.state is UserState.ACTIVE
        ]
    assert sum(each.has(Role.ADMINISTRATOR) for each in held) == 2
