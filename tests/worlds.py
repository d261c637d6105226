"""Installations for tests: a real one on SQLite or PostgreSQL, at an instant that the test sets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clearinghouse.casework.installation import make_installation
from clearinghouse.casework.world import World
from clearinghouse.settings import Settings, read_settings

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@dataclass
class Clock:
    """An instant that a test moves forward."""

    instant: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.instant

    def pass_days(self, days: float) -> None:
        """Let time pass."""
        self.instant += timedelta(days=days)


def settings_for(home: Path, database_url: str | None = None, **more: str) -> Settings:
    """Settings of an installation whose home is a test's folder."""
    environ: Mapping[str, str] = {
        "CLEARINGHOUSE_HOME": str(home),
        "CLEARINGHOUSE_DATABASE_URL": database_url or "",
        **more,
    }
    return read_settings(environ)


def make_world(home: Path, database_url: str | None, clock: Clock, **more: str) -> World:
    """A fresh installation."""
    return make_installation(settings_for(home, database_url, **more), now=clock)
