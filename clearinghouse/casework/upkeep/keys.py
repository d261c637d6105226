"""The operator's care for the keys: how they stand, rotating them under a service, and a copy for the worst day."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.world import World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.rewrapping import keys_by_epoch, keys_waiting, put_rewrapped
from clearinghouse.settings import KeySetting, Settings
from clearinghouse.vault import rotation
from clearinghouse.vault.errors import KeysError
from clearinghouse.vault.providers import KeyFile, is_credential, new_key, put_key_file, read_key_file
from clearinghouse.vault.recovery import copy_of, new_shares, open_copy
from clearinghouse.vault.sealing import WrappedKey
from clearinghouse.vault.services import KeyServices, OutsideKey, outside_key

BATCH = 1_000
"""Large, since each has to wait for its turn to write, and small enough to hold nobody up."""
SETTLED_AFTER = timedelta(minutes=10)
"""Longer than any transaction that wrapped a key under the former epoch just before the new one was promoted."""
_ASKED_AT_ONCE = 8
_LOOKS, _BETWEEN_LOOKS = 30, 0.1  # seconds


@dataclass(frozen=True)
class KeyStatus:
    """How one set of keys stands: data keys by epoch, and what of it can be retired.

    `held` says of each epoch which key outside it is, None where it stands in the file. `needed_elsewhere` are the
    epochs under which data keys of the other set lie still. `wanted` is where the settings say that new keys come from.
    """

    setting: KeySetting
    of_sources: bool
    current: int
    held: Mapping[int, OutsideKey | None]
    data_keys: Mapping[int, int]
    readable: frozenset[int]
    needed_elsewhere: frozenset[int]
    promoted_at: datetime | None
    has_recovery: bool

    @property
    def waiting(self) -> int:
        """How many data keys are not under the current epoch yet."""
        return sum(number for epoch, number in self.data_keys.items() if epoch != self.current)

    @property
    def unused(self) -> tuple[int, ...]:
        """The epochs before the current one under which no data key is left."""
        used = self.data_keys.keys() | self.needed_elsewhere
        return tuple(epoch for epoch in self.held if epoch < self.current and epoch not in used)

    @property
    def lost(self) -> tuple[int, ...]:
        """The epochs under which data keys lie whose key is not there: what they seal cannot be read."""
        return tuple(sorted(self.data_keys.keys() - self.readable))

    @property
    def moves_to(self) -> str | None:
        """Where the settings say that keys are, where the current one is not there yet."""
        outside, wanted = self.held[self.current], self.setting.outside
        if wanted is None:
            return str(self.setting.file) if outside else None
        service = outside_key(wanted).service
        return None if outside and outside.service == service else wanted


def key_status(world: World, settings: Settings) -> tuple[KeyStatus, ...]:
    """How the ordinary keys stand, and the sources' own where there are any. Raises KeysError where they do not."""
    files = [read_key_file(setting.file) for setting in _settings_of(settings)]
    apart = world.vault.compartments_apart
    with world.reading(OPERATOR) as work:
        counts = [keys_by_epoch(work.session, apart, others=True)]
        if len(files) > 1:
            counts.append(keys_by_epoch(work.session, apart))
    found = []
    for setting, keys, data_keys, others in zip(
        _settings_of(settings), files, counts, [*counts[1:], {}], strict=True
    ):
        first = keys.first_epoch or 0
        found.append(
            KeyStatus(
                setting,
                keys.is_of_sources,
                keys.current_epoch,
                {epoch: _outside(keys, epoch) for epoch in sorted(keys.epochs)},
                data_keys,
                frozenset(keys.epochs) | {epoch for epoch in files[0].epochs if epoch < first},
                frozenset(others),
                datetime.fromtimestamp(keys.promoted_at, UTC) if keys.promoted_at else None,
                keys.recovery is not None,
            )
        )
    return tuple(found)


def add_epoch(world: World, settings: Settings) -> tuple[int, ...]:
    """Add the key of a new epoch to each set, to be copied to every host before it is used. Returns the epochs."""
    epochs = tuple(_add(world, settings, setting) for setting in _settings_of(settings))
    with world.unit_of_work(OPERATOR) as work:
        for epoch in epochs:
            work.record(Event.KEYS_ADDED, Stream.INSTALLATION, world.vault.installation, epoch=epoch)
    return epochs


def rotate(world: World, settings: Settings, tell: Callable[[int, int], None]) -> tuple[KeyStatus, ...]:
    """Promote new epochs, made where none waits, and wrap every data key under its set's; says how far it is.

    Whatever stops it, at any point, running it again goes on: while data keys lie under an earlier epoch, or under the
    ordinary keys though sources have their own, no further one is begun. What people read and write meanwhile is not
    held up. Raises KeysError and SealBroken where a key cannot be read.
    """
    before = key_status(world, settings)
    if lost := sorted({epoch for each in before for epoch in each.lost}):
        raise Refused(f"no key file has epoch {_listed(lost)}; restore the key file that has it")
    if not any(each.waiting for each in before):
        now = int(world.now().timestamp())
        for setting in _settings_of(settings):
            _add(world, settings, setting)
        for setting in _settings_of(settings):
            rotation.promote(setting.file, now)
    after = _rewrapped(world, settings, tell)
    with world.unit_of_work(OPERATOR) as work:
        for each in after:
            work.record(Event.KEYS_ROTATED, Stream.INSTALLATION, world.vault.installation, epoch=each.current)
    return after


