"""Concerns that may belong together: found by the clock, known to their leads alone, and told to nobody else."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import func, select

from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.cases import case_list, case_page
from clearinghouse.casework.concerns import NewConcern, log_concern
from clearinghouse.casework.convergence.answers import (
    convergence_page,
    convergences,
    dismiss_convergence,
)
from clearinghouse.casework.convergence.finding import find_convergences
from clearinghouse.casework.convergence.joining import Joining, join_cases, preview_join
from clearinghouse.casework.duties.agenda import Whose, agenda
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.links import LinkKind, declare_link
from clearinghouse.casework.listing import CaseFilter, Scope
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import (
    Nature,
)
from clearinghouse.records.base import new_id
from clearinghouse.records.duties import Letter
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.convergence import REASON, events_of, the_only, two_cases
from tests.factories.people import again, person
from tests.factories.statements import statements
from tests.worlds import Clock

TODAY = date(2026, 11, 23)


def test_the_clock_finds_two_concerns_once_and_tells_the_lead_that_there_is_something(world: World) -> None:
    lead = person(world, Role.LEAD)
    ada, ben = person(world, Role.ASSOCIATE), person(world, Role.ASSOCIATE)
    first, second = two_cases(world, ada, ben)
    found = the_only(world, lead)
    assert (found.first.header.id, found.second.header.id) == (first, second)
    assert (found.same_nature, found.same_service) == (True, False)
    assert find_convergences(world) == 0
    with world.reading(OPERATOR) as work:
        letters = work.session.execute(
            select(Letter.user_id, Letter.case_id).where(Letter.kind == "something_to_look_at")
        ).all()
        assert [tuple(row) for row in letters] == [(lead.id, None)]


def test_lineage_and_services_are_followed(sqlite_world: World) -> None:
    old = authority(sqlite_world, "Oldtown Council")
    new = authority(sqlite_world, "Newtown Council", replaces=(old,))
    lead, ada = person(sqlite_world, Role.LEAD), person(sqlite_world, Role.ASSOCIATE)
    logged_case(sqlite_world, ada, old, service="Planning")
    logged_case(sqlite_world, ada, new, nature=Nature.POLITICAL, service="planning")
    logged_case(sqlite_world, ada, authority(sqlite_world, "Elsewhere Council"), service="Planning")
    assert find_convergences(sqlite_world) == 1
    found = the_only(sqlite_world, lead)
    assert (found.same_nature, found.same_service) == (False, True)


def test_what_is_logged_after_a_look_is_found_by_the_next_one(sqlite_world: World, clock: Clock) -> None:
    lead, ada = person(sqlite_world, Role.LEAD), person(sqlite_world, Role.ASSOCIATE)
    council = authority(sqlite_world)
    logged_case(sqlite_world, ada, council)
    assert find_convergences(sqlite_world) == 0
    clock.pass_days(30)
    assert find_convergences(sqlite_world) == 0
    logged_case(sqlite_world, ada, council)
    clock.pass_days(30)
    assert find_convergences(sqlite_world) == 1
    assert the_only(sqlite_world, lead)


def everybody_else(world: World, council: UUID) -> list[Actor]:
    """All who must not learn of it: every other role, leads elsewhere, and walled leads."""
    return [
        *(person(world, role, None) for role in Role if role is not Role.LEAD),
        *(person(world, role) for role in (Role.ASSOCIATE, Role.RIEP_OFFICER, Role.POLITICAL_LEAD)),
        person(world, Role.LEAD, Region.LONDON),
        person(world, Role.LEAD, None, "National"),
        person(world, Role.LEAD, walled_from=council),
        person(world, Role.LEAD, None, walled_from=council),
    ]


def test_nobody_but_the_leads_of_the_region_learns_of_it(world: World) -> None:
    """A hint that somebody else is worried about the same council can unmask a source."""
    council = authority(world)
    lead, ada, ben = person(world, Role.LEAD), person(world, Role.ASSOCIATE), person(world, Role.ASSOCIATE)
    others = [ada, ben, *everybody_else(world, council)]
    first, _ = two_cases(world, ada, ben, council)
    waiting = the_only(world, lead).id
    joining = Joining(first)
    for who in others:
        assert convergences(world, who) == (), who.name
        for key in (waiting, new_id()):
            for tried in (
                lambda who, key: convergence_page(world, who, key),
                lambda who, key: preview_join(world, who, key, joining),
                lambda who, key: join_cases(world, who, key, None, joining, REASON),
                lambda who, key: dismiss_convergence(world, who, key, REASON),
            ):
                with pytest.raises(NotFound):
                    tried(who, key)
    with world.reading(OPERATOR) as work:
        told = work.session.scalars(select(Letter.user_id).where(Letter.kind == "something_to_look_at"))
        assert set(told) == {lead.id}


def seen_by(world: World, who: Actor, case_ids: tuple[UUID, ...]) -> list[object]:
    """Everything that somebody is shown of these cases, and of lists."""
    shown: list[object] = [
        case_list(world, who, CaseFilter(scope=Scope.ALL)),
        agenda(world, who),
        agenda(world, who, Whose.REGION),
    ]
    for case_id in case_ids:
        try:
            page = case_page(world, who, case_id, whole_history=True)
        except NotFound:
            shown.append("not there")
            continue
        shown += [page.header, page.duties]
        if page.reading:
            shown += [
                page.reading.history.entries,
                page.reading.sight,
                page.reading.concerns,
                page.reading.joined,
            ]
    return shown


def test_finding_and_dismissing_changes_nothing_that_anybody_else_sees(world: World) -> None:
    """A list's order, a case's version, a line of its history: any of them would be the hint."""
    council = authority(world)
    lead, ada, ben = person(world, Role.LEAD), person(world, Role.ASSOCIATE), person(world, Role.ASSOCIATE)
    others = [ada, ben, *everybody_else(world, council)]
    cases = tuple(logged_case(world, who, council).case_id for who in (ada, ben))
    for who in others:
        seen_by(world, who, cases)  # openings are shown, and each of the looks below adds one
    before = [seen_by(world, who, cases) for who in others]
    assert find_convergences(world) == 1
    dismiss_convergence(world, lead, the_only(world, lead).id, "Two different teams.")
    assert [seen_by(world, who, cases) for who in others] == before
    for case_id in cases:
        assert not [each for each in events_of(world, case_id) if "convergence" in each.value]


def test_logging_is_the_same_to_the_last_query_whether_or_not_a_case_is_there(world: World) -> None:
    """The time that logging takes would be the hint."""
    ada = person(world, Role.ASSOCIATE)
    person(world, Role.LEAD)
    known, unknown = authority(world, "Known Council"), authority(world, "Unknown Council")
    for _ in range(3):
        logged_case(world, person(world, Role.ASSOCIATE), known, text="Another's words.")
    find_convergences(world)
    said = []
    for council in (known, unknown):
        with statements(world) as these:
            logged_case(world, ada, council)
        said.append(these)
    assert said[0] == said[1]
    assert len(said[0]) > 10


def test_where_all_leads_of_the_region_are_walled_off_a_national_lead_learns_of_it(world: World) -> None:
    council = authority(world)
    person(world, Role.LEAD, walled_from=council)
    national, linked = person(world, Role.LEAD, None), person(world, Role.LEAD, None, walled_from=council)
    ada, ben = person(world, Role.ASSOCIATE), person(world, Role.ASSOCIATE)
    two_cases(world, ada, ben, council)
    assert the_only(world, national)
    assert convergences(world, linked) == ()
    person(world, Role.LEAD)
    assert convergences(world, national) == (), "a lead of the region is there now"


def test_a_lead_who_is_walled_off_later_knows_no_more_of_it(sqlite_world: World) -> None:
    council = authority(sqlite_world)
    lead, ada = person(sqlite_world, Role.LEAD), person(sqlite_world, Role.ASSOCIATE)
    two_cases(sqlite_world, ada, ada, council)
    assert the_only(sqlite_world, lead)
    declare_link(sqlite_world, lead, lead.person, council, LinkKind.FAMILY)
    assert convergences(sqlite_world, again(sqlite_world, lead)) == ()


def test_a_wall_on_either_of_the_two_is_enough(sqlite_world: World) -> None:
    """The second case names a council that the first does not: its wall must hide the pair."""
    council, other = authority(sqlite_world), authority(sqlite_world, "Oxtown Council")
    lead, linked = person(sqlite_world, Role.LEAD), person(sqlite_world, Role.LEAD, walled_from=other)
    ada = person(sqlite_world, Role.ASSOCIATE)
    logged_case(sqlite_world, ada, council)
    log_concern(sqlite_world, ada, NewConcern((council, other), Nature.SERVICE, "Both of them.", "A call"))
    find_convergences(sqlite_world)
    assert the_only(sqlite_world, lead)
    assert convergences(sqlite_world, linked) == ()


def test_a_dismissed_pair_comes_back_only_where_a_third_arrives(world: World, clock: Clock) -> None:
    council = authority(world)
    lead, ada = person(world, Role.LEAD), person(world, Role.ASSOCIATE)
    two_cases(world, ada, ada, council)
    pair = the_only(world, lead).id
    dismiss_convergence(world, lead, pair, "Two different teams.")
    assert convergences(world, lead) == ()
    clock.pass_days(40)
    assert find_convergences(world) == 0
    assert convergences(world, lead) == ()
    logged_case(world, ada, council)
    assert find_convergences(world) == 2
    assert len(convergences(world, lead)) == 3
    (said,) = convergence_page(world, lead, pair).dismissals
    assert (said.by, said.reason) == (lead.name, "Two different teams.")


def test_what_nobody_looks_at_is_told_once_more(sqlite_world: World, clock: Clock) -> None:
    lead, ada = person(sqlite_world, Role.LEAD), person(sqlite_world, Role.ASSOCIATE)
    two_cases(sqlite_world, ada, ada)

    def letters() -> int:
        with sqlite_world.reading(OPERATOR) as work:
            query = select(func.count()).select_from(Letter).where(Letter.kind == "something_to_look_at")
            return work.session.scalars(query.where(Letter.user_id == lead.id)).one()

    assert letters() == 1
    for _ in range(20):
        clock.pass_days(1)
        find_convergences(sqlite_world)
    assert letters() == 2
