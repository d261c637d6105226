"""What a page may ask about the request in hand: the world, and who is signed in."""

from typing import cast
from uuid import UUID

from flask import Response, current_app, g, request
from flask_login import UserMixin, current_user

from clearinghouse.access.roles import Actor
from clearinghouse.casework.sign_in import sessions
from clearinghouse.casework.sign_in.sessions import SignedIn
from clearinghouse.casework.world import World

WORLD = "clearinghouse.world"
UNATTENDED = "X-Unattended"


class Carrier(UserMixin):
    """Carries a session's token through Flask-Login, so that a replayed cookie is only as good as its session's row."""

    def __init__(self, token: str, person: SignedIn) -> None:
        self.token = token
        self.person = person

    def get_id(self) -> str:
        """The session's token, never the person's key."""
        return self.token


def load_carrier(token: str) -> Carrier | None:
    """Whoever the token signs in now, or None where its session has ended; asked once for each request.

    A page that nobody may sit at any more says so of what it asks: that is no use of the session.
    """
    person = sessions.who(world(), token, used=UNATTENDED not in request.headers)
    return Carrier(token, person) if person else None


def world() -> World:
    """The opened world that every verb takes first."""
    return cast(World, current_app.extensions[WORLD])


def signed_in() -> SignedIn | None:
    """Who is signed in, or None."""
    return cast(SignedIn, current_user.person) if current_user.is_authenticated else None


def look_again() -> None:
    """Ask anew who is signed in: what has arrived meanwhile may have taken its time."""
    g.pop("_login_user", None)


def actor() -> Actor:
    """Whoever acts. Only for pages behind sign-in: raises LookupError where nobody is signed in."""
    person = signed_in()
    if person is None:
        raise LookupError("nobody is signed in: this page cannot be public")
    return person.actor


def world_for(key: UUID) -> World:
    """The world for carrying out one form post: a repeat of the same key is done once, and led to the same place."""
    g.post_key = key
    return world().for_post(key)


def remember_post(response: Response) -> Response:
    """Keep where a post that was carried out has led, after every request."""
    key = g.pop("post_key", None)
    person = signed_in() if key else None
    if person and person.actor.id and response.status_code in (302, 303) and response.location:
        world().remember_location(key, person.actor.id, response.location)
    return response
