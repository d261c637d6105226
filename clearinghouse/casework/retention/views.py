"""What is kept until when, what is due, held and destroyed: for a case, and as the list of those who decide."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from clearinghouse.access.decision import may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.admission import case_to_open, case_to_read, scopes_of
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.retention.due import (
    closed_on,
    facts_of,
    hold_of,
    kept_until,
)
from clearinghouse.casework.retention.reviewing import source_of
from clearinghouse.casework.retention.shredding import COMPARTMENTS, sources_of
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.world import LONDON, Work, World
from clearinghouse.protocol.retention import (
    Keeps,
    Kept,
    destroyed_with,
    may_confirm,
    may_propose,
)
from clearinghouse.records.authorities import Authority
from clearinghouse.records.base import Base
from clearinghouse.records.cases import Case, CaseAuthority
from clearinghouse.records.documents import Document
from clearinghouse.records.keyring import Tombstone
from clearinghouse.records.retention import (
    UNDER_WAY,
    LegalHold,
    RetentionReview,
    ReviewState,
)
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.tables import SealedColumn, inventory

MOST_ENDED = 50


@dataclass(frozen=True)
class WhatGoes:
    """How much of one kind is kept, without a word of it."""

    kind: Kept
    texts: int
    documents: int


@dataclass(frozen=True)
class OpenReview:
    """A review under way. `against` is what keeps this person from the next step, which is `theirs` otherwise."""

    id: UUID
    goes: tuple[WhatGoes, ...]
    at_request: bool
    due_on: date
    proposed_by: str
    proposed_at: datetime | None
    reason: str
    against: tuple[Keeps, ...]
    proposed_by_me: bool


@dataclass(frozen=True)
class EndedReview:
    """How a review ended: destroyed, or kept until a day and why."""

    kinds: tuple[Kept, ...]
    at_request: bool
    destroyed: bool
    proposed_by: str
    ended_by: str
    ended_at: datetime
    keep_until: date | None
    reason: str


@dataclass(frozen=True)
class Hold:
    """A legal hold, from here or from the case that this one is carried on in (`elsewhere`)."""

    placed_by: str
    placed_at: datetime
    reason: str
    lift_asked_by: str
    lift_asked_at: datetime | None
    lift_reason: str
    asked_by_me: bool
    elsewhere: bool


@dataclass(frozen=True)
class KeptCard:
    """What a reader of the case is told: until when each thing is kept, what is held, and what was destroyed."""

    until: tuple[tuple[Kept, date], ...]
    held_since: datetime | None
    destroyed: tuple[EndedReview, ...]


@dataclass(frozen=True)
class CaseRetention:
    """The page of a case for those who decide what becomes of it. `closed_on` is None while the case is open."""

    case: CaseHeader
    logged_on: date
    closed_on: date | None
    until: tuple[tuple[Kept, date], ...]
    hold: Hold | None
    open: tuple[OpenReview, ...]
    ended: tuple[EndedReview, ...]
    being_scrubbed: bool


@dataclass(frozen=True)
class ListedReview:
    """One line of the list: the header of the case, and what is due of it."""

    case_id: UUID
    reference: str
    authority: str
    regions: tuple[Region, ...]
    kinds: tuple[Kept, ...]
    due_on: date
    at_request: bool
    proposed_by: str
    mine_to_confirm: bool


@dataclass(frozen=True)
class ListedHold:
    """A case on legal hold; `lift_asked_by` is who proposed to lift it, empty where nobody did."""

    case_id: UUID
    reference: str
    authority: str
    regions: tuple[Region, ...]
    placed_by: str
    placed_at: datetime
    lift_asked_by: str
    mine_to_lift: bool


@dataclass(frozen=True)
class RetentionList:
    """What waits for review, for a second person, and is on hold, on the cases that the person decides on."""

    due: tuple[ListedReview, ...]
    proposed: tuple[ListedReview, ...]
    held: tuple[ListedHold, ...]
    regions: tuple[Region, ...]


@dataclass(frozen=True)
class SourceToDestroy:
    """What somebody sees before they propose that who raised a concern is destroyed."""

    case: CaseHeader
    concern_id: UUID
    goes: WhatGoes
    held: bool
    proposed_by: str


def kept_card(work: Work, case: Case) -> KeptCard:
    """What every reader of a case sees of it; the caller records that the case was opened."""
    hold = hold_of(work, case.id)
    return KeptCard(
        tuple(kept_until(work, case).items()),
        hold.placed_at if hold else None,
        tuple(each for each in _ended(work, case.id, with_reasons=False) if each.destroyed),
    )


def case_retention(world: World, actor: Actor, case_id: UUID) -> CaseRetention:
    """What is kept of a case, due, held and destroyed; that it was opened is recorded. Raises NotFound."""
    with world.reading(actor) as work:
        case_to_read(work, case_id, Permission.RECORD_DESTROY)
    with world.unit_of_work(actor) as work:
        admitted = case_to_open(work, case_id, Compartment.RETENTION)
        case = admitted.case
        under_way = (RetentionReview.case_id == case.id, RetentionReview.state.in_(UNDER_WAY))
        reviews = work.session.scalars(
            select(RetentionReview).where(*under_way).order_by(RetentionReview.id)
        ).all()
        return CaseRetention(
            case=header_of(work, admitted),
            logged_on=case.logged_at.astimezone(LONDON).date(),
            closed_on=closed_on(work, case),
            until=tuple(kept_until(work, case).items()),
            hold=_hold(work, case),
            open=tuple(_open(work, case, review) for review in reviews),
            ended=tuple(_ended(work, case.id, with_reasons=True)),
            being_scrubbed=_is_being_scrubbed(work, case.id),
        )


def review_header(world: World, actor: Actor, case_id: UUID, review_id: UUID) -> CaseHeader:
    """The case of a review that is under way. Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.RECORD_DESTROY)
        review = work.session.get(RetentionReview, review_id)
        if review is None or review.case_id != case_id or review.state not in UNDER_WAY:
            raise NotFound
        return header_of(work, admitted)


