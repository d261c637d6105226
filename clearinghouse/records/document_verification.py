"""Verification of documents: each head against the ledger; its chunks, their order and number against the head."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Dialect, String, and_, select, type_coerce
from sqlalchemy.orm import Session

from clearinghouse.records.base import Base
from clearinghouse.records.documents import Document, DocumentChunk, parse_head, place_of_chunk, place_of_head
from clearinghouse.records.keyring import DataKeyRow, seal_name
from clearinghouse.records.raw import Raw, raw, shown, uuid_of, value_of
from clearinghouse.vault.digests import digest
from clearinghouse.vault.errors import KeysError, SealBroken
from clearinghouse.vault.sealing import DataKey, Vault, WrappedKey, key_of

_AT_ONCE = 500
_CHUNKS_AT_ONCE = 16
_KEY = ("id", "epoch", "wrapped", "commitment")
_DOCUMENTS = Base.metadata.tables[Document.__tablename__]
_CHUNKS = Base.metadata.tables[DocumentChunk.__tablename__]
_KEYS = Base.metadata.tables[DataKeyRow.__tablename__]
_UNKNOWN = "no event of the ledger sealed this document"
_NOT_OPEN = (SealBroken, KeysError, OverflowError)

Found = tuple[str, str]
"""Where something is wrong, and what."""


def document_faults(
    session: Session,
    vault: Vault,
    met: Callable[[str], tuple[str, str] | None],
    destroyed: Callable[[Raw], bool] = lambda _sealed: False,
    *,
    known: bool = True,
) -> Iterator[tuple[int, list[Found]]]:
    """For each document how many sealed values it has, and what is wrong with them.

    `met` gives the digest and the event that the ledger has of a sealed value; `destroyed` says whether the key that
    a value names was destroyed on purpose, so that nothing under it opens any more. Where what some events say was
    destroyed too, one of those may have sealed what is destroyed: not `known`.
    """
    dialect = session.get_bind().dialect
    for row in _documents(session, dialect):
        count, found = _look_at(session, vault, row, met, destroyed)
        lost = not known and found and found[0][1] == _UNKNOWN and destroyed(row["head"])
        yield count, [] if lost else found
    lone = ~select(_DOCUMENTS.c.id).where(_DOCUMENTS.c.id == _CHUNKS.c.document_id).exists()
    for each in session.execute(select(raw(_CHUNKS.c.document_id, dialect)).where(lone).distinct()):
        yield 0, [(f"chunks of document {shown(value_of(each[0], dialect))}", "belong to no document")]


def _look_at(
    session: Session,
    vault: Vault,
    row: dict[str, Raw],
    met: Callable[[str], tuple[str, str] | None],
    destroyed: Callable[[Raw], bool],
) -> tuple[int, list[Found]]:
    document, subject, compartment, head = (
        uuid_of(row["document"]),
        uuid_of(row["subject_id"]),
        row["compartment"],
        row["head"],
    )
    where = f"{Document.__tablename__} {document or shown(row['document'])}"
    seal = met(seal_name(Document.__tablename__, document, "head")) if document else None
    where = f"{seal[1]}, which sealed {where}" if seal else where
    if document is None or subject is None or not isinstance(compartment, str) or not isinstance(head, bytes):
        return 1, [(where, "the document is not one")]
    if seal is None:
        return 1, [(where, _UNKNOWN)]
    same = digest(head).hex() == seal[0]
    if destroyed(head):
        return 1, [] if same else [(where, "the document was altered")]
    try:
        key = _key(vault, row, subject, compartment)
        if key_of(head) != uuid_of(row["id"]):
            return 1, [(where, "the document names another key")]
        said = parse_head(key.open(head, place_of_head(document, subject, compartment)))
    except _NOT_OPEN as error:
        return 1, [(where, f"the document does not open: {error}" if same else "the document was altered")]
    if not same:
        return 1, [(where, "an earlier document was put back")]
    count, problems = _chunks(session, key, document, (subject, compartment), (said.chunks, said.seal))
    return 1 + count, [(where, problem) for problem in problems]


def _chunks(
    session: Session, key: DataKey, document: UUID, place: tuple[UUID, str], said: tuple[int, str]
) -> tuple[int, list[str]]:
    """How many chunks there are, and what is wrong with them: the first fault of each kind."""
    dialect, seals, count, problems = session.get_bind().dialect, sha256(), 0, list[str]()
    columns = [raw(_CHUNKS.c.number, dialect), raw(_CHUNKS.c.content, dialect)]
    query = select(*columns).where(_CHUNKS.c.document_id == document).order_by(_CHUNKS.c.number)
    with session.execute(query.execution_options(yield_per=_CHUNKS_AT_ONCE)) as rows:
        for each in rows:
            number, content = (value_of(part, dialect) for part in each)
            count += 1
            if not isinstance(number, int) or number != count - 1 or not isinstance(content, bytes):
                problems.append(f"chunk {count - 1} should stand where {shown(number)} does")
                break
            if count > said[0]:
                problems.append(f"it had {said[0]} chunks, and more are there")
                break
            seals.update(digest(content))
            try:
                key.open(content, place_of_chunk(document, *place, number, number == said[0] - 1))
            except _NOT_OPEN as error:
                problems.append(f"chunk {number} does not open: {error}")
                break
    if not problems and count != said[0]:
        problems.append(f"it had {said[0]} chunks, and {count} are there")
    if not problems and said[1] != (seals.hexdigest() if count else ""):
        problems.append("its chunks are not those that were sealed with it")
    return count, problems


def _key(vault: Vault, row: dict[str, Raw], subject: UUID, compartment: str) -> DataKey:
    key_id, epoch, wrapped, commitment = uuid_of(row["id"]), row["epoch"], row["wrapped"], row["commitment"]
    if key_id is None or not isinstance(epoch, int):
        raise SealBroken("its key is not there, or not a key")
    if not isinstance(wrapped, bytes) or not isinstance(commitment, bytes):
        raise SealBroken("its key is not a key")
    return vault.data_key(WrappedKey(key_id, subject, compartment, epoch, wrapped, commitment))


def _documents(session: Session, dialect: Dialect) -> Iterator[dict[str, Raw]]:
    """Every document as it lies in its row, with the key that its subject and compartment have."""
    own = ("subject_id", "compartment", "head")
    key = and_(_KEYS.c.subject_id == _DOCUMENTS.c.subject_id, _KEYS.c.compartment == _DOCUMENTS.c.compartment)
    columns = [
        raw(_DOCUMENTS.c.id, dialect),
        raw(_DOCUMENTS.c.subject_id, dialect),
        # Not as the enumeration that it should be: whatever somebody put there must come out.
        raw(type_coerce(_DOCUMENTS.c.compartment, String()), dialect),
        raw(_DOCUMENTS.c.head, dialect),
        *(raw(_KEYS.c[name], dialect) for name in _KEY),
    ]
    query = select(*columns).select_from(_DOCUMENTS.outerjoin(_KEYS, key)).order_by(_DOCUMENTS.c.id)
    for row in session.execute(query.execution_options(yield_per=_AT_ONCE)):
        yield {
            name: value_of(part, dialect) for name, part in zip(("document", *own, *_KEY), row, strict=True)
        }
