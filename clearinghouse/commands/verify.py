"""`clearinghouse verify`: what a regulator's pack proves, as verify.py in the pack says it."""

from argparse import ArgumentParser, Namespace

from clearinghouse.casework.packs.checking import add_arguments, check
from clearinghouse.commands.command import Command, Context


def _arguments(parser: ArgumentParser) -> None:
    add_arguments(parser)


def _run(_context: Context, given: Namespace) -> int:
    return check(given)


VERIFY = Command(
    "verify",
    "say what a regulator's pack proves, and what it does not; make a recipient's key",
    _run,
    _arguments,
    more="""Needs no installation, and is the same as verify.py in the pack. Ends with exit status 1 where
anything is wrong. Give the log's public key as you had it apart from the pack.""",
)
