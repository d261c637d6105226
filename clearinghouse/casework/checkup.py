"""A check-up of the whole installation for its operator: what is in order, what is not, and how to mend it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.health import clock_health
from clearinghouse.casework.installation import NotReady, check_key_place, open_installation
from clearinghouse.casework.letters import letters_waiting
from clearinghouse.casework.log import has_unsigned
from clearinghouse.casework.mending import count_cases_without
from clearinghouse.casework.world import LONDON, World
from clearinghouse.notices.mail import MailError, open_post
from clearinghouse.records.authorities import Authority
from clearinghouse.settings import Settings, SettingsError
from clearinghouse.vault.errors import KeysError
from clearinghouse.vault.providers import read_key_file

_LEAST_FREE_BYTES = 1024**3
_SIGNED_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Finding:
    """One line of the check-up; `mend` is None where all is well."""

    subject: str
    words: str
    mend: str | None = None


def check_up(settings: Settings) -> Iterator[Finding]:
    """Look at keys, database, register, clock, cases, mail and disk, one after the other.

    What cannot be looked at because something before it is wrong is left out.
    """
    try:
        check_key_place(settings)
        keys = read_key_file(settings.key_file)
    except KeysError as error:
        yield _broken("keys", str(error))
        return
    yield Finding("keys", f"{settings.key_file}, epoch {keys.current_epoch}")
    try:
        world = open_installation(settings)
    except NotReady as error:
        yield Finding("database", error.problem.what, error.problem.mend)
        return
    except (KeysError, SettingsError) as error:
        yield _broken("keys" if isinstance(error, KeysError) else "settings", str(error))
        return
    yield Finding("database", f"{'SQLite' if settings.is_sqlite else 'PostgreSQL'}, its schema is up to date")
    yield _register(world)
    yield _clock(world)
    yield _next_duties(world)
    yield _log(world)
    yield _mail(world)
    yield _disk(settings)
    world.database.close()


def _broken(subject: str, said: str) -> Finding:
    what, _, mend = said.partition("; ")
    return Finding(subject, what, mend or "set it right")


def _register(world: World) -> Finding:
    with world.reading(OPERATOR) as work:
        number = work.session.scalars(
            select(func.count(Authority.id)).where(Authority.ended_on.is_(None))
        ).one()
    if number:
        return Finding("register", f"{number:,} current authorities")
    return Finding("register", "it names no authority", "run 'clearinghouse authority import FILE'")


def _clock(world: World) -> Finding:
    health = clock_health(world)
    start = "start 'clearinghouse clock', or serve with --with-clock"
    if health.last_beat is None:
        return Finding("clock", "it has never run: nothing is raised when it falls due", start)
    beat = f"{health.last_beat.astimezone(LONDON):%d %B %Y at %H:%M:%S}"
    if health.late:
        return Finding(
            "clock", f"it last finished a round on {beat}: nothing is raised when it falls due", start
        )
    return Finding("clock", f"it last finished a round on {beat}")


def _next_duties(world: World) -> Finding:
    lost = count_cases_without(world)
    if not lost:
        return Finding("cases", "every open case has its next duty")
    return Finding(
        "cases",
        f"open cases without a next duty: {lost:,}",
        "start the clock: it sets one on each, and tells their leads",
    )


def _log(world: World) -> Finding:
    if not has_unsigned(world, world.now() - _SIGNED_WITHIN):
        return Finding("log", "every event of more than ten minutes ago stands in a signed checkpoint")
    return Finding(
        "log",
        "events of more than ten minutes ago stand in no signed checkpoint",
        "run a clock that can read CLEARINGHOUSE_LOG_KEY_FILE, and look at what it logs",
    )


def _mail(world: World) -> Finding:
    if world.mail is None:
        waiting = letters_waiting(world)
        if waiting:
            return Finding(
                "mail", f"none is sent, and letters wait: {waiting:,}", "set CLEARINGHOUSE_SMTP_URL"
            )
        return Finding("mail", "none is sent, and no letter waits (CLEARINGHOUSE_SMTP_URL is not set)")
    try:
        with open_post(world.mail):
            return Finding("mail", "the mail server answers")
    except MailError as error:
        kind = type(error).__name__
        return Finding(
            "mail", f"the mail server does not answer ({kind})", "check CLEARINGHOUSE_SMTP_URL and the server"
        )


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.home).free
    words = f"{free / 1024**3:.1f} GB free at {settings.home}"
    return Finding(
        "disk",
        words,
        None if free >= _LEAST_FREE_BYTES else "make room: below 1 GB nothing may be saved soon",
    )
