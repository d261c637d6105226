"""P10: a session that ended is dead at every worker from the next request on, however it ended."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Flask
from sqlalchemy import select, update

from clearinghouse.access.roles import OPERATOR, Actor, Grant, Region, Role
from clearinghouse.casework.people import accounts, invitations, resets
from clearinghouse.casework.sign_in.own_password import change_password
from clearinghouse.casework.sign_in.own_sessions import end_session
from clearinghouse.casework.sign_in.sessions import (
    ABSOLUTE,
    IDLE,
    begin_session,
    sign_out,
    sign_out_everywhere,
)
from clearinghouse.casework.world import World, utc_now
from clearinghouse.records.people import RoleGrant, User, WebSession
from clearinghouse.vault.digests import token_digest
from clearinghouse.web.site import build_site
from tests.factories.accounts import PASSWORD, can_sign_in
from tests.factories.people import person
from tests.promises.databases import installed
from tests.promises.serving import Answer, served
from tests.servers import PostgreSQL
from tests.web.visitors import Visitor
from tests.worlds import settings_for

Ask = Callable[[str, str, str, Mapping[str, str] | None], Sequence[tuple[int, str]]]
"""Method, path, cookie and fields; gives status and location from every worker."""
REPLAYS = 24


@dataclass(frozen=True)
class Held:
    """Somebody's session: its token and the cookie that carries it."""

    actor: Actor
    token: str
    cookie: str
    csrf: str


@dataclass(frozen=True)
class Office:
    """What the ways need: the world, and two administrators."""

    world: World
    first: Actor
    second: Actor

    def grant_of(self, held: Held) -> UUID:
        """The key of the role that somebody began with."""
        with self.world.reading(OPERATOR) as work:
            query = select(RoleGrant.id).where(RoleGrant.user_id == held.actor.id).order_by(RoleGrant.id)
            return work.session.scalars(query.limit(1)).one()

    def change(self, held: Held, **values: datetime) -> None:
        """Let the session have been used, or begun, earlier."""
        with self.world.database.writing() as session:
            mine = WebSession.token_hash == token_digest(held.token)
            session.execute(update(WebSession).where(mine).values(**values))


def _other_region(office: Office, held: Held) -> None:
    """A second region, and the end of the first."""
    _granted(office, held)
    accounts.end_grant(office.world, office.first, office.grant_of(held))


def _granted(office: Office, held: Held) -> None:
    grant = Grant(Role.LEAD, Region.LONDON)
    accounts.propose_grant(office.world, office.first, held.actor.person, grant)
    with office.world.reading(OPERATOR) as work:
        waits = RoleGrant.confirmed_at.is_(None), RoleGrant.user_id == held.actor.id
        proposed = work.session.scalars(select(RoleGrant.id).where(*waits)).one()
    accounts.confirm_grant(office.world, office.second, proposed)


def _reset(office: Office, held: Held) -> None:
    resets.propose_reset(office.world, office.first, held.actor.person, resets.ResetReason.LOST_DEVICE)
    (waiting,) = resets.resets_waiting(office.world, office.second)
    resets.confirm_reset(office.world, office.second, waiting.id, resets.Heard.IN_PERSON)


def _recovered(office: Office, held: Held) -> None:
    with office.world.reading(OPERATOR) as work:
        email = work.session.get_one(User, held.actor.person).email
    invitations.recover(office.world, OPERATOR, email)


def _password_changed(office: Office, held: Held) -> None:
    """From another browser of theirs: the session that changed it goes on, and no other."""
    with office.world.unit_of_work(held.actor) as work:
        elsewhere = begin_session(work, work.session.get_one(User, held.actor.person))
    change_password(office.world, held.actor, elsewhere, PASSWORD, "copper lantern meadow")


def _one_ended(office: Office, held: Held) -> None:
    with office.world.reading(OPERATOR) as work:
        mine = WebSession.token_hash == token_digest(held.token)
        session_id = work.session.scalars(select(WebSession.id).where(mine)).one()
    end_session(office.world, held.actor, session_id)


