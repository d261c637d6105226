"""The Merkle log: it holds every event once, signs what it holds, and neither shrinks nor changes unseen."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.log import (
    begin_new_log,
    keep_log,
    log_key_of,
    prove_event,
    prove_growth,
    signed_tree,
)
from clearinghouse.casework.upkeep.checkup import Finding, check_up
from clearinghouse.casework.verification import FromOutside, verify
from clearinghouse.casework.world import World
from clearinghouse.records.ledger import LedgerEvent
from clearinghouse.records.log import LogCheckpoint, LogLeaf, append_new_events
from clearinghouse.vault.errors import KeysError, LogForked
from clearinghouse.vault.leaves import event_leaf
from clearinghouse.vault.merkle import check_consistency, check_inclusion
from clearinghouse.vault.notes import (
    Checkpoint,
    Note,
    read_checkpoint,
    read_note,
    read_verifier,
    sign,
    verified,
)
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.factories.statements import statements
from tests.worlds import Clock, make_world, settings_for


def something_happens(world: World, times: int = 1) -> None:
    """Concerns are logged."""
    associate, council = person(world, Role.ASSOCIATE), authority(world)
    person(world, Role.LEAD)
    for _ in range(times):
        logged_case(world, associate, council)


def events_of(world: World) -> dict[str, bytes]:
    with world.reading(OPERATOR) as work:
        return {row.id: row.hash for row in work.session.scalars(select(LedgerEvent))}


def leaves_of(world: World) -> list[tuple[str | None, bytes]]:
    with world.reading(OPERATOR) as work:
        query = select(LogLeaf).order_by(LogLeaf.position)
        return [(row.event_id, row.hash) for row in work.session.scalars(query)]


def tree_of(world: World) -> tuple[Checkpoint, str]:
    found = signed_tree(world)
    assert found is not None
    return read_checkpoint(read_note(found.note)), found.key


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an installation whose log was signed three times."""
    home = tmp_path_factory.mktemp("logged") / "home"
    world = make_world(home, None, Clock())
    for _ in range(3):
        something_happens(world)
        keep_log(world)
    world.database.close()
    return home


@pytest.fixture
def logged(kept: Path, tmp_path: Path) -> Iterator[World]:
    """The same, to do something with."""
    shutil.copytree(kept, tmp_path / "home")
    world = open_installation(settings_for(tmp_path / "home"), Clock())
    yield world
    world.database.close()


def change(world: World, statement: str, *values: object) -> None:
    """Change the database as somebody with the file would."""
    with closing(sqlite3.connect(str(world.database.engine.url.database))) as connection, connection:
        assert connection.execute(statement, values).rowcount > 0


def test_every_event_stands_in_the_log_once_and_is_signed(world: World) -> None:
    """An event that no checkpoint covers could be changed unseen."""
    something_happens(world, 3)
    told = keep_log(world)
    events = events_of(world)
    assert told.events == len(events)
    assert sorted(each for each, _ in leaves_of(world) if each) == sorted(events)
    assert {each: leaf for each, leaf in leaves_of(world) if each} == {
        each: event_leaf(hashed) for each, hashed in events.items()
    }
    said, key = tree_of(world)
    assert said.size == told.signed == len(leaves_of(world))
    found = signed_tree(world)
    assert found is not None
    assert verified(read_note(found.note), [read_verifier(key)])
    assert found.after == 0
    assert verify(world).faults == ()


def test_nothing_new_is_not_signed_again(world: World) -> None:
    """A checkpoint a minute of the same tree would bury those that say something."""
    something_happens(world)
    keep_log(world)
    before = tree_of(world)
    assert keep_log(world).signed is None
    assert tree_of(world) == before
    something_happens(world)
    found = signed_tree(world)
    assert found is not None
    assert found.after > 0


def test_many_batches_make_one_log(world: World) -> None:
    """After an outage there is more than one batch to append; no event of a long stream may be passed over."""
    something_happens(world, 3)
    with world.unit_of_work(OPERATOR) as work:
        first = append_new_events(work.session, most=4)
    assert first is not None
    assert first.events == 4
    while True:
        with world.unit_of_work(OPERATOR) as work:
            more = append_new_events(work.session, most=4)
        assert more is not None
        if not more.events:
            break
    keep_log(world)
    assert len([each for each, _ in leaves_of(world) if each]) == len(events_of(world))
    assert verify(world).faults == ()


def test_an_event_and_the_growth_of_the_log_can_be_proved_to_somebody_outside(world: World) -> None:
    """A regulator has the checkpoint and the key, and nothing else of ours."""
    something_happens(world)
    keep_log(world)
    earlier, _ = tree_of(world)
    something_happens(world)
    keep_log(world)
    later, _ = tree_of(world)
    for event_id, hashed in events_of(world).items():
        proof = prove_event(world, UUID(event_id))
        assert proof.event_hash == hashed
        check_inclusion(later.root, later.size, proof.position, event_leaf(hashed), proof.path)
    growth = prove_growth(world, earlier.size)
    assert read_checkpoint(read_note(growth.checkpoint)) == later
    check_consistency(earlier.size, earlier.root, later.size, later.root, growth.path)
    assert prove_growth(world, 0).path == prove_growth(world, later.size).path == ()


