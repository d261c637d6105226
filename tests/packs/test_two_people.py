"""P12: what goes to a regulator needs two people; no race, change or role that ended goes round them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from sqlalchemy import func, select

from clearinghouse.access.roles import OPERATOR, Actor, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.packs.building import build_packs
from clearinghouse.casework.packs.collecting import (
    addressed_pack,
    collect_pack,
    confirm_pack,
    packs_for,
)
from clearinghouse.casework.packs.preparing import (
    approve_pack,
    change_pack,
    prepare_pack,
    revoke_pack,
    withdraw_approval,
)
from clearinghouse.casework.packs.scope import PackSubject
from clearinghouse.casework.packs.views import pack_page, packs
from clearinghouse.casework.world import World
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.ledger import LedgerEvent
from clearinghouse.records.packs import Pack, PackPart, PackState
from clearinghouse.records.people import RoleGrant
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.packs import built_pack, collected, scope
from tests.factories.people import again, person
from tests.worlds import Clock


@dataclass(frozen=True)
class Office:
    """Three audit officers, a regulator, and a case with its council."""

    first: Actor
    second: Actor
    third: Actor
    regulator: Actor
    council: UUID
    reference: str


@pytest.fixture
def office(world: World) -> Office:
    council = authority(world)
    person(world, Role.LEAD)
    logged_case(world, person(world, Role.ASSOCIATE), council)
    with world.reading(OPERATOR) as work:
        reference = work.session.scalars(select(Case.reference)).first()
    officers = [person(world, Role.AUDIT_OFFICER, None) for _ in range(3)]
    return Office(*officers, person(world, Role.REGULATOR, None), council, str(reference))


def prepared(world: World, office: Office) -> UUID:
    return prepare_pack(world, office.first, scope(world, office.regulator, office.reference))


def state(world: World, pack_id: UUID) -> PackState:
    with world.reading(OPERATOR) as work:
        return work.session.get_one(Pack, pack_id).state


def end_role(world: World, actor: Actor) -> Actor:
    with world.unit_of_work(OPERATOR) as work:
        for grant in work.session.scalars(select(RoleGrant).where(RoleGrant.user_id == actor.person)):
            grant.ended_at = work.now
    return again(world, actor)


def test_who_prepared_a_pack_cannot_approve_it(world: World, office: Office) -> None:
    """One person alone would send a case's history out."""
    pack_id = prepared(world, office)
    with pytest.raises(Refused, match="Another audit officer"):
        approve_pack(world, office.first, pack_id, 1)
    assert build_packs(world) == 0
    assert state(world, pack_id) is PackState.PREPARED
    with pytest.raises(NotFound):
        collect_pack(world, office.regulator, pack_id)


def test_a_change_voids_the_approval_and_who_changed_it_cannot_approve(world: World, office: Office) -> None:
    """An approval of one payload would let another one out."""
    pack_id = prepared(world, office)
    more = scope(world, office.regulator, office.reference, subjects=(PackSubject.OFFERS,))
    change_pack(world, office.second, pack_id, 1, more)
    with pytest.raises(Stale):
        approve_pack(world, office.first, pack_id, 1)  # looked at what it was before
    with pytest.raises(Refused, match="Another audit officer"):
        approve_pack(world, office.second, pack_id, 2)
    approve_pack(world, office.first, pack_id, 2)
    change_pack(world, office.second, pack_id, 2, replace(more, subjects=frozenset(PackSubject)))
    assert state(world, pack_id) is PackState.PREPARED
    assert build_packs(world) == 0


def test_a_change_after_it_was_made_takes_what_was_made_away(world: World, office: Office) -> None:
    pack_id = built_pack(world, office.first, office.second, scope(world, office.regulator, office.reference))
    change_pack(world, office.third, pack_id, 1, scope(world, office.regulator, office.reference))
    with pytest.raises(NotFound):
        collect_pack(world, office.regulator, pack_id)
    with world.reading(OPERATOR) as work:
        assert work.session.scalar(select(func.count()).select_from(PackPart)) == 0


