"""A peer team at work: whose its duties are, what moves and ends them, and who may plan, write and read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.decision import Membership
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.admission import case_to_change, open_duties
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.closing import close_case, reopen_case
from clearinghouse.casework.duties.agenda import agenda
from clearinghouse.casework.duties.feeds import make_feed, read_feed
from clearinghouse.casework.duties.followups import complete_duty, move_duty
from clearinghouse.casework.duties.setting import end_duty
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.teams.contact import NewContact, record_contact
from clearinghouse.casework.teams.outputs import deliver_output
from clearinghouse.casework.teams.packages import Doer, choose_package, name_manager
from clearinghouse.casework.teams.specialists import NewSession
from clearinghouse.casework.teams.visits import (
    HeldVisit,
    NewFinding,
    NewVisit,
    add_findings,
    cancel_visit,
    hold_visit,
    move_visit,
    plan_visit,
)
from clearinghouse.casework.teams.work_page import (
    findings_page,
    output_sheet,
    team_sheet,
    visit_sheet,
    work_page,
)
from clearinghouse.casework.teams.work_views import TeamAtWork
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.protocol.team_work import (
    Activity,
    Means,
    OutputKind,
    Package,
    VisitKind,
    VisitState,
    WhyChanged,
)
from clearinghouse.protocol.vocabulary import ClosingOutcome, DutyKind
from clearinghouse.records import ledger
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.people import person
from tests.factories.team_work import planned_visit, team_at_work
from tests.worlds import Clock

CANARY = "canary-remit-5528"
DAY = timedelta(days=1)


@dataclass
class Scene:
    """A case with a team at work, and those around it."""

    world: World
    lead: Actor
    coordinator: Actor
    associate: Actor
    council: UUID
    case_id: UUID
    team: UUID
    members: tuple[UUID, ...]

    def work(self) -> TeamAtWork:
        """The team as the coordinator sees it."""
        return work_page(self.world, self.coordinator, self.case_id).teams[0]

    def owed(self) -> dict[DutyKind, tuple[date, UUID]]:
        """What is open on the case, by kind: until when, and whose."""
        with self.world.reading(self.lead) as work:
            rows = work.session.scalars(
                select(Duty).where(Duty.case_id == self.case_id, Duty.state == DutyState.OPEN)
            )
            return {row.kind: (row.due_on, row.owner_id) for row in rows}

    def held(self, visit: UUID, actor: Actor | None = None, *found: str) -> None:
        """It takes place, and all come."""
        what = HeldVisit(frozenset(self.members), findings=tuple(NewFinding(each) for each in found))
        hold_visit(self.world, actor or self.coordinator, self.case_id, None, visit, what)


def set_scene(world: World, package: Package = Package.EXCHANGE) -> Scene:
    """An associate on the case, its lead, a coordinator, and a team at work."""
    lead, coordinator = person(world, Role.LEAD), person(world, Role.COORDINATOR, None)
    associate = person(world, Role.ASSOCIATE)
    council = authority(world)
    case_id = triaged_case(world, lead, council)
    add_to_case(world, lead, case_id, None, associate.person, Membership.TEAM)
    team, members = team_at_work(world, coordinator, case_id, package)
    return Scene(world, lead, coordinator, associate, council, case_id, team, members)


@pytest.fixture
def scene(sqlite_world: World) -> Scene:
    return set_scene(sqlite_world)


def test_a_mentor_of_one_person_goes_the_whole_way(world: World, clock: Clock) -> None:
    """A smaller package would need a team of three, or leave nothing behind."""
    scene = set_scene(world, Package.MENTORING)
    visit = planned_visit(
        world, scene.coordinator, scene.case_id, scene.team, 14, VisitKind.MENTORING_MEETING
    )
    assert scene.owed()[DutyKind.TEAM_VISIT][0] == world.today + 14 * DAY
    clock.pass_days(14)
    scene.held(visit, scene.associate, CANARY)
    (output,) = scene.work().outputs
    assert (output.kind, output.due_on) == (OutputKind.PROGRESS_REVIEW, date(2027, 10, 7))
    assert DutyKind.TEAM_VISIT not in scene.owed()
    clock.pass_days(300)
    deliver_output(world, scene.coordinator, scene.case_id, None, output.id, world.today)
    assert DutyKind.TEAM_PROGRESS_REVIEW not in scene.owed()
    with pytest.raises(Refused, match="delivered already"):
        deliver_output(world, scene.coordinator, scene.case_id, None, output.id, world.today)
    with world.reading(scene.lead) as work:
        entries = ledger.entries(work.session, scene.case_id)
        types = [entry.type for entry in entries]
        assert {Event.VISIT_PLANNED, Event.VISIT_HELD, Event.OUTPUT_OWED, Event.OUTPUT_DELIVERED} <= set(
            types
        )
        assert CANARY not in repr([entry.facts for entry in entries])
    assert verify(world).faults == ()


def test_the_project_manager_owes_what_the_team_owes_and_a_calendar_shows_it(scene: Scene) -> None:
    """A date that stands in nobody's agenda is missed."""
    world = scene.world
    planned_visit(world, scene.coordinator, scene.case_id, scene.team)
    assert scene.owed()[DutyKind.TEAM_VISIT][1] == scene.lead.id, "first whoever owns the case"
    manager = Doer(user_id=scene.associate.id)
    with pytest.raises(Invalid):  # to a coordinator nobody is named who is on the case and no more
        name_manager(world, scene.coordinator, scene.case_id, None, scene.team, manager)
    name_manager(world, scene.lead, scene.case_id, None, scene.team, manager)
    sheet = team_sheet(world, scene.coordinator, scene.case_id, scene.team)
    assert scene.associate.id in {each.id for each in sheet.doers.staff}
    assert scene.owed()[DutyKind.TEAM_VISIT][1] == scene.associate.id
    planned_visit(world, scene.coordinator, scene.case_id, scene.team, 21)
    mine = [entry.kind for day in agenda(world, scene.associate).days for entry in day.entries]
    assert mine.count(DutyKind.TEAM_VISIT) == 2
    path = make_feed(world, scene.associate)
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    feed = read_feed(world, token, "192.0.2.1").replace(b"\r\n ", b"")
    assert DutyKind.TEAM_VISIT.words.split(",")[0].encode() in feed
    name_manager(world, scene.lead, scene.case_id, None, scene.team, Doer(peer_id=scene.members[0]))
    assert scene.owed()[DutyKind.TEAM_VISIT][1] == scene.lead.id, "a peer signs in nowhere"
    with pytest.raises(Invalid, match="already"):
        name_manager(world, scene.lead, scene.case_id, None, scene.team, Doer(peer_id=scene.members[0]))


