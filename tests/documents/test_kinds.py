"""What is taken for which kind of document, and what is not taken at all, whatever its name says."""

import struct
import zipfile
from collections.abc import Iterator

import pytest

from clearinghouse.casework.documents.kinds import Kind, Unsupported, kind_of
from clearinghouse.casework.documents.names import LONGEST, safe_name
from clearinghouse.casework.documents.receiving import Received, check_size
from tests.factories.documents import (
    EMAIL,
    GIF,
    JPEG,
    PDF,
    TRUE_FILES,
    compound,
    office,
    open_document,
    packed,
    png,
    received,
)

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!DOCTYPE html><script>alert(1)</script>"


@pytest.fixture
def arrived() -> Iterator[list[Received]]:
    """What a test received, closed at its end."""
    found: list[Received] = []
    yield found
    for each in found:
        each.close()


@pytest.mark.parametrize("name", TRUE_FILES)
def test_a_true_file_is_what_its_content_says(name: str, arrived: list[Received]) -> None:
    """A letter that came and cannot be added is kept somewhere else, unsealed."""
    arrived.append(received(TRUE_FILES[name]))
    kind = kind_of(arrived[0], name)
    assert name.endswith(f".{kind.value}")
    if kind not in (Kind.TEXT, Kind.TABLE, Kind.EMAIL):
        assert kind_of(arrived[0], "anything.exe") is kind


def overlapping() -> bytes:
    """An archive whose two entries share their bytes, as the smallest bombs do."""
    whole = office()
    directory = whole.index(b"PK\x01\x02")
    second = whole.index(b"PK\x01\x02", directory + 1)
    return whole[: second + 42] + struct.pack("<I", 0) + whole[second + 46 :]


def bomb() -> bytes:
    """A small file that says that it opens to a gigabyte."""
    whole = bytearray(office())
    whole[(place := whole.index(b"PK\x01\x02")) + 24 : place + 28] = struct.pack("<I", 1 << 30)
    return bytes(whole)


HOSTILE = {
    "nothing": ("a.pdf", b"", "empty"),
    "a web page": ("a.html", HTML, "Web pages"),
    "a web page named PDF": ("a.pdf", HTML, "Web pages"),
    "a web page named text": ("a.txt", b"\xef\xbb\xbf \n" + HTML, "Web pages"),
    "a drawing": ("a.svg", SVG, "Web pages"),
    "a drawing named PNG": ("a.png", SVG, "Web pages"),
    "XML": ("a.txt", b"<?xml version='1.0'?>" + SVG, "Web pages"),
    "markup after words": ("a.txt", b"Hello <script>alert(1)</script>", "Web pages"),
    "markup in UTF-16": ("a.txt", "\ufeff<svg/>".encode("utf-16-le"), "Web pages"),
    "a script": ("a.js", b"alert(1)", "not taken"),
    "a shell script": ("a.txt", b"#!/bin/sh\n", "not taken"),
    "a batch file": ("a.bat", b"del *.*", "not taken"),
    "rich text": ("a.rtf", b"{\\rtf1 }", "not taken"),
    "a program": ("a.exe", b"MZ\x90\0\x03\0", "not taken"),
    "a program named PDF": ("a.pdf", b"MZ\x90\0\x03\0", "not taken"),
    "bytes": ("a.txt", bytes(range(256)), "not taken"),
    "an archive": ("a.zip", packed({"a.txt": b"a"}), "Archives"),
    "an archive named Word": ("a.docx", packed({"a.txt": b"a"}), "Archives"),
    "a gzip": ("a.gz", b"\x1f\x8b\x08", "Archives"),
    "an archive of archives": ("a.docx", packed({"a.zip": packed({"b": b"b"})}), "Archives"),
    "macros": ("a.docm", office(**{"word/vbaProject.bin": b"m"}), "macros"),
    "macros named docx": ("a.docx", office(**{"word/vbaProject.bin": b"m"}), "macros"),
    "sheets of macros": ("a.xlsx", office("xl", **{"xl/macrosheets/sheet1.xml": b"m"}), "macros"),
    "controls that run": ("a.docx", office(**{"word/activeX/activeX1.bin": b"m"}), "macros"),
    "macros in OpenDocument": ("a.odt", packed({"Basic/x.xml": b"m", "mimetype": b""}), "macros"),
    "an old Word file": ("a.doc", compound("WordDocument"), "old Office"),
    "a locked Word file": ("a.docx", compound("EncryptedPackage"), "password"),
    "a slipping name": ("a.docx", office(**{"../../etc/passwd": b"x"}), "damaged"),
    "an absolute name": ("a.docx", office(**{"/etc/passwd": b"x"}), "damaged"),
    "a Windows name": ("a.docx", office(**{"C:\\x": b"x"}), "damaged"),
    "a bomb": ("a.docx", bomb(), "too large"),
    "overlapping entries": ("a.docx", overlapping(), "damaged"),
    "something before an archive": ("a.docx", b"PK" + office(), "damaged"),
    "a comment after an archive": ("a.docx", office()[:-2] + b"\x04\0evil", "damaged"),
    "an archive cut off": ("a.docx", office()[:-10], "damaged"),
    "a PDF that is an archive": ("a.pdf", PDF + packed({"a": b"a"}), "damaged"),
    "a PDF with an archive before its end": (
        "a.pdf",
        PDF + packed({"a": b"%%EOF\n"}, zipfile.ZIP_STORED),
        "damaged",
    ),
    "a PDF with a page after it": ("a.pdf", PDF + HTML, "damaged"),
    "a PDF after a page": ("a.pdf", HTML + PDF, "Web pages"),
    "a PDF cut off": ("a.pdf", PDF[:60], "damaged"),
    "a picture with an archive": ("a.png", png() + packed({"a": b"a"}), "damaged"),
    "a picture with a page": ("a.png", png() + HTML, "damaged"),
    "a picture with a script": ("a.gif", GIF + b"/*", "damaged"),
    "a JPEG with an archive": ("a.jpg", JPEG + packed({"a": b"a"}), "damaged"),
    "a broken JPEG": ("a.jpg", b"\xff\xd8\xff\0" * 40, "damaged"),
    "no email": ("a.eml", b"Dear Sam,\n", "damaged"),
    "a page named email": ("a.eml", HTML + EMAIL, "Web pages"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_not_taken_is_refused_in_words_that_help(what: str, arrived: list[Received]) -> None:
    """One that got through would run on the desk of whoever opens it, in the name of this service."""
    name, content, words = HOSTILE[what]
    arrived.append(received(content))
    with pytest.raises(Unsupported, match=words):
        kind_of(arrived[0], name)


def test_a_directory_of_a_million_entries_is_not_read(arrived: list[Received]) -> None:
    """Twenty megabytes of directory would fill a worker's memory with names."""
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *[0] * 9, 1, *[0] * 6) + b"a"
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(entry) * 0xFFFF, 40, 0)
    arrived.append(received(b"PK\x03\x04".ljust(40, b"\0") + entry * 0xFFFF + end))
    with pytest.raises(Unsupported, match="damaged"):
        kind_of(arrived[0], "a.docx")


