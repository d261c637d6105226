"""Political brokerage: what is asked of a political lead, their talks, and that their sight ends with the route."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, select

from clearinghouse.access.decision import CaseScope, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Role
from clearinghouse.casework.admission import (
    Admitted,
    case_to_change,
    case_to_read,
    open_duties,
    record_change,
    scope_of,
    scopes_of,
)
from clearinghouse.casework.assignment import hand_on, members_of
from clearinghouse.casework.duties.setting import end_duty, set_duty
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.sight import people_who_might, who_can_see
from clearinghouse.casework.staff import Colleague, name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.brokerage import BrokerageOutcome, BrokeredWith, next_after_talk
from clearinghouse.protocol.vocabulary import DutyKind, Route, Standing
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import User
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.way_forward import BrokerageAsk, BrokerageTalk

MOST = 200
_NOT_BROKERED = "The case is not routed to political brokerage. Triage it again first."


@dataclass(frozen=True)
class NewAsk:
    """Who is asked to broker, what, and by when. The words are all that a political lead not on the case reads."""

    political_lead: UUID
    asked: str
    by_on: date


@dataclass(frozen=True)
class NewTalk:
    """A talk with politicians; not held means attempted in vain. `next_on` is the next talk, or the follow-up."""

    held_on: date
    held: bool
    brokered_with: frozenset[BrokeredWith]
    next_on: date
    outcome: BrokerageOutcome | None = None
    names: str = ""
    note: str = ""


@dataclass(frozen=True)
class BrokeredCase:
    """One row of a political lead's list: the header alone, and whether something is asked of the reader."""

    id: UUID
    reference: str
    authority: str
    due_on: date
    asked_of: str
    is_asked_of_me: bool


@dataclass(frozen=True)
class AskView:
    """What was asked; `asked` is None for whoever may know only that somebody was."""

    of: str
    by_on: date
    asked: str | None
    asked_by: str
    asked_at: datetime


@dataclass(frozen=True)
class TalkView:
    """A talk with politicians, as it is read."""

    held_on: date
    held: bool
    brokered_with: tuple[BrokeredWith, ...]
    outcome: BrokerageOutcome | None
    names: str
    note: str
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True)
class BrokeragePage:
    """The brokerage of one case: what is asked, and the talks; for whoever may not read the case, their own alone."""

    case: CaseHeader
    ask: AskView | None
    talks: tuple[TalkView, ...]
    due_on: date | None
    may_ask: bool


def brokered_cases(world: World, actor: Actor) -> tuple[BrokeredCase, ...]:
    """The open cases with the political leads that the person may see, the next due first: headers alone (004 §25)."""
    with world.reading(actor) as work:
        brokered = (Case.route == Route.POLITICAL_BROKERAGE, Case.standing != Standing.CLOSED)
        found = work.session.execute(
            select(Case.id, Case.reference, Case.route, Case.due_on, Authority.name.label("authority"))
            .join(CaseAuthority, and_(CaseAuthority.case_id == Case.id, CaseAuthority.is_lead.is_(True)))
            .join(Authority, Authority.id == CaseAuthority.authority_id)
            .where(*brokered)
            .order_by(Case.due_on, Case.id)
        ).all()
        scopes = scopes_of(work, {row.id: row.route for row in found})
        needs = Permission.BROKERAGE_RECORD
        rows = [row for row in found if may(actor, needs, scopes[row.id]).allowed][:MOST]
        asks = _latest_asks(work, [row.id for row in rows])
        asked = select(User.id, User.name).where(
            User.id.in_({ask.political_lead_id for ask in asks.values()})
        )
        names = {row.id: row.name for row in work.session.execute(asked)}
        return tuple(
            BrokeredCase(
                id=row.id,
                reference=row.reference,
                authority=row.authority,
                due_on=row.due_on,
                asked_of=names[asks[row.id].political_lead_id] if row.id in asks else "",
                is_asked_of_me=row.id in asks and asks[row.id].political_lead_id == actor.id,
            )
            for row in rows
        )


def brokerage_page(world: World, actor: Actor, case_id: UUID) -> BrokeragePage:
    """What is asked on a brokered case, for the political lead of whom it is asked and those who may read the case.

    Any other political lead learns that somebody was asked, and no word more. That it was opened is in the ledger.
    Raises NotFound.
    """
    with world.unit_of_work(actor) as work:
        admitted = case_to_read(work, case_id, Permission.BROKERAGE_RECORD)
        return brokerage_of(work, admitted)


