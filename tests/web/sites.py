"""One site for the tests of a process: what it is built of is the same over every installation."""

from pathlib import Path
from typing import Any

from flask import Flask

from clearinghouse.casework.world import World
from clearinghouse.web.current import WORLD
from clearinghouse.web.site import build_site
from tests.worlds import settings_for

_BUILT: list[tuple[Flask, Any]] = []


def site_over(world: World, home: Path) -> Flask:
    """The whole site, CSRF on, over this installation from now on, and over no other.

    It is built anew only where a test has changed the last one.
    """
    if not _BUILT or _BUILT[0][1] != _likeness(_BUILT[0][0]):
        site = build_site(world, settings_for(home))
        site.testing = True
        _BUILT[:] = [(site, _likeness(site))]
    site = _BUILT[0][0]
    site.extensions[WORLD] = world
    site.config["SECRET_KEY"] = world.web_secret
    return site


def _likeness(site: Flask) -> Any:
    """What a test may have changed: its pages, what it does around each of them, and how it is set up."""
    around = (site.before_request_funcs, site.after_request_funcs, site.error_handler_spec)
    return (
        set(site.view_functions),
        [{name: list(found) for name, found in each.items()} for each in around],
        {name: value for name, value in site.config.items() if name != "SECRET_KEY"},
        {name: len(found) for name, found in site.extensions.items() if isinstance(found, dict | set)},
    )
