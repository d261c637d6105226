"""Reading a case's events as a pack shows them, for the preview that is approved and for the pack itself alike."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from clearinghouse.access.roles import ActorKind
from clearinghouse.casework.packs.scope import HASH_ALONE
from clearinghouse.casework.staff import grants_at
from clearinghouse.casework.world import Work
from clearinghouse.protocol.finding import WhyNot
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Body,
    Capacity,
    ClosingOutcome,
    EscalationAction,
    FamilyFirst,
    Gate,
    MeetingKind,
    Nature,
    OfferAnswer,
    Outcome,
)
from clearinghouse.records.events import Event
from clearinghouse.records.ledger import LedgerEvent, told

_AT_ONCE = 500
_SAID = {
    ActorKind.CLOCK.value: "The program's clock",
    ActorKind.OPERATOR.value: "The operator of the installation",
    ActorKind.STRANGER.value: "Somebody not signed in",
}
_ENUMERATIONS = {
    "capacities": Capacity,
    "answer": OfferAnswer,
    "kind": MeetingKind,
    "outcomes": Outcome,
    "body": Body,
    "action": EscalationAction,
    "finding": FamilyFirst,
    "gate": Gate,
    "missing": Missing,
    "why_not": WhyNot,
    "nature": Nature,
    "outcome": ClosingOutcome,
}
_DAYS = frozenset({"held_on", "answer_by", "answered_on", "on", "authority_told_on"})
_LABELS = {
    "held": "Held",
    "held_on": "Day",
    "capacities": "With",
    "answer_by": "Answer asked for by",
    "answer": "Answer",
    "answered_on": "Answered on",
    "kind": "Meeting",
    "outcomes": "Outcomes",
    "sector_led_feasible": "Sector-led approach feasible",
    "attendees": "Asked",
    "adequate_progress": "Adequate progress",
    "ours": "Our own referral",
    "at_once": "Made at once",
    "body": "Body",
    "action": "Action",
    "on": "Day of it",
    "finding": "Finding",
    "gate": "Gate",
    "missing": "Missing",
    "evidence": "Rests on",
    "why_not": "Why not",
    "authority_told_on": "Authority told on",
    "nature": "Nature of the concern",
    "people_at_risk": "People at risk now",
    "legal_duty_to_refer": "Legal duty to refer",
    "department_contemplates_action": "A regulator or department contemplated action",
    "outcome": "Outcome",
}


@dataclass(frozen=True)
class ShownFact:
    """A fact as a person reads it."""

    label: str
    words: str


@dataclass(frozen=True)
class ShownEvent:
    """An event as a pack shows it: `withheld` counts the values that stay digests.

    `who` is the capacity of whoever acted, never a name; `body` and `disclosures` are what the pack holds of it. Of an
    event that is shown by its `hash` alone, everything else is empty.
    """

    id: UUID
    seq: int
    hash: bytes
    type: Event | None = None
    at: datetime | None = None
    who: str = ""
    facts: tuple[ShownFact, ...] = ()
    withheld: int = 0
    body: bytes = b""
    disclosures: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What happened."""
        return self.type.words if self.type else "Shown by its hash alone"


class Capacities:
    """In what capacity people acted: their role at that instant, and a number that tells two of one role apart."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._numbers: dict[str, int] = {}

    def of(self, actor: str, at: datetime) -> str:
        """The capacity of whoever acted then."""
        if actor in _SAID:
            return _SAID[actor]
        number = self._numbers.setdefault(actor, len(self._numbers) + 1)
        roles = sorted({grant.role.words for grant in grants_at(self._work, UUID(actor), at)})
        return f"{' and '.join(roles) or 'No role any more'} (person {number})"


def shown_events(
    work: Work,
    case_id: UUID,
    shown: Mapping[str, Collection[str]],
    shown_to: int,
    capacities: Capacities,
    end: int | None = None,
) -> Iterator[ShownEvent]:
    """A case's events in their order, each with the facts that may be shown of it; none after number `shown_to`."""
    query = select(LedgerEvent).where(LedgerEvent.stream_id == str(case_id)).order_by(LedgerEvent.seq)
    if end is not None:
        query = query.where(LedgerEvent.seq <= end)
    numbers = select(LedgerEvent.id, LedgerEvent.seq).where(LedgerEvent.stream_id == str(case_id))
    sequence = {row.id: row.seq for row in work.session.execute(numbers)}
    for row in work.session.scalars(query.execution_options(yield_per=_AT_ONCE)):
        yield _shown(work, row, shown.get(row.type, ()) if row.seq <= shown_to else (), capacities, sequence)
        work.session.expunge(row)


def _shown(
    work: Work, row: LedgerEvent, names: Collection[str], capacities: Capacities, sequence: Mapping[str, int]
) -> ShownEvent:
    if row.disclosed is None or row.type in HASH_ALONE:
        return ShownEvent(UUID(row.id), row.seq, row.hash)
    said, at = told(work.session, row), datetime.fromisoformat(row.at)
    chosen = [name for name in sorted(said.facts) if name in names]
    disclosures = said.disclosures if chosen else {}
    return ShownEvent(
        id=UUID(row.id),
        seq=row.seq,
        hash=row.hash,
        type=Event(row.type),
        at=at,
        who=capacities.of(row.actor, at),
        facts=tuple(
            ShownFact(words, _in_words(name, said.facts[name], sequence))
            for name, words in _LABELS.items()
            if name in chosen
        ),
        withheld=len(said.values) - len(chosen),
        body=row.body,
        disclosures=tuple(disclosures[name] for name in chosen),
    )


def events_of(work: Work, case_id: UUID) -> int:
    """The number of the case's last event."""
    query = select(func.max(LedgerEvent.seq)).where(LedgerEvent.stream_id == str(case_id))
    return work.session.scalars(query).one() or 0


def _in_words(name: str, value: object, sequence: Mapping[str, int]) -> str:
    if value is None:
        return "Not said"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if name == "evidence" and isinstance(value, list):
        return ", ".join(f"event {sequence[each]}" for each in value if each in sequence) or "Nothing"
    if name == "attendees" and isinstance(value, list):
        return "; ".join(_attendee(*each) for each in value)
    if isinstance(value, list):
        return "; ".join(_in_words(name, each, sequence) for each in value) or "Nothing"
    if name in _DAYS:
        day = date.fromisoformat(str(value))
        return f"{day.day} {day:%B %Y}"
    kind = _ENUMERATIONS.get(name)
    return kind(str(value)).words if kind else str(value)


def _attendee(body: str, capacity: str | None, attendance: str) -> str:
    of = f", {Capacity(capacity).within}" if capacity else ""
    return f"{Body(body).words}{of}: {Attendance(attendance).words.lower()}"
