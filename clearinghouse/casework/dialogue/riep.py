"""Handing a case to the RIEP, and what it, the authority and others agree as the way forward."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import CaseScope, Membership
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Role
from clearinghouse.casework.admission import case_to_change, case_to_read, record_change, scope_of
from clearinghouse.casework.assignment import candidates, put_on_case
from clearinghouse.casework.duties.setting import finish_duties, set_duty
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.sight import people_who_might
from clearinghouse.casework.staff import Colleague, name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.standing import after, may_step
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import DutyKind, Standing, Step
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.way_forward import RiepAgreement, RiepHandover


@dataclass(frozen=True)
class NewHandover:
    """To whom of the RIEP the case goes, and by when the way forward is to be agreed.

    Without `officer` it goes to somebody who does not use this service, named in `outside`.
    """

    agree_by: date
    officer: UUID | None = None
    outside: str = ""
    note: str = ""


@dataclass(frozen=True)
class NewAgreement:
    """What was agreed: the way forward, with whom, the support where there is any, and when it is looked at again."""

    agreed_on: date
    way_forward: str
    next_on: date
    agreed_with: str = ""
    support: str = ""


@dataclass(frozen=True)
class HandoverSheet:
    """The RIEP officers of the region who may be on the case: none walled off."""

    case: CaseHeader
    officers: tuple[Colleague, ...]


@dataclass(frozen=True)
class HandoverView:
    """That the case was handed to the RIEP, as it is read."""

    to: str
    agree_by: date
    note: str
    handed_by: str
    handed_at: datetime


@dataclass(frozen=True)
class AgreementView:
    """What was agreed with the RIEP, as it is read."""

    agreed_on: date
    agreed_with: str
    way_forward: str
    support: str
    support_begins: bool
    recorded_by: str
    recorded_at: datetime


def handover_sheet(world: World, actor: Actor, case_id: UUID) -> HandoverSheet:
    """To whom the case can be handed. Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.CASE_ASSIGN)
        return HandoverSheet(header_of(work, admitted), _officers(work, admitted.scope))


def hand_to_riep(world: World, actor: Actor, case_id: UUID, version: int | None, given: NewHandover) -> UUID:
    """Hand the case to an officer of the RIEP (004 §19, §21): they are on it, and owe the agreement by its date.

    Where the officer does not use this service, the case's owner owes it. Returns the key of the entry. Raises Refused
    for a closed or untriaged case, Invalid beside the field, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.CASE_ASSIGN, seen=version)
        _check_standing(case)
        _check_handover(work, case, given)
        row = work.add(
            RiepHandover(
                case_id=case.id,
                officer_id=given.officer,
                agree_by=given.agree_by,
                handed_by=actor.person,
                handed_at=work.now,
            )
        )
        row.outside, row.note = "" if given.officer else given.outside, given.note
        if given.officer and not scope_of(work, case).is_on_case(given.officer):
            put_on_case(work, case, given.officer, Membership.TEAM)
        row.event_id = record_change(
            work, case, Event.RIEP_HANDED, handover=row.id, team=given.officer, agree_by=given.agree_by
        )
        set_duty(
            work, case, DutyKind.AGREE_WAY_FORWARD, given.agree_by, owner_id=given.officer, subject_id=row.id
        )
        finish_duties(work, case, DutyKind.HAND_TO_RIEP)
        return row.id


def record_way_forward(
    world: World, actor: Actor, case_id: UUID, version: int | None, given: NewAgreement
) -> UUID:
    """Record what was agreed (004 §19, §21): it ends the duty to agree, and is looked at again on its date.

    Where support is agreed and the case's standing allows it, support begins, and its review is owed instead of a
    follow-up. Returns the key of the entry. Raises Refused for a closed or untriaged case, Invalid beside the field,
    NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.FOLLOWUP_SCHEDULE, seen=version)
        _check_standing(case)
        _check_agreement(work, given)
        begins = bool(given.support) and may_step(case.standing, Step.START_SUPPORT).allowed
        row = work.add(
            RiepAgreement(
                case_id=case.id,
                handover_id=_latest_handover(work, case),
                agreed_on=given.agreed_on,
                support_begins=begins,
                recorded_by=actor.person,
                recorded_at=work.now,
            )
        )
        row.agreed_with, row.way_forward, row.support = given.agreed_with, given.way_forward, given.support
        if begins:
            case.standing = after(case.standing, Step.START_SUPPORT)
        row.event_id = record_change(
            work, case, Event.RIEP_AGREED, agreement=row.id, agreed_on=given.agreed_on, support_begins=begins
        )
        set_duty(work, case, DutyKind.REVIEW if begins else DutyKind.FOLLOW_UP, given.next_on)
        finish_duties(work, case, DutyKind.AGREE_WAY_FORWARD, DutyKind.HAND_TO_RIEP)
        return row.id


