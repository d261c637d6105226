"""To whom one case is open by break-glass at this moment, and until when: asked at the door of that case alone."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from clearinghouse.access.decision import CaseScope, Decision
from clearinghouse.access.idleness import SESSION_IDLE
from clearinghouse.access.policy import Reach
from clearinghouse.casework.walls import lifting_holds
from clearinghouse.casework.world import Work
from clearinghouse.records.openings import BreakGlass, WallLifting
from clearinghouse.records.people import WebSession


def opened_to(work: Work, case_id: UUID) -> Mapping[UUID, datetime]:
    """To whom the case is open by break-glass, and until when at the longest."""
    query = select(BreakGlass.user_id, BreakGlass.until).where(
        BreakGlass.case_id == case_id, *is_open(work.now)
    )
    return {row.user_id: row.until for row in work.session.execute(query.order_by(BreakGlass.until))}


def is_open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """That a break-glass is neither over nor ended, and the session lives in which it was opened."""
    lives = select(WebSession.id).where(
        WebSession.ended_at.is_(None), WebSession.expires_at > now, WebSession.used_at > now - SESSION_IDLE
    )
    return BreakGlass.ended_at.is_(None), BreakGlass.until > now, BreakGlass.session_id.in_(lives)


def open_until(work: Work, case_id: UUID, scope: CaseScope, decision: Decision) -> datetime | None:
    """When what opens the case to the actor is over, where that is for a time only; None where they see it anyway."""
    actor = work.actor
    if decision.reach is Reach.BREAK_GLASS:
        return opened_to(work, case_id).get(actor.person)
    if not actor.walled & scope.authorities:
        return None
    mine = (WallLifting.case_id == case_id, WallLifting.user_id == actor.id)
    query = select(WallLifting.until).where(*mine, *lifting_holds(work.now))
    return work.session.scalars(query.order_by(WallLifting.until.desc()).limit(1)).first()
