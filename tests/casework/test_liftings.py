"""A wall is lifted by two leads for one person, one case and a time; and however somebody tries, by nothing less."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from clearinghouse.access.decision import Membership
from clearinghouse.access.lifting import Length, LiftProblem
from clearinghouse.access.roles import CLOCK, OPERATOR, Actor, Region, Role
from clearinghouse.casework.assignment import add_to_case, change_owner
from clearinghouse.casework.cases import case_access, case_list, case_page, export_cases
from clearinghouse.casework.clock import tick
from clearinghouse.casework.convergence.answers import convergences
from clearinghouse.casework.correction import Swap, correct_authority
from clearinghouse.casework.duties.agenda import agenda
from clearinghouse.casework.duties.feeds import make_feed, read_feed
from clearinghouse.casework.errors import AlreadyDone, Invalid, NotFound, Refused, Stale
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.links import LinkKind, declare_link
from clearinghouse.casework.listing import CaseFilter
from clearinghouse.casework.openings.ending import end_liftings
from clearinghouse.casework.openings.liftings import (
    NewLifting,
    answer_lifting,
    ask_lifting,
    end_lifting,
)
from clearinghouse.casework.openings.views import (
    LiftingState,
    case_liftings,
    lifting_request,
    waiting_liftings,
)
from clearinghouse.casework.own_sight import what_i_can_see
from clearinghouse.casework.people.accounts import end_grant, person_view
from clearinghouse.casework.teams.choosing import TeamNeeds, propose_team
from clearinghouse.casework.teams.pages import team_page
from clearinghouse.casework.triage import triage_case
from clearinghouse.casework.world import World
from clearinghouse.protocol.triage import TriageFacts
from clearinghouse.protocol.vocabulary import DutyKind, Nature, Route, Scenario
from clearinghouse.records import ledger
from clearinghouse.records.duties import Duty, DutyState, Letter
from clearinghouse.records.events import Event
from tests.casework.test_leavers import members, owed
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.convergence import two_cases
from tests.factories.people import again, person
from tests.search.conftest import search
from tests.worlds import Clock

CANARY = "canary-lifting-8812"
FACTS = TriageFacts(nature=Nature.SERVICE, scenario=Scenario.SERVICE_WEAKNESS)
WHY = NewLifting(uuid4(), Length.ONE_WEEK, f"Nobody else knows the plan. {CANARY}")


class Town:
    """A council's case, its lead, a second lead elsewhere, and an associate who is linked to the council."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.council = authority(world)
        self.lead = person(world, Role.LEAD, name="Ravi Singh")
        self.second = person(world, Role.LEAD, Region.LONDON, name="Sara Jones")
        self.walled = person(world, Role.ASSOCIATE, name="Wanda Wall", walled_from=self.council)
        self.case_id = logged_case(world, self.lead, self.council).case_id

    def ask(self, of: Actor | None = None, **more: object) -> UUID:
        given = replace(WHY, person_id=(of or self.walled).person, **more)  # type: ignore[arg-type]  # as given
        return ask_lifting(self.world, self.lead, self.case_id, None, given)

    def lift(self, of: Actor | None = None, **more: object) -> UUID:
        lifting = self.ask(of, **more)
        answer_lifting(self.world, self.second, lifting, True, "")
        return lifting

    def sees(self, who: Actor) -> bool:
        try:
            case_header(self.world, again(self.world, who), self.case_id)
        except NotFound:
            return False
        return True


@pytest.fixture
def town(world: World) -> Town:
    return Town(world)


@pytest.fixture
def sqlite_town(sqlite_world: World) -> Town:
    return Town(sqlite_world)


def letters(world: World, kind: str) -> set[UUID]:
    with world.reading(OPERATOR) as work:
        return set(work.session.scalars(select(Letter.user_id).where(Letter.kind == kind)))


def everywhere(world: World, who: Actor) -> Iterator[tuple[str, str]]:
    """What every list, count, export and feed shows to somebody, as text."""
    yield "list", repr(case_list(world, who, CaseFilter()))
    yield "csv", export_cases(world, who, CaseFilter())
    yield "agenda", repr(agenda(world, who))
    yield "feed", read_feed(world, make_feed(world, who).split("/")[2].removesuffix(".ics"), "::1").decode()
    yield "search", repr(search(world, who, "Thresholds"))


