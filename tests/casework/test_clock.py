"""The clock: what falls due is raised once, by however many clocks, and told to those who may hear of it (P5, P7)."""

import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import String, func, select, update

from clearinghouse.access.roles import Region, Role
from clearinghouse.casework import clock as clock_verbs
from clearinghouse.casework.clock import tick
from clearinghouse.casework.dialogue.offers import NewOffer, make_offer
from clearinghouse.casework.duties.followups import move_duty, schedule_followup
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import DutyKind, Standing
from clearinghouse.records.duties import Duty, Letter
from clearinghouse.records.events import Event
from clearinghouse.records.ledger import LedgerEvent
from clearinghouse.records.people import User, UserState
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.people import person
from tests.worlds import Clock

DUE = 60
ONE_DAY = timedelta(days=1)

_KILLED_WHILE_RAISING = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from clearinghouse.casework import clock
from clearinghouse.casework.installation import open_installation
from tests.worlds import Clock, settings_for

home, address, now, after = sys.argv[1:]
left, raise_one = int(after), clock._raise_one

def raise_one_or_die(*given):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return raise_one(*given)

clock.BATCH, clock._raise_one = 25, raise_one_or_die
clock.tick(open_installation(settings_for(Path(home), address), Clock(datetime.fromisoformat(now))))
"""


def _due(world: World, number: int = DUE) -> None:
    """As many cases, each with a triage that a lead owes within two working days; no two converge."""
    associate = person(world, Role.ASSOCIATE)
    person(world, Role.LEAD)
    for each in range(number):
        logged_case(world, associate, authority(world, f"Council {each}"))


def _raised(world: World, event: Event) -> Counter[str]:
    with world.database.reading() as session:
        return Counter(session.scalars(select(LedgerEvent.stream_id).where(LedgerEvent.type == event)))


def _letters(world: World, kind: str) -> Counter[object]:
    with world.database.reading() as session:
        return Counter(session.scalars(select(Letter.user_id).where(Letter.kind == kind)))


def _kill_in_the_middle(world: World, home: Path, after: int) -> None:
    address = world.database.engine.url.render_as_string(hide_password=False)
    program = [
        sys.executable,
        "-c",
        _KILLED_WHILE_RAISING,
        str(home),
        address,
        world.now().isoformat(),
        str(after),
    ]
    root = Path(__file__).parents[2]
    done = subprocess.run(program, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, check=False)
    assert done.returncode == -signal.SIGKILL


def test_two_clocks_one_killed_and_one_a_day_ahead_raise_each_duty_once(
    world: World, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Short form of P5: 60 duties due in an outage of ten days, on both databases."""
    _due(world)
    clock.pass_days(10)
    _kill_in_the_middle(world, tmp_path / "home", after=40)
    monkeypatch.setattr(clock_verbs, "BATCH", 7)
    ahead = replace(world, now=Clock(clock.instant + ONE_DAY))
    with ThreadPoolExecutor(4) as pool:
        reports = [*pool.map(tick, [world, ahead, world, ahead]), tick(world)]
    assert [report.failures for report in reports] == [()] * 5
    raised = _raised(world, Event.DUTY_OVERDUE)
    assert len(raised) == DUE
    assert set(raised.values()) == {1}
    assert sum(_letters(world, "overdue").values()) == DUE
    # The killed one had kept its first batch of 25, and nothing of the one in which it was killed.
    assert DUE - sum(report.overdue for report in reports) == 25


def test_a_duty_is_reminded_of_on_the_working_day_before_and_raised_the_day_after(
    world: World, clock: Clock
) -> None:
    lead, associate = person(world, Role.LEAD), person(world, Role.ASSOCIATE)
    case = logged_case(world, associate, authority(world))
    schedule_followup(world, associate, case.case_id, None, date(2026, 12, 7), "CANARY")
    version = case_header(world, associate, case.case_id).version
    seen = []
    for _ in range(15):  # from Monday 23 November, at half past nine
        report = tick(world)
        assert report.failures == ()
        seen.append((clock.instant.day, report.reminded, report.overdue))
        clock.pass_days(1)
    assert [each for each in seen if each[1:] != (0, 0)] == [
        (24, 1, 0),  # the triage, which the lead owes by Wednesday 25
        (26, 0, 1),
        (4, 1, 0),  # the follow-up of Monday 7 December, on the Friday before
    ]
    tick(world)
    assert _letters(world, "reminder") == {lead.id: 1, associate.id: 1}
    assert _letters(world, "overdue") == {lead.id: 2, associate.id: 1}  # the follow-up climbs to the lead
    # Nobody's open form goes stale because the clock ticked.
    assert case_header(world, associate, case.case_id).version == version


