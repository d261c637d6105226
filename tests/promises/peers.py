"""That no team put together breaks a blocking rule, on the real register, as a second oracle judges it."""

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Region
from clearinghouse.casework.authorities import authority_facts
from clearinghouse.casework.register.keeping import import_register
from clearinghouse.casework.teams.optimum import optimum
from clearinghouse.casework.world import World
from clearinghouse.protocol.conflicts import Rule, check, survey
from clearinghouse.protocol.matching import TeamRequest, rank
from clearinghouse.protocol.needs import relaxed
from clearinghouse.protocol.peer_words import Seniority, Service, Theme
from clearinghouse.protocol.peers import Affiliation, AuthorityFacts, PeerFacts, PeerKind, Period
from clearinghouse.protocol.teams import Solved, SolvedTeam, best_teams
from clearinghouse.records.authorities import Authority
from tests.promises.databases import installed, processes
from tests.promises.peer_oracle import Belonged, Judged, Oracle

TODAY = date(2026, 11, 23)
POOL, FOR_EACH_POOL, LOOKED_THROUGH = 160, 20, 5
BESIDE = Path(__file__).parents[3] / "shared" / "data" / "local_authorities.csv"
SAMPLE = Path(__file__).parents[1] / "data" / "register_sample.csv"
GROUPS = ("Conservative", "Labour", "Liberal Democrat", "Green", "Independent", None)


def register_file() -> bytes:
    """The whole register where it stands beside this checkout, else the sample of it."""
    return (BESIDE if BESIDE.is_file() else SAMPLE).read_bytes()


@dataclass(frozen=True)
class Scene:
    """The register as the rules see it and as the oracle does, joined by codes alone."""

    facts: Mapping[UUID, AuthorityFacts]
    codes: Mapping[UUID, str]
    oracle: Oracle

    @property
    def current(self) -> list[UUID]:
        """The councils that stand today, in a fixed order."""
        return sorted(
            (key for key, each in self.facts.items() if each.end is None), key=lambda key: self.codes[key]
        )

    def judge(self, peer: PeerFacts, request: TeamRequest) -> list[str]:
        """What the oracle holds against a peer."""
        judged = Judged(
            peer.kind.value,
            tuple(Belonged(self.codes[held.authority], held.since, held.until) for held in peer.affiliations),
            frozenset(self.codes[each] for each in peer.interests),
            (peer.accredited_from, peer.accredited_until),
            peer.suspended,
            peer.days_offered,
            peer.days_used,
            tuple((period.first, period.last) for period in peer.unavailable),
        )
        window = request.window
        return list(
            self.oracle.against(
                judged, self.codes[request.authority], window.first, window.last, request.days, TODAY
            )
        )


def scene_of(world: World, content: bytes) -> Scene:
    """The register imported, as the product sees it, beside the oracle's own reading of the file."""
    import_register(world, OPERATOR, content)
    with world.reading(OPERATOR) as work:
        codes = {row.id: row.code for row in work.session.scalars(select(Authority))}
        return Scene(dict(authority_facts(work)), codes, Oracle.read(content))