def test_two_leads_open_one_case_and_no_other(town: Town) -> None:
    """The wall would fall for more than was asked for, or stand although two had lifted it."""
    world, walled = town.world, town.walled
    other = logged_case(world, town.lead, town.council).case_id
    assert not town.sees(walled)
    lifting = town.ask()
    assert not town.sees(walled)
    (waiting,) = waiting_liftings(world, town.second)
    assert (waiting.id, waiting.person, waiting.asked_by) == (lifting, "Wanda Wall", "Ravi Singh")
    shown = lifting_request(world, town.second, lifting)
    assert (shown.reason, shown.roles, shown.against) == (WHY.reason, "Regional associate, North East", "")
    with pytest.raises(NotFound):
        case_header(world, town.second, town.case_id)
    answer_lifting(world, town.second, lifting, True, "")
    assert town.sees(walled)
    assert case_page(world, walled, town.case_id).reading is None
    with pytest.raises(NotFound):
        case_header(world, walled, other)
    with pytest.raises(NotFound):
        case_header(world, town.second, town.case_id)
    assert waiting_liftings(world, town.second) == ()
    assert [row.id for row in case_list(world, walled, CaseFilter()).rows] == [town.case_id]
    assert case_header(world, walled, town.case_id).open_until is not None
    assert letters(world, "opened_for_a_time") == {walled.id}
    with world.reading(OPERATOR) as work:
        said = ledger.entries(work.session, town.case_id, Event.WALL_LIFT_ASKED, Event.WALL_LIFTED)
        assert [(each.type, each.actor) for each in said] == [
            (Event.WALL_LIFTED, str(town.second.id)),
            (Event.WALL_LIFT_ASKED, str(town.lead.id)),
        ]
        assert said[0].facts["asked_by"] == str(town.lead.id)


def test_every_list_count_and_feed_shows_it_while_it_holds_and_none_before_or_after(
    town: Town, clock: Clock
) -> None:
    """A case that two opened could not be worked on, or would be seen a moment longer than they agreed."""
    world, walled = town.world, town.walled
    owner = person(world, Role.ASSOCIATE, name="Another")
    reference = case_header(world, town.lead, town.case_id).reference
    before = dict(everywhere(world, walled))
    assert not any(reference in text for text in before.values())
    lifting = town.lift()
    add_to_case(world, town.lead, town.case_id, None, walled.person, Membership.TEAM)
    change_owner(world, town.lead, town.case_id, None, walled.person, keep=False)
    with world.unit_of_work(town.lead) as work:
        for duty in work.session.scalars(select(Duty).where(Duty.case_id == town.case_id)):
            duty.owner_id = walled.person
    holds = dict(everywhere(world, walled))
    assert [name for name, text in holds.items() if reference not in text] == []
    assert case_page(world, walled, town.case_id).reading is not None
    assert "Wanda Wall" in repr(case_access(world, town.lead, town.case_id).sight)
    clock.pass_days(7)
    assert not town.sees(walled)
    assert not any(reference in text for text in dict(everywhere(world, again(world, walled))).values())
    assert "Wanda Wall" not in repr(case_access(world, town.lead, town.case_id).sight)
    assert end_liftings(world) == 1
    assert end_liftings(world) == 0
    assert (town.lead.person, Membership.OWNER) in members(world, town.case_id)
    assert not any(person == walled.person for person, _ in members(world, town.case_id))
    assert set(owed(world, town.case_id).values()) == {town.lead.person}
    assert letters(world, "open_no_longer") == {walled.id}
    (row,) = case_liftings(world, town.lead, town.case_id).liftings
    assert (row.id, row.state, row.ended_by) == (lifting, LiftingState.OVER, "")
    assert owner.id not in letters(world, "who_sees_changed")


