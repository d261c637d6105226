"""The history of a case, in plain words, from its ledger: who, when and what; never who looked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.sight import names_of
from clearinghouse.casework.world import Work
from clearinghouse.protocol.advocacy import AdvocacyEnd
from clearinghouse.protocol.brokerage import BrokerageOutcome
from clearinghouse.protocol.minutes import MinuteParty
from clearinghouse.protocol.plans import ActionState
from clearinghouse.protocol.recurrence import Rhythm
from clearinghouse.protocol.team_work import OutputKind, VisitKind
from clearinghouse.protocol.vocabulary import (
    Body,
    Capacity,
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
from clearinghouse.records.duties import DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.people import User

LATEST = 20
_ENOUGH = 200
"""So many events make up the latest entries, each with the duties that it set and ended."""

_VIEWS = frozenset(
    {
        Event.CASE_OPENED,
        Event.SOURCE_OPENED,
        Event.ROUND_TABLE_TOLD,
        Event.DOCUMENT_DOWNLOADED,
        Event.SOURCE_DOCUMENT_DOWNLOADED,
        Event.QUESTIONNAIRE_EXPORTED,
    }
)
_OF_SOURCES = frozenset(
    {
        Event.SOURCE_TOLD,
        Event.SOURCE_ASKED,
        Event.SOURCE_DOCUMENT_ADDED,
        Event.SOURCE_DOCUMENT_REMOVED,
    }
)
"""What these say is for those alone who may know the source; the history says that the duty was done."""

_OF_WALLS = frozenset(
    {Event.WALL_LIFT_ASKED, Event.WALL_LIFTED, Event.WALL_LIFT_REFUSED, Event.WALL_LIFT_ENDED}
)
"""That one of us is linked to a council is for those who lead its region: a page of theirs says it."""

_SHOWN = tuple(event for event in Event if event not in _VIEWS | _OF_SOURCES | _OF_WALLS)


@dataclass(frozen=True)
class Happening:
    """One entry of the history: a change, and the `steps` that it ended, moved or set."""

    words: str
    by: str
    at: datetime
    text: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class History:
    """Entries of the history, the latest first, and whether there are more."""

    entries: tuple[Happening, ...]
    more: bool


@dataclass(frozen=True)
class _Names:
    people: Mapping[str, str]
    authorities: Mapping[str, str]


_Facts = Mapping[str, object]


def history_of(work: Work, case_id: UUID, *, whole: bool = False) -> History:
    """The case's changes but for the views, the latest first; a duty that one brought about stands under it."""
    found = ledger.entries(work.session, case_id, *_SHOWN, limit=None if whole else _ENOUGH)
    changes = _changes(found)
    shown = changes if whole else changes[:LATEST]
    events = [event for change in shown for event in change]
    named = _names(work, {fact for event in events for fact in _texts(event.facts)})
    actors = names_of(work, {event.actor for event in events})
    return History(
        entries=tuple(_happening(change, actors, named) for change in shown),
        more=not whole and (len(changes) > LATEST or len(found) == _ENOUGH),
    )


def _changes(latest_first: Sequence[ledger.Entry]) -> list[list[ledger.Entry]]:
    """The events by change, the latest change first: the cause, then the duties that it touched in their order."""
    changes = list[list[ledger.Entry]]()
    for event in reversed(latest_first):
        cause = changes[-1][0] if changes else None
        if cause and event.type in _STEPS and (event.actor, event.at) == (cause.actor, cause.at):
            changes[-1].append(event)
        else:
            changes.append([event])
    return changes[::-1]


def _happening(change: Sequence[ledger.Entry], actors: Mapping[str, str], names: _Names) -> Happening:
    cause, *steps = change
    steps.sort(key=lambda step: list(_STEPS).index(step.type))
    return Happening(
        words=_words(cause),
        by=actors[cause.actor],
        at=cause.at,
        text=_text(cause, names),
        steps=tuple(
            f"{_STEPS[step.type] if _is_done(step) else _DROPPED}: {_duty(step.facts, names)}"
            for step in steps
        ),
    )


def _names(work: Work, facts: set[str]) -> _Names:
    keys = [key for fact in facts if (key := _key(fact)) is not None]
    people = work.session.execute(select(User.id, User.name).where(User.id.in_(keys)))
    authorities = work.session.execute(select(Authority.id, Authority.name).where(Authority.id.in_(keys)))
    return _Names({str(row.id): row.name for row in people}, {str(row.id): row.name for row in authorities})


