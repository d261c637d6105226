"""The key file is made once, for its owner alone, and refused with one clear line where anything is wrong with it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from clearinghouse.vault.errors import KeysError, SealBroken
from clearinghouse.vault.providers import (
    KeyFile,
    KeyFileProvider,
    create_key_file,
    create_sources_key_file,
    is_credential,
    parsed,
    put_key_file,
    read_key_file,
    replace_key_file,
    written,
)
from clearinghouse.vault.recovery import copy_of, new_shares, open_copy
from clearinghouse.vault.rotation import add_epoch, promote, retire, set_recovery
from clearinghouse.vault.services import OutsideKey


def test_a_new_key_file_is_readable_by_its_owner_alone_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "clearinghouse.keys"
    made = create_key_file(path)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    with pytest.raises(KeysError, match="exists already"):
        create_key_file(path)
    assert read_key_file(path) == made
    assert repr(made.web_secret) not in repr(made)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_file_that_others_can_read_is_refused_with_the_mend(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys"
    create_key_file(path)
    path.chmod(mode)
    with pytest.raises(KeysError, match="chmod 600"):
        read_key_file(path)


def without(name: str) -> Callable[[dict[str, object]], object]:
    return lambda content: {key: value for key, value in content.items() if key != name}


@pytest.mark.parametrize(
    "damage",
    [
        without("epochs"),
        without("web_secret"),
        without("installation"),
        without("current"),
        lambda content: content | {"clearinghouse_keys": 2},
        lambda content: content | {"current": 7},
        lambda content: content | {"current": "1"},
        lambda content: content | {"epochs": {"1": "c2hvcnQ="}},
        lambda content: content | {"epochs": {"1": "no base64!"}},
        lambda content: content | {"epochs": []},
        lambda content: content | {"installation": "nobody"},
        lambda content: [content],
        lambda _content: None,
    ],
)
def test_a_damaged_key_file_is_refused(tmp_path: Path, damage: Callable[[dict[str, object]], object]) -> None:
    path = tmp_path / "keys"
    create_key_file(path)
    path.write_text(json.dumps(damage(json.loads(path.read_text()))))
    with pytest.raises(KeysError, match="not a complete key file") as refused:
        read_key_file(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("stored", [b"", b"\xff\xfe\x00", b"{", b"clearinghouse"])
def test_a_file_that_is_no_key_file_is_refused(tmp_path: Path, stored: bytes) -> None:
    path = tmp_path / "keys"
    path.write_bytes(stored)
    path.chmod(0o600)
    with pytest.raises(KeysError, match=r"not a complete key file|cannot be read"):
        read_key_file(path)


def test_a_missing_key_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="clearinghouse init"):
        read_key_file(tmp_path / "keys")


INSTALLATION = UUID("018f0000-0000-7000-8000-000000000001")
ORDINARY = """{
  "clearinghouse_keys": 1,
  "installation": "018f0000-0000-7000-8000-000000000001",
  "current": 2,
  "epochs": {
    "1": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
    "2": "vault:transit/clearinghouse#3"
  },
  "promoted_at": 7,
  "web_secret": "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=",
  "recovery": "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="
}"""
OF_SOURCES = """{
  "clearinghouse_keys": 1,
  "installation": "018f0000-0000-7000-8000-000000000001",
  "current": 3,
  "epochs": {
    "3": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
  },
  "promoted_at": 0,
  "holds": "sources",
  "first_epoch": 3
}"""


def test_a_key_file_is_written_as_it_always_was() -> None:
    """A key file out of a safe is the only way back to everything that was sealed with it."""
    epochs = {2: OutsideKey("vault", "transit/clearinghouse#3"), 1: bytes([1]) * 32}
    ordinary = KeyFile(INSTALLATION, 2, epochs, bytes([2]) * 32, 7, bytes([3]) * 32)
    sources = KeyFile(INSTALLATION, 3, {3: bytes([1]) * 32}, b"", first_epoch=3)
    for keys, text in ((ordinary, ORDINARY), (sources, OF_SOURCES)):
        assert written(keys) == text
        assert parsed(text) == keys
    assert (ordinary.is_of_sources, sources.is_of_sources) == (False, True)


def test_the_sources_own_file_begins_after_every_ordinary_epoch(tmp_path: Path) -> None:
    """Two keys of one number, and nobody knows which of them opens a source."""
    ordinary = KeyFile(INSTALLATION, 2, {1: bytes(32), 4: bytes(32)}, bytes(32))
    made = create_sources_key_file(tmp_path / "one", ordinary)
    assert (made.installation, made.current_epoch, made.first_epoch) == (INSTALLATION, 5, 5)
    assert (list(made.epochs), made.web_secret) == ([5], b"")
    given = create_sources_key_file(tmp_path / "two", ordinary, bytes([9]) * 32)
    assert given.epochs == {5: bytes([9]) * 32}
    outside = create_key_file(tmp_path / "three", lambda each: OutsideKey("aws-kms", f"arn:{each}"))
    assert outside.epochs == {1: OutsideKey("aws-kms", f"arn:{outside.installation}")}
    assert len(outside.web_secret) == 32


def test_a_key_file_is_replaced_whole(tmp_path: Path) -> None:
    """Half a key file after a crash would be an installation that opens nothing."""
    path = tmp_path / "keys"
    create_key_file(path)
    (tmp_path / "keys.new").touch(mode=0o600)
    (tmp_path / "keys.new").write_text("x" * 10_000)  # as a crash left it
    replace_key_file(path, ORDINARY)
    assert (path.read_text(), path.stat().st_mode & 0o777) == (ORDINARY, 0o600)
    replace_key_file(path, OF_SOURCES)
    assert (path.read_text(), path.stat().st_mode & 0o777) == (OF_SOURCES, 0o600)
    assert [each.name for each in tmp_path.iterdir()] == ["keys"]


def test_what_is_wrong_with_a_key_file_is_said_with_its_mend(tmp_path: Path) -> None:
    """An operator reads it when nothing starts any more."""
    path = tmp_path / "keys"

    def refused() -> str:
        with pytest.raises(KeysError) as error:
            read_key_file(path)
        return str(error.value)

    assert refused() == f"no key file at {path}; run 'clearinghouse init', or restore it from your backup"
    create_key_file(path)
    with pytest.raises(KeysError) as error:
        put_key_file(path, ORDINARY)
    assert str(error.value) == f"{path} exists already; move it away only if nothing was ever sealed with it"
    unreadable = f"the key file {path} cannot be read; check its owner, and that it is the right file"
    path.write_text(ORDINARY.replace("vault:", "v\u00fcult:"), encoding="utf-8")
    assert refused() == unreadable
    path.write_text(ORDINARY)
    path.chmod(0o601)
    assert refused() == f"the key file {path} can be read by others (mode 0601); run: chmod 600 {path}"
    path.chmod(0o600)
    for old, new in (
        ("vault:", "elsewhere:"),
        ("transit/clearinghouse#3", ""),
        ('"current": 2', '"current": 3'),
        ("AQEB", "AQE"),
        ("AQEB", "A*EB"),
        ('"promoted_at": 7', '"promoted_at": "x"'),
    ):
        path.write_text(ORDINARY.replace(old, new, 1))
        assert refused() == f"{path} is not a complete key file; restore it from your backup"


def test_a_key_wraps_what_is_bound_to_one_place(tmp_path: Path) -> None:
    """A data key that unwraps elsewhere, or under another epoch, could be put in another's place."""
    keys = parsed(ORDINARY)
    wrapped = keys.wrap(1, bytes(32), b"here")
    assert AESGCM(bytes([1]) * 32).decrypt(wrapped[:12], wrapped[12:], b"here") == bytes(32)
    assert keys.unwrap(1, wrapped, b"here") == bytes(32)
    assert keys.wrap(1, bytes(32), b"here") != wrapped
    for broken, place in ((wrapped, b"there"), (wrapped[:-1], b"here"), (b"", b"here")):
        with pytest.raises(SealBroken, match=r"^a data key does not unwrap$"):
            keys.unwrap(1, broken, place)
    with pytest.raises(KeysError) as refused:
        keys.wrap(2, bytes(32), b"here")
    outside = "the key of epoch 2 stands at vault:transit/clearinghouse#3, not in the key file"
    assert str(refused.value) == outside
    for file, whose in ((keys, "the key file"), (parsed(OF_SOURCES), "the sources' key file")):
        assert (file.holds(9), file.holds(file.current_epoch)) == (False, True)
        with pytest.raises(KeysError) as refused:
            file.key(9)
        assert str(refused.value) == f"{whose} holds no key of epoch 9; restore the one that does"


