"""The newest checkpoint as somebody sees it who keeps it outside: on a page, or as text to be printed."""

from dataclasses import dataclass
from datetime import datetime

from clearinghouse.access.decision import may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import OPERATOR, Actor
from clearinghouse.casework.anchors.cosigning import cosigned_note
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.world import LONDON, Work, World
from clearinghouse.notices.mail import in_fours
from clearinghouse.records.anchors import newest_cosignature, newest_stamp
from clearinghouse.records.log import last_checkpoint, unlogged
from clearinghouse.vault.notes import read_checkpoint, read_note


@dataclass(frozen=True)
class HeldBy:
    """A third party, how many leaves of the log they stamped or cosigned last, and when."""

    who: str
    size: int
    at: datetime


@dataclass(frozen=True)
class ShownCheckpoint:
    """The newest checkpoint: the note with its cosignatures, what it says, and how many events came after it.

    `root` is in hexadecimal, four digits at a time. `stamp` is the last time stamp, of this or an earlier checkpoint;
    `witnesses` what each of those who are named by setting cosigned last.
    """

    note: str
    log: str
    size: int
    root: str
    signed_at: datetime
    after: int
    stamp: HeldBy | None
    witnesses: tuple[HeldBy, ...]


def checkpoint_page(world: World, actor: Actor) -> ShownCheckpoint | None:
    """The newest checkpoint for an audit officer; None before the first. Raises NotFound for others."""
    if not may_enter(actor, Permission.PACK_PREPARE):
        raise NotFound
    with world.reading(actor) as work:
        return _shown(work)


def cosigned_checkpoint(world: World) -> str:
    """The newest checkpoint with its cosignatures, for the operator. Raises Refused before the first."""
    with world.reading(OPERATOR) as work:
        return _to_print(_shown(work)).note


def printed_checkpoint(world: World) -> str:
    """The newest checkpoint as a page of text that says how to check it later. Raises Refused before the first."""
    with world.reading(OPERATOR) as work:
        shown = _to_print(_shown(work))
    day = f"{shown.signed_at.astimezone(LONDON):%d %B %Y at %H:%M}".removeprefix("0")
    held = [f"Cosigned by {each.who}, up to {each.size} leaves." for each in shown.witnesses]
    held += [f"Time-stamped by {shown.stamp.who}, up to {shown.stamp.size} leaves."] if shown.stamp else []
    return _PAGE.format(
        log=shown.log, day=day, size=shown.size, root=in_fours(shown.root.replace(" ", "")), note=shown.note
    ) + "".join(line + "\n" for line in held)


_PAGE = """CHECKPOINT OF THE LEDGER

log     {log}
signed  {day}
leaves  {size}
root    {root}

{note}
Keep this page where nobody at the installation can reach it. Whoever changes, removes or
adds anything that the log held on that day cannot make the same root again. To check:

  clearinghouse ledger verify --printed {size} "the root, or its first sixteen digits"

"""


def _to_print(shown: ShownCheckpoint | None) -> ShownCheckpoint:
    if shown is None:
        raise Refused("nothing has happened yet, so there is nothing to sign")
    return shown


def _shown(work: Work) -> ShownCheckpoint | None:
    last = last_checkpoint(work.session)
    if last is None:
        return None
    said, outside = read_checkpoint(read_note(last.note)), work.world.outside
    stamp = newest_stamp(work.session)
    witnesses = [
        (each.key.name, newest_cosignature(work.session, each.key.text)) for each in outside.witnesses
    ]
    digits = said.root.hex()
    return ShownCheckpoint(
        note=cosigned_note(work.session, last, outside.witnesses),
        log=said.origin,
        size=said.size,
        root=" ".join(digits[start : start + 4] for start in range(0, len(digits), 4)),
        signed_at=last.signed_at,
        after=unlogged(work.session),
        stamp=HeldBy("a time-stamping authority", stamp.size, stamp.stamped_at) if stamp else None,
        witnesses=tuple(HeldBy(name, found.size, found.cosigned_at) for name, found in witnesses if found),
    )
