"""Having witnesses cosign checkpoints (C2SP tlog-witness), over HTTP or by files that somebody carries."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clearinghouse.access.roles import CLOCK, OPERATOR
from clearinghouse.casework.anchors.calls import end_call, is_due, may_call
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.log import prove_growth
from clearinghouse.casework.world import Witness, World
from clearinghouse.notices.outside import Answer, NoAnswer, ask
from clearinghouse.records.anchors import CallEnd, LogCosignature, newest_cosignature
from clearinghouse.records.log import LogCheckpoint, last_checkpoint
from clearinghouse.vault.errors import LogForked
from clearinghouse.vault.notes import (
    Note,
    NoteBroken,
    Verifier,
    read_checkpoint,
    read_note,
    read_verifier,
    verified,
)

EVERY = timedelta(minutes=10)
_OK, _CONFLICT, _UNPROVED = 200, 409, 422
_MOST_LINES = 90
"""A note holds a hundred signatures at most, the log's own among them."""


@dataclass(frozen=True)
class Cosigned:
    """A checkpoint by its size, and the witness who cosigned it at an instant of their own clock."""

    size: int
    witness: str
    at: datetime


class _Refusal(Exception):
    """A witness did not cosign."""


class _OtherHistory(_Refusal):
    """A witness has cosigned what this log does not begin with."""


def ask_witnesses(world: World, *, at_once: bool = False) -> list[Cosigned]:
    """Ask every witness that has an address for a cosignature of the newest checkpoint, where it has none from them.

    Whoever does not answer is asked again later, and holds nobody up. Raises LogForked, once all were asked, where one
    of them has cosigned a history that this log does not go on from.
    """
    done, forked = list[Cosigned](), list[str]()
    for witness in world.outside.witnesses:
        name = f"witness {witness.key.text}"
        if witness.url is None or not _wants(world, witness, name, at_once=at_once):
            continue
        if not may_call(world, name, at_once=at_once):
            continue
        try:
            done.append(_ask(world, witness))
            outcome = CallEnd.ANSWERED
        except _OtherHistory:
            outcome = CallEnd.OTHER_HISTORY
            forked.append(witness.key.name)
        except NoAnswer:
            outcome = CallEnd.SILENT
        except (_Refusal, NoteBroken, NotFound):
            outcome = CallEnd.REFUSED
        end_call(world, name, outcome, EVERY)
    if forked:
        raise LogForked("witnesses have cosigned another history than this log's: " + ", ".join(forked))
    return done


def take_cosignatures(world: World, text: str, witnesses: Collection[str] = ()) -> list[Cosigned]:
    """Keep the cosignatures on a checkpoint that was carried here, of witnesses known by setting or given by key.

    Raises Refused where it is no checkpoint of this log, or none of them cosigned it; NoteBroken for what is no note.
    """
    note = read_note(text)
    said = read_checkpoint(note)
    known = [*(each.key for each in world.outside.witnesses), *map(read_verifier, witnesses)]
    with world.unit_of_work(OPERATOR) as work:
        kept = work.session.get(LogCheckpoint, said.size)
        if kept is None:
            raise Refused(f"this log signed no checkpoint of {said.size:,} leaves")
        if read_note(kept.note).text != note.text:
            raise Refused(
                f"the log signed another checkpoint of {said.size:,} leaves than this one. "
                "Where this one bears the log's signature, keep both: together they prove that the log was rewritten"
            )
        done = [_keep(work.session, said.size, line, by, at) for line, by, at in _by_whom(note, known)]
    if not done:
        raise Refused("none of the witnesses that are known here cosigned it; name one with --witness KEY")
    return done


def cosigned_note(session: Session, checkpoint: LogCheckpoint, witnesses: Collection[Witness]) -> str:
    """The checkpoint with the cosignatures that it has from these witnesses; what does not verify is left out."""
    note, known = read_note(checkpoint.note), [each.key for each in witnesses]
    mine = select(LogCosignature.line).where(LogCosignature.size == checkpoint.size)
    lines = tuple(session.scalars(mine.order_by(LogCosignature.witness).limit(_MOST_LINES)))
    good = [line for line, *_ in _by_whom(Note(note.text, lines), known)]
    return str(Note(note.text, (*note.lines, *good)))


def _wants(world: World, witness: Witness, name: str, *, at_once: bool) -> bool:
    with world.reading(CLOCK) as work:
        last = last_checkpoint(work.session)
        theirs = newest_cosignature(work.session, witness.key.text)
        new = last is not None and (theirs is None or theirs.size < last.size)
        return new and (at_once or is_due(work, name))


def _ask(world: World, witness: Witness) -> Cosigned:
    """Ask with the growth since what the witness cosigned last; where it remembers another size, once more."""
    with world.reading(CLOCK) as work:
        theirs = newest_cosignature(work.session, witness.key.text)
        since = theirs.size if theirs else 0
    request, found = _asked(world, witness, since)
    if found.status == _CONFLICT:
        remembered = _size(found)
        if remembered is None or remembered == since:
            raise _OtherHistory
        try:
            request, found = _asked(world, witness, remembered)
        except NotFound as error:  # it has cosigned more than this log ever had
            raise _OtherHistory from error
    if found.status in {_CONFLICT, _UNPROVED}:
        raise _OtherHistory
    if found.status != _OK:
        raise _Refusal
    asked = read_note(request.partition("\n\n")[2])
    answered = read_note(asked.text + "\n" + found.body.decode("utf-8", "replace"))
    said = read_checkpoint(asked)
    for line, by, at in _by_whom(answered, [witness.key]):
        with world.unit_of_work(CLOCK) as work:
            return _keep(work.session, said.size, line, by, at)
    raise _Refusal


def _asked(world: World, witness: Witness, since: int) -> tuple[str, Answer]:
    request = prove_growth(world, since).text
    return request, ask(f"{witness.url}/add-checkpoint", request.encode(), "text/plain")


def _size(found: Answer) -> int | None:
    text = found.body.decode("ascii", "replace").removesuffix("\n")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _by_whom(note: Note, known: Collection[Verifier]) -> Iterator[tuple[str, Verifier, datetime]]:
    """Each line by which one of the witnesses cosigned the note, with the instant that it names."""
    for line in note.lines:
        try:
            (found,) = verified(Note(note.text, (line,)), known)
        except ValueError:  # broken, of a stranger, or no line at all
            continue
        if found.stamp is not None:
            yield line, found.by, datetime.fromtimestamp(found.stamp, UTC)


def _keep(session: Session, size: int, line: str, by: Verifier, at: datetime) -> Cosigned:
    session.merge(LogCosignature(size=size, witness=by.text, line=line, cosigned_at=at))
    return Cosigned(size, by.name, at)
