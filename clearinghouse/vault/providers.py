"""Where key-encryption keys come from: the provider interface, and the key files that hold or name them.

An epoch's key stands in the key file, or the file names a key at a service that it never leaves.
"""

import base64
import binascii
import json
import os
import secrets
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from clearinghouse.vault.errors import KeysError, SealBroken
from clearinghouse.vault.services import KeyServices, OutsideKey, outside_key

_KEY_BYTES = 32
_NONCE_BYTES = 12
_FORMAT = 1
SOURCES = "sources"
"""What a key file says that it holds where its keys are those of sources alone."""


class KeyProvider(Protocol):
    """Wraps and unwraps data keys under a key-encryption key that never leaves the provider."""

    @property
    def current_epoch(self) -> int:
        """The epoch under which new data keys are wrapped."""
        ...

    def holds(self, epoch: int) -> bool:
        """Whether the epoch's key is here. The epochs of an installation are numbered over all its providers."""
        ...

    def wrap(self, epoch: int, data_key: bytes, bound_to: bytes) -> bytes:
        """Encrypt a 32-byte data key, bound to the given context."""
        ...

    def unwrap(self, epoch: int, wrapped: bytes, bound_to: bytes) -> bytes:
        """Decrypt a data key. Raises SealBroken where anything does not fit; KeysError for an unknown epoch."""
        ...


@dataclass(frozen=True, repr=False)
class KeyFile:
    """Keys of one installation, read from a file of mode 0600 that stands outside the database's folder.

    `promoted_at` is the POSIX second at which the current epoch became so. `recovery` is the public key to which a
    copy of the file is sealed, None where nobody holds shares of its recovery key. `first_epoch` is set in the file of
    the sources' own keys, which has no `web_secret`: what was wrapped before lies under the ordinary keys.
    """

    installation: UUID
    current_epoch: int
    epochs: Mapping[int, bytes | OutsideKey]
    web_secret: bytes
    promoted_at: int = 0
    recovery: bytes | None = None
    first_epoch: int | None = None

    @property
    def is_of_sources(self) -> bool:
        """Whether these are the sources' own keys."""
        return self.first_epoch is not None

    def holds(self, epoch: int) -> bool:
        """Whether the epoch's key is here; see KeyProvider."""
        return epoch in self.epochs

    def wrap(self, epoch: int, data_key: bytes, bound_to: bytes) -> bytes:
        """Encrypt a data key with AES-256-GCM under the epoch's key: nonce, then ciphertext and tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self._own(epoch)).encrypt(nonce, data_key, bound_to)

    def unwrap(self, epoch: int, wrapped: bytes, bound_to: bytes) -> bytes:
        """Decrypt a data key; see KeyProvider."""
        try:
            return AESGCM(self._own(epoch)).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], bound_to)
        except (InvalidTag, ValueError) as error:
            raise SealBroken("a data key does not unwrap") from error

    def key(self, epoch: int) -> bytes | OutsideKey:
        """The epoch's key, or which one it is outside. Raises KeysError where there is none."""
        try:
            return self.epochs[epoch]
        except KeyError as error:
            whose = "the sources' key file" if self.is_of_sources else "the key file"
            raise KeysError(f"{whose} holds no key of epoch {epoch}; restore the one that does") from error

    def _own(self, epoch: int) -> bytes:
        key = self.key(epoch)
        if isinstance(key, OutsideKey):
            raise KeysError(f"the key of epoch {epoch} stands at {key}, not in the key file")
        return key


class KeyFileProvider:
    """The key file as it stands on the disk: read again where it has changed, so that keys rotate under a service."""

    def __init__(self, path: Path, services: KeyServices | None = None) -> None:
        self._path = path
        self._stamp = self._stamp_now()
        self._keys = read_key_file(path)
        self._services = services or KeyServices(self._keys.installation)

    @property
    def current_epoch(self) -> int:
        """The epoch under which new data keys are wrapped, as the file says now."""
        return self._fresh().current_epoch

    def holds(self, epoch: int) -> bool:
        """Whether the epoch's key is here, as the file says now; see KeyProvider."""
        return self._knowing(epoch).holds(epoch)

    def wrap(self, epoch: int, data_key: bytes, bound_to: bytes) -> bytes:
        """Encrypt a data key under the epoch's key; see KeyProvider."""
        keys = self._fresh()
        key = keys.key(epoch)
        if isinstance(key, OutsideKey):
            return self._services.wrap(key, data_key, bound_to)
        return keys.wrap(epoch, data_key, bound_to)

    def unwrap(self, epoch: int, wrapped: bytes, bound_to: bytes) -> bytes:
        """Decrypt a data key; see KeyProvider."""
        keys = self._knowing(epoch)
        key = keys.key(epoch)
        if isinstance(key, OutsideKey):
            return self._services.unwrap(key, wrapped, bound_to)
        return keys.unwrap(epoch, wrapped, bound_to)

    def _knowing(self, epoch: int) -> KeyFile:
        """The file is looked at again only for an epoch that is not known."""
        return self._keys if epoch in self._keys.epochs else self._fresh()

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


def create_key_file(path: Path, key: Callable[[UUID], bytes | OutsideKey] | None = None) -> KeyFile:
    """Make the key file of a new installation, with a fresh key, or the one that is there for it outside.

    Raises KeysError where a key file stands already, so that none is ever overwritten.
    """
    installation = uuid4()
    keys = KeyFile(installation, 1, {1: key(installation) if key else new_key()}, new_key())
    put_key_file(path, written(keys))
    return read_key_file(path)


def create_sources_key_file(path: Path, ordinary: KeyFile, key: bytes | OutsideKey | None = None) -> KeyFile:
    """Make the key file of an installation's sources, its epoch numbered after all of the ordinary ones."""
    epoch = max(ordinary.epochs) + 1
    keys = KeyFile(ordinary.installation, epoch, {epoch: key or new_key()}, b"", first_epoch=epoch)
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
        "epochs": {
            str(epoch): str(key) if isinstance(key, OutsideKey) else _encode(key)
            for epoch, key in sorted(keys.epochs.items())
        },
        "promoted_at": keys.promoted_at,
    }
    if keys.is_of_sources:
        content |= {"holds": SOURCES, "first_epoch": keys.first_epoch}
    else:
        content["web_secret"] = _encode(keys.web_secret)
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
    # systemd lets a service's user in by an access list, which shows as the right of a group.
    if mode & (0o037 if is_credential(path) else 0o077):
        raise KeysError(f"the key file {path} can be read by others (mode {mode:04o}); run: chmod 600 {path}")
    try:
        return parsed(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise KeysError(f"{path} is not a complete key file; restore it from your backup") from error


def is_credential(path: Path) -> bool:
    """Whether systemd hands the file to this service alone, and nobody can change it."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return bool(folder) and path.parent == Path(str(folder)).resolve()


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
    keys = {int(epoch): _key(key) for epoch, key in epochs.items()}
    if current not in keys:
        raise ValueError("the current epoch has no key")
    of_sources = content.get("holds") == SOURCES
    recovery = content.get("recovery")
    return KeyFile(
        UUID(str(content["installation"])),
        current,
        keys,
        b"" if of_sources else _decode(content["web_secret"]),
        int(str(content.get("promoted_at", 0))),
        _decode(recovery) if recovery else None,
        int(str(content["first_epoch"])) if of_sources else None,
    )


def _key(text: object) -> bytes | OutsideKey:
    """A key in base64, which has no colon, or the name of one outside."""
    return outside_key(text) if isinstance(text, str) and ":" in text else _decode(text)


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
