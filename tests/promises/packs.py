"""A pack about the demo's escalated case, verified by the file in it, in an environment of cryptography alone.

Then each attack is made, by somebody who holds the log's key and signs what they forged, and is found out by that
file.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.demo.filling import fill
from clearinghouse.casework.demo.people import demo_actor
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.log import keep_log
from clearinghouse.casework.witnessing import witness, witness_key
from clearinghouse.casework.world import World
from clearinghouse.records.cases import Case
from clearinghouse.records.log import LogCheckpoint, forget_log
from clearinghouse.vault.log_key import LogKey, create_log_key, read_log_key
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.packs import built_pack, collected, scope
from tests.factories.people import person
from tests.factories.tampering import ATTACKS, OpenedPack, attacked, foreign_event, old_checkpoint
from tests.worlds import MONDAY, Clock, make_world, settings_for

_ALONE = {"cryptography", "cffi", "pycparser", "pip", "setuptools"}


@dataclass(frozen=True)
class Alone:
    """An interpreter that knows cryptography and nothing of ours, and the verifier out of a pack."""

    python: Path
    folder: Path
    verifier: bytes

    def verify(self, raw: bytes, *more: str) -> tuple[bool, str]:
        """Whether the pack's own verifier finds that it holds, and what it says."""
        pack, verifier = self.folder / "pack.zip", self.folder / "verify.py"
        pack.write_bytes(raw)
        verifier.write_bytes(self.verifier)
        command = [str(self.python), "-I", str(verifier), str(pack), *more]
        run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)
        assert not run.stderr, run.stderr
        return run.returncode == 0, " ".join(run.stdout.split())


def packs_prove_themselves() -> str:
    """Make the environment, the demo and the pack; verify it; make every attack. Says what was found out."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="clearinghouse-promise-") as folder:
        home, python = Path(folder) / "home", _only_cryptography(Path(folder))
        world = make_world(home, None, Clock(), CLEARINGHOUSE_DEMO="1")
        fill(world)
        key = read_log_key(world.log_key_file)
        raw = _packed(world)
        alone = Alone(python, Path(folder), OpenedPack(raw).files["verify.py"])
        holds, said = alone.verify(raw, "--log-key", key.verifier.text)
        assert holds, said
        assert "was worked out anew from the facts that are shown" in said
        assert "What no pack can show" in said
        found = [
            _found_out(alone, forged, key, name, words, *more)
            for name, forged, words, more in _forged(world, raw, key, Path(folder))
        ]
        world.database.close()
    return (
        f"the pack holds and says what was proved; {len(found)} attacks made and found out: {', '.join(found)};"
        f" {time.monotonic() - began:.0f} s"
    )


def _found_out(alone: Alone, raw: bytes, key: LogKey, name: str, words: str, *more: str) -> str:
    holds, said = alone.verify(raw, "--log-key", key.verifier.text, *more)
    assert not holds, f"{name} was not found out"
    assert re.search(words, said), f"{name}: {said}"
    return name


def _forged(
    world: World, raw: bytes, key: LogKey, folder: Path
) -> Iterator[tuple[str, bytes, str, Sequence[str]]]:
    """Each attack: its name, the pack, what the verifier must say, and what else it is given."""
    for name, (*_, words) in ATTACKS.items():
        yield name, attacked(raw, name, key), words, ()
    about = {case["reference"] for case in OpenedPack(raw).manifest["cases"]}
    with world.reading(OPERATOR) as work:
        references = list(work.session.scalars(select(Case.reference).order_by(Case.reference)))
        first = work.session.scalars(select(LogCheckpoint.note).order_by(LogCheckpoint.size)).first()
    other = _packed(world, next(each for each in references if each not in about))
    yield "a foreign event added", foreign_event(raw, other, key), "belongs to none of the cases", ()
    plain, claimed = old_checkpoint(other, str(first), key)
    yield "an old checkpoint", plain, "another one than that for which the pack was made", ()
    yield "an old checkpoint, claimed", claimed, "list of streams' ends is not the one", ()
    theirs = create_log_key(folder / "their.key", key.verifier.name)
    pack = OpenedPack(raw)
    pack.sign_again(theirs, log_key=theirs.verifier.text)
    yield "another log's key", pack.bytes(), "another key than the log's", ()
    watching = witness_key(folder / "witness", "witness.example/w1")
    note = OpenedPack(raw).files["checkpoint"].decode()
    mine = folder / "cosigned"
    cosigned = witness(f"old 0\n\n{note}", key.verifier.text, watching, folder / "seen", lambda: MONDAY).note
    mine.write_text(cosigned, encoding="utf-8")
    asked = ("--witness", watching.verifier.text, "--checkpoint", str(mine))
    yield "a fork by the log-key holder", _forked(world, folder / "fork"), "did not cosign", asked


def _packed(world: World, *references: str) -> bytes:
    stone, fairley, ajayi = (
        demo_actor(world, name) for name in ("Miriam Stone", "Owen Fairley", "Dele Ajayi")
    )
    return collected(world, ajayi, built_pack(world, stone, fairley, scope(world, ajayi, *references)))


def _forked(world: World, home: Path) -> bytes:
    """A pack of the same case out of a second history under the log's key."""
    shutil.copytree(world.log_key_file.parent.parent, home)
    fork = open_installation(settings_for(home, CLEARINGHOUSE_DEMO="1"), Clock())
    read_log_key(fork.log_key_file).record.unlink()
    with fork.unit_of_work(OPERATOR) as work:
        forget_log(work.session)
    logged_case(fork, person(fork, Role.ASSOCIATE), authority(fork))
    keep_log(fork)
    raw = _packed(fork)
    fork.database.close()
    return raw


def _only_cryptography(folder: Path) -> Path:
    """A virtual environment into which nothing but cryptography was installed."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / "alone")], check=True)
    python = folder / "alone" / "bin" / "python"
    install = [
        str(python),
        "-I",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "cryptography",
    ]
    subprocess.run(install, check=True)
    listed = subprocess.run(
        [str(python), "-I", "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"],
        capture_output=True,
        text=True,
        check=True,
    )
    there = {line.partition("==")[0].lower() for line in listed.stdout.split()}
    assert "cryptography" in there
    assert there <= _ALONE | {"typing-extensions", "typing_extensions"}, there
    return python