def _texts(facts: _Facts) -> Iterator[str]:
    for fact in facts.values():
        yield from (str(each) for each in (fact if isinstance(fact, list) else [fact]))


def _key(fact: str) -> UUID | None:
    try:
        return UUID(fact)
    except ValueError:
        return None


def _words(entry: ledger.Entry) -> str:
    if not _is_done(entry):
        return "Step no longer needed"
    return _WORDS.get(entry.type, entry.type.words)


def _is_done(entry: ledger.Entry) -> bool:
    state = entry.facts.get(
        "state", DutyState.DONE
    )  # where that is destroyed, no more than that it ended is known
    return entry.type is not Event.DUTY_DONE or state == DutyState.DONE


def _text(entry: ledger.Entry, names: _Names) -> str:
    if not entry.facts:  # nothing was said, or what was is destroyed
        return ""
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


def _repeat(facts: _Facts, _: _Names) -> str:
    rhythm = _worded(Rhythm, facts.get("rhythm")).lower()
    until = f" until {_day(facts['until'])}" if facts.get("until") else ""
    return f"{_worded(DutyKind, facts.get('kind'))}, {rhythm} from {_day(facts.get('first_on'))}{until}"


def _triage(facts: _Facts, _: _Names) -> str:
    return _worded(Route, facts.get("decided") or facts.get("route"))


def _answer(facts: _Facts, _: _Names) -> str:
    return _worded(OfferAnswer, facts.get("answer"))


def _closed(facts: _Facts, _: _Names) -> str:
    return _worded(ClosingOutcome, facts.get("outcome"))


def _corrected(facts: _Facts, names: _Names) -> str:
    wrong, right = (names.authorities.get(str(facts.get(each)), "") for each in ("wrong", "right"))
    return f"{right}, not {wrong}"


def _succeeded(facts: _Facts, names: _Names) -> str:
    found = facts.get("successors")
    now = [names.authorities.get(str(each), "") for each in found] if isinstance(found, list) else []
    return f"{' and '.join(now)}, formerly {names.authorities.get(str(facts.get('council')), '')}"


def _questionnaire(facts: _Facts, _: _Names) -> str:
    if "answered" in facts:
        return f"{facts['answered']} of {facts['asked']} answered this time"
    return (
        f"Asked of {facts.get('asked')}, until {_day(facts['closes_on'])}" if facts.get("closes_on") else ""
    )


def _moved(facts: _Facts, _: _Names) -> str:
    found = facts.get("regions")
    return " and ".join(str(each) for each in found) if isinstance(found, list) else ""


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


def _letter(facts: _Facts, _: _Names) -> str:
    return f"To {Capacity(str(facts['capacity'])).within}"


def _brokerage(facts: _Facts, names: _Names) -> str:
    return names.people.get(str(facts.get("political_lead")), "")


def _talk(facts: _Facts, names: _Names) -> str:
    came_to = _worded(BrokerageOutcome, facts.get("outcome")) if facts.get("held") else "Attempted"
    return ". ".join(part for part in (_held(facts, names), came_to) if part)


def _advocacy(facts: _Facts, _: _Names) -> str:
    return f"In its difference with {Body(str(facts['body'])).within}"


def _advocacy_end(facts: _Facts, _: _Names) -> str:
    return _worded(AdvocacyEnd, facts.get("end"))


def _meeting(facts: _Facts, names: _Names) -> str:
    found = facts.get("outcomes")
    outcomes = [_worded(Outcome, each) for each in found] if isinstance(found, list) else []
    return ". ".join(part for part in (_held(facts, names), *outcomes) if part)


def _minute(facts: _Facts, _: _Names) -> str:
    return _worded(MinuteParty, facts.get("party"))


def _escalation(facts: _Facts, _: _Names) -> str:
    action = f"{_worded(EscalationAction, facts['action'])} by {Body(str(facts['body'])).within}"
    return f"{action}. {_worded(FamilyFirst, facts['finding'])}"


def _reviewed(facts: _Facts, _: _Names) -> str:
    return "Adequate progress" if facts.get("adequate_progress") else "No adequate progress"


def _plan(facts: _Facts, _: _Names) -> str:
    pounds = facts.get("pounds")
    paid = f", £{pounds:,}" if isinstance(pounds, int) else ""
    return f"RIEP-funded{paid}" if facts.get("riep_funded") else "Not funded by the RIEP"


