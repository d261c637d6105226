"""The tombstones outside the database: which data keys were destroyed, so that no restored backup brings one back.

A file of lines, each with a code that only the installation's key file can make: nobody destroys a key by adding one.
"""

import fcntl
import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from clearinghouse.vault.digests import keyed_digest
from clearinghouse.vault.errors import KeysError

_FORMAT = "1"
_PARTS = 7


@dataclass(frozen=True)
class Stone:
    """One destroyed key, whose it was, and whether another could be made after it."""

    key_id: UUID
    subject: UUID
    compartment: str
    renewed: bool
    destroyed_at: datetime


def read_tombstones(path: Path, secret: bytes) -> tuple[Stone, ...]:
    """The tombstones of the file, none where there is no file. `secret` comes from the key file.

    A last line that was never finished counts as not written. Raises KeysError, one line, where a line is not as this
    installation wrote it.
    """
    if not path.exists():
        return ()
    *lines, _unfinished = path.read_bytes().split(b"\n")
    return tuple(_read(path, number, line, secret) for number, line in enumerate(lines, 1))


def keep_tombstones(path: Path, secret: bytes, stones: Iterable[Stone]) -> None:
    """Add tombstones, on disk when it returns. Raises OSError where the file cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _opened(path) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        _end_on_whole_line(handle)
        handle.write(b"".join(_written(stone, secret) for stone in stones))
        handle.flush()
        os.fsync(handle.fileno())


def may_keep(path: Path) -> bool:
    """Whether tombstones can be written there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _opened(path).close()
    except OSError:
        return False
    return True


def _opened(path: Path) -> BinaryIO:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    return os.fdopen(handle, "r+b")


def _end_on_whole_line(handle: BinaryIO) -> None:
    """Cut off what a crash left of a line; its tombstone stands in the database, and is written anew."""
    written = handle.read()
    handle.truncate(written.rfind(b"\n") + 1)


def _written(stone: Stone, secret: bytes) -> bytes:
    at = stone.destroyed_at.astimezone(UTC).isoformat(timespec="microseconds")
    kind = "renewed" if stone.renewed else "final"
    said = f"{_FORMAT} {stone.key_id} {stone.subject} {stone.compartment} {kind} {at}"
    return f"{said} ".encode("ascii") + _code(said, secret) + b"\n"


def _code(said: str, secret: bytes) -> bytes:
    return keyed_digest(secret, f"clearinghouse/tombstone {said}").hex().encode("ascii")


def _read(path: Path, number: int, line: bytes, secret: bytes) -> Stone:
    said, _, code = line.decode("ascii", "replace").rpartition(" ")
    parts = said.split(" ")
    if len(parts) != _PARTS - 1 or not hmac.compare_digest(_code(said, secret), code.encode()):
        raise KeysError(
            f"line {number} of {path} is not a tombstone of this installation; restore the file from its latest copy"
        )
    _, key, subject, compartment, kind, at = parts
    return Stone(UUID(key), UUID(subject), compartment, kind == "renewed", datetime.fromisoformat(at))
