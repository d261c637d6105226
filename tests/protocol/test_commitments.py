"""Commitments as a lead could check them: what is asked when, what is late, what a predecessor did."""

from datetime import date, timedelta

import pytest

from clearinghouse.protocol.commitments import (
    SOON,
    CommitmentFacts,
    CommitmentKind,
    HowKept,
    asked_again,
    counts_from,
    how_kept,
)

STATEMENT, EVALUATION, CHALLENGE = CommitmentKind
KEPT, SOON_DUE, OVERDUE, NEVER = HowKept
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("kind", "done_on", "how", "due_by"),
    [
        (STATEMENT, None, NEVER, None),
        (STATEMENT, date(2010, 1, 1), KEPT, None),
        (STATEMENT, TODAY, KEPT, None),
        (EVALUATION, None, NEVER, None),
        (EVALUATION, TODAY, KEPT, date(2027, 11, 23)),
        (EVALUATION, date(2026, 1, 23), KEPT, date(2027, 1, 23)),
        (EVALUATION, date(2026, 1, 22), SOON_DUE, date(2027, 1, 22)),
        (EVALUATION, date(2025, 11, 23), SOON_DUE, TODAY),
        (EVALUATION, date(2025, 11, 22), OVERDUE, date(2026, 11, 22)),
        (EVALUATION, date(2024, 2, 29), OVERDUE, date(2025, 2, 28)),
        (CHALLENGE, None, NEVER, None),
        (CHALLENGE, date(2023, 11, 24), KEPT, date(2027, 11, 24)),
        (CHALLENGE, date(2023, 11, 23), SOON_DUE, date(2027, 11, 23)),
        (CHALLENGE, date(2022, 11, 23), SOON_DUE, TODAY),
        (CHALLENGE, date(2022, 11, 22), OVERDUE, date(2026, 11, 22)),
    ],
)
def test_what_stands_on_record_says_how_it_is_kept(
    kind: CommitmentKind, done_on: date | None, how: HowKept, due_by: date | None
) -> None:
    """A day early a council would be called late that is not; a day late, a promise would be forgotten."""
    record = () if done_on is None else (CommitmentFacts(kind, done_on),)
    found = how_kept(kind, record, TODAY)
    assert (found.kind, found.how, found.last_on, found.due_by) == (kind, how, done_on, due_by)


def test_the_last_one_counts_whatever_the_order_and_each_kind_by_itself() -> None:
    """An old evaluation that is recorded late would call a council late; a challenge would stand for an evaluation."""
    record = tuple(
        CommitmentFacts(kind, TODAY - days * DAY)
        for kind, days in ((EVALUATION, 10), (EVALUATION, 800), (CHALLENGE, 3), (STATEMENT, 2))
    )
    assert how_kept(EVALUATION, record, TODAY).last_on == TODAY - 10 * DAY
    assert how_kept(EVALUATION, record[1:], TODAY).how is OVERDUE
    assert how_kept(EVALUATION, record[2:], TODAY).how is NEVER


@pytest.mark.parametrize(
    ("kind", "own", "theirs", "began", "since"),
    [
        # What it did itself counts, whatever its predecessors did and whenever it began.
        (EVALUATION, date(2026, 1, 1), date(2026, 6, 1), date(2025, 4, 1), date(2026, 1, 1)),
        # The round of a predecessor goes on from the start of its successor, or from its own last.
        (EVALUATION, None, date(2025, 2, 1), date(2025, 4, 1), date(2025, 4, 1)),
        (CHALLENGE, None, date(2020, 2, 1), date(2025, 4, 1), date(2025, 4, 1)),
        (CHALLENGE, None, date(2020, 2, 1), None, date(2020, 2, 1)),
        # Nobody kept a round: nothing is late only because a council is new.
        (EVALUATION, None, None, date(2019, 4, 1), None),
        # A statement binds whoever signed it.
        (STATEMENT, None, date(2020, 2, 1), date(2025, 4, 1), None),
        (STATEMENT, date(2026, 2, 1), date(2020, 2, 1), None, date(2026, 2, 1)),
    ],
)
def test_what_a_predecessor_did_is_history_and_its_round_goes_on(
    kind: CommitmentKind, own: date | None, theirs: date | None, began: date | None, since: date | None
) -> None:
    """A merged council would pass for challenged, or be bound by what it never signed; or its round would be lost."""
    record = [
        CommitmentFacts(kind, day, by_predecessor)
        for day, by_predecessor in ((own, False), (theirs, True))
        if day
    ]
    assert counts_from(kind, record, began) == since
    found = how_kept(kind, record, TODAY, began)
    assert found.last_on == own
    assert found.how is not KEPT or own


def test_a_successor_is_late_with_its_predecessors_round_only_after_a_whole_one() -> None:
    record = (CommitmentFacts(EVALUATION, date(2025, 6, 1), by_predecessor=True),)
    expected = {date(2026, 9, 24): NEVER, date(2026, 1, 22): SOON_DUE, date(2025, 11, 22): OVERDUE}
    for began, how in expected.items():
        assert how_kept(EVALUATION, record, TODAY, began).how is how


def test_soon_begins_sixty_days_before_and_for_a_challenge_after_three_years() -> None:
    assert asked_again(STATEMENT, TODAY) is None
    assert asked_again(EVALUATION, TODAY) == (date(2027, 11, 23) - SOON, date(2027, 11, 23))
    assert asked_again(CHALLENGE, date(2024, 2, 29)) == (date(2027, 2, 28), date(2028, 2, 29))
