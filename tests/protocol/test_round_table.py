"""The round table as a lead could check it: how often, what stays on the agenda, and what a decision must say."""

from datetime import date, timedelta
from tomllib import loads

import pytest

from clearinghouse.access.roles import Region
from clearinghouse.protocol.round_table import (
    USUAL,
    Decision,
    Lacks,
    Party,
    Planning,
    RegionRules,
    RegionsError,
    RegionSettings,
    is_waiting,
    lacking,
    next_by,
    parse_regions,
    planning,
)
from clearinghouse.settings import resource

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
TAKEN_UP, DEFERRED, NOT_NEEDED = Decision
REGIONS = [region.value for region in Region]


@pytest.mark.parametrize(
    ("a_year", "last", "planned", "stands"),
    [
        (2, None, [], Planning.NOT_PLANNED),
        (2, None, [TODAY], Planning.PLANNED),
        (2, None, [TODAY + 182 * DAY], Planning.PLANNED),
        (2, None, [TODAY + 183 * DAY], Planning.LATE),
        (2, TODAY, [], Planning.NOT_PLANNED),
        (2, TODAY - 100 * DAY, [TODAY + 82 * DAY], Planning.PLANNED),
        (2, TODAY - 100 * DAY, [TODAY + 83 * DAY], Planning.LATE),
        (1, TODAY - 100 * DAY, [TODAY + 200 * DAY], Planning.PLANNED),
        (4, TODAY - 100 * DAY, [TODAY + 2 * DAY], Planning.LATE),
        (2, TODAY - 400 * DAY, [TODAY], Planning.PLANNED),
        (2, TODAY - 400 * DAY, [TODAY + DAY], Planning.LATE),
        (2, TODAY, [TODAY - DAY, TODAY + DAY], Planning.NOT_RECORDED),
        (2, TODAY, [TODAY + 300 * DAY, TODAY + DAY], Planning.PLANNED),
    ],
)
def test_how_a_region_stands(a_year: int, last: date | None, planned: list[date], stands: Planning) -> None:
    """Two a year would become none, and nobody would be told (§22)."""
    assert planning(a_year, last, planned, TODAY) is stands


def test_by_when_the_next_one_falls() -> None:
    assert next_by(2, None, TODAY) == TODAY
    assert next_by(2, date(2026, 1, 1), TODAY) == date(2026, 7, 2)
    assert next_by(1, date(2026, 1, 1), TODAY) == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("decisions", "waits"),
    [
        ([], True),
        ([DEFERRED], True),
        ([None], True),
        ([DEFERRED, None, DEFERRED], True),
        ([TAKEN_UP], False),
        ([NOT_NEEDED], False),
        ([DEFERRED, TAKEN_UP], False),
    ],
)
def test_what_is_on_the_next_agenda_by_itself(decisions: list[Decision | None], waits: bool) -> None:
    """What was deferred, or could not be decided, would be forgotten (§19)."""
    assert is_waiting(decisions) is waits


@pytest.mark.parametrize(
    ("decision", "what", "owner", "dated", "lacks"),
    [
        (TAKEN_UP, True, True, True, ()),
        (TAKEN_UP, False, True, True, (Lacks.WHAT,)),
        (TAKEN_UP, True, False, True, (Lacks.OWNER,)),
        (TAKEN_UP, True, True, False, (Lacks.DATE,)),
        (TAKEN_UP, False, False, False, (Lacks.WHAT, Lacks.OWNER, Lacks.DATE)),
        (DEFERRED, False, False, False, ()),
        (NOT_NEEDED, True, False, False, ()),
        (NOT_NEEDED, False, True, True, (Lacks.REASON,)),
    ],
)
def test_what_a_decision_must_say(
    decision: Decision, what: bool, owner: bool, dated: bool, lacks: tuple[Lacks, ...]
) -> None:
    assert lacking(decision, what=what, owner=owner, dated=dated) == lacks


def test_the_usual_rules_are_those_of_the_document() -> None:
    """Say twice a year, with the chief executives' group, the Government Office, the Audit Commission and the IDeA."""
    shipped = parse_regions(loads((resource("config") / "regions.toml").read_text()), REGIONS)
    assert shipped == RegionSettings()
    assert USUAL.a_year == 2
    assert {Party.CHIEF_EXECUTIVES, Party.GOVERNMENT_OFFICE, Party.AUDIT_COMMISSION, Party.IDEA} <= set(
        USUAL.parties
    )


def test_a_region_sets_its_own() -> None:
    given = parse_regions(
        loads(
            '[usual]\nattend = ["riep"]\n["North East"]\nround_tables_a_year = 4\n[London]\nattend = ["lga"]'
        ),
        REGIONS,
    )
    assert given.of("North East") == RegionRules(4, (Party.RIEP,))
    assert given.of("London") == RegionRules(2, (Party.LGA,))
    assert given.of("South West") == RegionRules(2, (Party.RIEP,))


@pytest.mark.parametrize("a_year", [1, 12])
def test_a_region_may_set_what_lies_at_the_edge_and_leave_the_usual_as_it_is(a_year: int) -> None:
    everybody = ", ".join(f'"{party}"' for party in Party)
    given = parse_regions(loads(f"[London]\nround_tables_a_year = {a_year}\nattend = [{everybody}]"), REGIONS)
    assert given == RegionSettings(USUAL, (("London", RegionRules(a_year, tuple(Party))),))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[Wales]", "unknown region [Wales]"),
        ("usual = 1", "[usual] must be a table"),
        ("[usual]\nround_tables_a_year = 0", "whole number from 1 to 12"),
        ("[usual]\nround_tables_a_year = 13", "whole number from 1 to 12"),
        ("[usual]\nround_tables_a_year = true", "whole number from 1 to 12"),
        ("[usual]\nattend = []", f"[usual] attend must be a list of {', '.join(Party)}"),
        ('[usual]\nattend = "riep"', "attend must be a list of"),
        ('[London]\nattend = ["press"]', "[London] attend must be a list of"),
        ("[usual]\noften = 2", "unknown entry often"),
    ],
)
def test_settings_that_make_no_sense_are_refused(text: str, words: str) -> None:
    with pytest.raises(RegionsError, match=r".*") as refusal:
        parse_regions(loads(text), REGIONS)
    assert words in str(refusal.value)


def test_all_that_makes_no_sense_is_said_at_once_each_on_its_line() -> None:
    with pytest.raises(RegionsError) as refusal:
        parse_regions(loads("usual = 1\n[Wales]"), REGIONS)
    assert str(refusal.value) == "regions: [usual] must be a table\nregions: unknown region [Wales]"
