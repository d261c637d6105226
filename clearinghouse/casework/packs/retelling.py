"""A case told again from the facts that a pack discloses, and its family-first findings worked out anew from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from clearinghouse.protocol.dialogue import usually_about
from clearinghouse.protocol.facts import (
    CaseFacts,
    ConversationFacts,
    JointLocalMeetingFacts,
    OfferFacts,
    PreInterventionFacts,
    ReviewFacts,
    RiskFacts,
)
from clearinghouse.protocol.finding import Finding, family_first
from clearinghouse.protocol.meetings import party_of
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Body,
    Capacity,
    MeetingKind,
    Nature,
    OfferAnswer,
    Outcome,
)

_ESCALATION = frozenset(
    {
        "escalation",
        "on",
        "finding",
        "gate",
        "missing",
        "evidence",
        "why_not",
        "nature",
        "people_at_risk",
        "legal_duty_to_refer",
        "department_contemplates_action",
    }
)
_MEETING = frozenset(
    {"meeting", "corrects", "kind", "held_on", "outcomes", "sector_led_feasible", "attendees"}
)
ESCALATIONS = frozenset({"escalation:recorded", "escalation:corrected", "referral:made", "risk:referred"})
NEEDED: Mapping[str, frozenset[str]] = {
    "conversation:recorded": frozenset({"held", "held_on", "capacities"}),
    "offer:made": frozenset({"offer", "answer_by"}),
    "offer:answered": frozenset({"offer", "answer", "answered_on"}),
    "offer:lapsed": frozenset({"offer"}),
    "offer:withdrawn": frozenset({"offer"}),
    "meeting:recorded": _MEETING,
    "meeting:corrected": _MEETING,
    "progress:reviewed": frozenset({"held_on", "adequate_progress"}),
    **dict.fromkeys(ESCALATIONS, _ESCALATION),
}
"""What a finding is made of: the facts of each type of event without which it cannot be worked out."""


@dataclass(frozen=True)
class Happened:
    """An event as it is disclosed; `facts` holds those that are shown."""

    id: str
    type: str
    at: datetime
    facts: Mapping[str, object]

    @property
    def withheld(self) -> frozenset[str]:
        """What of it a finding would need and is not shown."""
        return NEEDED.get(self.type, frozenset()) - self.facts.keys()

    @property
    def day(self) -> date:
        """The day that it was in England."""
        return day_in_england(self.at)

    def day_of(self, name: str) -> date:
        """A fact that is a date. Raises ValueError where it is none."""
        return date.fromisoformat(str(self.facts[name]))

    def words_of(self, name: str) -> list[str]:
        """A fact that is a list of words. Raises ValueError where it is none."""
        found = self.facts[name]
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise ValueError(f"{name} is not a list of words")
        return found

    def truth_of(self, name: str) -> bool:
        """A fact that is yes or no. Raises TypeError where it is neither."""
        found = self.facts[name]
        if not isinstance(found, bool):
            raise TypeError(f"{name} is neither yes nor no")
        return found


@dataclass(frozen=True)
class Retold:
    """One escalation: what its event says of family first, and what was worked out; None where facts are withheld."""

    event: str
    on: date | None
    said: str
    found: Finding | None
    withheld: tuple[str, ...] = ()
    agrees: bool = False


@dataclass
class _Case:
    """What has happened so far."""

    conversations: list[ConversationFacts] = field(default_factory=list)
    offers: dict[str, OfferFacts] = field(default_factory=dict)
    joint: dict[str, JointLocalMeetingFacts] = field(default_factory=dict)
    before_a_notice: dict[str, PreInterventionFacts] = field(default_factory=dict)
    reviews: list[ReviewFacts] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)


def retell(events: Sequence[Happened]) -> list[Retold]:
    """Every escalation of one case's events, in their order, with the finding worked out from those before it.

    Raises ValueError or TypeError where a fact is none of its kind.
    """
    case, found = _Case(), []
    for event in events:
        if event.type in ESCALATIONS:
            found.append(_escalated(case, event))
        elif event.type in NEEDED:
            if event.withheld:
                case.withheld.append(f"{event.type}: {', '.join(sorted(event.withheld))}")
            else:
                _happened(case, event)
    return found


def day_in_england(instant: datetime) -> date:
    """The day on England's clocks, an hour ahead from the last Sunday of March to that of October, 1 a.m. UTC."""
    utc = instant.astimezone(UTC)
    begins, ends = (_last_sunday(utc.year, month) for month in (3, 10))
    return (utc + timedelta(hours=1) if begins <= utc < ends else utc).date()


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def _escalated(case: _Case, event: Happened) -> Retold:
    withheld = [*case.withheld]
    if event.withheld:
        withheld.append(f"{event.type}: {', '.join(sorted(event.withheld))}")
    if withheld:
        said = str(event.facts.get("finding", ""))
        return Retold(event.id, None, said, None, tuple(withheld))
    facts, on = _facts(case, event), event.day_of("on")
    finding = family_first(facts, on)
    agrees = (
        event.facts["finding"] == finding.result.value
        and event.facts["gate"] == finding.gate.value
        and event.facts["why_not"] == (finding.why_not.value if finding.why_not else None)
        and event.words_of("missing") == [str(each.value) for each in finding.missing]
        and event.words_of("evidence") == list(finding.events)
    )
    return Retold(event.id, on, str(event.facts["finding"]), finding, (), agrees)


