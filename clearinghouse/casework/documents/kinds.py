"""What kind of document a file is, told by its content: the few kinds that are taken, and why others are not."""

import re
import struct
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Callable, Iterator
from enum import StrEnum

from clearinghouse.casework.documents.containers import Archive, Broken, Content, first_names, read_archive

_STEP = 64 * 1024
_BEGINNING = 4096
_MOST_STEPS = 20_000
_LONGEST_COMMENT = 0xFFFF


class Kind(StrEnum):
    """A kind of document that is taken; its value is the ending that its name gets."""

    PDF = "pdf"
    WORD = "docx"
    EXCEL = "xlsx"
    POWERPOINT = "pptx"
    WRITER = "odt"
    CALC = "ods"
    IMPRESS = "odp"
    TEXT = "txt"
    TABLE = "csv"
    EMAIL = "eml"
    OUTLOOK = "msg"
    JPEG = "jpg"
    PNG = "png"
    GIF = "gif"
    TIFF = "tif"
    HEIC = "heic"

    @property
    def words(self) -> str:
        """The kind as screens name it."""
        return _WORDS[self]

    @property
    def endings(self) -> tuple[str, ...]:
        """The endings of names that fit the kind."""
        return (self.value, *_OTHER_ENDINGS.get(self, ()))


class Unsupported(Exception):
    """A file is not taken; its text is the sentence beside the field."""


TAKEN = "PDF, Word, Excel, PowerPoint and OpenDocument files, plain text, CSV, emails (.eml and .msg) and pictures"
_OTHER = f"This kind of file is not taken. Choose one of these: {TAKEN}"
_DAMAGED = "The file is damaged, or is not what its name says. Save it anew, or print it to a PDF"
_EMPTY = "The file is empty"
_MACROS = "The file holds macros. Save it without them, or print it to a PDF"
_OLD = "Files of old Office programs, and those with a password, are not taken. Save it as .docx, .xlsx, .pptx or PDF"
_ARCHIVE = "Archives are not taken. Choose the files in it one by one"
_BOMB = "The file grows too large when it is opened. Print it to a PDF"
_MARKUP = "Web pages and drawings in SVG are not taken. Print it to a PDF"

_WORDS = {
    Kind.PDF: "PDF",
    Kind.WORD: "Word document",
    Kind.EXCEL: "Excel workbook",
    Kind.POWERPOINT: "PowerPoint presentation",
    Kind.WRITER: "OpenDocument text",
    Kind.CALC: "OpenDocument spreadsheet",
    Kind.IMPRESS: "OpenDocument presentation",
    Kind.TEXT: "Plain text",
    Kind.TABLE: "CSV",
    Kind.EMAIL: "Email",
    Kind.OUTLOOK: "Outlook email",
    Kind.JPEG: "JPEG picture",
    Kind.PNG: "PNG picture",
    Kind.GIF: "GIF picture",
    Kind.TIFF: "TIFF picture",
    Kind.HEIC: "HEIC picture",
}
_OTHER_ENDINGS: dict[Kind, tuple[str, ...]] = {
    Kind.JPEG: ("jpeg", "jpe"),
    Kind.TIFF: ("tiff",),
    Kind.HEIC: ("heif",),
}
_LARGEST_OPENED = 512 * 1024 * 1024
_OPEN_DOCUMENT = {
    b"application/vnd.oasis.opendocument.text": Kind.WRITER,
    b"application/vnd.oasis.opendocument.spreadsheet": Kind.CALC,
    b"application/vnd.oasis.opendocument.presentation": Kind.IMPRESS,
}
_OFFICE = {"word/": Kind.WORD, "xl/": Kind.EXCEL, "ppt/": Kind.POWERPOINT}
_ACTIVE = re.compile(r"vba|macro|activex|^basic/|^scripts/", re.IGNORECASE)
_OUTLOOK_PARTS = ("__nameid_version1.0", "__properties_version1.0", "__substg1.0_", "__recip_version1.0_")
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MARKUP_IN_TEXT = re.compile(
    r"<\s*(?:!doctype|html|svg|script|iframe|object|embed|body|\?xml|\?php)\b", re.IGNORECASE
)
_PROGRAM = re.compile(r"#!|\{\\rtf|%!ps|@echo\b", re.IGNORECASE)
_HEADERS = re.compile(r"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}")
_ITS_HEADER = re.compile(r"^(?:from|date|subject|received|message-id):", re.IGNORECASE | re.MULTILINE)


def kind_of(content: Content, name: str) -> Kind:
    """What kind of document it is. The name tells only plain text, CSV and emails from each other.

    Nothing in it is unpacked or run. Raises Unsupported for anything that is not taken, or is two things at once.
    """
    if not len(content):
        raise Unsupported(_EMPTY)
    beginning = content.part(0, _BEGINNING)
    try:
        if beginning.startswith(b"PK"):
            return _packed(read_archive(content))
        if _is_also_an_archive(content):
            raise Unsupported(_DAMAGED)
        for magic, look in _LOOKS:
            if beginning.startswith(magic):
                return look(content)
    except Broken as broken:
        raise Unsupported(_DAMAGED) from broken
    if beginning[4:8] == b"ftyp" and beginning[8:12] in _HEIC_BRANDS:
        return Kind.HEIC
    return _text(content, name.rpartition(".")[2].lower() if "." in name else "")


