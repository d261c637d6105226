"""What every test may ask for: real servers and browsers. Fixtures of one subject stand in that subject's folder."""

import os
from collections.abc import Iterator
from pathlib import Path

import chromium
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.servers import PostgreSQL


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
