"""What has happened on a case, in plain words, from its ledger: who, when and what; never who looked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.sight import names_of
from clearinghouse.casework.world import Work
from clearinghouse.protocol.vocabulary import (
    Body,
    ClosingOutcome,
    DutyKind,
    EscalationAction,
    FamilyFirst,
    OfferAnswer,
    Outcome,
    Route,
)
from clearinghouse.records import ledger
from clearinghouse.records.authorities import Authority
from clearinghouse.records.events import Event
from clearinghouse.records.people import User

LATEST = 100

_VIEWS = frozenset({Event.CASE_OPENED, Event.SOURCE_OPENED})
_SHOWN = tuple(event for event in Event if event not in _VIEWS)


@dataclass(frozen=True)
class Happening:
    """One entry of the timeline."""

    words: str
    by: str
    at: datetime
    text: str


@dataclass(frozen=True)
class _Names:
    people: Mapping[str, str]
    authorities: Mapping[str, str]


_Facts = Mapping[str, object]


def timeline_of(work: Work, case_id: UUID) -> tuple[Happening, ...]:
    """The latest events of the case but for the views, the last first."""
    entries = ledger.entries(work.session, case_id, *_SHOWN, limit=LATEST)
    keys = {str(fact) for entry in entries for fact in entry.facts.values() if isinstance(fact, str)}
    named = _names(work, keys)
    actors = names_of(work, {entry.actor for entry in entries})
    return tuple(
        Happening(_words(entry), actors[entry.actor], entry.at, _text(entry, named)) for entry in entries
    )


def _names(work: Work, facts: set[str]) -> _Names:
    keys = [key for fact in facts if (key := _key(fact)) is not None]
    people = work.session.execute(select(User.id, User.name).where(User.id.in_(keys)))
    authorities = work.session.execute(select(Authority.id, Authority.name).where(Authority.id.in_(keys)))
    return _Names({str(row.id): row.name for row in people}, {str(row.id): row.name for row in authorities})


def _key(fact: str) -> UUID | None:
    try:
        return UUID(fact)
    except ValueError:
        return None


def _words(entry: ledger.Entry) -> str:
    if entry.type is Event.DUTY_DONE and entry.facts.get("state") != "done":
        return "Duty ended without being done"
    return _WORDS.get(entry.type, entry.type.words)


def _text(entry: ledger.Entry, names: _Names) -> str:
    say = _TEXTS.get(entry.type)
    return say(entry.facts, names) if say else ""


def _duty(facts: _Facts, names: _Names) -> str:
    parts = [_worded(DutyKind, facts.get("kind"))]
    if facts.get("due_on"):
        parts.append(f"due {_day(facts['due_on'])}")
    if facts.get("from_on"):
        parts.append(f"from {_day(facts['from_on'])} to {_day(facts['to_on'])}")
    if names.people.get(str(facts.get("owner"))):
        parts.append(f"owed by {names.people[str(facts['owner'])]}")
    return ", ".join(part for part in parts if part)


def _triage(facts: _Facts, _: _Names) -> str:
    return _worded(Route, facts.get("decided") or facts.get("route"))


def _answer(facts: _Facts, _: _Names) -> str:
    return _worded(OfferAnswer, facts.get("answer"))


def _offer(facts: _Facts, _: _Names) -> str:
    return f"The authority answers by {_day(facts['answer_by'])}" if facts.get("answer_by") else ""


def _closed(facts: _Facts, _: _Names) -> str:
    return _worded(ClosingOutcome, facts.get("outcome"))


def _corrected(facts: _Facts, names: _Names) -> str:
    wrong, right = (names.authorities.get(str(facts.get(each)), "") for each in ("wrong", "right"))
    return f"{right}, not {wrong}"


def _assigned(facts: _Facts, names: _Names) -> str:
    said = {
        "owner": "Owner",
        "team": "On the case",
        "custodian": "Source custodian",
        "left": "No longer on the case",
    }
    return ". ".join(
        f"{words}: {names.people[str(facts[fact])]}"
        for fact, words in said.items()
        if str(facts.get(fact)) in names.people
    )


def _held(facts: _Facts, _: _Names) -> str:
    return f"On {_day(facts['held_on'])}" if facts.get("held_on") else ""


def _meeting(facts: _Facts, names: _Names) -> str:
    found = facts.get("outcomes")
    outcomes = [_worded(Outcome, each) for each in found] if isinstance(found, list) else []
    return ". ".join(part for part in (_held(facts, names), *outcomes) if part)


def _escalation(facts: _Facts, _: _Names) -> str:
    parts = (
        _worded(Body, facts.get("body")),
        _worded(EscalationAction, facts.get("action")),
        _worded(FamilyFirst, facts.get("finding")),
    )
    return ". ".join(part for part in parts if part)


def _worded(words: type[StrEnum], value: object) -> str:
    """The words of a value of a closed list; nothing for a fact that is not there."""
    return str(getattr(words(str(value)), "words", "")) if value in set(words) else ""


def _day(fact: object) -> str:
    day = date.fromisoformat(str(fact))
    return f"{day.day} {day:%B %Y}"


_WORDS: Mapping[Event, str] = {
    Event.CONCERN_LOGGED: "Concern logged",
    Event.CASE_TRIAGED: "Triage completed",
    Event.CASE_ROUTED: "Route decided",
    Event.CASE_CORRECTED: "Authority corrected",
    Event.CASE_ASSIGNED: "People on the case changed",
    Event.DUTY_SET: "Next step set",
    Event.DUTY_MOVED: "Next step moved",
    Event.DUTY_DONE: "Step done",
    Event.DUTY_REMINDED: "Reminder sent",
    Event.DUTY_OVERDUE: "Step overdue",
    Event.OFFER_MADE: "Sector offer made",
    Event.OFFER_ANSWERED: "Sector offer answered",
    Event.OFFER_LAPSED: "Sector offer lapsed without an answer",
    Event.RISK_REFERRAL_MADE: "Referred at once because people are at risk",
    Event.RISK_REFERRAL_CONFIRMED: "Referral confirmed by a second lead",
    Event.RISK_REFERRAL_QUESTIONED: "Referral questioned by a second lead",
    Event.RISK_REFERRAL_REVIEWED: "Referral reviewed",
}

_TEXTS: Mapping[Event, Callable[[_Facts, _Names], str]] = {
    Event.CASE_TRIAGED: _triage,
    Event.CASE_ROUTED: _triage,
    Event.CASE_CORRECTED: _corrected,
    Event.CASE_ASSIGNED: _assigned,
    Event.CASE_CLOSED: _closed,
    Event.CONVERSATION_RECORDED: _held,
    Event.OFFER_MADE: _offer,
    Event.OFFER_ANSWERED: _answer,
    Event.DUTY_SET: _duty,
    Event.DUTY_MOVED: _duty,
    Event.DUTY_DONE: _duty,
    Event.DUTY_REMINDED: _duty,
    Event.DUTY_OVERDUE: _duty,
    Event.MEETING_RECORDED: _meeting,
    Event.ESCALATION_RECORDED: _escalation,
    Event.ESCALATION_CORRECTED: _escalation,
    Event.REFERRAL_MADE: _escalation,
    Event.RISK_REFERRAL_MADE: _escalation,
}
