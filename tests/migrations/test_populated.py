"""Installations as each landed revision left them, upgraded to the newest: nothing is lost or moved (P17).

The newest revision may still grow, so it has no snapshot yet. Whoever begins the next one first runs
`scripts/keep_snapshot` at the commit where the one before landed, and commits the file; the first test insists on it.
"""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, event

from clearinghouse.casework.cases import case_list
from clearinghouse.casework.demo.people import demo_actor
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.listing import CaseFilter
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.records import schema
from clearinghouse.records.database import Database
from clearinghouse.records.tables import METADATA
from clearinghouse.settings import Settings
from clearinghouse.web.site import build_site
from tests.migrations.beyond_the_demo import LEAD
from tests.migrations.snapshots import Snapshot, load, opened, path_of, read, stored
from tests.migrations.test_schema import BOTH, REVISIONS
from tests.servers import PostgreSQL
from tests.web.visitors import signed_in
from tests.worlds import Clock, settings_for

KEPT = sorted(path.name.removesuffix(".json.gz") for path in path_of("any").parent.glob("*.json.gz"))
# Whoever comes from the first revision goes through all: there it breaks early, midway and late.
BREAKS = [(KEPT[0], 0.1), *((each, 0.5) for each in KEPT), (KEPT[0], 0.9)]
CHANGES = ("ALTER", "CREATE", "DELETE", "DROP", "INSERT", "UPDATE")

_KILLED_WHILE_UPGRADING = """
import os, signal, sys
from sqlalchemy import Engine, event
from clearinghouse.records import schema

left = int(sys.argv[2])

def change(connection, cursor, statement, *_):
    global left
    left -= statement.lstrip().startswith(("ALTER", "CREATE", "DELETE", "DROP", "INSERT", "UPDATE"))
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(Engine, "before_cursor_execute", change)
schema.upgrade(sys.argv[1])
"""


@dataclass(frozen=True)
class Installed:
    """A snapshot's rows in a database of the snapshot's own revision."""

    snapshot: Snapshot
    settings: Settings
    changes: Mapping[str, int]
    """How many changes each revision makes on this kind of database."""

    def upgraded(self) -> World:
        """The same, at the newest revision, opened as the program opens it."""
        schema.upgrade(self.settings.database_url)
        return open_installation(self.settings, Clock(self.snapshot.filled_at))

    def rows_are_as_they_were(self, database: Database) -> None:
        """Fails where a row went, came or changed in what its revision knew of it."""
        found = stored(self.snapshot, database)
        for table, rows in self.snapshot.rows.items():
            assert found[table] == rows, f"{table} is not as it was"


@pytest.fixture(params=KEPT)
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    """The populated database of each revision that is kept."""
    return read(path_of(request.param))


@pytest.fixture(scope="session")
def changes_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, int]:
    """How many changes each revision makes."""
    return _count_changes(f"sqlite:///{tmp_path_factory.mktemp('changes') / 'clearinghouse.db'}")


@pytest.fixture(scope="session")
def changes_on_postgresql(postgresql: PostgreSQL) -> Mapping[str, int]:
    """The same there."""
    return _count_changes(postgresql.new_database())


@pytest.fixture(params=BOTH)
def installed(request: pytest.FixtureRequest, tmp_path: Path, snapshot: Snapshot) -> Installed:
    """The same in a database, on each of the two."""
    address = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else None
    settings = settings_for(tmp_path / "home", address, CLEARINGHOUSE_DEMO="1")
    settings.key_file.parent.mkdir(parents=True, mode=0o700)
    settings.key_file.touch(mode=0o600)
    settings.key_file.write_bytes(snapshot.keys)
    schema.upgrade(settings.database_url, snapshot.revision)
    database = Database(settings.database_url)
    load(snapshot, database)
    database.close()
    return Installed(snapshot, settings, request.getfixturevalue(f"changes_on_{request.param}"))


def test_every_revision_but_the_newest_has_its_populated_snapshot() -> None:
    """An upgrade from a landed revision would be tried for the first time on a real installation."""
    assert set(REVISIONS[1:]) <= set(KEPT), (
        "run scripts/keep_snapshot in a worktree of the commit where the revision landed, and commit its file here"
    )
    assert set(KEPT) <= set(REVISIONS)


