"""Who leaves because time passes: roles that end on their date, and accounts that nobody has used for ninety days."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from clearinghouse.access.idleness import FIRST_WARNING, IDLE_DAYS, LAST_WARNING, IdleStep, idle_step
from clearinghouse.access.roles import CLOCK, Role
from clearinghouse.casework.leavers import hand_over
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.sign_in.sessions import end_sessions
from clearinghouse.casework.staff import hold_administrators, in_force
from clearinghouse.casework.world import LONDON, Work, World
from clearinghouse.records.absence import IdleWarning
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import RoleGrant, User, UserState

_LETTERS = {FIRST_WARNING: LetterKind.IDLE_FIRST, LAST_WARNING: LetterKind.IDLE_LAST}


def end_roles(world: World) -> int:
    """End every role whose last day has passed, and hand over what its holder may not read or do any more.

    As an administrator does who ends a role by hand (design 4), each in a transaction of its own. Returns how many.
    """
    with world.reading(CLOCK) as work:
        waiting = work.session.scalars(select(RoleGrant.id).where(*_over(work))).all()
    return sum(_end_role(world, grant_id) for grant_id in waiting)


def shut_idle_accounts(world: World) -> int:
    """Warn those who stay away, and suspend whoever has stayed away for ninety days; returns how many were suspended.

    Never one of the last two administrators, and nobody in a demo, whose people have not been there for weeks.
    """
    if world.demo:
        return 0
    with world.reading(CLOCK) as work:
        idle = [person for person, step in _idle(work) if step is not IdleStep.NONE]
    return sum(_take_step(world, person) for person in idle)


def _end_role(world: World, grant_id: UUID) -> bool:
    with world.unit_of_work(CLOCK) as work:
        held = select(RoleGrant).where(RoleGrant.id == grant_id, *_over(work))
        # Another clock may have it in hand, or have ended it since.
        grant = work.session.scalars(held.with_for_update(skip_locked=True)).one_or_none()
        if grant is None:
            return False
        grant.ended_at = work.now
        end_sessions(work.session, grant.user_id, work.now)
        hand_over(work, grant.user_id)
        work.record(
            Event.GRANT_ENDED,
            Stream.USER,
            grant.user_id,
            grant=grant.id,
            role=grant.role,
            region=grant.region,
        )
        return True


def _over(work: Work) -> tuple[ColumnElement[bool], ...]:
    return RoleGrant.ends_on < work.today, RoleGrant.ended_at.is_(None), RoleGrant.confirmed_at.is_not(None)


def _take_step(world: World, user_id: UUID) -> bool:
    with world.unit_of_work(CLOCK) as work:
        hold_administrators(work)
        held = select(User).where(User.id == user_id).with_for_update(key_share=True)
        user = work.session.scalars(held.execution_options(populate_existing=True)).one()
        if user.state is not UserState.ACTIVE:
            return False
        step = idle_step(_last_seen(user), work.today, _warned(work, user))
        if step is IdleStep.SUSPEND:
            return _suspend(work, user)
        if step is not IdleStep.NONE:
            _warn(work, user, FIRST_WARNING if step is IdleStep.FIRST_WARNING else LAST_WARNING)
        return False


def _warn(work: Work, user: User, days_before: int) -> None:
    work.add(
        IdleWarning(
            user_id=user.id, last_seen_on=_last_seen(user), days_before=days_before, warned_at=work.now
        )
    )
    work.record(Event.USER_IDLE_WARNED, Stream.USER, user.id, days_before=days_before)
    enqueue(work, user.id, _LETTERS[days_before])


def _suspend(work: Work, user: User) -> bool:
    if _is_needed_as_administrator(work, user):
        return False
    user.state = UserState.SUSPENDED
    end_sessions(work.session, user.id, work.now)
    hand_over(work, user.id)
    work.record(Event.USER_SUSPENDED, Stream.USER, user.id, last_seen_on=_last_seen(user))
    return True


def _is_needed_as_administrator(work: Work, user: User) -> bool:
    administrators = set(
        work.session.scalars(
            select(User.id)
            .join(RoleGrant, RoleGrant.user_id == User.id)
            .where(RoleGrant.role == Role.ADMINISTRATOR, in_force(work.today), User.state == UserState.ACTIVE)
        )
    )
    return user.id in administrators and len(administrators) <= 2


def _idle(work: Work) -> Iterator[tuple[UUID, IdleStep]]:
    """Everybody who has stayed away for long enough to look at, and what is due on them."""
    soonest = work.today - timedelta(days=IDLE_DAYS - FIRST_WARNING)
    away = or_(User.last_seen_on <= soonest, User.last_seen_on.is_(None))
    for user in work.session.scalars(
        select(User).where(User.state == UserState.ACTIVE, away).order_by(User.id)
    ):
        step = idle_step(_last_seen(user), work.today, _warned(work, user))
        if step is IdleStep.SUSPEND and _is_needed_as_administrator(work, user):
            continue
        yield user.id, step


def _last_seen(user: User) -> date:
    return user.last_seen_on or user.made_at.astimezone(LONDON).date()


def _warned(work: Work, user: User) -> dict[int, date]:
    """Which warnings went out since the person was last here, and on which days."""
    rows = work.session.scalars(
        select(IdleWarning).where(
            IdleWarning.user_id == user.id, IdleWarning.last_seen_on == _last_seen(user)
        )
    )
    return {row.days_before: row.warned_at.astimezone(LONDON).date() for row in rows}
