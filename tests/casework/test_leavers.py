"""What somebody leaves behind who lost a right passes on at once, and whoever took it away learns nothing of it."""

from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import CLOCK, OPERATOR, Actor, Region, Role
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.cases import case_page
from clearinghouse.casework.closing import close_case
from clearinghouse.casework.duties.followups import schedule_followup
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.escalation.risk import confirm_risk_referral, refer_at_once
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.links import LinkKind, declare_link
from clearinghouse.casework.people import accounts
from clearinghouse.casework.people.accounts import end_grant, person_view, suspend
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import ClosingOutcome, DutyKind
from clearinghouse.records import ledger
from clearinghouse.records.base import new_id
from clearinghouse.records.cases import Case, CaseMember
from clearinghouse.records.duties import Duty, DutyState, Letter
from clearinghouse.records.events import Event
from clearinghouse.records.people import RoleGrant
from tests.casework.test_risk import AT_ONCE
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.people import again, person

LATER = date(2026, 12, 14)


def _end_role(world: World, admin: Actor, leaver: Actor, _council: UUID) -> None:
    end_grant(world, admin, person_view(world, admin, leaver.person).grants[0].id)


def _suspend(world: World, admin: Actor, leaver: Actor, _council: UUID) -> None:
    suspend(world, admin, leaver.person)


def _declare_for_them(world: World, admin: Actor, leaver: Actor, council: UUID) -> None:
    declare_link(world, admin, leaver.person, council, LinkKind.FAMILY)


def _declare_themselves(world: World, _admin: Actor, leaver: Actor, council: UUID) -> None:
    declare_link(world, leaver, leaver.person, council, LinkKind.FAMILY)


Losing = Callable[[World, Actor, Actor, UUID], None]
WAYS: Mapping[str, Losing] = {
    "role": _end_role,
    "suspension": _suspend,
    "wall by an administrator": _declare_for_them,
    "wall of their own": _declare_themselves,
}


def owed(world: World, case_id: UUID) -> dict[DutyKind, UUID]:
    """Who owes what on the case."""
    with world.reading(CLOCK) as work:
        query = select(Duty.kind, Duty.owner_id).where(Duty.case_id == case_id, Duty.state == DutyState.OPEN)
        return {row.kind: row.owner_id for row in work.session.execute(query)}


def members(world: World, case_id: UUID) -> set[tuple[UUID, Membership]]:
    """Who is on the case."""
    with world.reading(CLOCK) as work:
        query = select(CaseMember.user_id, CaseMember.membership).where(CaseMember.case_id == case_id)
        return {(row.user_id, row.membership) for row in work.session.execute(query)}


def version_of(world: World, case_id: UUID) -> int:
    """How often the case was changed."""
    with world.reading(CLOCK) as work:
        return work.session.get_one(Case, case_id).version


def handing_over(world: World, case_id: UUID) -> list[ledger.Entry]:
    """The events that say who is on the case now."""
    with world.reading(CLOCK) as work:
        found = ledger.entries(work.session, case_id, Event.CASE_ASSIGNED)
        assert all(each.facts for each in found), "what an event says opens within the work that read it"
        return found


def reads(world: World, actor: Actor, case_id: UUID) -> bool:
    """Whether more than the header of the case, if that, opens to the person."""
    try:
        return case_page(world, actor, case_id).reading is not None
    except NotFound:
        return False


