"""Resetting somebody's password and second factor: one administrator proposes, another has heard them and confirms."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import or_, select

from clearinghouse.access.decision import permissions_of
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Grant, Region, Role
from clearinghouse.casework.duties.feeds import end_feeds
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.people.accounts import check_administrator, person_to_change
from clearinghouse.casework.people.invitations import Invited, make_link
from clearinghouse.casework.sign_in.second_factors import void_factors
from clearinghouse.casework.sign_in.sessions import end_sessions
from clearinghouse.casework.sign_in.spoken_codes import spoken_code
from clearinghouse.casework.staff import actor_of, in_force, leads_of, name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.records import ledger
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import Invitation, RoleGrant, User, UserState
from clearinghouse.records.resets import FactorReset, Heard, ResetNotice, ResetReason

__all__ = [
    "Heard",
    "ResetReason",
    "ResetState",
    "ResetView",
    "Told",
    "confirm_reset",
    "propose_reset",
    "reset_against_me",
    "reset_to_confirm",
    "resets_of",
    "resets_waiting",
    "told_of_resets",
    "withdraw_reset",
]

WAITS = timedelta(days=3)
LINK_GOOD_FOR = timedelta(days=2)
SHOWN_FOR = timedelta(days=90)
_ALIKE = {
    Role.COORDINATOR: Role.COORDINATOR,
    Role.AUDIT_OFFICER: Role.AUDIT_OFFICER,
    Role.REGULATOR: Role.AUDIT_OFFICER,
}


class ResetState(StrEnum):
    """How far a reset has come."""

    WAITING = "waiting"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    LINK_OPEN = "link_open"
    LINK_OVER = "link_over"
    DONE = "done"

    @property
    def words(self) -> str:
        """The state as screens name it."""
        return {
            "waiting": "Waits for a second administrator",
            "expired": "Nobody confirmed it in time",
            "withdrawn": "Withdrawn",
            "link_open": "Confirmed: they have not used their link yet",
            "link_over": "Confirmed: their link was not used in time",
            "done": "Done: they have used their link, or another took its place",
        }[self.value]


_OPEN = (ResetState.WAITING, ResetState.LINK_OPEN)


@dataclass(frozen=True)
class ResetView:
    """One reset. `may_confirm` is whether whoever looks is the second administrator that it waits for.

    `code` is for whoever proposed it alone, while the link is open: they tell it to the person. `seen_since` is
    whether the person has signed in after it was proposed, and so can give both factors.
    """

    id: UUID
    person_id: UUID
    person: str
    reason: ResetReason
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    heard: Heard | None
    confirmed_by: str
    confirmed_at: datetime | None
    state: ResetState
    may_confirm: bool
    may_withdraw: bool
    seen_since: bool
    code: str


@dataclass(frozen=True)
class Told:
    """That a reset happened, as those who are told of it read it."""

    person: str
    is_mine: bool
    reason: ResetReason
    by: tuple[str, str]
    at: datetime


def propose_reset(world: World, actor: Actor, user_id: UUID, reason: ResetReason) -> None:
    """Propose that somebody's password and second factor are set anew; nothing happens until another confirms it.

    The person is told at once, and can say that they did not ask for it. Raises NotFound for anybody but an
    administrator, Refused for oneself, for whoever has not joined, and where one waits already.
    """
    with world.unit_of_work(actor) as work:
        user = person_to_change(work, user_id)
        reasons = _reasons_against_resetting(work, user)
        if user.id == actor.id:
            reasons = ("You cannot reset your own. Another administrator can propose it.",)
        elif any(_state(work, row) is ResetState.WAITING for row in _resets_of(work, user.id)):
            reasons = ("A reset waits for a second administrator already.",)
        if reasons:
            raise Refused(*reasons)
        row = work.add(
            FactorReset(
                user_id=user.id,
                reason=reason,
                proposed_by=actor.person,
                proposed_at=work.now,
                expires_at=work.now + WAITS,
            )
        )
        work.session.flush()
        enqueue(work, user.id, LetterKind.RESET_PROPOSED)
        work.record(Event.RESET_PROPOSED, Stream.USER, user.id, reset=row.id, reason=reason)


def withdraw_reset(world: World, actor: Actor, reset_id: UUID) -> UUID:
    """Take a proposal back: any administrator, or the person, who did not ask for it. Returns the person's key.

    Where it is confirmed, its link is void from now on, and the person stays out until another reset. Raises NotFound
    for anybody else, and where it neither waits nor has an open link.
    """
    with world.unit_of_work(actor) as work:
        row = _held(work, reset_id)
        if actor.id != row.user_id:
            check_administrator(actor)
        state = _state(work, row)
        if state not in _OPEN:
            raise NotFound
        if state is ResetState.LINK_OPEN:
            work.session.get_one(Invitation, row.invitation_id).used_at = work.now
        row.ended_by, row.ended_at = actor.person, work.now
        work.record(Event.RESET_WITHDRAWN, Stream.USER, row.user_id, reset=row.id)
        return row.user_id


def confirm_reset(world: World, actor: Actor, reset_id: UUID, heard: Heard) -> Invited:
    """Void somebody's password, codes and sessions and make the one link by which they set them anew.

    The link is for whoever confirms to hand over, and no mail carries it: their roles hold, and whoever read it first
    would hold them. It opens with the code that whoever proposed it tells the person, so that neither of the two
    administrators can use it alone.

    Raises NotFound for anybody but an administrator, Refused for whoever proposed it, for the person, and where it
    does not wait any more.
    """
    with world.unit_of_work(actor) as work:
        check_administrator(actor)
        row = _held(work, reset_id)
        user = person_to_change(work, row.user_id)
        reasons = _reasons_against_confirming(work, row, user)
        if reasons:
            raise Refused(*reasons)
        void_factors(work, user)
        user.state = UserState.INVITED
        end_sessions(work.session, user.id, work.now)
        end_feeds(work, user.id)
        invitation, invited = make_link(work, user, LINK_GOOD_FOR)
        row.heard, row.confirmed_by, row.confirmed_at = heard, actor.person, work.now
        row.invitation_id = invitation.id
        told = _tell(work, row, actor_of(work, user))
        work.record(
            Event.RESET_CONFIRMED,
            Stream.USER,
            user.id,
            reset=row.id,
            reason=row.reason,
            heard=heard,
            proposed_by=row.proposed_by,
            told=told,
        )
        return invited


def resets_of(world: World, actor: Actor, user_id: UUID) -> tuple[ResetView, ...]:
    """A person's resets, the latest first. Raises NotFound for anybody but an administrator."""
    with world.reading(actor) as work:
        check_administrator(actor)
        return tuple(_view(work, row) for row in _resets_of(work, user_id))


