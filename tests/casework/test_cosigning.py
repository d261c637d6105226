"""Witnesses over HTTP: what they cosign is kept and shown; a fork by whoever holds the log's key is found out."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from clearinghouse.access.roles import OPERATOR
from clearinghouse.app import main
from clearinghouse.casework.anchors.calls import last_call
from clearinghouse.casework.anchors.cosigning import ask_witnesses, cosigned_note, take_cosignatures
from clearinghouse.casework.clock import tick
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.log import begin_new_log, keep_log, log_key_of, prove_growth, signed_tree
from clearinghouse.casework.upkeep.checkup import Finding, check_up
from clearinghouse.casework.verification import FromOutside, verify
from clearinghouse.casework.world import Outside, Witness, World
from clearinghouse.records.anchors import CallEnd, LogCosignature
from clearinghouse.records.log import LogCheckpoint, forget_log, last_checkpoint
from clearinghouse.vault.errors import LogForked
from clearinghouse.vault.notes import NoteBroken, read_note, verified
from tests.casework.test_log import something_happens
from tests.factories.outside import RunningWitness
from tests.worlds import Clock, settings_for

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def signed(world: World) -> str:
    """Something happens and is signed; gives the log's public key."""
    something_happens(world)
    keep_log(world)
    found = signed_tree(world)
    assert found
    return found.key


def cosignatures(world: World) -> list[int]:
    with world.reading(OPERATOR) as work:
        return list(work.session.scalars(select(LogCosignature.size).order_by(LogCosignature.size)))


@pytest.fixture
def witnessed(world: World, tmp_path: Path) -> Iterator[tuple[World, RunningWitness]]:
    """A world whose clock asks a witness that listens."""
    there = RunningWitness(tmp_path / "witness", signed(world))
    with there.listening() as url:
        yield replace(world, outside=Outside(witnesses=(Witness(there.key.verifier, url),))), there


def test_the_clock_has_the_newest_checkpoint_cosigned(
    witnessed: tuple[World, RunningWitness], clock: Clock
) -> None:
    """Each time there is a new one, but not in every round; and from the size that the witness remembers."""
    world, there = witnessed
    assert not tick(world).failures
    assert ask_witnesses(world) == []
    signed(world)
    assert ask_witnesses(world) == []  # asked a moment ago
    clock.pass_days(0.1)
    (done,) = ask_witnesses(world)
    assert (done.witness, done.at) == (there.key.verifier.name, there.instant)
    assert len(cosignatures(world)) == 2
    report = verify(world, FromOutside(witnesses=[there.public]))
    assert report.faults == ()
    assert [(each.size, each.checkpoints) for each in report.anchors.cosigned] == [(done.size, 2)]
    with world.unit_of_work(OPERATOR) as work:
        work.session.execute(text("DELETE FROM log_cosignatures"))
    signed(world)
    (again,) = ask_witnesses(world, at_once=True)  # the witness says since when
    assert again.size > done.size


def test_a_carried_cosignature_is_kept_and_nothing_else_is(sqlite_world: World, tmp_path: Path) -> None:
    """A witness without an address; and what was cosigned by strangers, or is of another log, is not ours to keep."""
    key = signed(sqlite_world)
    there = RunningWitness(tmp_path / "there", key)
    cosigned = there.cosign(prove_growth(sqlite_world, 0).text).note
    with pytest.raises(Refused, match="--witness"):
        take_cosignatures(sqlite_world, cosigned)
    (done,) = take_cosignatures(sqlite_world, cosigned, [there.public])
    assert cosignatures(sqlite_world) == [done.size]
    known = replace(sqlite_world, outside=Outside(witnesses=(Witness(there.key.verifier),)))
    signed(known)
    (done,) = take_cosignatures(known, there.cosign(prove_growth(known, done.size).text).note)
    altered = cosigned.split("\n")
    for wrong in (
        "\n".join([altered[0], "7", *altered[2:]]),
        "\n".join([*altered[:2], "A" * 43 + "=", *altered[3:]]),
        cosigned.rsplit("\n", 2)[0] + "\n",
    ):
        with pytest.raises(Refused):
            take_cosignatures(known, wrong)
    with pytest.raises(NoteBroken):
        take_cosignatures(known, "nothing")
    assert len(verify(known).anchors.cosigned) == 1
    assert verify(sqlite_world).anchors.strangers == 2


