"""P14: uploads are inert. Whatever arrives is refused beside its field, or leaves as a file that nothing shows."""

import io
import re
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import IO, Any
from unittest.mock import patch
from urllib.parse import unquote
from uuid import UUID

from werkzeug.test import TestResponse

from clearinghouse.access.roles import Actor, Role
from clearinghouse.casework.documents.keeping import remove_document
from clearinghouse.casework.documents.kinds import Kind
from clearinghouse.casework.documents.showing import documents_page
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.web.site import build_site
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.documents import PDF
from tests.factories.people import person
from tests.promises.databases import installed
from tests.promises.hostile_files import Hostile, hostile_files
from tests.servers import PostgreSQL
from tests.web.uploads import BOUNDARY, multipart, upload
from tests.web.visitors import Visitor, signed_in
from tests.worlds import settings_for

MEGABYTE = 1024 * 1024
MOST_MEMORY = 6 * MEGABYTE
"""So much a request may take beyond what stood before it, whatever the size of its file."""
_FILE = "clearinghouse.vault.spool.tempfile.SpooledTemporaryFile"
_SECRET = b"Jo Bright wrote this. "
_HIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff/\\:*?"<>|]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)
_ENDINGS = {ending for kind in Kind for ending in kind.endings}


def uploads_are_inert(server: PostgreSQL | None, files: int, megabytes: int, seed: int) -> str:
    """So many hostile files sent through the site, then one as large as may be and others; says what was reached."""
    began, kept = time.monotonic(), Counter[str]()
    with installed(server) as place:
        associate = person(place.world, Role.ASSOCIATE)
        case_id = logged_case(place.world, associate, authority(place.world)).case_id
        settings = settings_for(place.home, place.address, CLEARINGHOUSE_LARGEST_FILE=str(megabytes))
        world = place.opened(place.clock)
        object.__setattr__(world, "largest_file", settings.largest_file)
        site = build_site(world, settings)
        site.testing = True  # an error in the program is raised here
        visitor = signed_in(site, world, associate)
        token = visitor.csrf_token()
        for hostile in hostile_files(seed, files):
            kept[_try(world, visitor, associate, case_id, hostile, token)] += 1
        assert kept["taken"], "nothing was taken: the checks of what leaves proved nothing"
        assert kept["refused"] > files // 2
        most = _memory(visitor, case_id, megabytes, token)
        faults = verify(world).faults
        assert not faults, faults[:3]
        world.database.close()
    return (
        f"{files:,} hostile files: {kept['refused']:,} refused, {kept['taken']:,} handed out as they came, none"
        f" shown; {megabytes} MB in and out within {most / MEGABYTE:.1f} MB of memory, none of it plain on disk;"
        f" {time.monotonic() - began:.0f} s"
    )


def _try(world: World, visitor: Visitor, actor: Actor, case_id: UUID, hostile: Hostile, token: str) -> str:
    """Send one; gives what became of it."""
    path, said = f"/cases/{case_id}/documents", f"{hostile.tries} named {hostile.name!r}"
    answer = upload(
        visitor, f"{path}/new", {"came_with": "case"}, (hostile.name, hostile.content), token=token
    )
    if answer.status_code == 422:
        assert 'href="#files"' in answer.text, f"{said}: refused elsewhere than beside its field"
        assert "<script>alert" not in answer.text, said
        return "refused"
    assert answer.status_code == 303, f"{said}: {answer.status_code}"
    assert not hostile.refused, f"{said} was taken"
    (shown,) = (each for each in documents_page(world, actor, case_id).documents if each.is_there)
    _check_file(visitor.get(f"{path}/{shown.id}"), hostile.content, said)
    remove_document(world, actor, case_id, shown.id, "Tried")
    return "taken"


