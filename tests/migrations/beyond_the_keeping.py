"""What becomes of what is kept, beyond what the demo tells: searched, held, kept longer, and given to who asks."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import OPERATOR, Actor, Region
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.concerns import NewConcern, log_concern
from clearinghouse.casework.openings.liftings import answer_lifting
from clearinghouse.casework.openings.views import waiting_liftings
from clearinghouse.casework.retention.holds import ask_to_lift, place_hold
from clearinghouse.casework.retention.reviewing import keep_longer
from clearinghouse.casework.search.asking import Asked
from clearinghouse.casework.search.searches import make_search
from clearinghouse.casework.subject_access.preparing import Marked
from clearinghouse.casework.subject_access.requests import RequestEnd, end_request, extend
from clearinghouse.casework.subject_access.watching import watch_requests
from clearinghouse.casework.subject_access.working import Mark
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Nature
from clearinghouse.records.retention import RetentionReview, ReviewState
from clearinghouse.records.subject_access import PartKind
from tests.factories.subject_access import approved, parts, request

SOURCE = "Tamsin Oake"
YEAR = timedelta(days=365)


def somebody_searches(world: World, lead: Actor) -> None:
    """What was asked is kept for the next page of the answer."""
    make_search(world, lead, Asked("placements"))


def hold_is_to_be_lifted(world: World, lead: Actor, second: Actor, case_id: UUID) -> None:
    """A court asked for a case to be kept, and does not any more."""
    place_hold(world, lead, case_id, None, "The family court asked for it.")
    ask_to_lift(world, second, case_id, None, "The court has heard the case.")


def some_is_kept_longer(world: World, lead: Actor) -> None:
    """What is due for destruction in the lead's region is still needed."""
    with world.reading(OPERATOR) as work:
        due = select(RetentionReview).where(RetentionReview.state == ReviewState.DUE)
        review = work.session.scalars(due.limit(1)).one()
        case_id, review_id = review.case_id, review.id
    keep_longer(world, lead, case_id, None, review_id, world.today + YEAR, "An inquiry has begun.")


def wall_is_lifted(world: World, second: Actor) -> None:
    """The second lead agrees that a wall is lifted, with words."""
    (waiting,) = waiting_liftings(world, second)
    answer_lifting(world, second, waiting.id, True, "The link is an old one, and in another service.")


def source_asks(world: World, lead: Actor, second: Actor, council: UUID) -> None:
    """A source asks what is held about them: the region's part and their own are approved; another asker goes away."""
    concern = NewConcern(
        (council,), Nature.SERVICE, "Nobody answers the telephone.", "A telephone call", source_name=SOURCE
    )
    case_id = log_concern(world, lead, concern).case_id
    add_to_case(world, lead, case_id, None, second.person, Membership.CUSTODIAN)
    asked = request(world, lead, SOURCE, (Region.NORTH_WEST,), asked="Everything.")
    extend(world, lead, asked, None, "There are many cases.")
    watch_requests(world)
    for part in parts(world, asked) + parts(world, asked, PartKind.SOURCE):
        approved(world, lead, second, part, Marked(Mark.INCLUDE))
    gone = request(world, lead, "Nadia Quill", (Region.NORTH_WEST,))
    end_request(world, lead, gone, None, RequestEnd.TAKEN_BACK, "She wrote that she has what she wanted.")
