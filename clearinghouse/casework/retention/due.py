"""What is due to be destroyed: how long each thing of a case is kept, and the clock's look at what has come due."""

from collections.abc import Sequence
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.admission import open_duties, record_change, scope_of
from clearinghouse.casework.duties.setting import end_duty, owe
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.retention.shredding import left_of
from clearinghouse.casework.staff import leads_of
from clearinghouse.casework.world import LONDON, Work, World
from clearinghouse.protocol.duties import WHEN_RETENTION_ENDS
from clearinghouse.protocol.retention import DestructionFacts, Kept, months_after
from clearinghouse.protocol.vocabulary import DutyKind, Standing
from clearinghouse.protocol.working_days import ONE_DAY
from clearinghouse.records.cases import Case, Closing
from clearinghouse.records.convergence import CaseJoin, ConvergenceLook
from clearinghouse.records.duties import DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.packs import Pack, PackCase, PackState
from clearinghouse.records.retention import (
    UNDER_WAY,
    LegalHold,
    RetentionReview,
    ReviewState,
)

OF_REVIEWS = (DutyKind.REVIEW_RETENTION, DutyKind.CONFIRM_DESTRUCTION)
NOTHING_LEFT = date.max
"""When the clock looks again at a case of which nothing is left."""

_LOOK = "retention"
_AT_ONCE = 200
_LIVE_PACKS = (PackState.PREPARED, PackState.APPROVED, PackState.READY)


def find_due(world: World) -> int:
    """The clock's daily look at closed cases: what has come due is put to a lead for review. Says how many cases.

    Nothing is destroyed by it, and nothing on hold is asked about. A look that was broken off is taken up again by the
    next round; two clocks that look at once find each case once.
    """
    with world.reading(CLOCK) as work:
        if not _is_time(work):
            return 0
        began = work.now
    opened, after = 0, UUID(int=0)
    while True:
        with world.reading(CLOCK) as work:
            found = _closed_long_enough(work, after)
        for case_id in found:
            with world.unit_of_work(CLOCK) as work:
                opened += _open_review(work, case_id)
        if len(found) < _AT_ONCE:
            break
        after = found[-1]
    with world.unit_of_work(CLOCK) as work:
        _has_looked(work, began)
    return opened


def closed_on(work: Work, case: Case) -> date | None:
    """The day from which a case's periods count; None while it, or the case that it is carried on in, is open."""
    if case.standing is not Standing.CLOSED:
        return None
    onward = case_carried_on_in(work, case.id)
    if onward is not None:
        return closed_on(work, onward)
    latest = select(Closing.made_at).where(Closing.case_id == case.id, Closing.outcome.is_not(None))
    at = work.session.scalars(latest.order_by(Closing.made_at.desc()).limit(1)).first() or case.updated_at
    return at.astimezone(LONDON).date()


def case_carried_on_in(work: Work, case_id: UUID) -> Case | None:
    """The case into which this one was joined."""
    joined = (CaseJoin.joined_id == case_id, CaseJoin.ended_at.is_(None))
    query = select(Case).join(CaseJoin, CaseJoin.case_id == Case.id).where(*joined)
    return work.session.scalars(query).first()


def hold_of(work: Work, case_id: UUID) -> LegalHold | None:
    """The legal hold on a case, or on the one that it is carried on in."""
    query = select(LegalHold).where(LegalHold.case_id == case_id, LegalHold.lifted_at.is_(None))
    own = work.session.scalars(query.order_by(LegalHold.id).limit(1)).first()
    if own is not None:
        return own
    onward = case_carried_on_in(work, case_id)
    return hold_of(work, onward.id) if onward else None


def kept_until(work: Work, case: Case) -> dict[Kept, date]:
    """Until when each thing that is left of a closed case is kept; nothing while it is open."""
    day = closed_on(work, case)
    if day is None:
        return {}
    until = {kind: work.world.retention.until(kind, day) for kind in left_of(work, case.id)}
    kept = (
        RetentionReview.case_id == case.id,
        RetentionReview.state == ReviewState.KEPT,
    )
    for review in work.session.scalars(select(RetentionReview).where(*kept).order_by(RetentionReview.id)):
        for kind in (Kept(each) for each in review.kinds):
            if kind in until and review.keep_until is not None:
                until[kind] = max(until[kind], review.keep_until)
    return until


def facts_of(work: Work, case: Case, review: RetentionReview) -> DestructionFacts:
    """What decides whether what a review is about may be destroyed."""
    others = [duty for duty in open_duties(work, case) if duty.kind not in OF_REVIEWS]
    whole = Kept.HISTORY in review.kinds
    return DestructionFacts(
        held=hold_of(work, case.id) is not None,
        closed=closed_on(work, case) is not None,
        due_on=review.due_on,
        owed=len(others),
        pack_waits=whole and _pack_waits(work, case.id),
        at_request=review.source_id is not None,
        proposed_by=str(review.proposed_by) if review.proposed_by else None,
        changed_since=review.seen_version is not None and review.seen_version != case.version,
    )