def test_a_lead_of_the_region_ends_it_at_once_and_what_was_held_is_handed_over(town: Town) -> None:
    """What turned out wrong would have to be waited out."""
    world, walled = town.world, town.walled
    lifting = town.lift()
    change_owner(world, town.lead, town.case_id, None, walled.person, keep=True)
    end_lifting(world, town.lead, town.case_id, None, lifting)
    assert not town.sees(walled)
    assert (walled.person, Membership.OWNER) not in members(world, town.case_id)
    with pytest.raises(Refused, match="over already"):
        end_lifting(world, town.lead, town.case_id, None, lifting)
    (row,) = case_liftings(world, town.lead, town.case_id).liftings
    assert (row.state, row.ended_by) == (LiftingState.ENDED, "Ravi Singh")


def test_nobody_lifts_their_own_wall_in_whatever_role(sqlite_town: Town) -> None:
    """Somebody with two roles would be both the one who is kept out and the one who decides."""
    town, world = sqlite_town, sqlite_town.world
    both = person(world, Role.LEAD, name="Bea Both", walled_from=town.council)
    with pytest.raises(NotFound):
        ask_lifting(world, both, town.case_id, None, replace(WHY, person_id=both.person))
    lifting = town.ask(both)
    with pytest.raises(NotFound):
        answer_lifting(world, both, lifting, True, "")
    with pytest.raises(NotFound):
        lifting_request(world, both, lifting)
    with pytest.raises(Invalid) as refusal:
        town.ask(town.lead)
    assert refusal.value.problems == {"person": LiftProblem.OWN.words}
    answer_lifting(world, town.second, lifting, True, "")
    both = again(world, both)
    assert town.sees(both)
    # Let in for a time, they let in nobody else, and cannot prolong their own.
    for of in (town.walled, both):
        with pytest.raises((Refused, Invalid)):
            ask_lifting(world, both, town.case_id, None, replace(WHY, person_id=of.person))


def test_the_two_leads_are_two_and_neither_is_linked(sqlite_town: Town) -> None:
    """One lead alone, or one with a link of their own, would open what the wall keeps."""
    town, world = sqlite_town, sqlite_town.world
    lifting = town.ask()
    with pytest.raises(Refused, match="A different lead decides"):
        answer_lifting(world, town.lead, lifting, True, "")
    linked = person(world, Role.LEAD, Region.LONDON, walled_from=town.council)
    national = person(world, Role.LEAD, None, walled_from=town.council)
    outsiders = (
        linked,
        national,
        person(world, Role.ADMINISTRATOR, None),
        person(world, Role.ASSOCIATE),
        person(world, Role.COORDINATOR, None),
        person(world, Role.REGULATOR, None),
    )
    for outsider in outsiders:
        assert waiting_liftings(world, outsider) == ()
        for verb in (
            lambda who: lifting_request(world, who, lifting),
            lambda who: answer_lifting(world, who, lifting, True, ""),
            lambda who: ask_lifting(world, who, town.case_id, None, WHY),
            lambda who: case_liftings(world, who, town.case_id),
            lambda who: end_lifting(world, who, town.case_id, None, lifting),
        ):
            with pytest.raises(NotFound):
                verb(outsider)
    assert not town.sees(town.walled)


def test_a_second_lead_of_another_region_asks_for_nothing_here(sqlite_town: Town) -> None:
    """Two leads of other regions would open a case that neither of them leads."""
    town = sqlite_town
    with pytest.raises(NotFound):
        ask_lifting(town.world, town.second, town.case_id, None, replace(WHY, person_id=town.walled.person))


def test_what_the_second_lead_is_shown_is_in_the_ledger_and_that_they_see_it_on_the_case(
    sqlite_town: Town,
) -> None:
    """Whoever reads requests of the whole country, and decides none, would leave nothing behind."""
    town, world = sqlite_town, sqlite_town.world
    assert case_access(world, town.lead, town.case_id).sight.second_leads == 0
    lifting = town.ask()
    lifting_request(world, town.second, lifting)
    found = case_access(world, town.lead, town.case_id)
    assert town.second.name in {each.by for each in found.openings}
    assert found.sight.second_leads == 1
    answer_lifting(world, town.second, lifting, True, "")
    assert case_access(world, town.lead, town.case_id).sight.second_leads == 0