def test_nobody_manages_who_may_not_see_the_case(scene: Scene) -> None:
    """Naming somebody who is walled off, of another region or on no case would give them a duty behind the wall."""
    world = scene.world
    for who in (
        person(world, Role.LEAD, Region.NORTH_EAST, walled_from=scene.council),
        person(world, Role.ASSOCIATE, Region.NORTH_WEST),
        person(world, Role.ASSOCIATE),
        person(world, Role.ADMINISTRATOR, None),
    ):
        with pytest.raises(Invalid, match="people listed"):
            name_manager(world, scene.lead, scene.case_id, None, scene.team, Doer(user_id=who.id))
    stranger = team_at_work(world, scene.coordinator, triaged_case(world, scene.lead, scene.council))[1][0]
    with pytest.raises(Invalid, match="people listed"):
        name_manager(world, scene.lead, scene.case_id, None, scene.team, Doer(peer_id=stranger))
    assert scene.work().manager == ""


def test_a_move_keeps_the_days_before_and_takes_its_duty_along(scene: Scene) -> None:
    """The agenda would still show the old day, and nobody could say why it moved."""
    world = scene.world
    visit = planned_visit(world, scene.coordinator, scene.case_id, scene.team)
    to = world.today + 21 * DAY
    why = WhyChanged.ELECTIONS
    move_visit(world, scene.coordinator, scene.case_id, None, visit, to, to + 3 * DAY, why)
    assert scene.owed()[DutyKind.TEAM_VISIT][0] == to + 3 * DAY
    (shown,) = scene.work().visits
    assert [(move.from_first, move.why) for move in shown.moves] == [(world.today + 14 * DAY, why)]
    with pytest.raises(Invalid, match="planned for these already"):
        move_visit(world, scene.coordinator, scene.case_id, None, visit, to, to + 3 * DAY, why)
    with pytest.raises(Invalid) as wrong:
        move_visit(world, scene.coordinator, scene.case_id, None, visit, to, to - DAY, why)
    assert set(wrong.value.problems) == {"last"}
    with world.reading(scene.lead) as work:
        query = select(Duty.id).where(Duty.kind == DutyKind.TEAM_VISIT, Duty.state == DutyState.OPEN)
        duty = work.session.scalars(query).one()
    with pytest.raises(Refused, match="cannot be moved"):
        move_duty(world, scene.lead, scene.case_id, duty, to + 7 * DAY, "By hand.")
    with pytest.raises(Refused, match="by recording it"):
        complete_duty(world, scene.lead, scene.case_id, duty, "By hand.")


