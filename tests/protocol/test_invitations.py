"""Who may be asked onto a team and confirmed, and what an answer does, as truth tables."""

from datetime import date, timedelta

import pytest

from clearinghouse.protocol.conflicts import Conflict, Effect, Rule
from clearinghouse.protocol.invitations import (
    LIVE,
    InvitationState,
    against,
    answered_yes,
    has_let_pass,
    may_ask,
    may_confirm,
    usual_answer_by,
)

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
FIRST = date(2026, 12, 7)
BLOCK = Conflict(Rule.BELONGS, Effect.BLOCKED, "Employed by Midthorpe.")
WARNING = Conflict(Rule.NEIGHBOUR, Effect.WARNING, "Belongs to Oxtown, which neighbours Midthorpe.")
DAYS = Conflict(Rule.DAYS_USED_UP, Effect.BLOCKED, "Has used all days.")


@pytest.mark.parametrize(
    ("found", "accepted", "sent", "left"),
    [
        ((), (), False, ()),
        ((BLOCK, WARNING), (), False, (BLOCK, WARNING)),
        ((BLOCK, WARNING), (BLOCK, WARNING), False, (BLOCK,)),
        ((DAYS,), (), False, (DAYS,)),
        ((BLOCK, WARNING, DAYS), (), True, (BLOCK,)),
    ],
)
def test_what_keeps_a_member_out(
    found: tuple[Conflict, ...], accepted: tuple[Conflict, ...], sent: bool, left: tuple[Conflict, ...]
) -> None:
    """A block that a lead “accepts” would pass, or a team that was sent would be in conflict with itself."""
    assert against(found, {each.key for each in accepted}, sent=sent) == left


@pytest.mark.parametrize("state", [None, *InvitationState])
def test_only_who_is_not_bound_is_asked_and_only_who_accepted_is_confirmed(
    state: InvitationState | None,
) -> None:
    assert may_ask(state, FIRST, TODAY, (), TODAY).allowed is (state not in LIVE)
    assert may_confirm(state, ()).allowed is (state is InvitationState.ACCEPTED)
    assert not may_ask(state, FIRST, TODAY, (BLOCK,), TODAY).allowed
    assert not may_confirm(state, (WARNING,)).allowed


@pytest.mark.parametrize(
    ("first", "answer_by", "allowed"),
    [
        (FIRST, TODAY, True),
        (FIRST, FIRST, True),
        (FIRST, TODAY - DAY, False),
        (FIRST, FIRST + DAY, False),
        (TODAY, TODAY, True),
        (TODAY - DAY, TODAY - DAY, False),
    ],
)
def test_days_lie_ahead_and_the_answer_comes_before_them(first: date, answer_by: date, allowed: bool) -> None:
    assert may_ask(None, first, answer_by, (), TODAY).allowed is allowed


def test_a_block_undoes_a_yes_and_a_warning_does_not() -> None:
    assert answered_yes(()) is InvitationState.ACCEPTED
    assert answered_yes((WARNING,)) is InvitationState.ACCEPTED
    assert answered_yes((WARNING, BLOCK)) is InvitationState.CONFLICTED


@pytest.mark.parametrize("state", list(InvitationState))
def test_the_last_day_is_still_theirs(state: InvitationState) -> None:
    asked = state is InvitationState.ASKED
    assert not has_let_pass(state, TODAY, TODAY)
    assert has_let_pass(state, TODAY - DAY, TODAY) is asked


def test_five_working_days_or_until_the_work_begins() -> None:
    assert usual_answer_by(TODAY, FIRST, ()) == date(2026, 11, 30)
    assert usual_answer_by(TODAY, TODAY + DAY, ()) == TODAY + DAY
    assert usual_answer_by(TODAY, FIRST, {TODAY + DAY}) == date(2026, 12, 1)
