"""Break-glass: one case for four hours, all who look after it told at once, and nothing learnt by who is refused."""

from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.decision import Membership
from clearinghouse.access.policy import Reach
from clearinghouse.access.roles import OPERATOR, Actor, Grant, Region, Role
from clearinghouse.casework.assignment import add_to_case, change_owner
from clearinghouse.casework.cases import case_access, case_list, case_page, export_cases
from clearinghouse.casework.closing import close_case
from clearinghouse.casework.dialogue.conversations import conversations_page
from clearinghouse.casework.duties.agenda import agenda
from clearinghouse.casework.duties.followups import schedule_followup
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.links import LinkKind, declare_link
from clearinghouse.casework.listing import CaseFilter
from clearinghouse.casework.openings.break_glass import (
    LIMIT,
    NOTHING,
    READS_ALREADY,
    break_glass,
    close_again,
    end_break_glass,
    review_break_glass,
)
from clearinghouse.casework.openings.views import case_openings, open_cases
from clearinghouse.casework.people.accounts import (
    confirm_grant,
    end_grant,
    people_view,
    person_view,
    propose_grant,
)
from clearinghouse.casework.sign_in.sessions import begin_session, sign_out_everywhere, who
from clearinghouse.casework.sign_in.throttles import TooMany
from clearinghouse.casework.source import open_source
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.jobs.ticking import run_clock
from clearinghouse.protocol.vocabulary import ClosingOutcome, DutyKind
from clearinghouse.records import ledger
from clearinghouse.records.cases import Case, Concern
from clearinghouse.records.duties import Letter
from clearinghouse.records.events import Event
from clearinghouse.records.ledger import LedgerEvent
from clearinghouse.records.people import User, WebSession
from clearinghouse.records.sealed import Compartment
from tests.casework.test_leavers import owed
from tests.casework.test_tombstones import destroy
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.people import again, person
from tests.search.conftest import search
from tests.worlds import Clock

WHY = "A child may be in danger tonight, and nobody there answers. canary-glass-3141"


class Town:
    """A case of the North East with its associate and lead, and a lead of London who is signed in."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.council = authority(world)
        self.lead = person(world, Role.LEAD, name="Ravi Singh")
        self.owner = person(world, Role.ASSOCIATE, name="Ada Okafor")
        self.case_id = triaged_case(world, self.lead, self.council)
        self.reference = case_header(world, self.lead, self.case_id).reference
        self.outsider = person(world, Role.LEAD, Region.LONDON, "Lena Far")
        self.session = session_of(world, self.outsider)

    def open(self) -> UUID:
        break_glass(self.world, self.outsider, self.session, self.reference.lower().replace("-", " "), WHY)
        return case_openings(self.world, self.lead, self.case_id).openings[0].id

    def reads(self, actor: Actor) -> bool:
        try:
            return case_page(self.world, again(self.world, actor), self.case_id).reading is not None
        except NotFound:
            return False


def session_of(world: World, actor: Actor) -> UUID:
    with world.unit_of_work(actor) as work:
        token = begin_session(work, work.session.get_one(User, actor.id))
    found = who(world, token)
    assert found
    return found.session


@pytest.fixture
def town(world: World) -> Town:
    return Town(world)


@pytest.fixture
def sqlite_town(sqlite_world: World) -> Town:
    return Town(sqlite_world)


def told(world: World, kind: str) -> set[UUID]:
    with world.reading(OPERATOR) as work:
        return set(work.session.scalars(select(Letter.user_id).where(Letter.kind == kind)))


def test_it_opens_one_case_to_read_and_all_who_look_after_it_are_told(town: Town) -> None:
    """Nobody could look where harm is near; or somebody would look and nobody would know."""
    world, outsider = town.world, town.outsider
    other_lead, national = person(world, Role.LEAD), person(world, Role.LEAD, None)
    change_owner(world, town.lead, town.case_id, None, town.owner.person, keep=True)
    linked = person(world, Role.LEAD, walled_from=town.council)
    other = logged_case(world, town.lead, town.council).case_id
    assert not town.reads(outsider)
    town.open()
    assert told(world, "break_glass") == {town.owner.id, town.lead.id, other_lead.id, national.id}
    assert linked.id not in told(world, "break_glass")
    assert town.reads(outsider)
    assert conversations_page(world, outsider, town.case_id)
    page = case_page(world, outsider, town.case_id)
    assert page.header.open_until is not None
    with world.reading(OPERATOR) as work:
        concern = work.session.scalars(select(Concern.id).where(Concern.case_id == town.case_id)).one()
        views = ledger.entries(work.session, town.case_id, Event.CASE_OPENED)
        mine = [each for each in views if each.actor == str(outsider.id)]
        assert mine
        assert {each.facts["reach"] for each in mine} == {Reach.BREAK_GLASS}
    with pytest.raises(NotFound):
        open_source(world, outsider, town.case_id, concern)
    with pytest.raises(NotFound):
        schedule_followup(world, outsider, town.case_id, None, world.today, "Do it.")
    with pytest.raises(NotFound):
        case_header(world, outsider, other)
    found = case_access(world, town.lead, town.case_id)
    assert "Lead, London, by break-glass" in {reader.right for reader in found.sight.readers}
    assert any(opening.by_break_glass and opening.by == "Lena Far" for opening in found.openings)
    assert owed(world, town.case_id)[DutyKind.REVIEW_BREAK_GLASS] != outsider.id


def test_it_stands_in_no_list_count_agenda_or_search(sqlite_town: Town) -> None:
    """What was opened to look once would become part of somebody's day."""
    world, outsider = sqlite_town.world, sqlite_town.outsider
    empty = agenda(world, outsider)
    sqlite_town.open()
    outsider = again(world, outsider)
    assert case_list(world, outsider, CaseFilter()).rows == ()
    assert sqlite_town.reference not in export_cases(world, outsider, CaseFilter())
    assert agenda(world, outsider) == empty
    assert search(world, outsider, "Thresholds").found == ()
    assert search(world, outsider, sqlite_town.reference).found == ()
    assert [each.case_id for each in open_cases(world, outsider)] == [sqlite_town.case_id]


