"""Whoever leaves because time passed hands over on that day: a role at its end, an account that nobody used."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import CLOCK, OPERATOR, Actor, Role
from clearinghouse.casework.clock import tick
from clearinghouse.casework.duties.followups import schedule_followup
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.people import departures
from clearinghouse.casework.people.accounts import person_view, reinstate
from clearinghouse.casework.sign_in.sessions import begin_session, who
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.records import ledger
from clearinghouse.records.duties import Duty, DutyState, Letter
from clearinghouse.records.events import Event
from clearinghouse.records.people import RoleGrant, User, UserState
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import again, person
from tests.worlds import Clock

LAST_DAY = date(2026, 11, 25)


def ends_on(world: World, who_leaves: Actor, day: date) -> None:
    with world.unit_of_work(OPERATOR) as work:
        held = select(RoleGrant).where(RoleGrant.user_id == who_leaves.person)
        work.session.scalars(held).one().ends_on = day


def owners(world: World, case_id: UUID) -> set[UUID]:
    with world.reading(CLOCK) as work:
        open_ = (Duty.case_id == case_id, Duty.state == DutyState.OPEN)
        return set(work.session.scalars(select(Duty.owner_id).where(*open_)))


def events(world: World, somebody: Actor, *kinds: Event) -> list[ledger.Entry]:
    with world.reading(CLOCK) as work:
        return ledger.entries(work.session, somebody.person, *kinds)


def letters(world: World, *kinds: str) -> Counter[tuple[UUID, str]]:
    with world.database.reading() as session:
        rows = session.execute(select(Letter.user_id, Letter.kind).where(Letter.kind.in_(kinds)))
        return Counter((row.user_id, row.kind) for row in rows)


def seen_on(world: World, *people: Actor, day: date) -> None:
    with world.unit_of_work(OPERATOR) as work:
        for each in people:
            work.session.get_one(User, each.person).last_seen_on = day


def test_a_role_that_ends_on_its_date_hands_over_on_the_day_after_and_once(
    world: World, clock: Clock
) -> None:
    """A case would stay with somebody who may not read it any more, and its duties in nobody's agenda."""
    leaver, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    case_id = logged_case(world, leaver, authority(world)).case_id
    schedule_followup(world, leaver, case_id, None, date(2026, 12, 14), "")
    ends_on(world, leaver, LAST_DAY)
    with world.unit_of_work(leaver) as work:
        token = begin_session(work, work.session.get_one(User, leaver.person))
    handed = []
    for _ in range(5):
        reports = [tick(world), tick(world)]
        assert [report.failures for report in reports] == [(), ()]
        handed.append((clock.instant.day, sum(report.left for report in reports)))
        clock.pass_days(1)
    assert [each for each in handed if each[1]] == [(26, 1)]  # the 25th was its last day
    assert case_header(world, lead, case_id).owner_id == lead.id
    assert owners(world, case_id) == {lead.id}
    with pytest.raises(NotFound):
        case_header(world, again(world, leaver), case_id)
    assert who(world, token) is None
    (entry,) = events(world, leaver, Event.GRANT_ENDED)
    assert entry.actor == "clock"
    admin = person(world, Role.ADMINISTRATOR, None)
    assert person_view(world, admin, leaver.person).past_grants[0].ends_on == LAST_DAY
    assert verify(world).faults == ()


def test_what_is_raised_that_day_goes_to_whoever_has_it_now(sqlite_world: World, clock: Clock) -> None:
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD, name="A. Leaver")
    heir = person(world, Role.LEAD, name="B. Heir")
    logged_case(world, person(world, Role.ASSOCIATE), authority(world))
    ends_on(world, lead, date(2026, 11, 23))
    clock.pass_days(1)
    report = tick(world)
    assert (report.left, report.reminded) == (1, 1)
    assert letters(world, "reminder") == {(heir.person, "reminder"): 1}


def test_a_proposal_that_nobody_confirmed_is_left_alone(sqlite_world: World, clock: Clock) -> None:
    somebody = person(sqlite_world, Role.LEAD)
    ends_on(sqlite_world, somebody, LAST_DAY)
    with sqlite_world.unit_of_work(OPERATOR) as work:
        work.session.scalars(
            select(RoleGrant).where(RoleGrant.user_id == somebody.person)
        ).one().confirmed_at = None
    clock.pass_days(5)
    assert tick(sqlite_world).left == 0


def test_two_clocks_hand_over_once(world: World, clock: Clock) -> None:
    leaver = person(world, Role.ASSOCIATE)
    person(world, Role.LEAD)
    cases = [logged_case(world, leaver, authority(world)).case_id for _ in range(3)]
    ends_on(world, leaver, LAST_DAY)
    clock.pass_days(3)
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(tick, [world] * 4))
    assert [report.failures for report in reports] == [()] * 4
    assert sum(report.left for report in reports) == 1
    assert len(events(world, leaver, Event.GRANT_ENDED)) == 1
    with world.reading(CLOCK) as work:
        assigned = [len(ledger.entries(work.session, case_id, Event.CASE_ASSIGNED)) for case_id in cases]
    assert assigned == [1, 1, 1]


