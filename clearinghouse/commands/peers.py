"""`clearinghouse peer import`: the register of peers."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.peers.importing import import_peers
from clearinghouse.commands.command import Command, Context


def arguments(parser: ArgumentParser) -> None:
    """Which file, and whether to change anything."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the CSV file")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")


def run(context: Context, given: Namespace) -> int:
    """Import, and say what was done or which lines cannot be used."""
    report = import_peers(context.open_world(), OPERATOR, given.file.read_bytes(), dry_run=given.dry_run)
    for line, words in report.errors:
        print(f"{given.file}, line {line}: {words}", file=sys.stderr)
    if report.errors:
        print("clearinghouse: nothing was imported", file=sys.stderr)
        return 1
    if not report.created and not report.changed:
        print("No change: the register of peers says the same already.")
        return 0
    would = "Would be created" if given.dry_run else "Created"
    print(f"{would}: {report.created}, changed: {report.changed}, unchanged: {report.unchanged}")
    if given.dry_run:
        print("Nothing was changed: this was a dry run.")
    return 0


IMPORT = Command(
    "peer import",
    "import the register of peers from a CSV file",
    run,
    arguments,
    more="""Import the register of authorities first: peers belong to authorities by their codes.
Either the whole file is imported or, where a line cannot be used, nothing; each such
line is said. Peers that the file does not name stay as they are.

Needed columns: code, name, kind (councillor, officer or specialist), role, and
authority_code for councillors and officers or organisation for specialists. Dates look
like 2026-11-23, and lists are parted by semicolons. docs/operations.md has every column.""",
)
