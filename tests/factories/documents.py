"""Small files of every kind, true ones and hostile ones, made by hand: no program that writes them is needed."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from uuid import UUID

from clearinghouse.access.roles import Actor
from clearinghouse.casework.documents.keeping import add_documents
from clearinghouse.casework.documents.receiving import NewDocument, Received, document_of
from clearinghouse.casework.world import World
from clearinghouse.records.documents import CameWith

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"trailer<</Root 1 0 R/Size 4>>\nstartxref\n0\n%%EOF\n"
)
EMAIL = b"From: jo@midthorpe.example\r\nTo: sam@riep.example\r\nSubject: Safeguarding\r\n\r\nDear Sam,\r\n"
GIF = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xda\0\x08\x01\x01\0\0\x3f\0\x37\xff\xd9"
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
TIFF = b"II*\0\x08\0\0\0\0\0"


def png() -> bytes:
    """One white pixel."""

    def part(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + part(b"IHDR", header)
        + part(b"IDAT", zlib.compress(b"\0\xff\xff\xff"))
        + part(b"IEND", b"")
    )


def packed(entries: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of these entries; one named `mimetype` is stored as it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else method
            archive.writestr(info, content)
    return out.getvalue()


def office(folder: str = "word", **more: bytes) -> bytes:
    """A file of today's Office programs, with more entries by their names."""
    main = {"word": "document", "xl": "workbook", "ppt": "presentation"}[folder]
    return packed({"[Content_Types].xml": b"<Types/>", f"{folder}/{main}.xml": b"<w/>", **more})


def open_document(kind: str = "text") -> bytes:
    """A file of an OpenDocument program."""
    said = f"application/vnd.oasis.opendocument.{kind}".encode()
    return packed({"mimetype": said, "content.xml": b"<office/>", "META-INF/manifest.xml": b"<m/>"})


def compound(*names: str) -> bytes:
    """A compound file whose directory holds these names."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header[30:32], header[48:52] = struct.pack("<H", 9), struct.pack("<I", 0)
    directory = b""
    for name in ("Root Entry", *names)[:4]:
        written = name.encode("utf-16-le") + b"\0\0"
        directory += written.ljust(64, b"\0") + struct.pack("<H", len(written)) + bytes(62)
    return bytes(header) + directory.ljust(512, b"\0")


TRUE_FILES: Mapping[str, bytes] = {
    "letter.pdf": PDF,
    "report.docx": office(),
    "figures.xlsx": office("xl"),
    "slides.pptx": office("ppt"),
    "report.odt": open_document(),
    "figures.ods": open_document("spreadsheet"),
    "slides.odp": open_document("presentation"),
    "note.txt": "Café, £5".encode(),
    "list.csv": b"name,days\nAnn,3\n",
    "letter.eml": EMAIL,
    "letter.msg": compound("__nameid_version1.0"),
    "scan.jpg": JPEG,
    "scan.png": png(),
    "scan.gif": GIF,
    "scan.tif": TIFF,
    "photo.heic": HEIC,
}
"""A file of every kind, by its name."""


def received(content: bytes, largest: int = 25 * 1024 * 1024) -> Received:
    """A file that has arrived."""
    found = Received(largest)
    found.write(content)
    return found


def new_document(name: str = "letter.pdf", content: bytes = PDF, about: str = "") -> NewDocument:
    """A document that has arrived and was looked at."""
    return document_of(received(content), name, about)


def document_on(
    world: World,
    actor: Actor,
    case_id: UUID,
    came_with: CameWith = CameWith.CASE,
    thing_id: UUID | None = None,
    **file: object,
) -> UUID:
    """A document that somebody added to a case; gives its key."""
    new = new_document(**file)  # type: ignore[arg-type]  # as given
    try:
        return add_documents(world, actor, case_id, came_with, thing_id, [new])[0]
    finally:
        new.content.close()  # type: ignore[attr-defined]  # it was received
