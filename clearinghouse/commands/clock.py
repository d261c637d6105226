"""`clearinghouse clock`: what happens because time passed."""

from argparse import ArgumentParser, Namespace

from clearinghouse.commands.command import Command, Context
from clearinghouse.commands.log_lines import begin_log


def arguments(parser: ArgumentParser) -> None:
    """Whether to go on."""
    parser.add_argument("--once", action="store_true", help="do one round and end")


def run(context: Context, given: Namespace) -> int:
    """Tick until told to stop; exit status 1 where the last round was not whole."""
    begin_log("clock")
    return 0 if context.run_clock(context.open_world(), given.once) else 1


CLOCK = Command(
    "clock",
    "raise what falls due, let offers lapse and send mail, until stopped",
    run,
    arguments,
    more="""Several may run at once, on one host or more: each reminder is raised once.
Stop it with SIGTERM or Ctrl+C; a round under way is finished first.""",
)
