"""Sealed values: a data key per subject and compartment, and the one format in which a value is stored."""

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clearinghouse.vault.errors import SealBroken
from clearinghouse.vault.packing import pad, pae, pae_begun, pae_ended, unpad
from clearinghouse.vault.providers import KeyProvider

_VERSION_AND_SUITE = b"\x01\x01"
_HEADER_BYTES = 18
_NONCE_BYTES = 12
_KEY_BYTES = 32
KEY_ID = slice(len(_VERSION_AND_SUITE), _HEADER_BYTES)
"""Where a sealed value names its data key."""
_CACHED_KEYS = 10_000
_LOOKS_EVERY_SECONDS = 1.0


class Place(NamedTuple):
    """Where a sealed value belongs; a value opens nowhere else. `part` is its place among the parts of one value."""

    table: str
    column: str
    compartment: str
    subject: UUID
    row: UUID
    part: bytes = b""


@dataclass(frozen=True)
class WrappedKey:
    """A data key as it is stored: encrypted under a key-encryption key's epoch, with a commitment to its bytes."""

    id: UUID
    subject: UUID
    compartment: str
    epoch: int
    wrapped: bytes
    commitment: bytes


@dataclass(frozen=True)
class Apart:
    """A compartment's own provider, and its first epoch: none of the ordinary ones counts from there on."""

    provider: KeyProvider
    first_epoch: int


