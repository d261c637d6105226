"""Making a search and reading what it finds, a page at a time; the ledger has both, and every case that was opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import may, may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.admission import scopes_of
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.search import asking
from clearinghouse.casework.search.asking import Asked
from clearinghouse.casework.search.looking import Found, Hit, Patience, Search, look
from clearinghouse.casework.search.reach import folded_headers, how_many
from clearinghouse.casework.search.snippets import Piece, marked
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.vocabulary import Route, Standing
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority, CaseRegion
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.ledger import Fact
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.search_reading import words_of
from clearinghouse.records.searched import SEARCHED, TextKind
from clearinghouse.records.searches import Search as SearchRow

PAGE = 10
PLACES = 3
"""How many places of one case are shown; that there are more is said."""


@dataclass(frozen=True)
class Place:
    """One text of a case in which something was found; `row` is the row that it stands in."""

    kind: TextKind
    words: str
    table: str
    row: UUID
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class FoundCase:
    """A case in which everything was found: its header, some places, and how many more there are.

    Where the person may not read it `reads` is False: what is shown of it are its header and their own words alone.
    """

    id: UUID
    reference: tuple[Piece, ...]
    authorities: tuple[tuple[Piece, ...], ...]
    regions: tuple[Region, ...]
    nature: tuple[Piece, ...]
    standing: Standing
    route: Route | None
    people_at_risk: bool
    escalated: bool
    places: tuple[Place, ...]
    more: int
    reads: bool = False


@dataclass(frozen=True)
class Mark:
    """Where the next page begins: after this case, when so many were looked at and so many found before."""

    after: UUID
    looked_at: int
    found: int


@dataclass(frozen=True)
class SearchPage:
    """One page of what a search finds.

    `next` is None at the end of the search; `looked_at` of `cases` were looked at, which is None where all were.
    """

    id: UUID
    asked: Asked
    found: tuple[FoundCase, ...]
    found_in_all: int
    looked_at: int
    cases: int | None
    next: Mark | None


def make_search(world: World, actor: Actor, asked: Asked) -> UUID:
    """Begin a search: what is asked is kept, sealed, and the ledger says who made it. Gives its key.

    Raises Invalid beside the field, NotFound for whoever sees no case at all.
    """
    if not may_enter(actor, Permission.CASE_HEADER):
        raise NotFound
    asking.needles(asked.words)
    if asked.logged_from and asked.logged_to and asked.logged_to < asked.logged_from:
        raise Invalid({"logged_to": "The last day must not be before the first"})
    with world.unit_of_work(actor) as work:
        row = work.add(SearchRow(made_by=actor.person, made_at=work.now))
        row.asked = asking.stored(asked)
        work.record(
            Event.SEARCH_MADE,
            Stream.USER,
            actor.person,
            search=row.id,
            kinds=tuple(sorted(asked.looks_in)),
        )
        return row.id


def search_page(
    world: World, actor: Actor, search_id: UUID, mark: Mark | None = None, patience: Patience | None = None
) -> SearchPage:
    """One page of what a search of one's own finds, as far as patience reaches: then it goes on after `next`.

    Each case of which something is shown was opened, which the ledger says, with how many were found. Raises NotFound
    for somebody else's search.
    """
    with world.reading(actor) as work:
        search = _search(work, search_id)
        seen = look(work, search, mark.after if mark else None, PAGE, patience or Patience())
        shown = _shown(work, search, seen.found)
        cases = None if seen.is_whole else how_many(work, search.asked, search.needles, search.headers)
    with world.unit_of_work(actor) as work:
        allowed = _open(work, search_id, seen.found)
        work.record(
            Event.SEARCH_ANSWERED,
            Stream.USER,
            actor.person,
            search=search_id,
            looked_at=seen.looked_at,
            hits=len(allowed),
        )
    found = tuple(replace(shown[each], reads=reads) for each, reads in allowed.items())
    looked_at = seen.looked_at + (mark.looked_at if mark else 0)
    in_all = len(found) + (mark.found if mark else 0)
    return SearchPage(
        id=search_id,
        asked=search.asked,
        found=found,
        found_in_all=in_all,
        looked_at=looked_at,
        cases=max(cases, looked_at) if cases is not None else None,
        next=Mark(seen.last, looked_at, in_all) if seen.last and not seen.is_whole else None,
    )


def what_was_asked(world: World, actor: Actor, search_id: UUID) -> Asked:
    """What a search of one's own looks for. Raises NotFound for somebody else's."""
    with world.reading(actor) as work:
        return asking.restored(_own(work, search_id).asked)


def _own(work: Work, search_id: UUID) -> SearchRow:
    row = work.session.get(SearchRow, search_id)
    if row is None or row.made_by != work.actor.id:
        raise NotFound
    return row


def _search(work: Work, search_id: UUID) -> Search:
    asked = asking.restored(_own(work, search_id).asked)
    return Search(asked, asking.needles(asked.words), folded_headers(work))


def _open(work: Work, search_id: UUID, found: Sequence[Found]) -> dict[UUID, bool]:
    """Ask the policy once more, and write down that what was found is opened.

    Gives the cases that may be shown, and whether the person may read each.
    """
    ids = [each.case_id for each in found]
    routes = {
        row.id: row.route for row in work.session.execute(select(Case.id, Case.route).where(Case.id.in_(ids)))
    }
    scopes = scopes_of(work, routes)
    opened: dict[Event, list[tuple[UUID, Mapping[str, Fact]]]] = {
        Event.CASE_OPENED: [],
        Event.SOURCE_OPENED: [],
    }
    allowed: dict[UUID, bool] = {}
    for each in found:
        scope = scopes[each.case_id]
        if not may(work.actor, Permission.CASE_HEADER, scope).allowed:
            continue
        compartments = sorted({Compartment(hit.subject.compartment) for hit in each.hits})
        rights = {one: may(work.actor, _NEEDS.get(one, Permission.CASE_READ), scope) for one in compartments}
        if Compartment.BROKERAGE in rights and not rights[Compartment.BROKERAGE].allowed:
            rights[Compartment.BROKERAGE] = may(work.actor, Permission.BROKERAGE_RECORD, scope)
        if not all(right.allowed for right in rights.values()):
            continue
        allowed[each.case_id] = may(work.actor, Permission.CASE_READ, scope).allowed
        for one, right in rights.items():
            event = Event.SOURCE_OPENED if one is Compartment.SOURCE else Event.CASE_OPENED
            facts = {"compartment": one, "role": right.role, "reach": right.reach, "search": search_id}
            opened[event].append((each.case_id, facts))
    for event, happened in opened.items():
        if happened:
            work.record_many(event, Stream.CASE, happened)
    return allowed


_NEEDS = {Compartment.SOURCE: Permission.SOURCE_READ}


def _shown(work: Work, search: Search, found: Sequence[Found]) -> dict[UUID, FoundCase]:
    rows = _rows(work, [each.case_id for each in found])
    return {each.case_id: _case(work, search, each, *rows[each.case_id]) for each in found}


def _case(
    work: Work, search: Search, found: Found, row: Any, names: Sequence[str], regions: Sequence[Region]
) -> FoundCase:
    needles = search.needles if TextKind.HEADER in search.kinds else ()
    places: list[Place] = []
    for hit in found.hits:
        if len(places) == PLACES:
            break
        places += _place(work, search, hit)
    return FoundCase(
        id=row.id,
        reference=marked(row.reference, needles, whole=True),
        authorities=tuple(marked(name, needles, whole=True) for name in names),
        regions=tuple(sorted(regions)),
        nature=marked(row.nature.words, needles, whole=True),
        standing=row.standing,
        route=row.route,
        people_at_risk=row.people_at_risk,
        escalated=row.escalated,
        places=tuple(places),
        more=len(found.hits) - len(places),
    )


def _place(work: Work, search: Search, hit: Hit) -> list[Place]:
    said, table = SEARCHED[hit.column], hit.column.partition(".")[0]
    pieces = marked(words_of(work.session, hit.subject, hit.column, hit.row), search.needles)
    return [Place(said.kind, said.words, table, hit.row, pieces)] if pieces else []


def _rows(work: Work, ids: Sequence[UUID]) -> dict[UUID, tuple[Any, list[str], list[Region]]]:
    query = select(
        Case.id,
        Case.reference,
        Case.nature,
        Case.standing,
        Case.route,
        Case.people_at_risk,
        Case.escalated,
    )
    found: dict[UUID, tuple[Any, list[str], list[Region]]] = {
        row.id: (row, [], []) for row in work.session.execute(query.where(Case.id.in_(ids)))
    }
    named = (
        select(CaseAuthority.case_id, Authority.name)
        .join(Authority, Authority.id == CaseAuthority.authority_id)
        .where(CaseAuthority.case_id.in_(ids))
        .order_by(CaseAuthority.former_since.is_not(None), CaseAuthority.is_lead.desc(), Authority.name)
    )
    for row in work.session.execute(named):
        found[row.case_id][1].append(row.name)
    regions = select(CaseRegion.case_id, CaseRegion.region).where(CaseRegion.case_id.in_(ids))
    for row in work.session.execute(regions):
        found[row.case_id][2].append(row.region)
    return found
