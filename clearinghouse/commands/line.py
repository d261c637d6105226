"""The command line: every command with its help, in the order in which a newcomer needs them."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from clearinghouse.commands import (
    anchors,
    clock,
    demo,
    doctor,
    init,
    keys,
    ledger,
    peers,
    register,
    serve,
    signals,
    user,
    verify,
    witness,
)
from clearinghouse.commands.command import Command

COMMANDS: tuple[Command, ...] = (
    init.INIT,
    demo.DEMO,
    register.IMPORT,
    register.ADD,
    peers.IMPORT,
    signals.IMPORT,
    user.INVITE,
    user.RECOVER,
    serve.SERVE,
    clock.CLOCK,
    keys.STATUS,
    keys.ROTATE,
    keys.RETIRE,
    keys.SHARE,
    keys.RECOVER,
    ledger.VERIFY,
    ledger.CHECKPOINT,
    ledger.PROOF,
    anchors.ANCHOR,
    anchors.COSIGN,
    ledger.NEW_LOG,
    witness.WITNESS,
    verify.VERIFY,
    doctor.DOCTOR,
)

_FIRST_STEPS = """
To begin:
  clearinghouse init
  clearinghouse authority import local_authorities.csv
  clearinghouse user invite sam.ade@council.example "Sam Ade"
  clearinghouse serve --with-clock

Settings come from the environment; the README lists them.
'clearinghouse COMMAND --help' says more about a command.
"""


def command_line() -> ArgumentParser:
    """The parser of the whole command line; what it parses carries its `command`."""
    parser = ArgumentParser(
        prog="clearinghouse",
        description="Sector-led support for councils: concerns, offers, peer teams and follow-up, family first.",
        epilog="commands:\n" + _listed(COMMANDS) + _FIRST_STEPS,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"clearinghouse {version('clearinghouse')}")
    # argparse keeps the type of its groups to itself
    groups: dict[str, Any] = {"": parser.add_subparsers(metavar="COMMAND", required=True, help="what to do")}
    for command in COMMANDS:
        group, _, name = command.words.rpartition(" ")
        if group not in groups:
            inside = [each for each in COMMANDS if each.words.startswith(group + " ")]
            outer = groups[""].add_parser(
                group, epilog="commands:\n" + _listed(inside), formatter_class=RawDescriptionHelpFormatter
            )
            groups[group] = outer.add_subparsers(metavar="COMMAND", required=True, help="what to do")
        _add(groups[group], name, command)
    return parser


def _add(group: Any, name: str, command: Command) -> None:
    parser: ArgumentParser = group.add_parser(
        name,
        description=f"{command.purpose[0].upper()}{command.purpose[1:]}.\n\n{command.more}".strip(),
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.arguments(parser)
    parser.set_defaults(command=command)


def _listed(commands: Iterable[Command]) -> str:
    return "".join(f"  {command.words:<18}{command.purpose}\n" for command in commands)
