"""When a council was replaced: which councils a case may name in its place, and what a lead must say first."""

from collections.abc import Collection, Mapping, Set
from datetime import date
from uuid import UUID

from clearinghouse.protocol.verdict import ALLOWED, Missing, Verdict, blocked


def successors_today(
    council: UUID, replaced_by: Mapping[UUID, Collection[UUID]], ended_on: Mapping[UUID, date], today: date
) -> frozenset[UUID]:
    """Who stands in an abolished council's place today: what replaced it, and in turn what replaced that (ours).

    Nobody stands in the place of a council that has not ended, and it still stands on the day it ends.
    """
    found, seen, waiting = set[UUID](), {council}, [council]
    while waiting:
        here = waiting.pop()
        if not _ended(here, ended_on, today):
            found.add(here)
            continue
        onward = set(replaced_by.get(here, ())) - seen
        seen |= onward
        waiting += onward
    return frozenset(found - {council})


def may_succeed(chosen: Set[UUID], successors: Set[UUID]) -> Verdict:
    """A case follows to one or several of its council's successors once a lead says which (§19: nothing is lost).

    A council that was split may leave its case with one of those that followed it, or with several.
    """
    if not chosen:
        return blocked(Missing.NO_SUCCESSOR)
    return ALLOWED if chosen <= successors else blocked(Missing.NOT_A_SUCCESSOR)


def may_ask_again(on: date, today: date) -> Verdict:
    """A lead who says not yet says when to be asked again, within a year and never on a day that has come (ours)."""
    if on <= today:
        return blocked(Missing.ASK_AGAIN_NOT_AHEAD)
    return ALLOWED if (on - today).days <= LONGEST_WAIT_DAYS else blocked(Missing.ASK_AGAIN_TOO_LATE)


LONGEST_WAIT_DAYS = 366


def _ended(council: UUID, ended_on: Mapping[UUID, date], today: date) -> bool:
    day = ended_on.get(council)
    return day is not None and day < today
