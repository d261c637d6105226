"""The reviewer's report: every role with its last use, true to what was used, and what a reviewer says of it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Actor, Grant, Region, Role
from clearinghouse.casework.assignment import change_owner
from clearinghouse.casework.cases import case_page
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.people.accounts import (
    confirm_grant,
    end_grant,
    people_view,
    person_view,
    propose_grant,
)
from clearinghouse.casework.people.grant_reminders import remind_of_reviews
from clearinghouse.casework.people.grant_review import (
    GrantFilter,
    GrantLine,
    GrantState,
    UsedBy,
    export_grants,
    grant_report,
    review_grant,
)
from clearinghouse.casework.sign_in.sessions import begin_session
from clearinghouse.casework.world import World
from clearinghouse.records import ledger
from clearinghouse.records.duties import Letter
from clearinghouse.records.events import Event
from clearinghouse.records.people import RoleGrant, User
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import again, person
from tests.worlds import Clock

EVERYTHING = GrantFilter()


@pytest.fixture
def admin(world: World) -> Actor:
    """Whoever reviews."""
    return person(world, Role.ADMINISTRATOR, None, "Ann Field")


def signs_in(world: World, somebody: Actor) -> None:
    with world.unit_of_work(somebody) as work:
        begin_session(work, work.session.get_one(User, somebody.person))


def lines_of(
    world: World, looker: Actor, somebody: Actor, given: GrantFilter = EVERYTHING
) -> list[GrantLine]:
    return [line for line in grant_report(world, looker, given).lines if line.person_id == somebody.id]


def also(world: World, somebody: Actor, role: Role, region: Region | None) -> Actor:
    """The same person with one role more."""
    with world.unit_of_work(OPERATOR) as work:
        work.add(
            RoleGrant(
                user_id=somebody.person,
                role=role,
                region=region,
                starts_on=work.today,
                confirmed_at=work.now,
            )
        )
    return again(world, somebody)


def test_a_role_that_nobody_uses_is_marked_after_sixty_days(world: World, admin: Actor, clock: Clock) -> None:
    """A forgotten account with a lead's role is a way in that nobody misses."""
    idle, busy = person(world, Role.LEAD), person(world, Role.LEAD)
    clock.pass_days(59)
    signs_in(world, busy)
    assert not any(line.is_unused for line in grant_report(world, admin, EVERYTHING).lines)
    clock.pass_days(1)
    (of_idle,), (of_busy,) = lines_of(world, admin, idle), lines_of(world, admin, busy)
    assert (of_idle.used_on, of_idle.used_by, of_idle.idle_days) == (None, UsedBy.NOT_YET, 60)
    assert (of_idle.is_unused, of_busy.is_unused, of_busy.used_by) == (True, False, UsedBy.SIGNED_IN)
    assert lines_of(world, admin, busy, GrantFilter(unused=True)) == []
    assert lines_of(world, admin, idle, GrantFilter(unused=True)) == [of_idle]


def test_of_several_roles_each_has_its_own_use(world: World, admin: Actor, clock: Clock) -> None:
    """Whoever is here every day as an associate has a lead's role elsewhere that nobody uses, and nobody sees."""
    council = authority(world)
    both = also(world, person(world, Role.ASSOCIATE), Role.LEAD, Region.LONDON)
    case = logged_case(world, both, council)
    clock.pass_days(70)
    signs_in(world, both)
    case_page(world, both, case.case_id)
    by_role = {line.grant.role: line for line in lines_of(world, admin, both)}
    assert by_role[Role.ASSOCIATE].used_on == world.today
    assert by_role[Role.ASSOCIATE].used_by is UsedBy.ON_CASE
    assert (by_role[Role.LEAD].used_on, by_role[Role.LEAD].is_unused) == (None, True)


