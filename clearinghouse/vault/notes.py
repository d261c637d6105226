"""Signed notes, log checkpoints and witnesses' cosignatures, in the forms of C2SP signed-note, tlog-checkpoint and
tlog-cosignature, version 1.0.0; signatures are Ed25519."""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNED = 0x01
COSIGNED = 0x04
_ID_BYTES = 4
_TIME_BYTES = 8
_KEY_BYTES = 32
_MOST_SIGNATURES = 100
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class NoteBroken(ValueError):
    """A note is not one, or nobody who is trusted signed it."""


@dataclass(frozen=True)
class Verifier:
    """A public key under its owner's name; `kind` says whether they sign notes (SIGNED) or cosign them (COSIGNED)."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        if not self.name or re.search(r"[\s+]", self.name):
            raise NoteBroken("a key's name is not empty and has no space and no plus in it")
        if self.kind not in {SIGNED, COSIGNED} or len(self.public) != _KEY_BYTES:
            raise NoteBroken("only Ed25519 keys that sign or cosign are known here")

    @property
    def key_id(self) -> bytes:
        """The four bytes by which a signature line names the key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:_ID_BYTES]

    @property
    def text(self) -> str:
        """The key as one line (a vkey): name, key id, kind and key."""
        material = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"


@dataclass(frozen=True, repr=False)
class Signer:
    """A private key under a name, which signs notes as SIGNED or cosigns them as COSIGNED."""

    name: str
    kind: int
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.kind, self.private.public_key().public_bytes_raw())


@dataclass(frozen=True)
class Signature:
    """One signature line. `stamp` is the instant of a cosignature in POSIX seconds, None where it has none."""

    by: Verifier
    stamp: int | None


@dataclass(frozen=True)
class Note:
    """A text that ends in a newline, and its signature lines as they stand, the unknown ones too."""

    text: str
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text + "\n" + "".join(line + "\n" for line in self.lines)


@dataclass(frozen=True)
class Checkpoint:
    """A log's size and root, under the name of the log."""

    origin: str
    size: int
    root: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The note text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def read_verifier(text: str) -> Verifier:
    """A public key out of its one line. Raises NoteBroken where it is not one."""
    name, _, rest = text.strip().partition("+")
    key_id, _, material = rest.partition("+")
    raw = _bytes(material)
    found = Verifier(name, raw[0] if raw else 0, raw[1:])
    if key_id != found.key_id.hex():
        raise NoteBroken("the key's id does not belong to its name and bytes")
    return found


def read_note(text: str) -> Note:
    """A note out of its text; nothing is verified yet. Raises NoteBroken where it is not one."""
    if _CONTROL.search(text):
        raise NoteBroken("a note holds no control characters")
    body, found, signatures = text.rpartition("\n\n")
    lines = signatures.splitlines()
    if not found or not lines or not signatures.endswith("\n") or len(lines) > _MOST_SIGNATURES:
        raise NoteBroken("this is not a signed note")
    if any(len(line.split(" ")) != 3 or not line.startswith("\u2014 ") for line in lines):
        raise NoteBroken("a signature line of the note is not one")
    return Note(body + "\n", tuple(lines))


def read_checkpoint(note: Note) -> Checkpoint:
    """The log's size and root out of a note's text. Raises NoteBroken where they are not there."""
    parts = note.text.split("\n")
    if len(parts) < 4 or not parts[0] or not _SIZE.fullmatch(parts[1]):
        raise NoteBroken("this note is not a log's checkpoint")
    root = _bytes(parts[2])
    if len(root) != _KEY_BYTES:
        raise NoteBroken("the checkpoint's root does not have 32 bytes")
    return Checkpoint(parts[0], int(parts[1]), root)


def sign(text: str, signer: Signer) -> Note:
    """A note of this text, signed. The text ends in a newline."""
    return signed_again(Note(text), signer)


def signed_again(note: Note, signer: Signer, stamp: int | None = None) -> Note:
    """The note with one more signature; a cosignature needs its instant, in POSIX seconds."""
    if (signer.kind == COSIGNED) != (stamp is not None):
        raise ValueError("a cosignature has its instant, and no other signature has one")
    by = signer.verifier
    head = by.key_id + (b"" if stamp is None else stamp.to_bytes(_TIME_BYTES, "big"))
    signature = base64.b64encode(head + signer.private.sign(_message(note.text, stamp))).decode()
    return Note(note.text, (*note.lines, f"\u2014 {by.name} {signature}"))


def verified(note: Note, trusted: Iterable[Verifier]) -> tuple[Signature, ...]:
    """The signatures of those who are trusted, each key once, in the order of the lines; unknown ones are passed over.

    Raises NoteBroken where a trusted key's signature does not fit, or none of them signed.
    """
    known = {(each.name, each.key_id): each for each in trusted}
    found: dict[Verifier, Signature] = {}
    for line in note.lines:
        _, name, material = line.split(" ")
        raw = _bytes(material)
        by = known.get((name, raw[:_ID_BYTES]))
        if by is not None:
            found.setdefault(by, _checked(note.text, by, raw[_ID_BYTES:]))
    if not found:
        raise NoteBroken("nobody who is trusted signed this note")
    return tuple(found.values())


def _checked(text: str, by: Verifier, signature: bytes) -> Signature:
    stamp = int.from_bytes(signature[:_TIME_BYTES], "big") if by.kind == COSIGNED else None
    rest = signature[_TIME_BYTES:] if by.kind == COSIGNED else signature
    try:
        Ed25519PublicKey.from_public_bytes(by.public).verify(rest, _message(text, stamp))
    except InvalidSignature as error:
        raise NoteBroken(f"the signature of {by.name} does not fit this note") from error
    return Signature(by, stamp)


def _message(text: str, stamp: int | None) -> bytes:
    return text.encode() if stamp is None else f"cosignature/v1\ntime {stamp}\n{text}".encode()


def _bytes(text: str | Sequence[str]) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteBroken("something in the note is not base64") from error
