"""How long what was recorded is kept, and what must be so before any of it is destroyed: ours, not in the document."""

import calendar
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from clearinghouse.protocol.vocabulary import Worded

MOST_MONTHS = 1200
FURTHEST_KEPT_YEARS = 10


class Kept(Worded):
    """What is kept of a case, and destroyed, as one: in the order in which screens list it."""

    SOURCE = "source", "Who raised the concern, and what they were told"
    CONCERN = "concern", "The concern, its triage, and notes of what was owed and of closing"
    CONVERSATIONS = "conversations", "Conversations, offers and their letters"
    BROKERAGE = "brokerage", "Talks with politicians"
    MEETINGS = "meetings", "Meetings, minutes, escalations and reviews"
    PLANS = "plans", "The improvement plan, and what peer teams’ visits were for and found"
    TEAM = "team", "Why warnings about peers were accepted"
    HISTORY = (
        "history",
        "Everything else that was typed, and what the history says beyond kind, day and person",
    )


USUAL_MONTHS: Mapping[Kept, int] = MappingProxyType(
    {
        Kept.SOURCE: 12,
        Kept.CONCERN: 72,
        Kept.CONVERSATIONS: 72,
        Kept.BROKERAGE: 72,
        Kept.MEETINGS: 72,
        Kept.PLANS: 72,
        Kept.TEAM: 72,
        Kept.HISTORY: 144,
    }
)


class Keeps(Worded):
    """Why something may not be destroyed."""

    HELD = "held", "The case is on legal hold."
    NOT_CLOSED = "not_closed", "The case is open, or carried on in one that is."
    NOT_DUE = "not_due", "It is not due yet."
    OWED = "owed", "Something is still owed on the case. Do it first, or end it."
    PACK_WAITS = "pack_waits", "A pack about the case has not been collected yet."
    NOT_PROPOSED = "not_proposed", "Nobody has proposed to destroy it."
    SAME_PERSON = "same_person", "Whoever proposed it cannot confirm it: that takes a second person."
    CHANGED = "changed", "Something was recorded after it was proposed. Send it back, and look at it again."


@dataclass(frozen=True)
class DestructionFacts:
    """What decides whether something may be destroyed.

    `at_request` where a source asked that who they are be destroyed: that waits for no date and for no closing.
    `owed` counts other duties than those to review and to confirm.
    """

    held: bool
    closed: bool
    due_on: date
    owed: int = 0
    pack_waits: bool = False
    at_request: bool = False
    proposed_by: str | None = None
    changed_since: bool = False


@dataclass(frozen=True)
class RetentionSettings:
    """For how many months each thing is kept."""

    months: Mapping[Kept, int] = field(default_factory=lambda: USUAL_MONTHS)

    def until(self, kept: Kept, ended_on: date) -> date:
        """The day on which it falls due, of a case that was closed on a day."""
        return months_after(ended_on, self.months[kept])


class RetentionError(ValueError):
    """The settings cannot be used; the message says why, one line for each error."""


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of its month where that month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def may_propose(facts: DestructionFacts, today: date) -> tuple[Keeps, ...]:
    """Whether it may be proposed that something is destroyed (ours): everything that stands against it.

    A legal hold stands against everything. Otherwise the case must be closed, nothing owed on it, its period over and
    no pack about it under way; unless a source asked for it, which only a hold stands against.
    """
    against = [Keeps.HELD] if facts.held else []
    if not facts.at_request:
        against += [Keeps.NOT_CLOSED] if not facts.closed else []
        against += [Keeps.NOT_DUE] if today < facts.due_on else []
        against += [Keeps.OWED] if facts.owed else []
        against += [Keeps.PACK_WAITS] if facts.pack_waits else []
    return tuple(against)


def may_confirm(facts: DestructionFacts, confirmed_by: str, today: date) -> tuple[Keeps, ...]:
    """Whether a second person may confirm the destruction (ours): all that may_propose asks, of another, of the same.

    Whoever proposed it cannot confirm it, and nothing may have been recorded in between: what is destroyed is what
    both looked at.
    """
    against = list(may_propose(facts, today))
    if facts.proposed_by is None:
        against.append(Keeps.NOT_PROPOSED)
    elif facts.proposed_by == confirmed_by:
        against.append(Keeps.SAME_PERSON)
    if facts.changed_since:
        against.append(Keeps.CHANGED)
    return tuple(against)


def destroyed_with(kinds: Collection[Kept]) -> tuple[Kept, ...]:
    """What is destroyed with these (ours): with the history all of the case goes, else each alone."""
    return tuple(kept for kept in Kept if kept in kinds or Kept.HISTORY in kinds)


def parse_retention(data: Mapping[str, object]) -> RetentionSettings:
    """Read the settings as `tomllib` gives them: a table for each thing that is kept, with its `months`.

    What has no table is kept as long as is usual. Raises RetentionError with a line for each unknown table or entry,
    each period that is none, and where the history would be destroyed before what it is the history of.
    """
    problems: list[str] = []
    months = dict(USUAL_MONTHS)
    for name, table in data.items():
        if name not in set(Kept):
            problems.append(f"retention: unknown table [{name}]")
        elif not isinstance(table, Mapping) or set(table) != {"months"}:
            problems.append(f"retention: [{name}] must have one entry, months")
        elif (
            isinstance(table["months"], bool)
            or not isinstance(table["months"], int)
            or not 1 <= table["months"] <= MOST_MONTHS
        ):
            problems.append(f"retention: [{name}] months must be a whole number from 1 to {MOST_MONTHS}")
        else:
            months[Kept(name)] = table["months"]
    longest = max(months.values())
    if not problems and months[Kept.HISTORY] < longest:
        problems.append(f"retention: [history] months must be {longest} or more, since all else goes with it")
    if problems:
        raise RetentionError("\n".join(problems))
    return RetentionSettings(MappingProxyType(months))
