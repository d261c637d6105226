"""The demo's case that is opened to somebody for a time: a wall that two leads decide on, and a break-glass."""

from sqlalchemy import select

from clearinghouse.access.lifting import Length
from clearinghouse.casework.demo.acts import Act
from clearinghouse.casework.demo.people import demo_actor
from clearinghouse.casework.demo.stage import Moment
from clearinghouse.casework.openings.break_glass import break_glass, close_again, review_break_glass
from clearinghouse.casework.openings.liftings import NewLifting, ask_lifting
from clearinghouse.casework.sign_in.sessions import begin_session, sign_out, who
from clearinghouse.records.cases import Case
from clearinghouse.records.openings import BreakGlass
from clearinghouse.records.people import User


def asks_to_lift(person: str, length: Length, reason: str) -> Act:
    """Asks that somebody's wall is lifted for the case; a second lead has yet to answer."""

    def act(moment: Moment) -> None:
        given = NewLifting(demo_actor(moment.world, person).person, length, reason)
        ask_lifting(moment.world, moment.actor, moment.case_id, None, given)

    return act


def breaks_glass(reason: str) -> Act:
    """Opens the case from another region, and lets go of it again."""

    def act(moment: Moment) -> None:
        world, actor = moment.world, moment.actor
        with world.unit_of_work(actor) as work:
            reference = work.session.get_one(Case, moment.case_id).reference
            token = begin_session(work, work.session.get_one(User, actor.person))
        signed_in = who(world, token)
        if signed_in is None:
            raise LookupError("the session that was begun just now is not there")
        break_glass(world, actor, signed_in.session, reference, reason)
        with world.reading(actor) as work:
            opened = select(BreakGlass.id).where(BreakGlass.case_id == moment.case_id)
            opening_id = work.session.scalars(opened).one()
        close_again(world, actor, opening_id)
        sign_out(world, actor, token)

    return act


def reviews_break_glass(finding: str) -> Act:
    """Finds that it was right to open the case."""

    def act(moment: Moment) -> None:
        with moment.world.reading(moment.actor) as work:
            opened = select(BreakGlass.id).where(BreakGlass.case_id == moment.case_id)
            opening_id = work.session.scalars(opened).one()
        review_break_glass(
            moment.world, moment.actor, moment.case_id, None, opening_id, justified=True, finding=finding
        )

    return act