class DataKey:
    """An opened data key: seals and opens the values of one subject's compartment."""

    def __init__(self, key_id: UUID, data_key: bytes, installation: UUID) -> None:
        self._header = _VERSION_AND_SUITE + key_id.bytes
        self._cipher = AESGCM(_derive(data_key, b"clearinghouse/encrypt/v1"))
        self._installation = installation.bytes
        self._bound_to_columns: dict[tuple[str, str, str], bytes] = {}

    def seal(self, plain: bytes, place: Place, at_least: int = 0) -> bytes:
        """Version, suite, key id, nonce, ciphertext and tag; padded, and bound to its place.

        `at_least` is a length that the padded value does not go below.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self._header + nonce + self._cipher.encrypt(nonce, pad(plain, at_least), self._bound_to(place))

    def open(self, sealed: bytes, place: Place) -> bytes:
        """The value again. Raises SealBroken where anything about it is not as it was sealed."""
        if sealed[:_HEADER_BYTES] != self._header:
            raise SealBroken("the value names another key or format")
        nonce = sealed[_HEADER_BYTES : _HEADER_BYTES + _NONCE_BYTES]
        # A search text is long, and copying it takes time.
        rest = memoryview(sealed)[_HEADER_BYTES + _NONCE_BYTES :]
        try:
            return unpad(self._cipher.decrypt(nonce, rest, self._bound_to(place)))
        except (InvalidTag, ValueError) as error:
            raise SealBroken("the value was altered or moved") from error

    def _bound_to(self, place: Place) -> bytes:
        """The parts of the place, joined by pae; what all values of a column have alike is joined once."""
        table, column, compartment, subject, row, part = place
        rest = (subject.bytes, row.bytes, part) if part else (subject.bytes, row.bytes)
        if part:
            return pae(*self._alike(table, column, compartment), *rest)
        known = self._bound_to_columns.get((table, column, compartment))
        if known is None:
            known = pae_begun(len(rest), *self._alike(table, column, compartment))
            self._bound_to_columns[table, column, compartment] = known
        return pae_ended(known, *rest)

    def _alike(self, table: str, column: str, compartment: str) -> tuple[bytes, ...]:
        return (
            b"clearinghouse/field/v1",
            self._header,
            self._installation,
            table.encode(),
            column.encode(),
            compartment.encode(),
        )


class Vault:
    """Makes, opens and remembers data keys under the installation's key providers.

    Some compartments may have a provider of their own, `apart`. Their data keys from before it began are under the
    ordinary one until they are brought over.
    """

    def __init__(
        self, provider: KeyProvider, installation: UUID, apart: Mapping[str, Apart] | None = None
    ) -> None:
        self._provider = provider
        self._apart = dict(apart or {})
        self._installation = installation
        self._opened: OrderedDict[bytes, tuple[WrappedKey, DataKey]] = OrderedDict()
        self._lock = Lock()
        self._looked: float | None = None
        self.forgotten_to: datetime | None = None

    def looks_now(self) -> bool:
        """Whether it is time to look which keys were destroyed; says so once a second at most."""
        with self._lock:
            now, before = monotonic(), self._looked
            if before is not None and now - before < _LOOKS_EVERY_SECONDS:
                return False
            self._looked = now
            return True

    def forget(self, keys: Collection[UUID], to: datetime) -> None:
        """Drop opened data keys that were destroyed, wherever that was; `to` is when the last of them was."""
        with self._lock:
            self.forgotten_to = to
            for key_id in keys:
                self._opened.pop(key_id.bytes, None)

    @property
    def installation(self) -> UUID:
        """The installation that every sealed value is bound to."""
        return self._installation

    def new_key(self, key_id: UUID, subject: UUID, compartment: str) -> WrappedKey:
        """A fresh random data key for a subject's compartment, wrapped under the current epoch."""
        data_key = secrets.token_bytes(_KEY_BYTES)
        provider = self._provider_for(compartment)
        epoch = provider.current_epoch
        wrapped = provider.wrap(epoch, data_key, _key_context(key_id, subject, compartment, epoch))
        return WrappedKey(key_id, subject, compartment, epoch, wrapped, _commit(data_key))

    @property
    def compartments_apart(self) -> frozenset[str]:
        """The compartments whose keys are not the ordinary ones."""
        return frozenset(self._apart)

    def current_epoch(self, compartment: str) -> int:
        """The epoch under which new data keys of the compartment are wrapped."""
        return self._provider_for(compartment).current_epoch

    def rewrapped(self, stored: WrappedKey, epoch: int) -> WrappedKey:
        """The same data key under another epoch. Raises as data_key does; nothing sealed with it changes."""
        data_key, provider = self._unwrapped(stored), self._provider_for(stored.compartment)
        context = _key_context(stored.id, stored.subject, stored.compartment, epoch)
        return replace(stored, epoch=epoch, wrapped=provider.wrap(epoch, data_key, context))

    def data_key(self, stored: WrappedKey) -> DataKey:
        """Open a stored data key. Raises SealBroken where it was altered, KeysError where its epoch is not held."""
        key_id = stored.id.bytes
        with self._lock:
            known = self._opened.get(key_id)
            if known is not None and known[0] == stored:
                self._opened.move_to_end(key_id)
                return known[1]
        opened = DataKey(stored.id, self._unwrapped(stored), self._installation)
        with self._lock:
            self._opened[key_id] = stored, opened
            while len(self._opened) > _CACHED_KEYS:
                self._opened.popitem(last=False)
        return opened

    def opened_before(self, sealed: bytes) -> DataKey | None:
        """The data key that a sealed value names, if it is at hand; whether it was destroyed since the caller asks."""
        known = self._opened.get(sealed[KEY_ID])
        return known[1] if known else None

    def _unwrapped(self, stored: WrappedKey) -> bytes:
        context = _key_context(stored.id, stored.subject, stored.compartment, stored.epoch)
        data_key = self._provider_of(stored).unwrap(stored.epoch, stored.wrapped, context)
        if not hmac.compare_digest(_commit(data_key), stored.commitment):
            raise SealBroken("a data key does not fit its commitment")
        return data_key

    def _provider_for(self, compartment: str) -> KeyProvider:
        apart = self._apart.get(compartment)
        return apart.provider if apart else self._provider

    def _provider_of(self, stored: WrappedKey) -> KeyProvider:
        """Who wrapped it. Whoever has the ordinary keys could else put a key of theirs in a source's place."""
        apart = self._apart.get(stored.compartment)
        return apart.provider if apart and stored.epoch >= apart.first_epoch else self._provider


def key_of(sealed: bytes) -> UUID:
    """The id of the data key that a sealed value names. Raises SealBroken for another version, suite or length."""
    if len(sealed) < _HEADER_BYTES + _NONCE_BYTES or not sealed.startswith(_VERSION_AND_SUITE):
        raise SealBroken("the value has an unknown version or suite")
    return UUID(bytes=sealed[KEY_ID])


def _key_context(key_id: UUID, subject: UUID, compartment: str, epoch: int) -> bytes:
    return pae(
        b"clearinghouse/dek/v1", key_id.bytes, subject.bytes, compartment.encode(), epoch.to_bytes(4, "big")
    )


def _commit(data_key: bytes) -> bytes:
    return _derive(data_key, b"clearinghouse/commit/v1")


def _derive(data_key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(data_key)
