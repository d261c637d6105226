"""What is read from the log: from which leaf to which, behind which size, and before which instant."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.world import World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.ledger import follows
from clearinghouse.records.log import (
    Appended,
    LogCheckpoint,
    LogStream,
    LogTree,
    append_new_events,
    frontier_of,
    hold_tree,
    last_checkpoint,
    leaves_from,
    logged_after,
    map_of_ends,
    split_hashes,
    unlogged,
    unsigned_before,
)
from clearinghouse.vault.leaves import NOTHING_BEFORE, event_hash, event_leaf, heads_leaf
from clearinghouse.vault.merkle import root_of
from tests.worlds import Clock

ONE, OTHER = UUID(int=1), UUID(int=2)


def happened(world: World, *streams: UUID) -> None:
    for stream in streams:
        with world.unit_of_work(OPERATOR) as work:
            work.record(Event.CASE_OPENED, Stream.CASE, stream)


def append(world: World, most: int) -> Appended | None:
    with world.unit_of_work(OPERATOR) as work:
        return append_new_events(work.session, most)


def test_a_round_takes_so_many_events_and_then_a_leaf_for_the_ends(world: World) -> None:
    """An event too many, too few, or out of its order, and the log is not what was said of it."""
    with world.unit_of_work(OPERATOR) as work:
        assert hold_tree(work.session) is None
        before = unlogged(work.session)
    happened(world, ONE, ONE, OTHER)
    assert append(world, 10) == Appended(before + 3, ())
    assert append(world, 10) == Appended(0, ())
    happened(world, ONE, OTHER, OTHER)
    with world.reading(OPERATOR) as work:
        size = work.session.get_one(LogTree, 1).size
        assert (unlogged(work.session), logged_after(work.session, 0)) == (3, before + 3)
    assert append(world, 2) == Appended(2, ())
    with world.reading(OPERATOR) as work:
        session = work.session
        tree = session.get_one(LogTree, 1)
        assert (tree.size, unlogged(session)) == (size + 3, 1)
        leaves = list(leaves_from(session, 0))
        assert [each.position for each in leaves] == list(range(size + 3))
        assert frontier_of(tree).root() == root_of([each.hash for each in leaves])
        assert split_hashes(tree.roots) == frontier_of(tree).roots
        assert [each.position for each in leaves_from(session, size, size + 2)] == [size, size + 1]
        assert [each.event_id is None for each in leaves[size - 1 :]] == [True, False, False, True]
        assert [logged_after(session, each) for each in (size, size + 1, size + 2)] == [2, 1, 0]
        ends = map_of_ends(session)
        assert leaves[-1].hash == heads_leaf(len(ends), ends.root())
        ended = {each: session.get_one(LogStream, str(each)).seq for each in (ONE, OTHER)}
        assert ended == {ONE: 3, OTHER: 2}


def test_what_is_not_signed_yet_is_found_from_its_instant_on(world: World, clock: Clock) -> None:
    """The check-up would say that all is signed, or that the clock stands still, where that is not so."""
    happened(world, ONE)
    append(world, 100)
    before, instant = clock.instant, clock.instant + timedelta(minutes=1)
    with world.reading(OPERATOR) as work:
        size = work.session.get_one(LogTree, 1).size
        (mine,) = (each for each in leaves_from(work.session, 0) if each.position == size - 2)
        assert unsigned_before(work.session, 0, instant)
        assert unsigned_before(work.session, mine.position, instant)
        assert not unsigned_before(work.session, mine.position + 1, instant)
        assert not unsigned_before(work.session, 0, before)
    clock.instant = instant
    happened(world, OTHER)
    with world.reading(OPERATOR) as work:
        assert not unsigned_before(work.session, size, instant)
        assert unsigned_before(work.session, size, instant + timedelta(seconds=1))


def test_what_follows_is_taken_up_to_what_does_not(sqlite_world: World) -> None:
    """Events behind an altered one must stay out, those before it not; and the other streams go on."""
    happened(sqlite_world, ONE, ONE, ONE, OTHER)
    with sqlite_world.database.writing() as session:
        altered = "UPDATE ledger_events SET body = x'7b7d' WHERE stream_id = :stream AND seq = 2"
        session.execute(text(altered), {"stream": str(ONE)})
    found = append(sqlite_world, 100)
    assert found is not None
    assert found.broken == (str(ONE),)
    with sqlite_world.reading(OPERATOR) as work:
        seq, hashed = work.session.execute(
            text("SELECT seq, hash FROM ledger_events WHERE stream_id = :stream AND seq = 1"),
            {"stream": str(ONE)},
        ).one()
        end = work.session.get_one(LogStream, str(ONE))
        assert (end.seq, end.hash) == (seq, hashed)
        assert work.session.get_one(LogStream, str(OTHER)).seq == 1
        assert event_leaf(hashed) in {each.hash for each in leaves_from(work.session, 0)}
    assert append(sqlite_world, 100) == Appended(0, (str(ONE),))


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        (b'{"prev":"%s"}' % NOTHING_BEFORE.hex().encode(), True),
        (b'{"prev":"00"}', False),
        (b'["prev"]', False),
        (b"{", False),
        (b"{}", False),
        ("{}", False),
    ],
)
def test_an_event_follows_the_one_that_it_names(body: object, fits: bool) -> None:
    """What is no event must neither enter the log nor stop the clock."""
    hashed = event_hash(body) if isinstance(body, bytes) else b""
    assert follows(body, hashed, NOTHING_BEFORE) is fits
    assert not follows(body, bytes(32), NOTHING_BEFORE)


def test_the_newest_checkpoint_is_the_largest(sqlite_world: World) -> None:
    with sqlite_world.unit_of_work(OPERATOR) as work:
        assert last_checkpoint(work.session) is None
        for size in (3, 12, 7):
            work.session.add(LogCheckpoint(size=size, note="", signed_at=work.now))
        work.session.flush()
        found = last_checkpoint(work.session)
        assert found is not None
        assert found.size == 12
