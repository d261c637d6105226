"""How far each member of a team has come, as pages show it: asked, answered, confirmed; and the page of one member."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_read
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.peers.facts import hidden_councils, said
from clearinghouse.casework.peers.invitations import PATH, latest_invitations, members_of
from clearinghouse.casework.peers.rechecking import against_member, ground_of
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.teams.asking import spoken_code_of, team_of
from clearinghouse.casework.teams.feedback import GivenFeedback, feedback_on
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.invitations import (
    LIVE,
    AnsweredHow,
    DeclineReason,
    InvitationState,
    usual_answer_by,
)
from clearinghouse.records.peer_invitations import PeerInvitation, PeerLetter
from clearinghouse.records.peers import Peer, Team, TeamMember


@dataclass(frozen=True)
class InvitationView:
    """One invitation with its dates. `mailed_at` is when the latest mail went out; None while none did.

    `has_mail` says whether a mail was written at all, which takes an address.
    """

    id: UUID
    peer_id: UUID
    peer: str
    state: InvitationState
    asked_by: str
    asked_at: datetime
    answer_by: date
    answered_at: datetime | None
    how: AnsweredHow | None
    recorded_by: str
    reason: DeclineReason | None
    confirmed_by: str
    confirmed_at: datetime | None
    ended_at: datetime | None
    mailed_at: datetime | None
    has_mail: bool

    @property
    def is_open(self) -> bool:
        """Whether an answer can still be written down."""
        return self.state in {InvitationState.ASKED, InvitationState.NO_ANSWER}

    @property
    def is_live(self) -> bool:
        """Whether it binds the peer, or may."""
        return self.state in LIVE


@dataclass(frozen=True)
class MemberPage:
    """One member who was asked. `code` is what the peer is told by telephone or letter; `link` is given in demos alone,
    which send no mail.
    """

    case: CaseHeader
    team_id: UUID
    is_sent: bool
    first: date
    last: date
    days: int
    leads: bool
    invitation: InvitationView
    code: str = field(repr=False)
    link: str = field(default="", repr=False)


@dataclass(frozen=True)
class AskPage:
    """Whom the coordinator can ask now, and the date to answer by that is usual.

    `usual` are those of them who are asked unless it is said otherwise: not who said yes and could not serve.
    """

    case: CaseHeader
    team_id: UUID
    first: date
    last: date
    days: int
    members: tuple[tuple[UUID, str], ...]
    usual: frozenset[UUID]
    answer_by: date


@dataclass(frozen=True)
class TeamLife:
    """How far everybody has come who was asked onto a team.

    `members` are of those on the team now, `gone` of those who left it or were taken out. `against` is what speaks
    today against a member of a team that was sent, and `feedback` what was said of each; its words only where the
    reader may read the case.
    """

    members: Mapping[UUID, InvitationView]
    gone: tuple[InvitationView, ...]
    against: Mapping[UUID, tuple[str, ...]]
    feedback: Mapping[UUID, tuple[GivenFeedback, ...]]
    can_ask: bool
    is_under_way: bool


def team_life(work: Work, team: Team, *, opened: bool) -> TeamLife:
    """How far everybody of a team has come, for its tab."""
    held, found = members_of(work, team), lives_of(work, team)
    sent = team.assigned_at is not None
    return TeamLife(
        members={peer: each for peer, each in found.items() if peer in held},
        gone=tuple(each for peer, each in found.items() if peer not in held),
        against=_against(work, team) if sent and team.last >= work.today else {},
        feedback=feedback_on(work, team, opened=opened) if sent else {},
        can_ask=not sent and any(peer not in found or not found[peer].is_live for peer in held),
        is_under_way=sent and team.first <= work.today,
    )


def member_page(world: World, actor: Actor, case_id: UUID, team_id: UUID, peer_id: UUID) -> MemberPage:
    """A member's invitation with the code to tell them. Raises NotFound, also for a member who was not asked."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.TEAM_ASSIGN)
        team = team_of(work, admitted.case, team_id)
        invitation = latest_invitations(work, team.id).get(peer_id)
        if invitation is None or peer_id not in members_of(work, team):
            raise NotFound
        leads = (TeamMember.team_id == team.id, TeamMember.peer_id == peer_id)
        return MemberPage(
            case=header_of(work, admitted),
            team_id=team.id,
            is_sent=team.assigned_at is not None,
            first=team.first,
            last=team.last,
            days=team.days,
            leads=bool(work.session.scalar(select(TeamMember.leads).where(*leads))),
            invitation=invitation_view(work, invitation),
            code=spoken_code_of(world, invitation.id),
            link=_unsent_link(work, invitation) if world.demo and world.mail is None else "",
        )