def test_what_is_not_in_a_checkpoint_has_no_proof(world: World) -> None:
    """A proof against no checkpoint proves nothing."""
    something_happens(world)
    known = next(iter(events_of(world)))
    with pytest.raises(NotFound):
        prove_event(world, UUID(known))
    keep_log(world)
    with pytest.raises(NotFound):
        prove_event(world, UUID(int=7))
    with pytest.raises(NotFound):
        prove_growth(world, 10**6)


def test_a_process_without_the_key_keeps_no_log(sqlite_world: World) -> None:
    """Web processes need not hold the log's key, and then cannot sign with it."""
    something_happens(sqlite_world)
    sqlite_world.log_key_file.unlink()
    assert keep_log(sqlite_world).signed is None
    assert leaves_of(sqlite_world) == []
    with pytest.raises(KeysError, match="no log key"):
        signed_tree(sqlite_world)


def test_a_crash_before_the_checkpoint_is_kept_signs_it_again(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signer's record is ahead of the database then; it must not look like a fork."""
    something_happens(sqlite_world)
    monkeypatch.setattr("clearinghouse.casework.log.sign", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        keep_log(sqlite_world)
    monkeypatch.undo()
    assert keep_log(sqlite_world).signed == len(leaves_of(sqlite_world))
    assert verify(sqlite_world).faults == ()


def test_the_signer_goes_on_without_its_record_from_what_the_last_checkpoint_proves(logged: World) -> None:
    """A lost record must not stop the log; a database that was changed meanwhile must."""
    key = log_key_of(logged)
    assert key is not None
    key.record.unlink()
    something_happens(logged)
    assert keep_log(logged).signed
    key.record.unlink()
    something_happens(logged)
    change(logged, "UPDATE log_leaves SET hash = ? WHERE position = 1", bytes(32))
    with pytest.raises(LogForked):
        keep_log(logged)


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (
            "UPDATE log_leaves SET hash = ? WHERE position = (SELECT max(position) FROM log_leaves)",
            (bytes(32),),
        ),
        ("DELETE FROM log_leaves WHERE position = (SELECT max(position) FROM log_leaves)", ()),
        ("UPDATE log_tree SET roots = zeroblob(length(roots))", ()),
        ("UPDATE log_tree SET size = 1, roots = ?", (bytes(32),)),
    ],
)
def test_another_history_is_never_signed(logged: World, statement: str, values: tuple[object, ...]) -> None:
    """Who can write the database could otherwise have a forked log signed by its own key."""
    something_happens(logged)
    with logged.unit_of_work(OPERATOR) as work:
        append_new_events(work.session)
    change(logged, statement, *values)
    with pytest.raises((LogForked, ValueError)):
        keep_log(logged)


def test_an_event_that_does_not_follow_is_not_appended_and_the_others_are(logged: World) -> None:
    """One altered stream must neither enter the log nor keep the others out of it."""
    something_happens(logged, 2)
    new = "SELECT id FROM ledger_events WHERE id NOT IN (SELECT event_id FROM log_leaves WHERE event_id NOTNULL)"
    change(logged, f"UPDATE ledger_events SET body = body || ' ' WHERE id = ({new} ORDER BY seq LIMIT 1)")
    with pytest.raises(LogForked, match="do not go on"):
        keep_log(logged)
    events = events_of(logged)
    held = {each for each, _ in leaves_of(logged) if each}
    assert held < set(events)
    assert len(events) - len(held) < 6
    found = signed_tree(logged)
    assert found is not None
    assert found.after == len(events) - len(held)


LEAF = "WHERE position = 2"


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (f"UPDATE log_leaves SET hash = ? {LEAF}", (bytes(32),)),
        (f"UPDATE log_leaves SET hash = 'text' {LEAF}", ()),
        (f"UPDATE log_leaves SET event_id = NULL {LEAF}", ()),
        (f"UPDATE log_leaves SET event_id = 'nobody' {LEAF}", ()),
        (f"UPDATE log_leaves SET position = -1 {LEAF}", ()),
        (f"DELETE FROM log_leaves {LEAF}", ()),
        ("DELETE FROM log_leaves WHERE position = (SELECT max(position) FROM log_leaves)", ()),
        ("DELETE FROM log_leaves WHERE event_id IS NULL", ()),
        (
            "UPDATE log_streams SET seq = seq + 1 WHERE stream_id = (SELECT min(stream_id) FROM log_streams)",
            (),
        ),
        ("DELETE FROM log_streams WHERE stream_id = (SELECT min(stream_id) FROM log_streams)", ()),
        ("UPDATE log_tree SET size = size + 1", ()),
        ("UPDATE log_tree SET roots = 'text'", ()),
        ("DELETE FROM log_tree", ()),
        (
            "UPDATE log_checkpoints SET size = size + 1 WHERE size = (SELECT max(size) FROM log_checkpoints)",
            (),
        ),
        ("UPDATE log_checkpoints SET note = replace(note, 'a', 'b')", ()),
        ("UPDATE log_checkpoints SET note = 'text'", ()),
    ],
)
def test_every_change_to_the_log_is_found(logged: World, statement: str, values: tuple[object, ...]) -> None:
    """What proves that history was not rewritten must not itself be rewritten unseen."""
    assert verify(logged).faults == ()
    change(logged, statement, *values)
    assert verify(logged).faults