def test_who_asks_is_not_the_second_lead_that_is_asked(sqlite_town: Town) -> None:
    """Where a region has one lead, nobody would be asked who can decide, and the request would lapse."""
    sqlite_town.ask()
    assert letters(sqlite_town.world, "wall_waits") == {sqlite_town.second.id}


def test_a_refusal_stands_for_a_week_whoever_asks(sqlite_town: Town, clock: Clock) -> None:
    """A lead would go from one second lead to the next until one agreed."""
    town, world = sqlite_town, sqlite_town.world
    lifting = town.ask()
    with pytest.raises(Invalid, match="why you refuse"):
        answer_lifting(world, town.second, lifting, False, "")
    answer_lifting(world, town.second, lifting, False, "The link is too close.")
    with pytest.raises(NotFound):
        answer_lifting(world, person(world, Role.LEAD), lifting, True, "")
    another = person(world, Role.LEAD)
    for lead in (town.lead, another):
        with pytest.raises(Refused, match="within the last week"):
            ask_lifting(world, lead, town.case_id, None, replace(WHY, person_id=town.walled.person))
    assert letters(world, "opened_for_a_time") == set()
    # Of another case it says nothing: nor does a refusal to one person of another.
    town.ask(person(world, Role.ASSOCIATE, walled_from=town.council))
    here = logged_case(world, another, town.council).case_id
    ask_lifting(world, another, here, None, replace(WHY, person_id=town.walled.person))
    clock.pass_days(7)
    later = town.ask()
    shown = lifting_request(world, another, later)
    assert [name for name, _ in shown.refused_before] == ["Sara Jones"]
    linked = town.ask(person(world, Role.ASSOCIATE, walled_from=town.council))
    assert lifting_request(world, another, linked).refused_before == ()


def test_the_person_learns_nothing_before_the_wall_is_lifted(sqlite_town: Town, clock: Clock) -> None:
    """That a case is there at all would reach who is kept from it, by a request that comes to nothing."""
    town, world = sqlite_town, sqlite_town.world
    linked_lead = person(world, Role.LEAD, walled_from=town.council)
    for of in (town.walled, linked_lead):
        answer_lifting(world, town.second, town.ask(of), False, "No.")
    clock.pass_days(8)
    end_lifting(world, town.lead, town.case_id, None, town.ask())
    town.ask(linked_lead)
    clock.pass_days(8)
    with world.reading(OPERATOR) as work:
        told = set(work.session.scalars(select(Letter.user_id)))
    assert not told & {town.walled.id, linked_lead.id}


def test_what_waits_is_asked_once_lapses_and_can_be_taken_back(sqlite_town: Town, clock: Clock) -> None:
    """An old request would be agreed to long after its reason had gone."""
    town, world = sqlite_town, sqlite_town.world
    lifting = town.ask()
    with pytest.raises(Refused, match="already"):
        town.ask()
    with pytest.raises(NotFound):
        end_lifting(world, town.lead, logged_case(world, town.lead, town.council).case_id, None, lifting)
    end_lifting(world, town.lead, town.case_id, None, lifting)
    with pytest.raises(NotFound):
        answer_lifting(world, town.second, lifting, True, "")
    lifting = town.ask()
    clock.pass_days(7)
    assert waiting_liftings(world, town.second) == ()
    with pytest.raises(NotFound):
        answer_lifting(world, town.second, lifting, True, "")
    with pytest.raises(Refused, match="over already"):
        end_lifting(world, town.lead, town.case_id, None, lifting)
    states = [row.state for row in case_liftings(world, town.lead, town.case_id).liftings]
    assert states == [LiftingState.LAPSED, LiftingState.TAKEN_BACK]
    assert end_liftings(world) == 0


