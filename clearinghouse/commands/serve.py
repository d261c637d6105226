"""`clearinghouse serve`: the pages, and on request the clock beside them."""

import socket
from argparse import ArgumentParser, Namespace

from clearinghouse.commands.command import Command, Context
from clearinghouse.settings import Settings, SettingsError


def arguments(parser: ArgumentParser) -> None:
    """What may be said otherwise than in the environment."""
    parser.add_argument("--host", dest="CLEARINGHOUSE_HOST", metavar="HOST", help="address to listen on")
    parser.add_argument("--port", dest="PORT", metavar="PORT", help="port to listen on")
    parser.add_argument(
        "--workers", dest="CLEARINGHOUSE_WORKERS", metavar="NUMBER", help="processes that serve pages"
    )
    parser.add_argument(
        "--with-clock", action="store_true", help="run the clock too, for as long as the pages"
    )


def run(context: Context, given: Namespace) -> int:
    """Serve until told to stop. A problem is said in one line before anything starts."""
    from clearinghouse.commands.server import Server  # noqa: PLC0415  # no other command waits for gunicorn to load

    context.open_world().database.close()
    _check_port(context.settings)
    Server(context, with_clock=given.with_clock).run()
    return 0


def _check_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise SettingsError(
                f"cannot listen on {settings.host} port {settings.port} ({error.strerror});"
                " stop what uses it, or choose another with --port"
            ) from error


SERVE = Command(
    "serve",
    "serve the pages, until stopped",
    run,
    arguments,
    more="""Listens on CLEARINGHOUSE_HOST and PORT. Put a web server with TLS in front of it
for anybody but yourself; docs/operations.md shows one.

What happens because time passes (reminders, lapsed offers, mail) needs the clock:
run 'clearinghouse clock' as a service of its own, or add --with-clock.""",
)
