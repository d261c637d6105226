"""Whoever wants to fill the database, lock others out, or write in the log."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from flask import Flask
from gunicorn.config import Config
from sqlalchemy import func, select

from clearinghouse.access.roles import Role
from clearinghouse.casework.drafts import MOST, discard_draft, save_draft
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.sign_in.sessions import PERSON_LIMIT, give_password
from clearinghouse.casework.sign_in.throttles import TooMany
from clearinghouse.casework.world import World
from clearinghouse.commands.server import Log
from clearinghouse.records.forms import Draft
from clearinghouse.records.people import Throttle
from tests.factories.accounts import PASSWORD, can_sign_in
from tests.factories.people import person
from tests.web.visitors import signed_in


def guess(world: World, email: str, address: str) -> type[Exception]:
    with pytest.raises((Refused, TooMany)) as answer:
        give_password(world, email, "a wrong password", address)
    return answer.type


def test_an_address_that_is_stopped_locks_nobody_out_and_leaves_nothing_behind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One stranger could otherwise keep every lead out for good, and grow a table a row at a time."""
    monkeypatch.setattr("clearinghouse.casework.sign_in.sessions.ADDRESS_LIMIT", 1)
    email = can_sign_in(world, person(world, Role.LEAD))
    for _ in range(PERSON_LIMIT + 1):
        guess(world, email, "192.0.2.7")
    for number in range(5):
        assert guess(world, f"nobody{number}@clearinghouse.example", "192.0.2.7") is TooMany
    assert give_password(world, email, PASSWORD, "198.51.100.1")
    with world.database.reading() as session:
        assert session.scalars(select(func.count()).select_from(Throttle)).one() == 2, "the two addresses"


@pytest.mark.parametrize(
    ("other", "is_stopped"), [("2001:db8:1:1:ffff::9", True), ("2001:db8:1:2::1", False)]
)
def test_the_addresses_of_one_line_count_as_one(
    other: str, is_stopped: bool, sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has an IPv6 line has 2 to the power of 64 addresses, and would be stopped by none of their limits."""
    monkeypatch.setattr("clearinghouse.casework.sign_in.sessions.ADDRESS_LIMIT", 1)
    guess(sqlite_world, "nobody@clearinghouse.example", "2001:db8:1:1::1")
    assert guess(sqlite_world, "nobody@clearinghouse.example", other) is (TooMany if is_stopped else Refused)


def test_an_ipv4_address_counts_alone_however_it_is_written(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the service listens on IPv6 too, one stranger would otherwise stop everybody who comes by IPv4."""
    monkeypatch.setattr("clearinghouse.casework.sign_in.sessions.ADDRESS_LIMIT", 1)
    guess(sqlite_world, "nobody@clearinghouse.example", "::ffff:192.0.2.7")
    assert guess(sqlite_world, "nobody@clearinghouse.example", "::ffff:198.51.100.1") is Refused
    assert guess(sqlite_world, "nobody@clearinghouse.example", "192.0.2.7") is TooMany


def test_drafts_are_no_room_for_a_flood(site: Flask, sqlite_world: World) -> None:
    """Anybody signed in could name drafts until the disk is full: a megabyte each, read by nobody."""
    colleague = person(sqlite_world, Role.ASSOCIATE)
    visitor = signed_in(site, sqlite_world, colleague)
    for number in range(MOST):
        save_draft(sqlite_world, colleague, f"note:{number}", {"text": ["Said"]})
    answer = visitor.post(f"/drafts/note:{uuid4()}", {"text": "One too many"})
    assert (answer.status_code, "One too many" in answer.text) == (422, True)
    assert visitor.post("/drafts/note:1", {"text": "An old one goes on"}).status_code == 204
    with sqlite_world.reading(colleague) as work:
        assert work.session.scalars(select(func.count()).select_from(Draft)).one() == MOST
    discard_draft(sqlite_world, colleague, "note:1")
    assert visitor.post(f"/drafts/note:{uuid4()}", {"text": "Room again"}).status_code == 204


def test_no_address_writes_lines_of_its_own_into_the_log() -> None:
    """A stranger could forge what the operator reads there: line breaks travel encoded in an address."""
    asked = {
        "PATH_INFO": "/cases\n[22/Nov/2026] POST /sign-in 303\x1b[2J",
        "RAW_URI": "/cases",
        "REQUEST_METHOD": "GET",
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    answer = SimpleNamespace(status="404 Not Found", sent=0, headers=())
    request = SimpleNamespace(headers=())
    written = Log(Config()).atoms(answer, request, asked, timedelta(0))["U"]
    assert written == "/cases…[22/Nov/2026] POST /sign-in 303…[2J"
