"""The answer that a person gets: passages, blacked out in places, in words that are the same whatever was held back."""

import json
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from clearinghouse.casework.subject_access.redacting import MARK

TITLE = "What we hold about you"
OPENING = (
    "You asked us under article 15 of the UK General Data Protection Regulation. This is everything about you that we "
    "can give you here. You may get other answers to the same request, each by itself."
)
MARKED = (
    f"{MARK} stands where words are left out: what is about somebody else, or what the law lets us hold back. The law "
    "lets us hold some things back altogether. We do not say whether we did, or whether there is anything to hold back."
)
NOTHING = "There is nothing that we can give you here."
RIGHTS = (
    (
        "We keep these records to help councils in England improve, as a task in the public interest. People within "
        "local government improvement, and bodies that inspect councils where they act, may be told what they need to "
        "know. We keep records no longer than our retention periods say. What did not come from you came from people "
        "who work with councils; we may not be able to say who."
    ),
    (
        "You may ask us to correct or erase what is about you, to restrict what we do with it, or object to it. Nothing"
        " about you is decided by a machine. If you are not content with this answer, tell us, or complain to the "
        "Information Commissioner (ico.org.uk). You may also go to court."
    ),
)
_WIDTH = 80


@dataclass(frozen=True)
class Given:
    """One passage as it goes out. `words` say what sort of record it is from, and no more."""

    words: str
    text: str


@dataclass(frozen=True)
class Answer:
    """An answer as it goes out. It carries neither a case's reference nor a date, nor how much was held back."""

    reference: str
    made_on: date
    given: tuple[Given, ...]


def as_text(answer: Answer) -> str:
    """The answer as plain text."""
    lines = [TITLE, "", f"Reference {answer.reference}. Made on {_day(answer.made_on)}.", ""]
    lines += [*_wrapped(OPENING), "", *_wrapped(MARKED), ""]
    for each in answer.given:
        lines += [each.words, "-" * len(each.words), each.text, ""]
    if not answer.given:
        lines += [NOTHING, ""]
    for paragraph in RIGHTS:
        lines += [*_wrapped(paragraph), ""]
    return "\n".join(lines)


def to_json(answer: Answer) -> str:
    """The answer as it is sealed."""
    given = [[each.words, each.text] for each in answer.given]
    return json.dumps({"reference": answer.reference, "made_on": str(answer.made_on), "given": given})


def from_json(text: str) -> Answer:
    """The answer as it was sealed."""
    content = json.loads(text)
    given: Sequence[tuple[str, str]] = content["given"]
    return Answer(
        content["reference"], date.fromisoformat(content["made_on"]), tuple(Given(*each) for each in given)
    )


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
