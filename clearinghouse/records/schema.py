"""The schema's revisions: where a database stands, and bringing it to the newest."""

from enum import StrEnum
from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from clearinghouse.records.database import Database
from clearinghouse.settings import resource


class State(StrEnum):
    """How a database's schema compares with this program's."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"


def state_of(database: Database) -> State:
    """Where the database stands. Raises what the driver raises where it does not answer."""
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found is None:
        return State.EMPTY
    return State.CURRENT if found == _newest() else State.BEHIND


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring the database to a revision, the newest unless another is named."""
    command.upgrade(alembic_config(database_url), revision)


def downgrade(database_url: str, revision: str) -> None:
    """Take the database back to an earlier revision."""
    command.downgrade(alembic_config(database_url), revision)


def alembic_config(database_url: str) -> Config:
    """Alembic's settings for one database."""
    config = Config()
    config.set_main_option("script_location", str(resource("migrations")).replace("%", "%%"))
    config.attributes["database_url"] = database_url
    return config


@cache
def _newest() -> str | None:
    """The revision that this program's models are; every revision is read to find it, so that is done once."""
    return ScriptDirectory(str(resource("migrations"))).get_current_head()