def test_what_is_changed_without_being_opened_is_a_use(sqlite_world: World, clock: Clock) -> None:
    """A lead who hands out cases from a list would be said to need no role."""
    world = sqlite_world
    both = also(world, person(world, Role.LEAD), Role.ASSOCIATE, Region.LONDON)
    case = logged_case(world, person(world, Role.ASSOCIATE), authority(world))
    clock.pass_days(70)
    change_owner(world, both, case.case_id, None, both.person, keep=True)
    lines = lines_of(world, person(world, Role.ADMINISTRATOR, None), both)
    assert {line.grant.role: line.used_on for line in lines} == {Role.LEAD: world.today, Role.ASSOCIATE: None}


def test_nothing_from_before_a_role_began_is_its_use(world: World, admin: Actor, clock: Clock) -> None:
    """An old sign-in would make a role of yesterday look used."""
    somebody = person(world, Role.ASSOCIATE)
    signs_in(world, somebody)
    clock.pass_days(100)
    later = also(world, somebody, Role.LEAD, Region.LONDON)
    assert {line.grant.role: line.used_on for line in lines_of(world, admin, later)}[Role.LEAD] is None


def test_who_proposed_and_who_confirmed_stands_beside_each(world: World, admin: Actor) -> None:
    """Two friends who make each other's readers stand out only where both are named."""
    other, somebody = person(world, Role.ADMINISTRATOR, None, "Bea Holt"), person(world, Role.ASSOCIATE)
    propose_grant(world, admin, somebody.person, Grant(Role.LEAD, Region.LONDON))
    confirm_grant(world, other, people_view(world, other).waiting[0].id)
    by_role = {line.grant.role: line for line in lines_of(world, admin, somebody)}
    assert (by_role[Role.LEAD].proposed_by, by_role[Role.LEAD].confirmed_by) == ("Ann Field", "Bea Holt")
    assert by_role[Role.ASSOCIATE].confirmed_by == "the operator"


def test_what_ended_stays_for_a_year(world: World, admin: Actor, clock: Clock) -> None:
    """Whoever had a role in spring can be asked about in autumn; a proposal is no role."""
    somebody = person(world, Role.LEAD)
    propose_grant(world, admin, somebody.person, Grant(Role.ASSOCIATE, Region.LONDON))
    end_grant(world, admin, person_view(world, admin, somebody.person).grants[0].id)
    (line,) = lines_of(world, admin, somebody)
    assert (line.state, line.is_due, line.may_review) == (GrantState.ENDED, False, False)
    clock.pass_days(366)
    assert lines_of(world, admin, somebody) == []


def test_a_review_is_due_each_half_year_and_is_in_the_ledger(
    world: World, admin: Actor, clock: Clock
) -> None:
    """A role that was right once is asked about again, and who said so can be asked."""
    somebody, auditor = person(world, Role.LEAD), person(world, Role.AUDIT_OFFICER, None, "Eve Wren")
    clock.pass_days(179)
    (line,) = lines_of(world, admin, somebody)
    assert (line.is_due, line.review_on) == (False, world.today + timedelta(days=1))
    clock.pass_days(1)
    assert grant_report(world, admin, EVERYTHING).due == 3
    review_grant(world, auditor, line.id, needed=True)
    (line,) = lines_of(world, admin, somebody)
    assert (line.is_due, line.needed, line.reviewed_by) == (False, True, "Eve Wren")
    clock.pass_days(180)
    assert lines_of(world, admin, somebody, GrantFilter(due=True))
    with world.reading(OPERATOR) as work:
        (event,) = ledger.entries(work.session, somebody.person, Event.GRANT_REVIEWED)
        assert (event.actor, event.facts["needed"]) == (str(auditor.id), True)


