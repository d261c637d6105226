"""Making an installation, opening it, and saying what is wrong with it."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tomllib import TOMLDecodeError, loads

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from clearinghouse.access.roles import OPERATOR, Region
from clearinghouse.casework.key_places import (
    check_key_place,
    make_ordinary_keys,
    make_source_keys,
    open_vault,
    prove_source_keys,
    refuse_credential,
)
from clearinghouse.casework.retention.tombstones import keep_destroyed
from clearinghouse.casework.world import Outside, Witness, World, utc_now
from clearinghouse.notices.mail import MailSettings
from clearinghouse.notices.provider import ProviderSettings
from clearinghouse.protocol.questionnaires import ReadyMade, ReadyMadeError, parse_ready_made
from clearinghouse.protocol.retention import RetentionError, RetentionSettings, parse_retention
from clearinghouse.protocol.round_table import RegionsError, RegionSettings, parse_regions
from clearinghouse.protocol.support_map import SupportMap, SupportMapError, parse_support_map
from clearinghouse.records import schema
from clearinghouse.records.database import Database
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.installation import Installation
from clearinghouse.records.keyring import Keyring, hang_keyring
from clearinghouse.records.log import LogTree
from clearinghouse.settings import Settings, SettingsError, resource
from clearinghouse.vault.errors import KeysError, SealBroken
from clearinghouse.vault.id_tokens import can_read_id_tokens
from clearinghouse.vault.log_key import create_log_key
from clearinghouse.vault.notes import COSIGNED, NoteBroken, Verifier, read_verifier
from clearinghouse.vault.sealing import Vault

_PROOF = "These keys are this installation's keys."


@dataclass(frozen=True)
class Problem:
    """Something that keeps an installation from serving: what it is, and how to mend it."""

    what: str
    mend: str


class NotReady(Exception):
    """The installation cannot be opened; `problem` says what is wrong and how to mend it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.what}; {problem.mend}")
        self.problem = problem


def make_installation(settings: Settings, now: Callable[[], datetime] = utc_now) -> World:
    """Make the key file and the database where they are missing, bring the schema up to date, and open the result.

    Raises NotReady and KeysError with one line each.
    """
    check_key_place(settings)
    if not settings.key_file.exists():
        refuse_credential(settings.keys)
        _refuse_second_keys(settings)
    make_ordinary_keys(settings)
    _upgrade(settings)
    if settings.source_keys:
        with closing(Database(settings.database_url)) as database:
            make_source_keys(settings, database)
    world = open_installation(settings, now)
    _make_log_key(world)
    return world


def open_installation(settings: Settings, now: Callable[[], datetime] = utc_now) -> World:
    """Open an installation that was made, never without its keys. Raises NotReady and KeysError, one line each.

    What was destroyed before a backup was restored is destroyed again, before anybody can look at it.
    """
    check_key_place(settings)
    vault, keys = open_vault(settings)
    database = Database(settings.database_url)
    try:
        return _opened(settings, database, vault, keys.web_secret, now)
    except BaseException:
        database.close()
        raise


def _opened(
    settings: Settings, database: Database, vault: Vault, web_secret: bytes, now: Callable[[], datetime]
) -> World:
    check_schema(database)
    world = World(
        database=database,
        vault=vault,
        web_secret=web_secret,
        support_map=_support_map(settings),
        regions=_regions(settings),
        retention=_retention(settings),
        base_url=settings.base_url,
        log_key_file=settings.log_key_file,
        tombstone_file=settings.tombstone_file,
        mail=MailSettings(settings.smtp_url, settings.mail_from) if settings.smtp_url else None,
        outside=_outside(settings),
        demo=settings.demo,
        now=now,
        largest_file=settings.largest_file,
        provider=_provider(settings),
        questionnaires=_questionnaires(settings),
    )
    _prove_keys(world, settings)
    keep_destroyed(world)
    return world


def _make_log_key(world: World) -> None:
    """A key for a log that has none yet; where a log was begun, its key is somewhere, and another would fork it."""
    if not world.log_key_file.exists():
        with world.reading(OPERATOR) as work:
            begun = work.session.scalars(select(LogTree.id)).first()
        if begun is None:
            create_log_key(world.log_key_file, f"clearinghouse/{world.vault.installation}")


def _refuse_second_keys(settings: Settings) -> None:
    """A database that was made already has keys somewhere; new ones would only stand in the way of its own."""
    if settings.is_sqlite and not Path(settings.database_url.removeprefix("sqlite:///")).exists():
        return
    database = Database(settings.database_url)
    try:
        if schema.state_of(database) is schema.State.EMPTY:
            return
        with database.reading() as session:
            made = session.scalars(select(Installation.id)).first()
    except SQLAlchemyError as error:
        raise NotReady(_no_database(error)) from error
    finally:
        database.close()
    if made:
        raise KeysError(
            f"no key file at {settings.key_file}, and this database was made with one;"
            " restore it from your backup, or with 'clearinghouse keys recover'"
        )


def _upgrade(settings: Settings) -> None:
    try:
        schema.upgrade(settings.database_url)
    except SQLAlchemyError as error:
        raise NotReady(_no_database(error)) from error


