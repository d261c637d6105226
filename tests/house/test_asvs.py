"""docs/asvs.md against the standard's own list: each requirement once, each file and test that it names, its counts."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "asvs.md"
STATES = ("met", "not applicable", "not met", "operator")
ROW = re.compile(r"^\| ((?:\d+\.\d+\.\d+ ?)+) \| ([123]) \| ([a-z ]+) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`((?:clearinghouse|config|docs|migrations|scripts|templates|tests)/[^`]*|setup\.cfg)`")


@dataclass(frozen=True)
class Row:
    """What the page says of one requirement."""

    id: str
    level: str
    state: str
    where: str


def rows(page: str) -> Iterator[Row]:
    """One for each requirement; a line may be about several of one level."""
    for ids, level, state, where in ROW.findall(page):
        for each in ids.split():
            yield Row(each, level, state, where)


def levels() -> dict[str, str]:
    """The level of each requirement, as the standard has it."""
    with (ROOT / "tests" / "data" / "asvs_5_0_0.csv").open(encoding="ascii", newline="") as file:
        return {line["id"]: line["level"] for line in csv.DictReader(file)}


def faults(page: str) -> list[str]:
    """What is wrong with the page."""
    found, known = list(rows(page)), levels()
    often = Counter(row.id for row in found)
    wrong = [f"{each} stands {often[each]} times" for each in known if often[each] > 1]
    wrong += [f"{each} is left out" for each, level in known.items() if level != "3" and not often[each]]
    for row in found:
        if known.get(row.id) != row.level:
            wrong.append(f"{row.id} is not of level {row.level}")
        if row.state not in STATES:
            wrong.append(f"{row.id} is {row.state!r}")
        wrong += [
            f"{row.id} names {each}, which is not there" for each in NAMED.findall(row.where) if gone(each)
        ]
        if row.state == "met" and not re.search(r"`|by reading|the same|^as ", row.where):
            wrong.append(f"{row.id} says nowhere where it is met")
    return wrong + counted_wrongly(page, found)


def counted_wrongly(page: str, found: list[Row]) -> list[str]:
    """Where the table at the top does not count the rows below it."""
    counts = Counter((row.state, row.level) for row in found)
    wrong = []
    for state in (*STATES, "all"):
        states = STATES if state == "all" else (state,)
        numbers = " | ".join(str(sum(counts[each, level] for each in states)) for level in "123")
        if f"\n| {state} | {numbers} |\n" not in page:
            wrong.append(f"{state}: {numbers}")
    return wrong


def gone(named: str) -> bool:
    """Whether a file, or a test in it, is not there."""
    path, _, test = named.partition("::")
    if not (ROOT / path).exists():
        return True
    return bool(test) and f"def {test}(" not in (ROOT / path).read_text(encoding="utf-8")


def test_the_page_names_each_requirement_once_and_what_is_there() -> None:
    """A row whose test was renamed away claims what nobody holds any more."""
    assert faults(PAGE.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("| 1.1.1 | 2 |", "| 9.9.9 | 2 |", "1.1.1 is left out"),
        ("| 1.1.1 | 2 |", "| 1.1.1 1.1.2 | 2 |", "1.1.2 stands 2 times"),
        ("| 1.1.1 | 2 |", "| 1.1.1 | 1 |", "1.1.1 is not of level 1"),
        ("| 2.4.1 | 2 | not met |", "| 2.4.1 | 2 | nearly |", "2.4.1 is 'nearly'"),
        ("::test_a_code_works_once`", "::test_a_code_works`", "6.5.1 names tests/casework/test_sessions.py"),
        ("| 2.4.1 | 2 | not met |", "| 2.4.1 | 2 | operator |", "not met: "),
    ],
)
def test_each_fault_is_seen(good: str, bad: str, fault: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert good in page
    assert any(each.startswith(fault) for each in faults(page.replace(good, bad)))
