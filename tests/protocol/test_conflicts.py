"""The conflicts of design 6 as truth tables: who may not serve where, until when, and in which words."""

from dataclasses import replace
from datetime import date, timedelta
from math import pi
from typing import Any
from uuid import UUID

import pytest

from clearinghouse.protocol.conflicts import Conflict, Effect, Rule, check, is_blocked
from clearinghouse.protocol.peers import (
    Affiliation,
    AuthorityFacts,
    Deployment,
    Kinship,
    PeerFacts,
    PeerKind,
    Period,
    Review,
    Tie,
    are_neighbours,
    kin_of,
    last_day_of,
    reviews_made_by,
    ties,
    years_after,
)
from tests.protocol import peer_facts as f
from tests.protocol.peer_facts import (
    ELDERTON,
    FARLAND,
    FORMERBY,
    GREYSHIRE,
    MIDSHIRE,
    MIDTHORPE,
    MUNBRIDGE,
    NEWLAND,
    OLDBY,
    OXTOWN,
    REGISTER,
    TODAY,
    WINDOW,
    at,
    peer,
)


def found(
    who: PeerFacts,
    council: UUID | AuthorityFacts = MIDTHORPE,
    team: tuple[PeerFacts, ...] = (),
    window: Period = WINDOW,
    days: int = 5,
) -> tuple[Conflict, ...]:
    authority = council if isinstance(council, AuthorityFacts) else REGISTER[council]
    return check(who, authority, window, days, TODAY, register=REGISTER, team=team)


def said(conflicts: tuple[Conflict, ...]) -> list[tuple[Rule, str, date | None]]:
    return [(conflict.rule, conflict.words, conflict.until) for conflict in conflicts]


def test_somebody_from_elsewhere_has_no_conflict() -> None:
    """Wrong if the rules find a conflict where there is none."""
    assert found(peer(affiliations=(at(NEWLAND),))) == ()


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


@pytest.mark.parametrize(
    ("council", "interest", "blocked"),
    [(MIDTHORPE, MIDTHORPE, True), (NEWLAND, OLDBY, True), (MIDTHORPE, OXTOWN, False)],
)
def test_declared_interest(council: UUID, interest: UUID, blocked: bool) -> None:
    """Wrong if an interest declared in a council, or in one it replaced, does not block."""
    words = f"Has declared an interest in {REGISTER[council].name}."
    expected = [(Rule.DECLARED_INTEREST, words, None)] if blocked else []
    conflicts = found(peer(interests=frozenset({interest})), council)
    assert said(conflicts) == expected
    assert all(conflict.about == council for conflict in conflicts)


NEVER: dict[str, Any] = {"accredited_from": None, "accredited_until": None}


