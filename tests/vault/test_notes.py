"""Signed notes, checkpoints and cosignatures: C2SP's published examples, and what must not pass."""

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from clearinghouse.vault.notes import (
    COSIGNED,
    SIGNED,
    Checkpoint,
    Note,
    NoteBroken,
    Signer,
    Verifier,
    read_checkpoint,
    read_note,
    read_verifier,
    sign,
    signed_again,
    verified,
)

DASH = "\u2014"
# signed-note v1.0.0, "Example"
THEIR_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
THEIR_NOTE = (
    "This is an example message.\n\n"
    f"{DASH} example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
# tlog-checkpoint v1.0.0 and tlog-cosignature v1.0.0, the examples at their beginning
THEIR_CHECKPOINT = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    f"{DASH} example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    f"{DASH} witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)

LOG = Signer("council.example/log", SIGNED, Ed25519PrivateKey.generate())
WITNESS = Signer("witness.example/w1", COSIGNED, Ed25519PrivateKey.generate())
STRANGER = Signer("stranger.example", SIGNED, Ed25519PrivateKey.generate())
CHECKPOINT = Checkpoint(LOG.name, 42, bytes(range(32)))


def test_the_published_note_verifies() -> None:
    """A form of our own could be verified by nobody else's program."""
    key = read_verifier(THEIR_KEY)
    assert key.text == THEIR_KEY
    assert verified(read_note(THEIR_NOTE), [key])[0].by == key


def test_the_published_checkpoint_is_read() -> None:
    """Its witness cosigned at the time that the specification says."""
    note = read_note(THEIR_CHECKPOINT)
    found = read_checkpoint(note)
    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20852163)
    assert found.text == note.text
    assert str(note) == THEIR_CHECKPOINT
    stamp = base64.b64decode(note.lines[1].split(" ")[2])[4:12]
    assert int.from_bytes(stamp, "big") == 1679315147  # tlog-cosignature, "Ed25519 signed message"


def test_what_is_signed_verifies_with_its_cosignature() -> None:
    """The instant of the cosignature is in it, and every line stays as it was."""
    note = read_note(str(signed_again(sign(CHECKPOINT.text, LOG), WITNESS, 1_700_000_000)))
    found = verified(note, [WITNESS.verifier, LOG.verifier])
    assert [(each.by, each.stamp) for each in found] == [
        (LOG.verifier, None),
        (WITNESS.verifier, 1_700_000_000),
    ]
    assert read_checkpoint(note) == CHECKPOINT
    assert read_verifier(WITNESS.verifier.text) == WITNESS.verifier


def test_unknown_signatures_are_passed_over_and_not_enough() -> None:
    """Otherwise anybody could sign in the log's place, or keep it from being verified."""
    note = signed_again(sign(CHECKPOINT.text, LOG), STRANGER)
    assert [each.by for each in verified(note, [LOG.verifier])] == [LOG.verifier]
    with pytest.raises(NoteBroken, match="nobody"):
        verified(note, [WITNESS.verifier])
    namesake = Signer(LOG.name, SIGNED, STRANGER.private)
    with pytest.raises(NoteBroken, match="nobody"):
        verified(note, [namesake.verifier])


@pytest.mark.parametrize("kind", ["text", "signature", "stamp", "another text"])
def test_an_altered_note_is_refused(kind: str) -> None:
    """A trusted key's signature that does not fit condemns the whole note."""
    note = signed_again(sign(CHECKPOINT.text, LOG), WITNESS, 5)
    later = signed_again(Note(note.text), WITNESS, 6)
    other = sign(replace(CHECKPOINT, size=41).text, LOG)
    signature = note.lines[0][:-6] + ("A" if note.lines[0][-6] != "A" else "B") + note.lines[0][-5:]
    altered = {
        "text": Note(note.text.replace("42", "43"), note.lines),
        "signature": Note(note.text, (signature, note.lines[1])),
        "stamp": Note(note.text, (note.lines[0], note.lines[1][:-60] + later.lines[0][-60:])),
        "another text": Note(note.text, other.lines),
    }[kind]
    if altered.lines == note.lines and altered.text == note.text:
        pytest.fail("nothing was altered")
    with pytest.raises(NoteBroken):
        verified(altered, [LOG.verifier, WITNESS.verifier])


