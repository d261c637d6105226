"""The installation's settings, read once from the environment into one frozen value that refuses to be incomplete."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_MEGABYTE = 1024 * 1024


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
        "CLEARINGHOUSE_KEYS",
        "file:, and CLEARINGHOUSE_KEY_FILE",
        "where new keys come from: file:PATH, systemd:NAME, vault:MOUNT/KEY or aws-kms:KEY",
    ),
    Setting(
        "CLEARINGHOUSE_KEY_FILE",
        "keys/clearinghouse.keys in the home folder",
        "the key file, which must stand outside the database's folder, with mode 0600",
    ),
    Setting(
        "CLEARINGHOUSE_SOURCE_KEYS",
        "sources are under the ordinary keys",
        "keys of their own for who raised a concern, in the same forms",
    ),
    Setting(
        "CLEARINGHOUSE_SOURCE_KEY_FILE",
        "keys/sources.keys in the home folder",
        "the key file of the sources' own keys; stand it where the other is not",
    ),
    Setting(
        "CLEARINGHOUSE_VAULT_TOKEN_FILE",
        "VAULT_TOKEN, or ~/.vault-token",
        "the file into which an agent writes Vault's token; read again when Vault refuses it",
    ),
    Setting(
        "CLEARINGHOUSE_LOG_KEY_FILE",
        "log/clearinghouse.log-key in the home folder",
        "the log's signing key, which only the clock and the operator need to read, with mode 0600",
    ),
    Setting(
        "CLEARINGHOUSE_TOMBSTONE_FILE",
        "tombstones/clearinghouse.tombstones in the home folder",
        "which keys were destroyed; a restored backup destroys them again by it. Copy it with every backup",
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
    Setting("CLEARINGHOUSE_LARGEST_FILE", "25", "how many megabytes a file may have that is added to a case"),
    Setting(
        "CLEARINGHOUSE_SMTP_URL", "no mail is sent", "smtp://HOST:PORT, or smtps://USER:PASSWORD@HOST:PORT"
    ),
    Setting("CLEARINGHOUSE_MAIL_FROM", "clearinghouse@localhost", "the sender of every mail"),
    Setting(
        "CLEARINGHOUSE_CHECKPOINT_MAIL",
        "nobody",
        "addresses outside that the newest checkpoint is mailed to once a day, with commas",
    ),
    Setting(
        "CLEARINGHOUSE_WITNESSES",
        "none",
        "who cosigns the log: each KEY, or KEY URL where the clock is to ask by itself, with commas",
    ),
    Setting(
        "CLEARINGHOUSE_TSA_URL",
        "no time stamps are asked for",
        "the time-stamping authority (RFC 3161) that the clock asks once a day",
    ),
    Setting(
        "CLEARINGHOUSE_TSA_CERTIFICATES",
        "no time stamp is trusted",
        "a PEM file with the authority's root certificate, and those between",
    ),
    Setting(
        "CLEARINGHOUSE_OIDC_ISSUER",
        "no single sign-on",
        "the OpenID Connect provider whose word stands in for the password, as it names itself",
    ),
    Setting("CLEARINGHOUSE_OIDC_CLIENT_ID", "none", "who this installation is to the provider"),
    Setting(
        "CLEARINGHOUSE_OIDC_SECRET_FILE", "none", "the file that holds the client's secret, with mode 0600"
    ),
    Setting("CLEARINGHOUSE_OIDC_NAME", "your organisation", "what people call the provider"),
    Setting(
        "CLEARINGHOUSE_OIDC_SECOND_FACTOR",
        "our own is always asked",
        "what the provider must say so that it counts as both factors: acr:VALUE or amr:VALUE",
    ),
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
class KeySetting:
    """One set of keys: the setting that names it, its key file, and the key at a service that new keys come from.

    `outside` is such as vault:transit/clearinghouse, and None where new keys are made in the file itself.
    """

    setting: str
    file: Path
    outside: str | None = None


@dataclass(frozen=True)
class ProviderSetting:
    """A provider of single sign-on: who it is, who we are to it, where our secret lies, and what its word counts."""

    issuer: str
    client_id: str
    secret_file: Path
    name: str
    second_factor: str


@dataclass(frozen=True)
class Settings:
    """What an installation is told from outside. Paths are absolute; `smtp_url` is None where no mail is sent.

    Each of `witnesses` is a public key, and the address at which the clock asks, if any.
    """

    home: Path
    database_url: str
    keys: KeySetting
    source_keys: KeySetting | None
    vault_token_file: Path | None
    log_key_file: Path
    tombstone_file: Path
    base_url: str
    trusted_hosts: tuple[str, ...]
    proxies: int
    host: str
    port: int
    workers: int
    threads: int
    largest_file: int
    smtp_url: str | None
    mail_from: str
    checkpoint_mail: tuple[str, ...]
    witnesses: tuple[tuple[str, str | None], ...]
    tsa_url: str | None
    tsa_certificates: Path | None
    provider: ProviderSetting | None
    config: Path | None
    demo: bool

    @property
    def key_file(self) -> Path:
        """The file of the ordinary keys."""
        return self.keys.file

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
    trusted = _parts(environ, "CLEARINGHOUSE_TRUSTED_HOSTS")
    if not trusted:
        trusted = ("127.0.0.1", "localhost") if host in ("127.0.0.1", "localhost") else (host,)
    return Settings(
        home=home,
        database_url=_database_url(environ.get("CLEARINGHOUSE_DATABASE_URL"), home),
        keys=_keys(
            environ, "CLEARINGHOUSE_KEYS", "CLEARINGHOUSE_KEY_FILE", home / "keys" / "clearinghouse.keys"
        ),
        source_keys=_source_keys(environ, home),
        vault_token_file=_path(environ, "CLEARINGHOUSE_VAULT_TOKEN_FILE"),
        log_key_file=Path(environ.get("CLEARINGHOUSE_LOG_KEY_FILE") or home / "log" / "clearinghouse.log-key")
        .expanduser()
        .resolve(),
        tombstone_file=_path(environ, "CLEARINGHOUSE_TOMBSTONE_FILE")
        or home / "tombstones" / "clearinghouse.tombstones",
        base_url=base_url,
        trusted_hosts=trusted,
        proxies=_number(environ, "CLEARINGHOUSE_PROXIES", 0, 0, 5),
        host=environ.get("CLEARINGHOUSE_HOST") or "127.0.0.1",
        port=port,
        workers=_number(environ, "CLEARINGHOUSE_WORKERS", 1, 1, 64),
        threads=_number(environ, "CLEARINGHOUSE_THREADS", 8, 1, 64),
        largest_file=_number(environ, "CLEARINGHOUSE_LARGEST_FILE", 25, 1, 200) * _MEGABYTE,
        smtp_url=_smtp_url(environ.get("CLEARINGHOUSE_SMTP_URL")),
        mail_from=environ.get("CLEARINGHOUSE_MAIL_FROM") or "clearinghouse@localhost",
        checkpoint_mail=_addresses(environ, "CLEARINGHOUSE_CHECKPOINT_MAIL"),
        witnesses=tuple(_witness(each) for each in _parts(environ, "CLEARINGHOUSE_WITNESSES")),
        tsa_url=_tsa_url(environ),
        tsa_certificates=_path(environ, "CLEARINGHOUSE_TSA_CERTIFICATES"),
        provider=_provider(environ),
        config=_path(environ, "CLEARINGHOUSE_CONFIG"),
        demo=_flag(environ, "CLEARINGHOUSE_DEMO"),
    )


def _source_keys(environ: Mapping[str, str], home: Path) -> KeySetting | None:
    """The sources' own keys, if any. Raises SettingsError where they are the ordinary ones by another name."""
    if not environ.get("CLEARINGHOUSE_SOURCE_KEYS") and not environ.get("CLEARINGHOUSE_SOURCE_KEY_FILE"):
        return None
    keys = _keys(
        environ, "CLEARINGHOUSE_KEYS", "CLEARINGHOUSE_KEY_FILE", home / "keys" / "clearinghouse.keys"
    )
    own = _keys(
        environ, "CLEARINGHOUSE_SOURCE_KEYS", "CLEARINGHOUSE_SOURCE_KEY_FILE", home / "keys" / "sources.keys"
    )
    if own.file == keys.file or (own.outside and own.outside == keys.outside):
        raise SettingsError(f"{own.setting} names the ordinary keys; name keys that are only the sources'")
    return own


