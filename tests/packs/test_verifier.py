"""Every attack on a pack is found out, also by one who holds the log's key and signs what was forged."""

import base64
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cryptography
import pytest
from sqlalchemy import select
from verifier_file import TARGET, verifier_file

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.app import main
from clearinghouse.casework.demo.people import demo_actor
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.log import keep_log, prove_growth, signed_tree
from clearinghouse.casework.packs.contents import CHECKPOINT, EVENTS, NOT_DETECTABLE, PROOFS, STREAMS, Given
from clearinghouse.casework.packs.scope import PackSubject
from clearinghouse.casework.packs.verifier import verify_pack
from clearinghouse.casework.witnessing import witness, witness_key
from clearinghouse.casework.world import Outside, Witness, World
from clearinghouse.protocol.vocabulary import FamilyFirst
from clearinghouse.records.cases import Case
from clearinghouse.records.log import LogCheckpoint, forget_log
from clearinghouse.records.people import User
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.tables import inventory
from clearinghouse.vault.disclosures import read_disclosure
from clearinghouse.vault.log_key import LogKey, create_log_key, read_log_key
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.outside import RunningWitness
from tests.factories.packs import built_pack, collected, scope
from tests.factories.people import person
from tests.factories.tampering import ATTACKS, OpenedPack, attacked, foreign_event, old_checkpoint
from tests.worlds import MONDAY, Clock, settings_for


@dataclass(frozen=True)
class Made:
    """A demo's world, a pack about its escalated case, and the log's key."""

    world: World
    raw: bytes
    key: LogKey

    @property
    def public(self) -> str:
        return self.key.verifier.text


def packed(world: World, *references: str) -> bytes:
    stone, fairley, ajayi = (
        demo_actor(world, name) for name in ("Miriam Stone", "Owen Fairley", "Dele Ajayi")
    )
    return collected(world, ajayi, built_pack(world, stone, fairley, scope(world, ajayi, *references)))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, filled_on_sqlite: Path) -> Iterator[Made]:
    home = tmp_path_factory.mktemp("packs") / "home"
    shutil.copytree(filled_on_sqlite, home)
    world = open_installation(settings_for(home, CLEARINGHOUSE_DEMO="1"), Clock())
    yield Made(world, packed(world), read_log_key(world.log_key_file))
    world.database.close()


def faults(raw: bytes, given: Given) -> str:
    found = verify_pack(io.BytesIO(raw), given)
    assert found.holds == (not found.faults)
    return " ".join(found.faults)


def test_a_pack_about_the_escalated_case_holds_and_says_what_is_proved(made: Made) -> None:
    """A verifier that trusts more than it proves, or proves nothing, would not say so."""
    found = verify_pack(io.BytesIO(made.raw), Given(made.public))
    assert found.holds, found.faults
    said = " ".join(found.proved)
    assert "none is missing, added, altered or out of order" in said
    assert [each.found.result for each in found.retold if each.found] == [
        FamilyFirst.GIVEN,
        FamilyFirst.GIVEN,
    ]
    assert "worked out anew" in said
    assert "no witness and no checkpoint was given" in " ".join(found.not_proved)
    printed = " ".join(found.text.split())
    assert all(each in printed for each in (*NOT_DETECTABLE, *found.proved, *found.not_proved))
    assert printed.startswith("THIS PACK HOLDS.")


def test_without_the_key_from_elsewhere_it_says_that_the_key_came_with_the_pack(made: Made) -> None:
    found = verify_pack(io.BytesIO(made.raw))
    assert found.holds
    assert "it came with the pack" in " ".join(found.not_proved)


