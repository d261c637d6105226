"""Advocacy: how the family stands with an authority against a regulator or department, and how that ended."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, case_to_read, record_change
from clearinghouse.casework.duties.setting import finish_duties, set_duty
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.facts import whom_it_is_about
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.still_owed import owe_a_next_step
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.advocacy import AdvocacyEnd, PeerReview, may_stand_with
from clearinghouse.protocol.telling import may_be_told
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import Body, Capacity, DutyKind, Standing
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.way_forward import Advocacy, AdvocacyEnding


@dataclass(frozen=True)
class NewAdvocacy:
    """Against which body, for which local priority, in which words, and with whom of the authority it is agreed.

    `agreed_by` names who agreed to it for the authority and for the family. `next_on` is the next follow-up.
    """

    body: Body
    which_body: str
    priority: str
    position: str
    peer_review: PeerReview
    agreed_on: date
    agreed_with: Capacity
    agreed_by: str
    next_on: date


@dataclass(frozen=True)
class AdvocacySheet:
    """With whom of the authority an advocacy may be agreed."""

    case: CaseHeader
    may_agree: tuple[Capacity, ...]


@dataclass(frozen=True)
class AdvocacyView:
    """An advocacy as it is read; the last four fields are empty while it stands."""

    id: UUID
    body: Body
    which_body: str
    priority: str
    position: str
    peer_review: PeerReview
    agreed_on: date
    agreed_with: Capacity
    agreed_by: str
    recorded_by: str
    recorded_at: datetime
    end: AdvocacyEnd | None
    ended_on: date | None
    end_reason: str
    ended_by: str


def advocacy_sheet(world: World, actor: Actor, case_id: UUID) -> AdvocacySheet:
    """With whom it may be agreed: nobody whom the concern is about. Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.ADVOCACY_RECORD)
        allowed = may_be_told(whom_it_is_about(work, admitted.case))
        return AdvocacySheet(header_of(work, admitted), tuple(each for each in Capacity if each in allowed))


def stand_with_authority(
    world: World, actor: Actor, case_id: UUID, version: int | None, given: NewAdvocacy
) -> UUID:
    """Record how the family stands with the authority, as agreed with it (004 §15f, §25), and book the follow-up.

    A changed position is a new entry. Returns its key. Raises Refused for a closed or untriaged case, Invalid beside
    the field, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.ADVOCACY_RECORD, seen=version)
        _check(work, case, given)
        row = work.add(
            Advocacy(
                case_id=case.id,
                body=given.body,
                peer_review=given.peer_review,
                agreed_on=given.agreed_on,
                agreed_with=given.agreed_with,
                recorded_by=actor.person,
                recorded_at=work.now,
            )
        )
        row.which_body, row.priority, row.position = given.which_body, given.priority, given.position
        row.agreed_by = given.agreed_by
        row.event_id = record_change(
            work,
            case,
            Event.ADVOCACY_AGREED,
            advocacy=row.id,
            body=given.body,
            peer_review=given.peer_review,
            agreed_on=given.agreed_on,
            agreed_with=given.agreed_with,
        )
        set_duty(work, case, DutyKind.FOLLOW_UP, given.next_on, subject_id=row.id)
        finish_duties(work, case, DutyKind.ADVOCACY)
        return row.id


def end_advocacy(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    advocacy_id: UUID,
    end: AdvocacyEnd,
    reason: str,
) -> None:
    """End an advocacy with a reason; its follow-up ends with it, and the case keeps a next date (004 §19).

    Raises Refused where it has ended already, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.ADVOCACY_RECORD, seen=version)
        advocacy = work.session.get(Advocacy, advocacy_id)
        if advocacy is None or advocacy.case_id != case.id:
            raise NotFound
        ended = select(AdvocacyEnding.id).where(AdvocacyEnding.advocacy_id == advocacy_id).limit(1)
        if work.session.scalar(ended) is not None:
            raise Refused("This advocacy has ended already.")
        row = work.add(
            AdvocacyEnding(
                case_id=case.id,
                advocacy_id=advocacy_id,
                end=end,
                ended_on=work.today,
                recorded_by=actor.person,
                recorded_at=work.now,
            )
        )
        row.reason = reason
        row.event_id = record_change(
            work, case, Event.ADVOCACY_ENDED, ending=row.id, advocacy=advocacy_id, end=end
        )
        finish_duties(work, case, DutyKind.FOLLOW_UP, subject_id=advocacy_id)
        owe_a_next_step(work, case)


def advocacies_of(work: Work, case_id: UUID) -> tuple[AdvocacyView, ...]:
    """The advocacies of a case, the latest first; the caller records that they were opened."""
    endings = {
        row.advocacy_id: row
        for row in work.session.scalars(select(AdvocacyEnding).where(AdvocacyEnding.case_id == case_id))
    }
    rows = work.session.scalars(
        select(Advocacy).where(Advocacy.case_id == case_id).order_by(Advocacy.id.desc())
    )
    return tuple(_view(work, row, endings.get(row.id)) for row in rows.all())


def _view(work: Work, row: Advocacy, ending: AdvocacyEnding | None) -> AdvocacyView:
    return AdvocacyView(
        id=row.id,
        body=row.body,
        which_body=row.which_body,
        priority=row.priority,
        position=row.position,
        peer_review=row.peer_review,
        agreed_on=row.agreed_on,
        agreed_with=row.agreed_with,
        agreed_by=row.agreed_by,
        recorded_by=name_of(work, row.recorded_by),
        recorded_at=row.recorded_at,
        end=ending.end if ending else None,
        ended_on=ending.ended_on if ending else None,
        end_reason=ending.reason if ending else "",
        ended_by=name_of(work, ending.recorded_by) if ending else "",
    )


def _check(work: Work, case: Case, given: NewAdvocacy) -> None:
    if case.standing is Standing.CLOSED:
        raise Refused(Missing.CASE_CLOSED.words)
    if case.standing is Standing.LOGGED:
        raise Refused(Missing.NOT_TRIAGED.words)
    verdict = may_stand_with(given.agreed_on, given.agreed_with, whom_it_is_about(work, case), work.today)
    fields = {Missing.AGREED_IN_FUTURE: "agreed_on"}
    problems = {fields.get(each, "agreed_with"): each.words for each in verdict.missing}
    if given.next_on < work.today:
        problems["next_on"] = "The next date must be today or later."
    if problems:
        raise Invalid(problems)
