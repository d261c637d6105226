"""Journeys: a real browser against a running site, on each database, with the real register where it is at hand."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.register.keeping import import_register
from clearinghouse.casework.world import World
from tests.journeys.site import Site, served
from tests.servers import PostgreSQL
from tests.worlds import Clock

_BESIDE = Path(__file__).parents[3] / "shared" / "data" / "local_authorities.csv"
_SAMPLE = Path(__file__).parents[1] / "data" / "register_sample.csv"


@pytest.fixture
def site(world: World, clock: Clock, tmp_path: Path) -> Iterator[Site]:
    """The site with its register imported, served on loopback."""
    register = _BESIDE if _BESIDE.is_file() else _SAMPLE
    import_register(world, OPERATOR, register.read_bytes())
    with served(world, clock, tmp_path / "home") as running:
        yield running


@pytest.fixture
def quiet_site(world: World, clock: Clock, tmp_path: Path) -> Iterator[Site]:
    """The site without a register, served on loopback; for journeys that make their own councils."""
    with served(world, clock, tmp_path / "home") as running:
        yield running


@pytest.fixture
def stored(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> Callable[[], Iterator[bytes]]:
    """Gives every byte that the database has written: its files and its write-ahead log."""
    if not world.database.is_sqlite:
        server: PostgreSQL = request.getfixturevalue("postgresql")
        return server.stored
    folder = tmp_path / "home" / "database"
    return lambda: (path.read_bytes() for path in folder.iterdir() if path.is_file())