def test_a_signature_is_no_cosignature() -> None:
    """Otherwise a log could witness itself with a signature that it has given already."""
    both = Signer(LOG.name, COSIGNED, LOG.private)
    assert both.verifier.key_id != LOG.verifier.key_id
    with pytest.raises(NoteBroken, match="nobody"):
        verified(sign(CHECKPOINT.text, LOG), [both.verifier])
    for signer, stamp in ((LOG, 5), (WITNESS, None)):
        with pytest.raises(ValueError, match="instant"):
            signed_again(sign(CHECKPOINT.text, LOG), signer, stamp)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\nnot a signature\n",
        f"text\n\n{DASH} name\n",
        f"text\n\n{DASH} name AAAA more\n",
        f"text\n\n{DASH} name AAAA",
        f"te\x00xt\n\n{DASH} name AAAA\n",
        "text\n\n" + f"{DASH} name AAAA\n" * 101,
    ],
)
def test_what_is_no_note_is_not_read(text: str) -> None:
    """A reader that guesses can be led to verify another text than the one shown."""
    with pytest.raises(NoteBroken):
        read_note(text)


@pytest.mark.parametrize(
    "text",
    [
        "a\n",
        "a\n1\n",
        "\n1\nAAAA\n",
        "a\n01\n" + Checkpoint("a", 1, bytes(32)).text.split("\n")[2] + "\n",
        "a\n-1\nAAAA\n",
        "a\n1\nAAAA\n",
        "a\n1\nnot base64!\n",
    ],
)
def test_what_is_no_checkpoint_is_not_read(text: str) -> None:
    """A log of another size could be shown."""
    with pytest.raises(NoteBroken):
        read_checkpoint(Note(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000+AA==",
        THEIR_KEY.replace("530d", "530e"),
        THEIR_KEY.replace("+Ae", "+Be"),
        "a b+0+A",
    ],
)
def test_what_is_no_key_is_not_read(text: str) -> None:
    """Somebody else would be trusted."""
    with pytest.raises(NoteBroken):
        read_verifier(text)


def test_a_name_that_a_line_cannot_carry_is_refused() -> None:
    """It would break the line of every signature."""
    for name in ("", "a b", "a+b", "a\u2003b"):
        with pytest.raises(NoteBroken):
            Verifier(name, SIGNED, bytes(32))


FIXED = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def test_what_is_signed_is_written_as_it_always_was() -> None:
    """Keys are pinned by others and notes kept by them: a byte that changes breaks what they hold."""
    log = Signer("council.example/log", SIGNED, FIXED)
    assert CHECKPOINT.text == "council.example/log\n42\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    assert log.verifier.text == "council.example/log+c57d740f+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    witness = Signer("witness.example/w1", COSIGNED, FIXED)
    assert witness.verifier.text == "witness.example/w1+e75f6532+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    assert str(signed_again(sign(CHECKPOINT.text, log), witness, 1_700_000_000)) == (
        CHECKPOINT.text + "\n"
        f"{DASH} council.example/log "
        "xX10DylOOVIAj5cpOgmydQjKWMRSSeKNJ5pQvIcF/Qv+ukGQS5rDFCKte9mOdOyMz0nmkp8nmlo95K9uOn+i1bgwzQo=\n"
        f"{DASH} witness.example/w1 "
        "519lMgAAAABlU/EAXR3c8cSJCHjCp1qj1kHMzdPWr/BbrQKee9KS+AgGJZUBJCXTiR0Y/mceboI4sh20WgaKJL4MYywkQhhJlbOODA==\n"
    )