@pytest.mark.parametrize(
    ("due", "last_instant_of_the_day"),
    [
        (
            date(2026, 10, 23),
            datetime(2026, 10, 23, 22, 59, 59, tzinfo=UTC),
        ),  # summer time: midnight is 23:00 UTC
        (
            date(2026, 10, 26),
            datetime(2026, 10, 26, 23, 59, 59, tzinfo=UTC),
        ),  # the Monday after the clocks went back
        (date(2027, 3, 25), datetime(2027, 3, 25, 23, 59, 59, tzinfo=UTC)),
        (
            date(2027, 3, 30),
            datetime(2027, 3, 30, 22, 59, 59, tzinfo=UTC),
        ),  # the first working day of summer time
    ],
)
def test_a_day_ends_at_midnight_in_england_whatever_the_season(
    sqlite_world: World, clock: Clock, due: date, last_instant_of_the_day: datetime
) -> None:
    clock.instant = datetime(due.year, due.month, due.day, 9, tzinfo=UTC) - timedelta(days=4)
    associate = person(sqlite_world, Role.ASSOCIATE)
    case = logged_case(sqlite_world, associate, authority(sqlite_world))
    with sqlite_world.unit_of_work(associate) as work:
        triage = work.session.scalars(select(Duty).where(Duty.case_id == case.case_id)).one()
        triage.due_on = due
    clock.instant = last_instant_of_the_day
    assert tick(sqlite_world).overdue == 0
    clock.instant += timedelta(seconds=1)
    assert tick(sqlite_world).overdue == 1


def test_a_moved_duty_is_raised_again_for_its_new_date(sqlite_world: World, clock: Clock) -> None:
    associate = person(sqlite_world, Role.ASSOCIATE)
    case = logged_case(sqlite_world, associate, authority(sqlite_world))
    clock.pass_days(7)
    assert tick(sqlite_world).overdue == 1
    with sqlite_world.reading(associate) as work:
        duty = work.session.scalars(select(Duty.id)).one()
    move_duty(sqlite_world, associate, case.case_id, duty, date(2026, 12, 8), "Waits for the report.")
    assert tick(sqlite_world).overdue == 0
    clock.pass_days(14)
    assert tick(sqlite_world).overdue == 1


def test_a_walled_or_suspended_owner_hears_nothing_and_the_lead_hears_instead(
    sqlite_world: World, clock: Clock
) -> None:
    council = authority(sqlite_world)
    associate, national = person(sqlite_world, Role.ASSOCIATE), person(sqlite_world, Role.LEAD, region=None)
    elsewhere = person(sqlite_world, Role.LEAD, Region.SOUTH_WEST)
    case = logged_case(sqlite_world, associate, council)
    with sqlite_world.unit_of_work(national) as work:
        duty = work.session.scalars(select(Duty).where(Duty.case_id == case.case_id)).one()
        duty.owner_id = associate.person
        work.session.get_one(User, associate.person).state = UserState.SUSPENDED
    walled_lead = person(sqlite_world, Role.LEAD, walled_from=council)
    clock.pass_days(1)
    assert tick(sqlite_world).reminded == 1
    assert _letters(sqlite_world, "reminder") == {national.id: 1}
    clock.pass_days(7)
    assert tick(sqlite_world).overdue == 1
    told = _letters(sqlite_world, "overdue")
    assert told == {national.id: 1}
    assert not {walled_lead.id, elsewhere.id, associate.id} & told.keys()


