"""The first two administrators, whom only the operator on the host can invite; everybody else is invited by them."""

from sqlalchemy import func, select

from clearinghouse.access.roles import OPERATOR, Grant, Role
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.people.invitations import Invited, invite, invite_again
from clearinghouse.casework.sign_in.email_addresses import normalised
from clearinghouse.casework.staff import in_force
from clearinghouse.casework.world import World
from clearinghouse.records.people import RoleGrant, User, UserState

ENOUGH = 2


def invite_administrator(world: World, email: str, name: str) -> Invited:
    """Invite one of the first two administrators, or send either a fresh link while they have not joined.

    Raises Refused once there are two, and Invalid for an address or a name that cannot be used.
    """
    held = (RoleGrant.role == Role.ADMINISTRATOR, in_force(world.today))
    with world.reading(OPERATOR) as work:
        waiting = work.session.scalars(
            select(User.id)
            .join(RoleGrant, RoleGrant.user_id == User.id)
            .where(User.email == normalised(email), User.state == UserState.INVITED, *held)
        ).first()
        number = work.session.scalars(select(func.count(RoleGrant.user_id.distinct())).where(*held)).one()
    if waiting:
        return invite_again(world, OPERATOR, email)
    if number >= ENOUGH:
        raise Refused(
            "There are two administrators already. They invite everybody else on the page of people."
        )
    return invite(world, OPERATOR, email, name, [Grant(Role.ADMINISTRATOR)])
