"""Importing the register: the whole file or nothing, and lineage to the end of every chain."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Region, Role
from clearinghouse.casework.authorities import authority_facts, find_authorities
from clearinghouse.casework.cases import case_list
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.listing import CaseFilter
from clearinghouse.casework.register.keeping import AddedType, NewAuthority, add_authority, import_register
from clearinghouse.casework.register.ruling_groups import record_ruling_group
from clearinghouse.casework.world import World
from clearinghouse.protocol.peers import AuthorityFacts
from clearinghouse.records import ledger
from clearinghouse.records.authorities import Authority
from clearinghouse.records.events import Event
from tests.factories.cases import logged_case
from tests.factories.people import person

SAMPLE = (Path(__file__).parents[1] / "data" / "register_sample.csv").read_bytes()
WHOLE = Path(__file__).parents[3] / "shared" / "data" / "local_authorities.csv"


def facts(world: World) -> dict[str, AuthorityFacts]:
    """The register by the codes of its authorities."""
    with world.reading(OPERATOR) as work:
        codes = {row.id: row.code for row in work.session.scalars(select(Authority))}
        return {codes[key]: each for key, each in authority_facts(work).items()}


def imports(world: World) -> int:
    with world.reading(OPERATOR) as work:
        found = ledger.entries(work.session, world.vault.installation, Event.REGISTER_IMPORTED)
        return len(found)


def test_the_sample_is_imported_once_and_a_second_import_writes_nothing(world: World) -> None:
    first = import_register(world, OPERATOR, SAMPLE)
    assert (first.created, first.current, first.abolished, first.problems) == (25, 14, 11, ())
    again = import_register(world, OPERATOR, SAMPLE)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 25)
    assert imports(world) == 1


def test_lineage_is_followed_through_every_step_and_districts_include_former_ones(
    sqlite_world: World,
) -> None:
    import_register(sqlite_world, OPERATOR, SAMPLE)
    known = facts(sqlite_world)
    ids = {code: each.id for code, each in known.items()}
    assert known["TAU"].successors == {ids["SWT"], ids["SMT"]}
    assert known["SMT"].predecessors == {ids[code] for code in ("TAU", "WSO", "SWT", "SOM", "MEN")}
    assert known["CMA"].successors == {ids["CBD"], ids["WAF"]}
    assert known["ALL"].successors == {ids["CBD"]}, "a split's siblings are no lineage"
    assert known["SOM"].districts == {ids[code] for code in ("TAU", "WSO", "SWT", "MEN")}
    assert known["ASF"].county == ids["KEN"]


def test_an_abolished_authority_without_a_region_has_that_of_what_replaced_it(sqlite_world: World) -> None:
    import_register(sqlite_world, OPERATOR, SAMPLE)
    known = facts(sqlite_world)
    assert known["TAU"].region == Region.SOUTH_WEST
    assert known["BKM"].region == Region.SOUTH_EAST
    assert known["SWT"].end == date(2023, 4, 1)


def test_a_dry_run_says_what_would_change_and_changes_nothing(sqlite_world: World) -> None:
    assert import_register(sqlite_world, OPERATOR, SAMPLE, dry_run=True).created == 25
    assert (facts(sqlite_world), imports(sqlite_world)) == ({}, 0)


def test_a_corrected_line_changes_that_authority_alone(sqlite_world: World) -> None:
    import_register(sqlite_world, OPERATOR, SAMPLE)
    corrected = SAMPLE.replace(b"Kent County Council", b"County Council of Kent")
    report = import_register(sqlite_world, OPERATOR, corrected)
    assert (report.created, report.changed, report.unchanged) == (0, 1, 24)
    assert facts(sqlite_world)["KEN"].name == "County Council of Kent"


def test_a_file_leaves_alone_which_group_runs_a_council(sqlite_world: World) -> None:
    """The published register does not say it: each import would make a coordinator enter it anew."""
    import_register(sqlite_world, OPERATOR, SAMPLE)
    cora = person(sqlite_world, Role.COORDINATOR, None)
    record_ruling_group(sqlite_world, cora, facts(sqlite_world)["KEN"].id, "Green", date(2025, 5, 2))
    corrected = SAMPLE.replace(b"Kent County Council", b"County Council of Kent")
    assert import_register(sqlite_world, OPERATOR, corrected).changed == 1
    kent = facts(sqlite_world)["KEN"]
    found = (kent.name, kent.ruling_group, kent.ruling_group_since)
    assert found == ("County Council of Kent", "Green", date(2025, 5, 2))


def test_lineage_that_the_file_no_longer_names_is_taken_back(sqlite_world: World) -> None:
    import_register(sqlite_world, OPERATOR, SAMPLE)
    assert import_register(sqlite_world, OPERATOR, SAMPLE.replace(b'"CBD,WAF"', b"CBD")).changed == 1
    known = facts(sqlite_world)
    assert known["CMA"].successors == {known["CBD"].id}


def test_a_case_moves_with_the_region_of_the_council_that_it_names(world: World) -> None:
    """Leads of the region that the register gave up would go on reading it, and those of the right one could not."""
    import_register(world, OPERATOR, SAMPLE)
    with world.reading(OPERATOR) as work:
        kent = work.session.scalars(select(Authority).where(Authority.code == "KEN")).one()
        council, before = kent.id, kent.region
    lead, right = person(world, Role.LEAD, before), person(world, Role.LEAD, Region.SOUTH_WEST)
    case_id = logged_case(world, lead, council).case_id
    corrected = in_line(b"KEN", b"South East", b"South West")
    assert import_register(world, OPERATOR, corrected).changed == 1
    header = case_header(world, right, case_id)
    assert header.regions == (Region.SOUTH_WEST,)
    assert [row.due_on for row in case_list(world, right, CaseFilter()).rows] == [header.due_on]
    with pytest.raises(NotFound):
        case_header(world, lead, case_id)


def line_of(code: bytes) -> int:
    """Where an authority's line stands in the sample."""
    return next(n for n, line in enumerate(SAMPLE.split(b"\n"), 1) if line.startswith(code + b","))


