"""Who may do what with which case: the four questions as truth tables."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from clearinghouse.access.decision import CaseScope, Decision, Membership, may, may_enter, permissions_of
from clearinghouse.access.permissions import Openness, Permission
from clearinghouse.access.policy import POLICY, Reach
from clearinghouse.access.roles import CLOCK, OPERATOR, Actor, Grant, Region, Role

ME, OTHER, COUNCIL, SUCCESSOR = uuid4(), uuid4(), uuid4(), uuid4()
HERE, ELSEWHERE = Region.NORTH_EAST, Region.SOUTH_WEST
NOBODY: tuple[tuple[UUID, Membership], ...] = ()
ON_IT = ((ME, Membership.TEAM),)
CUSTODIAN = ((ME, Membership.CUSTODIAN),)


def me(role: Role, region: Region | None = HERE, walled: frozenset[UUID] = frozenset()) -> Actor:
    return Actor(ME, "Ada", grants=(Grant(role, region),), walled=walled)


def case(
    members: tuple[tuple[UUID, Membership], ...] = NOBODY, *, logger: UUID = OTHER, brokered: bool = False
) -> CaseScope:
    return CaseScope(
        regions=frozenset({HERE}),
        authorities=frozenset({COUNCIL}),
        members=frozenset(members),
        loggers=frozenset({logger}),
        brokered=brokered,
    )


@pytest.mark.parametrize(
    ("role", "region", "scope", "permission", "allowed"),
    [
        # an associate sees headers of the region and reads only what they are on
        (Role.ASSOCIATE, HERE, case(), Permission.CASE_HEADER, True),
        (Role.ASSOCIATE, HERE, case(), Permission.CASE_READ, False),
        (Role.ASSOCIATE, HERE, case(ON_IT), Permission.CASE_READ, True),
        (Role.ASSOCIATE, ELSEWHERE, case(), Permission.CASE_HEADER, False),
        (Role.ASSOCIATE, ELSEWHERE, case(ON_IT), Permission.CASE_READ, False),
        (Role.ASSOCIATE, HERE, case(ON_IT), Permission.CASE_TRIAGE, False),
        # a lead reads and decides in the region, or everywhere where the role is national
        (Role.LEAD, HERE, case(), Permission.CASE_READ, True),
        (Role.LEAD, HERE, case(), Permission.CASE_TRIAGE, True),
        (Role.LEAD, ELSEWHERE, case(), Permission.CASE_HEADER, False),
        (Role.LEAD, None, case(), Permission.CASE_READ, True),
        # a second lead of any region sees a referral for its one decision, and the case not at all
        (Role.LEAD, ELSEWHERE, case(), Permission.RISK_CONFIRM, True),
        # who raised a concern opens to who logged it and to a named custodian, not to the lead as such
        (Role.LEAD, HERE, case(), Permission.SOURCE_READ, False),
        (Role.LEAD, HERE, case(CUSTODIAN), Permission.SOURCE_READ, True),
        (Role.ASSOCIATE, HERE, case(CUSTODIAN), Permission.SOURCE_READ, True),
        (Role.ASSOCIATE, HERE, case(ON_IT), Permission.SOURCE_READ, False),
        (Role.ASSOCIATE, HERE, case(ON_IT, logger=ME), Permission.SOURCE_READ, True),
        # a coordinator sees headers everywhere and reads nothing
        (Role.COORDINATOR, HERE, case(), Permission.CASE_HEADER, True),
        (Role.COORDINATOR, ELSEWHERE, case(), Permission.TEAM_ASSIGN, True),
        (Role.COORDINATOR, None, case(ON_IT), Permission.CASE_READ, False),
        # a political lead sees brokered cases only, and reads those they are on
        (Role.POLITICAL_LEAD, HERE, case(), Permission.CASE_HEADER, False),
        (Role.POLITICAL_LEAD, HERE, case(brokered=True), Permission.CASE_HEADER, True),
        (Role.POLITICAL_LEAD, HERE, case(brokered=True), Permission.CASE_READ, False),
        (Role.POLITICAL_LEAD, HERE, case(ON_IT, brokered=True), Permission.CASE_READ, True),
        (Role.POLITICAL_LEAD, HERE, case(ON_IT), Permission.CASE_READ, False),
        # an audit officer sees headers, a regulator and an administrator nothing
        (Role.AUDIT_OFFICER, None, case(), Permission.CASE_HEADER, True),
        (Role.AUDIT_OFFICER, None, case(), Permission.CASE_READ, False),
        (Role.REGULATOR, None, case(ON_IT), Permission.CASE_HEADER, False),
        (Role.ADMINISTRATOR, None, case(ON_IT), Permission.CASE_HEADER, False),
    ],
)
def test_role_region_and_need_to_know(
    role: Role, region: Region | None, scope: CaseScope, permission: Permission, allowed: bool
) -> None:
    assert may(me(role, region), permission, scope).allowed is allowed


@pytest.mark.parametrize("permission", list(Permission))
@pytest.mark.parametrize("role", list(Role))
def test_a_wall_comes_before_every_right(role: Role, permission: Permission) -> None:
    walled = me(role, None, walled=frozenset({COUNCIL, SUCCESSOR}))
    everything = case((*ON_IT, *CUSTODIAN, (ME, Membership.OWNER)), logger=ME, brokered=True)
    assert not may(walled, permission, everything).allowed


def test_an_administrator_carries_no_permission_about_cases() -> None:
    assert not {each for each in Permission if each.value.startswith(("case:", "source:"))} & permissions_of(
        [Grant(Role.ADMINISTRATOR)]
    )


def test_an_administrator_is_refused_every_permission_on_every_case() -> None:
    of_cases = [p for p, row in POLICY.items() if Role.ADMINISTRATOR not in row]
    assert not any(may(me(Role.ADMINISTRATOR, None), each, case(ON_IT)).allowed for each in of_cases)
    assert set(POLICY) - set(of_cases) == {
        Permission.GRANT_REVIEW,
        Permission.USER_MANAGE,
        Permission.SETTING_MANAGE,
    }


def test_somebody_whose_roles_ended_enters_nothing() -> None:
    gone = Actor(ME, "Ada")
    assert not any(may_enter(gone, each) for each in Permission)
    assert may_enter(gone, Openness.SIGNED_IN)


def test_the_operator_holds_no_right_on_a_case_and_the_clock_acts_on_all() -> None:
    assert not any(may(OPERATOR, each, case()).allowed for each in Permission)
    assert may(CLOCK, Permission.OFFER_MAKE, case()) == Decision(allowed=True, right="the clock")


def test_every_permission_stands_in_the_table_and_has_words() -> None:
    assert set(POLICY) == set(Permission)
    assert all(permission.words for permission in Permission)


def test_the_ledger_is_told_by_which_role_and_reach() -> None:
    """The last use of a role, by which its review tells what is needed, would be of no role."""
    held = Actor(ME, "Ada", grants=(Grant(Role.ASSOCIATE, ELSEWHERE), Grant(Role.LEAD, HERE)))
    decision = may(held, Permission.CASE_READ, case())
    assert (decision.role, decision.reach) == (Role.LEAD, Reach.REGION)
    assert held.has(Role.ASSOCIATE)
    assert held.has(Role.LEAD)
    assert not held.has(Role.ADMINISTRATOR)


def test_the_right_is_said_in_words() -> None:
    assert may(me(Role.LEAD), Permission.CASE_READ, case()).right == "Lead, North East"
    assert (
        may(me(Role.ASSOCIATE), Permission.CASE_READ, case(ON_IT)).right == "On the case, regional associate"
    )


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [
        (Permission.CASE_READ, True),
        (Permission.CASE_HEADER, True),
        (Permission.SOURCE_READ, False),
        (Permission.CASE_ASSIGN, False),
        (Permission.DOCUMENT_ADD, False),
    ],
)
def test_who_reads_the_case_that_goes_on_reads_what_was_joined_into_it_and_changes_nothing(
    permission: Permission, allowed: bool
) -> None:
    elsewhere = CaseScope(frozenset({ELSEWHERE}), frozenset({SUCCESSOR}), carried_on_in=case(ON_IT))
    assert may(me(Role.ASSOCIATE), permission, elsewhere).allowed is allowed
    assert not may(me(Role.COORDINATOR, None), Permission.CASE_READ, elsewhere).allowed
    assert not may(replace(me(Role.ASSOCIATE), walled=frozenset({COUNCIL})), permission, elsewhere).allowed


@pytest.mark.parametrize("permission", Permission)
def test_a_page_opens_to_the_roles_of_its_row_and_to_no_other(permission: Permission) -> None:
    assert {role for role in Role if may_enter(me(role), permission)} == set(POLICY[permission])


def test_what_is_addressed_to_somebody_reaches_no_case() -> None:
    assert not may(me(Role.REGULATOR, None), Permission.PACK_COLLECT, case(ON_IT)).allowed


def test_a_role_that_needs_no_place_on_the_case_is_named_without_one() -> None:
    assert may(me(Role.LEAD), Permission.CASE_READ, case(ON_IT)).right == "Lead, North East"
