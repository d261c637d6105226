"""The conflicts of design 6 as truth tables: interests, the ruling group, and what all of them have alike."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from clearinghouse.protocol.conflicts import Effect, Rule
from clearinghouse.protocol.peers import (
    Deployment,
    PeerKind,
    Period,
    Review,
    years_after,
)
from tests.protocol.peer_facts import (
    MIDTHORPE,
    NEWLAND,
    OLDBY,
    OXTOWN,
    REGISTER,
    WINDOW,
    at,
    found,
    peer,
    said,
)


def test_somebody_from_elsewhere_has_no_conflict() -> None:
    """Wrong if the rules find a conflict where there is none."""
    assert found(peer(affiliations=(at(NEWLAND),))) == ()


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
