"""The site over a test's world, and visitors who browse it with their own cookies and CSRF tokens."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.world import World
from tests.factories.people import person
from tests.web.sites import site_over
from tests.web.visitors import Visitor, signed_in


@pytest.fixture
def site(sqlite_world: World, tmp_path: Path) -> Flask:
    """The whole site, CSRF on."""
    return site_over(sqlite_world, tmp_path / "home")


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