def test_absent_and_walled_are_answered_alike_and_leave_alike(sqlite_town: Town) -> None:
    """Who is kept from a case would learn by break-glass that it is there."""
    world, council = sqlite_town.world, sqlite_town.council
    walled = person(world, Role.LEAD, Region.LONDON, walled_from=council)
    here = person(world, Role.LEAD, walled_from=council)
    national = person(world, Role.LEAD, None, walled_from=council)
    left: list[object] = []
    for actor in (walled, here, national):
        for reference in (sqlite_town.reference, "CH-BBB-BBB", "nonsense", "", "CH-\x00", "’; drop table"):
            with pytest.raises(Invalid) as refusal:
                break_glass(world, actor, session_of(world, actor), reference, WHY)
            assert refusal.value.problems == {"reference": NOTHING}
            with world.reading(OPERATOR) as work:
                last = work.session.scalars(
                    select(LedgerEvent).where(LedgerEvent.type == Event.BREAK_GLASS_REFUSED)
                ).all()[-1]
                left.append((last.type, last.actor == str(actor.id), len(last.disclosed or b"")))
    assert len(set(left)) == 1
    with world.reading(OPERATOR) as work:
        assert not ledger.entries(work.session, sqlite_town.case_id, Event.BREAK_GLASS_OPENED)
    assert not told(world, "break_glass")


def test_what_was_destroyed_is_answered_as_absent(sqlite_town: Town) -> None:
    """Somebody would learn that it was there, and on which day it went."""
    destroy(sqlite_town.world, sqlite_town.case_id, Compartment.CONCERN)
    with pytest.raises(Invalid) as refusal:
        break_glass(sqlite_town.world, sqlite_town.outsider, sqlite_town.session, sqlite_town.reference, WHY)
    assert refusal.value.problems == {"reference": NOTHING}


def test_who_reads_it_already_is_told_so_and_who_may_open_none_nothing(sqlite_town: Town) -> None:
    world = sqlite_town.world
    with pytest.raises(Invalid) as refusal:
        break_glass(world, sqlite_town.lead, session_of(world, sqlite_town.lead), sqlite_town.reference, WHY)
    assert refusal.value.problems == {"reference": READS_ALREADY}
    for role in Role:
        if role is Role.LEAD:
            continue
        other = person(world, role, Region.LONDON)
        with pytest.raises(Invalid) as refusal:
            break_glass(world, other, session_of(world, other), sqlite_town.reference, WHY)
        assert refusal.value.problems == {"reference": NOTHING}


def test_without_a_reason_nothing_opens(sqlite_town: Town) -> None:
    with pytest.raises(Invalid, match="why you must open it"):
        break_glass(sqlite_town.world, sqlite_town.outsider, sqlite_town.session, sqlite_town.reference, "")
    assert not sqlite_town.reads(sqlite_town.outsider)


def test_references_are_not_tried_one_after_another(sqlite_town: Town, clock: Clock) -> None:
    """Somebody would go through all of them; the count is in the database, for every worker."""
    world, outsider = sqlite_town.world, sqlite_town.outsider
    for _ in range(LIMIT):
        with pytest.raises(Invalid):
            break_glass(world, outsider, sqlite_town.session, "CH-BBB-BBB", WHY)
    with pytest.raises(TooMany):
        break_glass(world, outsider, sqlite_town.session, sqlite_town.reference, WHY)
    clock.pass_days(1)
    assert break_glass(world, outsider, session_of(world, outsider), sqlite_town.reference, WHY)


