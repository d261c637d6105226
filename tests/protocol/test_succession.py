"""Who stands in a council's place, and what a lead may say to it, as truth tables."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from clearinghouse.protocol.succession import LONGEST_WAIT_DAYS, may_ask_again, may_succeed, successors_today
from clearinghouse.protocol.verdict import Missing

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
OLD, NEW, OTHER, LATEST = (UUID(int=n) for n in range(1, 5))


@pytest.mark.parametrize(
    ("replaced_by", "ended", "expected"),
    [
        ({}, {}, set()),
        ({OLD: [NEW]}, {}, set()),
        ({OLD: [NEW]}, {OLD: TODAY + DAY}, set()),
        ({OLD: [NEW]}, {OLD: TODAY}, set()),
        ({OLD: [NEW]}, {OLD: TODAY - DAY}, {NEW}),
        ({OLD: [NEW, OTHER]}, {OLD: TODAY - DAY}, {NEW, OTHER}),
        ({OLD: [NEW], NEW: [LATEST]}, {OLD: TODAY - DAY}, {NEW}),
        ({OLD: [NEW], NEW: [LATEST]}, {OLD: TODAY - DAY, NEW: TODAY - DAY}, {LATEST}),
        ({OLD: [NEW, OTHER], NEW: [OTHER]}, {OLD: TODAY - DAY, NEW: TODAY - DAY}, {OTHER}),
        ({OLD: [NEW], NEW: [OLD]}, {OLD: TODAY - DAY, NEW: TODAY - DAY}, set()),
        ({}, {OLD: TODAY - DAY}, set()),
    ],
    ids=[
        "nothing known", "still there", "ends tomorrow", "ends today", "one", "two", "replaced later",
        "through two steps", "two ways to one", "a circle", "ended without a successor",
    ],
)  # fmt: skip
def test_who_stands_in_its_place_today(
    replaced_by: dict[UUID, list[UUID]], ended: dict[UUID, date], expected: set[UUID]
) -> None:
    """A case would follow to a council that is gone, or too early, or be looked for without end."""
    assert successors_today(OLD, replaced_by, ended, TODAY) == expected


@pytest.mark.parametrize(
    ("chosen", "missing"),
    [
        (set(), (Missing.NO_SUCCESSOR,)),
        ({NEW}, ()),
        ({NEW, OTHER}, ()),
        ({LATEST}, (Missing.NOT_A_SUCCESSOR,)),
        ({NEW, LATEST}, (Missing.NOT_A_SUCCESSOR,)),
    ],
)
def test_one_several_or_all_of_the_successors_and_nobody_else(
    chosen: set[UUID], missing: tuple[Missing, ...]
) -> None:
    assert may_succeed(chosen, {NEW, OTHER}).missing == missing


@pytest.mark.parametrize(
    ("days", "missing"),
    [
        (-1, Missing.ASK_AGAIN_NOT_AHEAD),
        (0, Missing.ASK_AGAIN_NOT_AHEAD),
        (1, None),
        (LONGEST_WAIT_DAYS, None),
        (LONGEST_WAIT_DAYS + 1, Missing.ASK_AGAIN_TOO_LATE),
    ],
)
def test_when_a_lead_is_asked_again(days: int, missing: Missing | None) -> None:
    assert may_ask_again(TODAY + days * DAY, TODAY).missing == ((missing,) if missing else ())
