"""The letter of a sector offer: its words, as text to download and as parts for a sheet to print."""

import textwrap
from dataclasses import dataclass
from datetime import date

LINE = 78


@dataclass(frozen=True)
class OfferWords:
    """What a letter may say of an offer: terms, dates and how to answer; nothing of the concern or of its source.

    `capacity` is the addressee's, such as `Chief executive`; `addressee` their name, "" where the capacity is enough.
    `reply_to` says how whoever issues the letter is reached, "" where they hand it over themselves.
    """

    reference: str
    authority: str
    capacity: str
    addressee: str
    issued_on: date
    issued_by: str
    terms: str
    from_whom: str
    cost: str
    starts_by: date | None
    answer_by: date
    reply_to: str


@dataclass(frozen=True)
class Part:
    """One part of the letter under its heading."""

    heading: str
    text: str


TITLE = "An offer of support from local government"
OPENING = (
    "Councils help each other before anybody else steps in. On their behalf we offer the authority the help that is "
    "set out below. It is the authority's own decision whether to take it."
)
CONFIDENCE = (
    "This letter is confidential between the authority and those who help it. Please do not pass it on."
)


def parts(offer: OfferWords) -> tuple[Part, ...]:
    """The letter's parts in their order; what was not said of the offer is left out."""
    said = (
        Part("What is offered", offer.terms),
        Part("Who gives it", offer.from_whom),
        Part("What it costs the authority", offer.cost),
        Part("When it can begin", f"By {day(offer.starts_by)}." if offer.starts_by else ""),
        Part("When we ask for an answer", f"By the end of {day(offer.answer_by)}."),
        Part("How to answer", how_to_answer(offer)),
    )
    return tuple(part for part in said if part.text)


def how_to_answer(offer: OfferWords) -> str:
    """To whom the authority says yes or no, and what its silence means."""
    reach = f" ({offer.reply_to})" if offer.reply_to else ""
    return (
        f"Tell {offer.issued_by}{reach}, in person, by telephone or by letter, whether the authority accepts the offer "
        f"or declines it, and give the reference {offer.reference}. Questions are welcome before then. If no answer "
        "has come by the end of that day, the offer lapses; that is then what is on record, and a new offer can be "
        "asked for."
    )


def address(offer: OfferWords) -> tuple[str, ...]:
    """The lines of the address: name where there is one, capacity, authority."""
    return tuple(line for line in (offer.addressee, offer.capacity, offer.authority) if line)


def letter_text(offer: OfferWords) -> str:
    """The whole letter as plain text."""
    head = (*address(offer), "", day(offer.issued_on), f"Reference {offer.reference}", "In confidence")
    body = [TITLE.upper(), _folded(OPENING)]
    body += [f"{part.heading}\n\n{_folded(part.text)}" for part in parts(offer)]
    body += [_folded(CONFIDENCE), offer.issued_by]
    return "\n".join(head) + "\n\n" + "\n\n".join(body) + "\n"


def day(value: date) -> str:
    """A date as a letter says it: `Monday 7 December 2026`."""
    return f"{value:%A} {value.day} {value:%B %Y}"


def _folded(text: str) -> str:
    return "\n".join(textwrap.fill(line, LINE) for line in text.splitlines())
