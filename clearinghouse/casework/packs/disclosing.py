"""Reading a case's events as a pack shows them, for the preview that is approved and for the pack itself alike."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from clearinghouse.access.roles import ActorKind, Grant
from clearinghouse.casework.packs.scope import KIND_SHOWN
from clearinghouse.casework.staff import grants_over_time
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
from clearinghouse.records.keyring import keyring_of
from clearinghouse.records.ledger import LedgerEvent, told_under_seal
from clearinghouse.records.sealed import Compartment
from clearinghouse.vault.disclosures import disclosures

_AT_ONCE = 500
_SAID = {
    ActorKind.CLOCK.value: "The program's clock",
    ActorKind.OPERATOR.value: "The operator of the installation",
    ActorKind.STRANGER.value: "Somebody not signed in",
    ActorKind.PEER.value: "A peer",
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
        self._people: dict[str, tuple[int, Callable[[datetime], tuple[Grant, ...]]]] = {}

    def of(self, actor: str, at: datetime) -> str:
        """The capacity of whoever acted then."""
        if actor in _SAID:
            return _SAID[actor]
        if actor not in self._people:
            self._people[actor] = len(self._people) + 1, grants_over_time(self._work, UUID(actor))
        number, grants = self._people[actor]
        roles = sorted({grant.role.words for grant in grants(at)})
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
    columns = ("seq", "id", "hash", "type", "at", "actor", "body", "disclosed")
    query = select(*(getattr(LedgerEvent, name) for name in columns)).order_by(LedgerEvent.seq)
    query = query.where(LedgerEvent.stream_id == str(case_id))
    if end is not None:
        query = query.where(LedgerEvent.seq <= end)
    keyring_of(work.session).hold({case_id}, Compartment.LEDGER)
    for row in work.session.execute(query.execution_options(yield_per=_AT_ONCE)):
        names = shown.get(row.type, ()) if row.seq <= shown_to else ()
        yield _shown(work, case_id, row, names, capacities)


def _shown(
    work: Work, case_id: UUID, row: Row[Any], names: Collection[str], capacities: Capacities
) -> ShownEvent:
    if row.disclosed is None or row.type not in KIND_SHOWN:
        return ShownEvent(UUID(row.id), row.seq, row.hash)
    at, facts, disclosed = datetime.fromisoformat(row.at), dict[str, object](), dict[str, str]()
    if names:  # nothing of the others need be opened
        said = told_under_seal(work.session, case_id, UUID(row.id), row.disclosed)
        facts = {name: said.facts[name] for name in sorted(said.facts) if name in names}
        disclosed = disclosures(said.seed, facts)
    return ShownEvent(
        id=UUID(row.id),
        seq=row.seq,
        hash=row.hash,
        type=Event(row.type),
        at=at,
        who=capacities.of(row.actor, at),
        facts=tuple(
            ShownFact(words, _fact_in_words(work, case_id, name, facts[name]))
            for name, words in _LABELS.items()
            if name in facts
        ),
        withheld=len(json.loads(row.body)["_sd"]) - len(facts),
        body=row.body,
        disclosures=tuple(disclosed.values()),
    )


def events_of(work: Work, case_id: UUID) -> int:
    """The number of the case's last event."""
    query = select(func.max(LedgerEvent.seq)).where(LedgerEvent.stream_id == str(case_id))
    return work.session.scalars(query).one() or 0


def _fact_in_words(work: Work, case_id: UUID, name: str, value: object) -> str:
    if name == "evidence" and isinstance(value, list):
        mine = (LedgerEvent.stream_id == str(case_id), LedgerEvent.id.in_(value))
        found = work.session.scalars(select(LedgerEvent.seq).where(*mine).order_by(LedgerEvent.seq))
        return ", ".join(f"event {number}" for number in found) or "Nothing"
    return _in_words(name, value)


def _in_words(name: str, value: object) -> str:
    if value is None:
        return "Not said"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if name == "attendees" and isinstance(value, list):
        return "; ".join(_attendee(*each) for each in value)
    if isinstance(value, list):
        return "; ".join(_in_words(name, each) for each in value) or "Nothing"
    if name in _DAYS:
        day = date.fromisoformat(str(value))
        return f"{day.day} {day:%B %Y}"
    kind = _ENUMERATIONS.get(name)
    return kind(str(value)).words if kind else str(value)


def _attendee(body: str, capacity: str | None, attendance: str) -> str:
    of = f", {Capacity(capacity).within}" if capacity else ""
    return f"{Body(body).words}{of}: {Attendance(attendance).words.lower()}"
