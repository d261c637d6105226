"""When a source is told and what may be said, who of the authority is told, and what a letter may not repeat."""

from datetime import date

import pytest

from clearinghouse.protocol.advocacy import may_stand_with
from clearinghouse.protocol.brokerage import BrokerageOutcome, next_after_talk
from clearinghouse.protocol.telling import (
    Saying,
    SourceFacts,
    TellingFacts,
    may_be_said,
    may_be_told,
    may_contact,
    may_issue_letter,
    may_say,
    may_tell_authority,
    repeats,
    telling_after,
)
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import Capacity, ClosingOutcome, DutyKind, Standing, Step

TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)
BOTH = frozenset({Capacity.LEADER, Capacity.CHIEF_EXECUTIVE})


@pytest.mark.parametrize(
    ("has_contact", "agreed", "missing"),
    [
        (True, True, ()),
        (True, False, (Missing.SOURCE_WANTS_NO_CONTACT,)),
        (True, None, (Missing.SOURCE_NOT_ASKED,)),
        (False, True, (Missing.SOURCE_NOT_REACHABLE,)),
        (False, False, (Missing.SOURCE_NOT_REACHABLE,)),
        (False, None, (Missing.SOURCE_NOT_REACHABLE,)),
    ],
)
def test_a_source_is_contacted_only_where_they_left_a_way_and_agreed(
    has_contact: bool, agreed: bool | None, missing: tuple[Missing, ...]
) -> None:
    """A call that nobody agreed to gives a source away."""
    source = SourceFacts(has_contact, agreed)
    assert may_contact(source).missing == missing
    for step in Step:
        assert telling_after(step, source) is None or not missing


@pytest.mark.parametrize("step", Step)
def test_a_source_is_owed_word_after_triage_escalation_and_close_alone(step: Step) -> None:
    """A source would never hear what became of it, or be rung after every note."""
    duty = telling_after(step, SourceFacts(has_contact=True, may_be_contacted=True))
    told = step in {Step.TRIAGE, Step.RECORD_ESCALATION, Step.CLOSE}
    assert (duty is not None and duty.kind is DutyKind.TELL_SOURCE) == told


S = Saying
CLOSED = Standing.CLOSED


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (TellingFacts(Standing.LOGGED), (S.RECEIVED, S.NO_MORE)),
        (TellingFacts(Standing.TRIAGED), (S.RECEIVED, S.LOOKED_INTO, S.NO_MORE)),
        (
            TellingFacts(Standing.IN_DIALOGUE, talked=True),
            (S.RECEIVED, S.LOOKED_INTO, S.TALKED_TO, S.NO_MORE),
        ),
        (
            TellingFacts(Standing.OFFER_DECLINED, talked=True),
            (S.RECEIVED, S.LOOKED_INTO, S.TALKED_TO, S.NO_MORE),
        ),
        (
            TellingFacts(Standing.TRIAGED, escalated=True),
            (S.RECEIVED, S.LOOKED_INTO, S.OTHERS_ACT, S.NO_MORE),
        ),
        (
            TellingFacts(CLOSED, talked=True, outcome=ClosingOutcome.IMPROVED),
            (S.LOOKED_INTO, S.TALKED_TO, S.ENDED, S.NO_MORE),
        ),
        (
            TellingFacts(CLOSED, outcome=ClosingOutcome.HELP_REFUSED),
            (S.LOOKED_INTO, S.ENDED, S.NO_MORE),
        ),
        (
            TellingFacts(CLOSED, outcome=ClosingOutcome.UNFOUNDED),
            (S.NOT_TAKEN_UP, S.ENDED, S.NO_MORE),
        ),
        (
            TellingFacts(CLOSED, outcome=ClosingOutcome.WITH_OTHERS),
            (S.LOOKED_INTO, S.OTHERS_ACT, S.ENDED, S.NO_MORE),
        ),
    ],
)
def test_what_may_be_said_follows_how_far_the_case_has_come(
    facts: TellingFacts, said: tuple[Saying, ...]
) -> None:
    """A source would hear of talks that were not held, or that the authority refused help, which is its secret."""
    assert may_be_said(facts) == said
    assert may_say(said, facts).allowed
    for saying in set(Saying) - set(said):
        assert may_say({saying}, facts).missing == (Missing.NOT_TO_BE_SAID,)
    assert may_say((), facts).missing == (Missing.NOTHING_SAID,)


