"""Signing in and out: two factors, codes that work once, sessions that end, and counters that hold for everybody."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from math import log2

import pytest

from clearinghouse.access.roles import OPERATOR, Actor, Role
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.people.accounts import end_grant, person_view, suspend
from clearinghouse.casework.sign_in.own_sessions import own_sessions
from clearinghouse.casework.sign_in.second_factors import make_recovery_codes
from clearinghouse.casework.sign_in.sessions import (
    ABSOLUTE,
    CODE_LIMIT,
    IDLE,
    PERSON_LIMIT,
    give_code,
    give_password,
    sign_out,
    sign_out_everywhere,
    who,
    whose_was,
)
from clearinghouse.casework.sign_in.throttles import WINDOW, TooMany, count_attempt
from clearinghouse.casework.world import World
from clearinghouse.records import ledger
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import User
from tests.factories.accounts import PASSWORD, can_sign_in, code_now
from tests.factories.people import person
from tests.worlds import Clock

ADDRESS = "192.0.2.7"


def enter(world: World, email: str, clock: Clock) -> str:
    """Sign in with both factors, half a minute after the last code."""
    clock.instant += timedelta(seconds=30)
    return give_code(world, give_password(world, email, PASSWORD, ADDRESS), code_now(world))


@pytest.fixture
def lead(world: World) -> Actor:
    """Somebody who can sign in."""
    return person(world, Role.LEAD)


@pytest.fixture
def email(world: World, lead: Actor) -> str:
    """Their address."""
    return can_sign_in(world, lead)


def test_both_factors_sign_in(world: World, lead: Actor, email: str, clock: Clock) -> None:
    """The token stands for the person with the roles that they hold, from either spelling of the address."""
    waiting = give_password(world, f"  {email.upper()} ", PASSWORD, ADDRESS)
    assert who(world, waiting) is None, "a password alone must not be enough"
    assert whose_was(world, waiting) is None, "nor to put something among what they have typed"
    found = who(world, give_code(world, waiting, code_now(world)))
    assert found
    assert (found.actor, found.email) == (lead, email)
    assert found.seconds_left == IDLE.total_seconds()


@pytest.mark.parametrize("wrong", ["password", "address", "suspended", "invited"])
def test_every_wrong_first_step_answers_alike(world: World, email: str, lead: Actor, wrong: str) -> None:
    """A different answer would tell who is here; each is in the ledger, by whom where that is known."""
    from clearinghouse.records.people import UserState

    if wrong in ("suspended", "invited"):
        with world.database.writing() as session:
            session.get_one(User, lead.id).state = UserState(wrong)
    given = "nobody@clearinghouse.example" if wrong == "address" else email
    with pytest.raises(Refused, match=r"^The email address or the password is wrong$"):
        give_password(world, given, "not the password" if wrong == "password" else PASSWORD, ADDRESS)
    with world.reading(OPERATOR) as work:
        (failed,) = ledger.entries(work.session, world.vault.installation, Event.SIGN_IN_FAILED)
        assert failed.facts == {"person": None if wrong == "address" else str(lead.id)}


def test_a_code_works_once(world: World, email: str, clock: Clock) -> None:
    """A code seen over a shoulder must be worth nothing."""
    code = code_now(world)
    give_code(world, give_password(world, email, PASSWORD, ADDRESS), code)
    with pytest.raises(Refused, match="used already"):
        give_code(world, give_password(world, email, PASSWORD, ADDRESS), code)


def test_an_older_code_is_dead_once_a_newer_one_was_used(world: World, email: str, clock: Clock) -> None:
    """The step before is accepted for slow clocks, but never after its successor."""
    old = code_now(world)
    clock.instant += timedelta(seconds=30)
    give_code(world, give_password(world, email, PASSWORD, ADDRESS), code_now(world))
    with pytest.raises(Refused):
        give_code(world, give_password(world, email, PASSWORD, ADDRESS), old)


def test_one_code_posted_at_once_signs_in_once(world: World, email: str) -> None:
    """Two processes given the same code in the same instant must not both accept it."""
    waiting = [give_password(world, email, PASSWORD, ADDRESS) for _ in range(6)]
    code = code_now(world)

    def attempt(token: str) -> bool:
        try:
            give_code(world, token, code)
        except (Refused, TooMany):
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, waiting)) == 1


def test_a_recovery_code_works_once(world: World, lead: Actor, email: str) -> None:
    """It stands in for the app, however it is typed, and is then used up."""
    with world.unit_of_work(lead) as work:
        user = work.session.get_one(User, lead.id)
        codes = make_recovery_codes(work, user)
        work.record(Event.FACTOR_ENROLLED, Stream.USER, user.id)
    assert len(set(codes)) == 10
    assert all(len(code.replace("-", "")) * log2(31) >= 112 for code in codes), (
        "a plain hash could be searched"
    )
    typed = codes[0].upper().replace("-", " ")
    assert who(world, give_code(world, give_password(world, email, PASSWORD, ADDRESS), typed))
    with pytest.raises(Refused):
        give_code(world, give_password(world, email, PASSWORD, ADDRESS), codes[0])


@pytest.mark.parametrize(
    ("waits", "alive"),
    [(timedelta(minutes=14, seconds=59), True), (IDLE, False), (timedelta(days=1), False)],
)
def test_a_session_ends_when_idle(
    world: World, email: str, clock: Clock, waits: timedelta, alive: bool
) -> None:
    """Fifteen minutes without a request end it."""
    token = enter(world, email, clock)
    clock.instant += waits
    assert (who(world, token) is not None) == alive


def test_a_session_ends_after_a_working_day(world: World, email: str, clock: Clock) -> None:
    """Steady use keeps it, but not beyond eight hours."""
    token = enter(world, email, clock)
    began = clock.instant
    while clock.instant + timedelta(minutes=10) < began + ABSOLUTE:
        clock.instant += timedelta(minutes=10)
        assert who(world, token)
    clock.instant = began + ABSOLUTE
    assert who(world, token) is None


def test_the_first_step_waits_five_minutes(world: World, email: str, clock: Clock) -> None:
    """A half-finished sign-in left on a desk must not be finished by somebody else later."""
    waiting = give_password(world, email, PASSWORD, ADDRESS)
    clock.instant += timedelta(minutes=5)
    with pytest.raises(Refused, match="five minutes"):
        give_code(world, waiting, code_now(world))


def _signs_out(world: World, lead: Actor, token: str) -> None:
    sign_out(world, lead, token)


def _signs_out_everywhere(world: World, lead: Actor, token: str) -> None:
    sign_out_everywhere(world, lead)


def _is_suspended(world: World, lead: Actor, token: str) -> None:
    suspend(world, person(world, Role.ADMINISTRATOR, None), lead.person)


def _loses_a_role(world: World, lead: Actor, token: str) -> None:
    admin = person(world, Role.ADMINISTRATOR, None)
    end_grant(world, admin, person_view(world, admin, lead.person).grants[0].id)


@pytest.mark.parametrize("ends", [_signs_out, _signs_out_everywhere, _is_suspended, _loses_a_role])
def test_an_ended_session_is_dead(
    world: World, lead: Actor, email: str, clock: Clock, ends: Callable[[World, Actor, str], None]
) -> None:
    """A cookie that is replayed after the end must be worth nothing, at once."""
    token = enter(world, email, clock)
    assert who(world, token)
    ends(world, lead, token)
    assert who(world, token) is None
    assert own_sessions(world, lead, ADDRESS) == ()


def test_guessing_a_password_is_stopped_by_person(world: World, email: str, clock: Clock) -> None:
    """After ten tries even the right password waits; a quarter of an hour later it works again."""
    for _ in range(PERSON_LIMIT):
        with pytest.raises(Refused):
            give_password(world, email, "a wrong password", ADDRESS)
    with pytest.raises(TooMany):
        give_password(world, email, PASSWORD, "198.51.100.1")
    clock.instant += WINDOW
    assert give_password(world, email, PASSWORD, ADDRESS)


def test_guessing_is_stopped_by_address(world: World, email: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One address that tries many people is stopped; everybody else signs in."""
    monkeypatch.setattr("clearinghouse.casework.sign_in.sessions.ADDRESS_LIMIT", 3)
    for number in range(3):
        with pytest.raises(Refused):
            give_password(world, f"guess{number}@clearinghouse.example", "a wrong password", ADDRESS)
    with pytest.raises(TooMany):
        give_password(world, email, PASSWORD, ADDRESS)
    assert give_password(world, email, PASSWORD, "198.51.100.1")


def test_guessing_a_code_is_stopped(world: World, email: str) -> None:
    """A million codes must not be tried, not even by beginning anew with the right password."""
    for _ in range(CODE_LIMIT):
        with pytest.raises(Refused):
            give_code(world, give_password(world, email, PASSWORD, ADDRESS), "000000")
    with pytest.raises(TooMany):
        give_code(world, give_password(world, email, PASSWORD, ADDRESS), code_now(world))


def test_the_count_holds_for_everybody_at_once(world: World) -> None:
    """Several processes counting in the same instant must not let more through than one would."""

    def attempt(_: int) -> bool:
        try:
            count_attempt(world, ("person:somebody", 7))
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) == 7


def test_a_success_begins_the_count_anew(world: World, email: str, clock: Clock) -> None:
    """Somebody who mistypes now and then must not be shut out by it."""
    for _ in range(3):
        for _ in range(PERSON_LIMIT - 1):
            with pytest.raises(Refused):
                give_password(world, email, "a wrong password", "192.0.2.8")
        assert enter(world, email, clock)
