"""Duties and their days: what follows each step, when it falls due, and who hears when it is late."""

from datetime import date

import pytest

from clearinghouse.protocol.duties import (
    AFTER_OUTCOME,
    AFTER_RISK_REFERRAL,
    DAYS_TO_SUPPLY,
    ChasedWith,
    NextDuty,
    chased_with,
    due_on,
    duties_owed,
    first_duty_after,
    is_overdue,
)
from clearinghouse.protocol.invariants import DutyFacts, has_next
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import DutyKind, Outcome, Route, Standing, Step
from clearinghouse.protocol.working_days import (
    add_working_days,
    is_working_day,
    next_working_day,
    working_days_between,
)

EASTER = {date(2026, 4, 3), date(2026, 4, 6)}
THU, GOOD_FRIDAY, SAT, EASTER_MONDAY, TUE = (date(2026, 4, day) for day in (2, 3, 4, 6, 7))
WED, THU_AFTER, FRI_AFTER = (date(2026, 4, day) for day in (8, 9, 10))


@pytest.mark.parametrize(
    ("day", "works", "following"),
    [
        (THU, True, THU),
        (GOOD_FRIDAY, False, TUE),
        (SAT, False, TUE),
        (EASTER_MONDAY, False, TUE),
        (TUE, True, TUE),
        (date(2026, 4, 12), False, date(2026, 4, 13)),
    ],
)
def test_working_days_of_england(day: date, works: bool, following: date) -> None:
    """A duty would fall on a Sunday or a bank holiday."""
    assert is_working_day(day, EASTER) is works
    assert next_working_day(day, EASTER) == following


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        (THU, 0, THU),
        (SAT, 0, TUE),
        (THU, 1, TUE),
        (SAT, 1, TUE),
        (THU, 2, WED),
        (TUE, 1, WED),
        (date(2026, 10, 23), 1, date(2026, 10, 26)),
        (date(2027, 3, 25), 1, date(2027, 3, 26)),
    ],
)
def test_adding_working_days(start: date, count: int, due: date) -> None:
    """A duty would come a day too early or too late across a holiday or the change of the clocks."""
    assert add_working_days(start, count, EASTER) == due


def test_counting_the_working_days_that_have_passed() -> None:
    """A lead would be passed over too soon, or not at all."""
    between = [working_days_between(THU, end, EASTER) for end in (THU, GOOD_FRIDAY, TUE, WED)]
    assert between == [0, 0, 1, 2]
    assert working_days_between(TUE, WED, EASTER) == 1


def test_a_duty_never_falls_before_today() -> None:
    """A wrong offset would make a duty that is overdue from the start."""
    with pytest.raises(ValueError, match=r"^a duty cannot fall before the day that brings it about$"):
        add_working_days(THU, -1, EASTER)


def test_what_is_due_at_once_does_not_wait_for_monday() -> None:
    """People at risk on a Saturday would wait for the office to open."""
    assert due_on(NextDuty(DutyKind.REFER_AT_ONCE, 0), SAT, EASTER) == SAT
    assert due_on(NextDuty(DutyKind.MAKE_OFFER, 1), SAT, EASTER) == TUE


@pytest.mark.parametrize(
    ("step", "route", "kind", "days"),
    [
        (Step.TRIAGE, Route.AUTHORITY_LED, DutyKind.FOLLOW_UP, 20),
        (Step.TRIAGE, Route.RIEP_FACILITATED, DutyKind.HAND_TO_RIEP, 5),
        (Step.TRIAGE, Route.PEER_SUPPORT, DutyKind.MAKE_OFFER, 5),
        (Step.TRIAGE, Route.POLITICAL_BROKERAGE, DutyKind.POLITICAL_BROKERAGE, 5),
        (Step.TRIAGE, Route.CONFIDENTIAL_DIALOGUE, DutyKind.FIRST_CONTACT, 3),
        (Step.TRIAGE, Route.JOINT_LOCAL_MEETING, DutyKind.JOINT_LOCAL_MEETING, 10),
        (Step.TRIAGE, Route.ADVOCACY, DutyKind.ADVOCACY, 5),
        (Step.TRIAGE, Route.PRE_INTERVENTION_MEETING, DutyKind.PRE_INTERVENTION_MEETING, 5),
        (Step.RETRIAGE, Route.IMMEDIATE_REFERRAL, DutyKind.REFER_AT_ONCE, 0),
        (Step.RECORD_DIALOGUE, None, DutyKind.MAKE_OFFER, 5),
        (Step.RECORD_MEETING, None, DutyKind.FOLLOW_UP, 20),
        (Step.RECORD_ESCALATION, None, DutyKind.FOLLOW_UP, 20),
        (Step.MAKE_OFFER, None, DutyKind.ANSWER_TO_OFFER, 10),
        (Step.ACCEPT, None, DutyKind.ASSIGN_TEAM, 10),
        (Step.DECLINE, None, DutyKind.JOINT_LOCAL_MEETING, 10),
        (Step.LAPSE, None, DutyKind.JOINT_LOCAL_MEETING, 10),
        (Step.WITHDRAW, None, DutyKind.MAKE_OFFER, 5),
        (Step.ASSIGN_TEAM, None, DutyKind.FOLLOW_UP, 20),
        (Step.START_SUPPORT, None, DutyKind.FOLLOW_UP, 20),
        (Step.REVIEW, None, DutyKind.REVIEW, 60),
        (Step.REOPEN, None, DutyKind.TRIAGE, 2),
    ],
)
def test_each_step_leaves_a_duty_behind(step: Step, route: Route | None, kind: DutyKind, days: int) -> None:
    """A case would fall between stools after that step, or lie too long (§19)."""
    assert first_duty_after(step, route) == NextDuty(kind, days)