def _packed(archive: Archive) -> Kind:
    if archive.opened > _LARGEST_OPENED:
        raise Unsupported(_BOMB)
    if any(_ACTIVE.search(name) for name in archive.names):
        raise Unsupported(_MACROS)
    if archive.first == "mimetype":
        kind = _OPEN_DOCUMENT.get(archive.first_content)
        if kind is not None:
            return kind
    if "[Content_Types].xml" in archive.names:
        found = {kind for folder, kind in _OFFICE.items() if any(n.startswith(folder) for n in archive.names)}
        if len(found) == 1:
            return found.pop()
    raise Unsupported(_ARCHIVE)


def _pdf(content: Content) -> Kind:
    end = content.part(max(0, len(content) - _BEGINNING), _BEGINNING)
    _, mark, after = end.rpartition(b"%%EOF")
    if not mark or after.strip(b"\0\t\n\f\r "):
        raise Unsupported(_DAMAGED)
    return Kind.PDF


def _png(content: Content) -> Kind:
    place = 8
    for _ in range(_MOST_STEPS):
        part = content.part(place, 8)
        if len(part) < 8:
            break
        place += 12 + int(struct.unpack(">I", part[:4])[0])
        if part[4:] == b"IEND":
            if place == len(content):
                return Kind.PNG
            break
    raise Unsupported(_DAMAGED)


def _jpeg(content: Content) -> Kind:
    place = 2
    for _ in range(_MOST_STEPS):
        part = content.part(place, 4)
        if len(part) < 4 or part[0] != 0xFF:
            break
        if part[1] == 0xDA:
            return Kind.JPEG
        filled = part[1] == 0xFF
        place += 1 if filled else 2 + int(struct.unpack(">H", part[2:])[0])
    raise Unsupported(_DAMAGED)


def _gif(content: Content) -> Kind:
    if content.part(len(content) - 1, 1) != b";":
        raise Unsupported(_DAMAGED)
    return Kind.GIF


def _compound(content: Content) -> Kind:
    names = first_names(content)
    if any(name.startswith(_OUTLOOK_PARTS) for name in names):
        return Kind.OUTLOOK
    raise Unsupported(_OLD)


def _refuse(words: str) -> Callable[[Content], Kind]:
    def refuse(_: Content) -> Kind:
        raise Unsupported(words)

    return refuse


_LOOKS: tuple[tuple[bytes, Callable[[Content], Kind]], ...] = (
    (b"%PDF-1.", _pdf),
    (b"%PDF-2.", _pdf),
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8\xff", _jpeg),
    (b"GIF87a", _gif),
    (b"GIF89a", _gif),
    (b"II*\0", lambda _: Kind.TIFF),
    (b"MM\0*", lambda _: Kind.TIFF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _compound),
    (b"\x1f\x8b", _refuse(_ARCHIVE)),
    (b"7z\xbc\xaf\x27\x1c", _refuse(_ARCHIVE)),
    (b"Rar!", _refuse(_ARCHIVE)),
    (b"BZh", _refuse(_ARCHIVE)),
    (b"\xfd7zXZ", _refuse(_ARCHIVE)),
)


def _is_also_an_archive(content: Content) -> bool:
    """Whether an archive's end stands at its end: such a file is one thing to some programs and another to others."""
    end = content.part(max(0, len(content) - _LONGEST_COMMENT - 22), _LONGEST_COMMENT + 22)
    place = end.find(b"PK\x05\x06")
    while place >= 0:
        if (
            len(end) - place >= 22
            and struct.unpack("<H", end[place + 20 : place + 22])[0] == len(end) - place - 22
        ):
            return True
        place = end.find(b"PK\x05\x06", place + 1)
    return False


def _text(content: Content, ending: str) -> Kind:
    kinds = {"": Kind.TEXT, "txt": Kind.TEXT, "csv": Kind.TABLE, "eml": Kind.EMAIL}
    beginning = _beginning(content)
    if beginning is None:
        raise Unsupported(_OTHER)
    begins = beginning.lstrip("\ufeff \t\r\n\f")
    if begins.startswith("<") or (ending != "eml" and _MARKUP_IN_TEXT.search(beginning)):
        raise Unsupported(_MARKUP)
    if ending not in kinds or _PROGRAM.match(begins):
        raise Unsupported(_OTHER)
    if ending == "eml":
        headers = _HEADERS.match(begins.replace("\r\n", "\n"))
        if headers is None or not _ITS_HEADER.search(headers[0]):
            raise Unsupported(_DAMAGED)
    return kinds[ending]


def _beginning(content: Content) -> str | None:
    """The first characters of a text; None where it is none, all of it looked at."""
    first = content.part(0, 3)
    utf16 = first.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    for encoding in ("utf-16",) if utf16 else ("utf-8",) if first == BOM_UTF8 else ("utf-8", "cp1252"):
        try:
            found = ""
            for some in _decoded(content, encoding):
                if _CONTROLS.search(some):
                    return None
                found = found or some[:_BEGINNING]
        except UnicodeDecodeError:
            continue
        return found
    return None


def _decoded(content: Content, encoding: str) -> Iterator[str]:
    decoder, size = getincrementaldecoder(encoding)(), len(content)
    for start in range(0, size, _STEP):
        yield decoder.decode(content.part(start, _STEP), final=start + _STEP >= size)
