"""Whole teams: the best there is, proven by trying every team of small pools, and the least to ask less of."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import Any
from uuid import UUID

import pytest

from clearinghouse.casework.teams.optimum import optimum
from clearinghouse.protocol.conflicts import Effect, Rule, check, survey
from clearinghouse.protocol.matching import Candidate, TeamRequest, rank
from clearinghouse.protocol.needs import NeedKind, Relaxation, relaxation_from, relaxation_words, relaxed
from clearinghouse.protocol.peers import Deployment, PeerFacts, PeerKind
from clearinghouse.protocol.teams import Solved, best_teams, entrants_of, team_of
from tests.protocol.peer_facts import (
    FARLAND,
    FORMERBY,
    GREYSHIRE,
    MIDTHORPE,
    MUNBRIDGE,
    NEWLAND,
    OXTOWN,
    REGISTER,
    TODAY,
    WINDOW,
    at,
    peer,
)

COUNCIL = REGISTER[MIDTHORPE]
THEMES = ("finance", "governance", "partnership")
SERVICES = ("children", "housing")
POSTS = ("director", "leader", "head_of_service")
GROUPS = ("Labour", "Conservative", "Green", None)
PLACES = (OXTOWN, MUNBRIDGE, NEWLAND, FARLAND, GREYSHIRE)


def someone(number: int, rng: random.Random) -> PeerFacts:
    """A peer with a bit of everything; a few are blocked, many have worked with others."""
    kind = rng.choice(list(PeerKind))
    offered = rng.randrange(5, 20)
    until = rng.choice((None, None, date(2024, 5, 1)))
    served = [
        Deployment(OXTOWN, date(2024, 11, 1), team=frozenset({UUID(int=rng.randrange(100, 109))}))
        for _ in range(rng.choice((0, 0, 1)))
    ]
    return peer(
        number,
        kind=kind,
        seniority=rng.choice(POSTS),
        political_group=rng.choice(GROUPS) if kind is PeerKind.COUNCILLOR else None,
        affiliations=(at(rng.choice((*PLACES, *PLACES, FORMERBY)), date(2012, 1, 1), until),),
        themes=frozenset(rng.sample(THEMES, rng.randrange(3))),
        services=frozenset(rng.sample(SERVICES, rng.randrange(2))),
        regions=frozenset(rng.sample(("North West", "London"), 1)),
        days_offered=offered,
        days_used=rng.randrange(offered - 3),
        led_reviews=rng.choice((0, 0, 2)),
        deployments=tuple(served),
    )


def asked(rng: random.Random) -> TeamRequest:
    """A request of three or four members with some needs."""
    return TeamRequest(
        MIDTHORPE,
        WINDOW,
        4,
        councillors=rng.choice((0, 1, 2)),
        officers=rng.choice((0, 1)),
        specialists=rng.choice((0, 0, 1)),
        themes=frozenset(rng.sample(THEMES, rng.randrange(3))),
        services=frozenset(rng.sample(SERVICES, rng.randrange(2))),
        seniorities=frozenset(rng.sample(POSTS, rng.choice((0, 1)))),
        named=frozenset(rng.sample(PLACES[:4], rng.choice((0, 0, 1)))),
        lead=rng.random() < 0.4,
        political_balance=rng.random() < 0.4,
        size=rng.choice((3, 4)),
    )


def ranked_for(request: TeamRequest, pool: Sequence[PeerFacts]) -> list[Candidate]:
    return rank(pool, request, COUNCIL, register=REGISTER, today=TODAY)


def solved(request: TeamRequest, pool: Sequence[PeerFacts], **more: Any) -> Solved:
    ground = survey(COUNCIL, request.window, request.days, TODAY, register=REGISTER)
    return best_teams(ranked_for(request, pool), request, ground, optimum, **more)


def lacks(team: Sequence[PeerFacts], request: TeamRequest) -> Iterator[tuple[NeedKind, int]]:
    """What a team lacks of what is asked, written down anew without the code under test."""
    kinds = Counter(member.kind for member in team)
    for need, kind, number in (
        (NeedKind.COUNCILLORS, PeerKind.COUNCILLOR, request.councillors),
        (NeedKind.OFFICERS, PeerKind.OFFICER, request.officers),
        (NeedKind.SPECIALISTS, PeerKind.SPECIALIST, request.specialists),
    ):
        yield need, max(0, number - kinds[kind])
    for theme in request.themes:
        yield NeedKind.THEME, int(not any(theme in member.themes for member in team))
    for service in request.services:
        yield NeedKind.SERVICE, int(not any(service in member.services for member in team))
    for post in request.seniorities:
        yield NeedKind.POST, int(not any(post == member.seniority for member in team))
    for council in request.named:
        yield NeedKind.COUNCIL, int(not any(_is_from(member, council) for member in team))
    yield NeedKind.LEAD, int(request.lead and not any(member.led_reviews for member in team))
    groups = {member.political_group for member in team if member.kind is PeerKind.COUNCILLOR}
    yield NeedKind.POLITICAL_BALANCE, int(request.political_balance and len(groups) == 1)
    yield NeedKind.MORE_MEMBERS, max(0, len(team) - request.members)
    yield NeedKind.FEWER_MEMBERS, max(0, request.members - len(team))


def _is_from(member: PeerFacts, council: UUID) -> bool:
    (held,) = member.affiliations
    still = held.until is None or held.until >= WINDOW.first
    heirs = {GREYSHIRE: {NEWLAND, FARLAND}}.get(held.authority, set())
    return still and council in {held.authority, *heirs}


def points_of(team: Sequence[Candidate], request: TeamRequest) -> int:
    """What a team is worth, written down anew: scores, load, warnings, groups."""
    peers = [each.peer for each in team]
    total = 0
    for each in team:
        member = each.peer
        total += each.score - 20 * (member.days_used + request.days) // member.days_offered
        total -= 15 * sum(
            conflict.effect is Effect.WARNING
            for conflict in check(
                member, COUNCIL, request.window, request.days, TODAY, register=REGISTER, team=peers
            )
        )
    groups = [member.political_group for member in peers if member.kind is PeerKind.COUNCILLOR]
    return total - 15 * (len(groups) > 1 and len(set(groups)) == 1)


COSTS = {
    "post": 2,
    "more_members": 3,
    "council": 4,
    "theme": 5,
    "councillors": 5,
    "officers": 5,
    "specialists": 5,
}
COSTS |= {"service": 6, "fewer_members": 6, "political_balance": 7, "lead": 8}


@pytest.mark.parametrize("seed", range(40))
def test_no_team_of_a_small_pool_is_better_and_what_is_named_is_the_least(seed: int) -> None:
    """Wrong if any team that can be put together has more points, or if asking less costs more than it must."""
    rng = random.Random(seed)
    pool = [someone(100 + number, rng) for number in range(9)]
    request = asked(rng)
    found = solved(request, pool)
    free = [each for each in ranked_for(request, pool) if not each.is_blocked]
    every = [team for size in range(3, request.members + 4) for team in combinations(free, size)]
    costs = {
        team: sum(COSTS[kind] * number for kind, number in lacks([each.peer for each in team], request))
        for team in every
    }
    whole = sorted((points_of(team, request) for team in every if not costs[team]), reverse=True)
    if whole:
        assert found.nearest == ()
        assert found.teams[0].total == whole[0]
        assert all(team.total == points_of(team.members, request) for team in found.teams)
        return
    assert found.teams == ()
    assert sum(each.cost for each in found.nearest) == min(costs.values(), default=0)
    if found.nearest:
        less = relaxed(request, request.members, found.nearest)
        assert solved(less, pool).teams, "what was named does not help"


def test_alternatives_are_the_best_that_differ_by_two_members() -> None:
    """Wrong if an alternative is the same team with one member swapped, or not the best that differs enough."""
    rng = random.Random(7)
    pool = [someone(100 + number, rng) for number in range(10)]
    request = TeamRequest(MIDTHORPE, WINDOW, 2, size=4)
    found = solved(request, pool, alternatives=2)
    free = [each for each in ranked_for(request, pool) if not each.is_blocked]
    earlier: list[frozenset[UUID]] = []
    for team in found.teams:
        others = [
            points_of(each, request)
            for each in combinations(free, 4)
            if all(len(before & {one.peer.id for one in each}) <= 2 for before in earlier)
        ]
        assert team.total == max(others)
        earlier.append(team.ids)
    assert len(earlier) == 3


def test_the_order_of_the_peers_changes_nothing() -> None:
    """Wrong if somebody else is chosen because a file was sorted otherwise."""
    rng = random.Random(11)
    pool = [
        replace(someone(100 + number, rng), led_reviews=0, days_used=0, days_offered=10)
        for number in range(16)
    ]
    request = TeamRequest(MIDTHORPE, WINDOW, 2, councillors=1, themes=frozenset(THEMES[:2]), size=4)
    first = [team.ids for team in solved(request, pool).teams]
    for _ in range(4):
        rng.shuffle(pool)
        assert [team.ids for team in solved(request, pool).teams] == first


def test_who_is_pinned_is_in_every_team_and_who_is_left_out_in_none() -> None:
    rng = random.Random(3)
    pool = [someone(100 + number, rng) for number in range(14)]
    request = TeamRequest(MIDTHORPE, WINDOW, 2, size=4)
    plain = solved(request, pool).teams[0]
    free = {each.peer.id for each in ranked_for(request, pool) if not each.is_blocked}
    kept, out = min(free - plain.ids), min(plain.ids)
    found = solved(request, pool, pinned={kept}, excluded={out})
    assert all(kept in team.ids and out not in team.ids for team in found.teams)
    everybody = solved(request, pool, pinned=plain.ids)
    assert [team.ids for team in everybody.teams] == [plain.ids], "where all are kept there is one team"
    one_place = solved(request, pool, pinned=plain.ids - {out})
    assert [len(team.ids & plain.ids) for team in one_place.teams] == [4, 3, 3]


def test_a_blocked_peer_is_in_no_team_even_if_kept() -> None:
    """Wrong if the coordinator's wish passes a rule that nobody can pass."""
    pool = [peer(number) for number in range(100, 104)]
    pool.append(peer(200, affiliations=(at(MIDTHORPE),), led_reviews=9))
    request = TeamRequest(MIDTHORPE, WINDOW, 5, lead=True)
    found = solved(request, pool, pinned={UUID(int=200)})
    assert found.teams == ()
    assert found.nearest == (Relaxation(NeedKind.LEAD),)
    assert (found.choosable, found.kept_out) == (4, ((Rule.BELONGS, 1),))


