"""Peer teams on a case: conflicts with their reasons, warnings for a lead, and assigning only what may be fielded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.dialogue.offers import NewOffer, make_offer
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.peers.facts import peer_facts
from clearinghouse.casework.peers.register import declare_interest, peer_page, suspend_peer
from clearinghouse.casework.teams.assigning import assign_team
from clearinghouse.casework.teams.choosing import (
    TeamNeeds,
    accept_warning,
    add_to_team,
    choose_leader,
    propose_team,
    remove_from_team,
)
from clearinghouse.casework.teams.pages import MatchPage, match_page, team_page
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.protocol.conflicts import Rule
from clearinghouse.protocol.peer_words import Service, Theme
from clearinghouse.protocol.vocabulary import DutyKind, Standing
from clearinghouse.records import ledger
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.peers import WarningAccepted
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.peers import peer
from tests.factories.people import person
from tests.factories.teams import confirm_all, send_team

CANARY = "canary-thresholds-7141"
NEEDS = TeamNeeds(
    date(2026, 12, 7),
    date(2026, 12, 18),
    4,
    councillors=1,
    officers=1,
    specialists=1,
    themes=frozenset({Theme.FINANCE}),
    services=frozenset({Service.CHILDREN}),
)


@dataclass
class Scene:
    """A triaged case about Midthorpe, with those who put a team beside it."""

    world: World
    lead: Actor
    coordinator: Actor
    council: UUID
    case_id: UUID

    def propose(self, *peers: UUID, needs: TeamNeeds = NEEDS) -> UUID:
        """A team of these peers, the first of whom leads it."""
        team = propose_team(self.world, self.coordinator, self.case_id, None, needs)
        for each in peers:
            add_to_team(self.world, self.coordinator, self.case_id, None, team, each)
        if peers:
            choose_leader(self.world, self.coordinator, self.case_id, None, team, peers[0])
        return team

    def match(self) -> MatchPage:
        """The candidates as the coordinator sees them."""
        return match_page(self.world, self.coordinator, self.case_id)

    def blocks(self) -> dict[str, tuple[str, ...]]:
        """Why each blocked candidate is blocked."""
        return {each.name: each.blocks for each in self.match().blocked}

    def three(self) -> list[UUID]:
        """A councillor, an officer and a specialist without any conflict."""
        return [
            peer(
                self.world,
                "Dinah Oke",
                authority(self.world, "Oxtown Council"),
                kind="councillor",
                role="Leader",
                seniority="leader",
                political_group="Green",
                led_reviews="2",
            ),
            peer(
                self.world, "Priya Natarajan", authority(self.world, "Calderwick Council"), themes="finance"
            ),
            peer(self.world, "Sam Reed", kind="specialist", services="children"),
        ]


@pytest.fixture
def scene_in() -> Callable[[World], Scene]:
    def make(world: World) -> Scene:
        lead, coordinator = person(world, Role.LEAD), person(world, Role.COORDINATOR, None)
        council = authority(world)
        return Scene(world, lead, coordinator, council, triaged_case(world, lead, council))

    return make


@pytest.fixture
def scene(sqlite_world: World, scene_in: Callable[[World], Scene]) -> Scene:
    return scene_in(sqlite_world)


def test_a_team_of_three_is_ranked_assigned_and_followed_up(
    world: World, scene_in: Callable[[World], Scene]
) -> None:
    scene = scene_in(world)
    three = scene.three()
    team = scene.propose()
    assert [each.name for each in scene.match().candidates] == ["Priya Natarajan", "Sam Reed", "Dinah Oke"]
    scene.propose(*three)
    assert scene.match().team.obstacles == ("Not asked yet: Dinah Oke, Priya Natarajan, Sam Reed.",)
    confirm_all(world, scene.coordinator, scene.case_id, team)
    assert scene.match().team.obstacles == ()
    assign_team(world, scene.coordinator, scene.case_id, None, team)
    page = team_page(world, scene.coordinator, scene.case_id)
    assert page.proposed is None
    leader = page.assigned[0].members[0]
    assert (leader.name, leader.leads) == ("Dinah Oke", True)
    assert page.case.standing is Standing.SUPPORTED
    with world.reading(scene.lead) as work:
        owed = select(Duty.kind).where(Duty.case_id == scene.case_id, Duty.state == DutyState.OPEN)
        assert DutyKind.FOLLOW_UP in work.session.scalars(owed).all()
        assert {facts.days_used for facts in peer_facts(work).values()} == {4}
        types = [entry.type for entry in ledger.entries(work.session, scene.case_id)]
        assert {Event.TEAM_PROPOSED, Event.TEAM_MEMBER_ADDED, Event.TEAM_ASSIGNED} <= set(types)
    assert [each.authority for each in peer_page(world, scene.coordinator, three[0]).served] == [
        "Midthorpe Council"
    ]
    with pytest.raises(Refused, match="cannot be changed"):
        remove_from_team(world, scene.coordinator, scene.case_id, None, team, three[0])


def test_who_was_of_a_merged_council_is_blocked_with_the_reason_and_cannot_be_added_by_hand(
    world: World, scene_in: Callable[[World], Scene]
) -> None:
    old = authority(world, "Elderton Council", ended_on=date(2023, 4, 1))
    lead, coordinator = person(world, Role.LEAD), person(world, Role.COORDINATOR, None)
    council = authority(world, "Newland Council", replaces=(old,), started_on=date(2023, 4, 1))
    scene = Scene(world, lead, coordinator, council, triaged_case(world, lead, council))
    gwen = peer(world, "Gwen Parry", old, authority_since="2010-05-01")
    team = scene.propose()
    reason = "Employed by Elderton Council when Newland Council replaced it, and not recorded as having left."
    assert scene.blocks() == {"Gwen Parry": (reason,)}
    assert scene.match().candidates == ()
    with pytest.raises(Refused, match="Gwen Parry: Employed by Elderton Council"):
        add_to_team(world, coordinator, scene.case_id, None, team, gwen)


def test_an_interest_blocks_and_what_it_is_is_not_opened(scene: Scene) -> None:
    tom = peer(scene.world, "Tom Ashdown", authority(scene.world, "Fenmoor Council"))
    scene.propose()
    assert scene.blocks() == {}
    declare_interest(scene.world, scene.coordinator, tom, scene.council, CANARY)
    assert scene.blocks() == {"Tom Ashdown": ("Has declared an interest in Midthorpe Council.",)}
    assert CANARY not in repr(scene.match())


@pytest.mark.parametrize("missing", ["member", "leader", "lead's word"])
def test_what_is_missing_is_said_and_nothing_is_assigned(scene: Scene, missing: str) -> None:
    one, two, three = scene.three()
    chosen = [one, two] if missing == "member" else [one, two, three]
    if missing == "lead's word":
        chosen = [one, two, peer(scene.world, "Ian Bell", former_authorities=_same_council_as(scene, two))]
    team = scene.propose(*chosen)
    if missing == "leader":
        remove_from_team(scene.world, scene.coordinator, scene.case_id, None, team, one)
        add_to_team(scene.world, scene.coordinator, scene.case_id, None, team, one)
    words = {
        "member": "The team has 2 of at least 3 members.",
        "leader": "Choose who leads the team.",
        "lead's word": "Belonged to Calderwick Council at the same time as",
    }[missing]
    with pytest.raises(Refused, match=words):
        assign_team(scene.world, scene.coordinator, scene.case_id, None, team)
    assert case_header(scene.world, scene.lead, scene.case_id).standing is Standing.TRIAGED


def test_only_a_lead_accepts_a_warning_and_only_leads_read_why(
    world: World, scene_in: Callable[[World], Scene]
) -> None:
    scene = scene_in(world)
    one, two, _ = scene.three()
    ian = peer(world, "Ian Bell", former_authorities=_same_council_as(scene, two))
    team = scene.propose(one, two, ian)
    for member, about in ((two, ian), (ian, two)):
        accept = (scene.case_id, None, team, member, Rule.WORKED_TOGETHER, about)
        with pytest.raises(NotFound):
            accept_warning(world, scene.coordinator, *accept, "I know them.")
        with pytest.raises(Invalid, match="reason"):
            accept_warning(world, scene.lead, *accept, " ")
        accept_warning(world, scene.lead, *accept, CANARY)
    with pytest.raises(Refused, match="does not hold"):
        accept_warning(
            world, scene.lead, scene.case_id, None, team, one, Rule.NEIGHBOUR, scene.council, "No."
        )
    assert CANARY in repr(team_page(world, scene.lead, scene.case_id))
    assert CANARY not in repr(team_page(world, scene.coordinator, scene.case_id))
    with world.reading(scene.lead) as work:
        assert [row.reason for row in work.session.scalars(select(WarningAccepted))] == [CANARY, CANARY]
        opened = ledger.entries(work.session, scene.case_id, Event.CASE_OPENED)
        assert [entry.actor for entry in opened if entry.facts["compartment"] == "peers"] == [
            str(scene.lead.id)
        ]
    send_team(world, scene.coordinator, scene.case_id, team)
    for reader, reason in ((scene.lead, CANARY), (scene.coordinator, None)):
        (sent,) = team_page(world, reader, scene.case_id).assigned
        warned = {member.id: member.warnings for member in sent.members}
        assert {key for key, found in warned.items() if found} == {two, ian}
        (found,) = warned[ian]
        assert found.words == "Has worked with a member of the team before."
        assert found.accepted is not None
        assert (found.accepted.by, found.accepted.reason) == (scene.lead.name, reason)


def test_a_peer_who_was_suspended_meanwhile_is_found_when_the_team_is_assigned(scene: Scene) -> None:
    three = scene.three()
    team = scene.propose(*three)
    suspend_peer(scene.world, scene.coordinator, three[1])
    with pytest.raises(Refused, match="Priya Natarajan: Accreditation is suspended"):
        assign_team(scene.world, scene.coordinator, scene.case_id, None, team)


def test_no_team_while_an_offer_waits_for_its_answer(scene: Scene) -> None:
    team = scene.propose(*scene.three())
    make_offer(scene.world, scene.lead, scene.case_id, None, NewOffer("A peer team.", date(2026, 12, 1)))
    with pytest.raises(Refused, match="waiting for its answer"):
        assign_team(scene.world, scene.coordinator, scene.case_id, None, team)


def test_days_used_for_another_council_leave_too_few(scene: Scene) -> None:
    three = scene.three()
    team = scene.propose(*three)
    send_team(scene.world, scene.coordinator, scene.case_id, team)
    other = triaged_case(scene.world, scene.lead, authority(scene.world, "Munbridge Council"))
    again = Scene(scene.world, scene.lead, scene.coordinator, scene.council, other)
    again.propose(needs=TeamNeeds(date(2027, 1, 4), date(2027, 3, 26), 17))
    assert set(again.blocks()) == {"Dinah Oke", "Priya Natarajan", "Sam Reed"}
    assert again.blocks()["Sam Reed"] == ("Has 16 of the 20 days offered this year left; 17 are asked.",)


def test_the_needs_can_be_said_anew_and_a_stale_form_is_refused(scene: Scene) -> None:
    seen = case_header(scene.world, scene.coordinator, scene.case_id).version
    first = propose_team(scene.world, scene.coordinator, scene.case_id, seen, NEEDS)
    with pytest.raises(Stale):
        propose_team(scene.world, scene.coordinator, scene.case_id, seen, NEEDS)
    assert propose_team(scene.world, scene.coordinator, scene.case_id, None, NEEDS) == first
    wrong = TeamNeeds(date(2026, 11, 1), date(2026, 10, 1), 0, size=2)
    with pytest.raises(Invalid) as problem:
        propose_team(scene.world, scene.coordinator, scene.case_id, None, wrong)
    assert set(problem.value.problems) == {"first", "last", "size"}


@pytest.mark.parametrize(
    ("role", "region", "walled"),
    [
        (Role.ASSOCIATE, Region.NORTH_EAST, False),
        (Role.ADMINISTRATOR, None, False),
        (Role.AUDIT_OFFICER, None, False),
        (Role.LEAD, Region.SOUTH_WEST, False),
        (Role.LEAD, Region.NORTH_EAST, True),
        (Role.COORDINATOR, None, True),
    ],
)
def test_for_outsiders_there_is_no_team(
    scene: Scene, role: Role, region: Region | None, walled: bool
) -> None:
    scene.propose()
    outsider = person(scene.world, role, region, walled_from=scene.council if walled else None)
    with pytest.raises(NotFound):
        team_page(scene.world, outsider, scene.case_id)
    with pytest.raises(NotFound):
        match_page(scene.world, outsider, scene.case_id)
    with pytest.raises(NotFound):
        propose_team(scene.world, outsider, scene.case_id, None, NEEDS)


def test_a_coordinator_walled_off_from_a_council_does_not_hear_that_a_team_served_there(scene: Scene) -> None:
    three = scene.three()
    team = scene.propose(*three)
    send_team(scene.world, scene.coordinator, scene.case_id, team)
    walled = person(scene.world, Role.COORDINATOR, None, walled_from=scene.council)
    other = triaged_case(scene.world, scene.lead, authority(scene.world, "Munbridge Council"))
    again = Scene(scene.world, scene.lead, walled, scene.council, other)
    again.propose(three[0])
    assert "Midthorpe" not in repr(again.match())
    assert "Has worked with a member of the team before." in again.match().candidates[0].warnings
    assert peer_page(scene.world, walled, three[0]).served == ()


def test_a_coordinator_is_shown_no_narrative(scene: Scene) -> None:
    logged = logged_case(
        scene.world, scene.lead, scene.council, text=CANARY, how_known=CANARY, source_name=CANARY
    )
    propose_team(scene.world, scene.coordinator, logged.case_id, None, NEEDS)
    shown = repr(team_page(scene.world, scene.coordinator, logged.case_id))
    assert CANARY not in shown + repr(match_page(scene.world, scene.coordinator, logged.case_id))


def _same_council_as(scene: Scene, peer_id: UUID) -> str:
    """The council of another peer, as a former one that both were at."""
    from clearinghouse.casework.peers.facts import peer_facts
    from tests.factories.peers import code_of

    with scene.world.reading(scene.coordinator) as work:
        held = peer_facts(work, {peer_id})[peer_id].affiliations[0]
    return f"{code_of(scene.world, held.authority)}:2015-01-01:2020-03-31"


def test_whoever_leaves_the_team_takes_no_sealed_word_out_of_the_ledgers_sight(scene: Scene) -> None:
    """An ordinary change of mind would look to the auditors as if somebody had deleted a reason."""
    one, two, _ = scene.three()
    ian = peer(scene.world, "Ian Bell", former_authorities=_same_council_as(scene, two))
    team = scene.propose(one, two, ian)
    accept = (scene.case_id, None, team, ian, Rule.WORKED_TOGETHER, two)
    accept_warning(scene.world, scene.lead, *accept, "They hardly met.")
    remove_from_team(scene.world, scene.coordinator, scene.case_id, None, team, ian)
    assert verify(scene.world).faults == ()
    add_to_team(scene.world, scene.coordinator, scene.case_id, None, team, ian)
    with pytest.raises(Refused, match="at the same time as"):
        assign_team(scene.world, scene.coordinator, scene.case_id, None, team)
