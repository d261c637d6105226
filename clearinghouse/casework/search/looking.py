"""Looking through cases: what of each may be opened, what stands in it, and how much is done before somebody waits."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import CaseScope, grants_reaching, may
from clearinghouse.access.permissions import Permission
from clearinghouse.casework.admission import scopes_of
from clearinghouse.casework.search.asking import Asked
from clearinghouse.casework.search.reach import Headers, cases_after
from clearinghouse.casework.source import may_know_source
from clearinghouse.casework.world import Work
from clearinghouse.records.cases import Case, Concern, Source
from clearinghouse.records.folding import FOLDING
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.search_reading import Wanted, texts_of
from clearinghouse.records.search_texts import Subject, tag_of
from clearinghouse.records.searched import SEARCHED, TextKind
from clearinghouse.records.searches import SearchedCase
from clearinghouse.records.way_forward import BrokerageAsk, BrokerageTalk

AT_ONCE = 500
_READ_WITH_THE_CASE: Mapping[Compartment, frozenset[TextKind]] = MappingProxyType(
    {
        Compartment.CONCERN: frozenset(
            {TextKind.CONCERN, TextKind.DECISIONS, TextKind.FOLLOW_UPS, TextKind.DOCUMENTS}
        ),
        Compartment.CONVERSATIONS: frozenset({TextKind.CONVERSATIONS, TextKind.DOCUMENTS}),
        Compartment.MEETINGS: frozenset({TextKind.MEETINGS, TextKind.DOCUMENTS}),
        Compartment.PLANS: frozenset({TextKind.PLANS, TextKind.DOCUMENTS}),
        Compartment.BROKERAGE: frozenset({TextKind.BROKERAGE}),
    }
)


@dataclass
class Patience:
    """How much is looked through for one page, so that nobody waits long and others get their turn."""

    seconds: float = 1.0
    most_bytes: int = 256 * 1024 * 1024
    _since: float = field(default_factory=time.monotonic)

    def spend(self, size: int) -> None:
        """Count what was looked through."""
        self.most_bytes -= size

    @property
    def is_out(self) -> bool:
        """Whether it is time to show what was found so far."""
        return self.most_bytes <= 0 or time.monotonic() - self._since >= self.seconds


@dataclass(frozen=True)
class Hit:
    """One value that holds something of what is looked for."""

    subject: Subject
    column: str
    row: UUID
    held: frozenset[bytes]


@dataclass(frozen=True)
class Found:
    """A case that holds everything that is looked for: in its header alone, or in these values too, the best first."""

    case_id: UUID
    hits: tuple[Hit, ...]


@dataclass
class Look:
    """One stretch of a search: the cases that were found, and the last case that was looked at; None at the end."""

    found: list[Found] = field(default_factory=list)
    looked_at: int = 0
    last: UUID | None = None
    is_whole: bool = False


@dataclass(frozen=True)
class _Open:
    """What of the cases may be opened: the words of their headers, texts, and of some texts certain rows alone.

    `cases` are all of them, in their order, and of which the kept texts hold everything.
    """

    cases: Mapping[UUID, bool]
    headers: Mapping[UUID, str]
    wanted: tuple[Wanted, ...]
    rows: Mapping[UUID, frozenset[UUID]]


@dataclass(frozen=True)
class Search:
    """What is looked for, ready to be compared."""

    asked: Asked
    needles: tuple[str, ...]
    headers: Headers

    @property
    def kinds(self) -> frozenset[TextKind]:
        """Where it is looked for."""
        return self.asked.looks_in

    @property
    def sought(self) -> tuple[bytes, ...]:
        """The needles as they stand in a text, each at the beginning of a word."""
        return tuple(f" {needle}".encode() for needle in self.needles)


def look(work: Work, search: Search, after: UUID | None, most: int, patience: Patience) -> Look:
    """Look on after a case until so many are found, everything is looked at, or patience is out."""
    done = Look(last=after)
    while True:
        ids = cases_after(work, search.asked, search.needles, search.headers, done.last, AT_ONCE)
        if not ids:
            done.is_whole = True
            return done
        opened = _may_open(work, search, ids)
        for case_id, texts in texts_of(work.session, work.world.vault, opened.cases, opened.wanted):
            patience.spend(sum(len(text) for _, text in texts))
            done.looked_at, done.last = done.looked_at + 1, case_id
            found = _find(search, opened, case_id, texts) if case_id in opened.headers else None
            done.found += [found] if found else []
            if len(done.found) >= most or patience.is_out:
                return done


def _may_open(work: Work, search: Search, ids: Sequence[UUID]) -> _Open:
    """What the policy says of each case, asked as its pages ask it."""
    query = (
        select(Case.id, Case.reference, Case.nature, Case.route, SearchedCase.folding)
        .outerjoin(SearchedCase, SearchedCase.case_id == Case.id)
        .where(Case.id.in_(ids))
    )
    rows = {row.id: row for row in work.session.execute(query)}
    scopes = scopes_of(work, {each: rows[each].route for each in ids})
    seen = {
        each: scope
        for each, scope in scopes.items()
        if may(work.actor, Permission.CASE_HEADER, scope).allowed
    }
    read = [each for each in seen if may(work.actor, Permission.CASE_READ, seen[each]).allowed]
    others = [
        each
        for each in seen.keys() - set(read)
        if may(work.actor, Permission.BROKERAGE_RECORD, seen[each]).allowed
    ]
    own = _own_brokerage(work, others) if TextKind.BROKERAGE in search.kinds else {}
    wanted = [Wanted({each: each for each in read}, _compartments(work, search.kinds))]
    if own:
        wanted.append(Wanted({each: each for each in own}, [Compartment.BROKERAGE]))
    if TextKind.SOURCE in search.kinds:
        wanted.append(Wanted(_sources(work, seen), [Compartment.SOURCE]))
    shown = TextKind.HEADER in search.kinds
    headers = {
        each: search.headers.words(rows[each].reference, rows[each].nature, tuple(scope.authorities))
        if shown
        else ""
        for each, scope in seen.items()
    }
    return _Open({each: rows[each].folding == FOLDING for each in ids}, headers, tuple(wanted), own)


def _compartments(work: Work, kinds: frozenset[TextKind]) -> list[Compartment]:
    """What of a case that they may read the person may have opened, of the kinds that are looked through."""
    found = [compartment for compartment, holds in _READ_WITH_THE_CASE.items() if holds & kinds]
    peers = grants_reaching(work.actor, Permission.PEER_READ)
    return [*found, Compartment.PEERS] if peers and TextKind.TEAM in kinds else found


def _own_brokerage(work: Work, cases: Sequence[UUID]) -> dict[UUID, frozenset[UUID]]:
    """What was asked last of the person, and the talks that they recorded, on cases that they may not read."""
    person = work.actor.person
    latest: dict[UUID, BrokerageAsk] = {}
    asks = select(BrokerageAsk).where(BrokerageAsk.case_id.in_(cases)).order_by(BrokerageAsk.id)
    for ask in work.session.scalars(asks):
        latest[ask.case_id] = ask
    own = {case_id: {ask.id} for case_id, ask in latest.items() if ask.political_lead_id == person}
    talks = select(BrokerageTalk.case_id, BrokerageTalk.id).where(
        BrokerageTalk.case_id.in_(cases), BrokerageTalk.recorded_by == person
    )
    for talk in work.session.execute(talks):
        own.setdefault(talk.case_id, set()).add(talk.id)
    return {case_id: frozenset(rows) for case_id, rows in own.items()}


def _sources(work: Work, scopes: Mapping[UUID, CaseScope]) -> dict[UUID, UUID]:
    """The sources whom the person may know, of concerns that they logged or as custodian, each with its case."""
    query = (
        select(Source.id, Concern)
        .join(Concern, Concern.id == Source.concern_id)
        .where(Concern.case_id.in_(scopes))
    )
    return {
        row[0]: row[1].case_id
        for row in work.session.execute(query)
        if may_know_source(work.actor, scopes[row[1].case_id], row[1])
    }


def _find(
    search: Search, opened: _Open, case_id: UUID, texts: Sequence[tuple[Subject, bytes]]
) -> Found | None:
    """The case, where its header and its texts together hold all that is looked for."""
    header = opened.headers[case_id].encode()
    missing = [each for each in search.sought if each not in header]
    if not all(any(each in text for _, text in texts) for each in missing):
        return None
    hits = [hit for subject, text in texts for hit in _hits(search, opened, subject, text)]
    held = {each for hit in hits for each in hit.held}
    if not held.issuperset(missing):
        return None  # what the whole text holds stands in lines that were not asked for, or are not theirs to read
    best = sorted(hits, key=lambda hit: -len(hit.held))
    return Found(case_id, tuple(best))


def _hits(search: Search, opened: _Open, subject: Subject, text: bytes) -> Iterator[Hit]:
    rows = opened.rows.get(subject.case_id)
    for each in text.split(b"\n"):
        held = frozenset(sought for sought in search.sought if sought in each)
        if not held:
            continue
        column, row = tag_of(each)
        # What a source brought is asked for as who raised it is.
        of_source = subject.compartment == Compartment.SOURCE
        kind = TextKind.SOURCE if of_source else SEARCHED[column].kind
        mine = rows is None or subject.compartment != Compartment.BROKERAGE or row in rows
        if kind in search.kinds and mine:
            yield Hit(subject, column, row, held)
