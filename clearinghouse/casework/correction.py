"""Correcting a wrong authority on a case: walls and scope are drawn anew, and sight of the case moves with them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import (
    case_to_change,
    case_to_read,
    open_duties,
    record_change,
    scope_of,
)
from clearinghouse.casework.duties.setting import end_duty
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.regions import Move, carry_out, named_now, plan_move
from clearinghouse.casework.walls import with_lineage
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority, Correction
from clearinghouse.records.duties import DutyState
from clearinghouse.records.events import Event


@dataclass(frozen=True)
class Swap:
    """The authority that a case names wrongly, and the one that it should name."""

    wrong: UUID
    right: UUID


@dataclass(frozen=True)
class CorrectionPreview:
    """What a correction would bring: who gains and who loses sight of the case, and who would own it."""

    wrong: str
    right: str
    gaining: tuple[str, ...]
    losing: tuple[str, ...]
    new_owner: str | None
    actor_loses: bool


@dataclass(frozen=True)
class Corrected:
    """The case as it is after the correction; whether whoever corrected it can still read it."""

    still_visible: bool


def preview_correction(world: World, actor: Actor, case_id: UUID, swap: Swap) -> CorrectionPreview:
    """Who would gain and lose sight of the case. Raises Invalid, Refused and NotFound as the correction does."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.CASE_CORRECT)
        plan = _plan(work, admitted.case, swap)
        wrong = work.session.get_one(Authority, swap.wrong)
        return CorrectionPreview(
            wrong=wrong.name,
            right=work.session.get_one(Authority, swap.right).name,
            gaining=plan.gaining,
            losing=plan.losing,
            new_owner=plan.owner.name if plan.owner else None,
            actor_loses=actor.person not in plan.after.everybody,
        )


def correct_authority(
    world: World, actor: Actor, case_id: UUID, version: int | None, swap: Swap, reason: str
) -> Corrected:
    """Name the right authority instead of the wrong one, and draw walls and scope anew (004 §19, §23).

    Whoever may no longer read the case is taken off it; an owner who may not is replaced by a lead. What those people
    owed passes to the owner, and what a lead owed to another lead. Raises Invalid for an authority that cannot be,
    Refused where nobody could own the case, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.CASE_CORRECT, seen=version)
        plan = _plan(work, case, swap)
        row = work.add(
            Correction(
                case_id=case.id,
                made_by=actor.person,
                made_at=work.now,
                wrong_authority_id=swap.wrong,
                right_authority_id=swap.right,
            )
        )
        row.reason = reason
        _rename(work, case, swap)
        handed = carry_out(work, case, plan)
        record_change(
            work,
            case,
            Event.CASE_CORRECTED,
            correction=row.id,
            wrong=swap.wrong,
            right=swap.right,
            regions=tuple(sorted(plan.scope.regions)),
            owner=case.owner_id,
            former=handed.former,
            left=handed.left,
            duties=handed.duties,
        )
        for duty in open_duties(work, case):
            if duty.kind is DutyKind.CONFIRM_SUCCESSION and duty.subject_id == swap.wrong:
                end_duty(work, case, duty, DutyState.REPLACED)
        return Corrected(still_visible=actor.person in plan.after.everybody)


def _plan(work: Work, case: Case, swap: Swap) -> Move:
    named = named_now(work, case)
    if swap.wrong not in named:
        raise Invalid({"wrong": "Choose an authority that the case names"})
    authority = work.session.get(Authority, swap.right)
    if authority is None or authority.region is None:
        raise Invalid({"right": "Choose an authority from the register"})
    if swap.right in scope_of(work, case).authorities:
        raise Invalid({"right": "The case names this authority already"})
    named = (named - {swap.wrong}) | {swap.right}
    return plan_move(work, case, named, _former_that_stay(work, case, named))


def _former_that_stay(work: Work, case: Case, named: frozenset[UUID]) -> frozenset[UUID]:
    """Those that the case named formerly, and that what it names now replaced; a wrong council takes its own along."""
    here = (CaseAuthority.case_id == case.id, CaseAuthority.former_since.is_not(None))
    former = frozenset(work.session.scalars(select(CaseAuthority.authority_id).where(*here)))
    return former & with_lineage(work.session, named)


def _rename(work: Work, case: Case, swap: Swap) -> None:
    session = work.session
    wrong = session.get_one(CaseAuthority, (case.id, swap.wrong))
    session.add(CaseAuthority(case_id=case.id, authority_id=swap.right, is_lead=wrong.is_lead))
    session.delete(wrong)
    session.flush()
    stay = _former_that_stay(work, case, named_now(work, case))
    gone = (CaseAuthority.case_id == case.id, CaseAuthority.former_since.is_not(None))
    session.execute(delete(CaseAuthority).where(*gone, CaseAuthority.authority_id.not_in(stay)))
