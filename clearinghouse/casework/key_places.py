"""Where an installation's keys are: its key files and the services outside, looked at before anything is opened."""

import hmac
import secrets
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clearinghouse.records.database import Database
from clearinghouse.records.installation import Installation
from clearinghouse.records.keyring import DataKeyRow, Keyring
from clearinghouse.records.sealed import Compartment
from clearinghouse.settings import KeySetting, Settings
from clearinghouse.vault import rotation
from clearinghouse.vault.errors import KeysError, KeysUnreachable, SealBroken
from clearinghouse.vault.providers import (
    KeyFile,
    KeyFileProvider,
    create_key_file,
    create_sources_key_file,
    is_credential,
    new_key,
    read_key_file,
)
from clearinghouse.vault.sealing import Apart, Vault, WrappedKey
from clearinghouse.vault.services import KeyServices, OutsideKey, outside_key

_KEY_BYTES = 32
_CHECKED = b"clearinghouse/check/v1"


def check_key_place(settings: Settings) -> None:
    """No key stands in the database's folder, so that a copy of one is not a copy of both; nor do the tombstones, which
    a restored copy of that folder would take back."""
    if settings.is_sqlite:
        folder = settings.database_url.removeprefix("sqlite:///").rpartition("/")[0]
        files: list[tuple[str, Path]] = [("CLEARINGHOUSE_KEY_FILE", settings.key_file)]
        if settings.source_keys:
            files.append(("CLEARINGHOUSE_SOURCE_KEY_FILE", settings.source_keys.file))
        files.append(("CLEARINGHOUSE_LOG_KEY_FILE", settings.log_key_file))
        files.append(("CLEARINGHOUSE_TOMBSTONE_FILE", settings.tombstone_file))
        for name, file in files:
            if str(file).startswith(folder + "/"):
                raise KeysError(f"{name} stands in the database's folder; move it to a folder of its own")


def make_ordinary_keys(settings: Settings) -> None:
    """Make the ordinary keys' file where it is missing. Raises KeysError where what stands there is none."""
    if not settings.key_file.exists():
        create_key_file(settings.key_file, lambda made: _first_key(settings.keys, settings, made))
    read_keys(settings.keys)


def make_source_keys(settings: Settings, database: Database) -> None:
    """Make the file of the sources' own keys, where the settings name one that is missing.

    Raises KeysError where they had a file before, which is to be restored.
    """
    own = settings.source_keys
    if own is None or own.file.exists():
        return
    refuse_credential(own)
    ordinary = read_keys(settings.keys)
    with database.reading() as session:
        proof = _proof_of_sources(session, ordinary.installation)
    if proof and not ordinary.holds(proof.epoch):
        raise KeysError(f"no key file of the sources at {own.file}; restore it from your backup")
    create_sources_key_file(own.file, ordinary, _first_key(own, settings, ordinary.installation))
    if ordinary.recovery:
        rotation.set_recovery(own.file, ordinary.recovery)


def read_keys(setting: KeySetting, *, of_sources: bool = False) -> KeyFile:
    """Read a key file that must hold that set of keys. Raises KeysError where it does not."""
    keys = read_key_file(setting.file)
    if keys.is_of_sources != of_sources:
        held = "the keys of sources" if keys.is_of_sources else "the ordinary keys"
        raise KeysError(f"{setting.file} holds {held}; let {setting.setting} name the other key file")
    return keys


def open_vault(settings: Settings) -> tuple[Vault, KeyFile]:
    """The vault over all the installation's keys, and the ordinary ones.

    Raises KeysError where any key is missing, damaged, another installation's, or does not answer.
    """
    ordinary = read_keys(settings.keys)
    services = KeyServices(ordinary.installation, settings.vault_token_file)
    apart: dict[str, Apart] = {}
    if settings.source_keys:
        own = read_keys(settings.source_keys, of_sources=True)
        if own.installation != ordinary.installation:
            raise KeysError(
                f"{settings.source_keys.file} holds another installation's keys; restore this installation's"
            )
        if own.epochs.keys() & ordinary.epochs.keys():
            raise KeysError(
                f"{settings.key_file} and {settings.source_keys.file} are not of one time; restore the newest of both"
            )
        provider = KeyFileProvider(settings.source_keys.file, services)
        _try(provider, settings.source_keys)
        apart[Compartment.SOURCE] = Apart(provider, own.first_epoch or 0)
    provider = KeyFileProvider(settings.key_file, services)
    _try(provider, settings.keys)
    return Vault(provider, ordinary.installation, apart), ordinary


def prove_source_keys(session: Session, keyring: Keyring, vault: Vault, settings: Settings) -> None:
    """See that the keys of sources open what they sealed, and leave something to see it by where there is nothing yet.

    Raises KeysError where they do not.
    """
    proof = _proof_of_sources(session, vault.installation)
    own = settings.source_keys
    if proof is None:
        if own:
            keyring.hold((vault.installation,), Compartment.SOURCE, make=True)
        return
    try:
        vault.data_key(proof)
    except KeysUnreachable:
        raise
    except SealBroken as error:
        file = own.file if own else settings.key_file
        raise KeysError(f"{file} does not open this database's sources; restore the one that does") from error
    except KeysError as error:
        if own is None:
            raise KeysError(
                "sources have keys of their own here; set CLEARINGHOUSE_SOURCE_KEYS as it was"
            ) from error
        raise


def _try(provider: KeyFileProvider, setting: KeySetting) -> None:
    """Wrap something and unwrap it again, so that a key that cannot be used is known before anybody needs it."""
    sample, epoch = secrets.token_bytes(_KEY_BYTES), provider.current_epoch
    try:
        same = hmac.compare_digest(
            provider.unwrap(epoch, provider.wrap(epoch, sample, _CHECKED), _CHECKED), sample
        )
    except SealBroken:
        same = False
    except KeysError as error:
        raise type(error)(f"{_whose(setting)}: {error}") from error
    if not same:
        raise KeysError(f"{_whose(setting)}: what is wrapped does not unwrap; check {setting.setting}")


def _whose(setting: KeySetting) -> str:
    return f"the keys of {setting.setting}"


def refuse_credential(setting: KeySetting) -> None:
    """Raises KeysError for a key file that is to be made where systemd hands files over."""
    if is_credential(setting.file):
        raise KeysError(
            f"systemd hands over no {setting.file.name}; run 'clearinghouse init' once with"
            f" {setting.setting}=file:PATH, and let the unit load that file"
        )


def _first_key(setting: KeySetting, settings: Settings, installation: UUID) -> bytes | OutsideKey:
    """The first key of a set: a fresh one, or the one outside that the setting names."""
    if setting.outside is None:
        return new_key()
    return KeyServices(installation, settings.vault_token_file).next_key(outside_key(setting.outside), ())


def _proof_of_sources(session: Session, installation: UUID) -> WrappedKey | None:
    """The installation's own data key of that compartment, which seals nothing and shows whose keys open sources."""
    if session.get(Installation, installation) is None:
        return None
    query = select(DataKeyRow).where(
        DataKeyRow.subject_id == installation, DataKeyRow.compartment == Compartment.SOURCE
    )
    row = session.scalars(query).one_or_none()
    return row.stored if row else None
