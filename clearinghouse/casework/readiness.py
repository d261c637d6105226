"""Whether a serving process can do its work now, in names that tell a stranger nothing."""

from sqlalchemy.exc import SQLAlchemyError

from clearinghouse.casework.world import World
from clearinghouse.records import schema


def unready(world: World) -> tuple[str, ...]:
    """The names of what is missing: the database that does not answer, or its schema that is not this program's."""
    try:
        state = schema.state_of(world.database)
    except SQLAlchemyError:
        return ("database",)
    return () if state is schema.State.CURRENT else ("schema",)
