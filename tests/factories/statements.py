"""What is said to a database: alike where nothing may be told by the time that something takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from clearinghouse.casework.world import World


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """Every statement, in order, until the block ends; without what each process asks once a second, whoever acts."""
    said: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if "tombstones" not in statement:
            said.append(statement)

    event.listen(world.database.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(world.database.engine, "before_cursor_execute", note)
