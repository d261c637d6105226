"""Appendix 2's peer support panels in Hull: a standing panel, specialists by service, three half-day workshops.

Every step opens with the sentences of the document that it proves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest

from clearinghouse.access.roles import Actor, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.peers.register import record_absence
from clearinghouse.casework.plans.keeping import Terms, agree_plan
from clearinghouse.casework.teams.choosing import TeamNeeds
from clearinghouse.casework.teams.outputs import deliver_output
from clearinghouse.casework.teams.packages import Doer, choose_package, name_manager
from clearinghouse.casework.teams.specialists import NewSession
from clearinghouse.casework.teams.visits import HeldVisit, NewFinding, NewVisit, hold_visit, plan_visit
from clearinghouse.casework.teams.work_page import findings_page, work_page
from clearinghouse.casework.teams.work_views import TeamAtWork, VisitView
from clearinghouse.protocol.peer_words import Service, Theme
from clearinghouse.protocol.team_work import Activity, OutputKind, Package, VisitKind, VisitState
from clearinghouse.protocol.triage import TriageFacts
from clearinghouse.protocol.vocabulary import DutyKind, KnownAnswer, Nature, OfferAnswer, Route, Scenario
from tests.factories.authorities import authority
from tests.factories.peers import peer
from tests.factories.people import person
from tests.scenarios.stage import CLEAR, WEEK, Stage
from tests.scenarios.teams import sent_team

Begin = Callable[..., Stage]
AREAS = (
    Service.HOUSING,
    Service.CUSTOMER_SERVICE,
    Service.WORKLESSNESS,
    Theme.VALUE_FOR_MONEY,
    Service.PUBLIC_HEALTH,
)
"""The words of the story: housing, customer service, worklessness, value for money and health inequality."""


@dataclass
class Hull:
    """The story with its standing panel and the specialists of each area."""

    story: Stage
    coordinator: Actor
    advisors: tuple[UUID, ...]
    specialists: dict[str, UUID]
    team: UUID

    def work(self) -> TeamAtWork:
        """The panel at work, as the coordinator sees it."""
        teams = work_page(self.story.world, self.coordinator, self.story.case_id).teams
        return next(team for team in teams if team.id == self.team)

    def visit(self, visit_id: UUID) -> VisitView:
        """One of its meetings."""
        return next(visit for visit in self.work().visits if visit.id == visit_id)

    def plan(self, kind: VisitKind, day: date, *areas: str) -> UUID:
        """The associate plans a meeting that they chair, each session with its specialist and its head of service."""
        sessions = tuple(
            NewSession(area, frozenset({self.specialists[area]}), f"Head of {area}") for area in areas
        )
        chair = Doer(user_id=self.story.associate.id)
        visit = NewVisit(kind, day, day, chair=chair, sessions=sessions)
        story = self.story
        return plan_visit(story.world, story.associate, story.case_id, None, self.team, visit)

    def hold(self, visit_id: UUID, came: frozenset[UUID], found: str = "") -> None:
        """It takes place, each session begun by a presentation."""
        sessions = [session.id for session in self.visit(visit_id).sessions]
        held = HeldVisit(
            came,
            frozenset(sessions),
            tuple(NewFinding(found, session) for session in sessions if found),
        )
        story = self.story
        hold_visit(story.world, story.associate, story.case_id, None, visit_id, held)


@pytest.fixture
def hull(begin: Begin) -> Hull:
    """ "Hull decided to bring in external support and challenge, using a self-help model and drawing on expertise from
    credible practitioners within the local government sector."

    "A standing panel of peer advisors was put in place, supplemented by expert practitioners with relevant specialist
    knowledge in each service area covered. The IDeA selected these peers and chaired the advisory sessions."
    """
    story = begin(nature=Nature.CORPORATE, text="They ask for challenge.", how_known="The council came to us")
    yes = KnownAnswer.YES
    facts = TriageFacts(Nature.CORPORATE, Scenario.SERVICE_WEAKNESS, acknowledged=yes, willing=yes, **CLEAR)
    assert story.triage(facts).suggestion.route is Route.PEER_SUPPORT
    story.offer("A standing panel.")
    story.answer(OfferAnswer.ACCEPTED)
    world = story.world
    advisors = tuple(
        peer(world, name, authority(world, f"{place} Council"), themes="strategic_leadership")
        for name, place in (
            ("Priya Natarajan", "Calderwick"),
            ("Tom Hale", "Oxtown"),
            ("Ines Roy", "Farbury"),
        )
    )
    specialists = {
        area.value: peer(
            world,
            f"Expert of {area.value}",
            authority(world, f"Place of {area.value} Council"),
            **{"themes" if isinstance(area, Theme) else "services": area.value},
        )
        for area in AREAS
    }
    needs = TeamNeeds(
        story.today,
        story.today + 40 * WEEK,
        4,
        themes=frozenset({Theme.VALUE_FOR_MONEY}),
        services=frozenset(area for area in AREAS if isinstance(area, Service)),
        size=8,
        package=Package.STANDING_PANEL,
    )
    coordinator = person(world, Role.COORDINATOR, None, "Kit Marsh")
    team = sent_team(story, coordinator, needs, *advisors, *specialists.values())
    found = Hull(story, coordinator, advisors, specialists, team)
    name_manager(world, story.lead, story.case_id, None, team, Doer(user_id=story.associate.id))
    return found


def test_the_panel_meets_first_and_three_workshops_each_end_with_action_plans(hull: Hull) -> None:
    """ "The initial meeting took place in December 2007 and the three half-day workshops ran in February, May and July
    2008."

    "Five key service areas were targeted by this team at the request of the council, following its own self-assessment
    of its performance: housing, customer service, worklessness, value for money and health inequality."
    """
    story = hull.story
    december = story.weeks_later(2)
    meeting = hull.plan(VisitKind.INITIAL_MEETING, december)
    hull.hold(meeting, frozenset(hull.advisors))
    assert hull.work().outputs == (), "the meeting itself owes no plan"
    _specialists_know_their_area(hull)
    areas = [area.value for area in AREAS]
    workshops = {
        december + weeks * WEEK: hull.plan(VisitKind.WORKSHOP, december + weeks * WEEK, *of)
        for weeks, of in ((9, areas[:2]), (22, areas[2:4]), (31, areas[4:]))
    }
    assert [visit.state for visit in hull.work().visits].count(VisitState.PLANNED) == 3
    for day, workshop in workshops.items():
        story.clock.pass_days((day - story.today).days)
        shown = hull.visit(workshop)
        # "The IDeA ... chaired the advisory sessions."
        assert shown.chair == "Ada Okafor"
        assert all(len(session.specialists) == 1 for session in shown.sessions)
        come = {
            peer_id
            for area, peer_id in hull.specialists.items()
            if f"Expert of {area}" in repr(shown.sessions)
        }
        hull.hold(workshop, frozenset(hull.advisors) | come, "A single customer strategy.")
        # "The sessions were carefully structured, with the relevant council head of service starting off with a short
        # presentation ... and an action plan was produced by the council team at the end of each session."
        assert all(session.presented for session in hull.visit(workshop).sessions)
        waiting = [output for output in hull.work().outputs if output.delivered_on is None]
        assert {output.of for output in waiting} == {session.area for session in shown.sessions}
        assert {(output.kind, output.due_on) for output in waiting} == {(OutputKind.ACTION_PLAN, day)}
        assert story.owed()[DutyKind.TEAM_ACTION_PLAN] == day
        for output in waiting:
            _deliver(hull, output.id, is_case_plan=day == max(workshops))
        assert DutyKind.TEAM_ACTION_PLAN not in story.owed()
    assert [output.is_case_plan for output in hull.work().outputs] == [False] * 4 + [True]
    assert hull.work().next is None
    (team,) = findings_page(story.world, story.associate, story.case_id).teams
    session = team.visits[1].sessions[0]
    assert (session.presenter, session.findings[0].text) == ("Head of housing", "A single customer strategy.")


def test_education_is_supported_in_a_different_format(hull: Hull) -> None:
    """ "Education and children's services was also given peer support, but in a different format, as the council wanted
    to give external specialists in the field the chance to talk to parents, teachers and children direct."
    """
    story, world = hull.story, hull.story.world
    specialists = [
        peer(world, name, kind="specialist", services="children")
        for name in ("Ann Vale", "Bo Roe", "Cy Hume")
    ]
    needs = TeamNeeds(story.today, story.today + 8 * WEEK, 3, services=frozenset({Service.CHILDREN}))
    team = sent_team(story, hull.coordinator, needs, *specialists)
    choose_package(world, hull.coordinator, story.case_id, None, team, Package.EXCHANGE)
    choose_package(world, hull.coordinator, story.case_id, None, team, Package.PEER_TEAM)
    day = story.today + WEEK
    visit = NewVisit(VisitKind.VISIT, day, day, frozenset({Activity.PEOPLE_SERVED, Activity.OBSERVATION}))
    plan_visit(world, hull.coordinator, story.case_id, None, team, visit)
    workshop = NewVisit(VisitKind.WORKSHOP, day + WEEK, day + WEEK, sessions=(NewSession("children"),))
    with pytest.raises(Invalid, match="no meetings of this kind"):
        plan_visit(world, hull.coordinator, story.case_id, None, team, workshop)
    with pytest.raises(Refused, match="cannot be changed"):
        choose_package(world, hull.coordinator, story.case_id, None, team, Package.STANDING_PANEL)
    teams = work_page(world, hull.coordinator, story.case_id).teams
    assert {each.package for each in teams} == {Package.PEER_TEAM, Package.STANDING_PANEL}


def _deliver(hull: Hull, output_id: UUID, *, is_case_plan: bool) -> None:
    """ "... not least because we 'owned' the process": what a session ends with may be the improvement plan that the
    case keeps, and is then not kept a second time.
    """
    story, world, by = hull.story, hull.story.world, hull.story.associate
    if is_case_plan:
        with pytest.raises(Invalid, match="no improvement plan"):
            deliver_output(world, by, story.case_id, None, output_id, story.today, is_case_plan=True)
        terms = Terms(story.today, "R. Hale", "One strategy for health.", riep_funded=False)
        agree_plan(world, story.lead, story.case_id, None, terms)
        with pytest.raises(NotFound):  # a coordinator neither reads the plan nor says what it is
            deliver_output(
                world, hull.coordinator, story.case_id, None, output_id, story.today, is_case_plan=True
            )
    deliver_output(world, by, story.case_id, None, output_id, story.today, is_case_plan=is_case_plan)


def _specialists_know_their_area(hull: Hull) -> None:
    """ "expert practitioners with relevant specialist knowledge in each service area covered": those whom the register
    says to know it, of the team alone, and nobody against whom a conflict speaks on the day.
    """
    story, day = hull.story, hull.story.today + 2 * WEEK
    housing, customers = (each.value for each in AREAS[:2])

    def plan(area: str, peer_id: UUID) -> None:
        visit = NewVisit(VisitKind.WORKSHOP, day, day, sessions=(NewSession(area, frozenset({peer_id})),))
        plan_visit(story.world, story.associate, story.case_id, None, hull.team, visit)

    with pytest.raises(Invalid, match="does not know about housing"):
        plan(housing, hull.specialists[customers])
    stranger = peer(story.world, "Ola Lund", authority(story.world, "Wick Council"), services="housing")
    with pytest.raises(Invalid, match="Choose somebody of the team"):
        plan(housing, stranger)
    record_absence(story.world, hull.coordinator, hull.specialists[housing], day, day)
    with pytest.raises(Invalid, match="Unavailable"):
        plan(housing, hull.specialists[housing])
