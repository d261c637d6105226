"""Questionnaires to a council's staff: what may be asked, when a return is poor, and which answers are ever shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from clearinghouse.protocol.vocabulary import Worded

FEWEST_SHOWN = 5
"""From so few people, what is counted could still be told of one of them (ours)."""

POOR_RETURN = 3
"""A return is poor while fewer than one in so many have answered (ours)."""


class QuestionKind(Worded):
    """How a question is answered."""

    SCALE = "scale", "How far they agree, on a scale of five"
    CHOICE = "choice", "One of several answers"
    YES_NO = "yes_no", "Yes or no"
    TEXT = "text", "In their own words"


class Agreement(Worded):
    """The scale of five."""

    STRONGLY_AGREE = "strongly_agree", "Strongly agree"
    AGREE = "agree", "Agree"
    NEITHER = "neither", "Neither agree nor disagree"
    DISAGREE = "disagree", "Disagree"
    STRONGLY_DISAGREE = "strongly_disagree", "Strongly disagree"


class YesNo(Worded):
    """The answers to a yes-or-no question."""

    YES = "yes", "Yes"
    NO = "no", "No"


@dataclass(frozen=True)
class Pool:
    """Answers of several people, none of them together with another: so many people, counts and words by question.

    `counts` has a number for each possible answer of a question, in the question's order.
    """

    people: int = 0
    counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def with_(self, other: "Pool") -> "Pool":
        """Both together."""
        counts = dict(self.counts)
        for question, numbers in other.counts.items():
            before = counts.get(question, (0,) * len(numbers))
            counts[question] = tuple(one + more for one, more in zip(before, numbers, strict=True))
        words = dict(self.words)
        for question, texts in other.words.items():
            words[question] = (*words.get(question, ()), *texts)
        return Pool(self.people + other.people, counts, words)


NOBODY = Pool()


def may_show(people: int) -> bool:
    """Answers are shown from five people on (ours): fewer could be told apart by whoever knows them."""
    return people >= FEWEST_SHOWN


def at_closing(shown: Pool, waiting: Pool) -> tuple[Pool, Pool]:
    """What is shown from a closing on, and what still waits (ours): answers are never shown while they come in.

    What came since the last closing joins what is shown only if five or more people sent it: otherwise the difference
    between two looks would be the answers of a few. Until then it waits for the next closing.
    """
    return (shown.with_(waiting), NOBODY) if may_show(waiting.people) else (shown, waiting)


def is_poor(answered: int, asked: int) -> bool:
    """A return is poor while fewer than a third have answered (ours; "a poor return rate initially", appendix 2)."""
    return answered * POOR_RETURN < asked


def half_time(sent_on: date, closes_on: date) -> date:
    """The day from which a poor return is raised: half of the days that the questionnaire is open (ours)."""
    return sent_on + timedelta(days=((closes_on - sent_on).days + 1) // 2)


def is_open_on(closes_on: date, today: date) -> bool:
    """A questionnaire can be answered up to its closing date, that day included (ours)."""
    return today <= closes_on
