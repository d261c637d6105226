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
    is_searched,
    keep,
    line,
    mark_whole,
    searched_in,
    value_in,
)
from clearinghouse.vault.errors import Destroyed


class SearchKeeping:
    """Notes which searched values a session writes; `settle` brings the texts to what was written."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._begun: set[UUID] = set()
        self._written: dict[tuple[UUID, str], tuple[Row, str, bool]] = {}

        @event.listens_for(session, "before_flush")
        def note(session: Session, *_: object) -> None:
            self._begun.update(row.id for row in session.new if isinstance(row, Case))
            for row, name, is_there in _touched(session):
                self._written[row.id, name] = row, name, is_there

        @event.listens_for(session, "do_orm_execute")
        def refuse(said: ORMExecuteState) -> None:
            if said.is_delete and is_searched(getattr(said.statement, "table", None)):
                raise TypeError(
                    "rows whose texts are searched are deleted one by one, so that search forgets them"
                )

    def settle(self) -> None:
        """Write the texts of what was noted, once everything else of the work is flushed."""
        begun, self._begun = self._begun, set()
        written, self._written = self._written, {}
        mark_whole(self._session, sorted(begun))
        changed: dict[Subject, dict[bytes, bytes | None]] = {}
        keyring = keyring_of(self._session)
        for row, name, is_there in written.values():
            value = value_in(self._session, row, name)
            try:
                made = value.line(keyring) if is_there and value.sealed else None
            except Destroyed:
                made = None  # in this very work
            tag = line(name, row.id, "").partition(b" ")[0]
            changed.setdefault(value.subject, {})[tag] = made
        if changed:
            keep(self._session, changed)


def _touched(session: Session) -> Iterator[tuple[Any, str, bool]]:
    for row in (*session.new, *session.dirty, *session.deleted):
        for name, attribute in searched_in(cast(type[Row], type(row))).items():
            if row in session.deleted:
                yield row, name, False
            elif inspect(row).attrs[attribute].history.has_changes():
                yield row, name, True
