"""Reading a file of signals: what each column holds, and every line that cannot be used, by its number, and why.

Columns. Required: `authority_code` (the register's), `kind` (a value of SignalKind), `theme` (of SignalTheme),
`observed_on` (like 2026-11-23), `source` (of Body). Optional: `value` (needed where the kind has a scale: its number or
its words), `direction` (better, same or worse; needed where the kind has no scale), `words` (sealed).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from clearinghouse.casework.regional.signals import NewSignal, problems_of
from clearinghouse.casework.register_file import LineProblem, Unreadable, csv_lines
from clearinghouse.protocol.signals import SCALES, SOFT, Direction, SignalKind, SignalTheme
from clearinghouse.protocol.vocabulary import Body, Worded

REQUIRED = ("authority_code", "kind", "theme", "observed_on", "source")
OPTIONAL = ("value", "direction", "words")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_Key = tuple[UUID, SignalKind, SignalTheme, date, Body]
_W = TypeVar("_W", bound=Worded)


@dataclass(frozen=True)
class SignalEntry:
    """One line of the file."""

    line: int
    signal: NewSignal

    @property
    def key(self) -> _Key:
        """What makes two lines the same signal: a file says it once."""
        given = self.signal
        return given.authority_id, given.kind, given.theme, given.observed_on, given.source


@dataclass(frozen=True)
class MayName:
    """What a file may say: authorities by their codes, and about which of them talk and political intelligence too."""

    by_code: Mapping[str, UUID]
    soft: frozenset[UUID]


def read_signals(content: bytes, may_name: MayName, today: date) -> tuple[SignalEntry, ...]:
    """The signals of the file, in its order. Raises Unreadable with one problem a line; it quotes nothing sealed."""
    problems: list[LineProblem] = []
    entries: dict[_Key, SignalEntry] = {}
    for line, cells in csv_lines(content, REQUIRED):
        unknown = sorted(cells.keys() - set(REQUIRED) - set(OPTIONAL))
        if unknown:
            raise Unreadable([LineProblem(1, f"unknown column {name!r}") for name in unknown])
        try:
            entry = SignalEntry(line, _signal(cells, may_name, today))
        except ValueError as error:
            problems.append(LineProblem(line, str(error)))
            continue
        first = entries.setdefault(entry.key, entry)
        if first is not entry:
            problems.append(LineProblem(line, f"the same signal stands in line {first.line} already"))
    if problems:
        raise Unreadable(problems)
    if not entries:
        raise Unreadable([LineProblem(1, "the file holds no signal")])
    return tuple(entries.values())


def _signal(cells: Mapping[str, str], may_name: MayName, today: date) -> NewSignal:
    """One line. Raises ValueError with what is wrong with it."""
    code = cells["authority_code"]
    if code not in may_name.by_code:
        # One sentence for what is unknown, elsewhere and behind a wall.
        raise ValueError(f"authority_code is {code!r}, about which you cannot record signals")
    kind = _member(SignalKind, "kind", cells["kind"])
    if kind in SOFT and may_name.by_code[code] not in may_name.soft:
        raise ValueError(f"kind is {kind.value!r}, which is recorded by the form, not from a file")
    words = cells.get("words", "")
    if any(not char.isprintable() and char not in "\n\t" for char in words):
        raise ValueError("words holds a character that cannot be kept")
    direction = cells.get("direction", "")
    signal = NewSignal(
        authority_id=may_name.by_code[code],
        kind=kind,
        theme=_member(SignalTheme, "theme", cells["theme"]),
        observed_on=_day(cells["observed_on"]),
        source=_member(Body, "source", cells["source"]),
        value=_value(kind, cells.get("value", "")),
        direction=_member(Direction, "direction", direction) if direction else None,
        words=words,
    )
    for field, problem in problems_of(signal, today).items():
        raise ValueError(f"{field}: {problem[0].lower()}{problem[1:]}")
    return signal


def _member(members: type[_W], name: str, text: str) -> _W:
    try:
        return members(text)
    except ValueError:
        raise ValueError(f"{name} is {text!r}; it must be of {', '.join(members)}") from None


def _value(kind: SignalKind, text: str) -> int | None:
    scale = SCALES.get(kind)
    if not text:
        return None
    if scale is None:
        raise ValueError(f"value is {text!r}; {kind.value} has no scale")
    by_words = {words.casefold(): value for value, words in zip(scale.values, scale.words, strict=True)}
    by_words |= {str(value): value for value in scale.values}
    try:
        return by_words[" ".join(text.split()).casefold()]
    except KeyError:
        allowed = ", ".join(
            f"{value} ({words})" for value, words in zip(scale.values, scale.words, strict=True)
        )
        raise ValueError(f"value is {text!r}; for {kind.value} it must be of {allowed}") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise ValueError(f"observed_on is {text!r}; a date looks like 2026-11-23") from None
