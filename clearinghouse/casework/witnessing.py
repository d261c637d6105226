"""Witnessing a log from outside: cosigning its checkpoints while each grew out of the one before (C2SP tlog-witness).

A regulator runs this on a machine of their own; it needs no installation, no database and no key of ours.
"""

import base64
import binascii
import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from clearinghouse.casework.errors import Refused
from clearinghouse.vault.log_key import LogKey, create_witness_key, read_log_key
from clearinghouse.vault.merkle import EMPTY_ROOT, ProofBroken, check_consistency
from clearinghouse.vault.notes import (
    Checkpoint,
    Note,
    NoteBroken,
    Verifier,
    read_checkpoint,
    read_note,
    read_verifier,
    signed_again,
    verified,
)

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_MOST_HASHES = 63
_NO_REQUEST = "this is not what 'clearinghouse ledger proof --since' prints"


BAD_REQUEST, FORBIDDEN, NOT_FOUND, CONFLICT, UNPROVED = 400, 403, 404, 409, 422
"""How tlog-witness says each refusal over HTTP."""


class NotWitnessed(Refused):
    """The witness does not cosign: the HTTP status that says so, and the size that it cosigned last."""

    def __init__(self, status: int, words: str, size: int | None = None) -> None:
        super().__init__(words)
        self.status = status
        self.size = size


@dataclass(frozen=True)
class Witnessed:
    """The checkpoint with the witness's cosignature, and the public key by which others know the witness."""

    note: str
    size: int
    key: str

    @property
    def line(self) -> str:
        """The cosignature alone, as tlog-witness answers it."""
        return read_note(self.note).lines[-1] + "\n"


def witness_key(path: Path, name: str) -> LogKey:
    """The witness's key out of its file, made where it is missing. Raises KeysError where it is none."""
    return read_log_key(path) if path.exists() else create_witness_key(path, name)


def last_witnessed(state: Path, origin: str) -> Checkpoint:
    """What the witness cosigned last of this log; the empty log at first. Raises Refused where it cannot be read."""
    try:
        content = json.loads(state.read_text(encoding="ascii"))
        found = Checkpoint(str(content["origin"]), int(content["size"]), bytes.fromhex(content["root"]))
    except FileNotFoundError:
        return Checkpoint(origin, 0, EMPTY_ROOT)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(f"{state} cannot be read; restore it from your backup") from error
    if found.origin != origin:
        raise Refused(f"{state} belongs to the log {found.origin}; use one state file for each log")
    return found


def last_witnessed_size(state: Path, log_key: str) -> int:
    """How many leaves of this log the witness cosigned last. Raises as last_witnessed and witness do."""
    return last_witnessed(state, read_verifier(log_key).name).size


def witness(request: str, log_key: str, key: LogKey, state: Path, now: Callable[[], datetime]) -> Witnessed:
    """Cosign the checkpoint of the request, once it is shown to have grown out of what was cosigned last.

    The new state is on the disk before the cosignature exists. Raises NotWitnessed, one line, for everything that does
    not fit; Refused for a state that cannot be read; NoteBroken for a public key that is none.
    """
    earlier, path, note = _request(request)
    said = _checked(note, read_verifier(log_key))
    with _alone(state):
        return _cosign(_Request(earlier, path, note, said), key, state, now)


@dataclass(frozen=True)
class _Request:
    earlier: int
    path: list[bytes]
    note: Note
    said: Checkpoint


def _cosign(request: _Request, key: LogKey, state: Path, now: Callable[[], datetime]) -> Witnessed:
    earlier, path, note, said = request.earlier, request.path, request.note, request.said
    last = last_witnessed(state, said.origin)
    if earlier > said.size:
        raise NotWitnessed(BAD_REQUEST, _NO_REQUEST)
    if earlier != last.size:
        words = f"this witness cosigned {last.size} leaves last: ask for a proof since {last.size}"
        raise NotWitnessed(CONFLICT, words, last.size)
    try:
        check_consistency(last.size, last.root, said.size, said.root, path)
    except ProofBroken as error:
        raise NotWitnessed(
            CONFLICT if said.size == last.size else UNPROVED,
            f"the log of {said.size} leaves did not grow out of the {last.size} that were cosigned: {error}. "
            "Keep both checkpoints: together they prove that the log was rewritten",
            last.size,
        ) from error
    _keep(state, said)
    cosigned = signed_again(note, key.signer, int(now().timestamp()))
    return Witnessed(str(cosigned), said.size, key.verifier.text)


def _checked(note: Note, trusted: Verifier) -> Checkpoint:
    try:
        said = read_checkpoint(note)
    except NoteBroken as error:
        raise NotWitnessed(BAD_REQUEST, _NO_REQUEST) from error
    if said.origin != trusted.name:
        raise NotWitnessed(NOT_FOUND, f"this is a checkpoint of {said.origin}, not of {trusted.name}")
    try:
        verified(note, [trusted])
    except NoteBroken as error:
        raise NotWitnessed(FORBIDDEN, f"this checkpoint cannot be trusted: {error}") from error
    return said


def _request(text: str) -> tuple[int, list[bytes], Note]:
    head, _, rest = text.partition("\n\n")
    first, *hashes = head.split("\n")
    old = _OLD.fullmatch(first)
    try:
        path = [base64.b64decode(each, validate=True) for each in hashes]
        note = read_note(rest)
    except (ValueError, binascii.Error) as error:
        raise NotWitnessed(BAD_REQUEST, _NO_REQUEST) from error
    if old is None or len(path) > _MOST_HASHES:
        raise NotWitnessed(BAD_REQUEST, _NO_REQUEST)
    return int(old[1]), path, note


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """Two witnesses with one state would cosign two histories."""
    state.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(state.with_name(state.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _keep(state: Path, said: Checkpoint) -> None:
    new = state.with_name(state.name + ".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump({"origin": said.origin, "size": said.size, "root": said.root.hex()}, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(state)
