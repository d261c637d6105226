"""Telling the source what happened, by whoever may know the source; and recording who in the authority was told."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import (
    case_to_change,
    case_to_read,
    open_duties,
    record_change,
    scope_of,
)
from clearinghouse.casework.duties.setting import end_duty, finish_duties, set_duty
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.escalation.recording import escalation_of
from clearinghouse.casework.facts import case_facts, whom_it_is_about
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.source import may_know_source
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.still_owed import owe_a_next_step
from clearinghouse.casework.word_owed import authority_was_told, source_facts
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.telling import (
    Saying,
    TellingFacts,
    ToldHow,
    may_be_said,
    may_be_told,
    may_contact,
    may_say,
    may_tell_authority,
)
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import Capacity, DutyKind, Standing
from clearinghouse.records.cases import Case, Closing, Concern, Source
from clearinghouse.records.convergence import CaseJoin
from clearinghouse.records.duties import DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.telling import AuthorityTelling, SourceTelling


@dataclass(frozen=True)
class NewSourceTelling:
    """What a source was told, when and how. Not done means tried in vain; `again_on` is then the next try."""

    told_on: date
    how: ToldHow
    done: bool
    sayings: frozenset[Saying] = frozenset()
    note: str = ""
    again_on: date | None = None


@dataclass(frozen=True)
class ToldSource:
    """One time that a source was told, without what was noted about it."""

    told_on: date
    how: ToldHow
    done: bool
    sayings: tuple[Saying, ...]
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True)
class TellingSheet:
    """What whoever tells a source needs: what may be said now, why they may not be contacted, what they were told.

    Nothing in it says who the source is.
    """

    case: CaseHeader
    concern_id: UUID
    may_be_said: tuple[Saying, ...]
    why_not: tuple[str, ...]
    told: tuple[ToldSource, ...]


@dataclass(frozen=True)
class NewAuthorityTelling:
    """Who in the authority was told of an escalation, in which capacity, when and how."""

    told_on: date
    capacity: Capacity
    how: ToldHow
    name: str = ""
    note: str = ""


@dataclass(frozen=True)
class AuthoritySheet:
    """Who in the authority may be told of an escalation, and of which day it is, for those who may read the case."""

    case: CaseHeader
    may_be_told: tuple[Capacity, ...]
    escalated_on: date | None


def telling_sheet(world: World, actor: Actor, case_id: UUID, concern_id: UUID) -> TellingSheet:
    """What may be said to the source of a concern just now (§19, §23).

    Raises NotFound for everybody who may not know that source.
    """
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.SOURCE_READ)
        source = _source(work, admitted.case, concern_id)
        return TellingSheet(
            case=header_of(work, admitted),
            concern_id=concern_id,
            may_be_said=may_be_said(_facts(work, admitted.case)),
            why_not=tuple(each.words for each in may_contact(source_facts(source)).missing),
            told=tuple(told_source(work, row) for row in _tellings(work, source)),
        )


def tell_source(
    world: World, actor: Actor, case_id: UUID, version: int | None, concern_id: UUID, given: NewSourceTelling
) -> UUID:
    """Record that a source was told what happened, or was tried to be; ends the duty, or owes the next try.

    Returns the key of the entry. Raises Refused where the source may not be contacted, Invalid beside the field,
    NotFound for everybody who may not know that source, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.SOURCE_READ, seen=version)
        source = _source(work, case, concern_id)
        may = may_contact(source_facts(source))
        if not may.allowed:
            raise Refused(*(each.words for each in may.missing))
        _check(work, case, given)
        sayings = [each for each in Saying if given.done and each in given.sayings]
        row = work.add(
            SourceTelling(
                case_id=case.id,
                source_id=source.id,
                told_on=given.told_on,
                how=given.how,
                done=given.done,
                sayings=[each.value for each in sayings],
                recorded_by=actor.person,
                recorded_at=work.now,
            )
        )
        row.note = given.note
        row.event_id = record_change(
            work,
            case,
            Event.SOURCE_TOLD,
            telling=row.id,
            concern=concern_id,
            told_on=given.told_on,
            how=given.how,
            done=given.done,
            sayings=tuple(sayings),
        )
        finish_duties(work, case, DutyKind.TELL_SOURCE, subject_id=concern_id)
        if given.again_on and not given.done:
            set_duty(
                work,
                case,
                DutyKind.TELL_SOURCE,
                given.again_on,
                owner_id=actor.person,
                subject_id=concern_id,
            )
        owe_a_next_step(work, case)
        return row.id


