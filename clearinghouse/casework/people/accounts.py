"""People and their roles: one administrator proposes, another confirms, and every change ends old sessions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from clearinghouse.access.roles import Actor, ActorKind, Grant, Region, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.leavers import hand_over
from clearinghouse.casework.sign_in.sessions import end_sessions
from clearinghouse.casework.staff import hold_administrators, in_force, name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.ledger import LedgerEvent
from clearinghouse.records.people import RoleGrant, User, UserState

NATIONAL = frozenset({Role.ADMINISTRATOR, Role.COORDINATOR, Role.AUDIT_OFFICER, Role.REGULATOR})
"""Roles that are held for the whole country, never for one region."""

_STATE_WORDS = {UserState.INVITED: "Invited", UserState.ACTIVE: "Active", UserState.SUSPENDED: "Suspended"}


@dataclass(frozen=True)
class GrantView:
    """One role of a person. `may_confirm` is whether whoever looks is the second administrator that it waits for."""

    id: UUID
    person_id: UUID
    person: str
    grant: Grant
    starts_on: date
    ends_on: date | None
    proposed_by: str
    confirmed_by: str
    is_waiting: bool
    may_confirm: bool


@dataclass(frozen=True)
class PersonLine:
    """A person in the list."""

    id: UUID
    name: str
    email: str
    state: str
    roles: tuple[str, ...]
    last_seen_on: date | None


@dataclass(frozen=True)
class PersonView:
    """A person's page. `is_self` is whether whoever looks is that person."""

    id: UUID
    name: str
    email: str
    state: str
    made_at: datetime
    last_seen_on: date | None
    has_joined: bool
    is_suspended: bool
    is_self: bool
    grants: tuple[GrantView, ...]
    past_grants: tuple[GrantView, ...]


@dataclass(frozen=True)
class Recovery:
    """That the operator let an administrator back in from the host, told to every administrator."""

    name: str
    at: datetime


@dataclass(frozen=True)
class PeopleView:
    """The page of people: everybody, what waits for a second administrator, and recent recoveries."""

    people: tuple[PersonLine, ...]
    waiting: tuple[GrantView, ...]
    recoveries: tuple[Recovery, ...]


def people_view(world: World, actor: Actor) -> PeopleView:
    """Everybody with an account, by name. Raises NotFound for anybody but an administrator."""
    with world.reading(actor) as work:
        check_administrator(actor)
        users = work.session.scalars(select(User).order_by(User.name, User.id)).all()
        held = work.session.scalars(
            select(RoleGrant).where(in_force(work.today)).order_by(RoleGrant.id)
        ).all()
        waiting = work.session.scalars(select(RoleGrant).where(*_waiting()).order_by(RoleGrant.id)).all()
        return PeopleView(
            tuple(_line(user, held) for user in users),
            tuple(_grant_view(work, grant) for grant in waiting),
            _recoveries(work),
        )


def person_view(world: World, actor: Actor, user_id: UUID) -> PersonView:
    """One person's page. Raises NotFound for anybody but an administrator, and for nobody."""
    with world.reading(actor) as work:
        check_administrator(actor)
        user = work.session.get(User, user_id)
        if user is None:
            raise NotFound
        grants = work.session.scalars(
            select(RoleGrant).where(RoleGrant.user_id == user.id).order_by(RoleGrant.id)
        ).all()
        views = [(_is_past(grant, work.today), _grant_view(work, grant)) for grant in grants]
        return PersonView(
            user.id,
            user.name,
            user.email,
            _STATE_WORDS[user.state],
            user.made_at,
            user.last_seen_on,
            has_joined=user.state is not UserState.INVITED,
            is_suspended=user.state is UserState.SUSPENDED,
            is_self=user.id == actor.id,
            grants=tuple(view for past, view in views if not past),
            past_grants=tuple(view for past, view in views if past),
        )


