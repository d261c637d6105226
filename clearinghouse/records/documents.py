"""Documents on a case: sealed in chunks under the key of the compartment that each belongs to."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from sqlalchemy import ForeignKey, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from clearinghouse.records.base import Base, Row
from clearinghouse.records.keyring import keyring_of
from clearinghouse.records.sealed import Compartment
from clearinghouse.vault.digests import digest
from clearinghouse.vault.errors import SealBroken
from clearinghouse.vault.packing import LENGTH_BYTES, pae
from clearinghouse.vault.sealing import Place

_SEALED = 64 * 1024
CHUNK = _SEALED - LENGTH_BYTES
"""So many bytes of a document are one chunk. The last is padded to as many: a length shows to within a chunk."""
_AT_ONCE = 16


class CameWith(StrEnum):
    """What a document came with, which says in what compartment it is kept."""

    CASE = "case"
    CONCERN = "concern"
    SOURCE = "source"
    CONVERSATION = "conversation"
    OFFER = "offer"
    MEETING = "meeting"
    ESCALATION = "escalation"
    REVIEW = "review"
    PLAN = "plan"

    @property
    def words(self) -> str:
        """The thing as screens name it."""
        return _WORDS[self]

    @property
    def compartment(self) -> Compartment:
        """Where it is kept: with what else is known of that thing, to be read and destroyed together."""
        return _COMPARTMENTS[self]


_WORDS = {
    CameWith.CASE: "The case as a whole",
    CameWith.CONCERN: "The concern",
    CameWith.SOURCE: "Who raised the concern",
    CameWith.CONVERSATION: "A conversation",
    CameWith.OFFER: "A sector offer",
    CameWith.MEETING: "A meeting",
    CameWith.ESCALATION: "An escalation",
    CameWith.REVIEW: "A review of progress",
    CameWith.PLAN: "The improvement plan",
}
_COMPARTMENTS = {
    CameWith.CASE: Compartment.CONCERN,
    CameWith.CONCERN: Compartment.CONCERN,
    CameWith.SOURCE: Compartment.SOURCE,
    CameWith.CONVERSATION: Compartment.CONVERSATIONS,
    CameWith.OFFER: Compartment.CONVERSATIONS,
    CameWith.MEETING: Compartment.MEETINGS,
    CameWith.ESCALATION: Compartment.MEETINGS,
    CameWith.REVIEW: Compartment.MEETINGS,
    CameWith.PLAN: Compartment.PLANS,
}


class Document(Row):
    """A document. `thing_id` is what it came with, and `subject_id` whose key it is sealed under: the case or a source.

    `head` is everything else about it, sealed; of a removed one it says why, and no chunk is left.
    """

    __tablename__ = "documents"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    compartment: Mapped[Compartment]
    subject_id: Mapped[UUID]
    came_with: Mapped[CameWith]
    thing_id: Mapped[UUID | None]
    added_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    added_at: Mapped[datetime]
    removed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[datetime | None]
    head: Mapped[bytes | None]


class DocumentChunk(Base):
    """One chunk of a document, sealed for its number, and for whether it is the last."""

    __tablename__ = "document_chunks"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes]


_CHUNKS = Base.metadata.tables[DocumentChunk.__tablename__]


@dataclass(frozen=True)
class Head:
    """What is known of a document to those who may read it. `seal` is a digest over the sealed chunks, in their order.

    `digest` is the SHA-256 of the document itself. A removed one has a reason and nothing else.
    """

    name: str = ""
    kind: str = ""
    about: str = ""
    size: int = 0
    chunks: int = 0
    digest: str = ""
    seal: str = ""
    removed: str = ""


def keep_document(session: Session, document: Document, about: Head, pieces: Iterable[bytes]) -> Head:
    """Seal a document's bytes, in pieces of CHUNK with a shorter last one, and its head: `about` with the rest.

    Holds few chunks at a time. The head's seal waits for the event that carries it. Returns the whole head.
    """
    session.flush()
    hashed, seals, size, number, waiting = sha256(), sha256(), 0, 0, list[dict[str, object]]()
    keyring = keyring_of(session)
    for piece, last in _with_last(pieces):
        sealed = keyring.seal(chunk_place(document, number, last), piece, ledgered=False, at_least=_SEALED)
        hashed.update(piece)
        seals.update(digest(sealed))
        waiting.append({"document_id": document.id, "number": number, "content": sealed})
        size, number = size + len(piece), number + 1
        if len(waiting) == _AT_ONCE or last:
            session.execute(insert(_CHUNKS), waiting)
            waiting = []
    head = Head(about.name, about.kind, about.about, size, number, hashed.hexdigest(), seals.hexdigest())
    _seal_head(session, document, head)
    return head


def erase_document(session: Session, document: Document, reason: str) -> None:
    """Take away a document's bytes and its name, and keep why. The seal of that waits for the event that carries it."""
    session.execute(delete(DocumentChunk).where(DocumentChunk.document_id == document.id))
    _seal_head(session, document, Head(removed=reason))


def read_head(session: Session, document: Document) -> Head | None:
    """What is known of a document; None where its key was destroyed. Raises SealBroken where it was altered."""
    if document.head is None:
        raise SealBroken("a document has no head")
    keyring = keyring_of(session)
    if not keyring.has_key_of(document.head):
        return None
    return parse_head(keyring.open(head_place(document), document.head))


def read_chunk(session: Session, document: Document, number: int, chunks: int) -> bytes:
    """One of a document's chunks. Raises SealBroken where it is not there, altered, or not the one of that number."""
    here = (DocumentChunk.document_id == document.id, DocumentChunk.number == number)
    content = session.scalars(select(DocumentChunk.content).where(*here)).one_or_none()
    if content is None:
        raise SealBroken("a chunk of a document is not there")
    return keyring_of(session).open(chunk_place(document, number, number == chunks - 1), content)


def parse_head(plain: bytes) -> Head:
    """A head out of its opened bytes. Raises SealBroken where they are none."""
    try:
        return Head(**json.loads(plain))
    except (ValueError, TypeError) as error:
        raise SealBroken("the head of a document is not one") from error


def head_place(document: Document) -> Place:
    """Where the head of a document is sealed to."""
    return place_of_head(document.id, document.subject_id, document.compartment)


def chunk_place(document: Document, number: int, last: bool) -> Place:
    """Where a chunk of a document is sealed to."""
    return place_of_chunk(document.id, document.subject_id, document.compartment, number, last)


def place_of_head(document_id: UUID, subject: UUID, compartment: str) -> Place:
    """Where the head of a document is sealed to, by its keys alone."""
    return Place(Document.__tablename__, "head", compartment, subject, document_id)


def place_of_chunk(document_id: UUID, subject: UUID, compartment: str, number: int, last: bool) -> Place:
    """Where a chunk is sealed to: nothing else opens as this number, or as the last of its document."""
    part = pae(number.to_bytes(8, "big"), b"last" if last else b"more")
    return Place(DocumentChunk.__tablename__, "content", compartment, subject, document_id, part)


def _seal_head(session: Session, document: Document, head: Head) -> None:
    plain = json.dumps(asdict(head), sort_keys=True).encode()
    document.head = keyring_of(session).seal(head_place(document), plain)
    session.flush()


def _with_last(pieces: Iterable[bytes]) -> Iterable[tuple[bytes, bool]]:
    """Each piece, and whether it is the last. What is empty has one piece, which is empty."""
    before: bytes | None = None
    for piece in pieces:
        if before is not None:
            yield before, False
        before = piece
    yield before or b"", True
