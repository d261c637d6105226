"""What must be done next, by whom it is chased and by when: the duty after each step, with its working days."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from clearinghouse.protocol.vocabulary import DutyKind, Outcome, Route, Step, Worded
from clearinghouse.protocol.working_days import ONE_DAY, add_working_days, working_days_between

AT_ONCE = 0
URGENT = 1
TO_TRIAGE = 2
TO_FIRST_CONTACT = 3
TO_OFFER = 5
TO_HAND_OVER = 5
TO_ANSWER = 10
TO_ASSIGN_TEAM = 10
TO_CONFIRM_PEER = 3
TO_REPLACE_PEER = 3
TO_LOOK_AT_PEER_CONFLICT = 1
TO_RECORD_TEAM_FEEDBACK = 20
TO_MEET = 10
TO_FOLLOW_UP = 20
TO_TELL_AUTHORITY = 2
TO_TELL_SOURCE = 5
TO_REVIEW = 60
TO_CONFIRM_RISK_REFERRAL = 1
TO_REVIEW_RISK_REFERRAL = 10
TO_CONFIRM_SUCCESSION = 10
TO_REVIEW_RETENTION = 20
TO_CONFIRM_DESTRUCTION = 10
TO_REVIEW_BREAK_GLASS = 2
OVERDUE_DAYS_BEFORE_DEPUTY = 2


@dataclass(frozen=True)
class NextDuty:
    """A duty and the number of working days within which it falls; 0 means today, whatever day today is."""

    kind: DutyKind
    within_working_days: int


FIRST_DUTY_ON_ROUTE: Mapping[Route, NextDuty] = {
    Route.AUTHORITY_LED: NextDuty(DutyKind.FOLLOW_UP, TO_FOLLOW_UP),
    Route.RIEP_FACILITATED: NextDuty(DutyKind.HAND_TO_RIEP, TO_HAND_OVER),
    Route.PEER_SUPPORT: NextDuty(DutyKind.MAKE_OFFER, TO_OFFER),
    Route.POLITICAL_BROKERAGE: NextDuty(DutyKind.POLITICAL_BROKERAGE, TO_HAND_OVER),
    Route.CONFIDENTIAL_DIALOGUE: NextDuty(DutyKind.FIRST_CONTACT, TO_FIRST_CONTACT),
    Route.JOINT_LOCAL_MEETING: NextDuty(DutyKind.JOINT_LOCAL_MEETING, TO_MEET),
    Route.ADVOCACY: NextDuty(DutyKind.ADVOCACY, TO_HAND_OVER),
    Route.PRE_INTERVENTION_MEETING: NextDuty(DutyKind.PRE_INTERVENTION_MEETING, TO_HAND_OVER),
    Route.IMMEDIATE_REFERRAL: NextDuty(DutyKind.REFER_AT_ONCE, AT_ONCE),
}
"""What a case owes first on each route (§19): a lead may set another date."""

NEXT_AFTER: Mapping[Step, NextDuty] = {
    Step.RECORD_DIALOGUE: NextDuty(DutyKind.MAKE_OFFER, TO_OFFER),
    Step.RECORD_MEETING: NextDuty(DutyKind.FOLLOW_UP, TO_FOLLOW_UP),
    Step.RECORD_ESCALATION: NextDuty(DutyKind.FOLLOW_UP, TO_FOLLOW_UP),
    Step.MAKE_OFFER: NextDuty(DutyKind.ANSWER_TO_OFFER, TO_ANSWER),
    Step.ACCEPT: NextDuty(DutyKind.ASSIGN_TEAM, TO_ASSIGN_TEAM),
    Step.DECLINE: NextDuty(DutyKind.JOINT_LOCAL_MEETING, TO_MEET),
    Step.LAPSE: NextDuty(DutyKind.JOINT_LOCAL_MEETING, TO_MEET),
    Step.WITHDRAW: NextDuty(DutyKind.MAKE_OFFER, TO_OFFER),
    Step.ASSIGN_TEAM: NextDuty(DutyKind.FOLLOW_UP, TO_FOLLOW_UP),
    Step.START_SUPPORT: NextDuty(DutyKind.FOLLOW_UP, TO_FOLLOW_UP),
    Step.REVIEW: NextDuty(DutyKind.REVIEW, TO_REVIEW),
    Step.REOPEN: NextDuty(DutyKind.TRIAGE, TO_TRIAGE),
}
"""What follows each step that does not depend on the route.

