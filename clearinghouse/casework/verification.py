"""Verifying the installation's ledger, its Merkle log, and every sealed value against them."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.anchors.stamping import authorities
from clearinghouse.casework.log import log_key_of
from clearinghouse.casework.world import Work, World
from clearinghouse.records.anchor_verification import AnchorReport, verify_anchors
from clearinghouse.records.ledger import LedgerHead
from clearinghouse.records.log_verification import LogReport, verify_log
from clearinghouse.records.side_by_side import Helpers, helping, see_as
from clearinghouse.records.tombstone_verification import destroyed_keys, key_faults
from clearinghouse.records.verification import Fault, verify_records
from clearinghouse.vault.log_key import LogKey
from clearinghouse.vault.notes import Checkpoint, Verifier, read_verifier
from clearinghouse.vault.sealing import Vault

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


def verify(world: World, outside: FromOutside = NOTHING_OUTSIDE, processes: int = 1) -> VerificationReport:
    """Walk ledger and log and open every sealed value, of one state of the database; nothing is changed.

    Proves that nobody altered, removed, moved or put back an event or a sealed value, but for those who hold the log's
    key, behind the last checkpoint that stands outside. More than one of `processes` share the work, and this one may
    have nothing open then. Raises NoteBroken for a text that is no key, KeysError for a log key that is none, Refused
    for certificates that cannot be read.
    """
    if processes < 2:
        with world.reading(OPERATOR) as work:
            return _verify(work, outside, None)
    with helping(world.database, world.vault, processes) as started, world.reading(OPERATOR) as work:
        return _verify(work, outside, see_as(world.database, work.session, started))


def ledger_size(world: World) -> int:
    """How many events the ledger has, as its streams' ends say."""
    with world.reading(OPERATOR) as work:
        return work.session.scalars(select(func.coalesce(func.sum(LedgerHead.seq), 0))).one()


@dataclass(frozen=True)
class _WalkLog:
    """The walk along the log, which another process can do."""

    own: frozenset[Verifier]
    outside: FromOutside
    anchors: AnchorReport
    last_signed: Checkpoint | None

    def __call__(self, session: Session, _vault: Vault) -> LogReport:
        """Walk it."""
        given, printed = self.outside.checkpoints, self.outside.printed
        return verify_log(session, self.own, given, self.anchors.claims, printed, self.last_signed)


def _verify(work: Work, outside: FromOutside, helpers: Helpers | None) -> VerificationReport:
    world, key = work.world, log_key_of(work.world)
    own = {read_verifier(outside.log_key)} if outside.log_key else {key.verifier} if key else set[Verifier]()
    anchors = verify_anchors(
        work.session,
        authorities(world.outside) if world.outside.tsa_certificates else None,
        [each.key for each in world.outside.witnesses],
        [read_verifier(each) for each in outside.witnesses],
    )
    walk = _WalkLog(frozenset(own), outside, anchors, _last_signed(key))
    of_log = helpers.give(walk) if helpers else None
    tombstones = destroyed_keys(work.session, world.vault)
    records = verify_records(work.session, world.vault, tombstones, helpers)
    of_keys = tuple(key_faults(work.session, tombstones))
    log: LogReport = helpers.what_came_of(of_log) if helpers and of_log else walk(work.session, world.vault)
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