def _facts(case: _Case, event: Happened) -> CaseFacts:
    return CaseFacts(
        about=usually_about(Nature(str(event.facts["nature"]))),
        department_contemplates_action=event.truth_of("department_contemplates_action"),
        risk=RiskFacts(event.truth_of("people_at_risk"), event.truth_of("legal_duty_to_refer")),
        conversations=tuple(case.conversations),
        offers=tuple(case.offers.values()),
        joint_local_meetings=tuple(case.joint.values()),
        pre_intervention_meetings=tuple(case.before_a_notice.values()),
        reviews=tuple(case.reviews),
    )


def _happened(case: _Case, event: Happened) -> None:
    match event.type:
        case "conversation:recorded":
            capacities = frozenset(Capacity(each) for each in event.words_of("capacities"))
            held = ConversationFacts(event.id, event.day_of("held_on"), event.truth_of("held"), capacities)
            case.conversations.append(held)
        case "offer:made":
            case.offers[str(event.facts["offer"])] = OfferFacts(
                event.id, event.day, event.day_of("answer_by")
            )
        case "offer:answered":
            answer = OfferAnswer(str(event.facts["answer"]))
            _end_offer(case, event, answer, event.day_of("answered_on"))
        case "offer:lapsed":
            _end_offer(case, event, OfferAnswer.LAPSED, None)
        case "offer:withdrawn":
            _end_offer(case, event, OfferAnswer.WITHDRAWN, event.day)
        case "progress:reviewed":
            progress = event.truth_of("adequate_progress")
            case.reviews.append(ReviewFacts(event.id, event.day_of("held_on"), progress))
        case _:
            _met(case, event)


def _end_offer(case: _Case, event: Happened, answer: OfferAnswer, on: date | None) -> None:
    key = str(event.facts["offer"])
    if key not in case.offers:
        raise ValueError("an offer ends that was not made")
    ended_on = on or case.offers[key].answer_by
    case.offers[key] = replace(case.offers[key], answer=answer, answered_on=ended_on, answer_event=event.id)


def _met(case: _Case, event: Happened) -> None:
    for kept in (case.joint, case.before_a_notice):
        kept.pop(str(event.facts["corrects"]), None)
    key, on = str(event.facts["meeting"]), event.day_of("held_on")
    if MeetingKind(str(event.facts["kind"])) is MeetingKind.JOINT_LOCAL:
        outcomes = [Outcome(each) for each in event.words_of("outcomes")]
        if outcomes:
            case.joint[key] = JointLocalMeetingFacts(event.id, on, max(outcomes, key=_gravity))
        return
    feasible = None if event.facts["sector_led_feasible"] is None else event.truth_of("sector_led_feasible")
    came, declined = (_parties(event, each) for each in (Attendance.ATTENDED, Attendance.DECLINED))
    case.before_a_notice[key] = PreInterventionFacts(event.id, on, came, declined, feasible)


def _gravity(outcome: Outcome) -> int:
    return (Outcome.A, Outcome.B, Outcome.C).index(outcome)


def _parties(event: Happened, attendance: Attendance) -> frozenset[str]:
    attendees = event.facts["attendees"]
    if not isinstance(attendees, list):
        raise TypeError("attendees is not a list")
    found = set()
    for body, capacity, attended in attendees:
        if Attendance(attended) is attendance:
            found.add(party_of(Body(body), Capacity(capacity) if capacity else None))
    return frozenset(found)