def test_it_is_over_after_four_hours_at_the_next_request(town: Town, clock: Clock) -> None:
    world, outsider = town.world, town.outsider
    town.open()
    for _ in range(15):
        clock.pass_days(1 / 24 / 4 - 1 / 1440)
        _use(world, town.session)
        assert town.reads(outsider)
    clock.pass_days(1 / 24)
    _use(world, town.session)
    assert not town.reads(outsider)
    assert open_cases(world, outsider) == ()
    found = case_access(world, town.lead, town.case_id)
    assert "Lena Far" not in {reader.name for reader in found.sight.readers}
    assert any(opening.by == "Lena Far" and opening.by_break_glass for opening in found.openings)
    (opening,) = case_openings(world, town.lead, town.case_id).openings
    assert (opening.is_open, opening.reason) == (False, WHY)


def test_the_clock_writes_down_once_that_it_is_over(town: Town, clock: Clock) -> None:
    """The ledger would say when somebody got in, and never when they were out again."""
    world = town.world
    opening = town.open()
    run_clock(world, once=True)
    assert ended_by_clock(town) == []
    before = version_of(world, town.case_id)
    clock.pass_days(1 / 6)
    for _ in range(2):
        run_clock(world, once=True)
    assert ended_by_clock(town) == [opening]
    assert version_of(world, town.case_id) == before, "a form that was open there would be refused"
    (shown,) = case_openings(world, town.lead, town.case_id).openings
    assert (shown.is_open, shown.ended_by, shown.reviewed_at) == (False, "", None)


def test_the_clock_writes_down_that_the_session_ended(sqlite_town: Town, clock: Clock) -> None:
    """Whoever signs out would stand in the ledger as reading on for hours."""
    opening = sqlite_town.open()
    sign_out_everywhere(sqlite_town.world, sqlite_town.outsider)
    clock.pass_days(1 / 1440)
    run_clock(sqlite_town.world, once=True)
    assert ended_by_clock(sqlite_town) == [opening]


def ended_by_clock(town: Town) -> list[UUID]:
    with town.world.reading(OPERATOR) as work:
        ends = ledger.entries(work.session, town.case_id, Event.BREAK_GLASS_ENDED)
        return [UUID(str(each.facts["opening"])) for each in ends if each.actor == "clock"]


def version_of(world: World, case_id: UUID) -> int:
    with world.reading(OPERATOR) as work:
        return work.session.scalars(select(Case.version).where(Case.id == case_id)).one()


def _use(world: World, session: UUID) -> None:
    with world.database.writing() as work:
        work.get_one(WebSession, session).used_at = world.now()


def test_it_ends_with_the_session_and_another_session_does_not_keep_it(
    sqlite_town: Town, clock: Clock
) -> None:
    """A laptop left behind, signed out from afar, would go on reading."""
    world, outsider = sqlite_town.world, sqlite_town.outsider
    sqlite_town.open()
    sign_out_everywhere(world, outsider)
    session_of(world, outsider)
    assert not sqlite_town.reads(outsider)
    sqlite_town.session = session_of(world, outsider)
    sqlite_town.open()
    assert sqlite_town.reads(outsider)
    clock.pass_days(16 / 24 / 60)
    assert not sqlite_town.reads(outsider)


def test_it_ends_when_the_session_does_however_busy(sqlite_town: Town, clock: Clock) -> None:
    """A session of the evening before would read on past its eight hours."""
    clock.pass_days(7 / 24)
    _use(sqlite_town.world, sqlite_town.session)
    sqlite_town.open()
    assert sqlite_town.reads(sqlite_town.outsider)
    clock.pass_days(1 / 24)
    _use(sqlite_town.world, sqlite_town.session)
    assert not sqlite_town.reads(sqlite_town.outsider)


def test_it_ends_with_the_role_and_by_a_link(sqlite_town: Town) -> None:
    world = sqlite_town.world
    admin = person(world, Role.ADMINISTRATOR, None)
    sqlite_town.open()
    declare_link(
        world, sqlite_town.outsider, sqlite_town.outsider.person, sqlite_town.council, LinkKind.FAMILY
    )
    assert not sqlite_town.reads(sqlite_town.outsider)
    assert open_cases(world, again(world, sqlite_town.outsider)) == ()
    readers = case_access(world, sqlite_town.lead, sqlite_town.case_id).sight.readers
    assert "Lena Far" not in {reader.name for reader in readers}
    other = person(world, Role.LEAD, Region.LONDON)
    sqlite_town.outsider, sqlite_town.session = other, session_of(world, other)
    sqlite_town.open()
    assert sqlite_town.reads(other)
    end_grant(world, admin, person_view(world, admin, other.person).grants[0].id)
    assert not sqlite_town.reads(other)


