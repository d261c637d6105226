"""A peer team at work: what each package consists of, what may be planned and recorded when, what is owed by when."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from clearinghouse.protocol.duties import TO_FOLLOW_UP
from clearinghouse.protocol.peer_words import Service, Theme
from clearinghouse.protocol.peers import Period
from clearinghouse.protocol.retention import months_after
from clearinghouse.protocol.verdict import ALLOWED, Missing, Verdict, blocked
from clearinghouse.protocol.vocabulary import DutyKind, Worded
from clearinghouse.protocol.working_days import ONE_DAY, add_working_days, is_working_day, next_working_day

FURTHEST_YEARS = 5
LONGEST_VISIT = timedelta(days=10)


class Package(Worded):
    """What kind of peer support a team gives (design 1: support package)."""

    PEER_TEAM = "peer_team", "Peer review or peer team with visits"
    STANDING_PANEL = "standing_panel", "Standing panel with workshops"
    ASSIST_DAYS = "assist_days", "Peer assist days"
    MENTORING = "mentoring", "Mentoring of one person"
    EXCHANGE = "exchange", "Exchange between authorities"


class VisitKind(Worded):
    """What a dated meeting of a team with the authority is."""

    VISIT = "visit", "Visit"
    INITIAL_MEETING = "initial_meeting", "Initial meeting"
    WORKSHOP = "workshop", "Half-day workshop"
    ASSIST_DAY = "assist_day", "Assist day"
    MENTORING_MEETING = "mentoring_meeting", "Mentoring meeting"
    EXCHANGE_VISIT = "exchange_visit", "Exchange visit"


class Activity(Worded):
    """What a visit is for, in general: nothing of why."""

    INTERVIEWS = "interviews", "Interviews"
    FOCUS_GROUPS = "focus_groups", "Focus groups"
    SEMINARS = "seminars", "Practice-sharing seminars"
    OBSERVATION = "observation", "Observation and reading of papers"
    PEOPLE_SERVED = "people_served", "Talks with the people whom the service is for"
    FEEDBACK = "feedback", "Feedback to the authority"
    PROGRESS = "progress", "Looking at progress"


class VisitState(Worded):
    """What has become of a visit."""

    PLANNED = "planned", "Planned"
    HELD = "held", "Took place"
    CANCELLED = "cancelled", "Cancelled"


class WhyChanged(Worded):
    """Why a visit was moved or cancelled."""

    AUTHORITY_ASKED = "authority_asked", "The authority asked for it"
    PEER_UNABLE = "peer_unable", "Somebody of the team cannot come"
    ELECTIONS = "elections", "Elections are near"
    NOT_READY = "not_ready", "What it needs is not ready yet"
    NO_LONGER_NEEDED = "no_longer_needed", "It is not needed any more"
    OTHER = "other", "Another reason"


class OutputKind(Worded):
    """What a team's work leaves behind."""

    REPORT = "report", "Report"
    ACTION_PLAN = "action_plan", "Action plan"
    PROGRESS_REVIEW = "progress_review", "Progress review"


class Means(Worded):
    """How the team and the authority were in touch between visits."""

    TELEPHONE = "telephone", "By telephone"
    MEETING = "meeting", "In a meeting"
    WRITING = "writing", "In writing"


@dataclass(frozen=True)
class Owed:
    """An output that a package owes, so many months after the last day of the first visit that took place."""

    kind: OutputKind
    months: int


@dataclass(frozen=True)
class Shape:
    """What a package consists of.

    `visits` are the kinds of meeting it has, with how many sessions each holds: the least and the most. Each session
    ends with an action plan. `outputs` are owed beside those.
    """

    smallest_team: int
    visits: Mapping[VisitKind, tuple[int, int]]
    outputs: tuple[Owed, ...] = ()


_REPORT = Owed(OutputKind.REPORT, 3)
_ACTION_PLAN = Owed(OutputKind.ACTION_PLAN, 5)
_PROGRESS_REVIEW = Owed(OutputKind.PROGRESS_REVIEW, 10)
_NO_SESSIONS = (0, 0)

SHAPES: Mapping[Package, Shape] = MappingProxyType(
    {
        Package.PEER_TEAM: Shape(
            3, {VisitKind.VISIT: _NO_SESSIONS}, (_REPORT, _ACTION_PLAN, _PROGRESS_REVIEW)
        ),
        Package.STANDING_PANEL: Shape(
            3, {VisitKind.INITIAL_MEETING: _NO_SESSIONS, VisitKind.WORKSHOP: (1, 4)}
        ),
        Package.ASSIST_DAYS: Shape(3, {VisitKind.ASSIST_DAY: (2, 2)}, (_PROGRESS_REVIEW,)),
        Package.MENTORING: Shape(1, {VisitKind.MENTORING_MEETING: _NO_SESSIONS}, (_PROGRESS_REVIEW,)),
        Package.EXCHANGE: Shape(1, {VisitKind.EXCHANGE_VISIT: _NO_SESSIONS}, (_REPORT,)),
    }
)
"""What each package consists of (appendix 2 of 004; Liverpool's assist days have two sessions each, 000; design 6)."""


DAYS_LONG = frozenset({VisitKind.VISIT, VisitKind.EXCHANGE_VISIT})
"""What may last several days; anything else is held on one."""

AREAS: Mapping[str, Worded] = MappingProxyType({each.value: each for each in (*Service, *Theme)})
"""What a session may be about: a service, or a theme such as value for money."""

