"""The wheel, away from the checkout: it carries everything, and does the main job in an empty environment."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

CHECKOUT = Path(__file__).parents[2]
PARTS = ("clearinghouse", "config", "migrations", "scripts", "templates")
NOT_CARRIED = ("config/ruff.toml", "config/front-end")
READY_WITHIN_SECONDS = 60

pytestmark = pytest.mark.slow


def run(*command: object, cwd: Path, **environ: str) -> str:
    """Run a command with nothing of this session's environment but PATH; gives what it printed, and fails with it."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd)} | environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the tree so that no earlier build leaves anything in it."""
    tree = tmp_path_factory.mktemp("tree")
    for part in PARTS:
        shutil.copytree(CHECKOUT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "tests/vendor").mkdir(parents=True)
    shutil.copy(CHECKOUT / "tests/vendor/axe.min.js", tree / "tests/vendor")
    for path in CHECKOUT.glob("*"):
        if path.is_file():
            shutil.copy(path, tree)
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", "out", ".", cwd=tree)
    (built,) = (tree / "out").glob("clearinghouse-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an empty environment with the wheel in it; what it depends on is lent by this environment."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder / "venv")
    python = folder / "venv/bin/python"
    site = Path(run(python, "-c", "import site; print(site.getsitepackages()[0])", cwd=folder).strip())
    lent = [path for path in sys.path if path.endswith("site-packages")]
    # A path named in a .pth file is not itself searched for .pth files, so an editable checkout stays out of sight.
    (site / "lent.pth").write_text("\n".join(lent), encoding="utf-8")
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--no-deps",
        "--no-index",
        wheel,
        cwd=folder,
    )
    return folder / "venv/bin"


def test_the_wheel_carries_every_file_of_the_program(wheel: Path) -> None:
    """Wrong if a room, template, migration, setting or front-end file stayed behind in the checkout."""
    carried = set(zipfile.ZipFile(wheel).namelist())
    wanted = set()
    for part in ("clearinghouse", "config", "migrations", "templates"):
        for path in (CHECKOUT / part).rglob("*"):
            name = path.relative_to(CHECKOUT).as_posix()
            if path.is_file() and "__pycache__" not in name and not name.startswith(NOT_CARRIED):
                wanted.add(name if part == "clearinghouse" else f"clearinghouse/{name}")
    assert wanted - carried == set()
    assert {name for name in carried - wanted if ".dist-info/" not in name} == set()


def test_the_wheel_carries_the_front_end_and_none_of_the_government_brand(wheel: Path) -> None:
    """Wrong if pages came without style, without the licences owed, or with what only gov.uk may use."""
    names = zipfile.ZipFile(wheel).namelist()
    vendor = "clearinghouse/web/static/vendor"
    for package in ("govuk-frontend", "moj-frontend"):
        for file in (f"{package}.min.css", f"{package}.min.js", "LICENSE.txt"):
            assert f"{vendor}/{package}/{file}" in names
    brand = ("crest", "crown", ".woff", "logotype", "opengraph", "apple-touch")
    assert [
        name for name in names if name.startswith(vendor) and any(word in name.lower() for word in brand)
    ] == []
    styles = zipfile.ZipFile(wheel).read(f"{vendor}/govuk-frontend/govuk-frontend.min.css")
    assert b"GDS Transport" not in styles


@pytest.fixture(scope="module")
def demo(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a demo that the installed program filled, away from the checkout."""
    home = tmp_path_factory.mktemp("demo") / "home"
    environ = {"CLEARINGHOUSE_HOME": str(home), "CLEARINGHOUSE_DEMO": "1"}
    run(installed / "clearinghouse", "demo", cwd=home.parent, **environ)
    return environ


@pytest.fixture
def server(installed: Path, demo: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The address of the installed service."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environ = demo | {"PORT": port}
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [installed / "clearinghouse", "serve"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)} | environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        await_ready(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def await_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until /readyz answers 200; fail with the service's own words if it ends or takes too long."""
    end = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            with urlopen(f"{address}/readyz", timeout=10):  # an answer that is not 200 raises
                return
        except (URLError, ConnectionError):
            if process.poll() is not None or time.monotonic() > end:
                pytest.fail(log.read_text(encoding="utf-8", errors="replace"))
            time.sleep(0.1)


def test_an_empty_installation_is_made_away_from_the_checkout(installed: Path, tmp_path: Path) -> None:
    """Wrong if `init` needed a file that only the checkout has: it runs every migration."""
    where = run(
        installed / "python", "-c", "import clearinghouse; print(clearinghouse.__file__)", cwd=tmp_path
    )
    assert where.startswith(str(installed.parent))
    run(installed / "clearinghouse", "init", cwd=tmp_path, CLEARINGHOUSE_HOME=str(tmp_path / "home"))
    assert list((tmp_path / "home").rglob("*.db"))


def test_the_ledger_of_a_demo_is_whole_to_a_process_of_its_own(
    installed: Path, demo: dict[str, str], tmp_path: Path
) -> None:
    """Wrong if verification looked only at the tables that its process happened to have imported."""
    assert "No fault" in run(installed / "clearinghouse", "ledger", "verify", cwd=tmp_path, **demo)


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_the_installed_service_shows_its_sign_in_page_in_style(server: str) -> None:
    """Wrong if the wheel served pages without their templates, style sheets or scripts."""
    with urlopen(f"{server}/", timeout=10) as answer:
        page = answer.read().decode()
    assert "Sign in" in page
    (style,) = re.findall(r'href="([^"]+/govuk-frontend\.min\.css)"', page)
    with urlopen(f"{server}{style}", timeout=10) as answer:
        assert answer.headers.get_content_type() == "text/css"
