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


MOST_QUESTIONS = 40
MOST_OPTIONS = 12
LONGEST_OPTION = 200
LONGEST_WORDS = 500
LONGEST_INTRO = 4000
LONGEST_TITLE = 200


class ReadyMadeError(ValueError):
    """A ready-made questionnaire that cannot be used; the words say why."""


@dataclass(frozen=True)
class Asked:
    """One question as it is asked. `options` are the possible answers of a choice, in their order."""

    kind: QuestionKind
    words: str
    required: bool = False
    options: tuple[str, ...] = ()

    @property
    def answers(self) -> tuple[str, ...]:
        """The words of each possible answer."""
        if self.kind is QuestionKind.CHOICE:
            return self.options
        if self.kind is QuestionKind.SCALE:
            return tuple(each.words for each in Agreement)
        return tuple(each.words for each in YesNo) if self.kind is QuestionKind.YES_NO else ()


@dataclass(frozen=True)
class ReadyMade:
    """A questionnaire to begin from, by its file's name; `about` says for whom it is meant."""

    key: str
    title: str
    about: str
    intro: str
    questions: tuple[Asked, ...]


def problems_with(question: Asked) -> dict[str, str]:
    """What is wrong with a question, by its field; nothing where it can be asked."""
    found = dict[str, str]()
    if not 0 < len(question.words) <= LONGEST_WORDS:
        found["words"] = f"Enter the question in up to {LONGEST_WORDS} characters"
    if question.kind is QuestionKind.CHOICE:
        if not 2 <= len(set(question.options)) == len(question.options) <= MOST_OPTIONS:
            found["options"] = f"Enter two to {MOST_OPTIONS} different answers, one a line"
        elif any(len(option) > LONGEST_OPTION for option in question.options):
            found["options"] = f"Each answer must be {LONGEST_OPTION} characters or fewer"
    return found


def parse_ready_made(key: str, data: Mapping[str, object]) -> ReadyMade:
    """Read one from its file, as `tomllib` gives it. Raises ReadyMadeError."""
    texts = {name: data.get(name) for name in ("title", "about", "intro")}
    questions = data.get("questions")
    if set(data) != {*texts, "questions"} or not isinstance(questions, list):
        raise ReadyMadeError(
            f"questionnaire {key}: it needs title, about, intro and questions, and nothing else"
        )
    for name, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise ReadyMadeError(f"questionnaire {key}: {name} is missing")
    asked = tuple(_asked(key, number, each) for number, each in enumerate(questions, start=1))
    if not 0 < len(asked) <= MOST_QUESTIONS:
        raise ReadyMadeError(f"questionnaire {key}: it needs one to {MOST_QUESTIONS} questions")
    title, about, intro = (str(text).strip() for text in texts.values())
    return ReadyMade(key, title, about, intro, asked)


def _asked(key: str, number: int, data: object) -> Asked:
    where = f"questionnaire {key}, question {number}"
    if not isinstance(data, Mapping) or not {"kind", "words"} <= set(data) <= _KEYS:
        raise ReadyMadeError(f"{where}: it needs kind and words, and may have required and options")
    kind, options = data["kind"], data.get("options", [])
    if kind not in set(QuestionKind):
        raise ReadyMadeError(f"{where}: {kind!r} is no kind of question")
    if not isinstance(options, list) or not all(isinstance(each, str) for each in options):
        raise ReadyMadeError(f"{where}: options is a list of texts")
    asked = Asked(QuestionKind(kind), str(data["words"]), data.get("required") is True, tuple(options))
    if found := problems_with(asked):
        raise ReadyMadeError(f"{where}: {next(iter(found.values()))}")
    return asked


_KEYS = frozenset({"kind", "words", "required", "options"})
