"""Where key-encryption keys come from: the provider interface, and an installation's own key file."""

import base64
import binascii
import json
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from clearinghouse.vault.errors import KeysError, SealBroken

_KEY_BYTES = 32
_NONCE_BYTES = 12
_FORMAT = 1


class KeyProvider(Protocol):
    """Wraps and unwraps data keys under a key-encryption key that never leaves the provider."""

    @property
    def current_epoch(self) -> int:
        """The epoch under which new data keys are wrapped."""
        ...

    def wrap(self, epoch: int, data_key: bytes, bound_to: bytes) -> bytes:
        """Encrypt a 32-byte data key, bound to the given context."""
        ...

    def unwrap(self, epoch: int, wrapped: bytes, bound_to: bytes) -> bytes:
        """Decrypt a data key. Raises SealBroken where anything does not fit; KeysError for an unknown epoch."""
        ...


@dataclass(frozen=True, repr=False)
class KeyFile:
    """The keys of one installation, read from a file of mode 0600 that stands outside the database's folder."""

    installation: UUID
    current_epoch: int
    epochs: Mapping[int, bytes]
    web_secret: bytes

    def wrap(self, epoch: int, data_key: bytes, bound_to: bytes) -> bytes:
        """Encrypt a data key with AES-256-GCM under the epoch's key: nonce, then ciphertext and tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self._epoch(epoch)).encrypt(nonce, data_key, bound_to)

    def unwrap(self, epoch: int, wrapped: bytes, bound_to: bytes) -> bytes:
        """Decrypt a data key; see KeyProvider."""
        try:
            return AESGCM(self._epoch(epoch)).decrypt(
                wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], bound_to
            )
        except (InvalidTag, ValueError) as error:
            raise SealBroken("a data key does not unwrap") from error

    def _epoch(self, epoch: int) -> bytes:
        try:
            return self.epochs[epoch]
        except KeyError as error:
            raise KeysError(
                f"the key file holds no key of epoch {epoch}; restore the key file that does"
            ) from error


def create_key_file(path: Path) -> KeyFile:
    """Make a key file with fresh keys. Raises KeysError where one stands already, so that none is ever overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = {
        "clearinghouse_keys": _FORMAT,
        "installation": str(uuid4()),
        "current": 1,
        "epochs": {"1": _encode(secrets.token_bytes(_KEY_BYTES))},
        "web_secret": _encode(secrets.token_bytes(_KEY_BYTES)),
    }
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise KeysError(
            f"{path} exists already; move it away only if nothing was ever sealed with it"
        ) from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    return read_key_file(path)


def read_key_file(path: Path) -> KeyFile:
    """Read the key file. Raises KeysError, one line, where it is missing, open to others, short or not a key file."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        content = path.read_text(encoding="ascii")
    except FileNotFoundError as error:
        raise KeysError(
            f"no key file at {path}; run 'clearinghouse init', or restore it from your backup"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise KeysError(
            f"the key file {path} cannot be read; check its owner, and that it is the right file"
        ) from error
    if mode & 0o077:
        raise KeysError(f"the key file {path} can be read by others (mode {mode:04o}); run: chmod 600 {path}")
    try:
        return _parse(json.loads(content))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise KeysError(f"{path} is not a complete key file; restore it from your backup") from error


def _parse(content: dict[str, object]) -> KeyFile:
    epochs = content["epochs"]
    current = content["current"]
    if (
        content["clearinghouse_keys"] != _FORMAT
        or not isinstance(epochs, dict)
        or not isinstance(current, int)
    ):
        raise ValueError("not this format")
    keys = {int(epoch): _decode(key) for epoch, key in epochs.items()}
    if current not in keys:
        raise ValueError("the current epoch has no key")
    return KeyFile(UUID(str(content["installation"])), current, keys, _decode(content["web_secret"]))


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode("ascii")


def _decode(text: object) -> bytes:
    try:
        key = base64.b64decode(str(text), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if len(key) != _KEY_BYTES:
        raise ValueError("a key must have 32 bytes")
    return key
