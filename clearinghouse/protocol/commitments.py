"""What every authority is asked to commit itself to, and how well its record shows that it keeps to that."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from clearinghouse.protocol.peers import years_after
from clearinghouse.protocol.vocabulary import Worded

SELF_EVALUATION_YEARS = 1
"""A self-evaluation is asked for every year (§20)."""

CHALLENGE_FROM_YEARS, CHALLENGE_BY_YEARS = 3, 4
"""A peer-led challenge is asked for every three to four years: due from the third, late after the fourth (§20)."""

SOON = timedelta(days=60)
"""So long before its day a self-evaluation is said to be due (ours)."""


class CommitmentKind(Worded):
    """What an authority is asked for, by a day that it was done on (§20)."""

    STATEMENT = "statement", "Mutuality statement"
    SELF_EVALUATION = "self_evaluation", "Self-evaluation"
    PEER_CHALLENGE = "peer_challenge", "Peer-led challenge of corporate health"


class HowKept(Worded):
    """How an authority stands with one commitment."""

    KEPT = "kept", "Kept"
    DUE_SOON = "due_soon", "Due soon"
    OVERDUE = "overdue", "Overdue"
    NEVER_RECORDED = "never_recorded", "Never recorded"


@dataclass(frozen=True)
class CommitmentFacts:
    """One thing on record. `by_predecessor`: by an authority that this one replaced."""

    kind: CommitmentKind
    done_on: date
    by_predecessor: bool = False


@dataclass(frozen=True)
class Commitment:
    """How an authority stands with one commitment: when it last did so itself, and by when the next is asked for."""

    kind: CommitmentKind
    how: HowKept
    last_on: date | None
    due_by: date | None


def asked_again(kind: CommitmentKind, since: date) -> tuple[date, date] | None:
    """From when and by when it is due again: a self-evaluation every year, a challenge after three to four years (§20).

    A statement is signed once, and a self-evaluation is due from sixty days before its day. What was done on 29
    February is due again by 28 February (ours).
    """
    if kind is CommitmentKind.STATEMENT:
        return None
    if kind is CommitmentKind.SELF_EVALUATION:
        by = years_after(since, SELF_EVALUATION_YEARS)
        return by - SOON, by
    return years_after(since, CHALLENGE_FROM_YEARS), years_after(since, CHALLENGE_BY_YEARS)


def counts_from(kind: CommitmentKind, record: Collection[CommitmentFacts], began: date | None) -> date | None:
    """The day from which the next is counted: that of the last one, and no day where none is on record (§20).

    What an authority that was replaced did is history, and does not count for what replaced it; its statement does not
    bind either: the successor signs anew (ours). But where a predecessor kept a round and its successor has not yet,
    the round goes on from the day on which the successor `began`, so that a merger lets nothing drop; where the
    register does not say when that was, from the predecessor's last (ours).
    """
    own = [each.done_on for each in record if each.kind is kind and not each.by_predecessor]
    if own:
        return max(own)
    theirs = [each.done_on for each in record if each.kind is kind]
    if kind is CommitmentKind.STATEMENT or not theirs:
        return None
    return began or max(theirs)


def how_kept(
    kind: CommitmentKind, record: Collection[CommitmentFacts], today: date, began: date | None = None
) -> Commitment:
    """How an authority stands with a commitment today: kept, due soon, overdue, or never recorded (§20).

    Each counts by itself, whether or not the statement was signed; what is not on record is not called late (ours). On
    its last day it is not overdue yet.
    """
    own = [each.done_on for each in record if each.kind is kind and not each.by_predecessor]
    since = counts_from(kind, record, began)
    window = asked_again(kind, since) if since else None
    how = HowKept.KEPT if own else HowKept.NEVER_RECORDED
    if window and today > window[1]:
        how = HowKept.OVERDUE
    elif window and today >= window[0]:
        how = HowKept.DUE_SOON
    return Commitment(kind, how, max(own, default=None), window[1] if window else None)
