"""A peer's invitation as the records have it: its link and letters, how it ends, what is owed and who is told of it."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.admission import open_duties, record_change, scopes_of
from clearinghouse.casework.duties.setting import finish_duties, owe, who_owes
from clearinghouse.casework.mail.audience import Audience
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.sign_in.email_addresses import email_problem, normalised
from clearinghouse.casework.world import LONDON, Work
from clearinghouse.protocol.duties import AFTER_ACCEPTANCE, AFTER_OPEN_PLACE, AFTER_PEER_CONFLICT, NextDuty
from clearinghouse.protocol.invitations import UNSETTLED, InvitationState
from clearinghouse.protocol.vocabulary import DutyKind, Standing
from clearinghouse.protocol.working_days import ONE_DAY
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.peer_invitations import (
    PeerConflictRaised,
    PeerInvitation,
    PeerLetter,
    PeerLetterKind,
    PeerLink,
    PeerVisit,
)
from clearinghouse.records.peers import Peer, Team, TeamMember
from clearinghouse.vault.digests import new_token, token_digest

PATH = "/peer"
FEEDBACK_WITHIN = timedelta(days=30)
L = TypeVar("L", PeerLink, PeerVisit)


def invitations_to(work: Work, team_id: UUID) -> Sequence[PeerInvitation]:
    """Every invitation to a team, the first asked first."""
    query = select(PeerInvitation).where(PeerInvitation.team_id == team_id)
    return work.session.scalars(query.order_by(PeerInvitation.asked_at, PeerInvitation.id)).all()


def latest_invitations(work: Work, team_id: UUID) -> dict[UUID, PeerInvitation]:
    """The latest invitation of each peer who was ever asked onto the team."""
    return {each.peer_id: each for each in invitations_to(work, team_id)}


def members_of(work: Work, team: Team) -> frozenset[UUID]:
    """The peers on the team now."""
    return frozenset(
        work.session.scalars(select(TeamMember.peer_id).where(TeamMember.team_id == team.id)).all()
    )


def send_link(work: Work, invitation: PeerInvitation, kind: PeerLetterKind, last_day: date) -> bool:
    """Mail the peer a fresh link, which opens until the end of the day; earlier ones lead nowhere any more.

    Whether there is an email address to send it to: without one there is no link. Record the event after it.
    """
    end_links(work, invitation)
    address = email_in(work.session.get_one(Peer, invitation.peer_id).contact)
    if not address:
        return False
    token = new_token()
    work.add(
        PeerLink(
            invitation_id=invitation.id,
            token_hash=token_digest(token),
            made_at=work.now,
            expires_at=_end_of(last_day),
        )
    )
    _write(work, invitation, kind, address, token)
    return True


def shut(work: Work, invitation: PeerInvitation) -> None:
    """Its links and pages lead nowhere any more, and what came up against the peer is raised here no longer."""
    end_links(work, invitation)
    _end_rows(work, PeerVisit, invitation)
    for raised in raised_against(work, invitation):
        raised.ended_at = work.now


def end_links(work: Work, invitation: PeerInvitation) -> None:
    """Let every link of the invitation lead nowhere from now on."""
    _end_rows(work, PeerLink, invitation)


def end_invitation(
    work: Work, case: Case, invitation: PeerInvitation, state: InvitationState, event: Event
) -> None:
    """The invitation is over: its links and pages shut, and nothing more speaks against the peer here."""
    was = invitation.state
    invitation.state, invitation.ended_at = state, work.now
    shut(work, invitation)
    if state is InvitationState.WITHDRAWN and was in UNSETTLED:
        address = email_in(work.session.get_one(Peer, invitation.peer_id).contact)
        if address and _was_told(work, invitation):
            _write(work, invitation, PeerLetterKind.NOT_NEEDED, address, "")
    record_change(
        work, case, event, team=invitation.team_id, peer=invitation.peer_id, invitation=invitation.id
    )


def withdraw_all(work: Work, case: Case, team: Team) -> None:
    """Nobody of the team is needed any more: whoever was asked, or said yes, hears so."""
    for invitation in latest_invitations(work, team.id).values():
        if invitation.state in UNSETTLED:
            end_invitation(work, case, invitation, InvitationState.WITHDRAWN, Event.TEAM_INVITATION_WITHDRAWN)


def withdraw_from(work: Work, case: Case, team: Team, peer_id: UUID) -> None:
    """The peer is taken out of the team: an invitation that holds is withdrawn."""
    invitation = latest_invitations(work, team.id).get(peer_id)
    if invitation is not None and invitation.state in UNSETTLED:
        end_invitation(work, case, invitation, InvitationState.WITHDRAWN, Event.TEAM_INVITATION_WITHDRAWN)


def raised_against(work: Work, invitation: PeerInvitation) -> Sequence[PeerConflictRaised]:
    """The conflicts that came up after the peer was asked, and hold."""
    holding = (
        PeerConflictRaised.invitation_id == invitation.id,
        PeerConflictRaised.ended_at.is_(None),
    )
    return work.session.scalars(select(PeerConflictRaised).where(*holding)).all()


def settle_duties(work: Work, case: Case, team: Team) -> None:
    """Owe, or mark as done, what a coordinator has to do about the members as they now stand."""
    work.session.flush()
    found, members = latest_invitations(work, team.id), members_of(work, team)
    theirs = [found[each] for each in members if each in found]
    is_made = team.assigned_at is None and team.ended_on is None
    closed = case.standing is Standing.CLOSED
    conflict = any(raised_against(work, each) for each in theirs)
    waits = is_made and any(each.state is InvitationState.ACCEPTED for each in theirs)
    unanswered = any(each.state is InvitationState.NO_ANSWER for each in theirs)
    short = len(members) < wanted(team) and len(theirs) < len(found)
    for owed, after in (
        (waits, AFTER_ACCEPTANCE),
        (is_made and (unanswered or short), AFTER_OPEN_PLACE),
        (conflict, AFTER_PEER_CONFLICT),
    ):
        _settle(work, case, team, after, owed=owed and not closed)


def tell_of_answer(work: Work, case: Case, invitation: PeerInvitation) -> None:
    """Whoever asked, or does that work now, hears that there is an answer, or that the date has passed."""
    person = who_owes(work, case, DutyKind.CONFIRM_PEER, invitation.asked_by)
    if person != work.actor.id:
        enqueue(work, person, LetterKind.PEER_ANSWER, case.id)


def tell_of_conflict(work: Work, case: Case, invitation: PeerInvitation) -> None:
    """The coordinator and the leads hear at once that something speaks against a peer."""
    leads = Audience(work, scopes_of(work, {case.id: case.route})).leads(case.id)
    coordinator = who_owes(work, case, DutyKind.PEER_CONFLICT, invitation.asked_by)
    for person in dict.fromkeys((coordinator, *leads)):
        enqueue(work, person, LetterKind.PEER_CONFLICT, case.id)


def wanted(team: Team) -> int:
    """How many members were asked for."""
    asked: dict[str, Any] = team.needs
    kinds = sum(int(asked.get(kind) or 0) for kind in ("councillors", "officers", "specialists"))
    return max(int(asked.get("size") or 0), kinds)


def email_in(contact: str) -> str:
    """The first email address among what the register has of how to reach somebody; "" where there is none."""
    for word in re.split(r"[\s,;<>()\"]+", contact):
        address = normalised(word.removeprefix("mailto:")).rstrip(".")
        if "@" in address and email_problem(address) is None:
            return address
    return ""


def _settle(work: Work, case: Case, team: Team, after: NextDuty, *, owed: bool) -> None:
    open_now = any(duty.kind is after.kind and duty.subject_id == team.id for duty in open_duties(work, case))
    if owed and not open_now:
        found = invitations_to(work, team.id)
        owe(work, case, after, owner_id=found[-1].asked_by if found else None, subject_id=team.id)
    elif open_now and not owed:
        finish_duties(work, case, after.kind, subject_id=team.id)


def _end_rows(work: Work, table: type[L], invitation: PeerInvitation) -> None:
    going = (table.invitation_id == invitation.id, table.ended_at.is_(None))
    for row in work.session.scalars(select(table).where(*going)).all():
        row.ended_at = work.now


def _was_told(work: Work, invitation: PeerInvitation) -> bool:
    """Whether the peer knows at all that they were asked."""
    sent = (PeerLetter.invitation_id == invitation.id, PeerLetter.sent_at.is_not(None))
    told = work.session.scalar(select(PeerLetter.id).where(*sent).limit(1)) is not None
    return told or invitation.answered_at is not None


def _write(work: Work, invitation: PeerInvitation, kind: PeerLetterKind, address: str, token: str) -> None:
    letter = work.add(
        PeerLetter(
            invitation_id=invitation.id,
            peer_id=invitation.peer_id,
            kind=kind,
            made_at=work.now,
            due_at=work.now,
        )
    )
    letter.address, letter.token = address, token


def _end_of(day: date) -> datetime:
    return datetime.combine(day + ONE_DAY, time(), LONDON)
