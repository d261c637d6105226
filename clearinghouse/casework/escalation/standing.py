"""The escalations of a case that stand: what a later entry corrects, or a meeting's correction took back, does not."""

from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import aliased

from clearinghouse.casework.world import Work
from clearinghouse.records.cases import Case
from clearinghouse.records.convergence import CaseJoin
from clearinghouse.records.meetings import Escalation, Meeting, MeetingIssue, uncorrected


def standing_escalations(work: Work, case_id: UUID) -> list[Escalation]:
    """The case's escalations that stand, the earliest first."""
    query = _standing(case_id).order_by(Escalation.on, Escalation.id)
    return list(work.session.scalars(query))


def latest_escalation(work: Work, issue: MeetingIssue) -> Escalation | None:
    """The entry that an issue came to, as it was last corrected, whether or not its meeting was."""
    query = select(Escalation).where(Escalation.issue_id == issue.id, _not_corrected())
    return work.session.scalars(query.limit(1)).first()


def is_escalated(work: Work, case_id: UUID) -> bool:
    """Whether an escalation stands on the case, or on one that was joined into it."""
    joined = select(CaseJoin.joined_id).where(CaseJoin.case_id == case_id, CaseJoin.ended_at.is_(None))
    carried = select(Case.id).where(Case.id.in_(joined), Case.escalated.is_(True)).limit(1)
    return bool(standing_escalations(work, case_id)) or work.session.scalar(carried) is not None


def _standing(case_id: UUID) -> Select[Escalation]:
    return (
        select(Escalation)
        .outerjoin(MeetingIssue, MeetingIssue.id == Escalation.issue_id)
        .outerjoin(Meeting, Meeting.id == MeetingIssue.meeting_id)
        .where(Escalation.case_id == case_id, _not_corrected())
        .where(or_(Escalation.issue_id.is_(None), uncorrected()))
    )


@cache
def _not_corrected() -> ColumnElement[bool]:
    later = aliased(Escalation)
    return ~select(later.id).where(later.corrects_id == Escalation.id).correlate(Escalation).exists()
