"""Which authorities a person is walled off from: those they are linked to, with their lineage; and what is lifted."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from clearinghouse.access.lifting import ANSWERED_WITHIN
from clearinghouse.access.roles import Actor
from clearinghouse.casework.world import Work
from clearinghouse.records.authorities import AuthorityLineage
from clearinghouse.records.cases import CaseAuthority
from clearinghouse.records.openings import LiftedAuthority, WallLifting
from clearinghouse.records.people import AuthorityLink


def walled_authorities(work: Work, user_id: UUID) -> frozenset[UUID]:
    """Every authority that the person is walled off from today, lineage included."""
    holds = or_(AuthorityLink.until.is_(None), AuthorityLink.until >= work.today)
    linked = work.session.scalars(
        select(AuthorityLink.authority_id).where(AuthorityLink.user_id == user_id, holds)
    )
    return with_lineage(work.session, linked)


def with_lineage(session: Session, authorities: Iterable[UUID]) -> frozenset[UUID]:
    """The authorities with every predecessor and every successor, however far: never the siblings of a split."""
    start = frozenset(authorities)
    return start | _follow(session, start, forward=True) | _follow(session, start, forward=False)


def lifted_on(work: Work, cases: Collection[UUID]) -> Mapping[UUID, frozenset[tuple[UUID, UUID]]]:
    """On each of these cases for whom the wall is lifted today, and between them and which authority."""
    query = (
        select(WallLifting.case_id, WallLifting.user_id, LiftedAuthority.authority_id)
        .join(LiftedAuthority, LiftedAuthority.lifting_id == WallLifting.id)
        .where(WallLifting.case_id.in_(cases), *lifting_holds(work.now))
    )
    found: dict[UUID, set[tuple[UUID, UUID]]] = {}
    for row in work.session.execute(query):
        found.setdefault(row.case_id, set()).add((row.user_id, row.authority_id))
    return {case_id: frozenset(pairs) for case_id, pairs in found.items()}


def lifting_holds(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """That a lifting was agreed to, and is neither over nor ended."""
    return WallLifting.granted.is_(True), WallLifting.until > now, WallLifting.ended_at.is_(None)


def lifting_waits(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """That a lifting was asked for, and waits for a second lead still."""
    return (
        WallLifting.granted.is_(None),
        WallLifting.ended_at.is_(None),
        WallLifting.asked_at > now - ANSWERED_WITHIN,
    )


def outside_walls(
    work: Work, person: Actor, case_id: InstrumentedAttribute[UUID]
) -> tuple[ColumnElement[bool], ...]:
    """What a query about cases must ask so that it finds none behind the person's walls: the rule that access has.

    What is lifted for them is read once, and named in the query itself: few have any.
    """
    if not person.walled:
        return ()
    mine = (
        select(WallLifting.case_id, LiftedAuthority.authority_id)
        .join(LiftedAuthority, LiftedAuthority.lifting_id == WallLifting.id)
        .where(WallLifting.user_id == person.id, *lifting_holds(work.now))
    )
    named = CaseAuthority
    behind = [named.case_id == case_id, named.authority_id.in_(person.walled)]
    behind += [
        ~and_(named.case_id == row.case_id, named.authority_id == row.authority_id)
        for row in work.session.execute(mine)
    ]
    return (~exists().where(*behind).correlate(case_id.class_),)


def _follow(session: Session, start: frozenset[UUID], *, forward: bool) -> frozenset[UUID]:
    if not start:
        return start
    before, after = AuthorityLineage.predecessor_id, AuthorityLineage.successor_id
    here, there = (before, after) if forward else (after, before)
    first = select(there.label("id")).where(here.in_(start))
    reached = first.cte("reached", recursive=True)
    further = select(there.label("id")).where(here == reached.c.id)
    return frozenset(session.scalars(select(reached.union(further).c.id)))
