"""Who reviewed a council before, or whom it reviewed, and who worked with a member of the team, as truth tables."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from clearinghouse.protocol.conflicts import Conflict, Effect, Rule, check
from clearinghouse.protocol.peers import (
    Affiliation,
    Deployment,
    Review,
    reviews_made_by,
    years_after,
)
from tests.protocol import peer_facts as f
from tests.protocol.peer_facts import (
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
    found,
    peer,
    said,
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
