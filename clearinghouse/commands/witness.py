"""`clearinghouse witness`: cosigning a log's checkpoints on a machine that is not the log's."""

import sys
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from clearinghouse.casework.witnessing import last_witnessed_size, witness, witness_key
from clearinghouse.commands.command import Command, Context


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("log_key", metavar="LOG-KEY", help="the log's public key, one line")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="the witness's own key")
    parser.add_argument("--state", type=Path, required=True, metavar="FILE", help="what it cosigned last")
    parser.add_argument("--name", default="witness", help="the witness's name, for a new key")
    parser.add_argument("--last", action="store_true", help="print the size that it cosigned last")


def _run(_context: Context, given: Namespace) -> int:
    if given.last:
        print(last_witnessed_size(given.state, given.log_key))
        return 0
    key = witness_key(given.key, given.name)
    found = witness(sys.stdin.read(), given.log_key, key, given.state, lambda: datetime.now(UTC))
    print(found.note, end="")
    sys.stderr.write(f"Cosigned {found.size:,} leaves as {found.key}\n")
    return 0


WITNESS = Command(
    "witness",
    "cosign another installation's checkpoint",
    _run,
    _arguments,
    more="""Run it on a machine of your own; it needs no installation. It cosigns a checkpoint only where
the log grew out of the one that it cosigned last, and so would notice a rewritten log:

  clearinghouse ledger proof --since SIZE > request     (at the installation)
  clearinghouse witness LOG-KEY --key FILE --state FILE < request > cosigned""",
)
