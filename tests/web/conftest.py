"""The site over a test's world, and visitors who browse it with their own cookies and CSRF tokens."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.world import World
from clearinghouse.web.site import build_site
from tests.factories.people import person
from tests.web.visitors import Visitor, signed_in
from tests.worlds import settings_for


@pytest.fixture
def site(sqlite_world: World, tmp_path: Path) -> Flask:
    """The whole site, CSRF on."""
    site = build_site(sqlite_world, settings_for(tmp_path / "home"))
    site.testing = True
    return site


@pytest.fixture
def stranger(site: Flask) -> Visitor:
    """Somebody who is not signed in."""
    return Visitor(site)


@pytest.fixture
def signed_in_as(site: Flask, sqlite_world: World) -> Callable[..., Visitor]:
    """A visitor who holds one role: `signed_in_as(Role.LEAD)`, `signed_in_as(Role.LEAD, Region.LONDON)`."""

    def enter(role: Role, region: Region | None = Region.NORTH_EAST, **more: object) -> Visitor:
        return signed_in(site, sqlite_world, person(sqlite_world, role, region, **more))  # type: ignore[arg-type]  # as given

    return enter
