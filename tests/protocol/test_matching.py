"""Ranking, balance and fielding as a coordinator would check them."""

import random
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from clearinghouse.protocol.conflicts import Rule
from clearinghouse.protocol.matching import (
    Candidate,
    Shortfall,
    TeamRequest,
    balance,
    may_field,
    members_of,
    rank,
)
from clearinghouse.protocol.peers import Deployment, PeerFacts, PeerKind, Period
from tests.protocol.peer_facts import MIDTHORPE, NEWLAND, OXTOWN, REGISTER, TODAY, WINDOW, at, peer

COUNCIL = REGISTER[MIDTHORPE]
THEMES = frozenset({"finance", "governance", "value_for_money"})
KEY = tuple[Rule, UUID | None]


def request(**facts: Any) -> TeamRequest:
    usual: dict[str, Any] = {"councillors": 1, "officers": 2}
    return TeamRequest(MIDTHORPE, WINDOW, 5, **(usual | facts))


def ranked(*peers: PeerFacts, chosen: tuple[PeerFacts, ...] = (), **facts: Any) -> list[Candidate]:
    return rank(peers, request(**facts), COUNCIL, register=REGISTER, today=TODAY, chosen=chosen)


@pytest.mark.parametrize(
    ("asked", "held", "words", "points"),
    [
        ({}, {}, "The team still needs 2 officers.", 15),
        ({"officers": 0}, {}, "The team needs no further officer.", 0),
        ({}, {}, "No theme was asked for.", 20),
        (
            {"themes": THEMES},
            {"themes": frozenset({"finance", "value_for_money", "partnership"})},
            "Knows 2 of 3 themes asked for: finance, value for money.",
            13,
        ),
        ({"themes": THEMES}, {}, "Knows 0 of 3 themes asked for.", 0),
        (
            {"services": frozenset({"children"})},
            {"services": frozenset({"children"})},
            "Knows 1 of 1 service asked for: children.",
            15,
        ),
        (
            {"seniorities": frozenset({"director"})},
            {"seniority": "director"},
            "Of the seniority asked for: director.",
            10,
        ),
        (
            {"seniorities": frozenset({"director"})},
            {"seniority": "head_of_service"},
            "Not of the seniority asked for: head of service.",
            0,
        ),
        (
            {"authority_type": "NMD"},
            {"authority_types": frozenset({"NMD"})},
            "Knows this type of council: NMD.",
            5,
        ),
        ({"authority_type": "NMD"}, {}, "Does not know this type of council: NMD.", 0),
        (
            {"named": frozenset({OXTOWN})},
            {"affiliations": (at(OXTOWN),)},
            "Comes from a council asked for by name: Oxtown City Council.",
            10,
        ),
        (
            {"named": frozenset({OXTOWN})},
            {"affiliations": (at(OXTOWN, until=TODAY),)},
            "Comes from none of the councils asked for by name.",
            0,
        ),
        ({}, {}, "Has served on no review yet.", 0),
        (
            {},
            {"deployments": (Deployment(NEWLAND, date(2020, 1, 1)),), "led_reviews": 1},
            "Has served on 1 review and led 1.",
            5,
        ),
        (
            {"services": frozenset({"children"})},
            {"services": frozenset({"waste"})},
            "Knows 0 of 1 service asked for.",
            0,
        ),
        ({}, {"days_used": 3}, "Has 7 of 10 days offered left.", 7),
        ({}, {"days_used": 12}, "Has 0 of 10 days offered left.", 0),
        ({}, {"regions": frozenset({"North West"})}, "Willing to travel to North West.", 5),
        ({}, {}, "Has not said that they travel to North West.", 0),
    ],
)
def test_every_point_is_explained(
    asked: dict[str, Any], held: dict[str, Any], words: str, points: int
) -> None:
    """Wrong if a coordinator cannot say why somebody scored what they did."""
    (candidate,) = ranked(peer(**held), **asked)
    assert (words, points) in [(point.words, point.points) for point in candidate.points]


def test_a_perfect_fit_scores_a_hundred() -> None:
    """Wrong if the scale does not end at a hundred."""
    (candidate,) = ranked(peer(regions=frozenset({"North West"}), led_reviews=4))
    assert candidate.score == 100


