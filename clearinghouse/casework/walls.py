"""Which authorities a person is walled off from: those they are linked to, and their lineage."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clearinghouse.casework.world import Work
from clearinghouse.records.authorities import AuthorityLineage
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


def _follow(session: Session, start: frozenset[UUID], *, forward: bool) -> frozenset[UUID]:
    if not start:
        return start
    before, after = AuthorityLineage.predecessor_id, AuthorityLineage.successor_id
    here, there = (before, after) if forward else (after, before)
    first = select(there.label("id")).where(here.in_(start))
    reached = first.cte("reached", recursive=True)
    further = select(there.label("id")).where(here == reached.c.id)
    return frozenset(session.scalars(select(reached.union(further).c.id)))
