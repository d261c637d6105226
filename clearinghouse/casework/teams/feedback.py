"""What is said of a peer's part in a team once its days are over, and what the peer says of the work."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, case_to_read, record_change
from clearinghouse.casework.duties.setting import finish_duties
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.peers.invitations import members_of
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.teams.asking import team_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.invitations import FeedbackFrom, Rating
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.peer_invitations import PeerFeedback
from clearinghouse.records.peers import Peer, Team

LONGEST_WORDS = 5000
MOST_DAYS = 366


@dataclass(frozen=True)
class Feedback:
    """How it went, whether again, and in whose words; `days` is what a peer says it took."""

    rating: Rating
    again: bool
    words: str = field(default="", repr=False)
    days: int | None = None


@dataclass(frozen=True)
class GivenFeedback:
    """Feedback as pages show it. `words` is None for those who may not read the case."""

    given_by: FeedbackFrom
    at: datetime
    recorded_by: str
    rating: Rating
    again: bool
    days: int | None
    words: str | None = field(repr=False)


def record_feedback(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    team_id: UUID,
    peer_id: UUID,
    given_by: FeedbackFrom,
    feedback: Feedback,
) -> None:
    """A lead writes down what the council, or they themselves, say of one peer's part; what is typed stays sealed.

    More may be said later; nothing is taken back. Raises Refused before the team's first day, Invalid beside the field,
    NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.TEAM_FEEDBACK, seen=version)
        team = team_of(work, case, team_id)
        if peer_id not in members_of(work, team):
            raise NotFound
        if given_by is FeedbackFrom.PEER:
            raise Invalid({"given_by": "A peer gives their feedback themselves."})
        if team.assigned_at is None or team.first > work.today:
            raise Refused("The team has not been there yet.")
        keep_feedback(work, case, team, peer_id, given_by, feedback)
        work.session.flush()
        if members_of(work, team) <= spoken_of(work, team):
            finish_duties(work, case, DutyKind.TEAM_FEEDBACK, subject_id=team.id)


def feedback_page(
    world: World, actor: Actor, case_id: UUID, team_id: UUID, peer_id: UUID
) -> tuple[CaseHeader, str]:
    """The case and the peer's name, for the form. Raises NotFound where no such peer was sent."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.TEAM_FEEDBACK)
        team = team_of(work, admitted.case, team_id)
        if team.assigned_at is None or peer_id not in members_of(work, team):
            raise NotFound
        return header_of(work, admitted), work.session.get_one(Peer, peer_id).name


def keep_feedback(
    work: Work, case: Case, team: Team, peer_id: UUID, given_by: FeedbackFrom, feedback: Feedback
) -> None:
    """Keep it, in the work of whoever brings it. Raises Invalid beside the field."""
    problems = {}
    if len(feedback.words) > LONGEST_WORDS:
        problems["words"] = f"Use up to {LONGEST_WORDS:,} characters."
    if feedback.days is not None and not 0 <= feedback.days <= MOST_DAYS:
        problems["days"] = "Give the number of days."
    if problems:
        raise Invalid(problems)
    row = work.add(
        PeerFeedback(
            team_id=team.id,
            case_id=case.id,
            peer_id=peer_id,
            given_by=given_by,
            given_at=work.now,
            recorded_by=work.actor.id,
            rating=feedback.rating,
            again=feedback.again,
            days=feedback.days,
        )
    )
    row.words = feedback.words
    record_change(
        work,
        case,
        Event.TEAM_FEEDBACK_RECORDED,
        team=team.id,
        peer=peer_id,
        given_by=given_by,
        rating=feedback.rating,
        again=feedback.again,
    )


def has_given(work: Work, team_id: UUID, peer_id: UUID, given_by: FeedbackFrom) -> bool:
    """Whether there is feedback by this party on, or by, this peer."""
    query = select(PeerFeedback.id).where(
        PeerFeedback.team_id == team_id, PeerFeedback.peer_id == peer_id, PeerFeedback.given_by == given_by
    )
    return work.session.scalar(query.limit(1)) is not None


def feedback_on(work: Work, team: Team, *, opened: bool) -> dict[UUID, tuple[GivenFeedback, ...]]:
    """The feedback on each member, the first given first; `opened` where the words may be read."""
    query = select(PeerFeedback).where(PeerFeedback.team_id == team.id)
    found: dict[UUID, tuple[GivenFeedback, ...]] = {}
    for row in work.session.scalars(query.order_by(PeerFeedback.given_at, PeerFeedback.id)).all():
        given = GivenFeedback(
            row.given_by,
            row.given_at,
            name_of(work, row.recorded_by) if row.recorded_by else "",
            row.rating,
            row.again,
            row.days,
            row.words if opened else None,
        )
        found[row.peer_id] = (*found.get(row.peer_id, ()), given)
    return found


def spoken_of(work: Work, team: Team) -> frozenset[UUID]:
    """The members on whom somebody other than themselves has given feedback."""
    by_others = (PeerFeedback.team_id == team.id, PeerFeedback.given_by != FeedbackFrom.PEER)
    return frozenset(work.session.scalars(select(PeerFeedback.peer_id).where(*by_others)))
