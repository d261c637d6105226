"""The demo: what a visitor finds in it, on any day, on both databases."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.authorities import authority_facts
from clearinghouse.casework.cases import case_list
from clearinghouse.casework.demo.filling import fill
from clearinghouse.casework.demo.people import PASSWORD, PEOPLE, demo_actor, demo_sign_ins
from clearinghouse.casework.drafts import my_drafts
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.escalation.risk import risk_referrals
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.listing import CaseFilter
from clearinghouse.casework.peers.facts import peer_facts
from clearinghouse.casework.sign_in import sessions
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.protocol.conflicts import Rule, check
from clearinghouse.protocol.peers import Period
from clearinghouse.protocol.vocabulary import DutyKind, FamilyFirst, Gate, Standing
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.ledger import LedgerEvent
from clearinghouse.records.meetings import Escalation
from clearinghouse.records.people import User
from tests.servers import PostgreSQL
from tests.worlds import Clock, make_world, settings_for

SATURDAY_AFTER_NEW_YEAR = datetime(2027, 1, 2, 0, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, filled_on_sqlite: Path) -> Iterator[World]:
    """A demo that was filled on a Monday morning."""
    home = tmp_path_factory.mktemp("demo") / "home"
    shutil.copytree(filled_on_sqlite, home)
    world = open_installation(settings_for(home, CLEARINGHOUSE_DEMO="1"), Clock())
    yield world
    world.database.close()


def is_whole(world: World) -> None:
    """Whatever day it is: every standing is there, something is overdue, something falls due, all in the past."""
    today, soon = world.today, world.today + timedelta(days=7)
    with world.reading(OPERATOR) as work:
        cases = work.session.execute(select(Case.id, Case.standing)).all()
        columns = (Duty.case_id, Duty.due_on, Duty.overdue_at, Duty.kind)
        owed = work.session.execute(select(*columns).where(Duty.state == DutyState.OPEN)).all()
        written = work.session.scalars(select(LedgerEvent.at)).all()
        waiting = {duty.case_id for duty in owed}
    assert {case.standing for case in cases} == set(Standing)
    closed = {case.id for case in cases if case.standing is Standing.CLOSED}
    assert waiting - closed == {case.id for case in cases} - closed
    assert {duty.kind for duty in owed if duty.case_id in closed} == {DutyKind.REVIEW_RETENTION}
    assert any(duty.due_on < today and duty.overdue_at for duty in owed)
    assert any(today <= duty.due_on <= soon for duty in owed)
    assert max(datetime.fromisoformat(at) for at in written) <= world.now()
    assert verify(world).faults == ()


def test_every_standing_is_there_with_its_next_duty_and_the_ledger_holds(demo: World) -> None:
    is_whole(demo)


@pytest.mark.postgresql
def test_it_is_as_whole_on_postgresql_in_the_night_of_a_holiday_weekend(
    tmp_path: Path, postgresql: PostgreSQL
) -> None:
    """A day without working hours would leave events in the future, or nothing due, or the other database behind."""
    address = postgresql.new_database()
    world = make_world(tmp_path / "home", address, Clock(SATURDAY_AFTER_NEW_YEAR), CLEARINGHOUSE_DEMO="1")
    try:
        assert fill(world).is_new
        is_whole(world)
    finally:
        world.database.close()
    postgresql.drop_database(address)


def test_filling_again_changes_nothing(demo: World) -> None:
    def events() -> int:
        with demo.reading(OPERATOR) as work:
            return work.session.scalars(select(func.count()).select_from(LedgerEvent)).one()

    before = events()
    again = fill(demo)
    assert not again.is_new
    assert again.cases == 17
    assert events() == before


def test_only_a_demo_is_filled(sqlite_world: World) -> None:
    """Fictional people with a published password would be let into a real installation."""
    with pytest.raises(Refused):
        fill(sqlite_world)
    with sqlite_world.reading(OPERATOR) as work:
        assert work.session.scalars(select(User.id)).first() is None


def test_a_demo_that_was_broken_off_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a demo would be taken for a whole one."""
    world = make_world(tmp_path / "home", None, Clock(), CLEARINGHOUSE_DEMO="1")
    with monkeypatch.context() as broken:
        broken.setattr("clearinghouse.casework.demo.filling.play", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            fill(world)
    with pytest.raises(Refused, match="not filled to the end"):
        fill(world)
    world.database.close()


def test_everybody_offered_on_the_sign_in_page_gets_in(demo: World) -> None:
    offered = demo_sign_ins(demo)
    assert [someone.email for someone in offered] == [person.email for person in PEOPLE]
    for someone in offered:
        waiting = sessions.give_password(demo, someone.email, PASSWORD, someone.email)
        assert sessions.give_code(demo, waiting, someone.code)


def test_one_case_went_through_the_gate_and_one_referral_waits_for_a_second_lead(demo: World) -> None:
    with demo.reading(OPERATOR) as work:
        rows = work.session.scalars(select(Escalation).where(Escalation.at_once.is_(False))).all()
        assert {(row.ours, row.finding, row.gate) for row in rows} == {
            (False, FamilyFirst.GIVEN, Gate.JOINT_LOCAL_MEETING),
            (True, FamilyFirst.GIVEN, Gate.JOINT_LOCAL_MEETING),
        }
    assert len(risk_referrals(demo, demo_actor(demo, "Wendy Aldous"))) == 1


def test_who_is_walled_off_or_elsewhere_finds_none_of_the_cases_that_are_not_theirs(demo: World) -> None:
    def named(person: str) -> set[str]:
        return {row.authority for row in case_list(demo, demo_actor(demo, person), CaseFilter()).rows}

    assert "Midthorpe Council" in named("Ada Okafor")
    assert "Midthorpe Council" not in named("Ben Carver")
    assert named("Tom Ellery") == {"Sandhaven City Council", "Weldshire County Council"}


def test_ada_has_begun_a_concern(demo: World) -> None:
    assert len(my_drafts(demo, demo_actor(demo, "Ada Okafor"), "concern:")) == 1


def test_a_coordinator_meets_every_kind_of_conflict_that_facts_can_show(demo: World) -> None:
    """A visitor could not see why somebody is blocked or warned of."""
    with demo.reading(OPERATOR) as work:
        register, peers = authority_facts(work), peer_facts(work).values()
        councils = [
            each
            for each in register.values()
            if each.name in ("Midthorpe Council", "Aldersyke District Council")
        ]
    window = Period(demo.today, demo.today + timedelta(days=30))
    found = {
        conflict.rule
        for council in councils
        for peer in peers
        for conflict in check(peer, council, window, 4, demo.today, register=register)
    }
    assert found >= {
        Rule.BELONGS,
        Rule.DECLARED_INTEREST,
        Rule.NOT_ACCREDITED,
        Rule.SUSPENDED,
        Rule.DAYS_USED_UP,
        Rule.UNAVAILABLE,
        Rule.NEIGHBOUR,
        Rule.SAME_GROUP,
    }
