"""The gunicorn that serves the pages: several processes with threads, and logs that repeat nothing typed."""

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from clearinghouse.commands.command import Context
from clearinghouse.commands.log_lines import begin_log

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_LOG_LINE = "%(t)s %(m)s %(U)s %(s)s %(L)ss"
_NOT_FOR_THE_LOG = re.compile(r"[^/]{37,}|[^ -~]+")
_CLOCK_ENDS_WITHIN_SECONDS = 10


class Log(Logger):
    """The log without query strings, one-time links, and the messages of errors, which may quote what was typed.

    Nor line breaks out of an address, by which a stranger could write lines of their own.
    """

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: timedelta) -> dict[str, Any]:
        """What an access line may be made of."""
        atoms: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return atoms | {"U": _NOT_FOR_THE_LOG.sub("…", str(environ.get("PATH_INFO", "")))}

    def exception(self, _msg: object, *_args: object, **_kwargs: object) -> None:
        """Log what kind of error it was and where, and nothing else."""
        kind, _, trace = sys.exc_info()
        where = " < ".join(
            f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(extract_tb(trace)[-8:])
        )
        self.error("%s at %s", kind.__name__ if kind else "error", where)


class Server(BaseApplication):
    """Each process opens the installation for itself: database connections do not survive being forked."""

    def __init__(self, context: Context, *, with_clock: bool) -> None:
        self._context = context
        self._with_clock = with_clock
        self._clock: subprocess.Popen[bytes] | None = None
        super().__init__()

    def load_config(self) -> None:
        """Everything that gunicorn is told."""
        settings = self._context.settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        told: dict[str, object] = {
            "bind": f"{host}:{settings.port}",
            "workers": settings.workers,
            "worker_class": "gthread",
            "threads": settings.threads,
            "timeout": 60,
            "graceful_timeout": 20,
            "loglevel": "error",  # its warnings repeat what a malformed request asked for
            "logger_class": Log,
            "accesslog": "-",
            "access_log_format": _LOG_LINE,
            # Proxies are counted by the site itself.
            "forwarded_allow_ips": "",
            "control_socket_disable": True,
            "proc_name": "clearinghouse",
            "when_ready": self._ready,
            "on_exit": self._stopped,
        }
        for name, value in told.items():
            self.cfg.set(name, value)

    def load(self) -> "WSGIApplication":
        """The site, in a process of its own."""
        begin_log("serve")
        return self._context.create_site()

    def _ready(self, _arbiter: Arbiter) -> None:
        if self._with_clock:
            self._clock = subprocess.Popen(
                [sys.executable, "-m", "clearinghouse", "clock"], env=dict(self._context.environ)
            )
        print(f"Clearinghouse is at {self._context.settings.base_url} (stop it with Ctrl+C)", flush=True)

    def _stopped(self, _arbiter: Arbiter) -> None:
        if self._clock:
            self._clock.terminate()
            try:
                self._clock.wait(_CLOCK_ENDS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                self._clock.kill()
