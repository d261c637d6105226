"""What leads do on cases beyond what the demo tells: told, advised, planned for, corrected and joined."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from clearinghouse.access.roles import Actor
from clearinghouse.casework.concerns import NewConcern, log_concern
from clearinghouse.casework.convergence.answers import convergences
from clearinghouse.casework.convergence.finding import find_convergences
from clearinghouse.casework.convergence.joining import Joining, join_cases
from clearinghouse.casework.dialogue.riep import NewAgreement, NewHandover, hand_to_riep, record_way_forward
from clearinghouse.casework.dialogue.telling import NewAuthorityTelling, tell_authority
from clearinghouse.casework.duties.followups import move_duty, schedule_followup
from clearinghouse.casework.escalation.advocacy import NewAdvocacy, end_advocacy, stand_with_authority
from clearinghouse.casework.escalation.risk import (
    NewRiskReferral,
    confirm_risk_referral,
    refer_at_once,
    review_risk_referral,
)
from clearinghouse.casework.meetings.recording import (
    NewAttendee,
    NewIssue,
    NewMeeting,
    correct_meeting,
    record_meeting,
)
from clearinghouse.casework.plans.keeping import (
    NewAction,
    Terms,
    add_action,
    agree_plan,
    amend_plan,
    change_action,
)
from clearinghouse.casework.teams.specialists import NewSession
from clearinghouse.casework.teams.visits import NewVisit, move_visit, plan_visit
from clearinghouse.casework.triage import triage_case
from clearinghouse.casework.world import World
from clearinghouse.protocol.advocacy import AdvocacyEnd, PeerReview
from clearinghouse.protocol.team_work import Package, VisitKind, WhyChanged
from clearinghouse.protocol.telling import ToldHow
from clearinghouse.protocol.triage import TriageFacts
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Body,
    Capacity,
    KnownAnswer,
    Nature,
    Outcome,
    Route,
    Scenario,
)
from tests.factories.team_work import team_at_work

WEEK, TWO_MONTHS = timedelta(days=7), timedelta(days=60)


def triaged(world: World, lead: Actor, council: UUID, route: Route, service: str) -> UUID:
    """A case that the lead logged, with its source, and triaged."""
    concern = NewConcern(
        (council,),
        Nature.SERVICE,
        "Placements are made without checks.",
        "A telephone call",
        service=service,
        people_at_risk=True,
        source_name="Jo Bright",
    )
    case_id = log_concern(world, lead, concern).case_id
    facts = TriageFacts(nature=Nature.SERVICE, scenario=Scenario.SERVICE_WEAKNESS)
    triage_case(world, lead, case_id, None, facts, route, "The associate knows them.")
    return case_id


def follow_up_moves(world: World, lead: Actor, case_id: UUID) -> None:
    """A follow-up is noted, and its date moved with a reason."""
    today = world.today
    duty = schedule_followup(world, lead, case_id, None, today + WEEK, "Ring the director.")
    move_duty(world, lead, case_id, duty.duty_id, today + 2 * WEEK, "She is away.")


def meeting_is_corrected(world: World, lead: Actor, case_id: UUID) -> None:
    """A meeting is recorded, and a later entry takes its place."""
    issue = NewIssue(
        "Checks on placements",
        regulators_satisfied=True,
        locality_agrees=KnownAnswer.NOT_KNOWN,
        outcome=Outcome.A,
        plan_or_person="The placements plan",
        due_on=world.today + TWO_MONTHS,
    )
    attendees = (
        NewAttendee(Body.AUTHORITY, Attendance.ATTENDED, Capacity.CHIEF_EXECUTIVE, "R. Hale", "It will do."),
    )
    meeting = NewMeeting(world.today, attendees, (issue,), note="Calm.")
    first = record_meeting(world, lead, case_id, None, meeting).meeting_id
    later = replace(meeting, note="Calm to the end.")
    correct_meeting(world, lead, case_id, None, first, later, "The note broke off.")


def referral_is_told(world: World, lead: Actor, second: Actor, case_id: UUID) -> None:
    """People at risk are referred at once, the second lead confirms, and the authority is told of it."""
    given = NewRiskReferral(
        Body.AUDIT_COMMISSION,
        "M. Osei",
        world.today,
        "Two children were placed unchecked.",
        "They are at risk tonight.",
        people_at_risk=True,
    )
    made = refer_at_once(world, lead, case_id, None, given)
    confirm_risk_referral(world, second, made.escalation_id, True, "It could not wait.")
    review_risk_referral(world, lead, case_id, None, made.escalation_id, world.today, "It was right.")
    told = NewAuthorityTelling(world.today, Capacity.LEADER, ToldHow.IN_PERSON, "R. Hale", "Took it calmly.")
    tell_authority(world, lead, case_id, None, made.escalation_id, told)


def advocacy_ends(world: World, lead: Actor, council: UUID) -> None:
    """The family stands with an authority until the difference is settled."""
    case_id = triaged(world, lead, council, Route.ADVOCACY, "Planning")
    given = NewAdvocacy(
        body=Body.AUDIT_COMMISSION,
        which_body="The regional office",
        priority="Reserves before new targets",
        position="The family agrees with the council.",
        peer_review=PeerReview.COMMISSIONED,
        agreed_on=world.today,
        agreed_with=Capacity.LEADER,
        agreed_by="Cllr Vale and the chair of the board",
        next_on=world.today + WEEK,
    )
    advocacy = stand_with_authority(world, lead, case_id, None, given)
    end_advocacy(world, lead, case_id, None, advocacy, AdvocacyEnd.SETTLED, "They met half way.")


def riep_agrees(world: World, lead: Actor, council: UUID) -> None:
    """Somebody of the RIEP without an account agrees support."""
    case_id = triaged(world, lead, council, Route.RIEP_FACILITATED, "Waste and recycling")
    by = world.today + WEEK
    handover = NewHandover(by, outside="Dana Price of the RIEP", note="Read the audit first.")
    hand_to_riep(world, lead, case_id, None, handover)
    agreement = NewAgreement(world.today, "Two days a month.", by, "R. Hale", "A planner, paid by the RIEP.")
    record_way_forward(world, lead, case_id, None, agreement)


def plan_is_amended(world: World, lead: Actor, council: UUID) -> None:
    """A plan and one of its actions change, each with a reason."""
    case_id = triaged(world, lead, council, Route.PEER_SUPPORT, "Housing")
    terms = Terms(world.today, "R. Hale, chief executive", "Repairs within a week.", True, 25_000)
    agree_plan(world, lead, case_id, None, terms, without_team=True)
    amended = replace(terms, outcomes="Repairs within ten days.")
    amend_plan(world, lead, case_id, None, amended, "A week cannot be kept.")
    action = NewAction("One list of repairs", "D. Price", "Repairs on it", "All", world.today + TWO_MONTHS)
    action_id = add_action(world, lead, case_id, None, action)
    later = replace(action, due_on=action.due_on + WEEK)
    change_action(world, lead, case_id, None, action_id, later, "The list has two owners.")


def cases_are_joined(world: World, lead: Actor, council: UUID) -> None:
    """Two concerns about one service are found to belong together, and carried on as one."""
    pair = {triaged(world, lead, council, Route.CONFIDENTIAL_DIALOGUE, "Libraries") for _ in range(2)}
    find_convergences(world)
    waiting = ((each, {each.first.header.id, each.second.header.id}) for each in convergences(world, lead))
    found = next(each for each, ids in waiting if ids == pair)
    join_cases(world, lead, found.id, None, Joining(found.first.header.id), "Both are about Saturdays.")


def assist_day_is_moved(world: World, lead: Actor, coordinator: Actor, council: UUID) -> None:
    """A team's assist day is planned with somebody who presents, and moved."""
    case_id = triaged(world, lead, council, Route.PEER_SUPPORT, "Highways")
    team, _ = team_at_work(world, coordinator, case_id, Package.ASSIST_DAYS)
    day = world.today + WEEK
    sessions = (NewSession("finance", presenter="Robin Hale, head of finance"), NewSession("communication"))
    visit = plan_visit(
        world, lead, case_id, None, team, NewVisit(VisitKind.ASSIST_DAY, day, day, sessions=sessions)
    )
    move_visit(world, lead, case_id, None, visit, day + WEEK, day + WEEK, WhyChanged.NOT_READY)