def test_what_the_chosen_bring_is_no_longer_asked() -> None:
    """Wrong if candidates are ranked for what the team already has."""
    has_finance = peer(1, themes=frozenset({"finance"}))
    another = peer(2, themes=frozenset({"finance"}))
    fills_the_gap = peer(3, themes=frozenset({"governance"}))
    asked = frozenset({"finance", "governance"})
    found = ranked(has_finance, another, fills_the_gap, chosen=(has_finance,), themes=asked)
    assert [candidate.peer for candidate in found] == [fills_the_gap, another]
    assert found[1].points[1].words == "Knows 0 of 1 theme asked for."


@pytest.mark.parametrize(
    ("asked", "brought", "held", "words"),
    [
        ({}, {}, {}, "The team still needs 1 officer."),
        (
            {"services": frozenset({"children", "waste"})},
            {"services": frozenset({"children"})},
            {"services": frozenset({"children", "waste"})},
            "Knows 1 of 1 service asked for: waste.",
        ),
        (
            {"seniorities": frozenset({"director", "leader"})},
            {"seniority": "director"},
            {"seniority": "director"},
            "Not of the seniority asked for: director.",
        ),
    ],
)
def test_the_points_are_for_what_the_team_still_lacks(
    asked: dict[str, Any], brought: dict[str, Any], held: dict[str, Any], words: str
) -> None:
    """Wrong if a second of the same kind looks as good as the one that is missing."""
    (candidate,) = ranked(peer(2, **held), chosen=(peer(1, **brought),), **asked)
    assert words in [point.words for point in candidate.points]


def test_a_candidate_who_knows_one_of_the_chosen_is_shown_so() -> None:
    """Wrong if two colleagues stand in one team and no lead was asked."""
    chosen = peer(1, affiliations=(at(NEWLAND),))
    (candidate,) = ranked(peer(2, affiliations=(at(NEWLAND),)), chosen=(chosen,))
    assert [conflict.key for conflict in candidate.conflicts] == [(Rule.WORKED_TOGETHER, chosen.id)]


def test_order_is_score_then_name_then_id_with_the_blocked_last() -> None:
    """Wrong if the same register gives another list, or a blocked peer stands above one who may come."""
    best_but_blocked = peer(1, name="Abel", led_reviews=4, affiliations=(at(MIDTHORPE),))
    better = peer(2, name="Zoe", led_reviews=1)
    twin, other_twin, earlier = peer(4, name="Cy"), peer(3, name="Cy"), peer(5, name="bea")
    everyone = [best_but_blocked, better, twin, other_twin, earlier]
    expected = [better, earlier, other_twin, twin, best_but_blocked]
    found = ranked(*everyone)
    assert [candidate.peer for candidate in found] == expected
    assert ranked(*everyone[::-1]) == found
    assert found[-1].conflicts[0].words == "Employed by Midthorpe Borough Council."
    assert [candidate.is_blocked for candidate in found] == [False] * 4 + [True]


def test_ranking_finds_the_councils_own_reviews_in_the_pool() -> None:
    """Wrong if a reciprocal review is seen only where somebody entered it by hand."""
    theirs = peer(1, affiliations=(at(MIDTHORPE),), deployments=(Deployment(NEWLAND, date(2025, 1, 1)),))
    reviewed = peer(2, affiliations=(at(NEWLAND),))
    assert [conflict.rule for conflict in ranked(theirs, reviewed)[0].conflicts] == [Rule.RECIPROCAL_REVIEW]


def test_a_request_is_ranked_for_its_own_council_only() -> None:
    """Wrong if conflicts are checked against another council than the one asked for."""
    with pytest.raises(ValueError, match=r"^the request is for another authority$"):
        rank([], request(), REGISTER[OXTOWN], register=REGISTER, today=TODAY)


@pytest.mark.parametrize("facts", [{"size": 2}, {"officers": -1}, {"councillors": -1}, {"specialists": -1}])
def test_a_request_makes_sense(facts: dict[str, Any]) -> None:
    """Wrong if a team of two, or fewer than none, can be asked for."""
    with pytest.raises(ValueError, match=r"^a team "):
        request(**facts)