@pytest.mark.parametrize("answer", [Standing.OFFER_ACCEPTED, Standing.OFFER_DECLINED, Standing.OFFER_LAPSED])
def test_what_the_authority_answered_makes_no_difference_to_what_is_said(answer: Standing) -> None:
    """The source would learn what the authority said in confidence from what is left out."""
    assert may_be_said(TellingFacts(answer)) == may_be_said(TellingFacts(Standing.TRIAGED))


@pytest.mark.parametrize(
    ("capacity", "about", "told_on", "missing"),
    [
        (Capacity.LEADER, frozenset(), TODAY, ()),
        (Capacity.MONITORING_OFFICER, frozenset(), TODAY, ()),
        (Capacity.LEADER, BOTH, TODAY, (Missing.TOLD_SOMEONE_CONCERNED,)),
        (Capacity.CHIEF_EXECUTIVE, BOTH, TODAY, (Missing.TOLD_SOMEONE_CONCERNED,)),
        (Capacity.DEPUTY, BOTH, TODAY, ()),
        (Capacity.OTHER_OFFICER, frozenset(), TODAY, (Missing.TOLD_NOBODY_WHO_COUNTS,)),
        (Capacity.LEADER, frozenset(), TOMORROW, (Missing.TOLD_IN_FUTURE,)),
    ],
)
def test_the_authority_is_told_by_whoever_counts_and_is_not_concerned(
    capacity: Capacity, about: frozenset[Capacity], told_on: date, missing: tuple[Missing, ...]
) -> None:
    assert may_tell_authority(capacity, about, told_on, TODAY).missing == missing


def test_nobody_the_concern_is_about_is_ever_told() -> None:
    for each in Capacity:
        assert each not in may_be_told({each})


@pytest.mark.parametrize(
    ("letter", "repeated"),
    [
        ("Peers help with thresholds.", ""),
        ("Staff at night lock the door.", ""),  # five words in a row are no quotation
        ("Help, because STAFF at night lock the doors, as said.", "staff at night lock the doors"),
        ("Help: staff at\nnight – lock the doors!", "staff at night lock the doors"),
        ("", ""),
    ],
)
def test_six_words_in_a_row_are_a_quotation_however_they_are_written(letter: str, repeated: str) -> None:
    """The authority would read the source's own words in our letter."""
    assert repeats(letter, "The staff at night lock the doors.") == repeated


def test_a_letter_goes_to_whom_the_dialogue_may_be_with_and_quotes_nothing() -> None:
    allowed = frozenset({Capacity.DEPUTY})
    assert may_issue_letter(Capacity.DEPUTY, allowed, "").allowed
    assert may_issue_letter(Capacity.LEADER, allowed, "").missing == (Missing.LETTER_TO_WRONG_CAPACITY,)
    assert may_issue_letter(Capacity.DEPUTY, allowed, "a b").missing == (Missing.LETTER_REPEATS_CONCERN,)


@pytest.mark.parametrize(
    ("outcome", "follows"),
    [
        (None, DutyKind.POLITICAL_BROKERAGE),
        (BrokerageOutcome.GOES_ON, DutyKind.POLITICAL_BROKERAGE),
        (BrokerageOutcome.AGREED, DutyKind.FOLLOW_UP),
        (BrokerageOutcome.NOT_AGREED, DutyKind.FOLLOW_UP),
    ],
)
def test_every_talk_with_politicians_leaves_something_owed(
    outcome: BrokerageOutcome | None, follows: DutyKind
) -> None:
    assert next_after_talk(outcome) is follows


@pytest.mark.parametrize(
    ("agreed_on", "agreed_with", "about", "missing"),
    [
        (TODAY, Capacity.LEADER, frozenset(), ()),
        (TOMORROW, Capacity.LEADER, frozenset(), (Missing.AGREED_IN_FUTURE,)),
        (TODAY, Capacity.LEADER, BOTH, (Missing.AGREED_WITH_SOMEONE_CONCERNED,)),
        (TODAY, Capacity.OTHER_MEMBER, frozenset(), (Missing.AGREED_WITH_SOMEONE_CONCERNED,)),
        (TODAY, Capacity.DEPUTY, BOTH, ()),
    ],
)
def test_the_family_stands_with_an_authority_only_as_agreed_with_it(
    agreed_on: date, agreed_with: Capacity, about: frozenset[Capacity], missing: tuple[Missing, ...]
) -> None:
    assert may_stand_with(agreed_on, agreed_with, about, TODAY).missing == missing
