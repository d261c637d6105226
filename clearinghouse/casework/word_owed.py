"""That somebody is still owed word of what happened: a source after a step, the authority after an escalation."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.admission import open_duties
from clearinghouse.casework.duties.setting import finish_duties, owe
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.world import Work
from clearinghouse.protocol.duties import TO_TELL_AUTHORITY, NextDuty
from clearinghouse.protocol.telling import SourceFacts, ToldHow, telling_after
from clearinghouse.protocol.vocabulary import Attendance, Body, Capacity, DutyKind, Step
from clearinghouse.records.cases import Case, Concern, Source
from clearinghouse.records.convergence import CaseJoin
from clearinghouse.records.meetings import Escalation, MeetingAttendee, MeetingIssue
from clearinghouse.records.telling import AuthorityTelling


@dataclass(frozen=True)
class ToldSince:
    """That somebody in the authority was told of an escalation, as it was recorded later."""

    told_on: date
    capacity: Capacity
    how: ToldHow
    name: str
    note: str
    recorded_by: str


def owe_word_to_sources(work: Work, case: Case, step: Step) -> None:
    """After this step each source of the case is owed word, where they may be contacted (see telling_after); so are
    those of the cases that are carried on in it, there and by their own people.

    It is owed by whoever logged what they said, else by a custodian; once, however many steps follow each other.
    """
    owed = {duty.subject_id for duty in open_duties(work, case) if duty.kind is DutyKind.TELL_SOURCE}
    rows = work.session.execute(
        select(Concern, Source)
        .join(Source, Source.concern_id == Concern.id)
        .where(Concern.case_id == case.id)
    )
    for concern, source in rows.all():
        duty = telling_after(step, source_facts(source))
        if duty and concern.id not in owed:
            owe(work, case, duty, owner_id=concern.logged_by, subject_id=concern.id)
    joined = select(CaseJoin.joined_id).where(CaseJoin.case_id == case.id, CaseJoin.ended_at.is_(None))
    held = select(Case).where(Case.id.in_(joined)).order_by(Case.id).with_for_update()
    for each in work.session.scalars(held.execution_options(populate_existing=True)).all():
        owe_word_to_sources(work, each, step)


def owe_word_after_escalation(work: Work, case: Case, escalation_id: UUID) -> None:
    """After an escalation or referral its sources are owed word, and the authority, where it was not told yet (§22)."""
    owe_word_to_sources(work, case, Step.RECORD_ESCALATION)
    row = work.session.get_one(Escalation, escalation_id)
    if row.authority_told_on is None and not _heard_it(work, row):
        duty = NextDuty(DutyKind.TELL_AUTHORITY, TO_TELL_AUTHORITY)
        owe(work, case, duty, subject_id=row.id)


def authority_was_told(work: Work, case: Case, escalation: Escalation) -> None:
    """The authority was told of this escalation, so of every entry that it corrects: nobody owes it any more."""
    row: Escalation | None = escalation
    while row is not None:
        finish_duties(work, case, DutyKind.TELL_AUTHORITY, subject_id=row.id)
        row = work.session.get(Escalation, row.corrects_id) if row.corrects_id else None


def told_since(work: Work, escalation: Escalation) -> tuple[ToldSince, ...]:
    """Who was told of this escalation after it was recorded; the caller records that it was opened."""
    query = select(AuthorityTelling).where(AuthorityTelling.escalation_id == escalation.id)
    return tuple(
        ToldSince(row.told_on, row.capacity, row.how, row.name, row.note, name_of(work, row.recorded_by))
        for row in work.session.scalars(query.order_by(AuthorityTelling.id)).all()
    )


def source_facts(source: Source) -> SourceFacts:
    """What is known of reaching a source, without opening who they are."""
    return SourceFacts(source.contact_sealed is not None, source.may_be_contacted)


def _heard_it(work: Work, escalation: Escalation) -> bool:
    """Whether it came of a meeting's issue that somebody of the authority sat at."""
    came = (
        select(MeetingAttendee.id)
        .join(MeetingIssue, MeetingIssue.meeting_id == MeetingAttendee.meeting_id)
        .where(MeetingIssue.id == escalation.issue_id, MeetingAttendee.body == Body.AUTHORITY)
        .where(MeetingAttendee.attendance == Attendance.ATTENDED)
        .limit(1)
    )
    return escalation.issue_id is not None and work.session.scalar(came) is not None
