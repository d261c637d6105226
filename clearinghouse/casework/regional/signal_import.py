"""Importing a file of signals: all of it or nothing; what stands on record already is not recorded twice."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, ActorKind
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.regional.signal_file import MayName, SignalEntry, read_signals
from clearinghouse.casework.regional.signals import keep_signal, may_withdraw
from clearinghouse.casework.regional_reach import may_in
from clearinghouse.casework.register_file import LineProblem, Unreadable
from clearinghouse.casework.world import Work, World
from clearinghouse.records.authorities import Authority
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.keyring import keyring_of
from clearinghouse.records.regional import Signal
from clearinghouse.records.sealed import Compartment

_NOT_YOURS = "another signal stands on record, which a RIEP officer or a lead of the region can correct"


@dataclass(frozen=True)
class SignalImportReport:
    """What an import found and did; where `errors` has anything, nothing was done.

    `changed` counts the signals that the file corrects: the earlier one is withdrawn, and stays on record.
    """

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: tuple[LineProblem, ...] = ()


def import_signals(world: World, actor: Actor, content: bytes, dry_run: bool = False) -> SignalImportReport:
    """Record the signals of a file (its columns are described in `signal_file`): all, or, where a line is wrong, none.

    A signal that the file says otherwise is corrected, by whoever may withdraw it; one that it does not name stays. A
    file that changes nothing leaves no event. Raises NotFound for anybody but the operator and those who may record
    signals.
    """
    if actor.kind is not ActorKind.OPERATOR and not may_enter(actor, Permission.SIGNAL_RECORD):
        raise NotFound
    with world.reading(actor) if dry_run else world.unit_of_work(actor) as work:
        try:
            entries = read_signals(content, _may_name(work), work.today)
        except Unreadable as error:
            return SignalImportReport(errors=error.problems)
        held = _held(work, entries, hold=not dry_run)
        new = [entry for entry in entries if entry.key not in held]
        changed = [entry for entry in entries if entry.key in held and _differs(entry, held[entry.key])]
        theirs = [entry for entry in changed if not _may_correct(work, held[entry.key])]
        if theirs:
            return SignalImportReport(errors=tuple(LineProblem(entry.line, _NOT_YOURS) for entry in theirs))
        if (new or changed) and not dry_run:
            _keep(work, new, changed, held)
        return SignalImportReport(len(new), len(changed), len(entries) - len(new) - len(changed))


def _may_name(work: Work) -> MayName:
    """The authorities, abolished ones too, about which the actor may record; the operator may about all."""
    rows = work.session.execute(
        select(Authority.code, Authority.id, Authority.region).order_by(Authority.code)
    ).all()
    actor, record = work.actor, Permission.SIGNAL_RECORD
    if actor.kind is ActorKind.OPERATOR:
        return MayName({row.code: row.id for row in rows}, frozenset(row.id for row in rows))
    near = [row for row in rows if may_in(actor, record, row.region, (row.id,))]
    soft = (row.id for row in near if may_in(actor, Permission.SOFT_SIGNAL_READ, row.region, (row.id,)))
    return MayName({row.code: row.id for row in near}, frozenset(soft))


def _may_correct(work: Work, row: Signal) -> bool:
    return work.actor.kind is ActorKind.OPERATOR or may_withdraw(work, row)


def _held(work: Work, entries: tuple[SignalEntry, ...], *, hold: bool) -> dict[object, Signal]:
    """What stands on record of the authorities that the file names; of two alike, the later one.

    `hold` lets no other import about these authorities run meanwhile, so that nothing is recorded twice.
    """
    named: list[UUID] = sorted({entry.signal.authority_id for entry in entries})
    if hold:
        rows = select(Authority.id).where(Authority.id.in_(named)).order_by(Authority.id)
        work.session.execute(rows.with_for_update(key_share=True)).all()
    query = select(Signal).where(Signal.authority_id.in_(named), Signal.withdrawn_at.is_(None))
    query = query.with_for_update() if hold else query
    keyring_of(work.session).hold(named, Compartment.REGIONAL)
    return {
        (row.authority_id, row.kind, row.theme, row.observed_on, row.source): row
        for row in work.session.scalars(query.order_by(Signal.id))
    }


def _differs(entry: SignalEntry, row: Signal) -> bool:
    """Whether the file says something else; words that it leaves out stay."""
    given = entry.signal
    if (given.value, given.direction) != (row.value, row.direction):
        return True
    return bool(given.words) and given.words != row.words


def _keep(work: Work, new: list[SignalEntry], changed: list[SignalEntry], held: dict[object, Signal]) -> None:
    subjects = {entry.signal.authority_id for entry in (*new, *changed)}
    keyring_of(work.session).hold(subjects, Compartment.REGIONAL, make=True)
    for entry in changed:
        row = held[entry.key]
        row.withdrawn_by, row.withdrawn_at = work.actor.id, work.now
        work.record(Event.SIGNAL_WITHDRAWN, Stream.AUTHORITY, row.authority_id, signal=row.id)
        keep_signal(work, replace(entry.signal, words=entry.signal.words or row.words))
    for entry in new:
        keep_signal(work, entry.signal)
    work.record(
        Event.SIGNALS_IMPORTED,
        Stream.INSTALLATION,
        work.world.vault.installation,
        created=len(new),
        changed=len(changed),
    )
