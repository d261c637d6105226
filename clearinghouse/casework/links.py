"""What people are linked to: declared by themselves or by an administrator, and never taken back by either."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.roles import Actor, Role
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.leavers import hand_over
from clearinghouse.casework.openings.ending import end_for_link
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.world import World
from clearinghouse.protocol.conflicts import BELONGING_YEARS
from clearinghouse.protocol.peers import years_after
from clearinghouse.records.authorities import Authority
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import AuthorityLink, LinkKind, User

__all__ = ["AuthorityChoice", "LinkKind", "LinkView", "authorities_to_link", "declare_link", "links_of"]


@dataclass(frozen=True)
class LinkView:
    """One link: it keeps the person from the authority's cases until that day, or for as long as it is not lifted."""

    authority: str
    kind: LinkKind
    until: date | None
    declared_by: str
    declared_at: datetime
    holds: bool


@dataclass(frozen=True)
class AuthorityChoice:
    """An authority to choose from, abolished ones included: a wall follows the lineage."""

    id: UUID
    words: str


def links_of(world: World, actor: Actor, user_id: UUID) -> tuple[LinkView, ...]:
    """A person's links, the latest first. Raises NotFound for anybody but the person and administrators."""
    with world.reading(actor) as work:
        _check(actor, user_id)
        rows = work.session.execute(
            select(AuthorityLink, Authority.nice_name)
            .join(Authority, Authority.id == AuthorityLink.authority_id)
            .where(AuthorityLink.user_id == user_id)
            .order_by(AuthorityLink.declared_at.desc(), AuthorityLink.id.desc())
        ).all()
        return tuple(
            LinkView(
                name,
                link.kind,
                link.until,
                name_of(work, link.declared_by),
                link.declared_at,
                holds=link.until is None or link.until >= work.today,
            )
            for link, name in rows
        )


def authorities_to_link(world: World, actor: Actor) -> tuple[AuthorityChoice, ...]:
    """Every authority of the register by name."""
    with world.reading(actor) as work:
        rows = work.session.execute(
            select(Authority.id, Authority.nice_name, Authority.type_name, Authority.ended_on).order_by(
                Authority.nice_name
            )
        )
        return tuple(
            AuthorityChoice(
                row.id, f"{row.nice_name} ({row.type_name}{', abolished' if row.ended_on else ''})"
            )
            for row in rows
        )


def declare_link(
    world: World,
    actor: Actor,
    user_id: UUID,
    authority_id: UUID,
    kind: LinkKind,
    ended_on: date | None = None,
) -> None:
    """Wall a person off from an authority and its lineage, at once.

    A link that has ended holds for four more years; one that has not holds without end. Nobody takes a declaration
    back, so a second one for the same authority can only prolong the wall. What they own or owe behind it is handed
    over, without a word of it here (design 4). A wall that was lifted for them on such a case stands again.
    Raises NotFound for anybody but the person and administrators, Invalid for an unknown authority or a day to come.
    """
    with world.unit_of_work(actor) as work:
        _check(actor, user_id)
        if work.session.get(User, user_id) is None:
            raise NotFound
        if work.session.get(Authority, authority_id) is None:
            raise Invalid({"authority": "Select an authority"})
        if ended_on and ended_on > work.today:
            raise Invalid({"ended_on": "The day it ended must be today or in the past"})
        until = years_after(ended_on, BELONGING_YEARS) if ended_on else None
        work.add(
            AuthorityLink(
                user_id=user_id,
                authority_id=authority_id,
                kind=kind,
                until=until,
                declared_by=actor.id,
                declared_at=work.now,
            )
        )
        end_for_link(work, user_id, authority_id)
        hand_over(work, user_id)
        work.record(Event.LINK_DECLARED, Stream.USER, user_id, authority=authority_id, kind=kind, until=until)


def _check(actor: Actor, user_id: UUID) -> None:
    if actor.id != user_id and not actor.has(Role.ADMINISTRATOR):
        raise NotFound