def test_nothing_is_named_where_too_few_can_be_chosen_at_all() -> None:
    found = solved(TeamRequest(MIDTHORPE, WINDOW, 5), [peer(100), peer(101)])
    assert (found.teams, found.nearest, found.choosable) == ((), (), 2)


def test_more_who_are_kept_than_the_team_has_places_ask_for_a_larger_team() -> None:
    pool = [peer(number) for number in range(100, 108)]
    found = solved(TeamRequest(MIDTHORPE, WINDOW, 5), pool, pinned={each.id for each in pool})
    assert found.nearest == (Relaxation(NeedKind.MORE_MEMBERS, by=5),)
    capped = solved(TeamRequest(MIDTHORPE, WINDOW, 5), pool, pinned={each.id for each in pool}, largest=6)
    assert capped.nearest == ()


def test_two_who_worked_together_are_not_chosen_where_others_do_as_well() -> None:
    """Wrong if a pair that a lead would have to accept twice is taken although one point less avoids it."""
    together = [peer(number, affiliations=(at(NEWLAND),), days_offered=40) for number in (100, 101)]
    apart = [peer(102, affiliations=(at(MUNBRIDGE),)), peer(103, affiliations=(at(FARLAND),)), peer(104)]
    request = TeamRequest(MIDTHORPE, WINDOW, 5)
    best = solved(request, [*together, *apart]).teams[0]
    assert len(best.ids & {each.id for each in together}) == 1
    forced = solved(request, [*together, apart[2]]).teams[0]
    assert [point.points for point in forced.points][2] == -30
    assert forced.points[2].words == "2 warnings that a lead would have to accept."


