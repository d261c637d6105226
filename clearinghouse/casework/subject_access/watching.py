"""What happens to requests because time passes: sources looked for, reminders, old approvals, what is destroyed."""

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, exists, select

from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.retention.tombstones import destroy_keys, record_destroyed
from clearinghouse.casework.subject_access.days import (
    APPROVAL_HOLDS,
    KEPT_AFTER_HANDING_OVER,
    REMINDED_BEFORE,
    REQUEST_KEPT,
)
from clearinghouse.casework.subject_access.finding import matching_sources
from clearinghouse.casework.subject_access.notifying import tell_of_part
from clearinghouse.casework.subject_access.preparing import end_approval
from clearinghouse.casework.subject_access.reach import ANSWERED_BY_SOURCES, LIVE, is_open, parts_of
from clearinghouse.casework.subject_access.redacting import lines_of
from clearinghouse.casework.subject_access.requests import add_part, destroy_content, end_part
from clearinghouse.casework.world import Work, World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.subject_access import PartKind, PartState, SubjectPart, SubjectRequest


def watch_requests(world: World) -> int:
    """Look for sources; remind of what is due within days and raise what is overdue, each once; let go what is old.

    Returns how many requests were reminded of or raised.
    """
    with world.unit_of_work(CLOCK) as work:
        _look_for_sources(work)
        soon = work.today + REMINDED_BEFORE
        due = (SubjectRequest.due_on >= work.today, SubjectRequest.due_on <= soon)
        told = _raise(work, (SubjectRequest.reminded_at.is_(None), *due), Event.SUBJECT_REQUEST_REMINDED)
        late = (SubjectRequest.overdue_at.is_(None), SubjectRequest.due_on < work.today)
        told += _raise(work, late, Event.SUBJECT_REQUEST_OVERDUE)
        _let_go(work)
        return told


def _look_for_sources(work: Work) -> None:
    """Whoever may know a source of that name gets a part of their own; nobody else learns of it."""
    for request in _requests(work, SubjectRequest.sources_looked_at.is_(None)):
        request.sources_looked_at = work.now
        if request.state in ANSWERED_BY_SOURCES:
            for concern_id in matching_sources(work, lines_of(request.names)):
                add_part(work, request, PartKind.SOURCE, concern_id=concern_id)


def _raise(work: Work, due: Sequence[ColumnElement[bool]], event: Event) -> int:
    live = exists().where(SubjectPart.request_id == SubjectRequest.id, SubjectPart.state.in_(LIVE))
    rows = _requests(work, live, *due)
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


def _let_go(work: Work) -> None:
    """Old approvals, sources' parts of ended requests, answers kept long enough, and in the end the requests."""
    of_ended = (
        SubjectPart.kind == PartKind.SOURCE,
        SubjectPart.state.in_(LIVE),
        exists().where(
            SubjectRequest.id == SubjectPart.request_id, SubjectRequest.state.not_in(ANSWERED_BY_SOURCES)
        ),
    )
    _each_part(work, of_ended, end_part)
    old = SubjectPart.approved_at <= work.now - APPROVAL_HOLDS
    _each_part(work, (SubjectPart.state == PartState.APPROVED, old), _let_approval_go)
    over = SubjectPart.handed_at <= work.now - KEPT_AFTER_HANDING_OVER
    held = SubjectPart.working_sealed.is_not(None) | SubjectPart.source_working_sealed.is_not(None)
    _each_part(work, (SubjectPart.state == PartState.HANDED_OVER, over, held), destroy_content)
    live = exists().where(SubjectPart.request_id == SubjectRequest.id, SubjectPart.state.in_(LIVE))
    past = SubjectRequest.ended_at <= work.now - REQUEST_KEPT
    for request in _requests(work, past, SubjectRequest.destroyed_at.is_(None), ~live):
        request.destroyed_at = work.now
        keys = destroy_keys(work, request.id, (Compartment.SUBJECT_ACCESS,), review_id=None)
        work.record(Event.SUBJECT_REQUEST_DESTROYED, Stream.SUBJECT_ACCESS, request.id)
        record_destroyed(work, request.id, keys)


def _let_approval_go(work: Work, part: SubjectPart) -> None:
    end_approval(work, part)
    part.state = PartState.PREPARING
    part.version += 1
    work.record(Event.SUBJECT_PART_EXPIRED, Stream.SUBJECT_ACCESS, part.id)


def _requests(work: Work, *which: ColumnElement[bool]) -> Sequence[SubjectRequest]:
    query = select(SubjectRequest).where(*which).order_by(SubjectRequest.id)
    return work.session.scalars(query.with_for_update(skip_locked=True)).all()


def _each_part(
    work: Work, which: Sequence[ColumnElement[bool]], verb: Callable[[Work, SubjectPart], None]
) -> None:
    query = select(SubjectPart).where(*which).order_by(SubjectPart.id).with_for_update(skip_locked=True)
    for part in work.session.scalars(query).all():
        verb(work, part)
