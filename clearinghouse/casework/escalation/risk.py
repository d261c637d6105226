"""Referrals that wait for nobody, because people are at risk or the law requires it, and the second lead's view."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, case_to_read, record_change, scope_of
from clearinghouse.casework.duties.setting import finish_duties, owe, writers_of_referral
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.escalation.recording import (
    Escalated,
    Kind,
    NewEscalation,
    check_dates,
    escalation_of,
    keep_escalation,
)
from clearinghouse.casework.facts import case_facts
from clearinghouse.casework.staff import leads_of, name_of
from clearinghouse.casework.still_owed import owe_a_next_step
from clearinghouse.casework.word_owed import owe_word_after_escalation
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import AFTER_RISK_REFERRAL, AT_ONCE, NextDuty
from clearinghouse.protocol.facts import RiskFacts
from clearinghouse.protocol.referral import may_confirm_risk_referral, may_refer_at_once
from clearinghouse.protocol.verdict import Verdict
from clearinghouse.protocol.vocabulary import Body, DutyKind, EscalationAction, Nature
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.meetings import Escalation
from clearinghouse.records.sealed import Compartment


@dataclass(frozen=True)
class NewRiskReferral:
    """To whom the concern is referred at once, and why. `people_at_risk` says so where the case did not yet."""

    body: Body
    recipient: str
    on: date
    reason: str
    why_not_family_first: str
    people_at_risk: bool = False


@dataclass(frozen=True)
class WaitingReferral:
    """A referral that waits for a second lead's view: what its list shows."""

    escalation_id: UUID
    reference: str
    authority: str
    referred_by: str
    on: date
    due_on: date | None


@dataclass(frozen=True)
class RiskReferral:
    """A referral as the second lead sees it: of the case no more than the decision needs."""

    escalation_id: UUID
    reference: str
    authority: str
    nature: Nature
    body: Body
    recipient: str
    on: date
    reason: str
    why_not_family_first: str
    referred_by: str
    due_on: date | None
    may_decide: bool


def refer_at_once(
    world: World, actor: Actor, case_id: UUID, version: int | None, given: NewRiskReferral
) -> Escalated:
    """Refer at once because people are at risk now or the law requires it (ours, not in the document).

    A different lead confirms or questions it within one working day; it is reviewed within ten. Raises Refused where
    neither holds, Invalid beside the field, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.RISK_REFER, seen=version)
        case.people_at_risk = case.people_at_risk or given.people_at_risk
        verdict = may_refer_at_once(_risk(work, case))
        if not verdict.allowed:
            raise Refused(*(each.words for each in verdict.missing))
        entry = _entry(work, given)
        made = keep_escalation(work, case, entry, Kind(ours=True, at_once=True))
        confirm, review = AFTER_RISK_REFERRAL
        owe(work, case, confirm, subject_id=made.escalation_id)
        owe(work, case, review, subject_id=made.escalation_id)
        owe_word_after_escalation(work, case, made.escalation_id)
        finish_duties(work, case, DutyKind.REFER_AT_ONCE)
        return made


def confirm_risk_referral(
    world: World, actor: Actor, escalation_id: UUID, confirmed: bool, view: str
) -> None:
    """A different lead, of any region, confirms or questions a referral made at once (ours).

    Questioned, it is followed up at once by the case's owner and by a lead of its region. Raises Refused for whoever
    made or corrected it and for the second answer, Invalid beside the field, NotFound.
    """
    with world.unit_of_work(actor) as work:
        found = _find(work, escalation_id)
        case = case_to_change(work, found.case_id, Permission.RISK_CONFIRM)
        row = escalation_of(work, case, escalation_id)
        verdict = _may_be_second(work, row)
        if not verdict.allowed:
            raise Refused(*(each.words for each in verdict.missing))
        if row.confirmed_by is not None:
            raise Refused("Another lead has confirmed or questioned this referral already.")
        if not confirmed and not view:
            raise Invalid({"view": "Say what you question."})
        row.confirmed_by, row.confirmed_at, row.questioned = actor.person, work.now, not confirmed
        row.second_view = view
        event = Event.RISK_REFERRAL_CONFIRMED if confirmed else Event.RISK_REFERRAL_QUESTIONED
        record_change(work, case, event, escalation=row.id)
        finish_duties(work, case, DutyKind.CONFIRM_RISK_REFERRAL, subject_id=row.id)
        if not confirmed:
            for person in _whom_it_concerns(work, case):
                owe(work, case, NextDuty(DutyKind.FOLLOW_UP, AT_ONCE), owner_id=person, subject_id=row.id)
        owe_a_next_step(work, case)


def review_risk_referral(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    escalation_id: UUID,
    held_on: date,
    note: str,
) -> None:
    """Record the review of a referral that waited for nobody (ours): what was learned, and whether it was right.

    Raises Refused where it was reviewed already, Invalid beside the field, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.MEETING_RECORD, seen=version)
        row = escalation_of(work, case, escalation_id)
        if not _is_first_entry(row):
            raise NotFound
        if row.reviewed_on is not None:
            raise Refused("This referral has been reviewed already.")
        if not row.on <= held_on <= work.today:
            raise Invalid({"held_on": "The review falls between the referral and today."})
        row.reviewed_on, row.reviewed_by = held_on, actor.person
        row.review_note = note
        record_change(work, case, Event.RISK_REFERRAL_REVIEWED, escalation=row.id, held_on=held_on)
        finish_duties(work, case, DutyKind.REVIEW_RISK_REFERRAL, subject_id=row.id)
        owe_a_next_step(work, case)


