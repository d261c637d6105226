"""How the demo's coordinator puts a peer team beside an authority, and a lead accepts what the rules warn of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.demo.stage import Moment
from clearinghouse.casework.peers.facts import team_ground
from clearinghouse.casework.peers.invitations import members_of
from clearinghouse.casework.teams.answering import Answer, Declared, record_answer
from clearinghouse.casework.teams.asking import ask_members
from clearinghouse.casework.teams.assigning import assign_team
from clearinghouse.casework.teams.choosing import (
    TeamNeeds,
    accept_warning,
    add_to_team,
    choose_leader,
    propose_team,
    proposed_team,
    request_of,
    warnings_of,
)
from clearinghouse.casework.teams.confirming import confirm_member
from clearinghouse.casework.world import Work
from clearinghouse.protocol.conflicts import Rule
from clearinghouse.protocol.peer_words import Service, Theme
from clearinghouse.records.peers import Peer, Team


@dataclass(frozen=True)
class Wanted:
    """What is asked of a team. `first` and `last` are working days before the stage's last day; negative is ahead."""

    first: int
    last: int
    days: int
    councillors: int
    officers: int
    specialists: int
    services: frozenset[Service] = frozenset()
    themes: frozenset[Theme] = frozenset()
    named: tuple[str, ...] = ()


def proposes_team(wanted: Wanted, *peers: str) -> Callable[[Moment], None]:
    """Asks for the team and chooses these peers, the first of them to lead it."""

    def act(moment: Moment) -> None:
        needs = TeamNeeds(
            first=moment.day(wanted.first),
            last=moment.day(wanted.last),
            days=wanted.days,
            councillors=wanted.councillors,
            officers=wanted.officers,
            specialists=wanted.specialists,
            themes=wanted.themes,
            services=wanted.services,
            named=frozenset(moment.stage.authorities[name] for name in wanted.named),
            lead=True,
            size=len(peers),
        )
        world, actor, case_id = moment.world, moment.actor, moment.case_id
        team_id = propose_team(world, actor, case_id, None, needs)
        with world.reading(actor) as work:
            found = _named(work, peers)
        for peer_id in found:
            add_to_team(world, actor, case_id, None, team_id, peer_id)
        choose_leader(world, actor, case_id, None, team_id, found[0])

    return act


def accepts_warnings(reason: str) -> Callable[[Moment], None]:
    """Accepts everything that the rules warn of in the proposed team."""

    def act(moment: Moment) -> None:
        with moment.world.reading(moment.actor) as work:
            team = _team(work, moment)
            team_id, warnings = team.id, _warnings(work, team)
        for peer_id, rule, about in warnings:
            accept_warning(
                moment.world, moment.actor, moment.case_id, None, team_id, peer_id, rule, about, reason
            )

    return act


def confirms_all(moment: Moment) -> None:
    """Rings every member, writes down that each says yes and has nothing to declare, and confirms them."""
    with moment.world.reading(moment.actor) as work:
        team = _team(work, moment)
        team_id, peers = team.id, tuple(sorted(members_of(work, team)))
    act = (moment.world, moment.actor, moment.case_id, None, team_id)
    ask_members(*act, peers, moment.day(20))
    for peer_id in peers:
        record_answer(*act, peer_id, Answer(accepts=True, declared=Declared()))
        confirm_member(*act, peer_id)


def asks(answer_by: int, *peers: str) -> Callable[[Moment], None]:
    """Asks these members by mail, to answer by the day so many working days before the stage's last."""

    def act(moment: Moment) -> None:
        with moment.world.reading(moment.actor) as work:
            team_id, found = _team(work, moment).id, _named(work, peers)
        day = moment.day(answer_by)
        ask_members(moment.world, moment.actor, moment.case_id, None, team_id, found, day)

    return act


def writes_down(answer: Answer, *peers: str) -> Callable[[Moment], None]:
    """Writes down what each of these said by telephone."""

    def act(moment: Moment) -> None:
        with moment.world.reading(moment.actor) as work:
            team_id, found = _team(work, moment).id, _named(work, peers)
        for peer_id in found:
            record_answer(moment.world, moment.actor, moment.case_id, None, team_id, peer_id, answer)

    return act


def confirms(peer: str) -> Callable[[Moment], None]:
    """Confirms one who said yes."""

    def act(moment: Moment) -> None:
        with moment.world.reading(moment.actor) as work:
            team_id, found = _team(work, moment).id, _named(work, (peer,))
        confirm_member(moment.world, moment.actor, moment.case_id, None, team_id, *found)

    return act


def assigns_team(moment: Moment) -> None:
    """Sends the proposed team, whose members are confirmed."""
    with moment.world.reading(moment.actor) as work:
        team_id = _team(work, moment).id
    assign_team(moment.world, moment.actor, moment.case_id, None, team_id)


def _team(work: Work, moment: Moment) -> Team:
    team = proposed_team(work, moment.case_id)
    if team is None:
        raise LookupError("the story proposes no team before this")
    return team


def _named(work: Work, names: Sequence[str]) -> tuple[UUID, ...]:
    rows = work.session.execute(select(Peer.name, Peer.id).where(Peer.name.in_(names)))
    found = {row.name: row.id for row in rows}
    return tuple(found[name] for name in names)


def _warnings(work: Work, team: Team) -> list[tuple[UUID, Rule, UUID | None]]:
    ground = team_ground(work, team, request_of(work, team))
    return [
        (member.id, *warning.key)
        for member in ground.members
        for warning in warnings_of(work, ground, member.id)
    ]
