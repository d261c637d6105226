"""Follow-ups: on working days, done with a next date, moved with their history; nothing falls between stools."""

from datetime import date

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.duties.agenda import AgendaEntry, Whose, agenda
from clearinghouse.casework.duties.followups import (
    complete_duty,
    duty_calendar,
    duty_page,
    move_duty,
    schedule_followup,
    who_may_owe,
)
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records import ledger
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person

FRIDAY = date(2026, 12, 4)


@pytest.fixture
def associate(world: World) -> Actor:
    return person(world, Role.ASSOCIATE)


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (date(2026, 12, 4), date(2026, 12, 4)),
        (
            date(2026, 12, 25),
            date(2026, 12, 29),
        ),  # Christmas, Saturday, Sunday, the substitute for Boxing Day
        (date(2026, 12, 26), date(2026, 12, 29)),
        (date(2027, 3, 28), date(2027, 3, 30)),  # the clocks go forward on Easter Sunday
        (date(2027, 10, 31), date(2027, 11, 1)),  # the clocks go back
    ],
)
def test_a_follow_up_falls_on_the_next_working_day_of_england(
    sqlite_world: World, asked: date, due: date
) -> None:
    associate = person(sqlite_world, Role.ASSOCIATE)
    case = logged_case(sqlite_world, associate, authority(sqlite_world))
    done = schedule_followup(sqlite_world, associate, case.case_id, None, asked, "")
    assert (done.due_on, done.moved) == (due, asked != due)
    shown = duty_page(sqlite_world, associate, case.case_id, done.duty_id)
    assert (shown.due_on, shown.asked_on) == (due, asked if asked != due else None)


def test_the_day_the_clocks_went_back_in_2026_is_a_sunday_for_follow_ups(
    sqlite_world: World, clock: object
) -> None:
    clock.pass_days(-40)  # type: ignore[attr-defined]  # the test's own clock
    associate = person(sqlite_world, Role.ASSOCIATE)
    case = logged_case(sqlite_world, associate, authority(sqlite_world))
    done = schedule_followup(sqlite_world, associate, case.case_id, None, date(2026, 10, 25), "")
    assert done.due_on == date(2026, 10, 26)


def test_a_follow_up_is_done_moved_and_followed_by_the_next_and_all_of_it_is_kept(
    world: World, associate: Actor
) -> None:
    lead = person(world, Role.LEAD)
    case = logged_case(world, associate, authority(world))
    first = schedule_followup(world, associate, case.case_id, None, FRIDAY, "Ring the chief executive.")
    move_duty(world, associate, case.case_id, first.duty_id, date(2026, 12, 12), "She is away.")
    shown = duty_page(world, lead, case.case_id, first.duty_id)
    assert (shown.note, shown.due_on, shown.asked_on) == (
        "Ring the chief executive.",
        date(2026, 12, 14),
        date(2026, 12, 12),
    )
    assert [(move.from_on, move.to_on, move.reason) for move in shown.moves] == [
        (FRIDAY, date(2026, 12, 14), "She is away.")
    ]
    following = complete_duty(
        world, associate, case.case_id, first.duty_id, "She called back.", date(2027, 1, 4)
    )
    assert following is not None
    done = duty_page(world, associate, case.case_id, first.duty_id)
    assert (done.is_open, done.outcome, done.may_move) == (False, "She called back.", False)
    with world.reading(lead) as work:
        types = [entry.type for entry in ledger.entries(work.session, case.case_id)]
    assert [kind for kind in types if kind in (Event.DUTY_MOVED, Event.DUTY_DONE)] == [
        Event.DUTY_DONE,
        Event.DUTY_MOVED,
    ]
    assert case_header(world, associate, case.case_id).due_on == date(
        2026, 11, 25
    )  # the triage is owed before


