"""Escalations: what government or an inspectorate does, kept with its family-first finding, corrected, never edited."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, record_change
from clearinghouse.casework.duties.setting import move_lost_duties
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.facts import case_facts
from clearinghouse.casework.still_owed import owe_a_next_step, owe_after_escalation
from clearinghouse.casework.word_owed import authority_was_told
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.facts import CaseFacts
from clearinghouse.protocol.finding import Finding, family_first
from clearinghouse.protocol.standing import after
from clearinghouse.protocol.vocabulary import Body, EscalationAction, Step
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.meetings import Escalation


@dataclass(frozen=True)
class NewEscalation:
    """What a body does or is asked to do; `agreed_by` and `authority_told` name people, and are sealed.

    `recipient` names to whom a referral of ours goes. Without `follow_up_on` the usual working days are counted.
    """

    body: Body
    action: EscalationAction
    on: date
    reason: str
    agreed_by: str = ""
    authority_told: str = ""
    authority_told_on: date | None = None
    follow_up_on: date | None = None
    recipient: str = ""
    why_not_family_first: str = ""


@dataclass(frozen=True)
class Kind:
    """What sort of entry it is: theirs or our referral, made at once or not, of a meeting's issue, or a correction."""

    ours: bool = False
    at_once: bool = False
    issue_id: UUID | None = None
    corrects_id: UUID | None = None


@dataclass(frozen=True)
class Escalated:
    """The entry that was made, and what it says about family first."""

    escalation_id: UUID
    finding: Finding


def record_escalation(
    world: World, actor: Actor, case_id: UUID, version: int | None, given: NewEscalation
) -> Escalated:
    """Record what government or an inspectorate does (004 §9, §15g, §22): a fact, never refused.

    The finding is computed as of the day of the escalation; what it misses becomes duties, and a follow-up is booked.
    Raises Invalid beside the field where a date cannot be, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.ESCALATION_RECORD, seen=version)
        check_dates(work, given)
        made = keep_escalation(work, case, given, Kind())
        owe_after_escalation(work, case, made.finding.owed, given.follow_up_on, made.escalation_id)
        return made


def correct_escalation(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    escalation_id: UUID,
    given: NewEscalation,
) -> Escalated:
    """Correct an entry by a later one, with a finding of its own; the first stays as it is.

    No duty follows: what the first entry brought about goes on. Whoever corrects a referral made at once cannot be its
    second lead, and that duty passes to another. Raises Refused where a later entry corrects it
    already, Invalid beside the field, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.ESCALATION_RECORD, seen=version)
        row = escalation_of(work, case, escalation_id)
        if work.session.scalars(select(Escalation.id).where(Escalation.corrects_id == row.id)).first():
            raise Refused("This entry has been corrected already: correct the later entry.")
        check_dates(work, given)
        kind = Kind(ours=row.ours, at_once=row.at_once, issue_id=row.issue_id, corrects_id=row.id)
        made = keep_escalation(work, case, given, kind)
        if given.authority_told_on:
            authority_was_told(work, case, row)
            owe_a_next_step(work, case)
        if row.at_once:
            move_lost_duties(work, case, (actor.person,), case.owner_id)
        return made


def keep_escalation(work: Work, case: Case, given: NewEscalation, kind: Kind) -> Escalated:
    """Keep an entry with its event and its finding. The caller admits, checks, and owes what follows."""
    facts = case_facts(work, case)
    finding = family_first(facts, given.on)
    row = work.add(
        Escalation(
            case_id=case.id,
            issue_id=kind.issue_id,
            corrects_id=kind.corrects_id,
            ours=kind.ours,
            at_once=kind.at_once,
            body=given.body,
            action=given.action,
            on=given.on,
            finding=finding.result,
            gate=finding.gate,
            missing=[str(each.value) for each in finding.missing],
            evidence=list(finding.events),
            why_not=finding.why_not,
            decided_by=work.actor.person,
            recorded_at=work.now,
            authority_told_on=given.authority_told_on,
        )
    )
    row.reason, row.agreed_by, row.recipient = given.reason, given.agreed_by, given.recipient
    row.authority_told, row.why_not_family_first = given.authority_told, given.why_not_family_first
    case.escalated = True
    case.standing = after(case.standing, Step.RECORD_ESCALATION)
    row.event_id = _record(work, case, row, finding, facts)
    return Escalated(row.id, finding)


def check_dates(work: Work, given: NewEscalation) -> None:
    """Raises Invalid where a fact lies in the future or a follow-up in the past."""
    problems = {}
    if given.on > work.today:
        problems["on"] = "The day of the escalation cannot be in the future."
    if given.authority_told_on and given.authority_told_on > work.today:
        problems["authority_told_on"] = "The day on which the authority was told cannot be in the future."
    if given.follow_up_on and given.follow_up_on < work.today:
        problems["follow_up_on"] = "The follow-up must be today or later."
    if problems:
        raise Invalid(problems)


def escalation_of(work: Work, case: Case, escalation_id: UUID) -> Escalation:
    """One entry of the case. Raises NotFound."""
    row = work.session.get(Escalation, escalation_id)
    if row is None or row.case_id != case.id:
        raise NotFound
    return row


def _record(work: Work, case: Case, row: Escalation, finding: Finding, facts: CaseFacts) -> UUID:
    """The event carries what its finding was made of and no earlier event says, so that it can be made again."""
    event = Event.ESCALATION_RECORDED
    if row.corrects_id:
        event = Event.ESCALATION_CORRECTED
    elif row.ours:
        event = Event.RISK_REFERRAL_MADE if row.at_once else Event.REFERRAL_MADE
    return record_change(
        work,
        case,
        event,
        escalation=row.id,
        corrects=row.corrects_id,
        issue=row.issue_id,
        ours=row.ours,
        at_once=row.at_once,
        body=row.body,
        action=row.action,
        on=row.on,
        finding=finding.result,
        gate=finding.gate,
        missing=finding.missing,
        evidence=tuple(UUID(each) for each in finding.events),
        why_not=finding.why_not,
        authority_told_on=row.authority_told_on,
        nature=case.nature,
        people_at_risk=facts.risk.people_at_risk_now,
        legal_duty_to_refer=facts.risk.legal_duty_to_refer,
        department_contemplates_action=facts.department_contemplates_action,
    )