def in_line(code: bytes, old: bytes, new: bytes) -> bytes:
    """The sample with a change in one authority's line alone."""
    lines = SAMPLE.split(b"\n")
    lines[line_of(code) - 1] = lines[line_of(code) - 1].replace(old, new)
    return b"\n".join(lines)


@pytest.mark.parametrize(
    ("broken", "line", "words"),
    [
        (lambda: SAMPLE.replace(b"official-name", b"unofficial-name", 1), 1, "the column official-name is missing"),
        (lambda: in_line(b"SWT", b"2019-04-01", b"2019-04-31"), line_of(b"SWT"), "a date looks like"),
        (lambda: in_line(b"SWT", b"2019-04-01", b"01/04/2019"), line_of(b"SWT"), "a date looks like"),
        (lambda: in_line(b"SWT", b"2019-04-01", b"2029-04-01"), line_of(b"SWT"), "lies before the start-date"),
        (lambda: SAMPLE + SAMPLE.split(b"\n")[line_of(b"ASF") - 1], 30, "the code ASF stands in line"),
        (lambda: SAMPLE.replace(b"England,London", b"England,Londinium", 1), line_of(b"CMD"), "unknown region"),
        (lambda: SAMPLE.replace(b",SWT,England", b",SWX,England", 1), line_of(b"TAU"), "replaced-by names 'SWX'"),
        (lambda: SAMPLE.replace(b"England,London", b"Englund,London", 1), line_of(b"CMD"), "unknown nation"),
        (lambda: SAMPLE.decode().encode("utf-16"), 1, "UTF-16"),
        (lambda: SAMPLE.decode().encode("utf-16-le"), 1, "UTF-16"),
        (lambda: SAMPLE.replace(b"Kent County", b"K\xe9nt County"), line_of(b"KEN"), "not UTF-8"),
        (lambda: SAMPLE.replace(b"\nKEN,", b"\nKEN,extra,"), line_of(b"KEN"), "columns where the first has"),
        (lambda: SAMPLE + b'XXX,"open', 30, "not CSV"),
        (lambda: b"", 1, "is missing"),
    ],
)  # fmt: skip
def test_one_bad_line_is_said_in_one_line_and_nothing_is_imported(
    sqlite_world: World, broken: Callable[[], bytes], line: int, words: str
) -> None:
    report = import_register(sqlite_world, OPERATOR, broken())
    problem = report.problems[0]
    assert (words in problem.words, problem.line, "\n" in problem.words) == (True, line, False)
    assert len(report.problems) == 1 or not broken()
    assert (facts(sqlite_world), imports(sqlite_world)) == ({}, 0)


