"""People of every role, signed up and in force, without the screens that make them."""

from itertools import count

from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.staff import actor_of
from clearinghouse.casework.world import World
from clearinghouse.records.people import AuthorityLink, LinkKind, RoleGrant, User, UserState

_numbers = count(1)


def person(
    world: World,
    role: Role,
    region: Region | None = Region.NORTH_EAST,
    name: str | None = None,
    walled_from: object = None,
) -> Actor:
    """Somebody who holds one role, and may be linked to an authority (its id in `walled_from`)."""
    number = next(_numbers)
    with world.unit_of_work(OPERATOR) as work:
        user = work.add(
            User(
                email=f"{role.value}.{number}@clearinghouse.example",
                name=name or f"{role.words} {number}",
                state=UserState.ACTIVE,
                made_at=work.now,
            )
        )
        work.session.flush()
        work.add(
            RoleGrant(user_id=user.id, role=role, region=region, starts_on=work.today, confirmed_at=work.now)
        )
        if walled_from is not None:
            work.add(
                AuthorityLink(
                    user_id=user.id, authority_id=walled_from, kind=LinkKind.EMPLOYED, declared_at=work.now
                )
            )
        work.session.flush()
        return actor_of(work, user)


def again(world: World, actor: Actor) -> Actor:
    """The same person as access knows them now, after roles or links changed."""
    with world.reading(actor) as work:
        user = work.session.get(User, actor.id)
        assert user is not None
        return actor_of(work, user)
