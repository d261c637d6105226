"""When a council that a case names was replaced: a lead sees what would change, and lets the case follow or not yet."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import CaseScope, grants_reaching, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.admission import case_to_change, case_to_read, record_change, scope_of
from clearinghouse.casework.duties.setting import end_duty, set_duty
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.regions import Move, carry_out, named_now, plan_move
from clearinghouse.casework.register.succession_duties import (
    Replaced,
    duty_of,
    replaced_councils,
    successors_by_council,
)
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.succession import may_ask_again, may_succeed
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority
from clearinghouse.records.duties import DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.succession import SuccessionAnswer

_DECIDED = "Nothing is left to confirm: another lead has done so, or the register has changed meanwhile."


@dataclass(frozen=True)
class Successor:
    """A council that stands in the place of the one that was replaced."""

    id: UUID
    name: str
    region: Region | None
    since: date | None


@dataclass(frozen=True)
class PendingSuccession:
    """A case that names a council that was replaced. `due_on` is when a lead is to say what it names now."""

    case: CaseHeader
    council: str
    ended_on: date
    successors: tuple[str, ...]
    due_on: date | None


@dataclass(frozen=True)
class SuccessionQuestion:
    """What a lead is asked about a case: which of these councils it names now. None of them: nothing is asked."""

    case: CaseHeader
    council_id: UUID | None
    council: str
    ended_on: date | None
    leads: bool
    successors: tuple[Successor, ...]


@dataclass(frozen=True)
class Following:
    """Which councils the case names in the old one's place; `lead` is the lead authority, where the old one was."""

    council: UUID
    chosen: tuple[UUID, ...]
    lead: UUID | None = None


@dataclass(frozen=True)
class SuccessionPreview:
    """Exactly what would change: names, regions, who reads the case, who would own it."""

    council: str
    named: tuple[str, ...]
    lead: str | None
    regions_before: tuple[Region, ...]
    regions_after: tuple[Region, ...]
    gaining: tuple[str, ...]
    losing: tuple[str, ...]
    new_owner: str | None
    actor_loses: bool


@dataclass(frozen=True)
class Followed:
    """The case as it is now; whether whoever confirmed can still read it."""

    still_visible: bool


def pending_successions(world: World, actor: Actor) -> tuple[PendingSuccession, ...]:
    """The open cases whose council was replaced and about which the lead may say so, the earliest due first."""
    with world.reading(actor) as work:
        found = []
        waiting = replaced_councils(work) if grants_reaching(actor, Permission.CASE_CORRECT) else []
        known = successors_by_council(work, {each.authority_id for each in waiting})
        for each in waiting:
            case = work.session.get_one(Case, each.case_id)
            if not known[each.authority_id] or not _may(actor, scope_of(work, case)):
                continue
            found.append(_pending(work, each, known[each.authority_id]))
        return tuple(sorted(found, key=lambda each: (each.due_on or date.min, each.case.reference)))


def succession_question(world: World, actor: Actor, case_id: UUID) -> SuccessionQuestion:
    """What is asked about this case; its lead authority first. Raises NotFound for absent and forbidden alike."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.CASE_CORRECT)
        header = header_of(work, admitted)
        for each in replaced_councils(work, case_id):
            successors = successors_by_council(work, {each.authority_id})[each.authority_id]
            if successors:
                return SuccessionQuestion(
                    case=header,
                    council_id=each.authority_id,
                    council=work.session.get_one(Authority, each.authority_id).name,
                    ended_on=each.ended_on,
                    leads=header.lead_authority.id == each.authority_id,
                    successors=_successors(work, successors),
                )
        return SuccessionQuestion(header, None, "", None, leads=False, successors=())


def preview_succession(world: World, actor: Actor, case_id: UUID, following: Following) -> SuccessionPreview:
    """What would change if the case followed. Raises Invalid, Refused and NotFound as the confirmation does."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.CASE_CORRECT)
        _check(work, admitted.case, following)
        move = _plan(work, admitted.case, following)
        names = {each.id: each.name for each in _successors(work, following.chosen)}
        lead = _lead(work, admitted.case, following)
        return SuccessionPreview(
            council=work.session.get_one(Authority, following.council).name,
            named=tuple(names.values()),
            lead=names[lead] if lead else None,
            regions_before=tuple(sorted(admitted.scope.regions)),
            regions_after=tuple(sorted(move.scope.regions)),
            gaining=move.gaining,
            losing=move.losing,
            new_owner=move.owner.name if move.owner else None,
            actor_loses=actor.person not in move.after.everybody,
        )


