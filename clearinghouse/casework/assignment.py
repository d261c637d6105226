"""Who is on a case: its owner, its team and the custodians of its sources."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import delete, select

from clearinghouse.access.decision import CaseScope, Membership, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import (
    case_to_change,
    case_to_read,
    open_duties,
    record_change,
    scope_of,
)
from clearinghouse.casework.duties.setting import move_duties, move_lost_duties
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.sight import people_who_might
from clearinghouse.casework.staff import Colleague, leads_of, name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.vocabulary import DutyKind, Standing
from clearinghouse.records.cases import Case, CaseMember
from clearinghouse.records.events import Event


@dataclass(frozen=True)
class OnCase:
    """Somebody who is on the case, in one capacity."""

    person: Colleague
    membership: Membership


@dataclass(frozen=True)
class Candidate:
    """Somebody who could be on the case: their roles reach it, and no wall stands between."""

    id: UUID
    name: str
    roles: str


@dataclass(frozen=True)
class Staffing:
    """Who is on a case now, and who could be the owner, on the team or custodian of its sources."""

    header: CaseHeader
    now: tuple[OnCase, ...]
    owners: tuple[Candidate, ...]
    team: tuple[Candidate, ...]
    custodians: tuple[Candidate, ...]


@dataclass(frozen=True)
class HandedOn:
    """Who owned the case before, who left it, and the duties that others owe now: for the event."""

    former: UUID
    left: tuple[UUID, ...]
    duties: tuple[UUID, ...]


def staffing(world: World, actor: Actor, case_id: UUID) -> Staffing:
    """Who is on the case and who could be. Raises NotFound for absent and forbidden alike."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.CASE_ASSIGN)
        scope, case = admitted.scope, admitted.case
        on_case = sorted(scope.members, key=lambda each: (list(Membership).index(each[1]), str(each[0])))

        def free(membership: Membership) -> tuple[Candidate, ...]:
            taken = {person for person, held in scope.members if held is membership}
            return tuple(each for each in candidates(work, scope, membership) if each.id not in taken)

        return Staffing(
            header=header_of(work, admitted),
            now=tuple(OnCase(Colleague(person, name_of(work, person)), held) for person, held in on_case),
            owners=free(Membership.OWNER),
            team=tuple(each for each in free(Membership.TEAM) if each.id != case.owner_id),
            custodians=tuple(each for each in free(Membership.CUSTODIAN) if each.id != actor.id),
        )


def change_owner(
    world: World, actor: Actor, case_id: UUID, version: int | None, owner_id: UUID, *, keep: bool
) -> None:
    """Hand the case to another owner, with what the former one owed and they may do; `keep` leaves that one on it.

    Raises Invalid where the person could not be on the case, Refused for a closed case, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = _open_case(work, case_id, version)
        _require_candidate(work, scope_of(work, case), Membership.OWNER, owner_id, "owner")
        former = case.owner_id
        if former == owner_id:
            raise Invalid({"owner": "Choose somebody who does not own the case already"})
        set_owner(work, case, owner_id)
        if keep:
            put_on_case(work, case, former, Membership.TEAM)
        moved = move_duties(work, case, {former}, owner_id)
        record_change(work, case, Event.CASE_ASSIGNED, owner=owner_id, former=former, duties=moved)


def add_to_case(
    world: World, actor: Actor, case_id: UUID, version: int | None, person_id: UUID, membership: Membership
) -> None:
    """Put somebody on the case's team, or name another than oneself a custodian of its sources.

    It takes two to open a source that neither of them logged (design 4). Raises Invalid where the person could not be
    on the case, Refused for a closed case, unless a custodian is named while its source is owed word, and for oneself
    as custodian, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.CASE_ASSIGN, seen=version)
        if membership is not Membership.CUSTODIAN or not _owes_word(work, case):
            _check_open(case)
        if membership is Membership.OWNER:
            raise ValueError("an owner is changed, not added")
        if membership is Membership.CUSTODIAN and person_id == actor.id:
            raise Refused("You cannot name yourself a custodian. Another lead can.")
        _require_candidate(work, scope_of(work, case), membership, person_id, membership.value)
        put_on_case(work, case, person_id, membership)
        # What was owed by somebody who may not do it, because nobody could, has now perhaps somebody who can.
        owing = {duty.owner_id for duty in open_duties(work, case)}
        moved = move_lost_duties(work, case, owing, person_id)
        record_change(work, case, Event.CASE_ASSIGNED, **{membership.value: person_id}, duties=moved)


