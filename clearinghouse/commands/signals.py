"""`clearinghouse signals import`: early-warning signals from a file."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.regional.signal_import import import_signals
from clearinghouse.commands.command import Command, Context


def arguments(parser: ArgumentParser) -> None:
    """Which file, and whether to change anything."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the CSV file")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")


def run(context: Context, given: Namespace) -> int:
    """Import, and say what was done or which lines cannot be used."""
    report = import_signals(context.open_world(), OPERATOR, given.file.read_bytes(), dry_run=given.dry_run)
    for line, words in report.errors:
        print(f"{given.file}, line {line}: {words}", file=sys.stderr)
    if report.errors:
        print("clearinghouse: nothing was imported", file=sys.stderr)
        return 1
    if not report.created and not report.changed:
        print("No change: the signals of the file are on record already.")
        return 0
    would = "Would be recorded" if given.dry_run else "Recorded"
    print(f"{would}: {report.created}, corrected: {report.changed}, unchanged: {report.unchanged}")
    if given.dry_run:
        print("Nothing was changed: this was a dry run.")
    return 0


IMPORT = Command(
    "signals import",
    "import early-warning signals from a CSV file",
    run,
    arguments,
    more="""Import the register of authorities first: signals name authorities by their codes.
Either the whole file is imported or, where a line cannot be used, nothing; each such
line is said. A signal that the file says otherwise is corrected; the earlier one stays
on record. Signals that the file does not name stay as they are.

Needed columns: authority_code, kind, theme, observed_on, source. Others: value (for
kinds with a scale), direction (better, same or worse) and words, which are sealed.
Dates look like 2026-11-23. docs/operations.md has every value.""",
)
