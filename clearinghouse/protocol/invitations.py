"""The life of a member of a peer team: who may be asked, what an answer does, who may be confirmed (design 6, life)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from clearinghouse.protocol.conflicts import Conflict, Effect, Rule, is_blocked
from clearinghouse.protocol.vocabulary import Worded
from clearinghouse.protocol.working_days import add_working_days

TO_ANSWER_INVITATION = 5
"""Working days that a peer has to answer, where nobody says otherwise; never beyond the first day of the work."""


class InvitationState(Worded):
    """How far a member of a team has come."""

    ASKED = "asked", "Asked"
    ACCEPTED = "accepted", "Accepted"
    CONFIRMED = "confirmed", "Confirmed"
    DECLINED = "declined", "Declined"
    NO_ANSWER = "no_answer", "No answer"
    CONFLICTED = "conflicted", "Cannot serve"
    WITHDRAWN = "withdrawn", "Withdrawn"


class AnsweredHow(Worded):
    """How an answer reached us."""

    OWN_PAGE = "own_page", "on the peer’s own page"
    TELEPHONE = "telephone", "by telephone"


class DeclineReason(Worded):
    """Why a peer says no; nobody has to give one."""

    DAYS = "days", "The days do not suit"
    WORK = "work", "Too much other work"
    TOO_CLOSE = "too_close", "Too close to the council"
    OTHER = "other", "Another reason"


class InterestKind(Worded):
    """What somebody may have to do with a council; any of them keeps a peer from it."""

    WORK = "work", "I work for the council or sit on it, or did so in the last four years"
    FAMILY = "family", "Somebody close to me works for the council or sits on it"
    MONEY = "money", "I, or somebody close to me, have a contract, property or money that its decisions touch"
    DISPUTE = "dispute", "I am in a dispute with the council, or have complained about it"
    OTHER = "other", "Something else that a fair person might think matters"


class Rating(Worded):
    """How it went, in the words of whoever was there."""

    VERY_WELL = "very_well", "Very well"
    WELL = "well", "Well"
    PARTLY = "partly", "Partly"
    BADLY = "badly", "Badly"


class FeedbackFrom(Worded):
    """Whose feedback it is."""

    COUNCIL = "council", "The council"
    LEAD = "lead", "The lead"
    PEER = "peer", "The peer"


LIVE = frozenset({InvitationState.ASKED, InvitationState.ACCEPTED, InvitationState.CONFIRMED})
"""Whoever is in one of these counts on the team, or may: they hear it when they are not needed."""

UNSETTLED = LIVE | {InvitationState.CONFLICTED}
"""Those, and where a conflict holds somebody up: what can still be taken back."""


_AFTER_THE_TEAM_WAS_SENT = frozenset(
    {Rule.BELONGS, Rule.DECLARED_INTEREST, Rule.NOT_ACCREDITED, Rule.SUSPENDED}
)


@dataclass(frozen=True, slots=True)
class Asking:
    """Whether a member may be asked, or confirmed: allowed where no reason says no."""

    reasons: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """True where nothing is against it."""
        return not self.reasons


def against(
    conflicts: Sequence[Conflict], accepted: Collection[tuple[Rule, UUID | None]], *, sent: bool = False
) -> tuple[Conflict, ...]:
    """What keeps a member from being asked or confirmed: every block, and every warning no lead accepted (design 6).

    Once the team was `sent`, its days are counted as used and its members have served together: what then still speaks
    against a member is belonging, a declared interest, and accreditation that ended or was suspended.
    """
    found = tuple(
        conflict
        for conflict in conflicts
        if conflict.effect is Effect.BLOCKED or conflict.key not in accepted
    )
    return tuple(each for each in found if each.rule in _AFTER_THE_TEAM_WAS_SENT) if sent else found


def may_ask(
    state: InvitationState | None,
    first: date,
    answer_by: date,
    standing_against: Sequence[Conflict],
    today: date,
) -> Asking:
    """A peer is asked once nothing speaks against them, for days that lie ahead, with a date to answer by (design 6).

    Whoever was asked and has not answered, or is on the team already, is not asked a second time; whoever declined, let
    the date pass or could not serve may be.
    """
    reasons = [conflict.words for conflict in standing_against]
    if state in LIVE:
        reasons.append("Has been asked already.")
    if first < today:
        reasons.append("The first day of the work has passed.")
    if not today <= answer_by <= first:
        reasons.append("The answer must be due between today and the first day of the work.")
    return Asking(tuple(reasons))


def answered_yes(conflicts: Sequence[Conflict]) -> InvitationState:
    """What a yes does: the peer has accepted, unless a block has come up since they were asked (design 6).

    A warning that has come up does not undo the yes, but waits for a lead before the peer is confirmed.
    """
    return InvitationState.CONFLICTED if is_blocked(conflicts) else InvitationState.ACCEPTED


def may_confirm(state: InvitationState | None, standing_against: Sequence[Conflict]) -> Asking:
    """Only who accepted is confirmed, and only while nothing speaks against them (design 6)."""
    reasons = [conflict.words for conflict in standing_against]
    if state is not InvitationState.ACCEPTED:
        reasons.append("Only somebody who has accepted can be confirmed.")
    return Asking(tuple(reasons))


def has_let_pass(state: InvitationState, answer_by: date, today: date) -> bool:
    """Whether somebody who was asked let the date pass: on the day after it, the place is open again (ours)."""
    return state is InvitationState.ASKED and today > answer_by


def usual_answer_by(today: date, first: date, holidays: Collection[date]) -> date:
    """Five working days to answer, or until the first day of the work where that comes sooner (ours)."""
    return min(add_working_days(today, TO_ANSWER_INVITATION, holidays), first)
