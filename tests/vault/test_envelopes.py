"""What is encrypted to a recipient opens for them, whole, and for nobody else."""

import io
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from clearinghouse.vault.envelopes import (
    ENVELOPE_FORMAT,
    PRIVATE_KEY,
    STRETCH,
    EnvelopeBroken,
    PrivateKey,
    RecipientKey,
    create_private_key,
    envelope,
    is_envelope,
    open_envelope,
    read_private_key,
)

OVERHEAD = 48


@pytest.fixture
def key(tmp_path: Path) -> PrivateKey:
    create_private_key(tmp_path / "my.key")
    return read_private_key((tmp_path / "my.key").read_text())


def sealed(raw: bytes, key: PrivateKey) -> bytes:
    return b"".join(envelope(io.BytesIO(raw), key.public))


def opened(raw: bytes, key: PrivateKey) -> bytes:
    return b"".join(open_envelope(io.BytesIO(raw), key))


@pytest.mark.parametrize("size", [0, 1, STRETCH - 1, STRETCH, STRETCH + 1, 3 * STRETCH])
def test_what_was_encrypted_opens_whole(key: PrivateKey, size: int) -> None:
    """A length at the edge of a stretch would lose its end, or never open."""
    raw = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert opened(sealed(raw, key), key) == raw


def test_nobody_else_opens_it_and_the_file_shows_none_of_it(key: PrivateKey, tmp_path: Path) -> None:
    raw = sealed(b"a council was helped" * 100, key)
    assert b"council" not in raw
    assert raw != sealed(b"a council was helped" * 100, key)
    create_private_key(tmp_path / "other.key")
    other = read_private_key((tmp_path / "other.key").read_text())
    with pytest.raises(EnvelopeBroken, match="another key"):
        opened(raw, other)
    renamed = raw.replace(f"{key.public.number:032x}".encode(), f"{other.public.number:032x}".encode())
    with pytest.raises(EnvelopeBroken, match="altered"):
        opened(renamed, other)


def test_every_change_of_the_file_is_found_out(key: PrivateKey) -> None:
    """A stretch left out, moved, brought in from another file, cut short or turned by one bit."""
    raw, other = sealed(b"ab" * STRETCH, key), sealed(b"cd" * STRETCH, key)
    head = raw.index(b"\n") + 1
    full = STRETCH + OVERHEAD
    first, second, rest = raw[head : head + full], raw[head + full : head + 2 * full], raw[head + 2 * full :]
    assert not rest
    attacks = {
        "left out": raw[:head] + second,
        "moved": raw[:head] + second + first,
        "twice": raw + second,
        "the end cut": raw[:head] + first,
        "all of it cut": raw[:head],
        "cut within": raw[:-1],
        "of another file": raw[:head] + other[head : head + full] + second,
        "a bit in a stretch": raw[:-20] + bytes([raw[-20] ^ 1]) + raw[-19:],
        "another file's line": other[:head] + raw[head:],
        "another format": raw.replace(b"/v1", b"/v2", 1),
        "no line": b"\xff" * 500,
    }
    for attacked in attacks.values():
        with pytest.raises(EnvelopeBroken):
            opened(attacked, key)


def test_a_key_that_is_none_is_not_taken(key: PrivateKey) -> None:
    """A mistyped key would lock its owner out; one that everybody knows the secret of would lock nobody out."""
    text = key.public.text
    assert RecipientKey.read(f"  {text[:30]}\n {text[30:]}  ") == key.public
    for wrong in ("", "hello", text[:-1], text[1:], text[:-3] + "AAA", text.replace("v1", "v2"), "ü" + text):
        with pytest.raises(EnvelopeBroken):
            RecipientKey.read(wrong)
    with pytest.raises(EnvelopeBroken, match="private key"):
        RecipientKey.read(PRIVATE_KEY + "AAAA")
    for low in (bytes(32), (1).to_bytes(32, "little"), (2**255 - 18).to_bytes(32, "little")):
        with pytest.raises(EnvelopeBroken):
            RecipientKey(low)


def test_the_private_key_is_its_owners_alone_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "my.key"
    public = create_private_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert public.text in path.read_text()
    assert public.fingerprint in path.read_text()
    with pytest.raises(FileExistsError):
        create_private_key(path)
    assert read_private_key(path.read_text()).public == public
    assert "PrivateKey object" in repr(read_private_key(path.read_text()))
    for wrong in ("", public.text, path.read_text() * 2, PRIVATE_KEY + "AAAA"):
        with pytest.raises(EnvelopeBroken):
            read_private_key(wrong)


