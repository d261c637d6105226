"""The list of cases and the page of one: who is shown what, and what is nowhere to be found."""

import csv
import io
from dataclasses import replace

import pytest
from sqlalchemy import select

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import Actor, Grant, Region, Role
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.cases import PAGE, case_access, case_list, case_page, export_cases
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.listing import CaseFilter, Place, Scope
from clearinghouse.casework.source import open_source
from clearinghouse.casework.world import World
from clearinghouse.protocol.ladder import Rung
from clearinghouse.protocol.vocabulary import DutyKind, Nature, Route, Standing
from clearinghouse.records import ledger
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.sealed import Compartment
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.worlds import Clock


def listed(
    world: World, actor: Actor, given: CaseFilter | None = None, place: Place | None = None
) -> list[str]:
    """The references that the person finds on one page of the list."""
    return [row.reference for row in case_list(world, actor, given or CaseFilter(), place).rows]


def test_each_role_lists_what_its_scope_reaches_and_nothing_else(world: World) -> None:
    here, there = authority(world), authority(world, "Oxtown Council", Region.SOUTH_WEST)
    associate, stranger = person(world, Role.ASSOCIATE), person(world, Role.ASSOCIATE, Region.SOUTH_WEST)
    case = logged_case(world, associate, here)
    other = logged_case(world, stranger, there)
    both = sorted([case.reference, other.reference])
    reach = {
        Role.ASSOCIATE: [case.reference],
        Role.RIEP_OFFICER: [case.reference],
        Role.LEAD: [case.reference],
        Role.POLITICAL_LEAD: [],
        Role.REGULATOR: [],
        Role.ADMINISTRATOR: [],
    }
    for role, expected in reach.items():
        assert listed(world, person(world, role)) == expected, role
    for role in (Role.COORDINATOR, Role.AUDIT_OFFICER, Role.LEAD):
        assert sorted(listed(world, person(world, role, None))) == both, role


def test_brokered_cases_appear_to_the_political_lead_of_their_region_alone(sqlite_world: World) -> None:
    case = logged_case(sqlite_world, person(sqlite_world, Role.ASSOCIATE), authority(sqlite_world))
    with sqlite_world.database.writing() as session:
        session.get_one(Case, case.case_id).route = Route.POLITICAL_BROKERAGE
    assert listed(sqlite_world, person(sqlite_world, Role.POLITICAL_LEAD)) == [case.reference]
    assert listed(sqlite_world, person(sqlite_world, Role.POLITICAL_LEAD, None)) == [case.reference]
    assert listed(sqlite_world, person(sqlite_world, Role.POLITICAL_LEAD, Region.LONDON)) == []


def test_a_case_that_two_grants_reach_is_listed_once(world: World) -> None:
    case = logged_case(world, person(world, Role.ASSOCIATE), authority(world))
    lead = person(world, Role.LEAD)
    twice = replace(lead, grants=(*lead.grants, Grant(Role.LEAD), Grant(Role.COORDINATOR)))
    assert listed(world, twice) == [case.reference]


def test_to_somebody_walled_off_the_case_is_nowhere(world: World) -> None:
    """By a link to what came before the council: the wall follows the lineage."""
    old = authority(world, "Old Midthorpe Council")
    council = authority(world, replaces=(old,))
    walled = person(world, Role.LEAD, walled_from=old)
    case = logged_case(world, person(world, Role.ASSOCIATE), council)
    fitting = (
        CaseFilter(),
        CaseFilter(words="midthorpe"),
        CaseFilter(words=case.reference),
        CaseFilter(scope=Scope.ALL),
    )
    assert all(listed(world, walled, given) == [] for given in fitting)
    assert all(listed(world, person(world, Role.LEAD), given) == [case.reference] for given in fitting)
    assert case.reference not in export_cases(world, walled, CaseFilter())
    for look in (case_page, case_access, case_header):
        with pytest.raises(NotFound):
            look(world, walled, case.case_id)
    sight = case_access(world, person(world, Role.LEAD), case.case_id).sight
    assert walled.id not in sight.everybody


