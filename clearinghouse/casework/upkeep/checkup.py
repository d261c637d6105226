"""A check-up of the whole installation for its operator: what is in order, what is not, and how to mend it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.anchors.calls import LastCall, last_call
from clearinghouse.casework.anchors.stamping import AUTHORITY
from clearinghouse.casework.installation import NotReady, open_installation
from clearinghouse.casework.key_places import check_key_place, read_keys
from clearinghouse.casework.log import has_unsigned, unsigned_events
from clearinghouse.casework.mail.letters import letters_waiting
from clearinghouse.casework.retention.tombstones import tombstone_health
from clearinghouse.casework.upkeep.health import clock_health
from clearinghouse.casework.upkeep.mending import count_cases_without
from clearinghouse.casework.world import LONDON, World
from clearinghouse.notices.mail import MailError, open_post
from clearinghouse.records.anchors import CallEnd
from clearinghouse.records.authorities import Authority
from clearinghouse.settings import Settings, SettingsError
from clearinghouse.vault.errors import KeysError
from clearinghouse.vault.providers import KeyFile
from clearinghouse.vault.services import OutsideKey

_LEAST_FREE_BYTES = 1024**3
_SIGNED_WITHIN = timedelta(minutes=10)
_SILENT_FOR = timedelta(days=2)


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
        keys = _keys(settings)
    except KeysError as error:
        yield _broken("keys", str(error))
        return
    yield from keys
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
    yield _tombstones(world)
    yield _log(world)
    yield from _anchors(world)
    yield _mail(world)
    yield _disk(settings)
    world.database.close()


def _keys(settings: Settings) -> list[Finding]:
    ordinary = read_keys(settings.keys)
    found = [Finding("keys", f"{settings.key_file}, {_epoch(ordinary)}")]
    if settings.source_keys:
        own = read_keys(settings.source_keys, of_sources=True)
        found.append(
            Finding("sources", f"under keys of their own: {settings.source_keys.file}, {_epoch(own)}")
        )
    return found


def _epoch(keys: KeyFile) -> str:
    key = keys.epochs[keys.current_epoch]
    return f"epoch {keys.current_epoch}" + (f" at {key}" if isinstance(key, OutsideKey) else "")


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


def _tombstones(world: World) -> Finding:
    found = tombstone_health(world)
    if found.lacking or not found.may_keep:
        return Finding(
            "destroyed",
            f"tombstones in the database alone, whose keys a restored backup would bring back: {found.lacking:,}",
            f"let the clock write to {world.tombstone_file}; if it can, see what 'clearinghouse ledger verify' says",
        )
    if found.waiting:
        return Finding(
            "destroyed",
            f"keys that are destroyed and still in the database's files: {found.waiting:,}",
            "see that the clock runs, and end transactions that last for long",
        )
    return Finding("destroyed", f"{found.stones:,} keys, each with its tombstone in {world.tombstone_file}")


def _log(world: World) -> Finding:
    after = f"{unsigned_events(world):,} since the last checkpoint"
    if not has_unsigned(world, world.now() - _SIGNED_WITHIN):
        return Finding(
            "log", f"every event of more than ten minutes ago stands in a signed checkpoint; {after}"
        )
    return Finding(
        "log",
        f"events of more than ten minutes ago stand in no signed checkpoint; {after}",
        "run a clock that can read CLEARINGHOUSE_LOG_KEY_FILE, and look at what it logs",
    )


def _anchors(world: World) -> Iterator[Finding]:
    """Whether those outside who are to hold the log still do."""
    outside, now = world.outside, world.now()
    asked = [(each.key.name, f"witness {each.key.text}") for each in outside.witnesses if each.url]
    asked += [("the time-stamping authority", AUTHORITY)] if outside.tsa_url else []
    with world.reading(OPERATOR) as work:
        for who, name in asked:
            yield _call(who, last_call(work, name), now)
    if not asked and not outside.witnesses and not outside.mailed_to:
        yield Finding(
            "outside", "nobody outside holds the log: no witness, no time stamp, and no mail of checkpoints"
        )


def _call(who: str, last: LastCall | None, now: datetime) -> Finding:
    if last is None:
        return Finding("outside", f"{who} was not asked yet")
    when = f"{last.answered_at.astimezone(LONDON):%d %B %Y at %H:%M}" if last.answered_at else "never"
    if last.outcome is CallEnd.OTHER_HISTORY:
        return Finding(
            "outside",
            f"{who} has cosigned another history than this log's (it last cosigned this one: {when})",
            "keep this database as it is, and ask the witness for the checkpoint that it cosigned last",
        )
    if last.outcome is CallEnd.ANSWERED or (last.answered_at and now - last.answered_at < _SILENT_FOR):
        return Finding("outside", f"{who} last answered on {when}")
    said = "does not answer" if last.outcome is CallEnd.SILENT else "refuses, or its answer cannot be trusted"
    return Finding(
        "outside", f"{who} {said} (last answer: {when})", "look at its address, its key and its certificate"
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
