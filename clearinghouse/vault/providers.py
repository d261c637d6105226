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
    """The keys of one installation, read from a file of mode 0600 that stands outside the database's folder.

    `promoted_at` is the POSIX second at which the current epoch became so. `recovery` is the public key to which a
    copy of the file is sealed, None where nobody holds shares of its recovery key.
    """

    installation: UUID
    current_epoch: int
    epochs: Mapping[int, bytes]
    web_secret: bytes
    promoted_at: int = 0
    recovery: bytes | None = None

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


class KeyFileProvider:
    """The key file as it stands on the disk: read again where it has changed, so that keys rotate under a service."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = self._stamp_now()
        self._keys = read_key_file(path)

    @property
    def current_epoch(self) -> int:
        """The epoch under which new data keys are wrapped, as the file says now."""
        return self._fresh().current_epoch

    def wrap(self, epoch: int, data_key: bytes, bound_to: bytes) -> bytes:
        """Encrypt a data key under the epoch's key; see KeyProvider."""
        return self._fresh().wrap(epoch, data_key, bound_to)

    def unwrap(self, epoch: int, wrapped: bytes, bound_to: bytes) -> bytes:
        """Decrypt a data key; see KeyProvider. The file is looked at again only for an epoch that is not known."""
        keys = self._keys if epoch in self._keys.epochs else self._fresh()
        return keys.unwrap(epoch, wrapped, bound_to)

    def _fresh(self) -> KeyFile:
        stamp = self._stamp_now()
        if stamp != self._stamp:
            self._keys, self._stamp = read_key_file(self._path), stamp
        return self._keys

    def _stamp_now(self) -> tuple[int, int] | None:
        """Which file it is, and when it was written; None for one that is not there, as between a restore's steps."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns


def create_key_file(path: Path) -> KeyFile:
    """Make a key file with fresh keys. Raises KeysError where one stands already, so that none is ever overwritten."""
    keys = KeyFile(uuid4(), 1, {1: new_key()}, new_key())
    put_key_file(path, written(keys))
    return read_key_file(path)


def put_key_file(path: Path, text: str) -> None:
    """Write a key file where none stands. Raises KeysError where one does."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise KeysError(
            f"{path} exists already; move it away only if nothing was ever sealed with it"
        ) from error
    _fill(handle, text)


def replace_key_file(path: Path, text: str) -> None:
    """Put a key file in the place of the one that stands, whole or not at all."""
    new = path.with_name(path.name + ".new")
    _fill(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), text)
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def written(keys: KeyFile) -> str:
    """The key file's text."""
    content: dict[str, object] = {
        "clearinghouse_keys": _FORMAT,
        "installation": str(keys.installation),
        "current": keys.current_epoch,
        "epochs": {str(epoch): _encode(key) for epoch, key in sorted(keys.epochs.items())},
        "web_secret": _encode(keys.web_secret),
        "promoted_at": keys.promoted_at,
    }
    if keys.recovery:
        content["recovery"] = _encode(keys.recovery)
    return json.dumps(content, indent=2)


def new_key() -> bytes:
    """A fresh random key of 32 bytes."""
    return secrets.token_bytes(_KEY_BYTES)


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
        return parsed(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise KeysError(f"{path} is not a complete key file; restore it from your backup") from error


def parsed(text: str) -> KeyFile:
    """The keys out of a key file's text. Raises ValueError, KeyError, TypeError or AttributeError where it is none."""
    content: dict[str, object] = json.loads(text)
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
    recovery = content.get("recovery")
    return KeyFile(
        UUID(str(content["installation"])),
        current,
        keys,
        _decode(content["web_secret"]),
        int(str(content.get("promoted_at", 0))),
        _decode(recovery) if recovery else None,
    )


def _fill(handle: int, text: str) -> None:
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


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
