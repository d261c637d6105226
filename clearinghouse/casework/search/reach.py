"""Which cases a search goes through: those that the person may read, and of the others those whose header says it all.

Narrowed in SQL, so that the work done never depends on what is hidden; each case is put before the policy once more
before anything of it is opened.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true, union

from clearinghouse.access.decision import grants_reaching
from clearinghouse.access.permissions import Permission
from clearinghouse.access.policy import Reach
from clearinghouse.access.roles import Grant
from clearinghouse.casework.search.asking import Asked
from clearinghouse.casework.walls import outside_walls
from clearinghouse.casework.world import LONDON, Work
from clearinghouse.protocol.vocabulary import Nature, Route
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority, CaseMember, CaseRegion
from clearinghouse.records.convergence import CaseJoin
from clearinghouse.records.folding import fold
from clearinghouse.records.searched import TextKind
from clearinghouse.records.way_forward import BrokerageAsk, BrokerageTalk


@dataclass(frozen=True)
class Headers:
    """The folded words of headers, looked through without opening anything: authorities and natures by their keys."""

    authorities: Mapping[UUID, str]
    natures: Mapping[Nature, str]

    def says(self, needle: str) -> ColumnElement[bool]:
        """That a case's header holds the needle at the beginning of a word."""
        named = [key for key, words in self.authorities.items() if f" {needle}" in f" {words}"]
        natures = [nature for nature, words in self.natures.items() if f" {needle}" in f" {words}"]
        spaced = " " + func.lower(func.replace(Case.reference, "-", " "))
        return or_(
            exists().where(CaseAuthority.case_id == Case.id, CaseAuthority.authority_id.in_(named)),
            Case.nature.in_(natures),
            spaced.contains(f" {needle}", autoescape=True),
            func.lower(func.replace(Case.reference, "-", "")).startswith(needle, autoescape=True),
        )

    def words(self, reference: str, nature: Nature, authorities: Sequence[UUID]) -> str:
        """The folded words of one case's header, each behind a space."""
        named = "\n ".join(self.authorities.get(each, "") for each in authorities)
        compact = fold(reference.replace("-", ""))
        return f" {fold(reference)}\n {compact}\n {self.natures[nature]}\n {named}"


def folded_headers(work: Work) -> Headers:
    """The names of all authorities, former ones too, and of the natures, folded."""
    names = work.session.execute(select(Authority.id, Authority.name))
    return Headers({row.id: fold(row.name) for row in names}, {each: fold(each.words) for each in Nature})


def cases_after(
    work: Work, asked: Asked, needles: Sequence[str], headers: Headers, after: UUID | None, limit: int
) -> list[UUID]:
    """The next cases to look at, the latest first; each branch is read by its own index and limited."""
    found = []
    for branch in _branches(work, asked, needles, headers):
        query = branch if after is None else branch.where(Case.id < after)
        found.append(select(query.order_by(Case.id.desc()).limit(limit).subquery()))
    if not found:
        return []
    every = union(*found).subquery()
    return list(work.session.scalars(select(every.c.id).order_by(every.c.id.desc()).limit(limit)))


def how_many(work: Work, asked: Asked, needles: Sequence[str], headers: Headers) -> int:
    """How many cases there are to look at in all."""
    found = [select(branch.subquery()) for branch in _branches(work, asked, needles, headers)]
    if not found:
        return 0
    return work.session.scalar(select(func.count()).select_from(union(*found).subquery())) or 0


def _branches(work: Work, asked: Asked, needles: Sequence[str], headers: Headers) -> Iterator[Select[UUID]]:
    """Each way in which the person reaches cases: to read them, to read their own words, or by the header alone."""
    readable = list(_readable(work))
    branches = [*readable, *_own_brokerage(work)]
    if readable:
        branches.append(_joined(work, readable))
    if TextKind.HEADER in asked.looks_in:
        says_it_all = and_(true(), *map(headers.says, needles))
        branches += [query.where(says_it_all) for query in _listed(work)]
    for query in branches:
        yield query.where(*_narrowed(work, asked))


