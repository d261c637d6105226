"""What the family still owes after a meeting, an escalation or a review, so that nothing falls between stools."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from clearinghouse.casework.admission import open_duties
from clearinghouse.casework.duties.setting import owe, set_duty
from clearinghouse.casework.word_owed import owe_word_after_escalation
from clearinghouse.casework.world import Work
from clearinghouse.protocol.duties import NEXT_AFTER, duties_owed
from clearinghouse.protocol.vocabulary import DutyKind, Standing, Step
from clearinghouse.records.cases import Case


def owe_what_is_missing(work: Work, case: Case, kinds: Collection[DutyKind]) -> None:
    """Owe the duties that would supply what a gate or a finding misses (004 §22), unless they are owed already."""
    owed = {duty.kind for duty in open_duties(work, case)}
    for duty in duties_owed([kind for kind in kinds if kind not in owed]):
        owe(work, case, duty)


def owe_after_escalation(
    work: Work, case: Case, kinds: Collection[DutyKind], follow_up_on: date | None, subject_id: UUID
) -> None:
    """An escalation is never a dead end: what the family owes, and a follow-up on its date (004 §19, §22)."""
    owe_what_is_missing(work, case, kinds)
    if follow_up_on is None:
        owe(work, case, NEXT_AFTER[Step.RECORD_ESCALATION], subject_id=subject_id)
    else:
        set_duty(work, case, DutyKind.FOLLOW_UP, follow_up_on, subject_id=subject_id)
    owe_word_after_escalation(work, case, subject_id)


def owe_a_next_step(work: Work, case: Case) -> None:
    """Follow up on an open case where a step has left nothing else to do (004 §19)."""
    if case.standing is not Standing.CLOSED and not open_duties(work, case):
        owe(work, case, NEXT_AFTER[Step.RECORD_MEETING])