def test_a_withdrawn_approval_counts_no_more(world: World, office: Office) -> None:
    """Neither before the pack is made nor after; and nobody takes back another's."""
    pack_id = prepared(world, office)
    approve_pack(world, office.second, pack_id, 1)
    with pytest.raises(Refused):
        withdraw_approval(world, office.third, pack_id)
    withdraw_approval(world, office.second, pack_id)
    assert build_packs(world) == 0
    approve_pack(world, office.second, pack_id, 1)
    assert build_packs(world) == 1
    withdraw_approval(world, office.second, pack_id)
    with pytest.raises(NotFound):
        collect_pack(world, office.regulator, pack_id)


@pytest.mark.parametrize("who", ["first", "second", "regulator"])
@pytest.mark.parametrize("when", ["before approval", "before it is made", "before it is collected"])
def test_a_role_that_ended_meanwhile_counts_no_more(
    world: World, office: Office, who: str, when: str
) -> None:
    """Somebody who left would still have sent, or would still receive, a case's history."""
    pack_id, stale = prepared(world, office), getattr(office, who)
    if when == "before approval":
        end_role(world, stale)
        with pytest.raises((Refused, NotFound)):
            approve_pack(world, office.second, pack_id, 1)
        return
    approve_pack(world, office.second, pack_id, 1)
    if when == "before it is made":
        end_role(world, stale)
        assert build_packs(world) == 0
        assert state(world, pack_id) is PackState.PREPARED
        return
    assert build_packs(world) == 1
    now = end_role(world, stale)
    for regulator in (office.regulator, now if who == "regulator" else office.regulator):
        with pytest.raises(NotFound):
            collect_pack(world, regulator, pack_id)


def test_of_two_approvals_at_once_one_counts(world: World, office: Office) -> None:
    """A race that let both through would write two approvals, or build twice."""
    pack_id = prepared(world, office)

    def attempt(actor: Actor) -> bool:
        try:
            approve_pack(world, actor, pack_id, 1)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(attempt, (office.second, office.third)))
    assert sorted(done) == [False, True]
    assert events(world, Event.PACK_APPROVED) == 1
    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(build_packs, (world, world))) <= 1
    build_packs(world)
    assert events(world, Event.PACK_BUILT) == 1


def test_an_approval_races_with_a_change_and_approves_nothing_else(world: World, office: Office) -> None:
    """Whichever comes first, what is approved is what the approver looked at."""
    pack_id = prepared(world, office)

    def approve(_: int) -> str:
        try:
            approve_pack(world, office.second, pack_id, 1)
        except Stale:
            return "stale"
        return "approved"

    def change(_: int) -> str:
        change_pack(world, office.third, pack_id, 1, scope(world, office.regulator, office.reference))
        return "changed"

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(verb, 0) for verb in (approve, change)]
        [future.result() for future in futures]
    assert state(world, pack_id) is PackState.PREPARED
    assert build_packs(world) == 0


def test_only_the_one_whom_it_is_for_collects_it_until_they_confirm_it(world: World, office: Office) -> None:
    """Another regulator, or the officers themselves, would read what was meant for one."""
    pack_id = built_pack(world, office.first, office.second, scope(world, office.regulator, office.reference))
    other = person(world, Role.REGULATOR, None)
    for stranger in (other, office.first, office.second, person(world, Role.ADMINISTRATOR, None)):
        with pytest.raises(NotFound):
            collect_pack(world, stranger, pack_id)
        with pytest.raises(NotFound):
            confirm_pack(world, stranger, pack_id, "0" * 64)
    assert packs_for(world, other) == ()
    with pytest.raises(Invalid, match="Collect the pack first"):
        confirm_pack(world, office.regulator, pack_id, pack_page(world, office.first, pack_id).digest)
    raw = collected(world, office.regulator, pack_id)
    assert collected(world, office.regulator, pack_id) == raw
    assert addressed_pack(world, office.regulator, pack_id).size == len(raw)
    assert events(world, Event.PACK_COLLECTED) == 2
    for wrong in ("0" * 64, "no digest", ""):
        with pytest.raises(Invalid):
            confirm_pack(world, office.regulator, pack_id, wrong)
    digest = sha256(raw).hexdigest().upper()
    confirm_pack(world, office.regulator, pack_id, f"{digest[:32]} {digest[32:]}")
    with pytest.raises(NotFound):
        collect_pack(world, office.regulator, pack_id)
    with world.reading(OPERATOR) as work:
        assert work.session.scalar(select(func.count()).select_from(PackPart)) == 0