def test_of_two_who_move_a_visit_at_once_the_second_is_told(scene: Scene) -> None:
    """Two would each believe that the visit is on their day."""
    world = scene.world
    visit = planned_visit(world, scene.coordinator, scene.case_id, scene.team)
    seen = case_header(world, scene.coordinator, scene.case_id).version
    first, second = (world.today + days * DAY for days in (21, 28))
    why = WhyChanged.PEER_UNABLE
    move_visit(world, scene.coordinator, scene.case_id, seen, visit, first, first, why)
    with pytest.raises(Stale) as stale:
        move_visit(world, scene.lead, scene.case_id, seen, visit, second, second, why)
    assert stale.value.changed_by == scene.coordinator.name
    with pytest.raises(Stale):
        cancel_visit(world, scene.lead, scene.case_id, seen, visit, why)
    assert scene.work().visits[0].first == first


def test_a_visit_that_is_over_is_neither_moved_nor_cancelled_nor_held_again(
    scene: Scene, clock: Clock
) -> None:
    world = scene.world
    visit = planned_visit(world, scene.coordinator, scene.case_id, scene.team)
    with pytest.raises(Refused, match="still ahead"):
        scene.held(visit)
    clock.pass_days(14)
    with pytest.raises(Invalid) as nobody:
        hold_visit(world, scene.coordinator, scene.case_id, None, visit, HeldVisit(frozenset()))
    assert set(nobody.value.problems) == {"came"}
    scene.held(visit)
    why = WhyChanged.OTHER
    for again in (
        lambda: scene.held(visit),
        lambda: cancel_visit(world, scene.lead, scene.case_id, None, visit, why),
        lambda: move_visit(world, scene.lead, scene.case_id, None, visit, world.today, world.today, why),
    ):
        with pytest.raises(Refused, match="took place already"):
            again()


def test_a_case_never_loses_its_last_duty_to_a_visit(scene: Scene) -> None:
    """Cancelling the one thing that is planned would leave an open case without a next step (004 §19)."""
    world = scene.world
    visit = planned_visit(world, scene.coordinator, scene.case_id, scene.team)
    with world.unit_of_work(scene.lead) as work:
        case = case_to_change(work, scene.case_id, Permission.CASE_ROUTE)
        for duty in open_duties(work, case):
            if duty.kind is not DutyKind.TEAM_VISIT:
                end_duty(work, case, duty, DutyState.DONE)
    assert set(scene.owed()) == {DutyKind.TEAM_VISIT}
    cancel_visit(world, scene.coordinator, scene.case_id, None, visit, WhyChanged.AUTHORITY_ASKED)
    assert set(scene.owed()) == {DutyKind.FOLLOW_UP}
    assert scene.work().visits[0].why_cancelled is WhyChanged.AUTHORITY_ASKED


def test_outputs_are_counted_from_the_first_visit_though_it_is_recorded_last(
    scene: Scene, clock: Clock
) -> None:
    """Recording visits out of their order would give a report more time."""
    world = scene.world
    early, late = (
        planned_visit(world, scene.coordinator, scene.case_id, scene.team, days) for days in (1, 29)
    )
    first_day = world.today + DAY
    clock.pass_days(29)
    scene.held(late)
    (before,) = scene.work().outputs
    scene.held(early)
    (after,) = scene.work().outputs
    assert before.due_on > after.due_on == date(2027, 2, 24)
    assert scene.owed()[DutyKind.TEAM_REPORT][0] == after.due_on
    with pytest.raises(Invalid) as wrong:
        deliver_output(world, scene.coordinator, scene.case_id, None, after.id, first_day - DAY)
    assert set(wrong.value.problems) == {"delivered_on"}


