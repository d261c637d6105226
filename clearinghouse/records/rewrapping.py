"""Data keys brought under another epoch: which ones wait, and each replaced only where it still is what was read."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, select, update
from sqlalchemy.orm import Session

from clearinghouse.records.keyring import EMPTY, DataKeyRow
from clearinghouse.records.raw import table_of
from clearinghouse.vault.sealing import WrappedKey


def keys_by_epoch(
    session: Session, compartments: Collection[str], *, others: bool = False
) -> Mapping[int, int]:
    """How many data keys of these compartments, or of all the others, are wrapped under each epoch."""
    query = select(DataKeyRow.epoch, func.count()).where(*_of(compartments, others))
    query = query.group_by(DataKeyRow.epoch).order_by(DataKeyRow.epoch)
    return {row[0]: row[1] for row in session.execute(query)}


def keys_waiting(
    session: Session,
    epoch: int,
    compartments: Collection[str],
    *,
    others: bool,
    after: UUID | None,
    most: int,
) -> Sequence[WrappedKey]:
    """Up to `most` data keys that are not under the epoch, in the order of their ids, after one of them."""
    query = select(DataKeyRow).where(DataKeyRow.epoch != epoch, *_of(compartments, others))
    if after:
        query = query.where(DataKeyRow.id > after)
    return [row.stored for row in session.scalars(query.order_by(DataKeyRow.id).limit(most))]


def put_rewrapped(session: Session, pairs: Sequence[tuple[WrappedKey, WrappedKey]]) -> None:
    """Put each new wrapping in the place of the old one, unless somebody destroyed or replaced that meanwhile."""
    if not pairs:
        return
    table = table_of(DataKeyRow)
    unchanged = (
        table.c.id == bindparam("of"),
        table.c.epoch == bindparam("from_epoch"),
        table.c.wrapped == bindparam("from_wrapped"),
    )
    session.execute(
        update(table).where(*unchanged).values(epoch=bindparam("to_epoch"), wrapped=bindparam("to_wrapped")),
        [
            {
                "of": old.id,
                "from_epoch": old.epoch,
                "from_wrapped": old.wrapped,
                "to_epoch": new.epoch,
                "to_wrapped": new.wrapped,
            }
            for old, new in pairs
        ],
    )


def _of(compartments: Collection[str], others: bool) -> tuple[ColumnElement[bool], ...]:
    """The keys of those compartments, or of the others, that were not destroyed."""
    of = DataKeyRow.compartment.not_in(compartments) if others else DataKeyRow.compartment.in_(compartments)
    return of, DataKeyRow.wrapped != EMPTY
