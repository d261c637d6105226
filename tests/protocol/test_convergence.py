"""Which concerns may belong together, and which cases may be joined, as truth tables."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from uuid import UUID

import pytest

from clearinghouse.protocol.convergence import (
    WAITS_FOR_NOBODY,
    WINDOW_DAYS,
    Alike,
    ConcernsOfCase,
    alike,
    asks_again,
    may_join,
)
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import DutyKind, Nature, Standing

COUNTY, NORTH, SOUTH, ELSEWHERE = (UUID(int=n) for n in range(1, 5))
LINEAGE = {
    COUNTY: {COUNTY, NORTH, SOUTH},
    NORTH: {COUNTY, NORTH},
    SOUTH: {COUNTY, SOUTH},
    ELSEWHERE: {ELSEWHERE},
}
DAY = date(2026, 11, 23)


def concerns(*councils: UUID, **more: object) -> ConcernsOfCase:
    """A logged case about these councils."""
    given = {"natures": frozenset({Nature.SERVICE}), "standing": Standing.LOGGED, "logged_on": DAY, **more}
    lineage = frozenset(each for council in councils for each in LINEAGE[council])
    return ConcernsOfCase(frozenset(councils), lineage, **given)  # type: ignore[arg-type]  # as given


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ((COUNTY,), (COUNTY,), True),
        ((COUNTY,), (NORTH,), True),
        ((NORTH,), (COUNTY,), True),
        ((NORTH,), (SOUTH,), False),
        ((NORTH, ELSEWHERE), (ELSEWHERE,), True),
        ((COUNTY,), (ELSEWHERE,), False),
    ],
    ids=["the same", "its successor", "its predecessor", "siblings of a split", "one of several", "another"],
)
def test_one_council_or_one_that_replaced_the_other(
    first: tuple[UUID, ...], second: tuple[UUID, ...], together: bool
) -> None:
    """Concerns about two councils that never had to do with each other would be put before a lead as one."""
    assert alike(concerns(*first), concerns(*second)).converge is together
    assert alike(concerns(*second), concerns(*first)).converge is together


@pytest.mark.parametrize(("nature", "service"), list(product((False, True), repeat=2)))
def test_of_one_nature_or_about_one_service(nature: bool, service: bool) -> None:
    other = Nature.SERVICE if nature else Nature.POLITICAL
    planning = frozenset({"planning"})
    first = concerns(COUNTY, services=planning)
    second = concerns(
        COUNTY, natures=frozenset({other}), services=planning if service else frozenset({"housing"})
    )
    assert alike(first, second) == Alike(nature, service)
    assert alike(first, second).converge is (nature or service)


@pytest.mark.parametrize("standing", Standing)
def test_only_open_cases_converge(standing: Standing) -> None:
    found = alike(concerns(COUNTY, standing=standing), concerns(COUNTY))
    assert found.converge is (standing is not Standing.CLOSED)


@pytest.mark.parametrize(
    ("days", "together"),
    [(0, True), (WINDOW_DAYS, True), (WINDOW_DAYS + 1, False), (-WINDOW_DAYS - 1, False)],
)
def test_only_within_a_year_of_each_other(days: int, together: bool) -> None:
    first = concerns(COUNTY)
    assert alike(first, replace(first, logged_on=DAY + timedelta(days=days))).converge is together


JOINABLE = {
    Standing.LOGGED,
    Standing.TRIAGED,
    Standing.IN_DIALOGUE,
    Standing.OFFER_DECLINED,
    Standing.OFFER_LAPSED,
}


@pytest.mark.parametrize(("kept", "joined"), list(product(Standing, repeat=2)))
def test_what_may_be_joined_into_what(kept: Standing, joined: Standing) -> None:
    """Help that is running, or an offer that waits, would end without anybody having said so."""
    verdict = may_join(kept, joined, ())
    assert verdict.allowed == (kept is not Standing.CLOSED and joined in JOINABLE)
    assert (Missing.CASE_CLOSED in verdict.missing) == (Standing.CLOSED in {kept, joined})


@pytest.mark.parametrize("kind", DutyKind)
def test_what_people_at_risk_wait_for_is_done_first(kind: DutyKind) -> None:
    verdict = may_join(Standing.TRIAGED, Standing.LOGGED, [DutyKind.TRIAGE, kind])
    assert verdict.missing == ((Missing.RISK_WAITS,) if kind in WAITS_FOR_NOBODY else ())


def test_a_dismissed_pair_is_asked_about_again_where_a_third_case_meets_one_of_them() -> None:
    pair = frozenset({COUNTY, NORTH})
    assert not asks_again(pair, pair)
    assert asks_again(pair, frozenset({NORTH, SOUTH}))
    assert not asks_again(pair, frozenset({SOUTH, ELSEWHERE}))
