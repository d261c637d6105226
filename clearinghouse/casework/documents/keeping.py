"""Adding documents to a case, with what they came with, and removing one that was added by mistake."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from clearinghouse.access.decision import may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import Admitted, case_to_change, case_to_read, scope_of
from clearinghouse.casework.documents.receiving import NewDocument
from clearinghouse.casework.documents.things import subject_of
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.source import may_know_source
from clearinghouse.casework.world import Work, World
from clearinghouse.records.cases import Case, Concern
from clearinghouse.records.documents import CameWith, Document, Head, erase_document, keep_document
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.sealed import Compartment

MOST_ON_A_CASE = 500
"""A source has as many of its own: what counts together would tell who adds the last how many they do not see."""


def add_documents(
    world: World,
    actor: Actor,
    case_id: UUID,
    came_with: CameWith,
    thing_id: UUID | None,
    documents: Sequence[NewDocument],
) -> tuple[UUID, ...]:
    """Add documents to a case, each sealed in the compartment of what it came with. Returns their keys.

    The case's version stays: no form that somebody fills in meanwhile has to know of it. Raises Refused for one too
    many, NotFound where the case or the thing is not there for the actor.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.DOCUMENT_ADD)
        admitted = case_to_read(work, case_id, Permission.CASE_READ)
        subject = subject_of(work, admitted, came_with, thing_id)
        return tuple(_keep(work, case, came_with, thing_id, subject, each) for each in documents)


def keep_documents(
    work: Work,
    case: Case,
    came_with: CameWith,
    thing_id: UUID,
    documents: Sequence[NewDocument],
    subject: UUID | None = None,
) -> None:
    """Keep what came with something that is being recorded in the same work, after the event that says so.

    `subject` is the source whose documents they are, else the case's key seals them. Raises NotFound where the actor
    adds no documents to this case, Refused for one too many.
    """
    if documents and not may(work.actor, Permission.DOCUMENT_ADD, scope_of(work, case)).allowed:
        raise NotFound
    for each in documents:
        _keep(work, case, came_with, thing_id, subject or case.id, each)


def remove_document(world: World, actor: Actor, case_id: UUID, document_id: UUID, reason: str) -> None:
    """Take away a document that was added by mistake: its bytes, its name; the ledger keeps that it was there.

    Raises Invalid without a reason, Refused where it is gone already, NotFound where it is not there for the actor,
    or is not theirs to remove.
    """
    with world.unit_of_work(actor) as work:
        case_to_change(work, case_id, Permission.DOCUMENT_ADD)
        admitted, document = document_on(work, case_id, document_id)
        if not may_remove(work, admitted, document):
            raise NotFound
        if document.removed_at is not None:
            raise Refused("This document was removed already.")
        if not reason:
            raise Invalid({"reason": "Enter why the document is removed"})
        erase_document(work.session, document, reason)
        document.removed_by, document.removed_at = actor.person, work.now
        _record(work, _REMOVED, document)


def document_on(work: Work, case_id: UUID, document_id: UUID) -> tuple[Admitted, Document]:
    """A document of the case, for somebody who may read what it came with. Raises NotFound.

    One that says who a source is needs what the source itself needs, and nothing else.
    """
    document = work.session.get(Document, document_id)
    if document is None or document.case_id != case_id:
        raise NotFound
    if document.compartment is not Compartment.SOURCE:
        return case_to_read(work, case_id, Permission.CASE_READ), document
    admitted = case_to_read(work, case_id, Permission.SOURCE_READ)
    concern = work.session.get(Concern, document.thing_id) if document.thing_id else None
    if concern is None or not may_know_source(work.actor, admitted.scope, concern):
        raise NotFound
    return admitted, document


def may_remove(work: Work, admitted: Admitted, document: Document) -> bool:
    """Whether the actor may remove the document: it is theirs, or they are a lead who may see it."""
    needs = Permission.DOCUMENT_ADD if document.added_by == work.actor.id else Permission.DOCUMENT_REMOVE
    return may(work.actor, needs, admitted.scope).allowed


_ADDED = (Event.DOCUMENT_ADDED, Event.SOURCE_DOCUMENT_ADDED)
_REMOVED = (Event.DOCUMENT_REMOVED, Event.SOURCE_DOCUMENT_REMOVED)


def _keep(
    work: Work, case: Case, came_with: CameWith, thing_id: UUID | None, subject: UUID, new: NewDocument
) -> UUID:
    kept = select(func.count()).where(Document.case_id == case.id, Document.subject_id == subject)
    if work.session.scalars(kept).one() >= MOST_ON_A_CASE:
        raise Refused(f"A case holds {MOST_ON_A_CASE} documents at most.")
    document = work.add(
        Document(
            case_id=case.id,
            compartment=came_with.compartment,
            subject_id=subject,
            came_with=came_with,
            thing_id=thing_id,
            added_by=work.actor.person,
            added_at=work.now,
        )
    )
    about = Head(name=new.name, kind=new.kind.value, about=new.about)
    head = keep_document(work.session, document, about, new.pieces())
    _record(work, _ADDED, document, chunks=head.chunks)
    return document.id


def _record(work: Work, events: tuple[Event, Event], document: Document, **facts: int) -> None:
    """Write what happened; that it happened to what identifies a source has an event of its own."""
    event = events[document.compartment is Compartment.SOURCE]
    work.record(
        event,
        Stream.CASE,
        document.case_id,
        document=document.id,
        came_with=document.came_with,
        thing=document.thing_id,
        **facts,
    )
