"""`clearinghouse doctor`: whether everything is in order, and how to mend what is not."""

from argparse import Namespace

from clearinghouse.casework.upkeep.checkup import check_up
from clearinghouse.commands.command import Command, Context


def run(context: Context, _given: Namespace) -> int:
    """One line for each thing looked at; exit status 1 where any is a problem."""
    problems = 0
    for finding in check_up(context.settings):
        print(f"{'problem' if finding.mend else 'ok':<9}{finding.subject:<10}{finding.words}", flush=True)
        if finding.mend:
            problems += 1
            print(f"{'':<19}To mend it: {finding.mend}")
    return 1 if problems else 0


DOCTOR = Command(
    "doctor",
    "check keys, database, register, clock, mail and disk, and say how to mend what is wrong",
    run,
    more="""Changes nothing, but for destroying again what a restored backup has brought back.
Ends with exit status 1 where anything is a problem.""",
)
