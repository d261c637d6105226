"""Requests as they arrive: what is in their files never lies on the disk in plain."""

from io import BytesIO
from typing import cast

from flask import Request, request

from clearinghouse.casework.documents.receiving import MOST_FILES, Received

_OTHER_FIELDS = 2 * 1024 * 1024


class Arriving(Request):
    """A request whose files are kept in memory, bounded by MAX_CONTENT_LENGTH, or sealed where documents are expected.

    Werkzeug would otherwise put what is longer into a temporary file as it is.
    """

    expected: int = 0
    arrived: tuple[Received, ...] = ()

    def _get_file_stream(self, *_args: object, **_kwargs: object) -> BytesIO:
        if not self.expected:
            return BytesIO()
        # Of more files than may be only that they came is kept: a thousand small ones would fill the memory.
        received = Received(self.expected if len(self.arrived) <= MOST_FILES else 0)
        self.arrived = (*self.arrived, received)
        return cast(BytesIO, received)  # written and read as a file is, and none

    def close(self) -> None:
        """Forget what arrived, also where the rest of it never came."""
        super().close()
        for each in self.arrived:
            each.close()


def expect_files(largest: int) -> None:
    """Let this request bring files, each of so many bytes at most.

    Twice as much is read, so that a file too large is refused beside its field and nothing typed is lost.
    """
    arriving = cast(Arriving, request)
    arriving.expected = largest
    arriving.max_content_length = 2 * largest + _OTHER_FIELDS