def test_ninety_idle_days_suspend_after_two_warnings_and_hand_over(world: World, clock: Clock) -> None:
    """A forgotten account would stay open, or somebody be shut out without a word."""
    idle, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    case_id = logged_case(world, idle, authority(world)).case_id
    seen = []
    first = world.now()
    for day in (0, 74, 75, 76, 77, 84, *range(86, 95)):
        clock.instant = first + timedelta(days=day)
        seen_on(world, lead, day=world.today)
        report = tick(world)
        assert report.failures == ()
        written = letters(world, "idle_first", "idle_last")
        seen.append((day, report.left, written[idle.person, "idle_first"], written[idle.person, "idle_last"]))
    changes = [now for before, now in pairwise(seen) if now[1:] != before[1:]]
    assert changes == [(76, 0, 1, 0), (87, 0, 1, 1), (90, 1, 1, 1), (91, 0, 1, 1)]
    assert letters(world, "idle_first", "idle_last").keys() == {
        (idle.person, "idle_first"),
        (idle.person, "idle_last"),
    }
    assert case_header(world, lead, case_id).owner_id == lead.id
    assert owners(world, case_id) == {lead.id}
    (entry,) = events(world, idle, Event.USER_SUSPENDED)
    assert entry.actor == "clock"
    assert len(events(world, idle, Event.USER_IDLE_WARNED)) == 2
    assert verify(world).faults == ()


def test_whoever_signs_in_after_a_warning_begins_anew(sqlite_world: World, clock: Clock) -> None:
    idle = person(sqlite_world, Role.LEAD)
    clock.pass_days(80)
    tick(sqlite_world)
    seen_on(sqlite_world, idle, day=sqlite_world.today)
    clock.pass_days(75)
    tick(sqlite_world)
    assert letters(sqlite_world, "idle_first", "idle_last") == {(idle.person, "idle_first"): 1}
    clock.pass_days(1)
    tick(sqlite_world)
    assert letters(sqlite_world, "idle_first", "idle_last") == {(idle.person, "idle_first"): 2}


def test_the_last_two_administrators_are_never_suspended(world: World, clock: Clock) -> None:
    """Nobody could let anybody back in."""
    administrators = [person(world, Role.ADMINISTRATOR, None) for _ in range(4)]
    for days in (80, 11, 3, 10, 200):
        clock.pass_days(days)
        assert tick(world).failures == ()
    with world.reading(CLOCK) as work:
        states = [work.session.get_one(User, each.person).state for each in administrators]
    assert Counter(states) == {UserState.ACTIVE: 2, UserState.SUSPENDED: 2}
    left = next(each for each, state in zip(administrators, states, strict=True) if state is UserState.ACTIVE)
    gone = next(
        each for each, state in zip(administrators, states, strict=True) if state is UserState.SUSPENDED
    )
    reinstate(world, left, gone.person)
    # One of the two who never came may go now that a third is back; the last two stay.
    assert [tick(world).left, tick(world).left] == [1, 0]


def test_a_demo_shuts_nobody_out(sqlite_world: World, clock: Clock) -> None:
    """Its people are as old as its past weeks, and a demo of last week would let nobody in."""
    person(sqlite_world, Role.LEAD)
    for _ in range(5):
        clock.pass_days(60)
        assert tick(replace(sqlite_world, demo=True)).left == 0
    assert letters(sqlite_world, "idle_first", "idle_last") == {}


def test_the_invited_and_the_suspended_are_left_alone(sqlite_world: World, clock: Clock) -> None:
    people = [person(sqlite_world, Role.LEAD), person(sqlite_world, Role.LEAD)]
    with sqlite_world.unit_of_work(OPERATOR) as work:
        for each, state in zip(people, (UserState.INVITED, UserState.SUSPENDED), strict=True):
            work.session.get_one(User, each.person).state = state
    for _ in range(5):
        clock.pass_days(60)
        assert tick(sqlite_world).left == 0
    assert letters(sqlite_world, "idle_first", "idle_last") == {}


def test_a_handing_over_that_breaks_keeps_nothing_and_the_rest_of_the_round_goes_on(
    sqlite_world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A role would be ended and its cases left lying."""
    world, leaver, lead = sqlite_world, person(sqlite_world, Role.ASSOCIATE), person(sqlite_world, Role.LEAD)
    case_id = logged_case(world, leaver, authority(world)).case_id
    ends_on(world, leaver, LAST_DAY)
    clock.pass_days(4)

    def broken(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(departures, "hand_over", broken)
        report = tick(world)
    assert [failure.step for failure in report.failures] == ["roles"]
    assert report.overdue == 1
    assert case_header(world, lead, case_id).owner_id == leaver.id
    assert tick(world).left == 1
    assert case_header(world, lead, case_id).owner_id == lead.id
