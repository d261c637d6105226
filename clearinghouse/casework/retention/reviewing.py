"""Deciding what becomes of what is due: one person proposes to destroy it, a second confirms or stops it."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, record_change, scope_of
from clearinghouse.casework.duties.setting import end_duty, owe
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.retention.due import (
    end_duties,
    facts_of,
    next_look,
    owe_review,
)
from clearinghouse.casework.retention.shredding import shred_case, shred_source
from clearinghouse.casework.retention.tombstones import (
    make_it_real,
    require_tombstone_file,
)
from clearinghouse.casework.source import may_know_source
from clearinghouse.casework.still_owed import owe_a_next_step
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import AFTER_PROPOSED_DESTRUCTION
from clearinghouse.protocol.retention import (
    FURTHEST_KEPT_YEARS,
    Keeps,
    Kept,
    destroyed_with,
    may_confirm,
    may_propose,
    months_after,
)
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.cases import Case, Concern, Source
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.keyring import Tombstone
from clearinghouse.records.retention import UNDER_WAY, RetentionReview, ReviewState

_ENDED = "This has been decided already."


def propose_destruction(
    world: World, actor: Actor, case_id: UUID, version: int | None, review_id: UUID
) -> None:
    """Propose that what is due on a case is destroyed; a second person is asked to confirm it.

    Raises Refused with everything that stands against it, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.RECORD_DESTROY, seen=version)
        review = _review(work, case, review_id, ReviewState.DUE)
        _refuse(may_propose(facts_of(work, case, review), work.today))
        _proposed(work, case, review)


def ask_source_destroyed(
    world: World, actor: Actor, case_id: UUID, version: int | None, concern_id: UUID, reason: str
) -> None:
    """Propose that who raised a concern is destroyed before its time, since they ask for it (§23).

    Whoever may know them proposes it, and the rest of the case is kept. Raises Refused where the case is on hold or it
    was asked for already, NotFound for everybody who may not know that source, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.SOURCE_READ, seen=version)
        source = source_of(work, case, concern_id)
        asked = (RetentionReview.source_id == source.id, RetentionReview.state.in_(UNDER_WAY))
        if work.session.scalars(select(RetentionReview.id).where(*asked)).first():
            raise Refused("It has been proposed already. A second person confirms it.")
        if work.session.scalars(select(Tombstone.id).where(Tombstone.subject_id == source.id)).first():
            raise Refused("Who raised this concern has been destroyed already.")
        review = work.add(
            RetentionReview(
                case_id=case.id,
                source_id=source.id,
                kinds=[Kept.SOURCE.value],
                state=ReviewState.DUE,
                due_on=work.today,
                opened_at=work.now,
            )
        )
        work.session.flush()
        review.reason = reason
        _refuse(may_propose(facts_of(work, case, review), work.today))
        _proposed(work, case, review)


def confirm_destruction(
    world: World, actor: Actor, case_id: UUID, version: int | None, review_id: UUID
) -> bool:
    """Destroy what somebody else proposed, for good. Whether its keys are out of the database's files already.

    Raises Refused with everything that stands against it, NotFound, Stale.
    """
    require_tombstone_file(world)
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.RECORD_DESTROY, seen=version)
        review = _review(work, case, review_id, ReviewState.PROPOSED)
        _refuse(may_confirm(facts_of(work, case, review), str(actor.person), work.today))
        kinds = destroyed_with([Kept(each) for each in review.kinds])
        source = work.session.get(Source, review.source_id) if review.source_id else None
        keys = (
            shred_source(work, case, source, review.id)
            if source
            else shred_case(work, case, kinds, review.id)
        )
        _end(work, review, ReviewState.DESTROYED)
        record_change(
            work,
            case,
            Event.DESTRUCTION_CONFIRMED,
            review=review.id,
            kinds=kinds,
            source=review.source_id,
            proposed_by=review.proposed_by,
            keys=len(keys),
        )
        _nobody_tells(work, case, source)
        _over(work, case, review)
    return _made_real(world)


def stop_destruction(world: World, actor: Actor, case_id: UUID, version: int | None, review_id: UUID) -> None:
    """Send back what was proposed, or take back one's own proposal: nothing is destroyed.

    What was due is reviewed again; what a source asked for is at an end. Raises Refused, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.RECORD_DESTROY, seen=version)
        review = _review(work, case, review_id, ReviewState.PROPOSED)
        record_change(work, case, Event.DESTRUCTION_STOPPED, review=review.id, proposed_by=review.proposed_by)
        if review.source_id is None:
            review.state, review.seen_version = ReviewState.DUE, None
            review.proposed_by, review.proposed_at = None, None
            end_duties(work, case, review)
            owe_review(work, case, review)
        else:
            _end(work, review, ReviewState.WITHDRAWN)
            end_duties(work, case, review)
        owe_a_next_step(work, case)