def test_a_zip_is_no_envelope(key: PrivateKey) -> None:
    assert is_envelope(io.BytesIO(sealed(b"", key)))
    assert not is_envelope(io.BytesIO(b"PK\3\4"))
    assert sealed(b"", key).startswith(ENVELOPE_FORMAT.encode())


FIXED = PrivateKey(X25519PrivateKey.from_private_bytes(bytes(range(32))))


def test_a_key_is_written_as_it_always_was(tmp_path: Path) -> None:
    """It was sent by mail and read out over the telephone, and must still be the same."""
    assert FIXED.public.text == "clearinghouse-pack-key:v1:j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF-O6-C4"
    assert FIXED.public.fingerprint == "6aa3 63bd eb59 3396 bbc7 7066 e6e2 85a2"
    create_private_key(tmp_path / "my.key")
    lines = (tmp_path / "my.key").read_text().split("\n")
    assert (lines[0], len(lines), lines[4]) == (
        "# Opens packs of Clearinghouse that are encrypted to you. Show this file to nobody, and keep a copy.",
        5,
        "",
    )
    assert lines[1].startswith("# Fingerprint: ")
    assert lines[2].startswith("# clearinghouse-pack-key:v1:")
    assert lines[3].startswith("clearinghouse-pack-private-key:v1:")


def test_an_envelope_opens_by_the_book() -> None:
    """HPKE, stretch by stretch, bound to the line, the number and whether it is the last: for any other program."""
    raw = sealed(b"x" * (STRETCH + 5), FIXED)
    head, _, rest = raw.partition(b"\n")
    form, number, file = head.decode().split(" ")
    assert (form, int(number, 16), len(number), len(bytes.fromhex(file))) == (
        "clearinghouse/envelope/v1",
        FIXED.public.number,
        32,
        16,
    )
    assert sealed(b"", FIXED).partition(b"\n")[0] != head
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    first, second = rest[: STRETCH + OVERHEAD], rest[STRETCH + OVERHEAD :]
    begun = head + b"\n\0\0\0\0\0\0\0"
    assert suite.decrypt(first, FIXED.private, begun + b"\0\0") == b"x" * STRETCH
    assert suite.decrypt(second, FIXED.private, begun + b"\1\1") == b"x" * 5


def test_an_envelope_or_key_that_is_refused_says_why(key: PrivateKey) -> None:
    """One sentence, for somebody outside who has nobody to ask."""
    raw = sealed(b"a", key)
    altered = "It did not arrive whole, or was altered. Collect it again."
    unknown = "This file is of a format that this program does not know. Take a newer one."
    for given, whose, words in (
        (raw[:-1], key, altered),
        (raw + b"more", key, altered),
        (raw[: raw.index(b"\n") + 1], key, altered),
        (raw.replace(b"/v1", b"/v2", 1), key, unknown),
        (b"\xff" * 500, key, unknown),
        (
            raw,
            FIXED,
            f"It was encrypted to another key than this one, {FIXED.public.fingerprint}.",
        ),
    ):
        with pytest.raises(EnvelopeBroken) as refused:
            opened(given, whose)
        assert str(refused.value) == words
    text, not_whole = (
        FIXED.public.text,
        "This is not a whole key. Copy the line that begins with clearinghouse-pack-key:v1:",
    )
    for line, words in (
        ("", not_whole),
        (text[:-4], not_whole),
        (text + "AAAA", not_whole),
        (text[:-1] + "*" + text[-1], not_whole),
        (
            PRIVATE_KEY + "AAAA",
            "This is the private key. Keep it to yourself, and make another key.",
        ),
    ):
        with pytest.raises(EnvelopeBroken) as refused:
            RecipientKey.read(line)
        assert str(refused.value) == words
    for wrong in ("", text, PRIVATE_KEY + "AAAA", PRIVATE_KEY + "*" + "A" * 43 + "="):
        with pytest.raises(EnvelopeBroken) as refused:
            read_private_key(wrong)
        assert str(refused.value) == "This file holds no private key of a recipient."
    with pytest.raises(EnvelopeBroken) as refused:
        RecipientKey(bytes(32))
    assert str(refused.value) == "This is no key that anything can be encrypted to."