An offer's own answer-by date, where the lead set one, stands before the usual one.
"""

AFTER_LOGGING = NextDuty(DutyKind.TRIAGE, TO_TRIAGE)
AFTER_REPLACEMENT = NextDuty(DutyKind.CONFIRM_SUCCESSION, TO_CONFIRM_SUCCESSION)
"""A lead says which council an open case names once the register says that the one it names was replaced (ours)."""

WHEN_RETENTION_ENDS = NextDuty(DutyKind.REVIEW_RETENTION, TO_REVIEW_RETENTION)
AFTER_PROPOSED_DESTRUCTION = NextDuty(DutyKind.CONFIRM_DESTRUCTION, TO_CONFIRM_DESTRUCTION)
"""What is due to be destroyed is looked at by one person, and destroyed by a second (ours)."""

AFTER_ACCEPTANCE = NextDuty(DutyKind.CONFIRM_PEER, TO_CONFIRM_PEER)
AFTER_OPEN_PLACE = NextDuty(DutyKind.REPLACE_PEER, TO_REPLACE_PEER)
AFTER_PEER_CONFLICT = NextDuty(DutyKind.PEER_CONFLICT, TO_LOOK_AT_PEER_CONFLICT)
AFTER_TEAM_WORK = NextDuty(DutyKind.TEAM_FEEDBACK, TO_RECORD_TEAM_FEEDBACK)
"""What a coordinator owes after an answer, none, or a conflict, and a lead once the days are over (ours)."""

AFTER_BREAK_GLASS = NextDuty(DutyKind.REVIEW_BREAK_GLASS, TO_REVIEW_BREAK_GLASS)
"""A lead of its region looks at why somebody from outside opened the case (ours)."""

AFTER_RISK_REFERRAL = (
    NextDuty(DutyKind.CONFIRM_RISK_REFERRAL, TO_CONFIRM_RISK_REFERRAL),
    NextDuty(DutyKind.REVIEW_RISK_REFERRAL, TO_REVIEW_RISK_REFERRAL),
)
"""A second lead confirms or questions a referral made at once; a review follows (ours, not in the document)."""

AFTER_OUTCOME: Mapping[Outcome, tuple[DutyKind, ...]] = {
    Outcome.A: (DutyKind.REVIEW,),
    Outcome.B: (DutyKind.HAND_TO_RIEP, DutyKind.ROUND_TABLE),
    Outcome.C: (DutyKind.FOLLOW_UP,),
}
"""What an issue's outcome brings (§22): A and B on the dates that the meeting named, C with what the family owes."""

DAYS_TO_SUPPLY: Mapping[DutyKind, int] = {
    DutyKind.TRIAGE: TO_TRIAGE,
    DutyKind.FIRST_CONTACT: TO_FIRST_CONTACT,
    DutyKind.MAKE_OFFER: TO_OFFER,
    DutyKind.ANSWER_TO_OFFER: TO_ANSWER,
    DutyKind.JOINT_LOCAL_MEETING: TO_MEET,
    DutyKind.PRE_INTERVENTION_MEETING: TO_HAND_OVER,
    DutyKind.REVIEW: TO_FOLLOW_UP,
    DutyKind.CONFIRM_RISK_REFERRAL: TO_CONFIRM_RISK_REFERRAL,
    DutyKind.CONFIRM_SUCCESSION: TO_CONFIRM_SUCCESSION,
}
"""Within how many working days the family supplies what a gate misses."""


class ChasedWith(Worded):
    """Who is told of a duty, beside its owner, as it falls overdue (§19)."""

    OWNER = "owner", "The owner"
    LEAD = "lead", "The lead"
    DEPUTY = "deputy", "The lead's deputy"


def first_duty_after(step: Step, route: Route | None = None) -> NextDuty | None:
    """The duty that a step leaves behind, so that nothing falls between stools (§19).

    After triage it is the first duty of the route; None only after closing and joining. Raises ValueError for a triage
    without its route.
    """
    if step in {Step.CLOSE, Step.JOIN}:
        return None
    if step in {Step.TRIAGE, Step.RETRIAGE}:
        if route is None:
            raise ValueError("the duty after triage depends on the route")
        return FIRST_DUTY_ON_ROUTE[route]
    return NEXT_AFTER[step]


def duties_owed(kinds: Collection[DutyKind]) -> tuple[NextDuty, ...]:
    """What the family still owes (a verdict's or a finding's `owed`), as duties with their working days (§22)."""
    return tuple(NextDuty(kind, DAYS_TO_SUPPLY[kind]) for kind in kinds)


def due_on(duty: NextDuty, today: date, holidays: Collection[date]) -> date:
    """The working day on which a duty that arises today falls due; what is due at once does not wait for Monday."""
    if duty.within_working_days == AT_ONCE:
        return today
    return add_working_days(today, duty.within_working_days, holidays)


def is_overdue(due: date, today: date) -> bool:
    """A duty is overdue on the day after its date."""
    return today > due


def chased_with(due: date, today: date, holidays: Collection[date]) -> ChasedWith:
    """Who must hear of it (§19): the owner until it is overdue, then the lead, then the lead's dated deputy.

    The deputy hears when the lead has had two whole working days.
    """
    if not is_overdue(due, today):
        return ChasedWith.OWNER
    late = working_days_between(due, today, holidays)
    return ChasedWith.DEPUTY if late > OVERDUE_DAYS_BEFORE_DEPUTY else ChasedWith.LEAD


def deputy_hears_before(today: date, holidays: Collection[date]) -> date:
    """What was due before this day is raised to the lead's deputy today: the same rule (§19), asked by date."""
    day = today
    while chased_with(day, today, holidays) is not ChasedWith.DEPUTY:
        day -= ONE_DAY
    return day + ONE_DAY
