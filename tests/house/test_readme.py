"""What the README says is what the program does."""

import re
from pathlib import Path

from clearinghouse.commands.line import COMMANDS
from clearinghouse.settings import SETTINGS

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
CHANGELOG = (Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_table_of_settings_is_the_programs() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+?) \| (.+?) \|$", README, re.MULTILINE)
    assert rows == [(each.name, each.default, each.purpose) for each in SETTINGS]


def test_every_setting_that_the_code_reads_is_in_the_table() -> None:
    package = Path(__file__).parents[2] / "clearinghouse"
    read = {
        name
        for path in package.rglob("*.py")
        for name in re.findall(r"\bCLEARINGHOUSE_[A-Z_]+", path.read_text())
    }
    assert read <= {each.name for each in SETTINGS}


def test_every_command_is_announced() -> None:
    for command in COMMANDS:
        assert f"`{command.words}" in CHANGELOG, f"the CHANGELOG does not name {command.words}"


def test_every_link_leads_somewhere() -> None:
    root = Path(__file__).parents[2]
    for name in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (root / name).exists(), f"README links to {name}, which is not there"
