"""20,000 peers ranked, and a team of five with ten needs put together from them, beside picking the best one by one."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from statistics import median
from uuid import UUID

from clearinghouse.access.roles import Region
from clearinghouse.casework.teams.optimum import optimum
from clearinghouse.protocol.conflicts import Ground, survey
from clearinghouse.protocol.matching import Candidate, TeamRequest, rank
from clearinghouse.protocol.needs import met_by, needs_of
from clearinghouse.protocol.peer_words import Seniority, Service, Theme
from clearinghouse.protocol.peers import Affiliation, AuthorityFacts, Deployment, PeerFacts, PeerKind, Period
from clearinghouse.protocol.teams import SolvedTeam, best_teams, team_of
from tests.bench.measuring import Figure, at_most, seconds
from tests.promises.databases import installed
from tests.promises.peers import TODAY, register_file, scene_of
from tests.servers import PostgreSQL

PEERS, SMALL, REQUESTS, SEED = 20_000, 2_200, 24, 20260
SIZE, NEEDS = 5, 10
# Members and officers about as many; groups as in English councils, roughly.
KINDS = (PeerKind.COUNCILLOR, PeerKind.OFFICER, PeerKind.SPECIALIST), (45, 50, 5)
GROUPS = ("Conservative", "Labour", "Liberal Democrat", "Independent", "Green", None), (33, 33, 18, 9, 5, 2)
MEMBERS_POSTS = (Seniority.LEADER, Seniority.PORTFOLIO_HOLDER), (1, 3)
OFFICERS_POSTS = (
    (
        Seniority.CHIEF_EXECUTIVE,
        Seniority.SECTION_151_OFFICER,
        Seniority.MONITORING_OFFICER,
        Seniority.DIRECTOR,
        Seniority.HEAD_OF_SERVICE,
    ),
    (1, 1, 1, 4, 8),
)


@dataclass(frozen=True)
class Country:
    """The register and a pool of peers."""

    register: dict[UUID, AuthorityFacts]
    pool: tuple[PeerFacts, ...]


def measure(_: PostgreSQL) -> Iterator[Figure]:
    """Time in one process, then how many requests each way fields, how well, and how fairly."""
    with installed(None) as place:
        register = dict(scene_of(place.world, register_file()).facts)
    rng = Random(SEED)
    country = Country(register, tuple(_peer(rng, register) for _ in range(PEERS)))
    asked = [_request(rng, register) for _ in range(REQUESTS)]
    yield from _times(country, asked[0])
    for peers in (PEERS, SMALL, 200):
        yield from _beside_greedy(Country(register, country.pool[:peers]), asked)


def _times(country: Country, request: TeamRequest) -> Iterator[Figure]:
    best_teams(*_ranked(country, request), optimum)  # the solver is loaded
    ranking = seconds(lambda: _ranked(country, request))
    ranked, asked, ground = _ranked(country, request)
    one = seconds(lambda: best_teams(ranked, asked, ground, optimum, alternatives=0))
    three = seconds(lambda: best_teams(ranked, asked, ground, optimum))
    for what, taken in (
        (f"rank {PEERS:,} peers", ranking),
        (f"the best team of {SIZE} with {NEEDS} needs of {PEERS:,} ranked peers, proven", one),
    ):
        yield Figure(f"{what}, CPU", f"{taken:.2f} s", *at_most(taken, 1.0))
    yield Figure("the same with two alternatives, CPU", f"{three:.2f} s")


def _beside_greedy(country: Country, requests: Sequence[TeamRequest]) -> Iterator[Figure]:
    ours: list[SolvedTeam] = []
    theirs: list[tuple[SolvedTeam, SolvedTeam]] = []
    fielded, longest = 0, 0.0
    for request in requests:
        ranked, _, ground = _ranked(country, request)
        began = time.process_time()
        found = best_teams(ranked, request, ground, optimum, alternatives=0).teams
        longest = max(longest, time.process_time() - began)
        picked = _greedy(ranked, request, ground)
        fielded += picked is not None
        ours += found[:1]
        if found and picked:
            theirs.append((found[0], picked))
    pool = f"{len(country.pool):,} peers, {len(requests)} requests"
    yield Figure(
        f"{pool}: fielded, solved and greedy",
        f"{len(ours)} and {fielded}",
        "≥ greedy",
        len(ours) >= fielded,
    )
    yield Figure(
        f"{pool}: the longest that one took to solve, CPU", f"{longest:.2f} s", *at_most(longest, 1.0)
    )
    if theirs:
        yield Figure(
            f"{pool}: match scores together where both field one, medians",
            *_medians(theirs, lambda team: team.points[0].points),
        )
        yield Figure(
            f"{pool}: points where both field one, medians", *_medians(theirs, lambda team: team.total)
        )
        yield Figure(
            f"{pool}: days used of a hundred offered, medians",
            *_medians(theirs, lambda team: team.load.share),
        )


def _medians(both: Sequence[tuple[SolvedTeam, SolvedTeam]], of: Callable[[SolvedTeam], int]) -> tuple[str]:
    mine, other = (median(of(pair[at]) for pair in both) for at in (0, 1))
    return (f"solved {mine:g}, greedy {other:g}",)


def _greedy(ranked: Sequence[Candidate], request: TeamRequest, ground: Ground) -> SolvedTeam | None:
    """What a coordinator does by hand: the best match who brings most of what is still missing, again and again."""
    needs = needs_of(request)
    free = [(each, met_by(each.peer, needs, request.window.first, ground.register)) for each in ranked]
    free = [(each, meets) for each, meets in free if not each.is_blocked]
    team: list[Candidate] = []
    left = {bit: need.least for bit, need in enumerate(needs)}
    while len(team) < request.members and free:
        best = max(
            free,
            key=lambda found: (
                sum(left[bit] > 0 for bit in left if found[1] >> bit & 1),
                found[0].score,
                -found[0].peer.id.int,
            ),
        )
        free = [found for found in free if found is not best]
        team.append(best[0])
        for bit in left:
            left[bit] -= best[1] >> bit & 1
    found = team_of(team, request, ground) if team else None
    is_whole = found is not None and len(team) == request.members and all(each <= 0 for each in left.values())
    if not is_whole or found is None:
        return None
    return None if request.political_balance and not found.balance.is_politically_balanced else found


def _ranked(country: Country, request: TeamRequest) -> tuple[list[Candidate], TeamRequest, Ground]:
    council, register = country.register[request.authority], country.register
    ranked = rank(country.pool, request, council, register=register, today=TODAY)
    return ranked, request, survey(council, request.window, request.days, TODAY, register=register)


def _peer(rng: Random, register: dict[UUID, AuthorityFacts]) -> PeerFacts:
    """Somebody as in a register of peers: most belong to one council, some to another before; few have led."""
    kind = rng.choices(*KINDS)[0]
    councils = sorted(register)
    offered = rng.choice((4, 6, 8, 10, 10, 12, 15, 20))
    posts = MEMBERS_POSTS if kind is PeerKind.COUNCILLOR else OFFICERS_POSTS
    served = rng.choice((0, 0, 0, 1, 2, 4))
    belongs = [Affiliation(rng.choice(councils), "A council", date(rng.randrange(2010, 2024), 5, 6))]
    if rng.random() < 0.4:
        left = date(2024, 1, 1) - timedelta(days=rng.randrange(4000))
        belongs.append(Affiliation(rng.choice(councils), "Another council", None, left))
    away = TODAY + timedelta(days=rng.randrange(120))
    return PeerFacts(
        UUID(int=rng.getrandbits(128)),
        f"Peer {rng.randrange(10**7)}",
        kind,
        seniority="" if kind is PeerKind.SPECIALIST else rng.choices(*posts)[0],
        political_group=rng.choices(*GROUPS)[0] if kind is PeerKind.COUNCILLOR else None,
        affiliations=() if kind is PeerKind.SPECIALIST else tuple(belongs),
        themes=frozenset(each.value for each in rng.sample(list(Theme), rng.choice((0, 1, 1, 2, 3)))),
        services=frozenset(each.value for each in rng.sample(list(Service), rng.choice((0, 1, 1, 2)))),
        authority_types=frozenset(rng.sample(("CTY", "UA", "NMD", "MD", "LBO"), rng.choice((1, 1, 2)))),
        regions=frozenset(each.value for each in rng.sample(list(Region), rng.choice((1, 2, 3, 9)))),
        accredited_from=date(2023, 1, 1),
        accredited_until=TODAY + timedelta(days=rng.randrange(-60, 1000)),
        suspended=rng.random() < 0.01,
        days_offered=offered,
        days_used=rng.randrange(offered + 1) if served else 0,
        unavailable=(Period(away, away + timedelta(days=rng.randrange(1, 21))),)
        if rng.random() < 0.3
        else (),
        deployments=tuple(
            Deployment(rng.choice(councils), TODAY - timedelta(days=rng.randrange(10, 1500)))
            for _ in range(served)
        ),
        led_reviews=rng.randrange(1, 4) if served and rng.random() < 0.3 else 0,
    )


def _request(rng: Random, register: dict[UUID, AuthorityFacts]) -> TeamRequest:
    """Five members and ten needs: two of each kind, three themes, three services, a post, a lead; and balance."""
    council = rng.choice(sorted(key for key, each in register.items() if each.end is None))
    first = TODAY + timedelta(days=rng.randrange(14, 60))
    return TeamRequest(
        council,
        Period(first, first + timedelta(days=11)),
        4,
        councillors=2,
        officers=2,
        themes=frozenset(each.value for each in rng.sample(list(Theme), 3)),
        services=frozenset(each.value for each in rng.sample(list(Service), 3)),
        seniorities=frozenset({rng.choice(list(Seniority)).value}),
        authority_type=register[council].type,
        lead=True,
        political_balance=True,
        size=SIZE,
    )
