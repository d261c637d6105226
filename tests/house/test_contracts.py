"""The import contracts of setup.cfg: kept by the house as it stands, and each broken by the breach it is there for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
LINT = "from importlinter.cli import lint_imports_command as lint; lint()"
ROOMS = ("access", "casework", "commands", "jobs", "notices", "protocol", "records", "vault", "web")
MODULES = ("app", "settings", "__main__")
FLOORS = "Arrows run down the floors, never up, never between neighbours"
PLAIN = "Protocol and access know no framework, database or cryptography"
FLASK = "No Flask below web"
CRYPTOGRAPHY = "No cryptography outside the vault"
TABLES = "No SQLAlchemy in web, jobs and commands"
VAULT = "Only app, casework and records import the vault"
RECORDS = "Only app and casework import records"
CIRCLES = "No circle of imports between siblings"


def broken_contracts(folder: Path) -> set[str]:
    """The names of the contracts that the package in a folder breaks, by the setup.cfg of this checkout."""
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--config", str(CHECKOUT / "setup.cfg"), "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200", "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    verdicts = [line.rsplit(maxsplit=1) for line in lines if line.endswith((" KEPT", " BROKEN"))]
    assert len(verdicts) == 8, done.stdout + done.stderr
    return {name for name, verdict in verdicts if verdict == "BROKEN"}


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """A folder with every room of the house, empty: what a contract says does not hang on today's code."""
    package = tmp_path / "clearinghouse"
    package.mkdir()
    (package / "__init__.py").touch()
    for room in ROOMS:
        (package / room).mkdir()
        for module in ("__init__", "first", "second"):
            (package / room / f"{module}.py").touch()
    for module in MODULES:
        (package / f"{module}.py").touch()
    (package / "__main__.py").write_text("import clearinghouse.app\n", encoding="utf-8")
    # The floors in use, so that an indirect way down is seen to be allowed.
    for upper, lower in (
        ("app", "web"),
        ("web.first", "casework.first"),
        ("casework.first", "records.first"),
    ):
        plant(tmp_path, upper, f"import clearinghouse.{lower}")
    plant(tmp_path, "records.first", "import sqlalchemy\nimport clearinghouse.vault.first")
    plant(tmp_path, "vault.first", "import cryptography, argon2")
    plant(tmp_path, "web.first", "import flask")
    return tmp_path


def plant(folder: Path, module: str, line: str) -> None:
    """Add an import to a module, which is made if it is not there."""
    path = folder / "clearinghouse" / (module.replace(".", "/") + ".py")
    path.parent.mkdir(exist_ok=True)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{text}{line}\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("vault.second", "", set()),
        ("protocol.first", "import clearinghouse.casework.second", {FLOORS}),
        ("access.first", "import clearinghouse.protocol.first", {FLOORS}),
        ("jobs.first", "import clearinghouse.web.second", {FLOORS}),
        ("helpers", "", {FLOORS}),
        ("protocol.first", "import sqlalchemy", {PLAIN}),
        ("access.first", "import flask", {PLAIN, FLASK}),
        ("access.first", "import argon2", {PLAIN, CRYPTOGRAPHY}),
        ("casework.first", "import flask", {FLASK}),
        ("notices.first", "import flask_wtf", {FLASK}),
        ("records.first", "import cryptography.fernet", {CRYPTOGRAPHY}),
        ("web.first", "import argon2", {CRYPTOGRAPHY}),
        ("web.first", "import sqlalchemy.orm", {TABLES}),
        ("jobs.first", "import sqlalchemy", {TABLES}),
        ("commands.first", "import sqlalchemy", {TABLES}),
        ("commands.first", "import clearinghouse.vault.first", {VAULT}),
        ("notices.first", "import clearinghouse.vault.second", {VAULT}),
        ("web.first", "import clearinghouse.records.second", {RECORDS}),
        ("protocol.first", "import clearinghouse.protocol.second", set()),
    ],
)
def test_a_planted_breach_breaks_its_contract(
    skeleton: Path, module: str, line: str, broken: set[str]
) -> None:
    """Wrong if a contract let its own breach through, or blamed code that keeps it."""
    plant(skeleton, module, line)
    assert broken_contracts(skeleton) == broken


def test_two_modules_of_a_room_that_import_each_other_are_a_circle(skeleton: Path) -> None:
    """Wrong if a room could grow a knot inside: the floors look only at rooms."""
    plant(skeleton, "casework.first", "import clearinghouse.casework.second")
    plant(skeleton, "casework.second", "import clearinghouse.casework.first")
    assert broken_contracts(skeleton) == {CIRCLES}


def test_the_house_keeps_every_contract_until_a_breach_is_planted_in_it(tmp_path: Path) -> None:
    """Wrong if today's house broke a contract, or if the lint read something other than the code it is given."""
    shutil.copytree(
        CHECKOUT / "clearinghouse", tmp_path / "clearinghouse", ignore=shutil.ignore_patterns("static")
    )
    assert broken_contracts(tmp_path) == set()
    plant(tmp_path, "access.roles", "import sqlalchemy")
    assert broken_contracts(tmp_path) == {PLAIN}


def test_the_site_is_ready_without_the_solver() -> None:
    """Wrong if every worker carries the memory of a solver that only whole teams need."""
    ready = "import sys, clearinghouse.app, clearinghouse.web.site; sys.exit('scipy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", ready], cwd=CHECKOUT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
