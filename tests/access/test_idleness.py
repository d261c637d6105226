"""When an account that nobody uses is shut, as a truth table."""

from datetime import date, timedelta

import pytest

from clearinghouse.access.idleness import IdleStep, idle_step

SEEN = date(2026, 9, 1)


def on(days: int) -> date:
    return SEEN + timedelta(days=days)


@pytest.mark.parametrize(
    ("idle", "warned", "step"),
    [
        (0, {}, IdleStep.NONE),
        (75, {}, IdleStep.NONE),
        (76, {}, IdleStep.FIRST_WARNING),
        (76, {14: 76}, IdleStep.NONE),
        (86, {14: 76}, IdleStep.NONE),
        (87, {14: 76}, IdleStep.LAST_WARNING),
        (89, {14: 76, 3: 87}, IdleStep.NONE),
        (90, {14: 76, 3: 87}, IdleStep.SUSPEND),
        # The clock stood still: the warnings still come, and keep their word.
        (200, {}, IdleStep.FIRST_WARNING),
        (200, {14: 200}, IdleStep.NONE),
        (211, {14: 200}, IdleStep.LAST_WARNING),
        (213, {14: 200, 3: 211}, IdleStep.NONE),
        (214, {14: 200, 3: 211}, IdleStep.SUSPEND),
        (213, {14: 200}, IdleStep.LAST_WARNING),
        (215, {14: 200, 3: 213}, IdleStep.NONE),
        (216, {14: 200, 3: 213}, IdleStep.SUSPEND),
    ],
)
def test_an_account_is_shut_after_ninety_days_and_two_warnings(
    idle: int, warned: dict[int, int], step: IdleStep
) -> None:
    """Somebody would be shut out unwarned, or a forgotten account stay open for ever."""
    assert idle_step(SEEN, on(idle), {before: on(day) for before, day in warned.items()}) is step
