"""A coordinator's pages about a team's members, and the peer's own page with those who would like to be that peer."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Actor, Role
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.teams import own_page
from clearinghouse.casework.teams.asking import ask_members, send_again, withdraw_invitation
from clearinghouse.casework.teams.choosing import (
    TeamNeeds,
    add_to_team,
    choose_leader,
    propose_team,
    remove_from_team,
)
from clearinghouse.casework.teams.life import member_page
from clearinghouse.casework.teams.pages import team_page
from clearinghouse.casework.world import World
from clearinghouse.protocol.invitations import InvitationState
from clearinghouse.records.peer_invitations import PeerInvitation, PeerLetter
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.peers import peer
from tests.factories.people import person
from tests.web.visitors import Visitor
from tests.worlds import Clock

NEEDS = TeamNeeds(date(2026, 12, 7), date(2026, 12, 18), 4)
ANSWER_BY = date(2026, 11, 30)
YES = {"interest": "none"}


@dataclass
class Scene:
    """A team of three who were asked by mail, each with a code."""

    world: World
    site: Flask
    cora: Actor
    case_id: UUID
    team_id: UUID
    peers: tuple[UUID, ...]

    def link(self, peer_id: UUID) -> str:
        """The link in the latest mail to a peer."""
        with self.world.reading(OPERATOR) as work:
            query = select(PeerLetter).where(
                PeerLetter.peer_id == peer_id, PeerLetter.token_sealed.is_not(None)
            )
            letter = work.session.scalars(
                query.order_by(PeerLetter.made_at.desc(), PeerLetter.id.desc())
            ).first()
            assert letter is not None
            return f"/peer/{letter.token}"

    def code(self, peer_id: UUID) -> str:
        """The code that the coordinator tells a peer."""
        return member_page(self.world, self.cora, self.case_id, self.team_id, peer_id).code

    def come_in(self, peer_id: UUID) -> Visitor:
        """A peer on their own page."""
        visitor = Visitor(self.site)
        answer = visitor.post(self.link(peer_id), {"code": self.code(peer_id)})
        assert (answer.status_code, answer.location) == (303, "/peer")
        return visitor

    def state(self, peer_id: UUID) -> InvitationState:
        """How far a peer has come."""
        with self.world.reading(OPERATOR) as work:
            query = select(PeerInvitation.state).where(PeerInvitation.peer_id == peer_id)
            return work.session.scalars(query.order_by(PeerInvitation.id.desc())).first()  # type: ignore[return-value]  # they were asked


@pytest.fixture
def scene(sqlite_world: World, site: Flask) -> Scene:
    world = sqlite_world
    cora, lead = person(world, Role.COORDINATOR, None), person(world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world))
    names = {"Dinah Oke": "Oxtown", "Priya Natarajan": "Calderwick", "Ada Holt": "Stourley"}
    peers = tuple(
        peer(
            world,
            name,
            authority(world, f"{place} Council"),
            contact=f"{name.split()[0]}@peers.example, 0151 1",
        )
        for name, place in names.items()
    )
    team_id = propose_team(world, cora, case_id, None, NEEDS)
    for each in peers:
        add_to_team(world, cora, case_id, None, team_id, each)
    choose_leader(world, cora, case_id, None, team_id, peers[0])
    ask_members(world, cora, case_id, None, team_id, peers, ANSWER_BY)
    return Scene(world, site, cora, case_id, team_id, peers)


def test_a_peer_answers_on_their_own_page_and_sees_only_what_the_invitation_needs(scene: Scene) -> None:
    """A case's words, another member's name or the reference would be known outside, where nothing holds them."""
    dinah = scene.peers[0]
    visitor = Visitor(scene.site)
    before = visitor.get(scene.link(dinah))
    assert (before.status_code, "Midthorpe" in before.text) == (200, False)
    visitor = scene.come_in(dinah)
    pages = [before.text] + [visitor.get(path).text for path in ("/peer", "/peer/accept", "/peer/decline")]
    assert "Midthorpe Council" in pages[1]
    assert "Leading the team" in pages[1]
    early = visitor.get("/peer/days.ics")
    assert early.status_code == 303
    answer = visitor.post("/peer/accept", YES)
    assert answer.status_code == 303
    assert scene.state(dinah) is InvitationState.ACCEPTED
    after = visitor.get("/peer").text
    assert "You said yes" in after
    days = visitor.get("/peer/days.ics")
    assert "DTSTART;VALUE=DATE:20261207" in days.text
    assert "Midthorpe" not in days.text
    reference = case_header(scene.world, scene.cora, scene.case_id).reference
    for text in (*pages, after, days.text):
        for secret in (reference, str(scene.case_id), "Priya", "Ada Holt", "Thresholds", "Jo Bright"):
            assert secret not in text
    assert Visitor(scene.site).get(scene.link(dinah)).status_code == 404


def test_what_a_peer_declares_keeps_them_out_and_is_raised_at_once(scene: Scene) -> None:
    visitor = scene.come_in(scene.peers[1])
    unsaid = visitor.post("/peer/accept", {"interest": "family"})
    assert (unsaid.status_code, "Say what it is" in unsaid.text) == (422, True)
    visitor.post("/peer/accept", {"interest": "family", "words": "My sister runs its housing team."})
    assert scene.state(scene.peers[1]) is InvitationState.CONFLICTED
    assert "We have to look at something first" in visitor.get("/peer").text
    shown = team_page(scene.world, scene.cora, scene.case_id).proposed
    assert shown is not None
    assert "Has declared an interest in Midthorpe Council." in repr(shown.members[1].blocks)


@pytest.mark.parametrize("how", ["used", "withdrawn", "expired", "off the team", "replaced", "made up"])
def test_a_link_that_is_over_leads_nowhere(scene: Scene, clock: Clock, how: str) -> None:
    """Whoever finds an old mail would still answer in a peer's place."""
    dinah = scene.peers[0]
    link, code = scene.link(dinah), scene.code(dinah)
    inside = scene.come_in(dinah)
    act = (scene.world, scene.cora, scene.case_id, None, scene.team_id, dinah)
    if how == "used":
        inside.post("/peer/accept", YES)
    if how == "withdrawn":
        withdraw_invitation(*act)
    if how == "expired":
        clock.pass_days(8)
    if how == "off the team":
        remove_from_team(*act)
    if how == "replaced":
        send_again(*act)
    if how == "made up":
        link = "/peer/" + "A" * 43
    late = Visitor(scene.site)
    assert late.get(link).status_code == 404
    assert late.post(link, {"code": code}).status_code == 404
    if how in {"withdrawn", "expired", "off the team"}:
        assert "Open the link in your mail" in inside.get("/peer").text
        assert inside.post("/peer/accept", YES).location == "/peer"
        assert scene.state(dinah) is not InvitationState.ACCEPTED


