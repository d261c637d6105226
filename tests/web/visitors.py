"""Visitors of the site: a browser's cookies, and posts that carry the token and the key that a form would."""

import re
from typing import Any
from uuid import uuid4

from flask import Flask
from werkzeug.test import TestResponse

from clearinghouse.access.roles import Actor
from clearinghouse.casework.sign_in.sessions import begin_session
from clearinghouse.casework.world import World
from clearinghouse.records.people import User


class Visitor:
    """Somebody with a browser. `actor` is who they are signed in as, if they are."""

    def __init__(self, site: Flask, actor: Actor | None = None) -> None:
        self.site = site
        self.client = site.test_client()
        self.actor = actor

    def get(self, path: str, **more: Any) -> TestResponse:
        """Read a page."""
        return self.client.get(path, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Send a form as the page would: with its CSRF token and a fresh key, unless the data brings its own."""
        fields = {"post_key": str(uuid4()), **(data or {})}
        if "csrf_token" not in fields:
            fields["csrf_token"] = self.csrf_token()
        return self.client.post(path, data=fields, **more)

    def csrf_token(self) -> str:
        """A token of this visitor's own, from a page that is quickly made where they are signed in."""
        for path in ("/privacy", "/sign-in"):
            found = re.search(r'name="csrf[-_]token" (?:content|value)="([^"]+)"', self.get(path).text)
            if found:
                return found[1]
        raise AssertionError("neither page carries a CSRF token")

    def cookie(self) -> str:
        """The value of the session cookie."""
        cookie = self.client.get_cookie("clearinghouse")
        assert cookie
        return cookie.value


def signed_in(site: Flask, world: World, actor: Actor) -> Visitor:
    """A visitor with a complete session, without the two steps of signing in."""
    with world.unit_of_work(actor) as work:
        token = begin_session(work, work.session.get_one(User, actor.id))
    visitor = Visitor(site, actor)
    with visitor.client.session_transaction() as cookie:
        cookie["_user_id"] = token
    return visitor
