"""Mailing the newest checkpoint once a day to addresses outside, and reading one back out of what was kept."""

import re
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.anchors.cosigning import cosigned_note
from clearinghouse.casework.mail.outbox import Outbox, Sent, send_due
from clearinghouse.casework.world import LONDON, Work, World
from clearinghouse.notices.mail import CheckpointEnvelope, compose_checkpoint
from clearinghouse.records.anchors import CheckpointLetter
from clearinghouse.records.base import new_id
from clearinghouse.records.log import LogCheckpoint, last_checkpoint
from clearinghouse.vault.notes import NoteBroken, read_checkpoint, read_note

_AT_ONCE = 20
_CHECKPOINT = re.compile(
    r"^[^\s>]+\n(?:0|[1-9][0-9]{0,18})\n[A-Za-z0-9+/]{43}=\n\n(?:\u2014 [^\s+]+ [A-Za-z0-9+/=]+\n)+",
    re.MULTILINE,
)


def mail_checkpoints(world: World) -> Sent:
    """Write one letter a day for each address, where something was signed since its last one, and send what waits."""
    if world.outside.mailed_to:
        _write(world)
    return send_due(world, OUTBOX, _AT_ONCE)


def checkpoint_in(kept: bytes) -> str:
    """The checkpoint in what somebody kept: the checkpoint itself, or a mail or a page that holds it.

    Where there is none, the text as it stands, so that whoever reads it can say what is wrong.
    """
    for text in _texts(kept):
        try:
            read_checkpoint(read_note(text))
        except NoteBroken:
            if found := _CHECKPOINT.search(text.replace("\r\n", "\n") + "\n"):
                return found[0]
        else:
            return text
    return kept.decode("utf-8", "replace")


def _texts(kept: bytes) -> list[str]:
    texts = [kept.decode("utf-8", "replace")]
    message = message_from_bytes(kept, policy=policy.default)
    if "MIME-Version" in message:
        texts += [str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"]
    return texts


def _write(world: World) -> None:
    with world.reading(CLOCK) as work:
        if not _wanting(work):
            return
    with world.unit_of_work(CLOCK) as work:
        last = last_checkpoint(work.session)
        dialect = sqlite if world.database.is_sqlite else postgresql
        values = [
            {
                "id": new_id(),
                "address": address,
                "written_on": work.today,
                "size": last.size if last else 0,
                "made_at": work.now,
                "due_at": work.now,
                "fence": 0,
                "tries": 0,
            }
            for address in _wanting(work)
        ]
        if values:
            # Another clock may have written them in the same instant.
            work.session.execute(dialect.insert(CheckpointLetter).values(values).on_conflict_do_nothing())


def _wanting(work: Work) -> list[str]:
    """The addresses that had no letter today, and none about a log as large as it is now."""
    last = last_checkpoint(work.session)
    if last is None:
        return []
    newest = func.max(CheckpointLetter.written_on), func.max(CheckpointLetter.size)
    query = select(CheckpointLetter.address, *newest).group_by(CheckpointLetter.address)
    written = {row[0]: (row[1], row[2]) for row in work.session.execute(query)}
    return [
        address
        for address in dict.fromkeys(work.world.outside.mailed_to)
        if address not in written or (written[address][0] < work.today and written[address][1] != last.size)
    ]


def _message(work: Work, letter: CheckpointLetter) -> EmailMessage | None:
    """The letter with its checkpoint; None where its address left the setting, or the log is another."""
    checkpoint, mail = work.session.get(LogCheckpoint, letter.size), work.world.mail
    if checkpoint is None or mail is None or letter.address not in work.world.outside.mailed_to:
        return None
    said = read_checkpoint(read_note(checkpoint.note))
    note = cosigned_note(work.session, checkpoint, work.world.outside.witnesses)
    signed_at: datetime = checkpoint.signed_at.astimezone(LONDON)
    envelope = CheckpointEnvelope(
        letter.id, letter.address, said.origin, said.size, said.root.hex(), signed_at, note, letter.made_at
    )
    return compose_checkpoint(envelope, mail.sender)


OUTBOX = Outbox(CheckpointLetter, _message)
