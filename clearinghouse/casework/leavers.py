"""What somebody leaves behind who lost a right: their open cases and duties pass on in the same transaction."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, or_, select

from clearinghouse.access.decision import may
from clearinghouse.access.permissions import Permission
from clearinghouse.casework.admission import record_change, scope_of
from clearinghouse.casework.assignment import hand_on
from clearinghouse.casework.regional.actions import hand_over_actions
from clearinghouse.casework.staff import active_actor
from clearinghouse.casework.world import Work
from clearinghouse.protocol.vocabulary import Standing
from clearinghouse.records.cases import Case, CaseMember
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event


def hand_over(work: Work, person_id: UUID) -> None:
    """Pass on every open case that the person may not read any more, and what they owe and may not do (design 4), on
    closed cases too.

    For whoever ends a role, suspends, or declares a link; call it once that is written. Nobody's permission on the
    cases is asked, and nothing of them is told: an administrator does this to cases that they cannot see.
    """
    hand_over_actions(work, person_id)
    for case in _cases_of(work, person_id):
        hand_over_case(work, case, person_id)


def hand_over_case(work: Work, case: Case, person_id: UUID) -> None:
    """Pass on one case that the person may not read any more, and what they owe on it and may not do.

    The caller holds the case.
    """
    person = active_actor(work, person_id)
    reads = person is not None and may(person, Permission.CASE_READ, scope_of(work, case)).allowed
    handed = hand_on(work, case, () if reads else (person_id,), (person_id,))
    changed = case.owner_id != handed.former
    if changed or handed.left or handed.duties:
        record_change(
            work,
            case,
            Event.CASE_ASSIGNED,
            owner=case.owner_id if changed else None,
            former=handed.former,
            left=person_id if handed.left and case.owner_id != person_id else None,
            duties=handed.duties,
        )


def _cases_of(work: Work, person_id: UUID) -> Sequence[Case]:
    """The open cases that the person owns or is on, and all on which they owe something, held until the work ends.

    A closed case may still owe its source word.
    """
    on_case = select(CaseMember.case_id).where(CaseMember.user_id == person_id)
    owing = select(Duty.case_id).where(Duty.owner_id == person_id, Duty.state == DutyState.OPEN)
    theirs = or_(Case.owner_id == person_id, Case.id.in_(on_case))
    # In the order of their keys, so that two who hand over at once never wait for each other in a circle.
    held = (
        select(Case)
        .where(or_(and_(Case.standing != Standing.CLOSED, theirs), Case.id.in_(owing)))
        .order_by(Case.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return work.session.scalars(held).all()
