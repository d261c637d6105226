"""Hostile files without end, from one seed: bombs, slips, two things in one, markup in disguise, and odd names."""

import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from tests.factories.documents import GIF, JPEG, PDF, TRUE_FILES, compound, office, open_document, packed, png

MARKUP = (
    "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "<!DOCTYPE html><script>alert(1)</script>",
    "<html><body onload=alert(1)>",
    "<?xml version='1.0'?><svg/>",
    "<script>alert(1)</script>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<?php system($_GET['c']); ?>",
)
_ENDINGS = (*TRUE_FILES, "a.html", "a.svg", "a.exe", "a.js", "a.zip", "a", "a.docm", "a.lnk", "a.hta")
_SIGNS = (
    "\u202e\u202d\u2066\u2069\u200b\u200f\ufeff\0\r\n\t\x1b\x7f\x85\u2028\u2029"
    "/\\:*?\"<>|%;'` ..é日本\U0001f600abcXYZ019"
)
_STEMS = (
    "con",
    "PRN",
    "aux",
    "NUL",
    "com1",
    "LPT9",
    "lpt¹",
    "..",
    ".",
    "",
    "~",
    "-rf",
    "a" * 400,
    "desktop.ini",
)
_FITTING = {b"From": "eml", b"aaaa": "txt", b"=cmd": "csv"}
"""What is text is taken under its own endings alone."""
_SLIPS = (
    "../a",
    "../../etc/cron.d/x",
    "/etc/passwd",
    "C:\\x",
    "..\\x",
    "a/../../b",
    "word/../../x",
    "\\\\host\\x",
)


@dataclass(frozen=True)
class Hostile:
    """A file, what it tries, and whether it has to be refused; others may be taken, and must do nothing then."""

    tries: str
    name: str
    content: bytes
    refused: bool


def hostile_files(seed: int, count: int) -> Iterator[Hostile]:
    """So many files, of every family in turn."""
    dice = Random(seed)
    for number in range(count):
        tries, make = _FAMILIES[number % len(_FAMILIES)]
        content, refused = make(dice)
        yield Hostile(tries, odd_name(dice, _FITTING.get(content[:4], "")), content, refused)


def odd_name(dice: Random, ending: str = "") -> str:
    """A name that some system takes for something else."""
    ending = ending or dice.choice(_ENDINGS).rpartition(".")[2]
    if dice.random() < 0.4:
        return f"{dice.choice(_STEMS)}.{ending}"
    stem = "".join(dice.choice(_SIGNS) for _ in range(dice.randrange(1, 40)))
    return dice.choice((f"{stem}.{ending}", f"{stem}.pdf.{ending}", f"{stem}{ending}", f"../{stem}.{ending}"))


def _bomb(dice: Random) -> tuple[bytes, bool]:
    whole = bytearray(office(dice.choice(("word", "xl", "ppt"))))
    place = whole.index(b"PK\x01\x02")
    whole[place + 24 : place + 28] = struct.pack("<I", dice.randrange(1 << 29, 1 << 32))
    return bytes(whole), True


def _crowd(dice: Random) -> tuple[bytes, bool]:
    """A directory of more entries than any document has, all of them one."""
    count = dice.randrange(6_000, 0xFFFF)
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *[0] * 9, 1, *[0] * 6) + b"a"
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, 40, 0)
    return b"PK\x03\x04".ljust(40, b"\0") + entry * count + end, True


def _overlap(dice: Random) -> tuple[bytes, bool]:
    whole = office()
    first = whole.index(b"PK\x01\x02")
    second = whole.index(b"PK\x01\x02", first + 1)
    return whole[: second + 42] + struct.pack("<I", dice.randrange(30)) + whole[second + 46 :], True


def _slip(dice: Random) -> tuple[bytes, bool]:
    return office(**{dice.choice(_SLIPS): b"x" * dice.randrange(50)}), True


def _macros(dice: Random) -> tuple[bytes, bool]:
    folder = dice.choice(("word", "xl", "ppt"))
    name = dice.choice(("vbaProject.bin", "VBAPROJECT.BIN", "macrosheets/sheet1.xml", "activeX/activeX1.xml"))
    return office(folder, **{f"{folder}/{name}": dice.randbytes(30)}), True


def _nested(dice: Random) -> tuple[bytes, bool]:
    content = dice.randbytes(20)
    for _ in range(dice.randrange(1, 6)):
        content = packed({"a.zip": content}, dice.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))
    return content, True


def _two_in_one(dice: Random) -> tuple[bytes, bool]:
    """One thing behind another: an archive or a page behind what shows only its beginning."""
    first = dice.choice((PDF, png(), GIF, JPEG, compound("__nameid_version1.0")))
    second = packed({"a.html": MARKUP[1].encode()}) if dice.random() < 0.7 else office()
    return first + bytes(dice.randrange(3)) + second, True


def _page_behind(dice: Random) -> tuple[bytes, bool]:
    return dice.choice((PDF, png(), GIF)) + dice.choice(MARKUP).encode(), True


def _page_within(dice: Random) -> tuple[bytes, bool]:
    """Markup inside a true file: it may be taken, and must never be shown."""
    markup = dice.choice(MARKUP).encode()
    jpeg = JPEG[:2] + b"\xff\xfe" + struct.pack(">H", len(markup) + 2) + markup + JPEG[2:]
    script = b"GIF89a/*" + GIF[8:-1] + b"*/=alert(1)//;"
    text = b"a" * 5000 + markup
    email = b"From: a@b.example\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n" + markup
    page = PDF.replace(b"%%EOF", b"(" + markup + b")\n%%EOF")
    formula = b"=cmd|' /C calc'!A0,@SUM(1)\n"
    return dice.choice((jpeg, script, text, email, page, formula)), False


def _markup(dice: Random) -> tuple[bytes, bool]:
    text = dice.choice(("", " \n\t", "\ufeff", "\f\n")) + dice.choice(MARKUP)
    return text.encode(dice.choice(("utf-8", "utf-8-sig", "utf-16"))), True


def _broken(dice: Random) -> tuple[bytes, bool]:
    """A true file, cut off or with bytes changed: whatever it is then, nothing may break over it."""
    content = bytearray(dice.choice((*TRUE_FILES.values(), open_document("spreadsheet"))))
    for _ in range(dice.randrange(1, 12)):
        content[dice.randrange(len(content))] = dice.randrange(256)
    return bytes(content[: dice.randrange(len(content) + 1)] if dice.random() < 0.5 else content), False


def _noise(dice: Random) -> tuple[bytes, bool]:
    magic = dice.choice(
        (b"", b"PK\x03\x04", b"%PDF-1.7", b"\xff\xd8\xff", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"MZ")
    )
    return magic + dice.randbytes(dice.randrange(4_000)), False


def _old(dice: Random) -> tuple[bytes, bool]:
    return compound(
        dice.choice(("WordDocument", "Workbook", "EncryptedPackage", "PowerPoint Document"))
    ), True


_FAMILIES: tuple[tuple[str, Callable[[Random], tuple[bytes, bool]]], ...] = (
    ("bomb", _bomb),
    ("crowd", _crowd),
    ("overlap", _overlap),
    ("slip", _slip),
    ("macros", _macros),
    ("nested", _nested),
    ("two in one", _two_in_one),
    ("page behind", _page_behind),
    ("page within", _page_within),
    ("markup", _markup),
    ("broken", _broken),
    ("noise", _noise),
    ("old", _old),
)