def test_a_byte_order_mark_and_windows_line_ends_are_read(sqlite_world: World) -> None:
    assert (
        import_register(sqlite_world, OPERATOR, b"\xef\xbb\xbf" + SAMPLE.replace(b"\n", b"\r\n")).created
        == 25
    )


def test_only_those_who_keep_the_settings_import_or_add(sqlite_world: World) -> None:
    new = NewAuthority("FIRE1", "Oxtown Fire and Rescue", AddedType.FIRE, Region.SOUTH_EAST)
    lead = person(sqlite_world, Role.LEAD)
    with pytest.raises(NotFound):
        import_register(sqlite_world, lead, SAMPLE)
    with pytest.raises(NotFound):
        add_authority(sqlite_world, lead, new)
    add_authority(sqlite_world, person(sqlite_world, Role.ADMINISTRATOR, None), new)


def test_an_authority_added_by_hand_stays_and_no_file_takes_its_code(sqlite_world: World) -> None:
    new = NewAuthority(" ken ", "Oxtown Fire and Rescue", AddedType.FIRE, Region.SOUTH_EAST)
    add_authority(sqlite_world, OPERATOR, new)
    with pytest.raises(Invalid, match="in the register already"):
        add_authority(sqlite_world, OPERATOR, new)
    (problem,) = import_register(sqlite_world, OPERATOR, SAMPLE).problems
    assert "Oxtown Fire and Rescue, which was added by hand" in problem.words


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("kent", ["Kent County Council"]),
        ("COUNTY kent", ["Kent County Council"]),
        ("asf", ["Ashford Borough Council"]),
        ("man", ["Manchester City Council", "Greater Manchester Combined Authority"]),
        ("somerset", ["Somerset Council"]),
        ("%", []),
        ("_", []),
        ("  ", []),
    ],
)
def test_a_picker_finds_current_authorities_by_any_part_of_their_names(
    sqlite_world: World, words: str, found: list[str]
) -> None:
    import_register(sqlite_world, OPERATOR, SAMPLE)
    assert [each.name for each in find_authorities(sqlite_world, OPERATOR, words)] == found


@pytest.mark.skipif(not WHOLE.is_file(), reason="the whole register does not stand beside this checkout")
def test_the_whole_register_agrees_with_its_file(sqlite_world: World) -> None:
    content = WHOLE.read_bytes()
    report = import_register(sqlite_world, OPERATOR, content)
    assert (report.current, report.abolished, report.created, report.problems) == (332, 48, 380, ())
    assert dict(report.by_region) == {
        "South East": 70, "East of England": 51, "East Midlands": 38, "North West": 38, "West Midlands": 35,
        "London": 34, "South West": 30, "Yorkshire and The Humber": 21, "North East": 15,
    }  # fmt: skip
    assert dict(report.by_type) == {
        "Non-metropolitan district": 164, "Unitary authority": 63, "Metropolitan district": 36, "London borough": 32,
        "County": 21, "Combined authority": 14, "Strategic Regional Authority": 1, "City corporation": 1,
    }  # fmt: skip
    known = facts(sqlite_world)
    assert all(each.successors for each in known.values() if each.end)
    assert import_register(sqlite_world, OPERATOR, content).unchanged == 380