def test_a_provider_takes_up_a_file_that_changed(tmp_path: Path) -> None:
    """A service that has to be started anew for every new key, or goes on with one that is gone."""
    path = tmp_path / "keys"
    first = create_key_file(path)
    provider = KeyFileProvider(path)
    assert (provider.current_epoch, provider.holds(1), provider.holds(2)) == (1, True, False)
    more = replace(first, current_epoch=2, epochs={1: bytes([1]) * 32, 2: bytes([2]) * 32})
    replace_key_file(path, written(more))
    assert provider.holds(2)
    assert provider.current_epoch == 2
    wrapped = provider.wrap(2, bytes(32), b"here")
    assert more.unwrap(2, wrapped, b"here") == provider.unwrap(2, wrapped, b"here") == bytes(32)
    path.unlink()
    with pytest.raises(KeysError, match=r"^no key file at "):
        _ = provider.current_epoch


def test_each_change_of_a_key_file_is_whole_and_sealed_first(tmp_path: Path) -> None:
    """A copy without the newest key gives back an installation that opens only what is old."""
    path, beside = tmp_path / "keys", tmp_path / "sources"
    made = create_key_file(path)
    create_sources_key_file(beside, made)
    added = add_epoch(path, beside, lambda _: bytes([7]) * 32)
    assert (list(added.epochs), added.current_epoch, added.epochs[3]) == ([1, 3], 1, bytes([7]) * 32)
    assert add_epoch(path, beside, lambda _: bytes(32)) == added
    with pytest.raises(KeysError) as refused:
        retire(path, frozenset({1}))
    only = "only an earlier epoch that the key file holds can be retired; see 'keys status'"
    assert str(refused.value) == only
    promoted = promote(path, 77)
    assert (promoted.current_epoch, promoted.promoted_at) == (3, 77)
    assert promote(path, 99) == promoted
    with pytest.raises(KeysError) as refused:
        retire(path, frozenset({1, 2}))
    assert str(refused.value) == only
    public, shares = new_shares(2, 2)
    shared = set_recovery(path, public)
    assert (shared.recovery, read_key_file(path)) == (public, shared)
    assert open_copy(copy_of(path), shares) == (shared, path.read_text())
    assert list(retire(path, frozenset({1})).epochs) == [3]
    assert open_copy(copy_of(path), shares)[1] == path.read_text()
    assert (tmp_path / "keys.lock").stat().st_mode & 0o777 == 0o600


def test_what_systemd_hands_over_is_not_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be gone with the next start."""
    path = tmp_path / "keys"
    create_key_file(path)
    assert not is_credential(path)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert (is_credential(path), is_credential(tmp_path / "below" / "keys")) == (True, False)
    with pytest.raises(KeysError) as refused:
        promote(path, 1)
    assert str(refused.value) == (
        "what systemd hands over as keys cannot be changed;"
        " run this with file:PATH in the setting, naming the file that it loads"
    )