def test_any_lead_of_the_region_ends_it_at_once_and_so_does_who_opened_it(sqlite_town: Town) -> None:
    world, outsider = sqlite_town.world, sqlite_town.outsider
    opening = sqlite_town.open()
    for other in (sqlite_town.owner, outsider, person(world, Role.ADMINISTRATOR, None)):
        with pytest.raises(NotFound):
            end_break_glass(world, other, sqlite_town.case_id, None, opening)
        with pytest.raises(NotFound):
            case_openings(world, other, sqlite_town.case_id)
    with pytest.raises(NotFound):
        close_again(world, sqlite_town.lead, opening)
    here = logged_case(world, sqlite_town.lead, authority(world)).case_id
    with pytest.raises(NotFound):
        end_break_glass(world, sqlite_town.lead, here, None, opening)
    with pytest.raises(NotFound):
        review_break_glass(world, sqlite_town.lead, here, None, opening, justified=False, finding="None.")
    end_break_glass(world, person(world, Role.LEAD), sqlite_town.case_id, None, opening)
    assert not sqlite_town.reads(outsider)
    close_again(world, outsider, opening)
    sqlite_town.open()
    again_ = sqlite_town.open()
    assert len(case_openings(world, sqlite_town.lead, sqlite_town.case_id).openings) == 2
    close_again(world, outsider, again_)
    assert not sqlite_town.reads(outsider)
    assert not verify(world).faults


def test_it_is_reviewed_by_a_lead_of_the_region_and_never_by_who_opened_it(town: Town, clock: Clock) -> None:
    """What was opened without need would be looked at by nobody, or by its author."""
    world, outsider = town.world, town.outsider
    opening = town.open()
    admin, second = person(world, Role.ADMINISTRATOR, None), person(world, Role.ADMINISTRATOR, None)
    assert owed(world, town.case_id)[DutyKind.REVIEW_BREAK_GLASS] == town.lead.id
    with pytest.raises(Refused, match="Review why the case was opened by break-glass"):
        close_case(world, town.lead, town.case_id, None, ClosingOutcome.UNFOUNDED, "Done.")
    propose_grant(world, admin, outsider.person, Grant(Role.LEAD, Region.NORTH_EAST))
    confirm_grant(world, second, people_view(world, second).waiting[0].id)
    outsider = again(world, outsider)
    with pytest.raises(Refused, match="You opened it"):
        review_break_glass(world, outsider, town.case_id, None, opening, justified=True, finding="Fine.")
    reviewer = person(world, Role.LEAD, name="Zoe Last")
    end_grant(world, admin, person_view(world, admin, town.lead.person).grants[0].id)
    assert owed(world, town.case_id)[DutyKind.REVIEW_BREAK_GLASS] == reviewer.id
    with pytest.raises(Invalid, match="what you found"):
        review_break_glass(world, reviewer, town.case_id, None, opening, justified=True, finding="")
    clock.pass_days(3)
    review_break_glass(world, reviewer, town.case_id, None, opening, justified=False, finding="No need.")
    with pytest.raises(Refused, match="already"):
        review_break_glass(world, reviewer, town.case_id, None, opening, justified=True, finding="Yes.")
    assert DutyKind.REVIEW_BREAK_GLASS not in owed(world, town.case_id)
    (view,) = case_openings(world, reviewer, town.case_id).openings
    assert (view.justified, view.finding, view.reviewed_by) == (False, "No need.", reviewer.name)


def test_what_was_not_justified_closes_at_once(sqlite_town: Town) -> None:
    opening = sqlite_town.open()
    review_break_glass(
        sqlite_town.world,
        sqlite_town.lead,
        sqlite_town.case_id,
        None,
        opening,
        justified=False,
        finding="There was no danger.",
    )
    assert not sqlite_town.reads(sqlite_town.outsider)


def test_it_never_becomes_a_place_on_the_case(sqlite_town: Town) -> None:
    """Whoever broke in for an hour would be given the case, or keep it as a handover runs."""
    world, outsider = sqlite_town.world, sqlite_town.outsider
    sqlite_town.open()
    with pytest.raises(Invalid):
        add_to_case(world, sqlite_town.lead, sqlite_town.case_id, None, outsider.person, Membership.TEAM)
    header = case_header(world, again(world, outsider), sqlite_town.case_id)
    assert not any(
        each.value.startswith(("case:assign", "case:close", "document")) for each in header.permissions
    )