def political_leads(world: World, actor: Actor, case_id: UUID) -> tuple[Colleague, ...]:
    """Who may be asked to broker on the case: none walled off. Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.CASE_ROUTE)
        return _political_leads(work, admitted.scope)


def ask_political_lead(world: World, actor: Actor, case_id: UUID, version: int | None, given: NewAsk) -> UUID:
    """Ask a political lead to broker (004 §25): they owe the talk by the date, and read these words and no others.

    An earlier ask is kept, and no longer holds. Raises Refused where the route is another or the case is closed,
    Invalid beside the field, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.CASE_ROUTE, seen=version)
        _check_brokered(case)
        if given.political_lead not in {each.id for each in _political_leads(work, scope_of(work, case))}:
            raise Invalid({"political_lead": "Choose one of the people listed"})
        if given.by_on < work.today:
            raise Invalid({"by_on": "The date must be today or later"})
        row = work.add(
            BrokerageAsk(
                case_id=case.id,
                political_lead_id=given.political_lead,
                by_on=given.by_on,
                asked_by=actor.person,
                asked_at=work.now,
            )
        )
        row.asked = given.asked
        row.event_id = record_change(
            work,
            case,
            Event.BROKERAGE_ASKED,
            ask=row.id,
            political_lead=given.political_lead,
            by_on=given.by_on,
        )
        _replace(work, case, given.by_on, given.political_lead)
        return row.id


