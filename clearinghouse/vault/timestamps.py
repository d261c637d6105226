"""Time stamps of a third party (RFC 3161): what is asked of it, and whether what it answered holds."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from cryptography.x509 import Certificate, load_der_x509_certificate, load_pem_x509_certificates
from cryptography.x509.oid import NameOID
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

Authorities: TypeAlias = Sequence[Certificate]
"""The certificates that are trusted: an authority's root, and those between it and who signs."""


class TimestampBroken(ValueError):
    """A time stamp is none, is of something else, or was not given by an authority that is trusted."""


@dataclass(frozen=True)
class Question:
    """What is sent to the authority, and the number that its answer must repeat."""

    der: bytes
    nonce: int | None


@dataclass(frozen=True)
class Stamp:
    """The instant at which the authority saw the bytes, and the name in its certificate."""

    at: datetime
    by: str


def question_about(data: bytes) -> Question:
    """What asks for a time stamp of these bytes; it carries their SHA-256, and not them."""
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    request = builder.cert_request(cert_request=True).build()
    return Question(request.as_bytes(), request.nonce)


def read_authorities(pem: bytes) -> Authorities:
    """The certificates of a PEM file: the authority's root, and those between. Raises TimestampBroken for none."""
    try:
        return tuple(load_pem_x509_certificates(pem))
    except ValueError as error:
        raise TimestampBroken("there is no certificate in PEM in it") from error


def is_about(answer: bytes, data: bytes) -> bool:
    """Whether the answer says that it is of these bytes; nothing is verified. Raises TimestampBroken for no answer."""
    said = _read(answer).tst_info.message_imprint.message
    return said in {hashlib.new(name, data).digest() for name in ("sha256", "sha384", "sha512")}


def check_stamp(answer: bytes, data: bytes, trusted: Authorities, nonce: int | None = None) -> Stamp:
    """What the authority said of these bytes. Its certificate need be good only at the instant of the stamp.

    Raises TimestampBroken where the answer is of other bytes, refuses, repeats another nonce, or leads to none of the
    trusted certificates.
    """
    read = _read(answer)
    builder = VerifierBuilder(roots=list(trusted), nonce=nonce)
    try:
        builder.build().verify_message(read, data)
        return Stamp(read.tst_info.gen_time.astimezone(UTC), _signer(read))
    except (VerificationError, ValueError, StopIteration) as error:
        raise TimestampBroken(f"the time stamp does not hold: {error}") from error


def _read(answer: bytes) -> TimeStampResponse:
    try:
        read = decode_timestamp_response(answer)
        _ = read.tst_info  # a refusal has none
    except ValueError as error:
        raise TimestampBroken("the authority gave no time stamp") from error
    return read


def _signer(read: TimeStampResponse) -> str:
    (signer,) = read.signed_data.signer_infos
    certificates = map(load_der_x509_certificate, read.signed_data.certificates)
    found = next(
        each
        for each in certificates
        if (each.issuer, each.serial_number) == (signer.issuer, signer.serial_number)
    )
    named = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(named[0].value) if named else found.subject.rfc4514_string()