def record_contact_wish(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    concern_id: UUID,
    *,
    may_be_contacted: bool,
) -> None:
    """Record whether a source agrees to be contacted again; where they do not, nobody owes them word any more.

    Raises NotFound for everybody who may not know that source, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.SOURCE_READ, seen=version)
        source = _source(work, case, concern_id)
        source.may_be_contacted = may_be_contacted
        record_change(work, case, Event.SOURCE_ASKED, concern=concern_id, may_be_contacted=may_be_contacted)
        if not may_be_contacted:
            for duty in open_duties(work, case):
                if duty.kind is DutyKind.TELL_SOURCE and duty.subject_id == concern_id:
                    end_duty(work, case, duty, DutyState.REPLACED)
        owe_a_next_step(work, case)


def authority_sheet(world: World, actor: Actor, case_id: UUID, escalation_id: UUID) -> AuthoritySheet:
    """Who in the authority may be told of this escalation. Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.FOLLOWUP_SCHEDULE)
        row = escalation_of(work, admitted.case, escalation_id)
        header = header_of(work, admitted)
        allowed = may_be_told(whom_it_is_about(work, admitted.case))
        return AuthoritySheet(
            case=header,
            may_be_told=tuple(each for each in Capacity if each in allowed),
            escalated_on=row.on if Permission.CASE_READ in header.permissions else None,
        )


def tell_authority(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    escalation_id: UUID,
    given: NewAuthorityTelling,
) -> UUID:
    """Record who in the authority was told of an escalation, and when (§22, §26): a new entry, never an edit.

    Raises Invalid beside the field where it was somebody the concern is about, or a day ahead; NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.FOLLOWUP_SCHEDULE, seen=version)
        escalation = escalation_of(work, case, escalation_id)
        about = whom_it_is_about(work, case)
        verdict = may_tell_authority(given.capacity, about, given.told_on, work.today)
        if not verdict.allowed:
            fields = {Missing.TOLD_IN_FUTURE: "told_on"}
            raise Invalid({fields.get(each, "capacity"): each.words for each in verdict.missing})
        row = work.add(
            AuthorityTelling(
                case_id=case.id,
                escalation_id=escalation.id,
                told_on=given.told_on,
                capacity=given.capacity,
                how=given.how,
                recorded_by=actor.person,
                recorded_at=work.now,
            )
        )
        row.name, row.note = given.name, given.note
        row.event_id = record_change(
            work,
            case,
            Event.AUTHORITY_TOLD,
            telling=row.id,
            escalation=escalation.id,
            capacity=given.capacity,
            told_on=given.told_on,
            how=given.how,
        )
        authority_was_told(work, case, escalation)
        owe_a_next_step(work, case)
        return row.id


def told_source(work: Work, row: SourceTelling) -> ToldSource:
    """One telling as it is read."""
    return ToldSource(
        told_on=row.told_on,
        how=row.how,
        done=row.done,
        sayings=tuple(Saying(each) for each in row.sayings),
        recorded_by=name_of(work, row.recorded_by),
        recorded_at=row.recorded_at,
    )


def _source(work: Work, case: Case, concern_id: UUID) -> Source:
    """The source of one concern, for somebody who may know it. Raises NotFound for absent and forbidden alike."""
    concern = work.session.get(Concern, concern_id)
    if concern is None or concern.case_id != case.id:
        raise NotFound
    if not may_know_source(work.actor, scope_of(work, case), concern):
        raise NotFound
    source = work.session.scalars(select(Source).where(Source.concern_id == concern_id)).one_or_none()
    if source is None:
        raise NotFound
    return source


def _tellings(work: Work, source: Source) -> list[SourceTelling]:
    query = select(SourceTelling).where(SourceTelling.source_id == source.id)
    return list(work.session.scalars(query.order_by(SourceTelling.id.desc())))


def _facts(work: Work, case: Case) -> TellingFacts:
    """What decides what may be said: a case that is carried on in another has come as far as that one."""
    here = _carried_on_in(work, case)
    closed = select(Closing.outcome).where(Closing.case_id == here.id).order_by(Closing.id.desc()).limit(1)
    return TellingFacts(
        standing=here.standing,
        talked=any(talk.held for talk in case_facts(work, case).conversations),
        escalated=case.escalated or here.escalated,
        outcome=work.session.scalars(closed).first() if here.standing is Standing.CLOSED else None,
    )


def _carried_on_in(work: Work, case: Case) -> Case:
    onward = (
        select(Case)
        .join(CaseJoin, CaseJoin.case_id == Case.id)
        .where(CaseJoin.joined_id == case.id, CaseJoin.ended_at.is_(None))
    )
    found = work.session.scalars(onward).first()
    return _carried_on_in(work, found) if found else case


def _check(work: Work, case: Case, given: NewSourceTelling) -> None:
    problems = {}
    if given.told_on > work.today:
        problems["told_on"] = "The day on which the source was told cannot be in the future."
    if given.done:
        verdict = may_say(given.sayings, _facts(work, case))
        if not verdict.allowed:
            problems["sayings"] = " ".join(each.words for each in verdict.missing)
    elif given.again_on is None:
        problems["again_on"] = "Enter when you will try again."
    elif given.again_on < work.today:
        problems["again_on"] = "The next try must be today or later."
    if problems:
        raise Invalid(problems)