def rewritten(world: World) -> Iterator[None]:
    """Take the last event of every stream off, with everything that says it was there."""
    with closing(sqlite3.connect(str(world.database.engine.url.database))) as connection, connection:
        connection.executescript(
            """
            DELETE FROM ledger_events WHERE id IN (
                SELECT e.id FROM ledger_events e JOIN ledger_heads h USING (stream_id) WHERE e.seq = h.seq);
            UPDATE ledger_heads SET seq = seq - 1, hash = coalesce(
                (SELECT hash FROM ledger_events e WHERE e.stream_id = ledger_heads.stream_id
                 ORDER BY seq DESC LIMIT 1), zeroblob(32));
            DELETE FROM ledger_heads WHERE seq = 0;
            DELETE FROM log_leaves; DELETE FROM log_streams; DELETE FROM log_tree; DELETE FROM log_checkpoints;
            """
        )
    yield


def test_a_rewritten_history_is_found_by_the_signers_record_and_by_a_checkpoint_from_outside(
    logged: World,
) -> None:
    """Hash chains alone can be computed anew; this is what the log adds to them."""
    outside = signed_tree(logged)
    assert outside is not None
    next(rewritten(logged))
    assert any("signed" in fault.words for fault in verify(logged).faults)
    with pytest.raises(LogForked):
        keep_log(logged)
    key = log_key_of(logged)
    assert key is not None
    key.record.unlink()  # a malicious host takes the record away too, and lets the log be signed anew
    keep_log(logged)
    assert all("log" not in fault.where for fault in verify(logged).faults)
    assert any(
        "that was given" in fault.where for fault in verify(logged, FromOutside([outside.note])).faults
    )


def test_a_checkpoint_of_somebody_else_is_not_taken_for_ours(logged: World) -> None:
    """Otherwise a forged checkpoint would make an honest log look rewritten, or the other way round."""
    key = log_key_of(logged)
    assert key is not None
    said, _ = tree_of(logged)
    another = sign(Checkpoint("another/log", said.size, said.root).text, key.signer)
    for note in (another, Note(said.text, ("\u2014 nobody AAAA",))):
        faults = verify(logged, FromOutside([str(note)])).faults
        assert [fault.where for fault in faults] == ["checkpoint 1 that was given"]


def test_a_checkpoint_kept_by_itself_is_in_the_database(logged: World) -> None:
    """Three rounds, three checkpoints."""
    with logged.reading(OPERATOR) as work:
        assert len(work.session.scalars(select(LogCheckpoint)).all()) == 3


def test_after_a_restore_from_an_older_backup_another_log_begins(logged: World, tmp_path: Path) -> None:
    """The signer would otherwise refuse for ever, or, worse, sign the shorter history under the same name."""
    database = Path(str(logged.database.engine.url.database))
    logged.database.close()
    backup = tmp_path / "backup"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("VACUUM INTO ?", (str(backup),))
    something_happens(logged)
    keep_log(logged)
    former = signed_tree(logged)
    logged.database.close()
    for file in database.parent.iterdir():
        file.unlink()
    backup.rename(database)
    something_happens(logged)
    with pytest.raises(LogForked):
        keep_log(logged)
    key, aside = begin_new_log(logged)
    keep_log(logged)
    found = signed_tree(logged)
    assert former is not None
    assert found is not None
    assert (found.key, aside.exists()) == (key, True)
    assert read_verifier(key).name == read_verifier(former.key).name + "#2"
    assert verify(logged).faults == ()
    assert verify(logged, FromOutside([former.note])).faults != ()


def test_the_check_up_finds_that_nobody_signs(logged: World, tmp_path: Path) -> None:
    """Where no clock can read the key, the log stops without a word otherwise."""
    settings = settings_for(tmp_path / "home")

    def finding() -> Finding:
        (found,) = (each for each in check_up(settings) if each.subject == "log")
        return found

    something_happens(logged)  # at the instant of the test's clock, which lies ahead of the check-up's
    change(logged, "UPDATE ledger_events SET at = '2026-01-01' || substr(at, 11)")
    assert finding().mend is not None
    keep_log(logged)
    assert finding().mend is None


def test_few_statements_append_many_streams(sqlite_world: World) -> None:
    """One query for each stream would make the clock slower with every case."""
    something_happens(sqlite_world, 12)
    with statements(sqlite_world) as said, sqlite_world.unit_of_work(OPERATOR) as work:
        append_new_events(work.session)
    assert len(leaves_of(sqlite_world)) > 20
    assert len(said) < 12
