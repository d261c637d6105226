"""What has happened on a case, as the rules need it: frozen facts, each naming the ledger event that records it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from clearinghouse.protocol.vocabulary import Body, Capacity, OfferAnswer, Outcome

EventId = str
"""The name of a ledger event; the protocol only hands it back, so that a finding can say what it rests on."""

LEADING_MEMBERS = "leading_members"
PRE_INTERVENTION_PARTIES: frozenset[str] = frozenset(
    {Body.DEPARTMENT, Body.IDEA, Body.RIEP, Body.GOVERNMENT_OFFICE, LEADING_MEMBERS}
)
"""Who comes to, or declines, the meeting before an intervention (§26)."""


@dataclass(frozen=True)
class ConversationFacts:
    """One conversation with the authority; not held means attempted in vain."""

    event: EventId
    on: date
    held: bool
    capacities: frozenset[Capacity]


@dataclass(frozen=True)
class OfferFacts:
    """One sector offer; the last three fields are None while it waits for its answer."""

    event: EventId
    made_on: date
    answer_by: date
    answer: OfferAnswer | None = None
    answered_on: date | None = None
    answer_event: EventId | None = None


@dataclass(frozen=True)
class JointLocalMeetingFacts:
    """The outcome of the case's issue at one joint local meeting."""

    event: EventId
    on: date
    outcome: Outcome


@dataclass(frozen=True)
class PreInterventionFacts:
    """One pre-intervention meeting: which of `PRE_INTERVENTION_PARTIES` came or declined, and what it found.

    `sector_led_feasible` is None while the meeting has not concluded.
    """

    event: EventId
    on: date
    attended: frozenset[str]
    declined: frozenset[str]
    sector_led_feasible: bool | None


@dataclass(frozen=True)
class ReviewFacts:
    """One review of the support or the plan."""

    event: EventId
    on: date
    adequate_progress: bool


@dataclass(frozen=True)
class RiskFacts:
    """What makes a referral wait for nobody, and the ledger event that records it."""

    people_at_risk_now: bool = False
    legal_duty_to_refer: bool = False
    event: EventId | None = None


@dataclass(frozen=True)
class CaseFacts:
    """Everything that the gates and the finding look at; the order within each tuple does not matter.

    `about` holds the capacities of those whom the concern is about: no dialogue counts that was held with them.
    """

    about: frozenset[Capacity] = frozenset()
    department_contemplates_action: bool = False
    risk: RiskFacts = RiskFacts()
    conversations: tuple[ConversationFacts, ...] = ()
    offers: tuple[OfferFacts, ...] = ()
    joint_local_meetings: tuple[JointLocalMeetingFacts, ...] = ()
    pre_intervention_meetings: tuple[PreInterventionFacts, ...] = ()
    reviews: tuple[ReviewFacts, ...] = ()


def events_in_order(events: Iterable[EventId | None]) -> tuple[EventId, ...]:
    """The events that are there, each once, in the order given."""
    return tuple(dict.fromkeys(event for event in events if event is not None))