def keep_longer(
    world: World, actor: Actor, case_id: UUID, version: int | None, review_id: UUID, until: date, reason: str
) -> None:
    """Keep what is due until a later date, and say why; one person may, since nothing is lost by it.

    Raises Invalid beside `until`, Refused, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.RECORD_DESTROY, seen=version)
        review = _review(work, case, review_id, ReviewState.DUE)
        if until <= work.today:
            raise Invalid({"until": "The date must be in the future"})
        if until > months_after(work.today, 12 * FURTHEST_KEPT_YEARS):
            raise Invalid({"until": f"The date must be within {FURTHEST_KEPT_YEARS} years"})
        review.keep_until, review.reason = until, reason
        _end(work, review, ReviewState.KEPT)
        kinds = tuple(Kept(each) for each in review.kinds)
        record_change(work, case, Event.RETENTION_KEPT, review=review.id, kinds=kinds, until=until)
        _over(work, case, review)


def source_of(work: Work, case: Case, concern_id: UUID) -> Source:
    """The source of a concern on the case, for whoever may know them. Raises NotFound for everybody else."""
    concern = work.session.get(Concern, concern_id)
    if concern is None or concern.case_id != case.id:
        raise NotFound
    source = work.session.scalars(select(Source).where(Source.concern_id == concern_id)).one_or_none()
    if source is None or not may_know_source(work.actor, scope_of(work, case), concern):
        raise NotFound
    return source


def _proposed(work: Work, case: Case, review: RetentionReview) -> None:
    review.state, review.proposed_by, review.proposed_at = ReviewState.PROPOSED, work.actor.id, work.now
    kinds = tuple(Kept(each) for each in review.kinds)
    record_change(
        work, case, Event.DESTRUCTION_PROPOSED, review=review.id, kinds=kinds, source=review.source_id
    )
    end_duties(work, case, review, DutyState.DONE)
    owe(work, case, AFTER_PROPOSED_DESTRUCTION, subject_id=review.id)
    if review.source_id is None:
        # What is recorded from here on, whoever proposed it has not looked at.
        review.seen_version = case.version


def _review(work: Work, case: Case, review_id: UUID, state: ReviewState) -> RetentionReview:
    review = work.session.get(RetentionReview, review_id, populate_existing=True)
    if review is None or review.case_id != case.id:
        raise NotFound
    if review.state not in UNDER_WAY:
        raise Refused(_ENDED)
    if review.state is not state:
        proposed = review.state is ReviewState.PROPOSED
        raise Refused("It has been proposed already." if proposed else Keeps.NOT_PROPOSED.words)
    return review


def _refuse(against: tuple[Keeps, ...]) -> None:
    if against:
        raise Refused(*(each.words for each in against))


def _end(work: Work, review: RetentionReview, state: ReviewState) -> None:
    review.state, review.ended_by, review.ended_at = state, work.actor.id, work.now


def _over(work: Work, case: Case, review: RetentionReview) -> None:
    end_duties(work, case, review, DutyState.DONE)
    work.session.flush()
    if review.source_id is None:
        review.look_again_on = next_look(work, case)
    owe_a_next_step(work, case)


def _nobody_tells(work: Work, case: Case, source: Source | None) -> None:
    """A source that nobody knows any more is owed no word."""
    if source is None:
        return
    owed = (Duty.case_id == case.id, Duty.state == DutyState.OPEN, Duty.subject_id == source.concern_id)
    for duty in work.session.scalars(select(Duty).where(*owed, Duty.kind == DutyKind.TELL_SOURCE)).all():
        end_duty(work, case, duty, DutyState.REPLACED)


def _made_real(world: World) -> bool:
    """Where it cannot be done at once, the clock does it; what was destroyed stays so."""
    try:
        return make_it_real(world)
    except OSError:
        return False
