"""Our own referral to a regulator or department: what its gates still miss, and the referral itself."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, case_to_read
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.escalation.recording import (
    Escalated,
    Kind,
    NewEscalation,
    check_dates,
    keep_escalation,
)
from clearinghouse.casework.facts import case_facts
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.still_owed import owe_after_escalation, owe_what_is_missing
from clearinghouse.casework.world import World
from clearinghouse.protocol.facts import CaseFacts
from clearinghouse.protocol.meetings import still_to_ask
from clearinghouse.protocol.referral import GATES, may_refer
from clearinghouse.protocol.verdict import Missing, Verdict
from clearinghouse.protocol.vocabulary import Gate, Standing

_MET = {
    Gate.JOINT_LOCAL_MEETING: {
        "The sector offer was made, and was declined or not answered in time": {
            Missing.OFFER_NOT_MADE,
            Missing.OFFER_NOT_ANSWERED,
            Missing.OFFER_WITHDRAWN,
            Missing.OFFER_ACCEPTED,
        },
        "The confidential dialogue was held, or attempted on two different days": {Missing.DIALOGUE},
        "A joint local meeting ended in outcome C": {Missing.OUTCOME_C},
    },
    Gate.PRE_INTERVENTION_MEETING: {
        "The department, IDeA, RIEP, Government Office and leading members each came or declined": {
            Missing.PRE_INTERVENTION_MEETING,
            Missing.PARTIES_NOT_ASKED,
        },
        "The meeting found a sector-led approach not feasible": {
            Missing.PRE_INTERVENTION_MEETING,
            Missing.SECTOR_LED_APPROACH_OPEN,
        },
    },
    Gate.FAILED_SUPPORT: {
        "The authority accepted support": {Missing.SUPPORT_NOT_ACCEPTED},
        "The two latest reviews, on different days, found no adequate progress": {
            Missing.REVIEWS_WITHOUT_PROGRESS
        },
        "A joint local meeting has considered it since": {Missing.MEETING_ON_FAILED_SUPPORT},
    },
}


@dataclass(frozen=True)
class GateStep:
    """One step of a gate: its words, and what is missing of it, None where it is met."""

    words: str
    missing: Missing | None


@dataclass(frozen=True)
class GateView:
    """One gate of a referral, step by step; `nearest` marks the one that is met or misses least."""

    gate: Gate
    nearest: bool
    steps: tuple[GateStep, ...]


@dataclass(frozen=True)
class ReferralGates:
    """Whether the family may refer, and where each gate stands.

    `still_to_ask` names the parties that the latest pre-intervention meeting has not asked, where there was one.
    """

    case: CaseHeader
    verdict: Verdict
    gates: tuple[GateView, ...]
    still_to_ask: tuple[str, ...]


def referral_gates(world: World, actor: Actor, case_id: UUID) -> ReferralGates:
    """Where each gate of a referral stands (004 §16, §22, §26). Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.CASE_REFER)
        facts = case_facts(work, admitted.case)
        verdict = may_refer(facts, work.today)
        checks = [gate(facts, work.today) for gate in GATES]
        gates = (
            GateView(check.gate, check.gate is verdict.gate, _steps(check.gate, check.missing))
            for check in checks
        )
        return ReferralGates(
            header_of(work, admitted), verdict, tuple(gates), _still_to_ask(facts, work.today)
        )


def refer(world: World, actor: Actor, case_id: UUID, version: int | None, given: NewEscalation) -> Escalated:
    """Refer a council to a regulator or department, only after it had the first shot (004 §16, §22, §26).

    Raises Refused naming what the nearest gate misses, Invalid beside the field, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.CASE_REFER, seen=version)
        if case.standing is Standing.CLOSED:
            raise Refused(Missing.CASE_CLOSED.words)
        verdict = may_refer(case_facts(work, case), work.today)
        if not verdict.allowed:
            raise Refused(*(each.words for each in verdict.missing))
        if not given.recipient:
            raise Invalid({"recipient": "Enter the name of the person you refer it to."})
        check_dates(work, given)
        made = keep_escalation(work, case, given, Kind(ours=True))
        owe_after_escalation(work, case, made.finding.owed, given.follow_up_on, made.escalation_id)
        return made


def owe_missing_steps(world: World, actor: Actor, case_id: UUID, version: int | None) -> None:
    """Turn what the nearest gate misses into duties, so that the family's first shot is given (004 §19, §22).

    Raises Refused where nothing is missing or the case is closed, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.CASE_REFER, seen=version)
        if case.standing is Standing.CLOSED:
            raise Refused(Missing.CASE_CLOSED.words)
        owed = may_refer(case_facts(work, case), work.today).owed
        if not owed:
            raise Refused("Nothing is missing: the gate is open.")
        owe_what_is_missing(work, case, owed)


def _still_to_ask(facts: CaseFacts, today: date) -> tuple[str, ...]:
    held = [each for each in facts.pre_intervention_meetings if each.on <= today]
    if not held:
        return ()
    latest = max(held, key=lambda each: (each.on, each.event))
    return still_to_ask(latest.attended | latest.declined)


def _steps(gate: Gate, missing: tuple[Missing, ...]) -> tuple[GateStep, ...]:
    return tuple(
        GateStep(words, next((each for each in missing if each in reasons), None))
        for words, reasons in _MET[gate].items()
    )