def retention_list(world: World, actor: Actor, region: Region | None = None) -> RetentionList:
    """What is due, proposed and held on every case that the person decides on, by date; of one region, if named."""
    with world.reading(actor) as work:
        under_way = RetentionReview.state.in_(UNDER_WAY)
        reviews = work.session.scalars(
            select(RetentionReview)
            .where(under_way, RetentionReview.case_id.is_not(None))
            .order_by(RetentionReview.due_on, RetentionReview.id)
        ).all()
        held = select(LegalHold).where(LegalHold.lifted_at.is_(None)).order_by(LegalHold.id)
        holds = work.session.scalars(held).all()
        wanted = {each.case_id for each in reviews} | {each.case_id for each in holds}
        shown = _Shown(work, wanted)
        lines = [
            (review.state, _listed(work, shown, review))
            for review in reviews
            if review.case_id in shown.cases
        ]
        of_holds = [_listed_hold(work, shown, hold) for hold in holds if hold.case_id in shown.cases]
        found = [*(line.regions for _, line in lines), *(line.regions for line in of_holds)]
        regions = tuple(sorted({each for some in found for each in some}))
        return RetentionList(
            due=tuple(
                line for state, line in lines if state is ReviewState.DUE and _in(region, line.regions)
            ),
            proposed=tuple(
                line for state, line in lines if state is ReviewState.PROPOSED and _in(region, line.regions)
            ),
            held=tuple(line for line in of_holds if _in(region, line.regions)),
            regions=regions,
        )


