"""Reading a file of peers: what each column holds, and every line that cannot be used, by its number, and why.

Columns. Required: `code` (ours, up to 40 letters, digits and hyphens), `name`, `kind` (councillor, officer or
specialist), `role`. A column that the file lacks leaves what the register holds; lists are parted by semicolons.

- `seniority`: a value of Seniority, or empty; `themes`, `services`: values of Theme and Service
- `political_group`, `political_group_since`, `former_groups` (councillors): the last as `NAME:since:until; …`, where
  the first day may be empty; `organisation` (needed for specialists)
- `authority_code`, `authority_since`: where they belong now; `former_authorities`: `CODE:since:until; …`, where the
  first day may be empty; councillors and officers need one of the two
- `authority_types`: the register's codes, such as `UA`; `regions`: the nine regions of England by name
- `accredited_by`, `accredited_from`, `accredited_until`; `accreditation_level`: a value of Level, or empty;
  `suspended`: True or False
- `training`: `COURSE:day; …` with values of Course
- `days_offered`, `days_used`, `led_reviews`: whole numbers; empty leaves what the register holds; `days_used` is of the
  council year that begins in `days_used_year`, which is this one where the column is not there
- `unavailable`: `first:last; …`
- `interests`: `CODE: words; …`, sealed; a file adds interests and never withdraws one
- `contact`: sealed; empty leaves what the register holds

Dates look like 2026-11-23.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from clearinghouse.access.roles import Region
from clearinghouse.casework.register_file import LineProblem, Unreadable, csv_lines
from clearinghouse.protocol.peer_words import Course, Level, Seniority, Service, Theme
from clearinghouse.protocol.peers import PeerKind, Period
from clearinghouse.protocol.vocabulary import Worded

REQUIRED = ("code", "name", "kind", "role")
BELONGING = frozenset({"authority_code", "authority_since", "former_authorities"})
_OTHERS = BELONGING | {
    *("code", "authority_types", "unavailable", "interests", "contact"),
    *("former_groups", "training"),
}
_CODE = re.compile(r"[A-Za-z0-9-]{1,40}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_REGIONS = {region.value.casefold(): region.value for region in Region}
_LONGEST_SEALED = 2000
_MOST_DAYS = 366
_LATEST_YEAR = 9999
_LONGEST_GROUP = 60

Belonging = tuple[UUID, date | None, date | None]
"""An authority, the first day there and the last."""

Group = tuple[str, date | None, date]
"""A political group of before, the first day in it and the last."""


@dataclass(frozen=True)
class Authorities:
    """What a file may name: the register's authorities by code, and its codes of types."""

    by_code: Mapping[str, UUID]
    types: frozenset[str]


@dataclass(frozen=True)
class PeerEntry:
    """One line of the file. `values` are the columns of the peer that it gives; None is a column that it lacks."""

    line: int
    code: str
    values: Mapping[str, object]
    belonging: frozenset[Belonging] | None = None
    absences: frozenset[tuple[date, date]] | None = None
    groups: frozenset[Group] | None = None
    training: frozenset[tuple[Course, date]] | None = None
    interests: tuple[tuple[UUID, str], ...] = ()
    contact: str = field(default="", repr=False)


def read_peers(content: bytes, known: Authorities) -> tuple[PeerEntry, ...]:
    """The peers of the file, in its order. Raises Unreadable with one problem a line; it quotes nothing sealed."""
    problems: list[LineProblem] = []
    entries: dict[str, PeerEntry] = {}
    for line, cells in csv_lines(content, REQUIRED):
        unknown = sorted(cells.keys() - _COLUMNS.keys() - _OTHERS)
        if unknown:
            raise Unreadable([LineProblem(1, f"unknown column {name!r}") for name in unknown])
        try:
            entry = _entry(line, cells, known)
        except ValueError as error:
            problems.append(LineProblem(line, str(error)))
            continue
        first = entries.setdefault(entry.code, entry)
        if first is not entry:
            problems.append(LineProblem(line, f"the code {entry.code} stands in line {first.line} already"))
    if problems:
        raise Unreadable(problems)
    if not entries:
        raise Unreadable([LineProblem(1, "the file names no peer")])
    return tuple(entries.values())


