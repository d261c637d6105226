"""Passkeys (WebAuthn): what a browser is asked, and whether its answer proves what was asked."""

import binascii
import ipaddress
import struct
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import encode_cbor, generate_challenge, parse_authentication_credential_json
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

LONGEST_ANSWER = 20_000
"""Characters of an answer that are looked at: several times what the largest device sends."""

_NAME = "Clearinghouse"
_ALGORITHMS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_MINUTES = 5 * 60 * 1000

# What reading somebody else's bytes can come to, where the library does not turn it into an error of its own.
_UNREADABLE = (
    WebAuthnException,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    struct.error,
    binascii.Error,
)


class PasskeyBroken(Exception):
    """The answer does not prove what was asked."""


@dataclass(frozen=True)
class PasskeyPlace:
    """Where an installation's passkeys are good: the host they are bound to, and the address that a browser shows."""

    host: str
    origin: str


@dataclass(frozen=True)
class MadePasskey:
    """What a device has made for us, as it is kept."""

    credential: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True)
class PasskeyAnswer:
    """An answer that can be read, and proves nothing yet."""

    credential: bytes
    text: str


def passkey_place(base_url: str) -> PasskeyPlace | None:
    """Where passkeys are good, by the address that people type; None where browsers make none.

    They need a host name, and https anywhere but on this machine.
    """
    parts = urlsplit(base_url)
    host = "localhost" if parts.hostname == "127.0.0.1" else parts.hostname or ""
    if not host or _is_number(host) or not (parts.scheme == "https" or host == "localhost"):
        return None
    usual = {"https": 443, "http": 80}[parts.scheme]
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return PasskeyPlace(host, f"{parts.scheme}://{host}{port}")


def new_challenge() -> bytes:
    """What an answer must repeat."""
    return generate_challenge()


def to_make(
    place: PasskeyPlace, challenge: bytes, user: bytes, email: str, name: str, held: Collection[bytes]
) -> str:
    """What a browser is asked, as JSON, to make a passkey; not on a device that has one of `held`."""
    options = generate_registration_options(
        rp_id=place.host,
        rp_name=_NAME,
        user_id=user,
        user_name=email,
        user_display_name=name,
        challenge=challenge,
        timeout=_MINUTES,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in held],
        supported_pub_key_algs=_ALGORITHMS,
    )
    return options_to_json(options)


def to_prove(place: PasskeyPlace, challenge: bytes) -> str:
    """What a browser is asked, as JSON, to prove a passkey: whichever it has for us, so that it tells nobody's."""
    options = generate_authentication_options(
        rp_id=place.host,
        challenge=challenge,
        timeout=_MINUTES,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def read_made(place: PasskeyPlace, challenge: bytes, text: str) -> MadePasskey:
    """The passkey that was made. Raises PasskeyBroken where the answer is not one to this challenge at this place."""
    try:
        made = verify_registration_response(
            credential=_short(text),
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
            supported_pub_key_algs=_ALGORITHMS,
        )
    except _UNREADABLE as error:
        raise PasskeyBroken(str(error)) from error
    return MadePasskey(made.credential_id, made.credential_public_key, made.sign_count)


def read_answer(text: str) -> PasskeyAnswer:
    """Which passkey an answer comes from. Raises PasskeyBroken where it cannot be read."""
    try:
        return PasskeyAnswer(parse_authentication_credential_json(_short(text)).raw_id, text)
    except _UNREADABLE as error:
        raise PasskeyBroken(str(error)) from error


def prove(
    place: PasskeyPlace, challenge: bytes, answer: PasskeyAnswer, public_key: bytes | None, user: bytes | None
) -> int:
    """The counter of an answer that proves its passkey and was given by a person whom the device looked at.

    Takes as long where no such passkey is known. Raises PasskeyBroken where it proves nothing.
    """
    try:
        given = parse_authentication_credential_json(answer.text)
        proved = verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=public_key or _nobodys(),
            # Whether the counter has gone back is for whoever keeps it: that is told apart, and told about.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _UNREADABLE as error:
        raise PasskeyBroken(str(error)) from error
    handle = given.response.user_handle
    if public_key is None or (handle is not None and handle != user):
        raise PasskeyBroken("nobody's passkey")
    return proved.new_sign_count


def _short(text: str) -> str:
    if len(text) > LONGEST_ANSWER:
        raise PasskeyBroken("too long")
    return text


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@cache
def _nobodys() -> bytes:
    """A key that nobody has, to be tried where no passkey is known."""
    numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    return encode_cbor(
        {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
    )
