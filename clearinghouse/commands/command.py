"""What a command of the operator is, and what it is handed to work with."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearinghouse.casework.world import World
from clearinghouse.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@dataclass(frozen=True)
class Context:
    """What a command is handed: the environment, its settings, and the doors that only the app can open."""

    environ: Mapping[str, str]
    settings: Settings
    open_world: Callable[[], World]
    make_world: Callable[[], World]
    run_clock: Callable[[World, bool], bool]
    create_site: "Callable[[], WSGIApplication]"


def _no_arguments(_parser: ArgumentParser) -> None:
    """Most commands are told nothing more."""


@dataclass(frozen=True)
class Command:
    """One command: the words that call it, its purpose in one line, and what it does.

    `run` gives the exit status. An argument whose name is that of a setting replaces the setting.
    """

    words: str
    purpose: str
    run: Callable[[Context, Namespace], int]
    arguments: Callable[[ArgumentParser], None] = _no_arguments
    more: str = ""
