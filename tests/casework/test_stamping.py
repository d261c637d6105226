"""Time stamps of a third party: asked once a day, kept where they hold, and found out where they do not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from clearinghouse.access.roles import OPERATOR
from clearinghouse.app import main
from clearinghouse.casework.anchors.calls import last_call
from clearinghouse.casework.anchors.stamping import (
    AUTHORITY,
    question,
    stamp_by_clock,
    stamp_now,
    take_answer,
)
from clearinghouse.casework.clock import tick
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.log import keep_log
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import Outside, World
from clearinghouse.records.anchors import CallEnd, LogTimestamp
from clearinghouse.records.log import LogCheckpoint
from tests.casework.test_log import something_happens
from tests.factories.outside import Authority
from tests.worlds import Clock

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "here")


@pytest.fixture
def stamped(world: World, authority: Authority) -> Iterator[World]:
    """A world that has an authority which listens."""
    something_happens(world)
    keep_log(world)
    with authority.listening() as url:
        yield replace(world, outside=Outside(url, authority.root))


def stamps(world: World) -> list[int]:
    with world.reading(OPERATOR) as work:
        return list(work.session.scalars(select(LogTimestamp.size).order_by(LogTimestamp.size)))


def test_the_clock_has_the_newest_checkpoint_stamped_once_a_day(stamped: World, clock: Clock) -> None:
    """An authority that is asked in every round would be a nuisance; one that is not asked proves nothing."""
    assert not tick(stamped).failures
    assert len(stamps(stamped)) == 1
    something_happens(stamped)
    keep_log(stamped)
    assert stamp_by_clock(stamped) is None
    clock.pass_days(1)
    found = stamp_by_clock(stamped)
    assert found
    assert found.stamp.by == "Test Stamps"
    clock.pass_days(1)
    assert stamp_by_clock(stamped) is None  # nothing new was signed
    report = verify(stamped)
    assert report.faults == ()
    assert report.anchors.stamps is not None
    assert [size for size, _ in report.anchors.stamps] == stamps(stamped)
    assert len(stamps(stamped)) == 2


def test_an_answer_can_be_carried_by_hand(sqlite_world: World, authority: Authority, tmp_path: Path) -> None:
    """Machines without a network have stamps too; an answer about anything else is not one of ours."""
    world = replace(sqlite_world, outside=Outside(None, authority.root))
    with pytest.raises(Refused, match="nothing is signed"):
        question(world)
    something_happens(world)
    keep_log(world)
    asked = question(world)
    answer = authority.answer(asked)
    something_happens(world)
    keep_log(world)  # the answer comes back when the log has gone on
    take_answer(world, answer)
    take_answer(world, answer)
    assert len(stamps(world)) == 1
    assert verify(world).faults == ()
    stranger = Authority(tmp_path / "stranger")
    for wrong in (b"", b"\x30\x03\x02\x01\x05", asked, stranger.answer(question(world)), answer[:-1]):
        with pytest.raises(Refused):
            take_answer(world, wrong)
    with pytest.raises(Refused, match="CERTIFICATES"):
        take_answer(replace(world, outside=Outside()), answer)
    foreign = authority.answer(question(world))
    with sqlite_world.unit_of_work(OPERATOR) as work:
        work.session.execute(text("DELETE FROM log_checkpoints"))
    with pytest.raises(Refused, match="none of this log's checkpoints"):
        take_answer(world, foreign)


def test_every_change_to_a_stamp_or_its_checkpoint_is_found(stamped: World, tmp_path: Path) -> None:
    """A stamp that can be moved to another history proves nothing of either."""
    stamp_now(stamped)
    something_happens(stamped)
    keep_log(stamped)
    assert verify(stamped).faults == ()
    with stamped.reading(OPERATOR) as work:
        size, answer = work.session.execute(select(LogTimestamp.size, LogTimestamp.answer)).one()
        other = work.session.scalars(select(LogCheckpoint.size).where(LogCheckpoint.size != size)).first()
    for changes in (
        {"answer": b""},
        {"answer": answer[:-1]},
        {"answer": answer.replace(b"Test Stamps", b"Best Stamps")},
        {"size": other},
        {"size": 10_000},
    ):
        with stamped.unit_of_work(OPERATOR) as work:
            work.session.execute(update(LogTimestamp).values(changes))
        assert any("time stamp" in fault.where for fault in verify(stamped).faults), changes
        with stamped.unit_of_work(OPERATOR) as work:
            work.session.execute(update(LogTimestamp).values(size=size, answer=answer))
    assert verify(stamped).faults == ()
    stranger = Authority(tmp_path / "stranger")
    doubted = replace(stamped, outside=Outside(None, stranger.root))
    assert any("time stamp" in fault.where for fault in verify(doubted).faults)


def test_whoever_rewrites_the_log_with_its_key_cannot_keep_its_stamps(
    sqlite_world: World, authority: Authority
) -> None:
    """The old stamps are of another history, and a new one is of today."""
    world = replace(sqlite_world, outside=Outside(None, authority.root))
    something_happens(world)
    keep_log(world)
    take_answer(world, authority.answer(question(world)))
    with world.unit_of_work(OPERATOR) as work:
        (stamp,) = work.session.scalars(select(LogTimestamp)).all()
        kept = stamp.size, stamp.answer, stamp.stamped_at
        for table in ("log_leaves", "log_streams", "log_tree", "log_checkpoints", "log_timestamps"):
            work.session.execute(text(f"DELETE FROM {table}"))
    (world.log_key_file.parent / (world.log_key_file.name + ".signed")).unlink()
    something_happens(world)
    keep_log(world)
    with world.unit_of_work(OPERATOR) as work:
        size = work.session.scalars(select(LogCheckpoint.size)).one()
        work.session.add(LogTimestamp(size=size, answer=kept[1], stamped_at=kept[2]))
    assert any("time stamp" in fault.where for fault in verify(world).faults)


def test_an_authority_that_is_silent_or_lies_holds_nobody_up(
    stamped: World, clock: Clock, tmp_path: Path
) -> None:
    """The clock's round goes on; nothing is kept; it is asked again soon, and the check-up can say so."""
    stranger = Authority(tmp_path / "stranger")
    for outside, outcome in (
        (Outside("http://127.0.0.1:9", stamped.outside.tsa_certificates), CallEnd.SILENT),
        (Outside(stamped.outside.tsa_url, stranger.root), CallEnd.REFUSED),
        (Outside(stamped.outside.tsa_url, tmp_path / "none"), CallEnd.REFUSED),
        (Outside(str(stamped.outside.tsa_url) + "/elsewhere", stranger.root), CallEnd.REFUSED),
    ):
        clock.pass_days(0.1)
        assert not tick(replace(stamped, outside=outside)).failures
        with stamped.reading(OPERATOR) as work:
            called = last_call(work, AUTHORITY)
        assert (called and called.outcome, stamps(stamped)) == (outcome, [])
        with pytest.raises(Refused, match="doctor"):
            stamp_now(replace(stamped, outside=outside))
    assert stamp_by_clock(stamped) is None  # not yet
    clock.pass_days(0.1)
    assert stamp_by_clock(stamped) is not None