def propose_grant(
    world: World,
    actor: Actor,
    user_id: UUID,
    grant: Grant,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> None:
    """Propose a role for somebody else; it holds once another administrator has confirmed it.

    Raises NotFound for anybody but an administrator, Refused for oneself, Invalid where the role cannot be held.
    """
    with world.unit_of_work(actor) as work:
        user = person_to_change(work, user_id)
        if user.id == actor.id:
            raise Refused("You cannot give yourself a role. Another administrator can propose it.")
        open_grants = _open_grants(work, user)
        problem = check_grants((*(Grant(held.role, held.region) for held in open_grants), grant))
        if any((held.role, held.region) == (grant.role, grant.region) for held in open_grants):
            problem = "They hold this role already, or it waits for confirmation"
        if problem:
            raise Invalid({"role": problem})
        if ends_on and ends_on < (starts_on or work.today):
            raise Invalid({"ends_on": "The last day must not be before the first day"})
        propose(work, user, grant, starts_on, ends_on)


def propose(
    work: Work, user: User, grant: Grant, starts_on: date | None = None, ends_on: date | None = None
) -> None:
    """Write the proposal; what the operator on the host proposes is confirmed by that, for the first administrators."""
    is_operator = work.actor.kind is ActorKind.OPERATOR
    row = work.add(
        RoleGrant(
            user_id=user.id,
            role=grant.role,
            region=grant.region,
            starts_on=starts_on or work.today,
            ends_on=ends_on,
            proposed_by=work.actor.id,
            confirmed_by=None,
            confirmed_at=work.now if is_operator else None,
            ended_at=None,
        )
    )
    event = Event.GRANT_CONFIRMED if is_operator else Event.GRANT_PROPOSED
    work.record(event, Stream.USER, user.id, grant=row.id, role=grant.role, region=grant.region)


def confirm_grant(world: World, actor: Actor, grant_id: UUID) -> UUID:
    """Confirm what another administrator proposed; the person's sessions end, so that it holds from their next sign-in.

    Raises NotFound for anybody but an administrator, Refused for the proposer, for the person, and before the person
    has joined: whoever confirms must be sure that it was the person who did. Returns the person's key.
    """
    with world.unit_of_work(actor) as work:
        row, user = _grant_to_change(work, grant_id)
        reasons = _reasons_against_confirming(work, row, user)
        if reasons:
            raise Refused(*reasons)
        row.confirmed_by, row.confirmed_at = actor.id, work.now
        end_sessions(work.session, user.id, work.now)
        work.record(
            Event.GRANT_CONFIRMED, Stream.USER, user.id, grant=row.id, role=row.role, region=row.region
        )
        return user.id


def end_grant(world: World, actor: Actor, grant_id: UUID) -> UUID:
    """End a role now, or withdraw a proposal; the person's sessions end. One administrator is enough to take away.

    What they may not read or do any more is handed over, without a word of it here (design 4).
    Raises NotFound for anybody but an administrator, Refused where nobody could administer any more. Returns the
    person's key.
    """
    with world.unit_of_work(actor) as work:
        _hold_administrators(work)
        row, user = _grant_to_change(work, grant_id)
        if row.role is Role.ADMINISTRATOR and row.confirmed_at is not None:
            _keep_two_administrators(work, user)
        row.ended_at = work.now
        end_sessions(work.session, user.id, work.now)
        hand_over(work, user.id)
        work.record(Event.GRANT_ENDED, Stream.USER, user.id, grant=row.id, role=row.role, region=row.region)
        return user.id


def suspend(world: World, actor: Actor, user_id: UUID) -> None:
    """Shut a person out at once: their sessions end and they cannot sign in. Their roles stay for their return.

    Their open cases and duties do not: they are handed over, without a word of it here (design 4).
    Raises NotFound for anybody but an administrator, Refused for oneself and for one of the last two administrators.
    """
    with world.unit_of_work(actor) as work:
        _hold_administrators(work)
        user = person_to_change(work, user_id)
        if user.id == actor.id:
            raise Refused("You cannot suspend yourself.")
        if user.state is not UserState.ACTIVE:
            raise Refused("Only somebody who has joined and is not suspended can be suspended.")
        _keep_two_administrators(work, user)
        user.state = UserState.SUSPENDED
        end_sessions(work.session, user.id, work.now)
        hand_over(work, user.id)
        work.record(Event.USER_SUSPENDED, Stream.USER, user.id)


def reinstate(world: World, actor: Actor, user_id: UUID) -> None:
    """Let a suspended person sign in again, with the roles that they still hold.

    Raises NotFound for anybody but an administrator, Refused where they are not suspended.
    """
    with world.unit_of_work(actor) as work:
        user = person_to_change(work, user_id)
        if user.state is not UserState.SUSPENDED:
            raise Refused("They are not suspended.")
        user.state, user.last_seen_on = UserState.ACTIVE, work.today
        work.record(Event.USER_REINSTATED, Stream.USER, user.id)


def check_grants(grants: Iterable[Grant]) -> str | None:
    """Why these roles cannot be held together, as one sentence; None where they can.

    Administrators read no case, so the role goes with no other; coordinators and administrators work nationally.
    """
    wanted = tuple(grants)
    roles = {grant.role for grant in wanted}
    if not wanted:
        return "Select at least one role"
    if Role.ADMINISTRATOR in roles and len(roles) > 1:
        return "An administrator reads no case and can hold no other role"
    if any(grant.role in NATIONAL and grant.region for grant in wanted):
        return "This role is national; leave the region out"
    return None


def check_administrator(actor: Actor) -> None:
    """Raises NotFound for anybody but an administrator."""
    if not actor.has(Role.ADMINISTRATOR):
        raise NotFound


def person_to_change(work: Work, user_id: UUID) -> User:
    """The person, held until the work ends. Raises NotFound for anybody but an administrator, and for nobody."""
    check_administrator(work.actor)
    held = select(User).where(User.id == user_id).with_for_update(key_share=True)
    user = work.session.scalars(held.execution_options(populate_existing=True)).one_or_none()
    if user is None:
        raise NotFound
    return user


def _hold_administrators(work: Work) -> None:
    check_administrator(work.actor)
    hold_administrators(work)


def _grant_to_change(work: Work, grant_id: UUID) -> tuple[RoleGrant, User]:
    check_administrator(work.actor)
    row = work.session.scalars(
        select(RoleGrant).where(RoleGrant.id == grant_id).with_for_update()
    ).one_or_none()
    if row is None or row.ended_at is not None:
        raise NotFound
    return row, person_to_change(work, row.user_id)


def _open_grants(work: Work, user: User) -> Sequence[RoleGrant]:
    current = or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= work.today)
    query = select(RoleGrant).where(RoleGrant.user_id == user.id, RoleGrant.ended_at.is_(None), current)
    return work.session.scalars(query).all()


