"""A peer team at work as tables: what each package has, what may be planned and recorded, and what is owed by when."""

from datetime import date, timedelta

import pytest

from clearinghouse.protocol.peers import Period
from clearinghouse.protocol.team_work import (
    AREAS,
    DUTY_FOR,
    SHAPES,
    TEAM_DUTIES,
    OutputKind,
    Package,
    PlannedVisit,
    VisitKind,
    VisitState,
    may_cancel,
    may_choose,
    may_deliver,
    may_hold,
    may_move,
    may_plan,
    next_contact,
    output_of_session,
    outputs_after_first,
)
from clearinghouse.protocol.verdict import Missing

MONDAY = date(2026, 11, 23)
ONE = timedelta(days=1)
PLANNED, HELD, CANCELLED = VisitState


def days(first: int, last: int | None = None) -> Period:
    """Days from Monday."""
    return Period(MONDAY + first * ONE, MONDAY + (first if last is None else last) * ONE)


def missing(
    package: Package, kind: VisitKind, when: Period, *areas: str, others: tuple[Period, ...] = ()
) -> list[Missing]:
    """What keeps a visit from being planned."""
    return list(may_plan(package, PlannedVisit(kind, when, areas), others, MONDAY, MONDAY).missing)


def test_every_kind_of_meeting_belongs_to_one_package_and_every_output_has_its_duty() -> None:
    """A visit that no package has could never be planned; an output without a duty would be forgotten."""
    kinds = [kind for shape in SHAPES.values() for kind in shape.visits]
    assert sorted(kinds) == sorted(VisitKind)
    assert set(SHAPES) == set(Package)
    assert set(DUTY_FOR) == set(OutputKind)
    assert set(DUTY_FOR.values()) < TEAM_DUTIES
    assert {"housing", "customer_service", "worklessness", "value_for_money", "public_health"} <= set(AREAS)


@pytest.mark.parametrize("package", list(Package))
@pytest.mark.parametrize("kind", list(VisitKind))
def test_a_package_has_its_own_kinds_of_meeting(package: Package, kind: VisitKind) -> None:
    found = missing(package, kind, days(7))
    assert (Missing.VISIT_OF_ANOTHER_PACKAGE in found) == (kind not in SHAPES[package].visits)


@pytest.mark.parametrize(
    ("package", "kind", "sessions", "allowed"),
    [
        (Package.ASSIST_DAYS, VisitKind.ASSIST_DAY, 1, False),
        (Package.ASSIST_DAYS, VisitKind.ASSIST_DAY, 2, True),
        (Package.ASSIST_DAYS, VisitKind.ASSIST_DAY, 3, False),
        (Package.STANDING_PANEL, VisitKind.WORKSHOP, 0, False),
        (Package.STANDING_PANEL, VisitKind.WORKSHOP, 1, True),
        (Package.STANDING_PANEL, VisitKind.WORKSHOP, 4, True),
        (Package.STANDING_PANEL, VisitKind.WORKSHOP, 5, False),
        (Package.STANDING_PANEL, VisitKind.INITIAL_MEETING, 0, True),
        (Package.STANDING_PANEL, VisitKind.INITIAL_MEETING, 1, False),
        (Package.PEER_TEAM, VisitKind.VISIT, 1, False),
    ],
)
def test_an_assist_day_has_two_sessions_and_a_workshop_at_least_one(
    package: Package, kind: VisitKind, sessions: int, allowed: bool
) -> None:
    found = missing(package, kind, days(7), *["housing"] * sessions)
    assert found == ([] if allowed else [Missing.VISIT_SESSIONS])


def test_a_session_is_about_something_of_the_list() -> None:
    found = missing(Package.STANDING_PANEL, VisitKind.WORKSHOP, days(7), "the lead member’s affairs")
    assert found == [Missing.VISIT_AREA_UNKNOWN]


@pytest.mark.parametrize(
    ("when", "others", "expected"),
    [
        (days(0), (), []),
        (days(-1), (), [Missing.VISIT_BEFORE_TEAM]),
        (days(7, 16), (), []),
        (days(7, 17), (), [Missing.VISIT_TOO_LONG]),
        (days(365 * 5 + 1), (), []),
        (days(365 * 5 + 2), (), [Missing.VISIT_TOO_FAR]),
        (days(7, 8), (days(9),), []),
        (days(7, 8), (days(8),), [Missing.VISIT_OVERLAPS]),
    ],
)
def test_when_a_visit_may_be(when: Period, others: tuple[Period, ...], expected: list[Missing]) -> None:
    assert missing(Package.PEER_TEAM, VisitKind.VISIT, when, others=others) == expected
    moved = may_move(VisitKind.VISIT, PLANNED, when, others, MONDAY, MONDAY)
    assert list(moved.missing) == expected


