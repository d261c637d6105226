"""What an item of a round table says: on the screen of whoever may see it, and to the bodies that attend."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.regional.items import CLOSING, DUTY, ISSUE, OFFER, PRACTICE, SIGNALS, Item
from clearinghouse.casework.world import Work
from clearinghouse.protocol.round_table import Decision, ItemKind
from clearinghouse.protocol.signals import SignalTheme
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority, Closing
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.meetings import MeetingIssue
from clearinghouse.records.regional import GoodPractice, RoundTable, SupportOffer


@dataclass(frozen=True)
class ItemWords:
    """What an item says. The first three are for the screen; what is `told` goes to the bodies that attend."""

    title: str
    text: str
    reference: str
    told_title: str
    told_text: str


@dataclass(frozen=True)
class Person:
    """Somebody who can be given what a decision asks."""

    id: UUID
    name: str


@dataclass(frozen=True)
class ShownItem:
    """One item as a page shows it, with what was decided of it once that is recorded.

    `waits` where nothing is decided of it yet, here or at a later round table. `case_id` leads to the case, and is None
    for what names none. `action_id` leads to the regional action.
    """

    key: str
    slug: str
    kind: ItemKind
    words: ItemWords
    case_id: UUID | None
    people: tuple[Person, ...] = ()
    waits: bool = True
    decision: Decision | None = None
    decided_words: str = ""
    owner: str = ""
    due_on: date | None = None
    is_done: bool = False
    action_id: UUID | None = None


def words_of(work: Work, item: Item) -> ItemWords:
    """What the item says to the actor, who may see it; a wall hides the authorities behind it."""
    match item.source:
        case s if s in (ISSUE, DUTY):
            return _referral(work, item)
        case s if s == SIGNALS:
            return _signals(work, item)
        case s if s == OFFER:
            return _offer(work, work.session.get_one(SupportOffer, item.about))
        case s if s == PRACTICE:
            return _practice(work, work.session.get_one(GoodPractice, item.about))
        case s if s == CLOSING:
            return _learnt(work, work.session.get_one(Closing, item.about))
    raise ValueError(f"an agenda has no items of {item.source}")


def record_told(work: Work, table: RoundTable, items: Iterable[Item]) -> None:
    """Write down that the round table was opened, and on each case that what may be told of it was read."""
    for item in items:
        if item.case_id is not None:
            work.record(
                Event.ROUND_TABLE_TOLD, Stream.CASE, item.case_id, round_table=table.id, about=item.about
            )
    work.record(Event.ROUND_TABLE_OPENED, Stream.ROUND_TABLE, table.id)


def _referral(work: Work, item: Item) -> ItemWords:
    """What was written for the round table, with authority and reference; without it the reference and nature alone."""
    case = work.session.get_one(Case, item.case_id)
    text = ""
    if item.source == ISSUE:
        text = work.session.get_one(MeetingIssue, item.about).for_round_table
    if not text:
        nature = f"{case.nature.words}. Nothing was written for the round table."
        return ItemWords(case.reference, nature, case.reference, case.reference, f"{case.nature.words}.")
    lead = (
        select(Authority.name)
        .join(CaseAuthority, CaseAuthority.authority_id == Authority.id)
        .where(CaseAuthority.case_id == case.id, CaseAuthority.is_lead)
    )
    name = work.session.scalars(lead).one()
    return ItemWords(name, text, case.reference, f"{name}, {case.reference}", text)


def _signals(work: Work, item: Item) -> ItemWords:
    about = item.authorities - work.actor.walled
    names = work.session.scalars(
        select(Authority.name).where(Authority.id.in_(about)).order_by(Authority.name)
    )
    theme = SignalTheme(item.theme).words if item.theme else ""
    told = f"Signals warn in {len(about)} authorities of the region."
    return ItemWords(theme, f"Signals warn in {', '.join(names)}.", "", theme, told)


def _offer(work: Work, row: SupportOffer) -> ItemWords:
    name = work.session.get_one(Authority, row.authority_id).name
    until = f"{row.until.day} {row.until:%B %Y}"
    title = f"{name}: {row.theme.words}"
    told = f"{row.helpers.words}, until {until}."
    words = f"{told}\n{row.words}" if row.words else told
    return ItemWords(title, f"{words}\nOffered by {row.offered_by}.", "", title, words)


def _practice(work: Work, row: GoodPractice) -> ItemWords:
    name = work.session.get_one(Authority, row.authority_id).name
    title = f"{name}: {row.theme.words}"
    return ItemWords(title, row.words, "", title, row.words)


def _learnt(work: Work, row: Closing) -> ItemWords:
    """Learning from a closed case stands under its nature: it names nobody."""
    title = f"From a closed case: {work.session.get_one(Case, row.case_id).nature.words.lower()}"
    return ItemWords(title, row.good_practice, "", title, row.good_practice)
