"""When an account or a session that nobody uses is shut: after how long, and what an account's owner is told before."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

SESSION_IDLE = timedelta(minutes=15)
IDLE_DAYS = 90
FIRST_WARNING = 14
LAST_WARNING = 3


class IdleStep(StrEnum):
    """What is due on an account that nobody uses."""

    NONE = "none"
    FIRST_WARNING = "first warning"
    LAST_WARNING = "last warning"
    SUSPEND = "suspend"


def idle_step(last_seen: date, today: date, warned: Mapping[int, date]) -> IdleStep:
    """What is due on an account that was last used on a day; `warned` says on which days which warning went out.

    Two weeks before the ninetieth day a first warning, three days before it a last one, then it is suspended. A warning
    keeps its word: where the clock stood still, each still comes so many days before what it warns of.
    """
    shut_on = last_seen + timedelta(days=IDLE_DAYS)
    if FIRST_WARNING not in warned:
        return IdleStep.FIRST_WARNING if today >= shut_on - timedelta(days=FIRST_WARNING) else IdleStep.NONE
    shut_on = max(shut_on, warned[FIRST_WARNING] + timedelta(days=FIRST_WARNING))
    if LAST_WARNING not in warned:
        return IdleStep.LAST_WARNING if today >= shut_on - timedelta(days=LAST_WARNING) else IdleStep.NONE
    shut_on = max(shut_on, warned[LAST_WARNING] + timedelta(days=LAST_WARNING))
    return IdleStep.SUSPEND if today >= shut_on else IdleStep.NONE
