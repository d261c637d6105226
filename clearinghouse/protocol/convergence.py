"""When separate concerns may belong together, and when two cases may be joined into one."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from clearinghouse.protocol.standing import may_step
from clearinghouse.protocol.verdict import ALLOWED, Missing, Verdict, all_of, blocked
from clearinghouse.protocol.vocabulary import DutyKind, Nature, Standing, Step

WINDOW_DAYS = 365
"""Concerns that came further apart are looked at each for itself: a year is the round of a self-evaluation (§20)."""

WAITS_FOR_NOBODY = frozenset(
    {DutyKind.REFER_AT_ONCE, DutyKind.CONFIRM_RISK_REFERRAL, DutyKind.REVIEW_RISK_REFERRAL}
)
"""What people at risk wait for is done on the case where it arose, before that case closes (ours)."""


@dataclass(frozen=True)
class ConcernsOfCase:
    """What the rule looks at of a case. `lineage` holds its authorities with all before and after them."""

    authorities: frozenset[UUID]
    lineage: frozenset[UUID]
    natures: frozenset[Nature]
    standing: Standing
    logged_on: date
    services: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Alike:
    """In what two cases are alike; they converge where they are alike in either."""

    nature: bool = False
    service: bool = False

    @property
    def converge(self) -> bool:
        """Whether a lead looks at the two."""
        return self.nature or self.service


APART = Alike()


def alike(first: ConcernsOfCase, second: ConcernsOfCase) -> Alike:
    """Two open cases about one authority, or about one that replaced the other, with concerns of one nature or about
    one service that came within a year of each other, may be one difficulty seen twice, and the region's lead looks
    at both (§19, §23: the clearing house is there to pick up early what separate people noticed).

    Whether they belong together is the lead's judgement (§16): the rule never joins anything.
    """
    together = bool(first.lineage & second.authorities)
    still_open = Standing.CLOSED not in {first.standing, second.standing}
    near = abs((first.logged_on - second.logged_on).days) <= WINDOW_DAYS
    if not (together and still_open and near):
        return APART
    return Alike(bool(first.natures & second.natures), bool(first.services & second.services))


def may_join(kept: Standing, joined: Standing, owed: Collection[DutyKind]) -> Verdict:
    """A lead may carry on two open cases as one (§19: nothing between stools); `owed` is what the closing one owes.

    Not while an offer on the case that closes waits for its answer, nor while people at risk wait for something there:
    that case can be the one that goes on instead.
    """
    return all_of(
        blocked(Missing.CASE_CLOSED) if kept is Standing.CLOSED else ALLOWED,
        may_step(joined, Step.JOIN),
        blocked(Missing.RISK_WAITS) if WAITS_FOR_NOBODY & frozenset(owed) else ALLOWED,
    )


def asks_again(pair: frozenset[UUID], new_pair: frozenset[UUID]) -> bool:
    """Two cases that a lead found not to be the same are not asked about again, until a third converges with one of
    them: what looked like chance twice looks different a third time (ours).
    """
    return pair != new_pair and bool(pair & new_pair)
