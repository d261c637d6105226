"""How search reads: the texts of many cases, opened one after the other as plain bytes, and one value for its place."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, false, inspect, or_, select
from sqlalchemy.orm import Session

from clearinghouse.records.folding import FOLDING
from clearinghouse.records.keyring import DataKeyRow, keyring_of
from clearinghouse.records.search_texts import Subject, Value, line, text_place, values_of
from clearinghouse.records.searches import SearchedCase, SearchText
from clearinghouse.records.tables import SealedColumn
from clearinghouse.vault.errors import SealBroken
from clearinghouse.vault.sealing import Vault, WrappedKey

_AT_ONCE = 100


class Wanted(NamedTuple):
    """Which texts may be opened: of these subjects, which are cases or sources, these compartments."""

    subjects: Collection[UUID]
    compartments: Collection[str]


def kept_texts(
    session: Session, vault: Vault, cases: Collection[UUID], wanted: Sequence[Wanted]
) -> Iterator[tuple[Subject, bytes]]:
    """The texts that are kept of these cases, opened, the latest case first; those of one case together.

    A text whose key was destroyed is left out. Raises SealBroken for one that was altered or moved.
    """
    texts, keys = _table(SearchText), _table(DataKeyRow)
    own_key = and_(keys.c.subject_id == texts.c.subject_id, keys.c.compartment == texts.c.compartment)
    query = (
        select(
            texts.c.case_id,
            texts.c.subject_id,
            texts.c.compartment,
            texts.c.id,
            texts.c.folded,
            keys.c.id,
            keys.c.epoch,
            keys.c.wrapped,
            keys.c.commitment,
        )
        .join(keys, own_key)
        .where(texts.c.case_id.in_(cases), _asked(texts, wanted))
        .order_by(texts.c.case_id.desc(), texts.c.compartment, texts.c.subject_id)
        .execution_options(yield_per=_AT_ONCE)
    )
    opened = vault.data_key
    for case_id, subject_id, compartment, row, folded, key, epoch, wrapped, commitment in session.execute(
        query
    ):
        if not wrapped:
            continue
        subject = Subject(case_id, subject_id, compartment)
        data_key = opened(WrappedKey(key, subject_id, compartment, epoch, wrapped, commitment))
        yield subject, data_key.open(folded, text_place(row, subject))


def texts_of_values(
    session: Session, cases: Collection[UUID], wanted: Sequence[Wanted]
) -> dict[Subject, bytes]:
    """The same texts of cases for which none are kept yet, made of the values themselves, field by field."""
    keyring, lines = keyring_of(session), dict[Subject, list[bytes]]()
    for value in values_of(session, cases):
        subject = value.subject
        if not any(
            subject.subject_id in each.subjects and subject.compartment in each.compartments
            for each in wanted
        ):
            continue
        try:
            words = value.words(keyring)
        except SealBroken:
            continue
        lines.setdefault(subject, []).append(line(value.column.name, value.row, words))
    return {subject: b"\n".join(found) for subject, found in lines.items()}


def whole_cases(session: Session, cases: Collection[UUID]) -> set[UUID]:
    """Of which of these cases the kept texts hold everything."""
    query = select(SearchedCase.case_id).where(
        SearchedCase.case_id.in_(cases), SearchedCase.folding == FOLDING
    )
    return set(session.scalars(query))


def words_of(session: Session, subject: Subject, column: SealedColumn, row: UUID) -> str:
    """The typed words of one value; nothing where it is not there, or its key was destroyed."""
    table = _table(column.row)
    sealed = session.scalar(select(table.c[column.sealed.column]).where(table.c.id == row))
    if sealed is None:
        return ""
    try:
        return Value(subject, column, row, sealed).words(keyring_of(session))
    except SealBroken:
        return ""


def _asked(texts: Table, wanted: Sequence[Wanted]) -> ColumnElement[bool]:
    return or_(
        false(),
        *(
            and_(texts.c.subject_id.in_(each.subjects), texts.c.compartment.in_(each.compartments))
            for each in wanted
        ),
    )


def _table(row: type[Any]) -> Table:
    table: Table = inspect(row).local_table
    return table
