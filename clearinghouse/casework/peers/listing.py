"""The register of peers as a list: narrowed, by name, a page at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, not_, or_, select, tuple_

from clearinghouse.access.decision import may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.peers.accreditation import ENDING_WITHIN
from clearinghouse.casework.peers.days import days_used
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.council_years import council_year
from clearinghouse.protocol.peer_words import Service, Theme
from clearinghouse.protocol.peers import PeerKind
from clearinghouse.records.authorities import Authority
from clearinghouse.records.peers import Peer, PeerAffiliation

ON_A_PAGE = 50


class Accreditation(StrEnum):
    """How a list is narrowed by accreditation; a specialist needs none."""

    NOW = "now"
    ENDING = "ending"
    NOT_NOW = "not_now"

    @property
    def words(self) -> str:
        """The choice as screens name it."""
        return {
            "now": "Accredited now",
            "ending": "Accreditation ends within 90 days",
            "not_now": "Lapsed, suspended or not yet",
        }[self.value]


@dataclass(frozen=True)
class PeerFilter:
    """What a list is narrowed to; `words` are looked for in names and codes."""

    words: str = ""
    kind: PeerKind | None = None
    theme: Theme | None = None
    service: Service | None = None
    region: Region | None = None
    accreditation: Accreditation | None = None


@dataclass(frozen=True)
class PeerPlace:
    """Where a page of the list begins: behind this peer, or before it where `backwards`."""

    name: str
    peer_id: UUID
    backwards: bool = False


@dataclass(frozen=True)
class PeerRow:
    """A peer as the list shows them. `belongs` are the names of where they belong now."""

    id: UUID
    code: str
    name: str
    kind: PeerKind
    role: str
    belongs: tuple[str, ...]
    accredited_until: date | None
    is_accredited: bool
    suspended: bool
    days_left: int


@dataclass(frozen=True)
class PeerList:
    """One page of the register, with where the pages after and before it begin."""

    rows: tuple[PeerRow, ...]
    next: PeerPlace | None
    previous: PeerPlace | None


def peer_list(world: World, actor: Actor, given: PeerFilter, place: PeerPlace | None = None) -> PeerList:
    """A page of the register by name. Raises NotFound for those who may not read it."""
    if not may_enter(actor, Permission.PEER_READ):
        raise NotFound
    backwards = place is not None and place.backwards
    with world.reading(actor) as work:
        key = tuple_(Peer.name, Peer.id)
        query = peers_query(work, given)
        if place is not None:
            mark = tuple_(place.name, place.peer_id)
            query = query.where(key < mark if backwards else key > mark)
        if backwards:
            query = query.order_by(None).order_by(Peer.name.desc(), Peer.id.desc())
        found = work.session.execute(query.limit(ON_A_PAGE + 1)).all()
        more, shown = len(found) > ON_A_PAGE, list(found[:ON_A_PAGE])
        if backwards:
            shown.reverse()
        ids = [row.id for row in shown]
        belongs, used = _belongs(work, ids), days_used(work, council_year(work.today), ids)
        return PeerList(
            rows=tuple(_row(work, row, belongs, used.get(row.id, 0)) for row in shown),
            next=PeerPlace(shown[-1].name, shown[-1].id) if shown and (more or backwards) else None,
            previous=PeerPlace(shown[0].name, shown[0].id, backwards=True)
            if shown and place is not None and (more or not backwards)
            else None,
        )


def peers_query(work: Work, given: PeerFilter) -> Select[*tuple[Any, ...]]:
    """What is open of the peers of the filter, by name."""
    columns = [column for column in Peer.__table__.c if column.name != "contact_sealed"]
    return select(*columns).where(*_asked(work, given)).order_by(Peer.name, Peer.id)


def is_accredited(work: Work, row: Any) -> bool:
    """Whether the accreditation of a peer, or of a row of the register, holds today."""
    begins, ends = row.accredited_from, row.accredited_until
    return (
        not row.suspended
        and (begins is not None or ends is not None or row.kind is PeerKind.SPECIALIST)
        and (begins is None or begins <= work.today)
        and (ends is None or ends >= work.today)
    )


def _asked(work: Work, given: PeerFilter) -> Iterator[ColumnElement[bool]]:
    for word in given.words.lower().split():
        yield or_(
            func.lower(Peer.name).contains(word, autoescape=True),
            func.lower(Peer.code).contains(word, autoescape=True),
        )
    if given.kind:
        yield Peer.kind == given.kind
    for column, value in (
        (Peer.themes, given.theme),
        (Peer.services, given.service),
        (Peer.regions, given.region),
    ):
        if value:
            yield cast(column, String).contains(f'"{value.value}"', autoescape=True)
    if given.accreditation is Accreditation.NOW:
        yield _accredited(work.today)
    if given.accreditation is Accreditation.NOT_NOW:
        yield not_(_accredited(work.today))
    if given.accreditation is Accreditation.ENDING:
        yield Peer.accredited_until.between(work.today, work.today + ENDING_WITHIN)


def _accredited(today: date) -> ColumnElement[bool]:
    begins, ends = Peer.accredited_from, Peer.accredited_until
    return and_(
        Peer.suspended.is_(False),
        or_(begins.is_not(None), ends.is_not(None), Peer.kind == PeerKind.SPECIALIST),
        or_(begins.is_(None), begins <= today),
        or_(ends.is_(None), ends >= today),
    )


def _belongs(work: Work, ids: list[UUID]) -> dict[UUID, tuple[str, ...]]:
    query = (
        select(PeerAffiliation.peer_id, Authority.name)
        .join(Authority, Authority.id == PeerAffiliation.authority_id)
        .where(PeerAffiliation.peer_id.in_(ids))
        .where(or_(PeerAffiliation.until.is_(None), PeerAffiliation.until >= work.today))
        .order_by(PeerAffiliation.id)
    )
    found: dict[UUID, tuple[str, ...]] = {}
    for peer_id, name in work.session.execute(query):
        found[peer_id] = (*found.get(peer_id, ()), name)
    return found


def _row(work: Work, row: Any, belongs: dict[UUID, tuple[str, ...]], used: int) -> PeerRow:
    return PeerRow(
        id=row.id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        role=row.role,
        belongs=(*([row.organisation] if row.organisation else []), *belongs.get(row.id, ())),
        accredited_until=row.accredited_until,
        is_accredited=is_accredited(work, row),
        suspended=row.suspended,
        days_left=max(0, row.days_offered - used),
    )
