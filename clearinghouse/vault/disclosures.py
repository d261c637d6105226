"""Values that can be shown one by one: each stands in what is signed as a salted digest (RFC 9901), and is shown by
handing over its salt, its name and itself."""

import base64
import hmac
import json
from binascii import b2a_base64
from collections.abc import Iterable, Mapping
from hashlib import sha256

_SALT_BYTES = 16
_URLSAFE = bytes.maketrans(b"+/", b"-_")
# Verification makes every one anew: json.dumps would make an encoder for each.
_ENCODE = json.JSONEncoder(separators=(",", ":"), sort_keys=True, ensure_ascii=True).encode


def disclosures(seed: bytes, values: Mapping[str, object]) -> dict[str, str]:
    """What shows each of these values, by its name: base64url of the JSON of salt, name and value.

    The salts come from the secret seed, which none of them gives away.
    """
    return {name: _disclosure(seed, name, value) for name, value in values.items()}


def digest_of(disclosure: str) -> str:
    """The digest that stands for a disclosure: base64url of its SHA-256."""
    return _text(sha256(disclosure.encode("ascii")).digest())


def digests_of(disclosed: Iterable[str]) -> list[str]:
    """The digests of several, sorted, so that their order says nothing."""
    return sorted(digest_of(each) for each in disclosed)


def read_disclosure(disclosure: str) -> tuple[str, object]:
    """The name and the value of a disclosure. Raises ValueError where it is none."""
    try:
        padded = disclosure + "=" * (-len(disclosure) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as error:
        raise ValueError("this is no disclosure") from error
    if not isinstance(parts, list) or len(parts) != 3 or not isinstance(parts[1], str):
        raise ValueError("this is no disclosure")
    return parts[1], parts[2]


def _disclosure(seed: bytes, name: str, value: object) -> str:
    salt = hmac.digest(seed, name.encode(), "sha256")[:_SALT_BYTES]
    return _text(_ENCODE([_text(salt), name, value]).encode("ascii"))


def _text(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).translate(_URLSAFE).rstrip(b"=").decode("ascii")