def test_pages_follow_each_other_without_gap_or_repeat_and_lead_back(world: World) -> None:
    """Cases logged between two pages neither push a row onto the next page twice nor hide one."""
    council, associate = authority(world), person(world, Role.ASSOCIATE)
    before = [logged_case(world, associate, council).reference for _ in range(PAGE * 2 + 3)]
    first = case_list(world, associate, CaseFilter())
    logged_case(world, associate, council)
    second = case_list(world, associate, CaseFilter(), first.next)
    third = case_list(world, associate, CaseFilter(), second.next)
    seen = [row.reference for page in (first, second, third) for row in page.rows]
    assert seen[: len(before)] == before
    assert first.previous is None
    assert third.next is None
    assert case_list(world, associate, CaseFilter(), third.previous).rows == second.rows
    assert case_list(world, associate, CaseFilter(), second.previous).rows == first.rows


def test_one_case_among_hundreds_is_found_at_once_by_who_is_on_it(sqlite_world: World) -> None:
    """The worst-placed person: a whole region's cases in sight, and one of them theirs, the last by date."""
    council, busy = authority(sqlite_world), person(sqlite_world, Role.ASSOCIATE)
    for _ in range(60):
        logged_case(sqlite_world, busy, council)
    quiet = person(sqlite_world, Role.ASSOCIATE)
    case = logged_case(sqlite_world, quiet, council)
    assert listed(sqlite_world, quiet, CaseFilter(mine=True)) == [case.reference]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (CaseFilter(words="OXT"), True),
        (CaseFilter(words="100%"), False),
        (CaseFilter(nature=Nature.SERVICE), True),
        (CaseFilter(nature=Nature.POLITICAL), False),
        (CaseFilter(standing=Standing.LOGGED), True),
        (CaseFilter(standing=Standing.SUPPORTED), False),
        (CaseFilter(region=Region.NORTH_EAST), True),
        (CaseFilter(region=Region.LONDON), False),
        (CaseFilter(scope=Scope.CLOSED), False),
        (CaseFilter(scope=Scope.ALL), True),
        (CaseFilter(overdue=True), False),
        (CaseFilter(escalated=True), False),
        (CaseFilter(at_risk=True), True),
    ],
)
def test_each_filter_keeps_what_fits_it(sqlite_world: World, given: CaseFilter, found: bool) -> None:
    associate = person(sqlite_world, Role.ASSOCIATE)
    logged_case(sqlite_world, associate, authority(sqlite_world, "Oxtown Council"), people_at_risk=True)
    assert bool(listed(sqlite_world, associate, given)) is found


def test_what_passes_its_date_is_found_as_overdue(sqlite_world: World, clock: Clock) -> None:
    associate = person(sqlite_world, Role.ASSOCIATE)
    case = logged_case(sqlite_world, associate, authority(sqlite_world))
    clock.pass_days(5)
    assert listed(sqlite_world, associate, CaseFilter(overdue=True)) == [case.reference]
    assert case_page(sqlite_world, associate, case.case_id).duties[0].overdue


def test_a_reference_is_found_however_it_is_typed(sqlite_world: World) -> None:
    associate = person(sqlite_world, Role.ASSOCIATE)
    case = logged_case(sqlite_world, associate, authority(sqlite_world))
    typed = case.reference.lower().replace("-", " ")
    assert listed(sqlite_world, associate, CaseFilter(words=typed)) == [case.reference]


def test_the_csv_runs_no_formula_and_the_ledger_says_how_many_cases_went_out(world: World) -> None:
    associate = person(world, Role.ASSOCIATE)
    logged_case(world, associate, authority(world, "=cmd|' /C calc'!A0"))
    lines = list(csv.reader(io.StringIO(export_cases(world, associate, CaseFilter()))))
    assert lines[1][1] == "'=cmd|' /C calc'!A0"
    with world.reading(associate) as work:
        entry = ledger.entries(work.session, world.vault.installation, Event.CASES_EXPORTED)[0]
        assert (entry.facts["cases"], entry.facts["person"]) == (1, str(associate.id))


