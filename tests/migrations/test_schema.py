"""The migrations make what the models say, and go down and up again; populated ones have a module of their own."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Inspector, inspect, text

from clearinghouse.records import schema
from clearinghouse.records.database import Database
from clearinghouse.records.tables import METADATA
from clearinghouse.settings import resource
from tests.migrations.snapshots import load, newest_kept, path_of, read
from tests.servers import PostgreSQL

REVISIONS = [
    each.revision for each in ScriptDirectory(str(resource("migrations"))).walk_revisions("base", "heads")
]
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(params=BOTH)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, on each of the two."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'data' / 'clearinghouse.sqlite3'}"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    """The same, opened."""
    database = Database(address)
    yield database
    database.close()


def description(inspector: Inspector) -> dict[str, Any]:
    """Every table as the database itself describes it, but for the order in which things were made."""

    def plain(found: Any) -> list[str]:
        return sorted(str(sorted(each.items())) for each in found)

    return {
        table: (
            [(each["name"], str(each["type"]), each["nullable"], each["default"]) for each in columns],
            inspector.get_pk_constraint(table),
            plain(inspector.get_foreign_keys(table)),
            plain(inspector.get_unique_constraints(table)),
            plain(inspector.get_indexes(table)),
            plain(inspector.get_check_constraints(table)),
        )
        for table in inspector.get_table_names()
        if table != "alembic_version"
        for columns in [sorted(inspector.get_columns(table), key=lambda each: each["name"])]
    }


def differences(connection: Connection) -> list[Any]:
    return list(compare_metadata(MigrationContext.configure(connection), METADATA))


def test_the_migrated_schema_is_what_the_models_say(address: str, database: Database) -> None:
    """A column that only the models know would fail at the first query of a real installation."""
    with database.engine.begin() as connection:
        METADATA.create_all(connection)
        said = description(inspect(connection))
        METADATA.drop_all(connection)
    schema.upgrade(address)
    with database.engine.connect() as connection:
        assert differences(connection) == []
        assert description(inspect(connection)) == said


@pytest.mark.parametrize(
    "change", ["ALTER TABLE duties DROP COLUMN reminded_at", "DROP INDEX ix_cases_due_on_id"]
)
def test_a_schema_that_lacks_something_is_found(address: str, database: Database, change: str) -> None:
    """The comparison above would otherwise prove nothing."""
    schema.upgrade(address)
    with database.engine.begin() as connection:
        connection.execute(text(change))
    with database.engine.connect() as connection:
        assert len(differences(connection)) == 1


def test_up_down_to_nothing_and_up_again_is_the_same(address: str, database: Database) -> None:
    """A downgrade that leaves something behind makes the next upgrade fail half way."""

    def now() -> dict[str, Any]:
        with database.engine.connect() as connection:
            return description(inspect(connection))

    schema.upgrade(address)
    assert schema.state_of(database) is schema.State.CURRENT
    first = now()
    schema.downgrade(address, "base")
    assert now() == {}
    assert schema.state_of(database) is schema.State.EMPTY
    schema.upgrade(address)
    assert now() == first


@pytest.fixture(scope="module", params=BOTH)
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, str]]:
    """The newest populated database that is kept, upgraded, on each of the two; and its address."""
    server: PostgreSQL | None = None
    address = f"sqlite:///{tmp_path_factory.mktemp('migrated') / 'clearinghouse.sqlite3'}"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        address = server.new_database()
    kept = read(newest_kept())
    schema.upgrade(address, kept.revision)
    database = Database(address)
    load(kept, database)
    schema.upgrade(address)
    yield database, address
    database.close()
    if server:
        server.drop_database(address)


def rows(engine: Engine, known: Collection[str] = METADATA.tables) -> dict[str, int]:
    with engine.connect() as connection:
        return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in known}


@pytest.mark.parametrize("revision", REVISIONS)
def test_going_back_keeps_what_the_earlier_revision_knew(filled: tuple[Database, str], revision: str) -> None:
    """A downgrade would take rows along that its revision has a place for. What came later it does lose."""
    database, address = filled
    before = rows(database.engine)
    database.close()
    schema.downgrade(address, revision)
    with database.engine.connect() as connection:
        known = set(inspect(connection).get_table_names()) & set(before)
    assert {name: count for name, count in rows(database.engine, known).items() if count} == {
        name: before[name] for name in known if before[name]
    }
    schema.upgrade(address)
    assert schema.state_of(database) is schema.State.CURRENT
    with database.engine.connect() as connection:
        assert differences(connection) == []


@pytest.mark.postgresql
def test_what_postgresql_sampled_of_the_keys_goes_and_does_not_come_back(postgresql_url: str) -> None:
    """Wrong if a key that was destroyed stayed behind among the values that the planner keeps of its column."""
    sampled = text(
        "SELECT count(*) FROM pg_stats WHERE tablename = 'data_keys' AND attname IN ('wrapped', 'commitment')"
    )
    database = Database(postgresql_url)

    def sample() -> int:
        with database.writing() as session:
            session.execute(text("ANALYZE data_keys"))
            return session.execute(sampled).scalar_one()

    schema.upgrade(postgresql_url, "0003")
    load(read(path_of("0003")), database)
    assert sample() == 2
    schema.upgrade(postgresql_url)
    with database.reading() as session:
        assert session.execute(sampled).scalar_one() == 0
    assert sample() == 0
    database.close()