def reset_to_confirm(world: World, actor: Actor, reset_id: UUID) -> ResetView:
    """The reset that an administrator may confirm. Raises NotFound for all others, Refused where they may not."""
    with world.reading(actor) as work:
        check_administrator(actor)
        row = work.session.get(FactorReset, reset_id)
        if row is None:
            raise NotFound
        reasons = _reasons_against_confirming(work, row, work.session.get_one(User, row.user_id))
        if reasons:
            raise Refused(*reasons)
        return _view(work, row)


def resets_waiting(world: World, actor: Actor) -> tuple[ResetView, ...]:
    """What waits for a second administrator, or for its person. Raises NotFound for anybody but an administrator."""
    with world.reading(actor) as work:
        check_administrator(actor)
        recent = or_(FactorReset.expires_at > work.now, FactorReset.confirmed_at > work.now - SHOWN_FOR)
        rows = work.session.scalars(
            select(FactorReset).where(recent, FactorReset.ended_at.is_(None)).order_by(FactorReset.id)
        )
        views = [_view(work, row) for row in rows]
        open_ones = (ResetState.WAITING, ResetState.LINK_OPEN, ResetState.LINK_OVER)
        return tuple(view for view in views if view.state in open_ones)


def reset_against_me(world: World, actor: Actor) -> ResetView | None:
    """The reset that somebody has proposed for whoever is signed in, and which waits."""
    with world.reading(actor) as work:
        views = (_view(work, row) for row in _resets_of(work, actor.person))
        return next((view for view in views if view.state is ResetState.WAITING), None)


def told_of_resets(world: World, actor: Actor) -> tuple[Told, ...]:
    """The resets of the last ninety days that the person was told of, the latest first."""
    with world.reading(actor) as work:
        rows = work.session.scalars(
            select(FactorReset)
            .join(ResetNotice, ResetNotice.reset_id == FactorReset.id)
            .where(ResetNotice.user_id == actor.person, FactorReset.confirmed_at > work.now - SHOWN_FOR)
            .order_by(FactorReset.confirmed_at.desc(), FactorReset.id.desc())
        ).all()
        return tuple(
            Told(
                name_of(work, row.user_id),
                row.user_id == actor.id,
                row.reason,
                (name_of(work, row.proposed_by), name_of(work, row.confirmed_by)),
                row.confirmed_at,
            )
            for row in rows
            if row.confirmed_at
        )


