"""Making a test's person able to sign in, with a password and a second factor that the test knows."""

from functools import cache

from clearinghouse.access.roles import OPERATOR, Actor
from clearinghouse.casework.sign_in.second_factors import STEP, code_at
from clearinghouse.casework.world import World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import User
from clearinghouse.vault.passwords import hash_password

PASSWORD = "a long test password"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@cache
def _hash() -> str:
    return hash_password(PASSWORD)


def can_sign_in(world: World, actor: Actor) -> str:
    """Give the person the test's password and secret; gives their e-mail address."""
    with world.unit_of_work(OPERATOR) as work:
        user = work.session.get_one(User, actor.person)
        user.password_hash = _hash()
        user.totp = SECRET
        work.record(Event.FACTOR_ENROLLED, Stream.USER, user.id)
        return user.email


def code_now(world: World) -> str:
    """The one-time code that is good now."""
    return code_at(SECRET, int(world.now().timestamp()) // STEP)
