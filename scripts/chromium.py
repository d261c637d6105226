"""Finds the Chromium that the browser tests drive, and, as a command, brings one where there is none."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE = (
    "The browser tests need Chromium: install your system's package `chromium`, or run "
    "`.venv/bin/playwright install chromium`."
)


def find() -> Path | None:
    """The browser to drive: the system's own, else one that Playwright downloaded earlier, else None."""
    for name in NAMES:
        path = which(name)
        if path:
            return Path(path)
    return _playwrights_own()


def _playwrights_own() -> Path | None:
    home = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path("~/.cache/ms-playwright").expanduser()
    found = sorted(Path(home).glob("chromium-*/chrome-linux*/chrome"))
    return found[-1] if found else None


def _install() -> None:
    tries = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if which("apt-get") and os.geteuid() == 0:
        tries += [
            ["apt-get", "-qq", "update"],
            ["apt-get", "-qq", "--yes", "install", "chromium"],
        ]
    for command in tries:
        print("Chromium is missing; trying:", *command, file=sys.stderr, flush=True)
        environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        try:
            subprocess.run(
                command,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
                timeout=600,
            )
        except subprocess.TimeoutExpired:
            continue
        if find():
            return


def main() -> int:
    """Bring Chromium if there is none; 1 with one line of advice if that failed."""
    if not find():
        _install()
    if not find():
        print(ADVICE, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