def test_a_closed_case_plans_nothing_and_owes_it_again_once_opened(scene: Scene, clock: Clock) -> None:
    """A visit that was planned would be forgotten with the closing, and nobody hear of its report."""
    world = scene.world
    held = planned_visit(world, scene.coordinator, scene.case_id, scene.team, 0)
    scene.held(held)
    visit = planned_visit(world, scene.coordinator, scene.case_id, scene.team)
    close_case(world, scene.lead, scene.case_id, None, ClosingOutcome.WITH_OTHERS, "Others act.")
    assert scene.owed() == {}
    with pytest.raises(Refused, match="closed"):
        planned_visit(world, scene.coordinator, scene.case_id, scene.team, 40)
    (output,) = scene.work().outputs
    with pytest.raises(Refused, match="closed"):
        deliver_output(world, scene.coordinator, scene.case_id, None, output.id, world.today)
    reopen_case(world, scene.lead, scene.case_id, None, "It goes on.")
    owed = scene.owed()
    assert owed[DutyKind.TEAM_VISIT][0] == world.today + 14 * DAY
    assert owed[DutyKind.TEAM_REPORT][0] == output.due_on
    clock.pass_days(14)
    scene.held(visit)
    assert DutyKind.TEAM_VISIT not in scene.owed()


def test_contact_is_owed_while_another_visit_is_planned_and_no_longer(scene: Scene, clock: Clock) -> None:
    """Nobody would be reminded to keep in touch, or would be for ever."""
    world = scene.world
    first = planned_visit(world, scene.coordinator, scene.case_id, scene.team, 0)
    scene.held(first)
    assert DutyKind.TEAM_CONTACT not in scene.owed()
    second = planned_visit(world, scene.coordinator, scene.case_id, scene.team, 60)
    due = scene.owed()[DutyKind.TEAM_CONTACT][0]
    assert due == date(2026, 12, 21)
    clock.pass_days(10)
    by = Doer(user_id=scene.associate.id)
    given = NewContact(world.today, Means.MEETING, by, CANARY)
    with pytest.raises(NotFound):
        record_contact(world, scene.coordinator, scene.case_id, None, scene.team, given)
    record_contact(world, scene.associate, scene.case_id, None, scene.team, given)
    assert scene.owed()[DutyKind.TEAM_CONTACT][0] > due
    for wrong, field in (
        (NewContact(world.today + DAY, Means.MEETING, by), "on"),
        (NewContact(world.today - 20 * DAY, Means.MEETING, by), "on"),
        (NewContact(world.today, Means.MEETING, Doer()), "by"),
    ):
        with pytest.raises(Invalid) as found:
            record_contact(world, scene.associate, scene.case_id, None, scene.team, wrong)
        assert set(found.value.problems) == {field}
    cancel_visit(world, scene.coordinator, scene.case_id, None, second, WhyChanged.NO_LONGER_NEEDED)
    assert DutyKind.TEAM_CONTACT not in scene.owed()


def test_assist_days_have_two_sessions_each_with_its_plan(sqlite_world: World) -> None:
    """Liverpool: “lighter touch than the reviews and will consist of 2 sessions per day. Each session includes action
    planning and follow up to review progress.”
    """
    scene = set_scene(sqlite_world, Package.ASSIST_DAYS)
    day = sqlite_world.today

    def plan(*areas: str) -> UUID:
        sessions = tuple(NewSession(area) for area in areas)
        visit = NewVisit(VisitKind.ASSIST_DAY, day, day, sessions=sessions)
        return plan_visit(sqlite_world, scene.coordinator, scene.case_id, None, scene.team, visit)

    with pytest.raises(Invalid, match="number of sessions"):
        plan("finance")
    scene.held(plan("finance", "communication"))
    outputs = [(output.kind, output.of) for output in scene.work().outputs]
    assert outputs == [
        (OutputKind.ACTION_PLAN, "Finance"),
        (OutputKind.ACTION_PLAN, "Communication"),
        (OutputKind.PROGRESS_REVIEW, ""),
    ]
    with pytest.raises(Refused, match="cannot be changed"):
        choose_package(
            sqlite_world, scene.coordinator, scene.case_id, None, scene.team, Package.STANDING_PANEL
        )