def test_a_request_asks_for_a_day_at_least() -> None:
    """Wrong if peers are asked to come for no time at all, or cannot be asked for one day."""
    assert TeamRequest(MIDTHORPE, WINDOW, 1).days == 1
    with pytest.raises(ValueError, match=r"^a request asks for at least one day$"):
        TeamRequest(MIDTHORPE, WINDOW, 0)


LABOUR = {"kind": PeerKind.COUNCILLOR, "political_group": "Labour"}
GREEN = {"kind": PeerKind.COUNCILLOR, "political_group": "Green"}


@pytest.mark.parametrize(
    ("team", "asked", "missing"),
    [
        ([], {}, ("3 more members in all.", "1 more councillor.", "2 more officers.")),
        ([GREEN, {}, {}], {}, ()),
        ([GREEN, {}], {"officers": 1}, ("1 more member in all.",)),
        ([GREEN, {}, {}], {"specialists": 1}, ("1 more member in all.", "1 more specialist.")),
        (
            [GREEN, {"themes": frozenset({"finance"})}, {}],
            {"themes": THEMES},
            ("Nobody knows governance, value for money.",),
        ),
        (
            [GREEN, {}, {}],
            {"services": frozenset({"waste"})},
            ("Nobody knows the services of waste.",),
        ),
        ([GREEN, {}, {}], {"lead": True}, ("Nobody has led a review before.",)),
        ([GREEN, {"led_reviews": 1}, {}], {"lead": True}, ()),
        ([GREEN, {}, {"kind": PeerKind.SPECIALIST}], {"officers": 1, "specialists": 1}, ()),
        (
            [GREEN, GREEN, {}, {}],
            {"political_balance": True},
            ("All councillors are of one political group.",),
        ),
        ([GREEN, LABOUR, {}, {}], {"political_balance": True}, ()),
    ],
)
def test_what_a_team_lacks(
    team: list[dict[str, Any]], asked: dict[str, Any], missing: tuple[str, ...]
) -> None:
    """Wrong if the screen calls a team whole that is not, or the other way round."""
    members = [peer(number, **facts) for number, facts in enumerate(team)]
    assert balance(members, request(**asked)).missing == missing


def test_balance_counts() -> None:
    """Wrong if the counts on the team's page are off."""
    nspcc = peer(4, kind=PeerKind.SPECIALIST, accredited_from=None, services=frozenset({"children"}))
    found = balance(
        [peer(1, **LABOUR), peer(2, **GREEN), peer(3, themes=frozenset({"finance", "partnership"})), nspcc],
        request(themes=THEMES, services=frozenset({"children"})),
    )
    assert (found.councillors, found.officers, found.specialists) == (2, 1, 1)
    assert found.groups == (("Green", 1), ("Labour", 1))
    assert found.is_politically_balanced
    assert found.themes_covered == {"finance"}
    assert found.services_covered == {"children"}
    assert found.services_missing == frozenset()


def test_what_a_team_brings_beyond_what_was_asked_is_not_counted_as_covered() -> None:
    """Wrong if the page names a service that nobody asked for, or loses a councillor without a group."""
    nobody = peer(1, kind=PeerKind.COUNCILLOR, services=frozenset({"children", "waste"}))
    found = balance([nobody], request(services=frozenset({"children"})))
    assert found.services_covered == {"children"}
    assert found.groups == (("No group", 1),)


ACCEPTED: KEY = (Rule.NEIGHBOUR, OXTOWN)
NEAR = peer(1, name="Ada Pell", affiliations=(at(OXTOWN),))
OWN = peer(2, name="Bo Reed", affiliations=(at(MIDTHORPE),))
NEAR_WORDS = "Ada Pell: Belongs to Oxtown City Council, which neighbours Midthorpe Borough Council."
FREE, ALSO_FREE, THIRD = peer(3), peer(4), peer(5)
COLLEAGUE, THEIR_COLLEAGUE = (
    peer(number, name=name, affiliations=(at(NEWLAND),)) for number, name in ((6, "Cy Hart"), (7, "Di Lowe"))
)
KNOWN_WORDS = "Di Lowe: Belonged to Newland Council at the same time as Cy Hart."


