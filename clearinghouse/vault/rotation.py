"""Changing the key file: a new epoch, making it the current one, taking an old one away; each whole or not at all."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from clearinghouse.vault.errors import KeysError
from clearinghouse.vault.providers import KeyFile, is_credential, read_key_file, replace_key_file, written
from clearinghouse.vault.recovery import seal_copy
from clearinghouse.vault.services import OutsideKey


def add_epoch(path: Path, beside: Path | None, key: Callable[[KeyFile], bytes | OutsideKey]) -> KeyFile:
    """Add a key of a new epoch, readable and not yet used. Where one was added before and never used, it stays.

    The epoch is numbered after every one of this file and of the installation's other, `beside`, if there is one.
    """
    with _changing(path, beside) as keys:
        if max(keys.epochs) > keys.current_epoch:
            return keys
        others = read_key_file(beside).epochs if beside else {}
        return _put(path, replace(keys, epochs={**keys.epochs, max([*keys.epochs, *others]) + 1: key(keys)}))


def promote(path: Path, now: int) -> KeyFile:
    """Let new data keys be wrapped under the newest epoch from this POSIX second on."""
    with _changing(path) as keys:
        newest = max(keys.epochs)
        if newest == keys.current_epoch:
            return keys
        return _put(path, replace(keys, current_epoch=newest, promoted_at=now))


def retire(path: Path, epochs: frozenset[int]) -> KeyFile:
    """Take the keys of these epochs away. Raises KeysError for the current one, and for one that is not there."""
    with _changing(path) as keys:
        if keys.current_epoch in epochs or not epochs <= keys.epochs.keys():
            raise KeysError("only an earlier epoch that the key file holds can be retired; see 'keys status'")
        kept = {epoch: key for epoch, key in keys.epochs.items() if epoch not in epochs}
        return _put(path, replace(keys, epochs=kept))


def set_recovery(path: Path, public: bytes) -> KeyFile:
    """Seal a copy of the key file to this public key, now and at every later change."""
    with _changing(path) as keys:
        return _put(path, replace(keys, recovery=public))


def _put(path: Path, keys: KeyFile) -> KeyFile:
    """The sealed copy first: were it late, shares of the recovery key would give back a file without the new key."""
    if keys.recovery:
        seal_copy(path, written(keys), keys.recovery)
    replace_key_file(path, written(keys))
    return keys


@contextmanager
def _changing(path: Path, beside: Path | None = None) -> Iterator[KeyFile]:
    """The key file, which nobody else changes meanwhile. Raises KeysError for one that systemd hands over."""
    if is_credential(path):
        raise KeysError(
            f"what systemd hands over as {path.name} cannot be changed;"
            " run this with file:PATH in the setting, naming the file that it loads"
        )
    with ExitStack() as stack:
        for each in sorted({path, beside or path}):  # in one order, so that two never wait for each other
            if not is_credential(each):
                stack.enter_context(_locked(each))
        yield read_key_file(path)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
