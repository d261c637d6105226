"""Time stamps: what is asked of an authority that openssl plays, and why an answer is not taken."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from clearinghouse.vault.timestamps import (
    TimestampBroken,
    check_stamp,
    is_about,
    question_about,
    read_authorities,
)
from tests.factories.outside import Authority

DATA = b"a checkpoint"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "here")


def test_an_answer_to_the_question_holds_and_no_other_does(authority: Authority, tmp_path: Path) -> None:
    """A stamp of other bytes, of a stranger, or of an earlier question could be put in its place."""
    trusted, asked = read_authorities(authority.root.read_bytes()), question_about(DATA)
    assert asked.nonce is not None
    answer = authority.answer(asked.der)
    stamp = check_stamp(answer, DATA, trusted, asked.nonce)
    assert (stamp.by, stamp.at.tzinfo) == ("Test Stamps", UTC)
    assert abs((datetime.now(UTC) - stamp.at).days) < 1
    assert check_stamp(answer, DATA, trusted) == stamp
    assert (is_about(answer, DATA), is_about(answer, b"another")) == (True, False)
    stranger = read_authorities(Authority(tmp_path / "stranger").root.read_bytes())
    for data, roots, nonce in (
        (b"another", trusted, asked.nonce),
        (DATA, stranger, asked.nonce),
        (DATA, trusted, asked.nonce + 1),
    ):
        with pytest.raises(TimestampBroken, match=r"^the time stamp does not hold: .+") as refused:
            check_stamp(answer, data, roots, nonce)
        assert "None" not in str(refused.value)


def test_what_is_no_answer_or_no_certificate_is_said() -> None:
    for answer in (b"", b"\x30\x03\x02\x01\x05", question_about(DATA).der):
        with pytest.raises(TimestampBroken, match=r"^the authority gave no time stamp$"):
            is_about(answer, DATA)
    with pytest.raises(TimestampBroken, match=r"^there is no certificate in PEM in it$"):
        read_authorities(b"nothing")
