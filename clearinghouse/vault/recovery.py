"""A copy of the key file for the day that it is lost: sealed to a recovery key of which people hold printed shares.

The copy is HPKE (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM); the shares are SLIP-39 word lists, enough of which make
the key. The copy alone opens nothing, and may lie beside the backups of the database.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from clearinghouse.vault.errors import KeysError
from clearinghouse.vault.providers import KeyFile, parsed, replace_key_file

_FORMAT = 1
_KEY_BYTES = 32
_PURPOSE = b"clearinghouse/key-file-copy/v1"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def new_shares(needed: int, shares: int) -> tuple[bytes, list[str]]:
    """A fresh recovery key: its public half, and its shares as words, any `needed` of which make it again.

    Raises KeysError for numbers that make no sense: at least two are needed, and at most 16 shares there are.
    """
    if not 2 <= needed <= shares <= 16:
        raise KeysError("at least two shares must be needed, and at most 16 be made")
    key = secrets.token_bytes(_KEY_BYTES)
    words = generate_mnemonics(1, [(needed, shares)], key)[0]
    return X25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw(), words


def copy_of(path: Path) -> Path:
    """Where the sealed copy of a key file stands."""
    return path.with_name(path.name + ".recovery")


def seal_copy(path: Path, text: str, public: bytes) -> None:
    """Seal the key file's text to the recovery key, beside the file."""
    sealed = _SUITE.encrypt(text.encode(), X25519PublicKey.from_public_bytes(public), _PURPOSE)
    content = {
        "clearinghouse_recovery": _FORMAT,
        "installation": str(parsed(text).installation),
        "sealed": base64.b64encode(sealed).decode(),
    }
    replace_key_file(copy_of(path), json.dumps(content, indent=2))


def open_copy(copy: Path, shares: Sequence[str]) -> tuple[KeyFile, str]:
    """The keys, and the text of their file, out of the sealed copy and enough shares.

    Raises KeysError where a share is mistyped, they are too few or of another key, or the copy is damaged.
    """
    sealed = _read(copy)
    try:
        key = combine_mnemonics([" ".join(share.split()).lower() for share in shares])
    except MnemonicError as error:
        raise KeysError(f"these shares do not make the recovery key; {str(error).rstrip('.')}") from error
    try:
        text = _SUITE.decrypt(sealed, X25519PrivateKey.from_private_bytes(key), _PURPOSE).decode("ascii")
        return parsed(text), text
    except (InvalidTag, ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeysError(f"the shares do not open {copy}; use the copy that was made with them") from error


def _read(copy: Path) -> bytes:
    try:
        content = json.loads(copy.read_text(encoding="ascii"))
        if content["clearinghouse_recovery"] == _FORMAT:
            return base64.b64decode(content["sealed"], validate=True)
    except FileNotFoundError as error:
        raise KeysError(f"no sealed copy at {copy}; restore it from your backup") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise KeysError(f"{copy} is not a sealed copy of a key file; restore it from your backup") from error
    raise KeysError(f"{copy} is of a later version of the program; use that version")