def test_no_pack_holds_a_name_a_key_another_case_or_anything_typed(made: Made) -> None:
    """What must never leave, looked for in every file of the pack about the demo's escalated case."""
    pack = OpenedPack(made.raw)
    ours = {case["reference"] for case in pack.manifest["cases"]}
    hidden: set[str] = set()
    with made.world.reading(OPERATOR) as work:
        for each in inventory():
            if each.sealed.compartment is not Compartment.PACKS:
                for row in work.session.scalars(select(each.row)):
                    hidden |= {line.strip() for line in getattr(row, each.attribute).splitlines()}
        for user in work.session.scalars(select(User)):
            hidden |= {user.name, str(user.id), user.email}
        hidden |= {case.reference for case in work.session.scalars(select(Case))} - ours
    hidden.add(base64.b64encode(made.key.signer.private.private_bytes_raw()).decode())
    hidden = {text for text in hidden if len(text) > 9}
    assert len(hidden) > 100
    files = [raw.decode() for name, raw in pack.files.items() if name != "verify.py"]
    files.append(json.dumps(pack.manifest))
    files += [
        json.dumps(read_disclosure(each))
        for line in pack.lines(EVENTS)
        for each in line.get("disclosures", ())
    ]
    assert not [text for text in hidden for where in files if text in where]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_found_out_even_where_the_manifest_is_signed_again(made: Made, attack: str) -> None:
    """The manifest's signature alone would find it; whoever holds the log's key signs another, and the proofs stay."""
    files, change, words = ATTACKS[attack]
    pack = OpenedPack(made.raw)
    for name in files:
        pack.change(name, change)
    assert faults(pack.bytes(), Given(made.public)).startswith(f"{files[0]} is not the file that was signed")
    said = faults(attacked(made.raw, attack, made.key), Given(made.public))
    assert re.search(words, said), said


def test_a_foreign_event_is_found_out(made: Made) -> None:
    """An event of another case, true and logged, told as if it belonged to this one."""
    about = {case["reference"] for case in OpenedPack(made.raw).manifest["cases"]}
    other = next(reference for reference in _references(made.world) if reference not in about)
    raw = foreign_event(made.raw, packed(made.world, other), made.key)
    assert "belongs to none of the cases" in faults(raw, Given(made.public))


def test_an_old_checkpoint_is_found_out(made: Made) -> None:
    """One that the log did sign, earlier: the tail would be cut where nobody looks."""
    with made.world.reading(OPERATOR) as work:
        old = work.session.query(LogCheckpoint).order_by(LogCheckpoint.size).first()
        note, size = old.note, old.size
    pack = OpenedPack(made.raw)
    if size == pack.manifest["checkpoint"]["size"]:
        happens(made.world)
        pack = OpenedPack(packed(made.world))
    plain, claimed = old_checkpoint(pack.bytes(), note, made.key)
    assert "another one than that for which the pack was made" in faults(plain, Given(made.public))
    assert "list of streams' ends is not the one under the checkpoint" in faults(claimed, Given(made.public))


def test_another_logs_key_is_found_out(made: Made, tmp_path: Path) -> None:
    """A pack made up whole, and signed by a key of the forger's own."""
    key = create_log_key(tmp_path / "key", made.key.verifier.name)
    pack = OpenedPack(made.raw)
    pack.sign_again(key)
    assert "another key than the log's" in faults(pack.bytes(), Given(made.public))
    pack.sign_again(key, log_key=key.verifier.text)
    assert "another key than the log's" in faults(pack.bytes(), Given(made.public))
    assert "The checkpoint is not the log's" in faults(pack.bytes(), Given())


def test_a_finding_that_the_facts_do_not_bear_is_found_out(made: Made) -> None:
    """Facts withheld are said to be, and nothing is claimed of a finding that cannot be worked out."""
    stone, fairley, ajayi = (
        demo_actor(made.world, name) for name in ("Miriam Stone", "Owen Fairley", "Dele Ajayi")
    )
    given = scope(made.world, ajayi, subjects=(PackSubject.ESCALATIONS, PackSubject.OFFERS))
    found = verify_pack(
        io.BytesIO(collected(made.world, ajayi, built_pack(made.world, stone, fairley, given)))
    )
    assert found.holds
    assert not any("worked out anew" in each for each in found.proved)
    assert any("withholds" in each and "conversation:recorded" in each for each in found.not_proved)