@pytest.mark.parametrize(
    ("facts", "rule", "words", "until"),
    [
        ({"accredited_until": date(2025, 6, 20)}, None, None, None),
        (
            {"accredited_until": date(2025, 6, 19)},
            Rule.NOT_ACCREDITED,
            "Accreditation lapses on 19 June 2025, before the work would end.",
            None,
        ),
        (
            {"accredited_until": date(2025, 5, 31)},
            Rule.NOT_ACCREDITED,
            "Accreditation lapsed on 31 May 2025, before the work would end.",
            None,
        ),
        (
            {"accredited_until": TODAY},
            Rule.NOT_ACCREDITED,
            "Accreditation lapses on 2 June 2025, before the work would end.",
            None,
        ),
        ({"accredited_until": None}, None, None, None),
        ({"accredited_from": date(2025, 6, 16)}, None, None, None),
        (
            {"accredited_from": date(2025, 6, 17)},
            Rule.NOT_ACCREDITED,
            "Accredited only from 17 June 2025.",
            date(2025, 6, 16),
        ),
        (NEVER, Rule.NOT_ACCREDITED, "Has no accreditation on record.", None),
        (NEVER | {"kind": PeerKind.SPECIALIST}, None, None, None),
        ({"suspended": True}, Rule.SUSPENDED, "Accreditation is suspended.", None),
        ({"days_used": 5}, None, None, None),
        (
            {"days_used": 6},
            Rule.DAYS_USED_UP,
            "Has 4 of the 10 days offered this year left; 5 are asked.",
            date(2026, 3, 31),
        ),
        (
            {"days_used": 9},
            Rule.DAYS_USED_UP,
            "Has 1 of the 10 days offered this year left; 5 are asked.",
            date(2026, 3, 31),
        ),
        (
            {"days_offered": 5, "days_used": 1},
            Rule.DAYS_USED_UP,
            "Has 4 of the 5 days offered this year left; 5 are asked.",
            date(2026, 3, 31),
        ),
        (
            {"days_used": 10},
            Rule.DAYS_USED_UP,
            "Has used all of the 10 days offered this year; 5 are asked.",
            date(2026, 3, 31),
        ),
        (
            {"days_offered": 4},
            Rule.DAYS_USED_UP,
            "Has 4 of the 4 days offered this year left; 5 are asked.",
            None,
        ),
        (
            {"unavailable": (Period(date(2025, 6, 18), date(2025, 6, 30)),)},
            Rule.UNAVAILABLE,
            "Unavailable from 18 June 2025 to 30 June 2025.",
            date(2025, 6, 30),
        ),
        ({"unavailable": (Period(date(2025, 6, 21), date(2025, 6, 30)),)}, None, None, None),
    ],
)
def test_accreditation_days_and_availability(
    facts: dict[str, Any], rule: Rule | None, words: str | None, until: date | None
) -> None:
    """Wrong if somebody who cannot come is offered, or the screen cannot say until when."""
    conflicts = found(peer(**facts))
    assert said(conflicts) == ([] if rule is None else [(rule, words, until)])
    assert all(conflict.effect is Effect.BLOCKED for conflict in conflicts)


@pytest.mark.parametrize(
    ("today", "until"),
    [
        (date(2026, 1, 15), date(2026, 3, 31)),
        (date(2026, 3, 31), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2027, 3, 31)),
    ],
)
def test_the_council_year_ends_on_the_last_of_march(today: date, until: date) -> None:
    """Wrong if a coordinator is told to come back a year too late, or on a day that changes nothing."""
    window = Period(today, today + timedelta(days=6))
    (conflict,) = check(peer(days_used=10), REGISTER[MIDTHORPE], window, 5, today, register=REGISTER)
    assert (conflict.rule, conflict.until) == (Rule.DAYS_USED_UP, until)


@pytest.mark.parametrize(
    ("away", "blocked"),
    [
        ([(9, 13)], False),  # one week of a fortnight: five weekdays stay free
        ([(9, 13), (16, 16)], True),  # four stay free
        ([(9, 13), (10, 12)], False),  # the same days named twice are lost once
        ([(14, 15)], False),  # a weekend
    ],
)
def test_a_window_wider_than_the_days_asked_bears_some_absence(
    away: list[tuple[int, int]], blocked: bool
) -> None:
    """Wrong if a week away in a longer window blocks, or too few free weekdays do not."""
    periods = tuple(Period(date(2025, 6, first), date(2025, 6, last)) for first, last in away)
    window = Period(date(2025, 6, 9), date(2025, 6, 20))
    assert is_blocked(found(peer(unavailable=periods), window=window)) is blocked


@pytest.mark.parametrize(
    ("away", "words"),
    [
        ([(16, 17), (18, 19)], "from 16 June 2025 to 19 June 2025"),
        ([(16, 18), (18, 19)], "from 16 June 2025 to 19 June 2025"),
        ([(16, 19), (17, 18)], "from 16 June 2025 to 19 June 2025"),
        ([(19, 20), (16, 17)], "from 16 June 2025 to 17 June 2025 and from 19 June 2025 to 20 June 2025"),
    ],
)
def test_times_away_that_meet_are_said_as_one(away: list[tuple[int, int]], words: str) -> None:
    """Wrong if a coordinator reads of free days between two absences where there are none, or the other way round."""
    periods = tuple(Period(date(2025, 6, first), date(2025, 6, last)) for first, last in away)
    (conflict,) = found(peer(unavailable=periods))
    assert conflict.words == f"Unavailable {words}."


