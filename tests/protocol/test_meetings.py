"""The joint local meeting's table of §22: facts on the left, the outcomes that agree with them on the right."""

import pytest

from clearinghouse.protocol.facts import LEADING_MEMBERS, PRE_INTERVENTION_PARTIES
from clearinghouse.protocol.meetings import (
    IssueDetails,
    judge_issue,
    locality_agrees,
    party_of,
    still_to_ask,
)
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import Body, Capacity, KnownAnswer, Outcome

A, B, C = Outcome
M = Missing
COMPLETE = IssueDetails(plan_named=True, review_dated=True, person_named=True, taken_up_dated=True)


@pytest.mark.parametrize(
    ("satisfied", "agrees", "a", "b", "c"),
    [
        (True, True, None, None, M.MUST_BE_A_OR_B),
        (True, False, None, M.MUST_BE_A, M.MUST_BE_A),
        (True, None, None, M.MUST_BE_A, M.MUST_BE_A),
        (False, True, M.MUST_BE_B, None, M.MUST_BE_B),
        (False, False, M.MUST_BE_C, M.MUST_BE_C, None),
        (False, None, M.LOCALITY_NOT_ASKED, M.LOCALITY_NOT_ASKED, M.LOCALITY_NOT_ASKED),
    ],
)
def test_an_outcome_agrees_with_the_facts(
    satisfied: bool, agrees: bool | None, a: Missing | None, b: Missing | None, c: Missing | None
) -> None:
    """An outcome would be recorded that contradicts the positions taken, such as an escalation of the willing."""
    for outcome, refusal in ((A, a), (B, b), (C, c)):
        verdict = judge_issue(satisfied, agrees, outcome, COMPLETE)
        assert verdict.missing == ((refusal,) if refusal else ()), outcome


@pytest.mark.parametrize(
    ("satisfied", "agrees", "outcome", "details", "missing"),
    [
        (True, None, A, IssueDetails(), (M.PLAN_NOT_NAMED, M.REVIEW_DATE)),
        (True, None, A, IssueDetails(plan_named=True), (M.REVIEW_DATE,)),
        (True, None, A, IssueDetails(plan_named=True, review_dated=True), ()),
        (False, True, B, IssueDetails(), (M.PERSON_NOT_NAMED, M.DATE_NOT_GIVEN)),
        (False, True, B, IssueDetails(person_named=True), (M.DATE_NOT_GIVEN,)),
        (False, True, B, IssueDetails(person_named=True, taken_up_dated=True), ()),
        (False, False, C, IssueDetails(), ()),
    ],
)
def test_an_outcome_carries_what_its_effect_needs(
    satisfied: bool,
    agrees: bool | None,
    outcome: Outcome,
    details: IssueDetails,
    missing: tuple[Missing, ...],
) -> None:
    """A review would have no date, or a referral nobody who agreed to it; or a plain fact would be refused."""
    assert judge_issue(satisfied, agrees, outcome, details).missing == missing


@pytest.mark.parametrize(
    ("said", "missed", "agrees"),
    [
        (KnownAnswer.YES, 0, True),
        (KnownAnswer.YES, 2, True),
        (KnownAnswer.NO, 0, False),
        (KnownAnswer.NOT_KNOWN, 0, None),
        (KnownAnswer.NOT_KNOWN, 1, None),
        (KnownAnswer.NOT_KNOWN, 2, False),
    ],
)
def test_missing_the_meeting_twice_is_not_agreeing(
    said: KnownAnswer, missed: int, agrees: bool | None
) -> None:
    """An authority could hold everything up by staying away."""
    assert locality_agrees(said, missed) is agrees


@pytest.mark.parametrize(
    ("body", "capacity", "party"),
    [
        (Body.AUTHORITY, Capacity.LEADER, LEADING_MEMBERS),
        (Body.AUTHORITY, Capacity.LEADING_MEMBER, LEADING_MEMBERS),
        (Body.AUTHORITY, Capacity.CHIEF_EXECUTIVE, Body.AUTHORITY),
        (Body.AUTHORITY, None, Body.AUTHORITY),
        (Body.IDEA, None, Body.IDEA),
    ],
)
def test_the_authority_comes_by_its_leading_members(
    body: Body, capacity: Capacity | None, party: str
) -> None:
    """Officers would stand in for the councillors whom the meeting is with."""
    assert party_of(body, capacity) == party


def test_who_is_still_to_be_asked_is_named() -> None:
    """A lead would learn that somebody is missing, and not who."""
    assert still_to_ask(PRE_INTERVENTION_PARTIES) == ()
    assert still_to_ask({*PRE_INTERVENTION_PARTIES, Body.AUTHORITY} - {LEADING_MEMBERS}) == (
        "the authority’s leading members",
    )
    assert still_to_ask(()) == (
        "the government department",
        "IDeA",
        "the RIEP",
        "the Government Office",
        "the authority’s leading members",
    )
