"""Whether the clock lives: the beat that each of its processes leaves after a whole round."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.world import World
from clearinghouse.records.database import shared_instant
from clearinghouse.records.duties import ClockBeat

LATE_AFTER = timedelta(minutes=2)
_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class ClockHealth:
    """When any clock process last finished a round, on the database's clock, and whether that is too long ago."""

    last_beat: datetime | None
    late: bool


def clock_health(world: World) -> ClockHealth:
    """Whether the clock runs. One that never finished a round is late."""
    with world.reading(CLOCK) as work:
        last = work.session.scalars(
            select(ClockBeat.beat_at).order_by(ClockBeat.beat_at.desc()).limit(1)
        ).first()
        return ClockHealth(last, late=last is None or shared_instant(work.session) - last > LATE_AFTER)


def beat(world: World, clock: str) -> None:
    """Keep that a clock process has finished a round, and forget the processes that are long gone."""
    with world.unit_of_work(CLOCK) as work:
        now = shared_instant(work.session)
        work.session.merge(ClockBeat(clock=clock, beat_at=now))
        work.session.execute(delete(ClockBeat).where(ClockBeat.beat_at < now - _FORGOTTEN_AFTER))
