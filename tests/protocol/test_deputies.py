"""Who may stand in for a lead, and on which days they do."""

from datetime import date

import pytest

from clearinghouse.protocol.deputies import CoverFacts, may_deputise, stands_in
from clearinghouse.protocol.duties import ChasedWith, chased_with, deputy_hears_before

HERE, ELSEWHERE, COUNTRY = "North East", "South West", None
FIRST, LAST = date(2026, 11, 23), date(2026, 11, 27)
HOLIDAYS = {date(2026, 12, 25), date(2026, 12, 28)}


@pytest.mark.parametrize(
    ("region", "leads", "allowed"),
    [
        (HERE, {HERE}, True),
        (HERE, {COUNTRY}, True),
        (HERE, {ELSEWHERE}, False),
        (HERE, set(), False),
        (COUNTRY, {COUNTRY}, True),
        (COUNTRY, {HERE, ELSEWHERE}, False),
    ],
)
def test_only_who_leads_there_already_may_deputise(
    region: str | None, leads: set[str | None], allowed: bool
) -> None:
    """Somebody would come to see cases by being named."""
    assert may_deputise(region, leads) is allowed


@pytest.mark.parametrize(
    ("today", "leads", "ended", "holds"),
    [
        (date(2026, 11, 22), {HERE}, False, False),
        (FIRST, {HERE}, False, True),
        (LAST, {HERE}, False, True),
        (date(2026, 11, 28), {HERE}, False, False),
        (FIRST, {HERE}, True, False),
        (FIRST, set(), False, False),
    ],
)
def test_a_deputy_hears_from_the_first_day_to_the_last(
    today: date, leads: set[str | None], ended: bool, holds: bool
) -> None:
    assert stands_in(CoverFacts(HERE, FIRST, LAST, ended), leads, today) is holds


@pytest.mark.parametrize("today", [date(2026, 12, day) for day in range(21, 32)])
def test_what_the_deputy_hears_of_by_date_is_what_the_rule_says(today: date) -> None:
    """The clock would raise something a day early, or forget it over Christmas."""
    limit = deputy_hears_before(today, HOLIDAYS)
    for day in (date(2026, 12, number) for number in range(1, 32)):
        assert (day < limit) is (chased_with(day, today, HOLIDAYS) is ChasedWith.DEPUTY)