def retire(world: World, settings: Settings) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Take the keys away under which no data key is left; backups that need them need a copy kept with them.

    Returns their epochs, and what to know of keys outside. Raises Refused where there are none, or where the rotation
    has only just been.
    """
    found = key_status(world, settings)
    if not any(each.unused for each in found) or any(each.waiting for each in found):
        raise Refused("every key is in use; 'clearinghouse keys rotate' frees the earlier ones")
    if any(each.promoted_at and world.now() < each.promoted_at + SETTLED_AFTER for each in found):
        raise Refused("the rotation has only just been; retire the old keys in ten minutes")
    services, said = _services(world, settings), []
    for each in found:
        if each.unused:
            rotation.retire(each.setting.file, frozenset(each.unused))
            kept = [key for epoch, key in each.held.items() if key and epoch not in each.unused]
            said += [services.retire(key, kept) for epoch in each.unused if (key := each.held[epoch])]
    epochs = tuple(sorted(epoch for each in found for epoch in each.unused))
    with world.unit_of_work(OPERATOR) as work:
        work.record(Event.KEYS_RETIRED, Stream.INSTALLATION, world.vault.installation, epochs=epochs)
    return epochs, tuple(said)


def share_recovery(
    world: World, settings: Settings, needed: int, shares: int
) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """Make a new recovery key, seal a copy of each key file to it, and give its shares, which nothing keeps.

    Returns the shares and where the sealed copies stand. Former shares do not open them any more.
    """
    public, words = new_shares(needed, shares)
    for setting in _settings_of(settings):
        rotation.set_recovery(setting.file, public)
    with world.unit_of_work(OPERATOR) as work:
        work.record(
            Event.KEYS_SHARED, Stream.INSTALLATION, world.vault.installation, needed=needed, shares=shares
        )
    return tuple(words), tuple(copy_of(setting.file) for setting in _settings_of(settings))


def recover(copy: Path, settings: Settings, shares: Sequence[str]) -> tuple[Path, int]:
    """Write a key file again out of its sealed copy and enough shares; needs no database.

    Returns the file, which is the one whose keys the copy holds, and its current epoch. Raises KeysError where the
    shares do not fit, or where a key file stands.
    """
    keys, text = open_copy(copy, shares)
    setting = settings.source_keys if keys.is_of_sources else settings.keys
    if setting is None:
        raise KeysError(
            f"{copy} holds the keys of sources; set CLEARINGHOUSE_SOURCE_KEYS to where they belong"
        )
    if is_credential(setting.file):
        raise KeysError(f"systemd hands {setting.file.name} over; name the file that it loads as file:PATH")
    put_key_file(setting.file, text)
    return setting.file, keys.current_epoch


def _settings_of(settings: Settings) -> tuple[KeySetting, ...]:
    return (settings.keys, settings.source_keys) if settings.source_keys else (settings.keys,)


def _services(world: World, settings: Settings) -> KeyServices:
    return KeyServices(world.vault.installation, settings.vault_token_file)


def _outside(keys: KeyFile, epoch: int) -> OutsideKey | None:
    key = keys.epochs[epoch]
    return key if isinstance(key, OutsideKey) else None


def _add(world: World, settings: Settings, setting: KeySetting) -> int:
    def made(keys: KeyFile) -> bytes | OutsideKey:
        if setting.outside is None:
            return new_key()
        used = [key for key in keys.epochs.values() if isinstance(key, OutsideKey)]
        return _services(world, settings).next_key(outside_key(setting.outside), used)

    beside = next((each.file for each in _settings_of(settings) if each != setting), None)
    return max(rotation.add_epoch(setting.file, beside, made).epochs)


def _rewrapped(world: World, settings: Settings, tell: Callable[[int, int], None]) -> tuple[KeyStatus, ...]:
    """Wrap until nothing waits. Whoever wrapped a key just before the promotion may keep it after the last look."""
    for _ in range(_LOOKS):
        _rewrap(world, key_status(world, settings), tell)
        after = key_status(world, settings)
        if not any(each.waiting for each in after):
            return after
        time.sleep(_BETWEEN_LOOKS)
    raise Refused("somebody else rotates the keys at the same time; run it again")


def _rewrap(world: World, sets: Sequence[KeyStatus], tell: Callable[[int, int], None]) -> None:
    done, total = 0, sum(each.waiting for each in sets)

    def told(moved: int) -> None:
        nonlocal done
        done += moved
        tell(done, max(total, done))

    for each in sets:
        while _sweep(world, each, told):
            pass


def _sweep(world: World, keys: KeyStatus, tell: Callable[[int], None]) -> int:
    """Once over all the data keys of a set that wait. Keys are opened and wrapped between transactions, not in one."""
    moved, last = 0, None
    at_once = _ASKED_AT_ONCE if any(keys.held.values()) else 1
    apart, others = world.vault.compartments_apart, not keys.of_sources

    def wrapped(old: WrappedKey) -> WrappedKey:
        return world.vault.rewrapped(old, keys.current)

    with ThreadPoolExecutor(at_once) as pool:
        while True:
            with world.reading(OPERATOR) as work:
                batch = keys_waiting(work.session, keys.current, apart, others=others, after=last, most=BATCH)
            if not batch:
                return moved
            new = list(pool.map(wrapped, batch)) if at_once > 1 else [wrapped(old) for old in batch]
            with world.database.writing() as session:
                put_rewrapped(session, list(zip(batch, new, strict=True)))
            moved, last = moved + len(batch), batch[-1].id
            tell(len(batch))


def _listed(epochs: Sequence[int]) -> str:
    return ", ".join(str(epoch) for epoch in epochs)
