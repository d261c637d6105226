"""A team of three to be asked, answered for and confirmed, with what every test of it looks at."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Actor, Role
from clearinghouse.casework.mail.letters import LetterKind
from clearinghouse.casework.teams.answering import Answer
from clearinghouse.casework.teams.asking import ask_members, spoken_code_of
from clearinghouse.casework.teams.choosing import (
    TeamNeeds,
    add_to_team,
    choose_leader,
    propose_team,
)
from clearinghouse.casework.teams.own_page import open_own_page
from clearinghouse.casework.world import World
from clearinghouse.protocol.invitations import DeclineReason, InvitationState
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.duties import Duty, DutyState, Letter
from clearinghouse.records.peer_invitations import PeerInvitation, PeerLetter
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.peers import peer
from tests.factories.people import person

NEEDS = TeamNeeds(date(2026, 12, 7), date(2026, 12, 18), 4)
ANSWER_BY = date(2026, 11, 30)
NO = Answer(accepts=False, reason=DeclineReason.DAYS)
CANARY = "canary-sister-housing-5512"


@dataclass
class Scene:
    """A team of three without conflicts, nobody asked yet."""

    world: World
    lead: Actor
    coordinator: Actor
    council: UUID
    case_id: UUID
    team: UUID
    peers: tuple[UUID, ...]

    @property
    def act(self) -> tuple[World, Actor, UUID, None, UUID]:
        """What every verb of the coordinator begins with."""
        return self.world, self.coordinator, self.case_id, None, self.team

    def ask(self, *peers: UUID) -> None:
        """Ask these, or all."""
        ask_members(*self.act, peers or self.peers, ANSWER_BY)

    def states(self) -> dict[UUID, InvitationState]:
        """How far each has come who was asked."""
        with self.world.reading(OPERATOR) as work:
            rows = work.session.scalars(select(PeerInvitation).order_by(PeerInvitation.id))
            return {row.peer_id: row.state for row in rows}

    def owed(self) -> set[DutyKind]:
        """What is open about the team's members."""
        kinds = (DutyKind.CONFIRM_PEER, DutyKind.REPLACE_PEER, DutyKind.PEER_CONFLICT, DutyKind.TEAM_FEEDBACK)
        with self.world.reading(OPERATOR) as work:
            query = select(Duty.kind).where(Duty.state == DutyState.OPEN, Duty.kind.in_(kinds))
            return set(work.session.scalars(query))

    def told(self, kind: LetterKind) -> set[UUID]:
        """Who has a letter of the kind waiting."""
        with self.world.reading(OPERATOR) as work:
            return set(work.session.scalars(select(Letter.user_id).where(Letter.kind == kind)))

    def visit(self, peer_id: UUID) -> str:
        """The peer's own page, opened with the link and the code."""
        with self.world.reading(OPERATOR) as work:
            query = select(PeerLetter).where(PeerLetter.peer_id == peer_id).order_by(PeerLetter.id.desc())
            letter = work.session.scalars(query).first()
            assert letter is not None
            token, invitation = letter.token, letter.invitation_id
        return open_own_page(self.world, token, spoken_code_of(self.world, invitation), "192.0.2.1")


def scene_of(world: World) -> Scene:
    """Make it."""
    lead, coordinator = person(world, Role.LEAD), person(world, Role.COORDINATOR, None)
    council = authority(world)
    case_id = triaged_case(world, lead, council)
    names = {"Dinah Oke": "Oxtown", "Priya Natarajan": "Calderwick", "Ada Holt": "Stourley"}
    peers = tuple(
        peer(world, name, authority(world, f"{place} Council"), contact=f"{place.lower()}@peers.example")
        for name, place in names.items()
    )
    team = propose_team(world, coordinator, case_id, None, NEEDS)
    for each in peers:
        add_to_team(world, coordinator, case_id, None, team, each)
    choose_leader(world, coordinator, case_id, None, team, peers[0])
    return Scene(world, lead, coordinator, council, case_id, team, peers)