def _check_file(answer: TestResponse, content: bytes, said: str) -> None:
    assert answer.data == content, f"{said}: other bytes came back"
    headers = answer.headers
    assert headers["Content-Type"] == "application/octet-stream", said
    assert headers["X-Content-Type-Options"] == "nosniff", said
    assert headers["Content-Security-Policy"].startswith("default-src 'none'"), said
    assert headers["Content-Security-Policy"].endswith("sandbox"), said
    found = re.fullmatch(
        r"attachment; filename=\"([^\"\\%]*)\"; filename\*=UTF-8''([!-~]+)", headers["Content-Disposition"]
    )
    assert found, f"{said}: {headers['Content-Disposition']!r}"
    for name in (found[1], unquote(found[2])):
        assert not _HIDDEN.search(name), f"{said}: {name!r}"
        assert not _DEVICES.match(name), f"{said}: {name!r}"
        assert name.rpartition(".")[2] in _ENDINGS, f"{said}: {name!r}"
        assert name[0] not in ". ", f"{said}: {name!r}"


class _Body(io.RawIOBase):
    """A post's body that is made while it is read, so that it takes no memory of its own."""

    def __init__(self, parts: Iterator[bytes], length: int) -> None:
        self._parts, self._rest, self._length, self._at_end = parts, b"", length, False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        self._rest = self._rest or next(self._parts, b"")
        some, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(some)] = some
        return len(some)

    def seek(self, _place: int, whence: int = 0, /) -> int:
        """Only whoever asks how long it is goes anywhere."""
        self._at_end = whence == io.SEEK_END
        return self.tell()

    def tell(self) -> int:
        return self._length if self._at_end else 0


def _memory(visitor: Visitor, case_id: UUID, megabytes: int, token: str) -> int:
    """The most that was taken while files of the largest size, and larger, came in, and one went out."""
    path, most = f"/cases/{case_id}/documents", 0
    for size, expected in ((megabytes - 1, 303), (megabytes + 1, 422), (2 * megabytes + 3, 413)):
        written = list[bytes]()
        with patch(_FILE, partial(_Watched, written)):
            status, peak = _send(visitor, f"{path}/new", size, token)
        assert status == expected, f"{size} MB: {status}"
        assert not any(b"Bright" in some for some in written), "plain bytes lay on the disk"
        most = max(most, peak)
    (found,) = re.findall(rf'href="({path}/[0-9a-f-]+)"', visitor.get(path).text)
    tracemalloc.start()
    answer, received = visitor.client.get(found, buffered=False), 0
    for some in answer.iter_encoded():
        received += len(some)
    answer.close()
    most = max(most, tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    assert received == int(answer.headers["Content-Length"])
    assert most < MOST_MEMORY, f"{most:,} bytes of memory for {megabytes} MB"
    return most


def _send(visitor: Visitor, path: str, megabytes: int, token: str) -> tuple[int, int]:
    """Send a file of that size; gives the status and the most memory that it took."""
    fields = multipart({"csrf_token": token, "came_with": "case"}, ()).removesuffix(
        f"--{BOUNDARY}--\r\n".encode()
    )
    begin = fields + (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'.encode()
    )
    end = f"\r\n--{BOUNDARY}--\r\n".encode()
    piece = (_SECRET * 3_000)[: 64 * 1024]
    count = megabytes * MEGABYTE // len(piece)

    def parts() -> Iterator[bytes]:
        yield begin + PDF[:9]
        for _ in range(count):
            yield piece
        yield PDF[9:] + end

    length = len(begin) + len(PDF) + count * len(piece) + len(end)
    tracemalloc.start()
    answer = visitor.client.post(
        path,
        input_stream=_Body(parts(), length),
        content_length=length,
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return answer.status_code, peak


class _Watched:
    """The temporary file of a spool, with a look at what is written to it; the samples are few and short."""

    def __init__(self, written: list[bytes], _in_memory: int) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # the spool closes it
        self._written = written

    def write(self, some: bytes) -> int:
        self._written.append(bytes(some[:200]))
        return self._file.write(some)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
