"""Whether the installation can do its work: the database answers, the clock runs, mail leaves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select

from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.installation import NotReady, Problem, check_schema
from clearinghouse.casework.letters import letters_waiting
from clearinghouse.casework.world import World
from clearinghouse.records.database import shared_instant
from clearinghouse.records.duties import ClockBeat

LATE_AFTER = timedelta(minutes=2)
_FORGOTTEN_AFTER = timedelta(days=1)


class Part(StrEnum):
    """What can be out of order."""

    DATABASE = "database"
    CLOCK = "clock"
    MAIL = "mail"


@dataclass(frozen=True)
class HealthProblem(Problem):
    """A problem of a running installation. Without mail it can still be ready: letters wait."""

    part: Part

    @property
    def keeps_from_work(self) -> bool:
        """Whether the installation must not call itself ready."""
        return self.part is not Part.MAIL


@dataclass(frozen=True)
class ClockHealth:
    """When any clock process last finished a round, on the database's clock, and whether that is too long ago."""

    last_beat: datetime | None
    late: bool


def problems(world: World) -> tuple[HealthProblem, ...]:
    """Everything that is out of order now, each with how to mend it."""
    try:
        check_schema(world.database)
    except NotReady as error:
        return (HealthProblem(error.problem.what, error.problem.mend, Part.DATABASE),)
    found = []
    if clock_health(world).late:
        mend = "start 'clearinghouse clock', or serve with --with-clock"
        found.append(
            HealthProblem("the clock does not run: nothing is raised when it falls due", mend, Part.CLOCK)
        )
    if world.mail is None and (waiting := letters_waiting(world)):
        what = f"no mail is sent, and {waiting:,} {'letter waits' if waiting == 1 else 'letters wait'}"
        found.append(HealthProblem(what, "set CLEARINGHOUSE_SMTP_URL for the clock", Part.MAIL))
    return tuple(found)


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
