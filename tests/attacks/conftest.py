"""The site over a test's world, as whoever attacks it meets it."""

from pathlib import Path

import pytest
from flask import Flask

from clearinghouse.casework.world import World
from tests.web.sites import site_over


@pytest.fixture
def site(sqlite_world: World, tmp_path: Path) -> Flask:
    """The whole site, CSRF on."""
    return site_over(sqlite_world, tmp_path / "home")