def test_an_upgraded_installation_is_whole(installed: Installed) -> None:
    """One upgrade for all that is looked at: to fill the old installation takes longer than any of it."""
    world = installed.upgraded()
    no_row_is_lost_or_changed(installed, world)
    sealed_words_open_to_what_they_were(installed.snapshot, world)
    assert verify(world).faults == ()
    cases_are_there_to_work_on(installed, world)
    world.database.close()


def no_row_is_lost_or_changed(installed: Installed, world: World) -> None:
    """Nor does the schema differ from one that was made new."""
    installed.rows_are_as_they_were(world.database)
    with world.database.engine.connect() as connection:
        assert list(compare_metadata(MigrationContext.configure(connection), METADATA)) == []


def sealed_words_open_to_what_they_were(snapshot: Snapshot, world: World) -> None:
    """A column that moved, or was copied without its key, opens no more, or opens to somebody else's words."""
    assert all(count for count, _ in snapshot.opened.values()), "every sealed column has something to open"
    assert opened(world, only=snapshot.opened) == dict(snapshot.opened)


def cases_are_there_to_work_on(installed: Installed, world: World) -> None:
    """The list, each case page, and the agenda of a lead open."""
    lead = demo_actor(world, LEAD)
    site = build_site(world, installed.settings)
    site.testing = True
    visitor = signed_in(site, world, lead)
    shown = visitor.get("/cases")
    assert shown.status_code == 200
    cases = case_list(world, lead, CaseFilter()).rows
    assert cases
    for case in cases:
        assert case.reference in shown.text
        page = visitor.get(f"/cases/{case.id}")
        assert page.status_code == 200
        assert case.reference in page.text
    assert visitor.get("/agenda").status_code == 200


@pytest.mark.parametrize(("snapshot", "share"), BREAKS, indirect=["snapshot"])
def test_an_upgrade_that_breaks_off_is_done_again(installed: Installed, share: float) -> None:
    """Half a schema, or half the rows, would be neither the old installation nor the new."""
    changes = {
        revision: count
        for revision, count in installed.changes.items()
        if revision > installed.snapshot.revision
    }
    if not changes:
        pytest.skip("this is the newest revision: there is nothing to upgrade")
    address = installed.settings.database_url
    database = Database(address)
    with pytest.raises(_BrokenOff), _breaking_off(int(sum(changes.values()) * share)):
        schema.upgrade(address)
    assert schema.state_of(database) is schema.State.BEHIND
    installed.rows_are_as_they_were(database)
    # Each revision is kept or not as a whole, so that the second try begins where the first came to.
    left = sum(count for revision, count in changes.items() if revision > _stands_at(database))
    program = [sys.executable, "-c", _KILLED_WHILE_UPGRADING, address, str(int(left * share))]
    assert subprocess.run(program, check=False, cwd=Path(__file__).parents[2]).returncode == -9
    assert schema.state_of(database) is schema.State.BEHIND
    installed.rows_are_as_they_were(database)
    database.close()
    world = installed.upgraded()
    installed.rows_are_as_they_were(world.database)
    assert verify(world).faults == ()
    world.database.close()


class _BrokenOff(Exception):
    """What ends an upgrade in the middle."""


class _breaking_off:  # noqa: N801 reads as what it does
    """While it lasts, the change of that number breaks; changes are counted."""

    def __init__(self, at: int | None) -> None:
        self.at = at
        self.seen = 0

    def __enter__(self) -> "_breaking_off":
        event.listen(Engine, "before_cursor_execute", self._change)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "before_cursor_execute", self._change)

    def _change(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().startswith(CHANGES):
            self.seen += 1
            if self.seen == (self.at or 0) + 1 and self.at is not None:
                raise _BrokenOff


def _count_changes(address: str) -> dict[str, int]:
    """How many changes each revision makes on this kind of database, by an empty one."""
    changes = {}
    for revision in sorted(REVISIONS):
        with _breaking_off(None) as counted:
            schema.upgrade(address, revision)
        changes[revision] = counted.seen
    return changes


def _stands_at(database: Database) -> str:
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""
