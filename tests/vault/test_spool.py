"""What arrives slowly: it comes back whole, and its plain bytes never lie on the disk."""

import tempfile
from random import Random
from typing import IO, Any

import pytest

from clearinghouse.vault.errors import SealBroken
from clearinghouse.vault.spool import PIECE, Spool


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE + 7])
def test_what_was_appended_is_read_from_anywhere(size: int) -> None:
    """A byte lost or doubled where two pieces meet is a letter that does not open."""
    dice = Random(size)
    whole, spool = dice.randbytes(size), Spool()
    rest = whole
    while rest:
        step = dice.randrange(1, PIECE * 2)
        spool.append(rest[:step])
        rest = rest[step:]
    assert len(spool) == size
    assert spool.part(0, size + 10) == whole
    for _ in range(50):
        start, length = dice.randrange(size + 2), dice.randrange(3 * PIECE)
        assert spool.part(start, length) == whole[start : start + length]
    spool.close()


def test_the_disk_holds_no_plain_byte_and_what_was_altered_there_does_not_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The temporary folder of a host is in backups and images like any other."""
    files: list[IO[bytes]] = []

    def watched(most: int) -> IO[Any]:
        assert most == 256 * 1024
        files.append(tempfile.TemporaryFile())  # noqa: SIM115  # the spool closes it
        return files[-1]

    monkeypatch.setattr("clearinghouse.vault.spool.tempfile.SpooledTemporaryFile", watched)
    spool, secret = Spool(), b"The letter names Jo Bright. "
    spool.append(secret * 20_000)
    assert spool.part(0, 28) == secret
    files[0].seek(0)
    stored = files[0].read()
    assert len(stored) > 8 * PIECE
    assert b"Jo Bright" not in stored
    files[0].seek(PIECE * 3)
    files[0].write(b"\0")
    with pytest.raises(SealBroken, match=r"^a temporary file was altered$"):
        spool.part(0, len(spool))
    spool.close()
    assert len(spool) == 0


def test_any_piece_may_be_read_first() -> None:
    """What was never opened must not be taken for what was opened last."""
    whole = Random(7).randbytes(3 * PIECE)
    for number in (0, 1, 2):
        spool = Spool()
        spool.append(whole)
        assert spool.part(number * PIECE, 5) == whole[number * PIECE : number * PIECE + 5]
        spool.close()