def test_every_change_to_a_cosignature_is_found_and_none_that_is_broken_is_handed_on(
    witnessed: tuple[World, RunningWitness],
) -> None:
    """A pack with a cosignature that does not fit would not hold; one that is moved must not count."""
    world, there = witnessed
    (done,) = ask_witnesses(world)
    signed(world)
    with world.reading(OPERATOR) as work:
        line = work.session.scalars(select(LogCosignature.line)).one()
        checkpoint = work.session.get_one(LogCheckpoint, done.size)
        good = cosigned_note(work.session, checkpoint, world.outside.witnesses)
        other = work.session.scalars(
            select(LogCheckpoint.size).where(LogCheckpoint.size != done.size)
        ).first()
    assert len(verified(read_note(good), [there.key.verifier])) == 1
    for changes in (
        {"line": line[:-8] + "AAAAAAA="},
        {"line": "\u2014 nobody AAAA"},
        {"line": ""},
        {"line": line + "\n"},
        {"size": other},
        {"size": 10_000},
    ):
        with world.unit_of_work(OPERATOR) as work:
            work.session.execute(update(LogCosignature).values(changes))
        assert any("cosignature" in fault.where for fault in verify(world).faults), changes
        with world.reading(OPERATOR) as work:
            checkpoint = (
                work.session.get_one(LogCheckpoint, changes.get("size", done.size))
                if changes.get("size") != 10_000
                else None
            )
            if checkpoint:
                handed = cosigned_note(work.session, checkpoint, world.outside.witnesses)
                assert handed == checkpoint.note or changes["line"] == line + "\n", changes
        with world.unit_of_work(OPERATOR) as work:
            work.session.execute(update(LogCosignature).values(size=done.size, line=line))
    assert verify(world).faults == ()


def forked(world: World, home: Path) -> World:
    """The same installation and log key with a second history, as whoever holds both can make it."""
    shutil.copytree(world.log_key_file.parent.parent, home)
    fork = replace(open_installation(settings_for(home), Clock()), outside=world.outside)
    key = log_key_of(fork)
    assert key
    key.record.unlink()
    with fork.unit_of_work(OPERATOR) as work:
        forget_log(work.session)
    for _ in range(2):
        signed(fork)
    return fork


def test_a_fork_by_whoever_holds_the_logs_key_is_found_out(sqlite_world: World, tmp_path: Path) -> None:
    """By the witness, who does not cosign it; by the clock and the check-up; by a verification that requires them."""
    there = RunningWitness(tmp_path / "witness", signed(sqlite_world))
    with there.listening() as url:
        world = replace(sqlite_world, outside=Outside(witnesses=(Witness(there.key.verifier, url),)))
        ask_witnesses(world)
        required = FromOutside(witnesses=[there.public])
        assert verify(world, required).faults == ()
        world.database.close()
        fork = forked(world, tmp_path / "fork")
        assert verify(fork).faults == ()  # signed by the log's own key: nothing inside speaks against it
        assert [fault.where for fault in verify(fork, required).faults] == ["the witness witness.example/w1"]
        with pytest.raises(LogForked, match=r"witness\.example"):
            ask_witnesses(fork)
        failures = {
            each.step for each in tick(replace(fork, now=lambda: Clock().instant.replace(year=2027))).failures
        }
        assert "witnesses" in failures
        with fork.reading(OPERATOR) as work:
            called = last_call(work, f"witness {there.public}")
        assert called
        assert called.outcome is CallEnd.OTHER_HISTORY
        (found,) = findings(fork, f"{there.public} {url}", tmp_path / "fork")
        assert found.mend is not None
        assert "another history" in found.words
        assert cosignatures(fork) == []
        with fork.unit_of_work(
            OPERATOR
        ) as work:  # the true history's cosignature does not fit this one's checkpoint
            last = last_checkpoint(work.session)
            assert last
            with world.reading(OPERATOR) as theirs:
                line = theirs.session.scalars(select(LogCosignature.line)).one()
            work.session.add(
                LogCosignature(size=last.size, witness=there.public, line=line, cosigned_at=work.now)
            )
        assert any("cosignature" in fault.where for fault in verify(fork, required).faults)
        fork.database.close()


