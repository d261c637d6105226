"""Search misses nothing: every work is watched for values that are searched, and keeps their texts true with them."""

from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

from sqlalchemy import event, inspect
from sqlalchemy.orm import ORMExecuteState, Session

from clearinghouse.records.base import Row
from clearinghouse.records.cases import Case
from clearinghouse.records.keyring import keyring_of
from clearinghouse.records.search_texts import (
    Subject,
    case_of,
    columns_of,
    is_searched,
    keep,
    line,
    mark_whole,
    typed_words,
)
from clearinghouse.records.tables import SealedColumn


class SearchKeeping:
    """Notes which searched values a session writes; `settle` brings the texts to what was written."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._begun: set[UUID] = set()
        self._written: dict[tuple[type[Row], UUID, str], tuple[Row, SealedColumn, bool]] = {}

        @event.listens_for(session, "before_flush")
        def note(session: Session, *_: object) -> None:
            self._begun.update(row.id for row in session.new if isinstance(row, Case))
            for row, column, is_there in _touched(session):
                self._written[type(row), row.id, column.name] = row, column, is_there

        @event.listens_for(session, "do_orm_execute")
        def refuse(said: ORMExecuteState) -> None:
            if said.is_delete and is_searched(getattr(said.statement, "table", None)):
                raise TypeError(
                    "rows whose texts are searched are deleted one by one, so that search forgets them"
                )

    def settle(self) -> None:
        """Write the texts of what was noted, once everything else of the work is flushed."""
        if not self._begun and not self._written:
            return
        begun, self._begun = self._begun, set()
        written, self._written = self._written, {}
        mark_whole(self._session, sorted(begun))
        changed: dict[Subject, dict[bytes, bytes | None]] = {}
        keyring = keyring_of(self._session)
        for row, column, is_there in written.values():
            subject = Subject(
                case_of(self._session, row), getattr(row, column.sealed.subject), column.sealed.compartment
            )
            sealed: bytes | None = getattr(row, column.sealed.column) if is_there else None
            text = keyring.open(column.sealed.place(row), sealed).decode() if sealed else ""
            made = line(column.name, row.id, typed_words(column.name, text) if text else "")
            changed.setdefault(subject, {})[made.partition(b" ")[0]] = made if text else None
        if changed:
            keep(self._session, changed)


def _touched(session: Session) -> Iterator[tuple[Any, SealedColumn, bool]]:
    for row in (*session.new, *session.dirty, *session.deleted):
        for column in columns_of(cast(type[Row], type(row))):
            if row in session.deleted:
                yield row, column, False
            elif inspect(row).attrs[column.sealed.column].history.has_changes():
                yield row, column, True