def test_the_last_duty_of_an_open_case_is_done_only_with_a_next_date(world: World, associate: Actor) -> None:
    case = logged_case(world, associate, authority(world))
    only = schedule_followup(world, associate, case.case_id, None, FRIDAY, "")
    with world.unit_of_work(associate) as work:  # as if the triage were done
        triage = work.session.scalars(select(Duty).where(Duty.kind == DutyKind.TRIAGE)).one()
        triage.state = DutyState.DONE
    with pytest.raises(Invalid) as refused:
        complete_duty(world, associate, case.case_id, only.duty_id, "Done.")
    assert list(refused.value.problems) == ["next_on"]
    assert duty_page(world, associate, case.case_id, only.duty_id).is_open
    complete_duty(world, associate, case.case_id, only.duty_id, "Done.", date(2027, 1, 4))
    assert case_header(world, associate, case.case_id).due_on == date(2027, 1, 4)


def test_what_has_a_page_of_its_own_is_not_ticked_off_and_what_is_done_is_not_done_again(
    sqlite_world: World,
) -> None:
    associate, lead = person(sqlite_world, Role.ASSOCIATE), person(sqlite_world, Role.LEAD)
    case = logged_case(sqlite_world, associate, authority(sqlite_world))
    triage = agenda(sqlite_world, lead).days[0].entries[0]
    with pytest.raises(Refused, match="recording it"):
        complete_duty(sqlite_world, lead, case.case_id, triage.duty_id, "Done.", FRIDAY)
    mine = schedule_followup(sqlite_world, associate, case.case_id, None, FRIDAY, "")
    complete_duty(sqlite_world, associate, case.case_id, mine.duty_id, "Done.")
    for again in (
        lambda: complete_duty(sqlite_world, associate, case.case_id, mine.duty_id, "Done."),
        lambda: move_duty(sqlite_world, associate, case.case_id, mine.duty_id, FRIDAY, "Later."),
    ):
        with pytest.raises(Refused, match="done already"):
            again()


@pytest.mark.parametrize(
    ("asked", "words"),
    [(date(2026, 11, 22), "today or in the future"), (date(9999, 12, 31), "within five years")],
)
def test_a_date_that_cannot_be_is_refused_at_its_field(sqlite_world: World, asked: date, words: str) -> None:
    associate = person(sqlite_world, Role.ASSOCIATE)
    case = logged_case(sqlite_world, associate, authority(sqlite_world))
    with pytest.raises(Invalid, match=words):
        schedule_followup(sqlite_world, associate, case.case_id, None, asked, "")


def test_only_people_who_may_work_on_the_case_are_given_a_follow_up_and_a_stale_form_is_told(
    sqlite_world: World,
) -> None:
    council = authority(sqlite_world)
    associate, lead = person(sqlite_world, Role.ASSOCIATE), person(sqlite_world, Role.LEAD)
    walled = person(sqlite_world, Role.LEAD, walled_from=council)
    colleague = person(sqlite_world, Role.ASSOCIATE)
    case = logged_case(sqlite_world, associate, council)
    assert {each.id for each in who_may_owe(sqlite_world, associate, case.case_id)} == {associate.id, lead.id}
    for other in (walled, colleague):
        with pytest.raises(Invalid, match="people listed"):
            schedule_followup(sqlite_world, associate, case.case_id, None, FRIDAY, "", owner_id=other.id)
    seen = case_header(sqlite_world, associate, case.case_id).version
    schedule_followup(sqlite_world, lead, case.case_id, seen, FRIDAY, "", owner_id=associate.id)
    with pytest.raises(Stale):
        schedule_followup(sqlite_world, associate, case.case_id, seen, FRIDAY, "")