def findings(world: World, witnesses: str, home: Path) -> list[Finding]:
    settings = settings_for(home, CLEARINGHOUSE_WITNESSES=witnesses)
    return [each for each in check_up(settings) if each.subject == "outside"]


def test_a_witness_that_is_silent_or_refuses_holds_nobody_up(
    witnessed: tuple[World, RunningWitness], clock: Clock, tmp_path: Path
) -> None:
    """A round goes on, a pack too; the witness is asked again later."""
    world, there = witnessed
    other = RunningWitness(tmp_path / "other", there.public, "witness.example/w2")
    with other.listening() as url:
        for witness, outcome in (
            (Witness(there.key.verifier, "http://127.0.0.1:9"), CallEnd.SILENT),
            (Witness(other.key.verifier, url), CallEnd.REFUSED),  # it knows another log
            (
                Witness(other.key.verifier, world.outside.witnesses[0].url),
                CallEnd.REFUSED,
            ),  # another's cosignature
        ):
            clock.pass_days(0.1)
            asking = replace(world, outside=Outside(witnesses=(witness,)))
            assert not tick(asking).failures
            with asking.reading(OPERATOR) as work:
                called = last_call(work, f"witness {witness.key.text}")
            assert (called and called.outcome, cosignatures(world)) == (outcome, [])


def test_another_log_begins_without_what_was_said_of_the_former(
    witnessed: tuple[World, RunningWitness],
) -> None:
    """The old cosignatures would be faults of the new log for ever."""
    world, _ = witnessed
    ask_witnesses(world)
    begin_new_log(world)
    keep_log(world)
    assert verify(world).faults == ()
    assert cosignatures(world) == []


def test_the_commands_ask_keep_and_show(
    sqlite_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As an operator does it, and reads it."""
    key = signed(sqlite_world)
    there = RunningWitness(tmp_path / "there", key)
    monkeypatch.setenv("CLEARINGHOUSE_HOME", str(sqlite_world.log_key_file.parent.parent))
    assert main(["ledger", "cosign"]) == 1
    assert "CLEARINGHOUSE_WITNESSES" in capsys.readouterr().err
    kept = tmp_path / "cosigned"
    kept.write_text(there.cosign(prove_growth(sqlite_world, 0).text).note)
    assert main(["ledger", "cosign", str(kept), "--witness", there.public]) == 0
    assert "witness.example/w1 cosigned the log of" in capsys.readouterr().out
    with there.listening() as url:
        monkeypatch.setenv("CLEARINGHOUSE_WITNESSES", f"{there.public} {url}/")
        something_happens(sqlite_world)
        assert main(["ledger", "cosign"]) == 0
        assert main(["ledger", "verify", "--witness", there.public]) == 0
        assert "cosigned 2 checkpoints" in capsys.readouterr().out
        assert main(["ledger", "checkpoint", "--cosigned"]) == 0
        assert verified(read_note(capsys.readouterr().out), [there.key.verifier])
    stranger = RunningWitness(tmp_path / "stranger", key, "stranger.example/w")
    assert main(["ledger", "verify", "--witness", stranger.public]) == 1
    assert "stranger.example/w" in capsys.readouterr().out
    for wrong in ("nonsense", key, f"{there.public} ftp://x"):
        monkeypatch.setenv("CLEARINGHOUSE_WITNESSES", wrong)
        assert main(["ledger", "verify"]) == 1
        assert "CLEARINGHOUSE_WITNESSES" in capsys.readouterr().err
