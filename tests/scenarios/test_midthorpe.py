"""Appendix 2's anonymised children's services case: Midthorpe, and the peer team of Oxtown and Munbridge.

Every step opens with the sentences of the document that it proves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest

from clearinghouse.access.roles import Actor, Role
from clearinghouse.casework.duties.agenda import agenda
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.questionnaires.pages import questionnaires_page
from clearinghouse.casework.teams.choosing import TeamNeeds
from clearinghouse.casework.teams.contact import NewContact, record_contact
from clearinghouse.casework.teams.outputs import deliver_output
from clearinghouse.casework.teams.packages import Doer, name_manager
from clearinghouse.casework.teams.visits import (
    HeldVisit,
    NewFinding,
    NewVisit,
    add_findings,
    hold_visit,
    plan_visit,
)
from clearinghouse.casework.teams.work_page import findings_page, work_page
from clearinghouse.casework.teams.work_views import TeamAtWork
from clearinghouse.protocol.peer_words import Service
from clearinghouse.protocol.retention import months_after
from clearinghouse.protocol.team_work import Activity, Means, OutputKind, Package, VisitKind, VisitState
from clearinghouse.protocol.triage import TriageFacts
from clearinghouse.protocol.vocabulary import (
    DutyKind,
    KnownAnswer,
    Nature,
    OfferAnswer,
    Route,
    Scenario,
    Standing,
)
from tests.factories.authorities import authority
from tests.factories.peers import peer
from tests.factories.people import person
from tests.factories.questionnaires import Survey
from tests.scenarios.stage import CLEAR, WEEK, Stage
from tests.scenarios.teams import sent_team

Begin = Callable[..., Stage]
TWO_DAYS = timedelta(days=1)
CONFUSED = "Members of the board are confused by its remit."


@dataclass
class Midthorpe:
    """The story with its team of four."""

    story: Stage
    coordinator: Actor
    councils: dict[str, UUID]
    peers: dict[str, UUID]
    team: UUID

    def work(self) -> TeamAtWork:
        """The team at work, as the coordinator sees it."""
        (team,) = work_page(self.story.world, self.coordinator, self.story.case_id).teams
        return team

    def plan(self, first: date, *activities: Activity, purpose: str = "") -> UUID:
        """The associate plans a visit of two days."""
        visit = NewVisit(VisitKind.VISIT, first, first + TWO_DAYS, frozenset(activities), purpose)
        return plan_visit(self.story.world, self.story.associate, self.story.case_id, None, self.team, visit)

    def hold(self, visit: UUID, *found: str) -> None:
        """The visit takes place: everybody comes."""
        held = HeldVisit(frozenset(self.peers.values()), findings=tuple(NewFinding(text) for text in found))
        hold_visit(self.story.world, self.story.associate, self.story.case_id, None, visit, held)


@pytest.fixture
def midthorpe(begin: Begin) -> Midthorpe:
    """ "Midthorpe had previously had good experiences of working with the IDeA ... and so approached the agency with a
    view to them helping to improve the council's safeguarding services."

    "Midthorpe wanted to learn from Local Authorities who were more successful ... and asked that the Beacon authorities
    of Oxtown Borough Council and Munbridge City be part of the team." "The IDeA and the council jointly decided to use
    the peer team approach". "This consisted of two officers from Oxtown Borough and Munbridge City Councils, an
    official from the NSPCC and a member peer."
    """
    story = begin(
        nature=Nature.SERVICE,
        service="Children's services",
        text="The joint area review named capacity, thresholds and quality assurance.",
        how_known="The council came to us",
    )
    yes = KnownAnswer.YES
    facts = TriageFacts(Nature.SERVICE, Scenario.SERVICE_WEAKNESS, acknowledged=yes, willing=yes, **CLEAR)
    assert story.triage(facts).suggestion.route is Route.PEER_SUPPORT
    story.offer("A peer team that focuses on safeguarding.")
    story.answer(OfferAnswer.ACCEPTED)
    world = story.world
    councils = {name: authority(world, f"{name} Council") for name in ("Oxtown Borough", "Munbridge City")}
    peers = {
        "member": peer(
            world,
            "Dinah Oke",
            authority(world, "Farbury Council"),
            kind="councillor",
            role="Lead member for children",
            seniority="portfolio_holder",
            political_group="Green",
            services="children",
        ),
        **{
            name: peer(world, f"Officer of {name}", council, services="children", days_offered="30")
            for name, council in councils.items()
        },
        "NSPCC": peer(world, "Sam Reed", kind="specialist", services="children"),
    }
    needs = TeamNeeds(
        story.today,
        story.today + 52 * WEEK,
        4,
        councillors=1,
        officers=2,
        specialists=1,
        services=frozenset({Service.CHILDREN}),
        named=frozenset(councils.values()),
        size=4,
    )
    coordinator = person(world, Role.COORDINATOR, None, "Kit Marsh")
    team = sent_team(story, coordinator, needs, *peers.values())
    assert story.standing() is Standing.SUPPORTED
    return Midthorpe(story, coordinator, councils, peers, team)


def returned(midthorpe: Midthorpe) -> int:
    """How many of a hundred staff have answered, as the coordinator sees it."""
    story = midthorpe.story
    (found,) = questionnaires_page(story.world, midthorpe.coordinator, story.case_id).questionnaires
    return found.returned.percent


def test_two_visits_of_two_days_with_support_between_and_more_planned(midthorpe: Midthorpe) -> None:
    """ "The approach involved two site visits of two days each, an initial baseline assessment questionnaire and
    ongoing support between site visits." "Three two-day site visits were planned. So far, two have taken place."
    """
    story = midthorpe.story
    shown = midthorpe.work()
    assert (shown.package, shown.manager, shown.next) == (Package.PEER_TEAM, "", None)
    # "An initial baseline survey was distributed to all staff concerned."
    survey = Survey(story.world, story.lead, midthorpe.coordinator, story.council, story.case_id)
    links = survey.hand_out(survey.build(), links=20, days=40)
    survey.answer(*links[:3])
    october, december = story.weeks_later(2), story.today + 9 * WEEK
    first = midthorpe.plan(october, Activity.FOCUS_GROUPS, Activity.INTERVIEWS, purpose="Safeguarding.")
    second = midthorpe.plan(december, Activity.INTERVIEWS, Activity.SEMINARS)
    assert {
        entry for entry in story.owed().items() if entry[0] in {DutyKind.TEAM_VISIT, DutyKind.TEAM_CONTACT}
    } <= {(DutyKind.TEAM_VISIT, day + TWO_DAYS) for day in (october, december)}

    # "An experienced IDeA associate project managed the peer team process and put together the team."
    name_manager(
        story.world, story.lead, story.case_id, None, midthorpe.team, Doer(user_id=story.associate.id)
    )
    assert midthorpe.work().manager == "Ada Okafor"
    days = agenda(story.world, story.associate).days
    mine = {(day.day, each.kind) for day in days for each in day.entries if each.is_mine}
    assert (october + TWO_DAYS, DutyKind.TEAM_VISIT) in mine

    # "Visit 1 – October 2007. This involved focus groups and individual interviews with key staff members. Key areas
    # to work on were identified – the LSCB and the link to prevention work."
    story.clock.pass_days(1)
    midthorpe.hold(first, CONFUSED, "There need to be better connections with the prevention team.")
    shown = midthorpe.work()
    assert shown.visits[0].state is VisitState.HELD
    assert len(shown.visits[0].came) == 4
    # Of the survey: "Although there was a poor return rate initially, after the first site visit this improved."
    poor = returned(midthorpe)
    survey.answer(*links[3:14])
    assert (poor, returned(midthorpe)) == (15, 70)
    owed = {output.kind: output.due_on for output in shown.outputs}
    # Report within three months, action plan within five, progress review at about ten (design 6).
    counted_from = october + TWO_DAYS
    for kind, months in (
        (OutputKind.REPORT, 3),
        (OutputKind.ACTION_PLAN, 5),
        (OutputKind.PROGRESS_REVIEW, 10),
    ):
        latest = months_after(counted_from, months)
        assert latest - timedelta(days=4) <= owed[kind] <= latest
        assert owed[kind].weekday() < 5
    assert {DutyKind.TEAM_REPORT, DutyKind.TEAM_ACTION_PLAN, DutyKind.TEAM_PROGRESS_REVIEW} <= set(
        story.owed()
    )

    # "ongoing support between site visits", and "It also allows for the other authorities to keep in touch over the
    # longer term": the next contact is owed until it is recorded, by an officer of Oxtown.
    due = story.owed()[DutyKind.TEAM_CONTACT]
    assert counted_from < due < december
    story.clock.pass_days((due - story.today).days)
    by = Doer(peer_id=midthorpe.peers["Oxtown Borough"])
    record_contact(
        story.world,
        story.associate,
        story.case_id,
        None,
        midthorpe.team,
        NewContact(story.today, Means.TELEPHONE, by, "They adapt the toolkit."),
    )
    assert story.owed().get(DutyKind.TEAM_CONTACT, date.max) > due

    # "Visit 2 – December 2007. This involved more interviews and some practice-sharing seminars."
    story.clock.pass_days((december + TWO_DAYS - story.today).days)
    midthorpe.hold(second, "Those who took part were not aware of what was expected of them.")
    assert [visit.state for visit in midthorpe.work().visits] == [VisitState.HELD] * 2
    assert {output.kind: output.due_on for output in midthorpe.work().outputs} == owed, (
        "a visit moves no date"
    )

    # "There are two more visits planned, in May (looking at culture change within the safeguarding team) and in the
    # autumn."
    may = story.today + 22 * WEEK
    midthorpe.plan(may, Activity.PROGRESS, purpose="Culture change within the safeguarding team.")
    midthorpe.plan(may + 20 * WEEK, Activity.PROGRESS)
    assert [visit.state for visit in midthorpe.work().visits].count(VisitState.PLANNED) == 2
    assert story.owed()[DutyKind.TEAM_CONTACT] < may, "support goes on until they come"


def test_what_was_found_is_for_readers_alone_and_what_is_owed_stays_so_until_it_is_delivered(
    midthorpe: Midthorpe,
) -> None:
    """ "However, the first session of the peer team approach identified problems with the local safeguarding children
    board": what a team finds is of the case's substance, which a coordinator is never sent. What it brings is hers to
    watch: a report that is late stays owed.
    """
    story = midthorpe.story
    visit = midthorpe.plan(story.today, purpose="Thresholds first.")
    story.clock.pass_days(1)
    midthorpe.hold(visit, CONFUSED)
    with pytest.raises(NotFound):
        add_findings(story.world, midthorpe.coordinator, story.case_id, None, visit, (NewFinding("Seen."),))
    with pytest.raises(NotFound):
        findings_page(story.world, midthorpe.coordinator, story.case_id)
    assert CONFUSED not in repr(work_page(story.world, midthorpe.coordinator, story.case_id))
    assert "Thresholds" not in repr(work_page(story.world, story.lead, story.case_id))
    (team,) = findings_page(story.world, story.associate, story.case_id).teams
    assert team.visits[0].purpose == "Thresholds first."
    assert [each.text for each in team.visits[0].findings] == [CONFUSED]

    by_kind = {output.kind: output.id for output in midthorpe.work().outputs}
    story.weeks_later(14)
    assert midthorpe.work().outputs[0].is_overdue
    report = by_kind[OutputKind.REPORT]
    deliver_output(story.world, midthorpe.coordinator, story.case_id, None, report, story.today)
    assert DutyKind.TEAM_REPORT not in story.owed()
    assert {DutyKind.TEAM_ACTION_PLAN, DutyKind.TEAM_PROGRESS_REVIEW} <= set(story.owed())
