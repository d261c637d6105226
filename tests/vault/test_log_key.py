"""The log's key and its record: in which form they lie on the disk, and what is said where they cannot be used."""

import base64
import json
from pathlib import Path

import pytest

from clearinghouse.vault.errors import KeysError
from clearinghouse.vault.log_key import create_log_key, create_witness_key, put_aside, read_log_key
from clearinghouse.vault.merkle import Frontier
from clearinghouse.vault.notes import COSIGNED, SIGNED

TREE = Frontier(3, [bytes([1]) * 32, bytes([2]) * 32])


@pytest.mark.parametrize(("create", "kind"), [(create_log_key, SIGNED), (create_witness_key, COSIGNED)])
def test_a_key_is_its_owners_alone_and_never_written_over(tmp_path: Path, create: object, kind: int) -> None:
    """Whoever reads the file signs in the log's name; and a key that is lost is a log that ends."""
    path = tmp_path / "new" / "keys" / "log"
    made = create(path, "council.example/log")  # type: ignore[operator]  # one of the two
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    content = json.loads(path.read_text())
    private = made.signer.private.private_bytes_raw()
    assert content == {
        "clearinghouse_log_key": 1,
        "name": "council.example/log",
        "kind": kind,
        "private": base64.b64encode(private).decode(),
    }
    assert path.read_text() == json.dumps(content, indent=2)
    assert read_log_key(path).verifier == made.verifier
    with pytest.raises(KeysError) as refused:
        create(path, "council.example/log")  # type: ignore[operator]  # one of the two
    assert str(refused.value) == f"{path} exists already; move it away only if it never signed anything"
    with pytest.raises(KeysError) as refused:
        create(path, "a name")  # type: ignore[operator]  # one of the two
    assert str(refused.value) == (
        "'a name' cannot be a key's name; a key's name is not empty and has no space and no plus in it"
    )


def test_what_was_signed_last_is_remembered_whole(tmp_path: Path) -> None:
    """A signer that forgets it would sign another history; one that reads half of it would never sign again."""
    key = create_log_key(tmp_path / "log", "a")
    assert key.last_signed() is None
    key.remember(Frontier())
    (tmp_path / "log.signed.new").touch(mode=0o600)
    (tmp_path / "log.signed.new").write_text("x" * 10_000)  # as a crash left it
    assert key.record.stat().st_mode & 0o777 == 0o600
    key.remember(TREE)
    said = f'{{"size": 3, "roots": ["{"01" * 32}", "{"02" * 32}"]}}'
    assert (tmp_path / "log.signed").read_text() == said
    assert sorted(each.name for each in tmp_path.iterdir()) == ["log", "log.signed"]
    found = key.last_signed()
    assert found is not None
    assert (found.size, found.root()) == (3, TREE.root())
    broken = ("{", "[]", "{}", '{"size": 3, "roots": []}', '{"size": 1, "roots": ["x"]}', said + "\u00fc")
    for text in broken:
        key.record.write_text(text, encoding="utf-8")
        with pytest.raises(KeysError) as refused:
            key.last_signed()
        assert str(refused.value) == f"{key.record} cannot be read; restore it from your backup"


def test_what_is_put_aside_is_kept_with_its_record(tmp_path: Path) -> None:
    """The former log's checkpoints can only be verified with its key; each former one has its own number."""
    for number in (1, 2):
        key = create_log_key(tmp_path / "log", "a")
        if number == 2:
            key.remember(TREE)
        assert put_aside(key) == tmp_path / f"log.{number}"
        assert read_log_key(tmp_path / f"log.{number}").verifier == key.verifier
    assert sorted(each.name for each in tmp_path.iterdir()) == ["log.1", "log.2", "log.2.signed"]


def test_a_key_that_cannot_be_used_says_how_to_mend_it(tmp_path: Path) -> None:
    """One line each, for whoever is called at night."""
    path = tmp_path / "log"

    def refused() -> str:
        with pytest.raises(KeysError) as error:
            read_log_key(path)
        return str(error.value)

    assert refused() == f"no log key at {path}; restore it from your backup"
    create_log_key(path, "a")
    whole = json.loads(path.read_text())
    path.write_text("{")
    assert refused() == f"the log key {path} cannot be read; restore it from your backup"
    path.write_text(json.dumps(whole | {"more": "\u00fc"}, ensure_ascii=False), encoding="utf-8")
    assert refused() == f"the log key {path} cannot be read; restore it from your backup"
    for wrong in (
        {"clearinghouse_log_key": 2},
        {"private": "AAAA"},
        {"private": whole["private"] + "*"},
        {"kind": 7},
        {"kind": "one"},
        {"name": "a b"},
    ):
        path.write_text(json.dumps(whole | wrong))
        assert refused() == f"{path} is not a log key; restore it from your backup"
    path.write_text("[]")
    assert refused() == f"{path} is not a log key; restore it from your backup"
    path.write_text(json.dumps(whole))
    for mode in (0o640, 0o604, 0o601):
        path.chmod(mode)
        assert refused() == (
            f"the log key {path} can be read by others (mode {mode:04o}); run: chmod 600 {path}"
        )
