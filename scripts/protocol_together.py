"""The sections of docs/protocol.md about councils that were replaced, and concerns that may belong together."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from protocol_markdown import grid, rule, table, yes

from clearinghouse.protocol import convergence, succession
from clearinghouse.protocol.convergence import WAITS_FOR_NOBODY, WINDOW_DAYS, ConcernsOfCase
from clearinghouse.protocol.verdict import Verdict
from clearinghouse.protocol.vocabulary import DutyKind, Nature, Standing

TODAY = date(2025, 6, 30)
DAY = timedelta(days=1)
OLD, NEW, OTHER, LATEST = (UUID(int=n) for n in range(1, 5))
NAMES = {OLD: "the old one", NEW: "the new one", OTHER: "another new one", LATEST: "the latest"}


def _words(verdict: Verdict) -> str:
    return "yes" if verdict.allowed else " ".join(reason.words for reason in verdict.missing)


def _stands(lineage: Mapping[UUID, tuple[UUID, ...]], ended: Mapping[UUID, date]) -> str:
    found = succession.successors_today(OLD, lineage, ended, TODAY)
    return " and ".join(NAMES[each] for each in sorted(found)) or "nobody"


def succession_section() -> str:
    """A council was replaced: who stands in its place, and what a lead says."""
    lineage: Mapping[str, dict[UUID, tuple[UUID, ...]]] = {
        "no successor": {},
        "one": {OLD: (NEW,)},
        "split into two": {OLD: (NEW, OTHER)},
        "one, which the latest replaced": {OLD: (NEW,), NEW: (LATEST,)},
    }
    ended = {
        "has not ended": {},
        "ends today": {OLD: TODAY},
        "ended yesterday": {OLD: TODAY - DAY},
        "ended yesterday, and the new one too": {OLD: TODAY - DAY, NEW: TODAY - DAY},
    }
    chosen = {
        "none": set[UUID](),
        "the new one": {NEW},
        "both new ones": {NEW, OTHER},
        "a council that did not replace it": {LATEST},
    }
    days = (0, 1, succession.LONGEST_WAIT_DAYS, succession.LONGEST_WAIT_DAYS + 1)
    return "\n".join(
        (
            "## Councils that were replaced\n",
            rule(succession.successors_today),
            grid("the old council was replaced by / it", lineage, ended, _stands),
            rule(succession.may_succeed),
            "Where two new councils replaced it:\n",
            table(
                ("the lead chooses", "may the case follow?"),
                ((name, _words(succession.may_succeed(each, {NEW, OTHER}))) for name, each in chosen.items()),
            ),
            rule(succession.may_ask_again),
            table(
                ("days ahead", "may it be asked then?"),
                ((str(n), _words(succession.may_ask_again(TODAY + n * DAY, TODAY))) for n in days),
            ),
        )
    )


def _concerns(councils: frozenset[UUID], lineage: frozenset[UUID]) -> ConcernsOfCase:
    return ConcernsOfCase(councils, lineage, frozenset({Nature.SERVICE}), Standing.LOGGED, TODAY)


def _alike(second: ConcernsOfCase, likeness: tuple[Nature, str]) -> str:
    nature, service = likeness
    first = replace(_concerns(frozenset({OLD}), frozenset({OLD, NEW})), services=frozenset({"planning"}))
    other = replace(second, natures=frozenset({nature}), services=frozenset({service}))
    return yes(convergence.alike(first, other).converge)


def convergence_section() -> str:
    """Which concerns may belong together, and which cases may be joined."""
    same = _concerns(frozenset({OLD}), frozenset({OLD, NEW}))
    councils = {
        "the same council": same,
        "a council that replaced it": _concerns(frozenset({NEW}), frozenset({OLD, NEW})),
        "another council": _concerns(frozenset({LATEST}), frozenset({LATEST})),
        "the same council, the case closed": replace(same, standing=Standing.CLOSED),
        "the same council, a year apart": replace(same, logged_on=TODAY + WINDOW_DAYS * DAY),
        "the same council, more than a year apart": replace(same, logged_on=TODAY + (WINDOW_DAYS + 1) * DAY),
    }
    likeness = {
        "same nature, same service": (Nature.SERVICE, "planning"),
        "same nature": (Nature.SERVICE, "housing"),
        "same service": (Nature.CORPORATE, "planning"),
        "neither": (Nature.CORPORATE, "housing"),
    }
    joined = ((each.words, _words(convergence.may_join(Standing.TRIAGED, each, ()))) for each in Standing)
    owed = (
        (kind.words, _words(convergence.may_join(Standing.TRIAGED, Standing.LOGGED, (kind,))))
        for kind in DutyKind
        if kind in WAITS_FOR_NOBODY
    )
    pairs = {
        "the same two": frozenset({OLD, NEW}),
        "one of them and a third": frozenset({NEW, OTHER}),
        "two others": frozenset({OTHER, LATEST}),
    }
    return "\n".join(
        (
            "## Concerns that may belong together\n",
            rule(convergence.alike),
            "May these two be one difficulty seen twice?\n",
            grid("the second concern is about / of", councils, likeness, _alike),
            rule(convergence.may_join),
            "Into a case that has been triaged:\n",
            table(("the case that closes is", "may it be joined?"), joined),
            "Where something is owed on the case that closes:\n",
            table(("owed there", "may it be joined?"), owed),
            rule(convergence.asks_again),
            table(
                ("found now", "is a dismissed pair asked about again?"),
                (
                    (name, yes(convergence.asks_again(frozenset({OLD, NEW}), pair)))
                    for name, pair in pairs.items()
                ),
            ),
        )
    )