def confirm_succession(
    world: World, actor: Actor, case_id: UUID, version: int | None, following: Following
) -> Followed:
    """Let the case name the successors; it keeps the old council as the one it named formerly (004 §19; design 3).

    Walls hold for the old name as for the new ones, so that none opens where councils merge or split. Whoever may no
    longer read the case is taken off it, and what they owned and owed passes on. Raises Invalid for councils that
    cannot be, Refused where nobody could own the case or another lead was first, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.CASE_CORRECT, seen=version)
        ended_on = _check(work, case, following)
        move = _plan(work, case, following)
        row = work.add(
            SuccessionAnswer(
                case_id=case.id,
                authority_id=following.council,
                answered_by=actor.person,
                answered_at=work.now,
            )
        )
        _rename(work, case, following, ended_on)
        handed = carry_out(work, case, move)
        record_change(
            work,
            case,
            Event.CASE_SUCCEEDED,
            answer=row.id,
            council=following.council,
            successors=following.chosen,
            regions=tuple(sorted(move.scope.regions)),
            owner=case.owner_id,
            former=handed.former,
            left=handed.left,
            duties=handed.duties,
        )
        _end_duty(work, case, following.council, DutyState.DONE)
        return Followed(still_visible=actor.person in move.after.everybody)


def decline_succession(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    council: UUID,
    reason: str,
    ask_again_on: date,
) -> None:
    """Leave the case under the old name for now, and be asked again on a day (ours).

    Raises Invalid for the day, Refused where another lead was first, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.CASE_CORRECT, seen=version)
        _replaced(work, case, council)
        verdict = may_ask_again(ask_again_on, work.today)
        if not verdict.allowed:
            raise Invalid({"ask_again_on": verdict.missing[0].words})
        row = work.add(
            SuccessionAnswer(
                case_id=case.id,
                authority_id=council,
                answered_by=actor.person,
                answered_at=work.now,
                ask_again_on=ask_again_on,
            )
        )
        row.reason = reason
        record_change(
            work, case, Event.SUCCESSION_DECLINED, answer=row.id, council=council, ask_again_on=ask_again_on
        )
        _end_duty(work, case, council, DutyState.REPLACED)
        set_duty(
            work,
            case,
            DutyKind.CONFIRM_SUCCESSION,
            ask_again_on,
            owner_id=actor.person,
            note=reason,
            subject_id=council,
        )


def _may(actor: Actor, scope: CaseScope) -> bool:
    return may(actor, Permission.CASE_CORRECT, scope).allowed


def _pending(work: Work, each: Replaced, successors: Collection[UUID]) -> PendingSuccession:
    duty = duty_of(work, each.case_id, each.authority_id)
    return PendingSuccession(
        case=header_of(work, case_to_read(work, each.case_id, Permission.CASE_CORRECT)),
        council=work.session.get_one(Authority, each.authority_id).name,
        ended_on=each.ended_on,
        successors=tuple(found.name for found in _successors(work, successors)),
        due_on=duty.due_on if duty else None,
    )


def _successors(work: Work, ids: Collection[UUID]) -> tuple[Successor, ...]:
    rows = work.session.scalars(select(Authority).where(Authority.id.in_(ids)).order_by(Authority.name))
    return tuple(Successor(row.id, row.name, row.region, row.started_on) for row in rows)


def _replaced(work: Work, case: Case, council: UUID) -> Replaced:
    """The council as it waits for an answer on this case. Raises Refused where nothing is asked about it."""
    for each in replaced_councils(work, case.id):
        if each.authority_id == council and successors_by_council(work, {council})[council]:
            return each
    raise Refused(_DECIDED)


def _check(work: Work, case: Case, following: Following) -> date:
    """The day on which the council ended. Raises Refused, and Invalid for successors that cannot be."""
    waiting = _replaced(work, case, following.council)
    successors = successors_by_council(work, {following.council})[following.council]
    verdict = may_succeed(set(following.chosen), successors)
    if not verdict.allowed:
        raise Invalid({"chosen": verdict.missing[0].words})
    if following.lead is not None and following.lead not in following.chosen:
        raise Invalid({"lead": "The lead authority is one of those that the case names now."})
    return waiting.ended_on


def _lead(work: Work, case: Case, following: Following) -> UUID | None:
    """Which of the chosen becomes the lead authority; None where the old council was not."""
    if not work.session.get_one(CaseAuthority, (case.id, following.council)).is_lead:
        return None
    return following.lead or _successors(work, following.chosen)[0].id


def _plan(work: Work, case: Case, following: Following) -> Move:
    named = (named_now(work, case) - {following.council}) | frozenset(following.chosen)
    former = (scope_of(work, case).authorities | {following.council}) - named
    return plan_move(work, case, named, former)


def _rename(work: Work, case: Case, following: Following, ended_on: date) -> None:
    lead = _lead(work, case, following)
    old = work.session.get_one(CaseAuthority, (case.id, following.council))
    old.is_lead, old.former_since = False, ended_on
    for each in following.chosen:
        row = work.session.get(CaseAuthority, (case.id, each))
        if row is None:
            work.session.add(CaseAuthority(case_id=case.id, authority_id=each, is_lead=each == lead))
        else:
            row.is_lead, row.former_since = row.is_lead or each == lead, None
    work.session.flush()


def _end_duty(work: Work, case: Case, council: UUID, state: DutyState) -> None:
    duty = duty_of(work, case.id, council)
    if duty is not None:
        end_duty(work, case, duty, state)
