"""Verification of tombstones: which keys the ledger says were destroyed, and whether exactly those are gone."""

from collections.abc import Collection, Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clearinghouse.records.base import Base
from clearinghouse.records.chain_verification import Fault, events_of, parse
from clearinghouse.records.disclosed_verification import NOT_TOLD, Disclosed
from clearinghouse.records.events import Event
from clearinghouse.records.keyring import DataKeyRow, Tombstone
from clearinghouse.records.raw import raw, uuid_of, value_of
from clearinghouse.vault.sealing import Vault

_KEYS = Base.metadata.tables[DataKeyRow.__tablename__]
_STONES = Base.metadata.tables[Tombstone.__tablename__]
_AT_ONCE = 500


def destroyed_keys(session: Session, vault: Vault) -> frozenset[UUID]:
    """The keys that the installation's own stream says were destroyed, by events that open and are what was hashed.

    What stands there unsealed says nothing: whoever can write to the database could have put it there.
    """
    found: set[UUID] = set()
    disclosed = Disclosed(session, vault)
    for row in events_of(session, vault.installation, Event.KEYS_DESTROYED):
        content = parse(row["body"]) if isinstance(row["body"], bytes) else None
        try:
            told = disclosed.of(content, row) if content and content["v"] != 1 else None
        except NOT_TOLD:
            continue  # a fault of its own, which the walk along the streams finds
        keys = told.facts.get("keys") if told else None
        found |= {key for each in keys if (key := uuid_of(each))} if isinstance(keys, list) else set()
    return frozenset(found)


def key_faults(session: Session, tombstones: Collection[UUID]) -> Iterator[Fault]:
    """Keys that were destroyed and are there, and keys that are gone, or said to be, without any event of it."""
    dialect = session.get_bind().dialect
    query = select(raw(_KEYS.c.id, dialect), raw(_KEYS.c.wrapped, dialect))
    for row in session.execute(query.execution_options(yield_per=_AT_ONCE)):
        key, wrapped = uuid_of(value_of(row[0], dialect)), value_of(row[1], dialect)
        if key in tombstones and wrapped:
            yield Fault(f"the data key {key}", "was destroyed, and is there again")
        elif key not in tombstones and not wrapped:
            yield Fault(f"the data key {key}", "is gone, and no event says that it was destroyed")
    for row in session.execute(select(raw(_STONES.c.id, dialect)).execution_options(yield_per=_AT_ONCE)):
        if (key := uuid_of(value_of(row[0], dialect))) not in tombstones:
            yield Fault(f"the tombstone of the data key {key}", "stands there, and no event says so")