def ask_page(world: World, actor: Actor, case_id: UUID, team_id: UUID) -> AskPage:
    """Whom the coordinator can ask. Raises NotFound where the team is not being put together."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.TEAM_ASSIGN)
        team = team_of(work, admitted.case, team_id)
        if team.assigned_at is not None or team.ended_on is not None:
            raise NotFound
        found, held = latest_invitations(work, team.id), members_of(work, team)
        names = select(Peer.id, Peer.name).where(Peer.id.in_(held)).order_by(Peer.name, Peer.id)
        return AskPage(
            case=header_of(work, admitted),
            team_id=team.id,
            first=team.first,
            last=team.last,
            days=team.days,
            members=tuple(
                (row.id, row.name)
                for row in work.session.execute(names)
                if row.id not in found or found[row.id].state not in LIVE
            ),
            usual=frozenset(
                peer
                for peer in held
                if peer not in found or found[peer].state is not InvitationState.CONFLICTED
            ),
            answer_by=usual_answer_by(work.today, max(team.first, work.today), work.holidays),
        )


def lives_of(work: Work, team: Team) -> dict[UUID, InvitationView]:
    """The latest invitation of everybody who was ever asked onto the team, by peer."""
    return {peer: invitation_view(work, each) for peer, each in latest_invitations(work, team.id).items()}


def invitation_view(work: Work, row: PeerInvitation) -> InvitationView:
    """An invitation as pages show it."""
    mails = select(PeerLetter.sent_at).where(PeerLetter.invitation_id == row.id)
    sent = list(work.session.scalars(mails.order_by(PeerLetter.made_at, PeerLetter.id)))
    return InvitationView(
        id=row.id,
        peer_id=row.peer_id,
        peer=work.session.get_one(Peer, row.peer_id).name,
        state=row.state,
        asked_by=name_of(work, row.asked_by),
        asked_at=row.asked_at,
        answer_by=row.answer_by,
        answered_at=row.answered_at,
        how=row.how,
        recorded_by=name_of(work, row.recorded_by) if row.recorded_by else "",
        reason=row.decline_reason,
        confirmed_by=name_of(work, row.confirmed_by) if row.confirmed_by else "",
        confirmed_at=row.confirmed_at,
        ended_at=row.ended_at,
        mailed_at=next((each for each in reversed(sent) if each), None),
        has_mail=bool(sent),
    )


def _against(work: Work, team: Team) -> dict[UUID, tuple[str, ...]]:
    ground, hidden = ground_of(work, team), hidden_councils(work)
    return {
        peer.id: tuple(said(each, hidden) for each in found)
        for peer in ground.members
        if (found := against_member(work, ground, peer.id, sent=True))
    }


def _unsent_link(work: Work, invitation: PeerInvitation) -> str:
    """The link that waits in the outbox of a demo, which sends nothing: so that somebody can try the peer's page."""
    waits = (PeerLetter.invitation_id == invitation.id, PeerLetter.sent_at.is_(None))
    query = select(PeerLetter).where(*waits, PeerLetter.dropped_at.is_(None))
    letter = work.session.scalars(query.order_by(PeerLetter.made_at.desc(), PeerLetter.id.desc())).first()
    return f"{PATH}/{letter.token}" if letter is not None and letter.token else ""
