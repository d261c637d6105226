"""The section of docs/protocol.md about whole teams: what is hard, what is weighed, what is given up first."""

from dataclasses import replace
from uuid import UUID

from protocol_case import TODAY
from protocol_markdown import english, prose, rule, table
from protocol_peers import DAYS, HERE, OTHER, PEER, REGISTER, WINDOW

from clearinghouse.protocol import forecast, needs, programme, teams
from clearinghouse.protocol.conflicts import survey
from clearinghouse.protocol.matching import TeamRequest, rank
from clearinghouse.protocol.peers import PeerKind

_REQUEST = TeamRequest(
    HERE.id,
    WINDOW,
    DAYS,
    councillors=2,
    officers=1,
    themes=frozenset({"finance"}),
    services=frozenset({"children"}),
    seniorities=frozenset({"director"}),
    named=frozenset({next(iter(REGISTER))}),
    lead=True,
    political_balance=True,
    size=4,
)


def _relaxations() -> str:
    given_up = [
        *(
            needs.Relaxation(need.kind, need.what)
            for need in needs.needs_of(replace(_REQUEST, specialists=1, size=4))
        ),
        needs.Relaxation(needs.NeedKind.POLITICAL_BALANCE),
        needs.Relaxation(needs.NeedKind.MORE_MEMBERS),
        needs.Relaxation(needs.NeedKind.FEWER_MEMBERS),
    ]
    given_up.sort(key=lambda each: each.cost)
    rows = ((needs.relaxation_words(each, _REQUEST, REGISTER), each.cost) for each in given_up)
    return table(("asked less of", "costs"), rows)


def _weighed() -> str:
    """Three teams, and what their points are made of."""
    fresh = replace(OTHER, days_used=0)
    ours = replace(
        PEER,
        id=UUID(int=105),
        name="Cora Vane",
        affiliations=(),
        kind=PeerKind.COUNCILLOR,
        political_group="Labour",
    )
    theirs = replace(ours, id=UUID(int=106), name="Dev Malik", political_group="Green")
    used = replace(fresh, id=UUID(int=107), name="Eli Stone", days_used=5)
    request = TeamRequest(HERE.id, WINDOW, DAYS)
    ground = survey(HERE, WINDOW, DAYS, TODAY, register=REGISTER)
    ranked = {
        each.peer.id: each
        for each in rank((PEER, fresh, ours, theirs, used), request, HERE, register=REGISTER, today=TODAY)
    }
    shown = {
        "nothing against it": (PEER, fresh, theirs),
        "a councillor of the ruling group alone": (PEER, fresh, ours),
        "two who worked together, one of whom has used half of their days": (fresh, used, theirs),
    }
    rows = []
    for label, members in shown.items():
        team = teams.team_of((ranked[each.id] for each in members), request, ground)
        rows.append(
            (label, *(f"{point.points}: {point.words}" for point in team.points), f"**{team.total}**")
        )
    return table(("a team", "fit", "load", "warnings", "balance", "points"), rows)


def teams_section() -> str:
    """What holds a whole team to what is asked, what is weighed, what is given up, and what is forecast."""
    shapes = (
        (
            shape.words,
            shape.reason,
            f"{shape.size} members, {shape.days} days each",
            f"{shape.councillors}, {shape.officers}, {shape.specialists}",
            ", ".join(sorted(each.replace("_", " ") for each in shape.themes | shape.services | shape.posts)),
        )
        for shape in forecast.SHAPES
    )
    return "\n".join(
        (
            "## Peers: whole teams\n",
            rule(teams.best_teams),
            rule(needs.needs_of),
            prose(english(programme.team_programme)),
            prose(
                f"A member’s own points are those of the score, less {programme.WARNING_POINTS} for each warning, less"
                f" up to {programme.LOAD_POINTS} for load, in proportion to the days offered that will then be used."
                f" A team with several councillors, all of one group, has {programme.ONE_GROUP_POINTS} less, where"
                " balance is not asked for."
            ),
            _weighed(),
            rule(programme.elastic_programme),
            _relaxations(),
            rule(programme.worth_keeping),
            rule(forecast.forecast),
            table(
                ("kind of team", "why", "size", "councillors, officers, specialists", "somebody for each of"),
                shapes,
            ),
        )
    )