def test_the_ruling_groups_councillor_is_balanced_by_one_of_another_group() -> None:
    """Wrong if the warning about the ruling group is not avoided although a better balanced team costs less."""
    ours = peer(100, kind=PeerKind.COUNCILLOR, political_group="Labour", days_offered=40)
    theirs = peer(101, kind=PeerKind.COUNCILLOR, political_group="Green")
    officers = [peer(number) for number in (102, 103)]
    request = TeamRequest(MIDTHORPE, WINDOW, 5, councillors=1)
    best = solved(request, [ours, theirs, *officers]).teams[0]
    assert {ours.id, theirs.id} <= best.ids
    assert [point.points for point in best.points][2:] == [0, 0]


def test_the_less_used_are_asked_sooner() -> None:
    """Wrong if the same few peers are asked each time while others who fit as well wait."""
    fresh = [peer(number, days_offered=20) for number in (100, 101, 102)]
    worn = [peer(number, days_offered=20, days_used=14) for number in (103, 104, 105)]
    best = solved(TeamRequest(MIDTHORPE, WINDOW, 5), [*worn, *fresh]).teams[0]
    assert best.ids == {each.id for each in fresh}
    assert best.points[1].words == (
        "Load: with this work, the members will have used 15 of the 60 days that they offered, 25 in a hundred."
    )
    assert best.load.share == 25