@pytest.mark.parametrize(
    ("first", "last", "both"),
    [(9, 15, False), (9, 16, True), (16, 20, True), (20, 30, True), (21, 30, False)],
)
def test_periods_overlap_where_a_day_is_in_both(first: int, last: int, both: bool) -> None:
    """Wrong if the first or the last day of an absence is not counted."""
    other = Period(date(2025, 6, first), date(2025, 6, last))
    assert (WINDOW.overlaps(other), other.overlaps(WINDOW)) == (both, both)


def test_days_used_this_council_year_do_not_count_in_the_next() -> None:
    """Wrong if days used before 31 March block work after it."""
    next_year = Period(date(2026, 4, 13), date(2026, 4, 17))
    assert found(peer(days_offered=5, days_used=5), window=next_year) == ()
    last_day = Period(date(2026, 3, 31), date(2026, 4, 10))
    assert [conflict.rule for conflict in found(peer(days_used=10), window=last_day)] == [Rule.DAYS_USED_UP]


FROM_WEDNESDAY = Period(date(2025, 6, 11), date(2025, 6, 14))  # to Saturday: three weekdays
TWENTY_WEEKS = Period(date(2025, 6, 2), date(2025, 10, 19))  # a hundred weekdays


@pytest.mark.parametrize(
    ("window", "away", "days", "blocked"),
    [
        (FROM_WEDNESDAY, [(12, 12)], 2, False),
        (FROM_WEDNESDAY, [(12, 12)], 3, True),
        (FROM_WEDNESDAY, [(11, 11), (13, 13)], 1, False),
        (FROM_WEDNESDAY, [(11, 11), (13, 13)], 2, True),
        (TWENTY_WEEKS, [(9, 15)], 95, False),
        (TWENTY_WEEKS, [(9, 15)], 96, True),
    ],
)
def test_only_mondays_to_fridays_of_the_window_count(
    window: Period, away: list[tuple[int, int]], days: int, blocked: bool
) -> None:
    """Wrong if a Saturday, or a day outside the window, is taken for a day of work."""
    periods = tuple(Period(date(2025, 6, first), date(2025, 6, last)) for first, last in away)
    who = peer(days_offered=100, unavailable=periods)
    assert is_blocked(found(who, window=window, days=days)) is blocked


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


LABOUR = {"kind": PeerKind.COUNCILLOR, "political_group": "labour "}
GREEN = {"kind": PeerKind.COUNCILLOR, "political_group": "Green"}


@pytest.mark.parametrize(
    ("who", "team", "warned"),
    [
        (LABOUR, [], True),
        (LABOUR, [LABOUR], True),
        (LABOUR, [GREEN], False),
        (LABOUR, [{"kind": PeerKind.OFFICER}], True),
        (LABOUR, [{"kind": PeerKind.COUNCILLOR}], True),  # no group on record balances nothing
        (GREEN, [], False),
        ({"kind": PeerKind.COUNCILLOR}, [], False),
        ({"kind": PeerKind.OFFICER, "political_group": "Labour"}, [], False),
    ],
)
def test_ruling_group(who: dict[str, Any], team: list[dict[str, Any]], warned: bool) -> None:
    """Wrong if one group judges its own council with nobody beside it and no lead is asked."""
    one = peer(**who)
    others = tuple(peer(200 + number, **facts) for number, facts in enumerate(team))
    words = (
        "Belongs to the Labour group, which has led Midthorpe Borough Council since 4 May 2023, and the team has"
        " no councillor of another group."
    )
    expected = [(Rule.SAME_GROUP, words, None)] if warned else []
    conflicts = found(one, team=(*others, one))
    assert said(conflicts) == expected
    assert all(conflict.about == MIDTHORPE for conflict in conflicts)