@pytest.mark.parametrize(
    ("role", "region", "walled"),
    [
        (Role.ASSOCIATE, Region.SOUTH_WEST, False),
        (
            Role.ASSOCIATE,
            Region.NORTH_EAST,
            False,
        ),  # of the region, but not on the case: the header and no more
        (Role.LEAD, Region.NORTH_EAST, True),
        (Role.ADMINISTRATOR, None, False),
    ],
)
def test_outsiders_find_no_duty(sqlite_world: World, role: Role, region: Region | None, walled: bool) -> None:
    council = authority(sqlite_world)
    associate = person(sqlite_world, Role.ASSOCIATE)
    outsider = person(sqlite_world, role, region, walled_from=council if walled else None)
    case = logged_case(sqlite_world, associate, council)
    duty = schedule_followup(sqlite_world, associate, case.case_id, None, FRIDAY, "").duty_id
    for attempt in (
        lambda: duty_page(sqlite_world, outsider, case.case_id, duty),
        lambda: complete_duty(sqlite_world, outsider, case.case_id, duty, "Done.", FRIDAY),
        lambda: move_duty(sqlite_world, outsider, case.case_id, duty, date(2026, 12, 7), "No."),
        lambda: schedule_followup(sqlite_world, outsider, case.case_id, None, FRIDAY, ""),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_a_calendar_entry_carries_the_reference_and_nothing_else(sqlite_world: World) -> None:
    associate = person(sqlite_world, Role.ASSOCIATE, name="Ash Moor")
    walled = person(sqlite_world, Role.LEAD, walled_from=(council := authority(sqlite_world)))
    case = logged_case(sqlite_world, associate, council)
    duty = schedule_followup(sqlite_world, associate, case.case_id, None, FRIDAY, "CANARY-NOTE").duty_id
    file = duty_calendar(sqlite_world, associate, case.case_id, duty).decode()
    assert f"SUMMARY:{case.reference}\r\n" in file
    assert "DTSTART;VALUE=DATE:20261204\r\n" in file
    for word in ("CANARY", "Midthorpe", "Follow", "Ash"):
        assert word not in file
    with pytest.raises(NotFound):
        duty_calendar(sqlite_world, walled, case.case_id, duty)


def _entries(world: World, actor: Actor, whose: Whose = Whose.MINE) -> list[AgendaEntry]:
    return [entry for day in agenda(world, actor, whose).days for entry in day.entries]


def test_an_agenda_shows_own_duties_by_day_and_a_lead_the_regions(
    world: World, associate: Actor, clock: object
) -> None:
    lead, elsewhere = person(world, Role.LEAD), person(world, Role.LEAD, Region.SOUTH_WEST)
    case = logged_case(world, associate, authority(world))
    schedule_followup(world, associate, case.case_id, None, FRIDAY, "")
    clock.pass_days(4)  # type: ignore[attr-defined]  # the test's own clock: the triage was due the day before
    assert [(entry.kind, entry.is_overdue) for entry in _entries(world, lead)] == [(DutyKind.TRIAGE, True)]
    assert [entry.kind for entry in _entries(world, associate, Whose.REGION)] == [DutyKind.FOLLOW_UP]
    region = _entries(world, lead, Whose.REGION)
    assert [(entry.kind, entry.is_mine) for entry in region] == [
        (DutyKind.TRIAGE, True),
        (DutyKind.FOLLOW_UP, False),
    ]
    assert _entries(world, elsewhere, Whose.REGION) == []


def test_a_wall_takes_a_duty_off_the_agenda_of_its_owner(sqlite_world: World) -> None:
    council, other = authority(sqlite_world), authority(sqlite_world, "Oxtown Council")
    associate, lead = person(sqlite_world, Role.ASSOCIATE), person(sqlite_world, Role.LEAD)
    logged_case(sqlite_world, associate, council)
    seen = logged_case(sqlite_world, associate, other)
    linked = Actor(lead.id, lead.name, grants=lead.grants, walled=frozenset({council}))
    for whose in Whose:
        assert {entry.reference for entry in _entries(sqlite_world, linked, whose)} == {seen.reference}


def test_an_agenda_is_paged_by_key_without_gap_or_repeat(sqlite_world: World) -> None:
    associate = person(sqlite_world, Role.ASSOCIATE)
    case = logged_case(sqlite_world, associate, authority(sqlite_world))
    for day in (4, 4, 4, 7, 8):
        schedule_followup(sqlite_world, associate, case.case_id, None, date(2026, 12, day), "")
    everything = [entry.duty_id for entry in _entries(sqlite_world, associate)]
    found, behind = [], None
    while True:
        page = agenda(sqlite_world, associate, behind=behind, limit=2)
        found += [entry.duty_id for day in page.days for entry in day.entries]
        if page.further is None:
            break
        behind = page.further
    assert found == everything
    assert len(found) == 6  # without a lead the associate owes the triage as well
