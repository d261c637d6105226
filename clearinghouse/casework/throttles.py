"""How often something may be tried in a quarter of an hour, counted in the database for all processes together."""

from datetime import timedelta

from sqlalchemy import delete, select
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
    key, now = _key(world, name), world.now()
    dialect = sqlite if world.database.is_sqlite else postgresql
    values = {"key": key, "window_start": now, "count": 0}
    session.execute(dialect.insert(Throttle).values(values).on_conflict_do_nothing())
    row = session.scalars(select(Throttle).where(Throttle.key == key).with_for_update()).one()
    if row.window_start + WINDOW <= now:
        row.window_start, row.count = now, 0
    if row.count >= limit:
        return False
    row.count += 1
    return True


def _key(world: World, name: str) -> bytes:
    return keyed_digest(world.web_secret, f"throttle:{name}")
