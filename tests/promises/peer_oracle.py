"""Who must not serve at a council, written a second time from design 6's table and the register's own file.

It shares no line with the rules that it judges: it reads the register as the rows of its CSV, by codes, and counts
days one by one. Of a peer it takes what the register of peers says, nothing worked out from it.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(frozen=True)
class Belonged:
    """A line of a peer's history: a council's code, and the first and last day, where they are known."""

    code: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Judged:
    """A peer as the oracle is told of them."""

    kind: str
    history: tuple[Belonged, ...]
    interests: frozenset[str] = frozenset()
    accredited: tuple[date | None, date | None] = (None, None)
    suspended: bool = False
    offered: int = 0
    used: int = 0
    away: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True)
class Council:
    """A row of the register's file."""

    code: str
    county: str
    ended: date | None
    replaced_by: tuple[str, ...]


@dataclass
class Oracle:
    """The register's file, read anew."""

    councils: Mapping[str, Council]
    _lines: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, content: bytes) -> "Oracle":
        """From the file's bytes; England only, as the register is."""
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
        councils = [
            Council(
                row["local-authority-code"],
                row["county-la"],
                date.fromisoformat(row["end-date"]) if row["end-date"] else None,
                tuple(code.strip() for code in row["replaced-by"].split(",") if code.strip()),
            )
            for row in rows
            if row["nation"] == "England"
        ]
        return cls({each.code: each for each in councils})

    def after(self, code: str) -> frozenset[str]:
        """Everything that replaced a council, through every step."""
        found: set[str] = set()
        steps = [code]
        while steps:
            here = self.councils.get(steps.pop())
            for heir in here.replaced_by if here else ():
                if heir not in found:
                    found.add(heir)
                    steps.append(heir)
        return frozenset(found)

    def line(self, code: str) -> frozenset[str]:
        """A council with all that it replaced and all that replaced it."""
        if code not in self._lines:
            before = {other for other in self.councils if code in self.after(other)}
            self._lines[code] = frozenset({code} | before | self.after(code))
        return self._lines[code]

    def tied(self, code: str) -> frozenset[str]:
        """Where nobody may come from: the council's line, its county, its districts."""
        county = self.councils[code].county
        districts = {each.code for each in self.councils.values() if each.county == code}
        return self.line(code) | districts | ({county} if county else set())

    def against(
        self, peer: Judged, code: str, first: date, last: date, days: int, today: date
    ) -> Iterator[str]:
        """Every blocking rule of design 6's table that the peer would break by serving there."""
        tied = self.tied(code)
        for held in peer.history:
            if self._belongs(peer, held, tied, first):
                yield f"belongs or belonged to {held.code}"
        if peer.interests & self.line(code):
            yield "declared an interest"
        start, end = peer.accredited
        if peer.kind != "specialist" and start is None and end is None:
            yield "never accredited"
        if (end is not None and end < last) or (start is not None and start > first):
            yield "not accredited all the time"
        if peer.suspended:
            yield "suspended"
        council_year_ends = date(today.year + (today.month > 3), 3, 31)
        used = peer.used if first <= council_year_ends else 0
        if peer.offered - used < days:
            yield "days used up"
        weekdays = [day for day in _days(first, last) if day.weekday() < 5]
        free = [day for day in weekdays if not any(gone <= day <= back for gone, back in peer.away)]
        if len(free) < min(days, len(weekdays)):
            yield "unavailable"

    def _belongs(self, peer: Judged, held: Belonged, tied: frozenset[str], first: date) -> bool:
        council = self.councils[held.code]
        places, left = {held.code}, held.until
        if council.ended and (left is None or left > council.ended):
            heirs = self.after(held.code)
            moved = any(
                other.code in heirs and (other.until is None or other.until >= council.ended)
                for other in peer.history
            )
            if moved:
                left = council.ended - timedelta(days=1)
            else:
                places |= heirs
        if not places & tied:
            return False
        if left is None:
            return True
        try:
            free_from = left.replace(year=left.year + 4)
        except ValueError:
            free_from = left.replace(year=left.year + 4, day=28)
        return first <= free_from


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