def test_a_ruling_group_of_which_nobody_knows_since_when() -> None:
    """Wrong if the page says since when without knowing it."""
    (warning,) = found(peer(**LABOUR), replace(REGISTER[MIDTHORPE], ruling_group_since=None))
    assert warning.words == (
        "Belongs to the Labour group, which has led Midthorpe Borough Council, and the team has no councillor of"
        " another group."
    )


@pytest.mark.parametrize(
    ("council", "served", "words", "until"),
    [
        (
            MIDTHORPE,
            Deployment(MIDTHORPE, date(2022, 6, 16)),
            "Served until 16 June 2022 on a review of Midthorpe Borough Council.",
            date(2025, 6, 16),
        ),
        (MIDTHORPE, Deployment(MIDTHORPE, date(2022, 6, 15)), None, None),
        (
            MIDTHORPE,
            Deployment(MIDTHORPE, None),
            "Already serves on a review of Midthorpe Borough Council.",
            None,
        ),
        (
            NEWLAND,
            Deployment(OLDBY, date(2023, 2, 1)),
            "Served until 1 February 2023 on a review of Oldby Borough Council, which Newland Council replaced.",
            date(2026, 2, 1),
        ),
        (MIDTHORPE, Deployment(OXTOWN, date(2025, 1, 1)), None, None),
    ],
)
def test_reviewed_before(council: UUID, served: Deployment, words: str | None, until: date | None) -> None:
    """Wrong if somebody comes back within three years of a review and no lead is asked."""
    expected = [] if words is None else [(Rule.REVIEWED_BEFORE, words, until)]
    conflicts = found(peer(deployments=(served,)), council)
    assert said(conflicts) == expected
    assert all(conflict.about == council for conflict in conflicts)


EARLIER, LATER = date(2023, 6, 1), date(2024, 6, 1)


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        ((EARLIER, LATER), "Served until 1 June 2024 on a review of Midthorpe Borough Council."),
        ((LATER, EARLIER), "Served until 1 June 2024 on a review of Midthorpe Borough Council."),
        ((LATER, None, EARLIER), "Already serves on a review of Midthorpe Borough Council."),
    ],
)
def test_the_last_of_several_reviews_counts(ended: tuple[date | None, ...], words: str) -> None:
    """Wrong if the three years are counted from a review that was not the last."""
    who = peer(deployments=tuple(Deployment(MIDTHORPE, each) for each in ended))
    assert [conflict.words for conflict in found(who)] == [words]


def test_a_review_of_a_council_that_the_register_no_longer_has() -> None:
    """Wrong if the review of an abolished council is forgotten with it."""
    register = {council: facts for council, facts in REGISTER.items() if council != OLDBY}
    who = peer(deployments=(Deployment(OLDBY, EARLIER),))
    (warning,) = check(who, REGISTER[NEWLAND], WINDOW, 5, TODAY, register=register)
    assert warning.words == "Served until 1 June 2023 on a review of Newland Council."


MEMBER = UUID(int=200)


@pytest.mark.parametrize(
    ("mine", "theirs", "words"),
    [
        (at(OXTOWN, until=date(2010, 1, 1)), at(OXTOWN, date(2010, 1, 1)), "Oxtown City Council"),
        (at(OXTOWN, until=date(2009, 12, 31)), at(OXTOWN, date(2010, 1, 1)), None),
        (at(OXTOWN, until=date(2010, 1, 1)), at(MUNBRIDGE), None),
        (at(OLDBY), at(NEWLAND, f.MERGED), "Newland Council"),
    ],
)
def test_worked_at_one_council(mine: Affiliation, theirs: Affiliation, words: str | None) -> None:
    """Wrong if former colleagues are not seen, also across an abolition."""
    who = peer(affiliations=(mine,))
    conflicts = found(who, MIDSHIRE, team=(peer(200, name="Ada Pell", affiliations=(theirs,)),))
    sentence = f"Belonged to {words} at the same time as Ada Pell."
    assert said(conflicts) == ([] if words is None else [(Rule.WORKED_TOGETHER, sentence, None)])
    assert all(conflict.about == MEMBER for conflict in conflicts)


