"""The operator's care for the keys: how they stand, rotating them under a service, and a copy for the worst day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.world import World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.keyring import keys_by_epoch, rewrap_batch
from clearinghouse.vault import rotation
from clearinghouse.vault.providers import put_key_file, read_key_file
from clearinghouse.vault.recovery import copy_of, new_shares, open_copy

BATCH = 200
SETTLED_AFTER = timedelta(minutes=10)
"""Longer than any transaction that wrapped a key under the former epoch just before the new one was promoted."""


@dataclass(frozen=True)
class KeyStatus:
    """How the keys stand: data keys by epoch, and what of it can be retired."""

    current: int
    held: tuple[int, ...]
    data_keys: Mapping[int, int]
    promoted_at: datetime | None
    has_recovery: bool

    @property
    def waiting(self) -> int:
        """How many data keys are not under the current epoch yet."""
        return sum(number for epoch, number in self.data_keys.items() if epoch != self.current)

    @property
    def unused(self) -> tuple[int, ...]:
        """The epochs before the current one under which no data key is left."""
        return tuple(epoch for epoch in self.held if epoch < self.current and not self.data_keys.get(epoch))

    @property
    def lost(self) -> tuple[int, ...]:
        """The epochs under which data keys lie that the key file does not hold: what they seal cannot be read."""
        return tuple(sorted(self.data_keys.keys() - set(self.held)))


def key_status(world: World, key_file: Path) -> KeyStatus:
    """How the keys stand. Raises KeysError where the key file cannot be read."""
    keys = read_key_file(key_file)
    with world.reading(OPERATOR) as work:
        promoted = datetime.fromtimestamp(keys.promoted_at, UTC) if keys.promoted_at else None
        return KeyStatus(
            keys.current_epoch,
            tuple(sorted(keys.epochs)),
            keys_by_epoch(work.session),
            promoted,
            keys.recovery is not None,
        )


def add_epoch(world: World, key_file: Path) -> int:
    """Add the key of a new epoch, to be copied to every host before it is used. Returns the epoch."""
    epoch = max(rotation.add_epoch(key_file).epochs)
    with world.unit_of_work(OPERATOR) as work:
        work.record(Event.KEYS_ADDED, Stream.INSTALLATION, world.vault.installation, epoch=epoch)
    return epoch


def rotate(world: World, key_file: Path, tell: Callable[[int, int], None]) -> KeyStatus:
    """Promote the new epoch, made where none waits, and wrap every data key under it; says how far it is.

    Whatever stops it, at any point, running it again goes on: while data keys lie under an earlier epoch, no further
    one is begun. What people read and write meanwhile is not held up. Raises KeysError and SealBroken where a key
    cannot be read.
    """
    before = key_status(world, key_file)
    if before.lost:
        raise Refused(f"the key file lacks epoch {_listed(before.lost)}; restore the key file that has it")
    if not before.waiting:
        _promote(world, key_file)
    _rewrap(world, tell)
    after = key_status(world, key_file)
    if after.waiting:
        raise Refused("somebody else rotates the keys at the same time; run it again")
    with world.unit_of_work(OPERATOR) as work:
        work.record(Event.KEYS_ROTATED, Stream.INSTALLATION, world.vault.installation, epoch=after.current)
    return after


def retire(world: World, key_file: Path) -> tuple[int, ...]:
    """Take the keys away under which no data key is left; backups that need them need a copy kept with them.

    Returns their epochs. Raises Refused where there are none, or where the rotation has only just been.
    """
    found = key_status(world, key_file)
    if not found.unused or found.waiting:
        raise Refused("every key is in use; 'clearinghouse keys rotate' frees the earlier ones")
    if found.promoted_at and world.now() < found.promoted_at + SETTLED_AFTER:
        raise Refused("the rotation has only just been; retire the old keys in ten minutes")
    rotation.retire(key_file, frozenset(found.unused))
    with world.unit_of_work(OPERATOR) as work:
        work.record(Event.KEYS_RETIRED, Stream.INSTALLATION, world.vault.installation, epochs=found.unused)
    return found.unused


def share_recovery(world: World, key_file: Path, needed: int, shares: int) -> tuple[tuple[str, ...], Path]:
    """Make a new recovery key, seal a copy of the key file to it, and give its shares, which nothing keeps.

    Returns the shares and where the sealed copy stands. Former shares do not open it any more.
    """
    public, words = new_shares(needed, shares)
    rotation.set_recovery(key_file, public)
    with world.unit_of_work(OPERATOR) as work:
        work.record(
            Event.KEYS_SHARED, Stream.INSTALLATION, world.vault.installation, needed=needed, shares=shares
        )
    return tuple(words), copy_of(key_file)


def recover(copy: Path, key_file: Path, shares: Sequence[str]) -> int:
    """Write the key file again out of its sealed copy and enough shares; needs no database. Returns the current epoch.

    Raises KeysError where they do not fit, or where a key file stands.
    """
    keys, text = open_copy(copy, shares)
    put_key_file(key_file, text)
    return keys.current_epoch


def _promote(world: World, key_file: Path) -> None:
    rotation.add_epoch(key_file)
    rotation.promote(key_file, int(world.now().timestamp()))


def _rewrap(world: World, tell: Callable[[int, int], None]) -> None:
    done = 0
    with world.reading(OPERATOR) as work:
        counts = keys_by_epoch(work.session)
    total = sum(number for epoch, number in counts.items() if epoch != world.vault.current_epoch)
    while True:
        with world.database.writing() as session:
            moved = rewrap_batch(session, world.vault, BATCH)
        if not moved:
            return
        done += moved
        tell(done, max(total, done))


def _listed(epochs: Sequence[int]) -> str:
    return ", ".join(str(epoch) for epoch in epochs)
