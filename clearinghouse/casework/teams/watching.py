"""What the clock does about peers who were asked: dates pass unanswered, facts change, days are over."""

from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.admission import case_to_change, record_change
from clearinghouse.casework.duties.setting import owe
from clearinghouse.casework.peers.invitations import (
    FEEDBACK_WITHIN,
    end_invitation,
    members_of,
    send_link,
    settle_duties,
    tell_of_answer,
)
from clearinghouse.casework.peers.rechecking import recheck
from clearinghouse.casework.teams.asking import facts_of
from clearinghouse.casework.teams.feedback import spoken_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import AFTER_TEAM_WORK
from clearinghouse.protocol.invitations import InvitationState, has_let_pass
from clearinghouse.protocol.vocabulary import Standing
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.peer_invitations import PeerInvitation, PeerLetterKind
from clearinghouse.records.peers import Team, TeamMember


def watch_invitations(world: World) -> int:
    """One round: let dates pass, look again at everybody who was asked, ask for feedback. Returns what it changed.

    Whoever was told of an answer that did not come, and what is then owed, is in the same transaction.
    """
    return _let_pass(world) + recheck(world) + _ask_for_feedback(world)


def _let_pass(world: World) -> int:
    with world.reading(CLOCK) as work:
        late = select(PeerInvitation.id, PeerInvitation.case_id).where(
            PeerInvitation.state == InvitationState.ASKED, PeerInvitation.answer_by < work.today
        )
        found = work.session.execute(late.order_by(PeerInvitation.id)).all()
    return sum([_let_one_pass(world, row.case_id, row.id) for row in found])


def _let_one_pass(world: World, case_id: UUID, invitation_id: UUID) -> int:
    with world.unit_of_work(CLOCK) as work:
        case = case_to_change(work, case_id, Permission.TEAM_ASSIGN)
        invitation = _held(work, invitation_id)
        if not has_let_pass(invitation.state, invitation.answer_by, work.today):
            return 0  # answered, or taken back, in this very instant
        end_invitation(work, case, invitation, InvitationState.NO_ANSWER, Event.TEAM_MEMBER_UNANSWERED)
        settle_duties(work, case, work.session.get_one(Team, invitation.team_id))
        tell_of_answer(work, case, invitation)
        return 1


def _ask_for_feedback(world: World) -> int:
    with world.reading(CLOCK) as work:
        over = (
            select(Team.id, Team.case_id)
            .join(PeerInvitation, PeerInvitation.team_id == Team.id)
            .where(PeerInvitation.state == InvitationState.CONFIRMED)
            .where(PeerInvitation.feedback_asked_at.is_(None))
            .where(Team.assigned_at.is_not(None), Team.last < work.today)
        )
        found = work.session.execute(over.distinct()).all()
    for row in found:
        with world.unit_of_work(CLOCK) as work:
            _ask_team(work, case_to_change(work, row.case_id, Permission.TEAM_ASSIGN), row.id)
    return len(found)


def _ask_team(work: Work, case: Case, team_id: UUID) -> None:
    """Each peer is asked how it was, and a lead to write down what the council says of them."""
    unasked = (
        PeerInvitation.team_id == team_id,
        PeerInvitation.state == InvitationState.CONFIRMED,
        PeerInvitation.feedback_asked_at.is_(None),
    )
    members = select(TeamMember.peer_id).where(TeamMember.team_id == team_id)
    theirs = select(PeerInvitation).where(*unasked, PeerInvitation.peer_id.in_(members))
    asked = work.session.scalars(theirs.order_by(PeerInvitation.id).with_for_update()).all()
    for invitation in asked:
        invitation.feedback_asked_at = work.now
        mailed = send_link(work, invitation, PeerLetterKind.FEEDBACK, work.today + FEEDBACK_WITHIN)
        record_change(work, case, Event.TEAM_FEEDBACK_ASKED, **facts_of(invitation), mailed=mailed)
    team = work.session.get_one(Team, team_id)
    unspoken = members_of(work, team) - spoken_of(work, team)
    if asked and unspoken and case.standing is not Standing.CLOSED:
        owe(work, case, AFTER_TEAM_WORK, subject_id=team_id)


def _held(work: Work, invitation_id: UUID) -> PeerInvitation:
    query = select(PeerInvitation).where(PeerInvitation.id == invitation_id)
    return work.session.scalars(query.execution_options(populate_existing=True)).one()
