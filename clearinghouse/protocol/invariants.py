"""What must hold after every change, whatever the change was."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from clearinghouse.protocol.verdict import ALLOWED, Missing, Verdict, blocked
from clearinghouse.protocol.vocabulary import DutyKind, Standing


@dataclass(frozen=True)
class DutyFacts:
    """One duty of a case; `owner` names who does it, in whatever form the caller uses."""

    kind: DutyKind
    due: date | None
    owner: str | None
    done: bool = False


def has_next(standing: Standing, owner: str | None, duties: Collection[DutyFacts]) -> Verdict:
    """Nothing between stools (§19): an open case has an owner and an undone duty with a date and an owner."""
    if standing is Standing.CLOSED:
        return ALLOWED
    dated = any(not duty.done and duty.due is not None and duty.owner for duty in duties)
    without = ((Missing.NO_OWNER, not owner), (Missing.NO_NEXT_DUTY, not dated))
    return blocked(*(missing for missing, lacking in without if lacking))
