"""How the texts that search reads are made and kept: one line for each value, folded, under the compartment's own key.

A line says where its value belongs, then its words, each behind a space. What is looked for begins with a space too, so
that it is found at the beginning of words, and never where a line says where it belongs.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, insert, select, update
from sqlalchemy.orm import Session

from clearinghouse.records.base import Row, new_id
from clearinghouse.records.cases import Concern, Source
from clearinghouse.records.documents import Document, head_place, parse_head, place_of_head
from clearinghouse.records.folding import FOLDING, fold
from clearinghouse.records.keyring import Keyring, keyring_of
from clearinghouse.records.raw import table_of
from clearinghouse.records.searched import SEARCHED
from clearinghouse.records.searches import SearchedCase, SearchText
from clearinghouse.records.tables import SealedColumn, inventory
from clearinghouse.vault.errors import Destroyed, SealBroken
from clearinghouse.vault.sealing import Place

_MINUTES = "minutes.content_sealed"
_CASE = "case_id"
DOCUMENTS = "documents.head"
"""What a document is called and is about: kept beside the sealed columns, since documents have a form of their own."""


class Subject(NamedTuple):
    """Whose text it is: the case, the subject whose key seals it, and the compartment."""

    case_id: UUID
    subject_id: UUID
    compartment: str


@dataclass(frozen=True)
class Value:
    """One sealed value that is searched, as it lies in its row; `name` is its column's."""

    subject: Subject
    name: str
    place: Place
    sealed: bytes

    @property
    def row(self) -> UUID:
        """The row that it lies in."""
        return self.place.row

    def line(self, keyring: Keyring) -> bytes:
        """Its line in the text. Raises SealBroken where the value does not open."""
        return line(self.name, self.row, self.words(keyring))

    def words(self, keyring: Keyring) -> str:
        """The typed words. Raises SealBroken where the value does not open."""
        opened = keyring.open(self.place, self.sealed)
        if self.name == DOCUMENTS:
            head = parse_head(opened)
            return "\n".join(part for part in (head.name, head.about, head.removed) if part)
        stored = opened.decode()
        # Of a minute, which is kept in parts, each part on a line of its own.
        return "\n".join(_strings(json.loads(stored))) if self.name == _MINUTES else stored


def line(column: str, row: UUID, words: str) -> bytes:
    """The line of one value."""
    return f"{column}:{row.hex} {fold(words)}".encode()


def tag_of(of_line: bytes) -> tuple[str, UUID]:
    """Which value a line is of: the name of its column, and its row."""
    column, _, row = of_line.partition(b" ")[0].decode().partition(":")
    return column, UUID(row)


def text_place(row: UUID, subject: Subject) -> Place:
    """Where a search text is sealed to."""
    return Place(SearchText.__tablename__, "folded", subject.compartment, subject.subject_id, row)


@cache
def columns_of(row: type[Row]) -> tuple[SealedColumn, ...]:
    """The searched columns of a table's class; none for most."""
    return tuple(each for each in _by_table().get(row, ()))


def is_searched(table: object) -> bool:
    """Whether the table has a searched column."""
    return getattr(table, "name", None) in {row.__tablename__ for row in _by_table()}


def values_of(session: Session, cases: Collection[UUID]) -> Iterator[Value]:
    """Every searched value of these cases, one query for each table."""
    for row, columns in _by_table().items():
        for found in session.execute(_values_query(row).where(_case_column(row).in_(cases))):
            case_id, row_id, *rest = found
            half = len(columns)
            for column, subject_id, sealed in zip(columns, rest[:half], rest[half:], strict=True):
                if sealed is not None:
                    subject = Subject(case_id, subject_id, column.sealed.compartment)
                    yield _value(subject, column, row_id, sealed)
    documents = select(
        Document.id, Document.case_id, Document.subject_id, Document.compartment, Document.head
    ).where(Document.case_id.in_(cases), Document.head.is_not(None))
    for row_id, case_id, subject_id, compartment, head in session.execute(documents.order_by(Document.id)):
        subject = Subject(case_id, subject_id, compartment)
        yield Value(subject, DOCUMENTS, place_of_head(row_id, subject_id, compartment), head or b"")


def value_in(session: Session, row: Row, name: str) -> Value:
    """A searched value of a row in hand; where it is empty, its bytes are."""
    if isinstance(row, Document):
        subject = Subject(row.case_id, row.subject_id, row.compartment)
        return Value(subject, DOCUMENTS, head_place(row), row.head or b"")
    column = next(each for each in columns_of(type(row)) if each.name == name)
    of = session.get_one(Concern, row.concern_id) if isinstance(row, Source) else row
    case_id: UUID = getattr(of, _CASE)
    subject = Subject(case_id, getattr(row, column.sealed.subject), column.sealed.compartment)
    return _value(subject, column, row.id, getattr(row, column.sealed.column) or b"")


def value_at(session: Session, subject: Subject, name: str, row: UUID) -> Value | None:
    """A searched value by its column and row; None where there is none."""
    if name == DOCUMENTS:
        head = session.scalar(select(Document.head).where(Document.id == row))
        place = place_of_head(row, subject.subject_id, subject.compartment)
        return Value(subject, name, place, head) if head else None
    column = _columns()[name]
    table = table_of(column.row)
    sealed = session.scalar(select(table.c[column.sealed.column]).where(table.c.id == row))
    return _value(subject, column, row, sealed) if sealed else None


def searched_in(row: type[Row]) -> Mapping[str, str]:
    """The searched values of a table's class: the names of their columns, and the attributes that hold their bytes."""
    if row is Document:
        return {DOCUMENTS: "head"}
    return {each.name: each.sealed.column for each in columns_of(row)}


