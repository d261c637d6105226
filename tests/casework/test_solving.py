"""Putting a whole team together: what stays, who is left out, what is checked once more as it is taken."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.peers.register import declare_interest, suspend_peer
from clearinghouse.casework.teams.choosing import (
    TeamNeeds,
    propose_team,
    remove_from_team,
)
from clearinghouse.casework.teams.forecast import team_forecast
from clearinghouse.casework.teams.pages import team_page
from clearinghouse.casework.teams.solving import SolvedTeams, ask_less, solve_team, take_team
from clearinghouse.casework.world import World
from clearinghouse.protocol.peer_words import Service, Theme
from clearinghouse.records import ledger
from clearinghouse.records.events import Event
from clearinghouse.records.peers import TeamMember
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.peers import peer
from tests.factories.people import person

NEEDS = TeamNeeds(
    date(2026, 12, 7),
    date(2026, 12, 18),
    4,
    councillors=1,
    themes=frozenset({Theme.FINANCE}),
    services=frozenset({Service.CHILDREN}),
    lead=True,
)


@dataclass
class Scene:
    """A triaged case about Midthorpe, the coordinator, and six peers by name."""

    world: World
    coordinator: Actor
    council: UUID
    case_id: UUID
    peers: dict[str, UUID]

    def propose(self, needs: TeamNeeds = NEEDS) -> UUID:
        """Ask for a team."""
        return propose_team(self.world, self.coordinator, self.case_id, None, needs)

    def solve(self, team: UUID, **more: set[UUID]) -> SolvedTeams:
        """The teams as the coordinator sees them."""
        return solve_team(self.world, self.coordinator, self.case_id, team, **more)

    def take(self, team: UUID, *names: str, leader: str = "", version: int | None = None) -> None:
        """Take these peers."""
        ids = [self.peers[name] for name in names]
        lead = self.peers.get(leader)
        take_team(self.world, self.coordinator, self.case_id, version, team, ids, lead)

    def members(self) -> dict[UUID, bool]:
        """Who is in the team, and whether they lead."""
        with self.world.reading(self.coordinator) as work:
            rows = work.session.execute(select(TeamMember.peer_id, TeamMember.leads))
            return {row.peer_id: row.leads for row in rows}


@pytest.fixture
def scene_in() -> Callable[[World], Scene]:
    def make(world: World) -> Scene:
        lead, coordinator = person(world, Role.LEAD), person(world, Role.COORDINATOR, None)
        council = authority(world)

        def at(name: str) -> UUID:
            return authority(world, name)

        peers = {
            "Dinah": peer(
                world, "Dinah", at("Oxtown"), kind="councillor", political_group="Green", led_reviews="2"
            ),
            "Carl": peer(world, "Carl", at("Carlby"), kind="councillor", political_group="Labour"),
            "Priya": peer(world, "Priya", at("Calderwick"), themes="finance"),
            "Fay": peer(world, "Fay", at("Fenmoor"), themes="finance", led_reviews="1", days_used="15"),
            "Sam": peer(world, "Sam", kind="specialist", services="children"),
            "Una": peer(world, "Una", at("Unsworth"), services="children", days_used="12"),
        }
        return Scene(world, coordinator, council, triaged_case(world, lead, council), peers)

    return make


@pytest.fixture
def scene(sqlite_world: World, scene_in: Callable[[World], Scene]) -> Scene:
    return scene_in(sqlite_world)


def test_the_best_team_is_taken_with_an_event_for_each_member_and_somebody_to_lead(
    world: World, scene_in: Callable[[World], Scene]
) -> None:
    scene = scene_in(world)
    team = scene.propose()
    found = scene.solve(team)
    best = found.teams[0]
    assert {member.name for member in best.members} == {"Dinah", "Priya", "Sam"}
    assert (best.balance.missing, best.leader_name, found.choosable) == ((), "Dinah", 6)
    assert len(found.teams) == 3
    assert {member.name: member.reasons for member in best.members} == {
        "Dinah": ("Of what is asked: has led a review before.",),
        "Priya": ("Of what is asked: knows finance.",),
        "Sam": ("Of what is asked: knows children’s services.",),
    }
    assert sum(point.points for point in best.points) == best.total
    before = case_header(world, scene.coordinator, scene.case_id).version
    take_team(world, scene.coordinator, scene.case_id, before, team, best.ids, best.leader)
    assert scene.members() == {each: each == scene.peers["Dinah"] for each in best.ids}
    with world.reading(scene.coordinator) as work:
        types = [entry.type for entry in ledger.entries(work.session, scene.case_id)]
    assert types[:4] == [Event.TEAM_LEADER_CHOSEN, *[Event.TEAM_MEMBER_ADDED] * 3]
    with pytest.raises(Stale):
        take_team(world, scene.coordinator, scene.case_id, before, team, best.ids)


def test_a_replacement_keeps_the_rest_and_leaves_out_who_went(scene: Scene) -> None:
    """Wrong if solving again throws out who was asked already, or brings back who was taken out."""
    team = scene.propose()
    scene.take(team, "Dinah", "Priya", "Sam", leader="Dinah")
    remove_from_team(scene.world, scene.coordinator, scene.case_id, None, team, scene.peers["Priya"])
    found = scene.solve(team)
    assert [wish.name for wish in found.left_out] == ["Priya"]
    assert [wish.name for wish in found.kept] == ["Dinah", "Sam"]
    assert {member.name for member in found.teams[0].members} == {"Dinah", "Sam", "Fay"}
    assert found.teams[0].new == {scene.peers["Fay"]}
    scene.take(team, "Dinah", "Sam", "Fay", leader="Fay")
    assert scene.members()[scene.peers["Dinah"]], "who leads was changed unasked"
    anew = scene.solve(team, pinned=set(), excluded=set())
    assert anew.teams[0].going == ("Fay",)
    assert {member.name for member in anew.teams[0].members} == {"Dinah", "Priya", "Sam"}


def test_conflicts_are_checked_again_as_a_team_is_taken_and_nothing_is_half_done(
    world: World, scene_in: Callable[[World], Scene]
) -> None:
    """Wrong if somebody who declared an interest since the page was shown gets in, or others got in beside them."""
    scene = scene_in(world)
    team = scene.propose()
    scene.take(team, "Carl", "Fay", "Una")
    declare_interest(world, scene.coordinator, scene.peers["Sam"], scene.council, "A contract.")
    suspend_peer(world, scene.coordinator, scene.peers["Priya"])
    with pytest.raises(Refused) as refused:
        scene.take(team, "Dinah", "Sam", "Priya")
    assert refused.value.reasons == (
        "Sam: Has declared an interest in Midthorpe Council.",
        "Priya: Accreditation is suspended.",
    )
    assert scene.members().keys() == {scene.peers[name] for name in ("Carl", "Fay", "Una")}
    found = scene.solve(team, pinned={scene.peers["Sam"]}, excluded=set())
    assert [(wish.name, wish.reasons) for wish in found.cannot_be_kept] == [
        ("Sam", ("Has declared an interest in Midthorpe Council.",))
    ]
    assert all(scene.peers["Sam"] not in team.ids for team in found.teams)
    assert "A contract." not in repr(found)


def test_what_is_asked_less_of_is_recorded_and_then_a_team_can_go(
    world: World, scene_in: Callable[[World], Scene]
) -> None:
    scene = scene_in(world)
    team = scene.propose(replace(NEEDS, services=frozenset({Service.CHILDREN, Service.FIRE})))
    found = scene.solve(team)
    assert found.teams == ()
    assert found.ask_less
    assert found.ask_less.words == ("Do not ask for somebody who knows the service: fire and rescue.",)
    assert found.ask_less.team
    ask_less(world, scene.coordinator, scene.case_id, None, team, found.ask_less.tokens)
    proposed = team_page(world, scene.coordinator, scene.case_id).proposed
    assert proposed
    assert proposed.needs.services == {Service.CHILDREN}
    assert scene.solve(team).teams[0].ids == found.ask_less.team.ids
    for stale in (("service:fire",), ("lead:1", "lead:1"), ("days:2",), ()):
        with pytest.raises(Refused, match="has changed meanwhile"):
            ask_less(world, scene.coordinator, scene.case_id, None, team, stale)
    with pytest.raises(Invalid, match="members"):
        ask_less(world, scene.coordinator, scene.case_id, None, team, ("more_members:18",))


def test_a_team_that_is_too_large_or_of_nobody_is_refused(scene: Scene) -> None:
    team = scene.propose()
    with pytest.raises(Refused, match="at least one"):
        scene.take(team)
    with pytest.raises(Refused, match="at most"):
        take_team(
            scene.world, scene.coordinator, scene.case_id, None, team, [UUID(int=each) for each in range(21)]
        )
    with pytest.raises(NotFound):
        take_team(scene.world, scene.coordinator, scene.case_id, None, team, [UUID(int=1)])
    assert scene.members() == {}


def test_a_walled_coordinator_a_lead_and_somebody_elses_team_find_nothing(scene: Scene) -> None:
    """A coordinator who belongs to the council, whoever may not match, and a team of another case: all the same."""
    team, world = scene.propose(), scene.world
    others = (
        person(world, Role.COORDINATOR, None, "Wanda Hale", walled_from=scene.council),
        person(world, Role.LEAD, Region.NORTH_EAST, "Lee"),
        person(world, Role.ADMINISTRATOR, None, "Ad"),
    )
    for other in others:
        with pytest.raises(NotFound):
            solve_team(world, other, scene.case_id, team)
        with pytest.raises(NotFound):
            take_team(world, other, scene.case_id, None, team, list(scene.peers.values())[:3])
        with pytest.raises(NotFound):
            ask_less(world, other, scene.case_id, None, team, ["lead:1"])
    lead = person(world, Role.LEAD, Region.NORTH_EAST, "Lena")
    elsewhere = triaged_case(world, lead, authority(world, "Elsewhere"))
    with pytest.raises(NotFound):
        solve_team(world, scene.coordinator, elsewhere, team)
    with pytest.raises(NotFound):
        take_team(world, scene.coordinator, elsewhere, None, team, list(scene.peers.values())[:3])


def test_the_forecast_is_for_those_who_read_the_register_and_names_no_case(scene: Scene) -> None:
    """Wrong if a forecast tells of a council that is being helped, or opens to somebody who reads no register."""
    scene.propose()
    found = team_forecast(scene.world, scene.coordinator)
    assert (found.first, found.last, found.england.free) == (date(2026, 12, 1), date(2026, 12, 31), 6)
    assert len(found.regions) == len(Region)
    assert "Midthorpe" not in repr(found)
    assert str(scene.case_id) not in repr(found)
    for role in (Role.ASSOCIATE, Role.ADMINISTRATOR, Role.AUDIT_OFFICER):
        region = Region.NORTH_EAST if role is Role.ASSOCIATE else None
        with pytest.raises(NotFound):
            team_forecast(scene.world, person(scene.world, role, region, f"Some {role}"))
