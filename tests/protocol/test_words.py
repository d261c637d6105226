"""Every closed list has its words for a screen, and verdicts join."""

import pytest

from clearinghouse.protocol import vocabulary
from clearinghouse.protocol.verdict import ALLOWED, Missing, all_of, blocked
from clearinghouse.protocol.vocabulary import Body, Capacity, Worded


@pytest.mark.parametrize("words", Worded.__subclasses__(), ids=lambda words: words.__name__)
def test_each_value_has_words_of_its_own(words: type[Worded]) -> None:
    """A screen would show a code, an empty label, or two options that read alike."""
    assert all(member.value == member.name.lower() and member.words for member in words)
    assert len({member.words for member in words}) == len(words)
    assert [words(member.value) for member in words] == list(words)


@pytest.mark.parametrize(
    ("named", "within"),
    [
        (Body.IDEA, "IDeA"),
        (Body.AUDIT_COMMISSION, "the Audit Commission"),
        (Body.DEPARTMENT, "the government department"),
        (Body.OTHER, "another body"),
        (Capacity.LEADER, "the leader of the council"),
        (Capacity.LEADING_MEMBER, "a leading member"),
        (Capacity.DEPUTY, "a deputy to the leader or the chief executive"),
        (Capacity.OTHER_OFFICER, "another officer"),
    ],
)
def test_who_stands_in_a_sentence_with_their_article(named: Body | Capacity, within: str) -> None:
    """A title would read "Referred to Audit Commission", or a sentence lose its grammar."""
    assert named.within == within


def test_each_reason_is_a_sentence() -> None:
    """A refusal would be shown as a fragment, or two refusals would read alike."""
    assert all(reason.words.endswith(".") and reason.value == reason.name.lower() for reason in Missing)
    assert len({reason.words for reason in Missing}) == len(Missing)


def test_the_counts_of_the_design() -> None:
    """A scenario, route or standing of the design would be lost, or one invented."""
    assert len(vocabulary.Scenario) == 8
    assert len(vocabulary.Route) == 9
    assert len(vocabulary.Standing) == 10


def test_verdicts_join_and_name_each_thing_once() -> None:
    """A screen would repeat itself, or a blocked rule pass because another allowed."""
    joined = all_of(blocked(Missing.DIALOGUE), ALLOWED, blocked(Missing.DIALOGUE, Missing.OUTCOME_C))
    assert joined.missing == (Missing.DIALOGUE, Missing.OUTCOME_C)
    assert not joined.allowed
    assert all_of(ALLOWED, ALLOWED).allowed