@pytest.mark.parametrize("way", WAYS)
def test_open_cases_and_duties_of_a_leaver_pass_on_at_once(world: World, way: str) -> None:
    """A family's case would lie with somebody who cannot open it, and nobody would know."""
    council, admin = authority(world), person(world, Role.ADMINISTRATOR, None)
    leaver, colleague = (person(world, Role.ASSOCIATE) for _ in range(2))
    lead = person(world, Role.LEAD)
    own = logged_case(world, leaver, council).case_id
    theirs = logged_case(world, colleague, council).case_id
    untouched = logged_case(world, colleague, council).case_id
    schedule_followup(world, leaver, own, None, LATER, "")
    add_to_case(world, lead, theirs, None, leaver.person, Membership.TEAM)
    schedule_followup(world, leaver, theirs, None, LATER, "")
    with world.unit_of_work(OPERATOR) as work:
        for duty in work.session.scalars(select(Duty).where(Duty.kind == DutyKind.FOLLOW_UP)):
            duty.owner_id = leaver.person
        for letter in work.session.scalars(select(Letter)):
            work.session.delete(letter)
    before = version_of(world, untouched)

    WAYS[way](world, admin, leaver, council)

    assert (lead.id, Membership.OWNER) in members(world, own)
    assert (colleague.id, Membership.OWNER) in members(world, theirs)
    assert leaver.id not in {each for case_id in (own, theirs) for each, _ in members(world, case_id)}
    assert set(owed(world, own).values()) == {lead.id}
    assert owed(world, theirs)[DutyKind.FOLLOW_UP] == colleague.id
    assert case_header(world, lead, own).owner_id == lead.id
    assert not reads(world, again(world, leaver), own)
    actor = leaver if way == "wall of their own" else admin
    entry, other = handing_over(world, own)[0], handing_over(world, theirs)[0]
    assert (entry.actor, entry.facts["owner"], entry.facts["former"]) == (
        str(actor.id),
        str(lead.id),
        str(leaver.id),
    )
    assert (other.actor, other.facts["left"], other.facts["owner"]) == (str(actor.id), str(leaver.id), None)
    assert version_of(world, untouched) == before
    with world.reading(CLOCK) as work:
        letters = {(row.user_id, row.case_id) for row in work.session.scalars(select(Letter))}
    assert letters == {(lead.id, own), (colleague.id, theirs)}
    assert verify(world).faults == ()


def test_without_a_free_lead_the_owner_stays_and_duties_go_to_whoever_may(sqlite_world: World) -> None:
    """A case would be without an owner, or a role could not be taken away."""
    world, council = sqlite_world, authority(sqlite_world)
    admin, leaver = person(world, Role.ADMINISTRATOR, None), person(world, Role.ASSOCIATE)
    lead = person(world, Role.LEAD, walled_from=council)
    colleague = person(world, Role.ASSOCIATE)
    case_id = logged_case(world, leaver, council).case_id
    schedule_followup(world, leaver, case_id, None, LATER, "")
    with world.unit_of_work(OPERATOR) as work:
        work.session.add(
            CaseMember(case_id=case_id, user_id=colleague.person, membership=Membership.TEAM, due_on=LATER)
        )
    _suspend(world, admin, leaver, council)
    assert members(world, case_id) == {(leaver.id, Membership.OWNER), (colleague.id, Membership.TEAM)}
    assert owed(world, case_id) == {DutyKind.TRIAGE: leaver.id, DutyKind.FOLLOW_UP: colleague.id}
    assert lead.id not in owed(world, case_id).values()
    assert verify(world).faults == ()


def test_who_loses_one_of_two_roles_keeps_what_the_other_carries(sqlite_world: World) -> None:
    """An owner who is a lead no more would lose a case that they still work on, or keep an offer they cannot make."""
    world, council = sqlite_world, authority(sqlite_world)
    admin, leaver = person(world, Role.ADMINISTRATOR, None), person(world, Role.LEAD, name="A. Leaver")
    case_id = triaged_case(world, leaver, council)
    with world.unit_of_work(OPERATOR) as work:
        work.add(
            RoleGrant(
                user_id=leaver.person,
                role=Role.ASSOCIATE,
                region=Region.NORTH_EAST,
                starts_on=work.today,
                confirmed_at=work.now,
            )
        )
        work.add(
            Duty(
                case_id=case_id,
                kind=DutyKind.MAKE_OFFER,
                due_on=LATER,
                owner_id=leaver.person,
                state=DutyState.OPEN,
                made_at=work.now,
            )
        )
    lead = person(world, Role.LEAD, name="B. Lead")
    kept = {kind for kind in owed(world, case_id) if kind is not DutyKind.MAKE_OFFER}
    grants = person_view(world, admin, leaver.person).grants
    end_grant(world, admin, next(each.id for each in grants if each.grant.role is Role.LEAD))
    assert (leaver.id, Membership.OWNER) in members(world, case_id)
    assert kept
    assert owed(world, case_id) == {**dict.fromkeys(kept, leaver.id), DutyKind.MAKE_OFFER: lead.id}
    (entry,) = handing_over(world, case_id)
    assert (entry.facts["left"], entry.facts["owner"]) == (None, None)


