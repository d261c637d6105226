"""The checkpoint that is mailed outside: once a day, as reliably as any letter, and taken back by `ledger verify`."""

from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR
from clearinghouse.app import main
from clearinghouse.casework.anchors.posting import checkpoint_in, mail_checkpoints
from clearinghouse.casework.anchors.views import printed_checkpoint
from clearinghouse.casework.clock import tick
from clearinghouse.casework.log import begin_new_log, keep_log, signed_tree
from clearinghouse.casework.mail.letters import Sent
from clearinghouse.casework.verification import FromOutside, verify
from clearinghouse.casework.world import Outside, World
from clearinghouse.notices.mail import MailSettings
from clearinghouse.records.anchors import CheckpointLetter
from tests.casework.test_log import something_happens
from tests.notices.conftest import Mailbox
from tests.worlds import Clock

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
HOLDERS = ("audit@council.example", "log@regulator.example")


def checkpoints(mailbox: Mailbox) -> list[str]:
    """Whom a checkpoint was mailed to."""
    mails = [message_from_bytes(each) for each in mailbox.mails]
    return [str(each["To"]) for each in mails if "checkpoint" in str(each["Subject"])]


def mailing(world: World, mailbox: Mailbox, *to: str) -> World:
    mail = MailSettings(mailbox.url, "desk@clearinghouse.example")
    return replace(world, mail=mail, outside=Outside(mailed_to=to or HOLDERS))


def test_each_address_gets_the_newest_checkpoint_once_a_day(
    world: World, mailbox: Mailbox, clock: Clock
) -> None:
    """Twice would be a nuisance, none would leave nobody outside who could tell; two clocks write it once."""
    world = mailing(world, mailbox)
    assert mail_checkpoints(world) == Sent()  # nothing is signed
    something_happens(world)
    for _ in range(3):
        assert not tick(world).failures
    assert len(checkpoints(mailbox)) == 2
    clock.pass_days(1)
    something_happens(world)
    keep_log(world)
    assert mail_checkpoints(world) == Sent(sent=2)
    clock.pass_days(1)
    assert mail_checkpoints(world) == Sent()  # nothing new
    assert set(checkpoints(mailbox)) == set(HOLDERS)


def test_a_mail_that_was_kept_verifies_the_ledger_years_later(
    sqlite_world: World,
    mailbox: Mailbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As a mail program saves it, as its attachment, and as somebody copied it out; and it shows a rewritten log."""
    world = mailing(sqlite_world, mailbox, HOLDERS[0])
    something_happens(world)
    keep_log(world)
    mail_checkpoints(world)
    (raw,) = mailbox.mails
    message = message_from_bytes(raw, policy=policy.default)
    (attached,) = message.iter_attachments()
    words = message.get_body().get_content().replace("\r\n", "\n")
    note = signed_tree(world).note
    for kept in (
        raw,
        attached.get_content(),
        words.encode(),
        words.replace("\n", "\r\n").encode(),
        note.encode(),
    ):
        assert checkpoint_in(kept) == note
    assert "ledger verify --checkpoint" in words
    assert all(len(line) <= 200 for line in words.splitlines())
    monkeypatch.setenv("CLEARINGHOUSE_HOME", str(world.log_key_file.parent.parent))
    something_happens(world)
    keep_log(world)
    (tmp_path / "kept.eml").write_bytes(raw)
    assert main(["ledger", "verify", "--checkpoint", str(tmp_path / "kept.eml")]) == 0
    assert verify(world, FromOutside([checkpoint_in(b"To: somebody\n\nNo checkpoint at all.\n")])).faults
    (world.log_key_file.parent / (world.log_key_file.name + ".signed")).unlink()
    with world.unit_of_work(OPERATOR) as work:
        for table in ("log_leaves", "log_streams", "log_tree", "log_checkpoints"):
            work.session.connection().exec_driver_sql(f"DELETE FROM {table}")
    something_happens(world)
    keep_log(world)
    assert verify(world).faults == ()
    assert verify(world, FromOutside([checkpoint_in(raw)])).faults


def test_what_was_printed_verifies_by_its_first_digits(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody types a signature off a sheet of paper; the root is enough, and a wrong digit of it is noticed."""
    something_happens(sqlite_world)
    monkeypatch.setenv("CLEARINGHOUSE_HOME", str(sqlite_world.log_key_file.parent.parent))
    assert main(["ledger", "checkpoint", "--print"]) == 0
    page = capsys.readouterr().out
    assert page == printed_checkpoint(sqlite_world)
    lines = page.splitlines()
    (leaves,) = (line.split()[1] for line in lines if line.startswith("leaves"))
    at = next(number for number, line in enumerate(lines) if line.startswith("root"))
    root = lines[at].removeprefix("root").strip() + " " + lines[at + 1].strip()
    assert checkpoint_in(page.encode()) == signed_tree(sqlite_world).note
    something_happens(sqlite_world)
    keep_log(sqlite_world)
    assert main(["ledger", "verify", "--printed", leaves, root[:19].upper()]) == 0
    right = root.replace(" ", "")
    wrong = ("0" if right[0] != "0" else "1") + right[1:]
    for size, digits, faults in (
        (leaves, right, 0),
        (leaves, wrong, 1),
        (leaves, wrong[:16], 1),
        (9_999, right, 1),
    ):
        found = verify(sqlite_world, FromOutside(printed=[(int(size), digits)])).faults
        assert [fault.where.startswith("the printed root") for fault in found] == [True] * faults
    for size, digits in ((leaves, root[:10]), ("many", root), (leaves, "no digits at all")):
        assert main(["ledger", "verify", "--printed", size, digits]) == 1
        assert "sixteen digits" in capsys.readouterr().err


def test_a_letter_waits_for_a_server_and_goes_to_nobody_who_was_taken_off(
    sqlite_world: World, mailbox: Mailbox, clock: Clock
) -> None:
    """A server that is down loses nothing; an address that left the setting hears nothing more; nor of a former log."""
    something_happens(sqlite_world)
    keep_log(sqlite_world)
    down = replace(
        mailing(sqlite_world, mailbox), mail=MailSettings("smtp://127.0.0.1:9", "desk@clearinghouse.example")
    )
    assert mail_checkpoints(down) == Sent(put_off=2)
    clock.pass_days(0.01)
    assert mail_checkpoints(mailing(sqlite_world, mailbox, HOLDERS[0])) == Sent(sent=1, dropped=1)
    clock.pass_days(1)
    something_happens(sqlite_world)
    keep_log(sqlite_world)
    clock.pass_days(1)
    mail_checkpoints(replace(down, outside=Outside(mailed_to=HOLDERS[1:])))
    begin_new_log(sqlite_world)
    clock.pass_days(0.5)
    assert mail_checkpoints(mailing(sqlite_world, mailbox, HOLDERS[1])).dropped == 1
    assert len(mailbox.mails) == 1
    with sqlite_world.reading(OPERATOR) as work:
        assert len(work.session.scalars(select(CheckpointLetter)).all()) == 3
