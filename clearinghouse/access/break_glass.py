"""Break-glass: a lead opens one case of another region for a few hours, never past a wall, and all who look after it
are told.
"""

from datetime import timedelta
from enum import StrEnum

from clearinghouse.access.decision import CaseScope, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor

OPEN_FOR = timedelta(hours=4)


class Answer(StrEnum):
    """What comes of a reference that somebody typed."""

    OPENS = "opens"
    READS_ALREADY = "reads already"
    NOTHING = "nothing"


def may_break_glass(actor: Actor, case: CaseScope) -> Answer:
    """Whether the case opens to the person by break-glass.

    A case that is not there is given as one without regions or authorities: it is answered like one behind the
    person's wall.
    """
    if not case.regions:
        return Answer.NOTHING
    if may(actor, Permission.CASE_READ, case).allowed:
        return Answer.READS_ALREADY
    return Answer.OPENS if may(actor, Permission.BREAKGLASS_OPEN, case).allowed else Answer.NOTHING
