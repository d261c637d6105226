"""Sending what waits in a table: claimed by one clock process at a time, tried again, never twice on purpose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from time import monotonic
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import func, or_, select, update

from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.world import Work, World
from clearinghouse.notices.mail import MailError, MailSettings, Post, open_post
from clearinghouse.records.anchors import CheckpointLetter
from clearinghouse.records.database import shared_instant
from clearinghouse.records.duties import Letter
from clearinghouse.records.peer_invitations import PeerLetter
from clearinghouse.records.questionnaires import QuestionnaireLetter

LEASE = timedelta(minutes=15)
LONGEST_SENDING = timedelta(seconds=45)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
L = TypeVar("L", Letter, CheckpointLetter, PeerLetter, QuestionnaireLetter)


@dataclass(frozen=True)
class Sent:
    """What became of the letters that were due. `dropped` are those that their person may not get any more."""

    sent: int = 0
    dropped: int = 0
    put_off: int = 0


@dataclass(frozen=True)
class Outbox(Generic[L]):
    """A table of letters, and how one of them becomes a message; None where nobody may get it any more.

    `emptied` are the columns that have served once a letter is sent or dropped.
    """

    table: type[L]
    compose: Callable[[Work, L], EmailMessage | None]
    emptied: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Claim:
    """A letter that this process may send, for as long as nobody claims it with a higher number."""

    letter_id: UUID
    fence: int
    tries: int


def send_due(world: World, outbox: Outbox[L], at_once: int) -> Sent:
    """Send the letters that are due, each by the one process that claimed it; without a mail server they wait.

    A slow server does not hold the clock's round up for longer than LONGEST_SENDING: the rest go in the next. A letter
    that the server does not take is tried again later and later.
    """
    total, until = Sent(), monotonic() + LONGEST_SENDING.total_seconds()
    while world.mail is not None and monotonic() < until and (claims := _claim(world, outbox, at_once)):
        done = _deliver(world, outbox, world.mail, claims)
        total = Sent(total.sent + done.sent, total.dropped + done.dropped, total.put_off + done.put_off)
        if done.put_off == len(claims):
            break  # the server takes nothing: leave the rest for the next round
    return total


def waiting_in(work: Work, table: type[L]) -> int:
    """How many letters of a table wait to be sent."""
    waiting = (
        select(func.count()).select_from(table).where(table.sent_at.is_(None), table.dropped_at.is_(None))
    )
    return work.session.scalars(waiting).one()


def _claim(world: World, outbox: Outbox[L], at_once: int) -> list[_Claim]:
    table = outbox.table
    with world.unit_of_work(CLOCK) as work:
        now = shared_instant(work.session)
        free = (
            table.sent_at.is_(None),
            table.dropped_at.is_(None),
            table.due_at <= work.now,
            or_(table.leased_until.is_(None), table.leased_until < now),
        )
        found = select(table).where(*free).order_by(table.due_at, table.id).limit(at_once)
        rows = work.session.scalars(found.with_for_update(skip_locked=True)).all()
        for row in rows:
            row.fence, row.tries, row.leased_until = row.fence + 1, row.tries + 1, now + LEASE
        return [_Claim(row.id, row.fence, row.tries) for row in rows]


def _deliver(world: World, outbox: Outbox[L], mail: MailSettings, claims: Sequence[_Claim]) -> Sent:
    ends: list[str] = []
    try:
        with open_post(mail) as post:
            for claim in claims:
                ends.append(_send(world, outbox, post, claim))  # noqa: PERF401  # what went before a failure counts
    except MailError:
        ends += [_put_off(world, outbox, claim) for claim in claims[len(ends) :]]
    return Sent(ends.count("sent"), ends.count("dropped"), ends.count("put off"))


def _send(world: World, outbox: Outbox[L], post: Post, claim: _Claim) -> str:
    with world.reading(CLOCK) as work:
        letter = work.session.get_one(outbox.table, claim.letter_id)
        if letter.fence != claim.fence or letter.leased_until is None:
            return "another's"
        if letter.leased_until <= shared_instant(work.session):
            return "another's"
        message = outbox.compose(work, letter)
    if message is None:
        return _end(world, outbox, claim, "dropped")
    try:
        post.send(message)
    except MailError:
        return _put_off(world, outbox, claim)
    return _end(world, outbox, claim, "sent")


def _end(world: World, outbox: Outbox[L], claim: _Claim, end: str) -> str:
    table = outbox.table
    with world.unit_of_work(CLOCK) as work:
        # Straight into the columns: a sealed attribute refuses to be emptied, and the link's secret has served.
        values: dict[str, datetime | None] = dict.fromkeys(outbox.emptied)
        values |= {"sent_at" if end == "sent" else "dropped_at": work.now, "leased_until": None}
        held = (table.id == claim.letter_id, table.fence == claim.fence)
        work.session.execute(update(table).where(*held).values(**values))
    return end


def _put_off(world: World, outbox: Outbox[L], claim: _Claim) -> str:
    table: Any = outbox.table
    with world.unit_of_work(CLOCK) as work:
        wait = min(FIRST_WAIT * 2 ** min(claim.tries - 1, 16), LONGEST_WAIT)
        held = (table.id == claim.letter_id, table.fence == claim.fence, table.sent_at.is_(None))
        work.session.execute(update(table).where(*held).values(due_at=work.now + wait, leased_until=None))
    return "put off"