def take_off_case(
    world: World, actor: Actor, case_id: UUID, version: int | None, person_id: UUID, membership: Membership
) -> None:
    """End somebody's place on the case; unless they are on it otherwise, what they owed passes to the owner, or to
    whoever may do it.

    Raises Refused for the owner, who is changed instead, NotFound where they are not on it, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.CASE_ASSIGN, seen=version)
        if membership is Membership.OWNER:
            raise Refused("A case always has an owner. Choose another one instead.")
        row = work.session.get(CaseMember, (case.id, person_id, membership))
        if row is None:
            raise NotFound
        work.session.delete(row)
        work.session.flush()
        moved: tuple[UUID, ...] = ()
        if not scope_of(work, case).is_on_case(person_id):
            moved = move_duties(work, case, {person_id}, case.owner_id)
        record_change(work, case, Event.CASE_ASSIGNED, left=person_id, membership=membership, duties=moved)


def candidates(work: Work, scope: CaseScope, membership: Membership) -> tuple[Candidate, ...]:
    """Everybody who, once on a case of this scope in this capacity, could read it, and as custodian its sources."""
    needs = Permission.SOURCE_READ if membership is Membership.CUSTODIAN else Permission.CASE_READ
    found = []
    for person in people_who_might(work, scope):
        placed = replace(scope, members=scope.members | {(person.person, membership)})
        if may(person, needs, placed).allowed:
            roles = ", ".join(dict.fromkeys(grant.role.words for grant in person.grants))
            found.append(Candidate(person.person, person.name, roles))
    return tuple(found)


def set_owner(work: Work, case: Case, owner_id: UUID) -> None:
    """Make somebody the owner in place of whoever was; the former owner is no longer on the case as such."""
    former = (CaseMember.case_id == case.id, CaseMember.membership == Membership.OWNER)
    work.session.execute(delete(CaseMember).where(*former))
    case.owner_id = owner_id
    put_on_case(work, case, owner_id, Membership.OWNER)


def put_on_case(work: Work, case: Case, person_id: UUID, membership: Membership) -> None:
    """Put somebody on the case in one capacity, once."""
    if work.session.get(CaseMember, (case.id, person_id, membership)) is None:
        work.session.add(
            CaseMember(case_id=case.id, user_id=person_id, membership=membership, due_on=case.due_on)
        )
    work.session.flush()


def hand_on(work: Work, case: Case, lost: Collection[UUID], owing: Collection[UUID]) -> HandedOn:
    """Take off the case those who lost sight of it; an owner among them is replaced by the case's first free lead.

    What the people in `owing` may not do any more passes to the owner, and what somebody owed who was not on the case
    to a lead, else to whoever may do it. Where no lead is free, the owner stays: a case is never without one. The
    caller writes the event.
    """
    scope = scope_of(work, case)
    leads = leads_of(work, scope.regions, scope.authorities)
    former = case.owner_id
    left = _take_off(work, case, lost, keep_owner=not leads)
    if former in lost and leads:
        set_owner(work, case, leads[0].id)
        if case.owner_id != work.actor.id:
            enqueue(work, case.owner_id, LetterKind.ASSIGNED, case.id)
    of_leads = (set(owing) & set(lost)) - set(left)
    heir = leads[0].id if leads else case.owner_id
    moved = move_lost_duties(work, case, of_leads, heir)
    moved += move_lost_duties(work, case, set(owing) - of_leads, case.owner_id)
    return HandedOn(former, left, moved)


def members_of(work: Work, case: Case) -> list[CaseMember]:
    """Everybody's places on the case."""
    return list(work.session.scalars(select(CaseMember).where(CaseMember.case_id == case.id)))


def _take_off(work: Work, case: Case, people: Collection[UUID], *, keep_owner: bool) -> tuple[UUID, ...]:
    left = [
        member
        for member in members_of(work, case)
        if member.user_id in people and not (keep_owner and member.membership is Membership.OWNER)
    ]
    for member in left:
        work.session.delete(member)
    work.session.flush()
    return tuple(dict.fromkeys(member.user_id for member in left))


def _open_case(work: Work, case_id: UUID, version: int | None) -> Case:
    case = case_to_change(work, case_id, Permission.CASE_ASSIGN, seen=version)
    _check_open(case)
    return case


def _check_open(case: Case) -> None:
    if case.standing is Standing.CLOSED:
        raise Refused("The case is closed. Reopen it first.")


def _owes_word(work: Work, case: Case) -> bool:
    """Whether a source is owed word; where its logger has gone, a custodian must be able to give it, closed or not."""
    return any(duty.kind is DutyKind.TELL_SOURCE for duty in open_duties(work, case))


def _require_candidate(
    work: Work, scope: CaseScope, membership: Membership, person_id: UUID, field: str
) -> None:
    if all(each.id != person_id for each in candidates(work, scope, membership)):
        raise Invalid({field: "Choose one of the people listed"})
