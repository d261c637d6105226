"""Verification of the whole ledger and of every sealed value: what is stored against what was hashed and sealed."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Dialect, Executable, Row, and_, select
from sqlalchemy.orm import Session

from clearinghouse.records.chain_verification import Fault, Seals, walk
from clearinghouse.records.disclosed_verification import KEY_COLUMNS, stored_key
from clearinghouse.records.document_verification import document_faults
from clearinghouse.records.keyring import DataKeyRow, seal_name
from clearinghouse.records.ledger import LedgerEvent, LedgerHead
from clearinghouse.records.raw import Raw, raw, shown, table_of, uuid_of, value_of
from clearinghouse.records.sealed import Sealed
from clearinghouse.records.search_verification import search_faults
from clearinghouse.records.side_by_side import Helpers
from clearinghouse.records.tables import SealedColumn, inventory
from clearinghouse.vault.digests import digest
from clearinghouse.vault.errors import KeysError, SealBroken
from clearinghouse.vault.sealing import Place, Vault, key_of

__all__ = ["Fault", "VerificationReport", "verify_records"]

_AT_ONCE = 500


@dataclass(frozen=True)
class VerificationReport:
    """What was looked at, how much of it was `destroyed` and has its tombstone, and every fault that was found."""

    events: int
    streams: int
    sealed_values: int
    destroyed: int
    faults: tuple[Fault, ...]


def verify_records(
    session: Session, vault: Vault, tombstones: Collection[UUID] = (), helpers: Helpers | None = None
) -> VerificationReport:
    """Walk every event and every sealed value of the state that the session sees.

    Holds a bounded number of rows at a time. Whatever was done to a row is a fault in the report, never an exception.
    A value whose key is gone is a fault, unless the key is one of `tombstones`.
    """
    with closing(Seals()) as seals:
        chains = walk(session, vault, seals, frozenset(tombstones), helpers)
        faults = chains.faults + [
            Fault(f"the end of stream {shown(row[0])}", "is kept, but the stream has no event any more")
            for row in _heads_without_events(session)
        ]
        values, gone, unsound = 0, _Gone(tombstones), set[UUID | None]()
        for column in inventory():
            for value in sealed_values(session, column):
                values += 1
                if gone.names(value.sealed):
                    of_value = [*value.faults_of_destroyed(seals, known=not chains.destroyed)]
                else:
                    of_value = [*value.faults(vault, seals)]
                faults += of_value
                unsound |= {uuid_of(value.row)} if of_value else set()
        for count, found in document_faults(
            session, vault, seals.meet, gone.names, known=not chains.destroyed
        ):
            values += count
            faults += [Fault(*each) for each in found]
        faults += seals.unmet()
        unsound |= {uuid_of(row) for row in seals.unmet_rows()}
        faults += [Fault(*each) for each in search_faults(session, vault, unsound, _Gone(tombstones).names)]
    return VerificationReport(
        chains.events, chains.streams, values, chains.destroyed + gone.met, tuple(faults)
    )


@dataclass
class _Gone:
    """The keys that were destroyed, and how many values were `met` that name one of them."""

    tombstones: Collection[UUID]
    met: int = 0

    def names(self, sealed: Raw) -> bool:
        """Whether the value names a key that was destroyed."""
        try:
            found = isinstance(sealed, bytes) and key_of(sealed) in self.tombstones
        except SealBroken:
            return False
        self.met += found
        return found


@dataclass(frozen=True)
class SealedValue:
    """One sealed value as it lies in its row, with the key that its subject and compartment have."""

    column: SealedColumn
    row: Raw
    subject: Raw
    sealed: Raw
    key: dict[str, Raw]

    def faults(self, vault: Vault, seals: Seals) -> Iterator[Fault]:
        """What is wrong with the value: its seal in the ledger, then whether it opens."""
        row = uuid_of(self.row)
        place = f"{self.column.name} of row {row or shown(self.row)}"
        name = seal_name(self.column.row.__tablename__, row, self.column.sealed.column) if row else ""
        seal = seals.meet(name) if self.column.sealed.ledgered else None
        where = f"{seal[1]}, which sealed {place}" if seal else place
        broken = self._broken(vault)
        sealed = self.sealed if isinstance(self.sealed, bytes) else b""
        if self.column.sealed.ledgered and seal is None:
            yield Fault(where, "no event of the ledger sealed this value")
        elif seal is not None and digest(sealed).hex() != seal[0]:
            yield Fault(where, "the value was altered" if broken else "an earlier value was put back")
        elif broken:
            yield Fault(where, broken)

    def faults_of_destroyed(self, seals: Seals, *, known: bool) -> Iterator[Fault]:
        """What is wrong with a value that nobody can open any more: its seal alone can tell.

        Where what some events say was destroyed too, one of those may have sealed it: not `known`.
        """
        row = uuid_of(self.row)
        place = f"{self.column.name} of row {row or shown(self.row)}"
        name = seal_name(self.column.row.__tablename__, row, self.column.sealed.column) if row else ""
        seal = seals.meet(name) if self.column.sealed.ledgered else None
        if seal is None and self.column.sealed.ledgered and known:
            yield Fault(place, "no event of the ledger sealed this value")
        elif seal is not None and isinstance(self.sealed, bytes) and digest(self.sealed).hex() != seal[0]:
            yield Fault(
                f"{seal[1]}, which sealed {place}", "the value was altered, or an earlier one put back"
            )

    def _broken(self, vault: Vault) -> str | None:
        subject, row = uuid_of(self.subject), uuid_of(self.row)
        sealed = self.column.sealed
        stored = stored_key(self.key, subject, sealed.compartment)
        if not isinstance(self.sealed, bytes):
            return "the value is not a sealed one"
        if stored is None or subject is None or row is None:
            return "the value's key is not there, or not a key"
        place = Place(self.column.row.__tablename__, sealed.column, sealed.compartment, subject, row)
        try:
            if key_of(self.sealed) != stored.id:
                return "the value names another key"
            vault.data_key(stored).open(self.sealed, place).decode()
        except (SealBroken, KeysError, UnicodeDecodeError, OverflowError) as error:
            return f"the value does not open: {error}"
        return None


def _heads_without_events(session: Session) -> Iterator[Sequence[Raw]]:
    dialect = session.get_bind().dialect
    events, heads = table_of(LedgerEvent), table_of(LedgerHead)
    lone = ~select(events.c.id).where(events.c.stream_id == heads.c.stream_id).exists()
    for row in _rows(session, select(raw(heads.c.stream_id, dialect)).where(lone)):
        yield [value_of(row[0], dialect)]


def sealed_values(session: Session, column: SealedColumn) -> Iterator[SealedValue]:
    """Every value of one sealed column that is there, joined with its subject's key."""
    dialect = session.get_bind().dialect
    for row in _rows(session, _values_query(column.row, column.attribute, dialect)):
        found = [value_of(each, dialect) for each in row]
        yield SealedValue(
            column, found[0], found[1], found[2], dict(zip(KEY_COLUMNS, found[3:], strict=True))
        )


@cache
def _values_query(row: type[Any], attribute: str, dialect: Dialect) -> Executable:
    """Built once for each column: there are many, and building takes longer than asking a small installation."""
    sealed: Sealed = getattr(row, attribute)
    table, keys = table_of(row), table_of(DataKeyRow)
    subject, value = table.c[sealed.subject], table.c[sealed.column]
    own_key = and_(keys.c.subject_id == subject, keys.c.compartment == sealed.compartment.value)
    wanted: list[ColumnElement[Any]] = [table.c.id, subject, value, *(keys.c[name] for name in KEY_COLUMNS)]
    return (
        select(*(raw(each, dialect) for each in wanted))
        .select_from(table.outerjoin(keys, own_key))
        .where(value.is_not(None))
    )


def _rows(session: Session, query: Executable) -> Iterator[Row[Any]]:
    yield from session.execute(query.execution_options(yield_per=_AT_ONCE))