def test_a_team_is_worth_what_its_points_say() -> None:
    rng = random.Random(5)
    pool = [someone(100 + number, rng) for number in range(8)]
    request = TeamRequest(MIDTHORPE, WINDOW, 2)
    ground = survey(COUNCIL, request.window, request.days, TODAY, register=REGISTER)
    ranked = ranked_for(request, pool)
    free = [entrant.candidate for entrant in entrants_of(ranked, request, ground)]
    team = team_of(free[:3], request, ground)
    assert team.total == sum(point.points for point in team.points) == points_of(free[:3], request)


ASKS = TeamRequest(
    MIDTHORPE,
    WINDOW,
    5,
    councillors=2,
    officers=2,
    themes=frozenset({"finance"}),
    services=frozenset({"waste"}),
    seniorities=frozenset({"director"}),
    named=frozenset({OXTOWN}),
    lead=True,
    political_balance=True,
    size=5,
)


@pytest.mark.parametrize(
    ("token", "words", "change"),
    [
        ("theme:finance", "Do not ask for somebody who knows finance.", {"themes": frozenset()}),
        (
            "service:waste",
            "Do not ask for somebody who knows the service: waste and recycling.",
            {"services": frozenset()},
        ),
        ("post:director", "Do not ask for the post of director.", {"seniorities": frozenset()}),
        (f"council:{OXTOWN}", "Do not ask for somebody from Oxtown City Council.", {"named": frozenset()}),
        ("lead:1", "Do not ask for somebody who has led a review before.", {"lead": False}),
        (
            "political_balance:1",
            "Do not ask for councillors of more than one political group.",
            {"political_balance": False},
        ),
        ("councillors:1", "Ask for 1 councillor fewer; the place is open to anybody.", {"councillors": 1}),
        ("officers:2", "Ask for 2 officers fewer; the places are open to anybody.", {"officers": 0}),
        ("more_members:1", "Ask for 1 more member: 6 in all.", {"size": 6}),
        ("fewer_members:2", "Ask for 2 members fewer: 3 in all.", {"size": 3}),
    ],
)
def test_a_relaxation_says_what_it_does_and_does_it(
    token: str, words: str, change: dict[str, object]
) -> None:
    relaxation = relaxation_from(token)
    assert relaxation.token == token
    assert relaxation_words(relaxation, ASKS, REGISTER) == words
    assert relaxed(ASKS, ASKS.members, [relaxation]) == replace(ASKS, **change)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    "token", ["theme:waste", "specialists:1", "officers:3", "fewer_members:3", "council:nowhere", "post:"]
)
def test_nothing_is_given_up_that_is_not_asked_for(token: str) -> None:
    """Wrong if a forged or stale form changes more than what the page named."""
    with pytest.raises(ValueError, match=r"asked for|at least|asks for"):
        relaxed(ASKS, ASKS.members, [relaxation_from(token)])


@pytest.mark.parametrize("token", ["", "nonsense", "officers:0", "officers:-1", "officers:999", "members:1"])
def test_a_token_that_means_nothing_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match=r"valid|at least"):
        relaxation_from(token)
