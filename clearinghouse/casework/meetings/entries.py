"""What is given when a meeting is recorded or corrected, and what comes of it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from clearinghouse.casework.escalation.recording import Escalated
from clearinghouse.protocol.say_to_whom import DEFAULT
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Audience,
    Body,
    Capacity,
    EscalationAction,
    KnownAnswer,
    MeetingKind,
    Outcome,
    SourceConsent,
)


@dataclass(frozen=True)
class NewAttendee:
    """A body that was asked to the meeting, in whose person and capacity; `position` is what it said."""

    body: Body
    attendance: Attendance
    capacity: Capacity | None = None
    name: str = ""
    position: str = ""
    dissents: bool = False


@dataclass(frozen=True)
class LikelyAction:
    """What outcome C is likely to bring: the body that is not satisfied, what it will do, and why."""

    body: Body
    action: EscalationAction
    reason: str


@dataclass(frozen=True)
class NewIssue:
    """One issue and its one outcome. `plan_or_person` is the plan's name for A, who agreed for B.

    `due_on` is the next joint local meeting for A, and for B the day by which it is taken up; `for_round_table` is all
    that the round table is told of it. `action` is for C.
    """

    title: str
    regulators_satisfied: bool
    locality_agrees: KnownAnswer
    outcome: Outcome
    plan_or_person: str = ""
    due_on: date | None = None
    action: LikelyAction | None = None
    for_round_table: str = ""


@dataclass(frozen=True)
class NewMeetingPassage:
    """One passage of a meeting's note. Nobody may be told it unless somebody says so."""

    text: str
    audiences: frozenset[Audience] = DEFAULT
    source_consents: SourceConsent = SourceConsent.NOT_KNOWN


@dataclass(frozen=True)
class NewMeeting:
    """A meeting as it was held. `sector_led_feasible` is what a pre-intervention meeting found, None where nothing yet.

    A joint local meeting to which the locality did not come may have come to no issue at all. `note` is for what was
    noted before notes had passages: nobody may be told it, and no minute holds it.
    """

    held_on: date
    attendees: tuple[NewAttendee, ...]
    issues: tuple[NewIssue, ...] = ()
    kind: MeetingKind = MeetingKind.JOINT_LOCAL
    sector_led_feasible: bool | None = None
    passages: tuple[NewMeetingPassage, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Met:
    """The meeting that was recorded, and the escalations that its issues came to."""

    meeting_id: UUID
    escalations: tuple[Escalated, ...]
