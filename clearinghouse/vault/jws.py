"""A signed JSON document: JWS (RFC 7515) in the flattened form, signed with Ed25519 (RFC 8037)."""

import base64
import binascii
import json
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_HEADER = {"alg", "kid"}


class JwsBroken(ValueError):
    """A signed document is not one, or was not signed by the key that it ought to be."""


def sign_jws(payload: Mapping[str, object], private: Ed25519PrivateKey, kid: str) -> str:
    """The document, signed by the key that goes by the name `kid`, as JSON."""
    header = _url({"alg": "EdDSA", "kid": kid})
    body = _url(payload)
    signature = base64.urlsafe_b64encode(private.sign(f"{header}.{body}".encode("ascii"))).rstrip(b"=")
    document = {"payload": body, "protected": header, "signature": signature.decode("ascii")}
    return json.dumps(document, indent=1) + "\n"


def read_jws(text: str) -> tuple[str, dict[str, object]]:
    """By the name of which key the document says that it was signed, and what it says; nothing is verified yet.

    Raises JwsBroken where it is not one.
    """
    header, body, _ = _parts(text)
    said, payload = _json(header), _json(body)
    if set(said) != _HEADER or said["alg"] != "EdDSA" or not isinstance(said["kid"], str):
        raise JwsBroken("it is not signed in the way that is known here (EdDSA, with the name of a key)")
    return said["kid"], payload


def check_jws(text: str, public: bytes) -> None:
    """Raises JwsBroken where the document was not signed by this public key, or is none."""
    header, body, signature = _parts(text)
    read_jws(text)
    try:
        message = f"{header}.{body}".encode("ascii")
        Ed25519PublicKey.from_public_bytes(public).verify(_raw(signature), message)
    except (InvalidSignature, UnicodeEncodeError) as error:
        raise JwsBroken("its signature does not fit") from error


def _parts(text: str) -> tuple[str, str, str]:
    try:
        document = json.loads(text)
        header, body, signature = (document[name] for name in ("protected", "payload", "signature"))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise JwsBroken("it is not a signed document") from error
    if len(document) != 3 or not all(isinstance(each, str) for each in (header, body, signature)):
        raise JwsBroken("it is not a signed document")
    return header, body, signature


def _json(encoded: str) -> dict[str, object]:
    try:
        found = json.loads(_raw(encoded))
    except (ValueError, RecursionError) as error:
        raise JwsBroken("it is not a signed document") from error
    if not isinstance(found, dict):
        raise JwsBroken("it is not a signed document")
    return found


def _url(content: Mapping[str, object]) -> str:
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode("ascii")


def _raw(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise JwsBroken("it is not a signed document") from error
