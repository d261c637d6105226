"""Reading the register's CSV file: every line that cannot be used is said by its number, and why."""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from clearinghouse.access.roles import Region

_ENGLAND = "England"
_NATIONS = (_ENGLAND, "Northern Ireland", "Scotland", "Wales")
_COLUMNS = (
    "local-authority-code",
    "official-name",
    "nice-name",
    "gss-code",
    "start-date",
    "end-date",
    "replaced-by",
    "nation",
    "region",
    "local-authority-type",
    "local-authority-type-name",
    "county-la",
    "combined-authority",
    "current-authority",
    "area",
    "pop-2020",
    "x",
    "y",
    "lat",
    "long",
)
_LONGEST = {
    "local-authority-code": 20,
    "official-name": 200,
    "nice-name": 200,
    "gss-code": 9,
    "local-authority-type": 20,
    "local-authority-type-name": 80,
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_OPTIONAL_TEXT = ("gss-code",)
_REGIONS = {region.value.casefold(): region for region in Region}


class LineProblem(NamedTuple):
    """Why a line of a file cannot be used."""

    line: int
    words: str


class Unreadable(Exception):
    """The file cannot be used; `problems` says why, line by line."""

    def __init__(self, problems: Iterable[LineProblem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("; ".join(problem.words for problem in self.problems))


@dataclass(frozen=True)
class Entry:
    """One English authority of the file. Coordinates in metres on the national grid, area in km²."""

    line: int
    code: str
    name: str
    nice_name: str
    gss_code: str | None
    type: str
    type_name: str
    region: Region | None
    county_code: str | None
    combined_code: str | None
    started_on: date | None
    ended_on: date | None
    x: float | None
    y: float | None
    latitude: float | None
    longitude: float | None
    area_km2: float | None
    population: int | None
    replaced_by: tuple[str, ...]
    current: bool


def read_register(content: bytes, known_codes: frozenset[str] = frozenset()) -> tuple[Entry, ...]:
    """The English authorities of the file, in its order; `known_codes` may be named without standing in it.

    An abolished authority without a region has that of what replaced it. Raises Unreadable with one problem a line.
    """
    problems: list[LineProblem] = []
    entries: dict[str, Entry] = {}
    named = set(known_codes)  # those of lines that cannot be used too: who names them is not to blame
    for line, cells in csv_lines(content, _COLUMNS):
        if cells["nation"] not in _NATIONS:
            problems.append(LineProblem(line, f"unknown nation {cells['nation']!r}"))
        elif cells["nation"] == _ENGLAND:
            try:
                entry = _entry(line, cells)
            except ValueError as error:
                problems.append(LineProblem(line, str(error)))
                named.add(cells["local-authority-code"])
                continue
            first = entries.setdefault(entry.code, entry)
            if first is not entry:
                problems.append(
                    LineProblem(line, f"the code {entry.code} stands in line {first.line} already")
                )
    problems += _names_nobody(entries, named | entries.keys())
    if problems:
        raise Unreadable(problems)
    if not entries:
        raise Unreadable([LineProblem(1, "the file names no authority of England")])
    return _with_regions(entries)


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        raise Unreadable([LineProblem(1, "the file is UTF-16 or not text at all; save it as CSV in UTF-8")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable([LineProblem(line, "the file is not UTF-8; save it as CSV in UTF-8")]) from error


def csv_lines(content: bytes, required: Sequence[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The lines of a CSV file in UTF-8, by number, each with its cells by column. Raises Unreadable."""
    reader = csv.reader(io.StringIO(_decoded(content), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        missing = [name for name in required if name not in header]
        if missing:
            raise Unreadable([LineProblem(1, f"the column {name} is missing") for name in missing])
        begins = reader.line_num + 1
        for cells in reader:
            line, begins = begins, reader.line_num + 1
            if not cells:
                continue
            if len(cells) != len(header):
                raise Unreadable(
                    [
                        LineProblem(
                            line, f"the line has {len(cells)} columns where the first has {len(header)}"
                        )
                    ]
                )
            yield line, dict(zip(header, (cell.strip() for cell in cells), strict=True))
    except csv.Error as error:
        raise Unreadable([LineProblem(reader.line_num, f"the line is not CSV ({error})")]) from error


def _entry(line: int, cells: Mapping[str, str]) -> Entry:
    """One line. Raises ValueError with what is wrong with it."""
    for name, longest in _LONGEST.items():
        if not cells[name] and name not in _OPTIONAL_TEXT:
            raise ValueError(f"{name} is empty")
        if len(cells[name]) > longest or not cells[name].isprintable():
            raise ValueError(
                f"{name} is longer than {longest} characters or holds one that cannot be printed"
            )
    current, ended = _truth(cells, "current-authority"), _day(cells, "end-date")
    started, replaced_by = _day(cells, "start-date"), _codes(cells["replaced-by"])
    if not current and ended is None:
        raise ValueError("an authority that is not current needs an end-date")
    if started and ended and ended < started:
        raise ValueError(f"the end-date {ended} lies before the start-date {started}")
    if cells["local-authority-code"] in replaced_by:
        raise ValueError("an authority cannot be replaced by itself")
    region = _region(cells["region"])
    if region is None and current:
        raise ValueError("a current authority needs a region")
    return Entry(
        line=line,
        code=cells["local-authority-code"],
        name=cells["official-name"],
        nice_name=cells["nice-name"],
        gss_code=cells["gss-code"] or None,
        type=cells["local-authority-type"],
        type_name=cells["local-authority-type-name"],
        region=region,
        county_code=cells["county-la"] or None,
        combined_code=cells["combined-authority"] or None,
        started_on=started,
        ended_on=ended,
        x=_number(cells, "x"),
        y=_number(cells, "y"),
        latitude=_number(cells, "lat"),
        longitude=_number(cells, "long"),
        area_km2=_number(cells, "area"),
        population=_count(cells, "pop-2020"),
        replaced_by=replaced_by,
        current=current,
    )


def _names_nobody(entries: Mapping[str, Entry], codes: Set[str]) -> Iterator[LineProblem]:
    for entry in entries.values():
        named = {
            "replaced-by": entry.replaced_by,
            "county-la": (entry.county_code,) if entry.county_code else (),
            "combined-authority": (entry.combined_code,) if entry.combined_code else (),
        }
        for column, names in named.items():
            for name in names:
                if name not in codes:
                    yield LineProblem(
                        entry.line, f"{column} names {name!r}, which is no authority of England in the file"
                    )


def _with_regions(entries: Mapping[str, Entry]) -> tuple[Entry, ...]:
    placed, problems = [], []
    for entry in entries.values():
        regions = {entry.region} if entry.region else _regions_of_successors(entry, entries)
        if len(regions) == 1:
            placed.append(replace(entry, region=regions.pop()))
        else:
            problems.append(
                LineProblem(entry.line, "the region is empty, and what replaced it does not give one")
            )
    if problems:
        raise Unreadable(problems)
    return tuple(placed)


def _regions_of_successors(entry: Entry, entries: Mapping[str, Entry]) -> set[Region]:
    """The regions of what replaced the authority; of what replaced that in turn, where it has none either."""
    regions, seen, waiting = set[Region](), {entry.code}, list(entry.replaced_by)
    while waiting:
        code = waiting.pop()
        successor = entries.get(code)
        if successor is None or code in seen:
            continue
        seen.add(code)
        if successor.region:
            regions.add(successor.region)
        else:
            waiting += successor.replaced_by
    return regions


def _codes(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code.strip() for code in text.split(",") if code.strip()))


def _region(text: str) -> Region | None:
    if not text:
        return None
    try:
        return _REGIONS[" ".join(text.split()).casefold()]
    except KeyError:
        raise ValueError(f"unknown region {text!r}") from None


def _truth(cells: Mapping[str, str], name: str) -> bool:
    try:
        return {"true": True, "false": False}[cells[name].casefold()]
    except KeyError:
        raise ValueError(f"{name} is {cells[name]!r}; it must be True or False") from None


def _day(cells: Mapping[str, str], name: str) -> date | None:
    text = cells[name]
    if not text:
        return None
    try:
        # The form is checked because Python reads others too, such as 2026-W48-1.
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise ValueError(f"{name} is {text!r}; a date looks like 2026-11-23") from None


def _number(cells: Mapping[str, str], name: str) -> float | None:
    text = cells[name]
    try:
        number = float(text) if text else None
    except ValueError:
        number = math.nan
    if number is not None and not math.isfinite(number):
        raise ValueError(f"{name} is {text!r}; it must be a number")
    return number


def _count(cells: Mapping[str, str], name: str) -> int | None:
    number = _number(cells, name)
    if number is not None and not (number.is_integer() and 0 <= number < 10**9):
        raise ValueError(f"{name} is {cells[name]!r}; it must be a number of people")
    return None if number is None else int(number)
