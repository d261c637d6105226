"""Setting and finishing what somebody must do next on a case, and who is given it: somebody who may do it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import CaseScope, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.admission import open_duties, record_change, scope_of
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.sight import people_who_might
from clearinghouse.casework.source import may_know_source
from clearinghouse.casework.staff import active_actor, actor_of, leads_of
from clearinghouse.casework.world import Work
from clearinghouse.protocol.duties import NextDuty
from clearinghouse.protocol.duties import due_on as day_for
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.protocol.working_days import next_working_day
from clearinghouse.records.cases import Case, Concern
from clearinghouse.records.duties import Duty, DutySeries, DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.meetings import Escalation
from clearinghouse.records.openings import BreakGlass
from clearinghouse.records.people import User
from clearinghouse.records.retention import RetentionReview

NEEDED_FOR: Mapping[DutyKind, Permission] = {
    DutyKind.TRIAGE: Permission.CASE_TRIAGE,
    DutyKind.FIRST_CONTACT: Permission.CONVERSATION_RECORD,
    DutyKind.MAKE_OFFER: Permission.OFFER_MAKE,
    DutyKind.ANSWER_TO_OFFER: Permission.OFFER_MAKE,
    DutyKind.ASSIGN_TEAM: Permission.TEAM_ASSIGN,
    DutyKind.CONFIRM_PEER: Permission.TEAM_ASSIGN,
    DutyKind.REPLACE_PEER: Permission.TEAM_ASSIGN,
    DutyKind.PEER_CONFLICT: Permission.TEAM_ASSIGN,
    DutyKind.TEAM_FEEDBACK: Permission.TEAM_FEEDBACK,
    DutyKind.TEAM_VISIT: Permission.VISIT_SCHEDULE,
    DutyKind.TEAM_CONTACT: Permission.VISIT_SCHEDULE,
    DutyKind.TEAM_REPORT: Permission.VISIT_SCHEDULE,
    DutyKind.TEAM_ACTION_PLAN: Permission.VISIT_SCHEDULE,
    DutyKind.TEAM_PROGRESS_REVIEW: Permission.VISIT_SCHEDULE,
    DutyKind.HAND_TO_RIEP: Permission.CASE_ASSIGN,
    DutyKind.AGREE_WAY_FORWARD: Permission.FOLLOWUP_SCHEDULE,
    DutyKind.ROUND_TABLE: Permission.FOLLOWUP_SCHEDULE,
    DutyKind.JOINT_LOCAL_MEETING: Permission.MEETING_RECORD,
    DutyKind.PRE_INTERVENTION_MEETING: Permission.MEETING_RECORD,
    DutyKind.POLITICAL_BROKERAGE: Permission.BROKERAGE_RECORD,
    DutyKind.ADVOCACY: Permission.ADVOCACY_RECORD,
    DutyKind.REFER_AT_ONCE: Permission.RISK_REFER,
    DutyKind.CONFIRM_RISK_REFERRAL: Permission.RISK_CONFIRM,
    DutyKind.REVIEW_RISK_REFERRAL: Permission.MEETING_RECORD,
    DutyKind.REVIEW: Permission.MEETING_RECORD,
    DutyKind.FOLLOW_UP: Permission.FOLLOWUP_SCHEDULE,
    DutyKind.TELL_AUTHORITY: Permission.FOLLOWUP_SCHEDULE,
    DutyKind.TELL_SOURCE: Permission.SOURCE_READ,
    DutyKind.CONFIRM_SUCCESSION: Permission.CASE_CORRECT,
    DutyKind.REVIEW_RETENTION: Permission.RECORD_DESTROY,
    DutyKind.CONFIRM_DESTRUCTION: Permission.RECORD_DESTROY,
    DutyKind.REVIEW_BREAK_GLASS: Permission.BREAKGLASS_REVIEW,
    DutyKind.QUESTIONNAIRE_REMINDER: Permission.QUESTIONNAIRE_SEND,
    DutyKind.QUESTIONNAIRE_ANSWERS: Permission.QUESTIONNAIRE_WRITE,
}
"""What somebody must be allowed to do with the case, to do what each kind of duty asks."""


def set_duty(
    work: Work,
    case: Case,
    kind: DutyKind,
    due_on: date,
    *,
    owner_id: UUID | None = None,
    note: str = "",
    subject_id: UUID | None = None,
) -> Duty:
    """Owe something on the case by a date that somebody chose, which moves to the next working day.

    Whoever owns the case owes it, unless another is named, or they may not do it (see who_owes); who has not set it
    themselves gets a letter. Record the event of the change itself first.
    """
    return _add(
        work,
        case,
        kind,
        next_working_day(due_on, work.holidays),
        asked_on=due_on,
        owner_id=owner_id,
        note=note,
        subject_id=subject_id,
    )


def owe(
    work: Work, case: Case, duty: NextDuty, *, owner_id: UUID | None = None, subject_id: UUID | None = None
) -> Duty:
    """Owe what the protocol says follows, within its working days from today."""
    return _add(
        work,
        case,
        duty.kind,
        day_for(duty, work.today, work.holidays),
        owner_id=owner_id,
        subject_id=subject_id,
    )


def who_owes(work: Work, case: Case, kind: DutyKind, asked: UUID, subject_id: UUID | None = None) -> UUID:
    """Who is given a duty of the kind: whoever is asked, if they may do it; else the lead who acts; else the case's
    first lead, then anybody who may, none of them walled off. Where nobody may, it stays with whoever is asked.

    Talks with politicians are a political lead's first of all, where there is one (004 §25).
    """
    scope, needs = scope_of(work, case), NEEDED_FOR[kind]
    barred = _barred(work, kind, subject_id)
    for person in _in_turn(work, scope, asked, kind):
        if person.id not in barred and may(person, needs, scope).allowed:
            if kind is DutyKind.TELL_SOURCE and not _may_know(work, person, scope, subject_id):
                continue
            return person.person
    return asked


def move_duties(work: Work, case: Case, people: Collection[UUID], to: UUID) -> tuple[UUID, ...]:
    """Pass what these people owe on the case to somebody else, or to whoever may do it (see who_owes), with a letter.

    Returns the duties, for the event.
    """
    return _move(work, case, [duty for duty in open_duties(work, case) if duty.owner_id in people], to)


def move_lost_duties(work: Work, case: Case, people: Collection[UUID], to: UUID) -> tuple[UUID, ...]:
    """Pass on what these people owe on the case and may not do any more, as move_duties does; the rest they keep."""
    scope = scope_of(work, case)
    owed = [duty for duty in open_duties(work, case) if duty.owner_id in people]
    return _move(work, case, [duty for duty in owed if not _may_still_do(work, scope, duty)], to)


def pass_on(work: Work, case: Case, duties: Iterable[Duty], to: UUID) -> tuple[UUID, ...]:
    """Pass these duties to somebody, or to whoever may do them (see who_owes), with a letter.

    Returns those that changed hands, for the event.
    """
    return _move(work, case, duties, to)


def writers_of_referral(work: Work, escalation_id: UUID | None) -> frozenset[UUID]:
    """Who made the referral and who corrected it since: none of them can be its second lead (ours)."""
    wrote = (Escalation.id, Escalation.decided_by)
    entries = select(*wrote).where(Escalation.id == escalation_id).cte("entries", recursive=True)
    later = select(*wrote).where(Escalation.corrects_id == entries.c.id)
    return frozenset(work.session.scalars(select(entries.union(later).c.decided_by)))


def finish_duties(work: Work, case: Case, *kinds: DutyKind, subject_id: UUID | None = None) -> None:
    """Mark the open duties of these kinds as done, only those about one subject where it is named."""
    query = select(Duty).where(Duty.case_id == case.id, Duty.state == DutyState.OPEN, Duty.kind.in_(kinds))
    if subject_id is not None:
        query = query.where(Duty.subject_id == subject_id)
    for duty in work.session.scalars(query).all():
        end_duty(work, case, duty, DutyState.DONE)


def end_duty(work: Work, case: Case, duty: Duty, state: DutyState) -> None:
    """End one open duty, as done or as replaced by another; a series whose open duty is replaced ends with it."""
    duty.state, duty.ended_at = state, work.now
    series = work.session.get(DutySeries, duty.series_id) if duty.series_id else None
    if series is not None and state is DutyState.REPLACED:
        series.ended_at = series.ended_at or work.now
    record_change(work, case, Event.DUTY_DONE, duty=duty.id, kind=duty.kind, state=state)


def _add(
    work: Work,
    case: Case,
    kind: DutyKind,
    due_on: date,
    *,
    owner_id: UUID | None,
    subject_id: UUID | None,
    asked_on: date | None = None,
    note: str = "",
) -> Duty:
    duty = work.add(
        Duty(
            case_id=case.id,
            kind=kind,
            due_on=due_on,
            asked_on=None if asked_on == due_on else asked_on,
            owner_id=who_owes(work, case, kind, owner_id or case.owner_id, subject_id),
            state=DutyState.OPEN,
            made_at=work.now,
            subject_id=subject_id,
        )
    )
    duty.note = note
    record_change(work, case, Event.DUTY_SET, duty=duty.id, kind=kind, due_on=due_on, owner=duty.owner_id)
    # What the clock sets, it has a letter of its own for.
    if work.actor.id and duty.owner_id != work.actor.id:
        enqueue(work, duty.owner_id, LetterKind.ASSIGNED, case.id)
    return duty


def _move(work: Work, case: Case, duties: Iterable[Duty], to: UUID) -> tuple[UUID, ...]:
    moved = []
    for duty in duties:
        heir = who_owes(work, case, duty.kind, to, duty.subject_id)
        if heir != duty.owner_id:
            duty.owner_id = heir
            moved.append(duty)
    for person in {duty.owner_id for duty in moved} - {work.actor.id}:
        enqueue(work, person, LetterKind.ASSIGNED, case.id)
    return tuple(duty.id for duty in moved)


def _may_still_do(work: Work, scope: CaseScope, duty: Duty) -> bool:
    person = active_actor(work, duty.owner_id)
    if person is None or person.id in _barred(work, duty.kind, duty.subject_id):
        return False
    if duty.kind is DutyKind.TELL_SOURCE and not _may_know(work, person, scope, duty.subject_id):
        return False
    return may(person, NEEDED_FOR[duty.kind], scope).allowed


def _barred(work: Work, kind: DutyKind, subject_id: UUID | None) -> frozenset[UUID]:
    if kind is DutyKind.CONFIRM_DESTRUCTION:
        review = work.session.get(RetentionReview, subject_id) if subject_id else None
        return frozenset({review.proposed_by} if review and review.proposed_by else ())
    if kind is DutyKind.REVIEW_BREAK_GLASS:
        opened = work.session.get(BreakGlass, subject_id) if subject_id else None
        return frozenset({opened.user_id} if opened else ())
    return writers_of_referral(work, subject_id) if kind is DutyKind.CONFIRM_RISK_REFERRAL else frozenset()


def _may_know(work: Work, person: Actor, scope: CaseScope, concern_id: UUID | None) -> bool:
    """Of several concerns on a case, a logger tells the source of their own alone, and a custodian each."""
    concern = work.session.get(Concern, concern_id) if concern_id else None
    return concern is not None and may_know_source(person, scope, concern)


def _in_turn(work: Work, scope: CaseScope, asked: UUID, kind: DutyKind) -> Iterator[Actor]:
    if kind is DutyKind.POLITICAL_BROKERAGE:
        near = [person for person in people_who_might(work, scope) if person.has(Role.POLITICAL_LEAD)]
        yield from sorted(near, key=lambda person: person.id != asked)
    for person in (asked, work.actor.id):
        known = active_actor(work, person) if person else None
        if known is not None:
            yield known
    for regions in (scope.regions, tuple(Region)):
        for lead in leads_of(work, regions, scope.authorities):
            yield actor_of(work, work.session.get_one(User, lead.id))
    yield from people_who_might(work, scope)
