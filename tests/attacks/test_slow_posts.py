"""Whoever loses a right while a post of theirs trickles in."""

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import func, select

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.cases import case_page
from clearinghouse.casework.links import LinkKind, declare_link
from clearinghouse.casework.people.accounts import suspend
from clearinghouse.casework.world import World
from clearinghouse.records.events import Event
from clearinghouse.records.ledger import LedgerEvent
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.web.visitors import signed_in


class Trickle(io.BytesIO):
    """A post's body that somebody holds back until something else has happened."""

    def __init__(self, body: bytes, before: Callable[[], None]) -> None:
        super().__init__(body)
        self._before = before

    def read(self, size: int | None = -1, /) -> bytes:
        self._let_it_happen()
        return super().read(size)

    def readinto(self, buffer: Any, /) -> int:
        self._let_it_happen()
        return super().readinto(buffer)

    def _let_it_happen(self) -> None:
        before, self._before = self._before, lambda: None
        before()


@pytest.mark.parametrize("lost", ["wall", "suspension"])
def test_a_right_that_ends_while_the_post_is_read_opens_no_source(
    lost: str, site: Flask, sqlite_world: World
) -> None:
    """Held open for hours, one post begun in time would read what was said after its sender was shut out."""
    world, council = sqlite_world, authority(sqlite_world)
    associate = person(world, Role.ASSOCIATE)
    admins = [person(world, Role.ADMINISTRATOR, None) for _ in range(3)]
    case = logged_case(world, associate, council, source_name="Jo Bright")
    reading = case_page(world, associate, case.case_id).reading
    assert reading
    visitor = signed_in(site, world, associate)
    body = urlencode({"csrf_token": visitor.csrf_token()}).encode()

    def lose() -> None:
        if lost == "wall":
            declare_link(world, admins[0], associate.person, council, LinkKind.FAMILY)
        else:
            suspend(world, admins[0], associate.person)

    answer = visitor.client.post(
        f"/cases/{case.case_id}/source/{reading.concerns[0].id}",
        input_stream=Trickle(body, lose),
        content_length=len(body),
        content_type="application/x-www-form-urlencoded",
    )
    assert "Jo Bright" not in answer.text
    assert answer.status_code == (404 if lost == "wall" else 302)
    with world.reading(OPERATOR) as work:
        opened = select(func.count()).where(LedgerEvent.type == Event.SOURCE_OPENED.value)
        assert work.session.scalars(opened).one() == 0


def test_nothing_is_read_of_what_a_stranger_sends_to_a_page_that_takes_files(
    site: Flask, sqlite_world: World
) -> None:
    """No proxy holds these posts back: a stranger's that comes a byte a second would keep a thread, and sixteen all."""
    case = logged_case(sqlite_world, person(sqlite_world, Role.ASSOCIATE), authority(sqlite_world))

    def read() -> None:
        raise AssertionError("the post was read")

    body = b"note=Said"
    for path in (f"/cases/{case.case_id}/documents/new", f"/cases/{case.case_id}/conversations/new"):
        answer = site.test_client().post(
            path,
            input_stream=Trickle(body, read),
            content_length=len(body),
            content_type="application/x-www-form-urlencoded",
        )
        assert (answer.status_code, answer.location) == (302, "/sign-in")
