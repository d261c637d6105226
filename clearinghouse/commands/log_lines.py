"""How the program's own lines in the log begin: with the moment in UTC, and which process says it."""

import logging
import time


def begin_log(process: str) -> None:
    """Let this process write its lines to the error output."""
    handler = logging.StreamHandler()
    handler.setFormatter(log_format(process))
    logging.basicConfig(handlers=[handler])
    logging.getLogger("clearinghouse").setLevel(logging.INFO)


def log_format(process: str) -> logging.Formatter:
    """What a line looks like: `2026-11-22T11:41:08Z serve: not found: …`."""
    lines = logging.Formatter(f"%(asctime)sZ {process}: %(message)s", "%Y-%m-%dT%H:%M:%S")
    lines.converter = time.gmtime
    return lines
