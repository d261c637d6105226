"""P11: guessing meets one limit for all workers, a code works once, and times tell nobody's address."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from threading import Barrier
from unittest.mock import patch
from uuid import uuid4

from clearinghouse.access.roles import Role
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.sign_in.sessions import ADDRESS_LIMIT, PERSON_LIMIT, give_code, give_password
from clearinghouse.casework.sign_in.throttles import TooMany
from clearinghouse.casework.world import World, utc_now
from tests.factories.accounts import PASSWORD, can_sign_in, code_now
from tests.factories.people import person
from tests.promises.databases import Installed, installed
from tests.promises.serving import Answer, Service, served
from tests.promises.twins import HIGH, LOW, told_apart
from tests.servers import PostgreSQL
from tests.web.form_fillers import hidden_fields

AT_ONCE = 20
WORKERS = 4
WRONG, TOO_MANY, IN = "wrong", "too many", "in"
Guess = Callable[[str], str]


def guessing_fails(server: PostgreSQL | None, requests: int = 0, *, whole: bool = True) -> str:
    """Replay a code, guess passwords of one and of many, and time known against unknown people.

    The `whole` asks a real service of four processes; otherwise four openings of the installation take the place of
    them. Times are compared where `requests` are asked for.
    """
    began = time.monotonic()
    with installed(server) as place, ExitStack() as stack:
        world = place.opened(utc_now)
        stack.callback(world.database.close)
        if whole:
            service = stack.enter_context(served(place.home, place.address, WORKERS))
            replayed, guess = _replayed_at(service, world), _guess_at(service)
        else:
            worlds = _opened(place, stack)
            replayed, guess = _replayed_in(worlds), _guess_in(worlds)
        assert replayed[IN] == 1, (
            f"a code that was posted {AT_ONCE} times at once signed in {replayed[IN]} times"
        )
        email = can_sign_in(world, person(world, Role.LEAD))
        one = _at_once(guess, [email] * 3 * PERSON_LIMIT)
        assert 0 < one[WRONG] <= PERSON_LIMIT, f"{one[WRONG]} passwords of one person were tried"
        assert one[IN] == 0
        many = _at_once(
            guess, [f"nobody.{uuid4().hex[:8]}@clearinghouse.example" for _ in range(ADDRESS_LIMIT)]
        )
        # Those that signed in at the beginning, and every guess since, were counted under the one address.
        left = ADDRESS_LIMIT - AT_ONCE - 3 * PERSON_LIMIT
        assert many[WRONG] <= max(0, left), f"{many[WRONG]} more were tried from one address, of {left}"
        timed = _times(world, requests) if requests else ""
    return (
        f"{AT_ONCE} posts of one code at once: {replayed[IN]} signed in; of {3 * PERSON_LIMIT} guesses at one person"
        f" {one[WRONG]} were tried (limit {PERSON_LIMIT}), of {ADDRESS_LIMIT} more from the address {many[WRONG]}"
        f" (limit {ADDRESS_LIMIT} in all);{timed} {time.monotonic() - began:.0f} s"
    )


def _at_once(guess: Guess, emails: list[str]) -> Counter[str]:
    with ThreadPoolExecutor(16) as pool:
        return Counter(pool.map(guess, emails))


# A real service


def _replayed_at(service: Service, world: World) -> Counter[str]:
    email = can_sign_in(world, person(world, Role.LEAD))
    waiting = [_given_password(service, email, PASSWORD) for _ in range(AT_ONCE)]
    forms = [(each, hidden_fields(service.ask("GET", "/sign-in/code", each.cookie).text)) for each in waiting]
    together, code = Barrier(AT_ONCE), code_now(world)

    def post(number: int) -> str:
        answer, fields = forms[number]
        together.wait(60)
        found = service.ask("POST", "/sign-in/code", answer.cookie, {**_texts(fields), "code": code})
        return IN if service.ask("GET", "/account", found.cookie).status == 200 else WRONG

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(post, range(AT_ONCE)))


def _guess_at(service: Service) -> Guess:
    def guess(email: str) -> str:
        answer = _given_password(service, email, "a wrong password")
        return {422: WRONG, 429: TOO_MANY}.get(answer.status, IN)

    return guess


def _given_password(service: Service, email: str, password: str) -> Answer:
    page = service.ask("GET", "/sign-in")
    typed = {**_texts(hidden_fields(page.text)), "email": email, "password": password}
    return service.ask("POST", "/sign-in", page.cookie, typed)


def _texts(fields: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in fields.items()}


# Four openings in one process


def _opened(place: Installed, stack: ExitStack) -> list[World]:
    worlds = [place.opened(utc_now) for _ in range(WORKERS)]
    for each in worlds:
        stack.callback(each.database.close)
    return worlds


def _replayed_in(worlds: list[World]) -> Counter[str]:
    email = can_sign_in(worlds[0], person(worlds[0], Role.LEAD))
    waiting = [
        give_password(worlds[number % WORKERS], email, PASSWORD, "192.0.2.1") for number in range(AT_ONCE)
    ]
    together, code = Barrier(AT_ONCE), code_now(worlds[0])

    def post(number: int) -> str:
        together.wait(60)
        try:
            give_code(worlds[number % WORKERS], waiting[number], code)
        except (Refused, TooMany):
            return WRONG
        return IN

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(post, range(AT_ONCE)))


def _guess_in(worlds: list[World]) -> Guess:
    turn = count()

    def guess(email: str) -> str:
        try:
            give_password(worlds[next(turn) % WORKERS], email, "a wrong password", "192.0.2.1")
        except TooMany:
            return TOO_MANY
        except Refused:
            return WRONG
        return IN

    return guess


# Times


def _times(world: World, requests: int) -> str:
    """A wrong password for somebody who is there, and for somebody who is not; nobody is stopped meanwhile."""
    email = can_sign_in(world, person(world, Role.LEAD))
    turn = count()

    def wrong(address: str) -> Callable[[], object]:
        def ask() -> None:
            try:
                give_password(world, address, "a wrong password", f"198.51.100.{next(turn) % 250}")
            except Refused:
                return
            raise AssertionError("a wrong password signed in")

        return ask

    with (
        patch("clearinghouse.casework.sign_in.sessions.PERSON_LIMIT", 10**9),
        patch("clearinghouse.casework.sign_in.sessions.ADDRESS_LIMIT", 10**9),
    ):
        share = told_apart(wrong(email), wrong("nobody@clearinghouse.example"), requests)
    assert LOW <= share <= HIGH, f"the times tell who is known, AUC {share:.3f}"
    return f" known against unknown: AUC {share:.3f} over {requests:,};"
