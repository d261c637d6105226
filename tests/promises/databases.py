"""An installation on either database for a promise that several processes keep together."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path

from clearinghouse.casework.demo.filling import fill
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.world import World
from tests.servers import PostgreSQL
from tests.worlds import Clock, make_world, settings_for


@dataclass(frozen=True)
class Installed:
    """Where an installation is, so that another process can open it, and the world of this one."""

    home: Path
    address: str | None
    world: World
    clock: Clock

    def opened(self, now: Callable[[], datetime]) -> World:
        """The same installation, opened once more."""
        return open_world(self.home, self.address, now)


def open_world(home: Path, address: str | None, now: Callable[[], datetime], **more: str) -> World:
    """An installation that another process has made; `more` are settings."""
    return open_installation(settings_for(home, address, **more), now)


@contextmanager
def installed(server: PostgreSQL | None, **more: str) -> Iterator[Installed]:
    """A fresh installation, on the server or, without one, on SQLite; `more` are settings."""
    with tempfile.TemporaryDirectory(prefix="clearinghouse-promise-") as folder:
        home, address, clock = Path(folder) / "home", server.new_database() if server else None, Clock()
        world = make_world(home, address, clock, **more)
        yield Installed(home, address, world, clock)
        world.database.close()
        if server and address:
            server.drop_database(address)


@contextmanager
def filled_demo(server: PostgreSQL | None, kept: Path | None = None) -> Iterator[Installed]:
    """A filled demo, on the server or on SQLite; `kept` is the home of one on SQLite that was filled already."""
    if kept is None or server is not None:
        with installed(server, CLEARINGHOUSE_DEMO="1") as place:
            fill(place.world)
            yield place
        return
    with tempfile.TemporaryDirectory(prefix="clearinghouse-promise-") as folder:
        home, clock = Path(folder) / "home", Clock()
        shutil.copytree(kept, home)
        world = open_installation(settings_for(home, CLEARINGHOUSE_DEMO="1"), clock)
        yield Installed(home, None, world, clock)
        world.database.close()


def processes() -> ForkServerContext:
    """Where other processes come from: forked off one that has read the program, and holds nothing open."""
    context = get_context("forkserver")
    context.set_forkserver_preload(
        ["tests.promises.followups", "tests.promises.edits", "tests.promises.rotation"]
    )
    return context
