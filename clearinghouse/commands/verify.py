"""`clearinghouse verify`: what a regulator's pack proves, as verify.py in the pack says it."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from clearinghouse.casework.packs.verifier import add_outside_arguments, say_verified
from clearinghouse.commands.command import Command, Context


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("pack", type=Path, help="the pack, a zip file")
    add_outside_arguments(parser)


def _run(_context: Context, given: Namespace) -> int:
    return say_verified(given.pack, given.log_key, given.witness, given.checkpoint)


VERIFY = Command(
    "verify",
    "say what a regulator's pack proves, and what it does not",
    _run,
    _arguments,
    more="""Needs no installation, and is the same as verify.py in the pack. Ends with exit status 1 where
anything is wrong. Give the log's public key as you had it apart from the pack.""",
)
