"""Signatures by another program: openssl verifies what is signed here, and what it signs is taken here."""

import base64
import json
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from clearinghouse.vault.jws import sign_jws
from clearinghouse.vault.notes import (
    COSIGNED,
    SIGNED,
    Checkpoint,
    Note,
    NoteBroken,
    Signer,
    Verifier,
    sign,
    signed_again,
    verified,
)

CHECKPOINT = Checkpoint("council.example/log", 42, bytes(range(32)))
STAMP = 1_700_000_000
ID_BYTES, TIME_BYTES = 4, 8


def openssl(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True, check=False)


def takes(folder: Path, key: Ed25519PrivateKey, signature: bytes, message: bytes) -> bool:
    """Whether openssl verifies the signature."""
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for name, content in (("public.pem", public), ("signature", signature), ("message", message)):
        (folder / name).write_bytes(content)
    files = ("-inkey", "public.pem", "-sigfile", "signature", "-in", "message")
    return openssl(folder, "pkeyutl", "-verify", "-pubin", "-rawin", *files).returncode == 0


def signature_in(line: str, skipped: int) -> bytes:
    return base64.b64decode(line.split(" ")[2])[skipped:]


def test_openssl_verifies_checkpoints_cosignatures_and_manifests(tmp_path: Path) -> None:
    """A signature that only our own program verifies asks others to trust us."""
    key = Ed25519PrivateKey.generate()
    note = signed_again(
        sign(CHECKPOINT.text, Signer(CHECKPOINT.origin, SIGNED, key)),
        Signer("witness.example/w", COSIGNED, key),
        STAMP,
    )
    text = CHECKPOINT.text.encode()
    cosigned = f"cosignature/v1\ntime {STAMP}\n".encode() + text
    assert takes(tmp_path, key, signature_in(note.lines[0], ID_BYTES), text)
    assert takes(tmp_path, key, signature_in(note.lines[1], ID_BYTES + TIME_BYTES), cosigned)
    assert not takes(tmp_path, key, signature_in(note.lines[0], ID_BYTES), cosigned)
    signed = json.loads(sign_jws({"pack": "RP-ABC-234"}, key, "log"))
    (one,) = signed.get("signatures", [signed])
    raw = base64.urlsafe_b64decode(one["signature"] + "=" * (-len(one["signature"]) % 4))
    assert takes(tmp_path, key, raw, f"{one['protected']}.{signed['payload']}".encode())


def test_what_openssl_signs_is_taken(tmp_path: Path) -> None:
    """The other way round: a log or a witness that runs another program."""
    assert openssl(tmp_path, "genpkey", "-algorithm", "ed25519", "-out", "key.pem").returncode == 0
    assert openssl(tmp_path, "pkey", "-in", "key.pem", "-pubout", "-out", "public.pem").returncode == 0
    public = load_pem_public_key((tmp_path / "public.pem").read_bytes())
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    log = Verifier(CHECKPOINT.origin, SIGNED, raw)
    (tmp_path / "message").write_text(CHECKPOINT.text)
    signing = ("pkeyutl", "-sign", "-rawin", "-inkey", "key.pem", "-in", "message", "-out", "signature")
    assert openssl(tmp_path, *signing).returncode == 0
    material = base64.b64encode(log.key_id + (tmp_path / "signature").read_bytes()).decode()
    line = f"\u2014 {log.name} {material}"
    assert verified(Note(CHECKPOINT.text, (line,)), [log])[0].by == log
    with pytest.raises(NoteBroken):
        verified(Note(CHECKPOINT.text.replace("42", "43"), (line,)), [log])