DUTY_FOR: Mapping[OutputKind, DutyKind] = MappingProxyType(
    {
        OutputKind.REPORT: DutyKind.TEAM_REPORT,
        OutputKind.ACTION_PLAN: DutyKind.TEAM_ACTION_PLAN,
        OutputKind.PROGRESS_REVIEW: DutyKind.TEAM_PROGRESS_REVIEW,
    }
)
TEAM_DUTIES = frozenset({DutyKind.TEAM_VISIT, DutyKind.TEAM_CONTACT, *DUTY_FOR.values()})
"""Duties of a team at work."""


@dataclass(frozen=True)
class PlannedVisit:
    """A visit that somebody wants to plan. `areas` are what its sessions are about, in their order."""

    kind: VisitKind
    days: Period
    areas: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutputDue:
    """An output, and the day by which it is delivered."""

    kind: OutputKind
    on: date


def may_choose(package: Package, members: int, *, begun: bool) -> Verdict:
    """A team may be given another package until a visit of it is planned, if it has the members that the package asks
    for: one for mentoring and exchange, three for anything else (ours).
    """
    if begun:
        return blocked(Missing.TEAM_WORK_BEGUN)
    return ALLOWED if members >= SHAPES[package].smallest_team else blocked(Missing.TEAM_TOO_SMALL)


def may_plan(
    package: Package, visit: PlannedVisit, others: Collection[Period], assigned_on: date, today: date
) -> Verdict:
    """A visit is of a kind that the package has, lies within five years and not before the team was assigned, and the
    team has no other on those days; its sessions are as many as the package says (ours).

    A visit and an exchange may last ten days, anything else is held on one. A day that has passed can be entered, since
    what took place is a fact.
    """
    shape = SHAPES[package]
    if visit.kind not in shape.visits:
        return blocked(Missing.VISIT_OF_ANOTHER_PACKAGE)
    least, most = shape.visits[visit.kind]
    found = (
        (Missing.VISIT_SESSIONS, not least <= len(visit.areas) <= most),
        (Missing.VISIT_AREA_UNKNOWN, not AREAS.keys() >= set(visit.areas)),
        *_days(visit.kind, visit.days, others, assigned_on, today),
    )
    return blocked(*(missing for missing, holds in found if holds))


def may_move(
    kind: VisitKind,
    state: VisitState,
    to: Period,
    others: Collection[Period],
    assigned_on: date,
    today: date,
) -> Verdict:
    """A visit may be moved while it is planned, to days on which it could be planned (ours)."""
    if state is not VisitState.PLANNED:
        return blocked(Missing.VISIT_NOT_PLANNED)
    return blocked(*(missing for missing, holds in _days(kind, to, others, assigned_on, today) if holds))


def may_cancel(state: VisitState) -> Verdict:
    """A visit may be cancelled while it is planned; what took place stays (ours)."""
    return ALLOWED if state is VisitState.PLANNED else blocked(Missing.VISIT_NOT_PLANNED)


def may_hold(state: VisitState, last: date, today: date) -> Verdict:
    """That a visit took place is recorded from its last day on, once (ours)."""
    if state is not VisitState.PLANNED:
        return blocked(Missing.VISIT_NOT_PLANNED)
    return ALLOWED if last <= today else blocked(Missing.VISIT_AHEAD)


def outputs_after_first(package: Package, last: date, holidays: Collection[date]) -> tuple[OutputDue, ...]:
    """What a package owes once its first visit has taken place (design 6): a report within three months of its last
    day, an action plan within five, a progress review at about ten.

    They are counted from the first visit, so that planning another moves none of them. Within means the last working
    day that is not later.
    """
    return tuple(
        OutputDue(owed.kind, _not_after(months_after(last, owed.months), holidays))
        for owed in SHAPES[package].outputs
    )


def output_of_session(day: date) -> OutputDue:
    """Each session of a panel or of an assist day ends with an action plan, due on the day itself (appendix 2 of 004:
    an action plan was produced by the council team at the end of each session).
    """
    return OutputDue(OutputKind.ACTION_PLAN, day)


def may_deliver(delivered_on: date, counted_from: date, today: date) -> Verdict:
    """An output was delivered today or earlier, and not before the visit that it comes of (ours)."""
    if delivered_on > today:
        return blocked(Missing.DELIVERED_IN_FUTURE)
    return ALLOWED if delivered_on >= counted_from else blocked(Missing.DELIVERED_BEFORE_VISIT)


def next_contact(
    last_touch: date, next_visit: date | None, today: date, holidays: Collection[date]
) -> date | None:
    """When the team is next in touch between visits (appendix 2 of 004: ongoing support between site visits).

    Twenty working days after the last visit or contact, today at the earliest, while another visit is planned; None
    where there is none, or where the visit comes first.
    """
    if next_visit is None:
        return None
    due = max(add_working_days(last_touch, TO_FOLLOW_UP, holidays), next_working_day(today, holidays))
    return due if due < next_visit else None


def _days(
    kind: VisitKind, days: Period, others: Collection[Period], assigned_on: date, today: date
) -> tuple[tuple[Missing, bool], ...]:
    length = days.last - days.first + ONE_DAY
    return (
        (Missing.VISIT_BEFORE_TEAM, days.first < assigned_on),
        (Missing.VISIT_TOO_FAR, days.last > months_after(today, 12 * FURTHEST_YEARS)),
        (Missing.VISIT_TOO_LONG, length > LONGEST_VISIT),
        (Missing.VISIT_ON_ONE_DAY, kind not in DAYS_LONG and length > ONE_DAY),
        (Missing.VISIT_OVERLAPS, any(days.overlaps(other) for other in others)),
    )


def _not_after(day: date, holidays: Collection[date]) -> date:
    while not is_working_day(day, holidays):
        day -= ONE_DAY
    return day
