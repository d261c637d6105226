"""Populated databases of landed revisions, kept as rows that load into either database, with the demo's own keys.

Run by `scripts/keep_snapshot`. Everything in a snapshot is fictional, the keys too: they open a demo and nothing else.
"""

import gzip
import json
import sys
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    insert,
    select,
)
from sqlalchemy.types import TypeEngine

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.demo.filling import fill
from clearinghouse.casework.world import World
from clearinghouse.jobs.ticking import run_clock
from clearinghouse.records.base import Instant
from clearinghouse.records.database import Database
from clearinghouse.records.tables import METADATA, inventory
from clearinghouse.settings import resource
from tests.migrations.beyond_the_demo import add_passkeys, go_on
from tests.worlds import Clock, make_world

FOLDER = Path(__file__).parent / "populated"
_AT_ONCE = 500
_KINDS: Mapping[str, TypeEngine[Any]] = {
    "uuid": Uuid(),
    "instant": Instant(),
    "date": Date(),
    "bytes": LargeBinary(),
    "json": JSON(),
    "bool": Boolean(),
    "int": Integer(),
    "float": Float(),
    "text": String(),
}


@dataclass(frozen=True)
class Snapshot:
    """One revision's database: its tables in an order that loads, and what its sealed columns opened to then.

    `opened` maps `table.column` to the number of its values and the digest of them all.
    """

    revision: str
    filled_at: datetime
    keys: bytes
    tables: Mapping[str, Mapping[str, str]]
    rows: Mapping[str, list[dict[str, Any]]]
    opened: Mapping[str, tuple[int, str]]


def head() -> str:
    """The newest revision of this checkout."""
    return str(ScriptDirectory(str(resource("migrations"))).get_current_head())


def path_of(revision: str, folder: Path = FOLDER) -> Path:
    """Where a revision's snapshot stands."""
    return folder / f"{revision}.json.gz"


def newest_kept() -> Path:
    """The snapshot of the newest revision that has one."""
    return max(FOLDER.glob("*.json.gz"))


def keep(folder: Path) -> Path:
    """Fill a demo at the newest revision and keep its rows; gives the file."""
    with tempfile.TemporaryDirectory() as home:
        clock = Clock()
        world = make_world(Path(home) / "home", None, clock, CLEARINGHOUSE_DEMO="1")
        fill(world)
        go_on(world)
        add_passkeys(world)
        if not run_clock(world, once=True):
            raise SystemExit("the clock's round broke, as its log says")
        words = opened(world)
        if empty := sorted(name for name, (count, _) in words.items() if not count):
            raise SystemExit(f"beyond_the_demo.py must write something into {', '.join(empty)}")
        content = {
            "revision": head(),
            "filled_at": clock.instant.isoformat(),
            "keys": b64encode((Path(home) / "home" / "keys" / "clearinghouse.keys").read_bytes()).decode(),
            "tables": [_kept(world.database, table) for table in METADATA.sorted_tables],
            "opened": words,
        }
        world.database.close()
    folder.mkdir(parents=True, exist_ok=True)
    target = path_of(head(), folder)
    target.write_bytes(gzip.compress(json.dumps(content, separators=(",", ":")).encode(), mtime=0))
    return target


def read(path: Path) -> Snapshot:
    """A snapshot out of its file."""
    content = json.loads(gzip.decompress(path.read_bytes()))
    tables = {each["name"]: each["columns"] for each in content["tables"]}
    return Snapshot(
        revision=content["revision"],
        filled_at=datetime.fromisoformat(content["filled_at"]),
        keys=b64decode(content["keys"]),
        tables=tables,
        rows={each["name"]: list(_decoded(each)) for each in content["tables"]},
        opened={name: (count, digest) for name, (count, digest) in content["opened"].items()},
    )


def load(snapshot: Snapshot, database: Database) -> None:
    """Put the rows into a database that stands, empty, at the snapshot's revision."""
    with database.writing() as session:
        for table in _tables(snapshot):
            rows = snapshot.rows[table.name]
            for start in range(0, len(rows), _AT_ONCE):
                session.execute(insert(table), rows[start : start + _AT_ONCE])


def stored(snapshot: Snapshot, database: Database) -> dict[str, list[dict[str, Any]]]:
    """What stands now in the tables and columns that the snapshot knows, in the snapshot's order of rows."""
    found: dict[str, list[dict[str, Any]]] = {}
    with database.reading() as session:
        for table in _tables(snapshot):
            places = {_identity(row): place for place, row in enumerate(snapshot.rows[table.name])}
            rows = [dict(row) for row in session.execute(select(table)).mappings()]
            found[table.name] = sorted(rows, key=lambda row: places.get(_identity(row), len(places)))
    return found


def opened(world: World, only: Mapping[str, object] | None = None) -> dict[str, tuple[int, str]]:
    """How many values each sealed column holds and the digest of their plain words; of all columns, or of `only`."""
    found = {}
    with world.reading(OPERATOR) as work:
        for each in inventory():
            name = f"{each.row.__tablename__}.{each.sealed.column}"
            if only is not None and name not in only:
                continue
            rows = work.session.scalars(select(each.row)).all()
            words = {str(row.id): each.sealed.__get__(row, each.row) for row in rows}
            filled = sorted((key, text) for key, text in words.items() if text)
            digest = sha256(json.dumps(filled).encode()).hexdigest()
            found[name] = (len(filled), digest)
    return found


def _kept(database: Database, table: Table) -> dict[str, Any]:
    with database.reading() as session:
        rows = session.execute(select(table).order_by(*table.primary_key.columns)).all()
    return {
        "name": table.name,
        "columns": {column.name: _kind(column) for column in table.columns},
        "rows": [[_encoded(value) for value in row] for row in rows],
    }


def _kind(column: Column[Any]) -> str:
    # Enumerations are strings to a database, and none of their words may change without a migration.
    kinds = (name for name, kind in _KINDS.items() if isinstance(column.type, type(kind)))
    return next(kinds)


def _encoded(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _decoded(table: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    readers = {
        "uuid": UUID,
        "instant": datetime.fromisoformat,
        "date": date.fromisoformat,
        "bytes": b64decode,
    }
    for row in table["rows"]:
        yield {
            name: value if value is None or kind not in readers else readers[kind](value)
            for (name, kind), value in zip(table["columns"].items(), row, strict=True)
        }


def _tables(snapshot: Snapshot) -> list[Table]:
    known = MetaData()
    return [
        Table(name, known, *(Column(column, _KINDS[kind]) for column, kind in columns.items()))
        for name, columns in snapshot.tables.items()
    ]


def _identity(row: Mapping[str, Any]) -> str:
    """What tells one row of a table from another: its id, or in a table without one all that it says."""
    return str(row["id"]) if "id" in row else repr(list(row.values()))


if __name__ == "__main__":
    print(keep(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