def test_a_step_that_breaks_keeps_no_other_from_its_work(
    sqlite_world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: World) -> int:
        raise RuntimeError("CANARY")

    _due(sqlite_world, 1)
    clock.pass_days(7)
    monkeypatch.setattr(clock_verbs, "lapse_offers", broken)
    report = tick(sqlite_world)
    assert report.overdue == 1
    assert [failure.step for failure in report.failures] == ["lapse"]


def test_an_overdue_duty_of_a_second_lead_of_another_region_reaches_that_lead(
    sqlite_world: World, clock: Clock
) -> None:
    associate, lead = person(sqlite_world, Role.ASSOCIATE), person(sqlite_world, Role.LEAD)
    second = person(sqlite_world, Role.LEAD, Region.SOUTH_WEST)
    case = logged_case(sqlite_world, associate, authority(sqlite_world))
    with sqlite_world.unit_of_work(lead) as work:
        duty = work.session.scalars(select(Duty).where(Duty.case_id == case.case_id)).one()
        duty.kind, duty.owner_id = DutyKind.CONFIRM_RISK_REFERRAL, second.person
    clock.pass_days(7)
    tick(sqlite_world)
    assert _letters(sqlite_world, "overdue") == {second.id: 1, lead.id: 1}
    with sqlite_world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Letter).where(Letter.kind == "reminder")) == 0


def test_a_round_lets_a_silent_offer_lapse_and_tells_the_owner_once(
    sqlite_world: World, clock: Clock
) -> None:
    lead = person(sqlite_world, Role.LEAD)
    case_id = triaged_case(sqlite_world, lead, authority(sqlite_world))
    owner = case_header(sqlite_world, lead, case_id).owner_id
    make_offer(sqlite_world, lead, case_id, None, NewOffer("A peer team.", date(2026, 11, 30)))
    clock.pass_days(8)
    assert [tick(sqlite_world).lapsed, tick(sqlite_world).lapsed] == [1, 0]
    assert case_header(sqlite_world, lead, case_id).standing is Standing.OFFER_LAPSED
    assert _letters(sqlite_world, "offer_lapsed") == {owner: 1}


@pytest.mark.parametrize("world", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_duty_that_another_clock_raises_between_finding_and_claiming_is_left_to_it(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment that is too short for the threads above; SQLite's writers cannot meet in it."""
    _due(world, 2)
    clock.pass_days(7)

    def after_the_other(table: type[Duty]) -> object:
        with world.database.writing() as session:
            first = select(func.min(Duty.id.cast(String))).scalar_subquery()
            raised = update(Duty).where(Duty.id.cast(String) == first)
            session.execute(
                raised.values(overdue_at=clock.instant), execution_options={"synchronize_session": False}
            )
        return update(table)

    monkeypatch.setattr(clock_verbs, "update", after_the_other)
    assert tick(world).overdue == 1
    assert sum(_raised(world, Event.DUTY_OVERDUE).values()) == 1


def test_people_at_work_and_two_clocks_neither_block_nor_lose_each_other(world: World, clock: Clock) -> None:
    """On PostgreSQL both hold rows of the same cases: in another order than the verbs the clock would deadlock."""
    council, associate = authority(world), person(world, Role.ASSOCIATE)
    person(world, Role.LEAD)
    cases = [logged_case(world, associate, council).case_id for _ in range(12)]
    with world.reading(associate) as work:
        triages = {row.case_id: row.id for row in work.session.execute(select(Duty.case_id, Duty.id))}
    clock.pass_days(7)

    def move_all(to: date) -> None:
        for case_id in cases:
            move_duty(world, associate, case_id, triages[case_id], to, "Waits for the report.")

    with ThreadPoolExecutor(4) as pool:
        moving = [pool.submit(move_all, day) for day in (date(2026, 12, 14), date(2026, 12, 15))]
        reports = list(pool.map(tick, [world] * 20))
        for each in moving:
            each.result()
    assert [report.failures for report in reports] == [()] * 20
    with world.database.reading() as session:
        moved = session.scalar(select(func.count()).where(LedgerEvent.type == Event.DUTY_MOVED))
        assert moved == 24
    assert max(_raised(world, Event.DUTY_OVERDUE).values(), default=0) <= 1
