"""Reading one state of the database with several processes, so that a verification uses every core."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from clearinghouse.records.database import Database
from clearinghouse.records.ledger import LedgerHead
from clearinghouse.vault.sealing import Vault


class Task(Protocol):
    """Something to be found out from the database; it travels to another process, and so does what it gives."""

    def __call__(self, session: Session, vault: Vault, /) -> object:
        """Find it out."""
        ...


class HelperDied(Exception):
    """A process that was helping ended before its work was done."""


class Helpers:
    """Processes that see the same state of the database as one session, and carry out tasks there."""

    def __init__(self, pipes: list[Connection]) -> None:
        self._idle = deque(pipes)
        self._busy: dict[Connection, int] = {}
        self._waiting: deque[tuple[int, Task]] = deque()
        self._done: dict[int, Any] = {}
        self._given = 0

    @property
    def number(self) -> int:
        """How many they are."""
        return len(self._idle) + len(self._busy)

    def give(self, task: Task) -> int:
        """Have a task done as soon as one of them is free. Returns the number to ask for what it gave."""
        self._given += 1
        self._waiting.append((self._given, task))
        self._hand_out()
        return self._given

    def what_came_of(self, number: int) -> Any:
        """What a task gave, once it is done. Raises what it raised."""
        while number not in self._done:
            for pipe in wait(list(self._busy)):
                if isinstance(pipe, Connection):
                    self._take(pipe)
            self._hand_out()
        gave, error = self._done.pop(number)
        if error is not None:
            raise error
        return gave

    def _take(self, pipe: Connection) -> None:
        try:
            self._done[self._busy.pop(pipe)] = pipe.recv()
        except EOFError as error:
            raise HelperDied("a process that helped to verify has ended; was it short of memory?") from error
        self._idle.append(pipe)

    def _hand_out(self) -> None:
        while self._waiting and self._idle:
            number, task = self._waiting.popleft()
            pipe = self._idle.popleft()
            pipe.send(task)
            self._busy[pipe] = number


@contextmanager
def helping(database: Database, vault: Vault, number: int) -> Iterator[list[tuple[BaseProcess, Connection]]]:
    """So many processes, before any connection of this one is open: none may be carried into another process."""
    database.close()
    context, started = get_context("fork"), list[tuple[BaseProcess, Connection]]()
    try:
        for _ in range(number):
            ours, theirs = context.Pipe()
            others = [pipe for _, pipe in started]
            process = context.Process(
                target=_help, args=(database, vault, theirs, [*others, ours]), daemon=True
            )
            process.start()
            theirs.close()
            started.append((process, ours))
        yield started
    finally:
        for helper, pipe in started:
            pipe.close()
            helper.join(10)
            if helper.is_alive():
                helper.kill()


def see_as(database: Database, session: Session, started: list[tuple[BaseProcess, Connection]]) -> Helpers:
    """Let the processes see what the session sees, which has read nothing yet."""
    pipes = [pipe for _, pipe in started]
    # On SQLite a state is that of the first reading: nobody writes until all have read.
    with database.held_still():
        session.execute(select(LedgerHead.seq).limit(1))
        state = None
        if not database.is_sqlite:
            state = session.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        for pipe in pipes:
            pipe.send(state)
        for pipe in pipes:
            if not wait([pipe], timeout=60):
                raise HelperDied("a process that was to help to verify does not read")
            pipe.recv()
    return Helpers(pipes)


def _help(database: Database, vault: Vault, pipe: Connection, others: list[Connection]) -> None:
    for each in others:
        each.close()
    own = Database(database.engine.url.render_as_string(hide_password=False))
    try:
        state = pipe.recv()
        with own.reading() as session:
            if state is not None:
                session.connection().exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{state}'")
            session.execute(select(LedgerHead.seq).limit(1))
            pipe.send(True)
            while True:
                task: Task = pipe.recv()
                try:
                    pipe.send((task(session, vault), None))
                except Exception as error:  # it is raised again where the task was given
                    pipe.send((None, error))
    except (EOFError, BrokenPipeError):
        pass  # nobody asks any more
    finally:
        own.close()
