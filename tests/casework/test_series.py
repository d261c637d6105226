"""Follow-ups that come again: the next is set when one is done, moving one leaves the rest, a case keeps a date."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.clock import tick
from clearinghouse.casework.closing import close_case
from clearinghouse.casework.duties.followups import (
    complete_duty,
    duty_header,
    duty_page,
    move_duty,
    schedule_followup,
)
from clearinghouse.casework.duties.series import Repeat, end_series
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.timeline import history_of
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.protocol.recurrence import Rhythm
from clearinghouse.protocol.vocabulary import ClosingOutcome, DutyKind
from clearinghouse.records.duties import Duty, DutySeries, DutyState
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.people import person
from tests.worlds import Clock

FIRST = date(2026, 11, 30)  # a Monday
WEEKLY = Repeat(Rhythm.WEEK)


def repeating_case(
    world: World, lead: Actor, repeat: Repeat = WEEKLY, first: date = FIRST
) -> tuple[UUID, UUID]:
    """A case whose only duty is a follow-up that repeats."""
    case_id = triaged_case(world, lead, authority(world))
    made = schedule_followup(world, lead, case_id, None, first, "CANARY: ask about the plan.", repeat=repeat)
    with world.unit_of_work(lead) as work:
        for duty in work.session.scalars(select(Duty).where(Duty.case_id == case_id)):
            if duty.id != made.duty_id:
                duty.state, duty.ended_at = DutyState.REPLACED, work.now
    return case_id, made.duty_id


def open_duty(world: World, case_id: UUID) -> Duty:
    with world.database.reading() as session:
        query = select(Duty).where(Duty.case_id == case_id, Duty.state == DutyState.OPEN)
        duty = session.scalars(query).one()
        session.expunge(duty)
        return duty


def test_done_early_late_or_on_its_day_the_next_one_is_of_the_series(world: World, clock: Clock) -> None:
    """A follow-up every Monday would become one every Thursday after it was done on a Thursday."""
    lead = person(world, Role.LEAD)
    case_id, duty = repeating_case(world, lead)
    seen = []
    for days in (
        3,
        11,
        25,
        0,
    ):  # done on Thursday 26 November, Monday 7 December, Friday 1 January, and again then
        clock.pass_days(days)
        following = complete_duty(world, lead, case_id, duty, "Asked.")
        assert following is not None
        seen.append(following.due_on)
        duty = following.duty_id
    assert seen == [date(2026, 12, 7), date(2026, 12, 14), date(2027, 1, 4), date(2027, 1, 11)]
    page = duty_page(world, lead, case_id, duty)
    assert (page.note, page.owner) == ("CANARY: ask about the plan.", lead.name)
    assert page.repeating is not None
    assert page.repeating.next_on == date(2027, 1, 18)
    assert verify(world).faults == ()


def test_a_day_off_moves_one_and_not_those_after_it(sqlite_world: World, clock: Clock) -> None:
    """From the first Christmas on, every follow-up would be on a Tuesday."""
    lead = person(sqlite_world, Role.LEAD)
    case_id, duty = repeating_case(sqlite_world, lead, first=date(2026, 12, 21))
    clock.pass_days(28)
    moved = complete_duty(sqlite_world, lead, case_id, duty, "Asked.")
    assert moved is not None
    clock.pass_days(-14)
    case_id, duty = repeating_case(sqlite_world, lead, first=date(2026, 12, 14))
    clock.pass_days(7)
    xmas = complete_duty(sqlite_world, lead, case_id, duty, "Asked.")
    assert xmas is not None
    assert (xmas.due_on, xmas.moved) == (date(2026, 12, 21), False)
    following = complete_duty(sqlite_world, lead, case_id, xmas.duty_id, "Asked.")
    assert following is not None
    assert (following.due_on, following.moved) == (
        date(2026, 12, 29),
        True,
    )  # Boxing Day is kept on the Monday
    clock.pass_days(8)
    after = complete_duty(sqlite_world, lead, case_id, following.duty_id, "Asked.")
    assert after is not None
    assert (after.due_on, after.moved) == (date(2027, 1, 4), False)


@pytest.mark.parametrize(
    ("with_series", "following"), [(False, date(2026, 12, 7)), (True, date(2026, 12, 9))]
)
def test_moving_one_keeps_its_history_and_shifts_the_series_only_when_asked(
    world: World, clock: Clock, with_series: bool, following: date
) -> None:
    lead = person(world, Role.LEAD)
    case_id, duty = repeating_case(world, lead)
    move_duty(world, lead, case_id, duty, date(2026, 12, 2), "They are away.", with_series=with_series)
    page = duty_page(world, lead, case_id, duty)
    assert [(move.from_on, move.to_on) for move in page.moves] == [(FIRST, date(2026, 12, 2))]
    clock.pass_days(9)
    done = complete_duty(world, lead, case_id, duty, "Asked.")
    assert done is not None
    assert done.due_on == following


def test_the_last_one_says_so_and_asks_for_another_date(world: World, clock: Clock) -> None:
    """The case would be left without a next duty on the day its series runs out."""
    lead = person(world, Role.LEAD)
    case_id, duty = repeating_case(world, lead, Repeat(Rhythm.WEEK, date(2026, 12, 7)))
    assert not duty_header(world, lead, case_id, duty).is_last
    last = complete_duty(world, lead, case_id, duty, "Asked.")
    assert last is not None
    header = duty_header(world, lead, case_id, last.duty_id)
    assert header.is_last
    assert header.repeating is not None
    assert header.repeating.next_on is None
    with pytest.raises(Invalid) as refused:
        complete_duty(world, lead, case_id, last.duty_id, "Asked.")
    assert set(refused.value.problems) == {"next_on"}
    complete_duty(world, lead, case_id, last.duty_id, "Asked.", date(2026, 12, 18))
    assert open_duty(world, case_id).series_id is None


def test_a_series_is_ended_and_the_duty_that_is_owed_stays(world: World) -> None:
    lead = person(world, Role.LEAD)
    case_id, duty = repeating_case(world, lead)
    end_series(world, lead, case_id, duty)
    assert open_duty(world, case_id).id == duty
    assert duty_page(world, lead, case_id, duty).repeating is None
    assert duty_header(world, lead, case_id, duty).is_last
    with pytest.raises(Refused):
        end_series(world, lead, case_id, duty)
    with pytest.raises(Invalid):
        complete_duty(world, lead, case_id, duty, "Asked.")
    with world.reading(lead) as work:
        words = [happening.words for happening in history_of(work, case_id, whole=True).entries]
    assert "Step repeats no more" in words
    assert "Step set to repeat" in words


def test_closing_the_case_ends_the_series(sqlite_world: World) -> None:
    """A case opened again would find follow-ups that nobody set."""
    lead = person(sqlite_world, Role.LEAD)
    case_id, _ = repeating_case(sqlite_world, lead)
    close_case(sqlite_world, lead, case_id, None, ClosingOutcome.IMPROVED, "All is well.")
    with sqlite_world.database.reading() as session:
        assert session.scalars(select(DutySeries)).one().ended_at is not None


def test_a_series_that_nobody_could_keep_is_refused(sqlite_world: World) -> None:
    lead = person(sqlite_world, Role.LEAD)
    case_id = triaged_case(sqlite_world, lead, authority(sqlite_world))
    for until in (FIRST, date(2026, 11, 1), date(2040, 1, 1)):
        with pytest.raises(Invalid) as refused:
            schedule_followup(
                sqlite_world, lead, case_id, None, FIRST, "", repeat=Repeat(Rhythm.MONTH, until)
            )
        assert set(refused.value.problems) == {"until"}
    duty = schedule_followup(
        sqlite_world, lead, case_id, None, FIRST, "", repeat=Repeat(Rhythm.MONTH, date(2027, 1, 29))
    ).duty_id
    with pytest.raises(Invalid) as refused:
        move_duty(sqlite_world, lead, case_id, duty, date(2027, 2, 2), "Later.", with_series=True)
    assert set(refused.value.problems) == {"to"}
    move_duty(sqlite_world, lead, case_id, duty, date(2027, 2, 2), "Later.")


def test_nobody_else_ends_or_sees_a_series(sqlite_world: World) -> None:
    lead = person(sqlite_world, Role.LEAD)
    case_id, duty = repeating_case(sqlite_world, lead)
    curious = [
        person(sqlite_world, Role.LEAD, Region.LONDON),
        person(sqlite_world, Role.ASSOCIATE),
        person(sqlite_world, Role.ADMINISTRATOR, None),
        person(sqlite_world, Role.COORDINATOR, None),
    ]
    for somebody in curious:
        with pytest.raises(NotFound):
            end_series(sqlite_world, somebody, case_id, duty)
    other = triaged_case(sqlite_world, lead, authority(sqlite_world))
    with pytest.raises(NotFound):
        end_series(sqlite_world, lead, other, duty)


def test_the_clock_reminds_of_each_one(sqlite_world: World, clock: Clock) -> None:
    """Only the first of a series would ever be raised."""
    lead = person(sqlite_world, Role.LEAD)
    case_id, duty = repeating_case(sqlite_world, lead)
    reminded = []
    for _ in range(3):
        clock.pass_days(7)
        reminded.append(tick(sqlite_world).reminded)
        following = complete_duty(sqlite_world, lead, case_id, duty, "Asked.")
        assert following is not None
        duty = following.duty_id
    assert reminded == [1, 1, 1]
    assert open_duty(sqlite_world, case_id).kind is DutyKind.FOLLOW_UP
