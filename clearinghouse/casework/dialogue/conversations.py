"""Confidential conversations with an authority: recorded passage by passage, each with who may be told it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, case_to_open, record_change
from clearinghouse.casework.dialogue.offer_letters import IssuedLetter, letters_of
from clearinghouse.casework.documents.keeping import keep_documents
from clearinghouse.casework.documents.receiving import NewDocument
from clearinghouse.casework.duties.setting import finish_duties, owe
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.facts import case_facts
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.dialogue import Dialogue, counts, dialogue, may_be_with, usually_about
from clearinghouse.protocol.duties import NEXT_AFTER, TO_FIRST_CONTACT, NextDuty
from clearinghouse.protocol.standing import after
from clearinghouse.protocol.vocabulary import (
    Audience,
    Capacity,
    DutyKind,
    KnownAnswer,
    OfferAnswer,
    Step,
)
from clearinghouse.records.cases import Case
from clearinghouse.records.dialogue import Conversation, ConversationCapacity, Offer, Passage
from clearinghouse.records.documents import CameWith
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.sealed import Compartment


@dataclass(frozen=True)
class NewPassage:
    """One passage of a note. Nobody may be told it unless somebody says so."""

    text: str
    audiences: frozenset[Audience] = frozenset({Audience.NOBODY})
    source_consents: KnownAnswer = KnownAnswer.NOT_KNOWN


@dataclass(frozen=True)
class NewConversation:
    """A talk that was held, or attempted in vain; `with_whom` names the people, sealed."""

    held_on: date
    held: bool
    capacities: frozenset[Capacity]
    with_whom: str
    passages: tuple[NewPassage, ...]


@dataclass(frozen=True)
class PassageView:
    """A passage as it is read."""

    text: str
    audiences: tuple[Audience, ...]
    source_consents: KnownAnswer


@dataclass(frozen=True)
class ConversationView:
    """A conversation as it is read."""

    id: UUID
    held_on: date
    held: bool
    capacities: tuple[Capacity, ...]
    with_whom: str
    recorded_by: str
    recorded_at: datetime
    passages: tuple[PassageView, ...]


@dataclass(frozen=True)
class OfferView:
    """A sector offer as it is read, with the letters of it; `answer` is None while it waits."""

    id: UUID
    made_on: date
    made_by: str
    answer_by: date
    terms: str
    answer: OfferAnswer | None
    answered_on: date | None
    answer_note: str
    from_whom: str
    cost: str
    starts_by: date | None
    letters: tuple[IssuedLetter, ...]


@dataclass(frozen=True)
class ConversationsPage:
    """The conversations with the authority and the offers made to it, the latest first; how far the dialogue got."""

    case: CaseHeader
    conversations: tuple[ConversationView, ...]
    offers: tuple[OfferView, ...]
    dialogue: Dialogue
    may_be_with: tuple[Capacity, ...]


def record_conversation(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    talk: NewConversation,
    documents: Sequence[NewDocument] = (),
) -> UUID:
    """Record a conversation with the authority, held or attempted, and what was handed over (004 §23).

    A fact is never refused. Raises Invalid beside the field where the day is in the future or nothing was written,
    NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.CONVERSATION_RECORD, seen=version)
        _check(talk, work.today)
        row = work.add(
            Conversation(
                case_id=case.id,
                held_on=talk.held_on,
                held=talk.held,
                recorded_by=actor.person,
                recorded_at=work.now,
            )
        )
        row.with_whom = talk.with_whom
        work.session.flush()
        _add_parts(work, row, talk)
        row.event_id = record_change(
            work,
            case,
            Event.CONVERSATION_RECORDED,
            conversation=row.id,
            held=talk.held,
            held_on=talk.held_on,
            capacities=tuple(sorted(talk.capacities)),
        )
        work.session.flush()
        keep_documents(work, case, CameWith.CONVERSATION, row.id, documents)
        _go_on(work, case, talk)
        return row.id


