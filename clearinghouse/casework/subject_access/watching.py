"""What happens to requests because time passes: reminders, approvals that grow old, what is destroyed in the end."""

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, exists, select

from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.subject_access.days import (
    APPROVAL_HOLDS,
    KEPT_AFTER_HANDING_OVER,
    REMINDED_BEFORE,
)
from clearinghouse.casework.subject_access.notifying import tell_of_part
from clearinghouse.casework.subject_access.preparing import end_approval
from clearinghouse.casework.subject_access.reach import LIVE, is_open, parts_of
from clearinghouse.casework.subject_access.requests import destroy_content
from clearinghouse.casework.world import Work, World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.subject_access import PartState, SubjectPart, SubjectRequest


def watch_requests(world: World) -> int:
    """Remind of what is due within days, raise what is overdue, each once; let old approvals and kept answers go.

    Returns how many requests were reminded of or raised.
    """
    with world.unit_of_work(CLOCK) as work:
        soon = work.today + REMINDED_BEFORE
        due = (SubjectRequest.due_on >= work.today, SubjectRequest.due_on <= soon)
        told = _raise(work, (SubjectRequest.reminded_at.is_(None), *due), Event.SUBJECT_REQUEST_REMINDED)
        late = (SubjectRequest.overdue_at.is_(None), SubjectRequest.due_on < work.today)
        told += _raise(work, late, Event.SUBJECT_REQUEST_OVERDUE)
        old = SubjectPart.approved_at <= work.now - APPROVAL_HOLDS
        _each_part(work, (SubjectPart.state == PartState.APPROVED, old), _let_approval_go)
        over = SubjectPart.handed_at <= work.now - KEPT_AFTER_HANDING_OVER
        held = SubjectPart.working_sealed.is_not(None) | SubjectPart.source_working_sealed.is_not(None)
        _each_part(work, (SubjectPart.state == PartState.HANDED_OVER, over, held), destroy_content)
        return told


def _raise(work: Work, due: Sequence[ColumnElement[bool]], event: Event) -> int:
    live = exists().where(SubjectPart.request_id == SubjectRequest.id, SubjectPart.state.in_(LIVE))
    query = select(SubjectRequest).where(live, *due).order_by(SubjectRequest.id)
    rows = work.session.scalars(query.with_for_update(skip_locked=True)).all()
    for request in rows:
        if event is Event.SUBJECT_REQUEST_OVERDUE:
            request.overdue_at = work.now
        else:
            request.reminded_at = work.now
        for part in parts_of(work, request):
            if is_open(work, part):
                tell_of_part(work, part)
        work.record(event, Stream.SUBJECT_ACCESS, request.id, due_on=request.due_on)
    return len(rows)


def _let_approval_go(work: Work, part: SubjectPart) -> None:
    end_approval(work, part)
    part.state = PartState.PREPARING
    part.version += 1
    work.record(Event.SUBJECT_PART_EXPIRED, Stream.SUBJECT_ACCESS, part.id)


def _each_part(
    work: Work, which: Sequence[ColumnElement[bool]], verb: Callable[[Work, SubjectPart], None]
) -> None:
    query = select(SubjectPart).where(*which).order_by(SubjectPart.id).with_for_update(skip_locked=True)
    for part in work.session.scalars(query).all():
        verb(work, part)
