"""What events say beyond their hashed bytes, opened for verification, whatever a tamperer left of it and of its key."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clearinghouse.records.keyring import DataKeyRow
from clearinghouse.records.ledger import Told, place_of, read_told, told_by_first_format
from clearinghouse.records.raw import Raw, raw, table_of, uuid_of, value_of
from clearinghouse.records.sealed import Compartment
from clearinghouse.vault.disclosures import digests_of
from clearinghouse.vault.errors import KeysError, SealBroken
from clearinghouse.vault.sealing import DataKey, Vault, WrappedKey, key_of

NOT_TOLD = (SealBroken, KeysError, ValueError, KeyError, TypeError, AttributeError)
"""What is raised where what an event says does not open, or is not what was hashed."""

KEY_COLUMNS = ("id", "epoch", "wrapped", "commitment")


class Disclosed:
    """What events say beyond their hashed bytes, opened with the key of their stream, one stream after the other."""

    def __init__(self, session: Session, vault: Vault, tombstones: Collection[UUID] = ()) -> None:
        self._session = session
        self._vault = vault
        self._tombstones = tombstones
        self._stream: UUID | None = None
        self._key: DataKey | None = None

    def of(self, content: dict[str, Any], row: dict[str, Raw]) -> Told | None:
        """What the event says, which is what was hashed; None where its key was destroyed.

        Raises one of NOT_TOLD where it is not.
        """
        if content["v"] == 1:
            return told_by_first_format(content)
        sealed, stream, event = row["disclosed"], uuid_of(row["stream_id"]), uuid_of(row["id"])
        if not isinstance(sealed, bytes) or stream is None or event is None:
            raise ValueError("it is not there")
        told = self.opened(stream, event, sealed)
        if told is not None and digests_of(told.disclosures.values()) != content["_sd"]:
            raise ValueError("its digests are others")
        return told

    def opened(self, stream: UUID, event: UUID, sealed: bytes) -> Told | None:
        """What is sealed beside an event, None where its key was destroyed. Raises one of NOT_TOLD."""
        if self._tombstones and key_of(sealed) in self._tombstones:
            return None
        if stream != self._stream:
            self._stream, self._key = stream, self._key_of(stream)
        if self._key is None:
            raise ValueError("its key is not there")
        return read_told(self._key.open(sealed, place_of(stream, event)))

    def _key_of(self, stream: UUID) -> DataKey | None:
        keys, dialect = table_of(DataKeyRow), self._session.get_bind().dialect
        mine = (keys.c.subject_id == stream, keys.c.compartment == Compartment.LEDGER.value)
        query = select(*(raw(keys.c[name], dialect) for name in KEY_COLUMNS)).where(*mine)
        found = self._session.execute(query).first()
        if found is None:
            return None
        stored = stored_key(
            {name: value_of(each, dialect) for name, each in zip(KEY_COLUMNS, found, strict=True)},
            stream,
            Compartment.LEDGER,
        )
        return self._vault.data_key(stored) if stored else None


def stored_key(key: dict[str, Raw], subject: UUID | None, compartment: Compartment) -> WrappedKey | None:
    """A data key as it lies in its row, None where that is not one."""
    key_id = uuid_of(key["id"])
    epoch, wrapped, commitment = key["epoch"], key["wrapped"], key["commitment"]
    if key_id is None or subject is None or not isinstance(epoch, int):
        return None
    if not isinstance(wrapped, bytes) or not isinstance(commitment, bytes):
        return None
    return WrappedKey(key_id, subject, compartment, epoch, wrapped, commitment)