Attempt = Callable[[Scene, Actor, UUID], object]
WRITES: dict[str, Attempt] = {
    "a purpose": lambda at, actor, _: plan_visit(
        at.world,
        actor,
        at.case_id,
        None,
        at.team,
        NewVisit(
            VisitKind.EXCHANGE_VISIT,
            *(2 * [at.world.today + 70 * DAY]),
            frozenset({Activity.FEEDBACK}),
            CANARY,
        ),
    ),
    "what was found at a visit": lambda at, actor, visit: hold_visit(
        at.world,
        actor,
        at.case_id,
        None,
        visit,
        HeldVisit(frozenset(at.members), findings=(NewFinding(CANARY),)),
    ),
    "more that was found": lambda at, actor, visit: add_findings(
        at.world, actor, at.case_id, None, visit, (NewFinding(CANARY),)
    ),
    "what was said between visits": lambda at, actor, _: record_contact(
        at.world,
        actor,
        at.case_id,
        None,
        at.team,
        NewContact(at.world.today, Means.WRITING, Doer(peer_id=at.members[0]), CANARY),
    ),
    "what a visit found is read": lambda at, actor, _: findings_page(at.world, actor, at.case_id),
}
PLANS: dict[str, Attempt] = {
    "the page": lambda at, actor, _: work_page(at.world, actor, at.case_id),
    "the team": lambda at, actor, _: team_sheet(at.world, actor, at.case_id, at.team),
    "the visit": lambda at, actor, visit: visit_sheet(at.world, actor, at.case_id, visit),
    "a visit is planned": lambda at, actor, _: planned_visit(at.world, actor, at.case_id, at.team, 70),
    "a visit is moved": lambda at, actor, visit: move_visit(
        at.world, actor, at.case_id, None, visit, *(2 * [at.world.today + 80 * DAY]), WhyChanged.OTHER
    ),
    "a visit is cancelled": lambda at, actor, visit: cancel_visit(
        at.world, actor, at.case_id, None, visit, WhyChanged.OTHER
    ),
    "a visit is held": lambda at, actor, visit: hold_visit(
        at.world, actor, at.case_id, None, visit, HeldVisit(frozenset(at.members))
    ),
    "a manager is named": lambda at, actor, _: name_manager(
        at.world, actor, at.case_id, None, at.team, Doer(user_id=actor.id)
    ),
    "a package is chosen": lambda at, actor, _: choose_package(
        at.world, actor, at.case_id, None, at.team, Package.MENTORING
    ),
}


def test_nobody_plans_reads_or_writes_who_may_not(scene: Scene) -> None:
    """A curious colleague, a walled lead, one of another region, an administrator: for them there is no team at all; a
    coordinator plans and neither reads nor writes a word of what it is about.
    """
    world = scene.world
    visit = planned_visit(world, scene.associate, scene.case_id, scene.team, 0)
    outsiders = (
        person(world, Role.ASSOCIATE),
        person(world, Role.LEAD, Region.SOUTH_WEST),
        person(world, Role.LEAD, Region.NORTH_EAST, walled_from=scene.council),
        person(world, Role.COORDINATOR, None, walled_from=scene.council),
        person(world, Role.ADMINISTRATOR, None),
        person(world, Role.AUDIT_OFFICER, None),
    )
    for who in outsiders:
        for attempt in (*WRITES.values(), *PLANS.values()):
            with pytest.raises(NotFound):
                attempt(scene, who, visit)
    for attempt in WRITES.values():
        with pytest.raises(NotFound):
            attempt(scene, scene.coordinator, visit)
    assert scene.work().visits[0].state is VisitState.PLANNED
    scene.held(visit, scene.associate, CANARY)
    (output,) = scene.work().outputs
    for who in outsiders:
        with pytest.raises(NotFound):
            output_sheet(world, who, scene.case_id, output.id)
        with pytest.raises(NotFound):
            deliver_output(world, who, scene.case_id, None, output.id, world.today)
    assert scene.work().outputs == (output,)
    assert CANARY not in repr(work_page(world, scene.coordinator, scene.case_id))
    assert CANARY in repr(findings_page(world, scene.lead, scene.case_id))


def test_what_is_of_another_case_is_not_there(scene: Scene) -> None:
    """An address put together from two cases would show, or change, the other one."""
    world = scene.world
    visit = planned_visit(world, scene.coordinator, scene.case_id, scene.team, 0)
    scene.held(visit)
    (output,) = scene.work().outputs
    other = triaged_case(world, scene.lead, scene.council)
    for attempt in (
        lambda: team_sheet(world, scene.lead, other, scene.team),
        lambda: visit_sheet(world, scene.lead, other, visit),
        lambda: output_sheet(world, scene.lead, other, output.id),
        lambda: planned_visit(world, scene.lead, other, scene.team, 40),
        lambda: cancel_visit(world, scene.lead, other, None, visit, WhyChanged.OTHER),
        lambda: add_findings(world, scene.lead, other, None, visit, (NewFinding(CANARY),)),
        lambda: deliver_output(world, scene.lead, other, None, output.id, world.today),
    ):
        with pytest.raises(NotFound):
            attempt()
