"""The joint local meeting: the five rows that say which outcome agrees with the facts (§22); who comes to the other."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from clearinghouse.protocol.facts import LEADING_MEMBERS
from clearinghouse.protocol.verdict import Missing, Verdict, blocked
from clearinghouse.protocol.vocabulary import Body, Capacity, KnownAnswer, Outcome

MISSED_MEETINGS_THAT_REFUSE = 2
_LEADING = frozenset({Capacity.LEADER, Capacity.LEADING_MEMBER})
_PARTY_WORDS: Mapping[str, str] = MappingProxyType(
    {
        **{body: body.within for body in (Body.DEPARTMENT, Body.IDEA, Body.RIEP, Body.GOVERNMENT_OFFICE)},
        LEADING_MEMBERS: "the authority’s leading members",
    }
)


@dataclass(frozen=True)
class Fitting:
    """The outcomes that agree with the facts, and why any other does not."""

    outcomes: frozenset[Outcome]
    why: Missing


@dataclass(frozen=True)
class IssueDetails:
    """What was written down beside an outcome."""

    plan_named: bool = False
    review_dated: bool = False
    person_named: bool = False
    taken_up_dated: bool = False


def locality_agrees(said: KnownAnswer, meetings_missed: int = 0) -> bool | None:
    """Whether the locality agrees to support or referral (§22); None while it has not been asked.

    Refusing, or missing the meeting twice, counts as not agreeing.
    """
    if said is KnownAnswer.YES:
        return True
    if said is KnownAnswer.NO or meetings_missed >= MISSED_MEETINGS_THAT_REFUSE:
        return False
    return None


def outcome_for(regulators_satisfied: bool, agrees: bool | None) -> Fitting:
    """Which outcome agrees with the facts (§22).

    Satisfied regulators: strong local plans are in place (A), or the locality agrees to refer it all the same (B).
    Not satisfied and the locality agrees: B. Not satisfied and it does not agree: C. Where the locality was not
    asked, only A can be right, and only with satisfied regulators.
    """
    match regulators_satisfied, agrees:
        case True, True:
            return Fitting(frozenset({Outcome.A, Outcome.B}), Missing.MUST_BE_A_OR_B)
        case True, _:
            return Fitting(frozenset({Outcome.A}), Missing.MUST_BE_A)
        case False, True:
            return Fitting(frozenset({Outcome.B}), Missing.MUST_BE_B)
        case False, False:
            return Fitting(frozenset({Outcome.C}), Missing.MUST_BE_C)
        case _:
            return Fitting(frozenset(), Missing.LOCALITY_NOT_ASKED)


def judge_issue(
    regulators_satisfied: bool, agrees: bool | None, outcome: Outcome, details: IssueDetails = IssueDetails()
) -> Verdict:
    """Whether the outcome may be recorded (§22): it must agree with the facts and carry what its effect needs.

    A names the plan and dates its review; B names who agreed and dates who takes it up; C is recorded as it is.
    """
    fitting = outcome_for(regulators_satisfied, agrees)
    if outcome not in fitting.outcomes:
        return blocked(fitting.why)
    needed: dict[Missing, bool] = {}
    if outcome is Outcome.A:
        needed = {Missing.PLAN_NOT_NAMED: details.plan_named, Missing.REVIEW_DATE: details.review_dated}
    elif outcome is Outcome.B:
        needed = {
            Missing.PERSON_NOT_NAMED: details.person_named,
            Missing.DATE_NOT_GIVEN: details.taken_up_dated,
        }
    return blocked(*(missing for missing, there in needed.items() if not there))


def party_of(body: Body, capacity: Capacity | None) -> str:
    """Which party of a pre-intervention meeting somebody is: for the authority, only a leading member counts (§26)."""
    return LEADING_MEMBERS if body is Body.AUTHORITY and capacity in _LEADING else body.value


def still_to_ask(came_or_declined: Collection[str]) -> tuple[str, ...]:
    """Who of a pre-intervention meeting's parties is still to be asked: has neither attended nor declined (§19, §26).

    Who was asked and did not come without a word is asked again.
    """
    return tuple(words for party, words in _PARTY_WORDS.items() if party not in came_or_declined)