def handovers_of(work: Work, case_id: UUID) -> tuple[HandoverView, ...]:
    """The handovers of a case, the latest first; the caller records that they were opened."""
    rows = work.session.scalars(
        select(RiepHandover).where(RiepHandover.case_id == case_id).order_by(RiepHandover.id.desc())
    )
    return tuple(
        HandoverView(
            to=name_of(work, row.officer_id) if row.officer_id else row.outside,
            agree_by=row.agree_by,
            note=row.note,
            handed_by=name_of(work, row.handed_by),
            handed_at=row.handed_at,
        )
        for row in rows.all()
    )


def agreements_of(work: Work, case_id: UUID) -> tuple[AgreementView, ...]:
    """What was agreed on a case, the latest first; the caller records that it was opened."""
    rows = work.session.scalars(
        select(RiepAgreement).where(RiepAgreement.case_id == case_id).order_by(RiepAgreement.id.desc())
    )
    return tuple(
        AgreementView(
            agreed_on=row.agreed_on,
            agreed_with=row.agreed_with,
            way_forward=row.way_forward,
            support=row.support,
            support_begins=row.support_begins,
            recorded_by=name_of(work, row.recorded_by),
            recorded_at=row.recorded_at,
        )
        for row in rows.all()
    )


def _officers(work: Work, scope: CaseScope) -> tuple[Colleague, ...]:
    of_the_riep = {person.person for person in people_who_might(work, scope) if person.has(Role.RIEP_OFFICER)}
    found = candidates(work, scope, Membership.TEAM)
    return tuple(Colleague(each.id, each.name) for each in found if each.id in of_the_riep)


def _latest_handover(work: Work, case: Case) -> UUID | None:
    query = select(RiepHandover.id).where(RiepHandover.case_id == case.id).order_by(RiepHandover.id.desc())
    return work.session.scalars(query.limit(1)).first()


def _check_standing(case: Case) -> None:
    if case.standing is Standing.CLOSED:
        raise Refused(Missing.CASE_CLOSED.words)
    if case.standing is Standing.LOGGED:
        raise Refused(Missing.NOT_TRIAGED.words)


def _check_handover(work: Work, case: Case, given: NewHandover) -> None:
    problems = {}
    if given.officer is None and not given.outside:
        problems["outside"] = "Enter the name of the RIEP officer."
    if given.officer and given.officer not in {each.id for each in _officers(work, scope_of(work, case))}:
        problems["officer"] = "Choose one of the people listed"
    if given.agree_by < work.today:
        problems["agree_by"] = "The date must be today or later."
    if problems:
        raise Invalid(problems)


def _check_agreement(work: Work, given: NewAgreement) -> None:
    problems = {}
    if given.agreed_on > work.today:
        problems["agreed_on"] = "The day of the agreement cannot be in the future."
    if given.next_on < work.today:
        problems["next_on"] = "The next date must be today or later."
    if problems:
        raise Invalid(problems)
