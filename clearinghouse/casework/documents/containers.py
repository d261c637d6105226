"""Looking into ZIP archives and compound files by their directories alone: bounded, and nothing is ever unpacked."""

import struct
from dataclasses import dataclass
from typing import Protocol

_END = struct.Struct("<4s4H2IH")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_LARGEST_DIRECTORY = 1024 * 1024
_MOST_ENTRIES = 5_000
_LONGEST_FIRST = 200
_IN_UTF8 = 1 << 11
_ENCRYPTED = 1
_COMPOUND_HEADER = 512
_DIRECTORY_ENTRY = 128


class Broken(Exception):
    """A container's directory is not in order: damaged, hostile, or two files in one."""


class Content(Protocol):
    """Bytes of a known number that can be read from anywhere."""

    def __len__(self) -> int: ...

    def part(self, start: int, length: int) -> bytes:
        """So many bytes from there on, or as many as there are."""


@dataclass(frozen=True)
class Archive:
    """What a ZIP archive's directory says: its entries' names, the first of all, and how large it is once unpacked.

    `first_content` is what the first entry holds, where that is short and stored as it is.
    """

    names: frozenset[str]
    first: str
    first_content: bytes
    opened: int


@dataclass(frozen=True)
class _Entry:
    name: bytes
    flags: int
    method: int
    packed: int
    opened: int
    place: int


def read_archive(content: Content) -> Archive:
    """Read an archive's directory. Raises Broken where it is not one whole archive and nothing else.

    Its entries must lie one after the other from the first byte, under names that lead nowhere else, and the
    directory must agree with what stands before each entry: programs differ over the rest.
    """
    entries, directory = _directory(content)
    if not entries or entries[0].place != 0:
        raise Broken("something stands before the archive")
    names, opened = set[str](), 0
    for entry, after in zip(entries, [*(each.place for each in entries[1:]), directory], strict=True):
        if entry.place + _LOCAL.size + len(entry.name) + entry.packed > after:
            raise Broken("entries overlap")
        _check_local(content, entry)
        name = _name(entry)
        if name in names:
            raise Broken("two entries have one name")
        names.add(name)
        opened += entry.opened
    return Archive(frozenset(names), _name(entries[0]), _first_content(content, entries[0]), opened)


def _directory(content: Content) -> tuple[list[_Entry], int]:
    """The entries in the order in which they lie, and where the directory begins."""
    end = len(content) - _END.size
    if end < 0:
        raise Broken("too short")
    mark, disk, first_disk, here, count, size, place, comment = _END.unpack(content.part(end, _END.size))
    if mark != b"PK\x05\x06" or disk or first_disk or here != count or comment:
        raise Broken("it does not end as an archive does")
    if count > _MOST_ENTRIES or size > _LARGEST_DIRECTORY or place + size != end:
        raise Broken("its directory is too large, or elsewhere")
    raw, at, entries = content.part(place, size), 0, list[_Entry]()
    for _ in range(count):
        if at + _ENTRY.size > len(raw):
            raise Broken("its directory is too short")
        fields = _ENTRY.unpack_from(raw, at)
        flags, method, packed, opened = fields[3], fields[4], fields[8], fields[9]
        name_size, rest = fields[10], fields[11] + fields[12]
        if fields[0] != b"PK\x01\x02":
            raise Broken("its directory is not one")
        at += _ENTRY.size
        entries.append(_Entry(raw[at : at + name_size], flags, method, packed, opened, fields[16]))
        at += name_size + rest
    if at != len(raw):
        raise Broken("its directory is longer than its entries")
    return sorted(entries, key=lambda each: each.place), place


def _check_local(content: Content, entry: _Entry) -> None:
    local = content.part(entry.place, _LOCAL.size + len(entry.name))
    if len(local) < _LOCAL.size + len(entry.name):
        raise Broken("an entry is cut off")
    fields = _LOCAL.unpack_from(local)
    if fields[0] != b"PK\x03\x04" or fields[9] != len(entry.name) or local[_LOCAL.size :] != entry.name:
        raise Broken("an entry is not what the directory says")
    if entry.flags & _ENCRYPTED:
        raise Broken("an entry is encrypted")


def _name(entry: _Entry) -> str:
    try:
        name = entry.name.decode("utf-8" if entry.flags & _IN_UTF8 else "cp437")
    except UnicodeDecodeError as error:
        raise Broken("a name is not one") from error
    if not name or name.startswith("/") or "\\" in name or ":" in name or not name.isprintable():
        raise Broken("a name leads elsewhere")
    if ".." in name.split("/"):
        raise Broken("a name leads elsewhere")
    return name


def _first_content(content: Content, entry: _Entry) -> bytes:
    if entry.method or entry.opened > _LONGEST_FIRST or entry.packed != entry.opened:
        return b""
    extra = _LOCAL.unpack(content.part(entry.place, _LOCAL.size))[10]
    return content.part(entry.place + _LOCAL.size + len(entry.name) + extra, entry.opened)


def first_names(content: Content) -> tuple[str, ...]:
    """The names in the first sector of a compound file's directory. Raises Broken where there is none."""
    header = content.part(0, _COMPOUND_HEADER)
    if len(header) < _COMPOUND_HEADER:
        raise Broken("too short")
    shift, sector = struct.unpack("<H", header[30:32])[0], struct.unpack("<I", header[48:52])[0]
    if shift not in (9, 12):
        raise Broken("it has no such sectors")
    raw = content.part((sector + 1) << shift, 1 << shift)
    names = []
    for start in range(0, len(raw) - _DIRECTORY_ENTRY + 1, _DIRECTORY_ENTRY):
        entry = raw[start : start + _DIRECTORY_ENTRY]
        length = struct.unpack("<H", entry[64:66])[0]
        if 2 <= length <= 64:
            names.append(entry[: length - 2].decode("utf-16-le", "replace"))
    if not names:
        raise Broken("it has no directory")
    return tuple(names)
