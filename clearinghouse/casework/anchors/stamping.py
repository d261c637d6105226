"""Having checkpoints time-stamped by a third party (RFC 3161), over HTTP or by files that somebody carries."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clearinghouse.access.roles import CLOCK, OPERATOR
from clearinghouse.casework.anchors.calls import end_call, is_due, may_call
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.world import Outside, World
from clearinghouse.notices.outside import NoAnswer, ask
from clearinghouse.records.anchors import CallEnd, LogTimestamp, newest_stamp
from clearinghouse.records.log import LogCheckpoint, last_checkpoint
from clearinghouse.vault.timestamps import (
    Authorities,
    Question,
    Stamp,
    TimestampBroken,
    check_stamp,
    is_about,
    question_about,
    read_authorities,
)

AUTHORITY = "time-stamping authority"
EVERY = timedelta(days=1)
_OK = 200
_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"
_NOTHING_SIGNED = "nothing is signed yet; run 'clearinghouse ledger checkpoint'"


@dataclass(frozen=True)
class Stamped:
    """A checkpoint by its size, and what a third party said of it."""

    size: int
    stamp: Stamp


def stamp_by_clock(world: World) -> Stamped | None:
    """Have the newest checkpoint stamped, once a day where it is a new one. Returns None where nothing was to be done.

    An authority that does not answer, or not as it should, is asked again later; `clearinghouse doctor` says so.
    """
    if world.outside.tsa_url is None:
        return None
    with world.reading(CLOCK) as work:
        if _unstamped(work.session) is None or not is_due(work, AUTHORITY):
            return None
    return _stamp(world, at_once=False)


def stamp_now(world: World) -> Stamped:
    """Have the newest checkpoint stamped. Raises Refused where it has a stamp already, or none can be had."""
    if world.outside.tsa_url is None:
        raise Refused("CLEARINGHOUSE_TSA_URL is not set; or carry files, with --request and --response")
    with world.reading(OPERATOR) as work:
        if last_checkpoint(work.session) is None:
            raise Refused(_NOTHING_SIGNED)
        if _unstamped(work.session) is None:
            raise Refused("the newest checkpoint has its time stamp already")
    done = _stamp(world, at_once=True)
    if done is None:
        raise Refused("the authority gave no time stamp that can be trusted; see 'clearinghouse doctor'")
    return done


def question(world: World) -> bytes:
    """What asks for a stamp of the newest checkpoint, to be carried away. Raises Refused before the first."""
    with world.reading(OPERATOR) as work:
        last = last_checkpoint(work.session)
        if last is None:
            raise Refused(_NOTHING_SIGNED)
        return question_about(last.note.encode()).der


def take_answer(world: World, answer: bytes) -> Stamped:
    """Keep an answer that was carried here. Raises Refused where it is of none of the log's checkpoints, or broken."""
    with world.unit_of_work(OPERATOR) as work:
        query = select(LogCheckpoint).order_by(LogCheckpoint.size.desc())
        try:
            for checkpoint in work.session.scalars(query.execution_options(yield_per=500)):
                if is_about(answer, checkpoint.note.encode()):
                    stamp = check_stamp(answer, checkpoint.note.encode(), authorities(world.outside))
                    work.session.merge(LogTimestamp(size=checkpoint.size, answer=answer, stamped_at=stamp.at))
                    return Stamped(checkpoint.size, stamp)
        except TimestampBroken as error:
            raise Refused(str(error)) from error
    raise Refused("this time stamp is of none of this log's checkpoints")


def authorities(outside: Outside) -> Authorities:
    """The certificates that are trusted. Raises Refused, one line, where there are none or they cannot be read."""
    if outside.tsa_certificates is None:
        raise Refused("CLEARINGHOUSE_TSA_CERTIFICATES is not set; without it no time stamp can be trusted")
    try:
        return read_authorities(outside.tsa_certificates.read_bytes())
    except (OSError, TimestampBroken) as error:
        raise Refused(f"{outside.tsa_certificates} cannot be used: {error}") from error


def _unstamped(session: Session) -> tuple[int, bytes] | None:
    """The newest checkpoint, its size and its bytes; None where it has a stamp, or there is none."""
    last, stamped = last_checkpoint(session), newest_stamp(session)
    return (
        None if last is None or (stamped and stamped.size >= last.size) else (last.size, last.note.encode())
    )


def _stamp(world: World, *, at_once: bool) -> Stamped | None:
    if not may_call(world, AUTHORITY, at_once=at_once):
        return None
    with world.reading(CLOCK) as work:
        last = _unstamped(work.session)
    if last is None:
        return None
    size, note = last
    asked = question_about(note)
    try:
        answer = _asked(str(world.outside.tsa_url), asked)
        stamp = check_stamp(answer, note, authorities(world.outside), asked.nonce)
    except NoAnswer:
        end_call(world, AUTHORITY, CallEnd.SILENT, EVERY)
        return None
    except (TimestampBroken, Refused):
        end_call(world, AUTHORITY, CallEnd.REFUSED, EVERY)
        return None
    with world.unit_of_work(CLOCK) as work:
        work.session.merge(LogTimestamp(size=size, answer=answer, stamped_at=stamp.at))
    end_call(world, AUTHORITY, CallEnd.ANSWERED, EVERY)
    return Stamped(size, stamp)


def _asked(url: str, asked: Question) -> bytes:
    found = ask(url, asked.der, _QUERY)
    if found.status != _OK or found.kind != _REPLY:
        raise TimestampBroken(f"the authority answered with status {found.status}")
    return found.body
