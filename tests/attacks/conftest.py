"""The site over a test's world, as whoever attacks it meets it."""

from pathlib import Path

import pytest
from flask import Flask

from clearinghouse.casework.world import World
from clearinghouse.web.site import build_site
from tests.worlds import settings_for


@pytest.fixture
def site(sqlite_world: World, tmp_path: Path) -> Flask:
    """The whole site, CSRF on."""
    site = build_site(sqlite_world, settings_for(tmp_path / "home"))
    site.testing = True
    return site
