"""A person's own sessions and password: what they see of them, and that an end or a change holds everywhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import Actor, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.mail.letters import LetterKind
from clearinghouse.casework.sign_in.own_password import change_password
from clearinghouse.casework.sign_in.own_sessions import (
    browser_of,
    end_session,
    note_origin,
    own_sessions,
    system_of,
)
from clearinghouse.casework.sign_in.sessions import begin_session, give_password, who
from clearinghouse.casework.sign_in.throttles import TooMany
from clearinghouse.casework.world import World
from clearinghouse.records.duties import Letter
from clearinghouse.records.origins import Browser, SessionOrigin, System
from clearinghouse.records.people import User
from tests.factories.accounts import PASSWORD, can_sign_in
from tests.factories.people import person
from tests.worlds import Clock, settings_for

HERE, THERE = "192.0.2.7", "198.51.100.9"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
GOOD = "copper lantern meadow"


def begun(world: World, somebody: Actor, agent: str = FIREFOX, address: str = HERE) -> str:
    with world.unit_of_work(somebody) as work:
        token = begin_session(work, work.session.get_one(User, somebody.person))
    note_origin(world, token, agent, address)
    return token


@pytest.fixture
def lead(world: World) -> Actor:
    """Whose sessions they are."""
    return person(world, Role.LEAD)


@pytest.fixture
def other_worker(sqlite_world: World, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """Another process over the same database."""
    world = open_installation(settings_for(tmp_path / "home"), clock)
    yield world
    world.database.close()


def test_a_strangers_session_is_told_from_ones_own(world: World, lead: Actor, clock: Clock) -> None:
    """Whoever finds a browser that they never had, on a network that is not theirs, can act on it."""
    begun(world, lead, EDGE, THERE)
    clock.pass_days(0.001)
    begun(world, lead)
    seen = own_sessions(world, lead, HERE)
    assert [(one.browser, one.system, one.same_network) for one in seen] == [
        (Browser.FIREFOX, System.LINUX, True),
        (Browser.EDGE, System.WINDOWS, False),
    ]
    assert own_sessions(world, person(world, Role.LEAD), HERE) == ()


def test_ending_one_session_holds_at_every_worker_and_leaves_the_rest(
    sqlite_world: World, other_worker: World
) -> None:
    """A cookie that goes on working at another process has not been ended."""
    lead = person(sqlite_world, Role.LEAD)
    stolen, mine = begun(sqlite_world, lead), begun(sqlite_world, lead)
    found = who(other_worker, stolen)
    assert found
    end_session(sqlite_world, lead, found.session)
    assert who(other_worker, stolen) is None
    assert who(other_worker, mine)
    with pytest.raises(NotFound):
        end_session(sqlite_world, lead, found.session)


def test_nobody_ends_anybody_elses_session(world: World, lead: Actor) -> None:
    """An administrator included: they suspend, or reset with another, and both are known."""
    token = begun(world, lead)
    found = who(world, token)
    assert found
    for somebody in (person(world, Role.LEAD), person(world, Role.ADMINISTRATOR, None)):
        with pytest.raises(NotFound):
            end_session(world, somebody, found.session)
    assert who(world, token)


def test_of_a_session_that_is_over_nothing_is_kept(world: World, lead: Actor, clock: Clock) -> None:
    """Where somebody signed in from is nobody's business for longer than it helps them."""
    begun(world, lead)
    clock.pass_days(1)
    begun(world, lead)
    with world.reading(lead) as work:
        (network,) = work.session.scalars(select(SessionOrigin.network)).all()
    assert HERE.encode() not in network


def test_two_of_one_network_do_not_look_alike_in_the_database(world: World, lead: Actor) -> None:
    """A copy of the database must not say who sat beside whom."""
    begun(world, lead)
    begun(world, person(world, Role.LEAD))
    with world.reading(lead) as work:
        assert len({origin.network for origin in work.session.scalars(select(SessionOrigin))}) == 2


@pytest.mark.parametrize(
    ("agent", "browser", "system"),
    [
        (FIREFOX, Browser.FIREFOX, System.LINUX),
        (EDGE, Browser.EDGE, System.WINDOWS),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile Safari/537.36", Browser.CHROME, System.ANDROID),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", Browser.SAFARI, System.IOS),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15) Version/18 Safari/605", Browser.SAFARI, System.MACOS),
        ("<script>" * 999, Browser.OTHER, System.OTHER),
        ("", Browser.OTHER, System.OTHER),
    ],
)
def test_browsers_are_named_coarsely(agent: str, browser: Browser, system: System) -> None:
    """Of what a browser says only a word of a closed list is kept."""
    assert (browser_of(agent), system_of(agent)) == (browser, system)


def test_a_new_password_takes_the_old_ones_place(world: World, lead: Actor) -> None:
    """Whoever knew the old one, and sat in another session by it, is out; the person is told."""
    email = can_sign_in(world, lead)
    mine, stolen = begun(world, lead), begun(world, lead)
    change_password(world, lead, mine, PASSWORD, GOOD)
    assert who(world, mine)
    assert who(world, stolen) is None
    with pytest.raises(Refused):
        give_password(world, email, PASSWORD, HERE)
    assert give_password(world, email, GOOD, HERE)
    with world.reading(lead) as work:
        told = work.session.scalars(select(Letter.user_id).where(Letter.kind == LetterKind.SIGN_IN_CHANGED))
        assert told.all() == [lead.id]


@pytest.mark.parametrize(
    ("current", "password", "field"),
    [
        ("not it", GOOD, "current"),
        (PASSWORD, PASSWORD, "password"),
        (PASSWORD, "Password1234", "password"),
        (PASSWORD, "short", "password"),
    ],
)
def test_changes_that_are_refused(world: World, lead: Actor, current: str, password: str, field: str) -> None:
    """A session left open must not be enough, and no bad password take a good one's place."""
    can_sign_in(world, lead)
    with pytest.raises(Invalid) as refused:
        change_password(world, lead, begun(world, lead), current, password)
    assert set(refused.value.problems) == {field}


def test_the_old_password_is_not_found_by_trying(world: World, lead: Actor) -> None:
    """Ten tries in a quarter of an hour, for whoever has somebody's session."""
    can_sign_in(world, lead)
    token = begun(world, lead)
    for _ in range(10):
        with pytest.raises(Invalid):
            change_password(world, lead, token, "not it", GOOD)
    with pytest.raises(TooMany):
        change_password(world, lead, token, PASSWORD, GOOD)
