"""The signing key of a log or of its witness, and a log's own record of what it signed last.

Both stand in files of their own that only the process that signs can read; a web process needs neither.
"""

import base64
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from clearinghouse.vault.errors import KeysError
from clearinghouse.vault.merkle import Frontier
from clearinghouse.vault.notes import COSIGNED, SIGNED, NoteBroken, Signer, Verifier

_FORMAT = 1


@dataclass(frozen=True, repr=False)
class LogKey:
    """The key under the log's name, read from a file of mode 0600; its record stands beside the file."""

    path: Path
    signer: Signer

    @property
    def verifier(self) -> Verifier:
        """What everybody may know, to verify checkpoints with."""
        return self.signer.verifier

    @property
    def record(self) -> Path:
        """The file that holds the tree as it was when the key last signed."""
        return self.path.with_name(self.path.name + ".signed")

    def last_signed(self) -> Frontier | None:
        """The tree as it was when the key last signed; None where it has signed nothing.

        Raises KeysError where the record is there and cannot be read.
        """
        try:
            content = json.loads(self.record.read_text(encoding="ascii"))
            return Frontier(int(content["size"]), [bytes.fromhex(each) for each in content["roots"]])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise KeysError(f"{self.record} cannot be read; restore it from your backup") from error

    def remember(self, tree: Frontier) -> None:
        """Keep, on the disk before this returns, that the tree is about to be signed."""
        content = {"size": tree.size, "roots": [root.hex() for root in tree.roots]}
        new = self.record.with_name(self.record.name + ".new")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.record)
        folder = os.open(self.record.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def create_log_key(path: Path, name: str) -> LogKey:
    """Make a fresh key under the log's name. Raises KeysError where one stands already."""
    return _create(path, name, SIGNED)


def put_aside(key: LogKey) -> Path:
    """Move a log's key and its record aside, so that another log can begin; gives where the key now stands."""
    number = 1
    while (aside := key.path.with_name(f"{key.path.name}.{number}")).exists():
        number += 1
    if key.record.exists():
        key.record.rename(aside.with_name(aside.name + ".signed"))
    return key.path.rename(aside)


def create_witness_key(path: Path, name: str) -> LogKey:
    """Make a fresh key that cosigns, under the witness's name. Raises KeysError where one stands already."""
    return _create(path, name, COSIGNED)


def _create(path: Path, name: str, kind: int) -> LogKey:
    try:
        Verifier(name, kind, bytes(32))
    except NoteBroken as error:
        raise KeysError(f"{name!r} cannot be a key's name; {error}") from error
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    private = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode("ascii")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise KeysError(f"{path} exists already; move it away only if it never signed anything") from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        content = {"clearinghouse_log_key": _FORMAT, "name": name, "kind": kind, "private": private}
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    return read_log_key(path)


def read_log_key(path: Path) -> LogKey:
    """Read the log's key. Raises KeysError, one line, where it is missing, open to others or not a log's key."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        content = json.loads(path.read_text(encoding="ascii"))
    except FileNotFoundError as error:
        raise KeysError(f"no log key at {path}; restore it from your backup") from error
    except (OSError, ValueError) as error:
        raise KeysError(f"the log key {path} cannot be read; restore it from your backup") from error
    if mode & 0o077:
        raise KeysError(f"the log key {path} can be read by others (mode {mode:04o}); run: chmod 600 {path}")
    try:
        return _parse(path, content)
    except (KeyError, TypeError, ValueError, NoteBroken) as error:
        raise KeysError(f"{path} is not a log key; restore it from your backup") from error


def _parse(path: Path, content: dict[str, object]) -> LogKey:
    if content["clearinghouse_log_key"] != _FORMAT:
        raise ValueError("not this format")
    private = base64.b64decode(str(content["private"]), validate=True)
    kind = int(str(content["kind"]))
    key = LogKey(path, Signer(str(content["name"]), kind, Ed25519PrivateKey.from_private_bytes(private)))
    _ = key.verifier  # a name that no line can carry is found here
    return key