NOWHERE = Affiliation(UUID(int=99), "Nowhere Council")  # not in the register


def test_each_former_colleague_is_named_once() -> None:
    """Wrong if a lead is asked twice about one colleague, or not about the second."""
    both = (at(OXTOWN), at(MUNBRIDGE))
    team = (peer(200, name="Ada Pell", affiliations=both), peer(201, name="Bo Reed", affiliations=both))
    conflicts = found(peer(affiliations=both), NEWLAND, team=team)
    assert [conflict.words for conflict in conflicts] == [
        "Belonged to Oxtown City Council at the same time as Ada Pell.",
        "Belonged to Oxtown City Council at the same time as Bo Reed.",
    ]


def test_colleagues_at_a_council_that_the_register_no_longer_has() -> None:
    """Wrong if a council that was taken out of the register hides who worked there together."""
    team = (peer(200, name="Ada Pell", affiliations=(NOWHERE,)),)
    (warning,) = found(peer(affiliations=(NOWHERE,)), team=team)
    assert warning.words == "Belonged to Nowhere Council at the same time as Ada Pell."


@pytest.mark.parametrize(
    ("ended", "warned"), [(date(2022, 6, 16), True), (date(2022, 6, 15), False), (None, True)]
)
def test_served_on_one_review(ended: date | None, warned: bool) -> None:
    """Wrong if two who served together within three years are not seen."""
    who = peer(deployments=(Deployment(OXTOWN, ended, team=frozenset({MEMBER})),))
    conflicts = found(who, team=(peer(200, name="Ada Pell"),))
    words = "Served on a review at Oxtown City Council with Ada Pell."
    until = years_after(ended, 3) if ended else None
    expected = [Conflict(Rule.WORKED_TOGETHER, Effect.WARNING, words, until, MEMBER)] if warned else []
    assert list(conflicts) == expected


def test_of_all_reviews_those_with_a_member_count_and_each_member_once() -> None:
    """Wrong if a review without anybody of the team hides the next, or somebody outside the team is named."""
    with_ada = frozenset({MEMBER, UUID(int=999)})
    who = peer(
        deployments=(
            Deployment(OXTOWN, LATER, team=frozenset({UUID(int=999)})),
            Deployment(NOWHERE.authority, LATER, team=with_ada),
            Deployment(OXTOWN, LATER, team=with_ada),
        )
    )
    conflicts = found(who, team=(peer(200, name="Ada Pell"), peer(201)))
    assert [conflict.words for conflict in conflicts] == ["Served on a review with Ada Pell."]


@pytest.mark.parametrize(
    ("ended", "until"), [(date(2022, 6, 16), date(2025, 6, 16)), (date(2022, 6, 15), None)]
)
def test_reciprocal_review(ended: date, until: date | None) -> None:
    """Wrong if a council's people and a peer's own may review each other in turn and no lead is asked."""
    theirs = peer(300, affiliations=(at(MIDTHORPE),), deployments=(Deployment(MUNBRIDGE, ended),))
    made = reviews_made_by(REGISTER[MIDTHORPE], [peer(301), theirs, peer(302)], REGISTER)
    assert made == {Review(MUNBRIDGE, ended)}
    council = replace(REGISTER[MIDTHORPE], reviews_made=made)
    words = "Belongs to Munbridge City Council, which people of Midthorpe Borough Council reviewed until 16 June 2022."
    expected = [] if until is None else [(Rule.RECIPROCAL_REVIEW, words, until)]
    conflicts = found(peer(affiliations=(at(MUNBRIDGE),)), council)
    assert said(conflicts) == expected
    assert all(conflict.about == MUNBRIDGE for conflict in conflicts)


