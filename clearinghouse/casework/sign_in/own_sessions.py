"""A person's own open sessions: where each was begun, coarsely, and ending one of them."""

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import delete, or_, select

from clearinghouse.access.roles import Actor
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.sign_in.sessions import IDLE, network_of
from clearinghouse.casework.world import World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.origins import Browser, SessionOrigin, System
from clearinghouse.records.people import WebSession
from clearinghouse.vault.digests import keyed_digest, token_digest

# In this order: each browser also names the ones that come after it.
_BROWSERS = (
    ("edg/", Browser.EDGE),
    ("edga/", Browser.EDGE),
    ("edgios/", Browser.EDGE),
    ("firefox/", Browser.FIREFOX),
    ("fxios/", Browser.FIREFOX),
    ("opr/", Browser.OTHER),
    ("crios/", Browser.CHROME),
    ("chrome/", Browser.CHROME),
    ("safari/", Browser.SAFARI),
)
_SYSTEMS = (
    ("android", System.ANDROID),
    ("iphone", System.IOS),
    ("ipad", System.IOS),
    ("cros ", System.CHROMEOS),
    ("windows", System.WINDOWS),
    ("mac os x", System.MACOS),
    ("linux", System.LINUX),
)


@dataclass(frozen=True)
class OwnSession:
    """One open session of one's own. `same_network` is None where nothing is known of where it was begun."""

    id: UUID
    made_at: datetime
    used_at: datetime
    browser: Browser | None
    system: System | None
    same_network: bool | None


def note_origin(world: World, token: str, agent: str, address: str) -> None:
    """Keep from what a session was begun that has just begun, and forget it of those of the person's that are over.

    Neither the browser's own words nor the address are kept.
    """
    with world.database.writing() as session:
        row = session.scalars(
            select(WebSession).where(WebSession.token_hash == token_digest(token))
        ).one_or_none()
        if row is None:
            return
        over = select(WebSession.id).where(
            WebSession.user_id == row.user_id,
            or_(WebSession.ended_at.is_not(None), WebSession.used_at <= world.now() - IDLE),
        )
        gone = delete(SessionOrigin).where(SessionOrigin.session_id.in_(over))
        session.execute(gone.execution_options(synchronize_session=False))
        session.add(
            SessionOrigin(
                session_id=row.id,
                browser=browser_of(agent),
                system=system_of(agent),
                network=_network(world, row.id, address),
            )
        )


def own_sessions(world: World, actor: Actor, address: str) -> tuple[OwnSession, ...]:
    """One's own sessions that are open now, the latest used first; `address` is where one looks from."""
    with world.reading(actor) as work:
        rows = work.session.execute(
            select(WebSession, SessionOrigin)
            .join(SessionOrigin, SessionOrigin.session_id == WebSession.id, isouter=True)
            .where(WebSession.user_id == actor.id, WebSession.complete.is_(True))
            .where(WebSession.ended_at.is_(None), WebSession.expires_at > work.now)
            .where(WebSession.used_at > work.now - IDLE)
            .order_by(WebSession.used_at.desc(), WebSession.id.desc())
        ).all()
        return tuple(_seen(world, row, origin, address) for row, origin in rows)


def end_session(world: World, actor: Actor, session_id: UUID) -> None:
    """End one of one's own sessions: its next request, at whichever process, is nobody's.

    Raises NotFound for anybody else's, and for one that has ended.
    """
    with world.unit_of_work(actor) as work:
        row = work.session.scalars(
            select(WebSession)
            .where(WebSession.id == session_id, WebSession.user_id == actor.person)
            .where(WebSession.complete.is_(True), WebSession.ended_at.is_(None))
            .with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound
        row.ended_at = work.now
        work.session.execute(delete(SessionOrigin).where(SessionOrigin.session_id == row.id))
        work.record(Event.SIGNED_OUT, Stream.USER, actor.person, session=row.id)


def browser_of(agent: str) -> Browser:
    """The kind of browser that says this of itself; it may say anything."""
    said = agent.casefold()
    return next((browser for mark, browser in _BROWSERS if mark in said), Browser.OTHER)


def system_of(agent: str) -> System:
    """The kind of system that a browser says it runs on."""
    said = agent.casefold()
    return next((system for mark, system in _SYSTEMS if mark in said), System.OTHER)


def _seen(world: World, row: WebSession, origin: SessionOrigin | None, address: str) -> OwnSession:
    if origin is None:
        return OwnSession(row.id, row.made_at, row.used_at, None, None, None)
    here = compare_digest(origin.network, _network(world, row.id, address))
    return OwnSession(row.id, row.made_at, row.used_at, origin.browser, origin.system, here)


def _network(world: World, session_id: UUID, address: str) -> bytes:
    """For one session alone: two of the same network do not look alike in the database."""
    return keyed_digest(world.web_secret, f"origin:{session_id}:{network_of(address)}")
