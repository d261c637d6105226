"""The key file is made once, for its owner alone, and refused with one clear line where anything is wrong with it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from clearinghouse.vault.errors import KeysError
from clearinghouse.vault.providers import create_key_file, read_key_file


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