@pytest.mark.parametrize(
    ("reviewed", "held", "name"),
    [
        (OLDBY, at(NEWLAND), "Newland Council"),
        (NOWHERE.authority, NOWHERE, "Nowhere Council"),
    ],
)
def test_a_review_of_what_a_council_was_before_counts_for_it(
    reviewed: UUID, held: Affiliation, name: str
) -> None:
    """Wrong if a merger, or a council taken out of the register, wipes out who reviewed whom."""
    council = replace(REGISTER[MIDTHORPE], reviews_made=frozenset({Review(reviewed, date(2023, 2, 1))}))
    (warning,) = found(peer(affiliations=(held,)), council)
    assert (
        warning.words
        == f"Belongs to {name}, which people of Midthorpe Borough Council reviewed until 1 February 2023."
    )


def test_the_last_of_our_reviews_counts_whatever_came_before() -> None:
    """Wrong if an old review hides a recent one, or the three years run from one that was not the last."""
    days = [date(year, 5, day) for year in (2021, 2024) for day in range(1, 29)]
    council = replace(REGISTER[MIDTHORPE], reviews_made=frozenset(Review(MUNBRIDGE, day) for day in days))
    (warning,) = found(peer(affiliations=(at(MUNBRIDGE),)), council)
    assert warning.until == date(2027, 5, 28)


def test_a_review_made_before_joining_the_council_is_not_its_own() -> None:
    """Wrong if what somebody did at an earlier employer is laid at this council's door."""
    newcomer = peer(
        affiliations=(at(MIDTHORPE, date(2025, 1, 1)),),
        deployments=(Deployment(MUNBRIDGE, date(2024, 1, 1)),),
    )
    assert reviews_made_by(REGISTER[MIDTHORPE], [newcomer], REGISTER) == frozenset()


def test_blocks_and_warnings_each_know_their_effect() -> None:
    """Wrong if a warning blocks or a block can be accepted."""
    blocks = {
        Rule.BELONGS,
        Rule.DECLARED_INTEREST,
        Rule.NOT_ACCREDITED,
        Rule.SUSPENDED,
        Rule.DAYS_USED_UP,
        Rule.UNAVAILABLE,
    }
    everything = peer(
        kind=PeerKind.COUNCILLOR,
        political_group="Labour",
        affiliations=(at(MIDTHORPE), at(OXTOWN)),
        interests=frozenset({MIDTHORPE}),
        accredited_until=date(2025, 1, 1),
        suspended=True,
        days_used=10,
        unavailable=(WINDOW,),
        deployments=(Deployment(MIDTHORPE, date(2025, 1, 1)),),
    )
    council = replace(REGISTER[MIDTHORPE], reviews_made=frozenset({Review(OXTOWN, date(2025, 1, 1))}))
    conflicts = found(everything, council, team=(peer(200, affiliations=(at(OXTOWN),)),))
    assert {conflict.rule for conflict in conflicts} == set(Rule)
    assert {conflict.rule for conflict in conflicts if conflict.effect is Effect.BLOCKED} == blocks
    effects = [conflict.effect for conflict in conflicts]
    assert effects == sorted(effects, key=list(Effect).index)


def test_leap_day() -> None:
    """Wrong if a leaving on 29 February cannot be counted forward."""
    assert years_after(date(2024, 2, 29), 3) == date(2027, 2, 28)


def test_a_period_runs_forward() -> None:
    """Wrong if a mistyped period is taken for an empty one."""
    with pytest.raises(ValueError, match=r"^a period cannot end before it begins$"):
        Period(date(2025, 1, 2), date(2025, 1, 1))
