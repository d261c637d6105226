"""A peer's answer: yes with a declaration of interests, or no; on their own page, or told by telephone."""

from dataclasses import dataclass, field
from uuid import UUID

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, record_change
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.peers.interests import LONGEST_INTEREST, is_sayable, keep_interest
from clearinghouse.casework.peers.invitations import (
    end_links,
    raised_against,
    settle_duties,
    tell_of_answer,
)
from clearinghouse.casework.peers.rechecking import (
    conflicts_of,
    ground_of,
    look_again,
    raise_conflicts,
    recheck,
)
from clearinghouse.casework.teams.asking import facts_of, invitation_of
from clearinghouse.casework.teams.choosing import open_team, take_out_of_team
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.conflicts import Effect
from clearinghouse.protocol.invitations import (
    AnsweredHow,
    DeclineReason,
    InterestKind,
    InvitationState,
    answered_yes,
)
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.peer_invitations import PeerDeclaration, PeerInvitation
from clearinghouse.records.peers import Team

ANSWERED = "This was answered already."
_OPEN = frozenset({InvitationState.ASKED, InvitationState.NO_ANSWER})


@dataclass(frozen=True)
class Declared:
    """What a peer declares about the council: nothing where `kind` is None; the words stay sealed."""

    kind: InterestKind | None = None
    words: str = field(default="", repr=False)


@dataclass(frozen=True)
class Answer:
    """Yes, with what the peer declares; or no, with a reason if they gave one."""

    accepts: bool
    declared: Declared | None = None
    reason: DeclineReason | None = None


def record_answer(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    team_id: UUID,
    peer_id: UUID,
    answer: Answer,
) -> InvitationState:
    """Write down what a peer said by telephone, their declaration too. Gives what came of it.

    Also where the date has passed meanwhile. Raises Refused where it was answered, Invalid beside the field, NotFound,
    Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.TEAM_ASSIGN, seen=version)
        team = open_team(work, case, team_id)
        invitation = invitation_of(work, team, peer_id)
        state = answer_invitation(work, case, team, invitation, answer, AnsweredHow.TELEPHONE)
    _elsewhere(world, answer, peer_id)
    return state


def answer_invitation(
    work: Work, case: Case, team: Team, invitation: PeerInvitation, answer: Answer, how: AnsweredHow
) -> InvitationState:
    """Take the answer, whoever brings it; the caller holds the case.

    Conflicts are checked again with what was declared. A block that has come up is raised at once, and the peer has not
    accepted; who says no leaves the team, and the place is open. Raises Refused, Invalid.
    """
    if invitation.state not in _OPEN:
        raise Refused(ANSWERED)
    invitation.answered_at, invitation.how, invitation.recorded_by = work.now, how, work.actor.id
    if answer.accepts:
        declare(work, case, invitation, team.authority_id, answer.declared, how)
        _accept(work, case, team, invitation, how)
    else:
        _decline(work, case, team, invitation, answer.reason, how)
    settle_duties(work, case, team)
    tell_of_answer(work, case, invitation)
    return invitation.state


def declare(
    work: Work,
    case: Case,
    invitation: PeerInvitation,
    authority_id: UUID,
    declared: Declared | None,
    how: AnsweredHow,
) -> None:
    """Keep what the peer declares; an interest stands in the register of peers, and nobody takes it back.

    Raises Invalid beside the field where nothing is declared, or not what the interest is.
    """
    if declared is None:
        raise Invalid({"interest": "Say whether there is anything to declare."})
    if declared.kind is not None and not is_sayable(declared.words):
        raise Invalid({"words": f"Say what it is, in up to {LONGEST_INTEREST:,} characters."})
    interest = None
    if declared.kind is not None:
        interest = keep_interest(work, invitation.peer_id, authority_id, declared.words)
    work.add(
        PeerDeclaration(
            invitation_id=invitation.id,
            peer_id=invitation.peer_id,
            authority_id=authority_id,
            kind=declared.kind,
            interest_id=interest.id if interest else None,
            declared_at=work.now,
            how=how,
            recorded_by=work.actor.id,
        )
    )
    record_change(work, case, Event.TEAM_MEMBER_DECLARED, **facts_of(invitation), kind=declared.kind, how=how)


def _accept(work: Work, case: Case, team: Team, invitation: PeerInvitation, how: AnsweredHow) -> None:
    work.session.flush()
    ground = ground_of(work, team)
    peer = next(member for member in ground.members if member.id == invitation.peer_id)
    conflicts = conflicts_of(work, ground, peer)
    invitation.state = answered_yes(conflicts)
    end_links(work, invitation)
    record_change(
        work, case, Event.TEAM_MEMBER_ACCEPTED, **facts_of(invitation), how=how, state=invitation.state
    )
    raised = {(each.rule, each.about) for each in raised_against(work, invitation)}
    blocks = [each for each in conflicts if each.effect is Effect.BLOCKED and each.key not in raised]
    if blocks:
        raise_conflicts(work, case, invitation, blocks)
    look_again(work, case, team)


def _decline(
    work: Work,
    case: Case,
    team: Team,
    invitation: PeerInvitation,
    reason: DeclineReason | None,
    how: AnsweredHow,
) -> None:
    invitation.state, invitation.decline_reason, invitation.ended_at = (
        InvitationState.DECLINED,
        reason,
        work.now,
    )
    end_links(work, invitation)
    for raised in raised_against(work, invitation):
        raised.ended_at = work.now
    record_change(work, case, Event.TEAM_MEMBER_DECLINED, **facts_of(invitation), how=how, reason=reason)
    take_out_of_team(work, case, team, invitation.peer_id)


def _elsewhere(world: World, answer: Answer, peer_id: UUID) -> None:
    """What was declared may speak against the peer on other teams too."""
    if answer.accepts and answer.declared and answer.declared.kind:
        recheck(world, {peer_id})
