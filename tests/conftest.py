"""What every test may ask for: real servers and browsers. Fixtures of one subject stand in that subject's folder."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import chromium
import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import make_url

from clearinghouse.casework.demo.filling import fill
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.world import World
from tests.made_once import share
from tests.put_back import PutBack
from tests.servers import PostgreSQL
from tests.worlds import Clock, make_world, settings_for

share()
# A busy machine breaks no rule.
hypothesis.settings.register_profile("clearinghouse", deadline=None)
hypothesis.settings.load_profile("clearinghouse")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A real PostgreSQL server, started when the first test of this worker asks for it."""
    with PostgreSQL() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL) -> Iterator[str]:
    """The address of an empty database of this test alone."""
    address = postgresql.new_database()
    yield address
    postgresql.drop_database(address)


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The Chromium to drive. Without one the browser tests fail: a skipped journey proves nothing."""
    return chromium.find() or pytest.fail(chromium.ADVICE)


@pytest.fixture(scope="module")
def browser(chromium_path: Path) -> Iterator[Browser]:
    """A Chromium that makes no calls home; it ends with the module, since its event loop stands in others' way."""
    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        # One site, and nobody looks on: a process for the window, for the graphics and for each site only costs time.
        "--disable-gpu",
        "--in-process-gpu",
        "--disable-site-isolation-trials",
        "--renderer-process-limit=1",
        "--disable-features=InitialWebUI,WebUIToolbar,SpareRendererForSitePerProcess",
    ]
    if os.geteuid() == 0:
        quiet.append("--no-sandbox")  # Chromium will not start as root otherwise
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=quiet)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe_script() -> str:
    """The source of axe-core, to be evaluated in a page."""
    path = Path(__file__).parent / "vendor" / "axe.min.js"
    return (
        path.read_text(encoding="utf-8")
        if path.is_file()
        else pytest.fail("Run scripts/test, which fetches axe.")
    )


@pytest.fixture
def clock() -> Clock:
    """The instant that the test's world believes it is: a Monday morning, until the test lets time pass."""
    return Clock()


@pytest.fixture(scope="session")
def made_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an installation that was made once, for every test to copy."""
    home = tmp_path_factory.mktemp("sqlite") / "home"
    make_world(home, None, Clock()).database.close()
    return home


@pytest.fixture(scope="session")
def made_on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSQL) -> tuple[Path, str]:
    """The same on PostgreSQL: its home with the keys, and the name of the database to copy."""
    home = tmp_path_factory.mktemp("postgresql") / "home"
    address = postgresql.new_database()
    make_world(home, address, Clock()).database.close()
    return home, make_url(address).database or ""


@pytest.fixture(scope="session")
def put_back(made_on_postgresql: tuple[Path, str], postgresql: PostgreSQL) -> list[PutBack]:
    """The database that one test after the other works in; another takes its place where a test changed its schema."""
    return [PutBack(postgresql.new_database(made_on_postgresql[1]))]


@pytest.fixture
def made_again_on_postgresql(
    made_on_postgresql: tuple[Path, str], postgresql: PostgreSQL, put_back: list[PutBack]
) -> Iterator[str]:
    """The address of a database that is as it was made, whatever the tests before did in it."""
    yield put_back[0].address
    if not put_back[0].put_back():
        postgresql.drop_database(put_back[0].address)
        put_back[0] = PutBack(postgresql.new_database(made_on_postgresql[1]))


@pytest.fixture(scope="session")
def filled_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a demo that was filled once for all workers, on the Monday; whoever changes it copies it first."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "filled"
    folder.mkdir(exist_ok=True)
    home, whole = folder / "home", folder / "whole"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            shutil.rmtree(home, ignore_errors=True)
            world = make_world(home, None, Clock(), CLEARINGHOUSE_DEMO="1")
            fill(world)
            world.database.close()
            whole.touch()
    return home


@pytest.fixture
def sqlite_world(tmp_path: Path, clock: Clock, made_on_sqlite: Path) -> Iterator[World]:
    """An installation of this test alone, on SQLite; for what does not depend on the database."""
    shutil.copytree(made_on_sqlite, tmp_path / "home")
    world = open_installation(settings_for(tmp_path / "home"), clock)
    yield world
    world.database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def world(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """An installation of this test alone, on each of the two databases."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_world")
        return
    home, _ = request.getfixturevalue("made_on_postgresql")
    shutil.copytree(home, tmp_path / "home")
    address = request.getfixturevalue("made_again_on_postgresql")
    world = open_installation(settings_for(tmp_path / "home", address), clock)
    yield world
    world.database.close()
