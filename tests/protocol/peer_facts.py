"""Fictional councils and peers for the tests of conflicts and matching."""

from datetime import date
from typing import Any
from uuid import UUID

from clearinghouse.protocol.conflicts import Conflict, Rule, check
from clearinghouse.protocol.peers import Affiliation, AuthorityFacts, PeerFacts, PeerKind, Period

TODAY = date(2025, 6, 2)
WINDOW = Period(date(2025, 6, 16), date(2025, 6, 20))  # Monday to Friday
MERGED = date(2023, 4, 1)  # Oldby, Elderton and Greyshire became Newland and Farland

MIDSHIRE, MIDTHORPE, OXTOWN, MUNBRIDGE, NEWLAND, OLDBY, ELDERTON, GREYSHIRE, FARLAND, FORMERBY = (
    UUID(int=number) for number in range(1, 11)
)


def _council(council: UUID, name: str, **facts: Any) -> AuthorityFacts:
    return AuthorityFacts(council, name, facts.pop("type", "NMD"), facts.pop("region", "North West"), **facts)


REGISTER = {
    council.id: council
    for council in (
        _council(MIDSHIRE, "Midshire County Council", type="CTY", districts=frozenset({MIDTHORPE, FORMERBY})),
        _council(
            MIDTHORPE,
            "Midthorpe Borough Council",
            county=MIDSHIRE,
            predecessors=frozenset({FORMERBY}),
            start=date(2019, 4, 1),
            x=400_000.0,
            y=300_000.0,
            area_km2=314.16,  # a radius of ten kilometres
            ruling_group="Labour",
            ruling_group_since=date(2023, 5, 4),
        ),
        _council(OXTOWN, "Oxtown City Council", x=426_000.0, y=300_000.0, area_km2=314.16),
        _council(MUNBRIDGE, "Munbridge City Council", x=426_100.0, y=300_000.0, area_km2=314.16),
        _council(
            NEWLAND,
            "Newland Council",
            type="UA",
            start=MERGED,
            predecessors=frozenset({OLDBY, ELDERTON, GREYSHIRE}),
        ),
        _council(FARLAND, "Farland Council", type="UA", start=MERGED, predecessors=frozenset({GREYSHIRE})),
        _council(OLDBY, "Oldby Borough Council", end=MERGED, successors=frozenset({NEWLAND})),
        _council(ELDERTON, "Elderton District Council", end=MERGED, successors=frozenset({NEWLAND})),
        _council(
            GREYSHIRE,
            "Greyshire County Council",
            end=MERGED,
            successors=frozenset({NEWLAND, FARLAND}),
            type="CTY",
        ),
        _council(
            FORMERBY,
            "Formerby District Council",
            county=MIDSHIRE,
            end=date(2019, 3, 31),
            successors=frozenset({MIDTHORPE}),
        ),
    )
}


def at(council: UUID, since: date | None = None, until: date | None = None) -> Affiliation:
    return Affiliation(council, REGISTER[council].name, since, until)


def peer(number: int = 100, **facts: Any) -> PeerFacts:
    """An accredited officer with ten free days and nothing against them."""
    usual: dict[str, Any] = {
        "name": f"Peer {number}",
        "kind": PeerKind.OFFICER,
        "accredited_from": date(2024, 1, 1),
        "accredited_until": date(2027, 12, 31),
        "days_offered": 10,
    }
    return PeerFacts(UUID(int=number), **(usual | facts))


def found(
    who: PeerFacts,
    council: UUID | AuthorityFacts = MIDTHORPE,
    team: tuple[PeerFacts, ...] = (),
    window: Period = WINDOW,
    days: int = 5,
) -> tuple[Conflict, ...]:
    """The conflicts of one peer, at Midthorpe in the usual window unless told otherwise."""
    authority = council if isinstance(council, AuthorityFacts) else REGISTER[council]
    return check(who, authority, window, days, TODAY, register=REGISTER, team=team)


def said(conflicts: tuple[Conflict, ...]) -> list[tuple[Rule, str, date | None]]:
    """What is said of each conflict."""
    return [(conflict.rule, conflict.words, conflict.until) for conflict in conflicts]
