"""`clearinghouse authority import` and `authority add`: the register of authorities."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from pathlib import Path

from clearinghouse.access.roles import OPERATOR, Region
from clearinghouse.casework.register.keeping import (
    AddedType,
    NewAuthority,
    RegisterReport,
    add_authority,
    import_register,
)
from clearinghouse.commands.command import Command, Context


def _import_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the CSV file")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")


def _import(context: Context, given: Namespace) -> int:
    report = import_register(context.open_world(), OPERATOR, given.file.read_bytes(), dry_run=given.dry_run)
    for problem in report.problems:
        print(f"{given.file}, line {problem.line}: {problem.words}", file=sys.stderr)
    if report.problems:
        print("clearinghouse: nothing was imported", file=sys.stderr)
        return 1
    _print_report(report, dry_run=given.dry_run)
    return 0


def _print_report(report: RegisterReport, *, dry_run: bool) -> None:
    print(
        f"The file holds {report.current} current authorities of England and {report.abolished} abolished ones,"
    )
    print(f"with {report.lineage} links to what replaced them.")
    _print_counts("Current authorities by region", report.by_region)
    _print_counts("Current authorities by type", report.by_type)
    print()
    if not report.created and not report.changed:
        print("No change: the register says the same already.")
        return
    would = "Would be " if dry_run else ""
    counts = f"created: {report.created}, changed: {report.changed}, unchanged: {report.unchanged}"
    print(f"{would}{counts}" if would else counts.capitalize())
    if dry_run:
        print("Nothing was changed: this was a dry run.")


def _print_counts(title: str, counts: Iterable[tuple[str, int]]) -> None:
    print(f"\n{title}:")
    for name, number in counts:
        print(f"  {name:<30}{number:>5}")


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--code", required=True, help="a short code that no other authority has")
    parser.add_argument("--name", required=True, help="the authority's full name")
    parser.add_argument(
        "--type", required=True, choices=[kind.value for kind in AddedType], help="what it is"
    )
    parser.add_argument(
        "--region", required=True, choices=[region.value for region in Region], help="where it is"
    )


def _add(context: Context, given: Namespace) -> int:
    new = NewAuthority(given.code, given.name, AddedType(given.type), Region(given.region))
    add_authority(context.open_world(), OPERATOR, new)
    print(f"{new.name} ({new.type.words.lower()}, {new.region}) is in the register.")
    return 0


IMPORT = Command(
    "authority import",
    "import the register of councils from its CSV file",
    _import,
    _import_arguments,
    more="""FILE is local_authorities.csv of mySociety's 'UK local authority names and codes'
(github.com/mysociety/uk_local_authority_names_and_codes), or one with the same columns.
Only England is taken. Either the whole file is imported or, where a line cannot be used,
nothing; each such line is said. Importing the same file again changes nothing.""",
)
ADD = Command(
    "authority add",
    "add a fire and rescue authority or a national park",
    _add,
    _add_arguments,
    more="For what the register of councils does not hold.",
)
