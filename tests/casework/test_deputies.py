"""What stays undone climbs: owner, lead, the lead's dated deputy; each hears once, and nobody who may not."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.clock import tick
from clearinghouse.casework.deputies import deputies_page, end_deputy, name_deputy
from clearinghouse.casework.duties.followups import duty_page, move_duty
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.records.absence import Deputy
from clearinghouse.records.duties import Duty, Letter
from clearinghouse.records.events import Event
from clearinghouse.records.ledger import LedgerEvent
from clearinghouse.records.people import RoleGrant, User, UserState
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import again, person
from tests.worlds import Clock

HERE, ELSEWHERE = Region.NORTH_EAST, Region.SOUTH_WEST
TODAY, NEXT_MONTH = date(2026, 11, 23), date(2026, 12, 31)
FOR_DEPUTY = "overdue_for_deputy"


def letters(world: World, kind: str = FOR_DEPUTY) -> Counter[object]:
    with world.database.reading() as session:
        return Counter(session.scalars(select(Letter.user_id).where(Letter.kind == kind)))


def raised(world: World) -> int:
    with world.database.reading() as session:
        events = select(LedgerEvent.id).where(LedgerEvent.type == Event.DUTY_RAISED_TO_DEPUTY)
        return len(session.scalars(events).all())


def cover(
    world: World, lead: Actor, deputy: Actor, starts_on: date = TODAY, until: date = NEXT_MONTH
) -> UUID:
    name_deputy(world, lead, HERE, deputy.person, starts_on, until)
    return deputies_page(world, lead).mine[-1].id


def told(world: World, clock: Clock, days: Iterable[float] = (7,)) -> Counter[object]:
    """Who has heard as deputy after a round on each of these days: the triage is due on Wednesday the 25th."""
    for day in days:
        clock.pass_days(day)
        assert tick(world).failures == ()
    return letters(world)


def test_it_climbs_rung_by_rung_and_each_hears_once(world: World, clock: Clock) -> None:
    """The lead's deputy would hear on the day that the lead does, or every day, or never."""
    lead, deputy = person(world, Role.LEAD), person(world, Role.LEAD, None, "National")
    logged_case(world, person(world, Role.ASSOCIATE), authority(world))
    cover(world, lead, deputy)
    seen = []
    for _ in range(12):  # from Monday 23 November
        reports = [tick(world), tick(world)]
        seen.append((clock.instant.day, reports[0].overdue, reports[0].deputy))
        assert (reports[1].overdue, reports[1].deputy) == (0, 0)
        clock.pass_days(1)
    # Due on Wednesday 25; the lead has Thursday and Friday, whole.
    assert [each for each in seen if each[1:] != (0, 0)] == [(26, 1, 0), (30, 0, 1)]
    assert letters(world) == {deputy.id: 1}
    assert (raised(world), verify(world).faults) == (1, ())


def test_after_an_outage_every_rung_still_hears_in_turn(sqlite_world: World, clock: Clock) -> None:
    lead, deputy = person(sqlite_world, Role.LEAD), person(sqlite_world, Role.LEAD)
    logged_case(sqlite_world, person(sqlite_world, Role.ASSOCIATE), authority(sqlite_world))
    cover(sqlite_world, lead, deputy)
    clock.pass_days(20)
    report = tick(sqlite_world)
    assert (report.overdue, report.deputy) == (1, 1)
    assert letters(sqlite_world, "overdue") == {lead.id: 1, deputy.id: 1}


def test_nobody_named_it_goes_to_the_national_lead(world: World, clock: Clock) -> None:
    national = person(world, Role.LEAD, None)
    person(world, Role.LEAD)
    person(world, Role.LEAD, ELSEWHERE)
    logged_case(world, person(world, Role.ASSOCIATE), authority(world))
    assert told(world, clock) == {national.id: 1}


@pytest.mark.parametrize(
    "after", ["the end date", "an end by hand", "before the first day", "another region's"]
)
def test_a_deputy_whose_time_it_is_not_hears_nothing(world: World, clock: Clock, after: str) -> None:
    """Somebody would go on hearing of cases long after they stood in, or before."""
    lead, deputy, national = (
        person(world, Role.LEAD),
        person(world, Role.LEAD),
        person(world, Role.LEAD, None),
    )
    if after == "the end date":
        cover(world, lead, deputy, until=date(2026, 11, 29))
    elif after == "before the first day":
        cover(world, lead, deputy, starts_on=date(2026, 12, 1))
    elif after == "an end by hand":
        end_deputy(world, lead, cover(world, lead, deputy))
    else:
        far = person(world, Role.LEAD, ELSEWHERE)
        name_deputy(world, far, ELSEWHERE, national.person, TODAY, NEXT_MONTH)
    logged_case(world, person(world, Role.ASSOCIATE), authority(world))
    assert told(world, clock) == {national.id: 1}


@pytest.mark.parametrize("why", ["walled off", "suspended", "no lead any more"])
def test_a_deputy_who_may_not_hear_is_passed_over(world: World, clock: Clock, why: str) -> None:
    """A deputy would hear of a case of their own council, or after they left."""
    council, lead = authority(world), person(world, Role.LEAD)
    national = person(world, Role.LEAD, None)
    deputy = person(world, Role.LEAD, walled_from=council if why == "walled off" else None)
    cover(world, lead, deputy)
    with world.unit_of_work(OPERATOR) as work:
        if why == "suspended":
            work.session.get_one(User, deputy.person).state = UserState.SUSPENDED
        elif why == "no lead any more":
            held = select(RoleGrant).where(RoleGrant.user_id == deputy.person)
            work.session.scalars(held).one().ended_at = work.now
    logged_case(world, person(world, Role.ASSOCIATE), council)
    assert told(world, clock) == {national.id: 1}
    assert deputies_page(world, lead).mine[0].holds is (why == "walled off")


