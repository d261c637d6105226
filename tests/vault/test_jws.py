"""A signed document is what RFC 8037 says it is, and nothing else passes for one."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from clearinghouse.vault.jws import JwsBroken, check_jws, read_jws, sign_jws


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


PRIVATE = Ed25519PrivateKey.from_private_bytes(raw("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
PUBLIC = PRIVATE.public_key().public_bytes_raw()


def test_the_signature_of_the_rfc_is_made_and_accepted() -> None:
    """RFC 8037, appendix A.4: another way to sign would be read by nobody else."""
    signing = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    expected = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    assert PRIVATE.sign(signing) == raw(expected)
    document = json.loads(sign_jws({"a": 1}, PRIVATE, "k"))
    assert raw(document["signature"]) == PRIVATE.sign(
        f"{document['protected']}.{document['payload']}".encode()
    )


def test_what_was_signed_is_read_and_checked() -> None:
    text = sign_jws({"b": [1, "ü"], "a": None}, PRIVATE, "a name")
    assert read_jws(text) == ("a name", {"a": None, "b": [1, "ü"]})
    check_jws(text, PUBLIC)


@pytest.mark.parametrize("part", ["payload", "protected", "signature"])
def test_a_changed_part_is_refused(part: str) -> None:
    document = json.loads(sign_jws({"a": 1}, PRIVATE, "k"))
    changed = bytearray(raw(document[part]))
    changed[-2] ^= 1
    document[part] = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
    with pytest.raises(JwsBroken):
        check_jws(json.dumps(document), PUBLIC)


def test_another_key_is_refused() -> None:
    with pytest.raises(JwsBroken, match="does not fit"):
        check_jws(sign_jws({}, Ed25519PrivateKey.generate(), "k"), PUBLIC)


@pytest.mark.parametrize(
    "header", [{"alg": "none", "kid": "k"}, {"alg": "HS256", "kid": "k"}, {"alg": "EdDSA"}, []]
)
def test_another_way_of_signing_is_refused(header: object) -> None:
    """The document must not choose how it is checked."""
    document = json.loads(sign_jws({"a": 1}, PRIVATE, "k"))
    encoded = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    message = f"{encoded}.{document['payload']}".encode()
    signature = base64.urlsafe_b64encode(PRIVATE.sign(message)).rstrip(b"=").decode()
    with pytest.raises(JwsBroken):
        check_jws(json.dumps({**document, "protected": encoded, "signature": signature}), PUBLIC)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "1", '{"payload": 1, "protected": 2, "signature": 3}', "[" * 9999]
)
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(JwsBroken):
        check_jws(text, PUBLIC)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on this machine")
def test_openssl_agrees(tmp_path: Path) -> None:
    """A regulator's own tools verify the manifest without any program of ours."""
    document = json.loads(sign_jws({"a": 1}, PRIVATE, "k"))
    files = {
        "message": f"{document['protected']}.{document['payload']}".encode(),
        "signature": raw(document["signature"]),
        "key.pem": PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    verify = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in message -sigfile signature"
    found = subprocess.run(verify.split(), cwd=tmp_path, capture_output=True, check=False)
    assert found.returncode == 0, found.stderr
    (tmp_path / "message").write_bytes(files["message"] + b"x")
    assert subprocess.run(verify.split(), cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_a_signed_document_is_written_as_it_always_was() -> None:
    """Packs are compared and kept; what is the same must be written the same."""
    assert sign_jws({"b": [1, "ü"], "a": None}, PRIVATE, "k") == (
        '{\n "payload": "eyJhIjpudWxsLCJiIjpbMSwiXHUwMGZjIl19",\n'
        ' "protected": "eyJhbGciOiJFZERTQSIsImtpZCI6ImsifQ",\n'
        ' "signature": "7PAQIGgVrR6jhSMEeJOVQ08BPgQyGFClKHORxnP4QjylzdvcQnDfDPTBDWtxb6PW2vlZFijSp_j0yzG8vqVQDw"\n}\n'
    )


def encoded(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


NONE = "it is not a signed document"
OTHERWISE = "it is not signed in the way that is known here (EdDSA, with the name of a key)"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"payload": 1}, NONE),
        ({"payload": "!!!!"}, NONE),
        ({"payload": encoded([1])}, NONE),
        ({"payload": encoded("{")[:-1]}, NONE),
        ({"protected": encoded([1])}, NONE),
        ({"more": "than that"}, NONE),
        ({"protected": encoded({"alg": "none", "kid": "k"})}, OTHERWISE),
        ({"protected": encoded({"alg": "EdDSA"})}, OTHERWISE),
        ({"protected": encoded({"alg": "EdDSA", "kid": 1})}, OTHERWISE),
        ({"protected": encoded({"alg": "EdDSA", "kid": "k", "crit": []})}, OTHERWISE),
        ({"protected": encoded({"alg": "EdDSA", "kid": "another"})}, "its signature does not fit"),
        ({"payload": encoded({"a": 2})}, "its signature does not fit"),
        ({"signature": "AAAA"}, "its signature does not fit"),
        ({"signature": "AAA*"}, NONE),
        ({"signature": "A"}, NONE),
    ],
)
def test_a_refused_document_says_why(changed: dict[str, object], words: str) -> None:
    """Whoever checks a pack must know whether it was altered, or is something else."""
    document = json.loads(sign_jws({"a": 1}, PRIVATE, "k"))
    with pytest.raises(JwsBroken) as refused:
        check_jws(json.dumps(document | changed), PUBLIC)
    assert str(refused.value) == words


@pytest.mark.parametrize("text", ["", "{}", "[]", "1", "[" * 9999, '{"protected": "", "payload": ""}'])
def test_what_is_no_document_says_so(text: str) -> None:
    with pytest.raises(JwsBroken) as refused:
        read_jws(text)
    assert str(refused.value) == NONE
