"""What is encrypted to somebody outside, to a key that they made themselves: HPKE (RFC 9180), stretch by stretch.

A file is a line that names the format, the key and the file, and then stretches of one length, the last of any length.
Each is sealed by itself and bound to that line, to its number and to whether it is the last one, so that none can be
left out, moved or brought in from another file. Who encrypted it, the envelope does not say: what lies inside does.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

ENVELOPE_FORMAT = "clearinghouse/envelope/v1"
PUBLIC_KEY, PRIVATE_KEY = "clearinghouse-pack-key:v1:", "clearinghouse-pack-private-key:v1:"
STRETCH = 256 * 1024
_KEY_BYTES, _CHECK_BYTES, _PRINT_BYTES, _FILE_BYTES = 32, 4, 16, 16
_OVERHEAD = 48
_LONGEST_HEAD = 200
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL


class EnvelopeBroken(Exception):
    """A key is none, or an envelope does not open; the message is one sentence for whoever holds it."""


@dataclass(frozen=True)
class RecipientKey:
    """The public half of a recipient's key. Raises EnvelopeBroken where it is none that can be encrypted to."""

    public: bytes

    def __post_init__(self) -> None:
        try:
            # Of the few points that every private key leads to the same secret from, none is a key.
            X25519PrivateKey.from_private_bytes(bytes(_KEY_BYTES)).exchange(self.point)
        except ValueError as error:
            raise EnvelopeBroken("This is no key that anything can be encrypted to.") from error

    @property
    def point(self) -> X25519PublicKey:
        """What is encrypted to."""
        return X25519PublicKey.from_public_bytes(self.public)

    @property
    def text(self) -> str:
        """The key as a line that can be sent to others; its end tells a mistyped one apart."""
        return PUBLIC_KEY + base64.urlsafe_b64encode(self.public + _check(self.public)).decode("ascii")

    @property
    def number(self) -> int:
        """The fingerprint as a number."""
        hashed = sha256(b"clearinghouse/pack-key/v1\0" + self.public).digest()
        return int.from_bytes(hashed[:_PRINT_BYTES], "big")

    @property
    def fingerprint(self) -> str:
        """What two people compare: eight groups of four signs, 0 to 9 and a to f."""
        signs = f"{self.number:0{2 * _PRINT_BYTES}x}"
        return " ".join(signs[start : start + 4] for start in range(0, len(signs), 4))

    @classmethod
    def read(cls, text: str) -> "RecipientKey":
        """The key out of its line. Raises EnvelopeBroken where it is none, or not whole."""
        line = "".join(text.split())
        if line.startswith(PRIVATE_KEY):
            raise EnvelopeBroken("This is the private key. Keep it to yourself, and make another key.")
        raw = _decoded(line, PUBLIC_KEY)
        public = raw[:_KEY_BYTES]
        if len(raw) != _KEY_BYTES + _CHECK_BYTES or raw[_KEY_BYTES:] != _check(public):
            raise EnvelopeBroken(f"This is not a whole key. Copy the line that begins with {PUBLIC_KEY}")
        return cls(public)


@dataclass(frozen=True, repr=False)
class PrivateKey:
    """The half of a recipient's key that only they hold."""

    private: X25519PrivateKey

    @property
    def public(self) -> RecipientKey:
        """The half that everybody may know."""
        return RecipientKey(self.private.public_key().public_bytes_raw())


def create_private_key(path: Path) -> RecipientKey:
    """Make a fresh key in a file that only its owner reads. Raises FileExistsError where something stands there."""
    key = PrivateKey(X25519PrivateKey.generate())
    public, secret = key.public, base64.urlsafe_b64encode(key.private.private_bytes_raw()).decode("ascii")
    with os.fdopen(os.open(path, _FRESH, 0o600), "w", encoding="ascii") as file:
        file.write(
            "# Opens packs of Clearinghouse that are encrypted to you. Show this file to nobody, and keep a copy.\n"
            f"# Fingerprint: {public.fingerprint}\n"
            f"# {public.text}\n"
            f"{PRIVATE_KEY}{secret}\n"
        )
        file.flush()
        os.fsync(file.fileno())
    return public


def read_private_key(text: str) -> PrivateKey:
    """The private key out of its file's text. Raises EnvelopeBroken where none is in it."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    raw = _decoded(lines[0] if len(lines) == 1 else "", PRIVATE_KEY)
    if len(raw) != _KEY_BYTES:
        raise EnvelopeBroken("This file holds no private key of a recipient.")
    return PrivateKey(X25519PrivateKey.from_private_bytes(raw))


def envelope(plain: IO[bytes], key: RecipientKey) -> Iterator[bytes]:
    """What the file holds, encrypted to the key, as it comes."""
    head = f"{ENVELOPE_FORMAT} {key.number:032x} {secrets.token_bytes(_FILE_BYTES).hex()}\n".encode("ascii")
    yield head
    number, stretch, point, suite = 0, plain.read(STRETCH), key.point, _suite()
    while True:
        following = plain.read(STRETCH)
        yield suite.encrypt(stretch, point, _bound(head, number, last=not following))
        if not following:
            return
        number, stretch = number + 1, following


def is_envelope(file: IO[bytes]) -> bool:
    """Whether the file begins as an envelope does. It is left at its beginning."""
    begins = file.read(len(ENVELOPE_FORMAT))
    file.seek(0)
    return begins == ENVELOPE_FORMAT.encode("ascii")


def open_envelope(sealed: IO[bytes], key: PrivateKey) -> Iterator[bytes]:
    """What was encrypted, as it comes. Raises EnvelopeBroken, also half way: what came before is then worth nothing."""
    head = sealed.readline(_LONGEST_HEAD)
    form, _, rest = head.decode("ascii", "replace").strip().partition(" ")
    if form != ENVELOPE_FORMAT:
        raise EnvelopeBroken("This file is of a format that this program does not know. Take a newer one.")
    if rest.partition(" ")[0] != f"{key.public.number:032x}":
        raise EnvelopeBroken(f"It was encrypted to another key than this one, {key.public.fingerprint}.")
    number, stretch, suite = 0, sealed.read(STRETCH + _OVERHEAD), _suite()
    while True:
        following = sealed.read(STRETCH + _OVERHEAD)
        try:
            yield suite.decrypt(stretch, key.private, _bound(head, number, last=not following))
        except (InvalidTag, ValueError) as error:
            raise EnvelopeBroken("It did not arrive whole, or was altered. Collect it again.") from error
        if not following:
            return
        number, stretch = number + 1, following


def _suite() -> Any:  # its module is younger than what checking a pack needs
    try:
        from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite  # noqa: PLC0415
    except ImportError as error:
        raise EnvelopeBroken(
            "To open it, a newer cryptography is needed: pip install --upgrade cryptography"
        ) from error
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _bound(head: bytes, number: int, *, last: bool) -> bytes:
    """What a stretch is bound to. The line at the head has an end of its own, and the rest one length."""
    return head + number.to_bytes(8, "big") + (b"\1" if last else b"\0")


def _check(public: bytes) -> bytes:
    return sha256(b"clearinghouse/pack-key/check\0" + public).digest()[:_CHECK_BYTES]


def _decoded(line: str, begins: str) -> bytes:
    try:
        return base64.b64decode(
            line.removeprefix(begins) if line.startswith(begins) else "", b"-_", validate=True
        )
    except (binascii.Error, ValueError):
        return b""
