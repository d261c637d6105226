"""Verification of what holds the log from outside: every stored time stamp and cosignature, against its checkpoint."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from sqlalchemy.orm import Session

from clearinghouse.records.anchors import LogCosignature, LogTimestamp
from clearinghouse.records.log import LogCheckpoint
from clearinghouse.records.raw import Raw, as_stored, shown
from clearinghouse.records.verification import Fault
from clearinghouse.vault.notes import (
    Checkpoint,
    Note,
    NoteBroken,
    Verifier,
    read_checkpoint,
    read_note,
    verified,
)
from clearinghouse.vault.timestamps import Authorities, Stamp, TimestampBroken, check_stamp

Claim: TypeAlias = tuple[str, Checkpoint]
_MISSING = "has cosigned no checkpoint that is kept here: whoever holds the log's key may have written a second history"


@dataclass(frozen=True)
class CosignedUpTo:
    """How much of the log a witness has cosigned: the largest size, when, and how many checkpoints altogether."""

    witness: str
    size: int
    at: datetime
    checkpoints: int


@dataclass(frozen=True)
class AnchorReport:
    """What third parties said of the log; `claims` are the trees that they said it of, for the walk along the log.

    `stamps` are the sizes that were stamped, with what the authority said, the smallest first; None where no authority
    is trusted here. `strangers` counts cosignatures of witnesses that are not known here.
    """

    stamps: tuple[tuple[int, Stamp], ...] | None
    cosigned: tuple[CosignedUpTo, ...]
    strangers: int
    claims: tuple[Claim, ...]
    faults: tuple[Fault, ...]


def verify_anchors(
    session: Session,
    trusted: Authorities | None,
    witnesses: Collection[Verifier],
    required: Collection[Verifier] = (),
) -> AnchorReport:
    """Look at every time stamp and every cosignature that is kept. `required` are witnesses that must have cosigned.

    Whatever was done to a row is a fault in the report, never an exception.
    """
    notes = {row[0]: row[1] for row in as_stored(session, LogCheckpoint, "size", "note")}
    faults: list[Fault] = []
    claims: list[Claim] = []
    stamps = None if trusted is None else list(_stamps(session, notes, trusted, claims, faults))
    known = {each.text: each for each in (*witnesses, *required)}
    cosigned, strangers = _cosigned(session, notes, known, claims, faults)
    faults += [Fault(f"the witness {each.name}", _MISSING) for each in required if each.text not in cosigned]
    return AnchorReport(
        None if stamps is None else tuple(stamps),
        tuple(cosigned.values()),
        strangers,
        tuple(claims),
        tuple(faults),
    )


def _stamps(
    session: Session, notes: dict[Raw, Raw], trusted: Authorities, claims: list[Claim], faults: list[Fault]
) -> Iterable[tuple[int, Stamp]]:
    for size, answer in sorted(as_stored(session, LogTimestamp, "size", "answer"), key=repr):
        where = f"the time stamp of the checkpoint of {shown(size)} leaves"
        note = notes.get(size)
        if not isinstance(size, int) or not isinstance(note, str) or not isinstance(answer, bytes):
            faults.append(Fault(where, "is of no checkpoint that is kept, or is none"))
            continue
        try:
            stamp = check_stamp(answer, note.encode("utf-8", "surrogateescape"), trusted)
            claims.append((where, read_checkpoint(read_note(note))))
        except (TimestampBroken, NoteBroken) as error:
            faults.append(Fault(where, shown(str(error))))
            continue
        yield size, stamp


def _cosigned(
    session: Session,
    notes: dict[Raw, Raw],
    known: dict[str, Verifier],
    claims: list[Claim],
    faults: list[Fault],
) -> tuple[dict[str, CosignedUpTo], int]:
    found: dict[str, CosignedUpTo] = {}
    strangers = 0
    columns = ("size", "witness", "line")
    for size, witness, line in sorted(
        as_stored(session, LogCosignature, *columns), key=lambda row: repr(row[0])
    ):
        by = known.get(str(witness))
        if by is None:
            strangers += 1
            continue
        where = f"the cosignature of {by.name} on the checkpoint of {shown(size)} leaves"
        note = notes.get(size)
        if not isinstance(size, int) or not isinstance(note, str) or not isinstance(line, str):
            faults.append(Fault(where, "is of no checkpoint that is kept, or is none"))
            continue
        try:
            read = read_note(note)
            (signature,) = verified(read_note(str(Note(read.text, (line,)))), [by])
            claims.append((where, read_checkpoint(read)))
            at = datetime.fromtimestamp(signature.stamp or 0, UTC)
        except (NoteBroken, OverflowError, OSError, ValueError) as error:
            faults.append(Fault(where, shown(str(error))))
            continue
        before = found.get(by.text)
        number = (before.checkpoints if before else 0) + 1
        largest = max(size, before.size if before else 0)
        latest = at if before is None or size >= before.size else before.at
        found[by.text] = CosignedUpTo(by.name, largest, latest, number)
    return found, strangers
