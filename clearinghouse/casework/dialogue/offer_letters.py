"""The letter of a sector offer: issued to somebody with whom the dialogue may be held, and read again to print."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, case_to_open, case_to_read, record_change
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.facts import whom_it_is_about, with_joined
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.notices.offer_letter import OfferWords
from clearinghouse.protocol.dialogue import may_be_with
from clearinghouse.protocol.telling import may_issue_letter, repeats
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import Capacity
from clearinghouse.records.cases import Case, Concern
from clearinghouse.records.dialogue import Offer
from clearinghouse.records.events import Event
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.telling import OfferLetter


@dataclass(frozen=True)
class NewLetter:
    """To whom a letter of an offer goes; `reply_to` is how whoever issues it is reached."""

    capacity: Capacity
    addressee: str = ""
    reply_to: str = ""


@dataclass(frozen=True)
class LetterSheet:
    """To whom a letter of this offer may go; `waits` is False where the offer has its answer already."""

    case: CaseHeader
    offer_id: UUID
    answer_by: date
    may_go_to: tuple[Capacity, ...]
    waits: bool


@dataclass(frozen=True)
class IssuedLetter:
    """A letter that was issued: its key, to whom, when, and by whom."""

    id: UUID
    offer_id: UUID
    capacity: Capacity
    issued_on: date
    issued_by: str


@dataclass(frozen=True)
class LetterPage:
    """A letter as it was issued, with all its words."""

    case: CaseHeader
    letter_id: UUID
    words: OfferWords


def letter_sheet(world: World, actor: Actor, case_id: UUID, offer_id: UUID) -> LetterSheet:
    """To whom a letter of this offer may go (004 §23, §28). Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.OFFER_MAKE)
        offer = _offer(work, admitted.case, offer_id)
        allowed = may_be_with(whom_it_is_about(work, admitted.case))
        return LetterSheet(
            case=header_of(work, admitted),
            offer_id=offer.id,
            answer_by=offer.answer_by,
            may_go_to=tuple(each for each in Capacity if each in allowed),
            waits=offer.answer is None,
        )


def issue_letter(
    world: World, actor: Actor, case_id: UUID, version: int | None, offer_id: UUID, given: NewLetter
) -> UUID:
    """Issue the letter of an offer that waits for its answer; to whom, by capacity, is in the ledger.

    Returns the letter's key. Raises Invalid beside the field where it would go to the wrong person, Refused where the
    offer has its answer or its words repeat the concern, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.OFFER_MAKE, seen=version)
        offer = _offer(work, case, offer_id)
        if offer.answer is not None:
            raise Refused(Missing.OFFER_ALREADY_ANSWERED.words)
        _check(work, case, offer, given)
        row = work.add(
            OfferLetter(
                case_id=case.id,
                offer_id=offer.id,
                capacity=given.capacity,
                issued_on=work.today,
                issued_by=actor.person,
                issued_at=work.now,
            )
        )
        row.addressee, row.reply_to = given.addressee, given.reply_to
        row.event_id = record_change(
            work, case, Event.OFFER_LETTER_ISSUED, letter=row.id, offer=offer.id, capacity=given.capacity
        )
        return row.id


def letter_page(world: World, actor: Actor, case_id: UUID, letter_id: UUID) -> LetterPage:
    """A letter as it was issued, to print or to download; that it was opened is in the ledger. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        case_to_read(work, case_id, Permission.OFFER_MAKE)
        row = work.session.get(OfferLetter, letter_id)
        if row is None or row.case_id != case_id:
            raise NotFound
        admitted = case_to_open(work, case_id, Compartment.CONVERSATIONS)
        offer, header = _offer(work, admitted.case, row.offer_id), header_of(work, admitted)
        words = OfferWords(
            reference=header.reference,
            authority=header.lead_authority.name,
            capacity=row.capacity.words,
            addressee=row.addressee,
            issued_on=row.issued_on,
            issued_by=name_of(work, row.issued_by),
            terms=offer.terms,
            from_whom=offer.from_whom,
            cost=offer.cost,
            starts_by=offer.starts_by,
            answer_by=offer.answer_by,
            reply_to=row.reply_to,
        )
        return LetterPage(header, row.id, words)


def letters_of(work: Work, case_id: UUID) -> tuple[IssuedLetter, ...]:
    """The letters issued on a case, the latest first, without anything sealed."""
    rows = work.session.scalars(
        select(OfferLetter).where(OfferLetter.case_id == case_id).order_by(OfferLetter.id.desc())
    )
    return tuple(
        IssuedLetter(row.id, row.offer_id, row.capacity, row.issued_on, name_of(work, row.issued_by))
        for row in rows.all()
    )


def _offer(work: Work, case: Case, offer_id: UUID) -> Offer:
    row = work.session.get(Offer, offer_id)
    if row is None or row.case_id != case.id:
        raise NotFound
    return row


def _check(work: Work, case: Case, offer: Offer, given: NewLetter) -> None:
    written = "\n".join((offer.terms, offer.from_whom, offer.cost, given.addressee, given.reply_to))
    concerns = work.session.scalars(
        select(Concern).where(Concern.case_id.in_(with_joined(work, case.id)))
    ).all()
    repeated = next((found for each in concerns if (found := repeats(written, each.text))), "")
    verdict = may_issue_letter(given.capacity, may_be_with(whom_it_is_about(work, case)), repeated)
    if Missing.LETTER_TO_WRONG_CAPACITY in verdict.missing:
        raise Invalid({"capacity": Missing.LETTER_TO_WRONG_CAPACITY.words})
    if not verdict.allowed:
        again = "Withdraw the offer and make it again in words of your own."
        raise Refused(f"{Missing.LETTER_REPEATS_CONCERN.words} It is: “{repeated}”. {again}")