@pytest.mark.parametrize("ends", ["revoked", "expired"])
def test_a_pack_that_ended_is_collected_no_more(
    world: World, clock: Clock, office: Office, ends: str
) -> None:
    pack_id = built_pack(world, office.first, office.second, scope(world, office.regulator, office.reference))
    if ends == "revoked":
        revoke_pack(world, office.third, pack_id)
    else:
        clock.pass_days(31)
        with pytest.raises(NotFound):  # on the day itself, before the clock has said so
            collect_pack(world, office.regulator, pack_id)
        build_packs(world)
    assert state(world, pack_id).value == ends
    with pytest.raises(NotFound):
        collect_pack(world, office.regulator, pack_id)
    with pytest.raises(Refused):
        change_pack(world, office.first, pack_id, 1, scope(world, office.regulator, office.reference))


def test_a_wall_hides_a_pack_and_keeps_its_case_out(world: World, office: Office) -> None:
    """An officer linked to the council would read its history, or send it."""
    walled = person(world, Role.AUDIT_OFFICER, None, walled_from=office.council)
    with pytest.raises(Invalid, match="There is no case"):
        prepare_pack(world, walled, scope(world, office.regulator, office.reference))
    pack_id = prepared(world, office)
    assert packs(world, walled) == ()
    for verb in (lambda: pack_page(world, walled, pack_id), lambda: approve_pack(world, walled, pack_id, 1)):
        with pytest.raises(NotFound):
            verb()
    receiver = person(world, Role.REGULATOR, None, walled_from=office.council)
    with pytest.raises(Invalid, match="link to one of these councils"):
        prepare_pack(world, office.first, scope(world, receiver, office.reference))


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (lambda scope: replace(scope, references=("CH-AAA-AAA",)), "There is no case CH-AAA-AAA"),
        (lambda scope: replace(scope, references=()), "There is no such case"),
        (lambda scope: replace(scope, subjects=frozenset()), "Select what is shown"),
        (lambda scope: replace(scope, expires_on=scope.expires_on - timedelta(days=30)), "after today"),
        (lambda scope: replace(scope, expires_on=scope.expires_on + timedelta(days=90)), "within 90 days"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(
    world: World, office: Office, given: Callable[..., object], problem: str
) -> None:
    with pytest.raises(Invalid, match=problem):
        prepare_pack(world, office.first, given(scope(world, office.regulator, office.reference)))  # type: ignore[arg-type]  # as given


def test_nobody_else_prepares_or_looks(world: World, office: Office) -> None:
    pack_id = prepared(world, office)
    for role in (Role.LEAD, Role.ADMINISTRATOR, Role.COORDINATOR, Role.REGULATOR):
        somebody = person(world, role, None)
        for verb in (
            lambda who=somebody: prepare_pack(world, who, scope(world, office.regulator, office.reference)),
            lambda who=somebody: packs(world, who),
            lambda who=somebody: pack_page(world, who, pack_id),
            lambda who=somebody: approve_pack(world, who, pack_id, 1),
            lambda who=somebody: revoke_pack(world, who, pack_id),
        ):
            with pytest.raises(NotFound):
                verb()


def events(world: World, kind: Event) -> int:
    with world.reading(OPERATOR) as work:
        query = select(func.count()).select_from(LedgerEvent).where(LedgerEvent.type == kind.value)
        return int(work.session.scalar(query) or 0)
