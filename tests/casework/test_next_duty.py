"""An open case always has an owner and a next dated duty, whatever a verb forgets (004 §19)."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.clock import tick
from clearinghouse.casework.errors import InvariantBroken
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.next_duty import LEAVES_NEXT_DUTY
from clearinghouse.casework.upkeep.checkup import check_up
from clearinghouse.casework.upkeep.mending import count_cases_without
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.vocabulary import DutyKind, Standing
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty, DutyState, Letter
from clearinghouse.records.events import Event
from clearinghouse.records.ledger import LedgerEvent
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.worlds import settings_for


def _ends_it(work: Work, duty: Duty) -> None:
    duty.state = DutyState.DONE


def _takes_it_away(work: Work, duty: Duty) -> None:
    work.session.delete(duty)


def _ends_it_between_two_flushes(work: Work, duty: Duty) -> None:
    duty.state = DutyState.DONE
    work.session.flush()
    work.session.expire_all()


def _moves_it_to_another_case(work: Work, duty: Duty) -> None:
    others = select(Case.id).where(Case.id != duty.case_id)
    duty.case_id = work.session.scalars(others).one()


def _opens_the_case_anew(work: Work, duty: Duty) -> None:
    case = work.session.get_one(Case, duty.case_id)
    case.standing, duty.state = Standing.CLOSED, DutyState.REPLACED
    work.session.flush()
    work.settle()  # closed, it may be without
    case.standing = Standing.TRIAGED


def _many_at_once(work: Work, duty: Duty) -> None:
    work.session.execute(update(Duty).where(Duty.id == duty.id).values(state=DutyState.DONE))


def _many_taken_away(work: Work, duty: Duty) -> None:
    work.session.execute(delete(Duty).where(Duty.id == duty.id))


FORGETFUL = [
    _ends_it,
    _takes_it_away,
    _ends_it_between_two_flushes,
    _moves_it_to_another_case,
    _opens_the_case_anew,
    _many_at_once,
    _many_taken_away,
]


@pytest.mark.parametrize("forget", FORGETFUL, ids=lambda verb: verb.__name__.strip("_"))
def test_a_verb_that_forgets_to_record_its_change_leaves_no_case_without(
    world: World, forget: Callable[[Work, Duty], None]
) -> None:
    """A case would lie open for ever, in nobody's agenda: the worst that can happen here."""
    associate, council = person(world, Role.ASSOCIATE), authority(world)
    case_id = logged_case(world, associate, council).case_id
    logged_case(world, associate, council)
    with pytest.raises(InvariantBroken), world.unit_of_work(associate) as work:
        forget(work, work.session.scalars(select(Duty).where(Duty.case_id == case_id)).one())
    assert count_cases_without(world) == 0
    with world.reading(OPERATOR) as work:
        duty = work.session.scalars(select(Duty).where(Duty.case_id == case_id)).one()
        assert duty.state is DutyState.OPEN


def test_lists_follow_a_date_that_a_verb_changed_without_a_word(sqlite_world: World) -> None:
    """The list would go on ordering by the old date."""
    associate = person(sqlite_world, Role.ASSOCIATE)
    case_id = logged_case(sqlite_world, associate, authority(sqlite_world)).case_id
    with sqlite_world.unit_of_work(associate) as work:
        work.session.scalars(select(Duty).where(Duty.case_id == case_id)).one().due_on = date(2026, 12, 9)
    assert case_header(sqlite_world, associate, case_id).due_on == date(2026, 12, 9)


def test_a_statement_over_many_says_that_it_leaves_them_as_they_are(sqlite_world: World) -> None:
    associate = person(sqlite_world, Role.ASSOCIATE)
    logged_case(sqlite_world, associate, authority(sqlite_world))
    with sqlite_world.unit_of_work(associate) as work:
        work.session.execute(
            update(Duty).values(reminded_at=work.now), execution_options={LEAVES_NEXT_DUTY: True}
        )


def _lose(world: World, case_id: UUID) -> None:
    """End the case's duties past the program, as somebody with the database's password could."""
    with world.database.writing() as session:
        session.execute(update(Duty).where(Duty.case_id == case_id).values(state=DutyState.DONE))


def test_what_was_written_past_the_program_is_found_and_mended_and_the_leads_told_once(world: World) -> None:
    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    council = authority(world)
    person(world, Role.LEAD, walled_from=council)
    case_id = logged_case(world, associate, council).case_id
    untouched = logged_case(world, associate, council).case_id
    before = case_header(world, lead, untouched)
    _lose(world, case_id)
    assert count_cases_without(world) == 1
    reports = [tick(world), tick(world)]
    assert [(report.mended, report.failures) for report in reports] == [(1, ()), (0, ())]
    assert count_cases_without(world) == 0
    with world.reading(OPERATOR) as work:
        owed = work.session.scalars(select(Duty).where(Duty.case_id == case_id, Duty.state == DutyState.OPEN))
        duty = owed.one()
        assert (duty.kind, duty.due_on, duty.owner_id) == (DutyKind.FOLLOW_UP, work.today, associate.id)
        letters = work.session.scalars(select(Letter.user_id).where(Letter.kind == "without_duty")).all()
        found = select(LedgerEvent.stream_id).where(LedgerEvent.type == Event.CASE_FOUND_WITHOUT_DUTY)
        assert work.session.scalars(found).all() == [str(case_id)]
    assert letters == [lead.id]
    assert case_header(world, lead, untouched) == before
    assert verify(world).faults == ()


def test_a_quick_round_leaves_the_search_to_a_thorough_one(sqlite_world: World) -> None:
    """Every few seconds the clock would look through every open case."""
    case_id = logged_case(sqlite_world, person(sqlite_world, Role.ASSOCIATE), authority(sqlite_world)).case_id
    _lose(sqlite_world, case_id)
    assert tick(sqlite_world, thorough=False).mended == 0
    assert tick(sqlite_world).mended == 1


def test_the_check_up_names_it(sqlite_world: World, tmp_path: Path) -> None:
    case_id = logged_case(sqlite_world, person(sqlite_world, Role.ASSOCIATE), authority(sqlite_world)).case_id
    settings = settings_for(tmp_path / "home")

    def said() -> tuple[str, bool]:
        (finding,) = (each for each in check_up(settings) if each.subject == "cases")
        return finding.words, finding.mend is None

    assert said() == ("every open case has its next duty", True)
    _lose(sqlite_world, case_id)
    assert said() == ("open cases without a next duty: 1", False)
