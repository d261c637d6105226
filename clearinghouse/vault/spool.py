"""What arrives slowly, kept until it is wanted: on disk where it is long, and never there in plain."""

import secrets
import tempfile

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from clearinghouse.vault.errors import SealBroken

PIECE = 64 * 1024
_IN_MEMORY = 256 * 1024
_NONCE_BYTES = 12
_TAG_BYTES = 16
_KEY_BYTES = 32


class Spool:
    """Bytes written once, then read from anywhere: pieces encrypted under a key that never leaves this object.

    More than a little lies in a nameless temporary file, which nobody can open and which goes with the process.
    """

    def __init__(self) -> None:
        self._cipher = AESGCM(secrets.token_bytes(_KEY_BYTES))
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # open for as long as this is
        self._last = bytearray()
        self._pieces = 0
        self._opened: tuple[int, bytes] = (-1, b"")

    def __len__(self) -> int:
        return self._pieces * PIECE + len(self._last)

    def append(self, some: bytes) -> None:
        """Take more bytes, any number of them."""
        self._last += some
        while len(self._last) >= PIECE:
            self._file.seek(self._pieces * (PIECE + _TAG_BYTES))
            self._file.write(self._cipher.encrypt(_nonce(self._pieces), bytes(self._last[:PIECE]), None))
            del self._last[:PIECE]
            self._pieces += 1

    def part(self, start: int, length: int) -> bytes:
        """So many bytes from there on, or as many as there are. Raises SealBroken where the file was touched."""
        end = min(start + length, len(self))
        found = bytearray()
        while start < end:
            number, within = divmod(start, PIECE)
            some = self._piece(number)[within : within + end - start]
            found += some
            start += len(some)
        return bytes(found)

    def close(self) -> None:
        """Forget everything."""
        self._file.close()
        self._last.clear()
        self._pieces, self._opened = 0, (-1, b"")

    def _piece(self, number: int) -> bytes:
        if number == self._pieces:
            return bytes(self._last)
        if self._opened[0] != number:
            self._file.seek(number * (PIECE + _TAG_BYTES))
            try:
                plain = self._cipher.decrypt(_nonce(number), self._file.read(PIECE + _TAG_BYTES), None)
            except InvalidTag as error:
                raise SealBroken("a temporary file was altered") from error
            self._opened = number, plain
        return self._opened[1]


def _nonce(number: int) -> bytes:
    """Its own for each piece: the key seals nothing else, and each piece is sealed once."""
    return number.to_bytes(_NONCE_BYTES, "big")
