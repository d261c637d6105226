"""The one place where a database is opened: SQLite or PostgreSQL, with sessions to read and sessions to write."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

_WRITES = "clearinghouse_writes"
_BUSY_MILLISECONDS = 30_000
_SCRUB_WAITS_MILLISECONDS = 2_000
_STATEMENTS_KEPT = 1_500
_OLDER_READERS = """
SELECT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND age(backend_xmin) >= (SELECT min(age(xmin)) FROM {0})
)"""


class Database:
    """An opened database. Writers on SQLite queue on a file lock and begin immediately: none is refused."""

    def __init__(self, url: str) -> None:
        # A statement error must not print what was typed. The pages of a demo alone ask 740 statements.
        self.engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=not url.startswith("sqlite"),
            query_cache_size=_STATEMENTS_KEPT,
        )
        self._queue: Path | None = None
        self._readers = self.engine
        if self.engine.dialect.name == "sqlite":
            path = Path(str(self.engine.url.database))
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._queue = path.with_name(path.name + ".queue")
            _set_up_sqlite(self.engine)
        else:
            self._readers = self.engine.execution_options(isolation_level="REPEATABLE READ")

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database and keeps nothing that it changes."""
        with Session(self._readers, expire_on_commit=False) as session:
            try:
                yield session
            finally:
                session.rollback()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose whole work is one transaction: kept at the end, undone by any exception."""
        engine = self.engine.execution_options(**{_WRITES: True})
        with self._turn(), Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def held_still(self) -> Iterator[None]:
        """A moment in which nobody writes to the embedded database, so that several readers see one state of it."""
        with self._turn():
            yield

    def ping(self) -> None:
        """Ask the database for one value. Raises what the driver raises where it does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def scrub(self, table: str, since: str) -> bool:
        """Take deleted and overwritten bytes of a table out of the database's own files. Whether it was done.

        It is not where somebody still reads an older state, or works on the table just now: ask again later. `since`
        names a table whose newest row was written in the transaction in question. Backups and a server's archived WAL
        keep what they have.
        """
        if self._queue is not None:
            with self._turn(), closing(self.engine.raw_connection()) as connection:
                busy, *_ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                return not busy
        with self.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            if connection.exec_driver_sql(_OLDER_READERS.format(since)).scalar_one():
                return False
            connection.exec_driver_sql(f"SET lock_timeout = '{_SCRUB_WAITS_MILLISECONDS}ms'")
            try:
                # Not a plain VACUUM: that leaves the bytes in the holes of its pages.
                connection.exec_driver_sql(f"VACUUM (FULL) {table}")
                # Values that the planner sampled before the schema told it not to. Who does not own the database is
                # refused with no more than a warning.
                connection.exec_driver_sql("VACUUM (FULL) pg_statistic")
            except OperationalError:
                return False
            finally:
                connection.exec_driver_sql("RESET lock_timeout")
            return True

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._queue is None:
            yield
            return
        handle = os.open(self._queue, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def shared_instant(session: Session) -> datetime:
    """The instant on the database's own clock, for leases: the clocks of several hosts may disagree."""
    if session.get_bind().dialect.name == "sqlite":
        said = session.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
        return datetime.fromisoformat(str(said)).replace(tzinfo=UTC)
    instant: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return instant.astimezone(UTC)


def _set_up_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours to say, see below
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {_BUSY_MILLISECONDS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
