"""The sections of docs/protocol.md about peers: what keeps one from a council, and how the others are ranked."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from protocol_case import DAY, TODAY
from protocol_markdown import english, paragraphs, prose, rule, table

from clearinghouse.protocol import conflicts, council_years, matching, peers
from clearinghouse.protocol.peers import (
    Affiliation,
    AuthorityFacts,
    Deployment,
    PeerFacts,
    PeerKind,
    Period,
    Review,
)

WINDOW = Period(date(2025, 7, 14), date(2025, 7, 18))
DAYS = 5
_ACROSS = (
    (date(2027, 3, 15), date(2027, 3, 26), 5),
    (date(2027, 3, 29), date(2027, 4, 9), 5),
    (date(2027, 4, 1), date(2027, 4, 9), 5),
)

MIDTHORPE, MIDSHIRE, OLDTHORPE, OXTOWN, FARBURY = (UUID(int=number) for number in range(1, 6))
LAST_REVIEW = date(2024, 6, 28)
HERE = AuthorityFacts(
    MIDTHORPE,
    "Midthorpe",
    "NMD",
    "North West",
    county=MIDSHIRE,
    predecessors=frozenset({OLDTHORPE}),
    x=400_000.0,
    y=300_000.0,
    area_km2=314.0,
    ruling_group="Labour",
)
REGISTER = {
    council.id: council
    for council in (
        HERE,
        AuthorityFacts(MIDSHIRE, "Midshire", "CTY", "North West", districts=frozenset({MIDTHORPE})),
        AuthorityFacts(
            OLDTHORPE,
            "Oldthorpe",
            "NMD",
            "North West",
            successors=frozenset({MIDTHORPE}),
            end=date(2015, 3, 31),
        ),
        AuthorityFacts(OXTOWN, "Oxtown", "NMD", "North West", x=420_000.0, y=300_000.0, area_km2=314.0),
        AuthorityFacts(FARBURY, "Farbury", "UA", "South East", x=600_000.0, y=150_000.0, area_km2=314.0),
    )
}
PEER = PeerFacts(
    UUID(int=100),
    "Ada Ncube",
    PeerKind.OFFICER,
    affiliations=(Affiliation(FARBURY, "Farbury", date(2020, 1, 1)),),
    accredited_from=date(2024, 1, 1),
    accredited_until=date(2027, 12, 31),
    days_offered=10,
)
OTHER = replace(
    PEER,
    id=UUID(int=101),
    name="Ben Okoro",
    affiliations=(Affiliation(UUID(int=6), "Nearham", date(2020, 1, 1)),),
)


def _belonged(council: UUID, until: date | None = None) -> PeerFacts:
    held = Affiliation(council, REGISTER[council].name, date(2010, 1, 1), until)
    return replace(PEER, affiliations=(held,))


def _reviewed(
    ended: date | None, council: UUID = MIDTHORPE, team: frozenset[UUID] = frozenset()
) -> PeerFacts:
    return replace(PEER, deployments=(Deployment(council, ended, team=team),))


def _samples() -> Mapping[str, tuple[PeerFacts, AuthorityFacts, tuple[PeerFacts, ...]]]:
    """Peers for Midthorpe, with the council as it then is and the team so far."""
    four_years_ago = peers.years_after(WINDOW.first, -conflicts.BELONGING_YEARS)
    three_years_ago = peers.years_after(WINDOW.first, -conflicts.REVIEW_YEARS)
    reviewed = replace(HERE, reviews_made=frozenset({Review(FARBURY, LAST_REVIEW)}))
    labour = replace(PEER, kind=PeerKind.COUNCILLOR, political_group="Labour")
    independent = replace(OTHER, kind=PeerKind.COUNCILLOR, political_group="Independent")
    alone: dict[str, PeerFacts] = {
        "from a far council, accredited, with days to give": PEER,
        "belongs to the council": _belonged(MIDTHORPE),
        f"left the council {conflicts.BELONGING_YEARS} years before the work": _belonged(
            MIDTHORPE, four_years_ago
        ),
        "left it a day earlier": _belonged(MIDTHORPE, four_years_ago - DAY),
        "belongs to its county council": _belonged(MIDSHIRE),
        "left what it replaced, long ago": _belonged(OLDTHORPE, date(2014, 1, 1)),
        "never recorded as having left what it replaced": _belonged(OLDTHORPE),
        "declared an interest": replace(PEER, interests=frozenset({MIDTHORPE})),
        "never accredited": replace(PEER, accredited_from=None, accredited_until=None),
        "never accredited, a specialist": replace(
            PEER, kind=PeerKind.SPECIALIST, accredited_from=None, accredited_until=None
        ),
        "accreditation ends before the work does": replace(PEER, accredited_until=WINDOW.last - DAY),
        "accreditation begins after the work does": replace(PEER, accredited_from=WINDOW.first + DAY),
        "suspended": replace(PEER, suspended=True),
        "too few days left": replace(PEER, days_used=6),
        "away on one of the days": replace(PEER, unavailable=(Period(WINDOW.first, WINDOW.first),)),
        "belongs to a neighbouring council": _belonged(OXTOWN),
        f"reviewed the council {conflicts.REVIEW_YEARS} years before the work": _reviewed(three_years_ago),
        "reviewed it a day earlier": _reviewed(three_years_ago - DAY),
        "serves on a review of it now": _reviewed(None),
    }
    return {
        **{label: (peer, HERE, ()) for label, peer in alone.items()},
        "councillor of the ruling group": (labour, HERE, ()),
        "the same, with another group in the team": (labour, HERE, (independent,)),
        "from a council that Midthorpe's people reviewed": (PEER, reviewed, ()),
        "of one council with a member of the team": (
            PEER,
            HERE,
            (replace(OTHER, affiliations=PEER.affiliations),),
        ),
        "served with a member of the team": (
            _reviewed(LAST_REVIEW, FARBURY, frozenset({OTHER.id})),
            HERE,
            (OTHER,),
        ),
    }


def _found(
    peer: PeerFacts, council: AuthorityFacts, team: tuple[PeerFacts, ...]
) -> tuple[conflicts.Conflict, ...]:
    return conflicts.check(peer, council, WINDOW, DAYS, TODAY, register=REGISTER, team=team)


def _said(found: conflicts.Rule) -> tuple[str, str]:
    """The paragraph and the English of the function that enforces a rule."""
    functions = (thing for _, thing in inspect.getmembers(conflicts, inspect.isfunction))
    enforces = next(thing for thing in functions if f"Rule.{found.name}," in inspect.getsource(thing))
    return paragraphs(enforces.__doc__ or ""), english(enforces)


def conflicts_section() -> str:
    """Each rule with its effect, and the rules at work on fictional peers."""
    effects: dict[conflicts.Rule, set[str]] = {named: set() for named in conflicts.Rule}
    samples = []
    for label, sample in _samples().items():
        against = _found(*sample)
        for conflict in against:
            effects[conflict.rule].add(conflict.effect.value)
        until = [conflicts.in_words(conflict.until) for conflict in against if conflict.until]
        effect = " ".join(dict.fromkeys(conflict.effect.value for conflict in against)) or "may serve"
        samples.append((label, effect, " ".join(conflict.words for conflict in against), " ".join(until)))
    rules = (
        (named.value.replace("_", " "), ", ".join(sorted(found)), *_said(named))
        for named, found in effects.items()
    )
    return "\n".join(
        (
            "## Peers: conflicts\n",
            rule(conflicts.check),
            prose(english(conflicts.Effect)),
            table(("rule", "effect", "paragraph", "when"), rules),
            rule(peers.kin_of),
            rule(peers.are_neighbours),
            rule(peers.ties),
            prose(
                f"Played with fictional people: Midthorpe asks for {DAYS} days from {conflicts.in_words(WINDOW.first)} "
                f"to {conflicts.in_words(WINDOW.last)}."
            ),
            table(("the peer", "", "what the screen says", "until"), samples),
            rule(council_years.days_by_year),
            table(
                ("a team's days", "before 1 April", "from 1 April"),
                (
                    (
                        f"{days} from {conflicts.in_words(first)} to {conflicts.in_words(last)}",
                        str(shares.get(2026, 0)),
                        str(shares.get(2027, 0)),
                    )
                    for first, last, days in _ACROSS
                    for shares in (council_years.days_by_year(first, last, days, frozenset()),)
                ),
            ),
        )
    )


def _points() -> str:
    request = matching.TeamRequest(
        MIDTHORPE,
        WINDOW,
        DAYS,
        officers=1,
        themes=frozenset({"finance", "housing"}),
        services=frozenset({"planning"}),
        seniorities=frozenset({"director"}),
        authority_type="NMD",
        named=frozenset({FARBURY}),
    )
    best = replace(
        PEER,
        name="Best",
        themes=request.themes,
        services=request.services,
        seniority="director",
        authority_types=frozenset({"NMD"}),
        regions=frozenset({HERE.region}),
        deployments=tuple(Deployment(UUID(int=7), date(2020 + year, 1, 1)) for year in range(4)),
        led_reviews=1,
    )
    some = replace(
        best, id=UUID(int=102), name="Some", themes=frozenset({"finance"}), deployments=(), days_used=5
    )
    least = replace(
        OTHER,
        id=UUID(int=103),
        name="Zero",
        kind=PeerKind.COUNCILLOR,
        days_offered=0,
        accredited_until=date(2030, 1, 1),
    )
    ranked = matching.rank((best, some, least), request, HERE, register=REGISTER, today=TODAY)
    columns = zip(*(candidate.points for candidate in ranked), strict=True)
    rows = [[f"{point.points}: {point.words}" for point in points] for points in columns]
    total = [f"**{candidate.score}**" for candidate in ranked]
    return table(("a peer with everything asked", "one with some of it", "one with none"), [*rows, total])


def _fielding() -> str:
    third = replace(OTHER, id=UUID(int=104), name="Cy Marsh")
    warned = _found(_belonged(OXTOWN), HERE, ())
    barred = _found(_belonged(MIDTHORPE), HERE, ())
    two = (matching.Member(OTHER), matching.Member(third))
    teams: Mapping[str, Sequence[matching.Member]] = {
        "two members": two,
        "three members": (*two, matching.Member(PEER)),
        "one of them blocked": (*two, matching.Member(PEER, barred)),
        "one of them with a warning": (*two, matching.Member(PEER, warned)),
        "the warning accepted by a lead": (
            *two,
            matching.Member(PEER, warned, frozenset(conflict.key for conflict in warned)),
        ),
        "the block “accepted”": (
            *two,
            matching.Member(PEER, barred, frozenset(conflict.key for conflict in barred)),
        ),
    }
    return table(
        ("team", "may go into the field"), ((label, _may_field(team)) for label, team in teams.items())
    )


def _may_field(team: Sequence[matching.Member]) -> str:
    missing = matching.may_field(team).missing
    return "no: " + " ".join(obstacle.words for obstacle in missing) if missing else "yes"


def matching_section() -> str:
    """The points of a score, played, and when a team may go into the field."""
    return "\n".join(
        (
            "## Peers: matching\n",
            rule(matching.rank),
            prose(english(matching.Candidate)),
            _points(),
            rule(matching.balance),
            rule(matching.may_field),
            _fielding(),
        )
    )