def test_more_than_was_approved_is_found_out(made: Made) -> None:
    """A pack that shows a fact outside its scope was not what two people agreed to."""
    pack = OpenedPack(made.raw)
    pack.sign_again(made.key, shown={})
    assert "shows more than was approved" in faults(pack.bytes(), Given(made.public))


def happens(world: World) -> None:
    logged_case(world, person(world, Role.ASSOCIATE), authority(world))
    keep_log(world)


def test_a_fork_is_found_out_where_a_witness_is_required(made: Made, tmp_path: Path) -> None:
    """Whoever holds the log's key writes two histories; the one that the witness never saw carries no cosignature."""
    key = witness_key(tmp_path / "witness", "witness.example/w1")
    given = Given(made.public, [key.verifier.text])
    said = faults(made.raw, given)
    assert "did not cosign" in said
    note = OpenedPack(made.raw).files[CHECKPOINT].decode()
    state = tmp_path / "state"
    cosigned = witness(f"old 0\n\n{note}", made.public, key, state, lambda: MONDAY).note
    found = verify_pack(io.BytesIO(made.raw), replace(given, outside=[cosigned]))
    assert found.holds, found.faults
    assert any("The witness witness.example/w1 cosigned" in each for each in found.proved)
    fork = forked(made, tmp_path / "fork")
    assert "did not cosign" in faults(fork, given)
    assert "did not cosign" in faults(fork, replace(given, outside=[cosigned]))


def forked(made: Made, home: Path) -> bytes:
    """A pack of the same case out of a second history under the log's key."""
    shutil.copytree(made.world.log_key_file.parent.parent, home)
    world = open_installation(settings_for(home, CLEARINGHOUSE_DEMO="1"), Clock())
    read_log_key(world.log_key_file).record.unlink()
    with world.unit_of_work(OPERATOR) as work:
        forget_log(work.session)
    happens(world)
    raw = packed(world)
    world.database.close()
    return raw


def test_a_checkpoint_of_ones_own_shows_the_fork_too(made: Made, tmp_path: Path) -> None:
    """An earlier checkpoint of the true log against a pack of the other history, and the other way round."""
    fork = forked(made, tmp_path / "fork")
    happens(made.world)
    mine = signed_tree(made.world)
    assert mine
    size = OpenedPack(fork).manifest["checkpoint"]["size"]
    proof = prove_growth(made.world, size).text
    assert "THE LOG WAS REWRITTEN" in faults(fork, Given(made.public, outside=[proof]))
    own = OpenedPack(made.raw).manifest["checkpoint"]["size"]
    true = verify_pack(io.BytesIO(made.raw), Given(made.public, outside=[prove_growth(made.world, own).text]))
    assert true.holds, true.faults
    assert any("are of one history" in each for each in true.proved)
    later = verify_pack(io.BytesIO(packed(made.world)), Given(made.public, outside=[mine.note]))
    assert any("are of one history" in each for each in later.proved), later.not_proved


def test_a_cosignature_of_a_later_checkpoint_counts_with_the_proof_that_leads_there(
    made: Made, tmp_path: Path
) -> None:
    """A witness is asked when there is something new, and seldom at the very checkpoint of a pack."""
    key, size = (
        witness_key(tmp_path / "w", "witness.example/w2"),
        OpenedPack(made.raw).manifest["checkpoint"]["size"],
    )
    happens(made.world)
    growth, state = prove_growth(made.world, size).text, tmp_path / "state"
    cosigned = witness(prove_growth(made.world, 0).text, made.public, key, state, lambda: MONDAY).note
    given = Given(made.public, [key.verifier.text], [cosigned])
    alone = verify_pack(io.BytesIO(made.raw), given)
    assert "did not cosign" in " ".join(alone.faults)
    assert "ledger proof --since" in " ".join(alone.not_proved)
    for outside in ([growth, cosigned], [cosigned, growth]):
        both = verify_pack(io.BytesIO(made.raw), replace(given, outside=outside))
        assert both.holds, both.faults