def _plan_action(facts: _Facts, _: _Names) -> str:
    if facts.get("from_on"):
        return f"From {_day(facts['from_on'])} to {_day(facts['due_on'])}"
    return f"Due {_day(facts['due_on'])}"


def _plan_progress(facts: _Facts, _: _Names) -> str:
    return _worded(ActionState, facts.get("state"))


def _visit(facts: _Facts, _: _Names) -> str:
    first, last = (_day(facts[each]) for each in ("first", "last"))
    kind = _worded(VisitKind, facts.get("kind"))
    return ", ".join(part for part in (kind, first if first == last else f"{first} to {last}") if part)


def _output(facts: _Facts, _: _Names) -> str:
    kind = _worded(OutputKind, facts.get("kind"))
    return f"{kind}, due {_day(facts['due_on'])}" if facts.get("due_on") else kind


def _worded(words: type[StrEnum], value: object) -> str:
    """The words of a value of a closed list; nothing for a fact that is not there."""
    return str(getattr(words(str(value)), "words", "")) if value in set(words) else ""


def _day(fact: object) -> str:
    day = date.fromisoformat(str(fact))
    return f"{day.day} {day:%B %Y}"


_STEPS: Mapping[Event, str] = {
    Event.DUTY_DONE: "Done",
    Event.DUTY_MOVED: "Moved",
    Event.DUTY_SET: "Next",
}
"""What a change does to duties, as the lines of its entry say it, in their order."""

_DROPPED = "No longer needed"

_WORDS: Mapping[Event, str] = {
    Event.CONCERN_LOGGED: "Concern logged",
    Event.CASE_TRIAGED: "Triage completed",
    Event.CASE_ROUTED: "Route decided",
    Event.CASE_CORRECTED: "Authority corrected",
    Event.CASE_ASSIGNED: "People on the case changed",
    Event.CASE_MOVED: "Moved with what the register says",
    Event.CASE_SUCCEEDED: "Council replaced",
    Event.SUCCESSION_DECLINED: "Stays under the old name for now",
    Event.CASE_JOINED: "Another case joined to this one",
    Event.CASE_SEPARATED: "A joined case opened again by itself",
    Event.DUTY_SET: "Next step set",
    Event.DUTY_MOVED: "Next step moved",
    Event.DUTY_DONE: "Step done",
    Event.DUTY_REMINDED: "Reminder sent",
    Event.DUTY_OVERDUE: "Step overdue",
    Event.DUTY_RAISED_TO_DEPUTY: "Overdue step raised further",
    Event.DUTY_REPEATED: "Step set to repeat",
    Event.DUTY_REPEAT_ENDED: "Step repeats no more",
    Event.RETENTION_DUE: "Due for review before it is destroyed",
    Event.RETENTION_KEPT: "Kept for longer",
    Event.RETENTION_WITHDRAWN: "Review ended, since the case is open",
    Event.DESTRUCTION_PROPOSED: "Destruction proposed",
    Event.DESTRUCTION_STOPPED: "Destruction stopped by a second person",
    Event.DESTRUCTION_CONFIRMED: "Destroyed, confirmed by a second person",
    Event.HOLD_PLACED: "Put on legal hold",
    Event.HOLD_LIFT_ASKED: "Lifting of the legal hold proposed",
    Event.HOLD_LIFT_REFUSED: "Legal hold stays",
    Event.HOLD_LIFTED: "Legal hold lifted by a second person",
    Event.CASE_FOUND_WITHOUT_DUTY: "Found without a next step",
    Event.OFFER_MADE: "Sector offer made",
    Event.OFFER_ANSWERED: "Sector offer answered",
    Event.OFFER_LAPSED: "Sector offer lapsed without an answer",
    Event.OFFER_LETTER_ISSUED: "Letter of the offer issued",
    Event.AUTHORITY_TOLD: "Authority told of the escalation",
    Event.BROKERAGE_ASKED: "Political lead asked to broker",
    Event.BROKERAGE_TALKED: "Talk with politicians recorded",
    Event.RIEP_HANDED: "Handed to the RIEP",
    Event.RIEP_AGREED: "Way forward agreed",
    Event.ADVOCACY_AGREED: "The family stands with the authority",
    Event.ADVOCACY_ENDED: "Advocacy ended",
    Event.PLAN_AGREED: "Improvement plan agreed",
    Event.PLAN_AMENDED: "Improvement plan changed",
    Event.PLAN_ACTION_ADDED: "Action added to the plan",
    Event.PLAN_ACTION_CHANGED: "Action of the plan changed",
    Event.PLAN_PROGRESS_RECORDED: "Progress on the plan recorded",
    Event.TEAM_PACKAGE_CHOSEN: "What kind of support the team gives changed",
    Event.TEAM_MANAGER_NAMED: "Project manager of the team named",
    Event.TEAM_CONTACTED: "Team in touch between visits",
    Event.VISIT_PLANNED: "Visit of the team planned",
    Event.VISIT_MOVED: "Visit of the team moved",
    Event.VISIT_CANCELLED: "Visit of the team cancelled",
    Event.VISIT_HELD: "Visit of the team took place",
    Event.VISIT_FOUND: "What the team found added to",
    Event.OUTPUT_OWED: "The team’s work owes",
    Event.OUTPUT_DELIVERED: "The team’s work delivered",
    Event.RISK_REFERRAL_MADE: "Referred at once because people are at risk",
    Event.RISK_REFERRAL_CONFIRMED: "Referral confirmed by a second lead",
    Event.RISK_REFERRAL_QUESTIONED: "Referral questioned by a second lead",
    Event.RISK_REFERRAL_REVIEWED: "Referral reviewed",
    Event.ROUND_TABLE_DECIDED: "Decided at the regional round table",
    Event.QUESTIONNAIRE_MADE: "Questionnaire begun",
    Event.QUESTIONNAIRE_DROPPED: "Questionnaire given up before it was sent",
    Event.QUESTIONNAIRE_SENT: "Questionnaire sent to the council’s staff",
    Event.QUESTIONNAIRE_REMINDED: "Reminded of the questionnaire",
    Event.QUESTIONNAIRE_CHASED: "Few have answered the questionnaire by half-time",
    Event.BREAK_GLASS_OPENED: "Opened by break-glass, by a lead of another region",
    Event.BREAK_GLASS_ENDED: "Opening by break-glass ended",
    Event.BREAK_GLASS_REVIEWED: "Opening by break-glass reviewed",
}

