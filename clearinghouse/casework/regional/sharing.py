"""What authorities have to give: offers of officers and members for a theme, and good practice to learn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.regional.picture import authorities_of
from clearinghouse.casework.regional.signals import authority_to_name
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.round_table import Helpers
from clearinghouse.protocol.signals import SignalTheme
from clearinghouse.records.authorities import Authority
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.regional import GoodPractice, SupportOffer


@dataclass(frozen=True)
class NewSupportOffer:
    """An offer of support; `offered_by` and `words` are sealed."""

    authority_id: UUID
    theme: SignalTheme
    helpers: Helpers
    until: date
    offered_by: str
    words: str = ""


@dataclass(frozen=True)
class ShownOffer:
    """An offer of support that has not run out, in the clear facts."""

    id: UUID
    authority: str
    theme: SignalTheme
    helpers: Helpers
    until: date


@dataclass(frozen=True)
class ShownPractice:
    """That an authority has good practice to share, and in what."""

    id: UUID
    authority: str
    theme: SignalTheme
    recorded_at: datetime


def offer_support(world: World, actor: Actor, offer: NewSupportOffer) -> UUID:
    """Record that an authority makes officers or members available to others (004 §19). Returns its id.

    Raises Invalid beside `until`, NotFound for an authority out of reach.
    """
    with world.unit_of_work(actor) as work:
        authority_to_name(work, offer.authority_id, Permission.ROUND_TABLE_MANAGE)
        if offer.until < work.today:
            raise Invalid({"until": "The day until which it holds must be today or in the future"})
        row = work.add(
            SupportOffer(
                authority_id=offer.authority_id,
                theme=offer.theme,
                helpers=offer.helpers,
                until=offer.until,
                recorded_by=actor.person,
                recorded_at=work.now,
            )
        )
        row.offered_by, row.words = offer.offered_by, offer.words
        work.record(
            Event.SUPPORT_OFFERED,
            Stream.AUTHORITY,
            row.authority_id,
            offer=row.id,
            theme=row.theme,
            helpers=row.helpers,
            until=row.until,
        )
        return row.id


def record_practice(world: World, actor: Actor, authority_id: UUID, theme: SignalTheme, words: str) -> UUID:
    """Record what an authority does well, for the next round table (004 §22). Returns its id. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        authority_to_name(work, authority_id, Permission.ROUND_TABLE_MANAGE)
        row = work.add(
            GoodPractice(
                authority_id=authority_id, theme=theme, recorded_by=actor.person, recorded_at=work.now
            )
        )
        row.words = words
        work.record(Event.PRACTICE_RECORDED, Stream.AUTHORITY, authority_id, practice=row.id, theme=row.theme)
        return row.id


def offers_in(
    work: Work, region: Region, *, behind_walls: bool = False
) -> Sequence[tuple[SupportOffer, Authority]]:
    """The offers of support in the region that have not run out, with their authorities."""
    councils = authorities_of(work, region, behind_walls=behind_walls)
    query = select(SupportOffer).where(
        SupportOffer.authority_id.in_(councils), SupportOffer.until >= work.today
    )
    return [
        (row, councils[row.authority_id]) for row in work.session.scalars(query.order_by(SupportOffer.id))
    ]


def practices_in(
    work: Work, region: Region, *, behind_walls: bool = False
) -> Sequence[tuple[GoodPractice, Authority]]:
    """The good practice recorded in the region, with its authorities."""
    councils = authorities_of(work, region, behind_walls=behind_walls)
    query = select(GoodPractice).where(GoodPractice.authority_id.in_(councils))
    return [
        (row, councils[row.authority_id]) for row in work.session.scalars(query.order_by(GoodPractice.id))
    ]
