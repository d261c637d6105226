"""Verifying the installation's ledger, its Merkle log, and every sealed value against them."""

from collections.abc import Collection
from dataclasses import dataclass

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.anchors.stamping import authorities
from clearinghouse.casework.log import log_key_of
from clearinghouse.casework.world import World
from clearinghouse.records.anchor_verification import AnchorReport, verify_anchors
from clearinghouse.records.log_verification import LogReport, verify_log
from clearinghouse.records.tombstone_verification import destroyed_keys, key_faults
from clearinghouse.records.verification import Fault, verify_records
from clearinghouse.vault.log_key import LogKey
from clearinghouse.vault.notes import Checkpoint, Verifier, read_verifier

__all__ = ["Fault", "LogReport", "VerificationReport", "verify"]


@dataclass(frozen=True)
class VerificationReport:
    """What was looked at, how much of it was `destroyed` on purpose, and every fault that was found.

    `log_key` is None where no key was there to trust.
    """

    events: int
    streams: int
    sealed_values: int
    destroyed: int
    log: LogReport
    anchors: AnchorReport
    log_key: str | None
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class FromOutside:
    """What an auditor brings along: checkpoints that were kept, roots as they were printed with the sizes of their
    trees, the log's public key where it cannot be read here, and witnesses that must have cosigned."""

    checkpoints: Collection[str] = ()
    printed: Collection[tuple[int, str]] = ()
    log_key: str | None = None
    witnesses: Collection[str] = ()


NOTHING_OUTSIDE = FromOutside()
"""Where the installation alone is looked at."""


def verify(world: World, outside: FromOutside = NOTHING_OUTSIDE) -> VerificationReport:
    """Walk ledger and log and open every sealed value, of one state of the database; nothing is changed.

    Proves that nobody altered, removed, moved or put back an event or a sealed value, but
    for those who hold the log's key, behind the last checkpoint that stands outside. Raises NoteBroken for a text that
    is no key, KeysError for a log key that is none, Refused for certificates that cannot be read.
    """
    key = log_key_of(world)
    own = {read_verifier(outside.log_key)} if outside.log_key else {key.verifier} if key else set[Verifier]()
    with world.reading(OPERATOR) as work:
        if not world.database.is_sqlite:
            # Otherwise each query would see a state of its own, and what is written meanwhile would look like a fault.
            work.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        tombstones = destroyed_keys(work.session, world.vault)
        records = verify_records(work.session, world.vault, tombstones)
        of_keys = tuple(key_faults(work.session, tombstones))
        anchors = verify_anchors(
            work.session,
            authorities(world.outside) if world.outside.tsa_certificates else None,
            [each.key for each in world.outside.witnesses],
            [read_verifier(each) for each in outside.witnesses],
        )
        log = verify_log(
            work.session, own, outside.checkpoints, anchors.claims, outside.printed, _last_signed(key)
        )
    return VerificationReport(
        records.events,
        records.streams,
        records.sealed_values,
        records.destroyed,
        log,
        anchors,
        next((each.text for each in own), None),
        records.faults + of_keys + log.faults + anchors.faults,
    )


def _last_signed(key: LogKey | None) -> Checkpoint | None:
    signed = key.last_signed() if key else None
    return Checkpoint(key.signer.name, signed.size, signed.root()) if key and signed else None