def _keys(environ: Mapping[str, str], setting: str, file_setting: str, default: Path) -> KeySetting:
    text, file = environ.get(setting) or "file:", _path(environ, file_setting) or default
    kind, colon, rest = text.partition(":")
    if kind == "file" and colon:
        named = Path(rest).expanduser().resolve() if rest else file
        if named != file and environ.get(file_setting):
            raise SettingsError(f"{setting} and {file_setting} name two files; unset one of them")
        return KeySetting(setting, named)
    if kind == "systemd" and rest and "/" not in rest:
        folder = environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            raise SettingsError(
                f"{setting} is {text!r} and systemd hands over no credentials; run this in the unit that loads them,"
                " or name their file as file:PATH"
            )
        return KeySetting(setting, Path(folder).resolve() / rest)
    mount, _, key = rest.rpartition("/")
    if (kind == "vault" and mount and key and "#" not in rest) or (kind == "aws-kms" and rest):
        return KeySetting(setting, file, text)
    raise SettingsError(
        f"{setting} is {text!r}; give file:PATH, systemd:NAME, vault:MOUNT/KEY or aws-kms:KEY"
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


def _parts(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in environ.get(name, "").split(",") if part.strip())


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    text = environ.get(name)
    return Path(text).expanduser().resolve() if text else None


def _addresses(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    addresses = _parts(environ, name)
    for each in addresses:
        place, _, host = each.rpartition("@")
        if not place or not host or not each.isascii() or not each.isprintable() or set(each) & set(' <>"()'):
            raise SettingsError(
                f"{name} has {each!r}; give addresses such as log@council.example, with commas"
            )
    return addresses


def _witness(text: str) -> tuple[str, str | None]:
    key, _, url = text.partition(" ")
    if url and not _is_web(url.strip()):
        raise SettingsError(f"CLEARINGHOUSE_WITNESSES has {text!r}; give KEY, or KEY URL with a web address")
    return key, url.strip().rstrip("/") or None


def _tsa_url(environ: Mapping[str, str]) -> str | None:
    url = environ.get("CLEARINGHOUSE_TSA_URL") or None
    if url and not _is_web(url):
        raise SettingsError("CLEARINGHOUSE_TSA_URL must start with http:// or https://")
    if url and not environ.get("CLEARINGHOUSE_TSA_CERTIFICATES"):
        raise SettingsError(
            "CLEARINGHOUSE_TSA_URL needs CLEARINGHOUSE_TSA_CERTIFICATES; without them no stamp can be trusted"
        )
    return url


def _provider(environ: Mapping[str, str]) -> ProviderSetting | None:
    """The provider of single sign-on, if any. Raises SettingsError where it is half a one."""
    issuer = environ.get("CLEARINGHOUSE_OIDC_ISSUER")
    if not issuer:
        return None
    client_id = environ.get("CLEARINGHOUSE_OIDC_CLIENT_ID")
    secret_file = _path(environ, "CLEARINGHOUSE_OIDC_SECRET_FILE")
    second_factor = environ.get("CLEARINGHOUSE_OIDC_SECOND_FACTOR") or ""
    parts = urlsplit(issuer)
    if not _is_web(issuer) or (parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost")):
        raise SettingsError("CLEARINGHOUSE_OIDC_ISSUER must start with https://")
    if not client_id or secret_file is None:
        raise SettingsError(
            "CLEARINGHOUSE_OIDC_ISSUER needs CLEARINGHOUSE_OIDC_CLIENT_ID and CLEARINGHOUSE_OIDC_SECRET_FILE"
        )
    kind, _, value = second_factor.partition(":")
    if second_factor and (kind not in ("acr", "amr") or not value):
        raise SettingsError(
            f"CLEARINGHOUSE_OIDC_SECOND_FACTOR is {second_factor!r}; give acr:VALUE or amr:VALUE"
        )
    name = environ.get("CLEARINGHOUSE_OIDC_NAME") or "your organisation"
    return ProviderSetting(issuer, client_id, secret_file, name, second_factor)


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in url and url.isascii()
    except ValueError:
        return False