def no_team_breaks_a_rule(requests: int, seed: int) -> str:
    """So many requests, shared out among a process for each core."""
    began = time.monotonic()
    with installed(None) as place:
        scene = scene_of(place.world, register_file())
    shares = os.cpu_count() or 1
    tasks = [(scene, requests // shares, seed + number) for number in range(shares)]
    with processes().Pool(shares) as pool:
        tally = sum(pool.starmap(teams_keep_the_rules, tasks), Counter[str]())
    return f"{told(scene, tally)}; {merged_councils_are_barred(scene)}; {time.monotonic() - began:.0f} s"


def told(scene: Scene, tally: Counter[str]) -> str:
    """What was reached, in a line."""
    figures = ", ".join(f"{count:,} {name}" for name, count in sorted(tally.items()))
    return f"{figures}, on {len(scene.facts)} councils; none breaks a rule"


def teams_keep_the_rules(scene: Scene, requests: int, seed: int) -> Counter[str]:
    """Puts teams together for so many requests, from pools made to have conflicts, and judges everybody in them.

    At every fifth request everybody who could have been chosen is judged, and the team is put together once more from
    the same peers in another order.
    """
    tally, rng = Counter[str](), Random(seed)
    for number in range(requests):
        if number % FOR_EACH_POOL == 0:
            here = _neighbourhood(scene, rng)
            pool = [a_peer(rng, scene, here) for _ in range(POOL)]
        request = a_request(rng, scene, here)
        looks_through = number % LOOKED_THROUGH == 0
        if looks_through:
            tally["peers judged one by one"] += _nobody_passes(scene, pool, request)
        found = solved(scene, pool, request, looks_through)
        tally["requests"] += 1
        tally["blocked by the rules"] += POOL - found.choosable
        if found.teams:
            tally["fielded"] += 1
        elif found.nearest:
            tally["fielded with less"] += 1
            request = relaxed(request, request.members, found.nearest)
            found = solved(scene, pool, request, looks_through)
            assert found.teams, f"what was named does not help: {request}"
        for team in found.teams:
            tally["teams"] += 1
            _keeps(scene, team, request)
        if looks_through:
            rng.shuffle(pool)
            again = solved(scene, pool, request, looks_through)
            assert [team.ids for team in again.teams] == [team.ids for team in found.teams], "another team"
            tally["solved again"] += 1
    assert tally["fielded"] > requests / 4, f"few requests are fielded: {tally}"
    return tally


def _nobody_passes(scene: Scene, pool: Sequence[PeerFacts], request: TeamRequest) -> int:
    """Everybody whom the rules let be chosen may be, as the oracle sees it; gives how many those are."""
    ranked = rank(pool, request, scene.facts[request.authority], register=scene.facts, today=TODAY)
    free = [each.peer for each in ranked if not each.is_blocked]
    for peer in free:
        against = scene.judge(peer, request)
        assert not against, f"{scene.codes[request.authority]}: {peer} {against}"
    return len(free)


def solved(scene: Scene, pool: Sequence[PeerFacts], request: TeamRequest, another: bool) -> Solved:
    """The best team, and perhaps another that differs from it."""
    council = scene.facts[request.authority]
    ranked = rank(pool, request, council, register=scene.facts, today=TODAY)
    ground = survey(council, request.window, request.days, TODAY, register=scene.facts)
    return best_teams(ranked, request, ground, optimum, alternatives=int(another))


def _keeps(scene: Scene, team: SolvedTeam, request: TeamRequest) -> None:
    """Nobody in the team is against a rule, and what is asked is there."""
    peers = [member.peer for member in team.members]
    for peer in peers:
        against = scene.judge(peer, request)
        assert not against, f"{scene.codes[request.authority]}: {peer} {against}"
    assert len(peers) == len(team.ids) == request.members
    assert request.themes <= frozenset[str]().union(*(peer.themes for peer in peers))
    assert request.services <= frozenset[str]().union(*(peer.services for peer in peers))
    assert request.seniorities <= {peer.seniority for peer in peers}
    for council in request.named:
        line = {council} | scene.facts[council].predecessors
        assert any(
            held.authority in line and (held.until is None or held.until >= request.window.first)
            for peer in peers
            for held in peer.affiliations
        ), f"nobody comes from {scene.codes[council]}"
    assert not request.lead or any(peer.led_reviews for peer in peers)
    kinds = Counter(peer.kind for peer in peers)
    assert all(kinds[kind] >= request.wanted(kind) for kind in PeerKind)
    groups = {peer.political_group for peer in peers if peer.kind is PeerKind.COUNCILLOR}
    assert not request.political_balance or len(groups) != 1


def merged_councils_are_barred(scene: Scene) -> str:
    """Whoever was of a council replaced from 2019 to 2023 is blocked at each successor, in words that say so."""
    tried = 0
    by_code = {code: key for key, code in scene.codes.items()}
    window = Period(date(2026, 12, 7), date(2026, 12, 18))
    for old in scene.oracle.councils.values():
        if old.ended is None or not 2019 <= old.ended.year <= 2023:
            continue
        former = scene.facts[by_code[old.code]]
        held = Affiliation(former.id, former.name, date(2012, 5, 3))
        peer = _spotless(UUID(int=tried + 1), (held,))
        for heir in scene.oracle.after(old.code):
            council = scene.facts[by_code[heir]]
            found = check(peer, council, window, 4, TODAY, register=scene.facts)
            words = [conflict.words for conflict in found if conflict.rule is Rule.BELONGS]
            assert len(words) == 1, f"a peer of {former.name} may serve at {council.name}"
            assert words[0].startswith(f"Employed by {former.name} when "), words
            assert words[0].endswith("and not recorded as having left."), words
            assert council.name in words[0], words
            tried += 1
    assert tried
    return f"{tried} pairs of a council replaced from 2019 to 2023 and a successor: blocked, with the reason"


def _spotless(key: UUID, held: tuple[Affiliation, ...]) -> PeerFacts:
    accredited = {"accredited_from": date(2025, 1, 1), "accredited_until": date(2029, 12, 31)}
    return PeerFacts(
        key, f"Peer {key.int}", PeerKind.OFFICER, affiliations=held, days_offered=20, **accredited
    )


def _neighbourhood(scene: Scene, rng: Random) -> list[UUID]:
    """Councils of one line and county with some from elsewhere, so that conflicts are many."""
    by_code = {code: key for key, code in scene.codes.items()}
    known = sorted(code for code in scene.oracle.councils if code in by_code)
    near: set[str] = set()
    for code in rng.sample(known, 2):
        near |= scene.oracle.tied(code)
    far = set(rng.sample(known, min(30, len(known))))
    return [by_code[code] for code in sorted((near | far) & set(known))]


def a_peer(rng: Random, scene: Scene, here: Sequence[UUID]) -> PeerFacts:
    """Somebody with a history among these councils, now and then with something that bars them everywhere."""
    kind = rng.choices(list(PeerKind), (4, 5, 1))[0]
    offered = rng.randrange(4, 25)
    until = TODAY + timedelta(days=rng.randrange(-30, 900))
    return PeerFacts(
        UUID(int=rng.getrandbits(128)),
        f"Peer {rng.randrange(10**6)}",
        kind,
        seniority=rng.choice([each.value for each in Seniority]),
        political_group=rng.choice(GROUPS) if kind is PeerKind.COUNCILLOR else None,
        affiliations=tuple(_histories(rng, scene, here)),
        interests=frozenset(rng.sample(list(here), rng.choice((0, 0, 0, 1)))),
        themes=frozenset(each.value for each in rng.sample(list(Theme), rng.randrange(4))),
        services=frozenset(each.value for each in rng.sample(list(Service), rng.randrange(5))),
        authority_types=frozenset(rng.sample(("CTY", "UA", "NMD"), rng.randrange(3))),
        regions=frozenset(each.value for each in rng.sample(list(Region), rng.randrange(5))),
        accredited_from=rng.choice((date(2024, 1, 1), date(2024, 1, 1), None, TODAY + timedelta(days=40))),
        accredited_until=rng.choice((until, None)),
        suspended=rng.random() < 0.03,
        days_offered=offered,
        days_used=rng.randrange(offered + 1) if rng.random() < 0.5 else 0,
        unavailable=tuple(_absences(rng)),
        led_reviews=rng.choice((0, 0, 0, 1, 4)),
    )


def _histories(rng: Random, scene: Scene, here: Sequence[UUID]) -> Iterator[Affiliation]:
    for council in rng.sample(list(here), min(len(here), rng.choice((1, 1, 2, 3)))):
        facts = scene.facts[council]
        since = rng.choice((None, date(2008, 5, 1), date(2021, 5, 6)))
        left = date(2019, 1, 1) + timedelta(days=rng.randrange(2600))
        until = rng.choice((None, None, left)) if since is None or left > since else None
        yield Affiliation(council, facts.name, since, until)


def _absences(rng: Random) -> Iterator[Period]:
    for _ in range(rng.choice((0, 0, 1, 2))):
        first = TODAY + timedelta(days=rng.randrange(200))
        yield Period(first, first + timedelta(days=rng.randrange(30)))


def a_request(rng: Random, scene: Scene, here: Sequence[UUID]) -> TeamRequest:
    """A request of one of these councils that stands today, near or beyond the end of the council year."""
    standing = sorted(set(scene.current) & set(here)) or scene.current
    council = rng.choice(standing)
    first = TODAY + timedelta(days=rng.randrange(200))
    named = rng.sample(sorted(set(here) - {council}), rng.choice((0, 0, 0, 1)))
    return TeamRequest(
        council,
        Period(first, first + timedelta(days=rng.randrange(20))),
        rng.randrange(1, 6),
        councillors=rng.randrange(3),
        officers=rng.randrange(3),
        specialists=rng.choice((0, 0, 1)),
        themes=frozenset(each.value for each in rng.sample(list(Theme), rng.randrange(4))),
        services=frozenset(each.value for each in rng.sample(list(Service), rng.randrange(3))),
        seniorities=frozenset(each.value for each in rng.sample(list(Seniority), rng.choice((0, 1)))),
        authority_type=rng.choice((None, "UA", "CTY")),
        named=frozenset(named),
        lead=rng.random() < 0.5,
        political_balance=rng.random() < 0.4,
        size=rng.randrange(3, 7),
    )
