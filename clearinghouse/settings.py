"""The installation's settings, read once from the environment into one frozen value that refuses to be incomplete."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(Exception):
    """A setting is missing or wrong; the message is one line that says what and how to mend it."""


@dataclass(frozen=True)
class Setting:
    """One environment variable: its name, its default in words, and what it is for."""

    name: str
    default: str
    purpose: str


SETTINGS = (
    Setting("CLEARINGHOUSE_HOME", "~/.clearinghouse", "folder for the database and the key file"),
    Setting(
        "CLEARINGHOUSE_DATABASE_URL",
        "SQLite at database/clearinghouse.db in the home folder",
        "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME",
    ),
    Setting(
        "CLEARINGHOUSE_KEY_FILE",
        "keys/clearinghouse.keys in the home folder",
        "the key file, which must stand outside the database's folder, with mode 0600",
    ),
    Setting(
        "CLEARINGHOUSE_LOG_KEY_FILE",
        "log/clearinghouse.log-key in the home folder",
        "the log's signing key, which only the clock and the operator need to read, with mode 0600",
    ),
    Setting(
        "CLEARINGHOUSE_BASE_URL",
        "http://127.0.0.1:PORT",
        "the address that people type; links in mail start with it",
    ),
    Setting(
        "CLEARINGHOUSE_TRUSTED_HOSTS",
        "the host of the base address",
        "host names that may be asked for, with commas",
    ),
    Setting("CLEARINGHOUSE_PROXIES", "0", "how many reverse proxies stand in front and set X-Forwarded-For"),
    Setting("CLEARINGHOUSE_HOST", "127.0.0.1", "the address that serve listens on"),
    Setting("PORT", "8000", "the port that serve listens on"),
    Setting("CLEARINGHOUSE_WORKERS", "1", "how many processes serve pages"),
    Setting("CLEARINGHOUSE_THREADS", "8", "how many threads each process has"),
    Setting(
        "CLEARINGHOUSE_SMTP_URL", "no mail is sent", "smtp://HOST:PORT, or smtps://USER:PASSWORD@HOST:PORT"
    ),
    Setting("CLEARINGHOUSE_MAIL_FROM", "clearinghouse@localhost", "the sender of every mail"),
    Setting(
        "CLEARINGHOUSE_CONFIG",
        "the files that come with the program",
        "folder whose TOML files replace those of config/",
    ),
    Setting(
        "CLEARINGHOUSE_DEMO",
        "0",
        "1 fills and shows fictional demo data; refused on a database that is not a demo",
    ),
)
"""Every variable that the program reads; the README's table is compared with this by a test."""


@dataclass(frozen=True)
class Settings:
    """What an installation is told from outside. Paths are absolute; `smtp_url` is None where no mail is sent."""

    home: Path
    database_url: str
    key_file: Path
    log_key_file: Path
    base_url: str
    trusted_hosts: tuple[str, ...]
    proxies: int
    host: str
    port: int
    workers: int
    threads: int
    smtp_url: str | None
    mail_from: str
    config: Path | None
    demo: bool

    @property
    def is_secure(self) -> bool:
        """Whether people reach the installation over TLS, so that cookies can insist on it."""
        return self.base_url.startswith("https://")

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite")


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from an environment. Raises SettingsError with one line on what is wrong."""
    home = Path(environ.get("CLEARINGHOUSE_HOME") or "~/.clearinghouse").expanduser().resolve()
    port = _number(environ, "PORT", 8000, 1, 65535)
    base_url = (environ.get("CLEARINGHOUSE_BASE_URL") or f"http://127.0.0.1:{port}").rstrip("/")
    host = urlsplit(base_url).hostname
    if not base_url.startswith(("http://", "https://")) or not host:
        raise SettingsError(
            f"CLEARINGHOUSE_BASE_URL is {base_url!r}; give an address such as https://clearinghouse.example"
        )
    trusted = tuple(
        name.strip() for name in environ.get("CLEARINGHOUSE_TRUSTED_HOSTS", "").split(",") if name.strip()
    )
    if not trusted:
        trusted = ("127.0.0.1", "localhost") if host in ("127.0.0.1", "localhost") else (host,)
    config = environ.get("CLEARINGHOUSE_CONFIG")
    return Settings(
        home=home,
        database_url=_database_url(environ.get("CLEARINGHOUSE_DATABASE_URL"), home),
        key_file=Path(environ.get("CLEARINGHOUSE_KEY_FILE") or home / "keys" / "clearinghouse.keys")
        .expanduser()
        .resolve(),
        log_key_file=Path(environ.get("CLEARINGHOUSE_LOG_KEY_FILE") or home / "log" / "clearinghouse.log-key")
        .expanduser()
        .resolve(),
        base_url=base_url,
        trusted_hosts=trusted,
        proxies=_number(environ, "CLEARINGHOUSE_PROXIES", 0, 0, 5),
        host=environ.get("CLEARINGHOUSE_HOST") or "127.0.0.1",
        port=port,
        workers=_number(environ, "CLEARINGHOUSE_WORKERS", 1, 1, 64),
        threads=_number(environ, "CLEARINGHOUSE_THREADS", 8, 1, 64),
        smtp_url=_smtp_url(environ.get("CLEARINGHOUSE_SMTP_URL")),
        mail_from=environ.get("CLEARINGHOUSE_MAIL_FROM") or "clearinghouse@localhost",
        config=Path(config).expanduser().resolve() if config else None,
        demo=_flag(environ, "CLEARINGHOUSE_DEMO"),
    )


def resource(name: str) -> Path:
    """The folder of templates, migrations or config: inside the installed package, else beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


def _number(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise SettingsError(f"{name} is {text!r}; give a whole number from {low} to {high}")
    return int(text)


def _flag(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name) or "0"
    if text not in ("0", "1"):
        raise SettingsError(f"{name} is {text!r}; give 1 for yes or 0 for no")
    return text == "1"


def _database_url(url: str | None, home: Path) -> str:
    if not url:
        return f"sqlite:///{home / 'database' / 'clearinghouse.db'}"
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    if url.startswith(("sqlite:///", "postgresql+psycopg://")):
        return url
    raise SettingsError("CLEARINGHOUSE_DATABASE_URL must start with sqlite:/// or postgresql://")


def _smtp_url(url: str | None) -> str | None:
    if url and (urlsplit(url).scheme not in ("smtp", "smtps") or not urlsplit(url).hostname):
        raise SettingsError(
            "CLEARINGHOUSE_SMTP_URL must look like smtp://HOST:PORT or smtps://USER:PASSWORD@HOST:PORT"
        )
    return url or None