def _entry(line: int, cells: Mapping[str, str], known: Authorities) -> PeerEntry:
    """One line. Raises ValueError with what is wrong with it."""
    if not _CODE.fullmatch(cells["code"]):
        raise ValueError("code must be 1 to 40 letters, digits and hyphens")
    values: dict[str, object] = {}
    for name, read in _COLUMNS.items():
        if name in cells and (cells[name] or name not in _LEFT_WHEN_EMPTY):
            values[name] = read(name, cells[name])
    if "authority_types" in cells:
        values["authority_types"] = _known(cells["authority_types"], "authority_types", known.types)
    belonging = frozenset(_belonging(cells, known)) if BELONGING & cells.keys() else None
    _check_together(values, belonging)
    return PeerEntry(
        line=line,
        code=cells["code"],
        values=values,
        belonging=belonging,
        absences=frozenset(_absences(cells["unavailable"])) if "unavailable" in cells else None,
        groups=frozenset(_groups(cells["former_groups"])) if "former_groups" in cells else None,
        training=frozenset(_training(cells["training"])) if "training" in cells else None,
        interests=tuple(dict.fromkeys(_interests(cells.get("interests", ""), known))),
        contact=_sealed_text(cells.get("contact", ""), "contact"),
    )


def _check_together(values: Mapping[str, object], belonging: frozenset[Belonging] | None) -> None:
    begins, ends = values.get("accredited_from"), values.get("accredited_until")
    if isinstance(begins, date) and isinstance(ends, date) and ends < begins:
        raise ValueError(f"accredited_until {ends} lies before accredited_from {begins}")
    if values["kind"] is PeerKind.SPECIALIST:
        if "organisation" in values and not values["organisation"]:
            raise ValueError("a specialist needs an organisation")
    elif belonging is not None and not belonging:
        raise ValueError("a councillor or an officer needs an authority_code or former_authorities")


def _belonging(cells: Mapping[str, str], known: Authorities) -> Iterator[Belonging]:
    since = _day("authority_since", cells.get("authority_since", ""))
    if cells.get("authority_code"):
        yield _authority(cells["authority_code"], "authority_code", known), since, None
    elif since:
        raise ValueError("authority_since is given without authority_code")
    for part in _parts(cells.get("former_authorities", "")):
        code, *days = (bit.strip() for bit in part.split(":"))
        if len(days) != 2 or not days[1]:
            raise ValueError(f"former_authorities has {part!r}; it must be CODE:since:until")
        begins, ends = (_day("former_authorities", day) for day in days)
        if begins and ends and ends < begins:
            raise ValueError(f"former_authorities has {part!r}, which ends before it begins")
        yield _authority(code, "former_authorities", known), begins, ends


def _absences(text: str) -> Iterator[tuple[date, date]]:
    for part in _parts(text):
        first, _, last = (bit.strip() for bit in part.partition(":"))
        begins, ends = _day("unavailable", first), _day("unavailable", last)
        if begins is None or ends is None:
            raise ValueError(f"unavailable has {part!r}; it must be first:last")
        try:
            Period(begins, ends)
        except ValueError:
            raise ValueError(f"unavailable has {part!r}, which ends before it begins") from None
        yield begins, ends


def _groups(text: str) -> Iterator[Group]:
    for part in _parts(text):
        name, *days = (bit.strip() for bit in part.split(":"))
        if len(days) != 2 or not name or not days[1]:
            raise ValueError(f"former_groups has {part!r}; it must be NAME:since:until")
        begins, ends = (_day("former_groups", day) for day in days)
        if len(name) > _LONGEST_GROUP or not name.isprintable() or ends is None:
            raise ValueError(f"former_groups has a name that is longer than {_LONGEST_GROUP} characters")
        if begins and ends < begins:
            raise ValueError(f"former_groups has {part!r}, which ends before it begins")
        yield name, begins, ends


def _training(text: str) -> Iterator[tuple[Course, date]]:
    for part in _parts(text):
        course, _, day = (bit.strip() for bit in part.partition(":"))
        taken_on = _day("training", day)
        if course not in set(Course) or taken_on is None:
            raise ValueError(f"training has {part!r}; it must be COURSE:day with one of {', '.join(Course)}")
        yield Course(course), taken_on


