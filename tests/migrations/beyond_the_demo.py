"""What a snapshot needs to hold beyond what the demo tells: a value in every sealed column, by the everyday verbs."""

from uuid import UUID, uuid4

from sqlalchemy import select

from clearinghouse.access.roles import Actor, Grant, Region, Role
from clearinghouse.casework.correction import Swap, correct_authority
from clearinghouse.casework.demo.people import demo_actor
from clearinghouse.casework.people.invitations import invite
from clearinghouse.casework.sign_in.sessions import begin_session
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Route
from clearinghouse.records.authorities import Authority
from clearinghouse.records.people import User
from tests.factories.passkeys import with_passkey
from tests.migrations import beyond_in_the_region as region
from tests.migrations import beyond_on_cases as cases
from tests.migrations import beyond_the_keeping as keeping

LEAD, SECOND_LEAD, ADMINISTRATOR, OFFICER = "Ravi Singh", "Wendy Aldous", "Iris Novak", "Noor Rahman"
APPROVER, COORDINATOR = "Owen Fairley", "Carys Bowen"
COUNCILS = ("Midthorpe Council", "Aldersyke District Council")


def go_on(world: World) -> None:
    """Take a filled demo on, one step for each sealed column that its stories leave empty."""
    lead, second = demo_actor(world, LEAD), demo_actor(world, SECOND_LEAD)
    wrong, right = _councils(world, lead)
    case_id = cases.triaged(world, lead, wrong, Route.CONFIDENTIAL_DIALOGUE, "Children's homes")
    cases.follow_up_moves(world, lead, case_id)
    cases.meeting_is_corrected(world, lead, case_id)
    cases.referral_is_told(world, lead, second, case_id)
    correct_authority(world, lead, case_id, None, Swap(wrong, right), "The caller meant the district.")
    cases.advocacy_ends(world, lead, right)
    cases.riep_agrees(world, lead, right)
    cases.plan_is_amended(world, lead, right)
    cases.cases_are_joined(world, lead, right)
    cases.assist_day_is_moved(world, lead, demo_actor(world, COORDINATOR), right)
    region.mistakes_are_withdrawn(world, lead, right)
    region.action_is_done(world, demo_actor(world, OFFICER))
    region.round_table_is_noted(world, lead, Region.NORTH_WEST)
    region.succession_is_put_off(world, lead)
    region.pack_is_approved(world, demo_actor(world, APPROVER))
    keeping.somebody_searches(world, lead)
    keeping.source_asks(world, lead, second, right)
    keeping.hold_is_to_be_lifted(world, lead, second, case_id)
    keeping.some_is_kept_longer(world, lead)
    keeping.wall_is_lifted(world, second)
    grants = (Grant(Role.ASSOCIATE, Region.LONDON),)
    invite(world, demo_actor(world, ADMINISTRATOR), "new@clearinghouse.example", "New Colleague", grants)
    with world.for_post(uuid4()).unit_of_work(lead) as work:
        begin_session(work, work.session.get_one(User, lead.person))


def add_passkeys(world: World) -> None:
    """Apart from the rest: what a device answers is taken once, and never tried again."""
    lead = demo_actor(world, LEAD)
    with world.unit_of_work(lead) as work:
        token = begin_session(work, work.session.get_one(User, lead.person))
    with_passkey(world, lead, token)


def _councils(world: World, lead: Actor) -> tuple[UUID, UUID]:
    with world.reading(lead) as work:
        rows = work.session.execute(select(Authority.name, Authority.id).where(Authority.name.in_(COUNCILS)))
        found = {row.name: row.id for row in rows}
    wrong, right = (found[name] for name in COUNCILS)
    return wrong, right
