"""Who works here: the people who hold a role today, and who of them may be given a case's duties."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from clearinghouse.access.roles import Actor, Grant, Region, Role
from clearinghouse.casework.walls import walled_authorities
from clearinghouse.casework.world import Work
from clearinghouse.records.people import RoleGrant, User, UserState


@dataclass(frozen=True)
class Colleague:
    """A person as screens name them."""

    id: UUID
    name: str


def actor_of(work: Work, user: User) -> Actor:
    """The person as access needs to know them today."""
    held = select(RoleGrant.role, RoleGrant.region).where(RoleGrant.user_id == user.id, in_force(work.today))
    grants = tuple(Grant(row.role, row.region) for row in work.session.execute(held.order_by(RoleGrant.id)))
    return Actor(user.id, user.name, grants=grants, walled=walled_authorities(work, user.id))


def active_actor(work: Work, user_id: UUID) -> Actor | None:
    """The person as access needs to know them today; None for one who has not joined or is suspended."""
    user = work.session.get(User, user_id)
    return actor_of(work, user) if user is not None and user.state is UserState.ACTIVE else None


def grants_over_time(work: Work, user_id: UUID) -> Callable[[datetime], tuple[Grant, ...]]:
    """What says which roles the person held at an instant, read once for all instants."""
    held = select(RoleGrant).where(RoleGrant.user_id == user_id, RoleGrant.confirmed_at.is_not(None))
    rows = [
        (Grant(row.role, row.region), row.confirmed_at, row.starts_on, row.ended_at, row.ends_on)
        for row in work.session.scalars(held.order_by(RoleGrant.id))
    ]

    def at(instant: datetime) -> tuple[Grant, ...]:
        day = instant.date()
        return tuple(
            grant
            for grant, confirmed_at, starts_on, ended_at, ends_on in rows
            if confirmed_at
            and confirmed_at <= instant
            and starts_on <= day
            and (ended_at is None or ended_at > instant)
            and (ends_on is None or ends_on >= day)
        )

    return at


def in_force(today: date) -> ColumnElement[bool]:
    """A grant that is confirmed, has begun and has not ended."""
    return and_(
        RoleGrant.confirmed_at.is_not(None),
        RoleGrant.starts_on <= today,
        RoleGrant.ended_at.is_(None),
        or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= today),
    )


def hold_administrators(work: Work) -> None:
    """Hold everybody with the role, so that two who take it away at once count one after the other.

    They are held before anything else and in the order of their keys, so that nobody waits in a circle; the lock is the
    one that lets others refer to a person, as every post of theirs does.
    """
    administrators = select(RoleGrant.user_id).where(RoleGrant.role == Role.ADMINISTRATOR)
    held = select(User.id).where(User.id.in_(administrators)).order_by(User.id)
    work.session.execute(held.with_for_update(key_share=True))


def leads_of(work: Work, regions: Collection[Region], authorities: Collection[UUID]) -> tuple[Colleague, ...]:
    """The leads of any of the regions who are not walled off from any of the authorities; regional ones first."""
    query = (
        select(User.id, User.name, RoleGrant.region)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(User.state == UserState.ACTIVE, RoleGrant.role == Role.LEAD, in_force(work.today))
        .where(or_(RoleGrant.region.is_(None), RoleGrant.region.in_(regions)))
        .order_by(RoleGrant.region.is_(None), User.name, User.id)
    )
    found = {row.id: Colleague(row.id, row.name) for row in work.session.execute(query)}
    free = (person for person in found if not walled_authorities(work, person) & frozenset(authorities))
    return tuple(found[person] for person in free)


def name_of(work: Work, user_id: UUID | None) -> str:
    """The person's name, or the clock's where nobody did it."""
    if user_id is None:
        return "The clock"
    if user_id not in work.names:
        found = work.session.scalars(select(User.name).where(User.id == user_id)).one_or_none()
        work.names[user_id] = found or "The clock"
    return work.names[user_id]
