"""The file of tombstones: its lines are written as they always were, whole, and only by who has the key file."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest

from clearinghouse.vault.errors import KeysError
from clearinghouse.vault.tombstones import Stone, keep_tombstones, may_keep, read_tombstones

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
FINAL = Stone(UUID(int=1), UUID(int=2), "source", False, AT)
RENEWED = Stone(UUID(int=3), UUID(int=4), "drafts", True, AT)
SECRET = bytes(32)
FIRST = (
    "1 00000000-0000-0000-0000-000000000001 00000000-0000-0000-0000-000000000002 source final "
    "2026-11-23T09:30:00.000000+00:00 31ed0efe2bdaefdae7d9abb2a6f3d4f78ff7e628f17223c336466163f9e3a8c7\n"
)


def test_a_tombstone_is_one_line_and_is_read_again(tmp_path: Path) -> None:
    """A copy of the file from years ago must still keep what was destroyed from coming back."""
    file = tmp_path / "new" / "folder" / "tombstones"
    assert read_tombstones(file, SECRET) == ()
    elsewhere = AT.astimezone(timezone(timedelta(hours=1)))
    keep_tombstones(file, SECRET, [Stone(UUID(int=1), UUID(int=2), "source", False, elsewhere)])
    assert file.read_text() == FIRST
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    keep_tombstones(file, SECRET, [RENEWED])
    assert " drafts renewed " in file.read_text().splitlines()[1]
    assert read_tombstones(file, SECRET) == (FINAL, RENEWED)


def test_a_line_that_was_never_finished_is_cut_off(tmp_path: Path) -> None:
    """What a crash left would otherwise stand in the middle of the next line, and no installation would start."""
    file = tmp_path / "tombstones"
    for left in (b"1 half", b""):
        file.write_bytes(FIRST.encode() + left)
        assert read_tombstones(file, SECRET) == (FINAL,)
        keep_tombstones(file, SECRET, [RENEWED])
        assert read_tombstones(file, SECRET) == (FINAL, RENEWED)
        file.write_bytes(left)
        keep_tombstones(file, SECRET, [FINAL])
        assert file.read_text() == FIRST


@pytest.mark.parametrize(
    "line",
    [
        FIRST.replace("final", "renewed"),
        FIRST.replace("1 0", "2 0", 1),
        FIRST.replace("source", "source more"),
        FIRST[:-2] + "8\n",
        "\n",
        "\u00fc\n",
        FIRST.replace("source", "s\u00fcurce"),
    ],
)
def test_a_line_of_somebody_else_is_said_by_its_number(tmp_path: Path, line: str) -> None:
    """Whoever can write there must destroy nothing by it, and the operator must find the line."""
    file = tmp_path / "tombstones"
    file.write_text(FIRST + line, encoding="utf-8")
    with pytest.raises(KeysError) as refused:
        read_tombstones(file, SECRET)
    assert str(refused.value) == (
        f"line 2 of {file} is not a tombstone of this installation; restore the file from its latest copy"
    )
    file.write_text(FIRST)
    with pytest.raises(KeysError, match=r"^line 1 of "):
        read_tombstones(file, bytes([1]) * 32)


def test_whether_tombstones_can_be_kept_is_known_beforehand(tmp_path: Path) -> None:
    """A destruction whose tombstone cannot be kept comes back with the next restored backup."""
    file = tmp_path / "new" / "folder" / "tombstones"
    assert may_keep(file)
    assert (file.read_bytes(), file.parent.stat().st_mode & 0o777) == (b"", 0o700)
    file.write_text(FIRST)
    assert may_keep(file)
    assert file.read_text() == FIRST
    assert not may_keep(file / "below")
    assert not may_keep(tmp_path)
