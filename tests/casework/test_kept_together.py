"""A change and its event are kept together: where the ledger fails, nothing of what a verb did is there."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select

from clearinghouse.access.roles import Actor, Role
from clearinghouse.casework.clock import tick
from clearinghouse.casework.demo import filling, stage
from clearinghouse.casework.errors import InvariantBroken
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import Work, World
from clearinghouse.records import ledger
from clearinghouse.records.cases import Concern
from clearinghouse.records.events import Event, Stream
from clearinghouse.vault.log_key import read_log_key
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.worlds import Clock, make_world

BOOKKEEPING = {
    "drafts",
    "data_keys",
    "posts",
    "letters",
    "checkpoint_letters",
    "clock_beats",
    "outside_calls",
    "throttles",
    "web_sessions",
    "convergence_looks",
}
LOG = {"log_streams", "log_leaves", "log_tree", "log_checkpoints", "log_timestamps", "log_cosignatures"}
"""What the clock makes of the events that are there already, which is no event itself."""
WRITES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")


class LedgerDown(Exception):
    """The ledger refused an event."""


class Watch:
    """Lets the ledger fail at its n-th event, and looks at every unit of work that is carried out meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path, signed: Path) -> None:
        self.path, self.signed = path, signed
        self.fail_at, self.appended, self.failures = 0, 0, 0
        append, append_many, unit_of_work = ledger.append, ledger.append_many, World.unit_of_work

        def failing(*args: Any, **more: Any) -> UUID:
            self.appended += 1
            if self.appended == self.fail_at:
                raise LedgerDown
            return append(*args, **more)

        def failing_many(*args: Any, **more: Any) -> None:
            self.appended += 1
            append_many(*args, **more)
            if self.appended == self.fail_at:
                raise LedgerDown

        @contextmanager
        def watched(world: World, actor: Actor) -> Iterator[Work]:
            with self.kept_together(world), unit_of_work(world, actor) as work:
                yield work

        monkeypatch.setattr(ledger, "append", failing)
        monkeypatch.setattr(ledger, "append_many", failing_many)
        monkeypatch.setattr(World, "unit_of_work", watched)

    @contextmanager
    def kept_together(self, world: World) -> Iterator[None]:
        """Where the ledger failed the database is untouched; what is kept without an event is bookkeeping."""
        before, written = self.appended, set()

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if found := WRITES.match(statement):
                written.add(found[1])

        event.listen(world.database.engine, "before_cursor_execute", note)
        with closing(sqlite3.connect(self.path)) as spy:
            state = spy.execute("PRAGMA data_version").fetchone()
            try:
                yield
            except LedgerDown:
                assert spy.execute("PRAGMA data_version").fetchone() == state, "kept without its event"
                raise
            finally:
                event.remove(world.database.engine, "before_cursor_execute", note)
        if self.appended == before:
            assert written <= BOOKKEEPING | LOG

    def at_every_event(self, act: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """The act, tried with the ledger failing at its first event, its second and so on, before it is let happen."""

        def tried(given: Any) -> Any:
            with closing(sqlite3.connect(self.path)) as now, closing(sqlite3.connect(":memory:")) as saved:
                now.backup(saved)
                signed = self.signed.read_bytes() if self.signed.exists() else b""
                number = 0
                while True:
                    number += 1
                    self.fail_at, self.appended = number, 0
                    try:
                        result = act(given)
                    except LedgerDown:
                        self.failures += 1
                        saved.backup(now)
                        # Whoever signs the log remembers it apart from the database, and would call this a fork.
                        self.signed.write_bytes(signed) if signed else self.signed.unlink(missing_ok=True)
                        continue
                    assert self.appended < number, "somebody swallowed the ledger's failure"
                    self.fail_at = 0
                    return result

        return tried


def loud_tick(world: World) -> Any:
    """The clock's round, which goes on where one duty fails, and here says so."""
    found = tick(world)
    for failure in found.failures:
        raise failure.error
    return found


def test_no_verb_of_the_demo_keeps_anything_where_the_ledger_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every event of every act of the demo fails once: what is then kept would be a change that nobody can verify."""
    world = make_world(tmp_path / "home", None, Clock(), CLEARINGHOUSE_DEMO="1")
    play = filling.play
    watch = Watch(
        monkeypatch, Path(str(world.database.engine.url.database)), read_log_key(world.log_key_file).record
    )

    def play_failing(on: stage.Stage, stories: Any) -> None:
        monkeypatch.setattr(stage, "tick", watch.at_every_event(loud_tick))
        play(
            on,
            [
                replace(
                    story,
                    steps=tuple(replace(step, act=watch.at_every_event(step.act)) for step in story.steps),
                )
                for story in stories
            ],
        )

    monkeypatch.setattr(filling, "play", play_failing)
    filling.fill(world)
    assert watch.failures > 200
    assert verify(world).faults == ()
    world.database.close()


def test_what_is_sealed_without_an_event_is_not_kept(world: World) -> None:
    """A verb that forgets its event would leave words that no event vouches for."""
    lead = person(world, Role.LEAD)
    case_id = logged_case(world, lead, authority(world)).case_id
    with (
        pytest.raises(InvariantBroken, match=r"sealed without an event: concerns/.*/text_sealed"),
        world.unit_of_work(lead) as work,
    ):
        work.session.scalars(select(Concern)).one().text = "Something else."
    with world.reading(lead) as work:
        assert work.session.scalars(select(Concern)).one().text != "Something else."
    with world.unit_of_work(lead) as work:
        work.session.scalars(select(Concern)).one().text = "Something else."
        work.record(Event.CASE_CORRECTED, Stream.CASE, case_id)
    assert verify(world).faults == ()
