"""The signed word of a provider of single sign-on, and the challenge by which its code is good for us alone."""

from collections.abc import Mapping
from typing import Any, cast

_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]
"""Signatures by a key that only the provider has; never by a shared secret, and never none."""

_LEEWAY_SECONDS = 60
_LONGEST = 20_000


class IdTokenBroken(Exception):
    """It is not the provider's word on what was asked."""


def can_read_id_tokens() -> bool:
    """Whether the extra is installed that single sign-on needs."""
    try:
        import authlib  # noqa: F401, PLC0415  # an extra: only who has a provider has it
        import joserfc  # noqa: F401, PLC0415
    except ImportError:
        return False
    return True


def code_challenge(verifier: str) -> str:
    """What is told beforehand of the verifier, with which the code is redeemed (PKCE)."""
    from authlib.oauth2.rfc7636 import create_s256_code_challenge  # noqa: PLC0415

    return str(create_s256_code_challenge(verifier))


def read_id_token(
    token: object,
    keys: Mapping[str, Any],
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str,
    now: int,
) -> dict[str, Any]:
    """What the provider says of somebody, to us, now, in answer to this question.

    Raises IdTokenBroken where the signature, the issuer, whom it is for, the nonce, the access token or the time is
    another.
    """
    from authlib.oidc.core import CodeIDToken  # noqa: PLC0415
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import KeySet, KeySetSerialization  # noqa: PLC0415
    from joserfc.jws import JWSRegistry  # noqa: PLC0415

    if not isinstance(token, str) or len(token) > _LONGEST:
        raise IdTokenBroken("there is none")
    try:
        # Where nothing is left out of what is signed, an unknown header changes nothing.
        registry = JWSRegistry(algorithms=_ALGORITHMS, strict_check_header=False)
        read = jwt.decode(token, KeySet.import_key_set(cast(KeySetSerialization, keys)), registry=registry)
        claims = CodeIDToken(
            read.claims,
            read.header,
            {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}},
            {"nonce": nonce, "client_id": client_id, "access_token": access_token},
        )
        claims.validate(now=now, leeway=_LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise IdTokenBroken(type(error).__name__) from error
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise IdTokenBroken("it names nobody")
    return dict(claims)
