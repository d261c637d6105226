"""How often something may be tried in a quarter of an hour, counted in the database for all processes together."""

from datetime import timedelta

from sqlalchemy import case, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from clearinghouse.casework.world import World
from clearinghouse.records.people import Throttle
from clearinghouse.vault.digests import keyed_digest

WINDOW = timedelta(minutes=15)


class TooMany(Exception):
    """Tried too often: wait until the window is over."""


def count_attempt(world: World, *limits: tuple[str, int]) -> None:
    """Count one attempt under each name before it is made. Raises TooMany where a name is at its limit.

    In the order of the names, and no further than the first that is full: an address that has tried too often neither
    locks more people out nor leaves anything behind.
    """
    with world.database.writing() as session:
        free = all(_count(world, session, name, limit) for name, limit in sorted(limits))
    if not free:
        raise TooMany


def forget_attempts(world: World, session: Session, name: str) -> None:
    """Begin anew after a success."""
    session.execute(delete(Throttle).where(Throttle.key == _key(world, name)))


def _count(world: World, session: Session, name: str, limit: int) -> bool:
    """Count in one statement: another process may begin the same name's count, or forget it, in the same instant."""
    now, full = world.now(), limit + 1
    dialect = sqlite if world.database.is_sqlite else postgresql
    is_over = Throttle.window_start <= now - WINDOW
    counted = case((is_over, 1), (Throttle.count >= full, full), else_=Throttle.count + 1)
    begun = case((is_over, now), else_=Throttle.window_start)
    first = dialect.insert(Throttle).values({"key": _key(world, name), "window_start": now, "count": 1})
    attempt = first.on_conflict_do_update(
        index_elements=[Throttle.key], set_={"count": counted, "window_start": begun}
    )
    counts: int = session.scalars(attempt.returning(Throttle.count)).one()
    return counts <= limit


def _key(world: World, name: str) -> bytes:
    return keyed_digest(world.web_secret, f"throttle:{name}")
