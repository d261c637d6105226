"""Correcting a wrong authority on a case: walls and scope are drawn anew, and sight of the case moves with them."""

from dataclasses import dataclass, replace
from uuid import UUID

from clearinghouse.access.decision import CaseScope, Membership
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import (
    case_to_change,
    case_to_read,
    open_duties,
    record_change,
    scope_of,
)
from clearinghouse.casework.assignment import hand_on, members_of
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.regions import draw_regions, regions_of
from clearinghouse.casework.sight import Sight, who_can_see
from clearinghouse.casework.staff import Colleague, leads_of
from clearinghouse.casework.world import Work, World
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority, Correction
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


@dataclass(frozen=True)
class _Plan:
    authority: Authority
    scope: CaseScope
    before: Sight
    after: Sight
    owner: Colleague | None


def preview_correction(world: World, actor: Actor, case_id: UUID, swap: Swap) -> CorrectionPreview:
    """Who would gain and lose sight of the case. Raises Invalid, Refused and NotFound as the correction does."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.CASE_CORRECT)
        plan = _plan(work, admitted.case, swap)
        wrong = work.session.get_one(Authority, swap.wrong)
        return CorrectionPreview(
            wrong=wrong.name,
            right=plan.authority.name,
            gaining=_others(plan.after, plan.before.everybody),
            losing=_others(plan.before, plan.after.everybody),
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
        owing = {duty.owner_id for duty in open_duties(work, case)}
        on_case = {member.user_id for member in members_of(work, case)}
        handed = hand_on(work, case, (on_case | owing) - plan.after.everybody, owing)
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
        return Corrected(still_visible=actor.person in plan.after.everybody)


def _plan(work: Work, case: Case, swap: Swap) -> _Plan:
    scope = scope_of(work, case)
    if swap.wrong not in scope.authorities:
        raise Invalid({"wrong": "Choose an authority that the case names"})
    authority = work.session.get(Authority, swap.right)
    if authority is None or authority.region is None:
        raise Invalid({"right": "Choose an authority from the register"})
    if swap.right in scope.authorities:
        raise Invalid({"right": "The case names this authority already"})
    named = (scope.authorities - {swap.wrong}) | {swap.right}
    regions = regions_of(work, named)
    moved = replace(scope, authorities=named, regions=regions)
    before, after = who_can_see(work, scope), who_can_see(work, moved)
    leads = leads_of(work, regions, named)
    if case.owner_id in after.everybody:
        return _Plan(authority, moved, before, after, owner=None)
    if not leads:
        where = " and ".join(sorted(regions))
        raise Refused(
            f"Nobody could own the case: no lead of {where} is free of links to the authorities it names."
        )
    owned = replace(moved, members=moved.members | {(leads[0].id, Membership.OWNER)})
    return _Plan(authority, moved, before, who_can_see(work, owned), owner=leads[0])


def _rename(work: Work, case: Case, swap: Swap) -> None:
    session = work.session
    wrong = session.get_one(CaseAuthority, (case.id, swap.wrong))
    session.add(CaseAuthority(case_id=case.id, authority_id=swap.right, is_lead=wrong.is_lead))
    session.delete(wrong)
    draw_regions(work, case)


def _others(sight: Sight, known: frozenset[UUID]) -> tuple[str, ...]:
    """The names of those who can read the case by this sight, and are not known to by the other."""
    return tuple(reader.name for reader in sight.readers if reader.id not in known)
