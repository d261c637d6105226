"""Files as they arrive: sealed at once, of no more bytes than may be, and told what they are before they are kept."""

from collections.abc import Iterator
from dataclasses import dataclass

from clearinghouse.casework.documents.containers import Content
from clearinghouse.casework.documents.kinds import Kind, Unsupported, kind_of
from clearinghouse.casework.documents.names import safe_name
from clearinghouse.records.documents import CHUNK
from clearinghouse.vault.spool import Spool

MOST_FILES = 5
"""So many at once; together they have no more bytes than one alone may have."""
MEGABYTE = 1024 * 1024


class Received:
    """A file on its way in, to be written once and then read. Nothing of it lies anywhere in plain.

    What comes after the largest number of bytes is dropped, and with it all that came before.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._spool = Spool()
        self._place = 0
        self.is_too_large = False

    def __len__(self) -> int:
        return len(self._spool)

    def __bool__(self) -> bool:
        """Something that arrived, be it empty: what is false here is taken for no file at all."""
        return True

    def write(self, some: bytes) -> int:
        """Take more bytes."""
        if len(self._spool) + len(some) > self._largest:
            self.is_too_large = True
            self._spool.close()
        if not self.is_too_large:
            self._spool.append(some)
        return len(some)

    def part(self, start: int, length: int) -> bytes:
        """So many bytes from there on, or as many as there are."""
        return self._spool.part(start, length)

    def seek(self, place: int, whence: int = 0) -> int:
        """Go to a place to read from, as in a file."""
        self._place = max(0, place + (0, self._place, len(self._spool))[whence])
        return self._place

    def tell(self) -> int:
        """The place that is read from next."""
        return self._place

    def read(self, length: int = -1) -> bytes:
        """Read on, as in a file."""
        some = self._spool.part(self._place, len(self._spool) if length < 0 else length)
        self._place += len(some)
        return some

    def close(self) -> None:
        """Forget it."""
        self._spool.close()


@dataclass(frozen=True)
class NewDocument:
    """A document that can be kept: its harmless name, its kind, what somebody says it is, and its bytes."""

    name: str
    kind: Kind
    content: Content
    about: str = ""

    def pieces(self) -> Iterator[bytes]:
        """The bytes, in the pieces in which they are sealed."""
        for start in range(0, len(self.content), CHUNK):
            yield self.content.part(start, CHUNK)


def document_of(content: Content, name: str, about: str = "") -> NewDocument:
    """The document that these bytes are. Raises Unsupported where they are none that is taken."""
    kind = kind_of(content, name)
    return NewDocument(safe_name(name, kind), kind, content, about)


def check_size(received: list[Received], largest: int) -> None:
    """Raises Unsupported where the files are too many or too large, alone or together."""
    if len(received) > MOST_FILES:
        raise Unsupported(f"Choose {MOST_FILES} files at most, and add the others after that")
    if any(each.is_too_large for each in received):
        raise Unsupported(f"The file must be smaller than {largest // MEGABYTE} MB")
    if sum(len(each) for each in received) > largest:
        raise Unsupported(f"The files must be smaller than {largest // MEGABYTE} MB together")
