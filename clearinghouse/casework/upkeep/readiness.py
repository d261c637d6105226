"""Whether the installation can do its work now, in names that tell a stranger nothing."""

from sqlalchemy.exc import SQLAlchemyError

from clearinghouse.casework.upkeep.health import clock_health
from clearinghouse.casework.world import World
from clearinghouse.records import schema


def unready(world: World) -> tuple[str, ...]:
    """The names of what is missing: a database that answers, this program's schema in it, a clock that still runs.

    Where no clock has ever run, pages are served all the same; `clearinghouse doctor` says so.
    """
    try:
        if schema.state_of(world.database) is not schema.State.CURRENT:
            return ("schema",)
        clock = clock_health(world)
    except SQLAlchemyError:
        return ("database",)
    return ("clock",) if clock.late and clock.last_beat else ()