def test_a_form_that_is_stale_or_sent_twice_lifts_nothing_twice(sqlite_town: Town) -> None:
    """What another lead changed meanwhile would be overlooked."""
    town, world = sqlite_town, sqlite_town.world
    seen = case_header(world, town.lead, town.case_id).version
    add_to_case(world, town.lead, town.case_id, None, person(world, Role.ASSOCIATE).person, Membership.TEAM)
    given = replace(WHY, person_id=town.walled.person)
    with pytest.raises(Stale):
        ask_lifting(world, town.lead, town.case_id, seen, given)
    again_ = world.for_post(uuid4())
    ask_lifting(again_, town.lead, town.case_id, None, given)
    with pytest.raises(AlreadyDone):
        ask_lifting(again_, town.lead, town.case_id, None, given)
    assert len(case_liftings(world, town.lead, town.case_id).liftings) == 1


def test_a_lead_who_lost_the_role_or_is_linked_by_now_counts_for_nothing(sqlite_town: Town) -> None:
    """A request would outlive the right by which it was made."""
    town, world = sqlite_town, sqlite_town.world
    admin = person(world, Role.ADMINISTRATOR, None)
    lifting = town.ask()
    person(world, Role.LEAD, name="Stays")
    end_grant(world, admin, person_view(world, admin, town.lead.person).grants[0].id)
    assert waiting_liftings(world, town.second) == ()
    with pytest.raises(Refused, match="may not do so any more"):
        answer_lifting(world, town.second, lifting, True, "")
    # The second lead's own right is looked at in the work, not as the page was opened.
    end_grant(world, admin, person_view(world, admin, town.second.person).grants[0].id)
    with pytest.raises((NotFound, Refused)):
        answer_lifting(world, again(world, town.second), lifting, True, "")


def test_what_the_case_comes_to_name_later_stays_walled_off(sqlite_town: Town) -> None:
    """Two leads would have opened what they had never heard of."""
    town, world = sqlite_town, sqlite_town.world
    other = authority(world)
    declare_link(world, town.walled, town.walled.person, other, LinkKind.FAMILY)
    town.lift()
    assert town.sees(town.walled)
    reference = case_header(world, town.lead, town.case_id).reference
    assert reference in dict(everywhere(world, again(world, town.walled)))["list"]
    assert what_i_can_see(world, again(world, town.walled)).lifted[0].reference == reference
    correct_authority(
        world, town.lead, town.case_id, None, Swap(town.council, other), "It is about this one."
    )
    assert not town.sees(town.walled)
    for name, shown in everywhere(world, again(world, town.walled)):
        assert reference not in shown, name
    assert what_i_can_see(world, again(world, town.walled)).lifted == ()


def test_a_link_declared_since_ends_it(sqlite_town: Town) -> None:
    """The two decided without knowing of it."""
    town, world = sqlite_town, sqlite_town.world
    waiting = town.ask(person(world, Role.ASSOCIATE, name="Later", walled_from=town.council))
    town.lift()
    change_owner(world, town.lead, town.case_id, None, town.walled.person, keep=False)
    elsewhere = authority(world)
    declare_link(world, town.walled, town.walled.person, elsewhere, LinkKind.DECLARED)
    assert town.sees(town.walled)
    declare_link(world, town.walled, town.walled.person, town.council, LinkKind.FAMILY)
    assert not town.sees(town.walled)
    assert (town.walled.person, Membership.OWNER) not in members(world, town.case_id)
    states = {row.id: row.state for row in case_liftings(world, town.lead, town.case_id).liftings}
    assert states.pop(waiting) is LiftingState.WAITS
    assert list(states.values()) == [LiftingState.ENDED]


def test_a_link_takes_nothing_back_that_has_lapsed(sqlite_town: Town, clock: Clock) -> None:
    """Years later the leads would be told of a change that is none, and who took it back would be whoever declared."""
    town, world = sqlite_town, sqlite_town.world
    town.ask()
    clock.pass_days(8)
    before = case_header(world, town.lead, town.case_id).version
    declare_link(world, town.walled, town.walled.person, town.council, LinkKind.FAMILY)
    (lifting,) = case_liftings(world, town.lead, town.case_id).liftings
    assert (lifting.state, lifting.ended_by) == (LiftingState.LAPSED, "")
    assert case_header(world, town.lead, town.case_id).version == before