def record_talk(world: World, actor: Actor, case_id: UUID, version: int | None, given: NewTalk) -> UUID:
    """Record a talk with politicians, held or attempted, and owe what follows it (004 §19, §25).

    Raises Refused where the route is another or the case is closed, Invalid beside the field, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.BROKERAGE_RECORD, seen=version)
        _check_brokered(case)
        _check_talk(work, given)
        outcome = given.outcome if given.held else None
        row = work.add(
            BrokerageTalk(
                case_id=case.id,
                held_on=given.held_on,
                held=given.held,
                brokered_with=[each.value for each in BrokeredWith if each in given.brokered_with],
                outcome=outcome,
                recorded_by=actor.person,
                recorded_at=work.now,
            )
        )
        row.names, row.note = given.names, given.note
        row.event_id = record_change(
            work,
            case,
            Event.BROKERAGE_TALKED,
            talk=row.id,
            held=given.held,
            held_on=given.held_on,
            brokered_with=tuple(each for each in BrokeredWith if each in given.brokered_with),
            outcome=outcome,
        )
        following = next_after_talk(outcome)
        asked = _latest_asks(work, [case.id]).get(case.id)
        broker = asked.political_lead_id if asked else actor.person
        for duty in _owed(work, case):
            end_duty(work, case, duty, DutyState.DONE)
        owner = broker if following is DutyKind.POLITICAL_BROKERAGE else None
        set_duty(work, case, following, given.next_on, owner_id=owner)
        return row.id


def leave_brokerage(work: Work, case: Case, route_before: Route | None) -> None:
    """Where a case leaves the route of political brokerage, the political leads' sight of it ends, and what they owed
    on it passes on. The caller has set the new route and what is owed on it.
    """
    if route_before is not Route.POLITICAL_BROKERAGE or case.route is Route.POLITICAL_BROKERAGE:
        return
    for duty in _owed(work, case):
        end_duty(work, case, duty, DutyState.REPLACED)
    work.session.flush()
    owing = {duty.owner_id for duty in open_duties(work, case)}
    on_case = {member.user_id for member in members_of(work, case)}
    lost = (on_case | owing) - who_can_see(work, scope_of(work, case)).everybody
    if lost:
        handed = hand_on(work, case, lost, owing)
        record_change(
            work,
            case,
            Event.CASE_ASSIGNED,
            owner=case.owner_id,
            former=handed.former,
            left=handed.left,
            duties=handed.duties,
        )


def has_brokerage(work: Work, case_id: UUID) -> bool:
    """Whether anything was asked or talked of on the case."""
    found = (select(row.id).where(row.case_id == case_id).limit(1) for row in (BrokerageAsk, BrokerageTalk))
    return any(work.session.scalar(query) is not None for query in found)


def brokerage_of(work: Work, admitted: Admitted) -> BrokeragePage:
    """The brokerage of a case as far as the actor may know it; what is opened of it is in the ledger."""
    case = admitted.case
    reads_all = may(work.actor, Permission.CASE_READ, admitted.scope).allowed
    ask = _latest_asks(work, [case.id]).get(case.id)
    reads_ask = ask is not None and (reads_all or ask.political_lead_id == work.actor.id)
    talks = [row for row in _talks(work, case) if reads_all or row.recorded_by == work.actor.id]
    if reads_ask or talks:
        right = admitted.decision
        opened = {"compartment": Compartment.BROKERAGE, "role": right.role, "reach": right.reach}
        work.record(Event.CASE_OPENED, Stream.CASE, case.id, **opened)
    header = header_of(work, admitted)
    return BrokeragePage(
        case=header,
        ask=_ask(work, ask, reads=reads_ask) if ask else None,
        talks=tuple(_talk(work, row) for row in talks),
        due_on=min((duty.due_on for duty in _owed(work, case)), default=None),
        may_ask=Permission.CASE_ROUTE in header.permissions and case.route is Route.POLITICAL_BROKERAGE,
    )


def _ask(work: Work, row: BrokerageAsk, *, reads: bool) -> AskView:
    return AskView(
        of=name_of(work, row.political_lead_id),
        by_on=row.by_on,
        asked=row.asked if reads else None,
        asked_by=name_of(work, row.asked_by),
        asked_at=row.asked_at,
    )


def _talk(work: Work, row: BrokerageTalk) -> TalkView:
    return TalkView(
        held_on=row.held_on,
        held=row.held,
        brokered_with=tuple(BrokeredWith(each) for each in row.brokered_with),
        outcome=row.outcome,
        names=row.names,
        note=row.note,
        recorded_by=name_of(work, row.recorded_by),
        recorded_at=row.recorded_at,
    )


def _talks(work: Work, case: Case) -> Sequence[BrokerageTalk]:
    query = select(BrokerageTalk).where(BrokerageTalk.case_id == case.id)
    return work.session.scalars(query.order_by(BrokerageTalk.held_on.desc(), BrokerageTalk.id.desc())).all()


def _latest_asks(work: Work, cases: Sequence[UUID]) -> dict[UUID, BrokerageAsk]:
    rows = work.session.scalars(
        select(BrokerageAsk).where(BrokerageAsk.case_id.in_(cases)).order_by(BrokerageAsk.id)
    )
    return {row.case_id: row for row in rows}


def _political_leads(work: Work, scope: CaseScope) -> tuple[Colleague, ...]:
    return tuple(
        Colleague(person.person, person.name)
        for person in people_who_might(work, scope)
        if person.has(Role.POLITICAL_LEAD) and may(person, Permission.BROKERAGE_RECORD, scope).allowed
    )


def _owed(work: Work, case: Case) -> list[Duty]:
    return [duty for duty in open_duties(work, case) if duty.kind is DutyKind.POLITICAL_BROKERAGE]


def _replace(work: Work, case: Case, due_on: date, owner_id: UUID) -> None:
    before = _owed(work, case)
    set_duty(work, case, DutyKind.POLITICAL_BROKERAGE, due_on, owner_id=owner_id)
    for duty in before:
        end_duty(work, case, duty, DutyState.REPLACED)


def _check_brokered(case: Case) -> None:
    if case.standing is Standing.CLOSED:
        raise Refused("The case is closed. Reopen it first.")
    if case.route is not Route.POLITICAL_BROKERAGE:
        raise Refused(_NOT_BROKERED)


def _check_talk(work: Work, given: NewTalk) -> None:
    problems = {}
    if given.held_on > work.today:
        problems["held_on"] = "The day of the talk cannot be in the future."
    if not given.brokered_with:
        problems["brokered_with"] = "Select with whom you talked, or tried to."
    if given.held and given.outcome is None:
        problems["outcome"] = "Select what the talk came to."
    if given.held and not given.note:
        problems["note"] = "Enter what was said."
    if given.next_on < work.today:
        problems["next_on"] = "The next date must be today or later."
    if problems:
        raise Invalid(problems)