def _interests(text: str, known: Authorities) -> Iterator[tuple[UUID, str]]:
    for part in _parts(text):
        code, colon, words = (bit.strip() for bit in part.partition(":"))
        if not colon or not words or code not in known.by_code:
            # What somebody declared is sealed: a message must not repeat it.
            raise ValueError("interests must be CODE: words; … with codes of the register")
        yield known.by_code[code], _sealed_text(words, "interests")


def _sealed_text(text: str, name: str) -> str:
    if len(text) > _LONGEST_SEALED or any(not char.isprintable() and char not in "\n\t" for char in text):
        raise ValueError(
            f"{name} is longer than {_LONGEST_SEALED} characters or holds one that cannot be kept"
        )
    return text


def _authority(code: str, name: str, known: Authorities) -> UUID:
    try:
        return known.by_code[code]
    except KeyError:
        raise ValueError(f"{name} names {code!r}, which is no authority of the register") from None


def _parts(text: str) -> Iterator[str]:
    return (part.strip() for part in text.split(";") if part.strip())


def _known(text: str, name: str, allowed: Iterable[str]) -> list[str]:
    found, values = set(_parts(text)), list(allowed)
    unknown = sorted(found - set(values))
    if unknown:
        raise ValueError(f"{name} has {unknown[0]!r}; it must be of {', '.join(sorted(values))}")
    return sorted(found)


def _text(longest: int, *, needed: bool = False) -> Callable[[str, str], str | None]:
    def read(name: str, text: str) -> str | None:
        if needed and not text:
            raise ValueError(f"{name} is empty")
        if len(text) > longest or not text.isprintable():
            raise ValueError(
                f"{name} is longer than {longest} characters or holds one that cannot be printed"
            )
        return text or None

    return read


def _kind(name: str, text: str) -> PeerKind:
    try:
        return PeerKind(text)
    except ValueError:
        raise ValueError(f"{name} is {text!r}; it must be of {', '.join(PeerKind)}") from None


def _seniority(name: str, text: str) -> str:
    if text and text not in set(Seniority):
        raise ValueError(f"{name} is {text!r}; it must be of {', '.join(Seniority)}")
    return text


def _level(name: str, text: str) -> Level | None:
    if text and text not in set(Level):
        raise ValueError(f"{name} is {text!r}; it must be of {', '.join(Level)}")
    return Level(text) if text else None


def _some_of(words: type[Worded]) -> Callable[[str, str], list[str]]:
    return lambda name, text: _known(text, name, (word.value for word in words))


def _regions(name: str, text: str) -> list[str]:
    wanted = [" ".join(part.split()) for part in _parts(text)]
    unknown = [part for part in wanted if part.casefold() not in _REGIONS]
    if unknown:
        raise ValueError(f"{name} has {unknown[0]!r}, which is no region of England")
    return sorted({_REGIONS[part.casefold()] for part in wanted})


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise ValueError(f"{name} is {text!r}; a date looks like 2026-11-23") from None


def _truth(name: str, text: str) -> bool:
    try:
        return {"true": True, "false": False, "": False}[text.casefold()]
    except KeyError:
        raise ValueError(f"{name} is {text!r}; it must be True or False") from None


def _number(most: int) -> Callable[[str, str], int]:
    def read(name: str, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):
            raise ValueError(f"{name} is {text!r}; it must be a whole number up to {most}")
        return int(text)

    return read


_LEFT_WHEN_EMPTY = frozenset({"days_offered", "days_used", "days_used_year", "led_reviews"})
_COLUMNS: Mapping[str, Callable[[str, str], object]] = {
    "name": _text(200, needed=True),
    "kind": _kind,
    "role": _text(200, needed=True),
    "seniority": _seniority,
    "political_group": _text(_LONGEST_GROUP),
    "political_group_since": _day,
    "organisation": _text(200),
    "themes": _some_of(Theme),
    "services": _some_of(Service),
    "regions": _regions,
    "accredited_by": _text(200),
    "accredited_from": _day,
    "accredited_until": _day,
    "accreditation_level": _level,
    "suspended": _truth,
    "days_offered": _number(_MOST_DAYS),
    "days_used": _number(_MOST_DAYS),
    "days_used_year": _number(_LATEST_YEAR),
    "led_reviews": _number(1000),
}