def source_to_destroy(world: World, actor: Actor, case_id: UUID, concern_id: UUID) -> SourceToDestroy:
    """What goes with one source, for whoever may know them. Raises NotFound for everybody else."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.SOURCE_READ)
        source = source_of(work, admitted.case, concern_id)
        asked = (RetentionReview.source_id == source.id, RetentionReview.state.in_(UNDER_WAY))
        review = work.session.scalars(select(RetentionReview).where(*asked)).first()
        return SourceToDestroy(
            case=header_of(work, admitted),
            concern_id=concern_id,
            goes=_what_goes(work, Kept.SOURCE, admitted.case.id, (source.id,)),
            held=hold_of(work, case_id) is not None,
            proposed_by=name_of(work, review.proposed_by) if review else "",
        )


def _open(work: Work, case: Case, review: RetentionReview) -> OpenReview:
    facts, proposed = facts_of(work, case, review), review.state is ReviewState.PROPOSED
    kinds = destroyed_with([Kept(each) for each in review.kinds])
    sources = (review.source_id,) if review.source_id else tuple(sources_of(work, case.id))
    person = str(work.actor.person)
    return OpenReview(
        id=review.id,
        goes=tuple(_what_goes(work, kind, case.id, sources) for kind in kinds),
        at_request=review.source_id is not None,
        due_on=review.due_on,
        proposed_by=name_of(work, review.proposed_by) if proposed else "",
        proposed_at=review.proposed_at if proposed else None,
        reason=review.reason,
        against=may_confirm(facts, person, work.today) if proposed else may_propose(facts, work.today),
        proposed_by_me=proposed and facts.proposed_by == person,
    )


def _ended(work: Work, case_id: UUID, *, with_reasons: bool) -> Iterator[EndedReview]:
    over = (ReviewState.DESTROYED, ReviewState.KEPT)
    query = select(RetentionReview).where(RetentionReview.case_id == case_id, RetentionReview.state.in_(over))
    for row in work.session.scalars(query.order_by(RetentionReview.ended_at.desc()).limit(MOST_ENDED)).all():
        yield EndedReview(
            kinds=destroyed_with([Kept(each) for each in row.kinds]),
            at_request=row.source_id is not None,
            destroyed=row.state is ReviewState.DESTROYED,
            proposed_by=name_of(work, row.proposed_by) if row.proposed_by else "",
            ended_by=name_of(work, row.ended_by),
            ended_at=row.ended_at or row.opened_at,
            keep_until=row.keep_until,
            reason=row.reason if with_reasons else "",
        )


def _hold(work: Work, case: Case) -> Hold | None:
    row = hold_of(work, case.id)
    if row is None:
        return None
    elsewhere = row.case_id != case.id
    return Hold(
        placed_by=name_of(work, row.placed_by),
        placed_at=row.placed_at,
        reason="" if elsewhere else row.reason,
        lift_asked_by=name_of(work, row.lift_asked_by) if row.lift_asked_by else "",
        lift_asked_at=row.lift_asked_at,
        lift_reason="" if elsewhere or row.lift_asked_by is None else row.lift_reason,
        asked_by_me=row.lift_asked_by == work.actor.id,
        elsewhere=elsewhere,
    )


def _what_goes(work: Work, kind: Kept, case_id: UUID, sources: Sequence[UUID]) -> WhatGoes:
    """Counted from the rows: nothing is opened for it."""
    compartments = {Compartment.SOURCE} if kind is Kept.SOURCE else COMPARTMENTS.get(kind, frozenset())
    subjects: Sequence[UUID] = sources if kind is Kept.SOURCE else (case_id,)
    texts = sum(
        _count(work, each, subjects) for each in inventory() if each.sealed.compartment in compartments
    )
    mine = (
        Document.case_id == case_id,
        Document.compartment.in_(compartments),
        Document.removed_at.is_(None),
    )
    documents = select(func.count()).select_from(Document).where(*mine, Document.subject_id.in_(subjects))
    return WhatGoes(kind, texts, work.session.scalars(documents).one())


def _count(work: Work, column: SealedColumn, subjects: Sequence[UUID]) -> int:
    table = Base.metadata.tables[column.row.__tablename__]
    there = (table.c[column.sealed.subject].in_(subjects), table.c[column.sealed.column].is_not(None))
    return work.session.scalars(select(func.count()).select_from(table).where(*there)).one()


def _is_being_scrubbed(work: Work, case_id: UUID) -> bool:
    subjects = (case_id, *sources_of(work, case_id))
    waits = (Tombstone.subject_id.in_(subjects), Tombstone.scrubbed_at.is_(None))
    return work.session.scalars(select(func.count()).select_from(Tombstone).where(*waits)).one() > 0


class _Shown:
    """The cases that the person decides on, with what their header shows."""

    def __init__(self, work: Work, wanted: set[UUID]) -> None:
        query = select(Case.id, Case.reference, Case.route).where(Case.id.in_(wanted))
        rows = {row.id: row for row in work.session.execute(query)}
        self._scopes = scopes_of(work, {key: row.route for key, row in rows.items()})
        self._references = {key: row.reference for key, row in rows.items()}
        self.cases = frozenset(
            key
            for key, scope in self._scopes.items()
            if may(work.actor, Permission.RECORD_DESTROY, scope).allowed
        )
        named = select(CaseAuthority.case_id, Authority.name).join(
            Authority, Authority.id == CaseAuthority.authority_id
        )
        mine = named.where(CaseAuthority.case_id.in_(self.cases), CaseAuthority.is_lead)
        self._authorities = {row.case_id: row.name for row in work.session.execute(mine)}

    def of(self, case_id: UUID) -> Mapping[str, Any]:
        """The header's part of a line."""
        return {
            "case_id": case_id,
            "reference": self._references[case_id],
            "authority": self._authorities[case_id],
            "regions": tuple(sorted(self._scopes[case_id].regions)),
        }


def _listed(work: Work, shown: _Shown, review: RetentionReview) -> ListedReview:
    proposed = review.state is ReviewState.PROPOSED
    return ListedReview(
        **shown.of(review.case_id),
        kinds=destroyed_with([Kept(each) for each in review.kinds]),
        due_on=review.due_on,
        at_request=review.source_id is not None,
        proposed_by=name_of(work, review.proposed_by) if proposed else "",
        mine_to_confirm=proposed and review.proposed_by != work.actor.id,
    )


def _listed_hold(work: Work, shown: _Shown, hold: LegalHold) -> ListedHold:
    return ListedHold(
        **shown.of(hold.case_id),
        placed_by=name_of(work, hold.placed_by),
        placed_at=hold.placed_at,
        lift_asked_by=name_of(work, hold.lift_asked_by) if hold.lift_asked_by else "",
        mine_to_lift=hold.lift_asked_by is not None and hold.lift_asked_by != work.actor.id,
    )


def _in(region: Region | None, regions: Iterable[Region]) -> bool:
    return region is None or region in regions