def test_the_page_shows_the_concern_the_next_duty_and_the_way_to_those_who_may_read(world: World) -> None:
    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    case = logged_case(world, associate, authority(world), text="Thresholds are not understood.")
    shown = case_page(world, associate, case.case_id)
    assert shown.reading is not None
    assert shown.reading.concerns[0].text == "Thresholds are not understood."
    assert [(duty.kind, duty.owner_name) for duty in shown.duties] == [(DutyKind.TRIAGE, lead.name)]
    assert shown.reading.ladder.ladder.here is Rung.TRIAGE
    (entry,) = shown.reading.history.entries
    assert (entry.words, entry.by) == ("Concern logged", associate.name)
    assert [step.split(",")[0] for step in entry.steps] == ["Next: Triage the concern"]
    assert entry.steps[0].endswith(f"owed by {lead.name}")
    opened = case_page(world, lead, case.case_id).reading
    assert opened is not None
    found = [(entry.by, entry.role) for entry in opened.openings]
    assert found == [(lead.name, Role.LEAD), (associate.name, Role.ASSOCIATE)]


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.AUDIT_OFFICER, Role.ASSOCIATE, Role.RIEP_OFFICER])
def test_who_needs_the_header_alone_reads_nothing_and_opens_nothing(sqlite_world: World, role: Role) -> None:
    case = logged_case(sqlite_world, person(sqlite_world, Role.ASSOCIATE), authority(sqlite_world))
    outside = person(
        sqlite_world, role, Region.NORTH_EAST if role in (Role.ASSOCIATE, Role.RIEP_OFFICER) else None
    )
    shown = case_page(sqlite_world, outside, case.case_id)
    assert (shown.reading, [duty.note for duty in shown.duties]) == (None, [""])
    with pytest.raises(NotFound):
        case_access(sqlite_world, outside, case.case_id)
    with sqlite_world.reading(outside) as work:
        assert ledger.entries(work.session, case.case_id, Event.CASE_OPENED) == []


def test_who_can_see_it_names_its_readers_and_counts_the_rest(world: World) -> None:
    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    for role in (Role.COORDINATOR, Role.COORDINATOR, Role.ASSOCIATE):
        person(world, role, None if role is Role.COORDINATOR else Region.NORTH_EAST)
    person(world, Role.LEAD, Region.LONDON)
    person(world, Role.ADMINISTRATOR, None)
    case = logged_case(world, associate, authority(world))
    sight = case_access(world, lead, case.case_id).sight
    assert [(reader.id, reader.may_know_source) for reader in sight.readers] == [
        (associate.id, True),
        (lead.id, False),
    ]
    assert [(each.role, each.people) for each in sight.header_only] == [
        (Role.ASSOCIATE, 1),
        (Role.COORDINATOR, 2),
    ]


def test_the_source_is_shown_to_the_logger_and_a_custodian_and_every_showing_is_recorded(
    world: World,
) -> None:
    associate, lead, other = (person(world, each) for each in (Role.ASSOCIATE, Role.LEAD, Role.LEAD))
    case = logged_case(
        world, associate, authority(world), source_name="Jo Bright", source_contact="01234 567890"
    )
    shown = case_page(world, lead, case.case_id)
    assert shown.reading is not None
    concern = shown.reading.concerns[0]
    assert not concern.may_show_source
    with pytest.raises(NotFound):
        open_source(world, lead, case.case_id, concern.id)
    add_to_case(world, other, case.case_id, None, lead.person, Membership.CUSTODIAN)
    for knowing in (associate, lead):
        assert open_source(world, knowing, case.case_id, concern.id).name == "Jo Bright"
    opened = [
        each
        for each in case_access(world, lead, case.case_id).openings
        if each.compartment is Compartment.SOURCE
    ]
    assert [each.by for each in opened] == [lead.name, associate.name]


def test_no_case_is_told_from_another_by_a_key_of_a_different_case(sqlite_world: World) -> None:
    """A concern's key works on its own case alone."""
    associate, council = person(sqlite_world, Role.ASSOCIATE), authority(sqlite_world)
    case, other = (logged_case(sqlite_world, associate, council) for _ in range(2))
    shown = case_page(sqlite_world, associate, other.case_id).reading
    assert shown is not None
    with pytest.raises(NotFound):
        open_source(sqlite_world, associate, case.case_id, shown.concerns[0].id)
    with sqlite_world.reading(associate) as work:
        assert len(work.session.scalars(select(Case)).all()) == 2