def test_whoever_owes_it_is_not_the_one_it_is_raised_to(sqlite_world: World, clock: Clock) -> None:
    """It would come back to the person who has not done it, and stop there."""
    lead, deputy = person(sqlite_world, Role.LEAD, name="A. Lead"), person(sqlite_world, Role.LEAD, name="B.")
    national = person(sqlite_world, Role.LEAD, None, name="C.")
    case = logged_case(sqlite_world, person(sqlite_world, Role.ASSOCIATE), authority(sqlite_world))
    with sqlite_world.unit_of_work(lead) as work:
        work.session.scalars(select(Duty).where(Duty.case_id == case.case_id)).one().owner_id = deputy.person
    cover(sqlite_world, lead, deputy)
    assert told(sqlite_world, clock) == {national.id: 1}


def test_with_nobody_further_up_the_leads_hear_again(sqlite_world: World, clock: Clock) -> None:
    lead = person(sqlite_world, Role.LEAD)
    logged_case(sqlite_world, person(sqlite_world, Role.ASSOCIATE), authority(sqlite_world))
    assert told(sqlite_world, clock) == {lead.id: 1}


def test_a_moved_duty_begins_at_the_first_rung_again(sqlite_world: World, clock: Clock) -> None:
    world, associate = sqlite_world, person(sqlite_world, Role.ASSOCIATE)
    lead, deputy = person(world, Role.LEAD), person(world, Role.LEAD, None)
    case = logged_case(world, associate, authority(world))
    cover(world, lead, deputy)
    assert told(world, clock) == {deputy.id: 1}
    with world.reading(lead) as work:
        duty = work.session.scalars(select(Duty.id)).one()
    assert [each.to_deputy for each in duty_page(world, lead, case.case_id, duty).raised] == [False, True]
    move_duty(world, associate, case.case_id, duty, date(2026, 12, 4), "Waits for the report.")
    assert duty_page(world, lead, case.case_id, duty).raised == ()
    assert told(world, clock, [1, 4, 4]) == {deputy.id: 2}
    page = duty_page(world, lead, case.case_id, duty)
    assert [(each.to_deputy, deputy.name in each.to) for each in page.raised] == [
        (False, False),
        (True, True),
    ]


def test_only_a_lead_of_the_region_or_the_country_can_be_named(sqlite_world: World) -> None:
    """Being named would be a way round the second administrator."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    others = [
        person(world, Role.ASSOCIATE),
        person(world, Role.LEAD, ELSEWHERE),
        person(world, Role.ADMINISTRATOR, None),
        lead,
    ]
    for other in others:
        with pytest.raises(Invalid) as refused:
            name_deputy(world, lead, HERE, other.person, TODAY, NEXT_MONTH)
        assert set(refused.value.problems) == {"deputy"}
    with pytest.raises(Invalid):
        name_deputy(world, lead, ELSEWHERE, others[1].person, TODAY, NEXT_MONTH)
    for other in (others[0], others[2], replace(lead, grants=())):
        with pytest.raises(NotFound):
            name_deputy(world, other, HERE, lead.person, TODAY, NEXT_MONTH)
        with pytest.raises(NotFound):
            deputies_page(world, other)
    with world.reading(OPERATOR) as work:
        assert work.session.scalars(select(Deputy)).all() == []


def test_being_named_gives_no_right(sqlite_world: World) -> None:
    world, lead, deputy = sqlite_world, person(sqlite_world, Role.LEAD), person(sqlite_world, Role.LEAD)
    before = again(world, deputy)
    cover(world, lead, deputy)
    assert again(world, deputy) == before


@pytest.mark.parametrize(
    ("starts_on", "until", "field"),
    [
        (TODAY - timedelta(days=1), NEXT_MONTH, "starts_on"),
        (NEXT_MONTH, TODAY, "until"),
        (TODAY, TODAY + timedelta(days=366), "until"),
        (date(2026, 12, 31), date(2027, 1, 5), "starts_on"),
    ],
)
def test_dates_that_make_no_sense_are_refused_beside_them(
    sqlite_world: World, starts_on: date, until: date, field: str
) -> None:
    world, lead, deputy = sqlite_world, person(sqlite_world, Role.LEAD), person(sqlite_world, Role.LEAD)
    cover(world, lead, deputy)
    with pytest.raises(Invalid) as refused:
        name_deputy(world, lead, HERE, deputy.person, starts_on, until)
    assert set(refused.value.problems) == {field}


def test_lead_and_deputy_see_it_and_either_ends_it_and_nobody_else(sqlite_world: World) -> None:
    world, lead, deputy = sqlite_world, person(sqlite_world, Role.LEAD), person(sqlite_world, Role.LEAD)
    curious = person(world, Role.LEAD)
    found = cover(world, lead, deputy)
    assert deputies_page(world, deputy).for_others[0].lead.id == lead.id
    assert deputies_page(world, curious).mine == deputies_page(world, curious).for_others == ()
    with pytest.raises(NotFound):
        end_deputy(world, curious, found)
    end_deputy(world, deputy, found)
    assert deputies_page(world, lead).mine == ()
    with pytest.raises(NotFound):
        end_deputy(world, lead, found)
