"""The list of cases, and the one page that says what a case is about, what must happen next and what has happened."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from clearinghouse.access.decision import may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.admission import Admitted, case_to_open, case_to_read, open_duties
from clearinghouse.casework.csv_files import csv_file
from clearinghouse.casework.duties.setting import NEEDED_FOR
from clearinghouse.casework.escalation.ladder import CaseLadder, case_ladder
from clearinghouse.casework.facts import case_facts
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.listing import CaseFilter, Place, every_header, headers
from clearinghouse.casework.plans.card import Failing, PlanCard, failing, plan_card
from clearinghouse.casework.retention.views import KeptCard, kept_card
from clearinghouse.casework.shown_concerns import (
    CarriedOnIn,
    JoinedCase,
    ShownConcern,
    carried_on_in,
    concerns_of,
    joined_cases,
)
from clearinghouse.casework.sight import Opening, Sight, who_can_see_now, who_has_opened
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.timeline import History, history_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.vocabulary import ClosingOutcome, DutyKind, Nature, Route, Standing
from clearinghouse.records.cases import NEVER, CaseRegion, Closing, Triage
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.sealed import Compartment

PAGE = 25
MOST_EXPORTED = 10_000
_BATCH = 500
_COLUMNS = ("Reference", "Authority", "Region", "Nature", "Standing", "Route", "People at risk", "Due")


@dataclass(frozen=True)
class ListedCase:
    """One row of the list: the header alone, nothing of what the case holds. `due_on` is None for a closed case."""

    id: UUID
    reference: str
    authority: str
    regions: tuple[Region, ...]
    nature: Nature
    standing: Standing
    route: Route | None
    people_at_risk: bool
    escalated: bool
    next_duty: DutyKind | None
    due_on: date | None


@dataclass(frozen=True)
class CaseList:
    """One page of the list, with where the next and the previous page begin."""

    rows: tuple[ListedCase, ...]
    next: Place | None
    previous: Place | None


@dataclass(frozen=True)
class OwedDuty:
    """Something owed on the case. For those who see the header alone `note` and `owner_name` are empty."""

    id: UUID
    kind: DutyKind
    due_on: date
    owner_name: str
    mine: bool
    overdue: bool
    subject_id: UUID | None
    note: str


@dataclass(frozen=True)
class ShownTriage:
    """The last triage: the route that was decided on, whether it was the one suggested, and why."""

    suggested: Route
    decided: Route
    rationale: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True)
class ShownClosing:
    """Why the case was closed and what was learned or, without an outcome, why it was opened again."""

    outcome: ClosingOutcome | None
    reason: str
    learning: str
    good_practice: str
    is_shared: bool
    made_by: str
    made_at: datetime


@dataclass(frozen=True)
class CaseReading:
    """What only those who may read the case see; that they did is in the ledger."""

    opened_at: datetime
    concerns: tuple[ShownConcern, ...]
    joined: tuple[JoinedCase, ...]
    carried_on_in: CarriedOnIn | None
    triage: ShownTriage | None
    closings: tuple[ShownClosing, ...]
    ladder: CaseLadder
    plan: PlanCard | None
    failing: Failing | None
    history: History
    sight: Sight
    openings: tuple[Opening, ...]
    kept: KeptCard


@dataclass(frozen=True)
class CasePage:
    """The case: its header and what is owed; `reading` is None for somebody who sees the header alone."""

    header: CaseHeader
    duties: tuple[OwedDuty, ...]
    reading: CaseReading | None


@dataclass(frozen=True)
class CaseAccess:
    """Who can see the case and who has opened it."""

    header: CaseHeader
    sight: Sight
    openings: tuple[Opening, ...]


def case_list(world: World, actor: Actor, given: CaseFilter, place: Place | None = None) -> CaseList:
    """One page of the cases whose header the person may see, by next due date.

    What a wall hides is not in it, and nothing counts it.
    """
    with world.reading(actor) as work:
        found = headers(work, given, place, PAGE + 1)
        more = len(found) > PAGE
        backwards = place is not None and place.backwards
        if backwards and not more:
            return case_list(world, actor, given)
        shown = found[:PAGE]
        if backwards:
            shown.reverse()
        return CaseList(
            rows=_listed(work, shown),
            next=_place(shown[-1]) if shown and (more or backwards) else None,
            previous=_place(shown[0], backwards=True) if shown and place is not None else None,
        )


def export_cases(world: World, actor: Actor, given: CaseFilter) -> str:
    """The headers of the filter as CSV, up to 10,000, formulae made harmless; the ledger says how many."""
    with world.unit_of_work(actor) as work:
        rows = _listed(work, list(every_header(work, given, _BATCH, MOST_EXPORTED)))
        work.record(
            Event.CASES_EXPORTED,
            Stream.INSTALLATION,
            work.world.vault.installation,
            person=actor.person,
            cases=len(rows),
        )
        return csv_file(_COLUMNS, (_cells(row) for row in rows))


def case_page(world: World, actor: Actor, case_id: UUID, *, whole_history: bool = False) -> CasePage:
    """The case as far as the person may see it; reading it opens its concern compartment, which the ledger says.

    Of its history the latest entries, or all. Raises NotFound for absent and forbidden alike.
    """
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.CASE_HEADER)
        if not may(actor, Permission.CASE_READ, admitted.scope).allowed:
            header = header_of(work, admitted)
            return CasePage(header, _next_and_theirs(work, admitted, header.permissions), None)
    with world.unit_of_work(actor) as work:
        admitted = case_to_open(work, case_id, Compartment.CONCERN)
        return CasePage(
            header_of(work, admitted),
            _owed(work, admitted),
            _reading(work, admitted, whole_history=whole_history),
        )


def case_access(world: World, actor: Actor, case_id: UUID) -> CaseAccess:
    """Who can see the case and who has opened it, for those who may read it. Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.CASE_READ)
        return CaseAccess(
            header_of(work, admitted),
            who_can_see_now(work, case_id, admitted.scope),
            who_has_opened(work, case_id),
        )