def test_only_closing_leaves_no_duty_and_triage_needs_its_route() -> None:
    """A closed case would be chased, or a triaged one get a duty that does not fit its route."""
    assert first_duty_after(Step.CLOSE) is None
    with pytest.raises(ValueError, match=r"^the duty after triage depends on the route$"):
        first_duty_after(Step.TRIAGE)


def test_every_duty_that_can_be_owed_has_its_days() -> None:
    """Recording an escalation would fail for want of a date."""
    assert {missing.supplied_by for missing in Missing} - {None} <= set(DAYS_TO_SUPPLY)


def test_what_the_family_owes_comes_in_order_each_within_its_days() -> None:
    """An escalation would leave behind what the family still owes with nobody's date on it (§22)."""
    assert duties_owed(()) == ()
    assert duties_owed((DutyKind.MAKE_OFFER, DutyKind.FIRST_CONTACT)) == (
        NextDuty(DutyKind.MAKE_OFFER, 5),
        NextDuty(DutyKind.FIRST_CONTACT, 3),
    )


def test_a_referral_made_at_once_is_confirmed_in_one_working_day_and_reviewed_in_ten() -> None:
    """The way round the gates would go unquestioned."""
    confirm, review = AFTER_RISK_REFERRAL
    assert (confirm.kind, due_on(confirm, THU, EASTER)) == (DutyKind.CONFIRM_RISK_REFERRAL, TUE)
    assert (review.kind, due_on(review, THU, EASTER)) == (DutyKind.REVIEW_RISK_REFERRAL, date(2026, 4, 20))


def test_each_outcome_of_a_meeting_brings_its_duties() -> None:
    """A plan would go unreviewed, or an agreed referral never reach the round table (§22)."""
    assert AFTER_OUTCOME[Outcome.A] == (DutyKind.REVIEW,)
    assert AFTER_OUTCOME[Outcome.B] == (DutyKind.HAND_TO_RIEP, DutyKind.ROUND_TABLE)
    assert AFTER_OUTCOME[Outcome.C] == (DutyKind.FOLLOW_UP,)


@pytest.mark.parametrize(
    ("today", "overdue", "who"),
    [
        (THU, False, ChasedWith.OWNER),
        (SAT, True, ChasedWith.LEAD),
        (TUE, True, ChasedWith.LEAD),
        (WED, True, ChasedWith.LEAD),
        (THU_AFTER, True, ChasedWith.DEPUTY),
        (FRI_AFTER, True, ChasedWith.DEPUTY),
    ],
)
def test_an_overdue_duty_climbs_to_the_lead_and_then_to_the_deputy(
    today: date, overdue: bool, who: ChasedWith
) -> None:
    """A forgotten duty would stay forgotten, or the deputy be called over a holiday weekend."""
    assert is_overdue(THU, today) is overdue
    assert chased_with(THU, today, EASTER) is who


DATED = DutyFacts(DutyKind.FOLLOW_UP, TUE, "ada")


@pytest.mark.parametrize(
    ("standing", "owner", "duties", "missing"),
    [
        (Standing.TRIAGED, "ada", [DATED], ()),
        (Standing.TRIAGED, None, [DATED], (Missing.NO_OWNER,)),
        (Standing.TRIAGED, "ada", [], (Missing.NO_NEXT_DUTY,)),
        (Standing.TRIAGED, "ada", [DutyFacts(DutyKind.FOLLOW_UP, None, "ada")], (Missing.NO_NEXT_DUTY,)),
        (Standing.TRIAGED, "ada", [DutyFacts(DutyKind.FOLLOW_UP, TUE, None)], (Missing.NO_NEXT_DUTY,)),
        (
            Standing.TRIAGED,
            "ada",
            [DutyFacts(DutyKind.REVIEW, TUE, "ada", done=True)],
            (Missing.NO_NEXT_DUTY,),
        ),
        (Standing.LOGGED, None, [], (Missing.NO_OWNER, Missing.NO_NEXT_DUTY)),
        (Standing.CLOSED, None, [], ()),
    ],
)
def test_an_open_case_has_an_owner_and_a_dated_duty(
    standing: Standing, owner: str | None, duties: list[DutyFacts], missing: tuple[Missing, ...]
) -> None:
    """An open case would fall between stools (§19)."""
    assert has_next(standing, owner, duties).missing == missing
