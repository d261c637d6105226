"""Whose word a provider's token is, whatever keys and words come with it."""

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from clearinghouse.vault.id_tokens import IdTokenBroken, read_id_token

NOW = 1_700_000_000
ISSUER, OURS, NONCE = "https://provider.example", "clearinghouse", "asked-once"
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
SHARED = OctKey.generate_key(256, {"kid": "shared"})
KEYS = KeySet([RSA, SHARED]).as_dict(private=True)
CLAIMS: dict[str, object] = {
    "iss": ISSUER,
    "aud": OURS,
    "sub": "s1",
    "nonce": NONCE,
    "iat": NOW,
    "exp": NOW + 60,
}


def read(token: object) -> dict[str, object]:
    return read_id_token(token, KEYS, issuer=ISSUER, client_id=OURS, nonce=NONCE, access_token="a", now=NOW)


def test_only_what_the_provider_alone_can_sign_is_its_word() -> None:
    """Whoever knows a secret that the provider shares with its clients would sign in as anybody."""
    assert read(jwt.encode({"alg": "RS256", "kid": "rsa"}, CLAIMS, RSA))["sub"] == "s1"
    forged = jwt.encode({"alg": "HS256", "kid": "shared"}, CLAIMS, SHARED)
    with pytest.raises(IdTokenBroken):
        read(forged)


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (None, "there is none"),
        ("x" * 20_001, "there is none"),
        (jwt.encode({"alg": "RS256", "kid": "rsa"}, {**CLAIMS, "sub": ""}, RSA), "it names nobody"),
    ],
)
def test_what_is_nobodys_word_says_why(token: object, words: str) -> None:
    with pytest.raises(IdTokenBroken, match=f"^{words}$"):
        read(token)
