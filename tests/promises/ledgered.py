"""P13: every write stands in the ledger or is not done, by refusing each of the ledger's inserts once."""

import inspect
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, event

from clearinghouse.casework.demo.filling import fill
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from tests.migrations.beyond_the_demo import go_on
from tests.promises.databases import installed
from tests.servers import PostgreSQL

_CASEWORK = "clearinghouse.casework."
_CALLERS = (_CASEWORK, "tests.")
_LEDGER = "ledger_events"
_CHANGES = ("INSERT", "UPDATE", "DELETE")
# Forms that somebody has begun, tries that are counted, and what is made out of the ledger or the cases themselves.
_WITHOUT_EVENTS = {
    frozenset({"data_keys", "drafts"}),
    frozenset({"convergence_looks"}),
    frozenset({"throttles"}),
    # An answer's event would say when it was given (decision 027).
    frozenset({"questionnaires", "questionnaire_links", "questionnaire_rounds"}),
    frozenset({"log_checkpoints"}),
    frozenset({"log_leaves", "log_streams", "log_tree"}),
    frozenset({"authorities"}),  # a factory of the tests writes its councils by itself
}


class LedgerFull(Exception):
    """What a disk says that takes no more."""


@dataclass
class Refusing:
    """Refuses the nth insert into the ledger, and watches what the database is then told to keep.

    `kept` are the tables of each transaction that was kept although its event was refused; `unledgered` those of
    each that wrote no event at all; `swallowed` the verbs that went on as if nothing had been refused.
    """

    at: int | None = None
    seen: int = 0
    refused: int = 0
    verbs: Counter[str] = field(default_factory=Counter)
    kept: list[frozenset[str]] = field(default_factory=list)
    unledgered: set[frozenset[str]] = field(default_factory=set)
    swallowed: list[str] = field(default_factory=list)

    def tried(self, verb: Callable[..., Any]) -> Callable[..., Any]:
        """The verb, each of whose inserts into the ledger is refused once before it is let through."""

        @wraps(verb)
        def attempt(*given: Any, **named: Any) -> Any:
            if self.at is not None:
                return verb(*given, **named)
            self.at = 1
            try:
                while True:
                    self.seen, before = 0, self.refused
                    try:
                        done = verb(*given, **named)
                    except LedgerFull:
                        self.at += 1
                        self.verbs[verb.__name__] += 1
                        continue
                    if self.refused > before:
                        self.swallowed.append(verb.__name__)
                    return done
            finally:
                self.at = None

        return attempt

    @contextmanager
    def watching(self, engine: Engine) -> Iterator[None]:
        """Listen to what goes to the database."""

        def stated(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
            words = statement.split(None, 3)
            if not words or words[0] not in _CHANGES:
                return
            table = words[1 if words[0] == "UPDATE" else 2].strip('"')
            connection.info.setdefault("written", set()).add(table)
            if table == _LEDGER and words[0] == "INSERT" and self.at is not None:
                self.seen += 1
                if self.seen == self.at:
                    self.refused += 1
                    connection.info["refused"] = True
                    raise LedgerFull

        def kept(connection: Connection) -> None:
            written = frozenset(connection.info.pop("written", ()))
            if connection.info.pop("refused", False):
                self.kept.append(written)
            elif written and _LEDGER not in written:
                self.unledgered.add(written)

        def undone(connection: Connection) -> None:
            connection.info.pop("written", None)
            connection.info.pop("refused", None)

        hears = (("before_cursor_execute", stated), ("commit", kept), ("rollback", undone))
        for name, hear in hears:
            event.listen(engine, name, hear)
        try:
            yield
        finally:
            for name, hear in hears:
                event.remove(engine, name, hear)


def ledgered_or_not_done(server: PostgreSQL | None) -> str:
    """The whole demo, and what goes beyond it, from an empty installation."""
    with installed(server, CLEARINGHOUSE_DEMO="1") as place:
        return every_write_is_ledgered(place.world, _all_stories)


def every_write_is_ledgered(world: World, stories: Callable[[World], object]) -> str:
    """Play the stories with every insert into the ledger refused once; gives the figure that was reached."""
    began = time.monotonic()
    refusing = Refusing()
    with refusing.watching(world.database.engine), _each_verb(refusing):
        stories(world)
    assert refusing.refused, "nothing was refused"
    assert refusing.kept == [], "kept without its event"
    assert refusing.swallowed == [], "went on without its event"
    assert refusing.unledgered <= _WITHOUT_EVENTS, (
        f"written without an event: {refusing.unledgered - _WITHOUT_EVENTS}"
    )
    assert not verify(world).faults
    return (
        f"{refusing.refused:,} inserts into the ledger refused in {len(refusing.verbs)} verbs, nothing kept of any;"
        f" {time.monotonic() - began:.0f} s"
    )


def _all_stories(world: World) -> None:
    fill(world)
    go_on(world)


@contextmanager
def _each_verb(refusing: Refusing) -> Iterator[None]:
    """Put the tried verb in the place of each, wherever it was imported."""
    verbs = {verb: refusing.tried(verb) for module in _modules(_CASEWORK) for verb in _verbs(module)}
    put: list[tuple[ModuleType, str, Callable[..., Any]]] = []
    for module in _modules(*_CALLERS):
        for name, value in list(vars(module).items()):
            if inspect.isfunction(value) and value in verbs:
                setattr(module, name, verbs[value])
                put.append((module, name, value))
    try:
        yield
    finally:
        for module, name, value in put:
            setattr(module, name, value)


def _modules(*prefixes: str) -> list[ModuleType]:
    return [module for name, module in list(sys.modules.items()) if name.startswith(prefixes)]


def _verbs(module: ModuleType) -> list[Callable[..., Any]]:
    return [
        value
        for value in vars(module).values()
        if inspect.isfunction(value)
        and value.__module__ == module.__name__
        and ".demo" not in value.__module__
        and "unit_of_work(" in inspect.getsource(value)
        and not inspect.isgeneratorfunction(inspect.unwrap(value))
    ]
