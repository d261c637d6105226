"""Looking authorities up in the register: by their words for a picker, and as facts for the rules about peers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast
from uuid import UUID

from sqlalchemy import case, func, or_, select

from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.peers import AuthorityFacts
from clearinghouse.records.authorities import Authority, AuthorityLineage

_MOST_WORDS = 8
_FACTS = "authority_facts"


@dataclass(frozen=True)
class FoundAuthority:
    """An authority as a picker offers it."""

    id: UUID
    code: str
    name: str
    type_name: str
    region: Region | None

    @property
    def words(self) -> str:
        """What tells it from others of a like name: `County, South East`."""
        return f"{self.type_name}, {self.region}" if self.region else self.type_name


def find_authorities(world: World, actor: Actor, words: str, limit: int = 20) -> tuple[FoundAuthority, ...]:
    """The current authorities in whose name or code every word occurs, however it is capitalised.

    Those whose code it is or whose name begins so come first. The register is public, so everybody finds the same.
    """
    wanted = words.lower().split()[:_MOST_WORDS]
    if not wanted:
        return ()
    name, nice_name, code = (
        func.lower(column) for column in (Authority.name, Authority.nice_name, Authority.code)
    )
    start = " ".join(wanted)
    begins = or_(name.startswith(start, autoescape=True), nice_name.startswith(start, autoescape=True))
    with world.reading(actor) as work:
        query = select(Authority).where(or_(Authority.ended_on.is_(None), Authority.ended_on >= work.today))
        for word in wanted:
            query = query.where(
                or_(*(text.contains(word, autoescape=True) for text in (name, nice_name, code)))
            )
        query = query.order_by(case((code == start, 0), (begins, 1), else_=2), Authority.name, Authority.id)
        return tuple(
            FoundAuthority(row.id, row.code, row.name, row.type_name, row.region)
            for row in work.session.scalars(query.limit(limit))
        )


def councils_called(world: World, actor: Actor, names: Iterable[str]) -> dict[str, UUID | None]:
    """The council of the register that each name, short name or code means today; None where there is none."""
    with world.reading(actor) as work:
        query = select(Authority.id, Authority.name, Authority.nice_name, Authority.code).where(
            or_(Authority.ended_on.is_(None), Authority.ended_on >= work.today)
        )
        known: dict[str, UUID] = {}
        for row in work.session.execute(query.order_by(Authority.id)):
            for called in (row.nice_name, row.code, row.name):
                known.setdefault(called.casefold(), row.id)
        return {name: known.get(name.casefold()) for name in names}


def authority_facts(work: Work) -> Mapping[UUID, AuthorityFacts]:
    """Every authority of the register, the abolished ones too, as the rules about peers look at it.

    Lineage is followed to its ends; a county's districts include the former ones. Read once in a work. An authority
    without a region has the empty one. `reviews_made` is empty: it comes from the register of peers.
    """
    known = work.session.info.get(_FACTS)
    if known is None:
        known = work.session.info[_FACTS] = MappingProxyType(_read_facts(work))
    return cast(Mapping[UUID, AuthorityFacts], known)


def _read_facts(work: Work) -> dict[UUID, AuthorityFacts]:
    rows = work.session.scalars(select(Authority)).all()
    ids = {row.code: row.id for row in rows}
    counties = {row.id: ids.get(row.county_code) if row.county_code else None for row in rows}
    districts: dict[UUID, set[UUID]] = {}
    for district, county in counties.items():
        if county:
            districts.setdefault(county, set()).add(district)
    pairs = work.session.execute(select(AuthorityLineage.predecessor_id, AuthorityLineage.successor_id)).all()
    after = _next((predecessor, successor) for predecessor, successor in pairs)
    before = _next((successor, predecessor) for predecessor, successor in pairs)
    return {
        row.id: AuthorityFacts(
            id=row.id,
            name=row.name,
            type=row.type,
            region=row.region.value if row.region else "",
            county=counties[row.id],
            districts=frozenset(districts.get(row.id, ())),
            predecessors=_reached(row.id, before),
            successors=_reached(row.id, after),
            start=row.started_on,
            end=row.ended_on,
            x=row.x,
            y=row.y,
            area_km2=row.area_km2,
            ruling_group=row.ruling_group,
            ruling_group_since=row.ruling_group_since,
        )
        for row in rows
    }


def _next(pairs: Iterable[tuple[UUID, UUID]]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for here, there in pairs:
        found.setdefault(here, []).append(there)
    return found


def _reached(start: UUID, steps: Mapping[UUID, list[UUID]]) -> frozenset[UUID]:
    reached, waiting = set[UUID](), list(steps.get(start, ()))
    while waiting:
        each = waiting.pop()
        if each not in reached and each != start:
            reached.add(each)
            waiting += steps.get(each, ())
    return frozenset(reached)