def test_neither_anothers_code_nor_a_guessed_one_opens_a_link(scene: Scene) -> None:
    """One of us with a peer's mail, or a peer with another's, would answer and declare in their place."""
    dinah, priya, _ = scene.peers
    thief = Visitor(scene.site)
    wrong = thief.post(scene.link(dinah), {"code": scene.code(priya)})
    assert (wrong.status_code, "is not the one" in wrong.text) == (422, True)
    assert scene.code(priya) not in wrong.text
    for _ in range(9):
        thief.post(scene.link(dinah), {"code": "bbbb-cccc-dddd"})
    assert thief.post(scene.link(dinah), {"code": scene.code(dinah)}).status_code == 429
    assert "Open the link in your mail" in thief.get("/peer").text
    assert scene.state(dinah) is InvitationState.ASKED


def test_one_network_tries_so_many_codes_and_no_more_whosever_they_are(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody with all the mails of a team would have ten guesses at each of them."""
    monkeypatch.setattr(own_page, "_TRIES_OF_A_NETWORK", 4)
    *first, last = scene.peers
    thief = Visitor(scene.site)
    for each in first:
        for _ in range(2):
            assert thief.post(scene.link(each), {"code": "bbbb-cccc-dddd"}).status_code == 422
    assert thief.post(scene.link(last), {"code": scene.code(last)}).status_code == 429


def test_a_page_of_one_invitation_is_no_way_to_another_and_no_way_in(scene: Scene) -> None:
    visitor = scene.come_in(scene.peers[0])
    for path in (f"/cases/{scene.case_id}/team", "/peers", "/agenda"):
        assert visitor.get(path).location.startswith("/sign-in")
    visitor.post("/peer/decline", {"reason": "days"})
    assert [scene.state(each) for each in scene.peers] == [
        InvitationState.DECLINED,
        InvitationState.ASKED,
        InvitationState.ASKED,
    ]
    visitor.post("/peer/leave")
    assert "Open the link in your mail" in visitor.get("/peer").text


def test_an_answer_from_elsewhere_is_refused(scene: Scene) -> None:
    """A page of somebody else's could say yes for a peer who has theirs open."""
    visitor = scene.come_in(scene.peers[0])
    for path in ("/peer/accept", "/peer/decline", "/peer/leave"):
        assert visitor.post(path, {"csrf_token": "forged", "interest": "none"}).status_code == 400
    assert scene.state(scene.peers[0]) is InvitationState.ASKED


def test_half_an_hour_later_the_page_is_shut(scene: Scene, clock: Clock) -> None:
    visitor = scene.come_in(scene.peers[0])
    clock.pass_days(31 / (24 * 60))
    assert visitor.post("/peer/accept", YES).location == "/peer"
    assert "Open the link in your mail" in visitor.get("/peer").text
    assert scene.state(scene.peers[0]) is InvitationState.ASKED


def test_the_coordinator_asks_writes_down_and_confirms(
    scene: Scene, signed_in_as: Callable[..., Visitor]
) -> None:
    cora = signed_in_as(Role.COORDINATOR, None)
    tab = cora.get(f"/cases/{scene.case_id}/team").text
    assert tab.count("to answer by 30 November 2026") == 3
    base = f"/cases/{scene.case_id}/team/{scene.team_id}/members/{scene.peers[2]}"
    shown = cora.get(base).text
    assert scene.code(scene.peers[2]) in shown
    assert not re.search(r"/peer/[A-Za-z0-9_-]{20}", shown)

    def version() -> str:
        return str(case_header(scene.world, scene.cora, scene.case_id).version)

    incomplete = cora.post(f"{base}/answer", {"answer": "yes", "version": version()})
    assert (incomplete.status_code, "anything to do with the council" in incomplete.text) == (422, True)
    told = {"answer": "yes", "interest": "none", "version": version()}
    assert cora.post(f"{base}/answer", told).status_code == 303
    assert cora.post(f"{base}/confirm", {"version": version()}).status_code == 303
    assert scene.state(scene.peers[2]) is InvitationState.CONFIRMED
    again = cora.post(f"{base}/confirm", {"version": version()})
    assert (again.status_code, "Only somebody who has accepted" in again.text) == (422, True)


@pytest.mark.parametrize(
    ("role", "opens"), [(Role.LEAD, False), (Role.ASSOCIATE, False), (Role.ADMINISTRATOR, False)]
)
def test_nobody_but_a_coordinator_is_told_a_code(
    scene: Scene, signed_in_as: Callable[..., Visitor], role: Role, opens: bool
) -> None:
    """A lead who has a peer's mail could say yes in their place; the code must stay with who asked."""
    visitor = signed_in_as(role)
    base = f"/cases/{scene.case_id}/team/{scene.team_id}/members/{scene.peers[2]}"
    assert (visitor.get(base).status_code == 200) is opens
    assert visitor.post(f"{base}/confirm").status_code == 404
