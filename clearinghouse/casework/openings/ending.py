"""How openings end: a lifting by its time, a lead or a link, with all that was handed over; break-glass by its time."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import and_, not_, or_, select

from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.admission import record_change, scope_of
from clearinghouse.casework.leavers import hand_over_case
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.opened import is_open
from clearinghouse.casework.staff import leads_of
from clearinghouse.casework.walls import lifting_waits, with_lineage
from clearinghouse.casework.world import Work, World
from clearinghouse.records.cases import Case, CaseAuthority
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.openings import BreakGlass, WallLifting


def end_liftings(world: World) -> int:
    """End every lifting whose time is over, and hand over what the person had on the case; returns how many.

    The right itself is gone from the moment of its end, whether or not a clock runs.
    """
    with world.reading(CLOCK) as work:
        over = select(WallLifting.id, WallLifting.case_id).where(
            WallLifting.until <= work.now, WallLifting.ended_at.is_(None)
        )
        waiting = work.session.execute(over.order_by(WallLifting.id)).all()
    return sum(_end_by_clock(world, row.id, row.case_id) for row in waiting)


def end_break_glasses(world: World) -> int:
    """Write down the end of every break-glass whose four hours or whose session are over; returns how many.

    Nothing was open any more since then, whether or not a clock runs; the ledger says so now.
    """
    with world.reading(CLOCK) as work:
        over = BreakGlass.ended_at.is_(None), not_(and_(*is_open(work.now)))
        query = select(BreakGlass.id, BreakGlass.case_id).where(*over).order_by(BreakGlass.id)
        waiting = work.session.execute(query).all()
    return sum(_note_end(world, row.id, row.case_id) for row in waiting)


def end_lifting_now(work: Work, case: Case, row: WallLifting) -> None:
    """End a lifting that holds, or one that still waits. The caller holds the case."""
    row.ended_at, row.ended_by = work.now, work.actor.id
    work.session.flush()
    record_change(work, case, Event.WALL_LIFT_ENDED, lifting=row.id, person=row.user_id)
    tell_leads(work, case, but={row.user_id})
    if row.granted:
        enqueue(work, row.user_id, LetterKind.OPEN_NO_LONGER)
        hand_over_case(work, case, row.user_id)


def end_for_link(work: Work, person_id: UUID, authority_id: UUID) -> None:
    """End what was lifted, or asked to be, for somebody who declares a link to what such a case names.

    The two leads decided without knowing of it.
    """
    named = select(CaseAuthority.case_id).where(
        CaseAuthority.authority_id.in_(with_lineage(work.session, (authority_id,)))
    )
    waits_or_agreed = or_(and_(*lifting_waits(work.now)), WallLifting.granted.is_(True))
    mine = and_(WallLifting.user_id == person_id, WallLifting.ended_at.is_(None), waits_or_agreed)
    rows = work.session.execute(
        select(WallLifting.id, WallLifting.case_id)
        .where(mine, WallLifting.case_id.in_(named))
        .order_by(WallLifting.case_id)
    ).all()
    for row in rows:
        held = select(Case).where(Case.id == row.case_id).with_for_update()
        case = work.session.scalars(held.execution_options(populate_existing=True)).one()
        lifting = work.session.get_one(WallLifting, row.id, populate_existing=True)
        if lifting.ended_at is None and lifting.granted is not False:
            end_lifting_now(work, case, lifting)


def tell_leads(work: Work, case: Case, but: Collection[UUID] = ()) -> None:
    """Tell the leads of the case's region, by mail, that who can see it changes."""
    scope = scope_of(work, case)
    for lead in leads_of(work, scope.regions, scope.authorities):
        if lead.id != work.actor.id and lead.id not in but:
            enqueue(work, lead.id, LetterKind.WHO_SEES_CHANGED, case.id)


def _end_by_clock(world: World, lifting_id: UUID, case_id: UUID) -> bool:
    with world.unit_of_work(CLOCK) as work:
        # Another clock may have it in hand, or a lead has ended it since.
        held = select(Case).where(Case.id == case_id).with_for_update(skip_locked=True)
        case = work.session.scalars(held).one_or_none()
        row = work.session.get(WallLifting, lifting_id, populate_existing=True)
        if case is None or row is None or row.ended_at is not None:
            return False
        end_lifting_now(work, case, row)
        return True


def _note_end(world: World, opening_id: UUID, case_id: UUID) -> bool:
    with world.unit_of_work(CLOCK) as work:
        held = select(Case.id).where(Case.id == case_id).with_for_update(skip_locked=True)
        if work.session.scalars(held).one_or_none() is None:
            return False
        row = work.session.get_one(BreakGlass, opening_id, populate_existing=True)
        if row.ended_at is not None:
            return False
        row.ended_at = work.now
        # Not a change that anybody's form has to know of: the case's version stays.
        work.record(Event.BREAK_GLASS_ENDED, Stream.CASE, case_id, opening=row.id, person=row.user_id)
        return True
