"""Changing one's own password: the one before is asked, everything else of one's own is signed out."""

from contextlib import suppress
from dataclasses import replace

from clearinghouse.access.roles import Actor
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.sign_in.passkeys import myself
from clearinghouse.casework.sign_in.password_rules import password_problem
from clearinghouse.casework.sign_in.sessions import end_other_sessions
from clearinghouse.casework.sign_in.throttles import count_attempt, forget_attempts
from clearinghouse.casework.world import World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import User
from clearinghouse.vault.passwords import hash_password, password_matches

WRONG_BEFORE = "This is not your password"
SAME_AGAIN = "This is the password that you have. Choose another one"
_LIMIT = 10


def change_password(world: World, actor: Actor, token: str, current: str, password: str) -> None:
    """Put a new password in the old one's place. `token` is of the session that stays; all others end.

    The person is told by mail. That they have proved their second factor of late is the door's business. Raises
    Invalid beside `current` or `password`, TooMany after too many wrong ones, NotFound for whoever has left meanwhile.
    """
    count = f"password:{actor.person}"
    count_attempt(world, (count, _LIMIT))
    with world.reading(actor) as work:
        user = work.session.get_one(User, actor.person)
        before, name, email = user.password_hash, user.name, user.email
    if not before or not password_matches(before, current):
        wrong = Invalid({"current": WRONG_BEFORE})
        # AlreadyDone comes first, where this very post has changed it before.
        with suppress(Invalid), world.unit_of_work(actor):
            raise wrong
        # In a work of its own, which does not use up the form: it is mended and sent again.
        with replace(world, post_key=None).unit_of_work(actor) as work:
            work.record(Event.PROOF_FAILED, Stream.USER, actor.person)
        raise wrong
    problem = SAME_AGAIN if current == password else password_problem(password, name, email)
    if problem:
        raise Invalid({"password": problem})
    stored = hash_password(password)
    with world.unit_of_work(actor) as work:
        row = myself(work)
        if row.password_hash != before:
            raise NotFound
        row.password_hash = stored
        forget_attempts(world, work.session, count)
        end_other_sessions(work, row.id, token)
        work.record(Event.PASSWORD_CHANGED, Stream.USER, row.id)
        enqueue(work, row.id, LetterKind.SIGN_IN_CHANGED)