def test_the_command_anchors_and_verify_says_what_that_proves(
    sqlite_world: World,
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """From the request to the words of the verification."""
    something_happens(sqlite_world)
    keep_log(sqlite_world)
    monkeypatch.setenv("CLEARINGHOUSE_HOME", str(sqlite_world.log_key_file.parent.parent))
    assert main(["ledger", "anchor"]) == 1
    assert "TSA_URL" in capsys.readouterr().err
    monkeypatch.setenv("CLEARINGHOUSE_TSA_CERTIFICATES", str(authority.root))
    asked, answer = tmp_path / "c.tsq", tmp_path / "c.tsr"
    assert main(["ledger", "anchor", "--request", str(asked)]) == 0
    answer.write_bytes(authority.answer(asked.read_bytes()))
    assert main(["ledger", "anchor", "--response", str(answer)]) == 0
    assert "says Test Stamps" in capsys.readouterr().out
    assert main(["ledger", "verify"]) == 0
    said = capsys.readouterr().out
    assert "1 time stamp by Test Stamps" in said
    assert "0 events came after the last checkpoint" in said
    note = tmp_path / "note"
    assert main(["ledger", "checkpoint"]) == 0
    note.write_text(capsys.readouterr().out)
    openssl_verifies(authority, answer, note)
    with authority.listening() as url:
        monkeypatch.setenv("CLEARINGHOUSE_TSA_URL", url)
        assert main(["ledger", "anchor"]) == 1
        assert "has its time stamp already" in capsys.readouterr().err
        something_happens(sqlite_world)
        assert main(["ledger", "anchor"]) == 0


def openssl_verifies(authority: Authority, answer: Path, note: Path) -> None:
    """Another program takes the stamp for what it is: of the very bytes that `ledger checkpoint` prints."""
    authority._openssl(
        "ts", "-verify", "-data", str(note), "-in", str(answer), "-CAfile", str(authority.root)
    )