def test_open_document_kinds_are_told_apart_by_their_first_entry(arrived: list[Received]) -> None:
    arrived += [received(open_document("chart")), received(open_document("spreadsheet"))]
    with pytest.raises(Unsupported, match="Archives"):
        kind_of(arrived[0], "a.odt")
    assert kind_of(arrived[1], "a.odt") is Kind.CALC


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("letter.pdf", "letter.pdf"),
        ("LETTER.PDF", "LETTER.pdf"),
        ("letter", "letter.pdf"),
        ("letter.pdf.exe", "letter.pdf.exe.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\sam\\letter.pdf", "letter.pdf"),
        ("fdp.\u202eexe", "fdp.exe.pdf"),
        ("let\u200bter\u2066.pdf", "letter.pdf"),
        ("a\r\nSet-Cookie: b.pdf", "aSet-Cookie_ b.pdf"),
        ("a\0.pdf", "a.pdf"),
        ("con.pdf", "_con.pdf"),
        ("COM1", "_COM1.pdf"),
        ("lpt¹.txt.pdf", "_lpt¹.txt.pdf"),
        ("console.pdf", "console.pdf"),
        ('a"b<c>|?*.pdf', "a_b_c____.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("...", "document.pdf"),
        ("", "document.pdf"),
        (" . .pdf", "pdf.pdf"),
        ("a" * 500 + ".pdf", "a" * (LONGEST - 4) + ".pdf"),
        ("\ud800.pdf", "_.pdf"),
        ("Cafe\u0301.pdf", "Café.pdf"),
        ("a\u2028b.pdf", "ab.pdf"),
    ],
)
def test_names_are_made_harmless(given: str, kept: str) -> None:
    """A name decides what a desk does with a file when somebody opens it."""
    assert safe_name(given, Kind.PDF) == kept


def test_too_much_is_refused_and_kept_nowhere(arrived: list[Received]) -> None:
    arrived += [received(b"x" * 11, largest=10), *(received(b"x" * 4, largest=10) for _ in range(3))]
    assert arrived[0].is_too_large
    assert len(arrived[0]) == 0
    for files in (arrived[:1], arrived[1:], arrived * 2):
        with pytest.raises(Unsupported):
            check_size(files, 10)
    check_size(arrived[1:3], 10)
