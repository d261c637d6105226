"""When a wall may be lifted: for one person and one case, for a time, by two leads who have no link themselves."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from clearinghouse.access.decision import CaseScope, is_linked, is_walled, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor

ANSWERED_WITHIN = timedelta(days=7)
REFUSAL_STANDS = timedelta(days=7)


class Length(StrEnum):
    """For how long a wall is lifted; there is no other length, and it is never prolonged, only asked for anew."""

    ONE_DAY = "one_day"
    THREE_DAYS = "three_days"
    ONE_WEEK = "one_week"
    TWO_WEEKS = "two_weeks"
    THIRTY_DAYS = "thirty_days"

    @property
    def time(self) -> timedelta:
        """The length as a time, counted from when the second lead agrees."""
        return _TIMES[self]

    @property
    def words(self) -> str:
        """The length as screens name it."""
        days = self.time.days
        return "1 day" if days == 1 else f"{days} days"


class LiftProblem(StrEnum):
    """Why a wall is not lifted, in the words of the screens."""

    OWN = "Nobody asks for their own wall to be lifted, or decides on it."
    LINKED = "You are linked to a council that this case names, so you do not decide who else may be."
    NO_ROLE = "This person has no role that would reach the case, even without a wall."
    NO_WALL = "No wall keeps this person from the case."
    WAITS = "A second lead has been asked about this person and this case already."
    REFUSED = "A second lead refused this within the last week. It can be asked for again after that."
    SAME_LEAD = "You asked for it. A different lead decides."
    OVER = "This was answered, taken back or has lapsed."
    ASKER_GONE = "Whoever asked for it may not do so any more. It must be asked for anew."

    @property
    def words(self) -> str:
        """The sentence."""
        return self.value


@dataclass(frozen=True)
class LiftingFacts:
    """What was asked: for whom, by whom and when, each as they are today; None where they are not active any more."""

    person: Actor | None
    asked_by: Actor | None
    asked_at: datetime
    over: bool = False


def may_ask(
    asker: Actor,
    person: Actor | None,
    case: CaseScope,
    *,
    waits: bool,
    refused_at: datetime | None,
    now: datetime,
) -> LiftProblem | None:
    """Whether the asker may ask that the person's wall is lifted for the case; None where nothing speaks against it.

    `waits` says that a request for the two is open, `refused_at` when one was last refused. A refusal stands for a
    week, so that nobody asks one second lead after another.
    """
    if person is not None and person.id == asker.id:
        return LiftProblem.OWN
    if is_linked(asker, case):
        return LiftProblem.LINKED
    if person is None or not would_see(person, case):
        return LiftProblem.NO_ROLE
    if not is_walled(person, case):
        return LiftProblem.NO_WALL
    if waits:
        return LiftProblem.WAITS
    if refused_at is not None and now < refused_at + REFUSAL_STANDS:
        return LiftProblem.REFUSED
    return None


def may_answer(second: Actor, asked: LiftingFacts, case: CaseScope, now: datetime) -> LiftProblem | None:
    """Whether somebody may be the second lead: neither the person nor whoever asked, and without a link themselves.

    The wall is lifted for somebody whom it still keeps from the case, as asked by a lead who could still ask.
    """
    person, asker = asked.person, asked.asked_by
    if person is not None and person.id == second.id:
        return LiftProblem.OWN
    if asker is not None and asker.id == second.id:
        return LiftProblem.SAME_LEAD
    if is_linked(second, case):
        return LiftProblem.LINKED
    if asked.over or has_lapsed(asked.asked_at, now):
        return LiftProblem.OVER
    if asker is None or is_linked(asker, case) or not may(asker, Permission.WALL_LIFT, case).allowed:
        return LiftProblem.ASKER_GONE
    if person is None or not would_see(person, case):
        return LiftProblem.NO_ROLE
    if not is_walled(person, case):
        return LiftProblem.NO_WALL
    return None


def has_lapsed(asked_at: datetime, now: datetime) -> bool:
    """Whether a request that nobody answered is over."""
    return now >= asked_at + ANSWERED_WITHIN


def would_see(person: Actor, case: CaseScope) -> bool:
    """Whether one of the person's roles would show them at least the case's header, were there no wall."""
    return may(replace(person, walled=frozenset()), Permission.CASE_HEADER, case).allowed


_TIMES = {
    Length.ONE_DAY: timedelta(days=1),
    Length.THREE_DAYS: timedelta(days=3),
    Length.ONE_WEEK: timedelta(days=7),
    Length.TWO_WEEKS: timedelta(days=14),
    Length.THIRTY_DAYS: timedelta(days=30),
}
