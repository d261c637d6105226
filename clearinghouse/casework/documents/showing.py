"""Showing the documents of a case to those who may read what each came with, and handing one out chunk by chunk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import Admitted, case_to_open, case_to_read
from clearinghouse.casework.documents.keeping import document_on, may_remove
from clearinghouse.casework.documents.kinds import Kind
from clearinghouse.casework.documents.things import Thing, things_on
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.records.documents import CameWith, Document, Head, read_chunk, read_head
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.sealed import Compartment

_AT_ONCE = 8
_DESTROYED = "The document was destroyed with the records that it belonged to. Nobody can read it any more."


@dataclass(frozen=True)
class ShownDocument:
    """A document as its list shows it; a destroyed one has lost its name, a removed one says why. Sizes are bytes."""

    id: UUID
    name: str
    kind: str
    about: str
    size: int
    came_with: str
    added_by: str
    added_at: datetime
    is_destroyed: bool
    removed_by: str
    removed_at: datetime | None
    reason: str
    may_remove: bool

    @property
    def is_there(self) -> bool:
        """Whether it can be downloaded."""
        return not (self.is_destroyed or self.removed_at)


@dataclass(frozen=True)
class DocumentsPage:
    """The documents of a case but those that say who a source is: they stand with who raised the concern.

    `concerns` are those of whose source the actor may know.
    """

    case: CaseHeader
    documents: tuple[ShownDocument, ...]
    concerns: tuple[UUID, ...]


@dataclass(frozen=True)
class DocumentDownload:
    """A document on its way out, in chunks."""

    name: str
    size: int
    chunks: Iterator[bytes]


def documents_page(world: World, actor: Actor, case_id: UUID) -> DocumentsPage:
    """Every document of the case but those of sources; that each compartment was opened is in the ledger.

    Raises NotFound.
    """
    with world.unit_of_work(actor) as work:
        admitted = case_to_read(work, case_id, Permission.CASE_READ)
        things = things_on(work, admitted)
        mine = (Document.case_id == case_id, Document.compartment != Compartment.SOURCE)
        found = work.session.scalars(select(Document).where(*mine).order_by(Document.id.desc())).all()
        for compartment in sorted({each.compartment for each in found}):
            case_to_open(work, case_id, compartment)
        return DocumentsPage(
            case=header_of(work, admitted),
            documents=_shown(work, admitted, found, things),
            concerns=tuple(each.id for each in things if each.id and each.shows_source),
        )


def source_documents(
    world: World, actor: Actor, case_id: UUID, concern_id: UUID
) -> tuple[ShownDocument, ...]:
    """The documents that say who raised a concern, for those who may know; that they were shown is in the ledger.

    Raises NotFound.
    """
    with world.unit_of_work(actor) as work:
        admitted = case_to_read(work, case_id, Permission.SOURCE_READ)
        things = things_on(work, admitted)
        if not any((each.came_with, each.id) == (CameWith.SOURCE, concern_id) for each in things):
            raise NotFound
        theirs = (
            Document.case_id == case_id,
            Document.compartment == Compartment.SOURCE,
            Document.thing_id == concern_id,
        )
        found = work.session.scalars(select(Document).where(*theirs).order_by(Document.id.desc())).all()
        if found:
            case_to_open(work, case_id, Compartment.SOURCE)
        return _shown(work, admitted, found, things)


def things_to_choose(world: World, actor: Actor, case_id: UUID) -> tuple[CaseHeader, tuple[Thing, ...]]:
    """The case's header and what a new document may have come with. Raises NotFound."""
    with world.reading(actor) as work:
        case_to_read(work, case_id, Permission.DOCUMENT_ADD)
        admitted = case_to_read(work, case_id, Permission.CASE_READ)
        return header_of(work, admitted), things_on(work, admitted)


def document_to_remove(
    world: World, actor: Actor, case_id: UUID, document_id: UUID
) -> tuple[CaseHeader, ShownDocument]:
    """One document that the actor may remove. Raises NotFound, Refused where it is gone already."""
    with world.unit_of_work(actor) as work:
        admitted, document = document_on(work, case_id, document_id)
        if not may_remove(work, admitted, document):
            raise NotFound
        _head(work, document)
        case_to_open(work, case_id, document.compartment)
        return header_of(work, admitted), _shown(work, admitted, [document], things_on(work, admitted))[0]


def download_document(world: World, actor: Actor, case_id: UUID, document_id: UUID) -> DocumentDownload:
    """Hand a document out; that it was downloaded is in the ledger before a byte leaves.

    Raises NotFound where it is not there for the actor, Refused where it was removed or destroyed, SealBroken where it
    is not as it was kept.
    """
    with world.unit_of_work(actor) as work:
        _, document = document_on(work, case_id, document_id)
        head = _head(work, document)
        first = read_chunk(work.session, document, 0, head.chunks)
        case_to_open(work, case_id, document.compartment)
        of_source = document.compartment is Compartment.SOURCE
        event = Event.SOURCE_DOCUMENT_DOWNLOADED if of_source else Event.DOCUMENT_DOWNLOADED
        work.record(event, Stream.CASE, case_id, document=document.id)
        return DocumentDownload(head.name, head.size, _chunks(world, actor, document_id, head, first))


def _head(work: Work, document: Document) -> Head:
    head = read_head(work.session, document)
    if head is None:
        raise Refused(_DESTROYED)
    if head.removed:
        raise Refused("The document was removed.")
    return head


def _chunks(world: World, actor: Actor, document_id: UUID, head: Head, first: bytes) -> Iterator[bytes]:
    """A few chunks at a time, each few read by themselves, so that a slow line holds nothing.

    What is gone meanwhile ends it.
    """
    yield first
    for start in range(1, head.chunks, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, head.chunks))
        with world.reading(actor) as work:
            document = work.session.get_one(Document, document_id)
            some = [read_chunk(work.session, document, number, head.chunks) for number in numbers]
        yield from some


def _shown(
    work: Work, admitted: Admitted, documents: Sequence[Document], things: Sequence[Thing]
) -> tuple[ShownDocument, ...]:
    words = {(each.came_with, each.id): each.words for each in things}
    return tuple(
        _one(work, admitted, each, words.get((each.came_with, each.thing_id), each.came_with.words))
        for each in documents
    )


def _one(work: Work, admitted: Admitted, document: Document, came_with: str) -> ShownDocument:
    head = read_head(work.session, document)
    said = head or Head()
    return ShownDocument(
        id=document.id,
        name=said.name,
        kind=Kind(said.kind).words if said.kind else "",
        about=said.about,
        size=said.size,
        came_with=came_with,
        added_by=name_of(work, document.added_by),
        added_at=document.added_at,
        is_destroyed=head is None,
        removed_by=name_of(work, document.removed_by) if document.removed_by else "",
        removed_at=document.removed_at if said.removed or head is None else None,
        reason=said.removed,
        may_remove=bool(said.kind) and may_remove(work, admitted, document),
    )