def test_a_second_lead_elsewhere_who_leaves_passes_the_referral_on(sqlite_world: World) -> None:
    """Only who is on a case or sees it would be thought of, and a referral would wait for nobody."""
    world, council = sqlite_world, authority(sqlite_world)
    admin, first = person(world, Role.ADMINISTRATOR, None), person(world, Role.LEAD)
    far = person(world, Role.LEAD, Region.LONDON, "A. Far")
    farther = person(world, Role.LEAD, Region.SOUTH_WEST, "B. Farther")
    case_id = logged_case(world, first, council).case_id
    made = refer_at_once(world, first, case_id, None, AT_ONCE)
    assert owed(world, case_id)[DutyKind.CONFIRM_RISK_REFERRAL] == far.id
    _suspend(world, admin, far, council)
    assert owed(world, case_id)[DutyKind.CONFIRM_RISK_REFERRAL] == farther.id
    confirm_risk_referral(world, farther, made.escalation_id, True, "")


def test_closed_cases_stay_as_they_were(sqlite_world: World) -> None:
    """History would be written anew long after a case has ended."""
    world, council = sqlite_world, authority(sqlite_world)
    admin, lead = person(world, Role.ADMINISTRATOR, None), person(world, Role.LEAD)
    case_id = triaged_case(world, lead, council)
    close_case(world, lead, case_id, None, ClosingOutcome.IMPROVED, "All is well.")
    before = version_of(world, case_id)
    person(world, Role.LEAD)
    _suspend(world, admin, lead, council)
    assert (version_of(world, case_id), handing_over(world, case_id)) == (before, [])


def test_a_handing_over_that_breaks_keeps_nothing(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody would be shut out and their cases left lying."""
    world, council = sqlite_world, authority(sqlite_world)
    admin, leaver = person(world, Role.ADMINISTRATOR, None), person(world, Role.ASSOCIATE)
    case_id = logged_case(world, leaver, council).case_id

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(accounts, "hand_over", broken)
    with pytest.raises(RuntimeError):
        _suspend(world, admin, leaver, council)
    assert not person_view(world, admin, leaver.person).is_suspended
    assert case_header(world, leaver, case_id).owner_id == leaver.id


@pytest.mark.parametrize("way", ["role", "suspension", "wall by an administrator"])
def test_the_administrator_learns_nothing_of_cases(sqlite_world: World, way: str) -> None:
    """The page of a leaver with cases would differ from that of one without."""
    world, council = sqlite_world, authority(sqlite_world)
    admin = person(world, Role.ADMINISTRATOR, None)
    person(world, Role.LEAD)
    busy, idle = (person(world, Role.ASSOCIATE, name="Sam Same") for _ in range(2))
    case_id = logged_case(world, busy, council).case_id
    shown = []
    for leaver in (busy, idle):
        WAYS[way](world, admin, leaver, council)
        view = person_view(world, admin, leaver.person)
        shown.append((view.state, [each.grant for each in view.past_grants]))
    assert shown[0] == shown[1]
    for hidden in (case_id, new_id()):
        with pytest.raises(NotFound):
            case_page(world, admin, hidden)