def test_an_ended_role_ends_what_it_showed(sqlite_town: Town) -> None:
    """A lifted wall would stand for a role."""
    town, world = sqlite_town, sqlite_town.world
    town.lift()
    admin = person(world, Role.ADMINISTRATOR, None)
    end_grant(world, admin, person_view(world, admin, town.walled.person).grants[0].id)
    assert not town.sees(town.walled)


def test_the_clock_ends_it_and_the_next_request_does_not_wait_for_the_clock(
    sqlite_town: Town, clock: Clock
) -> None:
    """A stopped clock would keep the case open."""
    town = sqlite_town
    town.lift(length=Length.ONE_DAY)
    clock.pass_days(1)
    assert not town.sees(town.walled)
    assert tick(town.world).failures == ()
    assert letters(town.world, "open_no_longer") == {town.walled.id}


def test_the_history_tells_no_colleague_of_the_wall(sqlite_town: Town) -> None:
    """Whoever reads the case would learn that one of us is linked to the council."""
    town, world = sqlite_town, sqlite_town.world
    colleague = person(world, Role.ASSOCIATE)
    add_to_case(world, town.lead, town.case_id, None, colleague.person, Membership.TEAM)
    town.lift()
    reading = case_page(world, colleague, town.case_id, whole_history=True).reading
    assert reading is not None
    assert "all" not in {entry.words for entry in reading.history.entries}
    assert not any("ifted" in entry.words or "lift" in entry.words for entry in reading.history.entries)


def test_duties_are_not_given_of_themselves_to_who_is_let_in_for_a_time(sqlite_town: Town) -> None:
    """A case would pass to somebody who must leave it in days."""
    town, world = sqlite_town, sqlite_town.world
    linked = person(world, Role.LEAD, name="A. Linked", walled_from=town.council)
    town.lift(linked)
    admin = person(world, Role.ADMINISTRATOR, None)
    free = person(world, Role.LEAD, name="Z. Free")
    end_grant(world, admin, person_view(world, admin, town.lead.person).grants[0].id)
    assert set(owed(world, town.case_id).values()) == {free.person}
    with world.reading(CLOCK) as work:
        kinds = work.session.scalars(select(Duty.kind).where(Duty.state == DutyState.OPEN))
        assert DutyKind.TRIAGE in set(kinds)
    assert date(2026, 11, 23) == world.today


def test_that_concerns_belong_together_is_learnt_where_both_are_lifted(sqlite_world: World) -> None:
    """Of two cases one would give away the other, which nobody has opened."""
    world, council = sqlite_world, authority(sqlite_world)
    lead, second = person(world, Role.LEAD), person(world, Role.LEAD, Region.LONDON)
    linked = person(world, Role.LEAD, walled_from=council)
    cases = two_cases(world, person(world, Role.ASSOCIATE), person(world, Role.ASSOCIATE), council)
    assert len(convergences(world, lead)) == 1
    for case_id in cases:
        assert convergences(world, linked) == ()
        given = replace(WHY, person_id=linked.person)
        answer_lifting(world, second, ask_lifting(world, lead, case_id, None, given), True, "")
    assert len(convergences(world, linked)) == 1


def test_a_coordinator_finds_a_team_for_the_lifted_case_and_reads_no_word_of_it(sqlite_town: Town) -> None:
    """The one coordinator could be let in, and then do nothing; or do more than coordinators do."""
    town, world = sqlite_town, sqlite_town.world
    triage_case(world, town.lead, town.case_id, None, FACTS, Route.PEER_SUPPORT, "They ask for peers.")
    coordinator = person(world, Role.COORDINATOR, None, walled_from=town.council)
    with pytest.raises(NotFound):
        team_page(world, coordinator, town.case_id)
    town.lift(coordinator)
    coordinator = again(world, coordinator)
    team_page(world, coordinator, town.case_id)
    propose_team(world, coordinator, town.case_id, None, TeamNeeds(date(2026, 12, 7), date(2026, 12, 18), 2))
    assert case_page(world, coordinator, town.case_id).reading is None
    other = logged_case(world, town.lead, town.council).case_id
    with pytest.raises(NotFound):
        team_page(world, coordinator, other)