def _place(row: Row[Any], *, backwards: bool = False) -> Place:
    return Place(row.due_on, row.id, backwards)


def _cells(row: ListedCase) -> tuple[str, ...]:
    return (
        row.reference,
        row.authority,
        " and ".join(row.regions),
        row.nature.words,
        "Escalated" if row.escalated else row.standing.words,
        row.route.words if row.route else "",
        "Yes" if row.people_at_risk else "No",
        row.due_on.isoformat() if row.due_on else "",
    )


def _listed(work: Work, rows: Sequence[Row[Any]]) -> tuple[ListedCase, ...]:
    ids = [row.id for row in rows]
    regions, duties = _regions(work, ids), _next_duties(work, ids)
    return tuple(
        ListedCase(
            id=row.id,
            reference=row.reference,
            authority=row.authority,
            regions=tuple(sorted(regions.get(row.id, ()))),
            nature=row.nature,
            standing=row.standing,
            route=row.route,
            people_at_risk=row.people_at_risk,
            escalated=row.escalated,
            next_duty=duties.get(row.id),
            due_on=None if row.due_on == NEVER else row.due_on,
        )
        for row in rows
    )


def _regions(work: Work, ids: Sequence[UUID]) -> Mapping[UUID, list[Region]]:
    found: dict[UUID, list[Region]] = {}
    for start in range(0, len(ids), _BATCH):
        query = select(CaseRegion.case_id, CaseRegion.region).where(
            CaseRegion.case_id.in_(ids[start : start + _BATCH])
        )
        for row in work.session.execute(query):
            found.setdefault(row.case_id, []).append(row.region)
    return found


def _next_duties(work: Work, ids: Sequence[UUID]) -> Mapping[UUID, DutyKind]:
    """The kind of each case's next duty. Sorted here: asked to, SQLite walks every open duty in their order."""
    found: dict[UUID, tuple[date, UUID, DutyKind]] = {}
    for start in range(0, len(ids), _BATCH):
        query = select(Duty.case_id, Duty.due_on, Duty.id, Duty.kind).where(
            Duty.case_id.in_(ids[start : start + _BATCH]), Duty.state == DutyState.OPEN
        )
        for row in work.session.execute(query):
            each = (row.due_on, row.id, row.kind)
            found[row.case_id] = min(each, found.get(row.case_id, each))
    return {case: kind for case, (_, _, kind) in found.items()}


def _owed(work: Work, admitted: Admitted) -> tuple[OwedDuty, ...]:
    return tuple(
        replace(_bare(work, duty), owner_name=name_of(work, duty.owner_id), note=duty.note)
        for duty in open_duties(work, admitted.case)
    )


def _next_and_theirs(
    work: Work, admitted: Admitted, permissions: Collection[Permission]
) -> tuple[OwedDuty, ...]:
    """What a header shows of what is owed: the next duty, and what the person owes or may do themselves; of nobody
    else the name, for whoever owes a source word is whoever may know them.
    """
    owed = list(open_duties(work, admitted.case))
    theirs = [
        each for each in owed[1:] if each.owner_id == work.actor.id or NEEDED_FOR[each.kind] in permissions
    ]
    return tuple(_bare(work, duty) for duty in (*owed[:1], *theirs))


def _bare(work: Work, duty: Duty) -> OwedDuty:
    return OwedDuty(
        id=duty.id,
        kind=duty.kind,
        due_on=duty.due_on,
        owner_name="",
        mine=duty.owner_id == work.actor.id,
        overdue=duty.due_on < work.today,
        subject_id=duty.subject_id,
        note="",
    )


def _reading(work: Work, admitted: Admitted, *, whole_history: bool) -> CaseReading:
    case = admitted.case
    facts = case_facts(work, case)
    return CaseReading(
        opened_at=work.now,
        concerns=concerns_of(work, admitted),
        joined=joined_cases(work, case.id),
        carried_on_in=carried_on_in(work, case.id),
        triage=_triage(work, case.id),
        closings=_closings(work, case.id),
        ladder=case_ladder(work, case, facts),
        plan=plan_card(work, case),
        failing=failing(work, case, facts),
        history=history_of(work, case.id, whole=whole_history),
        sight=who_can_see_now(work, case.id, admitted.scope),
        openings=who_has_opened(work, case.id),
        kept=kept_card(work, case),
    )


def _triage(work: Work, case_id: UUID) -> ShownTriage | None:
    latest = select(Triage).where(Triage.case_id == case_id).order_by(Triage.made_at.desc(), Triage.id.desc())
    row = work.session.scalars(latest.limit(1)).one_or_none()
    if row is None:
        return None
    return ShownTriage(row.suggested, row.decided, row.rationale, name_of(work, row.made_by), row.made_at)


def _closings(work: Work, case_id: UUID) -> tuple[ShownClosing, ...]:
    rows = work.session.scalars(select(Closing).where(Closing.case_id == case_id).order_by(Closing.id.desc()))
    return tuple(
        ShownClosing(
            outcome=row.outcome,
            reason=row.reason,
            learning=row.learning,
            good_practice=row.good_practice,
            is_shared=bool(row.share_good_practice),
            made_by=name_of(work, row.made_by),
            made_at=row.made_at,
        )
        for row in rows
    )
