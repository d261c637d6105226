"""Break-glass as truth tables: for leads of other regions, never past a wall, never the source, one case only."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from clearinghouse.access.break_glass import OPEN_FOR, Answer, may_break_glass
from clearinghouse.access.decision import CaseScope, Membership, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.policy import Reach
from clearinghouse.access.roles import Actor, Grant, Region, Role

ME, COUNCIL = uuid4(), uuid4()
HERE, ELSEWHERE = Region.NORTH_EAST, Region.SOUTH_WEST
CASE = CaseScope(frozenset({HERE}), frozenset({COUNCIL}))
ABSENT = CaseScope(frozenset(), frozenset())
OPENED = replace(CASE, opened=frozenset({ME}))


def me(*grants: tuple[Role, Region | None], walled: frozenset[UUID] = frozenset()) -> Actor:
    return Actor(ME, "Ada", grants=tuple(Grant(*each) for each in grants), walled=walled)


LEAD = me((Role.LEAD, ELSEWHERE))
BOTH = me((Role.LEAD, ELSEWHERE), (Role.COORDINATOR, None), walled=frozenset({COUNCIL}))
LIFTED = replace(CASE, lifted=frozenset({(ME, COUNCIL)}))


@pytest.mark.parametrize(
    ("actor", "case", "answer"),
    [
        (LEAD, CASE, Answer.OPENS),
        (LEAD, ABSENT, Answer.NOTHING),
        (me((Role.LEAD, ELSEWHERE), walled=frozenset({COUNCIL})), CASE, Answer.NOTHING),
        (me((Role.LEAD, HERE), walled=frozenset({COUNCIL})), CASE, Answer.NOTHING),
        (me((Role.LEAD, HERE)), CASE, Answer.READS_ALREADY),
        (me((Role.LEAD, None)), CASE, Answer.READS_ALREADY),
        (me((Role.LEAD, ELSEWHERE), (Role.LEAD, HERE)), CASE, Answer.READS_ALREADY),
        (me((Role.LEAD, None)), ABSENT, Answer.NOTHING),
        (me((Role.LEAD, ELSEWHERE), (Role.COORDINATOR, None)), CASE, Answer.OPENS),
        *((me((role, ELSEWHERE)), CASE, Answer.NOTHING) for role in Role if role is not Role.LEAD),
        (me((Role.ASSOCIATE, HERE)), CASE, Answer.NOTHING),
        (Actor(ME, "Ada"), CASE, Answer.NOTHING),
        (BOTH, LIFTED, Answer.NOTHING),
    ],
)
def test_what_comes_of_a_reference(actor: Actor, case: CaseScope, answer: Answer) -> None:
    assert may_break_glass(actor, case) is answer


@pytest.mark.parametrize(
    ("actor", "case", "allowed"),
    [
        (LEAD, OPENED, {Permission.CASE_HEADER, Permission.CASE_READ}),
        (LEAD, CASE, set()),
        (replace(LEAD, id=uuid4()), OPENED, set()),
        (replace(LEAD, walled=frozenset({COUNCIL})), OPENED, set()),
        (me((Role.ASSOCIATE, ELSEWHERE)), OPENED, set()),
        (me((Role.ADMINISTRATOR, None)), OPENED, set()),
        # What two leads lifted for a coordinator shows what coordinators see; broken glass adds nothing to it.
        (BOTH, replace(LIFTED, opened=frozenset({ME})), {Permission.CASE_HEADER}),
        (Actor(ME, "Ada"), OPENED, set()),
    ],
)
def test_what_is_open_is_read_and_nothing_more(
    actor: Actor, case: CaseScope, allowed: set[Permission]
) -> None:
    """The source, or a change, would come with it; or it would outlast the role."""
    of_cases = [
        each for each in Permission if each.value.startswith(("case:", "source:", "document:", "conv"))
    ]
    assert {each for each in of_cases if may(actor, each, case).allowed} == allowed


def test_the_ledger_is_told_that_it_was_break_glass() -> None:
    decision = may(LEAD, Permission.CASE_READ, OPENED)
    assert (decision.role, decision.reach) == (Role.LEAD, Reach.BREAK_GLASS)
    assert decision.right == "Lead, South West, by break-glass"


def test_an_ordinary_right_comes_first() -> None:
    """Who has come to read it by their role would be watched as one who broke in."""
    now_here = me((Role.LEAD, ELSEWHERE), (Role.LEAD, HERE))
    assert may(now_here, Permission.CASE_READ, OPENED).reach is Reach.REGION


def test_what_was_joined_into_it_stays_shut() -> None:
    """One reference would open several cases."""
    joined = replace(CASE, carried_on_in=CASE)
    assert not may(LEAD, Permission.CASE_READ, joined).allowed
    assert may(LEAD, Permission.CASE_READ, replace(joined, opened=frozenset({ME}))).allowed


def test_a_custodian_elsewhere_learns_no_source_by_it() -> None:
    case = replace(OPENED, members=frozenset({(ME, Membership.CUSTODIAN)}), loggers=frozenset({ME}))
    assert not may(LEAD, Permission.SOURCE_READ, case).allowed


def test_it_is_open_for_four_hours() -> None:
    assert timedelta(hours=4) == OPEN_FOR