def _waiting() -> tuple[ColumnElement[bool], ...]:
    return RoleGrant.confirmed_at.is_(None), RoleGrant.ended_at.is_(None)


def _reasons_against_confirming(work: Work, row: RoleGrant, user: User) -> tuple[str, ...]:
    reasons = []
    if row.confirmed_at is not None:
        reasons.append("It is confirmed already.")
    if row.proposed_by == work.actor.id:
        reasons.append("You proposed it. Another administrator must confirm it.")
    if user.id == work.actor.id:
        reasons.append("You cannot confirm a role of your own.")
    if user.state is not UserState.ACTIVE:
        reasons.append("They have not joined yet. Confirm once they have, and have told you so themselves.")
    return tuple(reasons)


def _keep_two_administrators(work: Work, user: User) -> None:
    others = (
        select(User.id)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.role == Role.ADMINISTRATOR, in_force(work.today), User.state == UserState.ACTIVE)
        .distinct()
    )
    left = set(work.session.scalars(others)) - {user.id}
    held = in_force(work.today), RoleGrant.role == Role.ADMINISTRATOR, RoleGrant.user_id == user.id
    if len(left) < 2 and work.session.scalars(select(RoleGrant.id).where(*held)).first() is not None:
        raise Refused("Fewer than two administrators would be left, and two are needed to confirm a role.")


def _is_past(grant: RoleGrant, today: date) -> bool:
    return grant.ended_at is not None or (grant.ends_on is not None and grant.ends_on < today)


def _line(user: User, held: Sequence[RoleGrant]) -> PersonLine:
    roles = tuple(_words(grant.role, grant.region) for grant in held if grant.user_id == user.id)
    return PersonLine(user.id, user.name, user.email, _STATE_WORDS[user.state], roles, user.last_seen_on)


def _words(role: Role, region: Region | None) -> str:
    return Grant(role, region).words


def _grant_view(work: Work, row: RoleGrant) -> GrantView:
    user = work.session.get_one(User, row.user_id)
    is_waiting = row.confirmed_at is None and row.ended_at is None
    confirmed = name_of(work, row.confirmed_by) if row.confirmed_by else "the operator"
    return GrantView(
        row.id,
        user.id,
        user.name,
        Grant(row.role, row.region),
        row.starts_on,
        _last_day(row),
        name_of(work, row.proposed_by) if row.proposed_by else "the operator",
        confirmed if row.confirmed_at else "",
        is_waiting,
        may_confirm=is_waiting and not _reasons_against_confirming(work, row, user),
    )


def _last_day(row: RoleGrant) -> date | None:
    """The clock ends a role on the day after its last one."""
    days = [day for day in (row.ends_on, row.ended_at.date() if row.ended_at else None) if day]
    return min(days, default=None)


def _recoveries(work: Work) -> tuple[Recovery, ...]:
    """Those of the last thirty that fell into the last ninety days."""
    query = (
        select(LedgerEvent)
        .where(LedgerEvent.type == Event.USER_RECOVERED.value)
        .order_by(LedgerEvent.at.desc())
        .limit(30)
    )
    found = [(UUID(row.stream_id), datetime.fromisoformat(row.at)) for row in work.session.scalars(query)]
    return tuple(Recovery(name_of(work, user), at) for user, at in found if (work.now - at).days < 90)
