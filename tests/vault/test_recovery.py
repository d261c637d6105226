"""The sealed copy of a key file: its form, who opens it, and what is said where it does not open."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from shamir_mnemonic import combine_mnemonics

from clearinghouse.vault.errors import KeysError
from clearinghouse.vault.providers import create_key_file
from clearinghouse.vault.recovery import copy_of, new_shares, open_copy, seal_copy


def test_the_copy_opens_by_the_book(tmp_path: Path) -> None:
    """On the worst day another program than ours may have to open it: HPKE and SLIP-39, and nothing of our own."""
    path = tmp_path / "my.keys"
    keys = create_key_file(path)
    public, shares = new_shares(2, 3)
    seal_copy(path, path.read_text(), public)
    copy = tmp_path / "my.keys.recovery"
    assert (copy_of(path), copy.stat().st_mode & 0o777) == (copy, 0o600)
    content = json.loads(copy.read_text())
    assert copy.read_text() == json.dumps(content, indent=2)
    assert {**content, "sealed": ""} == {
        "clearinghouse_recovery": 1,
        "installation": str(keys.installation),
        "sealed": "",
    }
    private = X25519PrivateKey.from_private_bytes(combine_mnemonics(shares[1:]))
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    opened = suite.decrypt(base64.b64decode(content["sealed"]), private, b"clearinghouse/key-file-copy/v1")
    assert opened.decode() == path.read_text()
    assert open_copy(copy, shares[:2]) == (keys, path.read_text())


@pytest.mark.parametrize(("needed", "shares"), [(1, 3), (4, 3), (2, 17), (0, 0)])
def test_numbers_of_shares_that_make_no_sense_are_refused(needed: int, shares: int) -> None:
    """One share alone would be the key; more than there are would open nothing."""
    with pytest.raises(KeysError) as refused:
        new_shares(needed, shares)
    assert str(refused.value) == "at least two shares must be needed, and at most 16 be made"


def test_as_many_shares_as_there_may_be() -> None:
    public, shares = new_shares(2, 16)
    assert (len(shares), len(set(shares)), len(public)) == (16, 16, 32)
    assert len(new_shares(2, 2)[1]) == 2


def test_a_copy_that_does_not_open_says_why(tmp_path: Path) -> None:
    """Whoever stands there with three people and a printed page must know which of them is wrong."""
    path = tmp_path / "my.keys"
    create_key_file(path)
    copy = copy_of(path)
    public, shares = new_shares(2, 3)

    def refused(words: list[str]) -> str:
        with pytest.raises(KeysError) as error:
            open_copy(copy, words)
        return str(error.value)

    assert refused(shares) == f"no sealed copy at {copy}; restore it from your backup"
    seal_copy(path, path.read_text(), public)
    assert refused(["academic acid"]).startswith("these shares do not make the recovery key; ")
    assert not refused(["academic acid"]).endswith(".")
    others = new_shares(2, 3)[1]
    assert refused(others[:2]) == f"the shares do not open {copy}; use the copy that was made with them"
    whole = json.loads(copy.read_text())
    copy.write_text(json.dumps(whole | {"clearinghouse_recovery": 2}))
    assert refused(shares[:2]) == f"{copy} is of a later version of the program; use that version"
    for text in (
        "{",
        "[]",
        "{}",
        json.dumps(whole | {"sealed": "*"}),
        json.dumps(whole | {"more": "\u00fc"}, ensure_ascii=False),
    ):
        copy.write_text(text, encoding="utf-8")
        assert refused(shares[:2]) == (
            f"{copy} is not a sealed copy of a key file; restore it from your backup"
        )
