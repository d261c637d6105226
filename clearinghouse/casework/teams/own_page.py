"""The peer's own page, outside sign-in: a mailed link and a code told otherwise open it, for one invitation."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from clearinghouse.access.roles import PEER, STRANGER, Role
from clearinghouse.casework.admission import record_change
from clearinghouse.casework.authorities import authority_facts
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.peers.invitations import end_links
from clearinghouse.casework.peers.rechecking import look_again, recheck
from clearinghouse.casework.sign_in.sessions import network_of
from clearinghouse.casework.sign_in.spoken_codes import is_code
from clearinghouse.casework.sign_in.throttles import count_attempt, forget_attempts
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.teams.answering import Answer, Declared, answer_invitation, declare
from clearinghouse.casework.teams.asking import facts_of, spoken_code_of, team_of
from clearinghouse.casework.teams.feedback import Feedback, has_given, keep_feedback
from clearinghouse.casework.world import Work, World
from clearinghouse.notices.calendar import days_file
from clearinghouse.protocol.invitations import AnsweredHow, FeedbackFrom, InvitationState
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.peer_invitations import PeerInvitation, PeerLink, PeerVisit
from clearinghouse.records.peers import Team, TeamMember
from clearinghouse.vault.digests import new_token, token_digest

OPEN_FOR = timedelta(minutes=30)
WRONG_CODE = "The code is not the one that goes with this link"
_CODES_A_QUARTER_HOUR = 10
_TRIES_OF_A_NETWORK = 30
_MAY_DECLARE = frozenset({InvitationState.ACCEPTED, InvitationState.CONFIRMED})


@dataclass(frozen=True)
class OwnPage:
    """What a peer sees of their own invitation: the council, the days, who asks, and what they said; nothing else.

    `asks_feedback` once the days are over, until they have given it.
    """

    authority: str
    first: date
    last: date
    days: int
    leads: bool
    asked_by: str
    asked_as: str
    answer_by: date
    state: InvitationState
    answered_at: datetime | None
    may_declare: bool
    asks_feedback: bool
    gave_feedback: bool


def check_link(world: World, token: str) -> None:
    """See that the link is good, which changes nothing. Raises NotFound where it is unknown, used, ended or expired."""
    with world.reading(STRANGER) as work:
        _linked(work, token)


def open_own_page(world: World, token: str, code: str, address: str) -> str:
    """Open the page in this browser for half an hour. Gives the token of the visit.

    Raises NotFound where the link is not good, Invalid where the code is wrong, TooMany after too many tries of one
    invitation or from one network.
    """
    with world.reading(STRANGER) as work:
        invitation_id = _linked(work, token)[0].invitation_id
    by_invitation = f"peer page:{invitation_id}"
    count_attempt(
        world,
        (by_invitation, _CODES_A_QUARTER_HOUR),
        (f"peer pages:{network_of(address)}", _TRIES_OF_A_NETWORK),
    )
    if not is_code(spoken_code_of(world, invitation_id), code):
        raise Invalid({"code": WRONG_CODE})
    visit = new_token()
    with world.unit_of_work(PEER) as work:
        case = _held_case(work, _linked(work, token)[1])
        invitation = _linked(work, token)[1]
        work.add(
            PeerVisit(
                invitation_id=invitation.id,
                token_hash=token_digest(visit),
                made_at=work.now,
                expires_at=work.now + OPEN_FOR,
            )
        )
        record_change(work, case, Event.TEAM_MEMBER_PAGE_OPENED, **facts_of(invitation))
        forget_attempts(world, work.session, by_invitation)
    return visit


def own_page(world: World, visit: str) -> OwnPage:
    """What the peer sees; changes nothing. Raises NotFound where the half hour is over or the invitation was ended."""
    with world.reading(PEER) as work:
        invitation = _visited(work, visit)
        team = work.session.get_one(Team, invitation.team_id)
        over = team.assigned_at is not None and team.last < work.today
        served = over and invitation.state is InvitationState.CONFIRMED
        gave = served and has_given(work, team.id, invitation.peer_id, FeedbackFrom.PEER)
        return OwnPage(
            authority=authority_facts(work)[team.authority_id].name,
            first=team.first,
            last=team.last,
            days=team.days,
            leads=_leads(work, invitation),
            asked_by=name_of(work, invitation.asked_by),
            asked_as=Role.COORDINATOR.words,
            answer_by=invitation.answer_by,
            state=invitation.state,
            answered_at=invitation.answered_at,
            may_declare=not over and invitation.state in _MAY_DECLARE,
            asks_feedback=served and not gave,
            gave_feedback=gave,
        )


def answer_own(world: World, visit: str, answer: Answer) -> InvitationState:
    """The peer answers, which uses the link up; the page goes on showing what was said until the half hour is over.

    Raises NotFound, Refused where it was answered or the date has passed, Invalid beside the field.
    """
    with world.unit_of_work(PEER) as work:
        invitation, case, team = _to_change(work, visit)
        if invitation.state is InvitationState.ASKED and invitation.answer_by < work.today:
            raise Refused("The date to answer by has passed. Please ring whoever asked you.")
        if answer.accepts and team.first < work.today:
            raise Refused("The first day has passed. Please ring whoever asked you.")
        state = answer_invitation(work, case, team, invitation, answer, AnsweredHow.OWN_PAGE)
        peer_id = invitation.peer_id
    if answer.declared and answer.declared.kind:
        recheck(world, {peer_id})
    return state


def declare_own(world: World, visit: str, declared: Declared) -> None:
    """The peer declares an interest that has come up since; it is raised at once. Raises NotFound, Refused, Invalid."""
    with world.unit_of_work(PEER) as work:
        invitation, case, team = _to_change(work, visit)
        if invitation.state not in _MAY_DECLARE:
            raise Refused("There is nothing to declare here now.")
        if declared.kind is None:
            raise Invalid({"interest": "Choose what has come up."})
        declare(work, case, invitation, team.authority_id, declared, AnsweredHow.OWN_PAGE)
        look_again(work, case, team)
        peer_id = invitation.peer_id
    recheck(world, {peer_id})


def give_own_feedback(world: World, visit: str, feedback: Feedback) -> None:
    """The peer says how the work was. Raises NotFound, Refused where it was said or the days are not over."""
    with world.unit_of_work(PEER) as work:
        invitation, case, team = _to_change(work, visit)
        over = team.assigned_at is not None and team.last < work.today
        if not over or invitation.state is not InvitationState.CONFIRMED:
            raise Refused("Nothing is asked about this now.")
        if has_given(work, team.id, invitation.peer_id, FeedbackFrom.PEER):
            raise Refused("You have said this already. Thank you.")
        keep_feedback(work, case, team, invitation.peer_id, FeedbackFrom.PEER, feedback)
        end_links(work, invitation)


def own_days(world: World, visit: str) -> bytes:
    """The days as an iCalendar file that names neither council nor case. Raises NotFound, also before a yes."""
    with world.reading(PEER) as work:
        invitation = _visited(work, visit)
        if invitation.state not in _MAY_DECLARE:
            raise NotFound
        team = work.session.get_one(Team, invitation.team_id)
        return days_file(invitation.id, team.first, team.last, invitation.answered_at or invitation.asked_at)


def leave_own_page(world: World, visit: str) -> None:
    """Shut the page in this browser; where it is shut already, nothing happens."""
    with world.unit_of_work(PEER) as work:
        here = (PeerVisit.token_hash == token_digest(visit), PeerVisit.ended_at.is_(None))
        for row in work.session.scalars(select(PeerVisit).where(*here)).all():
            row.ended_at = work.now


def _linked(work: Work, token: str) -> tuple[PeerLink, PeerInvitation]:
    good = (
        PeerLink.token_hash == token_digest(token),
        PeerLink.ended_at.is_(None),
        PeerLink.expires_at > work.now,
    )
    query = select(PeerLink, PeerInvitation).join(PeerInvitation, PeerInvitation.id == PeerLink.invitation_id)
    found = work.session.execute(query.where(*good)).one_or_none()
    if found is None or not _is_theirs(work, found[1]):
        raise NotFound
    return found[0], found[1]


def _visited(work: Work, visit: str) -> PeerInvitation:
    good = (
        PeerVisit.token_hash == token_digest(visit),
        PeerVisit.ended_at.is_(None),
        PeerVisit.expires_at > work.now,
    )
    query = select(PeerInvitation).join(PeerVisit, PeerVisit.invitation_id == PeerInvitation.id)
    found = work.session.scalars(query.where(*good).execution_options(populate_existing=True)).one_or_none()
    if found is None or not _is_theirs(work, found):
        raise NotFound
    return found


def _is_theirs(work: Work, invitation: PeerInvitation) -> bool:
    """Whether the invitation still concerns its peer: not withdrawn, and not of somebody who is off the team.

    Who said no is off the team, and may see that they said it while the page is open.
    """
    if invitation.state is InvitationState.DECLINED:
        return True
    if invitation.state in {InvitationState.WITHDRAWN, InvitationState.NO_ANSWER}:
        return False
    member = (TeamMember.team_id == invitation.team_id, TeamMember.peer_id == invitation.peer_id)
    return work.session.scalar(select(TeamMember.id).where(*member)) is not None


def _to_change(work: Work, visit: str) -> tuple[PeerInvitation, Case, Team]:
    """The visit's invitation, its case held first, as every verb does. Raises NotFound."""
    case = _held_case(work, _visited(work, visit))
    invitation = _visited(work, visit)
    return invitation, case, team_of(work, case, invitation.team_id)


def _held_case(work: Work, invitation: PeerInvitation) -> Case:
    held = select(Case).where(Case.id == invitation.case_id).with_for_update()
    return work.session.scalars(held.execution_options(populate_existing=True)).one()


def _leads(work: Work, invitation: PeerInvitation) -> bool:
    member = (TeamMember.team_id == invitation.team_id, TeamMember.peer_id == invitation.peer_id)
    return bool(work.session.scalar(select(TeamMember.leads).where(*member)))
