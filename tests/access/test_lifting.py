"""When a wall may be lifted, as truth tables: never one's own, never by one alone, never by who is linked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from clearinghouse.access.decision import CaseScope, is_linked, is_walled, may
from clearinghouse.access.lifting import (
    ANSWERED_WITHIN,
    REFUSAL_STANDS,
    Length,
    LiftingFacts,
    LiftProblem,
    has_lapsed,
    may_answer,
    may_ask,
    would_see,
)
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Grant, Region, Role

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
COUNCIL, OTHER = uuid4(), uuid4()
HERE, ELSEWHERE = Region.NORTH_EAST, Region.SOUTH_WEST
LINKED = frozenset({COUNCIL})
CASE = CaseScope(frozenset({HERE}), frozenset({COUNCIL, OTHER}))


def actor(role: Role, region: Region | None = HERE, walled: frozenset[UUID] = frozenset()) -> Actor:
    return Actor(uuid4(), role.words, grants=(Grant(role, region),), walled=walled)


PERSON = actor(Role.ASSOCIATE, walled=LINKED)
ASKER, SECOND = actor(Role.LEAD), actor(Role.LEAD, ELSEWHERE)
ASKED = LiftingFacts(PERSON, ASKER, NOW)


def lifted(*pairs: tuple[Actor, UUID]) -> CaseScope:
    return replace(CASE, lifted=frozenset((person.person, council) for person, council in pairs))


@pytest.mark.parametrize(
    ("scope", "walled", "sees"),
    [
        (CASE, frozenset({COUNCIL}), False),
        (lifted((PERSON, COUNCIL)), frozenset({COUNCIL}), True),
        (lifted((PERSON, COUNCIL)), frozenset({COUNCIL, OTHER}), False),
        (lifted((PERSON, COUNCIL), (PERSON, OTHER)), frozenset({COUNCIL, OTHER}), True),
        (lifted((PERSON, OTHER)), frozenset({COUNCIL}), False),
        (lifted((ASKER, COUNCIL)), frozenset({COUNCIL}), False),
        (CASE, frozenset({uuid4()}), True),
    ],
)
def test_what_is_lifted_is_lifted_for_one_person_and_one_authority(
    scope: CaseScope, walled: frozenset[UUID], sees: bool
) -> None:
    person = replace(PERSON, walled=walled)
    assert may(person, Permission.CASE_HEADER, scope).allowed is sees
    assert is_walled(person, scope) is not sees
    assert is_linked(person, scope) is bool(walled & CASE.authorities)


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        (Role.ASSOCIATE, Permission.CASE_HEADER, True),
        (Role.ASSOCIATE, Permission.CASE_READ, False),
        (Role.LEAD, Permission.CASE_READ, True),
        (Role.LEAD, Permission.SOURCE_READ, False),
        (Role.COORDINATOR, Permission.CASE_READ, False),
        (Role.ADMINISTRATOR, Permission.CASE_HEADER, False),
    ],
)
def test_lifting_a_wall_gives_no_role(role: Role, permission: Permission, allowed: bool) -> None:
    person = actor(role, walled=LINKED)
    assert may(person, permission, lifted((person, COUNCIL))).allowed is allowed


@pytest.mark.parametrize(
    ("asker", "person", "given", "problem"),
    [
        (ASKER, PERSON, {}, None),
        (PERSON, PERSON, {}, LiftProblem.OWN),
        (replace(ASKER, walled=LINKED), PERSON, {}, LiftProblem.LINKED),
        (ASKER, None, {}, LiftProblem.NO_ROLE),
        (ASKER, actor(Role.ASSOCIATE, ELSEWHERE, LINKED), {}, LiftProblem.NO_ROLE),
        (ASKER, actor(Role.ADMINISTRATOR, None, LINKED), {}, LiftProblem.NO_ROLE),
        (ASKER, actor(Role.REGULATOR, None, LINKED), {}, LiftProblem.NO_ROLE),
        (ASKER, actor(Role.COORDINATOR, None, LINKED), {}, None),
        (ASKER, actor(Role.ASSOCIATE), {}, LiftProblem.NO_WALL),
        (ASKER, PERSON, {"waits": True}, LiftProblem.WAITS),
        (ASKER, PERSON, {"refused_at": NOW}, LiftProblem.REFUSED),
        (ASKER, PERSON, {"refused_at": NOW - REFUSAL_STANDS + INSTANT}, LiftProblem.REFUSED),
        (ASKER, PERSON, {"refused_at": NOW - REFUSAL_STANDS}, None),
    ],
)
def test_who_may_ask_and_for_whom(
    asker: Actor, person: Actor | None, given: dict[str, object], problem: LiftProblem | None
) -> None:
    asked = {"waits": False, "refused_at": None, "now": NOW} | given
    assert may_ask(asker, person, CASE, **asked) is problem  # type: ignore[arg-type]  # as given


def test_a_lead_whose_own_wall_is_lifted_decides_for_nobody_else() -> None:
    """Who was let in for a time would let others in."""
    linked = replace(ASKER, walled=LINKED)
    case = lifted((linked, COUNCIL))
    assert may(linked, Permission.WALL_LIFT, case).allowed
    assert may_ask(linked, PERSON, case, waits=False, refused_at=None, now=NOW) is LiftProblem.LINKED
    assert may_answer(linked, replace(ASKED, asked_by=SECOND), case, NOW) is LiftProblem.LINKED
    assert may_answer(SECOND, replace(ASKED, asked_by=linked), case, NOW) is LiftProblem.ASKER_GONE


def test_nothing_is_lifted_twice_at_once() -> None:
    case = lifted((PERSON, COUNCIL))
    assert may_ask(ASKER, PERSON, case, waits=False, refused_at=None, now=NOW) is LiftProblem.NO_WALL
    assert may_answer(SECOND, ASKED, case, NOW) is LiftProblem.NO_WALL


@pytest.mark.parametrize(
    ("second", "asked", "at", "problem"),
    [
        (SECOND, ASKED, NOW, None),
        (actor(Role.LEAD), ASKED, NOW, None),
        (ASKER, ASKED, NOW, LiftProblem.SAME_LEAD),
        (PERSON, ASKED, NOW, LiftProblem.OWN),
        (replace(SECOND, walled=LINKED), ASKED, NOW, LiftProblem.LINKED),
        (SECOND, replace(ASKED, over=True), NOW, LiftProblem.OVER),
        (SECOND, ASKED, NOW + ANSWERED_WITHIN, LiftProblem.OVER),
        (SECOND, ASKED, NOW + ANSWERED_WITHIN - INSTANT, None),
        (SECOND, replace(ASKED, asked_by=None), NOW, LiftProblem.ASKER_GONE),
        (SECOND, replace(ASKED, asked_by=replace(ASKER, walled=LINKED)), NOW, LiftProblem.ASKER_GONE),
        (SECOND, replace(ASKED, asked_by=actor(Role.LEAD, ELSEWHERE)), NOW, LiftProblem.ASKER_GONE),
        (SECOND, replace(ASKED, asked_by=actor(Role.ASSOCIATE)), NOW, LiftProblem.ASKER_GONE),
        (SECOND, replace(ASKED, person=None), NOW, LiftProblem.NO_ROLE),
        (SECOND, replace(ASKED, person=replace(PERSON, grants=())), NOW, LiftProblem.NO_ROLE),
        (SECOND, replace(ASKED, person=replace(PERSON, walled=frozenset())), NOW, LiftProblem.NO_WALL),
    ],
)
def test_who_may_be_the_second_lead(
    second: Actor, asked: LiftingFacts, at: datetime, problem: LiftProblem | None
) -> None:
    assert may_answer(second, asked, CASE, at) is problem


def test_a_request_lapses_after_a_week() -> None:
    assert timedelta(days=7) == ANSWERED_WITHIN == REFUSAL_STANDS
    assert not has_lapsed(NOW, NOW + ANSWERED_WITHIN - INSTANT)
    assert has_lapsed(NOW, NOW + ANSWERED_WITHIN)


def test_lengths_are_a_closed_list_of_thirty_days_at_most() -> None:
    assert [(each.time.days, each.words) for each in Length] == [
        (1, "1 day"),
        (3, "3 days"),
        (7, "7 days"),
        (14, "14 days"),
        (30, "30 days"),
    ]


def test_who_would_see_it_is_asked_of_their_roles_alone() -> None:
    assert would_see(PERSON, CASE)
    assert not would_see(actor(Role.ASSOCIATE, ELSEWHERE), CASE)
    clock = replace(PERSON, walled=frozenset({COUNCIL, OTHER}))
    assert would_see(clock, CASE)


def test_every_problem_is_a_sentence() -> None:
    assert all(each.words == each.value and each.words.endswith(".") for each in LiftProblem)