def conversations_page(world: World, actor: Actor, case_id: UUID) -> ConversationsPage:
    """Everything said with the authority and offered to it; that it was opened is in the ledger. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        admitted = case_to_open(work, case_id, Compartment.CONVERSATIONS)
        case = admitted.case
        facts = case_facts(work, case)
        return ConversationsPage(
            case=header_of(work, admitted),
            conversations=_conversations(work, case_id),
            offers=_offers(work, case_id),
            dialogue=dialogue(facts.conversations, facts.about, work.today),
            may_be_with=tuple(each for each in Capacity if each in may_be_with(usually_about(case.nature))),
        )


def _check(talk: NewConversation, today: date) -> None:
    problems = {}
    if talk.held_on > today:
        problems["held_on"] = "The day of the conversation cannot be in the future."
    if not talk.capacities:
        problems["capacities"] = "Select who in the authority you talked to, or tried to."
    if talk.held and not any(passage.text for passage in talk.passages):
        problems["passages"] = "Enter what was said."
    if problems:
        raise Invalid(problems)


def _add_parts(work: Work, row: Conversation, talk: NewConversation) -> None:
    for capacity in sorted(talk.capacities):
        work.session.add(ConversationCapacity(conversation_id=row.id, capacity=capacity))
    for position, given in enumerate(passage for passage in talk.passages if passage.text):
        passage = work.add(
            Passage(
                conversation_id=row.id,
                case_id=row.case_id,
                position=position,
                audiences=sorted(given.audiences),
                source_consents=given.source_consents,
            )
        )
        passage.text = given.text


def _go_on(work: Work, case: Case, talk: NewConversation) -> None:
    """Once the dialogue is held or was tried often enough, the next thing is owed; until then another try is."""
    facts = case_facts(work, case)
    if talk.held and counts(talk.capacities, facts.about).allowed:
        case.standing = after(case.standing, Step.RECORD_DIALOGUE)
    asked = _open_first_contact(work, case)
    if asked is None:
        return
    finish_duties(work, case, DutyKind.FIRST_CONTACT)
    if not dialogue(facts.conversations, facts.about, work.today).done:
        owe(work, case, NextDuty(DutyKind.FIRST_CONTACT, TO_FIRST_CONTACT), owner_id=asked.owner_id)
    elif not _others_owed(work, case):
        owe(work, case, NEXT_AFTER[Step.RECORD_DIALOGUE])


def _open_first_contact(work: Work, case: Case) -> Duty | None:
    kind = (Duty.case_id == case.id, Duty.state == DutyState.OPEN, Duty.kind == DutyKind.FIRST_CONTACT)
    return work.session.scalars(select(Duty).where(*kind).limit(1)).one_or_none()


def _others_owed(work: Work, case: Case) -> bool:
    moving = (
        DutyKind.MAKE_OFFER,
        DutyKind.ANSWER_TO_OFFER,
        DutyKind.ASSIGN_TEAM,
        DutyKind.JOINT_LOCAL_MEETING,
    )
    query = select(Duty.id).where(
        Duty.case_id == case.id, Duty.state == DutyState.OPEN, Duty.kind.in_(moving)
    )
    return work.session.scalar(query.limit(1)) is not None


def _conversations(work: Work, case_id: UUID) -> tuple[ConversationView, ...]:
    rows = work.session.scalars(
        select(Conversation)
        .where(Conversation.case_id == case_id)
        .order_by(Conversation.held_on.desc(), Conversation.id.desc())
    ).all()
    capacities: dict[UUID, list[Capacity]] = {row.id: [] for row in rows}
    passages: dict[UUID, list[PassageView]] = {row.id: [] for row in rows}
    for part in work.session.scalars(
        select(ConversationCapacity).where(ConversationCapacity.conversation_id.in_(capacities))
    ):
        capacities[part.conversation_id].append(part.capacity)
    for passage in work.session.scalars(
        select(Passage).where(Passage.case_id == case_id).order_by(Passage.conversation_id, Passage.position)
    ):
        audiences = tuple(Audience(each) for each in passage.audiences)
        passages[passage.conversation_id].append(
            PassageView(passage.text, audiences, passage.source_consents)
        )
    return tuple(
        ConversationView(
            id=row.id,
            held_on=row.held_on,
            held=row.held,
            capacities=tuple(sorted(capacities[row.id], key=list(Capacity).index)),
            with_whom=row.with_whom,
            recorded_by=name_of(work, row.recorded_by),
            recorded_at=row.recorded_at,
            passages=tuple(passages[row.id]),
        )
        for row in rows
    )


def _offers(work: Work, case_id: UUID) -> tuple[OfferView, ...]:
    letters = letters_of(work, case_id)
    rows = work.session.scalars(
        select(Offer).where(Offer.case_id == case_id).order_by(Offer.made_on.desc(), Offer.id.desc())
    )
    return tuple(
        OfferView(
            id=row.id,
            made_on=row.made_on,
            made_by=name_of(work, row.made_by),
            answer_by=row.answer_by,
            terms=row.terms,
            answer=row.answer,
            answered_on=row.answered_on,
            answer_note=row.answer_note,
            from_whom=row.from_whom,
            cost=row.cost,
            starts_by=row.starts_by,
            letters=tuple(letter for letter in letters if letter.offer_id == row.id),
        )
        for row in rows.all()
    )