_TEXTS: Mapping[Event, Callable[[_Facts, _Names], str]] = {
    Event.CASE_TRIAGED: _triage,
    Event.CASE_ROUTED: _triage,
    Event.CASE_CORRECTED: _corrected,
    Event.CASE_ASSIGNED: _assigned,
    Event.CASE_MOVED: _moved,
    Event.CASE_SUCCEEDED: _succeeded,
    Event.CASE_CLOSED: _closed,
    Event.CONVERSATION_RECORDED: _held,
    Event.OFFER_ANSWERED: _answer,
    Event.OFFER_LETTER_ISSUED: _letter,
    Event.AUTHORITY_TOLD: _letter,
    Event.BROKERAGE_ASKED: _brokerage,
    Event.BROKERAGE_TALKED: _talk,
    Event.RIEP_HANDED: _assigned,
    Event.ADVOCACY_AGREED: _advocacy,
    Event.ADVOCACY_ENDED: _advocacy_end,
    Event.PLAN_AGREED: _plan,
    Event.PLAN_AMENDED: _plan,
    Event.PLAN_ACTION_ADDED: _plan_action,
    Event.PLAN_ACTION_CHANGED: _plan_action,
    Event.PLAN_PROGRESS_RECORDED: _plan_progress,
    Event.PROGRESS_REVIEWED: _reviewed,
    Event.DUTY_SET: _duty,
    Event.DUTY_MOVED: _duty,
    Event.DUTY_DONE: _duty,
    Event.DUTY_REMINDED: _duty,
    Event.DUTY_OVERDUE: _duty,
    Event.DUTY_RAISED_TO_DEPUTY: _duty,
    Event.DUTY_REPEATED: _repeat,
    Event.DUTY_REPEAT_ENDED: _duty,
    Event.MEETING_RECORDED: _meeting,
    Event.MEETING_CORRECTED: _meeting,
    Event.MINUTE_ISSUED: _minute,
    Event.QUESTIONNAIRE_SENT: _questionnaire,
    Event.QUESTIONNAIRE_CLOSED: _questionnaire,
    Event.ESCALATION_RECORDED: _escalation,
    Event.ESCALATION_CORRECTED: _escalation,
    Event.REFERRAL_MADE: _escalation,
    Event.RISK_REFERRAL_MADE: _escalation,
    Event.VISIT_PLANNED: _visit,
    Event.VISIT_MOVED: _visit,
    Event.OUTPUT_OWED: _output,
    Event.OUTPUT_DELIVERED: _output,
    Event.TEAM_CONTACTED: _held,
}