def test_reviewers_are_mailed_once_a_week_while_something_is_due(
    world: World, admin: Actor, clock: Clock
) -> None:
    """A review that nobody is told of is one that nobody makes; a clock that runs twice would mail twice."""
    lead, auditor = person(world, Role.LEAD), person(world, Role.AUDIT_OFFICER, None)

    def told() -> list[int]:
        with world.reading(OPERATOR) as work:
            mine = select(Letter.user_id).where(Letter.kind == "roles_to_review")
            letters = work.session.scalars(mine).all()
            return [letters.count(each.person) for each in (admin, auditor, lead)]

    clock.pass_days(179)
    remind_of_reviews(world)
    assert told() == [0, 0, 0]
    clock.pass_days(1)
    assert (remind_of_reviews(world), remind_of_reviews(world)) == (2, 0)
    clock.pass_days(6)
    remind_of_reviews(world)
    assert told() == [1, 1, 0]
    clock.pass_days(1)
    assert remind_of_reviews(world) == 2
    # What is left is a role of the auditor's own, of which another says whether it is needed.
    for line in grant_report(world, admin, EVERYTHING).lines:
        if line.person_id != auditor.id:
            review_grant(world, auditor if line.person_id == admin.id else admin, line.id, needed=True)
    clock.pass_days(7)
    assert remind_of_reviews(world) == 1
    assert told() == [3, 2, 0]


def test_what_is_said_not_to_be_needed_stays_in_sight_until_it_is_ended(world: World, admin: Actor) -> None:
    """An audit officer takes nothing away; what they said must not be overlooked."""
    somebody, auditor = person(world, Role.LEAD), person(world, Role.AUDIT_OFFICER, None)
    (line,) = lines_of(world, auditor, somebody)
    review_grant(world, auditor, line.id, needed=False)
    report = grant_report(world, admin, EVERYTHING)
    assert (report.not_needed, report.due) == (1, 1)
    assert again(world, somebody).grants == somebody.grants
    with pytest.raises(NotFound):
        end_grant(world, auditor, line.id)
    end_grant(world, admin, line.id)
    assert grant_report(world, admin, EVERYTHING).not_needed == 0
    with pytest.raises(NotFound):
        review_grant(world, auditor, line.id, needed=True)


def test_nobody_says_of_their_own_role_that_it_is_needed(world: World, admin: Actor) -> None:
    """Everybody needs their own."""
    (line,) = lines_of(world, admin, admin)
    assert not line.may_review
    with pytest.raises(Refused, match="your own"):
        review_grant(world, admin, line.id, needed=True)


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in (Role.ADMINISTRATOR, Role.AUDIT_OFFICER)]
)
def test_the_report_is_not_there_for_anybody_else(world: World, role: Role) -> None:
    """Who holds which role where, and is never here, is what somebody would want to know who looks for a way in."""
    subject, outsider = person(world, Role.LEAD), person(world, role)
    (line,) = lines_of(world, person(world, Role.AUDIT_OFFICER, None), subject)
    with pytest.raises(NotFound):
        grant_report(world, outsider, EVERYTHING)
    with pytest.raises(NotFound):
        export_grants(world, outsider, EVERYTHING)
    with pytest.raises(NotFound):
        review_grant(world, outsider, line.id, needed=True)


def test_no_name_works_as_a_formula_in_the_file(world: World, admin: Actor) -> None:
    """Whoever names themselves so would run it on an auditor's machine."""
    person(world, Role.LEAD, name='=HYPERLINK("http://elsewhere.example","Ann")')
    person(world, Role.LEAD, name="+1 Ola")
    text = export_grants(world, admin, GrantFilter(role=Role.LEAD))
    assert text.splitlines()[0].startswith("Person,Role,Region")
    assert len(text.splitlines()) == 3
    assert "'=HYPERLINK" in text
    assert "\r\n'+1 Ola" in text
    with world.reading(OPERATOR) as work:
        (event,) = ledger.entries(work.session, world.vault.installation, Event.GRANTS_EXPORTED)
        assert event.facts["grants"] == 2


def test_a_role_is_due_from_its_own_confirmation(world: World, admin: Actor) -> None:
    """Not from when the report was first looked at."""
    (line,) = lines_of(world, admin, person(world, Role.LEAD))
    assert line.review_on == date(2027, 5, 22)