def lines_of(session: Session, cases: Collection[UUID]) -> dict[Subject, list[bytes]]:
    """The lines that the texts of these cases should have, from the values that open; whose key is gone has none."""
    keyring = keyring_of(session)
    lines: dict[Subject, list[bytes]] = {}
    for value in values_of(session, cases):
        try:
            made = value.line(keyring)
        except SealBroken:
            continue
        lines.setdefault(value.subject, []).append(made)
    return lines


def build(session: Session, cases: Collection[UUID]) -> None:
    """Make the texts of these cases anew from their values. The caller holds the cases, so that none is written to."""
    session.flush()
    session.execute(delete(SearchText).where(SearchText.case_id.in_(cases)))
    session.execute(delete(SearchedCase).where(SearchedCase.case_id.in_(cases)))
    keyring = keyring_of(session)
    rows = [_new(keyring, subject, b"\n".join(lines)) for subject, lines in lines_of(session, cases).items()]
    if rows:
        session.execute(insert(SearchText), rows)
    mark_whole(session, cases)


def mark_whole(session: Session, cases: Iterable[UUID]) -> None:
    """Keep that the texts of these cases hold all their values."""
    rows = [{"case_id": case_id, "folding": FOLDING} for case_id in cases]
    if rows:
        session.execute(insert(SearchedCase), rows)


def keep(session: Session, changed: Mapping[Subject, Mapping[bytes, bytes | None]]) -> None:
    """Put lines in the place of those of the same values; None takes a line out.

    Of a case whose texts are not whole none is touched: they are made of its values later. Nor is one that does not
    open: search reads the values instead, verification tells of it, and nobody's note is lost for it.
    """
    whole = _whole(session, {subject.case_id for subject in changed})
    keyring, new = keyring_of(session), []
    for subject in sorted(subject for subject in changed if subject.case_id in whole):
        try:
            text = _found(session, keyring, subject)
        except SealBroken:
            continue
        lines = {each.partition(b" ")[0]: each for each in text[1].split(b"\n")} if text else {}
        lines.update({tag: each for tag, each in changed[subject].items() if each is not None})
        for tag in [tag for tag, each in changed[subject].items() if each is None]:
            lines.pop(tag, None)
        joined = b"\n".join(lines.values())
        if text is None:
            new += [_new(keyring, subject, joined)] if lines else []
            continue
        sealed = keyring.seal(text_place(text[0], subject), joined, ledgered=False)
        session.execute(
            update(_TEXTS).where(_TEXTS.c.id == text[0]).values(folded=sealed, case_id=subject.case_id)
        )
    if new:
        session.execute(insert(SearchText), new)


def _value(subject: Subject, column: SealedColumn, row: UUID, sealed: bytes) -> Value:
    place = Place(
        column.row.__tablename__, column.sealed.column, column.sealed.compartment, subject.subject_id, row
    )
    return Value(subject, column.name, place, sealed)


_TEXTS = table_of(SearchText)


def _whole(session: Session, cases: Collection[UUID]) -> set[UUID]:
    """Which cases' texts are whole, held in the order of their keys: nobody waits for another in a circle."""
    query = (
        select(SearchedCase.case_id)
        .where(SearchedCase.case_id.in_(cases), SearchedCase.folding == FOLDING)
        .order_by(SearchedCase.case_id)
        .with_for_update()
    )
    return set(session.scalars(query))


def _found(session: Session, keyring: Keyring, subject: Subject) -> tuple[UUID, bytes] | None:
    """The text as it is; None where there is none, or its key was destroyed. Raises SealBroken where it is broken."""
    mine = (_TEXTS.c.subject_id == subject.subject_id, _TEXTS.c.compartment == subject.compartment)
    row = session.execute(select(_TEXTS.c.id, _TEXTS.c.folded).where(*mine)).one_or_none()
    if row is None:
        return None
    try:
        return row.id, keyring.open(text_place(row.id, subject), row.folded)
    except Destroyed:
        session.execute(delete(_TEXTS).where(_TEXTS.c.id == row.id))
        return None


def _new(keyring: Keyring, subject: Subject, text: bytes) -> dict[str, object]:
    row = new_id()
    return {
        "id": row,
        "case_id": subject.case_id,
        "subject_id": subject.subject_id,
        "compartment": subject.compartment,
        "folded": keyring.seal(text_place(row, subject), text, ledgered=False),
    }


@cache
def _columns() -> Mapping[str, SealedColumn]:
    return {column.name: column for columns in _by_table().values() for column in columns}


@cache
def _by_table() -> Mapping[type[Row], tuple[SealedColumn, ...]]:
    found: dict[type[Row], list[SealedColumn]] = {}
    for column in inventory():
        if column.name in SEARCHED:
            found.setdefault(column.row, []).append(column)
    return {row: tuple(columns) for row, columns in found.items()}


@cache
def _values_query(row: type[Row]) -> Select[Any]:
    table, columns = table_of(row), columns_of(row)
    wanted: list[ColumnElement[Any]] = [_case_column(row), table.c.id]
    wanted += [table.c[each.sealed.subject].label(f"subject_{place}") for place, each in enumerate(columns)]
    wanted += [table.c[each.sealed.column] for each in columns]
    query = select(*wanted).order_by(table.c.id)
    return query.join(Concern, Concern.id == Source.concern_id) if row is Source else query


def _case_column(row: type[Row]) -> ColumnElement[Any]:
    return table_of(Concern if row is Source else row).c[_CASE]


def _strings(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for each in part.values():
            yield from _strings(each)
    elif isinstance(part, list):
        for each in part:
            yield from _strings(each)
