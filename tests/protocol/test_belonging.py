"""Who belongs to a council or to its kin may not serve there, as truth tables with until when and in which words."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from clearinghouse.protocol.conflicts import Rule, check
from clearinghouse.protocol.peers import (
    Affiliation,
    Kinship,
    PeerKind,
    Tie,
    kin_of,
    last_day_of,
    ties,
)
from tests.protocol import peer_facts as f
from tests.protocol.peer_facts import (
    ELDERTON,
    FARLAND,
    FORMERBY,
    GREYSHIRE,
    MIDSHIRE,
    MIDTHORPE,
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

LEFT, LONG_AGO = (
    date(2021, 6, 16),
    date(2021, 6, 15),
)  # four years to the day before the window, and a day more


@pytest.mark.parametrize(
    ("council", "held", "words", "until"),
    [
        # itself
        (MIDTHORPE, at(MIDTHORPE), "Employed by Midthorpe Borough Council.", None),
        (
            MIDTHORPE,
            at(MIDTHORPE, until=LEFT),
            "Employed by Midthorpe Borough Council until 16 June 2021.",
            date(2025, 6, 16),
        ),
        (MIDTHORPE, at(MIDTHORPE, until=LONG_AGO), None, None),
        (
            MIDTHORPE,
            at(MIDTHORPE, since=date(2025, 9, 1)),
            "Employed by Midthorpe Borough Council from 1 September 2025.",
            None,
        ),
        (MIDTHORPE, at(MIDTHORPE, since=TODAY), "Employed by Midthorpe Borough Council.", None),
        # county and district, both ways
        (
            MIDTHORPE,
            at(MIDSHIRE),
            "Employed by Midshire County Council, the county council for Midthorpe Borough Council.",
            None,
        ),
        (
            MIDSHIRE,
            at(MIDTHORPE),
            "Employed by Midthorpe Borough Council, a district in the area of Midshire County Council.",
            None,
        ),
        (MIDTHORPE, at(MIDSHIRE, until=LONG_AGO), None, None),
        (
            MIDSHIRE,
            at(FORMERBY),
            (
                "Employed by Formerby District Council when Midthorpe Borough Council replaced it, a district in the"
                " area of Midshire County Council, and not recorded as having left."
            ),
            None,
        ),
        # lineage, while it lasts
        (
            NEWLAND,
            at(OLDBY, until=date(2023, 3, 31)),
            "Employed by Oldby Borough Council until 31 March 2023, which Newland Council replaced.",
            date(2027, 3, 31),
        ),
        (NEWLAND, at(OLDBY, until=date(2020, 3, 31)), None, None),
        # there when it was abolished, and nobody has recorded a leaving: belongs to the successors, however long ago
        (
            NEWLAND,
            at(ELDERTON),
            (
                "Employed by Elderton District Council when Newland Council replaced it, and not recorded as having"
                " left."
            ),
            None,
        ),
        (
            FARLAND,
            at(GREYSHIRE),
            (
                "Employed by Greyshire County Council when Farland Council replaced it, and not recorded as having"
                " left."
            ),
            None,
        ),
        (
            MIDTHORPE,
            at(FORMERBY),
            (
                "Employed by Formerby District Council when Midthorpe Borough Council replaced it, and not recorded"
                " as having left."
            ),
            None,
        ),
        (MIDTHORPE, at(FORMERBY, until=date(2019, 3, 31)), None, None),
        # left the successor later: four years from then
        (
            MIDTHORPE,
            at(FORMERBY, until=date(2022, 1, 31)),
            (
                "Employed by Formerby District Council until 31 January 2022, which Midthorpe Borough Council"
                " replaced."
            ),
            date(2026, 1, 31),
        ),
        # a request on an abolished council still knows its successor
        (OLDBY, at(NEWLAND), "Employed by Newland Council, which replaced Oldby Borough Council.", None),
        # no kin: another part of what was one county
        (FARLAND, at(OLDBY), None, None),
    ],
)
def test_belonging(council: UUID, held: Affiliation, words: str | None, until: date | None) -> None:
    """Wrong if somebody may serve at a council of their own, its lineage, its county or its districts."""
    expected = [] if words is None else [(Rule.BELONGS, words, until)]
    conflicts = found(peer(affiliations=(held,)), council)
    assert said(conflicts) == expected
    assert all(conflict.about == held.authority for conflict in conflicts)


def test_belonging_is_found_wherever_it_stands_on_the_record() -> None:
    """Wrong if only the first council of a peer is looked at."""
    conflicts = found(peer(affiliations=(at(NEWLAND), at(MIDTHORPE))))
    assert [conflict.about for conflict in conflicts] == [MIDTHORPE]


WHEN_REPLACED = "Employed by Oldby Borough Council when {} replaced it{}, and not recorded as having left."


@pytest.mark.parametrize(
    ("council", "changed", "words"),
    [
        # of several successors that are kin, the council itself is named, whichever was entered first
        (
            MIDTHORPE,
            {OLDBY: {"successors": frozenset({MIDSHIRE, MIDTHORPE})}},
            WHEN_REPLACED.format("Midthorpe Borough Council", ""),
        ),
        (
            MIDTHORPE,
            {OLDBY: {"successors": frozenset({MIDSHIRE, FARLAND})}},
            WHEN_REPLACED.format(
                "Midshire County Council", ", the county council for Midthorpe Borough Council"
            ),
        ),
        # kin itself, but replaced by a council that is none
        (
            MIDSHIRE,
            {MIDSHIRE: {"districts": frozenset({OLDBY})}},
            "Employed by Oldby Borough Council, a district in the area of Midshire County Council.",
        ),
        # the council that asks is not in the register
        (NEWLAND, {NEWLAND: None}, WHEN_REPLACED.format("Newland Council", "")),
    ],
)
def test_who_replaced_the_peers_council_is_named(
    council: UUID, changed: dict[UUID, dict[str, Any] | None], words: str
) -> None:
    """Wrong if a coordinator reads out another council than the one that makes the conflict."""
    register = REGISTER | {each: replace(REGISTER[each], **(facts or {})) for each, facts in changed.items()}
    asks = register[council]
    for each in [each for each, facts in changed.items() if facts is None]:
        del register[each]
    conflicts = check(peer(affiliations=(at(OLDBY),)), asks, WINDOW, 5, TODAY, register=register)
    assert [conflict.words for conflict in conflicts] == [words]


def test_who_left_after_their_council_went_into_a_kin_one_stays_away_four_years() -> None:
    """Wrong if a council that is no kin itself hides that the peer then worked in a district of the county."""
    register = REGISTER | {OLDBY: replace(REGISTER[OLDBY], successors=frozenset({MIDTHORPE}))}
    who = peer(affiliations=(at(OLDBY, until=date(2024, 1, 31)),))
    conflicts = check(who, REGISTER[MIDSHIRE], WINDOW, 5, TODAY, register=register)
    words = (
        "Employed by Oldby Borough Council until 31 January 2024, a district in the area of"
        " Midshire County Council."
    )
    assert said(conflicts) == [(Rule.BELONGS, words, date(2028, 1, 31))]


@pytest.mark.parametrize(
    ("until", "belongs_on"),
    [(None, True), (f.MERGED + timedelta(days=1), True), (f.MERGED, False), (date(2020, 1, 1), False)],
)
def test_who_left_by_the_end_of_a_council_did_not_go_to_its_successors(
    until: date | None, belongs_on: bool
) -> None:
    """Wrong if somebody who left in time is tied to a council that came later."""
    (tie,) = ties(peer(affiliations=(at(OLDBY, until=until),)), REGISTER)
    assert tie.heirs == (frozenset({NEWLAND}) if belongs_on else frozenset())


@pytest.mark.parametrize(
    ("until", "went"),
    [
        (None, True),
        (f.MERGED + timedelta(days=1), True),
        (f.MERGED, True),
        (f.MERGED - timedelta(days=1), False),
    ],
)
def test_who_left_the_successor_before_the_merger_did_not_go_there(until: date | None, went: bool) -> None:
    """Wrong if an old post at the later successor frees somebody from the other successors for good."""
    old, _ = ties(peer(affiliations=(at(GREYSHIRE), at(FARLAND, until=until))), REGISTER)
    assert (old.heirs, old.until) == (
        (frozenset(), date(2023, 3, 31)) if went else (frozenset({NEWLAND, FARLAND}), None)
    )


MAY, JUNE = date(2025, 5, 1), date(2025, 6, 1)
NIGHT = timedelta(days=1)


@pytest.mark.parametrize(
    ("since", "until", "day", "held"),
    [
        (None, None, MAY, True),
        (MAY, None, MAY, True),
        (MAY, None, MAY - NIGHT, False),
        (None, MAY, MAY, True),
        (None, MAY, MAY + NIGHT, False),
        (MAY, JUNE, JUNE, True),
        (MAY, JUNE, JUNE + NIGHT, False),
    ],
)
def test_belonging_on_a_day(since: date | None, until: date | None, day: date, held: bool) -> None:
    """Wrong if the first or the last day at a council is not one there."""
    assert Tie(OXTOWN, "Oxtown", since, until).holds_on(day) is held


@pytest.mark.parametrize(
    ("one", "other", "met"),
    [
        ((None, None), (None, None), True),
        ((None, MAY), (None, JUNE), True),
        ((None, MAY), (JUNE, None), False),
        ((None, MAY), (MAY, None), True),
        ((None, MAY), (MAY + NIGHT, None), False),
        ((MAY, JUNE), (None, None), True),
        ((MAY, MAY), (JUNE, JUNE), False),
        ((MAY, None), (JUNE, JUNE), True),
    ],
)
def test_being_at_one_council_at_one_time(
    one: tuple[date | None, date | None], other: tuple[date | None, date | None], met: bool
) -> None:
    """Wrong if two who were never there together are called colleagues, or two who were are not."""
    first, second = Tie(OXTOWN, "Oxtown", *one), Tie(OXTOWN, "Oxtown", *other)
    assert (first.meets(second), second.meets(first)) == (met, met)


@pytest.mark.parametrize(
    ("council", "untils"),
    [
        (FARLAND, [date(2027, 3, 31), None]),  # the old council, and the one where the peer went
        (NEWLAND, [date(2027, 3, 31)]),  # the other successor: four years from the old council's last day
    ],
)
def test_an_own_record_at_a_successor_says_where_the_peer_went(
    council: UUID, untils: list[date | None]
) -> None:
    """Wrong if who went to one successor belongs for ever to the other as well."""
    blocks = found(peer(affiliations=(at(GREYSHIRE), at(FARLAND, since=f.MERGED))), council)
    assert [(block.rule, block.until) for block in blocks] == [(Rule.BELONGS, until) for until in untils]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (PeerKind.COUNCILLOR, "Councillor of Midthorpe Borough Council."),
        (PeerKind.SPECIALIST, "Attached to Midthorpe Borough Council."),
    ],
)
def test_belonging_is_said_as_the_peer_belongs(kind: PeerKind, words: str) -> None:
    """Wrong if a councillor is called an employee."""
    assert [c.words for c in found(peer(kind=kind, affiliations=(at(MIDTHORPE),)))] == [words]


def test_each_kind_of_kin_is_called_what_it_is() -> None:
    """Wrong if the county of old, or a former district, is overlooked or called something else."""
    nowhere = UUID(int=99)
    county = replace(
        REGISTER[MIDSHIRE],
        districts=frozenset({MIDTHORPE, nowhere}),
        predecessors=frozenset({OLDBY}),
        successors=frozenset({NEWLAND}),
    )
    register = REGISTER | {MIDSHIRE: county}
    assert kin_of(county, register) == {
        MIDSHIRE: Kinship.ITSELF,
        OLDBY: Kinship.PREDECESSOR,
        NEWLAND: Kinship.SUCCESSOR,
        MIDTHORPE: Kinship.DISTRICT,
        nowhere: Kinship.DISTRICT,
        FORMERBY: Kinship.FORMER_DISTRICT,
    }
    assert kin_of(REGISTER[MIDTHORPE], register) == {
        MIDTHORPE: Kinship.ITSELF,
        FORMERBY: Kinship.PREDECESSOR,
        MIDSHIRE: Kinship.COUNTY,
        OLDBY: Kinship.FORMER_COUNTY,
        NEWLAND: Kinship.FORMER_COUNTY,
    }


def test_kin_is_found_transitively_given_and_not_beyond() -> None:
    """Wrong if kin misses a district's predecessor, or reaches a neighbour's."""
    assert set(kin_of(REGISTER[MIDSHIRE], REGISTER)) == {MIDSHIRE, MIDTHORPE, FORMERBY}
    assert set(kin_of(REGISTER[NEWLAND], REGISTER)) == {NEWLAND, OLDBY, ELDERTON, GREYSHIRE}


@pytest.mark.parametrize(
    ("council", "last"), [(OLDBY, date(2023, 3, 31)), (FORMERBY, date(2019, 3, 31)), (NEWLAND, None)]
)
def test_last_day_whichever_way_the_register_writes_an_end(council: UUID, last: date | None) -> None:
    """Wrong if an end written as the successor's first day counts as a day of the old council."""
    assert last_day_of(REGISTER[council], REGISTER) == last