def _held(work: Work, reset_id: UUID) -> FactorReset:
    held = select(FactorReset).where(FactorReset.id == reset_id).with_for_update()
    row = work.session.scalars(held.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _resets_of(work: Work, user_id: UUID) -> list[FactorReset]:
    of_person = select(FactorReset).where(FactorReset.user_id == user_id).order_by(FactorReset.id.desc())
    return list(work.session.scalars(of_person))


def _reasons_against_resetting(work: Work, user: User) -> tuple[str, ...]:
    if user.state is UserState.SUSPENDED:
        return ("They are suspended. Let them sign in again first.",)
    if user.state is UserState.INVITED and not any(row.confirmed_at for row in _resets_of(work, user.id)):
        return ("They have not joined yet. Send them a fresh invitation.",)
    return ()


def _reasons_against_confirming(work: Work, row: FactorReset, user: User) -> tuple[str, ...]:
    state = _state(work, row)
    if state is ResetState.EXPIRED:
        return ("It was not confirmed in time. It must be proposed again.",)
    if state is not ResetState.WAITING:
        return ("It is confirmed or withdrawn already.",)
    if row.proposed_by == work.actor.id:
        return ("You proposed it. Another administrator must confirm it.",)
    if user.id == work.actor.id:
        return ("You cannot confirm a reset of your own.",)
    return _reasons_against_resetting(work, user)


def _state(work: Work, row: FactorReset) -> ResetState:
    if row.ended_at is not None:
        return ResetState.WITHDRAWN
    if row.confirmed_at is None:
        return ResetState.WAITING if row.expires_at > work.now else ResetState.EXPIRED
    link = work.session.get_one(Invitation, row.invitation_id)
    if link.used_at is not None:
        return ResetState.DONE
    return ResetState.LINK_OPEN if link.expires_at > work.now else ResetState.LINK_OVER


def _view(work: Work, row: FactorReset) -> ResetView:
    user, state = work.session.get_one(User, row.user_id), _state(work, row)
    waits, is_mine = state is ResetState.WAITING, row.proposed_by == work.actor.id
    may_tell = is_mine and state is ResetState.LINK_OPEN
    return ResetView(
        row.id,
        user.id,
        user.name,
        row.reason,
        name_of(work, row.proposed_by),
        row.proposed_at,
        row.expires_at,
        row.heard,
        name_of(work, row.confirmed_by) if row.confirmed_by else "",
        row.confirmed_at,
        state,
        may_confirm=waits and not _reasons_against_confirming(work, row, user),
        may_withdraw=state in _OPEN,
        seen_since=waits and _has_signed_in_since(work, row),
        code=spoken_code(work.world, row.id) if may_tell else "",
    )


def _has_signed_in_since(work: Work, row: FactorReset) -> bool:
    last = ledger.entries(work.session, row.user_id, Event.SIGNED_IN, limit=1)
    return bool(last) and last[0].at > row.proposed_at


def _tell(work: Work, row: FactorReset, person: Actor) -> tuple[UUID, ...]:
    """Tell the person, who may not have asked for it, and everybody who may notice that it was not they."""
    others = sorted(_others(work, person.grants) - {row.user_id})
    for user_id in (row.user_id, *others):
        work.add(ResetNotice(user_id=user_id, reset_id=row.id))
    enqueue(work, row.user_id, LetterKind.RESET_DONE)
    for user_id in others:
        enqueue(work, user_id, LetterKind.RESET_OF_ANOTHER)
    return tuple(others)


def _others(work: Work, grants: Iterable[Grant]) -> set[UUID]:
    """Every administrator; every lead for a lead, the region's for whoever else reads there; for others their like."""
    grants = tuple(grants)
    roles = {grant.role for grant in grants}
    found = _holders(work, {Role.ADMINISTRATOR} | {_ALIKE[role] for role in roles if role in _ALIKE})
    reading = [grant for grant in grants if Permission.CASE_READ in permissions_of((grant,))]
    everywhere = any(grant.role is Role.LEAD or grant.region is None for grant in reading)
    regions = tuple(Region) if everywhere else tuple(grant.region for grant in reading if grant.region)
    return found | ({lead.id for lead in leads_of(work, regions, ())} if reading else set())


def _holders(work: Work, roles: Iterable[Role]) -> set[UUID]:
    query = (
        select(User.id)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.role.in_(roles), in_force(work.today), User.state == UserState.ACTIVE)
    )
    return set(work.session.scalars(query))