def _role_ended(office: Office, held: Held) -> None:
    accounts.end_grant(office.world, office.first, office.grant_of(held))


WAYS: Mapping[str, Callable[[Office, Held], None]] = {
    "sign-out": lambda office, held: sign_out(office.world, held.actor, held.token),
    "sign-out everywhere": lambda office, held: sign_out_everywhere(office.world, held.actor),
    "ended in the list of sessions": _one_ended,
    "password changed": _password_changed,
    "factors reset": _reset,
    "recovered from the host": _recovered,
    "suspension": lambda office, held: accounts.suspend(office.world, office.first, held.actor.person),
    "role granted": _granted,
    "role ended": _role_ended,
    "region changed": _other_region,
    "idle": lambda office, held: office.change(held, used_at=office.world.now() - IDLE),
    "absolute": lambda office, held: office.change(
        held, expires_at=office.world.now(), used_at=office.world.now()
    ),
}


def ended_is_dead(server: PostgreSQL | None, *, whole: bool = True) -> str:
    """End a session in every way, and replay its cookie; the `whole` asks a real service of two processes."""
    began = time.monotonic()
    replays = 0
    assert ABSOLUTE > IDLE
    with installed(server) as place, ExitStack() as stack:
        world = place.opened(utc_now)
        stack.callback(world.database.close)
        site = build_site(world, settings_for(place.home, place.address))
        office = Office(world, *(person(world, Role.ADMINISTRATOR, None) for _ in range(2)))
        for _ in range(3):  # so that nobody is the last of their kind
            person(world, Role.LEAD)
        if whole:
            service = stack.enter_context(served(place.home, place.address, 2))
            ask = _by_service(service.ask)
        else:
            other = place.opened(utc_now)
            stack.callback(other.database.close)
            ask = _by_sites([site, build_site(other, settings_for(place.home, place.address))])
        for name, end in WAYS.items():
            held = _held(site, world, Role.ADMINISTRATOR if end is _recovered else Role.LEAD)
            alive = ask("GET", "/account", held.cookie, None)
            assert {status for status, _ in alive} == {200}, f"{name}: the session does not live before"
            end(office, held)
            for method, path, data in (
                ("GET", "/account", None),
                ("GET", "/cases", None),
                ("POST", "/session/extend", {"csrf_token": held.csrf}),
                ("POST", "/account/calendar", {"csrf_token": held.csrf}),
            ):
                for status, location in ask(method, path, held.cookie, data):
                    replays += 1
                    gone = status in (302, 303) and location.startswith(("/sign-in", "/account/kept"))
                    assert gone, f"{name}: {method} {path} is answered with {status} {location}"
    return f"{len(WAYS)} ways to end, {replays:,} replays, each refused; {time.monotonic() - began:.0f} s"


def _held(site: Flask, world: World, role: Role) -> Held:
    actor = person(world, role)
    can_sign_in(world, actor)
    with world.unit_of_work(actor) as work:
        token = begin_session(work, work.session.get_one(User, actor.id))
    visitor = Visitor(site, actor)
    with visitor.client.session_transaction() as cookie:
        cookie["_user_id"] = token
    csrf = visitor.csrf_token()
    return Held(actor, token, visitor.cookie(), csrf)


def _by_sites(sites: Sequence[Flask]) -> Ask:
    def ask(method: str, path: str, cookie: str, data: Mapping[str, str] | None) -> Sequence[tuple[int, str]]:
        clients = [site.test_client(use_cookies=False) for site in sites]
        brought = {"Cookie": f"clearinghouse={cookie}"}
        answers = [each.open(path, method=method, data=data, headers=brought) for each in clients]
        return [(each.status_code, each.location or "") for each in answers]

    return ask


def _by_service(ask_once: Callable[..., Answer]) -> Ask:
    def ask(method: str, path: str, cookie: str, data: Mapping[str, str] | None) -> Sequence[tuple[int, str]]:
        with ThreadPoolExecutor(8) as pool:
            answers = pool.map(lambda _: ask_once(method, path, cookie, data), range(REPLAYS))
            return [(each.status, each.location) for each in answers]

    return ask
