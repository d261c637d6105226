"""What a snapshot needs to hold beyond what the demo tells: a value in every sealed column, by the everyday verbs."""

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from clearinghouse.access.roles import Actor, Grant, Region, Role
from clearinghouse.casework.concerns import NewConcern, log_concern
from clearinghouse.casework.correction import Swap, correct_authority
from clearinghouse.casework.demo.people import demo_actor
from clearinghouse.casework.followups import move_duty, schedule_followup
from clearinghouse.casework.invitations import invite
from clearinghouse.casework.meetings import NewAttendee, NewIssue, NewMeeting, record_meeting
from clearinghouse.casework.risk import (
    NewRiskReferral,
    confirm_risk_referral,
    refer_at_once,
    review_risk_referral,
)
from clearinghouse.casework.sessions import begin_session
from clearinghouse.casework.triage import triage_case
from clearinghouse.casework.world import World
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
from clearinghouse.records.authorities import Authority
from clearinghouse.records.people import User

LEAD, SECOND_LEAD, ADMINISTRATOR = "Ravi Singh", "Wendy Aldous", "Iris Novak"
COUNCILS = ("Midthorpe Council", "Aldersyke District Council")


def go_on(world: World) -> None:
    """Take a filled demo on, one step for each sealed column that its stories leave empty."""
    lead, second = demo_actor(world, LEAD), demo_actor(world, SECOND_LEAD)
    case_id, other = _case(world, lead)
    _move(world, lead, case_id)
    _meet(world, lead, case_id)
    _refer_at_once(world, lead, second, case_id)
    swap = Swap(wrong=other[0], right=other[1])
    correct_authority(world, lead, case_id, None, swap, "The caller meant the district.")
    grants = (Grant(Role.ASSOCIATE, Region.LONDON),)
    invite(world, demo_actor(world, ADMINISTRATOR), "new@clearinghouse.example", "New Colleague", grants)
    with world.for_post(uuid4()).unit_of_work(lead) as work:
        begin_session(work, work.session.get_one(User, lead.person))


def _case(world: World, lead: Actor) -> tuple[UUID, tuple[UUID, UUID]]:
    with world.reading(lead) as work:
        rows = work.session.execute(select(Authority.name, Authority.id).where(Authority.name.in_(COUNCILS)))
        found = {row.name: row.id for row in rows}
    wrong, right = (found[name] for name in COUNCILS)
    concern = NewConcern(
        (wrong,),
        Nature.SERVICE,
        "Placements are made without checks.",
        "A telephone call",
        service="Children's homes",
        people_at_risk=True,
        source_name="Jo Bright",
    )
    case_id = log_concern(world, lead, concern).case_id
    facts = TriageFacts(nature=Nature.SERVICE, scenario=Scenario.SERVICE_WEAKNESS)
    triage_case(world, lead, case_id, None, facts, Route.CONFIDENTIAL_DIALOGUE, "The associate knows them.")
    return case_id, (wrong, right)


def _move(world: World, lead: Actor, case_id: UUID) -> None:
    today = world.today
    duty = schedule_followup(world, lead, case_id, None, today + timedelta(days=7), "Ring the director.")
    move_duty(world, lead, case_id, duty.duty_id, today + timedelta(days=14), "She is away.")


def _meet(world: World, lead: Actor, case_id: UUID) -> None:
    issue = NewIssue(
        "Checks on placements",
        regulators_satisfied=True,
        locality_agrees=KnownAnswer.NOT_KNOWN,
        outcome=Outcome.A,
        plan_or_person="The placements plan",
        due_on=world.today + timedelta(days=60),
    )
    attendees = (
        NewAttendee(Body.AUTHORITY, Attendance.ATTENDED, Capacity.CHIEF_EXECUTIVE, "R. Hale", "It will do."),
    )
    record_meeting(world, lead, case_id, None, NewMeeting(world.today, attendees, (issue,), note="Calm."))


def _refer_at_once(world: World, lead: Actor, second: Actor, case_id: UUID) -> None:
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