def test_a_key_that_is_trusted_twice_or_signed_twice_counts_once() -> None:
    """One witness could otherwise count as two; and what stands under an unknown name is passed over."""
    note = signed_again(signed_again(sign(CHECKPOINT.text, STRANGER), LOG), LOG)
    assert len(note.lines) == 3
    assert [each.by for each in verified(note, [LOG.verifier, LOG.verifier])] == [LOG.verifier]


NO_NOTE, NO_LINE = "this is not a signed note", "a signature line of the note is not one"
SIGNATURE = f"{DASH} name AAAA\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("te\x09xt\n\n" + SIGNATURE, "a note holds no control characters"),
        ("text\n", NO_NOTE),
        ("text\n\n", NO_NOTE),
        ("text\n\n" + SIGNATURE[:-1], NO_NOTE),
        ("text\n\n" + SIGNATURE * 101, NO_NOTE),
        ("text\n\n" + SIGNATURE.replace(DASH, "-"), NO_LINE),
        ("text\n\n" + SIGNATURE.replace("AAAA", "AAAA AAAA"), NO_LINE),
    ],
)
def test_a_note_that_is_not_read_says_why(text: str, words: str) -> None:
    """An operator reads it who was handed a checkpoint by mail."""
    with pytest.raises(NoteBroken) as refused:
        read_note(text)
    assert str(refused.value) == words


def test_a_note_of_many_signatures_and_paragraphs_is_read() -> None:
    """A note with as many signatures as there may be, and an empty line in its text."""
    note = read_note("one\n\ntwo\n\n" + SIGNATURE * 100)
    assert (note.text, len(note.lines)) == ("one\n\ntwo\n", 100)


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"a\n1\n{ROOT}", "this note is not a log's checkpoint"),
        (f"\n1\n{ROOT}\n", "this note is not a log's checkpoint"),
        (f"a\n01\n{ROOT}\n", "this note is not a log's checkpoint"),
        ("a\n1\nAAAA\n", "the checkpoint's root does not have 32 bytes"),
        ("a\n1\nnot base64!\n", "something in the note is not base64"),
    ],
)
def test_a_checkpoint_that_is_not_read_says_why(text: str, words: str) -> None:
    """Who was handed it must know whether it was cut, or is something else."""
    with pytest.raises(NoteBroken) as refused:
        read_checkpoint(Note(text))
    assert str(refused.value) == words


def test_a_checkpoint_of_nothing_and_one_with_more_lines_are_read() -> None:
    """The specification lets a log begin empty, and say more below."""
    assert read_checkpoint(Note(f"a\n0\n{ROOT}\nmore\n")) == Checkpoint("a", 0, bytes(32))


NO_KEY = "only Ed25519 keys that sign or cosign are known here"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("+00000000+AA==", "a key's name is not empty and has no space and no plus in it"),
        ("name", NO_KEY),
        ("name+00000000+AA==", NO_KEY),
        (THEIR_KEY.replace("+Ae", "+Be"), NO_KEY),
        (THEIR_KEY.replace("530d", "530e"), "the key's id does not belong to its name and bytes"),
        ("name+00000000+A", "something in the note is not base64"),
    ],
)
def test_a_key_that_is_not_read_says_why(text: str, words: str) -> None:
    """It is copied by hand from a page or a mail."""
    with pytest.raises(NoteBroken) as refused:
        read_verifier(text)
    assert str(refused.value) == words


def test_whose_signature_does_not_fit_is_said() -> None:
    """Which of several keys is meant must be known."""
    note = sign(CHECKPOINT.text, LOG)
    with pytest.raises(NoteBroken) as refused:
        verified(Note(note.text.replace("42", "43"), note.lines), [LOG.verifier])
    assert str(refused.value) == "the signature of council.example/log does not fit this note"
    with pytest.raises(NoteBroken) as refused:
        verified(note, [STRANGER.verifier])
    assert str(refused.value) == "nobody who is trusted signed this note"
    with pytest.raises(ValueError, match=r"^a cosignature has its instant, and no other signature has one$"):
        signed_again(note, LOG, 5)
