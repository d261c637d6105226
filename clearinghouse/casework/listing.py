"""The query of the case list: one branch for each way in which the person reaches cases, each read by index."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_, union

from clearinghouse.access.decision import grants_reaching
from clearinghouse.access.permissions import Permission
from clearinghouse.access.policy import Reach
from clearinghouse.access.roles import Grant, Region
from clearinghouse.casework.walls import outside_walls
from clearinghouse.casework.world import Work
from clearinghouse.protocol.vocabulary import Nature, Route, Standing
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import NEVER, Case, CaseAuthority, CaseMember, CaseRegion


class Scope(StrEnum):
    """Whether a list shows open cases, closed ones or both."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"

    @property
    def words(self) -> str:
        """The choice as screens name it."""
        return {"open": "Open cases", "closed": "Closed cases", "all": "Open and closed"}[self.value]


@dataclass(frozen=True)
class CaseFilter:
    """What a list is narrowed to. `words` are looked for in authorities' names, or are a whole reference."""

    words: str = ""
    standing: Standing | None = None
    nature: Nature | None = None
    region: Region | None = None
    scope: Scope = Scope.OPEN
    mine: bool = False
    overdue: bool = False
    escalated: bool = False
    at_risk: bool = False


@dataclass(frozen=True)
class Place:
    """Where a page of the list begins: behind this case, or before it where `backwards`."""

    due_on: date
    case_id: UUID
    backwards: bool = False


@dataclass(frozen=True)
class _Branch:
    """One table to read in order, and what else must hold for a case found there."""

    case_id: Any
    due_on: Any
    conditions: tuple[ColumnElement[bool], ...]


def headers(work: Work, given: CaseFilter, place: Place | None, limit: int) -> list[Any]:
    """The headers of up to `limit` cases that the person may list, by next due date; backwards in reverse order.

    Each branch is ordered and limited by its own index, so that the time does not grow with the number of cases,
    however few of them the person may see. What the rows show is fetched by key, for this page alone.
    """
    found = [_branch_query(work, each, given, place, limit) for each in _branches(work, given.mine)]
    if not found:
        return []
    every = union(*(select(each.subquery()) for each in found)).subquery()
    key = (every.c.due_on, every.c.id)
    order = [column.desc() for column in key] if place is not None and place.backwards else key
    ids = list(work.session.scalars(select(every.c.id).order_by(*order).limit(limit)))
    by_id = _shown(work, ids)
    return [by_id[each] for each in ids]


def every_header(work: Work, given: CaseFilter, batch: int, most: int) -> Iterator[Any]:
    """All headers of the filter in order, up to `most`, a batch at a time."""
    place: Place | None = None
    left = most
    while left > 0:
        rows = headers(work, given, place, min(batch, left))
        yield from rows
        if not rows:
            return
        left -= len(rows)
        place = Place(rows[-1].due_on, rows[-1].id)


def _shown(work: Work, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    query = (
        select(
            Case.id,
            Case.reference,
            Case.nature,
            Case.standing,
            Case.route,
            Case.people_at_risk,
            Case.escalated,
            Case.due_on,
            Authority.name.label("authority"),
        )
        .join(CaseAuthority, and_(CaseAuthority.case_id == Case.id, CaseAuthority.is_lead))
        .join(Authority, Authority.id == CaseAuthority.authority_id)
        .where(Case.id.in_(ids))
    )
    return {row.id: row for row in work.session.execute(query)}


def _branches(work: Work, mine: bool) -> list[_Branch]:
    """Each way in which the person reaches the headers of cases: a role in all England, in a region, for brokerage."""
    branches = []
    for grant, reach in grants_reaching(work.actor, Permission.CASE_HEADER):
        if mine:
            own = CaseMember.user_id == work.actor.person
            branches.append(_Branch(CaseMember.case_id, CaseMember.due_on, (own, *_within(grant, reach))))
        elif reach is Reach.REGION and grant.region is not None:
            branches.append(
                _Branch(CaseRegion.case_id, CaseRegion.due_on, (CaseRegion.region == grant.region,))
            )
        else:
            branches.append(_Branch(Case.id, Case.due_on, _within(grant, reach)))
    return branches


def _within(grant: Grant, reach: Reach) -> tuple[ColumnElement[bool], ...]:
    """What a grant's reach asks of a case beyond its being there. Raises ValueError for a reach that lists nothing."""
    conditions: list[ColumnElement[bool]] = []
    if reach not in (Reach.ALL, Reach.REGION, Reach.BROKERED):
        raise ValueError(f"no list is made for what reaches {reach}")
    if reach is not Reach.ALL and grant.region is not None:
        conditions.append(
            exists().where(CaseRegion.case_id == Case.id, CaseRegion.region == grant.region).correlate(Case)
        )
    if reach is Reach.BROKERED:
        conditions.append(Case.route == Route.POLITICAL_BROKERAGE)
    return tuple(conditions)


def _branch_query(
    work: Work, branch: _Branch, given: CaseFilter, place: Place | None, limit: int
) -> Select[Any]:
    query = select(branch.case_id.label("id"), branch.due_on.label("due_on"))
    if branch.case_id.class_ is not Case:
        query = query.join(Case, Case.id == branch.case_id)
    query = query.where(*branch.conditions, *_asked(work, given, branch.due_on))
    query = query.where(*outside_walls(work, work.actor, branch.case_id))
    if branch.case_id.class_ is CaseMember:
        query = query.distinct()  # somebody can be on a case in two capacities
    key = tuple_(branch.due_on, branch.case_id)
    if place is not None and place.backwards:
        query = query.where(key < tuple_(place.due_on, place.case_id))
        return query.order_by(branch.due_on.desc(), branch.case_id.desc()).limit(limit)
    if place is not None:
        query = query.where(key > tuple_(place.due_on, place.case_id))
    return query.order_by(branch.due_on, branch.case_id).limit(limit)


def _asked(work: Work, given: CaseFilter, due_on: Any) -> Iterator[ColumnElement[bool]]:
    if given.scope is Scope.OPEN:
        yield due_on < NEVER
    if given.scope is Scope.CLOSED:
        yield due_on == NEVER
    if given.overdue:
        yield due_on < work.today
    if given.standing:
        yield Case.standing == given.standing
    if given.nature:
        yield Case.nature == given.nature
    if given.escalated:
        yield Case.escalated.is_(True)
    if given.at_risk:
        yield Case.people_at_risk.is_(True)
    if given.region:
        yield Case.id.in_(select(CaseRegion.case_id).where(CaseRegion.region == given.region))
    if given.words:
        yield _says(given.words)


def _says(words: str) -> ColumnElement[bool]:
    named = (
        select(CaseAuthority.case_id)
        .join(Authority, Authority.id == CaseAuthority.authority_id)
        .where(func.lower(Authority.name).contains(words.lower(), autoescape=True))
    )
    signs = "".join(sign for sign in words.upper() if sign.isalnum())[-6:]
    return or_(Case.id.in_(named), Case.reference == f"CH-{signs[:3]}-{signs[3:]}")
