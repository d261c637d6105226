"""What a round table decided that no case owes: actions of the region, which the clock watches and nobody forgets."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.clock import tick
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.leavers import hand_over
from clearinghouse.casework.regional.actions import (
    action_page,
    actions_due,
    finish_action,
    move_action,
)
from clearinghouse.casework.regional.deciding import (
    record_round_table,
)
from clearinghouse.casework.regional.sharing import record_practice
from clearinghouse.casework.world import World
from clearinghouse.protocol.signals import SignalTheme
from clearinghouse.records import ledger
from clearinghouse.records.duties import Letter
from clearinghouse.records.events import Event
from clearinghouse.records.people import RoleGrant
from clearinghouse.records.regional import RegionalAction
from tests.factories.authorities import authority
from tests.factories.people import again, person
from tests.factories.round_tables import DUE, NEXT, agenda, held, planned, taken_up
from tests.factories.statements import statements
from tests.worlds import Clock


def an_action(world: World, owner: Actor) -> tuple[UUID, UUID]:
    """A regional action that the person owes by the Monday in three weeks, and its round table."""
    lead = person(world, Role.LEAD, name="Who decides")
    record_practice(world, lead, authority(world, "Open Council"), SignalTheme.WASTE, "Reuse shops.")
    table = planned(world, lead)
    (item,) = agenda(world, lead, table)
    record_round_table(world, lead, table, None, held({item.key: taken_up(owner)}))
    with world.database.reading() as session:
        return session.scalars(select(RegionalAction.id)).one(), table


def letters(world: World, kind: str) -> dict[UUID, int]:
    with world.database.reading() as session:
        found: dict[UUID, int] = {}
        for each in session.scalars(
            select(Letter.user_id).where(Letter.kind == kind, Letter.action_id.is_not(None))
        ):
            found[each] = found.get(each, 0) + 1
        return found


def test_the_clock_reminds_and_raises_an_action_once_and_it_climbs_to_the_leads(
    world: World, clock: Clock
) -> None:
    """What a round table decided would be forgotten by everybody on the day after it."""
    ada, elsewhere = person(world, Role.ASSOCIATE), person(world, Role.LEAD, Region.LONDON)
    first = person(world, Role.LEAD)
    _action, table = an_action(world, ada)
    assert letters(world, "assigned") == {ada.id: 1}
    seen = []
    for _ in range(25):
        report = tick(world)
        assert report.failures == ()
        tick(world)
        seen.append((letters(world, "reminder"), letters(world, "overdue")))
        clock.pass_days(1)
    reminded = next(number for number, each in enumerate(seen) if each[0])
    raised = next(number for number, each in enumerate(seen) if each[1])
    assert (MONDAY + timedelta(reminded), MONDAY + timedelta(raised)) == (
        date(2026, 12, 11),
        date(2026, 12, 15),
    )
    assert seen[-1][0] == {ada.id: 1}
    assert seen[-1][1].pop(ada.id) == 1
    assert first.id in seen[-1][1]
    assert elsewhere.id not in seen[-1][1]
    assert set(seen[-1][1].values()) == {1}
    with world.reading(ada) as work:
        events = [each.type for each in ledger.entries(work.session, table)]
        assert (events.count(Event.ACTION_REMINDED), events.count(Event.ACTION_OVERDUE)) == (1, 1)


MONDAY = date(2026, 11, 23)


def test_an_action_is_moved_with_its_history_and_finished_once(sqlite_world: World) -> None:
    world, ada = sqlite_world, person(sqlite_world, Role.ASSOCIATE)
    action, _table = an_action(world, ada)
    assert [each.id for each in actions_due(world, ada)] == [action]
    with pytest.raises(Invalid):
        move_action(world, ada, action, DUE)
    assert move_action(world, ada, action, date(2026, 12, 19)) == date(2026, 12, 21)
    page = action_page(world, ada, action)
    assert [(each.from_on, each.to_on, each.by) for each in page.moves] == [
        (DUE, date(2026, 12, 21), ada.name)
    ]
    assert page.asked_on == date(2026, 12, 19)
    finish_action(world, ada, action, "Visited on Tuesday.")
    after = action_page(world, ada, action)
    assert (after.is_open, after.outcome, after.may_change) == (False, "Visited on Tuesday.", False)
    assert actions_due(world, ada) == ()
    for again_done in (
        lambda: finish_action(world, ada, action, "x"),
        lambda: move_action(world, ada, action, NEXT),
    ):
        with pytest.raises(Refused):
            again_done()


def test_who_leaves_hands_their_action_over(sqlite_world: World) -> None:
    """An action of somebody who has gone would be done by nobody."""
    world, ada = sqlite_world, person(sqlite_world, Role.ASSOCIATE)
    action, _table = an_action(world, ada)
    with world.unit_of_work(person(world, Role.ADMINISTRATOR, None)) as work:
        grant = work.session.scalars(select(RoleGrant).where(RoleGrant.user_id == ada.id)).one()
        grant.ended_at = work.now
        work.session.flush()
        hand_over(work, ada.person)
    assert actions_due(world, again(world, ada)) == ()
    with world.database.reading() as session:
        owner = session.get_one(RegionalAction, action).owner_id
    assert owner != ada.id
    assert letters(world, "assigned")[owner] == 1


def test_a_list_of_many_actions_asks_no_more_than_one_of_few(sqlite_world: World) -> None:
    """The agenda's first page would take longer with everything that a region decides."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    asked: list[int] = []
    for number in (1, 4):
        for each in range(number):
            record_practice(
                world, lead, authority(world, f"{number}-{each} Council"), SignalTheme.WASTE, "Reuse."
            )
        table = planned(world, lead)
        record_round_table(
            world, lead, table, None, held({item.key: taken_up(lead) for item in agenda(world, lead, table)})
        )
        with statements(world) as said:
            shown = actions_due(world, lead, of_region=True)
        asked.append(len(said))
    assert len(shown) == 5
    assert asked[0] == asked[1]
