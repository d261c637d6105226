"""Making an installation, opening it, and saying what is wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from tomllib import TOMLDecodeError, loads

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from clearinghouse.access.roles import OPERATOR, Region
from clearinghouse.casework.world import World, utc_now
from clearinghouse.notices.mail import MailSettings
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
from clearinghouse.vault.log_key import create_log_key
from clearinghouse.vault.providers import KeyFileProvider, create_key_file, read_key_file
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
        create_key_file(settings.key_file)
    read_key_file(settings.key_file)
    _upgrade(settings)
    world = open_installation(settings, now)
    _make_log_key(world)
    return world


def open_installation(settings: Settings, now: Callable[[], datetime] = utc_now) -> World:
    """Open an installation that was made, never without its keys. Raises NotReady and KeysError, one line each."""
    check_key_place(settings)
    keys = read_key_file(settings.key_file)
    database = Database(settings.database_url)
    check_schema(database)
    world = World(
        database=database,
        vault=Vault(KeyFileProvider(settings.key_file), keys.installation),
        web_secret=keys.web_secret,
        support_map=_support_map(settings),
        regions=_regions(settings),
        base_url=settings.base_url,
        log_key_file=settings.log_key_file,
        mail=MailSettings(settings.smtp_url, settings.mail_from) if settings.smtp_url else None,
        demo=settings.demo,
        now=now,
    )
    _prove_keys(world, settings)
    return world


def _make_log_key(world: World) -> None:
    """A key for a log that has none yet; where a log was begun, its key is somewhere, and another would fork it."""
    if not world.log_key_file.exists():
        with world.reading(OPERATOR) as work:
            begun = work.session.scalars(select(LogTree.id)).first()
        if begun is None:
            create_log_key(world.log_key_file, f"clearinghouse/{world.vault.installation}")


def check_key_place(settings: Settings) -> None:
    """No key stands in the database's folder, so that a copy of one is not a copy of both."""
    if settings.is_sqlite:
        folder = settings.database_url.removeprefix("sqlite:///").rpartition("/")[0]
        for name, file in (
            ("CLEARINGHOUSE_KEY_FILE", settings.key_file),
            ("CLEARINGHOUSE_LOG_KEY_FILE", settings.log_key_file),
        ):
            if str(file).startswith(folder + "/"):
                raise KeysError(f"{name} stands in the database's folder; move it to a folder of its own")


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


def _prove_keys(world: World, settings: Settings) -> None:
    with world.database.writing() as session:
        row = session.scalars(select(Installation)).one_or_none()
        hang_keyring(session, Keyring(session, world.vault, world.now()))
        if row is not None:
            _check_proof(row, world, settings)
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