@pytest.mark.parametrize(
    ("team", "accepted", "missing"),
    [
        ([FREE, ALSO_FREE, THIRD], {}, []),
        (
            [FREE, ALSO_FREE],
            {},
            [(Shortfall.TOO_FEW_MEMBERS, "The team has 2 of at least 3 members.", None)],
        ),
        (
            [FREE, FREE, ALSO_FREE],
            {},
            [(Shortfall.TOO_FEW_MEMBERS, "The team has 2 of at least 3 members.", None)],
        ),
        (
            [FREE, ALSO_FREE, OWN],
            {OWN.id: frozenset({(Rule.BELONGS, MIDTHORPE)})},  # nobody can accept a block
            [(Shortfall.BLOCKED_MEMBER, "Bo Reed: Employed by Midthorpe Borough Council.", OWN.id)],
        ),
        (
            [FREE, ALSO_FREE, NEAR],
            {FREE.id: frozenset({ACCEPTED})},  # accepted for somebody else
            [(Shortfall.WARNING_NOT_ACCEPTED, NEAR_WORDS, NEAR.id)],
        ),
        (
            [FREE, ALSO_FREE, NEAR],
            {NEAR.id: frozenset({(Rule.NEIGHBOUR, NEWLAND)})},  # accepted about another council
            [(Shortfall.WARNING_NOT_ACCEPTED, NEAR_WORDS, NEAR.id)],
        ),
        ([FREE, ALSO_FREE, NEAR], {NEAR.id: frozenset({ACCEPTED})}, []),
        # two who know each other: a lead accepts it of each
        (
            [FREE, COLLEAGUE, THEIR_COLLEAGUE],
            {COLLEAGUE.id: frozenset({(Rule.WORKED_TOGETHER, THEIR_COLLEAGUE.id)})},
            [(Shortfall.WARNING_NOT_ACCEPTED, KNOWN_WORDS, THEIR_COLLEAGUE.id)],
        ),
    ],
)
def test_may_field(
    team: list[PeerFacts],
    accepted: dict[UUID, frozenset[KEY]],
    missing: list[tuple[Shortfall, str, UUID | None]],
) -> None:
    """Wrong if a team goes out too small, with a blocked member, or with a warning that no lead accepted."""
    members = members_of(team, request(), COUNCIL, register=REGISTER, today=TODAY, accepted=accepted)
    verdict = may_field(members)
    assert [(each.shortfall, each.words, each.peer) for each in verdict.missing] == missing
    assert verdict.allowed is (not missing)


def _pool(size: int) -> list[PeerFacts]:
    pick = random.Random(6)
    councils = list(REGISTER)
    return [
        peer(
            1000 + number,
            name=f"Peer {pick.randrange(size)}",
            kind=pick.choice(list(PeerKind)),
            political_group=pick.choice(["Labour", "Green"]),
            affiliations=tuple(
                at(pick.choice(councils), until=pick.choice([None, date(2024, 1, 1)]))
                for _ in range(pick.randrange(3))
            ),
            themes=frozenset(pick.sample(sorted(THEMES), 2)),
            days_used=pick.randrange(11),
            unavailable=(Period(WINDOW.first, date(2025, 7, 1)),) if pick.random() < 0.1 else (),
            deployments=tuple(
                Deployment(pick.choice(councils), date(2024, 1, 1)) for _ in range(pick.randrange(3))
            ),
        )
        for number in range(size)
    ]


def test_every_one_of_twenty_thousand_scores_is_the_sum_of_its_points() -> None:
    """Wrong if anybody of the whole country is left out, or scores what their points do not explain."""
    pool = _pool(20_000)
    found = ranked(*pool, chosen=tuple(pool[:4]), themes=THEMES, named=frozenset({OXTOWN}))
    assert len(found) == len(pool) - 4
    assert all(one.score == sum(point.points for point in one.points) for one in found)
    assert 0 <= min(one.score for one in found) <= max(one.score for one in found) <= 100
