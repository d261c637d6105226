"""What a browser is asked about passkeys, to the letter, and where they are good."""

import json

import pytest

from clearinghouse.vault.passkeys import (
    LONGEST_ANSWER,
    PasskeyBroken,
    PasskeyPlace,
    new_challenge,
    passkey_place,
    read_answer,
    read_made,
    to_make,
    to_prove,
)

PLACE = PasskeyPlace("desk.example", "https://desk.example")
CHALLENGE = bytes(range(64))
SAID = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw"


def test_a_browser_is_asked_for_a_passkey_that_needs_its_owner() -> None:
    """Without a check of the owner, whoever finds the device is the owner; with an attestation, its maker is told."""
    asked = json.loads(to_make(PLACE, CHALLENGE, b"user", "jo@example.org", "Jo", [b"held"]))
    assert asked == {
        "rp": {"name": "Clearinghouse", "id": "desk.example"},
        "user": {"id": "dXNlcg", "name": "jo@example.org", "displayName": "Jo"},
        "challenge": SAID,
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in (-8, -7, -257)],
        "timeout": 300_000,
        "excludeCredentials": [{"id": "aGVsZA", "type": "public-key"}],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


def test_a_browser_is_asked_to_prove_whichever_it_has() -> None:
    """A list of passkeys would tell a stranger who has an account."""
    asked = json.loads(to_prove(PLACE, CHALLENGE))
    assert asked == {
        "challenge": SAID,
        "timeout": 300_000,
        "rpId": "desk.example",
        "allowCredentials": [],
        "userVerification": "required",
    }


def test_no_two_questions_are_alike() -> None:
    assert len({new_challenge() for _ in range(3)}) == 3
    assert len(new_challenge()) == 64


@pytest.mark.parametrize(
    ("address", "host", "origin"),
    [
        ("https://desk.example", "desk.example", "https://desk.example"),
        ("https://desk.example:443/", "desk.example", "https://desk.example"),
        ("https://desk.example:8443/x", "desk.example", "https://desk.example:8443"),
        ("http://127.0.0.1:8000", "localhost", "http://localhost:8000"),
        ("http://localhost:80", "localhost", "http://localhost"),
    ],
)
def test_where_passkeys_are_good(address: str, host: str, origin: str) -> None:
    """An origin that is spelled otherwise than the browser does refuses everybody."""
    assert passkey_place(address) == PasskeyPlace(host, origin)


@pytest.mark.parametrize(
    "address", ["http://desk.example", "https://192.0.2.7", "https://[2001:db8::1]", "", "https://"]
)
def test_where_browsers_make_none(address: str) -> None:
    assert passkey_place(address) is None


def test_an_answer_that_is_too_long_is_not_looked_at() -> None:
    """Parsing would be work that anybody could order."""
    text = "x" * (LONGEST_ANSWER + 1)
    with pytest.raises(PasskeyBroken, match=r"^too long$"):
        read_answer(text)
    with pytest.raises(PasskeyBroken, match=r"^too long$"):
        read_made(PLACE, CHALLENGE, text)
    with pytest.raises(PasskeyBroken) as refused:
        read_answer(text[:-1])
    assert str(refused.value) not in {"too long", "None", ""}
    with pytest.raises(PasskeyBroken) as refused:
        read_made(PLACE, CHALLENGE, "{}")
    assert str(refused.value) not in {"too long", "None", ""}
