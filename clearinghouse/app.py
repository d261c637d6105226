"""The only place where things are wired: settings, the opened world, the site and the commands."""

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.installation import NotReady, make_installation, open_installation
from clearinghouse.casework.world import World
from clearinghouse.commands.command import Command, Context
from clearinghouse.commands.line import command_line
from clearinghouse.settings import Settings, SettingsError, read_settings
from clearinghouse.vault.errors import KeysError, LogForked, SealBroken
from clearinghouse.vault.notes import NoteBroken

if TYPE_CHECKING:
    from flask import Flask

_EXPECTED = (SettingsError, KeysError, NotReady, Refused, Invalid, SealBroken, LogForked, NoteBroken)
_INTERRUPTED = 130


def open_world(settings: Settings) -> World:
    """Open the installation. Raises SettingsError, KeysError and NotReady, one line each."""
    return open_installation(settings)


def create_app(settings: Settings | None = None) -> "Flask":
    """The site over its own opened installation, with the settings of the environment unless others are given.

    Raises as open_world does.
    """
    from clearinghouse.web.site import build_site  # noqa: PLC0415  # commands need not wait for Flask to load

    settings = settings or read_settings(os.environ)
    return build_site(open_world(settings), settings)


def run_clock(world: World, once: bool) -> bool:
    """Let the clock tick until it is told to stop, or once. Returns whether the last round was whole."""
    from clearinghouse.jobs import ticking  # noqa: PLC0415  # nothing else waits for the scheduler to load

    return ticking.run_clock(world, once=once)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. A problem is one line on the error output and exit status 1, never a traceback."""
    given = command_line().parse_args(argv)
    command: Command = given.command
    try:
        return command.run(_context(given), given)
    except _EXPECTED as error:
        return _fail(str(error))
    except NotFound:
        return _fail("there is no such person, or nothing by that name")
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or type(error).__name__)
        return _fail(f"the database refused ({said.splitlines()[0]}); run 'clearinghouse doctor'")
    except KeyboardInterrupt:
        return _INTERRUPTED


def _context(given: Namespace) -> Context:
    environ = dict(os.environ) | _settings_given(given)
    settings = read_settings(environ)
    return Context(
        environ=environ,
        settings=settings,
        open_world=lambda: open_world(settings),
        make_world=lambda: make_installation(settings),
        run_clock=run_clock,
        create_site=lambda: create_app(settings),
    )


def _settings_given(given: Namespace) -> dict[str, str]:
    return {name: str(value) for name, value in vars(given).items() if name.isupper() and value is not None}


def _fail(words: str) -> int:
    sys.stderr.write(f"clearinghouse: {words}\n")
    return 1
