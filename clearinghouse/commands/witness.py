"""`clearinghouse witness`: cosigning a log's checkpoints on a machine that is not the log's."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from clearinghouse.casework.errors import Refused
from clearinghouse.casework.witnessing import (
    CONFLICT,
    NOT_FOUND,
    NotWitnessed,
    Witnessed,
    last_witnessed_size,
    witness,
    witness_key,
)
from clearinghouse.commands.command import Command, Context

_LONGEST_REQUEST = 64 * 1024
_SECONDS = 20
_OK, _TOO_LARGE, _BROKEN = 200, 413, 500


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("log_key", metavar="LOG-KEY", help="the log's public key, one line")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="the witness's own key")
    parser.add_argument("--state", type=Path, required=True, metavar="FILE", help="what it cosigned last")
    parser.add_argument("--name", default="witness", help="the witness's name, for a new key")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--last", action="store_true", help="print the size that it cosigned last")
    way.add_argument("--listen", metavar="HOST:PORT", help="answer the log's clock over HTTP, until stopped")


def _run(_context: Context, given: Namespace) -> int:
    if given.last:
        print(last_witnessed_size(given.state, given.log_key))
        return 0
    key = witness_key(given.key, given.name)
    cosign = partial(
        witness, log_key=given.log_key, key=key, state=given.state, now=lambda: datetime.now(UTC)
    )
    if given.listen:
        last_witnessed_size(given.state, given.log_key)  # what cannot be used is said before anything listens
        host, _, port = given.listen.rpartition(":")
        if not host or not port.isdecimal():
            raise Refused("say where to listen as HOST:PORT")
        with witness_server(cosign, host, int(port)) as server:
            sys.stderr.write(f"Cosigns as {key.verifier.text}\n")
            server.serve_forever()
    found = cosign(sys.stdin.read())
    print(found.note, end="")
    sys.stderr.write(f"Cosigned {found.size:,} leaves as {found.key}\n")
    return 0


def witness_server(cosign: Callable[[str], Witnessed], host: str, port: int) -> ThreadingHTTPServer:
    """A server that answers add-checkpoint (C2SP tlog-witness). Put TLS in front of it."""

    class Asked(BaseHTTPRequestHandler):
        """One request."""

        timeout = _SECONDS

        def do_POST(self) -> None:  # http.server calls it so
            """Cosign, or say why not by the status."""
            length = self.headers.get("Content-Length", "")
            if not self.path.endswith("/add-checkpoint"):
                return self._say(NOT_FOUND, "")
            if not length.isdecimal() or int(length) > _LONGEST_REQUEST:
                return self._say(_TOO_LARGE, "")
            try:
                found = cosign(self.rfile.read(int(length)).decode("utf-8", "replace"))
            except NotWitnessed as error:
                if error.status == CONFLICT and error.size is not None:
                    return self._say(CONFLICT, f"{error.size}\n", "text/x.tlog.size")
                return self._say(error.status, f"{error}\n")
            except Refused as error:
                sys.stderr.write(f"clearinghouse: {error}\n")
                return self._say(_BROKEN, "")
            return self._say(_OK, found.line)

        def _say(self, status: int, words: str, kind: str = "text/plain; charset=utf-8") -> None:
            body = words.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing of those who ask."""

    return ThreadingHTTPServer((host, port), Asked)


WITNESS = Command(
    "witness",
    "cosign another installation's checkpoint",
    _run,
    _arguments,
    more="""Run it on a machine of your own; it needs no installation. It cosigns a checkpoint only where
the log grew out of the one that it cosigned last, and so would notice a rewritten log:

  clearinghouse ledger proof --since SIZE > request     (at the installation)
  clearinghouse witness LOG-KEY --key FILE --state FILE < request > cosigned
  clearinghouse ledger cosign cosigned                  (at the installation)

With --listen it answers the installation's clock by itself (C2SP tlog-witness, add-checkpoint); put a
web server with TLS in front of it, and give the installation its address and its key.""",
)