@pytest.mark.parametrize("kind", [VisitKind.WORKSHOP, VisitKind.INITIAL_MEETING])
def test_a_workshop_is_held_on_one_day(kind: VisitKind) -> None:
    areas = ["housing"] if kind is VisitKind.WORKSHOP else []
    assert missing(Package.STANDING_PANEL, kind, days(7, 8), *areas) == [Missing.VISIT_ON_ONE_DAY]


@pytest.mark.parametrize("state", list(VisitState))
def test_only_what_is_planned_is_moved_cancelled_or_held(state: VisitState) -> None:
    may = state is PLANNED
    assert may_cancel(state).allowed == may
    assert may_hold(state, MONDAY, MONDAY).allowed == may
    assert may_move(VisitKind.VISIT, state, days(7), (), MONDAY, MONDAY).allowed == may


def test_a_visit_is_recorded_from_its_last_day_on() -> None:
    assert may_hold(PLANNED, MONDAY, MONDAY).allowed
    assert may_hold(PLANNED, MONDAY + ONE, MONDAY).missing == (Missing.VISIT_AHEAD,)


@pytest.mark.parametrize(
    ("package", "members", "begun", "expected"),
    [
        (Package.MENTORING, 1, False, ()),
        (Package.EXCHANGE, 1, False, ()),
        (Package.PEER_TEAM, 2, False, (Missing.TEAM_TOO_SMALL,)),
        (Package.STANDING_PANEL, 3, False, ()),
        (Package.MENTORING, 3, True, (Missing.TEAM_WORK_BEGUN,)),
    ],
)
def test_which_package_a_team_may_be_given(
    package: Package, members: int, begun: bool, expected: tuple[Missing, ...]
) -> None:
    assert may_choose(package, members, begun=begun).missing == expected


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        (
            Package.PEER_TEAM,
            {
                OutputKind.REPORT: date(2027, 2, 26),  # 28 February 2027 is a Sunday: within means before it
                OutputKind.ACTION_PLAN: date(2027, 4, 30),
                OutputKind.PROGRESS_REVIEW: date(2027, 9, 30),
            },
        ),
        (Package.STANDING_PANEL, {}),
        (Package.ASSIST_DAYS, {OutputKind.PROGRESS_REVIEW: date(2027, 9, 30)}),
        (Package.MENTORING, {OutputKind.PROGRESS_REVIEW: date(2027, 9, 30)}),
        (Package.EXCHANGE, {OutputKind.REPORT: date(2027, 2, 26)}),
    ],
)
def test_what_a_package_owes_after_its_first_visit(
    package: Package, expected: dict[OutputKind, date]
) -> None:
    """A report later than three months after the visit would be called in time, or one earlier called late."""
    found = outputs_after_first(package, date(2026, 11, 30), ())
    assert {due.kind: due.on for due in found} == expected


def test_within_three_months_is_before_a_bank_holiday() -> None:
    """28 December 2026 is a bank holiday, and the two days before it a weekend."""
    (due, *_) = outputs_after_first(
        Package.PEER_TEAM, date(2026, 9, 28), {date(2026, 12, 28), date(2026, 12, 25)}
    )
    assert due.on == date(2026, 12, 24)


def test_a_session_ends_with_an_action_plan_on_its_day() -> None:
    assert output_of_session(MONDAY).kind is OutputKind.ACTION_PLAN
    assert output_of_session(MONDAY).on == MONDAY


@pytest.mark.parametrize(
    ("delivered", "expected"),
    [
        (MONDAY, ()),
        (MONDAY + ONE, (Missing.DELIVERED_IN_FUTURE,)),
        (MONDAY - 7 * ONE, ()),
        (MONDAY - 8 * ONE, (Missing.DELIVERED_BEFORE_VISIT,)),
    ],
)
def test_when_an_output_was_delivered(delivered: date, expected: tuple[Missing, ...]) -> None:
    assert may_deliver(delivered, MONDAY - 7 * ONE, MONDAY).missing == expected


@pytest.mark.parametrize(
    ("touched", "next_visit", "expected"),
    [
        (MONDAY, None, None),
        (MONDAY, MONDAY + 28 * ONE, None),  # twenty working days later is the day of the visit itself
        (MONDAY, MONDAY + 29 * ONE, MONDAY + 28 * ONE),
        (MONDAY - 70 * ONE, MONDAY + 29 * ONE, MONDAY),  # long silence: today
    ],
)
def test_when_the_team_is_in_touch_next(
    touched: date, next_visit: date | None, expected: date | None
) -> None:
    assert next_contact(touched, next_visit, MONDAY, ()) == expected