def check_schema(database: Database) -> None:
    """Raises NotReady where the database does not answer, or its schema is not this program's."""
    try:
        state = schema.state_of(database)
    except SQLAlchemyError as error:
        raise NotReady(_no_database(error)) from error
    if state is schema.State.EMPTY:
        raise NotReady(Problem("the database is empty", "run 'clearinghouse init'"))
    if state is schema.State.BEHIND:
        raise NotReady(
            Problem(
                "the database's schema is not this program's",
                "run 'clearinghouse init' to bring it up to date",
            )
        )


def _no_database(error: SQLAlchemyError) -> Problem:
    detail = str(getattr(error, "orig", None) or type(error).__name__).splitlines()[0]
    return Problem(
        f"the database does not answer ({detail})",
        "check CLEARINGHOUSE_DATABASE_URL and that the server runs",
    )


def _outside(settings: Settings) -> Outside:
    return Outside(
        settings.tsa_url,
        settings.tsa_certificates,
        tuple(Witness(_witness_key(key), url) for key, url in settings.witnesses),
        settings.checkpoint_mail,
    )


def _provider(settings: Settings) -> ProviderSettings | None:
    """The provider of single sign-on, with our secret. Raises SettingsError where it could not be used."""
    if settings.provider is None:
        return None
    if not can_read_id_tokens():
        raise SettingsError(
            "CLEARINGHOUSE_OIDC_ISSUER needs the extra 'oidc'; run: pip install 'clearinghouse[oidc]'"
        )
    given = settings.provider
    try:
        secret = given.secret_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"CLEARINGHOUSE_OIDC_SECRET_FILE cannot be read: {given.secret_file}") from error
    if not secret:
        raise SettingsError(f"CLEARINGHOUSE_OIDC_SECRET_FILE is empty: {given.secret_file}")
    return ProviderSettings(given.issuer, given.client_id, secret, given.name, given.second_factor)


def _witness_key(text: str) -> Verifier:
    try:
        key = read_verifier(text)
    except NoteBroken as error:
        raise SettingsError(f"CLEARINGHOUSE_WITNESSES has {text!r}; {error}") from error
    if key.kind != COSIGNED:
        raise SettingsError(f"CLEARINGHOUSE_WITNESSES has {text!r}; it is not the key of a witness")
    return key


def _support_map(settings: Settings) -> SupportMap:
    own = settings.config / "support_map.toml" if settings.config else None
    path = own if own and own.exists() else resource("config") / "support_map.toml"
    try:
        return parse_support_map(loads(path.read_text(encoding="utf-8")))
    except (SupportMapError, TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path} cannot be used: {str(error).splitlines()[0]}") from error


def _regions(settings: Settings) -> RegionSettings:
    own = settings.config / "regions.toml" if settings.config else None
    path = own if own and own.exists() else resource("config") / "regions.toml"
    try:
        return parse_regions(loads(path.read_text(encoding="utf-8")), [region.value for region in Region])
    except (RegionsError, TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path} cannot be used: {str(error).splitlines()[0]}") from error


def _retention(settings: Settings) -> RetentionSettings:
    own = settings.config / "retention.toml" if settings.config else None
    usual = resource("config") / ("demo/retention.toml" if settings.demo else "retention.toml")
    path = own if own and own.exists() else usual
    try:
        return parse_retention(loads(path.read_text(encoding="utf-8")))
    except (RetentionError, TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path} cannot be used: {str(error).splitlines()[0]}") from error


def _questionnaires(settings: Settings) -> tuple[ReadyMade, ...]:
    own = settings.config / "questionnaires" if settings.config else None
    folder = own if own and own.is_dir() else resource("config") / "questionnaires"
    try:
        return tuple(
            parse_ready_made(path.stem, loads(path.read_text(encoding="utf-8")))
            for path in sorted(folder.glob("*.toml"))
        )
    except (ReadyMadeError, TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{folder} cannot be used: {str(error).splitlines()[0]}") from error


def _prove_keys(world: World, settings: Settings) -> None:
    with world.database.writing() as session:
        row = session.scalars(select(Installation)).one_or_none()
        keyring = Keyring(session, world.vault, world.now())
        hang_keyring(session, keyring)
        if row is not None:
            _check_proof(row, world, settings)
            prove_source_keys(session, keyring, world.vault, settings)
            return
    with world.unit_of_work(OPERATOR) as work:
        row = work.add(Installation(id=world.vault.installation, made_at=work.now, demo=settings.demo))
        row.proof = _PROOF
        work.record(Event.INSTALLATION_MADE, Stream.INSTALLATION, row.id, demo=settings.demo)


def _check_proof(row: Installation, world: World, settings: Settings) -> None:
    if row.id != world.vault.installation:
        raise KeysError(
            f"{settings.key_file} holds another installation's keys; restore this installation's key file"
        )
    try:
        proved = row.proof == _PROOF
    except SealBroken:
        proved = False
    if not proved:
        raise KeysError(
            f"{settings.key_file} does not open this database; restore the key file that belongs to it"
        )
    if settings.demo and not row.demo:
        raise NotReady(
            Problem(
                "demo mode on a database that is not a demo",
                "choose another database for the demo, or unset CLEARINGHOUSE_DEMO",
            )
        )
    if row.demo and not settings.demo:
        raise NotReady(
            Problem("this is a demo's database", "set CLEARINGHOUSE_DEMO=1, or choose another database")
        )