def next_look(work: Work, case: Case) -> date:
    """When the clock looks at a case again, once a review of it has ended."""
    tomorrow = work.today + ONE_DAY
    return min(
        (max(until, tomorrow) for until in kept_until(work, case).values()),
        default=NOTHING_LEFT,
    )


def end_reviews(work: Work, case: Case) -> None:
    """End the reviews of a case without destroying anything: it was opened again, or put on hold.

    What a source asked for stays.
    """
    mine = (RetentionReview.case_id == case.id, RetentionReview.state.in_(UNDER_WAY))
    query = select(RetentionReview).where(*mine, RetentionReview.source_id.is_(None))
    for review in work.session.scalars(query).all():
        review.state, review.ended_by, review.ended_at = (
            ReviewState.WITHDRAWN,
            work.actor.id,
            work.now,
        )
        record_change(work, case, Event.RETENTION_WITHDRAWN, review=review.id)
        end_duties(work, case, review)


def end_duties(
    work: Work,
    case: Case,
    review: RetentionReview,
    state: DutyState = DutyState.REPLACED,
) -> None:
    """End what is owed about a review."""
    for duty in open_duties(work, case):
        if duty.kind in OF_REVIEWS and duty.subject_id == review.id:
            end_duty(work, case, duty, state)


def owe_review(work: Work, case: Case, review: RetentionReview) -> None:
    """A lead of the region looks at it."""
    scope = scope_of(work, case)
    leads = leads_of(work, scope.regions, scope.authorities)
    first = leads[0].id if leads else None
    duty = owe(work, case, WHEN_RETENTION_ENDS, owner_id=first, subject_id=review.id)
    if work.actor.id is None:
        enqueue(work, duty.owner_id, LetterKind.ASSIGNED, case.id)


def _open_review(work: Work, case_id: UUID) -> bool:
    held = select(Case).where(Case.id == case_id).with_for_update(skip_locked=True)
    case = work.session.scalars(held).one_or_none()
    if (
        case is None
        or work.session.scalars(select(Case.id).where(Case.id == case_id, _not_looked_at(work))).first()
        is None
    ):
        return False
    due = {kind: until for kind, until in kept_until(work, case).items() if until <= work.today}
    if not due or hold_of(work, case_id) is not None:
        return False
    review = work.add(
        RetentionReview(
            case_id=case.id,
            kinds=[kind.value for kind in due],
            state=ReviewState.DUE,
            due_on=min(due.values()),
            opened_at=work.now,
        )
    )
    work.session.flush()
    record_change(
        work,
        case,
        Event.RETENTION_DUE,
        review=review.id,
        kinds=tuple(due),
        due_on=review.due_on,
    )
    owe_review(work, case, review)
    return True


def _closed_long_enough(work: Work, after: UUID) -> Sequence[UUID]:
    """Closed cases of which something may be due, in the order of their keys."""
    shortest = min(work.world.retention.months[kind] for kind in Kept)
    # Nothing was closed before it was logged.
    begun = Case.logged_at < datetime.combine(months_after(work.today, -shortest) + ONE_DAY, time(), LONDON)
    query = select(Case.id).where(
        Case.standing == Standing.CLOSED, begun, Case.id > after, _not_looked_at(work)
    )
    return work.session.scalars(query.order_by(Case.id).limit(_AT_ONCE)).all()


def _not_looked_at(work: Work) -> ColumnElement[bool]:
    """That no review of the case as a whole is under way, or was and said when to look again."""
    waits = or_(RetentionReview.state.in_(UNDER_WAY), RetentionReview.look_again_on > work.today)
    mine = (RetentionReview.case_id == Case.id, RetentionReview.source_id.is_(None))
    return ~exists().where(*mine, waits).correlate(Case)


def _is_time(work: Work) -> bool:
    """Whether nobody has looked through all of them today."""
    last = work.session.get(ConvergenceLook, _LOOK)
    return last is None or last.looked_at.astimezone(LONDON).date() < work.today


def _has_looked(work: Work, at: datetime) -> None:
    dialect = sqlite if work.world.database.is_sqlite else postgresql
    looked = dialect.insert(ConvergenceLook).values(look=_LOOK, looked_at=at)
    again = looked.on_conflict_do_update(
        index_elements=[ConvergenceLook.look],
        set_={"looked_at": looked.excluded.looked_at},
    )
    work.session.execute(again)


def _pack_waits(work: Work, case_id: UUID) -> bool:
    query = select(Pack.id).join(PackCase, PackCase.pack_id == Pack.id)
    return (
        work.session.scalars(
            query.where(PackCase.case_id == case_id, Pack.state.in_(_LIVE_PACKS)).limit(1)
        ).first()
        is not None
    )
