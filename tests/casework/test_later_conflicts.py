"""What comes up about members who have said yes: raised at once, whoever or whatever made it so, and closed with it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.clock import tick
from clearinghouse.casework.correction import Swap, correct_authority
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.mail.letters import LetterKind
from clearinghouse.casework.peers.importing import import_peers
from clearinghouse.casework.peers.register import declare_interest, restore_peer, suspend_peer
from clearinghouse.casework.teams.answering import Declared, record_answer
from clearinghouse.casework.teams.asking import withdraw_invitation
from clearinghouse.casework.teams.assigning import assign_team
from clearinghouse.casework.teams.choosing import add_to_team, choose_leader, propose_team
from clearinghouse.casework.teams.confirming import confirm_member
from clearinghouse.casework.teams.own_page import declare_own, own_page
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.protocol.conflicts import Rule
from clearinghouse.protocol.invitations import InterestKind, InvitationState
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.authorities import Authority, AuthorityLineage
from clearinghouse.records.peer_invitations import PeerConflictRaised
from clearinghouse.records.peers import Peer
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.peers import code_of, peer, peer_file
from tests.factories.team_members import CANARY, NEEDS, Scene, scene_of
from tests.factories.teams import YES, confirm_all, send_team


@pytest.fixture
def scene(sqlite_world: World) -> Scene:
    return scene_of(sqlite_world)


def _suspended(scene: Scene, peer_id: UUID) -> None:
    suspend_peer(scene.world, scene.coordinator, peer_id)


def _interest(scene: Scene, peer_id: UUID) -> None:
    declare_interest(scene.world, scene.coordinator, peer_id, scene.council, CANARY)


def _imported(scene: Scene, peer_id: UUID) -> None:
    with scene.world.reading(OPERATOR) as work:
        row = work.session.get_one(Peer, peer_id)
        line = {"code": row.code, "name": row.name, "kind": "officer", "role": row.role}
    line["authority_code"] = code_of(scene.world, scene.council)
    report = import_peers(scene.world, OPERATOR, peer_file(line))
    assert report.changed == 1, report.errors


def _declared_later(scene: Scene, peer_id: UUID) -> None:
    declare_own(scene.world, scene.visit(peer_id), Declared(InterestKind.MONEY, CANARY))


def _by_the_clock(scene: Scene, peer_id: UUID) -> None:
    """A change that no verb of ours made."""
    with scene.world.unit_of_work(OPERATOR) as work:
        work.session.get_one(Peer, peer_id).accredited_until = date(2026, 12, 10)
    tick(scene.world)


@pytest.mark.parametrize(
    ("change", "confirmed"),
    [
        (_suspended, False),
        (_interest, True),
        (_imported, False),
        (_declared_later, True),
        (_by_the_clock, True),
    ],
)
def test_whoever_becomes_conflicted_after_saying_yes_is_raised_at_once_and_goes_no_further(
    scene: Scene, change: Callable[[Scene, UUID], None], confirmed: bool
) -> None:
    """A peer with an interest in the council would sit at its table, and everybody would learn of it there."""
    scene.ask()
    for each in scene.peers:
        record_answer(*scene.act, each, YES)
    if confirmed:
        for each in scene.peers:
            confirm_member(*scene.act, each)
    change(scene, scene.peers[1])
    assert DutyKind.PEER_CONFLICT in scene.owed()
    assert {scene.coordinator.id, scene.lead.id} <= scene.told(LetterKind.PEER_CONFLICT)
    with pytest.raises(Refused, match=r"Priya Natarajan: (?!Only somebody who has accepted)"):
        confirm_member(*scene.act, scene.peers[1])
    with pytest.raises(Refused, match="Priya Natarajan: "):
        assign_team(*scene.act)
    assert verify(scene.world).faults == ()


def test_a_council_that_is_merged_into_the_one_that_asks_is_a_conflict_from_then_on(scene: Scene) -> None:
    """The register changes under a team: who belonged to what was replaced belongs to what replaced it."""
    confirm_all(scene.world, scene.coordinator, scene.case_id, scene.team)
    with scene.world.unit_of_work(OPERATOR) as work:
        old = work.session.scalars(select(Authority).where(Authority.name == "Calderwick Council")).one()
        old.ended_on = work.today
        work.add(AuthorityLineage(predecessor_id=old.id, successor_id=scene.council))
    tick(scene.world)
    assert scene.owed() == {DutyKind.PEER_CONFLICT}


def test_what_holds_no_more_is_closed_and_what_comes_again_is_raised_again(scene: Scene) -> None:
    scene.ask()
    for _ in range(2):
        suspend_peer(scene.world, scene.coordinator, scene.peers[0])
        assert scene.owed() == {DutyKind.PEER_CONFLICT}
        restore_peer(scene.world, scene.coordinator, scene.peers[0])
        assert scene.owed() == set()
    with scene.world.reading(OPERATOR) as work:
        raised = work.session.scalars(select(PeerConflictRaised)).all()
        assert [row.rule for row in raised] == [Rule.SUSPENDED, Rule.SUSPENDED]
        assert all(row.ended_at for row in raised)


def test_another_team_that_goes_first_takes_the_days_of_this_one(scene: Scene) -> None:
    confirm_all(scene.world, scene.coordinator, scene.case_id, scene.team)
    council = authority(scene.world, "Munbridge Council")
    other = triaged_case(scene.world, scene.lead, council)
    needs = replace(NEEDS, first=date(2027, 1, 4), last=date(2027, 2, 26), days=17)
    team = propose_team(scene.world, scene.coordinator, other, None, needs)
    ben, joy = (peer(scene.world, name, authority(scene.world, f"{name} Council")) for name in ("Ben", "Joy"))
    for each in (scene.peers[0], ben, joy):
        add_to_team(scene.world, scene.coordinator, other, None, team, each)
    choose_leader(scene.world, scene.coordinator, other, None, team, ben)
    send_team(scene.world, scene.coordinator, other, team)
    assert scene.owed() == {DutyKind.PEER_CONFLICT}
    with pytest.raises(Refused, match="Dinah Oke: Has 3 of the 20 days"):
        assign_team(*scene.act)


def test_asked_for_these_days_they_are_not_moved_to_others_unasked(scene: Scene) -> None:
    scene.ask()
    with pytest.raises(Refused, match="Take their invitations back"):
        propose_team(scene.world, scene.coordinator, scene.case_id, None, replace(NEEDS, days=5))
    for each in scene.peers:
        withdraw_invitation(*scene.act, each)
    propose_team(scene.world, scene.coordinator, scene.case_id, None, replace(NEEDS, days=5))


def test_a_case_about_another_council_needs_its_peers_no_more(scene: Scene) -> None:
    scene.ask()
    visit = scene.visit(scene.peers[0])
    right = authority(scene.world, "Rightham Council")
    correct_authority(scene.world, scene.lead, scene.case_id, None, Swap(scene.council, right), "A mix-up.")
    tick(scene.world)
    assert set(scene.states().values()) == {InvitationState.WITHDRAWN}
    with pytest.raises(NotFound):
        own_page(scene.world, visit)
