"""Who belongs to a neighbour of a council serves there with a warning: which councils are near, as truth tables."""

from dataclasses import replace
from datetime import date
from math import pi
from typing import Any
from uuid import UUID

import pytest

from clearinghouse.protocol.conflicts import Rule, check, is_blocked
from clearinghouse.protocol.peers import (
    Affiliation,
    are_neighbours,
)
from tests.protocol.peer_facts import (
    FARLAND,
    GREYSHIRE,
    MIDTHORPE,
    MUNBRIDGE,
    NEWLAND,
    OLDBY,
    OXTOWN,
    REGISTER,
    TODAY,
    WINDOW,
    at,
    found,
    peer,
    said,
)


@pytest.mark.parametrize(
    ("held", "words"),
    [
        # 26 km apart, radii of ten kilometres each: 1.3 times their sum is 26 km
        (at(OXTOWN), "Belongs to Oxtown City Council, which neighbours Midthorpe Borough Council."),
        (at(MUNBRIDGE), None),
        (at(OXTOWN, until=date(2025, 6, 15)), None),
        (
            at(OXTOWN, until=WINDOW.first),
            "Belongs to Oxtown City Council, which neighbours Midthorpe Borough Council.",
        ),
        (
            at(OXTOWN, since=WINDOW.last),
            "Belongs to Oxtown City Council, which neighbours Midthorpe Borough Council.",
        ),
        (at(OXTOWN, since=date(2025, 6, 21)), None),
        (at(NEWLAND), None),  # without coordinates nothing is known
    ],
)
def test_neighbour(held: Affiliation, words: str | None) -> None:
    """Wrong if the distance rule is off, or a neighbour of former days counts."""
    warnings = found(peer(affiliations=(held,)))
    assert said(warnings) == ([] if words is None else [(Rule.NEIGHBOUR, words, None)])
    assert not is_blocked(warnings)


def test_who_was_abolished_into_a_neighbour_is_a_neighbour() -> None:
    """Wrong if the neighbour rule looks only at the name on the affiliation."""
    near = REGISTER | {NEWLAND: replace(REGISTER[NEWLAND], x=410_000.0, y=300_000.0, area_km2=100.0)}
    who = peer(affiliations=(at(OLDBY),))
    (warning,) = check(who, REGISTER[MIDTHORPE], WINDOW, 5, TODAY, register=near)
    assert (warning.rule, warning.about) == (Rule.NEIGHBOUR, NEWLAND)
    assert warning.words == "Belongs to Newland Council, which neighbours Midthorpe Borough Council."
    assert are_neighbours(near[NEWLAND], REGISTER[MIDTHORPE])


@pytest.mark.parametrize(
    ("held", "near"),
    [
        ((at(GREYSHIRE),), NEWLAND),  # two successors: the first, and the second
        ((at(GREYSHIRE),), FARLAND),
        ((at(OLDBY), at(GREYSHIRE)), FARLAND),
        ((at(MUNBRIDGE, until=date(2020, 1, 1)), at(OXTOWN)), OXTOWN),
        ((at(OXTOWN), at(OXTOWN, since=date(2024, 1, 1))), OXTOWN),  # said once
    ],
)
def test_every_place_of_a_peer_is_looked_at_once(held: tuple[Affiliation, ...], near: UUID) -> None:
    """Wrong if a neighbour is overlooked behind a council that is none, or is said twice."""
    place = replace(REGISTER[near], x=410_000.0, y=300_000.0, area_km2=100.0)
    who = peer(affiliations=held)
    conflicts = check(who, REGISTER[MIDTHORPE], WINDOW, 5, TODAY, register=REGISTER | {near: place})
    assert [(conflict.rule, conflict.about) for conflict in conflicts] == [(Rule.NEIGHBOUR, near)]


HERE = replace(REGISTER[MIDTHORPE], x=400_000.0, y=300_000.0, area_km2=100 * pi)  # ten kilometres


@pytest.mark.parametrize(
    ("facts", "near"),
    [
        ({"x": 426_000.0}, True),  # 1.3 times twice ten kilometres, to the metre
        ({"x": 426_001.0}, False),
        ({"y": 326_000.0}, True),
        ({"y": 326_001.0}, False),
        ({"x": None}, False),
        ({"y": None}, False),
        ({"area_km2": None}, False),
    ],
)
def test_how_near_a_neighbour_is(facts: dict[str, Any], near: bool) -> None:
    """Wrong if the distance is measured one way only, or a council without a place is called near."""
    other = replace(HERE, id=OXTOWN, **facts)
    assert (are_neighbours(HERE, other), are_neighbours(other, HERE)) == (near, near)
