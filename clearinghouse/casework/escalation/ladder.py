"""The ladder of a case as its page shows it: rungs, what shows them, the gates, and what others did meanwhile."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from clearinghouse.casework.escalation.standing import standing_escalations
from clearinghouse.casework.world import LONDON, Work
from clearinghouse.protocol.facts import CaseFacts
from clearinghouse.protocol.ladder import How, Ladder, Seen, can_be_supplied, ladder
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import Body, DutyKind, EscalationAction, FamilyFirst
from clearinghouse.records.cases import Case, Triage
from clearinghouse.records.meetings import Escalation


@dataclass(frozen=True)
class MissingStep:
    """What the nearest gate misses; `supplied_by` is None where the case's standing lets nobody supply it now."""

    missing: Missing
    supplied_by: DutyKind | None


@dataclass(frozen=True)
class EscalationSeen:
    """What government or an inspectorate did, or our referral to it, and what the record says about family first."""

    ours: bool
    body: Body
    action: EscalationAction
    on: date
    finding: FamilyFirst


@dataclass(frozen=True)
class CaseLadder:
    """The ladder of one case. `missing` is what the nearest gate misses, empty once a referral was made."""

    ladder: Ladder
    missing: tuple[MissingStep, ...]
    escalations: tuple[EscalationSeen, ...]


def case_ladder(work: Work, case: Case, facts: CaseFacts) -> CaseLadder:
    """Where the case of these facts stands on the way of family first, as its records say (004 §16, §19, §22)."""
    found = standing_escalations(work, case.id)
    here = ladder(
        case.standing,
        facts,
        work.today,
        triaged=_triaged(work, case),
        referred=_referred(found),
        route=case.route,
    )
    missing = () if any(row.ours for row in found) else here.referral.missing
    return CaseLadder(
        ladder=here,
        missing=tuple(MissingStep(each, _supplied_by(each, case)) for each in missing),
        escalations=tuple(
            EscalationSeen(row.ours, row.body, row.action, row.on, row.finding) for row in found
        ),
    )


def _supplied_by(missing: Missing, case: Case) -> DutyKind | None:
    kind = missing.supplied_by
    return kind if kind is not None and can_be_supplied(kind, case.standing) else None


def _triaged(work: Work, case: Case) -> Seen | None:
    """The first triage: later ones change the route, not that the rung is climbed."""
    first = select(Triage.made_at).where(Triage.case_id == case.id).order_by(Triage.made_at, Triage.id)
    made_at = work.session.scalars(first.limit(1)).one_or_none()
    if made_at is None:
        return None
    return Seen(How.TRIAGED, made_at.astimezone(LONDON).date())


def _referred(found: list[Escalation]) -> Seen | None:
    ours = next((row for row in found if row.ours), None)
    if ours is None:
        return None
    events = (str(ours.event_id),) if ours.event_id else ()
    return Seen(How.REFERRED_AT_ONCE if ours.at_once else How.REFERRED, ours.on, events)