def risk_referrals(world: World, actor: Actor) -> tuple[WaitingReferral, ...]:
    """The referrals made at once, and corrected, by others that wait for a second lead, the earliest first."""
    with world.reading(actor) as work:
        waiting = work.session.scalars(
            select(Escalation)
            .where(Escalation.at_once.is_(True), Escalation.corrects_id.is_(None))
            .where(Escalation.confirmed_by.is_(None))
            .order_by(Escalation.on, Escalation.id)
        ).all()
        return tuple(
            _waiting(work, row)
            for row in waiting
            if _may_confirm(work, row) and _may_be_second(work, row).allowed
        )


def waiting_referral(world: World, actor: Actor, case_id: UUID) -> UUID:
    """The referral on one case that waits for a second lead, rather one that others wrote. Raises NotFound."""
    with world.reading(actor) as work:
        case_to_read(work, case_id, Permission.RISK_CONFIRM)
        waiting = work.session.scalars(
            select(Escalation)
            .where(Escalation.case_id == case_id, Escalation.at_once.is_(True))
            .where(Escalation.corrects_id.is_(None), Escalation.confirmed_by.is_(None))
            .order_by(Escalation.on, Escalation.id)
        ).all()
        if not waiting:
            raise NotFound
        return min(waiting, key=lambda row: not _may_be_second(work, row).allowed).id


def risk_referral(world: World, actor: Actor, escalation_id: UUID) -> RiskReferral:
    """One referral, for a second lead to decide on; that it was opened is in the ledger.

    Raises NotFound for absent, forbidden and decided alike.
    """
    with world.unit_of_work(actor) as work:
        row = _find(work, escalation_id)
        admitted = case_to_read(work, row.case_id, Permission.RISK_CONFIRM)
        if row.confirmed_by is not None:
            raise NotFound
        compartment = Compartment.MEETINGS
        work.record(Event.CASE_OPENED, Stream.CASE, row.case_id, compartment=compartment, escalation=row.id)
        said, short = _latest(work, row), _waiting(work, row)
        return RiskReferral(
            escalation_id=row.id,
            reference=short.reference,
            authority=short.authority,
            nature=admitted.case.nature,
            body=said.body,
            recipient=said.recipient,
            on=said.on,
            reason=said.reason,
            why_not_family_first=said.why_not_family_first,
            referred_by=short.referred_by,
            due_on=short.due_on,
            may_decide=_may_be_second(work, row).allowed,
        )


def legal_duty_to_refer(world: World, actor: Actor, case_id: UUID) -> bool:
    """Whether triage recorded that the law requires a referral. Raises NotFound."""
    with world.reading(actor) as work:
        case = case_to_read(work, case_id, Permission.RISK_REFER).case
        return _risk(work, case).legal_duty_to_refer


def _entry(work: Work, given: NewRiskReferral) -> NewEscalation:
    entry = NewEscalation(
        body=given.body,
        action=EscalationAction.OTHER,
        on=given.on,
        reason=given.reason,
        recipient=given.recipient,
        why_not_family_first=given.why_not_family_first,
    )
    required = {
        "recipient": "Enter to whom you refer it.",
        "reason": "Enter why it is referred at once.",
        "why_not_family_first": "Enter why family first is not followed.",
    }
    problems = {name: words for name, words in required.items() if not getattr(entry, name)}
    if problems:
        raise Invalid(problems)
    check_dates(work, entry)
    return entry


def _risk(work: Work, case: Case) -> RiskFacts:
    return case_facts(work, case).risk


def _whom_it_concerns(work: Work, case: Case) -> tuple[UUID, ...]:
    """The case's owner, and the first lead of its region who is somebody else."""
    scope = scope_of(work, case)
    leads = leads_of(work, scope.regions, scope.authorities)
    others = [lead.id for lead in leads if lead.id != case.owner_id]
    return (case.owner_id, *others[:1])


def _find(work: Work, escalation_id: UUID) -> Escalation:
    row = work.session.get(Escalation, escalation_id)
    if row is None or not _is_first_entry(row):
        raise NotFound
    return row


def _is_first_entry(row: Escalation) -> bool:
    return row.at_once and row.corrects_id is None


def _may_confirm(work: Work, row: Escalation) -> bool:
    case = work.session.get_one(Case, row.case_id)
    return may(work.actor, Permission.RISK_CONFIRM, scope_of(work, case)).allowed


def _may_be_second(work: Work, row: Escalation) -> Verdict:
    writers = frozenset(str(writer) for writer in writers_of_referral(work, row.id))
    return may_confirm_risk_referral(writers, str(work.actor.person))


def _latest(work: Work, row: Escalation) -> Escalation:
    """The last entry that corrects this one, or itself."""
    later = work.session.scalars(select(Escalation).where(Escalation.corrects_id == row.id)).first()
    return _latest(work, later) if later else row


def _waiting(work: Work, row: Escalation) -> WaitingReferral:
    case = work.session.get_one(Case, row.case_id)
    authority = work.session.scalars(
        select(Authority.name)
        .join(CaseAuthority, CaseAuthority.authority_id == Authority.id)
        .where(CaseAuthority.case_id == case.id, CaseAuthority.is_lead.is_(True))
    ).one()
    due_on = work.session.scalars(
        select(Duty.due_on)
        .where(Duty.case_id == case.id, Duty.subject_id == row.id, Duty.state == DutyState.OPEN)
        .where(Duty.kind == DutyKind.CONFIRM_RISK_REFERRAL)
    ).first()
    return WaitingReferral(row.id, case.reference, authority, name_of(work, row.decided_by), row.on, due_on)