def _readable(work: Work) -> Iterator[Select[UUID]]:
    for grant, reach in grants_reaching(work.actor, Permission.CASE_READ):
        if reach in (Reach.ON_CASE, Reach.BROKERED_ON_CASE):
            mine = CaseMember.user_id == work.actor.person
            query = select(Case.id).join(CaseMember, CaseMember.case_id == Case.id).where(mine).distinct()
        else:
            query = select(Case.id)
        yield query.where(*_within(grant, reach))


def _listed(work: Work) -> Iterator[Select[UUID]]:
    for grant, reach in grants_reaching(work.actor, Permission.CASE_HEADER):
        yield select(Case.id).where(*_within(grant, reach))


def _own_brokerage(work: Work) -> Iterator[Select[UUID]]:
    """Brokered cases on which the person was asked, or talked: their own words, though they may not read the case."""
    for grant, reach in grants_reaching(work.actor, Permission.BROKERAGE_RECORD):
        asked = select(BrokerageAsk.case_id).where(BrokerageAsk.political_lead_id == work.actor.person)
        talked = select(BrokerageTalk.case_id).where(BrokerageTalk.recorded_by == work.actor.person)
        yield select(Case.id).where(Case.id.in_(union(asked, talked)), *_within(grant, reach))


def _joined(work: Work, readable: Sequence[Select[UUID]]) -> Select[UUID]:
    """What is carried on, at any remove, in a case that the person may read, with no wall on the way."""
    open_to_them = outside_walls(work, work.actor, Case.id)
    onward = or_(*(CaseJoin.case_id.in_(query.where(*open_to_them)) for query in readable))
    first = select(CaseJoin.joined_id.label("id")).where(CaseJoin.ended_at.is_(None), onward)
    reached = first.cte("carried_on", recursive=True)
    further = (
        select(CaseJoin.joined_id)
        .join(Case, Case.id == CaseJoin.case_id)
        .where(CaseJoin.ended_at.is_(None), CaseJoin.case_id == reached.c.id, *open_to_them)
    )
    return select(Case.id).where(Case.id.in_(select(reached.union(further).c.id)))


def _within(grant: Grant, reach: Reach) -> Iterator[ColumnElement[bool]]:
    """What a grant's reach asks of a case beyond the person's being on it. Raises ValueError for one that has none."""
    if reach not in (Reach.ALL, Reach.REGION, Reach.ON_CASE, Reach.BROKERED, Reach.BROKERED_ON_CASE):
        raise ValueError(f"no search is made of what reaches {reach}")
    if reach is not Reach.ALL and grant.region is not None:
        yield _is_in(grant.region)
    if reach in (Reach.BROKERED, Reach.BROKERED_ON_CASE):
        yield Case.route == Route.POLITICAL_BROKERAGE


def _narrowed(work: Work, asked: Asked) -> Iterator[ColumnElement[bool]]:
    """The wall, then what was asked for."""
    yield from outside_walls(work, work.actor, Case.id)
    if asked.region:
        yield _is_in(asked.region)
    if asked.standing:
        yield Case.standing == asked.standing
    if asked.nature:
        yield Case.nature == asked.nature
    if asked.logged_from:
        yield Case.logged_at >= datetime.combine(asked.logged_from, time(), LONDON)
    if asked.logged_to:
        yield Case.logged_at < datetime.combine(asked.logged_to + timedelta(days=1), time(), LONDON)
    if asked.mine:
        yield Case.id.in_(select(CaseMember.case_id).where(CaseMember.user_id == work.actor.person))


def _is_in(region: Any) -> ColumnElement[bool]:
    return exists().where(CaseRegion.case_id == Case.id, CaseRegion.region == region).correlate(Case)
