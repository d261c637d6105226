"""The pins of the front-end files, and what is made of them."""

import json
import re
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
VENDOR = CHECKOUT / "clearinghouse/web/static/vendor"


def test_the_lock_names_hashes_and_no_address() -> None:
    """Wrong if a package could change under us, or if the lock sent every machine to one address."""
    lock = json.loads((CHECKOUT / "config/front-end/package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert {
        name for name, package in packages.items() if not package["integrity"].startswith("sha512-")
    } == set()
    assert "://" not in json.dumps(lock)


def test_the_style_sheets_ask_for_nothing_that_is_not_there() -> None:
    """Wrong if a page asked for a typeface or icon that was left out, and got a 404 for it."""
    sheets = sorted(VENDOR.glob("*/*.css"))
    assert len(sheets) == 2
    for styles in sheets:
        for name in re.findall(r"url\(([^)]*)\)", styles.read_text(encoding="utf-8")):
            assert (styles.parent / name.strip("\"'")).is_file(), f"{styles.name} asks for {name}"
