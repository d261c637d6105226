"""Verifying the installation's ledger, its Merkle log, and every sealed value against them."""

from collections.abc import Collection
from dataclasses import dataclass

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.log import log_key_of
from clearinghouse.casework.world import World
from clearinghouse.records.log_verification import LogReport, verify_log
from clearinghouse.records.verification import Fault, verify_records
from clearinghouse.vault.log_key import LogKey
from clearinghouse.vault.notes import Checkpoint, Verifier, read_verifier

__all__ = ["Fault", "LogReport", "VerificationReport", "verify"]


@dataclass(frozen=True)
class VerificationReport:
    """What was looked at, and every fault that was found. `log_key` is None where no key was there to trust."""

    events: int
    streams: int
    sealed_values: int
    log: LogReport
    log_key: str | None
    faults: tuple[Fault, ...]


def verify(world: World, checkpoints: Collection[str] = (), log_key: str | None = None) -> VerificationReport:
    """Walk ledger and log and open every sealed value, of one state of the database; nothing is changed.

    `checkpoints` are notes from outside the installation; `log_key` is the log's public key, needed where the log key
    itself cannot be read here. Proves that nobody altered, removed, moved or put back an event or a sealed value, but
    for those who hold the log's key, behind the last checkpoint that stands outside. Raises NoteBroken for a text that
    is no key, KeysError for a log key that is none.
    """
    key = log_key_of(world)
    own = {read_verifier(log_key)} if log_key else {key.verifier} if key else set[Verifier]()
    with world.reading(OPERATOR) as work:
        if not world.database.is_sqlite:
            # Otherwise each query would see a state of its own, and what is written meanwhile would look like a fault.
            work.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        records = verify_records(work.session, world.vault)
        log = verify_log(work.session, own, checkpoints, _recorded(key))
    return VerificationReport(
        records.events,
        records.streams,
        records.sealed_values,
        log,
        next((each.text for each in own), None),
        records.faults + log.faults,
    )


def _recorded(key: LogKey | None) -> list[tuple[str, Checkpoint]]:
    signed = key.last_signed() if key else None
    if key is None or signed is None:
        return []
    return [("the signer's own record", Checkpoint(key.signer.name, signed.size, signed.root()))]