@pytest.mark.parametrize("raw", [b"", b"PK\3\4 no zip", b"\0" * 200])
def test_what_is_no_pack_is_said_to_be_none(raw: bytes) -> None:
    assert "no pack" in faults(raw, Given())


def test_damaged_bytes_never_pass_and_never_end_in_a_traceback(made: Made) -> None:
    """A bit flipped anywhere in what is signed or proved."""
    for name in (CHECKPOINT, EVENTS, PROOFS, STREAMS, "manifest.json"):
        size = len(OpenedPack(made.raw).files[name])
        for place in range(0, size, max(1, size // 12)):
            pack = OpenedPack(made.raw)
            raw = bytearray(pack.files[name])
            raw[place] ^= 1
            pack.files[name] = bytes(raw)
            assert faults(pack.bytes(), Given(made.public)), f"{name} at {place}"


def test_the_verifier_in_one_file_is_current() -> None:
    """Rules that changed here and not there would find another finding."""
    assert TARGET.read_text(encoding="utf-8") == verifier_file(), "run python scripts/verifier_file.py"


def test_the_command_says_the_same_as_the_file_alone(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file of the pack runs with the standard library and cryptography, and nothing of the program."""
    pack = tmp_path / "pack.zip"
    pack.write_bytes(made.raw)
    alone = tmp_path / "verify.py"
    alone.write_bytes(OpenedPack(made.raw).files["verify.py"])
    assert main(["verify", str(pack), "--log-key", made.public]) == 0
    said = capsys.readouterr().out
    only = _only_cryptography(tmp_path)
    run = [sys.executable, "-S", "-E", str(alone), str(pack), "--log-key", made.public]
    program = (
        f"import runpy, sys; sys.path.insert(0, {str(only)!r}); sys.argv = {run[3:]!r}; "
        f"runpy.run_path({str(alone)!r}, run_name='__main__')"
    )
    found = subprocess.run(
        [sys.executable, "-S", "-E", "-c", program], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout == said
    broken = OpenedPack(made.raw)
    broken.change(EVENTS, lambda lines: lines.pop(4))
    pack.write_bytes(broken.bytes())
    assert main(["verify", str(pack), "--log-key", made.public]) == 1
    assert (
        subprocess.run(
            [sys.executable, "-S", "-E", "-c", program], capture_output=True, check=False
        ).returncode
        == 1
    )


def _only_cryptography(folder: Path) -> Path:
    """A folder of packages that holds cryptography and what it needs, and nothing else."""
    packages = Path(cryptography.__file__).parent.parent
    only = folder / "only"
    only.mkdir()
    for name in ("cryptography", "cffi", "_cffi_backend*", "pycparser"):
        for found in packages.glob(name):
            (only / found.name).symlink_to(found)
    return only


def _references(world: World) -> list[str]:
    with world.reading(OPERATOR) as work:
        return list(work.session.scalars(select(Case.reference).order_by(Case.reference)))


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_pack_carries_the_cosignatures_that_its_checkpoint_has(made: Made, tmp_path: Path) -> None:
    """A recipient who requires a witness has what they need in the pack itself; a silent witness holds no pack up."""
    there = RunningWitness(tmp_path / "witness", made.public)
    with there.listening() as url:
        asking = replace(made.world, outside=Outside(witnesses=(Witness(there.key.verifier, url),)))
        happens(asking)
        raw = packed(asking)
    found = verify_pack(io.BytesIO(raw), Given(made.public, [there.public]))
    assert found.holds, found.faults
    assert any("witness.example/w1 cosigned the log" in each for each in found.proved)
    happens(asking)
    assert "did not cosign" in faults(packed(asking), Given(made.public, [there.public]))
