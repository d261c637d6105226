"""Keys that never leave a service outside: what such a service does for us, and which ones there are."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Protocol
from uuid import UUID

from clearinghouse.vault.aws_kms import AwsKms
from clearinghouse.vault.errors import KeysError, KeysUnreachable
from clearinghouse.vault.transit import Transit

VAULT, AWS_KMS = "vault", "aws-kms"
_LEFT_ALONE_SECONDS = 5.0


@dataclass(frozen=True)
class OutsideKey:
    """One key at a service outside, by the service and the key's whole name there. It is no secret."""

    service: str
    name: str

    def __str__(self) -> str:
        return f"{self.service}:{self.name}"


class KeyService(Protocol):
    """A service that wraps data keys under keys of its own. What does not answer raises KeysUnreachable."""

    def wrap(self, name: str, data_key: bytes, bound_to: bytes) -> bytes:
        """Encrypt a data key under the key of that name, bound to the given context."""
        ...

    def unwrap(self, name: str, wrapped: bytes, bound_to: bytes) -> bytes:
        """Decrypt a data key. Raises SealBroken where anything does not fit, KeysError where the key is not usable."""
        ...

    def next_key(self, wanted: str, used: Collection[str]) -> str:
        """The whole name of a key that was not used yet, by the name in the settings; made where the service can."""
        ...

    def retire(self, name: str, kept: Collection[str], /) -> str:
        """Let nobody decrypt with the key any more where the service can. Returns a sentence on what became of it."""
        ...


class KeyServices:
    """The services of one installation, each reached when it is first needed.

    One that did not answer is left alone for some seconds: whoever asks meanwhile is told at once, instead of holding
    up everybody else until the time is over.
    """

    def __init__(self, installation: UUID, vault_token_file: Path | None = None) -> None:
        self._installation = installation
        self._vault_token_file = vault_token_file
        self._reached: dict[str, KeyService] = {}
        self._silent: dict[str, tuple[float, KeysUnreachable]] = {}
        self._lock = Lock()

    def wrap(self, key: OutsideKey, data_key: bytes, bound_to: bytes) -> bytes:
        """Encrypt a data key; see KeyService."""
        service = self._of(key.service)
        try:
            return service.wrap(key.name, data_key, bound_to)
        except KeysUnreachable as error:
            raise self._leave_alone(key.service, error) from error

    def unwrap(self, key: OutsideKey, wrapped: bytes, bound_to: bytes) -> bytes:
        """Decrypt a data key; see KeyService."""
        service = self._of(key.service)
        try:
            return service.unwrap(key.name, wrapped, bound_to)
        except KeysUnreachable as error:
            raise self._leave_alone(key.service, error) from error

    def next_key(self, wanted: OutsideKey, used: Collection[OutsideKey]) -> OutsideKey:
        """A key that was not used yet; see KeyService."""
        names = {key.name for key in used if key.service == wanted.service}
        return OutsideKey(wanted.service, self._of(wanted.service).next_key(wanted.name, names))

    def retire(self, key: OutsideKey, kept: Collection[OutsideKey]) -> str:
        """Take a key out of use at its service; see KeyService."""
        names = {other.name for other in kept if other.service == key.service}
        return self._of(key.service).retire(key.name, names)

    def _of(self, name: str) -> KeyService:
        with self._lock:
            until, error = self._silent.get(name, (0.0, None))
            if error and time.monotonic() < until:
                raise KeysUnreachable(str(error)) from error
            if name not in self._reached:
                self._reached[name] = self._made(name)
            return self._reached[name]

    def _made(self, name: str) -> KeyService:
        if name == VAULT:
            return Transit(self._vault_token_file)
        if name == AWS_KMS:
            return AwsKms(self._installation)
        raise KeysError(
            f"the key file names a key at {name!r}, which this version of the program does not know"
        )

    def _leave_alone(self, name: str, error: KeysUnreachable) -> KeysUnreachable:
        with self._lock:
            self._silent[name] = time.monotonic() + _LEFT_ALONE_SECONDS, error
        return KeysUnreachable(str(error))


def outside_key(text: str) -> OutsideKey:
    """The key that a text such as vault:transit/clearinghouse#2 names. Raises ValueError where it names none."""
    service, colon, name = text.partition(":")
    if not (colon and name and service in (VAULT, AWS_KMS)):
        raise ValueError("not the name of a key outside")
    return OutsideKey(service, name)
